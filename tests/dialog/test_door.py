"""Today's list in a chat: linked by both sides, asked anew each time, and people checked in by name and code."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from engage.accounts import Rights, User, chats
from engage.accounts.audit import AuditEntry
from engage.accounts.chats import ChatCodeNotKnown, ChatNotWaiting
from engage.activities.asking import QuestionKind
from engage.activities.models import Occurrence
from engage.base.db import db
from engage.registrations import Registration, tickets
from engage.registrations.attendance import Attendance, CheckIn, Way
from engage.registrations.attendance.checking import CHAT_NONCES
from tests.accounts.cast import account
from tests.conftest import NOW
from tests.dialog.talk import Talk
from tests.town import Town

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def date(town: Town) -> Occurrence:
    """Begins in an hour."""
    return town.occurrence(starts_in=HOUR)


@pytest.fixture
def organiser(date: Occurrence) -> User:
    return account("Bente Lund", member_of={date.activity.organisation: Rights.CHECK_IN})


def guest(town: Town, date: Occurrence, name: str, seats: int = 1) -> Registration:
    return town.signed_up(date, now=NOW - DAY, name=name, seats=seats)


def linked(user: User, talk: Talk) -> Talk:
    """The chat tells the code, the page says yes."""
    _made, code = chats.begin(user, now=talk.now)
    db.session.commit()
    talk.say(f"konto {code}")
    (waiting,) = chats.of(user, now=talk.now)
    assert str(waiting.check_number) in talk.text
    chats.confirm(user, waiting.public_id, now=talk.now)
    db.session.commit()
    return talk


def came(who: Registration) -> int | None:
    db.session.expire_all()
    return db.session.scalar(select(Attendance.seats).where(Attendance.registration_id == who.id))


def test_a_linked_chat_checks_in_by_name_and_code(town: Town, date: Occurrence, organiser: User) -> None:
    anna, bo, family = guest(town, date, "Anna Holm"), guest(town, date, "Bo Lund"), guest(town, date, "Dam", 3)
    talk = linked(organiser, Talk(channel="telegram", identifier="77"))
    talk.say("dagens liste")
    assert "Anna H." in talk.text and "Holm" not in talk.text, "who only checks in sees first names"
    talk.say("anna")
    assert came(anna) == 1 and "Anna H." in talk.text
    talk.say("anna")
    talk.tap("door:back")
    assert came(anna) is None
    talk.say(tickets.spoken(tickets.code(bo)))
    assert came(bo) == 1
    talk.say("dam").tap(f"door:in:{family.public_id}.2")
    assert came(family) == 2
    talk.say("dam")
    assert came(family) == 3
    assert set(db.session.scalars(select(CheckIn.way).where(CheckIn.undone_at.is_(None)))) == {Way.CHAT, Way.CODE}
    actions = list(db.session.scalars(select(AuditEntry.action).where(AuditEntry.by_id == organiser.id)))
    assert actions.count("guests.checked_in") == 4 and "guests.door_seen" in actions
    talk.tap("door:stop")
    assert talk.place == ("", "")


def test_a_button_takes_back_what_it_was_about_however_often_it_is_pressed(
    town: Town, date: Occurrence, organiser: User
) -> None:
    family = guest(town, date, "Familien Dam", 3)
    talk = linked(organiser, Talk(channel="telegram", identifier="77")).say("dagens liste")
    for number in (1, 2):
        talk.say("dam").tap(f"door:in:{family.public_id}.{number}")
    second = talk.action("door:back")
    assert came(family) == 3
    for _press in range(3):
        talk.press(second)
        assert came(family) == 1
    undone = [each for each in db.session.scalars(select(AuditEntry.action)) if each == "guests.check_in_undone"]
    assert len(undone) == 1, "a press that changes nothing is not told as one that does"


def test_who_has_not_answered_is_let_in_anyway_and_of_a_group_as_many_as_came(
    town: Town, date: Occurrence, organiser: User
) -> None:
    question = town.question(date.activity, "Har du en allergi?", QuestionKind.YES_NO, required=True)
    told = {question.public_id: "yes"}
    anna = town.signed_up(date, now=NOW - DAY, name="Anna Holm", answers=told)
    family = town.signed_up(date, now=NOW - DAY, name="Familien Dam", seats=3, answers=told)
    anna.answers = family.answers = {}
    db.session.commit()
    talk = linked(organiser, Talk(channel="telegram", identifier="77")).say("dagens liste").say("anna")
    assert came(anna) is None and "Har du en allergi?" in talk.text
    talk.tap("door:anyway")
    assert came(anna) == 1
    talk.say(tickets.spoken(tickets.code(family))).tap("door:anyway").tap(f"door:anyway:{family.public_id}.2")
    assert came(family) == 2


def test_nobody_guesses_what_a_chat_notes_under(town: Town, date: Occurrence, organiser: User) -> None:
    anna = guest(town, date, "Anna Holm")
    talk = linked(organiser, Talk(channel="telegram", identifier="77"))
    talk.say("dagens liste").say(tickets.spoken(tickets.code(anna)))
    (nonce,) = db.session.scalars(select(CheckIn.nonce))
    assert nonce.startswith(CHAT_NONCES) and len(nonce) == 37
    assert nonce.removeprefix(CHAT_NONCES).isalnum(), "no count of the talk's turns"


def test_of_a_group_it_is_asked_how_many_came_also_with_their_code(
    town: Town, date: Occurrence, organiser: User
) -> None:
    family = guest(town, date, "Familien Dam", 4)
    talk = linked(organiser, Talk(channel="telegram", identifier="77")).say("dagens liste")
    for typed in (tickets.spoken(tickets.code(family)), tickets.link(family)):
        talk.say(typed)
        assert came(family) is None
    talk.tap(f"door:in:{family.public_id}.3")
    assert came(family) == 3
    talk.say(tickets.spoken(tickets.code(family)))
    assert came(family) == 4, "the last one is nobody else"


def test_letters_within_a_name_check_nobody_in(town: Town, date: Occurrence, organiser: User) -> None:
    anna = guest(town, date, "Johanna Holm")
    talk = linked(organiser, Talk(channel="telegram", identifier="77")).say("dagens liste")
    talk.say("anna")
    assert came(anna) is None and "Johanna H." in talk.text
    talk.tap(f"door:in:{anna.public_id}.1")
    assert came(anna) == 1
    talk.tap("door:back").say("johan")
    assert came(anna) == 1


def test_rights_are_asked_anew_with_each_thing(town: Town, date: Occurrence, organiser: User) -> None:
    anna = guest(town, date, "Anna Holm")
    talk = linked(organiser, Talk(channel="telegram", identifier="77"))
    talk.say("tjek ind")
    organiser.memberships.clear()
    db.session.commit()
    talk.say("anna")
    assert came(anna) is None and talk.place == ("", "")
    talk.say("/today")
    assert "Klimacafé" not in talk.text
    organiser.active = False
    db.session.commit()
    assert chats.account_of("telegram", "77") is None


def test_a_chat_alone_and_a_code_alone_open_nothing(app: Flask, town: Town, date: Occurrence, organiser: User) -> None:
    guest(town, date, "Anna Holm")
    talk = Talk(channel="telegram", identifier="78").say("dagens liste")
    assert "Anna" not in talk.text and "/konto/chat" in talk.text
    _made, code = chats.begin(organiser, now=talk.now)
    db.session.commit()
    talk.say(f"konto {code}")
    talk.say("dagens liste")
    assert "Anna" not in talk.text, "the page has not said yes"
    with pytest.raises(ChatCodeNotKnown):
        chats.claim(code, "telegram", "79", now=talk.now)
    (waiting,) = chats.of(organiser, now=talk.now)
    with pytest.raises(ChatNotWaiting):
        chats.confirm(account(), waiting.public_id, now=talk.now)
    with pytest.raises(ChatNotWaiting):
        chats.confirm(organiser, waiting.public_id, now=talk.now + HOUR)
    _made, late = chats.begin(organiser, now=talk.now)
    with pytest.raises(ChatCodeNotKnown):
        chats.claim(late, "telegram", "79", now=talk.now + HOUR)
    assert chats.expire(talk.now + HOUR) == 1


def test_other_wishes_are_heard_at_the_door(town: Town, date: Occurrence, organiser: User) -> None:
    guest(town, date, "Anna Holm")
    talk = linked(organiser, Talk(channel="telegram", identifier="77"))
    talk.say("dagens liste").say("zzz")
    assert talk.place == ("door", "who")
    talk.say("hjælp")
    assert "Anna" not in talk.text


def test_a_ticket_of_another_date_is_no_ones_name(town: Town, date: Occurrence, organiser: User) -> None:
    other = guest(town, town.occurrence(starts_in=2 * HOUR), "Grethe Dam")
    talk = linked(organiser, Talk(channel="telegram", identifier="77"))
    talk.say("dagens liste").say(tickets.link(other))
    assert "Grethe" not in talk.text and came(other) is None
