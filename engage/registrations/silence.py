"""What silence means: whether places of people who do not answer a reminder are given on, and how that is told."""

from engage.activities import remembered
from engage.base.db import ask
from engage.base.i18n import ngettext

_HOURS = """
SELECT max(release_hours) FROM reminder_rule WHERE activity_id = %(activity)s AND enabled AND asks AND release_hours IS NOT NULL
"""


def hours(activity_id: int) -> int | None:
    """How many hours before the start places are given on; None where who does not answer keeps theirs."""
    rows = ask(_HOURS, {"activity": activity_id}).fetchall()
    return rows[0][0] if rows else None


def told(activity_id: int, revision: int | None = None) -> str:
    """What one is told of it before signing up, and with the place; "" where it is not so. With the `revision` of what is
    published, which each change of a rule raises, it is read once for all who ask."""
    number = (
        hours(activity_id)
        if revision is None
        else remembered.noted("silence", activity_id, revision, lambda: hours(activity_id))
    )
    if number is None:
        return ""
    return ngettext(
        "We ask you before it begins whether you come. If you have not answered %(number)s hour before, "
        "your place goes to somebody else.",
        "We ask you before it begins whether you come. If you have not answered %(number)s hours before, "
        "your place goes to somebody else.",
        number,
    )
