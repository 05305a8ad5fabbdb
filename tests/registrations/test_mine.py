"""What is one person's own: by whichever door, proven or not, coming and past, and what can still be done with it."""

from datetime import timedelta

import pytest

from engage import people, privacy, registrations
from engage.activities.models import OccurrenceState, SignUpMode
from engage.activities.terms import WaitingMode
from engage.base.db import db
from engage.people import Address
from engage.registrations import NoSuchSignUp, Registration, State, mine
from tests.conftest import NOW
from tests.town import Town

ANNA = "anna@example.org"


def person(email: str = ANNA, *, proven: bool = True) -> int:
    number = people.find_or_create("email", email, language="da", now=NOW)
    if proven:
        people.verify("email", email, NOW)
    db.session.commit()
    return number


def chat_person(identifier: str = "talk") -> int:
    number = people.find_or_create("webchat", identifier, language="da", now=NOW)
    db.session.commit()
    return number


def ids(person_id: int, **facts: bool) -> list[str]:
    return [each.registration.public_id for each in mine.entries(person_id, now=NOW, **facts)]


def test_all_doors_lead_to_one_list_the_next_date_first(town: Town) -> None:
    later, sooner = town.occurrence(starts_in=timedelta(days=9)), town.occurrence()
    by_web = town.signed_up(later, email=ANNA)
    by_chat = town.signed_up(sooner, email=ANNA, person_id=chat_person(), channel="webchat")
    town.signed_up(sooner, email="bo@example.org")
    assert ids(person()) == [by_chat.public_id, by_web.public_id]


def test_what_a_chat_signed_up_with_an_unproven_address_is_its_owners_and_not_the_chats(town: Town) -> None:
    talk = chat_person()
    typed = town.signed_up(town.occurrence(), email=ANNA, person_id=talk, channel="webchat", confirmed=False)
    assert ids(talk) == [], "whether there is a row tells of the address's owner"
    assert ids(person()) == [typed.public_id]


def test_an_address_that_is_not_proven_shows_nothing(town: Town) -> None:
    town.signed_up(town.occurrence(), email=ANNA, confirmed=False)
    stranger = person(proven=False)
    assert ids(stranger) == []


def test_what_is_over_or_given_up_is_past_and_what_the_organiser_ended_is_told(town: Town) -> None:
    gone, over, removed, kept = (town.signed_up(town.occurrence(), email=ANNA) for _each in range(4))
    registrations.cancel(gone.public_id, now=NOW)
    over.occurrence.starts_at, over.occurrence.ends_at = NOW - timedelta(days=1, hours=2), NOW - timedelta(days=1)
    removed.state = State.CANCELLED_BY_STAFF
    db.session.commit()
    assert set(ids(person())) == {removed.public_id, kept.public_id}
    assert set(ids(person(), past=True)) == {gone.public_id, over.public_id}


def test_who_signed_up_again_is_told_once(town: Town) -> None:
    date = town.occurrence()
    first = town.signed_up(date, email=ANNA)
    first.state = State.CANCELLED_BY_STAFF
    db.session.commit()
    again = town.signed_up(date, email=ANNA)
    assert ids(person()) == [again.public_id]
    assert ids(person(), past=True) == [first.public_id]


def test_somebody_elses_is_not_there(town: Town) -> None:
    theirs = town.signed_up(town.occurrence(), email="bo@example.org")
    with pytest.raises(NoSuchSignUp):
        mine.entry(person(), theirs.public_id, now=NOW)
    with pytest.raises(NoSuchSignUp):
        mine.entry(person(), "nothing", now=NOW)


def test_a_course_is_one_with_all_its_dates_from_the_first_one_comes_to(town: Town) -> None:
    course = town.activity(sign_up=SignUpMode.WHOLE_COURSE, join_until=2)
    dates = [town.occurrence(course, starts_in=timedelta(days=days)) for days in (-1, 6, 13)]
    dates[0].state = OccurrenceState.SCHEDULED
    own = town.signed_up(dates[1], email=ANNA)
    (entry,) = mine.entries(person(), now=NOW)
    assert [each.occurrence for each in entry.dates] == [dates[1].public_id, dates[2].public_id]
    assert own.state == State.CONFIRMED
    assert [each.registration.public_id for each in mine.entries(person(), now=NOW + timedelta(days=8))] == [
        own.public_id
    ]
    assert mine.entries(person(), now=NOW + timedelta(days=14)) == []


def test_until_the_deadline_one_may_change_and_who_has_no_seat_may_leave_after_it(town: Town) -> None:
    activity = town.activity(cancel_before=24 * 60)
    date = town.occurrence(activity, capacity=1)
    town.signed_up(date, email=ANNA), town.signed_up(date, email="bo@example.org")
    before, after = NOW + timedelta(days=5, hours=23), NOW + timedelta(days=6, minutes=1)
    for email, may in ((ANNA, (True, False)), ("bo@example.org", (True, True))):
        found = [mine.entries(person(email), now=now)[0].may_change(now) for now in (before, after)]
        assert tuple(found) == may


def test_free_places_can_be_taken_only_while_the_first_come_is_the_first_served(town: Town) -> None:
    activity = town.activity(waiting_mode=WaitingMode.BROADCAST)
    date = town.occurrence(activity, capacity=1)
    holder = town.signed_up(date)
    town.signed_up(date, email=ANNA)
    (before,) = mine.entries(person(), now=NOW)
    registrations.cancel(holder.public_id, now=NOW)
    db.session.commit()
    (after,) = mine.entries(person(), now=NOW)
    assert (before.may_take(NOW), after.may_take(NOW)) == (False, True)
    registrations.take(after.registration.public_id, now=NOW)
    assert mine.entries(person(), now=NOW)[0].registration.state == State.CONFIRMED


def test_an_offer_stands_beside_its_sign_up_and_one_that_ran_out_can_be_followed_by_a_new_turn(town: Town) -> None:
    activity = town.activity(waiting_mode=WaitingMode.OFFER)
    date = town.occurrence(activity, capacity=1, starts_in=timedelta(days=20))
    holder = town.signed_up(date)
    waits = town.signed_up(date, email=ANNA)
    registrations.cancel(holder.public_id, now=NOW)
    db.session.commit()
    (entry,) = mine.entries(person(), now=NOW)
    assert entry.offer is not None and entry.registration.state == State.OFFERED
    later = NOW + timedelta(days=4)
    registrations.expire_offers(later)
    registrations.expire_offers(later + timedelta(days=4))
    db.session.commit()
    (entry,) = mine.entries(person(), now=later + timedelta(days=4))
    assert entry.offer is None and entry.registration.state == State.OFFER_EXPIRED
    assert entry.may_rejoin(later + timedelta(days=4)) and entry.registration.id == waits.id


def test_the_contact_is_the_last_name_given_and_the_proven_address(town: Town) -> None:
    assert mine.contact(person("new@example.org")) == ("", "new@example.org")
    town.signed_up(town.occurrence(), name="Anna", email=ANNA)
    town.signed_up(town.occurrence(), name="Anna Holm", email=ANNA, now=NOW + timedelta(minutes=1))
    assert mine.contact(person()) == ("Anna Holm", ANNA)
    assert mine.contact(chat_person()) is None


def test_a_language_chosen_is_that_of_the_letters_to_come(town: Town) -> None:
    own, other = town.signed_up(town.occurrence(), email=ANNA), town.signed_up(town.occurrence())
    mine.speak(person(), "de")
    assert (own.language, other.language) == ("de", "da")


def test_forgetting_takes_what_a_chat_signed_up_with_the_proven_address(town: Town) -> None:
    town.signed_up(town.occurrence(), email=ANNA, person_id=chat_person(), channel="webchat")
    privacy.erase(person(), now=NOW)
    db.session.commit()
    db.session.expire_all()
    own = db.session.query(Registration).one()
    assert (own.name, own.email, own.person_id) == (None, None, None)
    assert [each.channel for each in db.session.query(Address)] == ["webchat"]
