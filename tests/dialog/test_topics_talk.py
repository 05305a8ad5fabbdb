"""Following in a talk, and being left in peace: what is said and pressed, in three languages, by a known chat and an unknown one."""

from datetime import date, time, timedelta

import pytest
from flask import Flask

from engage import following, people
from engage.base.db import db, transaction
from engage.dialog.models import Conversation
from engage.outbox import Letter
from engage.people import Address, Reminder, reaching, wishes
from tests.conftest import NOW
from tests.dialog.talk import Talk
from tests.town import Town

ANNA = "anna@example.org"


def telegram(language: str = "da") -> Talk:
    return Talk(identifier="4711", channel="telegram", language=language)


def known(language: str = "da", channel: str = "telegram") -> Talk:
    """A talk of somebody who has shown an address, too."""
    talk = Talk(identifier="4711", channel=channel, language=language).say("hej")
    with transaction():
        person = people.find_or_create("email", ANNA, language=language, now=NOW)
        people.verify("email", ANNA, NOW)
        db.session.add(Address(person_id=person, channel=channel, identifier="4711", verified_at=NOW))
        db.session.query(Conversation).update({"person_id": person, "language": language})
    return talk


def person_of(talk: Talk) -> int:
    person = talk.row().person_id
    assert person is not None
    return person


def followed(talk: Talk) -> list[following.Criteria]:
    return [each.criteria for each in following.followed(person_of(talk))]


@pytest.mark.parametrize(
    ("language", "words", "criteria"),
    [
        ("da", "følg klima", {"goal": ["13"]}),
        ("da", "giv mig besked når der kommer noget for familier", {"audience": ["families"]}),
        ("en", "follow culture", {"dimension": ["cultural"]}),
        ("en", "keep me posted about the sea", {"goal": ["14"]}),
        ("de", "ich möchte kultur folgen", {"dimension": ["cultural"]}),
        ("de", "folge klima für kinder", {"goal": ["13"], "audience": ["children"]}),
    ],
)
def test_what_is_said_is_followed_after_the_notice(
    town: Town, language: str, words: str, criteria: following.Criteria
) -> None:
    talk = telegram(language).say(words)
    assert talk.row().person_id is None, "nothing is kept before they have read what for"
    talk.tap("topics:yes")
    assert followed(talk) == [criteria]
    assert people.has_proven(person_of(talk), "telegram", "4711")
    talk.say("følg havet" if language == "da" else "follow water" if language == "en" else "folge wasser")
    assert len(followed(talk)) == 2, "who follows already has read it"


@pytest.mark.parametrize(
    ("language", "words"),
    [("da", "jeg vil ikke følge klima længere"), ("en", "unfollow climate"), ("de", "klima nicht mehr folgen")],
)
def test_what_is_said_is_no_longer_followed(town: Town, language: str, words: str) -> None:
    talk = known(language)
    with transaction():
        following.follow(person_of(talk), {"goal": ["13"]}, now=NOW)
        following.follow(person_of(talk), {"goal": ["13"], "audience": ["families"]}, now=NOW)
        following.follow(person_of(talk), {"dimension": ["cultural"]}, now=NOW)
    talk.say(words)
    assert followed(talk) == [{"goal": ["13"], "audience": ["families"]}, {"dimension": ["cultural"]}], "that very one"
    talk.say(words)
    assert followed(talk) == [{"dimension": ["cultural"]}], "then what has to do with it"
    talk.say(words)
    assert talk.shows("topics:stop"), "and then it asks"


@pytest.mark.parametrize(
    ("language", "words"), [("da", "mine emner"), ("en", "topics I follow"), ("de", "ich möchte Themen folgen")]
)
def test_without_a_topic_it_shows_what_is_followed_and_what_could_be(town: Town, language: str, words: str) -> None:
    talk = known(language).say(words)
    talk.tap("topics:choose").tap("topics:add:dimension:social")
    assert followed(talk) == [{"dimension": ["social"]}]
    talk.say(words).tap("topics:stop:")
    assert followed(talk) == []


def test_a_search_is_followed_by_its_button_without_its_day(town: Town) -> None:
    town.occurrence()
    talk = known().say("klima i weekenden")
    talk.say("noget om klima").tap("topics:follow")
    assert followed(talk) == [{"goal": ["13"]}]
    talk.say("hvad sker der i morgen")
    assert not talk.shows("topics:follow"), "a day alone is nothing to follow"
    talk.say("noget om strikning")
    assert talk.shows("topics:follow"), "what is not there yet can be heard of"


def test_a_chat_that_is_closed_again_needs_an_address_and_a_yes(town: Town) -> None:
    talk = Talk().say("følg klima").say("anna uden adresse")
    assert talk.place == ("topics", "email")
    talk.say("Anna@Example.org")
    letter = db.session.query(Letter).one()
    assert letter.recipient == ANNA and "/foelg/" in letter.message["buttons"][0]["url"]
    assert talk.place == ("", "") and talk.row().person_id is None


def test_other_wishes_are_heard_where_an_address_is_asked_for(town: Town) -> None:
    town.occurrence()
    talk = Talk().say("følg klima").say("noget om klima")
    assert talk.shows("sign_up:start")


def test_the_day_is_chosen_by_buttons(town: Town) -> None:
    talk = known().say("følg klima")
    talk.tap("topics:show").tap("topics:day").tap("topics:hour:0").tap("topics:set:0-8")
    assert wishes.of(person_of(talk)).digest == (0, time(8))
    for made_up in ("topics:set:9-8", "topics:set:0-99", "topics:set:x", "topics:hour:7", "topics:add:goal:99"):
        talk.press(made_up)
    assert wishes.of(person_of(talk)).digest == (0, time(8))


def test_the_next_letter_can_be_looked_at(town: Town) -> None:
    talk = known().say("følg klima")
    assert not talk.press("topics:preview").answers[0].cards
    town.occurrence(town.activity("Ny café", published_at=NOW + timedelta(minutes=1)))
    assert "Ny café" in talk.press("topics:preview").text


def test_all_ends_with_two_presses_from_a_letter_too(town: Town) -> None:
    talk = known().say("følg klima")
    talk.say("følg kultur")
    talk.press("topics:ask_all").tap("topics:stop_all")
    assert followed(talk) == []
    talk.press("topics:ask_all")
    assert not talk.shows("topics:stop_all")


def test_somebody_elses_topic_is_not_theirs_to_stop(town: Town) -> None:
    talk = known().say("følg klima")
    other = Talk(identifier="99", channel="telegram").say("følg kultur").tap("topics:yes")
    (theirs,) = following.followed(person_of(talk))
    other.press(f"topics:stop:{theirs.public_id}")
    assert len(followed(talk)) == 1


@pytest.mark.parametrize(("language", "words"), [("da", "indstillinger"), ("en", "settings"), ("de", "einstellungen")])
def test_settings_lead_to_everything(town: Town, language: str, words: str) -> None:
    talk = known(language).say(words)
    for way in (
        "menu:language",
        "topics:show",
        "quiet:reminders",
        "quiet:hours",
        "quiet:pause",
        "settings:here",
        "settings:extras",
    ):
        assert talk.shows(way), way


def test_reminders_are_turned_off_and_on_one_by_one(town: Town) -> None:
    talk = known().say("indstillinger").tap("quiet:reminders")
    talk.tap("quiet:remind:week-off").press("quiet:remind:week-off")
    assert wishes.of(person_of(talk)).reminders == {Reminder.DAY, Reminder.HOURS}
    talk.tap("quiet:remind:week-on").press("quiet:remind:month-off")
    assert wishes.of(person_of(talk)).reminders == set(Reminder)


@pytest.mark.parametrize(
    ("typed", "quiet"),
    [
        ("22 til 7", (time(22), time(7))),
        ("fra kl. 22.30 til 6.15", (time(22, 30), time(6, 15))),
        ("13-15", (time(13), time(15))),
    ],
)
def test_quiet_hours_are_pressed_or_typed(town: Town, typed: str, quiet: tuple[time, time]) -> None:
    talk = known().say("indstillinger").tap("quiet:hours").tap("quiet:set:20-7")
    assert wishes.of(person_of(talk)).quiet == (time(20), time(7))
    talk.tap("quiet:type").say("det ved jeg ikke").say(typed)
    assert wishes.of(person_of(talk)).quiet == quiet
    talk.press("quiet:type").say("8 til 8")
    assert wishes.of(person_of(talk)).quiet == quiet, "hours that leave none are refused"


@pytest.mark.parametrize(("language", "words"), [("da", "pause"), ("en", "pause my messages"), ("de", "pausieren")])
def test_a_pause_is_a_week_a_month_or_until_a_day(town: Town, language: str, words: str) -> None:
    talk = known(language).say(words).tap("quiet:for:week")
    assert wishes.of(person_of(talk)).paused_until == date(2026, 3, 11)
    talk.tap("quiet:for:on")
    assert wishes.of(person_of(talk)).paused_until is None
    talk.say(words).tap("quiet:day").say("1.6." if language != "en" else "1 June")
    assert wishes.of(person_of(talk)).paused_until == date(2026, 6, 1)
    assert wishes.of(person_of(talk)).paused(date(2026, 5, 31)) and not wishes.of(person_of(talk)).paused(
        date(2026, 6, 1)
    )


def test_a_pause_can_be_said_with_its_end(town: Town) -> None:
    talk = known().say("hold pause til 1. april")
    assert wishes.of(person_of(talk)).paused_until == date(2026, 4, 1)


def test_stop_says_that_sign_ups_stay_and_following_anew_begins_again(town: Town) -> None:
    talk = known().say("følg klima").say("stop")
    assert not reaching.wants_optional(person_of(talk))
    assert followed(talk) == [{"goal": ["13"]}] and talk.shows("topics:show")
    talk.say("følg kultur")
    assert reaching.wants_optional(person_of(talk))


def test_who_is_nobody_yet_has_nothing_to_set(app: Flask) -> None:
    talk = Talk().say("pause")
    assert talk.shows("settings:show")
    for action in (
        "quiet:reminders",
        "quiet:remind:week-off",
        "quiet:set:20-7",
        "quiet:for:week",
        "quiet:day",
        "quiet:type",
    ):
        talk.press(action)
    assert talk.place == ("", "") and talk.row().person_id is None


def test_a_language_chosen_here_is_that_of_the_letters_too(town: Town) -> None:
    talk = known()
    signed_up = town.signed_up(town.occurrence(), email=ANNA)
    talk.say("indstillinger").tap("menu:language").tap("menu:speak:de")
    db.session.refresh(signed_up)
    assert signed_up.language == "de" and db.session.get_one(people.Person, person_of(talk)).language == "de"
