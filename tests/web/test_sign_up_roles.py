"""Signing up to help: for a role, where hands are missing."""

from datetime import time, timedelta
from zoneinfo import ZoneInfo

import pytest

from engage.activities.models import Activity, Kind, Occurrence, SignUpMode
from engage.activities.plans import ShiftRole
from engage.base.db import db
from engage.base.i18n import gettext as _
from engage.base.i18n import ngettext
from engage.registrations import Registration, State
from tests.town import Town
from tests.web.conftest import Visitor, address
from tests.web.page import Element, parse

ANNA = {"name": "Anna Holm", "email": "anna@example.org", "seats": "1"}


@pytest.fixture
def shift(town: Town) -> Occurrence:
    """An evening with two roles: one for coffee, and a gate that needs three and a certificate."""
    activity = town.activity("Strandrens", kind=Kind.VOLUNTEER)
    date = town.occurrence(activity)
    town.role(activity, "Kaffe", 1)
    town.role(activity, "Port", 3, vetting={"da": "Børneattest"}, begins=time(17, 30), ends=time(19))
    db.session.refresh(date)
    return date


def roles(activity: Activity) -> dict[str, ShiftRole]:
    return {role.names["da"]: role for role in db.session.query(ShiftRole).filter_by(activity_id=activity.id)}


def choices(page: Element) -> list[Element]:
    return page.all("input", name="role")


def needed(number: int) -> str:
    return ngettext("%(number)s more needed", "%(number)s more needed", number)


def still(number: int) -> str:
    return ngettext("%(number)s still needed", "%(number)s still needed", number)


def sent(visitor: Visitor, date: Occurrence, fields: dict[str, str], status: int) -> Element | None:
    answer = visitor.submit(visitor.get(address(date)), address(date) + "/tilmeld", {**ANNA, **fields}, status=status)
    return parse(answer.text) if status == 422 else None


def test_each_of_several_dates_tells_what_its_roles_lack(town: Town, visitor: Visitor) -> None:
    activity = town.activity("Strandrens", kind=Kind.VOLUNTEER, sign_up=SignUpMode.SEVERAL_DATES)
    dates = [town.occurrence(activity, capacity=40, starts_in=timedelta(days=week)) for week in (7, 14)]
    coffee, gate = town.role(activity, "Kaffe", 1), town.role(activity, "Port", 3)
    town.signed_up(dates[1], role=coffee.public_id), town.signed_up(dates[1], role=gate.public_id)
    labels = [each.text for each in visitor.get(address(dates[0])).one("fieldset", id="dates").all("label")]
    assert still(1) in labels[0] and still(3) in labels[0]
    assert _("waiting list") in labels[1] and still(2) in labels[1]
    town.signed_up(dates[1], role=gate.public_id)
    labels = [each.text for each in visitor.get(address(dates[0])).one("fieldset", id="dates").all("label")]
    assert still(1) in labels[1] and still(2) not in labels[1], "a page that is kept is true still"


def test_the_role_that_lacks_most_hands_stands_first(town: Town, visitor: Visitor, shift: Occurrence) -> None:
    page = visitor.get(address(shift))
    coffee, gate = (roles(shift.activity)[name].public_id for name in ("Kaffe", "Port"))
    assert [each.get("value") for each in choices(page)] == [gate, coffee]
    shown = [term.text for term in page.one("section", id="roles").all("dt")]
    assert shown == ["Port", "Kaffe"]
    assert needed(3) in page.one("section", id="roles").all("dd")[0].text
    for _each in range(3):
        town.signed_up(shift, role=gate, vetted_on=town.now.date())
    page = visitor.get(address(shift))
    assert [each.get("value") for each in choices(page)] == [coffee, gate]
    assert _("Waiting list") in page.one("fieldset", data_roles="").text


def test_a_role_must_be_chosen(town: Town, visitor: Visitor, shift: Occurrence) -> None:
    again = sent(visitor, shift, {}, 422)
    assert again is not None
    assert [link.get("href") for link in again.one("div", data_error_summary="").all("a")] == ["#role"]
    assert again.one("fieldset", id="role").get("tabindex") == "-1", "the link leads to the choices"
    for bad in ("nosuch", "x" * 3000):
        again = sent(visitor, shift, {"role": bad}, 422)
    assert db.session.query(Registration).count() == 0


def test_helping_takes_a_seat_of_the_role_and_of_the_date(town: Town, visitor: Visitor, shift: Occurrence) -> None:
    coffee = roles(shift.activity)["Kaffe"]
    sent(visitor, shift, {"role": coffee.public_id}, 303)
    registration = db.session.query(Registration).one()
    assert registration.pool.role_id == coffee.id
    db.session.refresh(shift.pool)
    assert shift.pool.occupied == 1


def test_a_role_with_a_certificate_asks_for_its_date_and_never_for_the_document(
    town: Town, visitor: Visitor, shift: Occurrence
) -> None:
    gate = roles(shift.activity)["Port"].public_id
    page = visitor.get(address(shift))
    assert "Børneattest" in page.one(id="vetted_on-hint").text
    assert not page.all("input", type="file")
    tomorrow = (town.now.astimezone(ZoneInfo("Europe/Copenhagen")) + timedelta(days=1)).date().isoformat()
    for date in ("", "i går", tomorrow):
        again = sent(visitor, shift, {"role": gate, "vetted_on": date}, 422)
        assert again is not None
        assert [link.get("href") for link in again.one("div", data_error_summary="").all("a")] == ["#vetted_on"]
    sent(visitor, shift, {"role": gate, "vetted_on": "1.2.2026"}, 303)
    assert str(db.session.query(Registration).one().vetted_on) == "2026-02-01"


def test_without_such_a_role_no_date_is_asked_for_or_kept(town: Town, visitor: Visitor, shift: Occurrence) -> None:
    coffee = roles(shift.activity)["Kaffe"].public_id
    sent(visitor, shift, {"role": coffee, "vetted_on": "2026-02-01"}, 303)
    assert db.session.query(Registration).one().vetted_on is None
    other = town.activity(kind=Kind.VOLUNTEER)
    date = town.occurrence(other)
    town.role(other)
    assert not visitor.get(address(date)).all("input", id="vetted_on")


def test_a_full_role_has_its_own_waiting_list(town: Town, visitor: Visitor, shift: Occurrence) -> None:
    coffee = roles(shift.activity)["Kaffe"].public_id
    town.signed_up(shift, role=coffee)
    sent(visitor, shift, {"role": coffee}, 303)
    waiting = db.session.query(Registration).filter_by(email="anna@example.org").one()
    assert waiting.state == State.WAITING
    shift.activity.waiting_list = False
    db.session.commit()
    page = visitor.get(address(shift))
    (choice,) = [each for each in choices(page) if each.get("value") == coffee]
    assert choice.has("disabled")
    again = sent(visitor, shift, {"role": coffee, "email": "bo@example.org"}, 422)
    assert again is not None and again.one("div", data_error_summary="").one("a").get("href") == "#role"


def test_one_that_leaves_and_one_that_comes_show_though_the_date_counts_the_same(
    town: Town, visitor: Visitor, shift: Occurrence
) -> None:
    """The page is kept while nothing it shows changes, and the date's own total does not tell the roles apart."""
    coffee, gate = (roles(shift.activity)[name].public_id for name in ("Kaffe", "Port"))
    first = town.signed_up(shift, role=coffee)
    assert needed(3) in visitor.get(address(shift)).one("section", id="roles").text
    first.state = State.CANCELLED_BY_PERSON
    db.session.flush()
    town.signed_up(shift, role=gate, vetted_on=town.now.date())
    shown = visitor.get(address(shift)).one("section", id="roles").text
    assert needed(2) in shown and needed(1) in shown
