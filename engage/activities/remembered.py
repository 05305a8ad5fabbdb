"""Dates as they were last read, kept by each process while the revision is the same. Their seats are not to be trusted
here: those change with every sign-up, and no revision tells of it.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime

from flask import current_app

from engage.activities import facts
from engage.activities.facts import OccurrenceFacts, OtherDate

# Some 5 MB a process at most, since a date takes 3 to 5 KB; when they are more, all begin anew.
_MOST = 1_000


@dataclass
class _Memory:
    revision: int
    dates: dict[tuple[int | str, str], OccurrenceFacts] = field(default_factory=dict)
    others: dict[int, list[OtherDate]] = field(default_factory=dict)


def _memory(revision: int) -> _Memory:
    memory: _Memory | None = current_app.extensions.get("engage.dates")
    if memory is None or memory.revision != revision or len(memory.dates) >= _MOST:
        memory = current_app.extensions["engage.dates"] = _Memory(revision)
    return memory


def date(number: int | str, language: str, revision: int) -> OccurrenceFacts | None:
    """The date with this id (then without its body) or public id, in all but its seats as it is at `revision`."""
    memory = _memory(revision)
    found = memory.dates.get((number, language)) or _read(number, language)
    if found is not None:
        memory.dates[number, language] = found
    return found


def now_at(public_id: str, language: str) -> tuple[OccurrenceFacts, int] | None:
    """The date with this public id as it is now, seats included, and the revision; at the cost of one small question."""
    present = facts.seats(public_id)
    found = date(public_id, language, present[0]) if present else None
    return (replace(found, seats=present[1]), present[0]) if present and found else None


def others(found: OccurrenceFacts, revision: int, now: datetime) -> list[OtherDate]:
    """Coming dates of the same activity besides `found`, as `facts.other_dates` tells them."""
    memory = _memory(revision)
    known = memory.others.get(found.occurrence_id)
    if known is None or any(ends_at < now for _name, _starts_at, ends_at, _cancelled in known):
        known = memory.others[found.occurrence_id] = facts.other_dates(found, now)
    return known


def _read(number: int | str, language: str) -> OccurrenceFacts | None:
    if isinstance(number, str):
        return facts.occurrence(number, language)
    return next(iter(facts.occurrences([number], language)), None)
