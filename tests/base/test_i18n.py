"""Speaking three languages, and knowing which sentences a language lacks."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import write_po

from engage.base import catalogues, i18n
from engage.base.i18n import gettext, in_language, lazy_gettext, ngettext, pgettext, speaking

# Kept out of reach of the extraction, which reads calls in the code.
_HELLO, _ONE, _MANY = "Hello %(name)s, a test", "%(number)s test seat", "%(number)s test seats"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A translations folder of our own, which the program reads instead of the shipped one."""
    monkeypatch.setattr(i18n, "TRANSLATIONS", tmp_path)
    monkeypatch.setattr(catalogues, "TRANSLATIONS", tmp_path)
    i18n._catalogue.cache_clear()
    yield tmp_path
    i18n._catalogue.cache_clear()


def write(folder: Path, catalogue: Catalog) -> None:
    home = folder / str(catalogue.locale) / "LC_MESSAGES"
    home.mkdir(parents=True)
    with (home / "messages.po").open("wb") as file:
        write_po(file, catalogue)
    with (home / "messages.mo").open("wb") as file:
        write_mo(file, catalogue)


def danish() -> Catalog:
    catalogue = Catalog(locale="da")
    catalogue.add(_HELLO, "Hej %(name)s, en prøve")
    catalogue.add((_ONE, _MANY), ("%(number)s prøveplads", "%(number)s prøvepladser"))
    catalogue.add("test open", "åben", context="a door")
    catalogue.add("test open", "åbn", context="a button")
    return catalogue


def test_a_sentence_is_said_in_the_language_spoken_and_in_english_where_a_language_has_none(folder: Path) -> None:
    write(folder, danish())
    said = {}
    for language in ("da", "en", "de", "xx"):
        with speaking(language):
            said[language] = gettext(_HELLO, name="Åse")
    assert said["da"] == "Hej Åse, en prøve"
    assert said["en"] == said["de"] == said["xx"] == "Hello Åse, a test"


def test_the_plural_fits_the_number(folder: Path) -> None:
    write(folder, danish())
    with speaking("da"):
        assert [ngettext(_ONE, _MANY, n) for n in (0, 1, 2)] == ["0 prøvepladser", "1 prøveplads", "2 prøvepladser"]
    with speaking("en"):
        assert [ngettext(_ONE, _MANY, n) for n in (0, 1, 2)] == ["0 test seats", "1 test seat", "2 test seats"]


def test_one_english_word_may_be_two_danish_ones(folder: Path) -> None:
    write(folder, danish())
    with speaking("da"):
        assert (pgettext("a door", "test open"), pgettext("a button", "test open")) == ("åben", "åbn")


def test_a_lazy_text_is_worded_when_it_is_read(folder: Path) -> None:
    write(folder, danish())
    text = lazy_gettext(_HELLO, name="<b>Bo</b>")
    with speaking("da"):
        assert str(text) == "Hej <b>Bo</b>, en prøve"
        assert text.__html__() == "Hej &lt;b&gt;Bo&lt;/b&gt;, en prøve"
    with speaking("en"):
        assert str(text) == "Hello <b>Bo</b>, a test"


def test_a_percent_sign_a_citizen_typed_is_only_a_percent_sign(folder: Path) -> None:
    write(folder, danish())
    with speaking("da"):
        assert gettext(_HELLO, name="100 % %(x)s %s") == "Hej 100 % %(x)s %s, en prøve"


def test_a_language_is_spoken_only_inside_its_block_and_in_its_own_thread() -> None:
    heard = []
    i18n.set_language("da")
    with speaking("de"):
        other = threading.Thread(target=lambda: heard.append(i18n.current_language()))
        other.start()
        other.join()
        with pytest.raises(ZeroDivisionError), speaking("en"):
            raise ZeroDivisionError
        assert i18n.current_language() == "de"
    assert i18n.current_language() == "da"
    assert heard == ["da"]


def test_a_text_falls_back_to_the_first_language_there_is() -> None:
    with speaking("de"):
        assert in_language({"da": "hav", "de": "Meer"}) == "Meer"
        assert in_language({"da": "hav", "de": ""}) == "hav"
        assert in_language({"da": "", "en": "sea"}) == "sea"
        assert in_language({}) == ""
    assert in_language({"da": "hav", "en": "sea"}, "en") == "sea"


@pytest.mark.parametrize(
    ("translation", "problem"),
    [
        ("", "not translated"),
        ("Hej %(navn)s", "placeholder"),
    ],
)
def test_the_check_finds_what_a_language_lacks_or_got_wrong(
    folder: Path, monkeypatch: pytest.MonkeyPatch, translation: str, problem: str
) -> None:
    spoken = Catalog()
    spoken.add(_HELLO, flags={"python-format"})
    monkeypatch.setattr(catalogues, "from_code", lambda: spoken)
    catalogue = Catalog(locale="da")
    catalogue.add(_HELLO, translation, flags={"python-format"})
    write(folder, catalogue)
    (line,) = catalogues.missing()
    assert line.startswith("da: ")
    assert problem in line


def test_the_check_finds_sentences_that_are_unsure_half_or_not_there_at_all(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoken = Catalog()
    for message in ("one", "two", (_ONE, _MANY)):
        spoken.add(message)
    monkeypatch.setattr(catalogues, "from_code", lambda: spoken)
    catalogue = Catalog(locale="de")
    catalogue.add("one", "eins", flags={"fuzzy"})
    catalogue.add((_ONE, _MANY), ("%(number)s Platz", ""))
    write(folder, catalogue)
    lines = catalogues.missing()
    assert len(lines) == 3
    assert all(any(word in line for line in lines) for word in ("'one'", "'two'", _ONE))


def test_a_complete_language_lacks_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spoken = Catalog()
    spoken.add(_HELLO)
    monkeypatch.setattr(catalogues, "from_code", lambda: spoken)
    catalogue = Catalog(locale="da")
    catalogue.add(_HELLO, "Hej %(name)s")
    write(folder, catalogue)
    assert catalogues.missing() == []
