"""Dates as they were last read, kept by each process while the revision is the same. Their seats are not to be trusted
here: those change with every sign-up, and no revision tells of it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any, TypeVar

from flask import current_app

from engage.activities import facts
from engage.activities.facts import OccurrenceFacts, OtherDate
from engage.base.db import db

Found = TypeVar("Found")

# Some 2 MB a process at most, since a date takes about 2 KB; when they are more, all begin anew. Most stand there
# under both names.
_MOST = 2_000


@dataclass
class _Memory:
    revision: int
    dates: dict[tuple[int | str, str], OccurrenceFacts] = field(default_factory=dict)
    others: dict[int, list[OtherDate]] = field(default_factory=dict)
    noted: dict[tuple[str, int], object] = field(default_factory=dict)
    values: dict[Any, Any] = field(default_factory=dict)

    def with_common_values(self, found: OccurrenceFacts) -> OccurrenceFacts:
        """The same, holding what other dates have as well (a place, an organisation, goals) in common with them."""
        return replace(found, **{each.name: self._common(getattr(found, each.name)) for each in fields(found)})

    def _common(self, value: Any) -> Any:
        if type(value) is dict:
            return self.values.setdefault((dict, *value.items()), value)
        if type(value) is list:
            return self.values.setdefault((list, *value), value)
        return self.values.setdefault(value, value) if type(value) is str else value  # an enum's member is no mere word


def _memory(revision: int) -> _Memory:
    memory: _Memory | None = current_app.extensions.get("engage.dates")
    if memory is None or memory.revision != revision or len(memory.dates) >= _MOST:
        memory = current_app.extensions["engage.dates"] = _Memory(revision)
    return memory


def date(number: int | str, language: str, revision: int) -> OccurrenceFacts | None:
    """The date with this id (then perhaps without its body) or public id, in all but its seats as it is at `revision`."""
    memory = _memory(revision)
    found = memory.dates.get((number, language))
    if found is None and (read := _read(number, language)) is not None:
        found = memory.dates[number, language] = memory.with_common_values(read)
        # Whoever opens the page signs up next: the letter, which is worded while the seats are locked, finds the date by its id.
        memory.dates.setdefault((found.occurrence_id, language), found)
    return found


def now_at(public_id: str, language: str) -> tuple[OccurrenceFacts, int] | None:
    """The date with this public id as it is now, seats included, and the revision; at the cost of one small question."""
    present = facts.seats(public_id)
    found = date(public_id, language, present[0]) if present else None
    return (replace(found, seats=present[1]), present[0]) if present and found else None


def occurrence(public_id: str, language: str) -> OccurrenceFacts | None:
    """As `facts.occurrence`, at the cost of one small question where it was read before: a talk asks it with every turn."""
    db.session.flush()  # what a rule has changed and not written yet may be about seats
    present = now_at(public_id, language)
    return present[0] if present else None


def occurrences(ids: Sequence[int], language: str) -> list[OccurrenceFacts]:
    """As `facts.occurrences`, at the cost of one small question where they were read before."""
    if not ids:
        return []
    db.session.flush()
    revision, standing = facts.standing(ids)
    if not standing:
        return []
    memory = _memory(revision)
    new = [number for number, _seats in standing if (number, language) not in memory.dates]
    for read in facts.occurrences(new, language):
        memory.dates[read.occurrence_id, language] = memory.with_common_values(read)
    seats = {number: seats for number, seats in standing if (number, language) in memory.dates}
    return [replace(memory.dates[number, language], seats=seats[number]) for number in ids if number in seats]


def others(found: OccurrenceFacts, revision: int, now: datetime) -> list[OtherDate]:
    """Coming dates of the same activity besides `found`, as `facts.other_dates` tells them."""
    memory = _memory(revision)
    known = memory.others.get(found.occurrence_id)
    if known is None or any(ends_at < now for _name, _starts_at, ends_at, _cancelled in known):
        known = memory.others[found.occurrence_id] = facts.other_dates(found, now)
    return known


def noted(what: str, number: int, revision: int, read: Callable[[], Found]) -> Found:
    """What `read` found about the date with this id, as long as the revision is the same; for rooms over this one."""
    known = _memory(revision).noted
    if (what, number) not in known:
        known[what, number] = read()
    return known[what, number]  # type: ignore[return-value]


def _read(number: int | str, language: str) -> OccurrenceFacts | None:
    if isinstance(number, str):
        return facts.occurrence(number, language)
    return next(iter(facts.occurrences([number], language)), None)
