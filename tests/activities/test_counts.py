"""The finder against a second, simple one: on random towns the hits and every count must be the same."""

import random
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from engage.activities import showing, spans
from engage.activities.calendar import FACETS, Filters, every_date, find
from engage.activities.models import Kind, OccurrenceState
from engage.activities.needs import Lack
from engage.base.db import db
from tests.conftest import NOW
from tests.town import Town

ZONE = ZoneInfo("Europe/Copenhagen")
DIMENSIONS = ["environmental", "social", "cultural", "economic"]
AUDIENCES = ["children", "youth", "adults", "families", "seniors"]
TOWNS = ["Broager", "Nordborg", "Gråsten"]
WORDS = ["Vikinger", "Keramik", "Havdag"]
PARTS = {"morning": range(12), "afternoon": range(12, 17), "evening": range(17, 24)}


@dataclass
class Known:
    """What the simple finder knows of a date."""

    occurrence_id: int
    activity_id: int
    starts_at: datetime
    ends_at: datetime
    cancelled: bool
    values: dict[str, set[str]]
    words: set[str]  # of its activity's title, and of its own
    own: str


@pytest.fixture(params=[(2, 0), (3, 10**9), (256, 16)], ids=["edges and few", "edges and many", "as it is"])
def chance(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> random.Random:
    """Chance, with blocks so small that a span has whole ones, and each of the two ways to a page whatever it would cost."""
    block, one_activity = request.param
    monkeypatch.setattr(spans, "_BLOCK", block)
    monkeypatch.setattr(showing, "_ONE_ACTIVITY", one_activity)
    return random.Random(block)


def build(town: Town, chance: random.Random) -> list[Known]:
    """Some thirty activities with up to four dates each, spread over six weeks around now."""
    organisation, places = town.organisation(), [town.place(town=name) for name in TOWNS]
    made = []
    with town.together():
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
            words = chance.sample(WORDS, chance.randint(0, 2))
            activity = town.activity(
                " ".join([f"Nr {number}", *words]), summary="", body="", organisation=organisation, **facts
            )
            for _date in range(chance.randint(1, 4)):
                where = chance.choice([*places, None])
                starts_at = NOW + timedelta(hours=chance.randint(-14 * 24, 28 * 24))
                hours = chance.choice([0, 1, 2, 24, 30, 200])
                own = chance.choice([*WORDS, "", "", ""])
                date_ = town.occurrence(
                    activity,
                    starts_at=starts_at,
                    hours=hours,
                    titles={"da": own} if own else {},
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
                made.append((activity, date_, cancelled, values, {*words, own}, own))
        db.session.flush()
        return [Known(date_.id, activity.id, date_.starts_at, date_.ends_at, *rest) for activity, date_, *rest in made]


def fits(date_: Known, filters: Filters, now: datetime) -> bool:
    first = now if filters.first is None else max(now, datetime.combine(filters.first, time(), ZONE))
    last = None if filters.last is None else datetime.combine(filters.last + timedelta(days=1), time(), ZONE)
    in_time = date_.ends_at > first and (last is None or date_.starts_at < last)
    in_part = not filters.part or date_.starts_at.astimezone(ZONE).hour in PARTS[filters.part]
    return (
        in_time
        and in_part
        and all(not wanted or wanted & date_.values[facet] for facet, wanted in filters.chosen.items())
    )


def fitting(known: list[Known], filters: Filters, now: datetime) -> dict[int, list[Known]]:
    """The dates that fit, of each activity, by start. A word that one date is called finds the others of its activity too."""
    wanted = {*filters.words.split()}
    saying = {number for number, words in said_of(known, now).items() if wanted <= words}
    by_activity: dict[int, list[Known]] = {}
    for date_ in sorted(known, key=lambda each: (each.starts_at, each.occurrence_id)):
        if fits(date_, filters, now) and date_.activity_id in saying:
            by_activity.setdefault(date_.activity_id, []).append(date_)
    return by_activity


def said_of(known: list[Known], now: datetime) -> dict[int, set[str]]:
    """What each activity is called, and its dates that are not over."""
    said: dict[int, set[str]] = {}
    for each in known:
        said.setdefault(each.activity_id, set()).update(each.words if each.ends_at > now else ())
    return said


def simple(known: list[Known], filters: Filters, now: datetime = NOW) -> list[tuple[int, int]]:
    """(date shown, further ones) of each activity, in order."""
    shown = []
    for dates in fitting(known, filters, now).values():
        standing = [each for each in dates if not each.cancelled]
        called = [each for each in standing or dates if filters.words and each.own in filters.words.split()]
        first = (called or standing or dates)[0]
        shown.append((first.starts_at, first.occurrence_id, max(0, len(standing) - 1)))
    return [(occurrence_id, more) for _starts_at, occurrence_id, more in sorted(shown)]


def random_filters(chance: random.Random, known: list[Known], *, narrow: bool = False) -> Filters:
    chosen = {}
    for facet in chance.sample(FACETS, 4 if narrow else chance.choice([0, 1, 1, 2, 3])):
        values = sorted({value for date_ in known for value in date_.values[facet]})
        chosen[facet] = frozenset(chance.sample(values, 1 if narrow else min(len(values), chance.randint(1, 2))))
    first = date(2026, 3, 4) + timedelta(days=chance.randint(-10, 20)) if chance.random() < 0.4 else None
    last = (first or date(2026, 3, 4)) + timedelta(days=chance.randint(0, 12)) if chance.random() < 0.5 else None
    words = " ".join(chance.sample(WORDS, 1 if narrow else chance.choice([0, 0, 1, 2])))
    part = chance.choice(list(PARTS)) if chance.random() < 0.2 else ""
    return Filters(words=words, first=first, last=last, chosen=chosen, part=part)


def test_hits_and_counts_are_those_of_a_simple_finder(app: Flask, chance: random.Random) -> None:
    known = build(Town(NOW), chance)
    for _try in range(40):
        filters = random_filters(chance, known)
        found = find(filters, now=NOW, zone=ZONE, per_page=1000)
        if found.partly:  # then some of the words are enough, which the simple finder does not know
            assert simple(known, filters) == []
            continue
        assert [(hit.occurrence_id, hit.more) for hit in found.hits] == simple(known, filters), filters
        assert found.total == len(found.hits)
        for facet in FACETS:
            for value, count in found.counts[facet].items():
                alone = replace(filters, chosen={**filters.chosen, facet: frozenset({value})})
                assert count == len(simple(known, alone)), (filters, facet, value)


def test_pages_calendars_and_needs_are_those_of_a_simple_finder(app: Flask, chance: random.Random) -> None:
    """Also while the clock goes on, and what is over is still in the memory."""
    known = build(Town(NOW), chance)
    find(Filters(), now=NOW, zone=ZONE)
    for number in range(30):
        now = NOW + timedelta(minutes=number)
        filters = replace(random_filters(chance, known), words="")
        expected = simple(known, filters, now)
        pages = [find(filters, now=now, zone=ZONE, page=page, per_page=4).hits for page in range(1, 10)]
        assert [(hit.occurrence_id, hit.more) for page in pages for hit in page] == expected[:36], filters
        all_ = sorted(
            (each.starts_at, each.occurrence_id) for dates in fitting(known, filters, now).values() for each in dates
        )
        assert every_date(filters, now=now, zone=ZONE, most=7)[0] == [number for _start, number in all_[:7]]
        lacks = [Lack(each.occurrence_id, each.starts_at, 1, 2) for each in chance.sample(known, 20)]
        needed = {lack.occurrence_id: order for order, lack in enumerate(lacks)}
        most_needed = sorted(
            min(needed[each.occurrence_id] for each in there)
            for dates in fitting(known, filters, now).values()
            if (there := [each for each in dates if each.occurrence_id in needed])
        )
        found = find(filters, now=now, zone=ZONE, lacks=lacks, per_page=1000)
        assert [needed[hit.occurrence_id] for hit in found.hits] == most_needed
        assert found.total == len(most_needed)


def test_who_says_what_was_asked_for_comes_first_on_every_page(app: Flask, chance: random.Random) -> None:
    known = build(Town(NOW), chance)
    goals = Filters(chosen={"goal": frozenset({"4", "13", "17"})})
    pages = [
        find(replace(goals, topic="Keramik"), now=NOW, zone=ZONE, page=page, per_page=3).hits for page in range(1, 12)
    ]
    shown = [hit.occurrence_id for page in pages for hit in page]
    saying = set(fitting(known, Filters(words="Keramik"), NOW))
    starts = {each.occurrence_id: (each.starts_at, each.occurrence_id) for each in known}
    activities = {each.occurrence_id: each.activity_id for each in known}
    first = [activities[number] in saying for number in shown]
    assert first == sorted(first, reverse=True)
    assert len(shown) > sum(first) == len(saying) > 0
    for part in (shown[: len(saying)], shown[len(saying) :]):
        assert part == sorted(part, key=starts.__getitem__)
    with_goals = set(fitting(known, goals, NOW))
    assert {activities[number] for number in shown} == saying | with_goals


@pytest.mark.parametrize("seed", range(2))
def test_every_loosening_finds_as_many_as_it_says(app: Flask, seed: int) -> None:
    chance = random.Random(100 + seed)
    known = build(Town(NOW), chance)
    loosened = 0
    for _try in range(60):
        filters = random_filters(chance, known, narrow=True)
        for each in find(filters, now=NOW, zone=ZONE).loosenings:
            wider = {
                "dates": replace(filters, first=None, last=None, part=""),
                "words": replace(filters, words=""),
            }.get(each.what) or filters.without(each.what)
            assert each.count == len(simple(known, wider)) > 0
            loosened += 1
    assert loosened, "a test that never came to an empty list would prove nothing"
