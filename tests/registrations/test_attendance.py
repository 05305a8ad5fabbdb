"""The rules of the door: in which order a ticket is looked at, what is noted once, and what follows for groups and hours."""

from datetime import datetime, timedelta
from itertools import count
from threading import Barrier, Thread

import pytest
from flask import Flask
from sqlalchemy import func, select

from engage import registrations
from engage.activities.asking import QuestionKind
from engage.activities.models import Kind, Occurrence, OccurrenceState
from engage.activities.question_draft import Condition
from engage.base.db import db
from engage.registrations import Registration, State, attendance, desk, entering, tickets
from engage.registrations.attendance import (
    Attendance,
    CheckIn,
    Code,
    Keeper,
    Noted,
    Scan,
    Way,
    checking,
    door_links,
    lists,
)
from engage.registrations.refusals import NotOpen
from tests.accounts.cast import account
from tests.conftest import NOW
from tests.town import Town

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_numbers = count(1)
HELPER = Keeper()


def scan(who: Registration, **facts: object) -> Scan:
    nonce = facts.pop("nonce", None) or f"scan-{next(_numbers)}"
    return Scan(str(nonce), Way.SCAN, **{"ticket": tickets.token(who), **facts})  # type: ignore[arg-type]


def let_in(date: Occurrence, who: Registration, now: datetime | None = None, **facts: object) -> attendance.Answer:
    answer = attendance.check_in(date.id, scan(who, **facts), keeper=HELPER, now=now or date.starts_at)
    db.session.commit()
    return answer


def taken_back(date: Occurrence, who: Registration, **facts: object) -> attendance.Answer:
    """Take back what was noted last."""
    last = checking.standing(who.id, date.id)[-1:]
    door = {"keeper": HELPER, "now": date.ends_at, "of": last[0].public_id if last else "nothing", **facts}
    answer = attendance.undo(date.id, who.public_id, **door)  # type: ignore[arg-type]
    db.session.commit()
    return answer


def row(who: Registration) -> Attendance | None:
    return db.session.scalar(select(Attendance).where(Attendance.registration_id == who.id))


def came(who: Registration) -> int | None:
    found = row(who)
    return found.seats if found else None


def noted() -> int:
    return db.session.scalar(select(func.count()).select_from(CheckIn)) or 0


def test_a_ticket_lets_in_once_and_says_when_it_did(town: Town) -> None:
    date = town.occurrence()
    anna = town.signed_up(date)
    first = let_in(date, anna, date.starts_at - HOUR)
    assert (first.code, first.inside, first.of, first.look.value, first.icon) == (Code.OK, 1, 1, "yes", "success")
    second = let_in(date, anna)
    assert (second.code, second.at) == (Code.ALREADY_IN, date.starts_at - HOUR)
    assert (came(anna), noted()) == (1, 1)


def test_the_same_nonce_is_noted_once_and_gets_the_same_answer(town: Town) -> None:
    date = town.occurrence()
    anna = town.signed_up(date, seats=3)
    answers = [let_in(date, anna, date.starts_at + MINUTE * after, nonce="n1", seats=2) for after in range(3)]
    assert {(each.code, each.check_in, each.seats, each.inside, each.at) for each in answers} == {
        (Code.OK, answers[0].check_in, 2, 2, date.starts_at)
    }
    assert noted() == 1


def test_a_nonce_of_another_date_tells_nothing_and_makes_nobody(town: Town) -> None:
    one, other = town.occurrence(), town.occurrence()
    anna, bo = town.signed_up(one), town.signed_up(other)
    let_in(one, anna, nonce="n-of-one")
    elsewhere = let_in(other, bo, nonce="n-of-one")
    assert (elsewhere.code, elsewhere.registration, came(bo)) == (Code.UNKNOWN, None, None)
    walked = attendance.walk_in(other.id, "Per Ny", 1, keeper=HELPER, nonce="n-of-one", now=other.starts_at)
    db.session.commit()
    assert (walked.code, walked.registration) == (Code.UNKNOWN, None)
    assert db.session.scalar(select(func.count()).select_from(Registration)) == 2


def test_validity_goes_before_doubles(town: Town) -> None:
    """Who was let in and then cancelled is cancelled, not "already in"."""
    date = town.occurrence()
    anna, member = town.signed_up(date), account().id
    let_in(date, anna, date.starts_at - HOUR)
    desk.remove(anna.public_id, by=member, reason="Dobbelt", now=date.starts_at - HOUR)
    assert let_in(date, anna).code == Code.CANCELLED
    assert noted() == 1


def test_each_thing_that_can_be_wrong_has_its_answer(town: Town) -> None:
    date = town.occurrence(capacity=2)
    other = town.occurrence(date.activity, starts_in=8 * DAY)
    anna, elsewhere = town.signed_up(date, seats=2), town.signed_up(other)
    waits = entering.add(date.id, town.application(), by=account().id, now=NOW)
    unproven = town.signed_up(other, confirmed=False)
    assert waits.state == State.WAITING
    assert let_in(date, elsewhere).code == Code.WRONG_DATE
    assert let_in(date, waits).code == Code.WAITING
    assert let_in(other, unproven, other.starts_at).code == Code.PENDING
    assert let_in(date, anna, date.starts_at - 3 * HOUR).code == Code.NOT_YET
    assert let_in(date, anna, date.ends_at + 3 * HOUR).code == Code.CLOSED
    assert let_in(date, anna, seats=3).code == Code.TOO_MANY
    assert let_in(date, anna, kind=Noted.EXIT).code == Code.NOT_IN
    for wrong in ("", "x.y", tickets.token(anna)[:-1] + "!", "https://example.org/billet/"):
        found = attendance.check_in(date.id, Scan("n", Way.SCAN, ticket=wrong), keeper=HELPER, now=date.starts_at)
        assert found.code == Code.UNKNOWN
    date.state = OccurrenceState.CANCELLED
    assert let_in(date, anna).code == Code.CALLED_OFF
    assert noted() == 0


def test_a_ticket_that_was_renewed_is_worth_nothing(town: Town) -> None:
    date = town.occurrence()
    anna = town.signed_up(date)
    old, short = tickets.token(anna), tickets.code(anna)
    tickets.renew(anna)
    db.session.commit()
    assert let_in(date, anna, ticket=old).code == Code.REPLACED
    by_code = Scan("n", Way.CODE, code=short)
    assert attendance.check_in(date.id, by_code, keeper=HELPER, now=date.starts_at).code == Code.UNKNOWN
    assert let_in(date, anna).code == Code.OK


def test_a_short_code_is_found_as_it_is_read_aloud_and_tells_another_date(town: Town) -> None:
    date = town.occurrence()
    other = town.occurrence(date.activity, starts_in=8 * DAY)
    anna, bo = town.signed_up(date), town.signed_up(other)
    typed = f" {tickets.spoken(tickets.code(anna)).replace(' ', ' - ')} "
    found = attendance.check_in(date.id, Scan("a", Way.CODE, code=typed), keeper=HELPER, now=date.starts_at)
    wrong = attendance.check_in(date.id, Scan("b", Way.CODE, code=tickets.code(bo)), keeper=HELPER, now=date.starts_at)
    assert (found.code, wrong.code) == (Code.OK, Code.WRONG_DATE)
    assert len(tickets.token(anna).rpartition(".")[2]) * 6 >= 128


def test_in_a_large_room_every_code_is_known_and_who_is_expected_stands_in_the_list(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "_OTHERS_SEARCHED", 1)
    monkeypatch.setattr(lists, "MOST", 2)
    date = town.occurrence()
    gone, anna, bo = town.signed_up(date), town.signed_up(date), town.signed_up(date)
    registrations.cancel(gone.public_id, now=NOW)
    db.session.commit()
    found = attendance.check_in(
        date.id, Scan("a", Way.CODE, code=tickets.code(anna)), keeper=HELPER, now=date.starts_at
    )
    assert found.code == Code.OK
    assert {each.public_id for each in lists.lines(date, full_names=True)} == {anna.public_id, bo.public_id}


def test_of_a_group_later_ones_are_added_and_those_who_come_again_are_not_counted_twice(town: Town) -> None:
    date = town.occurrence()
    family = town.signed_up(date, seats=5)
    steps = [
        (Noted.ENTRY, 3, Code.OK, 3, 3), (Noted.ENTRY, 3, Code.TOO_MANY, 3, 3), (Noted.ENTRY, None, Code.OK, 5, 5),
        (Noted.EXIT, 2, Code.LEFT, 3, 5), (Noted.ENTRY, 2, Code.OK, 5, 5), (Noted.EXIT, None, Code.LEFT, 0, 5),
        (Noted.ENTRY, 1, Code.OK, 1, 5),
    ]  # fmt: skip
    for number, (kind, seats, code, inside, in_all) in enumerate(steps):
        answer = let_in(date, family, date.starts_at + number * MINUTE, kind=kind, seats=seats)
        assert (answer.code, answer.inside, came(family)) == (code, inside, in_all)


def test_not_marked_absent_and_attended_are_three_things(town: Town) -> None:
    date = town.occurrence()
    anna = town.signed_up(date)
    assert row(anna) is None
    absent = attendance.mark_absent(date.id, anna.public_id, nonce="a", keeper=HELPER, now=date.ends_at)
    assert (absent.code, came(anna)) == (Code.ABSENT, 0)
    assert let_in(date, anna, date.ends_at).code == Code.OK, "late is not absent"
    assert came(anna) == 1
    refused = attendance.mark_absent(date.id, anna.public_id, nonce="b", keeper=HELPER, now=date.ends_at)
    assert refused.code == Code.ALREADY_IN
    for expected in (0, None):
        undone = taken_back(date, anna)
        assert (undone.code, came(anna)) == (Code.UNDONE, expected)
    nothing = taken_back(date, anna)
    assert (nothing.code, noted()) == (Code.NOTHING_TO_UNDO, 2)


def test_nothing_is_taken_back_before_or_after_the_door_is_open(town: Town) -> None:
    date = town.occurrence()
    anna, member = town.signed_up(date), Keeper(account().id)
    let_in(date, anna)

    def code(keeper: Keeper, now: datetime, at: datetime | None = None) -> Code:
        return taken_back(date, anna, keeper=keeper, now=now, at=at).code

    late = date.ends_at + 3 * HOUR
    assert code(HELPER, date.starts_at - 3 * HOUR) == Code.NOT_YET
    assert code(HELPER, late) == Code.CLOSED
    assert code(member, date.ends_at + 31 * DAY) == Code.CLOSED
    assert came(anna) == 1
    assert code(HELPER, late, at=date.ends_at) == Code.UNDONE, "pressed in time, without a connection"
    let_in(date, anna, date.ends_at)
    assert code(member, late) == Code.UNDONE, "who has an account puts right for a month"


def test_a_question_that_was_put_off_is_asked_at_the_door(town: Town) -> None:
    date = town.occurrence()
    question = town.question(date.activity, required=True)
    anna = entering.add(date.id, town.application(), by=account().id, now=NOW)
    asked = let_in(date, anna)
    assert (asked.code, asked.asked) == (Code.QUESTION_MISSING, (question.public_id,))
    assert let_in(date, anna, anyway=True).code == Code.OK


def test_a_device_asks_what_the_door_asks(town: Town) -> None:
    date = town.occurrence()
    reason = town.question(date.activity, kind=QuestionKind.YES_NO, label="Kommer du i bil?")
    only = Condition(reason.public_id, True)
    town.question(date.activity, label="Hvad er bilens nummer?", required=True, shown_when=only)
    walks = town.signed_up(date, answers={reason.public_id: False})
    drives = entering.add(date.id, town.application(answers={reason.public_id: True}), by=account().id, now=NOW)
    db.session.commit()
    asks = {each["id"]: each["asks"] for each in lists.sheet(date, full_names=True)}
    assert asks == {walks.public_id: [], drives.public_id: ["Hvad er bilens nummer?"]}
    assert (let_in(date, walks).code, let_in(date, drives).code) == (Code.OK, Code.QUESTION_MISSING)


def test_what_a_device_let_in_stands_with_what_was_wrong(town: Town) -> None:
    date = town.occurrence()
    anna = town.signed_up(date)
    registrations.cancel(anna.public_id, now=NOW)
    db.session.commit()
    answer = let_in(date, anna, date.ends_at, let_in=True, happened_at=date.starts_at)
    assert (answer.code, answer.conflict, came(anna)) == (Code.OK, Code.CANCELLED, 1)


def test_the_earliest_counts_however_late_it_arrives(town: Town) -> None:
    date = town.occurrence()
    anna = town.signed_up(date)
    let_in(date, anna, date.starts_at + 10 * MINUTE)
    late = let_in(date, anna, date.ends_at, let_in=True, happened_at=date.starts_at, nonce="first")
    assert late.code == Code.OK
    found = row(anna)
    assert found is not None
    assert (found.seats, found.first_in_at) == (1, date.starts_at)
    conflicts = {each.happened_at: each.conflict for each in db.session.scalars(select(CheckIn))}
    assert conflicts == {date.starts_at: "", date.starts_at + 10 * MINUTE: Code.ALREADY_IN}
    attendance.undo(date.id, anna.public_id, of="first", keeper=HELPER, now=date.ends_at)
    assert [each.conflict for each in db.session.scalars(select(CheckIn).where(CheckIn.undone_at.is_(None)))] == [""]


def test_no_clock_of_a_device_is_ahead_of_ours(town: Town) -> None:
    date = town.occurrence()
    anna = town.signed_up(date)
    assert let_in(date, anna, happened_at=date.starts_at + DAY).at == date.starts_at


def test_no_clock_of_a_device_is_years_behind(town: Town) -> None:
    date = town.occurrence(town.activity(kind=Kind.VOLUNTEER), hours=3)
    anna = town.signed_up(date)
    early = let_in(date, anna, date.ends_at, let_in=True, happened_at=date.starts_at - 9000 * DAY)
    assert (early.code, early.conflict, early.at) == (Code.OK, Code.NOT_YET, date.starts_at - 2 * HOUR)


def test_nobody_is_noted_on_a_date_that_is_not_theirs(town: Town) -> None:
    date, other = town.occurrence(), town.occurrence()
    anna = town.signed_up(other)
    assert let_in(date, anna, let_in=True, happened_at=date.starts_at).code == Code.WRONG_DATE
    assert (noted(), came(anna)) == (0, None)


def test_two_telephones_at_once_let_somebody_in_once(app: Flask, town: Town) -> None:
    date = town.occurrence()
    anna = town.signed_up(date)
    wanted, number, at = scan(anna), date.id, date.starts_at
    codes: list[Code] = []
    gate = Barrier(4)

    def stand(which: int) -> None:
        with app.app_context():
            gate.wait()
            # Two of them send the very same scan twice; the others are telephones of their own.
            nonce = wanted.nonce if which < 2 else f"other-{which}"
            mine = Scan(nonce, Way.SCAN, ticket=wanted.ticket)
            codes.append(attendance.check_in(number, mine, keeper=HELPER, now=at).code)
            db.session.commit()
            db.session.remove()

    threads = [Thread(target=stand, args=(each,)) for each in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert noted() == 1
    assert codes.count(Code.OK) in {1, 2}, "the one that was noted, and itself sent again"
    assert codes.count(Code.OK) + codes.count(Code.ALREADY_IN) == 4


def test_hours_are_the_shifts_or_from_entry_to_exit_and_can_be_put_right(town: Town) -> None:
    date = town.occurrence(town.activity(kind=Kind.VOLUNTEER), hours=3)
    anna, pair, member = town.signed_up(date), town.signed_up(date, seats=2), account().id
    with pytest.raises(attendance.NotMarked):
        attendance.correct(date.id, anna.public_id, 60, "Kom sent", by=member, now=date.ends_at)
    let_in(date, anna)
    let_in(date, pair)
    let_in(date, pair, date.starts_at + HOUR, kind=Noted.EXIT, seats=1)
    counted = [each.minutes for each in (row(anna), row(pair)) if each]
    assert counted == [180, 60 + 180]
    with pytest.raises(desk.ReasonMissing):
        attendance.correct(date.id, anna.public_id, 90, " ", by=member, now=date.ends_at)
    with pytest.raises(attendance.HoursNotPossible):
        attendance.correct(date.id, anna.public_id, 73 * 60, "Længe", by=member, now=date.ends_at)
    attendance.correct(date.id, anna.public_id, 90, "Gik før", by=member, now=date.ends_at)
    let_in(date, anna, date.ends_at, kind=Noted.EXIT)
    found = row(anna)
    assert found is not None
    assert (found.minutes, found.hours_in_minutes, found.corrected_reason) == (180, 90, "Gik før")
    attendance.correct(date.id, anna.public_id, None, "", by=member, now=date.ends_at)
    assert found.hours_in_minutes == 180


def test_a_correction_outlives_the_check_ins_it_was_about(town: Town) -> None:
    date = town.occurrence(town.activity(kind=Kind.VOLUNTEER), hours=3)
    anna, member = town.signed_up(date), account().id
    let_in(date, anna)
    attendance.correct(date.id, anna.public_id, 90, "Gik før", by=member, now=date.ends_at)
    taken_back(date, anna)
    assert row(anna) is None, "not marked, whatever was written about the hours"
    attendance.mark_absent(date.id, anna.public_id, nonce="away", keeper=HELPER, now=date.ends_at)
    found = row(anna)
    assert found is not None
    assert (found.seats, found.hours_in_minutes) == (0, 0), "who is absent has no hours"
    taken_back(date, anna)
    let_in(date, anna)
    found = row(anna)
    assert found is not None
    assert (found.minutes, found.hours_in_minutes, found.corrected_reason) == (180, 90, "Gik før")
    assert found.corrected_by_id == member
    attendance.correct(date.id, anna.public_id, None, "", by=member, now=date.ends_at)
    taken_back(date, anna)
    let_in(date, anna)
    again = row(anna)
    assert again is not None and again.hours_in_minutes == 180, "what was given up is not found again"


def test_who_says_their_whole_name_is_found_where_only_an_initial_is_shown(town: Town) -> None:
    date = town.occurrence()
    for name in ("Anna Holm", "Anna Krog", "Hans Dam"):
        town.signed_up(date, name=name)
    shown = lists.lines(date, full_names=False)

    def found(words: str) -> list[str]:
        return [each.name for each in lists.search(shown, words)]

    assert found("anna") == ["Anna H.", "Anna K."]
    assert found("Anna Holm") == ["Anna H."]
    assert found("holm") == ["Anna H."]
    assert found("anna lund") == [] == found("ho")


def test_of_a_group_whose_number_nobody_said_it_is_asked(town: Town) -> None:
    date = town.occurrence()
    family, pair = town.signed_up(date, seats=4), town.signed_up(date, seats=2)
    asked = let_in(date, family, asks=True)
    assert (asked.code, asked.inside, asked.of, came(family)) == (Code.HOW_MANY, 0, 4, None)
    assert let_in(date, family, asks=True, seats=3).code == Code.OK
    assert let_in(date, family, asks=True).code == Code.OK, "the last one is nobody else"
    assert came(family) == 4
    pair.state = State.CANCELLED_BY_PERSON
    db.session.commit()
    assert let_in(date, pair, asks=True).code == Code.CANCELLED, "what is wrong goes before"


def test_a_break_is_no_work(town: Town) -> None:
    date = town.occurrence(town.activity(kind=Kind.VOLUNTEER), hours=7)
    anna = town.signed_up(date)
    for after, kind in ((0, Noted.ENTRY), (3, Noted.EXIT), (5, Noted.ENTRY)):
        let_in(date, anna, date.starts_at + after * HOUR, kind=kind)
    found = row(anna)
    assert found is not None and found.minutes == (3 + 2) * 60


def test_who_comes_without_a_sign_up_gets_what_is_free_and_more_only_for_a_reason(town: Town) -> None:
    date, keeper = town.occurrence(capacity=2), Keeper(account().id)
    town.signed_up(date)
    door = {"keeper": keeper, "now": date.starts_at}
    for _again in range(2):
        bo = attendance.walk_in(date.id, " Bo  Lund ", nonce="w1", **door)  # type: ignore[arg-type]
        db.session.commit()
    assert bo.registration is not None
    assert (bo.code, bo.registration.name, bo.registration.walk_in, came(bo.registration)) == (
        Code.OK,
        "Bo Lund",
        True,
        1,
    )
    assert noted() == 1
    with pytest.raises(attendance.NoRoomAtTheDoor):
        attendance.walk_in(date.id, "Per", nonce="w2", reason="Kom langvejs fra", **door)  # type: ignore[arg-type]
    with pytest.raises(desk.ReasonMissing):
        attendance.walk_in(date.id, "Per", nonce="w2", may_override=True, **door)  # type: ignore[arg-type]
    per = attendance.walk_in(date.id, "Per", nonce="w2", may_override=True, reason="Langvejs fra", **door)  # type: ignore[arg-type]
    assert per.code == Code.OK
    with pytest.raises(entering.WhoComesMissing):
        attendance.walk_in(date.id, " ", nonce="w3", **door)  # type: ignore[arg-type]
    with pytest.raises(NotOpen):
        attendance.walk_in(date.id, "Ida", nonce="w4", keeper=keeper, now=NOW)


def test_who_was_let_in_without_a_connection_stands_also_beyond_the_places(town: Town) -> None:
    date = town.occurrence(capacity=1)
    town.signed_up(date)
    for _again in range(2):
        per = attendance.walk_in(
            date.id, "Per", nonce="w9", keeper=HELPER, now=date.ends_at + DAY, let_in_at=date.starts_at
        )
        db.session.commit()
    assert per.registration is not None
    assert (per.code, per.at, came(per.registration)) == (Code.OK, date.starts_at, 1)
    assert db.session.scalars(select(CheckIn.conflict)).one() == Code.FULL


def test_a_link_goes_with_the_log_and_what_was_noted_by_it_stays(town: Town) -> None:
    date = town.occurrence()
    anna = town.signed_up(date)
    link, _secret = door_links.make(date.id, "Ida", by=account().id, now=NOW)
    attendance.check_in(date.id, scan(anna), keeper=Keeper(door_link_id=link.id), now=date.starts_at)
    db.session.commit()
    assert (door_links.expire(date.ends_at + DAY), door_links.expire(date.ends_at + 5000 * DAY)) == (0, 1)
    db.session.expire_all()
    assert db.session.scalars(select(CheckIn)).one().door_link_id is None
