"""An activity's terms as its sign-ups meet them: windows, groups, classes, ages, roles, courses, approval, several dates."""

from datetime import date, timedelta
from typing import Any

import pytest
from icalendar import Calendar
from sqlalchemy import select

from engage import people, registrations
from engage.activities.models import Kind, Occurrence, Pool, SignUpMode
from engage.activities.plans import ShiftRole
from engage.activities.shifts import RoleInput
from engage.activities.terms import AskedOfEach, Party
from engage.base.db import db
from engage.base.errors import Refusal
from engage.outbox import Letter
from engage.registrations import (
    Changes,
    Companion,
    Registration,
    SchoolClass,
    State,
    changes,
    desk,
    entering,
    leaving,
    totals,
)
from engage.registrations.overlaps import Overlaps
from engage.registrations.standing import standing
from tests.accounts.cast import account
from tests.conftest import NOW
from tests.town import Town

DAY = timedelta(days=1)


def refused(town: Town, occurrence: Occurrence, *, now: Any = NOW, **facts: Any) -> str:
    """The code with which a sign-up is refused, "" when it is not. Nothing is left of it."""
    try:
        registrations.sign_up(occurrence.id, town.application(**facts), now=now)
    except Refusal as refusal:
        assert str(refusal)
        return refusal.code
    else:
        return ""
    finally:
        db.session.rollback()


def test_sign_up_opens_and_closes_when_the_organiser_says(town: Town) -> None:
    date_ = town.occurrence(town.activity(sign_up_opens_at=NOW + DAY, sign_up_closes_before=2 * 1440))
    assert refused(town, date_) == "not_open_yet"
    assert refused(town, date_, now=NOW + 2 * DAY) == ""
    assert refused(town, date_, now=date_.starts_at - DAY) == "not_open"


def test_after_the_deadline_one_writes_to_the_organiser(town: Town) -> None:
    date_ = town.occurrence(town.activity(cancel_before=1440, contact_email="karen@example.org"))
    guest = town.signed_up(date_)
    late = date_.starts_at - timedelta(hours=3)
    with pytest.raises(leaving.CancellingClosed) as refusal:
        registrations.cancel(guest.public_id, now=late)
    assert "karen@example.org" in str(refusal.value)
    with pytest.raises(leaving.CancellingClosed):
        registrations.change(guest.public_id, Changes(seats=2), now=late)


@pytest.mark.parametrize(("seats", "code"), [(1, "seats_not_possible"), (2, ""), (4, ""), (5, "seats_not_possible")])
def test_a_group_is_as_large_as_the_activity_takes(town: Town, seats: int, code: str) -> None:
    assert refused(town, town.occurrence(town.activity(group_least=2, group_most=4)), seats=seats) == code


@pytest.mark.parametrize(
    ("companions", "code"),
    [
        ((), "companion_name_missing"),
        ((Companion("Ida", 7),), "companion_name_missing"),
        ((Companion("Ida", 7), Companion("Bo")), "age_missing"),
        ((Companion("Ida", 5), Companion("Bo", 8)), "age_not_fitting"),
        ((Companion("Ida", 7), Companion("Bo", 13)), "age_not_fitting"),
        ((Companion("Ida", 6), Companion("Bo", 12)), ""),
    ],
)
def test_everybody_who_comes_is_named_and_old_enough_where_asked(
    town: Town, companions: tuple[Companion, ...], code: str
) -> None:
    activity = town.activity(asked_of_each=AskedOfEach.NAME_AND_AGE, age_from=6, age_to=12)
    assert refused(town, town.occurrence(activity), seats=2, companions=companions) == code


@pytest.mark.parametrize(
    ("school_class", "code"),
    [
        (None, "class_incomplete"),
        (SchoolClass("", "5.b", 20, 2), "class_incomplete"),
        (SchoolClass("Skolen", "5.b", 0, 2), "class_incomplete"),
        (SchoolClass("Skolen", "5.b", 27, 2), "seats_not_possible"),
        (SchoolClass("Skolen", "5.b", 20, 2), ""),
    ],
)
def test_a_class_comes_with_its_school_and_its_numbers(town: Town, school_class: SchoolClass | None, code: str) -> None:
    activity = town.activity(party=Party.CLASS, group_least=10, group_most=28)
    assert refused(town, town.occurrence(activity, capacity=30), school_class=school_class) == code


def test_a_class_takes_a_seat_for_each_pupil_and_adult(town: Town) -> None:
    date_ = town.occurrence(town.activity(party=Party.CLASS, approval=True), capacity=30)
    guest = town.signed_up(date_, school_class=SchoolClass("Skolen", "5.b", 20, 2))
    assert (guest.state, guest.seats, date_.pool.occupied) == (State.PENDING_APPROVAL, 22, 22)
    assert guest.school_class == {"school": "Skolen", "class": "5.b", "pupils": 20, "adults": 2}


def test_the_organiser_says_yes_or_no_and_what_was_held_goes_on(town: Town) -> None:
    date_ = town.occurrence(town.activity(approval=True), capacity=1)
    first, second = town.signed_up(date_), town.signed_up(date_)
    assert [each.state for each in (first, second)] == [State.PENDING_APPROVAL] * 2
    assert (first.holds_seat, second.holds_seat) == (True, False)
    staff = account().id
    for _twice in range(2):
        desk.approve(second.public_id, by=staff, words="I er velkomne", now=NOW)
    db.session.commit()
    assert second.state == State.WAITING
    desk.turn_down(first.public_id, by=staff, now=NOW)
    db.session.commit()
    assert (first.state, second.state, totals.correct()) == (State.DECLINED, State.CONFIRMED, 0)


def test_what_is_changed_after_approval_is_looked_at_again_where_that_is_wished(town: Town) -> None:
    date_ = town.occurrence(town.activity(approval=True, approves_edits=True))
    guest = town.signed_up(date_)
    desk.approve(guest.public_id, by=account().id, now=NOW)
    registrations.change(guest.public_id, Changes(seats=2), now=NOW)
    db.session.commit()
    assert (guest.state, guest.seats, date_.pool.occupied) == (State.PENDING_APPROVAL, 2, 2)


def test_without_a_waiting_list_a_full_date_says_so(town: Town) -> None:
    date_ = town.occurrence(town.activity(waiting_list=False), capacity=1)
    town.signed_up(date_)
    assert refused(town, date_) == "waiting_list_closed"


def test_a_waiting_list_has_an_end_where_it_has_one(town: Town) -> None:
    date_ = town.occurrence(town.activity(waiting_most=2), capacity=1)
    town.signed_up(date_), town.signed_up(date_)
    assert refused(town, date_, seats=2) == "waiting_list_closed"
    assert refused(town, date_) == ""


def test_one_person_has_only_so_many_coming_sign_ups(town: Town, set_settings: Any) -> None:
    set_settings(sign_ups_per_person=2)
    for _number in range(2):
        town.signed_up(town.occurrence(), email="anna@example.org")
    assert refused(town, town.occurrence(), email="anna@example.org") == "too_many_sign_ups"
    assert refused(town, town.occurrence(), email="bo@example.org") == ""


# -- roles


@pytest.fixture
def shift(town: Town) -> tuple[Occurrence, ShiftRole, ShiftRole]:
    """A beach clean-up that needs two at the grill, and one with a certificate for the children."""
    date_ = town.occurrence(town.activity(kind=Kind.VOLUNTEER))
    grill = changes.add_role(date_.activity_id, RoleInput({"da": "Grill"}, capacity=2), now=NOW)
    children = changes.add_role(
        date_.activity_id, RoleInput({"da": "Børn"}, vetting={"da": "Børneattest"}, capacity=1), now=NOW
    )
    db.session.commit()
    return date_, grill, children


def test_one_helps_with_something(town: Town, shift: tuple[Occurrence, ShiftRole, ShiftRole]) -> None:
    date_, grill, _children = shift
    assert refused(town, date_) == "role_missing"
    assert refused(town, date_, role="nothing") == "role_missing"
    guests = [town.signed_up(date_, role=grill.public_id) for _number in range(3)]
    assert [each.state for each in guests] == [State.CONFIRMED, State.CONFIRMED, State.WAITING]
    assert (date_.pool.occupied, date_.pool.capacity, date_.pool.waiting) == (2, 3, 0)


def test_a_certificate_is_declared_by_its_date(town: Town, shift: tuple[Occurrence, ShiftRole, ShiftRole]) -> None:
    date_, _grill, children = shift
    assert refused(town, date_, role=children.public_id) == "vetting_missing"
    assert refused(town, date_, role=children.public_id, vetted_on=date(2030, 1, 1)) == "vetting_missing"
    guest = town.signed_up(date_, role=children.public_id, vetted_on=date(2025, 8, 1))
    assert guest.vetted_on == date(2025, 8, 1)


@pytest.mark.parametrize(
    ("later", "code"),
    [(timedelta(hours=2), ""), (timedelta(hours=1, minutes=50), "short_overlap"), (timedelta(hours=1), "overlaps")],
)
def test_shifts_may_touch_but_not_overlap(town: Town, later: timedelta, code: str) -> None:
    first = town.occurrence(town.activity(kind=Kind.VOLUNTEER))
    second = town.occurrence(town.activity(kind=Kind.VOLUNTEER), starts_at=first.starts_at + later)
    guest = town.signed_up(first, email="anna@example.org")
    known = {"email": "anna@example.org", "person_id": guest.person_id}
    assert refused(town, second, **known) == code
    assert refused(town, second, **known, overlap_accepted=True) == ("overlaps" if code == "overlaps" else "")
    assert refused(town, second, email="anna@example.org") == "", "a stranger does not learn where she is"


def test_a_shift_from_the_chat_counts_for_who_proves_the_same_address_on_the_web(town: Town) -> None:
    """Until both are linked a chat and an address are two persons, and nobody can be in two places all the same."""
    first, second = (town.occurrence(town.activity(kind=Kind.VOLUNTEER)) for _number in range(2))
    chat = people.find_or_create("webchat", "anna", language="da", now=NOW)
    town.signed_up(first, email="anna@example.org", person_id=chat)
    web = town.signed_up(second, email="anna@example.org", confirmed=False)
    assert web.person_id != chat
    with pytest.raises(Overlaps):
        registrations.confirm(web.public_id, now=NOW)


# -- courses and several dates


@pytest.fixture
def course(town: Town) -> list[Occurrence]:
    """Four evenings that one signs up for together; the third has fewer places."""
    activity = town.activity("Tegnsprog", sign_up=SignUpMode.WHOLE_COURSE)
    return [
        town.occurrence(activity, capacity=2 if week == 2 else 3, starts_in=timedelta(days=7 + 7 * week))
        for week in range(4)
    ]


def test_a_course_has_as_many_seats_as_its_smallest_date_and_takes_one_on_each(
    town: Town, course: list[Occurrence]
) -> None:
    guests = [town.signed_up(course[number]) for number in (0, 1, 0)]
    assert [each.state for each in guests] == [State.CONFIRMED, State.CONFIRMED, State.WAITING]
    assert [(each.pool.occupied, each.pool.waiting) for each in course] == [(2, 1)] * 4
    assert len({each.pool_id for each in guests}) == 1
    assert totals.correct() == 0
    registrations.cancel(guests[0].public_id, now=NOW)
    db.session.commit()
    assert guests[2].state == State.CONFIRMED


def test_a_course_is_signed_up_for_once(town: Town, course: list[Occurrence]) -> None:
    first = town.signed_up(course[0], email="anna@example.org")
    again = registrations.sign_up(course[2].id, town.application(email="anna@example.org"), now=NOW)
    assert again.registration_id == first.id


def test_a_letter_about_a_course_puts_all_its_dates_into_the_calendar(town: Town, course: list[Occurrence]) -> None:
    town.signed_up(course[0])
    letter = db.session.scalars(select(Letter).order_by(Letter.id.desc())).first()
    assert letter is not None
    (file,) = letter.message["attachments"]
    assert file["text"].count("BEGIN:VEVENT") == 4
    assert all(f"UID:occ-{each.public_id}@" in file["text"] for each in course)


def events(letter: Letter) -> list[tuple[str, int, str]]:
    """(name, sequence, status) of each entry in the letter's one file."""
    (file,) = letter.message["attachments"]
    found = Calendar.from_ical(file["text"]).walk("VEVENT")
    return [(str(each["UID"]).partition("@")[0], int(each["SEQUENCE"]), str(each["STATUS"])) for each in found]


def newest() -> Letter:
    return db.session.scalars(select(Letter).order_by(Letter.id.desc()).limit(1)).one()


@pytest.mark.parametrize("by_organiser", [False, True])
def test_who_leaves_a_course_has_all_its_coming_dates_taken_out_of_the_calendar(
    town: Town, course: list[Occurrence], by_organiser: bool
) -> None:
    guest = town.signed_up(course[0])
    after_first = course[0].starts_at + timedelta(hours=5)
    if by_organiser:
        desk.remove(guest.public_id, by=account().id, reason="Skal blive hjemme", now=after_first)
    else:
        registrations.cancel(guest.public_id, now=after_first)
    db.session.commit()
    assert events(newest()) == [(f"occ-{each.public_id}", 1, "CANCELLED") for each in course[1:]], (
        "the evening they were at stays"
    )


def test_the_last_date_of_a_course_is_the_one_that_goes(town: Town, course: list[Occurrence]) -> None:
    guest = town.signed_up(course[0])
    registrations.cancel(guest.public_id, now=course[2].starts_at + timedelta(hours=5))
    db.session.commit()
    assert events(newest()) == [(f"occ-{course[3].public_id}", 1, "CANCELLED")]


def test_who_signs_up_again_gets_an_entry_that_replaces_the_cancelled_one(town: Town, course: list[Occurrence]) -> None:
    """A calendar takes in only what has a higher number than what it has of the same name."""
    for date_ in (town.occurrence(), course[0]):
        numbers = []
        for _time in range(3):
            guest = town.signed_up(date_, email="anna@example.org")
            numbers += [event[1] for event in events(newest()) if event[0] == f"occ-{date_.public_id}"]
            registrations.cancel(guest.public_id, now=NOW)
            db.session.commit()
            numbers += [event[1] for event in events(newest()) if event[0] == f"occ-{date_.public_id}"]
        assert numbers == sorted(set(numbers)), "each letter's number is above the one before"
        assert len(numbers) == 6


def test_who_is_written_down_again_gets_an_entry_that_replaces_the_cancelled_one(town: Town) -> None:
    date_ = town.occurrence()
    guest = town.signed_up(date_, email="anna@example.org")
    registrations.cancel(guest.public_id, now=NOW)
    entering.add(date_.id, town.application(email="anna@example.org"), by=account().id, now=NOW)
    db.session.commit()
    assert events(newest()) == [(f"occ-{date_.public_id}", 2, "CONFIRMED")]


def test_several_dates_are_cancelled_with_one_letter_and_one_file(town: Town) -> None:
    activity = town.activity(sign_up=SignUpMode.SEVERAL_DATES, cancel_before=60)
    dates = [town.occurrence(activity, capacity=2, starts_in=timedelta(days=week)) for week in range(1, 5)]
    outcomes = registrations.sign_up_for_several(
        [each.id for each in dates], town.application(email="anna@example.org"), now=NOW
    )
    rows = [db.session.get_one(Registration, each.registration_id) for each in outcomes]
    registrations.confirm(rows[0].public_id, now=NOW)
    registrations.cancel(rows[2].public_id, now=NOW)
    late = dates[0].starts_at - timedelta(minutes=30)
    with pytest.raises(leaving.CancellingClosed):
        leaving.cancel_together(rows[0].public_id, now=late)
    gone = leaving.cancel_together(rows[1].public_id, now=late)
    db.session.commit()
    assert [each.id for each in gone] == [rows[1].id, rows[3].id]
    assert rows[0].state == State.CONFIRMED, "the deadline for that date is over"
    assert [each.pool.occupied for each in dates] == [1, 0, 0, 0]
    letter = newest()
    assert len(letter.message["cards"]) == 2
    assert events(letter) == [(f"occ-{dates[number].public_id}", 1, "CANCELLED") for number in (1, 3)]
    assert leaving.cancel_together(rows[1].public_id, now=late) == []
    assert newest().id == letter.id, "a second press says the same and writes nothing"


def test_a_course_can_be_joined_late_where_that_is_allowed(town: Town, course: list[Occurrence]) -> None:
    after_first = course[0].starts_at + timedelta(hours=5)
    assert refused(town, course[1], now=after_first) == "not_open"
    course[0].activity.join_until = 2
    db.session.commit()
    assert refused(town, course[1], now=after_first) == ""
    assert refused(town, course[2], now=course[1].starts_at + DAY) == "not_open"


def test_a_date_added_to_a_course_begins_with_its_guests(town: Town, course: list[Occurrence]) -> None:
    town.signed_up(course[0])
    added = town.occurrence(course[0].activity, capacity=3, starts_in=timedelta(days=60))
    assert (added.pool.occupied, totals.correct()) == (1, 0)


def test_several_dates_are_signed_up_for_with_one_letter_and_one_proof(town: Town) -> None:
    activity = town.activity(sign_up=SignUpMode.SEVERAL_DATES)
    dates = [town.occurrence(activity, capacity=2 - week, starts_in=timedelta(days=7 + week)) for week in range(3)]
    ids = [each.id for each in dates]
    outcomes = registrations.sign_up_for_several(ids, town.application(email="anna@example.org"), now=NOW)
    db.session.commit()
    assert [each.waiting for each in outcomes] == [False, False, True]
    assert len(db.session.scalars(select(Letter)).all()) == 1
    first = db.session.get_one(Registration, outcomes[0].registration_id)
    registrations.confirm(first.public_id, now=NOW)
    db.session.commit()
    rows = [db.session.get_one(Registration, each.registration_id) for each in outcomes]
    assert [each.state for each in rows] == [State.CONFIRMED, State.CONFIRMED, State.WAITING]
    letters = [each.message for each in db.session.scalars(select(Letter).order_by(Letter.id))]
    assert [len(each["cards"]) for each in letters] == [3, 2, 1]
    assert letters[1]["attachments"][0]["text"].count("BEGIN:VEVENT") == 2


def test_what_one_of_several_dates_refuses_nobody_is_signed_up_for(town: Town) -> None:
    activity = town.activity(sign_up=SignUpMode.SEVERAL_DATES)
    dates = [town.occurrence(activity, starts_in=timedelta(days=7)), town.occurrence(activity, starts_in=-DAY)]
    with pytest.raises(registrations.NotOpen):
        registrations.sign_up_for_several([each.id for each in dates], town.application(), now=NOW)
    db.session.rollback()
    assert db.session.scalars(select(Registration)).all() == []


def test_it_goes_ahead_when_enough_have_a_place(town: Town) -> None:
    date_ = town.occurrence(town.activity(least_participants=3))
    town.signed_up(date_, seats=2), town.signed_up(date_, confirmed=False)
    found = standing(date_.id)
    assert found is not None
    assert (found.missing, found.goes_ahead) == (1, False)
    town.signed_up(date_)
    found = standing(date_.id)
    assert found is not None and found.goes_ahead
    assert standing(town.occurrence().id) is None


# -- holds


def test_seats_are_held_for_who_fills_in_the_form_where_few_are_left(town: Town) -> None:
    date_ = town.occurrence(capacity=4)
    until = registrations.hold(date_.id, 2, "page-1", now=NOW)
    assert until == NOW + timedelta(minutes=17)
    assert registrations.hold(date_.id, 2, "page-2", now=NOW) is None, (
        "half of the seats at most are held for strangers"
    )
    db.session.commit()
    assert (date_.pool.occupied, date_.pool.unverified) == (2, 2)
    town.signed_up(date_, seats=2)
    assert town.signed_up(date_).state == State.WAITING
    outcome = registrations.sign_up(date_.id, town.application(seats=2, hold="page-1"), now=NOW)
    db.session.commit()
    assert (outcome.waiting, outcome.held, totals.correct()) == (False, True, 0)


def test_a_hold_that_ran_out_is_taken_by_who_comes_next(town: Town) -> None:
    date_ = town.occurrence(capacity=2)
    registrations.hold(date_.id, 1, "page-1", now=NOW)
    db.session.commit()
    town.signed_up(date_)
    late = NOW + timedelta(minutes=17)
    assert town.signed_up(date_, now=late).state == State.CONFIRMED
    pool = db.session.scalars(select(Pool).where(Pool.occurrence_id == date_.id)).one()
    assert (pool.occupied, totals.correct()) == (2, 0)


def test_nothing_is_held_where_there_is_room_for_all(town: Town) -> None:
    assert registrations.hold(town.occurrence(capacity=30).id, 2, "page-1", now=NOW) is None
