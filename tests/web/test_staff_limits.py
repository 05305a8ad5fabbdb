"""Limits somebody met: noted with little of them, seen and lifted by staff, and told to the citizen with whom to write to."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from engage import registrations
from engage.accounts import RoleName
from engage.accounts.audit import AuditEntry
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import db, transaction
from engage.base.i18n import gettext as _
from engage.base.limits import TooOften
from engage.registrations import Registration, State, caps
from engage.registrations.caps import LimitMet
from tests.accounts.cast import account, signed_in
from tests.conftest import NOW
from tests.dialog.talk import Talk
from tests.town import Town
from tests.web.conftest import Visitor, address
from tests.web.page import parse

EMAIL = "anna@example.org"


@pytest.fixture
def staff(app: Flask) -> Visitor:
    return Visitor(signed_in(app, account("Bente Lund", roles=[RoleName.STAFF])))


def met() -> list[LimitMet]:
    db.session.expire_all()
    return list(db.session.scalars(select(LimitMet).order_by(LimitMet.id)))


def refused(town: Town, email: str = EMAIL, **facts: Any) -> str:
    """The code with which one more sign-up is refused, or ""."""
    try:
        with transaction():
            registrations.sign_up(town.occurrence().id, town.application(email=email, **facts), now=utc_now())
    except registrations.TooManyUnconfirmed as refusal:
        assert current_settings().city.contact["email"] in str(refusal), "whom to write to"
        return refusal.code
    return ""


def test_an_address_that_met_its_limit_is_found_lifted_and_put_back(
    town: Town, staff: Visitor, set_settings: Any
) -> None:
    set_settings(unconfirmed_per_address=2)
    assert [refused(town) for _each in range(4)] == ["", "", "too_many_unconfirmed", "too_many_unconfirmed"]
    (limit,) = met()
    assert (limit.kind, limit.shown, limit.times) == ("address", "a•••@example.org", 1), "a minute is one time"
    assert EMAIL not in str([getattr(limit, column.name) for column in LimitMet.__table__.columns])
    assert "a•••@example.org" in staff.get("/staff/graenser").one("main").text
    page = parse(staff.send("/staff/graenser", {"email": "Anna@Example.org"}, status=200).text)
    path = f"/staff/graenser/{limit.public_id}"
    assert page.all("a", href=path)
    for fields, status in (({"days": "7", "reason": " "}, 422), ({"days": "400", "reason": "Lærer"}, 422)):
        staff.submit(staff.get(path), f"{path}/loeft", fields, status=status)
        assert refused(town) == "too_many_unconfirmed"
    staff.submit(staff.get(path), f"{path}/loeft", {"days": "7", "reason": "Lærer for to klasser"}, status=303)
    assert refused(town) == ""
    assert "Lærer for to klasser (Bente Lund)" in staff.get(path).one("main").text
    staff.submit(staff.get(path), f"{path}/tilbage", {}, status=303)
    assert refused(town) == "too_many_unconfirmed"
    log = [
        (each.action, each.facts.get("reason"))
        for each in db.session.scalars(select(AuditEntry).order_by(AuditEntry.id))
        if "limit" in each.action
    ]
    assert log == [("limit.lifted", "Lærer for to klasser"), ("limit.put_back", None)]
    assert _("lifted a limit for somebody") in staff.get("/staff/log").one("main").text


def test_a_lift_ends_by_itself_and_rows_go_after_a_month(town: Town, set_settings: Any) -> None:
    set_settings(unconfirmed_per_address=1)
    refused(town), refused(town)
    by, now = account().id, utc_now()
    with transaction():
        caps.lift(met()[0].public_id, 60, "Lærer", by=by, now=now)
    who = caps.address(EMAIL)
    assert not caps.stops(who, now + timedelta(days=59)) and caps.stops(who, now + timedelta(days=61))
    with transaction():
        assert caps.expire(now + timedelta(days=31)) == 0, "it is lifted still"
        assert caps.expire(now + timedelta(days=92)) == 1


def test_who_goes_on_against_a_limit_waits_for_no_note_of_it(app: Flask) -> None:
    who, now = caps.date("dato"), utc_now()
    assert caps.stops(who, now)
    db.session.rollback()
    said: list[bool] = []

    def meet() -> None:
        with app.app_context():
            said.extend(caps.stops(who, now + timedelta(seconds=each)) for each in range(5))

    with db.engine.connect() as other:
        other.execute(text("SELECT FROM limit_met FOR UPDATE"))  # as another process that is writing its note
        thread = threading.Thread(target=meet)
        thread.start()
        thread.join(5)
        assert said == [True] * 5
        other.rollback()
    thread.join(10)
    assert caps.stops(who, now + timedelta(minutes=2))
    assert [each.times for each in met()] == [2], "once a minute"


def test_a_network_and_a_person_meet_theirs(town: Town, staff: Visitor, set_settings: Any) -> None:
    set_settings(unconfirmed_per_client=1, sign_ups_per_person=1)
    assert refused(town, "bo@example.org", client="k" * 32) == ""
    assert refused(town, "eva@example.org", client="k" * 32) == "too_many_unconfirmed"
    with pytest.raises(registrations.refusals.TooManySignUps):
        refused(town, "bo@example.org")
    assert [(each.kind, each.shown) for each in met()] == [("network", ""), ("person", "b•••@example.org")]
    for each in met():
        assert staff.get(f"/staff/graenser/{each.public_id}").one("h1").text
        with transaction():
            caps.lift(each.public_id, 1, "Biblioteket", by=account().id, now=utc_now())
    assert refused(town, "eva@example.org", client="k" * 32) == ""
    assert refused(town, "bo@example.org") == ""


def test_the_share_for_strangers_can_be_lifted_for_a_date(town: Town, staff: Visitor) -> None:
    date = town.occurrence(town.activity("Svampetur"), capacity=2)
    states = [town.signed_up(date, confirmed=False, now=utc_now()).state for _each in range(2)]
    assert states == [State.PENDING_EMAIL, State.WAITING]
    (limit,) = met()
    path = f"/staff/graenser/{limit.public_id}"
    assert "Svampetur" in staff.get("/staff/graenser").one("main").text
    staff.submit(staff.get(path), f"{path}/loeft", {"days": "1", "reason": "Skoledag"}, status=303)
    other = town.occurrence(capacity=2)
    again = [town.signed_up(other, confirmed=False, now=utc_now()).state for _each in range(2)]
    assert again == [State.PENDING_EMAIL, State.WAITING], "another date's share is its own"
    db.session.delete(db.session.query(Registration).filter_by(state=State.WAITING).order_by(Registration.id).first())
    db.session.commit()
    assert town.signed_up(date, confirmed=False, now=utc_now()).state == State.PENDING_EMAIL


def test_a_chat_that_is_too_fast_is_told_whom_to_write_to_and_can_be_let_go_on(app: Flask, set_settings: Any) -> None:
    set_settings(chat_per_person_minute=2)
    talk = Talk()
    talk.say("hej"), talk.say("hej")
    with pytest.raises(TooOften) as refusal:
        talk.say("hej")
    assert current_settings().city.contact["email"] in str(refusal.value)
    (limit,) = met()
    assert (limit.kind, limit.shown) == ("chat", "webchat") and "anna" not in limit.key
    with transaction():
        caps.lift(limit.public_id, 1, "Oplæsning på biblioteket", by=account().id, now=NOW)
    assert talk.say("hej").answers


def test_forms_that_come_too_fast_are_noted_by_their_network(town: Town, visitor: Visitor, set_settings: Any) -> None:
    set_settings(forms_per_client_minute=1)
    date = town.occurrence()
    visitor.send(address(date) + "/tilmeld", {}, status=422)
    answer = visitor.send(address(date) + "/tilmeld", {}, status=429)
    assert current_settings().city.contact["email"] in parse(answer.text).one("main").text
    assert [each.kind for each in met()] == ["forms"]


def test_only_so_many_rows_are_kept(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caps, "MOST_KEPT", 3)
    for number in range(5):
        caps.stops(caps.address(f"a{number}@example.org"), NOW + timedelta(minutes=number))
    assert [each.last_at for each in met()] == [NOW + timedelta(minutes=number) for number in (2, 3, 4)]


def test_a_limit_that_is_gone_is_told(staff: Visitor) -> None:
    assert staff.client.get("/staff/graenser/findesikke").status_code == 409
