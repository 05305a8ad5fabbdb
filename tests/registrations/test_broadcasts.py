"""A message to all who take part: to each person once, in their language, a few at a time, and stopped when somebody says so."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from engage import outbox, worker
from engage.activities.models import Occurrence, SignUpMode
from engage.base.db import db, transaction
from engage.base.errors import ChannelError
from engage.base.message import Message
from engage.outbox import Letter
from engage.registrations import Registration, State, broadcasts, calling, courses, entering, forgetting
from engage.registrations.broadcasts import Broadcast, BroadcastState, Draft, audience, sending, starting
from tests.accounts.cast import account
from tests.conftest import NOW
from tests.town import Town

WORDS = {
    "da": ("Tag regntøj med", "Vi mødes udenfor.\n\nHusk støvler."),
    "en": ("Bring a raincoat", "We meet outside."),
}
_keys = (f"besked{number:04}" for number in count(1))


class Sink:
    """Takes every letter, save for those of addresses it was told never to know."""

    def __init__(self, *unknown: str) -> None:
        self.got: list[tuple[str, Message]] = []
        self._unknown = unknown

    def send(self, identifier: str, message: Message, *, key: str) -> None:
        if identifier in self._unknown:
            raise ChannelError("no such user", permanent=True)
        if key.startswith("broadcast:"):
            self.got.append((identifier, message))

    @property
    def readers(self) -> list[str]:
        return sorted(identifier for identifier, _message in self.got)


@pytest.fixture
def staff(app: Flask) -> int:
    return account("Karl Holm").id


@pytest.fixture
def date(town: Town) -> Occurrence:
    return town.occurrence(capacity=None)


def draft(*dates: Occurrence, **facts: object) -> Draft:
    values = {"states": (State.CONFIRMED,), "texts": WORDS, **facts}
    return Draft(dates[0].activity_id, tuple(each.id for each in dates), **values)  # type: ignore[arg-type]


def begin(wanted: Draft, staff: int, *, key: str = "", now: datetime = NOW, limited: bool = True) -> Broadcast:
    with transaction():
        return broadcasts.start(wanted, key=key or next(_keys), by=staff, now=now, limited=limited)


def work(sink: Sink, now: datetime = NOW, rounds: int = 4) -> Sink:
    """What the worker does, a few ticks of it."""
    for _round in range(rounds):
        worker.send_broadcasts(now)
        outbox.deliver_due({"email": sink, "telegram": sink, "webchat": sink}, now)
    return sink


def standing(broadcast: Broadcast) -> tuple[BroadcastState, broadcasts.Progress]:
    db.session.expire_all()
    return BroadcastState(broadcast.state), broadcasts.progress(broadcast)


def test_each_reads_it_once_in_their_language_and_the_organiser_sees_that_all_have_it(
    town: Town, date: Occurrence, staff: int
) -> None:
    for name, language in (("anna", "da"), ("ben", "en"), ("carla", "de")):
        town.signed_up(date, email=f"{name}@example.org", name=name.title(), language=language)
    broadcast = begin(draft(date), staff)
    sink = work(Sink())
    said = dict(sink.got)
    assert sink.readers == ["anna@example.org", "ben@example.org", "carla@example.org"]
    assert [said[f"{name}@example.org"].subject for name in ("anna", "ben", "carla")] == [
        "Tag regntøj med", "Bring a raincoat", "Tag regntøj med",
    ]  # fmt: skip
    assert said["anna@example.org"].text[2:] == ("Vi mødes udenfor.", "Husk støvler.")
    assert len(said["carla@example.org"].text) == 5, "what was not written in her language says so"
    assert len(said["ben@example.org"].text) == 3
    state, progress = standing(broadcast)
    assert (state, progress.total, progress.sent, progress.to_come) == (BroadcastState.DONE, 3, 3, 0)


def test_a_person_with_several_sign_ups_gets_one(town: Town, date: Occurrence, staff: int) -> None:
    second = town.occurrence(date.activity, capacity=None, starts_in=timedelta(days=14))
    for each in (date, second):
        town.signed_up(each, email="anna@example.org")
    town.signed_up(second, email="bo@example.org")
    begin(draft(date, second), staff)
    assert work(Sink()).readers == ["anna@example.org", "bo@example.org"]


def test_two_who_turn_out_to_be_one_while_it_is_sent_get_one(town: Town, date: Occurrence, staff: int) -> None:
    second = town.occurrence(date.activity, capacity=None)
    anna, also_anna = town.signed_up(date, email="anna@example.org"), town.signed_up(second, email="holm@example.org")
    broadcast = begin(draft(date, second), staff)
    also_anna.person_id, also_anna.email = anna.person_id, anna.email  # what linking does
    db.session.commit()
    assert work(Sink()).readers == ["anna@example.org"]
    assert (standing(broadcast)[1].sent, standing(broadcast)[1].passed) == (1, 1)


def test_it_goes_to_who_stands_so_and_not_to_who_signs_up_later(town: Town, staff: int) -> None:
    date = town.occurrence(capacity=1)
    town.signed_up(date, email="anna@example.org")
    town.signed_up(date, email="venter@example.org")
    town.signed_up(date, email="ubekraeftet@example.org", confirmed=False)
    begin(draft(date, states=(State.WAITING,)), staff)
    later = town.occurrence(date.activity, capacity=None)
    town.signed_up(later, email="senere@example.org")
    assert work(Sink()).readers == ["venter@example.org"]


def test_who_cancels_before_it_leaves_does_not_get_it(town: Town, date: Occurrence, staff: int) -> None:
    registration = town.signed_up(date, email="anna@example.org")
    town.signed_up(date, email="bo@example.org")
    broadcast = begin(draft(date), staff)
    registration.state = State.CANCELLED_BY_PERSON
    db.session.commit()
    assert work(Sink()).readers == ["bo@example.org"]
    assert standing(broadcast)[1].passed == 1


def test_of_a_date_with_roles_one_role_can_be_written_to(town: Town, date: Occurrence, staff: int) -> None:
    coffee, cake = (town.role(date.activity, name) for name in ("Kaffe", "Kage"))
    town.signed_up(date, email="anna@example.org", role=coffee.public_id)
    town.signed_up(date, email="bo@example.org", role=cake.public_id)
    assert [each.email for each in audience.audience(draft(date, role=cake.public_id))] == ["bo@example.org"]
    assert len(audience.audience(draft(date))) == 2


def test_of_a_course_those_are_written_to_who_come_to_the_date(town: Town, staff: int) -> None:
    activity = town.activity(sign_up=SignUpMode.WHOLE_COURSE)
    first, second = (town.occurrence(activity, starts_in=timedelta(days=days)) for days in (7, 14))
    courses.lock([first.id, second.id])
    db.session.commit()
    town.signed_up(first, email="anna@example.org")
    late = town.signed_up(first, email="bo@example.org")
    late.occurrence_id = second.id
    db.session.commit()
    assert [each.email for each in audience.audience(draft(first))] == ["anna@example.org"]
    assert len(audience.audience(draft(second))) == 2


def test_the_same_form_sent_twice_sends_once(town: Town, date: Occurrence, staff: int) -> None:
    town.signed_up(date, email="anna@example.org")
    first, second = (begin(draft(date), staff, key="den-samme").id for _time in range(2))
    assert first == second
    assert work(Sink()).readers == ["anna@example.org"]


@pytest.mark.parametrize(
    ("texts", "language", "refused"),
    [
        ({}, "da", True),
        ({"en": ("Hello", "You")}, "da", True),
        ({"da": ("Hej", "  ")}, "da", True),
        ({"da": ("", "Hej")}, "en", True),
        ({"en": ("Hello", "You")}, "en", False),
        ({"da": ("Hej", "Du")}, "de", False),
    ],
)
def test_the_citys_language_is_needed_where_somebody_reads_it(
    town: Town, date: Occurrence, staff: int, texts: dict[str, tuple[str, str]], language: str, refused: bool
) -> None:
    town.signed_up(date, language=language)
    wanted = draft(date, texts=texts)
    if refused:
        with pytest.raises(broadcasts.TextMissing):
            begin(wanted, staff)
    else:
        assert begin(wanted, staff).state == BroadcastState.SENDING


def test_two_presses_at_once_begin_one_message(app: Flask, town: Town, date: Occurrence, staff: int) -> None:
    town.signed_up(date)
    wanted, activity, begun = draft(date), date.activity_id, []
    db.session.commit()

    def press() -> None:
        with app.app_context():
            begun.append(begin(wanted, staff, key="eenbesked1").id)

    presses = [threading.Thread(target=press) for _press in range(2)]
    with db.engine.connect() as other:
        other.execute(text("SELECT FROM activity WHERE id = :id FOR UPDATE"), {"id": activity})
        for each in presses:
            each.start()
        presses[0].join(0.5)
        assert all(each.is_alive() for each in presses), "both wait for their turn"
        other.rollback()
    for each in presses:
        each.join(10)
    assert len(begun) == 2 and len(set(begun)) == 1
    assert db.session.query(Broadcast).count() == 1


def test_nobody_to_read_it_and_too_many_a_day_are_refused(
    town: Town, date: Occurrence, staff: int, set_settings: Callable[..., None]
) -> None:
    with pytest.raises(broadcasts.NobodyReads):
        begin(draft(date), staff)
    set_settings(broadcasts_per_day=2)
    town.signed_up(date)
    begin(draft(date), staff), begin(draft(date), staff)
    with pytest.raises(broadcasts.TooManyToday):
        begin(draft(date), staff)
    begin(draft(date), staff, limited=False)  # staff help whoever was stopped
    begin(draft(date), staff, now=NOW + timedelta(days=1, minutes=1))


def test_paused_nothing_leaves_stopped_nothing_ever_does_and_nobody_gets_it_twice(
    town: Town, date: Occurrence, staff: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "AT_ONCE", 2)
    for number in range(7):
        town.signed_up(date, email=f"gaest{number}@example.org")
    broadcast, sink = begin(draft(date), staff), Sink()
    work(sink, rounds=1)
    assert len(sink.got) == 2
    worker.send_broadcasts(NOW)
    with transaction():
        broadcasts.pause(broadcast.id)
    assert work(sink).readers == sink.readers[:2], "also those that lay ready came back"
    assert standing(broadcast)[1].to_come == 5
    with transaction():
        broadcasts.go_on(broadcast.id)
    work(sink, rounds=1)
    assert len(sink.got) == 4
    with transaction():
        broadcasts.stop(broadcast.id, NOW)
    with transaction():
        broadcasts.go_on(broadcast.id)
    work(sink)
    state, progress = standing(broadcast)
    assert (state, progress.sent, progress.to_come, progress.passed) == (BroadcastState.STOPPED, 4, 0, 3)
    assert len(set(sink.readers)) == len(sink.readers) == 4


def test_at_night_it_waits_until_the_morning_save_where_it_is_urgent(town: Town, date: Occurrence, staff: int) -> None:
    night, morning = datetime(2026, 3, 4, 22, 30, tzinfo=NOW.tzinfo), datetime(2026, 3, 5, 7, 1, tzinfo=NOW.tzinfo)
    town.signed_up(date, email="anna@example.org")
    begin(draft(date), staff, now=night)
    assert work(Sink(), night).readers == []
    assert work(Sink(), morning).readers == ["anna@example.org"]
    begin(draft(date, urgent=True), staff, now=night)
    assert work(Sink(), night).readers == ["anna@example.org"]


def test_whom_it_does_not_reach_is_counted_and_phoned_where_it_is_urgent(
    town: Town, date: Occurrence, staff: int
) -> None:
    town.signed_up(date, email="vaek@example.org")
    with transaction():
        entering.add(date.id, town.application("Poul", email=" ", phone="12 34 56 78"), by=staff, now=NOW)
    assert broadcasts.reach(audience.audience(draft(date))) == broadcasts.Reach(2, {"email": 1}, {"da": 2}, 1)
    broadcast = begin(draft(date, urgent=True), staff)
    work(Sink("vaek@example.org"))
    assert standing(broadcast)[1].failed == 2
    calls = calling.waiting(NOW)
    assert sorted(each.registration.name or "" for each in calls) == ["Anna Holm", "Poul"]
    assert [each.phones for each in calls if each.registration.name == "Poul"] == [("12 34 56 78",)]


def test_a_cancellation_overtakes_what_is_written_to_many(
    town: Town, date: Occurrence, staff: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        town.signed_up(date, email=f"gaest{number}@example.org")
    begin(draft(date), staff)
    worker.send_broadcasts(NOW)
    priorities = db.session.scalars(select(Letter.priority).where(Letter.key.startswith("broadcast:"))).all()
    assert set(priorities) == {outbox.Priority.USUAL}
    assert outbox.Priority.AWAITED < outbox.Priority.USUAL


def test_old_messages_are_deleted_and_who_is_erased_leaves_no_letter(town: Town, date: Occurrence, staff: int) -> None:
    registration = town.signed_up(date, email="anna@example.org")
    begin(draft(date), staff)
    work(Sink())
    assert registration.person_id is not None
    forgetting.erase(registration.person_id, NOW)
    db.session.commit()
    assert db.session.scalar(select(func.count()).where(Letter.key.startswith("broadcast:"))) == 0
    assert forgetting.expire_broadcasts(NOW + timedelta(days=400)) == 1


def test_a_preview_is_the_letter_itself(town: Town, date: Occurrence, staff: int) -> None:
    registration: Registration = town.signed_up(date, email="anna@example.org")
    seen = starting.preview(draft(date), registration)
    begin(draft(date), staff)
    assert work(Sink()).got == [("anna@example.org", seen)]
