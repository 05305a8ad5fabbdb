"""Telephone numbers as they are typed, kept (E.164) and shown."""

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

from engage.base.errors import Refusal
from engage.base.i18n import lazy_gettext as _l

# Where a telephone may stand that shows SMS. In some countries, such as Denmark, a number does not tell what it is for. What is
# dear to ring, such as numbers with an extra charge, is none of them.
_MOBILE = {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}
_LONGEST = 40


class PhoneNotUsable(Refusal):
    """What was typed is no number of a mobile telephone."""

    code = "phone_not_usable"
    message = _l("Write the number of a mobile phone. A number from abroad begins with + and the code of its country.")


def normalise(typed: str, country: str) -> str:
    """The number in E.164 ("+4520304050"), read as those of `country` (ISO 3166-1) where it names no other.

    Spaces, hyphens, brackets, +45 and 0045 are all understood. Raises `PhoneNotUsable`.
    """
    try:
        number = phonenumbers.parse(typed[:_LONGEST], country)
    except NumberParseException as error:
        raise PhoneNotUsable from error
    if not phonenumbers.is_valid_number(number) or phonenumbers.number_type(number) not in _MOBILE:
        raise PhoneNotUsable
    return str(phonenumbers.format_number(number, PhoneNumberFormat.E164))


def shown(number: str, country: str) -> str:
    """A kept number as people of `country` write it: "20 30 40 50", or "+49 1512 3456789" for one from elsewhere."""
    parsed = phonenumbers.parse(number)
    own = phonenumbers.country_code_for_region(country) == parsed.country_code
    wanted = PhoneNumberFormat.NATIONAL if own else PhoneNumberFormat.INTERNATIONAL
    return str(phonenumbers.format_number(parsed, wanted))


def masked(number: str) -> str:
    r""" "+45••••50": enough for its owner to know it again."""
    return f"{number[:3]}••••{number[-2:]}"
