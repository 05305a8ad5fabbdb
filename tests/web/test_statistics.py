"""Staff's statistics: each page in three languages, its numbers as they were counted, its filters, and each look in the log."""

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from engage import statistics
from engage.accounts import RoleName
from engage.accounts.audit import AuditEntry
from engage.activities.models import Activity, Kind
from engage.base.clock import utc_now
from engage.base.db import db
from engage.base.i18n import gettext, speaking
from engage.goals.reference import reference
from engage.registrations import Registration, whom
from engage.registrations.attendance.models import Attendance
from engage.registrations.facts import AGE
from engage.registrations.feedback_models import Feedback
from engage.statistics import Scope, population
from tests.accounts.cast import account, signed_in
from tests.goals.restored import loaded
from tests.town import Town
from tests.web.conftest import Visitor
from tests.web.page import Element

ROOT = "/staff/statistik"
PAGES = {
    "overview": ROOT,
    "goals": f"{ROOT}/maal",
    "features": f"{ROOT}/key-features",
    "whom": f"{ROOT}/hvem",
    "attendance": f"{ROOT}/fremmoede",
    "voices": f"{ROOT}/udbytte",
    "activities": f"{ROOT}/aktiviteter",
}
DAY = date(2024, 5, 14)
DAYS = "period=free&fra=2024-05-01&til=2024-05-31"
SCOPE = Scope(date(2024, 5, 1), date(2024, 5, 31))


@pytest.fixture
def staff(app: Flask) -> Visitor:
    return Visitor(signed_in(app, account("Karl Holm", roles=[RoleName.STAFF])))


@pytest.fixture
def held(app: Flask, town: Town) -> Activity:
    """Something in May 2024 with three sign-ups of two: one came with both, one with one, one stayed away."""
    with loaded(utc_now()):
        activity = town.activity(
            "Klimacafé",
            dimensions=["environmental", "social"],
            sdgs=[13, 4],
            key_features=["kf-esd"],
            audiences=["adults"],
        )
        then = town.now.replace(year=DAY.year, month=DAY.month, day=DAY.day)
        occurrence = town.occurrence(activity, starts_at=then, capacity=8)
        early = then - timedelta(days=9)
        for number, came in enumerate((2, 1, 0)):
            one = town.signed_up(occurrence, now=early, email=f"p{number}@example.org", seats=2)
            db.session.add(Attendance(registration_id=one.id, occurrence_id=occurrence.id, seats=came, marked_at=then))
        other = town.activity("Reparér selv", kind=Kind.VOLUNTEER, dimensions=["economic"], sdgs=[12], key_features=[])
        town.occurrence(other, starts_at=then, capacity=4)
        db.session.commit()
        yield activity


def looks() -> list[tuple[str, dict[str, object]]]:
    db.session.expire_all()
    query = select(AuditEntry).where(AuditEntry.action == "statistics.seen").order_by(AuditEntry.id)
    return [(each.about, each.facts) for each in db.session.scalars(query)]


@pytest.mark.parametrize("language", ["da", "en", "de"])
def test_each_page_speaks_the_readers_language_and_each_look_is_written_down(
    staff: Visitor, held: Activity, language: str
) -> None:
    headings = set()
    for page, path in PAGES.items():
        before = len(looks())
        found = staff.get(f"{path}?{DAYS}&sprog={language}")
        headings.add(found.one("h1").text)
        assert len(found.all("nav", class_="statistics-pages")) == 1
        assert not found.all("", style=""), "the pages' security forbids styles of their own"
        new = looks()[before:]
        assert [about for about, _facts in new] == [f"statistics:{page}"]
        assert new[0][1] == {"from": "2024-05-01", "to": "2024-05-31"}
    assert len(headings) == len(PAGES)


def test_the_numbers_are_those_that_were_counted(staff: Visitor, held: Activity) -> None:
    now = utc_now()
    figures = statistics.totals(SCOPE, now=now)
    assert (figures.took_part, figures.activities, figures.absent) == (3, 2, 3)
    tiles = [each.text for each in staff.get(f"{ROOT}?{DAYS}").all("dd", class_="tile-value")]
    assert tiles[:2] == [str(figures.took_part), str(figures.activities)]
    attendance = staff.get(f"{PAGES['attendance']}?{DAYS}")
    funnel = statistics.funnel(SCOPE, now=now)
    steps = [each.text for each in attendance.all("span", class_="bars-number")]
    assert (
        steps
        == [str(each) for each in (funnel.signed_up, funnel.placed, funnel.kept, funnel.took_part)]
        == ["3", "3", "3", "2"]
    )
    goals = staff.get(f"{PAGES['goals']}?{DAYS}")
    numbers = [each.text for each in goals.all("span", class_="matrix-number")]
    cells = statistics.matrix(SCOPE, now=now).cells
    assert sorted(numbers) == sorted(str(each.took_part) for each in cells.values()) == ["0", "3", "3", "3", "3"]


def test_the_temple_has_all_42_and_shows_what_is_white(staff: Visitor, held: Activity) -> None:
    page = staff.get(f"{PAGES['features']}?{DAYS}")
    cells = page.all("a", class_="temple-cell")
    assert len(cells) == len(reference().features) == 42
    assert [each.get("href").partition("feature=")[2] for each in cells if "shade-0" not in each.classes] == ["kf-esd"]
    assert len(page.one("ul", class_="white-list").all("a")) == 41


def test_a_number_leads_to_its_activities(staff: Visitor, held: Activity) -> None:
    page = staff.get(f"{PAGES['goals']}?{DAYS}")
    cell = next(each for each in page.one("table", class_="matrix").all("a") if "goal=13" in each.get("href"))
    behind = staff.get(cell.get("href"))
    links = [each.get("href") for each in behind.one("main").all("table")[0].all("a")]
    assert links == [f"/organiser/aktiviteter/{held.public_id}"]
    assert looks()[-1][1] == {"from": "2024-05-01", "to": "2024-05-31", "dimension": "environmental", "goal": 13}
    assert staff.get(links[0]).one("h1")


def test_filters_stand_in_the_address_and_go_along(staff: Visitor, held: Activity) -> None:
    page = staff.get(f"{ROOT}?{DAYS}&kind=volunteer&audience=adults")
    assert page.all("dd", class_="tile-value")[0].text == "0"
    links = [each.get("href") for each in page.one("nav", class_="statistics-pages").all("a")]
    assert all("kind=volunteer" in each and "audience=adults" in each and "fra=2024-05-01" in each for each in links)
    chosen = page.one("form", class_="choose").fields()
    assert (chosen["kind"], chosen["audience"], chosen["period"]) == ("volunteer", "adults", "free")
    tags = [each.get("href") for each in page.all("a", class_="tag-remove")]
    assert len(tags) == 2
    assert "kind=" not in next(each for each in tags if "audience=" in each)
    organisation = staff.get(f"{ROOT}?{DAYS}&organisation={held.organisation.public_id}&place=x&initiative=x&kind=x")
    assert organisation.all("dd", class_="tile-value")[0].text == "3"
    assert looks()[-1][1]["organisation"] == held.organisation_id
    said = staff.get("/staff/log").one("main").text
    assert held.organisation.name in said
    assert "statistics." not in said


def test_a_period_that_cannot_be_is_said(staff: Visitor, held: Activity) -> None:
    backwards = staff.get(f"{ROOT}?period=free&fra=2024-05-31&til=2024-05-01")
    assert backwards.one("", id="error-summary")
    assert staff.get(f"{ROOT}?period=free&fra=engang").one("", id="error-summary")
    assert staff.get(f"{ROOT}?period=year&fra=2024-05-31").one("h1")
    for period in ("last-year", "school-year", "last-school-year", "quarter", "all", "nonsense"):
        staff.get(f"{ROOT}?period={period}")


def test_few_answers_stay_unsaid(staff: Visitor, held: Activity) -> None:
    def answer(rating: int) -> None:
        then = utc_now()
        db.session.add(
            Feedback(
                public_id=f"a{len(db.session.scalars(select(Feedback)).all())}", occurrence_id=held.occurrences[0].id,
                rating=rating, dimensions=[], sdgs=[], given_at=then, changed_at=then, deeds=["tell"],
            )
        )  # fmt: skip
        db.session.commit()

    for _turn in range(4):
        answer(5)
    assert not staff.get(f"{PAGES['voices']}?{DAYS}").all("table")
    answer(3)
    said = staff.get(f"{PAGES['voices']}?{DAYS}")
    assert "4,6" in said.one("p", class_="lead").text
    assert [each.text for each in said.all("span", class_="bars-number")][:3] == ["4", "0", "1"]


def test_the_fill_rate_is_of_dates_that_are_over(staff: Visitor, held: Activity, town: Town) -> None:
    """A date that is still to come fills up yet: as empty seats it would make the year look worse each week before it."""
    today = utc_now().date()
    days = f"period=free&fra=2024-05-01&til={today + timedelta(days=30)}"
    before = staff.get(f"{PAGES['attendance']}?{days}").all("dd", class_="tile-value")[0].text
    town.occurrence(held, starts_at=utc_now() + timedelta(days=9), capacity=1000)
    db.session.commit()
    page = staff.get(f"{PAGES['attendance']}?{days}")
    assert page.all("dd", class_="tile-value")[0].text == before == "50 %"


def test_what_comes_later_today_is_not_held_yet(staff: Visitor, held: Activity, town: Town) -> None:
    """Held is what is over, however early in the day one looks."""
    days = f"period=free&fra=2024-05-01&til={utc_now().date() + timedelta(days=30)}"
    before = [each.text for each in staff.get(f"{ROOT}?{days}").all("dd", class_="tile-value")]
    town.occurrence(town.activity("Om lidt"), starts_at=utc_now() + timedelta(minutes=5))
    db.session.commit()
    assert [each.text for each in staff.get(f"{ROOT}?{days}").all("dd", class_="tile-value")] == before


def test_where_nothing_was_held_it_says_so_instead_of_drawing_zeros(staff: Visitor, held: Activity) -> None:
    page = staff.get(f"{ROOT}?period=free&fra=2019-01-01&til=2019-12-31&lang=en")
    assert "Nothing was held here in this period" in page.text
    assert not page.all("svg", class_="chart") and not page.all("dl", class_="tiles")


def test_people_of_a_year_that_is_over_are_not_this_years(staff: Visitor, held: Activity) -> None:
    page = staff.get(f"{ROOT}?period=free&fra=2024-01-01&til=2024-12-31&lang=en")
    assert "different people with a place in the year" in page.text and "coming dates" not in page.text


def test_ages_are_named_and_where_there_are_none_it_says_so(staff: Visitor, held: Activity, town: Town) -> None:
    path = f"{PAGES['whom']}?{DAYS}&lang=en"
    assert "Nobody has said their age here" in staff.get(path).text
    one = db.session.query(Registration).first()
    one.age_band = "30-49"
    db.session.commit()
    assert "30\u201349 years" in staff.get(path).text


def test_a_key_feature_has_the_services_own_signals(staff: Visitor, held: Activity) -> None:
    facts = statistics.signals(["kf-esd", "kf-barriers", "kf-literacy"], SCOPE, now=utc_now())
    assert {each.code: each.value for each in facts["kf-esd"]} == {"goal_activities": 1, "goal_took_part": 3}
    assert facts["kf-barriers"][0].value == 1.0
    assert facts["kf-literacy"] == ()
    page = staff.get("/staff/key-features/kf-esd")
    assert len(page.one("section", class_="signals").all("tr")) == 3
    assert not staff.get("/staff/key-features/kf-literacy").all("section", class_="signals")


def test_the_frame_of_the_page_is_the_same_as_everywhere(staff: Visitor) -> None:
    page, home = staff.get("/staff/statistik"), staff.get("/staff/")
    menu = [(each.get("href"), each.get("aria-current")) for each in page.one("nav", class_="site-menu").all("a")]
    assert menu == [
        (each.get("href"), each.get("aria-current")) for each in home.one("nav", class_="site-menu").all("a")
    ]
    ways = [[each.get("href") for each in seen.one("footer").all("a")] for seen in (page, home)]
    assert ways[0] == ways[1]


def test_who_is_reached_stands_beside_those_who_live_there(
    staff: Visitor, held: Activity, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = f"{PAGES['whom']}?{DAYS}"
    assert not staff.get(page).all("h2", id="reached-age"), "nobody was asked"
    db.session.execute(update(Registration).values(age_band=whom.BANDS[2]))
    db.session.commit()
    unknown = staff.get(page)
    assert unknown.all("a", href="/staff/befolkning#file-heading")
    assert [row.all("td")[0].text for row in lines(unknown)] == ["100 % 3"]
    population.keep(AGE, DAY.year, dict.fromkeys(whom.BANDS, 1_000), "Danmarks Statistik", this_year=DAY.year)
    db.session.commit()
    assert {row.all("td")[2].text for row in lines(staff.get(page))} == {said("Not known")}, "three are too few to tell"
    monkeypatch.setattr("engage.statistics.whom.LEAST_ANSWERS", 1)
    compared = staff.get(page)
    assert [row.all("td")[2].text for row in lines(compared)].count(said("More than expected")) == 1
    assert "Danmarks Statistik" in compared.text
    assert not compared.all("a", href="/staff/befolkning#file-heading")
    assert not compared.all("h2", id="reached-area")


def lines(page: Element) -> list[Element]:
    return page.one("table", class_="figures-stacked").one("tbody").all("tr")


def said(words: str) -> str:
    with speaking("da"):
        return gettext(words)
