"""Whole courses whose dates move, fall or are added: one seat on all of them, and one letter to each who has it."""

import threading
from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from flask import Flask
from icalendar import Calendar
from sqlalchemy import select

from engage import registrations
from engage.activities import dates, series
from engage.activities.dates import Details
from engage.activities.models import Activity, Occurrence, OccurrenceState, Pool, SignUpMode
from engage.activities.recurrence import Frequency, Recurrence
from engage.activities.scopes import Scope
from engage.activities.shifts import RoleInput
from engage.activities.terms import WaitingMode
from engage.base.db import ask, db, transaction
from engage.base.identifiers import public_id
from engage.outbox import Letter
from engage.registrations import NotOpen, Registration, State, adding, changes, courses, reinstating, totals, waiting
from engage.registrations.models import Answered, Offer
from tests.conftest import NOW
from tests.town import Town

EVENING = Details(time(18), time(20), capacity=4)
LATER = NOW + timedelta(hours=1)
WEDNESDAYS = Recurrence(Frequency.WEEKLY, date(2026, 3, 11), weekdays=(2,), count=4)


@pytest.fixture
def course(town: Town) -> list[Occurrence]:
    """Four Wednesday evenings that belong together."""
    kind = {"sign_up": SignUpMode.WHOLE_COURSE, "waiting_mode": WaitingMode.MANUAL}
    activity = town.activity(texts={"da": "Kor", "de": "Chor"}, **kind)
    made = series.add_series(activity.id, WEDNESDAYS, EVENING, now=NOW)
    db.session.commit()
    return series.coming(made.id, NOW)


def pool_of(activity_id: int) -> Pool:
    courses.lock([each.id for each in dates.of(activity_id)])
    return db.session.scalars(select(Pool).where(Pool.course_id == activity_id)).one()


def joined(first: Occurrence, name: str = "anna", state: State = State.CONFIRMED, **facts: object) -> Registration:
    """Somebody with a place on the course, from this date on."""
    registration = Registration(
        public_id=public_id(12),
        pool_id=pool_of(first.activity_id).id,
        occurrence_id=first.id,
        state=state,
        seats=1,
        name=name.title(),
        email=f"{name}@example.org",
        joined_at=NOW,
        changed_at=NOW,
        **{"language": "da", "channel": "web", "verified_at": NOW, **facts},
    )
    db.session.add(registration)
    db.session.commit()
    return registration


def letters() -> list[Letter]:
    db.session.expire_all()
    return list(db.session.scalars(select(Letter).order_by(Letter.id)))


def to(letter: Letter) -> str:
    name: str = letter.addresses[0]["identifier"]
    return name.partition("@")[0]


def text(letter: Letter) -> str:
    return " ".join(letter.message["text"])


def entries(letter: Letter) -> list[tuple[str, str, str]]:
    """Of each entry in the letter's files: method, date, status."""
    found = []
    for file in letter.message["attachments"]:
        calendar = Calendar.from_ical(file["text"])
        for event in calendar.walk("VEVENT"):
            day = event["DTSTART"].dt
            assert isinstance(day, datetime)
            found.append((str(calendar["METHOD"]), day.date().isoformat(), str(event.get("STATUS", ""))))
    return found


def moved(occurrence: Occurrence, scope: Scope = Scope.THIS, *, days: int = 0, **wanted: object) -> None:
    details = replace(dates.details(occurrence), **wanted)  # type: ignore[arg-type]
    day = dates.local_day(occurrence) + timedelta(days=days)
    changes.change(occurrence.id, day, details, scope, now=NOW)
    db.session.commit()


def test_everybody_on_the_course_is_told_of_a_date_that_moves_and_keeps_their_place(course: list[Occurrence]) -> None:
    anna, _berit = joined(course[0]), joined(course[0], "berit", language="de")
    moved(course[2], begins=time(17))
    danish, german = letters()
    assert (to(danish), to(german)) == ("anna", "berit")
    assert entries(danish) == [("REQUEST", "2026-03-25", "CONFIRMED")]
    lines = " ".join(danish.message["cards"][0]["lines"])
    assert "18.00" in lines and "17.00" in lines and "25. marts" in lines and "Mittwoch" in str(german.message["cards"])
    (way_out,) = danish.message["buttons"]
    assert way_out["url"].endswith("/afmeld")
    assert (anna.state, anna.occurrence_id) == (State.CONFIRMED, course[0].id)


def test_dates_that_move_together_are_one_letter_with_an_entry_each(course: list[Occurrence]) -> None:
    joined(course[0])
    moved(course[1], Scope.FOLLOWING, place_id=None, online_url="https://example.org/kor")
    (letter,) = letters()
    assert len(letter.message["cards"]) == 3 and len(entries(letter)) == 3
    assert len(letter.message["buttons"]) == 1, "there is one sign-up to leave"


def test_two_dates_that_move_one_after_the_other_are_two_letters(course: list[Occurrence]) -> None:
    joined(course[0])
    for each in course[1:3]:
        moved(each, begins=time(17))
    assert len(letters()) == 2


def test_who_joined_later_hears_nothing_of_dates_before_theirs(course: list[Occurrence]) -> None:
    joined(course[0])
    joined(course[2], "berit")
    moved(course[1], begins=time(17))
    assert [to(each) for each in letters()] == ["anna"]
    assert changes.sign_ups([each.id for each in course]) == {
        course[0].id: 1, course[1].id: 1, course[2].id: 2, course[3].id: 2,
    }  # fmt: skip
    assert changes.number_of_sign_ups([each.id for each in course]) == 2, "a person counts once"


def test_who_waits_is_told_without_an_entry_and_an_unproven_address_not_at_all(course: list[Occurrence]) -> None:
    joined(course[0], "venter", State.WAITING)
    joined(course[0], "ukendt", State.PENDING_EMAIL, verified_at=None)
    moved(course[1], begins=time(17))
    (letter,) = letters()
    assert to(letter) == "venter" and entries(letter) == []


def test_a_first_date_that_moves_behind_the_second_is_still_one_they_come_to(course: list[Occurrence]) -> None:
    anna = joined(course[0])
    moved(course[0], days=10)
    db.session.expire_all()
    assert anna.occurrence_id == course[1].id
    assert changes.sign_ups([each.id for each in course]) == dict.fromkeys((each.id for each in course), 1)


def test_one_date_called_off_ends_no_sign_up_and_is_told(course: list[Occurrence]) -> None:
    anna, venter = joined(course[0]), joined(course[0], "venter", State.WAITING)
    assert changes.call_off(course[1].id, now=NOW, words="Koret er på tur.") == 2
    db.session.commit()
    first, second = letters()
    assert (to(first), entries(first)) == ("anna", [("CANCEL", "2026-03-18", "CANCELLED")])
    assert "Koret er på tur." in text(first) and len(first.message["cards"]) == 1
    assert (to(second), entries(second)) == ("venter", [])
    assert [each.state for each in (anna, venter)] == [State.CONFIRMED, State.WAITING]
    assert anna.occurrence_id == course[0].id
    assert first.message["buttons"][0]["url"].endswith("/afmeld")


def test_who_would_have_begun_with_the_date_that_fell_begins_with_the_next(course: list[Occurrence]) -> None:
    anna, berit = joined(course[0]), joined(course[2], "berit")
    changes.call_off(course[0].id, now=NOW)
    db.session.commit()
    assert (anna.occurrence_id, berit.occurrence_id) == (course[1].id, course[2].id)
    assert [to(each) for each in letters()] == ["anna"]
    assert anna.state == State.CONFIRMED


def test_a_course_called_off_as_a_whole_ends_every_sign_up_with_one_letter_each(course: list[Occurrence]) -> None:
    guests = [
        joined(course[0]), joined(course[1], "berit"), joined(course[0], "venter", State.WAITING),
        joined(course[0], "ukendt", State.PENDING_EMAIL, verified_at=None),
    ]  # fmt: skip
    assert changes.call_off_all(course[0].activity_id, now=NOW) == 3
    db.session.commit()
    assert {each.state for each in guests} == {State.CANCELLED_WITH_EVENT}
    found = {to(letter): letter for letter in letters()}
    assert set(found) == {"anna", "berit", "venter"}
    assert [len(entries(found[name])) for name in ("anna", "berit", "venter")] == [4, 3, 0]
    pool = pool_of(course[0].activity_id)
    assert (pool.occupied, pool.waiting) == (0, 0)
    assert {each.pool.occupied for each in course} == {0}


def test_the_last_date_somebody_comes_to_ends_their_sign_up_and_nobody_elses(course: list[Occurrence]) -> None:
    anna, late = joined(course[0]), joined(course[2], "late")
    changes.call_off(course[2].id, Scope.FOLLOWING, now=NOW)
    db.session.commit()
    assert (anna.state, late.state) == (State.CONFIRMED, State.CANCELLED_WITH_EVENT)
    assert {to(letter): len(letter.message["cards"]) for letter in letters()} == {"anna": 2, "late": 2}


def test_what_is_left_of_a_course_that_began_falls_for_those_who_came_and_ends_for_those_who_wait(
    course: list[Occurrence],
) -> None:
    anna, venter = joined(course[0]), joined(course[0], "venter", State.WAITING)
    later = course[1].starts_at + timedelta(hours=1)
    changes.call_off_all(course[0].activity_id, now=later)
    db.session.commit()
    assert (anna.state, venter.state) == (State.CONFIRMED, State.CANCELLED_WITH_EVENT)
    assert anna.occurrence_id == course[0].id, "they were there"
    mine = next(letter for letter in letters() if to(letter) == "anna")
    assert len(entries(mine)) == 2 and not mine.message["buttons"][0]["url"].endswith("/afmeld")


def test_an_offer_ends_with_the_course(course: list[Occurrence]) -> None:
    offered = joined(course[0], "tilbudt", State.OFFERED, offered_seats=1)
    offer = Offer(
        public_id=public_id(20),
        registration_id=offered.id,
        seats=1,
        answered=Answered.OPEN,
        made_at=NOW,
        delivered_from=NOW,
        expires_at=NOW + timedelta(hours=48),
    )
    db.session.add(offer)
    changes.call_off(course[0].id, Scope.ALL, now=NOW)
    db.session.commit()
    assert (offer.answered, offer.settled_at, offered.offered_seats) == (Answered.WITHDRAWN, NOW, None)


def test_no_date_of_a_course_goes_without_a_word_while_people_are_signed_up(course: list[Occurrence]) -> None:
    joined(course[0])
    removed = changes.remove(course[1].id, now=NOW)
    db.session.commit()
    assert (removed.deleted, removed.called_off, removed.letters) == (0, 1, 1)
    assert dates.of(course[0].activity_id)[1].state == OccurrenceState.CANCELLED


def test_a_date_goes_without_a_trace_where_nobody_comes_to_it(course: list[Occurrence]) -> None:
    joined(course[2])
    removed = changes.remove(course[0].id, now=NOW)
    db.session.commit()
    assert (removed.deleted, removed.called_off, removed.letters) == (1, 0, 0)
    assert pool_of(course[2].activity_id).occupied == 1


def test_who_waits_is_served_when_the_date_with_the_fewest_places_falls(
    course: list[Occurrence], monkeypatch: pytest.MonkeyPatch
) -> None:
    served: list[int] = []
    monkeypatch.setattr(waiting, "serve_date", lambda number, *, now: served.append(number))
    joined(course[0], "venter", State.WAITING)
    changes.call_off(course[0].id, now=NOW)
    assert set(served) & {each.id for each in course[1:]}


def test_people_on_the_course_come_to_a_date_that_is_added_and_are_told(course: list[Occurrence]) -> None:
    joined(course[0])
    made = adding.add_date(course[0].activity_id, date(2026, 4, 15), EVENING, now=NOW)
    db.session.commit()
    (letter,) = letters()
    assert entries(letter) == [("REQUEST", "2026-04-15", "CONFIRMED")]
    assert made.pool.occupied == 1, "their seat counts there too"
    assert changes.sign_ups([made.id]) == {made.id: 1}


def test_a_date_added_before_the_first_is_one_they_come_to(course: list[Occurrence]) -> None:
    anna = joined(course[0])
    made = adding.add_date(course[0].activity_id, date(2026, 3, 9), EVENING, now=NOW)
    db.session.commit()
    assert anna.occurrence_id == made.id
    assert [day for _method, day, _status in entries(letters()[0])] == ["2026-03-09"]


def test_a_date_that_is_held_after_all_is_told_to_who_kept_their_place(course: list[Occurrence]) -> None:
    anna = joined(course[0])
    changes.call_off(course[0].id, now=NOW)
    assert anna.occurrence_id == course[1].id
    assert reinstating.reinstate(course[0].id, now=LATER, words="Salen er fri.") == 1
    db.session.commit()
    off, again = letters()
    assert (anna.state, anna.occurrence_id) == (State.CONFIRMED, course[0].id), "the first they come to once more"
    assert entries(again) == [("REQUEST", "2026-03-11", "CONFIRMED")] and "Salen er fri." in text(again)
    assert off.message["subject"] != again.message["subject"]


def test_a_course_called_off_altogether_comes_back_with_one_question_to_each(
    town: Town, course: list[Occurrence]
) -> None:
    anna, late = joined(course[0]), joined(course[2], "late")
    changes.call_off_all(course[0].activity_id, now=NOW)
    db.session.commit()
    before = len(letters())
    assert len(reinstating.former_guests([course[1].id])) == 2
    assert reinstating.reinstate(course[1].id, with_others=True, now=LATER) == 2
    db.session.commit()
    assert sorted(to(each) for each in letters()[before:]) == ["anna", "late"]
    assert (anna.state, anna.occurrence_id, late.occurrence_id) == (
        State.CANCELLED_WITH_EVENT, course[0].id, course[2].id,
    )  # fmt: skip
    reinstating.come_again(anna.public_id, now=LATER)
    db.session.commit()
    assert anna.state == State.CONFIRMED and {each.pool.occupied for each in course} == {1}


def test_one_date_of_a_course_that_fell_altogether_is_one_to_come_again_to(
    town: Town, course: list[Occurrence]
) -> None:
    anna = joined(course[0])
    changes.call_off_all(course[0].activity_id, now=NOW)
    reinstating.reinstate(course[2].id, now=LATER)
    db.session.commit()
    assert anna.occurrence_id == course[2].id and reinstating.may_come_again(anna, LATER)
    reinstating.come_again(anna.public_id, now=LATER)
    assert anna.state == State.CONFIRMED


def test_later_dates_of_a_long_course_are_told_when_they_are_made(town: Town) -> None:
    activity = town.activity("Kor", sign_up=SignUpMode.WHOLE_COURSE, waiting_mode=WaitingMode.MANUAL)
    endless = Recurrence(Frequency.WEEKLY, date(2026, 3, 11), interval=8, weekdays=(2,), until=date(2027, 12, 31))
    made = series.add_series(activity.id, endless, EVENING, now=NOW)
    db.session.commit()
    joined(dates.of(activity.id)[0])
    known = len(dates.of(activity.id))
    later = NOW + timedelta(days=60)
    number = adding.extend_series(made.id, now=later)
    assert number > 0 and len(dates.of(activity.id)) == known + number
    assert [len(entries(each)) for each in letters()] == [number]
    assert adding.extend_series(made.id, now=later) == 0 and len(letters()) == 1


def test_a_longer_rule_is_told_once_with_all_its_new_dates(course: list[Occurrence]) -> None:
    joined(course[0])
    changes.change_rule(course[0].series_id or 0, replace(WEDNESDAYS, count=6), now=NOW)
    db.session.commit()
    (letter,) = letters()
    assert [day for _method, day, _status in entries(letter)] == ["2026-04-08", "2026-04-15"]


def test_a_series_added_to_a_course_is_told_too_and_one_elsewhere_to_nobody(
    town: Town, course: list[Occurrence]
) -> None:
    joined(course[0])
    more = Recurrence(Frequency.WEEKLY, date(2026, 5, 6), weekdays=(2,), count=2)
    adding.add_series(town.activity().id, more, EVENING, now=NOW)
    assert letters() == []
    adding.add_series(course[0].activity_id, more, EVENING, now=NOW)
    assert len(entries(letters()[0])) == 2


WAYS = (SignUpMode.REGISTRATION, SignUpMode.SEVERAL_DATES, SignUpMode.DROP_IN)


@pytest.mark.parametrize("mode", WAYS)
def test_a_course_people_are_signed_up_for_stays_one(course: list[Occurrence], mode: SignUpMode) -> None:
    anna = joined(course[0])
    with pytest.raises(changes.GuestsAreComing):
        changes.choose_sign_up(course[0].activity_id, mode, now=NOW)
    anna.state = State.CANCELLED_BY_PERSON
    changes.choose_sign_up(course[0].activity_id, mode, now=NOW)
    assert course[0].activity.sign_up == mode


@pytest.mark.parametrize("mode", [SignUpMode.WHOLE_COURSE, SignUpMode.DROP_IN])
def test_dates_people_are_signed_up_for_become_no_course(town: Town, mode: SignUpMode) -> None:
    date_ = town.occurrence()
    town.signed_up(date_)
    with pytest.raises(changes.GuestsAreComing):
        changes.choose_sign_up(date_.activity_id, mode, now=NOW)
    assert date_.activity.sign_up == SignUpMode.REGISTRATION


def test_one_date_or_several_at_a_time_is_the_same_to_who_is_signed_up(town: Town) -> None:
    date_ = town.occurrence()
    town.signed_up(date_)
    for mode in (SignUpMode.SEVERAL_DATES, SignUpMode.REGISTRATION):
        changes.choose_sign_up(date_.activity_id, mode, now=NOW)
        assert date_.activity.sign_up == mode


def test_roles_and_whole_courses_do_not_go_together(town: Town, course: list[Occurrence]) -> None:
    with pytest.raises(changes.RolesAreByDate):
        changes.add_role(course[0].activity_id, RoleInput({"da": "Grill"}, capacity=1), now=NOW)
    shift = town.occurrence()
    changes.add_role(shift.activity_id, RoleInput({"da": "Grill"}, capacity=1), now=NOW)
    with pytest.raises(changes.RolesAreByDate):
        changes.choose_sign_up(shift.activity_id, SignUpMode.WHOLE_COURSE, now=NOW)


def test_a_course_has_a_pool_before_its_dates_are_locked_and_other_activities_none(
    town: Town, course: list[Occurrence]
) -> None:
    date_ = town.occurrence()
    changes.call_off(course[0].id, now=NOW)
    changes.call_off(date_.id, now=NOW)
    courses.lock([course[1].id])
    known = ask("SELECT course_id FROM pool WHERE course_id IS NOT NULL", {}).fetchall()
    assert known == [(course[0].activity_id,)]
    assert isinstance(db.session.get_one(Activity, course[0].activity_id), Activity)


def test_who_signs_up_on_the_page_of_any_date_comes_to_all_of_them(town: Town, course: list[Occurrence]) -> None:
    anna = town.signed_up(course[2], email="anna@example.org")
    assert (anna.state, anna.occurrence_id) == (State.CONFIRMED, course[0].id)
    assert {each.pool.occupied for each in course} == {1}
    later = town.signed_up(course[1], email="anna@example.org")
    assert later.id == anna.id, "one seat is enough for all"
    letter = [each for each in letters() if to(each) == "anna"][1]
    assert len(entries(letter)) == 4


def test_who_joins_a_course_that_has_begun_comes_to_what_is_left(town: Town, course: list[Occurrence]) -> None:
    course[0].activity.join_until = 2
    db.session.commit()
    between = course[0].starts_at + timedelta(days=1)
    late = town.signed_up(course[3], now=between)
    assert late.occurrence_id == course[1].id
    with pytest.raises(NotOpen):
        town.signed_up(course[3], now=course[1].starts_at + timedelta(minutes=1))


def test_somebody_known_gets_every_date_of_the_course_in_the_first_letter(town: Town, course: list[Occurrence]) -> None:
    known = town.signed_up(town.occurrence(), email="anna@example.org")
    before = len(letters())
    town.signed_up(course[3], email="anna@example.org", person_id=known.person_id, confirmed=False)
    (letter,) = letters()[before:]
    assert len(entries(letter)) == 4


def test_a_place_on_the_smallest_date_is_a_place_on_the_course(town: Town, course: list[Occurrence]) -> None:
    course[0].activity.waiting_mode = WaitingMode.AUTO
    db.session.commit()
    moved(course[1], capacity=1)
    first, second = town.signed_up(course[0]), town.signed_up(course[0])
    assert (first.state, second.state) == (State.CONFIRMED, State.WAITING)
    changes.call_off(course[1].id, now=NOW)
    db.session.commit()
    assert second.state == State.CONFIRMED, "what is left has room for both"
    assert totals.correct() == 0


def test_who_signs_up_while_a_course_is_called_off_is_told_that_it_is(
    app: Flask, town: Town, course: list[Occurrence]
) -> None:
    number, answers = course[0].id, []
    taken = threading.Event()

    def sign_up() -> None:
        with app.app_context():
            taken.wait(5)
            try:
                with transaction():
                    answers.append(registrations.sign_up(number, town.application(), now=NOW))
            except NotOpen as refusal:
                answers.append(refusal)

    late = threading.Thread(target=sign_up)
    late.start()
    with transaction():
        changes.call_off_all(course[0].activity_id, now=NOW)
        taken.set()
        late.join(0.5)
        assert late.is_alive(), "it waits for the course's own pool, although nobody had signed up before"
    late.join(5)
    assert [type(answer) for answer in answers] == [NotOpen]
