"""`engage import`: every event's fate as a line, and nothing kept when it is only tried."""

from pathlib import Path

import pytest

from engage.activities.importing.models import ImportRun, ImportSource
from engage.activities.importing.runs import FileRefused
from engage.activities.models import Activity, ActivityState
from engage.base.db import db
from engage.service.importing import CannotImport, import_file
from tests.activities.importing.files import calendar, entry
from tests.conftest import NOW
from tests.town import Town

pytestmark = pytest.mark.usefixtures("read_here")


@pytest.fixture
def file(tmp_path: Path, town: Town) -> Path:
    town.organisation("Koret")
    db.session.commit()
    path = tmp_path / "foraar.ics"
    weekly = entry(
        "a",
        "Kor",
        "20260310T190000",
        "20260310T210000",
        "RRULE:FREQ=WEEKLY;COUNT=3",
        "LOCATION:Huset",
        "DESCRIPTION:Vi synger om klima.",
    )
    path.write_bytes(calendar(weekly, entry("b", "Udlejet")))
    return path


def test_each_event_is_told_with_its_line_and_its_fate(file: Path) -> None:
    lines = list(import_file(file, organisation="Koret", now=NOW))
    assert [line.split()[0] for line in lines] == ["3", "12", "1"]
    assert "Kor" in lines[0]
    assert "2 more dates" in lines[0]
    assert "Left out" in lines[1]
    assert db.session.query(Activity).count() == 1
    assert db.session.query(ImportSource).one().name == "foraar"


def test_a_dry_run_keeps_nothing(file: Path) -> None:
    assert "New" in next(iter(import_file(file, organisation="Koret", dry_run=True, now=NOW)))
    assert [db.session.query(model).count() for model in (Activity, ImportRun, ImportSource)] == [0, 0, 0]


def test_the_same_file_again_is_unchanged(file: Path) -> None:
    list(import_file(file, organisation="Koret", now=NOW))
    assert "Unchanged" in next(iter(import_file(file, organisation="Koret", now=NOW)))


def test_with_goals_and_audience_it_goes_to_review(file: Path) -> None:
    list(import_file(file, organisation="Koret", audiences=["adults"], take_proposals=True, now=NOW))
    assert db.session.query(Activity).one().state == ActivityState.IN_REVIEW


def test_columns_are_mapped_by_hand_and_wrong_ones_are_told(tmp_path: Path, file: Path) -> None:
    table = tmp_path / "liste.csv"
    table.write_bytes("Hvad;Dag 1\nKor på torvet;10.3.2026\n".encode("windows-1252"))
    with pytest.raises(CannotImport, match="Hvad, Dag 1"):
        list(import_file(table, organisation="Koret", now=NOW))
    with pytest.raises(CannotImport, match="hvad"):
        list(import_file(table, organisation="Koret", mapping=["hvad=Hvad"], now=NOW))
    lines = list(import_file(table, organisation="Koret", mapping=["title=Hvad", "date=Dag 1"], now=NOW))
    assert "Kor på torvet" in lines[0]


def test_an_unknown_organisation_and_a_hostile_file_are_refused_in_words(tmp_path: Path, file: Path) -> None:
    with pytest.raises(CannotImport, match="Ingen"):
        list(import_file(file, organisation="Ingen", now=NOW))
    long = tmp_path / "lang.csv"
    long.write_bytes(b"Titel;Dato\n" + b"x" * 4_000_000)
    with pytest.raises(FileRefused, match="100000"):
        list(import_file(long, organisation="Koret", now=NOW))
