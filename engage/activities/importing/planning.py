"""What an import would do: each event compared with what its source said last, and with what stands here now.

It only looks. What is decided here is done by `registrations.importing`, because dates may have guests.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from engage.activities.importing import fields
from engage.activities.importing.events import ImportedEvent, Note, Reading, Skipped
from engage.activities.importing.models import ImportItem, ImportSource
from engage.activities.models import Activity, ActivityState, Occurrence, OccurrenceState
from engage.base.db import db


class Verdict(StrEnum):
    """What becomes of a row."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    LEFT_OUT = "left_out"
    UNREADABLE = "unreadable"
    VANISHED = "vanished"


@dataclass(slots=True)
class Step:
    """One date of one event: what is said of it, what we have of it, and what shall be done.

    `changed` are the fields to be written (of the activity and of the date), `kept` those somebody here changed by hand.
    `blocked` tells that the date can only stay as it is, so that what the source says now is still to be done.
    """

    event: ImportedEvent
    verdict: Verdict
    main: ImportItem | None = None
    item: ImportItem | None = None
    changed: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    blocked: bool = False


@dataclass(slots=True)
class Plan:
    """All steps in the order of the file, what was skipped, and known dates that are no longer in the source."""

    language: str
    steps: list[Step]
    skipped: tuple[Skipped, ...]
    vanished: list[ImportItem]


def plan(source: ImportSource, reading: Reading, *, first: datetime, now: datetime) -> Plan:
    """Compare a reading with what this source gave before. `first` is when dates begin to count."""
    language = source.language or fields.guessed_language(reading.events)
    known = _known(source)
    groups: dict[str, list[ImportedEvent]] = defaultdict(list)
    for event in reading.events:
        groups[event.external_id].append(event)
    steps: list[Step] = []
    seen: set[int] = set()
    for external_id, events in groups.items():
        items = known.get(external_id, {})
        pairs = matched(events, items)
        seen |= {item.id for item in pairs.values() if item}
        steps += _steps(events, pairs, items.get(""), language, first, now)
    steps.sort(key=lambda step: (step.event.position, step.event.starts_at))
    vanished = [] if source.feed != "none" and not reading.events else _vanished(known, seen, now)
    return Plan(language, steps, reading.skipped, vanished)


def _known(source: ImportSource) -> dict[str, dict[str, ImportItem]]:
    """What this source gave before: external id -> recurrence id -> item."""
    if source.id is None:
        return {}
    query = select(ImportItem).where(ImportItem.source_id == source.id)
    query = query.options(
        selectinload(ImportItem.activity).selectinload(Activity.texts),
        selectinload(ImportItem.occurrence).selectinload(Occurrence.pool),
        selectinload(ImportItem.occurrence).selectinload(Occurrence.place),
    )
    found: dict[str, dict[str, ImportItem]] = defaultdict(dict)
    for item in db.session.scalars(query):
        found[item.external_id][item.recurrence_id] = item
    return found


def matched(events: list[ImportedEvent], items: Mapping[str, ImportItem]) -> dict[int, ImportItem | None]:
    """Which item each event (by its place in the list) is: by its own name, else the same start, else the same day.

    A whole series that moves by an hour names all its dates anew, and a single date that becomes a series, or a series that
    becomes one, changes its name too.
    """
    free = {name: item for name, item in items.items() if item.dated}
    found: dict[int, ImportItem | None] = {
        number: free.pop(event.recurrence_id, None) for number, event in enumerate(events)
    }
    for same in (lambda event: event.starts_at.astimezone(UTC).isoformat(), _local_day):
        by_time = {_told_time(item, same): name for name, item in free.items()}
        for number, event in enumerate(events):
            if found[number] is None and (name := by_time.pop(same(event), None)) is not None:
                found[number] = free.pop(name)
    return found


def _local_day(event: ImportedEvent) -> str:
    return event.starts_at.astimezone(ZoneInfo(event.zone)).date().isoformat()


def _told_time(item: ImportItem, same: Any) -> str:
    start, zone = item.told.get("starts_at", ""), item.told.get("zone", "UTC")
    if not start or same is not _local_day:
        return str(start)
    return datetime.fromisoformat(start).astimezone(ZoneInfo(zone)).date().isoformat()


def _steps(
    events: list[ImportedEvent],
    pairs: Mapping[int, ImportItem | None],
    main: ImportItem | None,
    language: str,
    first: datetime,
    now: datetime,
) -> list[Step]:
    # The activity's own words are those of the entry the series began with, not of one date that was changed.
    speaker = min(events, key=lambda event: event.position)
    made = []
    for number, event in enumerate(events):
        step = _step(event, main, pairs[number], first, now)
        if event.title != speaker.title and len(events) > 1:
            step.notes.append(Note("own_words"))
        made.append(step)
    if main is not None and main.activity is not None:
        _activity_changes(made, main, speaker, language)
    return made


def _step(
    event: ImportedEvent, main: ImportItem | None, item: ImportItem | None, first: datetime, now: datetime
) -> Step:
    step = Step(event, Verdict.NEW, main, item, notes=list(event.notes))
    if item is None:
        if main is not None and main.activity is None:
            return _left_out(step, "deleted_here")
        if event.cancelled:
            return _left_out(step, "cancelled_unknown")
        return _left_out(step, "over") if event.ends_at <= first else step
    if item.occurrence is None:
        return _left_out(step, "deleted_here")
    return _compared(step, item, item.occurrence, now)


def _left_out(step: Step, code: str) -> Step:
    step.verdict, step.notes = Verdict.LEFT_OUT, [Note(code)]
    return step


def _blocked(step: Step, code: str) -> Step:
    step.blocked = True
    step.notes.append(Note(code))
    return step


def _compared(step: Step, item: ImportItem, occurrence: Occurrence, now: datetime) -> Step:
    """A date we have: what the source changed since, and what somebody here did."""
    step.verdict = Verdict.UNCHANGED
    said, here = fields.of_date(step.event), fields.of_occurrence(occurrence)
    changed, kept = _differences(item.told, said, here)
    if occurrence.state == OccurrenceState.CANCELLED:
        return step if step.event.cancelled else _blocked(step, "called_off_here")
    if changed and occurrence.starts_at <= now:
        return _blocked(step, "begun_already")
    if "starts_at" in changed and step.event.starts_at <= now:
        return _blocked(step, "moved_into_past")
    step.changed, step.kept = changed, kept
    if changed:
        step.verdict = Verdict.CHANGED
        pool = occurrence.pool
        if pool.occupied + pool.waiting and set(changed) - {"capacity"}:
            step.notes.append(Note("guests_told"))
    return step


def _activity_changes(steps: list[Step], main: ImportItem, speaker: ImportedEvent, language: str) -> None:
    """Changes to the words and the price are told once, at the entry that speaks for the event."""
    activity = main.activity
    assert activity is not None
    step = next(each for each in steps if each.event is speaker)
    changed, kept = _differences(main.told, fields.of_event(speaker, language), fields.of_activity(activity))
    step.kept += kept
    if changed and step.verdict in {Verdict.UNCHANGED, Verdict.CHANGED, Verdict.NEW}:
        step.changed = [*changed, *step.changed]
        if step.verdict is Verdict.UNCHANGED:
            step.verdict = Verdict.CHANGED
        if activity.state == ActivityState.IN_REVIEW:
            step.notes.append(Note("in_review"))


def _differences(
    told: Mapping[str, Any], said: Mapping[str, Any], here: Mapping[str, Any]
) -> tuple[list[str], list[str]]:
    """(what to write, what somebody changed by hand and keeps), of what the source says otherwise than the last time.

    What the source never spoke of and does not now is not its business; what reads the same here already needs no writing.
    """
    changed: list[str] = []
    kept: list[str] = []
    for name, value in said.items():
        before = told.get(name, fields.UNSAID)
        now_here = here.get(name, fields.UNSAID)
        if value in (before, now_here) or (before == fields.UNSAID and value == fields.UNSAID):
            continue
        (changed if now_here == before else kept).append(name)
    return changed, kept


def _vanished(known: Mapping[str, Mapping[str, ImportItem]], seen: Iterable[int], now: datetime) -> list[ImportItem]:
    """Coming dates of this source that it no longer has."""
    gone = [
        item
        for items in known.values()
        for item in items.values()
        if item.id not in seen
        and item.occurrence is not None
        and item.occurrence.starts_at > now
        and item.occurrence.state == OccurrenceState.SCHEDULED
    ]
    return sorted(gone, key=lambda item: item.occurrence.starts_at if item.occurrence else now)
