"""Before the processes are forked: the first pages load and remember what they need, change nothing, and let go."""

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy import text

from engage import worker
from engage.app import create_app, load_ahead, rehearse
from engage.base.answerless import answerless
from engage.base.config import Settings
from engage.base.db import db
from engage.outbox import Letter, Status
from tests.activities.test_catalogue import asking
from tests.town import Town
from tests.web.conftest import browser


def rows() -> dict[str, int]:
    """How many rows each table has."""
    names = db.session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
    return {name: db.session.execute(text(f'SELECT count(*) FROM "{name}"')).scalar_one() for name in names}


@pytest.fixture
def rehearsed(app: Flask, settings: Settings, town: Town) -> Flask:
    """An application of its own that rehearsed on a town with one date."""
    town.signed_up(town.occurrence(starts_in=timedelta(days=400)))
    other = create_app(settings)
    before = rows()
    db.session.commit()
    load_ahead(other)
    worker.rehearse(other)
    rehearse(other)
    assert rows() == before
    return other


def test_the_pages_are_there_and_no_connection_is(rehearsed: Flask) -> None:
    paths = [path for path, _language in rehearsed.extensions["engage.pages"]._pages]
    assert paths[0].startswith("/aktiviteter?")
    assert paths[1].startswith("/aktiviteter/")
    with rehearsed.app_context():
        assert db.engine.pool.checkedin() == 0  # type: ignore[attr-defined]
        assert db.engine.pool.checkedout() == 0  # type: ignore[attr-defined]


def test_what_was_rehearsed_is_not_read_again(rehearsed: Flask) -> None:
    with rehearsed.app_context(), asking() as said:
        assert browser(rehearsed).get("/aktiviteter").status_code == 200
        assert len(said) <= 1, said  # whether it is still true
        db.session.remove()
        db.engine.dispose()


def test_letters_that_are_due_wait_for_the_worker(rehearsed: Flask) -> None:
    assert set(db.session.scalars(db.select(Letter.status))) == {Status.PLANNED}


def test_no_job_that_is_rehearsed_breaks(app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    broken: list[str] = []
    noted = SimpleNamespace(exception=lambda _what, job: broken.append(job), info=lambda *_words, **_more: None)
    monkeypatch.setattr(worker, "log", noted)  # a job that breaks says so and the next one is begun
    worker.rehearse(create_app(settings))
    assert broken == []


def test_letters_in_the_hands_of_other_workers_stay_there(app: Flask, town: Town, settings: Settings) -> None:
    town.signed_up(town.occurrence(starts_in=timedelta(days=400)))
    # A worker whose connection was lost a moment ago finds back to its letter.
    db.session.execute(text("UPDATE outbox SET status = 'sending', claimed_at = now(), claimed_by = 12345"))
    db.session.commit()
    before = db.session.execute(text("SELECT * FROM outbox ORDER BY id")).all()
    db.session.commit()
    worker.rehearse(create_app(settings))
    assert before and db.session.execute(text("SELECT * FROM outbox ORDER BY id")).all() == before


def test_what_is_only_worded_finds_nothing_and_changes_nothing(app: Flask, town: Town) -> None:
    town.signed_up(town.occurrence(starts_in=timedelta(days=400)))
    whole, some = db.select(Letter), db.select(Letter.id, Letter.status)
    with answerless(db.engine):
        assert db.session.scalars(whole).all() == db.session.execute(some).all() == []
        assert db.session.scalar(text("SELECT count(*) FROM outbox")) is None
        db.session.execute(db.delete(Letter))
        db.session.commit()
    assert db.session.execute(some).all()


def test_each_job_that_is_only_worded_finds_nothing_to_do(rehearsed: Flask) -> None:
    with answerless(db.engine):
        assert [job(worker._LONG_AGO) for job in worker._ONLY_WORDED] == [0] * len(worker._ONLY_WORDED)


def test_without_a_database_nothing_is_rehearsed_and_nothing_breaks(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    away = create_app(replace(settings, database_url="postgresql+psycopg://nobody@127.0.0.1:1/nothing"))
    rehearse(away)
    assert "Traceback" not in capsys.readouterr().err
    assert "engage.pages" not in away.extensions


def test_templates_are_compiled_once_for_many_starts(
    settings: Settings, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_ahead(create_app(settings))
    again = create_app(settings)

    def compiled(*_arguments: object, **_more: object) -> None:
        raise AssertionError("it was compiled before")

    monkeypatch.setattr(again.jinja_env, "compile", compiled)
    load_ahead(again)
