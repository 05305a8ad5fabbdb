"""One import from its file to its table of verdicts: begun, read, looked at. What it does then stands in `registrations`."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, exists, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import undefer

from engage.activities.importing import planning, sandbox, wording
from engage.activities.importing.events import CannotRead, Note, Options, Reading
from engage.activities.importing.models import FeedState, ImportItem, ImportRun, ImportSource, RunState
from engage.activities.importing.planning import Plan, Step, Verdict
from engage.activities.importing.reading import kinds, mapping
from engage.base.config import current_settings
from engage.base.db import db, savepoint
from engage.base.errors import Refusal
from engage.base.i18n import LazyText
from engage.base.identifiers import public_id

# How far ahead the dates of a series are taken (behaviour C4: a horizon of twelve months).
AHEAD = timedelta(days=366)
# A file that was looked at and not brought in is forgotten after this.
KEEP_CONTENT = timedelta(days=1)
# What a file said row by row is for looking after an import for some weeks; what became of it stays with the activities.
KEEP_ROWS = timedelta(days=90)
_OVER = (RunState.APPLIED, RunState.UNDONE)


class FileRefused(Refusal):
    """The file as a whole cannot be brought in; the message is the reason."""

    code = "file_refused"

    def __init__(self, note: Note) -> None:
        super().__init__()
        self.note = note
        self.message = LazyText(wording.reason, note)


def source_named(organisation_id: int, name: str, *, by_id: int | None, now: datetime) -> ImportSource:
    """The organisation's source with this name, made if there is none."""
    name = " ".join(name.split())[:120] or "import"
    query = select(ImportSource).where(ImportSource.organisation_id == organisation_id, ImportSource.name == name)
    if (found := db.session.scalar(query)) is not None:
        return found
    made = ImportSource(
        public_id=public_id(), organisation_id=organisation_id, name=name, created_by_id=by_id, created_at=now
    )
    made.mapping, made.audiences, made.problem = {}, [], {}
    try:
        with savepoint():
            db.session.add(made)
            db.session.flush()
    except IntegrityError:
        return db.session.scalars(query).one()  # somebody was faster; the unique name lets one of them in
    return made


def sources(organisation_id: int) -> list[ImportSource]:
    """The organisation's sources, by name."""
    mine = select(ImportSource).where(ImportSource.organisation_id == organisation_id)
    return list(db.session.scalars(mine.order_by(ImportSource.name)))


def begin(
    source: ImportSource, content: bytes, *, filename: str, first: datetime, by_id: int | None, now: datetime
) -> ImportRun:
    """A run that has its file and knows nothing of it yet. Raises `FileRefused` when it is none of ours at first sight."""
    if len(content) > sandbox.LARGEST_FILE:
        raise FileRefused(Note("too_large", {"megabytes": sandbox.LARGEST_FILE // 1024 // 1024}))
    try:
        kind = kinds.sniff(content)
    except CannotRead as error:
        raise FileRefused(error.note) from error
    run = ImportRun(
        public_id=public_id(),
        source_id=source.id,
        source=source,
        by_id=by_id,
        state=RunState.PLANNED,
        format=kind,
        filename=filename[-200:],
        content=content,
        first_at=first,
        lists=[],
        columns=[],
        rows=[],
        notes=[],
        counts={},
        undone={},
        created_at=now,
    )
    db.session.add(run)
    db.session.flush()
    return run


def read(content: bytes, chosen: Mapping[str, str], first: datetime, now: datetime) -> Reading:
    """Read a file apart from everything else, which may take two seconds: not to be called inside a transaction.

    Raises `FileRefused`.
    """
    options = Options(
        zone=current_settings().city.zone.key,
        first=first,
        until=max(first, now) + AHEAD,
        mapping=dict(chosen) or None,
    )
    try:
        return sandbox.read(content, options)
    except CannotRead as error:
        raise FileRefused(error.note) from error


def is_lost(found: Reading) -> bool:
    """Whether a person has to say first where the events, their titles and their days stand."""
    moved = any(note.code == "list_not_there" for note in found.notes)
    return moved or (bool(found.columns) and not mapping.complete(found.mapping))


def look(run: ImportRun, found: Reading, *, now: datetime) -> Plan:
    """Compare what was read with what is there, and keep the table of verdicts with the run. Changes nothing else."""
    plan = planning.plan(run.source, found, first=run.first_at, now=now)
    run.lists = [{"path": each.path, "number": each.number, "examples": list(each.examples)} for each in found.lists]
    run.columns = [{"name": name, "example": found.examples.get(name, "")} for name in found.columns]
    run.notes = [_note(note) for note in found.notes]
    run.rows = table(plan)
    run.counts = {"language": plan.language, **counted(run.rows)}
    db.session.flush()
    return plan


def counted(rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """How many rows have each verdict."""
    return {verdict.value: sum(row["verdict"] == verdict for row in rows) for verdict in Verdict}


def table(plan: Plan) -> list[dict[str, Any]]:
    """The verdicts as plain values, one for each row or entry of the source, in its order; what vanished comes last."""
    groups: dict[tuple[int, str], list[Step]] = {}
    for step in plan.steps:
        groups.setdefault((step.event.position, step.event.external_id), []).append(step)
    rows = [_row(steps) for steps in groups.values()]
    rows += [
        {
            "position": each.position,
            "title": each.title,
            "verdict": Verdict.LEFT_OUT if each.left_out else Verdict.UNREADABLE,
            "notes": [_note(each.reason)],
        }
        for each in plan.skipped
    ]
    rows.sort(key=lambda row: row["position"])
    return [*rows, *(_vanished(item) for item in plan.vanished)]


def _row(steps: list[Step]) -> dict[str, Any]:
    """What becomes of an entry, which for a series is many dates."""
    standing = [step for step in steps if step.verdict is not Verdict.LEFT_OUT] or steps
    first = standing[0]
    verdicts = {step.verdict for step in standing}
    new = sum(step.verdict is Verdict.NEW for step in standing)
    changed = list(dict.fromkeys(name for step in standing for name in step.changed))
    known = first.main is not None and first.main.activity is not None
    if Verdict.NEW in verdicts and (known or len(verdicts) > 1):
        verdict, changed = Verdict.CHANGED, [*changed, "dates"]
    elif changed:
        verdict = Verdict.CHANGED
    else:
        verdict = first.verdict
    notes = {(note.code, str(note.facts)): note for step in standing for note in step.notes}
    return {
        "position": first.event.position,
        "title": first.event.title,
        "starts_at": first.event.starts_at.isoformat(),
        "ends_at": first.event.ends_at.isoformat(),
        "zone": first.event.zone,
        "place": first.event.place.name if first.event.place else first.event.online_url,
        "dates": len(standing),
        "new_dates": new,
        "verdict": verdict,
        "changed": changed,
        "kept": list(dict.fromkeys(name for step in standing for name in step.kept)),
        "notes": [_note(note) for note in notes.values()],
        "activity": first.main.activity.public_id if first.main and first.main.activity else "",
    }


def _vanished(item: ImportItem) -> dict[str, Any]:
    occurrence, activity = item.occurrence, item.activity
    assert occurrence is not None
    assert activity is not None
    titles = {text.language: text.title for text in activity.texts}
    return {
        "position": 0,
        "title": next(iter(titles.values()), ""),
        "starts_at": occurrence.starts_at.isoformat(),
        "ends_at": occurrence.ends_at.isoformat(),
        "zone": occurrence.zone,
        "dates": 1,
        "verdict": Verdict.VANISHED,
        "notes": [],
        "activity": activity.public_id,
    }


def _note(note: Note) -> dict[str, Any]:
    return {"code": note.code, "facts": dict(note.facts)}


def content(run: ImportRun) -> bytes:
    """The file of a run that was not applied yet; raises `FileRefused` when it is no longer kept."""
    stored = db.session.scalar(select(ImportRun.content).where(ImportRun.id == run.id))
    if stored is None:
        raise FileRefused(Note("not_kept"))
    return stored


def of_organisation(organisation_id: int, *, limit: int = 50) -> list[ImportRun]:
    """The organisation's latest runs."""
    mine = select(ImportRun).join(ImportSource).where(ImportSource.organisation_id == organisation_id)
    return list(db.session.scalars(mine.order_by(ImportRun.created_at.desc(), ImportRun.id.desc()).limit(limit)))


def by_public_id(name: str, *, with_content: bool = False) -> ImportRun | None:
    """The run with this public id, or None."""
    query = select(ImportRun).where(ImportRun.public_id == name)
    return db.session.scalar(query.options(undefer(ImportRun.content)) if with_content else query)


def expire(now: datetime) -> int:
    """Forget files that were looked at and not brought in, what was read of those that were, after a while, and sources that
    nothing came of. Returns how many runs went.
    """
    old = (ImportRun.state == RunState.PLANNED) & (ImportRun.created_at < now - KEEP_CONTENT)
    awaited = exists().where(ImportSource.id == ImportRun.source_id, ImportSource.feed != FeedState.NONE)
    gone = db.session.execute(delete(ImportRun).where(old, ~awaited))
    left = ImportRun.state.in_(_OVER) & ImportRun.content.is_not(None)
    db.session.execute(update(ImportRun).where(left).values(content=None))
    long_ago = ImportRun.state.in_(_OVER) & (ImportRun.applied_at < now - KEEP_ROWS) & (ImportRun.rows != [])
    db.session.execute(update(ImportRun).where(long_ago).values(rows=[], lists=[], columns=[], notes=[], filename=""))
    empty = (ImportSource.feed == FeedState.NONE) & (ImportSource.created_at < now - KEEP_CONTENT)
    unused = ~exists().where(ImportRun.source_id == ImportSource.id) & ~exists().where(
        ImportItem.source_id == ImportSource.id
    )
    db.session.execute(delete(ImportSource).where(empty, unused))
    return int(gone.rowcount)  # type: ignore[attr-defined]
