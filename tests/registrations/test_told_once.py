"""Each notice: told once, in the person's language, by the best way first, by the next when that fails, and by phone in the end."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from engage import outbox
from engage.activities import dates
from engage.activities.models import Occurrence, SignUpMode
from engage.activities.terms import WaitingMode
from engage.base.db import db
from engage.base.errors import AddressGone, ChannelError
from engage.base.message import Message
from engage.outbox import Letter, Status
from engage.people.models import Address
from engage.registrations import Registration, calling, changes, courses, desk, leaving
from tests.accounts.cast import account
from tests.conftest import NOW
from tests.town import Town

LATER = NOW + timedelta(seconds=1)


class Way:
    """One channel, which takes everything or refuses as it is told."""

    def __init__(self, error: Exception | None = None) -> None:
        self.got: list[Message] = []
        self._error = error

    def send(self, identifier: str, message: Message, *, key: str) -> None:
        if self._error is not None:
            raise self._error
        if identifier in {"77", "ben@example.org"}:
            self.got.append(message)


def _move(occurrence: Occurrence) -> None:
    day = dates.local_day(occurrence) + timedelta(days=1)
    for _time in range(2):
        changes.change(occurrence.id, day, dates.details(occurrence), now=LATER)


def moved(town: Town) -> Registration:
    registration = known(town, town.occurrence())
    _move(registration.occurrence)
    return registration


def called_off(town: Town) -> Registration:
    registration = known(town, town.occurrence())
    changes.call_off(registration.occurrence_id, now=LATER)
    with pytest.raises(dates.DateIsCalledOff):
        changes.call_off(registration.occurrence_id, now=LATER)
    return registration


def _line(town: Town, mode: WaitingMode) -> Registration:
    """Who waits behind somebody, who then leaves."""
    date = town.occurrence(town.activity(waiting_mode=mode), capacity=1)
    first = town.signed_up(date)
    waiting = known(town, date)
    leaving.cancel(first.public_id, now=LATER)
    leaving.cancel(first.public_id, now=LATER)
    return waiting


def offered(town: Town) -> Registration:
    return _line(town, WaitingMode.OFFER)


def promoted(town: Town) -> Registration:
    return _line(town, WaitingMode.AUTO)


def _decided(town: Town, decide: Callable[..., object]) -> Registration:
    registration = known(town, town.occurrence(town.activity(approval=True)))
    by = account().id
    for _time in range(2):
        decide(registration.public_id, by=by, now=LATER)
    return registration


def approved(town: Town) -> Registration:
    return _decided(town, desk.approve)


def declined(town: Town) -> Registration:
    return _decided(town, desk.turn_down)


def course_moved(town: Town) -> Registration:
    activity = town.activity(sign_up=SignUpMode.WHOLE_COURSE)
    first, second = (town.occurrence(activity, starts_in=timedelta(days=days)) for days in (7, 14))
    courses.lock([first.id, second.id])
    db.session.commit()
    registration = known(town, first)
    _move(second)
    return registration


def known(town: Town, date: Occurrence) -> Registration:
    """Somebody who reads English and has a chat beside the e-mail; what they got so far is put away."""
    registration = town.signed_up(date, email="ben@example.org", name="Ben", language="en")
    db.session.add(Address(person_id=registration.person_id, channel="telegram", identifier="77", verified_at=NOW))
    db.session.query(Letter).delete()
    db.session.commit()
    return registration


KINDS = (moved, called_off, offered, promoted, approved, declined, course_moved)
WORDS = {
    moved: "New time or place", called_off: "Called off", offered: "A place for you", promoted: "You have got a place",
    approved: "You are signed up", declined: "No place this time", course_moved: "New time or place",
}  # fmt: skip


def letters() -> list[Letter]:
    db.session.expire_all()
    mine = Letter.addresses.contains([{"channel": "email", "identifier": "ben@example.org"}])
    return list(db.session.scalars(select(Letter).where(mine).order_by(Letter.id)))


@pytest.mark.parametrize("happens", KINDS)
def test_told_once_in_their_language_by_the_best_way_then_the_next_then_by_phone(
    app: Flask, town: Town, happens: Callable[[Town], Registration]
) -> None:
    registration = happens(town)
    db.session.commit()
    (letter,) = letters()
    assert str(letter.message["subject"]).startswith(WORDS[happens])
    assert letter.message["language"] == "en"
    assert [each["channel"] for each in letter.addresses] == ["telegram", "email"]
    assert (letter.must_arrive, letter.priority) == (True, outbox.Priority.AWAITED)

    mail, later = Way(), NOW + timedelta(hours=1)
    for _tick in range(2):
        outbox.deliver_due({"telegram": Way(AddressGone("blocked")), "email": mail}, later)
    assert len(mail.got) == 1
    assert [each.status for each in letters()] == [Status.SENT]
    assert calling.waiting(later) == []

    letter.status, letter.settled_at = Status.PLANNED, None
    db.session.commit()
    outbox.deliver_due({"email": Way(ChannelError("550", permanent=True))}, later)
    (call,) = calling.waiting(later)
    assert call.registration.public_id == registration.public_id
    assert call.untold[0].message.subject == mail.got[0].subject


def test_a_moved_date_says_what_was_and_what_is(town: Town) -> None:
    moved(town)
    db.session.commit()
    lines = letters()[0].message["cards"][0]["lines"]
    assert [line.partition(":")[0] for line in lines[:2]] == ["Before", "Now"]
    assert lines[0].partition(":")[2] != lines[1].partition(":")[2]
