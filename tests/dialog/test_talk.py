"""The talk itself: it is understood, remembered, forgotten, kept in bounds, and never breaks."""

import random
import string
from dataclasses import replace
from datetime import timedelta

import hypothesis
import pytest
from flask import Flask
from sqlalchemy import text

from engage import dialog, registrations
from engage.app import create_app
from engage.base.config import Settings
from engage.base.db import db, transaction
from engage.base.limits import TooOften
from engage.base.message import Message
from engage.channels import webchat
from engage.channels.webchat import Sender
from engage.dialog import Incoming
from engage.people import Person
from engage.registrations import Registration, State
from tests.conftest import NOW
from tests.dialog.talk import Talk
from tests.town import Town


def greeted(talk: Talk) -> list[Message]:
    with transaction():
        return dialog.greet(Incoming(talk.channel, talk.identifier, language=talk.language), now=talk.now)


@pytest.mark.parametrize("language", ["da", "en", "de"])
def test_a_talk_is_greeted_once_in_its_language(town: Town, language: str) -> None:
    talk = Talk(language=language)
    (first,) = greeted(talk)
    assert first.language == language and len(first.buttons) <= 4
    assert greeted(talk) == []


def test_no_message_offers_more_than_four_buttons_or_five_cards(town: Town) -> None:
    for number in range(12):
        town.occurrence(town.activity(f"Klimacafé {number}"), starts_in=timedelta(days=number + 1))
    talk = Talk()
    for said in (
        "noget om klima",
        "hjælp",
        "mine tilmeldinger",
        "tilmeld mig",
        "asdf qwerty",
        "sprog",
        "klima i morgen",
    ):
        talk.say(said)
        for message in talk.answers:
            assert len(message.buttons) <= 4 and len(message.cards) <= 5


def test_more_leads_through_everything_once(town: Town) -> None:
    for number in range(12):
        town.occurrence(town.activity(f"Klimacafé {number:02d}"), starts_in=timedelta(days=number + 1))
    talk = Talk().say("noget om klima")
    seen = [card.title for card in talk.answers[0].cards]
    while talk.shows("find:more"):
        talk.tap("find:more")
        seen += [card.title for card in talk.answers[0].cards]
    assert seen == [f"Klimacafé {number:02d}" for number in range(12)]


def test_what_was_understood_is_said_back_and_can_be_loosened(town: Town) -> None:
    town.occurrence(town.activity("Klimacafé"), starts_in=timedelta(days=30))
    talk = Talk().say("noget om klima i morgen")
    assert not talk.answers[0].cards
    talk.tap("find:drop:dates")
    assert "Klimacafé" in talk.text


@pytest.mark.parametrize("title", ["Strikkecafé", "Tur langs vandet"])
def test_an_activity_is_found_by_its_title_even_when_a_word_of_it_is_a_topic(town: Town, title: str) -> None:
    town.occurrence(town.activity(title, summary="Kom og vær med."))
    town.occurrence(town.activity("Klimacafé"))
    assert [card.title for card in Talk().say(title.lower()).answers[0].cards] == [title]


def test_not_understood_twice_leads_to_a_human_being(town: Town, settings: Settings) -> None:
    talk = Talk().say("asdf qwerty zxcv")
    assert 0 < len(talk.buttons) <= 4 and settings.city.contact["phone"] not in talk.text
    talk.say("blorf snarf kwyj")
    assert settings.city.contact["phone"] in talk.text and settings.city.contact["email"] in talk.text


def test_a_button_pressed_between_makes_up_for_not_being_understood(town: Town, settings: Settings) -> None:
    talk = Talk().say("asdf qwerty zxcv")
    talk.tap("find:when:week").say("blorf snarf kwyj")
    assert settings.city.contact["phone"] not in talk.text


@pytest.mark.parametrize(
    "words", ["menneske", "tal med en person", "I want to talk to a person", "mit einem Menschen sprechen"]
)
def test_a_human_being_can_be_asked_for(town: Town, settings: Settings, words: str) -> None:
    assert settings.city.contact["phone"] in Talk().say(words).text


def test_the_language_can_be_changed_in_the_talk_and_stays_changed(town: Town) -> None:
    talk = Talk().say("speak English please")
    assert (talk.row().language, talk.answers[0].language) == ("en", "en")
    talk.say("noget om klima")
    assert talk.answers[0].language == "en", "it was chosen, so Danish words do not change it back"
    talk.press("menu:speak:de")
    assert talk.answers[0].language == "de"
    talk.press("menu:speak:xx")
    assert talk.row().language == "de"


def test_the_answer_follows_the_language_somebody_writes_until_one_is_chosen(town: Town) -> None:
    town.occurrence(town.activity("Klimacafé"))
    talk = Talk().say("is there something about climate this weekend?")
    assert talk.answers[0].language == "en"
    talk.say("gibt es etwas für Kinder am Wochenende?")
    assert talk.answers[0].language == "de"


def test_the_talk_follows_the_page_when_that_changes(town: Town) -> None:
    talk = Talk().say("hej")
    talk.language = "de"
    assert talk.say("hej").answers[0].language == "de"


def test_every_button_can_be_typed_instead(town: Town) -> None:
    town.occurrence(town.activity("Klimacafé"))
    talk = Talk().say("hej")
    for button in talk.buttons:
        assert button.action
        Talk(identifier="a").press(button.action)
        pressed = Talk(identifier="b")
        pressed.say("hej").say(button.label.upper() + ".")
        assert pressed.row().data.get("find") == Talk(identifier="a").row().data.get("find")


def test_a_talk_goes_on_in_another_process(app: Flask, town: Town, settings: Settings) -> None:
    date = town.occurrence()
    Talk().press(f"sign_up:start:{date.public_id}").say("2").say("Anna Holm")
    db.session.commit()
    restarted = create_app(settings)
    talk = Talk(app=restarted, now=NOW + timedelta(hours=3))
    talk.say("anna@example.org")
    assert "Anna Holm, anna@example.org" in talk.text
    talk.tap("sign_up:confirm")
    with restarted.app_context():
        db.engine.dispose()
    assert db.session.query(Registration).one().seats == 2


def test_everything_about_a_person_is_deleted_when_they_ask(town: Town) -> None:
    date = town.occurrence()
    talk = Talk().press(f"sign_up:start:{date.public_id}").say("2").say("Anna Holm").say("anna@example.org")
    talk.tap("sign_up:confirm")
    with transaction():
        webchat.say("anna", Sender.CITIZEN, Message(("jeg hedder Anna Holm",)), talk.now)
    registrations.confirm(db.session.query(Registration).one().public_id, now=talk.now)
    db.session.commit()
    talk.say("slet mine data")
    assert db.session.query(Registration).one().name == "Anna Holm", "it asks first"
    talk.say("nej")
    assert db.session.query(Registration).one().name == "Anna Holm"
    talk.say("slet mine data").tap("privacy:forget")
    names = db.session.scalars(
        text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'organisation'")
    )
    for name in names:
        whole = str(db.session.execute(text(f"SELECT * FROM {name}")).all())
        assert "anna@example.org" not in whole and "Anna Holm" not in whole, name
    assert db.session.query(Person).count() == 0
    assert db.session.query(Registration).one().state == State.CANCELLED_BY_PERSON


def test_what_is_kept_is_told_when_asked_for(town: Town) -> None:
    talk = Talk().say("hvilke data har I om mig?")
    assert "anna@example.org" not in talk.text
    talk.press(f"sign_up:start:{town.occurrence().public_id}").say("2").say("Anna Holm").say("anna@example.org")
    talk.tap("sign_up:confirm").say("hvilke data har I om mig?")
    for part in ("Anna Holm", "anna@example.org", "Klimacafé"):
        assert part in talk.text


def test_a_flood_is_stopped_and_others_are_not(town: Town, set_settings: object) -> None:
    assert callable(set_settings)
    set_settings(chat_per_person_minute=5)
    talk = Talk()
    for _each in range(5):
        talk.say("hej")
    with pytest.raises(TooOften):
        for _each in range(3):
            talk.now -= timedelta(seconds=3)
            talk.say("hej")
    Talk("bent").say("hej")
    talk.now += timedelta(minutes=2)
    talk.say("hej")


def test_two_talks_know_nothing_of_each_other(town: Town) -> None:
    date = town.occurrence()
    Talk("anna").press(f"sign_up:start:{date.public_id}").say("2").say("Anna Holm")
    other = Talk("bent").say("mine tilmeldinger")
    assert "Anna" not in other.text and other.place == ("", "")
    console = Talk("anna", channel="console").say("ja")
    assert console.answers
    assert db.session.query(Registration).count() == 0


def test_a_week_after_the_last_word_the_talk_is_gone(town: Town) -> None:
    from engage.dialog import forgetting

    Talk().press(f"sign_up:start:{town.occurrence().public_id}").say("2").say("Anna Holm")
    with transaction():
        assert forgetting.expire(NOW + timedelta(days=6)) == 0
        assert forgetting.expire(NOW + timedelta(days=8)) == 1


_WORDS_OF_THE_TRADE = (
    "tilmeld mig klima i morgen weekend børn gratis stop ja nej menu 2 3 31 12/4 uge 13 31/2 "
    "32/13 den 0. uge 99 sign up cancel my delete data me person English deutsch anmelden "
    "morgen Kinder frivillig hvornår kl 25 påske anna@example.org @ jeg hedder <b>Bo</b> {{x}} "
    "%s %(name)s \\ ' \" ; -- /start /stop 2026-02-30 9999-12-31 1e9 "
)


def _anything(count: int) -> list[tuple[str, bool]]:
    """Texts and button actions from a fixed chance: words of the trade, nonsense, markup, numbers, all of Unicode."""
    chance = random.Random(42)
    words = _WORDS_OF_THE_TRADE.split()
    actions = (
        "find:when:week", "find:between:2026-01-01,9999-12-31", "find:between:x,y", "find:between:", "find:more:0",
        "find:more:999", "find:more:-1", "find:more:²", "find:drop:dates", "find:drop:x", "find:again", "find:show:x",
        "find:show:\x00", "find:audience:\x00", "find:audience:dogs", "find:kind:x", "sign_up:start:x", "sign_up:confirm",
        "sign_up:seats:99999999999", "sign_up:seats:²", "sign_up:wait", "sign_up:change", "cancel:ask:x", "cancel:confirm",
        "cancel:keep", "privacy:forget", "privacy:keep", "menu:speak:xx", "menu:leave", "mine:show", "a", ":", "::@", "@9",
        "mine:show@1", "x" * 500,
    )  # fmt: skip
    said: list[tuple[str, bool]] = []
    for number in range(count):
        kind = number % 4
        if kind == 0:
            said.append((" ".join(chance.choices(words, k=chance.randint(1, 7))), False))
        elif kind == 1:
            said.append((chance.choice(actions), True))
        elif kind == 2:
            said.append(("".join(chance.choices(string.printable, k=chance.randint(0, 60))), False))
        else:
            points = (chance.choice((chance.randrange(0x20), chance.randrange(0x3000), chance.randrange(0x110000)))
                      for _each in range(chance.randint(1, 30)))  # fmt: skip
            said.append(("".join(map(chr, points)), False))
    return said


def test_nothing_that_can_be_said_breaks_the_talk(town: Town) -> None:
    dates = [town.occurrence(town.activity(title)) for title in ("Klimacafé", "Strikkecafé")]
    talk, chance = Talk(), random.Random(7)
    for said, pressed in _anything(4 * hypothesis.settings().max_examples):
        if pressed:
            talk.press(said)
        else:
            talk.say(said)
        assert talk.answers and all(message.text or message.cards for message in talk.answers), said
        if chance.random() < 0.1:
            talk.press(f"sign_up:start:{chance.choice(dates).public_id}")
        elif chance.random() < 0.3:
            offered = [button.action for button in talk.buttons if button.action]
            if offered:
                talk.press(chance.choice(offered))
    assert replace(talk.answers[0]).to_json()
