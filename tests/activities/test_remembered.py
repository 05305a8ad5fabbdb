"""Dates as each process keeps them: what many have in common is there once, and stays what it is."""

from dataclasses import fields

import pytest

from engage.activities import facts, remembered
from engage.activities.models import Kind
from engage.base import revisions
from tests.town import Town


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
