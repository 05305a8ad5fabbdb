"""An organisation that imports, and short ways to bring a file in and to take it back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from engage.accounts import Organisation
from engage.activities.importing import runs
from engage.activities.importing.events import Options
from engage.activities.importing.models import ImportRun, ImportSource, Then
from engage.activities.importing.reading import files
from engage.activities.models import Activity, ActivityState, Occurrence
from engage.base.db import db, transaction
from engage.registrations import importing
from tests.conftest import NOW
from tests.town import Town


@dataclass
class Importer:
    """One list of events of one organisation, read again and again."""

    organisation: Organisation
    source_id: int
    now: datetime = NOW

    @property
    def source(self) -> ImportSource:
        return db.session.get_one(ImportSource, self.source_id)

    def bring_in(
        self, content: bytes, *, then: Then = Then.REVIEW, first: datetime | None = None, **options: Any
    ) -> ImportRun:
        """Read a file and do what it says."""
        run_id, found = self._read(content, first)
        with transaction():
            importing.apply(run_id, found, then=then, by_id=None, now=self.now, **options)
        return db.session.get_one(ImportRun, run_id)

    def look(self, content: bytes, *, first: datetime | None = None) -> ImportRun:
        """Only look what it would do."""
        run_id, found = self._read(content, first)
        with transaction():
            runs.look(db.session.get_one(ImportRun, run_id), found, now=self.now)
        return db.session.get_one(ImportRun, run_id)

    def _read(self, content: bytes, first: datetime | None) -> tuple[int, Any]:
        since = first or self.now
        with transaction():
            run_id = runs.begin(self.source, content, filename="x", first=since, by_id=None, now=self.now).id
        # In this process: the sandbox has tests of its own, and starting it for each of these would take the longest.
        options = Options("Europe/Copenhagen", since, max(since, self.now) + runs.AHEAD)
        return run_id, files.read(content, options)

    def take_back(self, run: ImportRun) -> ImportRun:
        with transaction():
            return importing.undo(run.id, by_id=None, now=self.now)


def verdicts(run: ImportRun) -> list[str]:
    """What became of each row, in the order of the file."""
    return [row["verdict"] for row in run.rows]


def notes(run: ImportRun) -> set[str]:
    """Everything that was said about the rows, by code."""
    return {note["code"] for row in run.rows for note in row["notes"]}


def activities() -> list[Activity]:
    db.session.expire_all()
    return list(db.session.query(Activity).order_by(Activity.id))


def dates() -> list[Occurrence]:
    db.session.expire_all()
    return list(db.session.query(Occurrence).order_by(Occurrence.starts_at))


def publish_all() -> None:
    """As if staff had approved everything."""
    for activity in activities():
        activity.state, activity.published_at = ActivityState.PUBLISHED, NOW
    db.session.commit()


@pytest.fixture
def importer(town: Town) -> Importer:
    organisation = town.organisation()
    db.session.commit()
    with transaction():
        source = runs.source_named(organisation.id, "Foråret", by_id=None, now=NOW)
        source.audiences = ["adults"]
        source_id = source.id
    return Importer(organisation, source_id)
