"""Letters to chats: in order for each, at the pace that all senders share, part by part, and never lost with their sender."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import LiteralString

import psycopg
import pytest
from flask import Flask
from sqlalchemy import select, text

from engage import outbox
from engage.base.config import Settings
from engage.base.db import db, transaction
from engage.base.errors import AddressGone, ChannelError, NoReply, TooFast
from engage.base.message import Message, Receipt
from engage.outbox import Letter, Priority, Status, chats, claiming, rerouting
from engage.outbox.chats import CHAT_SECONDS, Result, Sender
from engage.people import find_or_create, reaching, verify
from tests.conftest import NOW
from tests.outbox.locks import wait_until_free

ANNA, BENTE = "42", "43"


@dataclass
class Chat:
    """Where letters end in these tests: remembers what left, and fails as it is told."""

    error: Callable[[str], Exception | None] = lambda _key: None
    parts: int = 1
    sent: list[tuple[str, str, str, int]] = field(default_factory=list)
    during: Callable[[], None] = lambda: None

    def send(self, identifier: str, message: Message, *, key: str, place: str = "", part: int = 0) -> Receipt:
        self.during()
        if (problem := self.error(key)) is not None:
            raise problem
        self.sent.append((key, identifier, place, part))
        return Receipt(str(100 + len(self.sent)), more=part + 1 < self.parts)

    @property
    def keys(self) -> list[str]:
        return [key for key, *_rest in self.sent]


@dataclass
class Clock:
    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def go(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def sender(chat: Chat, clock: Clock, *, number: int = 1, per_second: int = 0) -> Sender:
    return Sender("telegram", chat, number, "telegram:7", per_second, clock)


def put(key: str, to: str = ANNA, *, mail: str = "", now: datetime = NOW, **facts: object) -> None:
    addresses = [("telegram", to), *([("email", mail)] if mail else [])]
    with transaction():
        outbox.put(Message((f"Hej {key}",)), addresses, key=key, about="thing:1", now=now, **facts)  # type: ignore[arg-type]


def letter(key: str) -> Letter:
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(select(Letter).where(Letter.key == key)).one()


def deliver(who: Sender, most: int = 50) -> list[Result]:
    found = []
    for _number in range(most):
        found.append(chats.deliver_next(who))
        if found[-1] is not Result.DELIVERED:
            break
    return found


@pytest.fixture
def anna(app: Flask) -> int:
    """A person known by her chat."""
    with transaction():
        person = find_or_create("telegram", ANNA, language="da", now=NOW)
        verify("telegram", ANNA, NOW)
    return person


def test_letters_leave_in_order_and_the_worker_leaves_them_alone(app: Flask, clock: Clock) -> None:
    put("a"), put("b"), put("c", BENTE)
    assert outbox.deliver_due({}, NOW, elsewhere={"telegram"}) == 0
    chat = Chat()
    assert deliver(sender(chat, clock)) == [Result.DELIVERED] * 3 + [Result.NOTHING]
    assert chat.keys == ["a", "b", "c"]
    assert (letter("a").status, letter("a").place) == (Status.SENT, "101")


def test_an_answer_overtakes_a_reminder_and_that_the_news(app: Flask, clock: Clock) -> None:
    put("news", priority=Priority.BULK)
    put("reminder", now=NOW - timedelta(hours=1), due_at=NOW - timedelta(hours=1))
    put("answer", BENTE, priority=Priority.ANSWER)
    chat = Chat()
    deliver(sender(chat, clock))
    assert chat.keys == ["answer", "reminder", "news"]


def test_two_senders_never_have_the_same_chat_in_hand(app: Flask, clock: Clock) -> None:
    for number in range(8):
        put(f"anna-{number}"), put(f"bente-{number}", BENTE)
    busy: set[str] = set()
    lock, clashes = threading.Lock(), []

    class Watched(Chat):
        def send(self, identifier: str, message: Message, *, key: str, place: str = "", part: int = 0) -> Receipt:
            with lock:
                clashes.extend([key] if identifier in busy else [])
                busy.add(identifier)
            receipt = super().send(identifier, message, key=key, place=place, part=part)
            with lock:
                busy.discard(identifier)
            return receipt

    chat, together = Watched(), threading.Barrier(4)

    def work(number: int) -> None:
        together.wait()
        idle = 0
        while idle < 20:
            with app.app_context():
                idle = 0 if chats.deliver_next(sender(chat, clock, number=number + 1)) is Result.DELIVERED else idle + 1

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert clashes == []
    for name in ("anna", "bente"):
        assert [key for key in chat.keys if key.startswith(name)] == [f"{name}-{number}" for number in range(8)]


def test_a_chat_gets_one_message_a_second_and_another_chat_does_not_wait(app: Flask, clock: Clock) -> None:
    put("a"), put("b"), put("c", BENTE)
    chat, who = Chat(), None
    who = sender(chat, clock, per_second=25)
    deliver(who)
    assert chat.keys == ["a", "c"]
    clock.go(CHAT_SECONDS - 0.01)
    deliver(who)
    assert chat.keys == ["a", "c"]
    clock.go(0.02)
    deliver(who)
    assert chat.keys == ["a", "c", "b"]


def test_the_pace_counts_from_when_a_message_was_taken_not_from_when_it_was_offered(app: Flask, clock: Clock) -> None:
    put("a"), put("b")
    chat = Chat(during=lambda: clock.go(3))  # a slow wire
    who = sender(chat, clock, per_second=25)
    deliver(who)
    assert chat.keys == ["a"]
    clock.go(1.0)
    deliver(who)
    assert chat.keys == ["a"]


def test_a_group_gets_no_more_than_twenty_a_minute(app: Flask, clock: Clock) -> None:
    for number in range(30):
        put(f"{number}", "-1001")
    chat = Chat()
    for _tick in range(600):
        deliver(sender(chat, clock, per_second=25))
        clock.go(0.1)
    assert 18 <= len(chat.sent) <= 20


def test_screens_may_change_a_few_times_at_once_and_then_wait(app: Flask, clock: Clock) -> None:
    for number in range(8):
        put(f"{number}", place="77")
    chat = Chat()
    deliver(sender(chat, clock, per_second=25))
    assert len(chat.sent) == 4
    assert chat.sent[0] == ("0", ANNA, "77", 0)
    clock.go(CHAT_SECONDS)
    deliver(sender(chat, clock, per_second=25))
    assert len(chat.sent) == 5


@pytest.mark.parametrize(("rate", "burst"), [(25, 4), (29, 1)])
def test_over_all_chats_no_second_has_more_than_thirty(app: Flask, clock: Clock, rate: int, burst: int) -> None:
    for number in range(90):
        put(f"{number}", str(1000 + number))
    times: list[datetime] = []
    chat = Chat(during=lambda: times.append(clock()))
    one, other = (sender(chat, clock, number=number, per_second=rate) for number in (1, 2))
    assert deliver(one) == [Result.DELIVERED] * burst + [Result.LIMITED]
    for _tick in range(600):
        deliver(other), deliver(one)
        clock.go(0.004)
    assert len(times) >= 2 * rate
    for begin in times:
        assert len([each for each in times if begin <= each < begin + timedelta(seconds=1)]) <= 30


def test_when_the_channel_asks_for_a_pause_every_sender_keeps_it(app: Flask, clock: Clock) -> None:
    put("a"), put("b", BENTE)
    for rate in (25, 0):
        fast = Chat(lambda _key: TooFast(7))
        assert deliver(sender(fast, clock, per_second=rate))[0] is Result.DELIVERED
        assert (letter("a").status, letter("a").tries) == (Status.PLANNED, 0), "it does not count as a try"
        chat = Chat()
        other = sender(chat, clock, number=2, per_second=rate)
        clock.go(6.9)
        deliver(other)
        assert chat.sent == []
        clock.go(0.5)
    deliver(other)
    assert chat.keys == ["a", "b"]


def test_a_letter_in_parts_goes_on_where_it_was_after_a_crash(app: Flask, clock: Clock) -> None:
    put("ticket")
    chat = Chat(parts=3)
    who = sender(chat, clock)
    assert chats.deliver_next(who) is Result.DELIVERED
    assert (letter("ticket").status, letter("ticket").part, letter("ticket").place) == (Status.PLANNED, 1, "101")
    broken = Chat(lambda _key: ChannelError("server error", permanent=False), parts=3)
    chats.deliver_next(sender(broken, clock))
    clock.go(2)
    deliver(who)
    assert [part for *_rest, part in chat.sent] == [0, 1, 2]
    assert (letter("ticket").status, letter("ticket").place) == (Status.SENT, "101"), "it stands where its words are"


def test_what_may_have_arrived_is_repeated_once_and_told(app: Flask, clock: Clock) -> None:
    put("a")
    silent = sender(Chat(lambda _key: NoReply("timed out")), clock)
    deliver(silent)
    assert (letter("a").status, letter("a").unanswered) == (Status.PLANNED, 1)
    clock.go(1.1)
    deliver(silent)
    assert letter("a").status == Status.FAILED
    assert letter("a").last_error.startswith("uncertain")


def test_news_that_may_have_arrived_are_not_repeated(app: Flask, clock: Clock) -> None:
    put("news", priority=Priority.BULK)
    deliver(sender(Chat(lambda _key: NoReply("timed out")), clock))
    assert letter("news").status == Status.FAILED


def test_a_change_of_a_screen_is_repeated_without_harm(app: Flask, clock: Clock) -> None:
    put("screen", place="77")
    silent, tries = sender(Chat(lambda _key: NoReply("timed out")), clock), 0
    while letter("screen").status == Status.PLANNED and tries < 3:
        deliver(silent)
        clock.go(10)
        tries += 1
    assert letter("screen").status == Status.PLANNED
    chat = Chat()
    deliver(sender(chat, clock))
    assert chat.sent == [("screen", ANNA, "77", 0)]


def test_a_passing_error_waits_longer_each_time_and_fails_in_the_end(app: Flask, clock: Clock) -> None:
    put("a")
    who = sender(Chat(lambda _key: ChannelError("server error", permanent=False)), clock)
    waits = []
    while letter("a").status == Status.PLANNED:
        deliver(who)
        if letter("a").status == Status.PLANNED:
            waits.append((letter("a").due_at - clock()).total_seconds())
            clock.now = letter("a").due_at
    assert tuple(waits) == chats.BACK_OFF
    assert letter("a").status == Status.FAILED


def test_an_answer_whose_time_is_over_is_not_tried_again(app: Flask, clock: Clock) -> None:
    put("a", good_until=NOW + timedelta(seconds=0.5))
    deliver(sender(Chat(lambda _key: ChannelError("server error", permanent=False)), clock))
    assert letter("a").status == Status.MISSED


def test_a_defect_in_one_letter_leaves_the_others(app: Flask, clock: Clock) -> None:
    put("bad"), put("good", BENTE)
    chat = Chat(lambda key: ZeroDivisionError() if key == "bad" else None)
    deliver(sender(chat, clock))
    assert chat.keys == ["good"]
    assert letter("bad").status == Status.PLANNED


def test_what_the_channel_refuses_for_good_goes_on_to_the_next_address(app: Flask, clock: Clock) -> None:
    put("a", mail="anna@example.org"), put("b", BENTE)
    deliver(sender(Chat(lambda _key: ChannelError("refused", permanent=True)), clock))
    assert (letter("a").status, letter("a").channel, letter("a").recipient) == (
        Status.PLANNED,
        "email",
        "anna@example.org",
    )
    assert letter("b").status == Status.FAILED
    mails: list[str] = []

    class Mail:
        def send(self, identifier: str, message: Message, *, key: str) -> None:
            mails.append(identifier)

    assert outbox.deliver_due({"email": Mail()}, NOW, elsewhere={"telegram"}) == 1
    assert mails == ["anna@example.org"]


def test_who_went_away_gets_mail_where_there_is_an_address_and_is_waited_for_where_not(anna: int, clock: Clock) -> None:
    put("first"), put("second", mail="anna@example.org"), put("third"), put("news", priority=Priority.BULK)
    deliver(sender(Chat(lambda _key: AddressGone("blocked")), clock))
    assert not reaching.is_on("telegram", ANNA)
    assert [letter(key).status for key in ("first", "second", "third")] == [Status.HELD, Status.PLANNED, Status.HELD]
    assert letter("second").channel == "email"
    chat = Chat()
    put("later"), put("answer", priority=Priority.ANSWER)
    deliver(sender(chat, clock))
    assert chat.keys == ["answer"], "no more letters until they are back; but who writes is answered"
    with transaction():
        assert rerouting.reroute("telegram", NOW) == 1
    assert letter("later").status == Status.HELD
    put("too late", priority=Priority.ANSWER)
    deliver(sender(Chat(lambda _key: AddressGone("blocked")), clock))
    assert letter("too late").status == Status.FAILED


def test_for_a_chat_of_nobody_nothing_is_held(app: Flask, clock: Clock) -> None:
    put("a")
    deliver(sender(Chat(lambda _key: AddressGone("blocked")), clock))
    assert letter("a").status == Status.FAILED


def test_what_was_held_is_released_once_the_last_of_each_thing_and_only_what_is_still_good(
    anna: int, clock: Clock
) -> None:
    for key, about, good_until in (
        ("waits", "registration:x", None),
        ("moved up", "registration:x", None),
        ("reminder", "registration:y", NOW + timedelta(hours=1)),
        ("other", "registration:z", None),
    ):
        with transaction():
            outbox.put(Message((key,)), [("telegram", ANNA)], key=key, about=about, now=NOW, good_until=good_until)
    with transaction():
        rerouting.address_gone("telegram", ANNA, "blocked", NOW)
        outbox.withdraw("registration:z", NOW)
    with transaction():
        held = rerouting.release("telegram", ANNA, NOW + timedelta(hours=2))
    assert [(each.about, each.message.text[0]) for each in held] == [("registration:x", "moved up")]
    assert letter("reminder").status == Status.MISSED
    assert letter("other").status == Status.WITHDRAWN
    with transaction():
        assert rerouting.release("telegram", ANNA, NOW) == []


@pytest.fixture
def connection(settings: Settings, app: Flask) -> Iterator[psycopg.Connection]:
    """That of another process's senders."""
    url = settings.database_url.replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(url, autocommit=True) as opened:
        yield opened


def test_a_letter_goes_on_at_once_when_its_senders_process_is_gone(
    clock: Clock, connection: psycopg.Connection
) -> None:
    connection.execute("SELECT pg_advisory_lock(%s, %s)", [rerouting.SENDERS, 99])
    put("a"), put("news", BENTE, priority=Priority.BULK)

    def die(_key: str) -> Exception:
        raise KeyboardInterrupt  # passes by every `except Exception`, as the end of a process does

    for _letter in range(2):
        with pytest.raises(KeyboardInterrupt):
            chats.deliver_next(sender(Chat(die), clock, number=99))
    with transaction():
        assert rerouting.abandoned("telegram", NOW) == 0, "its process lives, so it is still being sent"
    connection.close()
    wait_until_free(99)
    with transaction():
        assert rerouting.abandoned("telegram", NOW) == 2
    assert (letter("a").status, letter("a").unanswered) == (Status.PLANNED, 1)
    assert letter("news").status == Status.FAILED, "it may have arrived, and is not worth a second time"
    chat = Chat()
    deliver(sender(chat, clock))
    assert chat.keys == ["a"]


@pytest.mark.parametrize("permanent", [False, True])
def test_what_a_slow_sender_says_later_of_a_letter_it_lost_is_not_heard(
    app: Flask, clock: Clock, permanent: bool
) -> None:
    put("a", mail="anna@example.org")

    def taken_over() -> None:
        with transaction():
            rerouting.abandoned("telegram", NOW)
        with db.engine.begin() as other:
            other.execute(text("UPDATE outbox SET status = 'sending', claimed_by = 2"))

    error = ChannelError("server error", permanent=permanent)
    deliver(sender(Chat(lambda _key: error, during=taken_over), clock), most=1)
    assert (letter("a").status, letter("a").channel) == (Status.SENDING, "telegram"), "it is in the hands of another"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (None, Status.SENT),
        (NoReply("timed out"), Status.PLANNED),
        (ChannelError("server error", permanent=False), Status.PLANNED),
        (ChannelError("refused", permanent=True), Status.FAILED),
        (AddressGone("blocked"), Status.FAILED),
        (TooFast(7), Status.PLANNED),
        (ZeroDivisionError(), Status.PLANNED),
    ],
)
def test_what_the_wire_said_is_noted_when_the_database_went_away_meanwhile(
    clock: Clock, connection: psycopg.Connection, error: Exception | None, status: Status
) -> None:
    put("a")

    def away() -> None:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    assert chats.deliver_next(sender(Chat(lambda _key: error, during=away), clock)) is Result.DELIVERED
    assert letter("a").status == status
    assert letter("a").unanswered == int(isinstance(error, NoReply))


def test_a_claim_whose_answer_was_lost_leaves_the_letter_to_the_next_turn(
    app: Flask, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    put("a")
    mails, said = [], claiming.alone
    with transaction():
        outbox.put(Message(("Hej",)), [("email", "a@example.org")], key="mail", about="thing:2", now=NOW)

    def cut_off(statement: LiteralString, facts: dict[str, object]) -> list[tuple[object, ...]]:
        rows = said(statement, facts)
        if "'sending'" in statement and rows:
            raise psycopg.OperationalError("the connection was lost")
        return rows

    class Mail:
        def send(self, identifier: str, message: Message, *, key: str) -> None:
            mails.append(key)

    chat = Chat()
    monkeypatch.setattr(claiming, "alone", cut_off)
    with pytest.raises(psycopg.OperationalError):
        chats.deliver_next(sender(chat, clock))
    with pytest.raises(psycopg.OperationalError):
        outbox.deliver_due({"email": Mail()}, NOW, elsewhere={"telegram"}, sender=2)
    monkeypatch.undo()
    assert {letter("a").status, letter("mail").status} == {Status.PLANNED}
    deliver(sender(chat, clock))
    outbox.deliver_due({"email": Mail()}, NOW, elsewhere={"telegram"}, sender=2)
    assert (chat.keys, mails) == (["a"], ["mail"])


def test_no_transaction_is_open_while_a_letter_is_on_the_wire(app: Flask, clock: Clock) -> None:
    put("a")
    seen: list[bool] = []
    deliver(sender(Chat(during=lambda: seen.append(db.session().in_transaction())), clock))
    assert seen == [False]


def test_what_was_answered_elsewhere_is_rewritten_where_it_stands(app: Flask, clock: Clock) -> None:
    put("offer"), put("unsent", BENTE, due_at=NOW + timedelta(days=1))
    chat = Chat()
    deliver(sender(chat, clock))
    with transaction():
        assert outbox.rewrite("thing:1", Message(("Answered.",)), key="answered", now=NOW) == 1
    deliver(sender(chat, clock))
    assert chat.sent[1][1:] == (ANNA, "101", 0)
    assert letter("unsent").status == Status.WITHDRAWN
