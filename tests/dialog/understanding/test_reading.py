"""The promises of `understand` beside the phrases: published words, other languages, any input, light and quick."""

import subprocess
import sys
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engage.dialog.understanding import EMPTY, Intent, Understanding, Vocabulary, understand
from tests.dialog.understanding.scoring import NOW
from tests.steps import steps

PUBLISHED = Vocabulary.of(
    [
        "Repair café i Nordborg",
        "Cykeltur langs stranden",
        "March of the Penguins",
        "Keramik for begyndere",
        "Multikulturhuset",
    ]
)


def ask(text: str, language: str = "da", vocabulary: Vocabulary = EMPTY) -> Understanding:
    return understand(text, language=language, now=NOW, vocabulary=vocabulary)


def test_a_published_word_alone_is_a_search_for_it() -> None:
    answer = ask("Nordborg", vocabulary=PUBLISHED)
    assert (answer.intent, answer.words) == (Intent.BROWSE, ("nordborg",))


def test_a_word_that_is_not_published_is_not_understood() -> None:
    assert ask("Nordborg").intent is Intent.UNKNOWN
    assert ask("Tønder", vocabulary=PUBLISHED).intent is Intent.UNKNOWN


def test_a_slip_in_a_published_word_is_put_right() -> None:
    assert ask("kermik", vocabulary=PUBLISHED).words == ("keramik",)


def test_a_published_word_that_is_also_a_topic_stays_a_word() -> None:
    answer = ask("cykeltur", vocabulary=PUBLISHED)
    assert (answer.words, answer.sdgs) == (("cykeltur",), (11,))


def test_a_published_title_wins_over_a_false_friend() -> None:
    answer = ask("march of the penguins", "en", PUBLISHED)
    assert (answer.intent, answer.first, answer.words) == (Intent.BROWSE, None, ("march", "penguins"))


@pytest.mark.parametrize(
    ("language", "word"),
    [
        ("da", "slottet"),
        ("da", "havnen"),
        ("da", "næsten"),
        ("de", "Schloss"),
        ("de", "Hafen"),
        ("en", "property"),
        ("en", "horse"),
    ],
)
def test_an_ordinary_word_is_not_taken_for_a_slip_in_one_of_ours(language: str, word: str) -> None:
    assert ask(word, language).intent is Intent.UNKNOWN
    assert ask(f"workshop {word}", language).words == (word.lower(),)


def test_words_left_over_are_kept_for_the_search_without_the_grammar() -> None:
    assert ask("noget med keramik for børn på lørdag").words == ("keramik",)


def test_another_language_than_the_stored_one_is_understood_and_told() -> None:
    assert ask("what's on tomorrow?", "da").language == "en"
    assert ask("hvad sker der i morgen?", "de").language == "da"


def test_a_word_of_two_languages_is_read_in_the_stored_one() -> None:
    assert ask("workshop", "de").language == "de"
    assert ask("hallo", "de").language == "de"


def test_a_price_in_words_narrows_to_what_is_free() -> None:
    assert ask("gratis kurser").free_only
    assert not ask("are you free on Saturday", "en").free_only
    assert not ask("barrierefreie Veranstaltungen", "de").free_only


def test_the_answer_as_json_begins_with_the_evaluated_keys() -> None:
    keys = list(ask("hej").as_json())
    assert keys[:8] == ["intent", "from", "to", "sdgs", "dimensions", "kind", "audience", "party"]


def test_an_unknown_message_carries_nothing_else() -> None:
    assert ask("blå elefant spiser") == Understanding(Intent.UNKNOWN, language="da")


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "😀", "...", "\u202e\u200b", "\x00", "𝕙𝕖𝕛", "١٢٣", "שלום לכולם"])
def test_input_without_our_words_is_unknown(text: str) -> None:
    assert ask(text).intent in {Intent.UNKNOWN, Intent.GREET}


def test_a_pasted_book_is_no_more_work_than_two_pages() -> None:
    page = "hvad sker der asdkfj qwoeiru " * 100
    ask(page)  # what is read once
    few, many = (steps(lambda: ask(page * pages)) for pages in (2, 20))  # noqa: B023 - done here
    assert many <= few


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80), st.sampled_from(["da", "en", "de"]))
def test_any_text_gets_an_answer(text: str, language: str) -> None:
    answer = understand(text, language=language, now=NOW)
    assert answer.last is None or (answer.first is not None and NOW.date() <= answer.first <= answer.last)


_PIECES = "den fra til i på næste this 12 4. 31 / - : . , april march may weekend uge week kl om 99 2026 und bis am so to".split()  # noqa: SIM905


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(_PIECES), max_size=9), st.sampled_from(["da", "en", "de"]), st.dates(NOW.date()))
def test_any_heap_of_date_words_gets_days_in_order_and_not_in_the_past(
    pieces: list[str], language: str, day: datetime
) -> None:
    if day.year > 2200:  # the calendar of dates ends in 9999, and so do we
        return
    now = datetime(day.year, day.month, day.day, 9, tzinfo=ZoneInfo("Europe/Copenhagen"))
    answer = understand(" ".join(pieces), language=language, now=now)
    assert answer.first is None or answer.first >= now.date()
    assert answer.last is None or (answer.first is not None and answer.first <= answer.last)


def test_nothing_heavy_is_loaded_for_an_everyday_message() -> None:
    script = (
        "import sys, datetime, zoneinfo\n"
        "from engage.dialog.understanding import understand\n"
        "now = datetime.datetime(2026, 3, 4, 10, tzinfo=zoneinfo.ZoneInfo('Europe/Copenhagen'))\n"
        "understand('noget for børn i påsken', language='da', now=now)\n"
        "print(sorted({'dateparser', 'holidays'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
