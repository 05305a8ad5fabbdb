"""The job that reads feeds: fetch, read, and bring in what is new. The first reading waits for a person to look at it."""

from collections.abc import Callable
from datetime import datetime

import structlog

from engage.activities.importing import feeds, fetching, runs
from engage.activities.importing.events import CannotRead, Note, Reading
from engage.activities.importing.feeds import Due
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
        _ask(claimed, fetch, now)
    except CannotRead as error:
        _failed(claimed, error.note, now)
    except runs.FileRefused as refusal:
        _failed(claimed, refusal.note, now)
    except Exception:  # one feed nobody was prepared for must neither keep the others waiting nor go on in silence
        log.exception("feed_broke", source=source_id)
        _failed(claimed, Note("unreadable"), now)
    return True


def _ask(claimed: Due, fetch: Fetch, now: datetime) -> None:
    fetched = fetch(claimed.url, claimed.asked)
    if fetched.content is not None:
        _bring_in(claimed, fetched, fetched.content, now)
        return
    with transaction():
        if (source := feeds.still_wanted(claimed)) is not None:
            feeds.succeeded(source, fetched, now=now)


def _failed(claimed: Due, note: Note, now: datetime) -> None:
    log.info("feed_failed", source=claimed.source_id, reason=note.code)
    with transaction():
        if (source := feeds.still_wanted(claimed)) is not None:
            feeds.failed(source, note, now=now)


def _bring_in(claimed: Due, fetched: Fetched, content: bytes, now: datetime) -> None:
    with transaction():
        mapping = dict(db.session.get_one(ImportSource, claimed.source_id).mapping)
    found = runs.read(content, mapping, now, now)
    with transaction():
        if (source := feeds.still_wanted(claimed)) is None:
            return
        run = _run(source, content, now)
        runs.look(run, found, now=now)
        source.mapping = source.mapping or dict(found.mapping)  # as it was guessed, until somebody chooses otherwise
        lost = runs.is_lost(found)
        if feeds.is_trusted_to_run(source) and not lost:
            _apply(run, found, now)
        feeds.succeeded(source, fetched, now=now)
        if lost:  # it waits for a person to say where things stand now
            feeds.needs_a_look(source, Note("columns_missing"))


def _run(source: ImportSource, content: bytes, now: datetime) -> ImportRun:
    """The run for this reading: the one that still waits for a person gets the newest content."""
    if (waiting := feeds.waiting_run(source)) is not None:
        waiting.content, waiting.created_at, waiting.first_at = content, now, now
        waiting.filename = feeds.named(source)
        return waiting
    return runs.begin(source, content, filename=feeds.named(source), first=now, by_id=None, now=now)


def _apply(run: ImportRun, found: Reading, now: datetime) -> None:
    """Bring in what is new. A reading that changes nothing leaves no trace but the time it was made."""
    if not (run.counts["new"] or run.counts["changed"]):
        db.session.delete(run)
        return
    importing.apply(run.id, found, then=run.source.then, by_id=None, now=now)
