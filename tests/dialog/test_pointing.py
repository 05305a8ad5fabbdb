"""Pointing at one of several things that were shown: "the second one", with and without a wish in it."""

from datetime import timedelta

import pytest

from engage.dialog.answers import only_points, picked, place_in_list
from tests.dialog.talk import Talk
from tests.town import Town


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("den første", 1), ("Den anden, tak!", 2), ("nummer 2", 2), ("nr. tre", 3), ("første", 1), ("den sidste", -1),
        ("the first one", 1), ("second", 2), ("number two please", 2), ("the last one", -1),
        ("das erste", 1), ("Die zweite bitte", 2), ("Nummer drei", 3), ("das letzte", -1),
        ("tilmeld mig og mine to børn til den anden", 2), ("sign us up for the third one with the kids", 3),
        ("melde mich für das zweite an", 2), ("jeg vil gerne med til nummer 4", 4),
        # A day, another thing, or nothing of the kind.
        ("den 2.", None), ("2", None), ("den første lørdag i marts", None), ("the first of March", None),
        ("der zweite Advent", None), ("en anden dag", None), ("anden", None), ("noget andet", None), ("førstehjælp", None),
        ("first aid for children", None), ("", None),
    ],
)  # fmt: skip
def test_what_a_text_points_at(text: str, place: int | None) -> None:
    assert place_in_list(text) == place


def test_there_is_no_sixth_of_five_and_a_wish_is_more_than_pointing() -> None:
    assert picked("den femte", ["a", "b"]) is None
    assert picked("den sidste", ["a", "b"]) == "b" and picked("den sidste", []) is None
    assert only_points("den anden tak") and not only_points("tilmeld mig den anden")


@pytest.fixture
def several(town: Town) -> list[str]:
    """Titles of three climate cafés, in the order of their days."""
    titles = [f"Klimacafé {word}" for word in ("Alssund", "Broager", "Dybbøl")]
    for days, title in enumerate(titles, 1):
        town.occurrence(town.activity(title), starts_in=timedelta(days=days))
    return titles


@pytest.mark.parametrize("channel", ["webchat", "telegram"])
@pytest.mark.parametrize(
    ("language", "words", "number"), [("da", "den anden", 1), ("en", "the last one", 2), ("de", "das erste", 0)]
)
def test_the_second_of_a_list_is_shown(
    several: list[str], channel: str, language: str, words: str, number: int
) -> None:
    talk = Talk(channel=channel, identifier="4711", language=language).say("klima")
    assert [card.title for message in talk.answers for card in message.cards] == several
    (card,) = talk.say(words).answers[-1].cards
    assert card.title == several[number]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("da", "tilmeld mig og mine to børn til den anden"),
        ("en", "sign me and my two kids up for the second one"),
        ("de", "melde mich und meine zwei Kinder für das zweite an"),
    ],
)
def test_one_of_a_list_is_signed_up_for_in_one_sentence(several: list[str], language: str, words: str) -> None:
    talk = Talk(language=language).say("klima").say(words)
    assert talk.place[0] == "sign_up"
    row = talk.row()
    (shown,) = row.data["focus"]
    talk.press(f"find:show:{shown}")
    assert [card.title for message in talk.answers for card in message.cards] == several[1:2]
    assert row.data["sign_up"]["seats"] == 3


def test_which_one_is_answered_by_its_place_among_those_asked_about(town: Town) -> None:
    drop_in = town.activity("Klimatur", sign_up="drop_in")
    town.occurrence(drop_in, starts_in=timedelta(hours=20))
    for days, title in enumerate(("Klimacafé", "Klimakør"), 1):
        town.occurrence(town.activity(title), starts_in=timedelta(days=days))
    talk = Talk().say("klima").say("tilmeld mig")
    assert [button.label.partition(",")[0] for button in talk.buttons] == ["Klimacafé", "Klimakør"]
    again = talk.row().data["several"]
    assert talk.say("den første").place[0] == "sign_up"
    assert again[0].endswith(talk.row().data["sign_up"]["occurrence"])


def test_nothing_shown_nothing_pointed_at(town: Town) -> None:
    talk = Talk().say("den anden")
    assert talk.place == ("", "")
