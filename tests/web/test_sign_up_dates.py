"""Signing up for several dates in one go, and for a course as a whole."""

from datetime import timedelta

import pytest

from engage.activities.models import Activity, Occurrence, OccurrenceState, SignUpMode
from engage.base.db import db
from engage.base.i18n import gettext as _
from engage.base.i18n import ngettext
from engage.base.wording import deadline, when
from engage.registrations import Registration, State
from tests.town import Town
from tests.web.conftest import Visitor, address, letters, path_of
from tests.web.page import Element, parse

DAY = timedelta(days=1)
ANNA: dict[str, str | list[str]] = {"name": "Anna Holm", "email": "anna@example.org", "seats": "1"}


def box(page: Element) -> Element:
    return page.one("section", id="sign-up")


def words(date: Occurrence, town: Town) -> str:
    return when(date.starts_at, date.ends_at, date.timezone, town.now)


@pytest.fixture
def evenings(town: Town) -> list[Occurrence]:
    """Three evenings that one chooses among; the last one has a single place, a fourth is called off."""
    activity = town.activity("Læseklub", sign_up=SignUpMode.SEVERAL_DATES)
    dates = [town.occurrence(activity, starts_in=number * 7 * DAY) for number in (1, 2)]
    dates.append(town.occurrence(activity, starts_in=21 * DAY, capacity=1))
    town.occurrence(activity, starts_in=28 * DAY, state=OccurrenceState.CANCELLED)
    return dates


def test_several_dates_are_chosen_on_the_page_of_one_and_confirmed_by_one_letter(
    town: Town, visitor: Visitor, evenings: list[Occurrence]
) -> None:
    page = visitor.get(address(evenings[1]))
    boxes = page.all("input", name="dates")
    assert [each.get("value") for each in boxes[:3]] == [each.public_id for each in evenings]
    assert [each.has("checked") for each in boxes] == [False, True, False, False], "the page's own date is chosen"
    assert [each.has("disabled") for each in boxes] == [False, False, False, True]
    chosen = [evenings[0].public_id, evenings[2].public_id]
    path = address(evenings[1]) + "/tilmeld"
    answer = visitor.submit(page, path, {**ANNA, "dates": chosen}, status=303)
    receipt = visitor.get(answer.location)
    assert words(evenings[0], town) in receipt.text and words(evenings[2], town) in receipt.text
    assert words(evenings[1], town) not in receipt.one("main").text
    (letter,) = letters()
    assert len(letter.message["cards"]) == 2
    confirming = path_of(letter.message["buttons"][0]["url"])
    shown = visitor.get(confirming)
    assert words(evenings[0], town) in shown.text and words(evenings[2], town) in shown.text
    visitor.submit(shown, confirming, {}, status=303)
    db.session.expire_all()
    assert [each.state for each in db.session.query(Registration)] == [State.CONFIRMED] * 2


def test_each_date_says_how_it_stands_and_a_full_one_has_its_list(
    town: Town, visitor: Visitor, evenings: list[Occurrence]
) -> None:
    visitor.get(address(evenings[0]))
    town.signed_up(evenings[2])
    page = visitor.get(address(evenings[0]))
    labels = {each.get("for"): each.text for each in page.all("label")}
    assert _("Waiting list") in labels["dates-" + evenings[2].public_id], "the seats of other dates are never old"
    path = address(evenings[0]) + "/tilmeld"
    answer = visitor.submit(page, path, {**ANNA, "dates": [each.public_id for each in evenings]}, status=303)
    lines = [each.text for each in visitor.get(answer.location).one("section", aria_labelledby="what").all("p")]
    waiting = _("All places are taken. When you have confirmed, you are on the waiting list.")
    assert [waiting in line for line in lines] == [False, False, True]


@pytest.mark.parametrize("dates", [[], ["nosuch"], ["nosuch", "x" * 500]])
def test_without_a_date_nobody_is_signed_up(
    town: Town, visitor: Visitor, evenings: list[Occurrence], dates: list[str]
) -> None:
    path = address(evenings[0]) + "/tilmeld"
    answer = visitor.submit(visitor.get(address(evenings[0])), path, {**ANNA, "dates": dates}, status=422)
    (link,) = parse(answer.text).one("div", data_error_summary="").all("a")
    assert (link.get("href"), link.text) == ("#dates", _("Choose at least one date."))


def test_a_date_that_is_called_off_or_closed_cannot_be_chosen_by_hand(
    town: Town, visitor: Visitor, evenings: list[Occurrence]
) -> None:
    called_off = next(each for each in evenings[0].activity.occurrences if each.state == OccurrenceState.CANCELLED)
    path = address(evenings[0]) + "/tilmeld"
    page = visitor.get(address(evenings[0]))
    visitor.submit(page, path, {**ANNA, "dates": [called_off.public_id]}, status=422)
    evenings[0].activity.sign_up_closes_before = 10 * 24 * 60
    db.session.commit()
    page = visitor.get(address(evenings[1]))
    boxes = page.all("input", name="dates")
    assert [each.has("disabled") for each in boxes] == [True, False, False, True]
    again = visitor.submit(
        page, address(evenings[1]) + "/tilmeld", {**ANNA, "dates": [each.public_id for each in evenings]}, status=422
    )
    assert parse(again.text).one("div", data_error_summary="").one("a").get("href") == "#dates"
    assert db.session.query(Registration).count() == 0, "all or nothing"


@pytest.fixture
def course(town: Town) -> Activity:
    """A course of four evenings that can be joined until the second one."""
    activity = town.activity("Tegn havet", sign_up=SignUpMode.WHOLE_COURSE, join_until=2)
    for number in (1, 2, 3, 4):
        town.occurrence(activity, starts_in=number * 7 * DAY, capacity=8 if number < 4 else 5)
    return activity


def test_a_course_lists_its_dates_and_is_signed_up_for_as_a_whole(
    town: Town, visitor: Visitor, course: Activity
) -> None:
    dates = sorted(course.occurrences, key=lambda each: each.starts_at)
    page = visitor.get(address(dates[2]))
    listed = [each.text for each in box(page).one("ol", class_="course-dates").all("li")]
    assert listed == [words(each, town) for each in dates]
    assert not page.all("input", name="dates"), "there is nothing to choose"
    told = box(page).one("ul", class_="terms").text
    assert (
        ngettext(
            "You sign up for the whole course. There is %(number)s date.",
            "You sign up for the whole course. There are %(number)s dates.",
            4,
        )
        in told
    )
    assert deadline(dates[1].starts_at, dates[1].timezone) in told
    visitor.submit(page, address(dates[2]) + "/tilmeld", {**ANNA, "seats": "2"}, status=303)
    registration = db.session.query(Registration).one()
    assert registration.pool.course_id == course.id
    assert registration.occurrence_id == dates[0].id, "they begin with the first date, whichever page they were on"
    for date in dates:
        db.session.refresh(date.pool)
        assert date.pool.occupied == 2


def test_a_course_has_as_many_places_as_its_smallest_date(town: Town, visitor: Visitor, course: Activity) -> None:
    date = course.occurrences[0]
    town.signed_up(date, seats=5)
    page = visitor.get(address(date))
    assert page.one("button", id="submit-words").text == _("Join the waiting list")


def test_a_course_can_be_joined_until_the_date_the_organiser_chose(
    town: Town, visitor: Visitor, course: Activity
) -> None:
    dates = sorted(course.occurrences, key=lambda each: each.starts_at)
    dates[0].starts_at, dates[0].ends_at = town.now - DAY, town.now - DAY + timedelta(hours=2)
    db.session.commit()
    visitor.submit(visitor.get(address(dates[1])), address(dates[1]) + "/tilmeld", ANNA, status=303)
    assert db.session.query(Registration).one().occurrence_id == dates[1].id
    dates[1].starts_at, dates[1].ends_at = town.now - timedelta(hours=3), town.now - timedelta(hours=1)
    db.session.commit()
    page = visitor.get(address(dates[2]))
    assert box(page).one("h2").text == _("Sign-up is closed")


def test_what_a_first_guest_of_a_course_misses_is_said_all_at_once(
    town: Town, visitor: Visitor, course: Activity
) -> None:
    course.asked_of_each = "name"
    db.session.commit()
    date = course.occurrences[0]
    path = address(date) + "/tilmeld"
    answer = visitor.submit(visitor.get(address(date)), path, {"name": "", "email": "x"}, status=422)
    links = [each.get("href") for each in parse(answer.text).one("div", data_error_summary="").all("a")]
    assert links == ["#name", "#email", "#companions-0-name"]
