"""Signing up in a talk where an organiser asks for an age band and a part of town."""

import pytest

from engage.base.db import db
from engage.registrations import Registration
from tests.dialog.talk import Talk
from tests.town import Town


def asked(town: Town, language: str = "da") -> Talk:
    """A talk that has come to the first of the two questions."""
    date = town.occurrence(town.activity("Klimacafé", asks_whom=True))
    talk = Talk(language=language)
    talk.press(f"sign_up:start:{date.public_id}").say("1").say("Anna Holm").say("anna@example.org")
    assert talk.place == ("sign_up", "age_band"), talk.text
    return talk


def said(talk: Talk) -> tuple[str, str]:
    talk.tap("sign_up:confirm")
    db.session.expire_all()
    registration = db.session.query(Registration).one()
    return registration.age_band, registration.area


def test_both_are_answered_by_buttons_and_shown_before_signing_up(town: Town) -> None:
    talk = asked(town).tap("sign_up:whom:age_band=30-49").tap("sign_up:whom:area=6430")
    assert talk.place == ("sign_up", "review")
    assert "30–49" in talk.text and "6430 Nordborg" in talk.text
    assert said(talk) == ("30-49", "6430")


@pytest.mark.parametrize("language", ["da", "en", "de"])
def test_to_say_nothing_is_one_press_each_and_no_word_of_it_in_the_review(town: Town, language: str) -> None:
    talk = asked(town, language)
    assert talk.buttons[0].action is not None and "=unsaid" in talk.buttons[0].action, "first of all the answers"
    talk.tap("sign_up:whom:age_band=unsaid").tap("sign_up:whom:area=unsaid")
    assert talk.place == ("sign_up", "review")
    assert said(talk) == ("unsaid", "unsaid")


@pytest.mark.parametrize(
    ("age", "area", "expected"),
    [
        ("jeg er 34", "Nordborg", ("30-49", "6430")),
        ("81", "6300", ("80+", "6300")),
        ("nej", "nej tak", ("unsaid", "unsaid")),
        ("13-17 år", "jeg bor i Broager", ("13-17", "6310")),
    ],
)
def test_both_may_be_typed(town: Town, age: str, area: str, expected: tuple[str, str]) -> None:
    assert said(asked(town).say(age).say(area)) == expected


def test_what_is_not_understood_is_asked_once_more_and_then_left(town: Town) -> None:
    talk = asked(town).say("xqzt")
    assert talk.place == ("sign_up", "age_band")
    talk.say("xqzt").say("pfrt").say("pfrt")
    assert talk.place == ("sign_up", "review")
    assert said(talk) == ("unsaid", "unsaid")


def test_one_of_them_is_said_anew_from_the_review(town: Town) -> None:
    talk = asked(town).tap("sign_up:whom:age_band=30-49").tap("sign_up:whom:area=6430")
    talk.tap("sign_up:change").tap("sign_up:revise:age_band")
    assert talk.place == ("sign_up", "age_band") and talk.shows("sign_up:keep")
    talk.tap("sign_up:whom:age_band=50-64")
    assert talk.place == ("sign_up", "review")
    assert said(talk) == ("50-64", "6430")


def test_where_nothing_is_asked_the_talk_has_no_such_step(town: Town) -> None:
    date = town.occurrence()
    talk = Talk().press(f"sign_up:start:{date.public_id}").say("1").say("Anna Holm").say("anna@example.org")
    assert talk.place == ("sign_up", "review")
    assert said(talk) == ("", "")
    assert not talk.shows("sign_up:whom")
