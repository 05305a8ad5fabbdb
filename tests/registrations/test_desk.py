"""What organisers write down and decide about sign-ups, by the rules themselves."""

from dataclasses import replace
from datetime import timedelta

import pytest

from engage import registrations
from engage.activities.models import Kind, Occurrence
from engage.activities.plans import ShiftRole
from engage.activities.terms import Party, WaitingMode
from engage.base.db import db
from engage.base.i18n import speaking
from engage.registrations import Registration, SchoolClass, State, desk, entering, guests, queue, steps
from engage.registrations.application import ClassIncomplete, SeatsNotPossible
from engage.registrations.steps import Because
from engage.registrations.wording import reason_words, state_name
from tests.accounts.cast import account
from tests.conftest import NOW
from tests.town import Town
from tests.web.conftest import letters

HOUR = timedelta(hours=1)


@pytest.fixture
def staff(town: Town) -> int:
    return account().id


def line(date: Occurrence) -> list[str | None]:
    found = queue.queue(date.id, now=NOW)
    assert found is not None
    return [each.registration.name for each in found.entries if each.position]


def last_step(registration: Registration) -> tuple[str, int | None]:
    step = guests.history(registration)[-1]
    return step.reason, step.account_id


def test_who_phoned_has_a_place_without_an_address_and_must_be_phoned(town: Town, staff: int) -> None:
    date, before = town.occurrence(capacity=2), len(letters())
    found = entering.add(date.id, replace(town.application("Åse Lund", email="x"), email=""), by=staff, now=NOW)
    db.session.commit()
    assert (found.state, found.email, guests.must_be_phoned(found)) == (State.CONFIRMED, None, True)
    assert last_step(found) == (steps.coded(Because.ADDED_BY_HAND), staff)
    assert len(letters()) == before, "there is nobody to write to"


def test_who_phones_when_it_is_full_waits_or_gets_a_place_for_a_reason(town: Town, staff: int) -> None:
    date = town.occurrence(capacity=1)
    town.signed_up(date)
    waits = entering.add(date.id, town.application("Ole"), by=staff, now=NOW)
    assert waits.state == State.WAITING
    with pytest.raises(desk.ReasonMissing):
        entering.add(date.id, town.application("Bo"), by=staff, now=NOW, beyond=" \n")
    placed = entering.add(date.id, town.application("Bo"), by=staff, now=NOW, beyond="Holder oplægget")
    db.session.commit()
    numbers = guests.numbers(date.id)
    assert numbers is not None
    assert (placed.state, date.pool.occupied, numbers.over, numbers.free) == (State.CONFIRMED, 2, 1, 0)
    assert last_step(placed) == ("Holder oplægget", staff)


def test_who_phones_never_goes_before_who_waits(town: Town, staff: int) -> None:
    date = town.occurrence(town.activity(waiting_mode=WaitingMode.MANUAL), capacity=1)
    guest = town.signed_up(date)
    town.signed_up(date, name="Først")
    registrations.cancel(guest.public_id, now=NOW)
    found = entering.add(date.id, town.application("Sidst"), by=staff, now=NOW + HOUR)
    assert (found.state, line(date)) == (State.WAITING, ["Først", "Sidst"])


def test_without_a_waiting_list_it_is_said_that_there_is_no_place(town: Town, staff: int) -> None:
    date = town.occurrence(town.activity(waiting_list=False), capacity=0)
    with pytest.raises(registrations.NoSeatLeft):
        entering.add(date.id, town.application(), by=staff, now=NOW)


def test_the_same_form_sent_twice_adds_one(town: Town, staff: int) -> None:
    date, who = town.occurrence(), replace(town.application(), email="")
    first = entering.add(date.id, who, by=staff, now=NOW, key="abcdefgh23")
    again = entering.add(date.id, who, by=staff, now=NOW, key="abcdefgh23")
    assert (first.id, first.public_id) == (again.id, "abcdefgh23")


@pytest.mark.parametrize("seats", [0, -1, 10_000])
def test_a_number_of_seats_that_makes_no_sense_is_refused(town: Town, staff: int, seats: int) -> None:
    with pytest.raises(SeatsNotPossible):
        entering.add(town.occurrence().id, town.application(seats=seats), by=staff, now=NOW)


def test_who_is_signed_up_is_not_added_again(town: Town, staff: int) -> None:
    date = town.occurrence()
    town.signed_up(date, email="anna@example.org")
    with pytest.raises(entering.SignedUpAlready):
        entering.add(date.id, town.application(email="Anna@Example.org"), by=staff, now=NOW)


def test_a_class_is_added_with_its_numbers(town: Town, staff: int) -> None:
    date = town.occurrence(town.activity(party=Party.CLASS), capacity=40)
    with pytest.raises(ClassIncomplete):
        entering.add(date.id, town.application(), by=staff, now=NOW)
    theirs = SchoolClass("Ahlmann-Skolen", "5. b", 22, 2)
    found = entering.add(date.id, town.application(school_class=theirs), by=staff, now=NOW)
    assert (found.seats, found.school_class["class"]) == (24, "5. b")


def test_one_is_moved_and_all_others_keep_their_order(town: Town, staff: int) -> None:
    date = town.occurrence(capacity=0)
    people = {name: town.signed_up(date, name=name, now=NOW + number * HOUR) for number, name in enumerate("abcde")}
    for name, place, expected in (("d", 2, "adbce"), ("a", 5, "dbcea"), ("c", 1, "cdbea"), ("d", 3, "cbdea")):
        desk.move(people[name].public_id, place, "Har ventet længe", by=staff, now=NOW)
        db.session.commit()
        assert "".join(str(each) for each in line(date)) == expected
        assert last_step(people[name]) == ("Har ventet længe", staff)
    with pytest.raises(desk.ReasonMissing):
        desk.move(people["a"].public_id, 1, "", by=staff, now=NOW)
    late = town.signed_up(date, name="f", now=NOW + timedelta(hours=9))
    assert (line(date)[-1], registrations.position(late)) == ("f", 6), "a newcomer joins at the end"


def test_the_answer_on_the_phone_is_written_down_once(town: Town, staff: int) -> None:
    date = town.occurrence(town.activity(waiting_mode=WaitingMode.OFFER), capacity=1)
    guest = town.signed_up(date)
    asked = [entering.add(date.id, replace(town.application(), email=""), by=staff, now=NOW) for _number in range(2)]
    registrations.cancel(guest.public_id, now=NOW)
    first, second = asked
    db.session.refresh(first)
    assert first.state == State.OFFERED
    for _twice in range(2):
        desk.answer_for(first.public_id, takes_it=False, by=staff, now=NOW)
    db.session.refresh(second)
    assert (first.state, second.state) == (State.OFFER_DECLINED, State.OFFERED)
    for _twice in range(2):
        desk.answer_for(second.public_id, takes_it=True, by=staff, now=NOW)
    assert (second.state, last_step(second)[0]) == (State.CONFIRMED, steps.coded(Because.ANSWERED_FOR_THEM))
    with pytest.raises(registrations.OfferOver):
        desk.answer_for(first.public_id, takes_it=True, by=staff, now=NOW)


def test_a_decision_that_was_made_the_other_way_is_said(town: Town, staff: int) -> None:
    date = town.occurrence(town.activity(approval=True))
    found = town.signed_up(date)
    desk.turn_down(found.public_id, by=staff, now=NOW)
    with pytest.raises(desk.DecidedAlready):
        desk.approve(found.public_id, by=staff, now=NOW)
    with pytest.raises(desk.NotWaiting):
        desk.move(found.public_id, 1, "x", by=staff, now=NOW)


def test_the_list_is_narrowed_by_state_role_and_name(town: Town, staff: int) -> None:
    activity = town.activity(kind=Kind.VOLUNTEER)
    role = ShiftRole(
        public_id="kaffe222", activity_id=activity.id, position=0, names={"da": "Kaffe"}, texts={}, vetting={}
    )
    db.session.add(role)
    date, other = town.occurrence(activity), town.occurrence(activity)
    for name in ("Åse Lund", "Bo Lund", "100% Ja"):
        town.signed_up(date, name=name)
    town.signed_up(other, name="En anden dag")
    names = lambda **facts: [each.name for each in guests.page(date.id, guests.Wanted(**facts)).registrations]  # noqa: E731
    assert sorted(names()) == ["100% Ja", "Bo Lund", "Åse Lund"]
    assert names(words="lund bo") == ["Bo Lund"] and names(words="%") == ["100% Ja"] and names(words="_") == []
    assert names(states=(State.WAITING,)) == [] and names(role="findes-ikke") == []
    assert guests.counts(date.id, guests.Wanted()) == {State.CONFIRMED: 3}
    mine = guests.page(date.id, guests.Wanted()).registrations[0]
    assert guests.of_date(date.id, mine.public_id) is not None and guests.of_date(other.id, mine.public_id) is None


def test_every_state_and_reason_has_words_and_what_is_written_is_never_taken_for_one() -> None:
    for language in ("da", "en", "de"):
        with speaking(language):
            assert all(state_name(each) for each in State)
            assert all(reason_words(steps.coded(each, 3, 2)) for each in Because)
    with speaking("en"):
        assert reason_words(steps.coded(Because.PASSED_OVER, 3, 2)) == "Passed over: needs 3 places, 2 were free."
    assert steps.decoded("approved") is None and reason_words("Fordi") == "Fordi"
    assert steps.decoded(steps.words("#approved")) is None
    assert steps.decoded("#approved:x") is None
