"""Reminders: who gets one, when, once, and why somebody gets none. The clock stands where each test puts it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from flask import Flask
from psycopg import Cursor
from sqlalchemy import func, select, text, update

from engage import people, registrations, worker
from engage.activities.models import Activity, ActivityState, Occurrence, SignUpMode
from engage.base.db import db, transaction
from engage.base.message import Message
from engage.outbox import Letter, Status
from engage.people import Reminder, Wishes, unsubscribing, wishes
from engage.people.models import Address
from engage.registrations import Registration, attendance, changes, feedback, forgetting, reminders
from engage.registrations.feedback import Answer
from engage.registrations.feedback_models import Feedback
from engage.registrations.reminders import answers, letters
from engage.registrations.reminders.models import Delivery, Reason, ReminderRule, Reminding
from tests.conftest import NOW
from tests.town import Town

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# A Saturday at 14:00 in Copenhagen, twenty days after `NOW`, before summer time begins.
START = datetime(2026, 3, 21, 13, 0, tzinfo=UTC)
DAY_BEFORE = datetime(2026, 3, 20, 16, 0, tzinfo=UTC)  # at 17:00
WEEK_BEFORE = datetime(2026, 3, 14, 9, 0, tzinfo=UTC)  # at 10:00


@pytest.fixture
def date_(town: Town) -> Occurrence:
    return town.occurrence(capacity=None, starts_at=START)


def run(now: datetime) -> None:
    """What the worker does about reminders at this moment."""
    worker.plan_reminders(now)
    worker.send_reminders(now)
    db.session.expire_all()


def sent(kind: str = "") -> list[Letter]:
    """The reminders in the post office, of one kind if one is named."""
    query = (
        select(Letter)
        .join(Reminding, Letter.key == func.concat("reminder:", Reminding.id))
        .where(Letter.status != Status.WITHDRAWN)
        .order_by(Letter.id)
    )
    return list(db.session.scalars(query.where(Reminding.rule_key == kind) if kind else query))


def reasons() -> list[str]:
    return list(db.session.scalars(select(Reminding.reason).where(Reminding.status == Delivery.SKIPPED)))


def chat_of(registration: Registration, channel: str = "telegram", identifier: str = "77") -> None:
    """A chat that is theirs."""
    address = Address(person_id=registration.person_id, channel=channel, identifier=identifier, verified_at=NOW)
    db.session.add(address)
    db.session.commit()


def wish(registration: Registration, wished: Wishes) -> None:
    assert registration.person_id is not None
    wishes.wish(registration.person_id, wished, language="da")
    db.session.commit()


def own_rule(activity: Activity, key: str, **facts: Any) -> ReminderRule:
    values: dict[str, Any] = {
        "anchor": "start", "number": 1, "unit": "days", "after": False, "clock": time(17), "roles": [],
        "unanswered_only": False, "way": "best", "dates": "first", "texts": {}, "asks": False, "enabled": True,
        "changed_at": NOW,
    }  # fmt: skip
    rule = ReminderRule(activity_id=activity.id, key=key, **{**values, **facts})
    db.session.add(rule)
    db.session.commit()
    return rule


def test_who_signed_up_long_ago_hears_a_week_and_a_day_before(town: Town, date_: Occurrence) -> None:
    early = town.signed_up(date_, email="tidlig@example.org")
    late = town.signed_up(date_, email="sen@example.org", now=START - 9 * DAY)
    run(WEEK_BEFORE - timedelta(seconds=1))
    assert sent() == []
    run(WEEK_BEFORE)
    assert [each.recipient for each in sent()] == [early.email]
    run(DAY_BEFORE)
    assert {each.recipient for each in sent("day")} == {early.email, late.email}
    for hour in range(20):
        run(DAY_BEFORE + hour * HOUR)
    assert len(sent()) == 3


def test_the_letter_says_what_where_and_asks(town: Town, date_: Occurrence) -> None:
    town.signed_up(date_, name="Anna Holm", language="en", now=START - 2 * DAY)
    run(DAY_BEFORE)
    (letter,) = sent()
    assert letter.message["subject"] == "Tomorrow: Klimacafé"
    assert letter.message["text"][0] == "Hello Anna Holm,"
    assert "14:00-16:00" in letter.message["cards"][0]["lines"][0]
    coming, cannot = letter.message["buttons"]
    assert "/kommer/" in coming["url"] and coming["action"].startswith("reminder:coming:")
    assert cannot["url"].endswith("/afmeld") and cannot["action"].startswith("cancel:ask:")
    assert "/afmeld-breve/reminders/" in letter.message["unsubscribe"]
    assert letter.good_until == START - 3 * HOUR


def test_two_hours_before_there_is_a_word_in_chats_alone(town: Town, date_: Occurrence) -> None:
    chatting, mailing = town.signed_up(date_), town.signed_up(date_)
    chat_of(chatting)
    run(START - 2 * HOUR)
    assert [(each.channel, each.recipient) for each in sent("hours")] == [("telegram", "77")]
    assert mailing.state == registrations.State.CONFIRMED
    assert db.session.query(Reminding).filter_by(registration_id=mailing.id, rule_key="hours").count() == 0


def test_who_blocks_the_chat_after_it_was_planned_is_left_in_peace(town: Town, date_: Occurrence) -> None:
    guest = town.signed_up(date_, now=START - 2 * HOUR - DAY)
    chat_of(guest)
    worker.plan_reminders(START - 2 * HOUR)
    people.reaching.turn_off("telegram", "77", "blocked", NOW)
    db.session.commit()
    worker.send_reminders(START - 2 * HOUR)
    assert sent("hours") == [] and Reason.NO_CHAT in reasons()


def test_nobody_who_waits_or_has_cancelled_or_is_unproven_is_reminded(town: Town) -> None:
    date_ = town.occurrence(capacity=1, starts_at=START)
    gone = town.signed_up(date_)
    registrations.cancel(gone.public_id, now=NOW)
    db.session.commit()
    has = town.signed_up(date_)
    town.signed_up(date_), town.signed_up(date_, confirmed=False)
    for at in (WEEK_BEFORE, DAY_BEFORE, START - 2 * HOUR):
        run(at)
    assert {each.recipient for each in sent()} == {has.email}


def test_who_cancels_between_planning_and_sending_hears_nothing(town: Town, date_: Occurrence) -> None:
    guest = town.signed_up(date_, now=START - 2 * DAY)
    worker.plan_reminders(DAY_BEFORE)
    registrations.cancel(guest.public_id, now=DAY_BEFORE)
    db.session.commit()
    worker.send_reminders(DAY_BEFORE)
    assert (sent(), reasons()) == ([], [Reason.NOT_COMING])


def test_what_still_lies_in_the_post_office_goes_when_they_cancel_or_it_moves(town: Town) -> None:
    first, second = (town.occurrence(town.activity(name), starts_at=START) for name in ("En", "To"))
    guest, other = town.signed_up(first, now=START - 2 * DAY), town.signed_up(second, now=START - 2 * DAY)
    run(DAY_BEFORE)
    assert len(sent()) == 2
    registrations.cancel(guest.public_id, now=DAY_BEFORE)
    second.starts_at, second.ends_at, second.updated_at = START + 9 * DAY, START + 9 * DAY + HOUR, DAY_BEFORE
    db.session.commit()
    run(DAY_BEFORE + timedelta(minutes=1))
    assert sent() == [] and other.state == registrations.State.CONFIRMED


def test_a_date_that_moves_is_reminded_of_anew_for_its_new_time(town: Town, date_: Occurrence) -> None:
    town.signed_up(date_)
    run(WEEK_BEFORE)
    date_.starts_at, date_.ends_at, date_.updated_at = START + 14 * DAY, START + 14 * DAY + HOUR, WEEK_BEFORE + DAY
    db.session.commit()
    run(DAY_BEFORE)
    assert [each.due_at for each in sent()] == [WEEK_BEFORE]
    run(WEEK_BEFORE + 14 * DAY)
    # Summer time begins between the two: 17 o'clock is an hour earlier.
    run(DAY_BEFORE + 14 * DAY - HOUR - timedelta(seconds=1))
    assert sent("day") == []
    run(DAY_BEFORE + 14 * DAY - HOUR)
    assert len(sent("week")) == 2 and len(sent("day")) == 1


def test_a_date_moved_so_near_that_its_time_is_over_is_left_to_the_notice(town: Town, date_: Occurrence) -> None:
    town.signed_up(date_)
    moved = WEEK_BEFORE - DAY
    date_.starts_at, date_.ends_at, date_.updated_at = moved + 12 * HOUR, moved + 13 * HOUR, moved
    db.session.commit()
    run(moved + timedelta(minutes=1))
    assert sent() == []


def test_what_is_called_off_or_taken_down_is_not_reminded_of(town: Town) -> None:
    off, down = (town.occurrence(town.activity(name), starts_at=START) for name in ("Aflyst", "Skjult"))
    town.signed_up(off, now=START - 2 * DAY), town.signed_up(down, now=START - 2 * DAY)
    worker.plan_reminders(DAY_BEFORE)
    changes.call_off(off.id, now=DAY_BEFORE)
    down.activity.state = ActivityState.DRAFT
    db.session.commit()
    worker.send_reminders(DAY_BEFORE)
    assert sent() == [] and sorted(reasons()) == [Reason.CALLED_OFF, Reason.NOT_PUBLISHED]
    run(START - 2 * HOUR), run(START + 4 * HOUR)
    assert sent() == []


def test_a_family_gets_one_letter_for_all_its_tasks_and_seats(town: Town) -> None:
    activity = town.activity(kind="volunteer")
    date_ = town.occurrence(activity, starts_at=START)
    morning = town.role(activity, "Kaffe", 5, begins=time(14), ends=time(15))
    evening = town.role(activity, "Stole", 5, begins=time(15), ends=time(16))
    for role in (morning, evening):
        town.signed_up(date_, email="familie@example.org", role=role.public_id, seats=2, now=START - 2 * DAY)
    run(DAY_BEFORE)
    (letter,) = sent()
    assert "4 pladser" in letter.message["cards"][0]["lines"]


def test_a_busy_day_is_one_letter_with_buttons_that_name_each(town: Town) -> None:
    for number, name in enumerate(("Kor", "Kaffe", "Kage")):
        date_ = town.occurrence(town.activity(name), starts_at=START - number * HOUR)
        town.signed_up(date_, email="travl@example.org", language="en", now=START - 2 * DAY)
    run(DAY_BEFORE)
    (letter,) = sent()
    assert letter.message["subject"] == "Tomorrow: 3 activities"
    assert [each["title"] for each in letter.message["cards"]] == ["Kage", "Kaffe", "Kor"]
    assert len({each["label"] for each in letter.message["buttons"]}) == 6
    assert len({each["action"] for each in letter.message["buttons"]}) == 6
    assert db.session.query(Reminding).filter_by(status="sent").count() == 3


def test_wishes_are_kept(town: Town, date_: Occurrence) -> None:
    no_week, none = town.signed_up(date_), town.signed_up(date_)
    wish(no_week, Wishes(reminders=frozenset({Reminder.DAY})))
    wish(none, Wishes(reminders=frozenset()))
    run(WEEK_BEFORE)
    assert sent() == [] and reasons() == [Reason.UNWANTED] * 2
    run(DAY_BEFORE)
    assert [each.recipient for each in sent()] == [no_week.email]


def test_own_quiet_hours_ask_for_an_earlier_time_and_get_it(town: Town, date_: Occurrence) -> None:
    sleeper, usual = town.signed_up(date_, now=START - 2 * DAY), town.signed_up(date_, now=START - 2 * DAY)
    wish(sleeper, Wishes(quiet=(time(16), time(23))))
    before = datetime(2026, 3, 20, 14, 30, tzinfo=UTC)  # half an hour before 16:00
    run(before - timedelta(minutes=1))
    assert sent() == []
    run(before)
    assert [each.recipient for each in sent()] == [sleeper.email]
    run(DAY_BEFORE)
    assert [each.recipient for each in sent()] == [sleeper.email, usual.email]


def test_early_morning_is_told_the_evening_before(town: Town) -> None:
    early = town.occurrence(starts_at=datetime(2026, 3, 21, 8, 0, tzinfo=UTC))  # at 9:00: two hours before is 7:00
    chat_of(town.signed_up(early))
    evening = datetime(2026, 3, 20, 19, 30, tzinfo=UTC)  # at 20:30
    run(evening - timedelta(minutes=1))
    assert sent("hours") == []
    run(evening)
    assert len(sent("hours")) == 1


def test_after_an_outage_only_what_is_of_use_leaves(town: Town, date_: Occurrence) -> None:
    town.signed_up(date_)
    run(START - 3 * HOUR + timedelta(minutes=1))  # nothing ran for weeks
    assert sent() == [] and set(reasons()) <= {Reason.TOO_LATE}
    other = town.occurrence(starts_at=START)
    town.signed_up(other, language="en", now=START - 5 * DAY)
    run(START - 4 * HOUR)
    assert [each.message["subject"] for each in sent()] == ["Today: Klimacafé"]


def test_after_an_outage_nobody_is_woken(town: Town) -> None:
    noon = town.occurrence(starts_at=datetime(2026, 3, 21, 15, 0, tzinfo=UTC))
    town.signed_up(noon, now=START - 5 * DAY)
    night = datetime(2026, 3, 20, 22, 0, tzinfo=UTC)  # at 23:00
    run(night)
    assert sent() == []
    run(datetime(2026, 3, 21, 7, 0, tzinfo=UTC))
    assert len(sent()) == 1


def test_a_worker_that_dies_before_its_commit_leaves_all_to_the_next(town: Town, date_: Occurrence) -> None:
    for _number in range(3):
        town.signed_up(date_, now=START - 2 * DAY)
    worker.plan_reminders(DAY_BEFORE)
    assert reminders.send(DAY_BEFORE) > 0
    db.session.rollback()  # killed
    assert sent() == []
    worker.send_reminders(DAY_BEFORE)
    worker.send_reminders(DAY_BEFORE)
    assert len(sent()) == 3 == len({each.recipient for each in sent()})


def test_two_workers_at_once_send_each_once(town: Town, date_: Occurrence, app: Flask) -> None:
    for number in range(30):
        town.signed_up(date_, email=f"gaest{number % 25}-{number // 25}@example.org", now=START - 2 * DAY)

    def work(_number: int) -> None:
        with app.app_context():
            worker.plan_reminders(DAY_BEFORE)
            worker.send_reminders(DAY_BEFORE)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(work, range(3)))
    run(DAY_BEFORE)
    assert len(sent()) == 30 == len({each.recipient for each in sent()})


def test_one_that_cannot_be_worded_does_not_stop_the_rest(
    town: Town, date_: Occurrence, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.signed_up(date_, name="Rosa", now=START - 2 * DAY), town.signed_up(date_, now=START - 2 * DAY)
    real = letters.worded

    def broken(together: Any, *args: Any) -> Message:
        if together[0].who.name == "Rosa":
            raise ZeroDivisionError
        return real(together, *args)

    monkeypatch.setattr(letters, "worded", broken)
    run(DAY_BEFORE)
    assert len(sent()) == 1 and reasons() == [Reason.DEFECT]


def test_one_that_the_database_refuses_does_not_stop_the_rest(
    town: Town, date_: Occurrence, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.signed_up(date_, name="Rosa", now=START - 2 * DAY), town.signed_up(date_, now=START - 2 * DAY)
    real = letters.worded

    def broken(together: Any, *args: Any) -> Message:
        message = real(together, *args)
        return replace(message, subject="\0") if together[0].who.name == "Rosa" else message

    monkeypatch.setattr(letters, "worded", broken)
    for _lane in range(2):
        run(DAY_BEFORE)
    assert len(sent()) == 1 and reasons() == [Reason.DEFECT]


def test_who_said_they_come_is_not_asked_again(town: Town, date_: Occurrence) -> None:
    guest = town.signed_up(date_, language="en", now=START - 2 * DAY)
    own_rule(date_.activity, "igen", number=12, unit="hours", clock=None, asks=True)
    own_rule(date_.activity, "kun", number=5, unit="hours", clock=None, asks=True, unanswered_only=True)
    run(DAY_BEFORE)
    asked = db.session.query(Reminding).one()
    for _time in range(2):
        with transaction():
            answers.say_coming(answers.by_id(asked.id), now=DAY_BEFORE + HOUR)  # type: ignore[arg-type]
    run(START - 5 * HOUR)
    latest = sent()[-1]
    assert "You have told us that you come." in latest.message["text"]
    assert not any(str(each["action"]).startswith("reminder:") for each in latest.message["buttons"])
    assert reasons() == [Reason.ANSWERED] and guest.id in answers.said_coming([date_.id])


def test_an_activitys_own_rule_stands_in_the_place_of_the_usual_one(town: Town, date_: Occurrence) -> None:
    town.signed_up(date_, now=START - 3 * DAY)
    own_rule(date_.activity, "day", clock=time(12), texts={"da": "Husk gummistøvler."})
    run(DAY_BEFORE - 5 * HOUR)
    (letter,) = sent()
    assert any("Husk gummistøvler." in part for part in letter.message["text"])
    run(DAY_BEFORE)
    assert len(sent()) == 1


def test_a_rule_may_be_for_some_tasks_alone(town: Town) -> None:
    activity = town.activity(kind="volunteer")
    date_ = town.occurrence(activity, starts_at=START)
    coffee, chairs = town.role(activity, "Kaffe", 5), town.role(activity, "Stole", 5)
    own_rule(activity, "day", roles=[coffee.public_id])
    maker = town.signed_up(date_, role=coffee.public_id, now=START - 2 * DAY)
    town.signed_up(date_, role=chairs.public_id, now=START - 2 * DAY)
    run(DAY_BEFORE)
    assert [each.recipient for each in sent()] == [maker.email]


def test_a_course_is_reminded_of_once_and_in_chats_each_time(town: Town) -> None:
    course = town.activity(sign_up=SignUpMode.WHOLE_COURSE)
    town.occurrence(course, starts_at=START, capacity=9)
    town.occurrence(course, starts_at=START + 7 * DAY, capacity=9)
    first = db.session.scalars(select(Occurrence).order_by(Occurrence.starts_at)).first()
    assert first is not None
    with transaction():
        changes.choose_sign_up(course.id, SignUpMode.REGISTRATION, now=NOW)
        changes.choose_sign_up(course.id, SignUpMode.WHOLE_COURSE, now=NOW)
    guest = town.signed_up(first, now=START - 2 * DAY)
    chat_of(guest)
    for at in (DAY_BEFORE, START - 2 * HOUR, DAY_BEFORE + 7 * DAY, START + 7 * DAY - 2 * HOUR):
        run(at)
    assert (len(sent("day")), len(sent("hours"))) == (1, 2)
    assert sent("feedback") == []
    run(START + 7 * DAY + 3 * HOUR)
    assert len(sent("feedback")) == 1


def test_after_the_day_they_are_asked_once_an_activity_and_never_after_a_week(town: Town, date_: Occurrence) -> None:
    town.signed_up(date_, email="anna@example.org")
    again = town.occurrence(date_.activity, starts_at=START + 2 * DAY)
    town.signed_up(again, email="anna@example.org")
    run(START + 3 * HOUR)
    (letter,) = sent("feedback")
    assert "/hvordan-var-det/" in letter.message["buttons"][-1]["url"]
    run(START + 2 * DAY + 3 * HOUR)
    assert len(sent("feedback")) == 1 and Reason.ASKED_ALREADY in reasons()
    other = town.occurrence(starts_at=START)
    town.signed_up(other)
    run(START + 8 * DAY)
    assert len(sent("feedback")) == 1


def test_feedback_is_asked_of_nobody_who_wants_only_their_sign_ups(town: Town, date_: Occurrence) -> None:
    first, second = town.signed_up(date_), town.signed_up(date_)
    people.reaching.set_optional(first.person_id, False, NOW)  # type: ignore[arg-type]
    wish(second, Wishes(feedback=False))
    run(START + 3 * HOUR)
    assert sent("feedback") == []


def test_signing_up_writes_nothing_here(town: Town, date_: Occurrence) -> None:
    worker.plan_reminders(NOW)
    town.signed_up(date_)
    for table in ("reminder_stale", "reminding"):
        assert db.session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() == 0


def test_what_is_due_is_found_by_an_index(town: Town, date_: Occurrence) -> None:
    town.signed_up(date_)
    worker.plan_reminders(NOW)
    db.session.execute(text("SET LOCAL enable_seqscan = off"))
    for query, index in (
        ("SELECT id FROM reminder_time WHERE done_at IS NULL AND due_at <= now() ORDER BY due_at, id LIMIT 50",
         "ix_reminder_time_due_at"),
        ("SELECT id FROM reminding WHERE lane = 3 AND status = 'planned' AND due_at <= now()", "ix_reminding_lane_due_at"),
    ):  # fmt: skip
        plan = "\n".join(db.session.scalars(text(f"EXPLAIN {query}")))
        assert index in plan, plan


def test_a_guest_brought_in_by_hand_without_an_address_is_for_the_telephone(town: Town, date_: Occurrence) -> None:
    added = town.signed_up(date_, now=START - 2 * DAY)
    added.email, added.person_id = None, None
    db.session.commit()
    run(DAY_BEFORE)
    assert reasons() == [Reason.UNREACHABLE]


def test_who_wants_a_pause_is_left_in_peace_until_the_day_they_chose_which_the_page_shows(town: Town) -> None:
    for until, reminded in ((date(2026, 3, 21), False), (date(2026, 3, 20), True)):
        guest = town.signed_up(town.occurrence(capacity=None, starts_at=START), now=START - 2 * DAY)
        wish(guest, Wishes(paused_until=until))
        run(DAY_BEFORE)  # on the 20th
        assert bool([each for each in sent() if each.recipient == guest.email]) is reminded


def test_a_busy_day_that_two_workers_take_on_at_once_is_one_letter(town: Town, app: Flask) -> None:
    for number in range(4):
        found = town.occurrence(town.activity(f"Nr. {number}"), starts_at=START + number * HOUR)
        for guest in range(5):
            town.signed_up(found, email=f"travl{guest}@example.org", now=START - 2 * DAY)
    worker.plan_reminders(DAY_BEFORE)

    def work(_number: int) -> None:
        with app.app_context():
            worker.send_reminders(DAY_BEFORE)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(work, range(3)))
    run(DAY_BEFORE)
    assert len(sent("day")) == 5
    assert {len(each.message["cards"]) for each in sent("day")} == {4}


def test_everybody_is_forgotten_with_their_words_and_the_number_stays(town: Town, date_: Occurrence) -> None:
    guest = town.signed_up(date_)
    run(DAY_BEFORE)
    with transaction():
        feedback.give(guest, Answer(5, "Dejligt", ("home",), "Jeg cykler", named=True), now=START + 3 * HOUR)
    with transaction():
        forgetting.expire(START + timedelta(days=60))
    db.session.expire_all()
    said = db.session.query(Feedback).one()
    assert (said.rating, said.deeds, said.sdgs) == (5, ["home"], [13])
    assert (said.registration_id, said.words, said.pledge, said.named) == (None, "", "", False)
    assert db.session.query(Reminding).count() == 0


def statements(work: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> int:
    """How many round trips to the database `work` makes, by the toolkit or by the driver."""
    said: list[object] = []
    execute, many = Cursor.execute, Cursor.executemany
    with monkeypatch.context() as patched:
        patched.setattr(Cursor, "execute", lambda *args, **kwargs: said.append(args[1]) or execute(*args, **kwargs))
        patched.setattr(Cursor, "executemany", lambda *args, **kwargs: said.append(args[1]) or many(*args, **kwargs))
        work()
    return len(said)


def test_more_people_cost_no_more_questions(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    for number in (1, 12):
        date_ = town.occurrence(capacity=None, starts_at=START + number * DAY)
        guests = [town.signed_up(date_, email=f"g{number}-{each}@example.org") for each in range(number)]
        # All in one hand, so that they are one share.
        worker.plan_reminders(DAY_BEFORE + number * DAY)
        db.session.execute(update(Reminding).values(lane=1))
        db.session.commit()
        asked.append(statements(lambda now=DAY_BEFORE + number * DAY: worker.send_reminders(now), monkeypatch))  # type: ignore[misc]
        links = [each.message["unsubscribe"] for each in sent("day")[-number:]]
        assert links == [unsubscribing.link("reminders", each.person_id) for each in guests]
    assert asked[0] == asked[1] > 3


def test_how_it_was_is_asked_of_who_came_and_of_all_where_nobody_was_checked_in(town: Town, date_: Occurrence) -> None:
    came, absent, unmarked = (town.signed_up(date_) for _each in range(3))
    at_door = {"keeper": attendance.Keeper(), "now": START}
    scan = attendance.Scan("came", attendance.Way.LIST, sign_up=came.public_id)
    attendance.check_in(date_.id, scan, **at_door)  # type: ignore[arg-type]
    attendance.mark_absent(date_.id, absent.public_id, nonce="absent", **at_door)  # type: ignore[arg-type]
    other = town.occurrence(starts_at=START)
    nobody_marked = town.signed_up(other)
    db.session.commit()
    for hour in range(0, 48, 2):
        run(date_.ends_at + hour * HOUR)
    assert {each.recipient for each in sent("feedback")} == {came.email, nobody_marked.email}
    assert reasons().count(Reason.STAYED_AWAY) == 2
    assert unmarked.email not in {each.recipient for each in sent("feedback")}
    assert [feedback.summary(each.activity_id, now=date_.ends_at).asked for each in (date_, other)] == [1, 1]
