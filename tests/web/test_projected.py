"""The large view, for a projector: released figures alone, whatever is true by now, and nothing of few."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text

from engage import worker
from engage.accounts import RoleName
from engage.accounts.audit import AuditEntry
from engage.activities.models import Activity, Kind
from engage.base.clock import utc_now
from engage.base.db import db, transaction
from engage.goals import loading
from tests.accounts.cast import account, signed_in
from tests.statistics.test_releases import Year
from tests.town import Town
from tests.web.conftest import Visitor
from tests.web.page import Element

ROOT = "/staff/statistik/lysbillede?period=last-year&lang=en"
SIDES = ("overview", "goals", "features", "whom")


@pytest.fixture
def staff(app: Flask) -> Visitor:
    return Visitor(signed_in(app, account("Karl Holm", roles=[RoleName.STAFF])))


@pytest.fixture
def held(town: Town) -> Activity:
    """Last March: nine who learn, twelve volunteers, and two for goal 1, who are told in the totals with the nine."""
    now = utc_now()
    with transaction():
        loading.load(now)
    year, march = Year(town), now.replace(year=now.year - 1, month=3, day=10)
    found = year.held(march, 12, kind=Kind.VOLUNTEER, sdgs=[13], dimensions=["environmental"])
    year.held(march, 9, first=20, kind=Kind.LEARNING, sdgs=[4], dimensions=["social"])
    year.held(march + timedelta(days=1), 2, first=40, kind=Kind.LEARNING, sdgs=[1], dimensions=["economic"])
    worker.release_months(now)
    return found.activity


def numbers(page: Element) -> dict[str, list[str]]:
    """The cells of each line of the first table."""
    lines = page.all("table")[0].one("tbody").all("tr")
    return {line.one("th").text: [each.text for each in line.all("td")] for line in lines}


def test_it_shows_what_was_released_and_goes_on_from_page_to_page(staff: Visitor, held: Activity) -> None:
    page = staff.get("/staff/statistik?period=last-year&lang=en")
    large = staff.get(page.one("p", class_="slide-way").one("a").get("href"))
    assert "slide" in large.one("body").classes
    assert [each.text for each in large.all("dd", class_="tile-value")][:3] == ["23", "23", "3"]
    ways = large.one("nav", class_="slide-pages").all("a")
    assert len(ways) == 5 and all("period=last-year" in each.get("href") for each in ways)
    goals = staff.get(f"{ROOT}&side=goals")
    told = numbers(goals)
    assert told["Environmental sustainability"] == ["12", "12", "1"]
    assert told["Economic sustainability"] == ["–", "–", "1"], "two are told in the totals alone"
    assert told["Cultural sustainability"][0] == "no activity"


def test_the_same_months_before_stand_beside_it(staff: Visitor, town: Town) -> None:
    now = utc_now()
    with transaction():
        loading.load(now)
    year = Year(town)
    for years, people in ((2, 9), (1, 12)):
        january = now.replace(year=now.year - years, month=1, day=10)
        year.held(january, people, kind=Kind.LEARNING, sdgs=[4], dimensions=["social"])
        year.held(january, 6, first=30, kind=Kind.VOLUNTEER, sdgs=[13], dimensions=["environmental"])
        year.held(january, 2, first=50, kind=Kind.LEARNING, sdgs=[1], dimensions=["economic"])
    while worker.release_months(now):
        pass
    overview = staff.get(ROOT)
    assert [each.text for each in overview.all("dd", class_="tile-more")][:3] == ["17 before", "17 before", "3 before"]
    assert overview.one("p", class_="slide-note").text.endswith(f"January {now.year - 2}.")
    assert [each.text for each in overview.one("tbody").all("td")] == ["20", "17", "3"]
    told = numbers(staff.get(f"{ROOT}&side=goals"))
    assert told["Social sustainability"] == ["12", "9", "12", "1"]
    assert told["Economic sustainability"] == ["–", "–", "–", "1"], "two are told in the totals alone, in both years"
    assert "12 with a place (9 before), 3 dates" in staff.get(f"{ROOT}&side=features").one("main").text


def test_whatever_becomes_true_later_it_stays_as_it_was_released(staff: Visitor, held: Activity) -> None:
    before = {side: staff.get(f"{ROOT}&side={side}").one("main").text for side in SIDES}
    assert all(len(each) > 200 for each in before.values())
    with transaction():
        db.session.execute(text("DELETE FROM registration"))
    assert {side: staff.get(f"{ROOT}&side={side}").one("main").text for side in SIDES} == before
    looks = db.session.scalars(select(AuditEntry.action)).all()
    assert "statistics.seen" not in looks, "nobody's exact figures are looked at"


def test_it_is_narrowed_by_what_releases_tell_and_says_what_it_leaves_out(staff: Visitor, held: Activity) -> None:
    page = staff.get(f"{ROOT}&kind=volunteer")
    assert page.all("dd", class_="tile-value")[0].text == "12" and not page.all("p", class_="slide-note")
    of_one = staff.get(f"{ROOT}&organisation={held.organisation.public_id}")
    assert of_one.all("dd", class_="tile-value")[0].text == "23"
    assert held.organisation.name in of_one.one("p", class_="slide-note").text


def test_a_period_without_a_whole_released_month_says_so(staff: Visitor, held: Activity) -> None:
    year = utc_now().year - 1
    for days in (f"fra={year}-03-02&til={year}-03-30", f"fra={year + 1}-12-01&til={year + 1}-12-31"):
        page = staff.get(f"/staff/statistik/lysbillede?period=free&{days}&lang=en")
        assert "No month of this period may be shown yet" in page.text and not page.all("dd")
    whole = staff.get(f"/staff/statistik/lysbillede?period=free&fra={year}-02-20&til={year}-04-10&lang=en")
    assert whole.all("dd", class_="tile-value")[0].text == "23", "March is whole"
