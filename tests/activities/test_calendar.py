"""Finding: every filter, the days around midnight and summer time, counts, pages, and what to loosen."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from engage.activities import calendar
from engage.activities.calendar import Filters, Found, find
from engage.activities.models import ActivityState, Initiative, Kind, Occurrence, OccurrenceState
from tests.conftest import NOW
from tests.town import Town

COPENHAGEN = ZoneInfo("Europe/Copenhagen")


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=COPENHAGEN).astimezone(UTC)  # type: ignore[arg-type,misc]


def look(now: datetime = NOW, page: int = 1, per_page: int = 20, **facts: object) -> Found:
    chosen = {name: frozenset(facts.pop(name)) for name in list(facts) if name in calendar.FACETS}  # type: ignore[call-overload]
    return find(Filters(chosen=chosen, **facts), now=now, zone=COPENHAGEN, page=page, per_page=per_page)  # type: ignore[arg-type]


def ids(found: Found) -> list[int]:
    return [hit.occurrence_id for hit in found.hits]


FACTS = {
    "dimension": ({"dimensions": ["social", "economic"]}, "social", "cultural"),
    "goal": ({"sdgs": [4, 17]}, "17", "1"),
    "feature": ({"key_features": ["kf-a"]}, "kf-a", "kf-b"),
    "kind": ({"kind": Kind.VOLUNTEER}, "volunteer", "learning"),
    "audience": ({"audiences": ["children", "families"]}, "families", "youth"),
    "free": ({"price": 0}, "1", "0"),
    "spoken": ({"spoken_languages": ["de"]}, "de", "en"),
}


@pytest.mark.parametrize("facet", FACTS)
def test_each_filter_keeps_what_carries_the_value_and_nothing_else(town: Town, facet: str) -> None:
    facts, carried, other = FACTS[facet]
    noise = {"price": 5000, "sdgs": [2], "dimensions": ["environmental"], "audiences": ["adults"], "key_features": []}
    town.occurrence(town.activity("Noget andet", **noise))
    wanted = town.occurrence(town.activity("Det rigtige", **{**noise, **facts}))
    assert ids(look(**{facet: {carried}})) == [wanted.id]
    assert wanted.id not in ids(look(**{facet: {other}}))
    assert look(**{facet: {"no such value"}}).total == 0


def test_values_of_one_filter_are_alternatives_and_filters_must_all_be_met(town: Town) -> None:
    both = town.occurrence(town.activity("A", dimensions=["social"], sdgs=[4]))
    social = town.occurrence(town.activity("B", dimensions=["social"], sdgs=[5]))
    cultural = town.occurrence(town.activity("C", dimensions=["cultural"], sdgs=[6]))
    assert set(ids(look(dimension={"social", "cultural"}))) == {both.id, social.id, cultural.id}
    assert ids(look(dimension={"social", "cultural"}, goal={"4"})) == [both.id]


def test_a_town_filter_shows_the_date_that_is_held_there(town: Town) -> None:
    north, south = town.place("Huset", town="Nordborg"), town.place("Hallen", town="Broager")
    bus = town.activity("Bussen")
    first = town.occurrence(bus, place=south, starts_in=timedelta(days=1))
    second = town.occurrence(bus, place=north, starts_in=timedelta(days=2))
    online = town.occurrence(
        town.activity("På nettet"), online_url="https://x.example.org", starts_in=timedelta(days=3)
    )
    assert ids(look(town={"Nordborg"})) == [second.id]
    assert [(hit.occurrence_id, hit.more) for hit in look(town={"Broager", "Nordborg"}).hits] == [(first.id, 1)]
    assert ids(look(town={"online"})) == [online.id]


def test_a_town_is_counted_only_where_a_date_there_fits(town: Town) -> None:
    bus = town.activity("Bussen")
    town.occurrence(bus, place=town.place(town="Broager"), starts_at=local(2026, 3, 10, 12))
    town.occurrence(bus, place=town.place(town="Nordborg"), starts_at=local(2026, 3, 20, 12))
    assert look().counts["town"] == {"Broager": 1, "Nordborg": 1}
    assert look(last=date(2026, 3, 15)).counts["town"] == {"Broager": 1, "Nordborg": 0}
    assert look(last=date(2026, 3, 15), town={"Nordborg"}).total == 0


@pytest.mark.parametrize(
    ("starts_at", "ends_at", "on", "not_on"),
    [
        # In winter the local day begins at 23.00 UTC.
        (local(2026, 3, 7, 0, 0), local(2026, 3, 7, 1, 0), [7], [6, 8]),
        (local(2026, 3, 7, 23, 59), local(2026, 3, 8, 1, 0), [7, 8], [6, 9]),
        (local(2026, 3, 7, 22, 0), local(2026, 3, 8, 0, 0), [7], [6, 8]),
        # Over a weekend: found on each of its days.
        (local(2026, 3, 6, 17, 0), local(2026, 3, 8, 12, 0), [6, 7, 8], [5, 9]),
        # On 29 March the day has 23 hours.
        (local(2026, 3, 29, 0, 30), local(2026, 3, 29, 4, 0), [29], [28, 30]),
        (local(2026, 3, 30, 0, 0), local(2026, 3, 30, 1, 0), [30], [29, 31]),
    ],
)
def test_days_are_local_and_whole(
    town: Town, starts_at: datetime, ends_at: datetime, on: list[int], not_on: list[int]
) -> None:
    town.occurrence(starts_at=starts_at, ends_at=ends_at)
    for day in on:
        assert look(first=date(2026, 3, day), last=date(2026, 3, day)).total == 1, day
    for day in not_on:
        assert look(first=date(2026, 3, day), last=date(2026, 3, day)).total == 0, day


def test_the_long_day_in_october_has_all_its_hours(town: Town) -> None:
    last_hour = town.occurrence(starts_at=local(2026, 10, 25, 23, 30), hours=0.25)
    next_day = town.occurrence(starts_at=local(2026, 10, 26, 0, 0), hours=1)
    assert ids(look(first=date(2026, 10, 25), last=date(2026, 10, 25))) == [last_hour.id]
    assert ids(look(first=date(2026, 10, 26))) == [next_day.id]


def test_what_is_going_on_is_found_and_what_is_over_is_not(town: Town) -> None:
    town.occurrence(starts_at=NOW - timedelta(hours=3), hours=2.99)
    going_on = town.occurrence(starts_at=NOW - timedelta(hours=1), hours=2)
    exhibition = town.occurrence(starts_at=NOW - timedelta(days=40), ends_at=NOW + timedelta(days=40))
    assert ids(look()) == [exhibition.id, going_on.id]
    assert ids(look(first=date(2026, 3, 20), last=date(2026, 3, 20))) == [exhibition.id]


def test_a_day_that_is_over_finds_nothing(town: Town) -> None:
    town.occurrence(starts_at=NOW - timedelta(days=2))
    town.occurrence()
    assert look(first=date(2026, 3, 1), last=date(2026, 3, 3)).total == 0


@pytest.mark.parametrize("last", [date.max, date.max - timedelta(days=1), date(2199, 12, 31)])
def test_the_end_of_time_is_no_error(town: Town, last: date) -> None:
    town.occurrence()
    assert look(last=last).total == 1
    assert look(first=date.min, last=last).total == 1
    assert look(first=last).total == 0


def test_an_activity_stands_once_at_its_next_date_and_says_how_many_more(town: Town) -> None:
    course = town.activity("Kursus")
    dates = [town.occurrence(course, starts_in=timedelta(days=day)) for day in (1, 2, 3)]
    (hit,) = look().hits
    assert (hit.occurrence_id, hit.starts_at, hit.more) == (dates[0].id, dates[0].starts_at, 2)
    (hit,) = look(first=date(2026, 3, 6)).hits
    assert (hit.occurrence_id, hit.more) == (dates[1].id, 1)


def test_a_cancelled_date_gives_way_to_one_that_stands_and_is_not_counted(town: Town) -> None:
    course = town.activity("Kursus")
    town.occurrence(course, starts_in=timedelta(days=1), state=OccurrenceState.CANCELLED)
    stands = town.occurrence(course, starts_in=timedelta(days=2))
    town.occurrence(course, starts_in=timedelta(days=3), state=OccurrenceState.CANCELLED)
    only = town.occurrence(town.activity("Aflyst"), starts_in=timedelta(days=4), state=OccurrenceState.CANCELLED)
    assert [(hit.occurrence_id, hit.more) for hit in look().hits] == [(stands.id, 0), (only.id, 0)]


def test_a_called_off_activity_is_still_found_so_that_people_see_that_it_is(town: Town) -> None:
    date_ = town.occurrence(town.activity("Havkajak", state=ActivityState.CALLED_OFF))
    assert ids(look()) == [date_.id]
    assert ids(look(words="havkajak")) == [date_.id]


@pytest.mark.parametrize("state", [ActivityState.DRAFT, ActivityState.IN_REVIEW])
def test_what_is_not_published_is_found_by_nobody(town: Town, state: ActivityState) -> None:
    town.occurrence(town.activity("Hemmeligheden", state=state))
    found = look(words="hemmeligheden")
    assert (found.total, found.corrected) == (0, "")
    assert look().total == 0
    assert look().counts["dimension"] == {}


def test_pages_show_every_activity_exactly_once_in_order(town: Town) -> None:
    expected = [town.occurrence(town.activity(f"Nr {n}"), starts_in=timedelta(days=n // 4)).id for n in range(4, 27)]
    pages = [look(page=page, per_page=5) for page in range(1, 7)]
    assert [number for page in pages for number in ids(page)] == expected
    assert {page.total for page in pages} == {23}
    assert [len(page.hits) for page in pages] == [5, 5, 5, 5, 3, 0]


def test_when_nothing_is_there_it_tells_what_to_drop_and_what_that_finds(town: Town) -> None:
    for _number in range(3):
        town.occurrence(town.activity("Klimacafé", dimensions=["social"]), starts_at=local(2026, 3, 20, 12))
    town.occurrence(town.activity("Havdag", dimensions=["cultural"]), starts_at=local(2026, 3, 10, 12))
    found = look(first=date(2026, 3, 9), last=date(2026, 3, 11), words="klimacafé", dimension={"social"})
    assert found.total == 0
    assert [(each.what, each.count) for each in found.loosenings] == [("dates", 3)]
    found = look(first=date(2026, 3, 9), last=date(2026, 3, 11), dimension={"social"})
    assert [(each.what, each.count) for each in found.loosenings] == [("dates", 3), ("dimension", 1)]
    for each in found.loosenings:
        without = {
            "dates": {"dimension": {"social"}},
            "dimension": {"first": date(2026, 3, 9), "last": date(2026, 3, 11)},
        }
        assert look(**without[each.what]).total == each.count  # type: ignore[arg-type]


def test_a_town_can_be_dropped_too(town: Town) -> None:
    town.occurrence(place=town.place(town="Broager"), starts_at=local(2026, 3, 10, 12))
    town.occurrence(place=town.place(town="Nordborg"), starts_at=local(2026, 4, 10, 12))
    found = look(town={"Nordborg"}, last=date(2026, 3, 15))
    assert sorted((each.what, each.count) for each in found.loosenings) == [("dates", 1), ("town", 1)]


def test_nothing_is_loosened_where_something_was_found_or_nothing_was_chosen(town: Town) -> None:
    assert look().loosenings == ()
    town.occurrence()
    assert look(dimension={"environmental"}).loosenings == ()


def test_how_many_carry_a_value_is_counted_over_what_is_coming(town: Town) -> None:
    town.occurrence(town.activity("A", sdgs=[4, 13]))
    town.occurrence(town.activity("B", sdgs=[13]))
    town.occurrence(town.activity("C", sdgs=[1]), starts_in=timedelta(days=-3))
    assert calendar.count_by("goal", now=NOW) == {"4": 1, "13": 2}


def test_an_initiative_can_be_found_by_its_name(town: Town) -> None:
    named = Initiative(key="i", names={"da": "Grøn Generation", "de": "Grüne Generation"}, texts={})
    wanted = town.occurrence(town.activity("Vandretur", initiative=named))
    town.occurrence(town.activity("Andet"))
    assert ids(look(words="grøn generation")) == [wanted.id]


def test_the_occurrences_own_order_decides_between_equal_times(town: Town) -> None:
    dates: list[Occurrence] = [town.occurrence(town.activity(f"A{n}")) for n in range(3)]
    assert ids(look()) == [each.id for each in dates]
