"""The job that reads feeds: fetch, read, and bring in what is new. The first reading waits for a person to look at it."""

from collections.abc import Callable
from datetime import datetime

import structlog

from engage.activities.importing import feeds, fetching, runs
from engage.activities.importing.events import CannotRead, Note, Reading
from engage.activities.importing.fetching import Asked, Fetched
from engage.activities.importing.models import ImportRun, ImportSource
from engage.base.db import db, transaction
from engage.registrations import importing

log = structlog.get_logger(__name__)

Fetch = Callable[[str, Asked], Fetched]


def read_due(now: datetime, fetch: Fetch = fetching.fetch) -> int:
    """Read every feed that is due; returns how many. May run twice at once: each feed is claimed by one."""
    ids = feeds.due(now)
    db.session.rollback()  # nothing is held while waiting for the wire
    return sum(_read(source_id, now, fetch) for source_id in ids)


def _read(source_id: int, now: datetime, fetch: Fetch) -> bool:
    with transaction():
        claimed = feeds.claim(source_id, now)
    if claimed is None:
        return False
    try:
        fetched = fetch(claimed.url, claimed.asked)
        if fetched.content is None:
            with transaction():
                feeds.succeeded(db.session.get_one(ImportSource, source_id), fetched, now=now)
            return True
        _bring_in(source_id, fetched, now)
    except CannotRead as error:
        _failed(source_id, error.note, now)
    except runs.FileRefused as refusal:
        _failed(source_id, refusal.note, now)
    return True


def _failed(source_id: int, note: Note, now: datetime) -> None:
    log.info("feed_failed", source=source_id, reason=note.code)
    with transaction():
        feeds.failed(db.session.get_one(ImportSource, source_id), note, now=now)


def _bring_in(source_id: int, fetched: Fetched, now: datetime) -> None:
    assert fetched.content is not None
    with transaction():
        mapping = dict(db.session.get_one(ImportSource, source_id).mapping)
    found = runs.read(fetched.content, mapping, now, now)
    with transaction():
        source = db.session.get_one(ImportSource, source_id, with_for_update=True)
        run = _run(source, fetched.content, now)
        runs.look(run, found, now=now)
        if feeds.is_trusted_to_run(source):
            _apply(run, found, now)
        feeds.succeeded(source, fetched, now=now)


def _run(source: ImportSource, content: bytes, now: datetime) -> ImportRun:
    """The run for this reading: the one that still waits for a person gets the newest content."""
    if (waiting := feeds.waiting_run(source)) is not None:
        waiting.content, waiting.created_at, waiting.first_at = content, now, now
        return waiting
    return runs.begin(source, content, filename=source.url, first=now, by_id=None, now=now)


def _apply(run: ImportRun, found: Reading, now: datetime) -> None:
    """Bring in what is new. A reading that changes nothing leaves no trace but the time it was made."""
    if not (run.counts["new"] or run.counts["changed"]):
        db.session.delete(run)
        return
    importing.apply(run.id, found, then=run.source.then, by_id=None, now=now)
