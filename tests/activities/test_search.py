"""Finding by words: stems, beginnings, parts of long words, synonyms, and misspellings."""

import random
import string
from zoneinfo import ZoneInfo

import pytest

from engage.activities.calendar import Filters, Found, find
from engage.activities.models import Initiative
from engage.base.db import db
from tests.activities.test_catalogue import asking
from tests.conftest import NOW
from tests.steps import steps
from tests.town import Town

COPENHAGEN = ZoneInfo("Europe/Copenhagen")


def look(words: str) -> Found:
    return find(Filters(words=words), now=NOW, zone=COPENHAGEN, per_page=100)


def found_by(words: str) -> set[int]:
    return {hit.occurrence_id for hit in look(words).hits}


@pytest.fixture
def shelf(town: Town) -> dict[str, int]:
    """A few activities by name, among them noise that no search below may find."""
    texts = {
        "bees": {"da": "Bier i byen", "en": "Bees in town"},
        "rain": {"da": "Regnvand i haven"},
        "adapt": {"da": "Klimatilpasning på kysten"},
        "books": {"da": "Bøger for børn", "de": "Bücher für Kinder"},
        "trees": {"de": "Alte Bäume im Stadtwald"},
        "repair": {"en": "Repairing bicycles together"},
        "noise": {"da": "Fællesspisning torsdag"},
    }
    with town.together():
        dates = {
            name: town.occurrence(town.activity(texts=titles, summary="", body="")) for name, titles in texts.items()
        }
        db.session.flush()
        return {name: date.id for name, date in dates.items()}


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("bier", {"bees"}),
        ("BIER", {"bees"}),
        ("bees", {"bees"}),
        ("town bees", {"bees"}),
        ("havens", {"rain"}),
        ("klima", {"adapt"}),
        ("tilpasning", {"adapt"}),
        ("vand", {"rain"}),
        ("regn", {"rain"}),
        ("bog", {"books"}),
        ("buch", {"books"}),
        ("barn", {"books"}),
        ("kind", {"books"}),
        ("baum", {"trees"}),
        ("Bäume", {"trees"}),
        ("træer", {"trees"}),
        ("tree", {"trees"}),
        ("repair", {"repair"}),
        ("cykel", {"repair"}),
        ("Fahrrad", {"repair"}),
        ("stadtwald", {"trees"}),
    ],
)
def test_a_word_finds_what_is_meant_by_it(shelf: dict[str, int], words: str, names: set[str]) -> None:
    assert found_by(words) == {shelf[name] for name in names}


@pytest.mark.parametrize(
    ("typed", "meant", "name"),
    [
        ("klimatilpasnign", "klimatilpasning", "adapt"),
        ("fællesspisnin", None, "noise"),  # the beginning of a word needs no correction
        ("felesspisning", "fællesspisning", "noise"),
        ("bicicles", "bicycles", "repair"),
        ("Stadtwlad", "stadtwald", "trees"),
        ("regnwand i haven", "regnvand i haven", "rain"),
    ],
)
def test_a_misspelling_is_forgiven_and_told(shelf: dict[str, int], typed: str, meant: str | None, name: str) -> None:
    found = look(typed)
    assert {hit.occurrence_id for hit in found.hits} == {shelf[name]}
    if meant is None:
        assert found.corrected == ""
    else:
        assert set(found.corrected.split()) <= set(meant.split())
        assert found.corrected


def test_nonsense_finds_nothing_and_is_not_bent_into_a_word(shelf: dict[str, int]) -> None:
    found = look("xqzvkw")
    assert (found.total, found.corrected) == (0, "")
    assert [(each.what, each.count) for each in found.loosenings] == [("words", len(shelf))]


def test_equally_near_words_are_one_choice_in_every_process(town: Town) -> None:
    for title in ("Maling", "Taling", "Valing", "Baling", "Haling", "Saling", "Raling", "Naling", "Faling", "Galing"):
        town.occurrence(town.activity(title, summary="", body=""))
    assert look("kaling").corrected == "baling"


def test_a_date_is_found_by_what_it_alone_is_called(town: Town) -> None:
    activity = town.activity("Foredrag", summary="", body="")
    first, second = town.occurrence(activity), town.occurrence(activity, titles={"da": "Vikinger i Hedeby"})
    noise = town.occurrence(town.activity("Strikkecafé", summary="", body=""))
    for words in ("vikinger", "hedeby", "viking", "vikingre"):
        found = found_by(words)
        assert second.id in found and noise.id not in found, words
    assert first.id in found_by("foredrag")


def test_places_towns_organisers_and_initiatives_are_found_by_name(town: Town) -> None:
    initiative = Initiative(key="v", names={"da": "VidensBy"}, texts={})
    wanted = town.occurrence(
        town.activity("Foredrag", organisation=town.organisation("Fjordskolen"), initiative=initiative),
        place=town.place("Kulturladen", town="Nordborg"),
    )
    town.occurrence(
        town.activity("Andet", organisation=town.organisation("Biblioteket")),
        place=town.place("Hallen", town="Broager"),
    )
    for words in ("kulturladen", "Nordborg", "fjordskolen", "VIDENSBY", "foredrag nordborg"):
        assert found_by(words) == {wanted.id}, words


def test_all_words_must_be_there_and_only_when_nothing_has_them_all_some_are_enough(shelf: dict[str, int]) -> None:
    found = look("regnvand haven")
    assert ({hit.occurrence_id for hit in found.hits}, found.partly) == ({shelf["rain"]}, False)
    found = look("regnvand bier")
    assert ({hit.occurrence_id for hit in found.hits}, found.partly) == ({shelf["rain"], shelf["bees"]}, True)
    found = look("regnvand xqzvkw")
    assert ({hit.occurrence_id for hit in found.hits}, found.partly) == ({shelf["rain"]}, True)


@pytest.mark.parametrize("words", ["og", "noget i en", "the and", "   ", "...", "🌱"])
def test_words_that_mean_nothing_leave_everything(shelf: dict[str, int], words: str) -> None:
    assert look(words).total == len(shelf)


def test_a_body_is_searched_as_well_as_a_title(town: Town) -> None:
    wanted = town.occurrence(town.activity("Kursus", body="Vi bygger insekthoteller af gamle brædder."))
    town.occurrence(town.activity("Andet"))
    assert found_by("insekthotel") == {wanted.id}


HOSTILE = [
    "'", "''", '"', "\\", "klima' OR 1=1 --", "klima & | ! ( ) <-> :*", "!klima", "(((",
    ":*", "klima:*A", "' | 'klima", "\\'", "%", "_",
    "a\x00b", "\x00", "klima\x00", "🌱🌍 klima", "\ud800klima", "\u202eamilk", "x" * 10_000, "klima " * 3_000, "æ" * 10_000,
    "'; DROP TABLE activity; --", "<script>alert(1)</script>", "{{7*7}}", "%(x)s %s", "\n\r\t",
    "İstanbul ẞ ﬁ", "0" * 400, "klima\\'--",
]  # fmt: skip


@pytest.mark.parametrize("words", HOSTILE)
def test_no_input_breaks_the_search(shelf: dict[str, int], words: str) -> None:
    assert 0 <= look(words).total <= len(shelf)


def test_a_pasted_book_is_hardly_more_work_than_a_line(shelf: dict[str, int]) -> None:
    words = [f"klima{first}{second}" for first in string.ascii_lowercase for second in string.ascii_lowercase]
    look("regn")  # what is read once
    line, book = (steps(lambda: look(" ".join(each))) for each in (words[-12:], words))  # noqa: B023 - done here
    assert book < 4 * line


def test_no_random_input_breaks_the_search(shelf: dict[str, int]) -> None:
    chance = random.Random(7)
    letters = string.printable + "æøåÆØÅüß'\\|&!():*<>-\x00🌱"
    for _try in range(150):
        look("".join(chance.choice(letters) for _letter in range(chance.randint(1, 30))))


def test_a_lexeme_with_a_quote_or_a_backslash_is_asked_for_as_it_is(town: Town) -> None:
    """PostgreSQL keeps addresses and paths as one lexeme, quotes and all."""
    town.occurrence(town.activity("Rock'n'roll på http://x.example.org/a'b og C:\\stien\\hjem", summary="", body=""))
    for words in ("rock", "roll", "example.org", "stien hjem"):
        assert look(words).total == 1, words


def test_a_word_is_looked_for_once_as_long_as_nothing_changes(town: Town) -> None:
    activity = town.activity("Keramik", summary="", body="")
    town.occurrence(activity)
    first = found_by("keramik")
    with asking() as said:
        assert found_by("keramik") == first
    assert len(said) == 1
    assert "revision" in said[0]
    activity.texts[0].title = "Vikinger"
    db.session.commit()
    assert found_by("keramik") == set()
    assert found_by("vikinger") == first
