"""Asking the chat for a certificate leads to the page where they are asked for, in three languages."""

import pytest
from flask import Flask

from engage.base.config import current_settings
from tests.dialog.talk import Talk


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("da", "Kan jeg få mit bevis?"),
        ("da", "jeg mangler et deltagerbevis"),
        ("da", "opgørelse over mine timer som frivillig"),
        ("en", "certificate"),
        ("en", "I need proof of attendance"),
        ("de", "Ich brauche eine Teilnahmebescheinigung"),
        ("de", "Nachweis über meine Stunden"),
    ],
)
def test_who_asks_for_one_is_led_to_the_page(app: Flask, language: str, said: str) -> None:
    talk = Talk(language=language).say(said)
    assert current_settings().links.own_certificates() in [each.url for each in talk.buttons], talk.text


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("da", "skal jeg have en børneattest?"),
        ("en", "where do I get my birth certificate"),
        ("da", "vis mine tilmeldinger"),
    ],
)
def test_other_papers_are_something_else(app: Flask, language: str, said: str) -> None:
    talk = Talk(language=language).say(said)
    assert current_settings().links.own_certificates() not in [each.url for each in talk.buttons]
