"""Signed links: good for one purpose, by one key, unchanged, and for as long as they say."""

import time
from datetime import timedelta

import pytest
from itsdangerous import URLSafeSerializer

from engage.base import tokens

KEY = "a key of at least thirty-two characters"


def test_a_token_gives_back_what_was_signed() -> None:
    assert tokens.unsign(KEY, "confirm", tokens.sign(KEY, "confirm", "abc")) == "abc"
    assert tokens.unsign_timed(KEY, "login", tokens.sign_timed(KEY, "login", [1, "æ"]), timedelta(minutes=1)) == [
        1,
        "æ",
    ]


def test_a_token_is_what_the_library_writes() -> None:
    assert tokens.sign(KEY, "confirm", "abc23456") == URLSafeSerializer(KEY, salt="confirm").dumps("abc23456")


def test_a_token_is_worth_nothing_for_another_purpose_or_with_another_key() -> None:
    token = tokens.sign(KEY, "confirm", "abc")
    for key, purpose in ((KEY, "manage"), ("another" + KEY, "confirm")):
        with pytest.raises(tokens.LinkNotValid):
            tokens.unsign(key, purpose, token)


def test_no_letter_of_a_token_can_be_changed() -> None:
    token = tokens.sign(KEY, "confirm", "abc")
    changed = [
        token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :] for place in range(len(token) - 1)
    ]
    for each in changed:
        with pytest.raises(tokens.LinkNotValid):
            tokens.unsign(KEY, "confirm", each)


@pytest.mark.parametrize("token", ["", ".", "..", "abc", "a.b.c", "æøå.ø", "\x00", "=" * 500, "eyJ9.x"])
def test_what_is_no_token_is_refused_and_breaks_nothing(token: str) -> None:
    with pytest.raises(tokens.LinkNotValid):
        tokens.unsign(KEY, "confirm", token)
    with pytest.raises(tokens.LinkNotValid):
        tokens.unsign_timed(KEY, "confirm", token, timedelta(days=1))


def test_a_timed_token_is_no_lasting_one_nor_the_other_way_round() -> None:
    """Both kinds share a signature, so what protects is that neither can be read as the other."""
    with pytest.raises(tokens.LinkNotValid):
        tokens.unsign(KEY, "same", tokens.sign_timed(KEY, "same", "abc"))
    with pytest.raises(tokens.LinkNotValid):
        tokens.unsign_timed(KEY, "same", tokens.sign(KEY, "same", "abc"), timedelta(days=1))


def test_a_timed_token_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    token, made = tokens.sign_timed(KEY, "login", "abc"), time.time()
    monkeypatch.setattr(time, "time", lambda: made + 599)
    assert tokens.unsign_timed(KEY, "login", token, timedelta(minutes=10)) == "abc"
    monkeypatch.setattr(time, "time", lambda: made + 602)
    with pytest.raises(tokens.LinkNotValid):
        tokens.unsign_timed(KEY, "login", token, timedelta(minutes=10))
