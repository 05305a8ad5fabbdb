"""The demo city: loaded once, large enough to show everything, and lying around today."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from engage import registrations, seed
from engage.activities.calendar import Filters, find
from engage.activities.facts import Seats
from engage.activities.models import (
    Activity,
    ActivityState,
    ActivityText,
    Kind,
    Occurrence,
    OccurrenceState,
    Place,
    Pool,
)
from engage.activities.terms import Party
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import db
from engage.outbox import Letter
from engage.people import Address
from engage.proposals import Proposal, ProposalState, interest
from engage.registrations import Places, Registration, State, pools, totals
from engage.registrations.attendance import Attendance, Keeper, window
from engage.seed import classes, today
from tests.ground import KEPT


@pytest.fixture(scope="module")
def city(migrated_app: Flask) -> Iterator[str]:
    """The demo city, loaded once for the tests of this file; what the loading said."""
    with migrated_app.app_context():
        names = db.session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
        db.session.execute(
            text(f"TRUNCATE {', '.join(name for name in names if name not in KEPT)} RESTART IDENTITY CASCADE")
        )
        db.session.commit()
        for memory in ("engage.catalogue", "engage.dates", "engage.pages", "engage.feeds"):
            migrated_app.extensions.pop(memory, None)
        said = seed.load(demo=True)
        yield said
        db.session.remove()


@pytest.fixture(autouse=True)
def inside(migrated_app: Flask, city: str) -> Iterator[None]:
    """Each test in a context of its own."""
    with migrated_app.app_context():
        yield
        db.session.remove()


def count(model: type[Activity] | type[Occurrence] | type[Registration] | type[Place]) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def seats() -> list[Seats]:
    query = select(Pool.capacity, Pool.reserved, Pool.occupied, Pool.waiting).join(Occurrence)
    return [Seats(*row) for row in db.session.execute(query.where(Occurrence.starts_at > utc_now()))]


def test_loading_says_what_it_did_and_loading_again_changes_nothing(city: str) -> None:
    assert "demo city loaded" in city
    before = [count(model) for model in (Activity, Occurrence, Registration, Place)]
    assert seed.load(demo=True) == "4-17-42 is up to date, the demo city is there already."
    assert [count(model) for model in (Activity, Occurrence, Registration, Place)] == before


def test_at_whatever_hour_one_looks_a_door_is_open_today(city: str) -> None:
    zone = current_settings().city.zone
    day = utc_now().astimezone(zone).date()
    query = select(Occurrence).where(Occurrence.starts_at >= datetime.combine(day - timedelta(days=1), time(17), zone))
    query = query.where(Occurrence.starts_at < datetime.combine(day + timedelta(days=1), time(0), zone))
    dates = [each for each in db.session.scalars(query) if each.state == OccurrenceState.SCHEDULED]
    of_today = [each for each in dates if each.starts_at.astimezone(zone).date() == day]
    assert len(of_today) >= 5 and any(each.activity.kind == Kind.VOLUNTEER for each in of_today)
    for hour in range(24):
        # Of the evening before somebody is still there in the morning; this evening's are there until midnight.
        at = datetime.combine(day, time(hour, 30), zone)
        doors = (window(each, Keeper()) for each in dates)
        open_at = [True for opens, closes in doors if opens <= at <= closes]
        assert open_at or (hour < 10 and utc_now().astimezone(zone).hour > 7), at
    guests = select(Registration.seats).join(Occurrence).where(Occurrence.id.in_([each.id for each in of_today]))
    seats = list(db.session.scalars(guests))
    assert len(seats) >= 30 and max(seats) > 2


def test_dates_of_today_are_made_once_a_day_and_people_are_in_where_it_has_begun(city: str) -> None:
    zone = current_settings().city.zone
    night_key = "en-nat-paa-biblioteket"
    nights = select(Occurrence).join(Activity).where(Activity.key == night_key)
    held = {each.starts_at.astimezone(zone).date() for each in db.session.scalars(nights)}
    days = (utc_now().astimezone(zone).date() + timedelta(days=number) for number in range(2, 30))
    evening = datetime.combine(next(day for day in days if day not in held), time(19), zone)
    assert today.load(evening, zone) > 0, "a day on which nothing was loaded"
    assert today.load(evening, zone) == 0
    begun = select(Occurrence).where(Occurrence.starts_at.between(evening - timedelta(hours=1), evening))
    (night,) = db.session.scalars(begun.join(Activity).where(Activity.key == night_key))
    came = select(func.count()).select_from(Attendance).where(Attendance.occurrence_id == night.id)
    of_all = select(func.count()).select_from(Registration).where(Registration.occurrence_id == night.id)
    assert 0 < (db.session.scalar(came) or 0) < (db.session.scalar(of_all) or 0)
    today.load(evening + timedelta(hours=13), zone)
    nights = begun.join(Activity).where(Activity.key == night_key)
    assert len(db.session.scalars(nights).all()) == 1, "the night before is there"
    db.session.rollback()


def test_classes_wait_for_an_answer_and_the_last_came_too_late(city: str) -> None:
    waiting = db.session.scalars(select(Registration).where(Registration.state == State.PENDING_APPROVAL)).all()
    assert len({each.occurrence_id for each in waiting}) == 1
    assert sorted(each.holds_seat for each in waiting) == [False, True, True]
    room = pools.look(waiting[0].occurrence_id)
    assert room is not None and room.party == Party.CLASS
    (late,) = (each for each in waiting if not each.holds_seat)
    assert room.left is not None and 0 <= room.left < late.seats
    assert {each.school_class["class"] for each in waiting} == {"4. b", "5. a", "6. c"}
    assert classes.load(utc_now()) == 0


def test_proposals_stand_in_every_state_and_wait_for_somebody(city: str) -> None:
    states = set(db.session.scalars(select(Proposal.state)))
    assert states == set(ProposalState) - {ProposalState.UNPROVEN, ProposalState.WITHDRAWN}
    assert db.session.query(Proposal).filter_by(state=ProposalState.NEW).count() >= 3
    (draft,) = db.session.scalars(select(Proposal).where(Proposal.state == ProposalState.DRAFT))
    assert draft.activity is not None and draft.activity.state == ActivityState.DRAFT
    shown = interest.shown()
    assert len(shown) >= 3 and min(interest.counts(shown).values()) > 0


def test_there_is_enough_to_find(city: str) -> None:
    coming = select(func.count()).select_from(Occurrence).where(Occurrence.starts_at > utc_now())
    assert count(Activity) >= 60
    assert (db.session.scalar(coming) or 0) >= 150


def test_all_dimensions_and_all_goals_have_something_coming(city: str) -> None:
    found = find(Filters(), now=utc_now(), zone=current_settings().city.zone)
    assert set(found.counts["dimension"]) == {"environmental", "social", "cultural", "economic"}
    assert set(found.counts["goal"]) == {str(number) for number in range(1, 18)}
    assert set(found.counts["kind"]) == {"learning", "volunteer"}
    assert {"da", "de", "en"} <= set(found.counts["spoken"])
    assert found.total >= 60 - len(past_only())


def past_only() -> list[int]:
    """Activities that lie in the past altogether: the programme kept for statistics."""
    over = select(Activity.id).join(Occurrence).group_by(Activity.id).having(func.max(Occurrence.ends_at) < utc_now())
    return list(db.session.scalars(over))


def test_some_dates_are_full_some_nearly_some_free_and_some_cancelled(city: str) -> None:
    said = {registrations.places(each)[0] for each in seats()}
    assert said >= {Places.FREE, Places.FEW, Places.WAITING_LIST}
    assert any(each.waiting for each in seats())
    cancelled = select(func.count()).select_from(Occurrence).where(Occurrence.state == OccurrenceState.CANCELLED)
    assert (db.session.scalar(cancelled) or 0) >= 1


def test_nobody_sits_on_a_seat_that_is_not_there(city: str) -> None:
    assert all(each.capacity is None or each.occupied + each.reserved <= each.capacity for each in seats())
    assert totals.correct() == 0


def test_who_waits_waits_for_a_full_date(city: str) -> None:
    for each in seats():
        if each.waiting:
            assert registrations.free(each) == 0


def test_every_date_has_a_place_or_a_link_and_hours_by_the_local_clock(city: str) -> None:
    for occurrence in db.session.scalars(select(Occurrence)):
        assert occurrence.place_id or occurrence.online_url
        assert occurrence.ends_at > occurrence.starts_at
        local = occurrence.starts_at.astimezone(occurrence.timezone)
        assert 5 <= local.hour <= 22, f"{occurrence.activity.key} begins at {local:%H.%M}"


def test_every_activity_has_words_and_some_have_them_in_other_languages(city: str) -> None:
    languages = db.session.scalars(select(ActivityText.language)).all()
    assert {"da", "de", "en"} <= set(languages)
    without = select(Activity.key).where(~Activity.texts.any())
    assert db.session.scalars(without).all() == []


def test_the_guests_are_nobody_and_get_no_mail(city: str) -> None:
    addresses = db.session.scalars(select(Address.identifier)).all()
    assert addresses
    assert all(address.endswith("@example.org") for address in addresses)
    assert db.session.scalars(select(Letter)).all() == []


def test_a_citizen_can_sign_up_in_the_demo_city(city: str) -> None:
    now = utc_now()
    for hit in find(Filters(), now=now, zone=current_settings().city.zone, per_page=200).hits:
        room = pools.lock(hit.occurrence_id)
        if room is not None and room.is_open(now) and room.has_room_for(1, now):
            break
    else:
        pytest.fail("nothing is open")
    application = registrations.Application("Anna", "anna@example.org", 1, "da", "web")
    assert not registrations.sign_up(hit.occurrence_id, application, now=now).waiting
    db.session.rollback()
