"""Addresses that are read on a timetable: when each is due, what came of it, and when to stop asking."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update

from engage.activities.importing import fetching
from engage.activities.importing.events import CannotRead, Note
from engage.activities.importing.models import FeedState, ImportRun, ImportSource, RunState
from engage.base.db import db
from engage.base.errors import Refusal
from engage.base.i18n import LazyText, ngettext
from engage.base.i18n import lazy_gettext as _l

# After so many readings in a row that failed, a person has to look at it.
MOST_FAILURES = 5
# A worker that was stopped in the middle leaves its feed to the next one after this.
_HELD_FOR = timedelta(minutes=10)
EVERY_HOURS = (1, 6, 24, 168)
MOST_FEEDS = 20


class AddressRefused(Refusal):
    """Nothing can be read at this address; the message is the reason."""

    code = "address_refused"

    def __init__(self, note: Note) -> None:
        super().__init__()
        from engage.activities.importing import wording  # the words are needed only to be read

        self.note = note
        self.message = LazyText(wording.reason, note)


class TooManyFeeds(Refusal):
    """The organisation has as many feeds as it may."""

    code = "too_many_feeds"
    message = _l("You have %(most)s feeds already. Remove one that is not needed any more.")


class FeedNameTaken(Refusal):
    """Another address is read under this name; what came from it would be taken for what the new one gives."""

    code = "feed_name_taken"
    message = _l("You have a calendar called %(name)s already. Choose another name, or pause that one first.")


@dataclass(frozen=True, slots=True)
class Due:
    """A feed that is to be read now, as values: the wire is used outside of any transaction."""

    source_id: int
    url: str
    asked: fetching.Asked


def start(source: ImportSource, url: str, every_hours: int, *, now: datetime) -> None:
    """Let a source be read from an address, the first time at once; one that is paused may get another address.

    Refuses with `AddressRefused`, `FeedNameTaken` or `TooManyFeeds`.
    """
    try:
        address = fetching.checked(url)
    except CannotRead as error:
        raise AddressRefused(error.note) from error
    if source.feed == FeedState.ACTIVE and source.url != address:
        raise FeedNameTaken(name=source.name)
    source.url = address
    mine = (ImportSource.organisation_id == source.organisation_id) & (ImportSource.feed != FeedState.NONE)
    others = db.session.scalars(select(ImportSource.id).where(mine, ImportSource.id != source.id)).all()
    if len(others) >= MOST_FEEDS:
        raise TooManyFeeds(most=MOST_FEEDS)
    source.every_hours = every_hours if every_hours in EVERY_HOURS else 24
    source.etag = source.last_modified = ""
    resume(source, now=now)


def resume(source: ImportSource, *, now: datetime) -> None:
    """Read it as soon as a worker comes by, and from then on as its timetable says."""
    source.feed, source.next_at, source.failures, source.problem = FeedState.ACTIVE, now, 0, {}
    db.session.flush()


def pause(source: ImportSource) -> None:
    """Ask no more until somebody says so."""
    source.feed, source.next_at = FeedState.PAUSED, None
    db.session.flush()


def stop(source: ImportSource) -> None:
    """Let it be a source of files again; what came from it stays."""
    source.feed, source.next_at, source.url, source.problem = FeedState.NONE, None, "", {}
    db.session.flush()


def due(now: datetime) -> list[int]:
    """The feeds to be read now, the one that has waited longest first."""
    ready = (ImportSource.feed == FeedState.ACTIVE) & (ImportSource.next_at <= now)
    return list(db.session.scalars(select(ImportSource.id).where(ready).order_by(ImportSource.next_at)))


def claim(source_id: int, now: datetime) -> Due | None:
    """Take a feed for this worker, or None when another one has. One statement, so that only one can.

    It is asked whether anything is new only when what it gave is known here: brought in, or waiting for a person.
    """
    ready = (ImportSource.feed == FeedState.ACTIVE) & (ImportSource.next_at <= now)
    row = db.session.execute(
        update(ImportSource)
        .where(ImportSource.id == source_id, ready)
        .values(next_at=now + _HELD_FOR)
        .returning(ImportSource.url, ImportSource.etag, ImportSource.last_modified)
    ).first()
    if row is None:
        return None
    source = db.session.get_one(ImportSource, source_id)
    known = is_trusted_to_run(source) or waiting_run(source) is not None
    return Due(source_id, row[0], fetching.Asked(row[1], row[2]) if known else fetching.Asked())


def still_wanted(due: Due) -> ImportSource | None:
    """The feed, locked; None when somebody paused, stopped or changed it while it was read."""
    source = db.session.get(ImportSource, due.source_id, with_for_update=True, populate_existing=True)
    return source if source and source.feed == FeedState.ACTIVE and source.url == due.url else None


def succeeded(source: ImportSource, fetched: fetching.Fetched, *, now: datetime) -> None:
    """It answered: ask again when its timetable says, with what it gave to ask with."""
    if fetched.content is not None:
        source.etag, source.last_modified = fetched.etag, fetched.last_modified
    source.failures, source.problem, source.checked_at = 0, {}, now
    source.next_at = now + timedelta(hours=source.every_hours)
    db.session.flush()


def needs_a_look(source: ImportSource, note: Note) -> None:
    """It answered with something a person has to look at first; it is asked again as its timetable says."""
    source.problem = {"code": note.code, "facts": dict(note.facts)}
    db.session.flush()


def failed(source: ImportSource, note: Note, *, now: datetime) -> None:
    """It did not: keep the reason, wait longer each time, and pause it after `MOST_FAILURES`."""
    source.failures += 1
    source.problem = {"code": note.code, "facts": dict(note.facts)}
    source.checked_at = now
    source.next_at = now + min(timedelta(hours=source.every_hours), timedelta(hours=2**source.failures))
    # What was fetched may be what could not be read: the next answer must not be "nothing is new".
    source.etag = source.last_modified = ""
    if source.failures >= MOST_FAILURES:
        pause(source)
    db.session.flush()


def of_organisation(organisation_id: int) -> list[ImportSource]:
    """The organisation's feeds, by name."""
    mine = (ImportSource.organisation_id == organisation_id) & (ImportSource.feed != FeedState.NONE)
    return list(db.session.scalars(select(ImportSource).where(mine).order_by(ImportSource.name)))


def waiting_run(source: ImportSource) -> ImportRun | None:
    """The reading a person has to look at before the feed goes on by itself, or None."""
    mine = (ImportRun.source_id == source.id) & (ImportRun.state == RunState.PLANNED)
    return db.session.scalar(select(ImportRun).where(mine).order_by(ImportRun.id.desc()).limit(1))


def is_trusted_to_run(source: ImportSource) -> bool:
    """Whether a person has carried out a reading of this address, so that later ones need none.

    What was taken back last would come again with the next reading, so that a person looks at that one first.
    """
    settled = func.coalesce(ImportRun.undone_at, ImportRun.applied_at)
    mine = (ImportRun.source_id == source.id) & (ImportRun.filename == named(source)) & settled.is_not(None)
    latest = select(ImportRun.state).where(mine).order_by(settled.desc(), ImportRun.id.desc()).limit(1)
    return db.session.scalar(latest) == RunState.APPLIED


def named(source: ImportSource) -> str:
    """What a reading of the feed's address has in place of a file's name."""
    return source.url[-200:]


def every(hours: int) -> str:
    """A timetable in words."""
    if hours % 24 == 0:
        return ngettext("every day", "every %(number)s days", hours // 24)
    return ngettext("every hour", "every %(number)s hours", hours)
