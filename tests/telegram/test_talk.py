"""A citizen's whole talk with the bot, over real HTTP, in three languages."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from icalendar import Calendar
from sqlalchemy import select

from bots.telegram.process import Process
from engage.base.db import db
from engage.inbox import State as UpdateState
from engage.inbox import Update
from engage.outbox import Letter
from engage.people.models import Address
from engage.registrations import Registration, State
from tests.journeys.server import eventually
from tests.telegram.people import Person
from tests.telegram.server import Telegram
from tests.town import Town

Somebody = Callable[..., Person]
WORDS = {
    "da": {"find": "noget om klima", "name": "jeg hedder Anna Holm", "mine": "mine tilmeldinger", "hello": "Hej."},
    "en": {"find": "something about climate", "name": "my name is Anna Holm", "mine": "my sign-ups", "hello": "Hello."},
    "de": {"find": "etwas zum Thema Klima", "name": "ich heiße Anna Holm", "mine": "meine Anmeldungen", "hello": "Hallo."},
}  # fmt: skip


def registrations() -> list[Registration]:
    db.session.rollback()
    db.session.expire_all()
    return list(db.session.scalars(select(Registration).order_by(Registration.id)))


def all_done() -> bool:
    db.session.rollback()
    return not db.session.scalars(select(Update).where(Update.state == UpdateState.WAITING)).all()


@pytest.mark.parametrize("language", WORDS)
def test_somebody_finds_signs_up_sees_and_cancels(
    town: Town, bot: Process, telegram: Telegram, somebody: Somebody, language: str
) -> None:
    words, anna = WORDS[language], somebody(language)
    place = town.place()
    place.latitude, place.longitude = 54.9121, 9.7887
    date = town.occurrence(town.activity("Klimacafé"), place=place)
    town.occurrence(town.activity("Strikkecafé", summary="Garn og pinde.", dimensions=["cultural"], sdgs=[4]))

    anna.say("/start")
    assert anna.reads(words["hello"]).labels, "there are buttons to begin with"
    anna.say(words["find"])
    found = anna.reads("Klimacafé")
    assert "Strikkecafé" not in found.text
    anna.tap(f"find:show:{date.public_id}")
    assert anna.reads("En aften om klima.").number == found.number, "a screen changes in place"
    anna.tap("sign_up:start")
    anna.wait(lambda message: message.number == found.number and "sign_up:seats:2" in str(message.rows))
    anna.tap("sign_up:seats:2")
    asked = anna.wait(lambda message: message.number == found.number and "menu:leave" in str(message.rows))
    assert len([each for each in anna.chat if each.number > found.number]) == 0, "and does not flood the chat"
    anna.say(words["name"])
    review = anna.reads("Anna Holm")
    assert "@" not in review.text, "a chat that reaches you needs no address"
    eventually(lambda: not asked.rows)  # the question is answered, so its buttons are gone
    anna.tap("sign_up:confirm")
    ticket = anna.wait(lambda message: message.kind == "photo")
    eventually(lambda: [each.kind for each in anna.chat][-3:] == ["photo", "document", "venue"])

    (registration,) = registrations()
    assert (registration.state, registration.seats, registration.email) == (State.CONFIRMED, 2, None)
    assert ticket.file.startswith(b"\x89PNG") and "Klimacafé" in ticket.text
    document = anna.chat[-2]
    (event,) = Calendar.from_ical(document.file.decode()).walk("VEVENT")
    assert str(event["SUMMARY"]) == "Klimacafé" and document.filename.endswith(".ics")
    assert anna.last.text.startswith("Multikulturhuset\nNørre Havnegade 15")

    anna.say(words["mine"])
    mine = anna.reads("Klimacafé")
    anna.tap("cancel:ask", mine)
    anna.wait(lambda message: "cancel:confirm" in str(message.rows) and message.number == mine.number)
    anna.tap("cancel:confirm", mine)
    anna.wait(lambda message: message.number == mine.number and not any("cancel" in str(b) for b in message.buttons))
    eventually(lambda: registrations()[0].state == State.CANCELLED_BY_PERSON)
    eventually(lambda: ticket.edits == 1)
    assert not ticket.rows, "what is void has nothing to press, and says so"
    assert anna.last.number == mine.number, "the talk said it, and no letter says it again"

    assert telegram.answered.keys() and not telegram.queries, "every press is answered"
    assert all_done()
    assert {request.code for request in telegram.requests} == {200}, [
        (each.method, each.description) for each in telegram.requests if each.code != 200
    ]


def test_what_is_kept_of_a_person_is_their_number_and_the_name_they_gave(
    town: Town, bot: Process, somebody: Somebody
) -> None:
    date, anna = town.occurrence(), somebody()
    anna.say(f"/start e_{date.public_id}")
    anna.reads("Klimacafé")
    for part, answer in (("sign_up:start", "sign_up:seats:1"), ("sign_up:seats:1", "menu:leave")):
        anna.tap(part)
        anna.wait(lambda message, answer=answer: answer in str(message.rows))
    anna.say("Bente Lund")
    anna.reads("Bente Lund")
    anna.tap("sign_up:confirm")
    anna.wait(lambda message: message.kind == "photo")
    db.session.rollback()
    (address,) = db.session.scalars(select(Address))
    assert (address.channel, address.identifier) == ("telegram", str(anna.number))
    assert address.verified_at is not None, "who writes from a chat has shown that it is theirs"
    assert registrations()[0].name == "Bente Lund"
    eventually(all_done)
    assert [update.body for update in db.session.scalars(select(Update)) if update.body] == [], "what was said is gone"


def test_the_language_is_the_chosen_one_then_the_apps_then_the_citys(bot: Process, somebody: Somebody) -> None:
    polish, english = somebody("pl"), somebody("en-GB")
    polish.say("/start")
    polish.reads("Hej.")
    english.say("/start")
    english.reads("Hello.")
    english.say("/sprog")
    english.tap("menu:speak:de", english.reads("Which language"))
    english.reads("Deutsch")
    english.language = "da"  # they change their app, which is no wish for this talk
    english.say("/help")
    english.wait(lambda message: "Schreib" in message.text)


def test_somebody_is_told_only_once_a_minute_that_it_was_too_much(bot: Process, somebody: Somebody, app: Flask) -> None:
    app.extensions["engage.settings"] = replace(app.extensions["engage.settings"], chat_per_person_minute=3)
    anna = somebody()
    for _number in range(12):
        anna.say("hej")
    eventually(all_done)
    eventually(lambda: len(anna.chat) >= 4)
    assert len([each for each in anna.chat if "Hej." in each.text]) == 3
    assert len(anna.chat) <= 5, "at most one for each of two minutes"


def test_a_picture_is_answered_with_what_can_be_read(bot: Process, somebody: Somebody) -> None:
    anna = somebody("en")
    anna.send(photo=[{"file_id": "x", "file_unique_id": "y", "width": 1, "height": 1}])
    anna.reads("I can only read words")


def test_asking_to_be_forgotten_deletes_all_that_was_said(town: Town, bot: Process, somebody: Somebody) -> None:
    date, anna = town.occurrence(), somebody("en")
    anna.say(f"/start e_{date.public_id}")
    anna.reads("Klimacafé")
    anna.say("/privacy")
    anna.tap("privacy:ask", anna.reads("answers for what is kept"))
    anna.wait(lambda message: "privacy:forget@" in str(message.rows))
    anna.tap("privacy:forget@")
    anna.reads("It is deleted")
    eventually(all_done)
    db.session.rollback()
    letters = db.session.scalars(select(Letter)).all()
    assert len(letters) == 1, "only the answer to the wish itself is left"
