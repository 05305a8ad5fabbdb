"""Signing up, confirming, cancelling: what each leaves in the seats, in the rows and in the outbox."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from engage import outbox, registrations
from engage.activities.models import ActivityState, OccurrenceState, Pool, SignUpMode
from engage.base.db import db
from engage.outbox import Letter
from engage.people import EmailNotUsable
from engage.registrations import Registration, State, totals
from tests.conftest import NOW
from tests.town import Town


def pool(occurrence_id: int) -> Pool:
    db.session.expire_all()
    return db.session.scalars(select(Pool).where(Pool.occurrence_id == occurrence_id)).one()


def subjects(about: str | None = None) -> list[str]:
    letters = db.session.scalars(select(Letter).order_by(Letter.id))
    return [letter.message["subject"] for letter in letters if about is None or letter.about == about]


def test_a_first_sign_up_holds_its_seats_until_the_address_is_proven(town: Town) -> None:
    date = town.occurrence(capacity=4)
    registration = town.signed_up(date, confirmed=False, seats=2)
    assert registration.state == State.PENDING_EMAIL
    assert registration.expires_at == NOW + timedelta(minutes=60)
    assert (pool(date.id).occupied, pool(date.id).unverified) == (2, 2)
    assert len(subjects()) == 1


def test_confirming_makes_the_place_ones_own_and_sends_a_calendar_entry(town: Town) -> None:
    date = town.occurrence(capacity=4)
    registration = town.signed_up(date, seats=2)
    assert registration.state == State.CONFIRMED
    assert registration.client is None
    assert (pool(date.id).occupied, pool(date.id).unverified) == (2, 0)
    letter = db.session.scalars(select(Letter).order_by(Letter.id.desc())).first()
    assert letter is not None
    (attachment,) = letter.message["attachments"]
    assert f"UID:occ-{date.public_id}@127.0.0.1" in attachment["text"]


def test_confirming_twice_changes_nothing_and_sends_nothing(town: Town) -> None:
    registration = town.signed_up(town.occurrence())
    before = len(subjects())
    registrations.confirm(registration.public_id, now=NOW + timedelta(hours=1))
    db.session.commit()
    assert len(subjects()) == before
    assert registration.verified_at == NOW


def test_the_same_person_twice_is_one_sign_up_and_one_kind_mail(town: Town) -> None:
    date = town.occurrence()
    first = town.signed_up(date, email="anna@example.org")
    again = [
        registrations.sign_up(date.id, town.application(email="ANNA@example.org", seats=3), now=NOW)
        for _try in range(3)
    ]
    db.session.commit()
    assert {outcome.registration_id for outcome in again} == {first.id}
    assert pool(date.id).occupied == 1
    assert len(subjects()) == 3, "one to confirm, one confirmed, and one that says they are signed up already"


def test_the_answer_does_not_tell_whether_somebody_is_signed_up(town: Town) -> None:
    date = town.occurrence()
    town.signed_up(date, email="anna@example.org")
    known = registrations.sign_up(date.id, town.application(email="anna@example.org"), now=NOW)
    unknown = registrations.sign_up(date.id, town.application(email="bo@example.org"), now=NOW)
    assert (known.waiting, known.proven) == (unknown.waiting, unknown.proven)


def test_who_comes_to_a_full_date_waits_and_says_nothing_of_a_seat(town: Town) -> None:
    date = town.occurrence(capacity=1)
    town.signed_up(date)
    late = town.signed_up(date)
    assert late.state == State.WAITING
    assert (pool(date.id).occupied, pool(date.id).waiting) == (1, 1)
    assert registrations.position(late) == 1


def test_a_waiting_person_who_has_not_proven_the_address_holds_up_nobody(town: Town) -> None:
    date = town.occurrence(capacity=1)
    first = town.signed_up(date)
    town.signed_up(date, confirmed=False)
    assert pool(date.id).waiting == 0
    registrations.cancel(first.public_id, now=NOW)
    db.session.commit()
    assert town.signed_up(date).state == State.CONFIRMED


def test_cancelling_moves_up_who_waits_first(town: Town) -> None:
    date = town.occurrence(capacity=1)
    first, second, third = (town.signed_up(date, now=NOW + timedelta(minutes=minute)) for minute in range(3))
    registrations.cancel(first.public_id, now=NOW + timedelta(hours=1))
    db.session.commit()
    assert [each.state for each in (first, second, third)] == [
        State.CANCELLED_BY_PERSON, State.CONFIRMED, State.WAITING,
    ]  # fmt: skip
    assert (pool(date.id).occupied, pool(date.id).waiting) == (1, 1)


def test_a_group_goes_whole_or_waits_and_nobody_overtakes_it(town: Town) -> None:
    date = town.occurrence(capacity=3)
    one, two = town.signed_up(date, seats=1), town.signed_up(date, seats=2)
    family, single = town.signed_up(date, seats=3), town.signed_up(date, seats=1, now=NOW + timedelta(minutes=1))
    registrations.cancel(two.public_id, now=NOW)
    db.session.commit()
    assert (family.state, single.state) == (State.WAITING, State.WAITING)
    registrations.cancel(one.public_id, now=NOW)
    db.session.commit()
    assert (family.state, single.state) == (State.CONFIRMED, State.WAITING)


def test_a_newcomer_never_takes_a_seat_that_somebody_waits_for(town: Town) -> None:
    date = town.occurrence(capacity=3)
    town.signed_up(date, seats=2)
    town.signed_up(date, seats=2)  # waits: one seat is too few
    assert town.signed_up(date, seats=1).state == State.WAITING


def test_capacity_zero_is_a_real_zero_and_none_is_no_limit(town: Town) -> None:
    assert town.signed_up(town.occurrence(capacity=0)).state == State.WAITING
    assert town.signed_up(town.occurrence(capacity=None), seats=30).state == State.CONFIRMED


def test_cancelling_twice_frees_the_seats_once(town: Town) -> None:
    date = town.occurrence(capacity=2)
    registration = town.signed_up(date, seats=2)
    for _try in range(2):
        registrations.cancel(registration.public_id, now=NOW)
        db.session.commit()
    assert pool(date.id).occupied == 0
    assert (
        len(
            [subject for subject in subjects() if "aflyst" in subject or "cancelled" in subject or "afmeldt" in subject]
        )
        == 1
    )


def test_one_can_sign_up_again_after_cancelling(town: Town) -> None:
    date = town.occurrence()
    first = town.signed_up(date, email="anna@example.org")
    registrations.cancel(first.public_id, now=NOW)
    db.session.commit()
    assert town.signed_up(date, email="anna@example.org").state == State.CONFIRMED


def test_who_does_not_confirm_in_time_is_deleted_and_the_next_moves_up(town: Town) -> None:
    date = town.occurrence(capacity=1)
    slow = town.signed_up(date, confirmed=False).id
    waiting = town.signed_up(date)
    later = NOW + timedelta(minutes=61)
    assert registrations.expire_unconfirmed(NOW + timedelta(minutes=59)) == 0
    assert registrations.expire_unconfirmed(later) == 1
    db.session.commit()
    assert db.session.get(Registration, slow) is None
    assert waiting.state == State.CONFIRMED


def test_a_link_of_a_deleted_sign_up_says_so(town: Town) -> None:
    registration = town.signed_up(town.occurrence(), confirmed=False)
    name = registration.public_id
    registrations.expire_unconfirmed(NOW + timedelta(hours=2))
    db.session.commit()
    with pytest.raises(registrations.NoSuchSignUp):
        registrations.confirm(name, now=NOW + timedelta(hours=2))


def test_invented_addresses_never_hold_more_than_their_share(town: Town) -> None:
    date = town.occurrence(capacity=6)
    states = [town.signed_up(date, confirmed=False).state for _number in range(6)]
    assert states.count(State.PENDING_EMAIL) == 3
    assert pool(date.id).occupied == 3
    honest = town.signed_up(date, email="honest@example.org")
    assert honest.state == State.CONFIRMED, "a proven address gets a place while there is one"


def test_one_address_may_have_only_so_many_unconfirmed_sign_ups(town: Town) -> None:
    for _number in range(5):
        town.signed_up(town.occurrence(), confirmed=False, email="anna@example.org")
    with pytest.raises(registrations.TooManyUnconfirmed):
        town.signed_up(town.occurrence(), confirmed=False, email="anna@example.org")


def test_one_client_may_have_only_so_many_unconfirmed_sign_ups(town: Town, set_settings: Callable[..., None]) -> None:
    set_settings(unconfirmed_per_client=2)
    for _number in range(2):
        town.signed_up(town.occurrence(), confirmed=False, client="a library")
    with pytest.raises(registrations.TooManyUnconfirmed):
        town.signed_up(town.occurrence(), confirmed=False, client="a library")
    town.signed_up(town.occurrence(), confirmed=False, client="a kitchen table")


@pytest.mark.parametrize(
    "change",
    [
        {"state": OccurrenceState.CANCELLED},
        {"starts_at": NOW - timedelta(minutes=1), "ends_at": NOW + timedelta(hours=1)},
    ],
)
def test_what_is_cancelled_or_has_begun_takes_no_sign_ups(town: Town, change: dict[str, object]) -> None:
    date = town.occurrence(**change)
    with pytest.raises(registrations.NotOpen):
        town.signed_up(date)


@pytest.mark.parametrize("facts", [{"state": ActivityState.DRAFT}, {"sign_up": SignUpMode.DROP_IN}])
def test_a_draft_and_a_drop_in_take_no_sign_ups(town: Town, facts: dict[str, object]) -> None:
    date = town.occurrence(town.activity(**facts))
    with pytest.raises(registrations.NotOpen):
        town.signed_up(date)


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"name": "   "}, registrations.NameMissing),
        ({"email": "anna"}, EmailNotUsable),
        ({"seats": 0}, registrations.SeatsNotPossible),
        ({"seats": 31}, registrations.SeatsNotPossible),
    ],
)
def test_bad_input_is_refused_and_changes_nothing(
    town: Town, facts: dict[str, object], refusal: type[Exception]
) -> None:
    date = town.occurrence()
    with pytest.raises(refusal):
        town.signed_up(date, **facts)
    db.session.rollback()
    assert pool(date.id).occupied == 0
    assert subjects() == []


def test_what_has_begun_cannot_be_cancelled_any_more(town: Town) -> None:
    date = town.occurrence(starts_in=timedelta(hours=3))
    registration = town.signed_up(date)
    with pytest.raises(registrations.AlreadyBegun):
        registrations.cancel(registration.public_id, now=NOW + timedelta(hours=4))


def test_nobody_is_moved_up_in_the_last_two_hours(town: Town) -> None:
    date = town.occurrence(capacity=1, starts_in=timedelta(hours=5))
    first, second = town.signed_up(date), town.signed_up(date)
    registrations.cancel(first.public_id, now=NOW + timedelta(hours=4))
    db.session.commit()
    assert second.state == State.WAITING


def test_a_letter_about_a_cancelled_sign_up_is_taken_back(town: Town) -> None:
    registration = town.signed_up(town.occurrence())
    registrations.cancel(registration.public_id, now=NOW)
    db.session.commit()
    states = db.session.scalars(select(Letter.status).order_by(Letter.id)).all()
    assert states[-1] == outbox.Status.PLANNED
    assert set(states[:-1]) == {outbox.Status.WITHDRAWN}


def test_totals_that_were_tampered_with_are_set_right(town: Town) -> None:
    date = town.occurrence()
    town.signed_up(date, seats=2)
    assert totals.correct() == 0
    pool(date.id).occupied = 9
    db.session.commit()
    assert totals.correct() == 1
    db.session.commit()
    assert pool(date.id).occupied == 2
