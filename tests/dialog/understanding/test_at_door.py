"""What organisers write at the door, in three languages."""

import pytest

from engage.dialog.understanding.at_door import Doing, Told, heard, number


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("en uden tilmelding", Told(Doing.WALK_IN, 1, "")),
        ("Kim og Bo uden tilmelding", Told(Doing.WALK_IN, None, "Kim og Bo")),
        ("fünf weitere", Told(Doing.WALK_IN, 5, "")),
        ("3 not signed up, they are called Olsen", Told(Doing.WALK_IN, 3, "Olsen")),
        ("Familien Dam er gået hjem", Told(Doing.OUT, None, "Familien Dam")),
        ("check Anna out", Told(Doing.OUT, None, "Anna")),
        ("three of the Dam family have left", Told(Doing.OUT, 3, "Dam family")),
        ("mangler Anna", Told(Doing.ABSENT, None, "Anna")),
        ("Anna ist nicht gekommen", Told(Doing.ABSENT, None, "Anna")),
        ("tjek Anna ind", Told(Doing.IN, None, "Anna")),
        ("dam 2", Told(Doing.IN, 2, "dam")),
        ("wer fehlt?", Told(Doing.LIST, None, "")),
        ("is Anna here?", Told(Doing.ASKED, None, "Anna")),
        ("rückgängig", Told(Doing.UNDO, None, "")),
        ("undo Anna", Told(Doing.UNDO, None, "Anna")),
    ],
)
def test_it_is_told_what_to_note_of_whom(text: str, told: Told) -> None:
    assert heard(text) == told


@pytest.mark.parametrize("text", ["Anna Holm", "hvad koster det", "noget for børn", "my sign-ups", "12 34", "+0", ""])
def test_all_else_is_a_name_or_another_wish(text: str) -> None:
    assert heard(text) is None


@pytest.mark.parametrize(
    ("text", "found"), [("to", 2), ("vi er tre", None), ("4 personer", 4), ("zwölf", 12), ("12 34", None)]
)
def test_a_number_alone_is_a_number(text: str, found: int | None) -> None:
    assert number(text) == found
