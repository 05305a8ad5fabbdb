"""What is told of the terms before anybody signs up, and what a page says while nobody can."""

from datetime import timedelta

import pytest
from flask import Flask

from engage.activities.models import Occurrence, SignUpMode
from engage.activities.terms import WaitingMode
from engage.base.clock import utc_now
from engage.base.db import db
from engage.base.i18n import gettext as _
from engage.base.i18n import ngettext
from engage.base.wording import deadline
from engage.registrations import Companion, Registration, State
from tests.town import Town
from tests.web.conftest import Visitor, address, browser
from tests.web.page import Element, parse

DAY = timedelta(days=1)
ANNA = {"name": "Anna Holm", "email": "anna@example.org", "seats": "1"}


def box(page: Element) -> Element:
    return page.one("section", id="sign-up")


def forms(page: Element) -> list[Element]:
    return [form for form in page.all("form") if form.get("action").endswith("/tilmeld")]


def refused(visitor: Visitor, date: Occurrence, **fields: str) -> Element:
    path = address(date) + "/tilmeld"
    return parse(visitor.send(path, {**ANNA, **fields}, status=422).text)


def summary(page: Element) -> str:
    return page.one("div", data_error_summary="").text


def test_a_date_whose_sign_up_opens_later_says_when(town: Town, visitor: Visitor) -> None:
    opens_at = town.now + 2 * DAY
    date = town.occurrence(town.activity(sign_up_opens_at=opens_at))
    page = visitor.get(address(date))
    assert not forms(page)
    when = deadline(opens_at, date.timezone)
    assert when in box(page).text
    assert when in summary(refused(visitor, date)), "also who sends the form by hand is told"


def test_the_page_changes_when_sign_up_opens(town: Town, visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    opens_at = town.now + timedelta(hours=1)
    date = town.occurrence(town.activity(sign_up_opens_at=opens_at))
    assert not forms(visitor.get(address(date)))
    later = opens_at + timedelta(minutes=1)
    for module in ("engage.web.remembered", "engage.web.public.activity"):
        monkeypatch.setattr(f"{module}.utc_now", lambda: later)
    assert forms(visitor.get(address(date)))


def test_a_date_whose_sign_up_is_over_says_whom_to_ask(town: Town, visitor: Visitor) -> None:
    date = town.occurrence(town.activity(sign_up_closes_before=60 * 24 * 8))
    page = visitor.get(address(date))
    assert not forms(page)
    assert deadline(date.starts_at - 8 * DAY, date.timezone) in box(page).text
    assert summary(refused(visitor, date)) != ""


def test_deadlines_and_approval_are_told_beforehand(town: Town, visitor: Visitor) -> None:
    activity = town.activity(sign_up_closes_before=60 * 24, cancel_before=60 * 48, approval=True)
    date = town.occurrence(activity)
    told = box(visitor.get(address(date))).one("ul", class_="terms").text
    assert deadline(date.starts_at - DAY, date.timezone) in told
    assert deadline(date.starts_at - 2 * DAY, date.timezone) in told
    assert _("The organiser says yes or no to each sign-up, and we write to you.") in told
    page = visitor.get(visitor.send(address(date) + "/tilmeld", ANNA, status=303).location)
    assert _("When you have confirmed, the organiser looks at your sign-up and says yes or no.") in page.text


def test_whether_it_goes_ahead_is_told_and_always_true(town: Town, visitor: Visitor) -> None:
    date = town.occurrence(town.activity(least_participants=3), capacity=10)

    def told() -> str:
        return box(visitor.get(address(date))).one("ul", class_="terms").all("li")[0].text

    def missing(number: int) -> str:
        return ngettext(
            "It goes ahead when %(number)s more person has signed up.",
            "It goes ahead when %(number)s more people have signed up.",
            number,
        )

    assert told() == missing(3)
    # An unproven sign-up holds its seat; confirming it changes no total of seats, and yet what the page says.
    pending = town.signed_up(date, seats=2, confirmed=False)
    assert told() == missing(3)
    visitor.client.get(address(date))
    from_mail = db.session.get_one(Registration, pending.id)
    from_mail.state, from_mail.verified_at = State.CONFIRMED, utc_now()
    db.session.commit()
    assert told() == missing(1)
    town.signed_up(date)
    assert told() == _("It goes ahead: enough people have signed up.")


@pytest.mark.parametrize("mode", list(WaitingMode))
def test_the_rule_of_the_waiting_list_is_told_before_one_joins_it(
    town: Town, visitor: Visitor, mode: WaitingMode
) -> None:
    date = town.occurrence(town.activity(waiting_mode=mode, offer_hours=5), capacity=1)
    town.signed_up(date)
    town.signed_up(date, seats=2)
    told = box(visitor.get(address(date))).one("ul", class_="terms").text
    words = {
        WaitingMode.OFFER: ngettext(
            "You then have %(number)s hour to answer, or less when it begins soon.",
            "You then have %(number)s hours to answer, or less when it begins soon.",
            5,
        ),
        WaitingMode.AUTO: _("If a place becomes free, you get it in turn and we write to you."),
        WaitingMode.BROADCAST: _(
            "If a place becomes free, we write to everybody who waits. The first to answer gets it."
        ),
        WaitingMode.MANUAL: _("If a place becomes free, the organiser chooses who gets it, and we write to them."),
    }
    assert words[mode] in told
    assert (
        ngettext("%(number)s place is asked for before you.", "%(number)s places are asked for before you.", 2) in told
    )


def test_a_group_that_waits_may_say_that_it_takes_fewer(town: Town, visitor: Visitor) -> None:
    date = town.occurrence(capacity=1)
    town.signed_up(date)
    path = address(date) + "/tilmeld"
    visitor.submit(visitor.get(address(date)), path, {**ANNA, "seats": "4", "takes_fewer": "1"}, status=303)
    registration = db.session.query(Registration).filter_by(email="anna@example.org").one()
    assert (registration.seats, registration.takes_fewer) == (4, True)


@pytest.mark.parametrize("terms", [{"waiting_list": False}, {"waiting_most": 1}], ids=["no list", "full list"])
def test_where_the_list_is_closed_nobody_is_offered_to_join_it(
    town: Town, visitor: Visitor, terms: dict[str, object]
) -> None:
    date = town.occurrence(town.activity(**terms), capacity=1)
    town.signed_up(date)
    if "waiting_most" in terms:
        town.signed_up(date)
    page = visitor.get(address(date))
    assert not forms(page)
    assert box(page).one("h2").text == _("All places are taken")
    assert summary(refused(visitor, date)) != ""


def test_a_group_that_cannot_wait_is_told_to_be_fewer(town: Town, visitor: Visitor) -> None:
    date = town.occurrence(town.activity(waiting_list=False), capacity=2)
    again = refused(visitor, date, seats="3")
    assert again.one("div", data_error_summary="").one("a").get("href") == "#seats"
    assert not again.all("input", id="waits"), "there is no list to join"


def test_who_may_just_come_is_asked_nothing_and_cannot_be_signed_up(town: Town, visitor: Visitor) -> None:
    date = town.occurrence(town.activity(sign_up=SignUpMode.DROP_IN))
    assert not forms(visitor.get(address(date)))
    refused(visitor, date)
    assert db.session.query(Registration).count() == 0


def test_a_place_that_is_free_shortly_before_the_start_is_no_longer_for_the_list(town: Town, visitor: Visitor) -> None:
    date = town.occurrence(town.activity(waiting_mode=WaitingMode.MANUAL), capacity=1, starts_in=timedelta(hours=1))
    guest = town.signed_up(date, now=town.now - DAY)
    town.signed_up(date, now=town.now - DAY)
    guest.state = State.CANCELLED_BY_PERSON
    db.session.commit()
    button = visitor.get(address(date)).one("button", id="submit-words")
    assert button.text == _("Sign up"), "nobody in line could be told in time"


def test_nobody_learns_from_the_page_who_comes(app: Flask, town: Town) -> None:
    activity = town.activity(least_participants=2, asked_of_each="name")
    date = town.occurrence(activity)
    town.signed_up(date, name="Hemmelige Hanne", companions=(Companion("Lille Lars"),))
    page = browser(app).get(address(date)).text
    assert "Hanne" not in page and "Lars" not in page
