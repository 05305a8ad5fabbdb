"""What an import would do: each event compared with what its source said last, and with what stands here now.

It only looks. What is decided here is done by `registrations.importing`, because dates may have guests.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
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
    `title` is what this date alone is called. `blocked` tells that the date can only stay as it is, so that what the source
    says now is still to be done.
    """

    event: ImportedEvent
    verdict: Verdict
    language: str
    title: str = ""
    main: ImportItem | None = None
    item: ImportItem | None = None
    changed: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    blocked: bool = False

    @property
    def said(self) -> dict[str, Any]:
        """What the source says of the date."""
        return fields.of_date(self.event, self.title)


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
    speaker = speaker_of(events)
    made = []
    for number, event in enumerate(events):
        step = Step(event, Verdict.NEW, fields.language_of(event, language), fields.own_title(event, speaker), main)
        step.item, step.notes = pairs[number], list(event.notes)
        _judge(step, first, now)
        if event.position != speaker.position and _text(event) != _text(speaker):
            step.notes.append(Note("own_text"))
        made.append(step)
    if main is not None and main.activity is not None and not speaker.common:
        _activity_changes(made, main, speaker, language)
    return made


def speaker_of(events: Sequence[ImportedEvent]) -> ImportedEvent:
    """Whose words are the activity's own: the entry the series began with, and not one date that was changed.

    Where only changed dates are left to come, the first of them speaks, with the title all have in common.
    """
    first = min([event for event in events if not event.common] or events, key=lambda event: event.position)
    if not first.common:
        return first
    return replace(first, words={code: replace(words, title=first.common) for code, words in first.words.items()})


def _text(event: ImportedEvent) -> tuple[str, str]:
    words = next(iter(event.words.values()))
    return words.summary, words.body


def _judge(step: Step, first: datetime, now: datetime) -> Step:
    if step.item is None:
        if step.main is not None and step.main.activity is None:
            return _left_out(step, "deleted_here")
        if step.event.cancelled:
            return _left_out(step, "cancelled_unknown")
        return _left_out(step, "over") if step.event.ends_at <= first else step
    if step.item.occurrence is None:
        return _left_out(step, "deleted_here")
    return _compared(step, step.item, step.item.occurrence, now)


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
    here = fields.of_occurrence(occurrence, step.language)
    changed, kept = _differences(item.told, step.said, here)
    if occurrence.state == OccurrenceState.CANCELLED:
        if step.event.cancelled:
            return step
        # Who called it off may take it back: the source its own calling-off, somebody here theirs.
        if not item.told.get("cancelled") or occurrence.activity.state == ActivityState.CALLED_OFF:
            return _blocked(step, "called_off_here")
    if changed and occurrence.starts_at <= now:
        return _blocked(step, "begun_already")
    if "starts_at" in changed and step.event.starts_at <= now:
        return _blocked(step, "moved_into_past")
    step.changed, step.kept = changed, kept
    if changed:
        step.verdict = Verdict.CHANGED
        pool = occurrence.pool
        if "cancelled" in changed and not step.event.cancelled:
            step.notes.append(Note("goes_ahead"))
        elif pool.occupied + pool.waiting and set(changed) - {"capacity", "own_title"}:
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
        before = told.get(name, fields.BEFORE_ANYBODY_SAID.get(name, fields.UNSAID))
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
