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
from engage.registrations.attendance import Attendance, CheckIn, Way, lists
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


def at_the_door(town: Town, organiser: User, language: str = "da") -> Talk:
    return linked(organiser, Talk(channel="telegram", identifier="77", language=language)).say("/today")


def logged(user: User) -> list[str]:
    return list(db.session.scalars(select(AuditEntry.action).where(AuditEntry.by_id == user.id)))


def walked_in() -> list[tuple[str | None, int]]:
    db.session.expire_all()
    rows = db.session.scalars(select(Registration).where(Registration.walk_in).order_by(Registration.id))
    return [(each.name, each.seats) for each in rows]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("da", "to flere uden tilmelding"),
        ("da", "2 personer uden tilmelding"),
        ("en", "two more without a sign-up"),
        ("de", "noch zwei ohne Anmeldung"),
        ("de", "+2"),
    ],
)
def test_so_many_more_come_in_under_one_name(
    town: Town, date: Occurrence, organiser: User, language: str, words: str
) -> None:
    talk = at_the_door(town, organiser, language).say(words)
    assert talk.place == ("walk_in", "name") and walked_in() == []
    talk.say("Olsen")
    assert walked_in() == [("Olsen", 2)] and talk.place == ("door", "who")
    assert "guests.walked_in" in logged(organiser)
    talk.tap("door:back")
    assert came(db.session.scalars(select(Registration).where(Registration.walk_in)).one()) is None


def test_who_was_searched_for_in_vain_comes_in_by_a_button_pressed_once(
    town: Town, date: Occurrence, organiser: User
) -> None:
    talk = at_the_door(town, organiser).say("Grethe Dam")
    button = talk.action("walk_in:named")
    for _press in range(2):
        talk.press(button)
    assert walked_in() == [("Grethe Dam", 1)]
    assert "Bo Lund" in str(talk.say("Bo Lund").row().data)
    talk.tap("door:stop")
    assert "Bo Lund" not in str(talk.row().data), "who was not found is not kept"
    talk.say("dagens liste")
    talk.say("tre fra familien Olsen uden tilmelding")
    assert walked_in()[1:] == [("familien Olsen", 3)]
    talk.say("Kim og Bo uden tilmelding").tap("walk_in:seats:2")
    assert walked_in()[2:] == [("Kim og Bo", 2)]


def test_a_cancelled_walk_in_lets_nobody_in_and_the_list_goes_on(town: Town, date: Occurrence, organiser: User) -> None:
    anna = guest(town, date, "Anna Holm")
    talk = at_the_door(town, organiser).tap("walk_in:start").tap("walk_in:seats:1").say("annuller")
    assert walked_in() == [] and talk.place == ("door", "who")
    talk.say("anna")
    assert came(anna) == 1


def test_beyond_the_places_only_who_decides_lets_in_and_with_a_reason(town: Town, organiser: User) -> None:
    date = town.occurrence(starts_in=HOUR, capacity=1)
    guest(town, date, "Anna Holm")
    helper = account("Hans Dam", member_of={date.activity.organisation: Rights.CHECK_IN})
    talk = at_the_door(town, helper).say("Bo uden tilmelding")
    assert walked_in() == [] and talk.place == ("door", "who") and "⛔" in talk.text
    editor = account("Else Ravn", member_of={date.activity.organisation: Rights.EDITOR})
    talk = linked(editor, Talk(channel="telegram", identifier="79")).say("/today").say("Bo uden tilmelding")
    assert talk.place == ("walk_in", "reason") and walked_in() == []
    talk.say("Han er tolk, hjælp til gæsterne")
    assert walked_in() == [("Bo", 1)]


def test_a_role_is_asked_for_where_there_are_roles(town: Town, organiser: User) -> None:
    date = town.occurrence(starts_in=HOUR)
    town.role(date.activity)
    helper = account("Hans Dam", member_of={date.activity.organisation: Rights.CHECK_IN})
    talk = at_the_door(town, helper).say("Bo uden tilmelding")
    talk.tap("walk_in:role")
    assert walked_in() == [("Bo", 1)]


@pytest.mark.parametrize(
    ("language", "words"),
    [("da", "anna kom ikke"), ("da", "Anna er ikke her"), ("en", "Anna didn't show up"), ("de", "Anna fehlt")],
)
def test_who_did_not_come_is_noted_in_words_and_taken_back(
    town: Town, date: Occurrence, organiser: User, language: str, words: str
) -> None:
    anna = guest(town, date, "Anna Holm")
    talk = at_the_door(town, organiser, language).say(words)
    assert came(anna) == 0 and "guests.marked_absent" in logged(organiser)
    talk.say(words).tap("door:back")
    assert came(anna) is None, "said twice, it was noted once"


def test_who_did_not_come_is_noted_by_a_button_pressed_twice(town: Town, date: Occurrence, organiser: User) -> None:
    anna = guest(town, date, "Anna Holm")
    talk = at_the_door(town, organiser).tap("door:missing")
    button = talk.action("door:absent")
    for _press in range(2):
        talk.press(button)
    assert came(anna) == 0 and db.session.query(CheckIn).count() == 1
    talk.tap("door:back").tap("door:one").tap(f"door:in:{anna.public_id}")
    assert came(anna) == 1
    talk.say("hvem mangler?").tap("door:leaving")
    assert not talk.shows("door:missing")


@pytest.mark.parametrize(
    ("language", "words"), [("da", "2 af dam går"), ("en", "two of Dam left"), ("de", "zwei von Dam gehen")]
)
def test_a_part_of_a_group_leaves(town: Town, date: Occurrence, organiser: User, language: str, words: str) -> None:
    family = guest(town, date, "Dam", 3)
    talk = at_the_door(town, organiser, language).say("dam 3")
    assert came(family) == 3
    talk.say(words)
    assert inside(talk, family) == 1 and came(family) == 3, "who left was there"
    talk.say("dam ud" if language == "da" else "dam left" if language == "en" else "dam geht")
    assert inside(talk, family) == 0 and logged(organiser).count("guests.checked_out") == 2
    talk.tap("door:back")
    assert inside(talk, family) == 1


def inside(talk: Talk, who: Registration) -> int:
    db.session.expire_all()
    date = db.session.get_one(Occurrence, who.occurrence_id)
    return next(each.inside for each in lists.lines(date, full_names=True) if each.public_id == who.public_id)


def test_a_button_lets_so_many_leave_once(town: Town, date: Occurrence, organiser: User) -> None:
    family = guest(town, date, "Familien Dam", 4)
    talk = at_the_door(town, organiser).say("familien dam 4").tap("door:again").tap("door:leaving").tap("door:out")
    button = talk.action(f"door:out:{family.public_id}.2")
    for _press in range(2):
        talk.press(button)
    assert inside(talk, family) == 2
    talk.say("fortryd")
    assert inside(talk, family) == 4 and talk.place == ("door", "who"), "what was noted last, and the list goes on"


def test_a_question_and_a_name_that_only_looks_like_a_word_note_nothing_else(
    town: Town, date: Occurrence, organiser: User
) -> None:
    anna, karl = guest(town, date, "Anna Holm"), guest(town, date, "Karl Weg")
    talk = at_the_door(town, organiser).say("er Anna kommet?")
    assert came(anna) is None and talk.shows("door:in")
    talk.say("karl w")
    assert came(karl) == 1


def test_an_old_button_after_the_list_was_closed_says_how_to_go_on(
    town: Town, date: Occurrence, organiser: User
) -> None:
    family = guest(town, date, "Familien Dam", 2)
    talk = at_the_door(town, organiser).say("dam")
    button = talk.action("door:in")
    talk.say("dagens liste").tap("door:stop").press(button)
    assert came(family) is None and talk.shows("door:today")
    other = town.occurrence(town.activity("Strikkecafé"), starts_in=HOUR)
    talk.press(f"door:date:{other.public_id}").press(button)
    assert came(family) is None
