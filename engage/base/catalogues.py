"""The translators' files: brought up to the sentences in the code, and checked for what they lack. Not used at run time.

python -m engage.base.catalogues update|check
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from engage.base.config import ROOT
from engage.base.i18n import TRANSLATIONS

_METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
_OPTIONS = {"**/templates/**.html": {"trimmed": "true", "silent": "false"}}
_KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "_l": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
}


def from_code() -> Catalog:
    """Every sentence in the code and the templates."""
    catalogue = Catalog(project="Engage", charset="utf-8")
    for folder in ("engage", "bots"):
        found = extract_from_dir(ROOT / folder, _METHODS, _OPTIONS, keywords=_KEYWORDS, comment_tags=("Translators:",))
        for file, line, message, comments, context in found:
            catalogue.add(message, None, [(f"{folder}/{file}", line)], auto_comments=comments, context=context)
    return catalogue


def files() -> Iterator[tuple[str, Path]]:
    """Each language with its file."""
    for path in sorted(TRANSLATIONS.glob("*/LC_MESSAGES/messages.po")):
        yield path.parts[-3], path


def update() -> None:
    """Add new sentences to each language's file and take out those no longer said; nothing is guessed."""
    template = from_code()
    for language, path in files():
        with path.open("rb") as file:
            catalogue = read_po(file, locale=language)
        catalogue.update(template, no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        with path.open("wb") as file:
            write_po(file, catalogue, width=110, include_lineno=False, omit_header=False)


def missing() -> list[str]:
    """One line for each sentence a language lacks, marks as unsure, or whose placeholders it changed."""
    spoken = {(message.id, message.context) for message in from_code() if message.id}
    found = []
    for language, path in files():
        with path.open("rb") as file:
            catalogue = read_po(file, locale=language)
        known = {(message.id, message.context): message for message in catalogue if message.id}
        found += [f"{language}: not in the file: {each[0]!r}" for each in spoken - known.keys()]
        found += [f"{language}: {problem}" for message in known.values() for problem in _problems(message, catalogue)]
    return sorted(found)


def _problems(message: Message, catalogue: Catalog) -> list[str]:
    forms = message.string if isinstance(message.string, list | tuple) else (message.string,)
    if message.fuzzy or not all(forms):
        return [f"not translated: {message.id!r}"]
    return [f"{error} in {message.id!r}" for error in message.check(catalogue)]


def main(command: str) -> int:
    """Run `update` or `check`; the number of problems is the exit status."""
    if command == "update":
        update()
        return 0
    lines = missing()
    print("\n".join(lines) or "All languages are complete.")
    return min(len(lines), 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "check"))
