"""What people say in the middle of a form, and about what is on the screen: none of it becomes their name."""

from datetime import timedelta

import pytest

from engage.activities.models import Occurrence, SignUpMode
from engage.base.db import db
from engage.dialog.asked_about import Topic, asked
from engage.registrations import Registration
from tests.dialog.talk import Talk
from tests.town import Town


@pytest.fixture
def date(town: Town) -> Occurrence:
    """A date with a price and a place."""
    found = town.occurrence(town.activity("Klimacafé", price=4000))
    db.session.commit()
    return found


def signing_up(date: Occurrence, seats: int = 3, channel: str = "webchat", language: str = "da") -> Talk:
    talk = Talk(channel=channel, language=language).press(f"find:show:{date.public_id}").tap("sign_up:start")
    return talk.tap(f"sign_up:seats:{seats}")


@pytest.mark.parametrize(
    ("language", "words"),
    [("da", "nej vent, vi er kun to"), ("en", "wait, we are only two"), ("de", "Moment, wir sind nur zwei")],
)
def test_another_number_is_no_name(date: Occurrence, language: str, words: str) -> None:
    talk = signing_up(date, language=language).say(words)
    assert talk.place == ("sign_up", "name") and talk.row().data["sign_up"]["seats"] == 2
    talk.say("Anna Holm").say("anna@example.org")
    assert talk.place == ("sign_up", "review")
    talk.say("vi er faktisk fire" if language == "da" else "we are four" if language == "en" else "wir sind vier")
    assert talk.place == ("sign_up", "review") and talk.row().data["sign_up"]["seats"] == 4


@pytest.mark.parametrize("words", ["gå tilbage", "tilbage", "go back", "zurück"])
def test_a_step_back_asks_what_was_asked_before(date: Occurrence, words: str) -> None:
    talk = signing_up(date).say("Anna Holm").say(words)
    assert talk.place == ("sign_up", "name")
    talk.say("Anna Dam").say("anna@example.org")
    assert "Anna Dam" in talk.text and "Holm" not in talk.text
    talk.say(words)
    assert talk.place == ("sign_up", "which")


def test_no_under_the_review_throws_nothing_away(date: Occurrence) -> None:
    talk = signing_up(date).say("Anna Holm").say("anna@gmial.com")
    assert "anna@gmail.com" in talk.text, "a slip in a mailbox's name is said"
    talk.say("anna@gmail.com")
    assert talk.place == ("sign_up", "review") and "gmial" not in talk.text
    talk.say("nej")
    assert talk.place == ("sign_up", "which") and "sign_up" in talk.row().data
    talk.tap("sign_up:keep").say("nej tak")
    assert talk.place == ("", "") and db.session.query(Registration).count() == 0


@pytest.mark.parametrize(
    "typed", ["anna (a) example.org", "anna snabela example.org", "anna@example,org", "anna at example dot org"]
)
def test_an_address_is_read_as_people_write_it(date: Occurrence, typed: str) -> None:
    assert "anna@example.org" in signing_up(date).say("Anna Holm").say(typed).text


@pytest.mark.parametrize("words", ["drop det", "glem det igen", "forget it", "annuller det hele", "jeg har fortrudt"])
def test_enough_is_heard_in_many_words(date: Occurrence, words: str) -> None:
    assert signing_up(date).say(words).place == ("", "")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("hvad koster det", "40"),
        ("hvor skal vi mødes", "Multikulturhuset"),
        ("hvor mange pladser er der tilbage?", "10"),
        ("er der plads til os", "10"),
        ("how much is it?", "40"),
        ("was kostet das", "40"),
    ],
)
def test_a_question_about_what_is_at_hand_is_answered_and_the_form_goes_on(
    date: Occurrence, words: str, told: str
) -> None:
    talk = signing_up(date)
    talk.say(words)
    assert told in talk.text and talk.place == ("sign_up", "name") and talk.shows("menu:leave")
    seen = Talk(identifier="other").press(f"find:show:{date.public_id}").say(words)
    assert told in seen.text and seen.shows("sign_up:start")


def test_what_nobody_wrote_down_the_organiser_knows(date: Occurrence) -> None:
    date.activity.contact_email = "cafe@example.org"
    db.session.commit()
    talk = Talk().press(f"find:show:{date.public_id}").say("må jeg tage min hund med?")
    assert "cafe@example.org" in talk.text and talk.shows("human:start") and not talk.shows("sign_up:seats")


def test_of_several_each_is_told(town: Town) -> None:
    town.occurrence(town.activity("Klimacafé", price=4000)), town.occurrence(town.activity("Klimatur"))
    talk = Talk().say("klima").say("hvad koster det?")
    assert "Klimacafé: 40" in talk.text and "Klimatur: " in talk.text
    assert Talk(identifier="new").say("klima").say("kan man parkere der").shows("find:show")


@pytest.mark.parametrize(
    ("words", "topic"),
    [
        ("men hvad koster det egentlig?", Topic.PRICE),
        ("er der stadig ledige pladser på den første?", Topic.SEATS),
        ("hvornår er det næste gang", Topic.NEXT),
        ("what time does it end", Topic.TIME),
        ("wo treffen wir uns?", Topic.PLACE),
        ("is it wheelchair accessible?", Topic.ACCESS),
        ("kann ich meinen Hund mitbringen", Topic.OTHER),
        ("hvad koster kurset i brød", None),
        ("må jeg tage mine børn med", None),
        ("er der noget gratis på lørdag", None),
        ("Anna Holm", None),
    ],
)
def test_only_a_question_and_nothing_else_is_one(words: str, topic: Topic | None) -> None:
    assert asked(words) is topic


def test_some_of_a_group_cannot_come(date: Occurrence) -> None:
    talk = signing_up(date, channel="telegram").say("Anna Holm").say("ja").say("jeg kan ikke komme")
    talk.tap("change:fewer").say("2")
    assert [each.seats for each in db.session.query(Registration)] == [2]
    talk.say("vi bliver kun én, vi er kun 1")
    assert talk.place == ("change", "sure")
    talk.say("ja")
    db.session.expire_all()
    assert [each.seats for each in db.session.query(Registration)] == [1]


def test_a_neighbour_comes_along_and_is_no_search(date: Occurrence) -> None:
    talk = Talk().press(f"find:show:{date.public_id}").say("tilmeld mig og min nabo")
    assert talk.place == ("sign_up", "name") and talk.row().data["sign_up"]["seats"] == 2


@pytest.mark.parametrize("words", ["Heike Petersen", "heike@example.de", "Jan Meier"])
def test_a_name_changes_no_language(town: Town, words: str) -> None:
    talk = Talk(language="de").say(words)
    assert talk.row().language == "de"


def test_what_needs_no_sign_up_says_so(town: Town) -> None:
    date = town.occurrence(town.activity("Klimacafé", sign_up=SignUpMode.DROP_IN), starts_in=timedelta(days=2))
    talk = Talk(language="en").press(f"sign_up:start:{date.public_id}")
    assert "just come" in talk.text and "any more" not in talk.text


@pytest.mark.parametrize(
    "words", ["påmind mig dagen før", "remind me a day before", "erinnere mich bitte einen Tag vorher"]
)
def test_reminders_are_settings(town: Town, words: str) -> None:
    assert Talk(language={"p": "da", "r": "en", "e": "de"}[words[0]]).say(words).shows("menu:language")


def test_a_date_that_has_begun_has_no_button_that_refuses(town: Town) -> None:
    town.occurrence(town.activity("Klimacafé"), starts_in=timedelta(hours=-1))
    talk = Talk().say("klima")
    assert "Klimacafé" in talk.text and not talk.shows("sign_up:start")


@pytest.mark.parametrize(
    ("language", "words"),
    [("da", "noget der ikke er om klima"), ("en", "anything except climate"), ("de", "etwas, nichts über Klima")],
)
def test_what_somebody_does_not_want_is_not_what_they_are_shown(town: Town, language: str, words: str) -> None:
    town.occurrence(town.activity("Klimacafé", sdgs=[13])), town.occurrence(town.activity("Strikkecafé"))
    assert "Strikkecafé" in Talk(language=language).say(words).text


def test_another_time_of_that_day_is_offered_first(town: Town) -> None:
    town.occurrence(town.activity("Klimacafé"), starts_in=timedelta(days=1))
    talk = Talk().say("noget i morgen kl. 3")
    assert talk.shows("find:drop:part") and "Klimacafé" in talk.tap("find:drop:part").text


def test_whether_one_has_to_sign_up_and_what_it_is_about_is_told(town: Town) -> None:
    date = town.occurrence(town.activity("Klimacafé", sign_up=SignUpMode.DROP_IN))
    talk = Talk(language="en").press(f"find:show:{date.public_id}").say("can I just turn up?")
    assert "just come" in talk.text and not talk.shows("find:more")
    assert talk.say("tell me more").shows("find:again")


@pytest.mark.parametrize(
    "words", ["jeg vil gerne på ventelisten", "put me on the waiting list", "setz mich auf die Warteliste"]
)
def test_the_waiting_list_is_joined_and_not_looked_up(town: Town, words: str) -> None:
    date = town.occurrence(town.activity("Klimacafé"), capacity=1)
    town.signed_up(date)
    talk = Talk(language={"j": "da", "p": "en", "s": "de"}[words[0]]).press(f"find:show:{date.public_id}").say(words)
    assert talk.place == ("sign_up", "waiting")
