"""Series and their dates: made once, changed as far as one says, never in the past, and with what a date has of its own kept."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from engage.activities import dates, scopes, series, shifts
from engage.activities.dates import DateIsCalledOff, DateIsOver, Details, Field
from engage.activities.models import Activity, ActivityState, Occurrence, OccurrenceState, Pool
from engage.activities.plans import Series
from engage.activities.recurrence import Frequency, Recurrence
from engage.activities.scopes import Scope
from engage.activities.series import NothingNew
from engage.activities.shifts import RoleInput, RoleNameMissing, TooManyRoles
from engage.base.db import db
from tests.conftest import NOW
from tests.town import Town

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
EVENING = Details(time(18), time(20), capacity=12)
WEDNESDAYS = Recurrence(Frequency.WEEKLY, date(2026, 3, 4), weekdays=(2,), count=8)


def course(town: Town, rule: Recurrence = WEDNESDAYS, details: Details = EVENING) -> Series:
    made = series.add_series(town.activity().id, rule, details, now=NOW)
    db.session.commit()
    return made


def rows(activity_id: int | None = None) -> list[Occurrence]:
    db.session.expire_all()
    query = select(Occurrence).order_by(Occurrence.starts_at, Occurrence.id)
    return list(
        db.session.scalars(query if activity_id is None else query.where(Occurrence.activity_id == activity_id))
    )


def clocks() -> list[str]:
    return [f"{each.starts_at.astimezone(COPENHAGEN):%m-%d %H:%M}" for each in rows()]


def test_a_series_makes_dates_with_places_of_their_own_at_the_same_clock_time(town: Town) -> None:
    made = course(town)
    assert clocks() == [
        "03-04 18:00", "03-11 18:00", "03-18 18:00", "03-25 18:00", "04-01 18:00", "04-08 18:00", "04-15 18:00", "04-22 18:00",
    ]  # fmt: skip
    assert {(each.series_id, each.pool.capacity, each.sequence) for each in rows()} == {(made.id, 12, 0)}
    assert len({each.pool.id for each in rows()}) == 8
    assert made.rule == "FREQ=WEEKLY;BYDAY=WE;COUNT=8"


def test_the_button_pressed_twice_makes_the_series_once(town: Town) -> None:
    made = course(town)
    with pytest.raises(NothingNew):
        series.add_series(made.activity_id, WEDNESDAYS, EVENING, now=NOW)
    db.session.rollback()
    assert len(rows()) == 8


def test_a_date_that_stands_alone_joins_the_series(town: Town) -> None:
    draft = town.activity(state=ActivityState.DRAFT)
    single = series.add_date(draft.id, date(2026, 3, 4), replace(EVENING, capacity=3), now=NOW)
    shown = series.preview(draft.id, WEDNESDAYS, EVENING, now=NOW)
    assert [(each.fits, each.joins) for each in shown.days[:2]] == [(False, True), (True, False)]
    made = series.add_series(draft.id, WEDNESDAYS, EVENING, now=NOW)
    db.session.commit()
    assert len(rows()) == 8 and {each.series_id for each in rows()} == {made.id}
    assert (single.series_day, single.pool.capacity, single.overrides) == (date(2026, 3, 4), 12, []), (
        "nobody has seen it"
    )
    with pytest.raises(NothingNew):
        series.add_series(draft.id, WEDNESDAYS, EVENING, now=NOW)


def test_what_people_have_seen_keeps_its_own_when_it_joins(town: Town) -> None:
    activity = town.activity(published_at=NOW)
    single = series.add_date(activity.id, date(2026, 3, 4), replace(EVENING, capacity=3, ends=time(21)), now=NOW)
    off = series.add_date(activity.id, date(2026, 3, 11), EVENING, now=NOW)
    dates.cancel([off], now=NOW)
    made = series.add_series(activity.id, WEDNESDAYS, EVENING, now=NOW)
    db.session.commit()
    assert (single.series_id, single.pool.capacity, single.sequence) == (made.id, 3, 0)
    assert single.overrides == [Field.CAPACITY, Field.TIME]
    assert off.series_id is None, "what is called off stays apart"


def test_the_preview_shows_what_will_be_made_and_flags_holidays(town: Town) -> None:
    activity = town.activity()
    rule = replace(WEDNESDAYS, weekdays=(4,), first=date(2026, 2, 27), count=8)
    shown = series.preview(activity.id, rule, EVENING, now=NOW)
    assert [each.day for each in shown.days if each.holiday] == [date(2026, 4, 3)]
    assert [each.day for each in shown.days if not each.fits] == [date(2026, 2, 27)], "that one is over"
    made = series.add_series(activity.id, rule, EVENING, now=NOW)
    assert [each.series_day for each in rows()] == [each.day for each in shown.days if each.fits]
    assert made.first_day == date(2026, 2, 27)


def test_a_day_left_out_in_the_preview_is_not_made(town: Town) -> None:
    course(town, replace(WEDNESDAYS, excluded=(date(2026, 4, 1),)))
    assert "04-01 18:00" not in clocks() and len(rows()) == 7


def test_one_date_is_added_apart_and_none_in_the_past(town: Town) -> None:
    activity = town.activity()
    one = series.add_date(activity.id, date(2026, 3, 7), Details(time(20), time(1)), now=NOW)
    assert (one.ends_at - one.starts_at, one.series_id, one.pool.capacity) == (timedelta(hours=5), None, None)
    with pytest.raises(DateIsOver):
        series.add_date(activity.id, date(2026, 3, 4), Details(time(9), time(10)), now=NOW)


def test_a_change_of_this_date_alone_is_its_own_and_survives_the_next_of_the_series(town: Town) -> None:
    made = course(town)
    third, fifth = rows()[2], rows()[4]
    scopes.change(third, date(2026, 3, 18), replace(EVENING, begins=time(17), capacity=5), now=NOW)
    assert (third.overrides, third.sequence) == ([Field.CAPACITY, Field.TIME], 1)
    changed = scopes.change(
        fifth, date(2026, 4, 1), replace(EVENING, begins=time(19), ends=time(21), capacity=20), Scope.ALL, now=NOW
    )
    assert changed.kept == {Field.TIME: 1, Field.CAPACITY: 1}
    assert [each.begins for each in map(dates.details, rows())] == [time(19)] * 2 + [time(17)] + [time(19)] * 5
    assert [each.pool.capacity for each in rows()] == [20, 20, 5, 20, 20, 20, 20, 20]
    assert (made.begins, made.capacity) == (time(19), 20)
    assert third.id not in changed.seen and fifth.id in changed.seen


def test_a_date_set_back_to_what_its_series_says_has_nothing_of_its_own(town: Town) -> None:
    course(town)
    second = rows()[1]
    scopes.change(second, date(2026, 3, 12), replace(EVENING, begins=time(17)), now=NOW)
    assert second.overrides == [Field.DAY, Field.TIME]
    scopes.change(second, date(2026, 3, 11), EVENING, now=NOW)
    assert second.overrides == []


def test_what_was_not_changed_on_the_date_is_not_changed_on_the_others(town: Town) -> None:
    course(town)
    second = rows()[1]
    scopes.change(second, date(2026, 3, 11), replace(EVENING, begins=time(17)), now=NOW)
    scopes.change(second, date(2026, 3, 11), replace(EVENING, begins=time(17), capacity=9), Scope.ALL, now=NOW)
    assert [each.begins for each in map(dates.details, rows())].count(time(17)) == 1, "only the places were changed"
    assert {each.pool.capacity for each in rows()} == {9}


def test_this_and_the_following_become_a_series_of_their_own(town: Town) -> None:
    first = course(town)
    scopes.change(
        rows()[3], date(2026, 3, 25), replace(EVENING, begins=time(19), ends=time(21)), Scope.FOLLOWING, now=NOW
    )
    db.session.commit()
    later = db.session.scalars(select(Series).where(Series.id != first.id)).one()
    assert [each.series_id for each in rows()] == [first.id] * 3 + [later.id] * 5
    assert (first.rule, later.rule) == ("FREQ=WEEKLY;BYDAY=WE;UNTIL=20260324", "FREQ=WEEKLY;BYDAY=WE;UNTIL=20260422")
    assert (first.begins, later.begins) == (time(18), time(19))
    scopes.change(rows()[0], date(2026, 3, 4), replace(EVENING, capacity=3), Scope.ALL, now=NOW)
    assert [each.pool.capacity for each in rows()] == [3] * 3 + [12] * 5


def test_this_and_the_following_of_the_first_is_the_whole_series(town: Town) -> None:
    course(town)
    scopes.change(rows()[0], date(2026, 3, 4), replace(EVENING, begins=time(17)), Scope.FOLLOWING, now=NOW)
    assert len({each.series_id for each in rows()}) == 1


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (WEDNESDAYS, "FREQ=WEEKLY;BYDAY=TH"),
        (replace(WEDNESDAYS, weekdays=(2, 6), count=8), "FREQ=WEEKLY;BYDAY=MO,TH"),
        (Recurrence(Frequency.DAILY, date(2026, 3, 4), count=8), "FREQ=DAILY"),
        (Recurrence(Frequency.MONTHLY_DAY, date(2026, 3, 4), month_day=31, count=5), ""),
        (Recurrence(Frequency.DATES, date(2026, 3, 4), days=(date(2026, 3, 6), date(2026, 3, 9))), ""),
    ],
)
def test_another_day_moves_the_coming_dates_and_their_rule(town: Town, rule: Recurrence, expected: str) -> None:
    made = course(town, rule)
    before = [each.starts_at.date() for each in rows()]
    second = rows()[1]
    scopes.change(second, dates.local_day(second) + timedelta(days=1), EVENING, Scope.ALL, now=NOW)
    db.session.commit()
    assert [each.starts_at.date() for each in rows()] == [day + timedelta(days=1) for day in before]
    assert [each.series_day for each in rows()] == [dates.local_day(each) for each in rows()]
    assert made.rule.startswith(expected) and bool(made.rule) == bool(expected)
    assert all(each.overrides == [] for each in rows())


def test_a_date_that_has_begun_or_is_called_off_stays(town: Town) -> None:
    course(town)
    first, second = rows()[:2]
    dates.cancel([second], now=NOW)
    with pytest.raises(DateIsCalledOff):
        scopes.change(second, date(2026, 3, 11), replace(EVENING, capacity=1), now=NOW)
    with pytest.raises(DateIsOver):
        scopes.change(first, date(2026, 3, 4), replace(EVENING, capacity=1), now=first.starts_at)
    with pytest.raises(DateIsOver):
        scopes.change(rows()[2], date(2026, 3, 3), EVENING, now=NOW)


def test_a_change_for_all_reaches_neither_the_past_nor_what_is_called_off(town: Town) -> None:
    course(town)
    later = NOW + timedelta(days=15)
    fifth, called_off = rows()[4], rows()[5]
    dates.cancel([called_off], now=NOW)
    db.session.commit()
    scopes.change(fifth, date(2026, 4, 1), replace(EVENING, capacity=3), Scope.ALL, now=later)
    assert [each.pool.capacity for each in rows()] == [12] * 3 + [3, 3, 12, 3, 3]
    assert [each.updated_at for each in rows()[:3]] == [NOW] * 3


def test_moving_what_is_to_come_leaves_the_rule_of_the_past(town: Town) -> None:
    made = course(town)
    later, past = NOW + timedelta(days=15), [snapshot(each) for each in rows()[:3]]
    scopes.change(rows()[5], date(2026, 4, 9), EVENING, Scope.ALL, now=later)
    db.session.commit()
    assert [snapshot(each) for each in rows()[:3]] == past
    assert [each.series_id == made.id for each in rows()] == [True] * 3 + [False] * 5
    assert made.rule == "FREQ=WEEKLY;BYDAY=WE;UNTIL=20260324"


def test_another_rule_adds_and_names_what_goes_and_keeps_the_rest(town: Town) -> None:
    made = course(town)
    moved = rows()[2]
    scopes.change(moved, date(2026, 3, 19), EVENING, now=NOW)
    longer = replace(WEDNESDAYS, count=10)
    planned = series.plan(made, longer, now=NOW)
    assert ([each.day for each in planned.added], planned.removed) == ([date(2026, 4, 29), date(2026, 5, 6)], ())
    series.follow(made, longer, now=NOW)
    assert len(rows()) == 10 and "03-19 18:00" in clocks()
    planned = series.plan(made, replace(WEDNESDAYS, count=3), now=NOW)
    assert [each.series_day for each in planned.removed] == [each.series_day for each in rows()[3:]]
    assert (planned.added, planned.kept) == ((), 3)


def test_a_date_taken_away_does_not_come_back_with_another_rule(town: Town) -> None:
    made = course(town)
    series.delete([rows()[3]], now=NOW)
    series.follow(made, replace(WEDNESDAYS, count=9), now=NOW)
    assert clocks().count("03-25 18:00") == 0 and len(rows()) == 8


def test_no_rule_brings_back_the_past(town: Town) -> None:
    made = course(town)
    later = NOW + timedelta(days=30)
    both = replace(WEDNESDAYS, weekdays=(1, 2), count=16)
    assert min(each.day for each in series.plan(made, both, now=later).added) > later.date()


def snapshot(occurrence: Occurrence) -> tuple[object, ...]:
    return (
        occurrence.starts_at, occurrence.ends_at, occurrence.place_id, occurrence.online_url, occurrence.state,
        occurrence.sequence, occurrence.updated_at, occurrence.overrides, occurrence.pool.capacity, occurrence.series_day,
    )  # fmt: skip


CHANGES = st.lists(
    st.tuples(
        st.integers(0, 7),
        st.sampled_from(Scope),
        st.sampled_from([0, 0, 0, 1, -1, 7]),
        st.fixed_dictionaries(
            {}, optional={"begins": st.sampled_from([time(9), time(19)]), "capacity": st.sampled_from([None, 0, 5])}
        ),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(weeks=st.integers(0, 6), wishes=CHANGES)
def test_no_change_touches_the_past_and_every_own_field_survives(town: Town, weeks: int, wishes: list) -> None:  # type: ignore[type-arg]
    made = course(town)
    now = datetime(2026, 3, 4, 20, tzinfo=COPENHAGEN) + timedelta(weeks=weeks)
    past = {each.id: snapshot(each) for each in rows(made.activity_id) if each.starts_at <= now}
    for number, scope, shift, wish in wishes:
        found = rows(made.activity_id)
        chosen = found[number]
        own = {each.id: (frozenset(each.overrides), snapshot(each)) for each in found}
        try:
            with db.session.begin_nested():
                wanted = replace(dates.details(chosen), **wish)
                scopes.change(chosen, dates.local_day(chosen) + timedelta(days=shift), wanted, scope, now=now)
        except DateIsOver:
            continue
        for each in rows(made.activity_id):
            kept, before = own[each.id]
            if each.id == chosen.id:
                continue
            if {Field.DAY, Field.TIME} <= kept:
                assert snapshot(each)[:2] == before[:2]
            if Field.CAPACITY in kept:
                assert snapshot(each)[8] == before[8]
            assert each.starts_at > now or each.id in past
        assert {key: snapshot(each) for each in rows(made.activity_id) for key in [each.id] if key in past} == past
    db.session.commit()
    ruled = [(each.series_id, each.series_day) for each in rows(made.activity_id)]
    assert len(set(ruled)) == len(ruled) == 8


def test_roles_have_places_of_their_own_and_a_date_as_many_as_they_need_together(town: Town) -> None:
    made = course(town)
    grill = shifts.add_role(made.activity_id, RoleInput({"da": "Grill", "de": ""}, capacity=4), now=NOW)
    shifts.add_role(made.activity_id, RoleInput({"da": "Børnehjørnet"}, capacity=2), now=NOW)
    assert {each.pool.capacity for each in rows()} == {6}
    assert [(need.role.names, need.capacity, need.occupied) for need in shifts.needs(rows()[0].id)] == [
        ({"da": "Grill"}, 4, 0), ({"da": "Børnehjørnet"}, 2, 0),
    ]  # fmt: skip
    second = rows()[1]
    own = dates.details(second)
    scopes.change(second, date(2026, 3, 11), replace(own, people=((own.people[0][0], 7), own.people[1])), now=NOW)
    assert (second.pool.capacity, second.overrides) == (9, [Field.CAPACITY])
    shifts.change_role(grill, RoleInput({"da": "Grill"}, capacity=5), now=NOW)
    assert [each.pool.capacity for each in rows()] == [7, 9, 7, 7, 7, 7, 7, 7]
    new = series.add_date(
        made.activity_id, date(2026, 9, 1), dates.usual(made_activity(made), time(9), time(10)), now=NOW
    )
    assert (new.pool.capacity, len(new.role_pools)) == (7, 2)


def made_activity(made: Series) -> Activity:
    return db.session.get_one(Activity, made.activity_id)


def test_a_role_without_a_number_takes_as_many_as_come(town: Town) -> None:
    made = course(town)
    shifts.add_role(made.activity_id, RoleInput({"da": "Grill"}, capacity=4), now=NOW)
    shifts.add_role(made.activity_id, RoleInput({"da": "Hyggeværter"}), now=NOW)
    assert {each.pool.capacity for each in rows()} == {None}


def test_a_role_taken_away_stays_with_the_past(town: Town) -> None:
    made = course(town)
    role = shifts.add_role(made.activity_id, RoleInput({"da": "Grill"}, capacity=4), now=NOW)
    shifts.add_role(made.activity_id, RoleInput({"da": "Vagt"}, capacity=1), now=NOW)
    shifts.remove_role(role, now=NOW + timedelta(days=8))
    assert [each.pool.capacity for each in rows()] == [5, 5] + [1] * 6
    assert [len(shifts.needs(each.id)) for each in rows()] == [2, 2] + [1] * 6
    assert len(shifts.roles(made.activity_id)) == 1


def test_a_role_needs_a_name_and_there_is_an_end_to_them(town: Town) -> None:
    activity = town.activity()
    with pytest.raises(RoleNameMissing):
        shifts.add_role(activity.id, RoleInput({"da": " "}), now=NOW)
    for number in range(shifts.MOST_ROLES):
        shifts.add_role(activity.id, RoleInput({"da": str(number)}), now=NOW)
    with pytest.raises(TooManyRoles):
        shifts.add_role(activity.id, RoleInput({"da": "En for meget"}), now=NOW)


def test_a_date_and_its_roles_have_one_pool_each(town: Town) -> None:
    made = course(town)
    role = shifts.add_role(made.activity_id, RoleInput({"da": "Grill"}, capacity=4), now=NOW)
    first = rows()[0]
    for twin in (Pool(occurrence_id=first.id), Pool(occurrence_id=first.id, role_id=role.id)):
        with pytest.raises(Exception, match="uq_pool_occurrence_id"), db.session.begin_nested():
            db.session.add(twin)
            db.session.flush()
    assert first.state == OccurrenceState.SCHEDULED
