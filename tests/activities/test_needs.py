"""Where help is most needed: only what one can still join, the most urgent first."""

import random
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from engage.activities import needs
from engage.activities.calendar import Filters, find
from engage.activities.coming import Catalogue
from engage.activities.models import ActivityState, Kind, Occurrence, OccurrenceState, SignUpMode
from engage.base.db import db
from tests.conftest import NOW
from tests.town import Town

DAY = timedelta(days=1)
Help = Callable[..., Occurrence]


@pytest.fixture
def help_at(town: Town) -> Help:
    """A volunteer date: `help_at(days, capacity, taken=..)`."""

    def make(days: float, capacity: int | None = 4, taken: int = 0, **facts: Any) -> Occurrence:
        starts_in, date_facts = days * DAY, facts.pop("date", {})
        activity = facts.pop("activity", None) or town.activity(kind=Kind.VOLUNTEER, **facts)
        date = town.occurrence(activity, capacity=capacity, starts_in=starts_in, **date_facts)
        if taken:
            town.signed_up(date, seats=taken)
        return date

    return make


def missing() -> list[tuple[int, int]]:
    return [(each.occurrence_id, each.missing) for each in needs.most_needed(NOW)]


def test_what_is_soon_and_lacks_most_stands_first(help_at: Help) -> None:
    half_tomorrow = help_at(1, 4, taken=2)
    all_later = help_at(30, 4)
    all_next_week = help_at(7, 2)
    nearly_full = help_at(1, 20, taken=19)
    assert [number for number, _missing in missing()] == [
        each.id for each in (all_next_week, half_tomorrow, all_later, nearly_full)
    ]
    assert dict(missing())[half_tomorrow.id] == 2


def test_only_what_one_can_still_join_is_there(help_at: Help, town: Town) -> None:
    town.occurrence()  # learning needs no hands
    help_at(3, None)
    help_at(3, 2, taken=2)
    help_at(-1)
    help_at(90)
    help_at(3, state=ActivityState.DRAFT)
    help_at(3, state=ActivityState.CALLED_OFF)
    help_at(3, sign_up=SignUpMode.DROP_IN)
    help_at(3, date={"state": OccurrenceState.CANCELLED})
    help_at(3, sign_up_opens_at=NOW + DAY)
    help_at(3, sign_up_closes_before=4 * 24 * 60)
    open_now = help_at(3, sign_up_opens_at=NOW - DAY, sign_up_closes_before=60)
    assert missing() == [(open_now.id, 4)]


def test_each_roles_own_need_counts_and_not_the_sum_of_the_date(help_at: Help, town: Town) -> None:
    activity = town.activity(kind=Kind.VOLUNTEER)
    date = help_at(3, 9, activity=activity)
    coffee, _gate = town.role(activity, "Kaffe", 2), town.role(activity, "Port", 3)
    town.role(activity, "Publikum", None)
    assert missing() == [(date.id, 5)]
    for _each in range(2):
        town.signed_up(date, role=coffee.public_id)
    assert missing() == [(date.id, 3)]
    db.session.refresh(date)
    (pool,) = [each for each in date.role_pools if each.role_id == coffee.id]
    pool.capacity = 1  # one more than needed makes coffee, which helps nobody at the gate
    db.session.commit()
    assert missing() == [(date.id, 3)]


def test_reserved_places_are_not_asked_for(help_at: Help) -> None:
    date = help_at(3, 4)
    date.pool.reserved = 4
    db.session.commit()
    assert missing() == []


def test_the_list_of_needs_keeps_the_other_filters_and_counts_only_needs(help_at: Help, town: Town) -> None:
    zone = help_at(2, 4, dimensions=["social"]).timezone
    full = help_at(2, 1, taken=1, dimensions=["social"])
    nature = help_at(5, 4, dimensions=["environmental"])
    again = help_at(12, 4, activity=nature.activity)
    found = find(Filters(), now=NOW, zone=zone, lacks=needs.most_needed(NOW))
    assert full.id not in [hit.occurrence_id for hit in found.hits]
    assert found.counts["dimension"] == {"social": 1, "environmental": 1}
    filters = Filters(chosen={"dimension": frozenset({"environmental"})})
    found = find(filters, now=NOW, zone=zone, lacks=needs.most_needed(NOW))
    (hit,) = found.hits
    assert (hit.occurrence_id, hit.more, hit.missing) == (nature.id, 1, 4)
    assert again.id != hit.occurrence_id


def test_where_nobody_is_missing_it_says_what_there_is_otherwise(help_at: Help, town: Town) -> None:
    date = help_at(2, 1, taken=1)
    found = find(Filters(), now=NOW, zone=date.timezone, lacks=needs.most_needed(NOW))
    assert (found.total, found.hits) == (0, ())
    assert [(each.what, each.count) for each in found.loosenings] == [("needed", 1)]


def test_the_most_urgent_are_those_that_stand_first_among_all(
    help_at: Help, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However few are looked at in the first place, and whichever of an activity's dates is the urgent one."""
    chance = random.Random(417)
    monkeypatch.setattr(needs, "_AT_FIRST", 2)
    for _number in range(8):
        first = help_at(chance.uniform(0.1, 50), 8, taken=chance.randrange(9))
        for _again in range(chance.randrange(4)):
            help_at(chance.uniform(0.1, 70), 8, taken=chance.randrange(9), activity=first.activity)
    everything = needs.most_needed(NOW)
    dates = {each.id: each.activity_id for each in db.session.scalars(select(Occurrence))}
    for most in (1, 3, 5, 20):
        leading = list(dict.fromkeys(dates[each.occurrence_id] for each in everything))[:most]
        expected = tuple(each for each in everything if dates[each.occurrence_id] in leading)
        assert needs.most_urgent(NOW, most) == expected


def test_the_most_urgent_are_found_without_looking_at_all(help_at: Help, monkeypatch: pytest.MonkeyPatch) -> None:
    urgent = [help_at(1 + number, 4) for number in range(3)]
    late = help_at(40, 4)
    monkeypatch.setattr(needs, "_AT_FIRST", 3)
    asked, read = set[int](), needs._lacking

    def noted(memory: Catalogue, positions: Iterable[int]) -> dict[int, needs.Lack]:
        positions = list(positions)
        asked.update(memory.dates.occurrences[each] for each in positions)
        return read(memory, positions)

    monkeypatch.setattr(needs, "_lacking", noted)
    assert [each.occurrence_id for each in needs.most_urgent(NOW, 2)] == [each.id for each in urgent[:2]]
    assert asked == {each.id for each in urgent}
    assert late.id in [each.occurrence_id for each in needs.most_needed(NOW)]
