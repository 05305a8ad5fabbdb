"""What the bot answers to commands, links, buttons, groups and inquiries; and to those who leave and come back."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bots.telegram.process import Process
from engage import dialog, registrations
from engage.base.db import db, transaction
from engage.channels.telegram.known import TelegramBot
from engage.inbox import State as UpdateState
from engage.inbox import Update
from engage.outbox import Letter, Status
from engage.people import reaching
from engage.people.models import Address
from engage.registrations import Registration, State
from tests.journeys.server import eventually
from tests.telegram.people import Person
from tests.telegram.server import NAME, Telegram
from tests.telegram.test_talk import all_done
from tests.town import Town

Somebody = Callable[..., Person]


def signed_up(town: Town, anna: Person, date: object) -> Registration:
    """Somebody who signed up by the bot."""
    anna.say(f"/start e_{date.public_id}_sposter")  # type: ignore[attr-defined]
    anna.reads("Klimacafé")
    anna.tap("sign_up:start")
    anna.wait(lambda message: "sign_up:seats:1" in str(message.rows))
    anna.tap("sign_up:seats:1")
    asked = anna.wait(lambda message: "menu:leave" in str(message.rows))
    if "sign_up:confirm" not in str(asked.rows):  # the name is not known yet
        anna.say("Anna Holm")
        anna.wait(lambda message: "sign_up:confirm" in str(message.rows))
    anna.tap("sign_up:confirm")
    anna.wait(lambda message: message.kind == "document")
    db.session.rollback()
    return db.session.scalars(select(Registration).order_by(Registration.id.desc())).first()  # type: ignore[return-value]


COMMANDS = (
    ("/find", "find:when:week"), ("/find noget om klima", "Klimacafé"), ("/soeg", "find:when:week"), ("/suche", "find:when:week"),
    ("/mine", "find:when:week"), ("/anmeldungen", "find:when:week"), ("/help", "find:when:week"), ("/hilfe", "find:when:week"),
    ("/settings", "menu:language"), ("/indstillinger", "menu:language"), ("/language", "menu:speak:de"),
    ("/privacy", "privacy:export"), ("/stop", ""), ("/cancel", ""), ("/near", "request_location"),
    ("/find@havnby_bot", "find:when:week"), ("/start", "mine:show"), ("/start nonsense", "mine:show"),
    ("/start e_gibtsnicht", "mine:show"), ("/blah", ""), ("/forget", "privacy:forget"), ("/glem", "privacy:forget"),
        ("/vergessen", "privacy:forget"), ("/menneske", "12 34 56 78"), ("/hej", "mine:show"),
)  # fmt: skip


def test_every_command_is_answered(town: Town, bot: Process, somebody: Somebody) -> None:
    town.occurrence()
    people = [(somebody(), typed, part) for typed, part in COMMANDS]
    for person, typed, _part in people:
        person.say(typed)
    for person, typed, part in people:
        person.wait(
            lambda message, part=part: part in f"{message.text} {message.rows} {message.keyboard}",
            what=f"{typed} {part}",
        )


def test_a_link_leads_to_its_date_or_to_an_activitys_next_one(town: Town, bot: Process, somebody: Somebody) -> None:
    activity = town.activity("Klimacafé")
    first, second = (town.occurrence(activity, starts_in=timedelta(days=days)) for days in (3, 9))
    anna = somebody()
    anna.say(f"/start e_{second.public_id}_splakat")
    assert second.public_id in anna.reads("Klimacafé").data("sign_up:start")
    anna.say(f"/start e_{activity.public_id}")
    assert first.public_id in anna.reads("Klimacafé").data("sign_up:start")


def test_a_button_of_somebody_else_or_of_another_time_changes_nothing(
    town: Town, bot: Process, somebody: Somebody, telegram: Telegram
) -> None:
    anna, bente = somebody("en"), somebody("en")
    registration = signed_up(town, anna, town.occurrence())
    bente.say("/start")
    screen = bente.reads("Hello")
    for data in (
        f"v1:cancel:ask:{registration.public_id}", f"v1:cancel:confirm:{registration.public_id}@1", "v1:sign_up:confirm@99",
        "v0:cancel:confirm", "find:show:x", "v1:nothing:here", f"k1:cancel:confirm:{registration.public_id}", "💥",
    ):  # fmt: skip
        before = (screen.text, screen.rows)
        bente.press(data, screen)
        bente.wait(lambda message: message.number != screen.number)
        assert (screen.text, screen.rows) == before, "what was shown stays"
    assert not any("cancel:confirm" in str(each.rows) for each in bente.chat)
    eventually(all_done)
    db.session.rollback()
    assert db.session.get_one(Registration, registration.id).state == State.CONFIRMED
    assert not telegram.queries, "each was answered"


def test_a_second_press_leaves_the_confirmation_and_signs_nobody_up_twice(
    town: Town, bot: Process, somebody: Somebody
) -> None:
    date, anna = town.occurrence(), somebody("en")
    anna.say(f"/start e_{date.public_id}")
    anna.reads("Klimacafé")
    anna.tap("sign_up:start")
    anna.wait(lambda message: "sign_up:seats:1" in str(message.rows))
    anna.tap("sign_up:seats:1")
    anna.wait(lambda message: "menu:leave" in str(message.rows))
    anna.say("Anna Holm")
    review = anna.wait(lambda message: "sign_up:confirm" in str(message.rows))
    data = review.data("sign_up:confirm")
    anna.press(data, review)
    anna.press(data, review)
    anna.wait(lambda message: "done already" in message.text)
    assert "You are signed up" in review.text
    db.session.rollback()
    assert len(db.session.scalars(select(Registration)).all()) == 1


def test_a_letters_button_leaves_the_letter_as_it_is(town: Town, bot: Process, somebody: Somebody) -> None:
    anna = somebody("en")
    signed_up(town, anna, town.occurrence())
    ticket = next(each for each in anna.chat if each.kind == "photo")
    anna.tap("k1:cancel:ask", ticket)
    asked = anna.reads("Cancel this?")
    assert asked.number != ticket.number and "Klimacafé" in ticket.text


def test_in_a_group_nothing_is_said_but_where_one_can_talk_alone(
    town: Town, bot: Process, telegram: Telegram, somebody: Somebody
) -> None:
    eventually(lambda: db.session.rollback() or db.session.get(TelegramBot, 7714))
    anna = somebody("en")
    signed_up(town, anna, town.occurrence())
    group = -1002000
    for text in (f"/start@{NAME}", "/mine", f"/start@{NAME} e_abc"):
        anna.say(text, group=group)
    eventually(lambda: len(telegram.chats[group]) == 3)
    links = {button["url"] for each in telegram.chats[group] for button in each.buttons}
    assert links == {f"https://t.me/{NAME}?start=group", f"https://t.me/{NAME}?start=e_abc"}
    assert not any("Klimacafé" in each.text or "Anna" in each.text for each in telegram.chats[group])
    anna.say("vi ses i morgen", group=group)
    anna.say("/help", group=group)
    eventually(lambda: len(telegram.chats[group]) == 4)
    for text in ("/help@another_bot", "/weather", "/start@another_bot e_abc"):
        anna.say(text, group=group)
    anna.say("/help", group=group)
    eventually(lambda: len(telegram.chats[group]) == 5)
    eventually(all_done)
    assert len(telegram.chats[group]) == 5, "what is said to others is left to them"


def test_an_activity_is_found_from_another_chat_and_shared_there(
    town: Town, bot: Process, telegram: Telegram, somebody: Somebody
) -> None:
    eventually(lambda: db.session.rollback() or db.session.get(TelegramBot, 7714))
    date = town.occurrence(town.activity("Rent vand <til> alle", sdgs=[6]))
    town.occurrence(town.activity("Strikkecafé", summary="Garn.", sdgs=[4], dimensions=["cultural"]))
    anna = somebody()
    for asked, names in (
        ("vand", ["Rent vand <til> alle"]), (f"e_{date.public_id}", ["Rent vand <til> alle"]), ("e_findesikke", []),
        ("", ["Rent vand <til> alle", "Strikkecafé"]), ("qwertyuiop", []),
    ):  # fmt: skip
        query = anna.ask_from_elsewhere(asked)
        eventually(lambda query=query: query in telegram.answered)
        answer = telegram.answered[query]
        assert [result["title"] for result in answer["results"]] == names, asked
        assert not answer.get("is_personal")
        assert ("button" in answer) != bool(names), "where there is nothing, a way leads to the talk"
    shared = telegram.answered[query] if answer["results"] else telegram.answered[min(telegram.answered)]
    (result, *_others) = shared["results"]
    assert result["reply_markup"]["inline_keyboard"][0][0]["url"] == (
        f"https://t.me/{NAME}?start=e_{date.public_id}_sshared"
    )
    assert "&lt;til&gt;" in result["input_message_content"]["message_text"]


def test_near_me_is_answered_with_the_nearest_and_forgets_where(
    town: Town, bot: Process, telegram: Telegram, somebody: Somebody
) -> None:
    for name, latitude, days in (("Langt væk", 55.4, 1), ("Tæt på", 54.92, 5), ("Om hjørnet", 54.911, 9)):
        place = town.place(name)
        place.latitude, place.longitude = latitude, 9.79
        town.occurrence(town.activity(name), place=place, starts_in=timedelta(days=days))
    town.occurrence(town.activity("Et ukendt sted"))
    anna = somebody()
    anna.say("/near")
    assert anna.reads().keyboard["keyboard"][0][0]["request_location"]
    anna.send(location={"latitude": 54.9101234, "longitude": 9.7899876})
    listed = anna.wait(lambda message: "Om hjørnet" in message.text).text
    assert listed.index("Om hjørnet") < listed.index("Tæt på") < listed.index("Langt væk")
    assert "ukendt sted" not in listed
    assert any(each.keyboard == {"remove_keyboard": True} for each in anna.chat)
    eventually(all_done)
    kept = db.session.execute(select(Letter.message)).all()
    rows = str([*kept, *db.session.connection().exec_driver_sql("SELECT data, '' FROM conversation").all()])
    rows += str(db.session.connection().exec_driver_sql("SELECT body FROM inbox").all())
    assert "9.79" not in rows and "54.91" not in rows


def test_settings_say_what_is_and_change_it(town: Town, bot: Process, somebody: Somebody) -> None:
    anna = somebody("en")
    registration = signed_up(town, anna, town.occurrence())
    person = registration.person_id
    assert person is not None
    anna.say("/settings")
    screen = anna.reads("I write to you here")
    assert "settings:here:off" not in str(screen.rows), "there is no other way to reach her"
    anna.tap("settings:extras:off", screen)
    anna.reads("nothing but what belongs to your sign-ups")
    db.session.rollback()
    assert not reaching.wants_optional(person)
    with transaction():
        db.session.add(Address(person_id=person, channel="email", identifier="anna@example.org", verified_at=town.now))
    anna.tap("settings:extras:on", screen)
    anna.wait(lambda message: "settings:here:off" in str(message.rows))
    anna.tap("settings:here:off", screen)
    anna.reads("I write to you by e-mail")
    with transaction():
        assert reaching.ways(person, "anna@example.org") == [("email", "anna@example.org")]
    anna.tap("settings:here:on", screen)
    anna.reads("I write to you here")
    with transaction():
        assert reaching.ways(person)[0] == ("telegram", str(anna.number))


def test_stop_turns_off_what_is_optional_and_says_that_sign_ups_stay(
    town: Town, bot: Process, somebody: Somebody
) -> None:
    anna = somebody("en")
    registration = signed_up(town, anna, town.occurrence())
    anna.say("/stop")
    anna.reads("what you have signed up for")
    db.session.rollback()
    assert registration.person_id is not None and not reaching.wants_optional(registration.person_id)
    assert db.session.get_one(Registration, registration.id).state == State.CONFIRMED
    with transaction():
        registrations.cancel(registration.public_id, now=town.now)
    anna.reads("cancelled")


def test_who_blocks_the_bot_is_left_alone_and_told_in_one_message_when_they_are_back(
    town: Town, bot: Process, telegram: Telegram, somebody: Somebody
) -> None:
    anna = somebody("en")
    first, over = town.occurrence(capacity=1), town.occurrence(starts_in=timedelta(hours=1))
    mine, past = signed_up(town, anna, first), signed_up(town, anna, over)
    anna.block()
    eventually(lambda: db.session.rollback() or not reaching.is_on("telegram", str(anna.number)))
    before = len(telegram.calls("sendMessage"))
    with transaction():
        registrations.cancel(mine.public_id, now=town.now)
        registrations.cancel(past.public_id, now=town.now)
    eventually(lambda: db.session.rollback() or held() == 2)
    assert len(telegram.calls("sendMessage")) == before, "no further attempt"
    with transaction():
        date = db.session.get_one(Registration, past.id).occurrence
        date.starts_at, date.ends_at = (instant - timedelta(days=3) for instant in (date.starts_at, date.ends_at))
    anna.come_back()
    anna.before = [(each.text, each.rows) for each in anna.chat]  # type: ignore[attr-defined]
    summary = anna.reads("Good to have you back")
    assert summary.text.count("\n- ") + summary.text.count("\n\n- ") >= 1
    assert summary.text.count("- Your sign-up is cancelled") == 1, "what is over is not told"
    assert summary.labels == ["My sign-ups"]
    tickets = [each for each in anna.chat if each.kind == "photo"]
    eventually(lambda: tickets and all("Not valid any more" in each.text for each in tickets))
    anna.come_back()
    eventually(all_done)
    assert [each.text for each in anna.chat].count(summary.text) == 1


def held() -> int:
    """Letters that are held, without what only changes what stands in the chat already."""
    found = db.session.scalars(select(Letter).where(Letter.status == Status.HELD)).all()
    return len([each for each in found if not each.message.get("only_in_place")])


def test_a_block_that_telegram_did_not_tell_of_is_found_out_by_the_first_letter(
    town: Town, bot: Process, telegram: Telegram, somebody: Somebody
) -> None:
    anna = somebody("en")
    registration = signed_up(town, anna, town.occurrence())
    telegram.blocked.add(anna.number)
    with transaction():
        registrations.cancel(registration.public_id, now=town.now)
    eventually(lambda: db.session.rollback() or held() == 1)
    assert not reaching.is_on("telegram", str(anna.number))
    telegram.blocked.discard(anna.number)
    anna.say("/start")
    anna.reads("Good to have you back")


def test_a_handler_that_throws_is_told_kindly_and_stands_in_nobodys_way(
    town: Town, bot: Process, somebody: Somebody, monkeypatch: pytest.MonkeyPatch
) -> None:
    handle = dialog.handle

    def broken(incoming: dialog.Incoming, **facts: Any) -> object:
        if incoming.text == "bang":
            raise ZeroDivisionError
        return handle(incoming, **facts)

    monkeypatch.setattr(dialog, "handle", broken)
    anna, bente = somebody("en"), somebody("en")
    anna.say("/start")
    anna.reads("Hello")
    anna.say("bang")
    anna.say("/help")
    bente.say("/start")
    bente.reads("Hello", seconds=5)
    anna.reads("Something went wrong at our end")
    anna.reads("in your own words")
    order = [each.text for each in anna.chat]
    assert order.index(next(text for text in order if "went wrong" in text)) < len(order) - 1
    db.session.rollback()
    (parked,) = db.session.scalars(select(Update).where(Update.state == UpdateState.PARKED))
    assert (parked.failures, parked.last_error) == (5, "ZeroDivisionError")
