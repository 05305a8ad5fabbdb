"""The finder against a second, simple one: on random towns the hits and every count must be the same."""

import random
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from engage.activities.calendar import FACETS, Filters, find
from engage.activities.models import Kind, OccurrenceState
from engage.base.db import db
from tests.conftest import NOW
from tests.town import Town

ZONE = ZoneInfo("Europe/Copenhagen")
DIMENSIONS = ["environmental", "social", "cultural", "economic"]
AUDIENCES = ["children", "youth", "adults", "families", "seniors"]
TOWNS = ["Broager", "Nordborg", "Gråsten"]


@dataclass
class Known:
    """What the simple finder knows of a date."""

    occurrence_id: int
    activity_id: int
    starts_at: datetime
    ends_at: datetime
    cancelled: bool
    values: dict[str, set[str]]


def build(town: Town, chance: random.Random) -> list[Known]:
    """Some thirty activities with up to four dates each, spread over six weeks around now."""
    organisation, places = town.organisation(), [town.place(town=name) for name in TOWNS]
    known = []
    for number in range(30):
        facts = {
            "dimensions": chance.sample(DIMENSIONS, chance.randint(1, 3)),
            "sdgs": chance.sample(range(1, 18), chance.randint(1, 4)),
            "key_features": chance.sample(["kf-a", "kf-b", "kf-c"], chance.randint(0, 2)),
            "kind": chance.choice(list(Kind)),
            "audiences": chance.sample(AUDIENCES, chance.randint(1, 3)),
            "price": chance.choice([0, 0, 2500]),
            "spoken_languages": chance.sample(["da", "de", "en"], chance.randint(1, 2)),
        }
        activity = town.activity(f"Nr {number}", organisation=organisation, **facts)
        for _date in range(chance.randint(1, 4)):
            where = chance.choice([*places, None])
            starts_at = NOW + timedelta(hours=chance.randint(-14 * 24, 28 * 24))
            hours = chance.choice([1, 2, 30, 200])
            date_ = town.occurrence(
                activity,
                starts_at=starts_at,
                hours=hours,
                **({"place": where} if where else {"online_url": "https://x.example.org"}),
            )
            cancelled = chance.random() < 0.15
            if cancelled:
                date_.state = OccurrenceState.CANCELLED
            values = {
                "dimension": set(facts["dimensions"]),
                "goal": {str(each) for each in facts["sdgs"]},
                "feature": set(facts["key_features"]),
                "kind": {facts["kind"].value},
                "audience": set(facts["audiences"]),
                "free": {"1"} if facts["price"] == 0 else set(),
                "spoken": set(facts["spoken_languages"]),
                "town": {where.town if where else "online"},
            }
            known.append(Known(date_.id, activity.id, starts_at, date_.ends_at, cancelled, values))
    db.session.commit()
    return known


def fits(date_: Known, filters: Filters) -> bool:
    first = NOW if filters.first is None else max(NOW, datetime.combine(filters.first, time(), ZONE))
    last = None if filters.last is None else datetime.combine(filters.last + timedelta(days=1), time(), ZONE)
    in_time = date_.ends_at > first and (last is None or date_.starts_at < last)
    return in_time and all(not wanted or wanted & date_.values[facet] for facet, wanted in filters.chosen.items())


def simple(known: list[Known], filters: Filters) -> list[tuple[int, int]]:
    """(date shown, further ones) of each activity, in order."""
    by_activity: dict[int, list[Known]] = {}
    for date_ in sorted(known, key=lambda each: (each.starts_at, each.occurrence_id)):
        if fits(date_, filters):
            by_activity.setdefault(date_.activity_id, []).append(date_)
    shown = []
    for dates in by_activity.values():
        standing = [each for each in dates if not each.cancelled]
        first = (standing or dates)[0]
        shown.append((first.starts_at, first.occurrence_id, max(0, len(standing) - 1)))
    return [(occurrence_id, more) for _starts_at, occurrence_id, more in sorted(shown)]


def random_filters(chance: random.Random, known: list[Known], *, narrow: bool = False) -> Filters:
    chosen = {}
    for facet in chance.sample(FACETS, 4 if narrow else chance.choice([0, 1, 1, 2, 3])):
        values = sorted({value for date_ in known for value in date_.values[facet]})
        chosen[facet] = frozenset(chance.sample(values, 1 if narrow else min(len(values), chance.randint(1, 2))))
    first = date(2026, 3, 4) + timedelta(days=chance.randint(-10, 20)) if chance.random() < 0.4 else None
    last = (first or date(2026, 3, 4)) + timedelta(days=chance.randint(0, 12)) if chance.random() < 0.5 else None
    return Filters(first=first, last=last, chosen=chosen)


@pytest.mark.parametrize("seed", range(4))
def test_hits_and_counts_are_those_of_a_simple_finder(app: Flask, seed: int) -> None:
    chance = random.Random(seed)
    known = build(Town(NOW), chance)
    for _try in range(40):
        filters = random_filters(chance, known)
        found = find(filters, now=NOW, zone=ZONE, per_page=1000)
        assert [(hit.occurrence_id, hit.more) for hit in found.hits] == simple(known, filters), filters
        assert found.total == len(found.hits)
        for facet in FACETS:
            for value, count in found.counts[facet].items():
                alone = Filters(
                    first=filters.first, last=filters.last, chosen={**filters.chosen, facet: frozenset({value})}
                )
                assert count == len(simple(known, alone)), (filters, facet, value)


@pytest.mark.parametrize("seed", range(2))
def test_every_loosening_finds_as_many_as_it_says(app: Flask, seed: int) -> None:
    chance = random.Random(100 + seed)
    known = build(Town(NOW), chance)
    loosened = 0
    for _try in range(60):
        filters = random_filters(chance, known, narrow=True)
        for each in find(filters, now=NOW, zone=ZONE).loosenings:
            wider = Filters(chosen=filters.chosen) if each.what == "dates" else filters.without(each.what)
            assert each.count == len(simple(known, wider)) > 0
            loosened += 1
    assert loosened, "a test that never came to an empty list would prove nothing"
