"""Dates as each process keeps them: what many have in common is there once, and stays what it is."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from typing import Any

import psycopg
import pytest

from engage.activities import facts, remembered
from engage.activities.models import Kind
from engage.base import revisions
from engage.base.db import db
from tests.town import Town


@contextmanager
def listening(asked: list[str]) -> Iterator[None]:
    """What the driver is asked."""
    execute = psycopg.Cursor.execute

    def heard(cursor: Any, query: Any, *given: Any, **named: Any) -> Any:
        asked.append(str(query))
        return execute(cursor, query, *given, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(psycopg.Cursor, "execute", heard)
        yield


def _kept(public_id: str) -> facts.OccurrenceFacts:
    found = remembered.date(public_id, "da", revisions.number("activities"))
    assert found is not None
    return found


def test_what_dates_have_in_common_is_kept_once(town: Town) -> None:
    activity = town.activity("Klimacafé")
    ids = [town.occurrence(activity).public_id for _number in range(2)]
    one, other = (_kept(public_id) for public_id in ids)
    assert one.occurrence != other.occurrence
    for name in ("title", "body", "place", "organisation", "spoken_languages", "sdgs", "accessibility"):
        assert getattr(one, name) is getattr(other, name), name


def test_a_date_is_kept_as_it_was_read(town: Town) -> None:
    # One title reads like the name of a kind: neither may take the other's place.
    ids = [town.occurrence(town.activity(title)).public_id for title in ("Klimacafé", str(Kind.LEARNING))]
    for public_id in ids:
        kept, read = _kept(public_id), facts.occurrence(public_id, "da")
        assert kept == read
        for each in fields(kept):
            assert type(getattr(kept, each.name)) is type(getattr(read, each.name)), each.name


def test_who_opened_the_page_finds_the_date_by_its_id_without_asking_again(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = _kept(town.occurrence().public_id)
    monkeypatch.delattr(facts, "occurrences")
    assert remembered.date(kept.occurrence_id, "da", revisions.number("activities")) is kept


def test_dates_are_read_once_and_are_what_they_would_be_if_they_were_read_again(town: Town) -> None:
    activity = town.activity("Klimacafé")
    first, second = town.occurrence(activity, capacity=4), town.occurrence(activity)
    ids = [second.id, first.id, 0]
    asked: list[str] = []
    with listening(asked):
        for _time in range(2):
            assert remembered.occurrences(ids, "da") == facts.occurrences(ids, "da")
    assert len([each for each in asked if "activity_text" in each]) == 3, "once for us, twice for the facts themselves"
    town.signed_up(first, seats=3)
    assert remembered.occurrences([first.id], "da")[0].seats.occupied == 3, "seats are never remembered"
    activity.texts[0].title = "Vandcafé"
    db.session.flush()
    assert [each.title for each in remembered.occurrences(ids, "da")] == ["Vandcafé", "Vandcafé"]
    found = remembered.occurrence(first.public_id, "da")
    assert found is not None and (found.title, found.seats.occupied) == ("Vandcafé", 3)
    assert remembered.occurrences([], "da") == remembered.occurrences([0], "da") == []
    assert remembered.occurrence("gibtsnicht", "da") is None
