"""Links that open a talk with the bot and tell it something: on posters, on an activity's page, in a shared card."""

# What may be told (core.telegram.org/bots/features#deep-linking).
_LONGEST = 64
_DATE, _SOURCE, _PAGE = "e", "_s", "l"
# What leads to the ways of finding something.
FIND = "find"


def link(bot: str, payload: str) -> str:
    """The address that opens a talk with `bot` and tells it `payload`; "" without a bot."""
    return f"https://t.me/{bot}?start={payload}" if bot else ""


def to_date(occurrence: str, source: str) -> str:
    """What tells the bot to show a date; `source` is a word for where the link stood."""
    return f"{_DATE}_{occurrence}{_SOURCE}{source}"[:_LONGEST]


def date_in(payload: str) -> str | None:
    """The public id of a date or an activity, if that is what the link leads to."""
    kind, _underscore, rest = payload.partition("_")
    return rest.partition(_SOURCE)[0] or None if kind == _DATE else None


def secret_in(payload: str) -> str | None:
    """The secret of somebody's own page that wants to be linked, if that is what the link brings."""
    kind, _underscore, rest = payload.partition("_")
    return rest or None if kind == _PAGE else None


def may_be_told(payload: str) -> bool:
    """Whether it can stand in a link."""
    letters = payload.replace("_", "").replace("-", "")
    return payload.isascii() and letters.isalnum() and len(payload) <= _LONGEST
