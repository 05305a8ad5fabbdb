"""Lines of an iCalendar file (RFC 5545, 3.1): escaped, so that what was written is text and adds nothing, and folded.

By hand: a feed of thousands of dates costs a general library ten times as much.
"""

import re

_LONGEST = 75  # octets, without the line's end
# What a file may not hold at all (RFC 5545, 3.1: CONTROL), and other ends of lines, which some readers take for one.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x85\u2028\u2029]")
_SPECIAL = re.compile(r'[;:,"]')
_ESCAPES = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})


def text(value: str) -> str:
    """A value of type TEXT (3.3.11)."""
    return _clean(value).translate(_ESCAPES)


def parameter(value: str) -> str:
    """A parameter's value (3.2), which knows no escape: a quotation mark becomes another one, a line's end a space."""
    plain = _clean(value).replace("\n", " ").replace('"', "'")
    return f'"{plain}"' if _SPECIAL.search(plain) else plain


def line(name: str, value: str) -> str:
    """`name` (with its parameters) and `value` as a line, folded after at most 75 octets and never within a letter."""
    whole = f"{name}:{value}"
    if whole.isascii():
        if len(whole) <= _LONGEST:
            return whole + "\r\n"
    elif len(whole.encode()) <= _LONGEST:
        return whole + "\r\n"
    return _folded(whole) + "\r\n"


def _folded(whole: str) -> str:
    raw, parts, start, room = whole.encode(), [], 0, _LONGEST
    while start < len(raw):
        end = min(start + room, len(raw))
        while end < len(raw) and raw[end] & 0xC0 == 0x80:  # the middle of a letter
            end -= 1
        parts.append(raw[start:end].decode())
        start, room = end, _LONGEST - 1  # a continuation begins with a space
    return "\r\n ".join(parts)


def _clean(value: str) -> str:
    return _CONTROL.sub(" ", value.replace("\r\n", "\n").replace("\r", "\n"))
