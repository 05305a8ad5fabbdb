"""Answering reminders and telling how it was in a talk."""

from datetime import UTC, datetime, timedelta

import pytest

from engage import worker
from engage.base.db import db
from engage.outbox import Letter
from engage.people.models import Address
from engage.registrations import Registration, State
from engage.registrations.feedback_models import Feedback
from engage.registrations.reminders.models import Reminding
from tests.dialog.talk import Talk
from tests.town import Town

START = datetime(2026, 3, 21, 13, 0, tzinfo=UTC)
DAY_BEFORE = datetime(2026, 3, 20, 16, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def guest(town: Town) -> Registration:
    """Somebody with a place, and a chat that is theirs."""
    found = town.signed_up(town.occurrence(starts_at=START), now=START - timedelta(days=2))
    chat = Address(person_id=found.person_id, channel="telegram", identifier="anna", verified_at=START)
    db.session.add(chat)
    db.session.commit()
    return found


def run(now: datetime) -> Letter:
    """What the worker does at this moment; the reminder it put last."""
    worker.plan_reminders(now)
    worker.send_reminders(now)
    db.session.expire_all()
    return db.session.query(Letter).filter(Letter.key.startswith("reminder:")).order_by(Letter.id.desc()).first()  # type: ignore[return-value]


def actions(letter: Letter) -> list[str]:
    return [each["action"] for each in letter.message["buttons"] if each["action"]]


def talk(now: datetime) -> Talk:
    return Talk(channel="telegram", now=now)


def test_coming_is_one_press_and_twice_is_once(guest: Registration) -> None:
    letter = run(DAY_BEFORE)
    assert (letter.channel, letter.recipient) == ("telegram", "anna")
    anna = talk(DAY_BEFORE + HOUR).press(actions(letter)[0])
    assert db.session.query(Reminding).one().answer == "coming"
    assert anna.shows("cancel:ask")
    anna.press(actions(letter)[0])
    assert anna.shows("mine:show")


def test_cannot_come_asks_once_more_and_then_cancels(guest: Registration) -> None:
    letter = run(DAY_BEFORE)
    anna = talk(DAY_BEFORE + HOUR).press(actions(letter)[1])
    assert db.session.get_one(Registration, guest.id).state == State.CONFIRMED
    anna.tap("cancel:confirm")
    db.session.expire_all()
    assert db.session.get_one(Registration, guest.id).state == State.CANCELLED_BY_PERSON


def test_nobody_answers_for_somebody_else(guest: Registration) -> None:
    letter = run(DAY_BEFORE)
    Talk(identifier="bo", channel="telegram", now=DAY_BEFORE).press(actions(letter)[0])
    assert db.session.query(Reminding).one().answer == ""
    letter = run(START + 3 * HOUR)
    Talk(identifier="bo", channel="telegram", now=START + 3 * HOUR).press(actions(letter)[0])
    assert db.session.query(Feedback).count() == 0


def test_how_it_was_is_one_press_then_words_and_what_one_will_do(guest: Registration) -> None:
    letter = run(START + 3 * HOUR)
    anna = talk(START + 4 * HOUR).press(actions(letter)[1])
    assert db.session.query(Feedback).one().rating == 4
    anna.say("Der var god kaffe")
    anna.tap("feedback:deed:home").tap("feedback:deed:help").tap("feedback:deed:help")
    anna.say("Jeg sår blomster til bierne")
    said = db.session.query(Feedback).one()
    assert (said.words, said.deeds, said.pledge) == ("Der var god kaffe", ["home"], "Jeg sår blomster til bierne")
    assert anna.place == ("", "")


def test_words_can_be_left_out_and_the_number_changed(guest: Registration) -> None:
    letter = run(START + 3 * HOUR)
    anna = talk(START + 4 * HOUR).press(actions(letter)[0]).tap("feedback:skip").tap("feedback:thank")
    anna.press(actions(letter)[4])
    db.session.expire_all()
    assert db.session.query(Feedback).one().rating == 1
    anna.now = START + timedelta(days=40)
    anna.press(actions(letter)[0])
    assert db.session.query(Feedback).one().rating == 1
