"""Numbers as people type and read them: "1.250,5" in Danish and German, "1,250.5" in English."""

import re
from decimal import Decimal

from babel.numbers import format_decimal

from engage.base.errors import Refusal
from engage.base.i18n import current_language
from engage.base.i18n import lazy_gettext as _l

_LARGEST = Decimal(10) ** 13


class NotANumber(Refusal):
    """What was typed is no number, or a larger one than is kept."""

    code = "not_a_number"
    message = _l("Write a number, for example %(example)s.")


def read(words: str, language: str | None = None) -> Decimal | None:
    """The number somebody typed, None for nothing. Refuses `NotANumber`.

    A mark before exactly three figures parts thousands where the language parts them so; any other mark is the decimal one.
    """
    typed = words.replace("\u00a0", " ").replace("\u202f", " ").replace("\u2212", "-").strip().rstrip("%").strip()
    if not typed:
        return None
    thousands, decimal = (",", ".") if (language or current_language()) == "en" else (".", ",")
    plain = typed.replace(" ", "")
    if re.fullmatch(rf"-?\d{{1,3}}(?:{re.escape(thousands)}\d{{3}})+(?:{re.escape(decimal)}\d+)?", plain):
        plain = plain.replace(thousands, "")
    plain = plain.replace(",", ".")
    if not re.fullmatch(r"-?\d+(?:\.\d{1,4})?", plain) or abs(Decimal(plain)) >= _LARGEST:
        raise NotANumber(example=said(Decimal("12.5"), language))
    return Decimal(plain)


def said(value: Decimal, language: str | None = None) -> str:
    """A number as it is written in the language, without noughts at its end."""
    return format_decimal(value, format="#,##0.####", locale=language or current_language())
