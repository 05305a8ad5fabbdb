"""The checks of the translators' files: what is missing, unsure or changed is found, and what is shipped is complete."""

from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from itertools import islice
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from engage.base import catalogues

SAID = "This weekend"
WITH_NAME = "Hello %(name)s,"
COUNTED = ("%(number)s place", "%(number)s places")


@pytest.fixture(scope="module", autouse=True)
def read_once() -> Iterator[None]:
    """The code is the same for all of these tests, and reading all of it takes a second."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(catalogues, "from_code", cache(catalogues.from_code))
        yield


@pytest.fixture
def danish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A complete Danish file, alone in a folder of its own, so that a test may spoil it: each sentence says itself.

    A few sentences of the code stand for all: to write and to read all of them takes longer than to find them.
    """
    copy = tmp_path / "da" / "LC_MESSAGES" / "messages.po"
    copy.parent.mkdir(parents=True)
    monkeypatch.setattr(catalogues, "TRANSLATIONS", tmp_path)
    few = Catalog(project="Engage", charset="utf-8")
    for message in [
        *islice(catalogues.from_code(), 1, 100),
        *(catalogues.from_code()[each] for each in (SAID, WITH_NAME, COUNTED[0])),
    ]:
        few[message.id] = message.clone()
    monkeypatch.setattr(catalogues, "from_code", lambda: few)
    catalogue = deepcopy(few)
    for message in catalogue:
        if message.id:
            message.string = message.id
    saved(copy, catalogue)
    return copy


@cache
def shipped(path: Path) -> Catalog:
    """The file of a language as it is, read once."""
    return opened(path)


def opened(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale="da")


def saved(path: Path, catalogue: Catalog) -> None:
    with path.open("wb") as file:
        write_po(file, catalogue)


def test_every_shipped_language_is_complete() -> None:
    assert {language for language, _path in catalogues.files()} == {"da", "de"}
    assert catalogues.missing() == []


def test_sentences_are_found_in_python_in_templates_and_in_both_forms() -> None:
    found = catalogues.from_code()
    assert found[SAID] is not None
    assert found[WITH_NAME] is not None, "said by registrations.notices"
    assert len(found) > 150
    assert found[COUNTED[0]].id == COUNTED
    places = {file.rpartition(".")[2] for message in found for file, _line in message.locations}
    assert {"py", "html"} <= places


def test_a_sentence_the_file_lacks_is_found(danish: Path) -> None:
    catalogue = opened(danish)
    catalogue.delete(SAID)
    saved(danish, catalogue)
    assert catalogues.missing() == [f"da: not in the file: {SAID!r}"]


def test_a_sentence_without_words_is_found(danish: Path) -> None:
    catalogue = opened(danish)
    catalogue[SAID].string = ""
    saved(danish, catalogue)
    assert catalogues.missing() == [f"da: not translated: {SAID!r}"]


def test_a_plural_with_only_one_of_its_forms_is_found(danish: Path) -> None:
    catalogue = opened(danish)
    catalogue[COUNTED[0]].string = ("%(number)s plads", "")
    saved(danish, catalogue)
    assert catalogues.missing() == [f"da: not translated: {COUNTED!r}"]


def test_a_sentence_the_translator_was_unsure_of_is_found(danish: Path) -> None:
    catalogue = opened(danish)
    catalogue[SAID].flags.add("fuzzy")
    saved(danish, catalogue)
    assert catalogues.missing() == [f"da: not translated: {SAID!r}"]


def test_a_changed_placeholder_is_found(danish: Path) -> None:
    catalogue = opened(danish)
    catalogue[WITH_NAME].string = "Hej %(navn)s"
    saved(danish, catalogue)
    (problem,) = catalogues.missing()
    assert problem.startswith("da: ") and problem.endswith(f"in {WITH_NAME!r}")


def test_a_changed_placeholder_in_one_form_of_a_plural_is_found(danish: Path) -> None:
    catalogue = opened(danish)
    catalogue[COUNTED[0]].string = ("%(number)s plads", "%(antal)s pladser")
    saved(danish, catalogue)
    (problem,) = catalogues.missing()
    assert problem.endswith(f"in {COUNTED!r}")


def test_updating_adds_what_is_new_takes_out_what_is_gone_and_guesses_nothing(danish: Path) -> None:
    catalogue = opened(danish)
    translated = catalogue[WITH_NAME].string
    catalogue.delete(SAID)
    catalogue.add("This weekends", "I weekenderne")  # so near to the missing one that a guess would take it
    saved(danish, catalogue)
    catalogues.update()
    after = opened(danish)
    assert after[SAID].string == ""
    assert "This weekends" not in after
    assert after[WITH_NAME].string == translated
    assert catalogues.missing() == [f"da: not translated: {SAID!r}"]


def test_the_check_says_so_with_its_exit_status(danish: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert catalogues.main("check") == 0
    assert capsys.readouterr().out == "All languages are complete.\n"
    catalogue = opened(danish)
    catalogue[SAID].string = ""
    saved(danish, catalogue)
    assert catalogues.main("check") == 1
    assert SAID in capsys.readouterr().out


def test_each_language_names_itself_when_it_is_chosen() -> None:
    own = {language: str(shipped(path)["I speak English now."].string) for language, path in catalogues.files()}
    assert "dansk" in own["da"]
    assert "Deutsch" in own["de"]


def test_no_sentence_shouts() -> None:
    spoken = [str(message.id) for message in catalogues.from_code() if message.id]
    for _language, path in catalogues.files():
        spoken += [str(message.string) for message in shipped(path) if message.id]
    assert [sentence for sentence in spoken if "!" in sentence] == []
