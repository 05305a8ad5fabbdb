"""Signing up in a talk, from the first word to the cancellation, in three languages."""

from datetime import timedelta

import pytest

from engage import registrations
from engage.activities.models import OccurrenceState, Pool
from engage.base.config import Settings
from engage.base.db import db
from engage.outbox import Letter
from engage.registrations import Registration, State
from tests.dialog.talk import Talk
from tests.town import Town

WORDS = {
    "da": {
        "find": "noget om klima", "name": "jeg hedder Anna Holm", "yes": "ja tak", "no": "nej", "mine": "mine tilmeldinger",
        "cancel": "jeg kan ikke komme", "leave": "stop", "three": "tre", "party": "tilmeld mig og mine to børn",
    },
    "en": {
        "find": "something about climate", "name": "my name is Anna Holm", "yes": "yes", "no": "no",
        "mine": "my sign-ups", "cancel": "I can't come", "leave": "stop", "three": "three",
        "party": "sign me up with my two children",
    },
    "de": {
        "find": "etwas zum Thema Klima", "name": "ich heiße Anna Holm", "yes": "ja", "no": "nein",
        "mine": "meine Anmeldungen", "cancel": "ich kann nicht kommen", "leave": "stopp", "three": "drei",
        "party": "melde mich und meine zwei Kinder an",
    },
}  # fmt: skip
LANGUAGES = tuple(WORDS)


def all_registrations() -> list[Registration]:
    db.session.expire_all()
    return list(db.session.query(Registration).order_by(Registration.id))


def to_review(talk: Talk, public_id: str, *, email: str = "anna@example.org") -> Talk:
    talk.press(f"sign_up:start:{public_id}").say("1").say("Anna Holm").say(email)
    assert talk.place == ("sign_up", "review"), talk.text
    return talk


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_talk_finds_signs_up_shows_and_cancels_by_buttons(town: Town, language: str) -> None:
    words, talk = WORDS[language], Talk(language=language)
    date = town.occurrence(town.activity("Klimacafé"))
    town.occurrence(town.activity("Strikkecafé", summary="Garn og pinde.", dimensions=["cultural"], sdgs=[4]))
    talk.say(words["find"])
    assert "Klimacafé" in talk.text and "Strikkecafé" not in talk.text
    talk.tap(f"find:show:{date.public_id}").tap("sign_up:start").tap("sign_up:seats:2")
    assert talk.place == ("sign_up", "name")
    talk.say(words["name"])
    talk.say("min adresse er Anna@Example.org, tak" if language == "da" else "anna@example.org")
    assert "Anna Holm, anna@example.org" in talk.text
    talk.tap("sign_up:confirm")
    (registration,) = all_registrations()
    assert (registration.name, registration.seats, registration.state) == ("Anna Holm", 2, State.PENDING_EMAIL)
    assert (registration.language, registration.channel) == (language, "webchat")
    assert "anna@example.org" in talk.text
    registrations.confirm(registration.public_id, now=talk.now)
    db.session.commit()
    talk.say(words["mine"])
    assert "Klimacafé" in talk.text
    talk.tap("cancel:ask").tap("cancel:confirm")
    assert all_registrations()[0].state == State.CANCELLED_BY_PERSON
    talk.say(words["mine"])
    assert "Klimacafé" not in talk.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_can_be_typed_without_a_single_button(town: Town, language: str) -> None:
    words, talk = WORDS[language], Talk(language=language)
    town.occurrence(town.activity("Klimacafé"))
    talk.say(words["find"]).say(words["party"])
    assert talk.place == ("sign_up", "name"), "three were named, so nobody asks how many"
    talk.say(words["name"]).say("anna@example.org").say(words["yes"])
    (registration,) = all_registrations()
    assert registration.seats == 3
    registrations.confirm(registration.public_id, now=talk.now)
    db.session.commit()
    talk.say(words["cancel"])
    assert talk.place == ("cancel", "sure")
    talk.say(words["no"])
    assert all_registrations()[0].state == State.CONFIRMED
    talk.say(words["cancel"]).say(words["yes"])
    assert all_registrations()[0].state == State.CANCELLED_BY_PERSON


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_number_may_be_a_word(town: Town, language: str) -> None:
    talk = Talk(language=language)
    talk.press(f"sign_up:start:{town.occurrence().public_id}").say(WORDS[language]["three"])
    assert talk.row().data["sign_up"]["seats"] == 3


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("steps", [(), ("2",), ("2", "Anna Holm"), ("2", "Anna Holm", "anna@example.org")])
def test_stop_leaves_at_every_step_and_changes_nothing(town: Town, language: str, steps: tuple[str, ...]) -> None:
    talk = Talk(language=language)
    talk.press(f"sign_up:start:{town.occurrence().public_id}")
    for answer in steps:
        talk.say(answer)
    assert talk.place[0] == "sign_up"
    talk.say(WORDS[language]["leave"])
    assert talk.place == ("", "")
    talk.say(WORDS[language]["yes"])
    assert all_registrations() == []


def test_the_notice_stands_before_the_first_personal_datum_and_its_version_is_kept(
    town: Town, settings: Settings
) -> None:
    talk = Talk()
    talk.press(f"sign_up:start:{town.occurrence().public_id}")
    assert talk.row().notice_version is None
    talk.say("2")
    first, second = talk.answers
    assert settings.city.controller in first.text[0] and str(settings.city.keep_sign_ups.days) in first.text[0]
    assert [button.url for button in first.buttons] == [settings.links.privacy()]
    assert any(button.url and "/aktiviteter/" in button.url for button in second.buttons), "the web instead"
    row = talk.row()
    assert (row.notice_version, row.notice_at) == (settings.city.notice_version, talk.now)
    talk.say("Anna").say("anna@example.org").tap("sign_up:confirm")
    assert all_registrations()[0].notice_version == settings.city.notice_version
    talk.press(f"sign_up:start:{town.occurrence().public_id}").say("1")
    assert settings.city.controller not in talk.text, "it is said once for each version"


def test_a_known_contact_is_not_asked_for_again(town: Town) -> None:
    talk = Talk()
    to_review(talk, town.occurrence().public_id).tap("sign_up:confirm")
    talk.press(f"sign_up:start:{town.occurrence().public_id}").say("1")
    assert talk.place == ("sign_up", "review")
    assert "Anna Holm, anna@example.org" in talk.text
    talk.tap("sign_up:change").tap("sign_up:revise:name").say("Bente Lund")
    assert talk.place == ("sign_up", "review")
    assert "Bente Lund, anna@example.org" in talk.text


@pytest.mark.parametrize(
    ("what", "said", "shown"),
    [
        ("seats", "3", "3 pladser"), ("name", "Bente Lund", "Bente Lund, anna@example.org"),
        ("email", "bente@example.org", "Anna Holm, bente@example.org"),
    ],
)  # fmt: skip
def test_one_thing_is_changed_alone_before_the_review_comes_back(town: Town, what: str, said: str, shown: str) -> None:
    talk = to_review(Talk(), town.occurrence().public_id)
    before = talk.text
    assert talk.tap("sign_up:change").tap(f"sign_up:revise:{what}").shows("sign_up:keep")
    assert not talk.shows("menu:leave"), "the way out of one question leads back to the review"
    assert talk.tap("sign_up:keep").text == before
    talk.tap("sign_up:change").tap(f"sign_up:revise:{what}").say(said)
    assert talk.place == ("sign_up", "review")
    assert shown in talk.text
    assert talk.tap("sign_up:change").tap("sign_up:keep").place == ("sign_up", "review")
    assert all_registrations() == []


def test_too_many_for_the_places_left_can_be_taken_back(town: Town) -> None:
    talk = to_review(Talk(), town.occurrence(capacity=3).public_id)
    before = talk.text
    talk.tap("sign_up:change").tap("sign_up:revise:seats").say("4")
    assert talk.place == ("sign_up", "waiting")
    assert talk.tap("sign_up:keep").text == before
    talk.tap("sign_up:confirm")
    assert [each.seats for each in all_registrations()] == [1]


def test_the_second_tap_on_confirm_does_nothing_twice(town: Town) -> None:
    date = town.occurrence(capacity=4)
    talk = to_review(Talk(), date.public_id)
    confirm = talk.action("sign_up:confirm")
    talk.press(confirm)
    letters = db.session.query(Letter).count()
    talk.press(confirm)
    assert len(all_registrations()) == 1
    assert db.session.query(Letter).count() == letters
    db.session.expire_all()
    assert db.session.query(Pool).filter_by(occurrence_id=date.id).one().occupied == 1


def test_buttons_of_steps_that_are_over_change_nothing(town: Town) -> None:
    date = town.occurrence()
    talk = Talk().press(f"sign_up:start:{date.public_id}")
    four = talk.action("sign_up:seats:4")
    talk.say("2")
    leave = talk.action("menu:leave")
    talk.say("Anna")
    for old in (four, leave, "sign_up:confirm@1", "sign_up:change@1", "nonsense", "sign_up:nothing", "find:more"):
        before = talk.row().data.get("sign_up")
        talk.press(old)
        if not old.startswith("find"):
            assert talk.row().data.get("sign_up") == before, old
    talk.say("anna@example.org")
    assert all_registrations() == []


def test_confirming_without_a_draft_takes_no_seat(town: Town) -> None:
    town.occurrence()
    for action in (
        "sign_up:confirm",
        "sign_up:wait",
        "sign_up:seats:3",
        "sign_up:change",
        "cancel:confirm:",
        "cancel:keep",
    ):
        Talk().press(action)
    assert all_registrations() == []


def test_confirming_before_name_and_address_are_known_is_refused(town: Town) -> None:
    talk = Talk().press(f"sign_up:start:{town.occurrence().public_id}").press("sign_up:confirm")
    assert all_registrations() == []
    assert talk.text


def test_a_registration_of_somebody_else_cannot_be_cancelled_or_seen(town: Town) -> None:
    date = town.occurrence()
    theirs = town.signed_up(date, email="bent@example.org")
    mine = to_review(Talk("eve"), town.occurrence().public_id, email="eve@example.org").tap("sign_up:confirm")
    for action in (f"cancel:ask:{theirs.public_id}", f"cancel:confirm:{theirs.public_id}", f"cancel:ask:{theirs.id}"):
        mine.press(action)
        assert "bent@example.org" not in mine.text and not mine.shows("cancel:confirm")
    mine.row()
    assert db.session.get_one(Registration, theirs.id).state == State.CONFIRMED


def test_typing_somebody_s_address_tells_nothing_about_them(town: Town) -> None:
    date = town.occurrence()
    town.signed_up(date, name="Bent Bo", email="bent@example.org")
    known = to_review(Talk("eve"), date.public_id, email="bent@example.org").tap("sign_up:confirm")
    unknown = to_review(Talk("kim"), date.public_id, email="kim@example.org").tap("sign_up:confirm")
    assert known.text.replace("bent@", "kim@") == unknown.text
    assert known.say("mine tilmeldinger").text == unknown.say("mine tilmeldinger").text
    assert "Bent" not in known.text
    for talk in (known, unknown):
        talk.press(f"sign_up:start:{date.public_id}")
    assert known.text == unknown.text
    known.say("hvad ved I om mig")
    assert "Bent" not in known.text
    assert [each.name for each in all_registrations()] == ["Bent Bo", "Anna Holm"]
    for talk in (known, unknown):
        talk.say("jeg kan ikke komme").say("ja")
    assert known.text == unknown.text
    assert [each.state for each in all_registrations()] == [State.CONFIRMED, State.CANCELLED_BY_PERSON]


def test_a_party_too_large_is_refused_with_the_limit(town: Town, settings: Settings) -> None:
    talk = Talk().press(f"sign_up:start:{town.occurrence(capacity=None).public_id}")
    for number in ("31", "0", "900000"):
        talk.say(number)
        assert talk.place == ("sign_up", "seats")
    talk.say("30")
    assert talk.place == ("sign_up", "name")


def test_what_is_no_name_and_no_address_is_asked_again_with_an_example(town: Town) -> None:
    talk = Talk().press(f"sign_up:start:{town.occurrence().public_id}").say("2").say("anna@example.org")
    assert talk.place == ("sign_up", "name")
    assert talk.say("99").place == ("sign_up", "name")
    talk.say("Anna").say("det ved jeg ikke")
    assert talk.place == ("sign_up", "email")
    assert "@" in talk.text
    talk.say("anna@@example")
    assert talk.place == ("sign_up", "email")


def test_a_full_date_asks_about_the_waiting_list_before_anything_else(town: Town) -> None:
    date = town.occurrence(capacity=1)
    town.signed_up(date)
    talk = Talk().press(f"sign_up:start:{date.public_id}")
    assert talk.place == ("sign_up", "waiting")
    talk.say("ja").say("1").say("Anna").say("anna@example.org").tap("sign_up:confirm")
    mine = all_registrations()[-1]
    assert (mine.email, mine.state) == ("anna@example.org", State.WAITING)
    registrations.confirm(mine.public_id, now=talk.now)
    db.session.commit()
    talk.say("mine tilmeldinger")
    assert "1" in talk.answers[0].cards[0].lines[-1]


def test_no_to_the_waiting_list_leaves_nothing_behind(town: Town) -> None:
    date = town.occurrence(capacity=1)
    town.signed_up(date)
    talk = Talk().press(f"sign_up:start:{date.public_id}").say("nej")
    assert talk.place == ("", "") and len(all_registrations()) == 1


def test_when_the_last_seat_went_meanwhile_nobody_is_put_in_line_unasked(town: Town) -> None:
    date = town.occurrence(capacity=1)
    talk = to_review(Talk(), date.public_id)
    talk.now += timedelta(minutes=17)  # what was held for this talk is not any more
    town.signed_up(date, now=talk.now)
    talk.tap("sign_up:confirm")
    assert talk.place == ("sign_up", "waiting")
    assert len(all_registrations()) == 1
    talk.tap("sign_up:wait").tap("sign_up:confirm")
    assert all_registrations()[-1].state == State.WAITING


def test_a_group_larger_than_what_is_left_is_asked_before_it_waits(town: Town) -> None:
    date = town.occurrence(capacity=2)
    talk = Talk().press(f"sign_up:start:{date.public_id}").say("3")
    assert talk.place == ("sign_up", "waiting") and "2" in talk.text
    talk.say("ja").say("nej").say("Anna").say("anna@example.org").tap("sign_up:confirm")
    assert [(each.state, each.takes_fewer) for each in all_registrations()] == [(State.WAITING, False)]


def test_few_seats_that_are_left_are_kept_while_the_rest_is_asked(town: Town) -> None:
    date = town.occurrence(capacity=3)
    talk = Talk().press(f"sign_up:start:{date.public_id}").say("1")
    assert "10.1" in talk.text and town.signed_up(date, seats=3).state == State.WAITING
    talk.say("annuller")
    assert town.signed_up(date, seats=3, email="bo@example.org").state == State.WAITING, "somebody waits for them"


def test_a_group_that_named_itself_in_its_first_words_is_asked_as_well(town: Town) -> None:
    town.occurrence(capacity=2)
    talk = Talk().say("noget om klima").say("tilmeld mig og mine to børn")
    assert talk.place == ("sign_up", "waiting") and "2" in talk.text


def test_a_group_for_which_places_went_meanwhile_is_asked_as_well(town: Town) -> None:
    date = town.occurrence(capacity=4)
    talk = Talk().press(f"sign_up:start:{date.public_id}").say("3").say("Anna").say("anna@example.org")
    town.signed_up(date, seats=2)
    talk.tap("sign_up:confirm")
    assert talk.place == ("sign_up", "waiting") and len(all_registrations()) == 1


def test_a_date_called_off_between_review_and_confirm_is_said(town: Town) -> None:
    date = town.occurrence()
    talk = to_review(Talk(), date.public_id)
    date.state = OccurrenceState.CANCELLED
    db.session.commit()
    talk.tap("sign_up:confirm")
    assert all_registrations() == []
    assert talk.place == ("", "")


def test_a_date_that_is_over_takes_no_sign_up(town: Town) -> None:
    date = town.occurrence(starts_in=-timedelta(hours=1))
    talk = Talk().press(f"sign_up:start:{date.public_id}")
    assert talk.place == ("", "")


def test_signing_up_again_says_what_one_has(town: Town) -> None:
    date = town.occurrence()
    talk = to_review(Talk(), date.public_id).tap("sign_up:confirm")
    talk.press(f"sign_up:start:{date.public_id}")
    assert talk.place == ("", "") and "Klimacafé" in talk.text
    assert len(all_registrations()) == 1


def test_an_address_proven_in_this_talk_needs_no_second_mail(town: Town) -> None:
    talk = to_review(Talk(), town.occurrence().public_id).tap("sign_up:confirm")
    registrations.confirm(all_registrations()[0].public_id, now=talk.now)
    db.session.commit()
    talk.press(f"sign_up:start:{town.occurrence().public_id}").say("1").tap("sign_up:confirm")
    assert all_registrations()[-1].state == State.CONFIRMED


def test_of_several_sign_ups_one_is_asked_which(town: Town) -> None:
    talk = Talk()
    for title in ("Klimacafé", "Strikkecafé"):
        talk.press(f"sign_up:start:{town.occurrence(town.activity(title)).public_id}").say("1")
        if talk.place[1] == "name":
            talk.say("Anna").say("anna@example.org")
        talk.tap("sign_up:confirm")
    talk.say("jeg kan ikke komme")
    asked = [button for button in talk.buttons if (button.action or "").startswith("cancel:ask")]
    assert len(asked) == 2
    talk.say(asked[1].label)
    assert "Strikkecafé" in talk.text and talk.place == ("cancel", "sure")
