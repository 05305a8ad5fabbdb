"""Calling a whole activity off, and taking a calling-off back: the organiser's pages, and the guest's own."""

import pytest
from flask import Flask
from sqlalchemy import select

from engage.accounts import audit
from engage.activities.models import Activity, ActivityState, Occurrence, OccurrenceState
from engage.base.db import db
from engage.registrations import Registration, State
from tests.accounts.cast import account, signed_in
from tests.town import Town
from tests.web.conftest import Visitor, address, letters, path_of, read


@pytest.fixture
def held(town: Town) -> Occurrence:
    return town.occurrence(capacity=3)


@pytest.fixture
def organiser(app: Flask, held: Occurrence) -> Visitor:
    return Visitor(signed_in(app, account(member_of=[held.activity.organisation])))


def own(activity: Activity) -> str:
    return f"/organiser/aktiviteter/{activity.public_id}"


def test_a_date_is_called_off_taken_back_and_its_guest_comes_again_with_one_press(
    organiser: Visitor, visitor: Visitor, town: Town, held: Occurrence
) -> None:
    guest = town.signed_up(held)
    room = f"{own(held.activity)}/datoer"
    organiser.send(f"{room}/{held.public_id}/fjern", {"do": "call_off", "scope": "this"}, status=303)
    page = organiser.get(room)
    (way,) = page.all("a", href=f"{room}/{held.public_id}/genoptag")
    asked = organiser.get(way.get("href"))
    organiser.submit(asked, way.get("href"), {"words": "Salen er fri igen."}, status=303)
    db.session.expire_all()
    assert held.state == OccurrenceState.SCHEDULED
    letter = letters()[-1]
    assert any("Salen er fri igen." in part for part in letter.message["text"])
    assert "dates.reinstated" in [each.action for each in audit.search().entries]
    path = path_of(letter.message["buttons"][0]["url"])
    mine = visitor.get(path)
    assert guest.state == State.CANCELLED_WITH_EVENT, "opening the link changes nothing"
    visitor.submit(mine, f"{path}/igen", {}, status=303)
    db.session.expire_all()
    assert guest.state == State.CONFIRMED
    assert visitor.get(path).all("a", href=f"{path}/kalender.ics")
    visitor.send(f"{path}/igen", {}, status=303)
    assert len(db.session.scalars(select(Registration)).all()) == 1


def test_all_that_fell_together_is_offered_together(organiser: Visitor, town: Town, held: Occurrence) -> None:
    second = town.occurrence(held.activity)
    organiser.send(f"{own(held.activity)}/aflys", {}, status=303)
    organiser.send(f"{own(held.activity)}/genoptag", {}, status=303)
    db.session.expire_all()
    assert {held.state, second.state} == {OccurrenceState.SCHEDULED}
    assert organiser.client.get(f"{own(held.activity)}/datoer/{held.public_id}/genoptag").status_code == 302


def test_a_whole_activity_is_called_off_and_its_page_says_so_until_it_is_taken_back(
    organiser: Visitor, visitor: Visitor, town: Town, held: Occurrence
) -> None:
    activity, path = held.activity, own(held.activity)
    town.signed_up(held)
    (way,) = organiser.get(path).all("a", href=f"{path}/aflys")
    asked = organiser.get(way.get("href"))
    organiser.submit(asked, f"{path}/aflys", {"words": "Læreren er syg."}, status=303)
    db.session.expire_all()
    assert activity.state == ActivityState.CALLED_OFF
    assert "Læreren er syg." in " ".join(letters()[-1].message["text"])
    shown = visitor.get(address(held))
    assert not [form for form in shown.all("form") if form.get("method") == "post" and "navn" in form.fields()]
    page = organiser.get(path)
    assert not page.all("a", href=f"{path}/aflys")
    (back,) = page.all("a", href=f"{path}/genoptag")
    organiser.submit(organiser.get(back.get("href")), f"{path}/genoptag", {}, status=303)
    db.session.expire_all()
    assert (activity.state, held.state) == (ActivityState.PUBLISHED, OccurrenceState.SCHEDULED)
    actions = [each.action for each in audit.search().entries]
    assert actions == ["activity.reinstated", "activity.called_off"]
    read(organiser.send(f"{path}/genoptag", {}, status=409), 409)


def test_what_is_not_called_off_or_over_has_no_way_back(organiser: Visitor, town: Town, held: Occurrence) -> None:
    path = f"{own(held.activity)}/datoer/{held.public_id}/genoptag"
    assert organiser.client.get(path).status_code == 302
    organiser.send(path, {}, status=409)
    assert organiser.client.get(f"{own(held.activity)}/genoptag").status_code == 302
    draft = town.activity(organisation=held.activity.organisation, state=ActivityState.DRAFT)
    assert organiser.client.get(f"{own(draft)}/aflys").status_code == 302
    organiser.send(f"{own(draft)}/aflys", {}, status=409)
