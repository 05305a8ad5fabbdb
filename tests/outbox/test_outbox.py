"""The post office: every letter leaves once, at its time, by the first address that works."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from engage import outbox
from engage.base.db import db, transaction
from engage.base.errors import ChannelError
from engage.base.message import Message
from engage.channels import WebchatChannel, webchat
from engage.outbox import Letter, Priority, Status, claiming, delivery, enquiries
from engage.outbox.delivery import BACK_OFF
from engage.outbox.enquiries import NotTriedAgain
from engage.outbox.forgetting import expire
from tests.conftest import NOW

ANNA = ("email", "anna@example.org")
BY_CHAT = ("webchat", "anna-in-the-chat")


class Wire:
    """Where letters end in these tests: remembers what left, and fails as it is told."""

    def __init__(self, error: Callable[[str], Exception | None] = lambda _key: None) -> None:
        self.sent: list[tuple[str, str]] = []
        self._error, self._lock = error, threading.Lock()

    def send(self, identifier: str, message: Message, *, key: str) -> None:
        if (error := self._error(key)) is not None:
            raise error
        with self._lock:
            self.sent.append((key, identifier))

    @property
    def keys(self) -> list[str]:
        return [key for key, _identifier in self.sent]


def put(
    key: str = "a", *, addresses: tuple[tuple[str, str], ...] = (ANNA,), about: str = "thing:1", **facts: object
) -> None:
    outbox.put(Message((f"Hej {key}",)), addresses, key=key, about=about, now=NOW, **facts)  # type: ignore[arg-type]
    db.session.commit()


def letter(key: str = "a") -> Letter:
    db.session.expire_all()
    return db.session.scalars(select(Letter).where(Letter.key == key)).one()


def deliver(wire: Wire, now: datetime = NOW, chat: Wire | None = None) -> int:
    return outbox.deliver_due({"email": wire, "webchat": chat or wire}, now)


def test_a_letter_put_twice_leaves_once(app: Flask) -> None:
    put(), put()
    wire = Wire()
    assert deliver(wire) == 1
    put()
    assert deliver(wire) == 0
    assert wire.sent == [("a", "anna@example.org")]
    assert (letter().status, letter().settled_at) == (Status.SENT, NOW)


def test_a_letter_leaves_only_with_the_transaction_that_put_it(app: Flask) -> None:
    outbox.put(Message(("Hej",)), [ANNA], key="a", about="thing:1", now=NOW)
    db.session.rollback()
    assert deliver(Wire()) == 0


def test_a_letter_waits_until_it_is_due(app: Flask) -> None:
    put(due_at=NOW + timedelta(hours=1))
    wire = Wire()
    assert deliver(wire, NOW + timedelta(minutes=59)) == 0
    assert deliver(wire, NOW + timedelta(hours=1)) == 1


def test_a_letter_that_is_no_longer_useful_is_missed(app: Flask) -> None:
    put(good_until=NOW + timedelta(minutes=5))
    wire = Wire()
    assert deliver(wire, NOW + timedelta(minutes=6)) == 0
    assert (letter().status, wire.sent) == (Status.MISSED, [])


def test_what_somebody_waits_for_overtakes_a_reminder(app: Flask) -> None:
    put("bulk", priority=Priority.BULK)
    put("usual", due_at=NOW - timedelta(hours=1))
    put("awaited", priority=Priority.AWAITED)
    put("older", due_at=NOW - timedelta(hours=2))
    wire = Wire()
    deliver(wire)
    assert wire.keys == ["awaited", "older", "usual", "bulk"]


def test_what_is_withdrawn_does_not_leave_and_the_rest_does(app: Flask) -> None:
    put("a"), put("b", about="thing:2")
    outbox.withdraw("thing:1", NOW)
    db.session.commit()
    wire = Wire()
    deliver(wire)
    assert wire.keys == ["b"]
    assert letter("a").status == Status.WITHDRAWN


def test_a_letter_withdrawn_while_it_was_on_the_wire_is_not_tried_again(app: Flask) -> None:
    put()

    def withdrawn_meanwhile(_key: str) -> Exception:
        with transaction():
            outbox.withdraw("thing:1", NOW)
        return ChannelError("busy", permanent=False)

    deliver(Wire(withdrawn_meanwhile))
    wire = Wire()
    assert deliver(wire, NOW + timedelta(hours=1)) == 0
    assert (wire.sent, letter().status) == ([], Status.MISSED)


def test_several_workers_send_every_letter_exactly_once(app: Flask) -> None:
    for number in range(60):
        put(f"letter-{number}")
    wire, everybody = Wire(), threading.Barrier(4)

    def work(_number: int) -> int:
        with app.app_context():
            everybody.wait()
            return deliver(wire)

    with ThreadPoolExecutor(4) as pool:
        each_sent = list(pool.map(work, range(4)))
    assert sum(each_sent) == 60
    assert sorted(wire.keys) == sorted(f"letter-{number}" for number in range(60))


def test_the_letters_of_a_worker_that_died_are_sent_after_five_minutes(app: Flask) -> None:
    put()
    killed(1)
    wire = Wire()
    assert letter().status == Status.SENDING
    assert deliver(wire, NOW + timedelta(minutes=5)) == 0
    assert deliver(wire, NOW + timedelta(minutes=5, seconds=1)) == 1


def die(_key: str) -> Exception:
    raise KeyboardInterrupt  # as the end of a process does, it passes by every `except Exception`


def killed(times: int) -> datetime:
    """Let workers die over the letter so many times, each five minutes and a bit after the one before; when that was."""
    now = NOW
    for number in range(times):
        now = NOW + number * timedelta(minutes=6)
        with pytest.raises(KeyboardInterrupt):
            deliver(Wire(die), now)
        db.session.rollback()
    return now


def test_a_letter_that_kills_its_workers_is_set_aside_and_the_others_leave(app: Flask) -> None:
    put("poison", priority=Priority.AWAITED)
    last = killed(claiming.ABANDONED_MOST)
    put("good")
    wire, now = Wire(), last + timedelta(minutes=6)
    assert deliver(wire, now) == 1
    assert wire.keys == ["good"]
    set_aside = letter("poison")
    assert (set_aside.status, set_aside.settled_at, set_aside.abandoned) == (Status.SET_ASIDE, now, 3)
    assert set_aside.last_error == claiming.ABANDONED
    assert deliver(wire, now + timedelta(days=1)) == 0
    assert enquiries.set_aside() == 1


def test_a_letter_whose_workers_died_fewer_times_still_leaves(app: Flask) -> None:
    put()
    last = killed(claiming.ABANDONED_MOST - 1)
    wire = Wire()
    assert deliver(wire, last + timedelta(minutes=6)) == 1
    assert (wire.keys, letter().status, letter().last_error) == (["a"], Status.SENT, "")


def test_what_was_set_aside_or_failed_is_tried_again_when_somebody_says_so(app: Flask) -> None:
    put("poison")
    now = killed(claiming.ABANDONED_MOST) + timedelta(minutes=6)
    put("failed")
    deliver(Wire(lambda _key: ChannelError("no such user", permanent=True)), now)
    assert {letter("poison").status, letter("failed").status} == {Status.SET_ASIDE, Status.FAILED}
    for key in ("poison", "failed"):
        enquiries.try_again(letter(key).id, now)
        db.session.commit()
        with pytest.raises(NotTriedAgain):  # pressed twice
            enquiries.try_again(letter(key).id, now)
        db.session.rollback()
    wire = Wire()
    assert deliver(wire, now) == 2
    assert sorted(wire.keys) == ["failed", "poison"]


@pytest.mark.parametrize("why", ["sent", "withdrawn", "too late", "text deleted"])
def test_what_may_not_leave_any_more_is_not_tried_again(app: Flask, why: str) -> None:
    put(good_until=NOW + timedelta(days=1) if why == "too late" else None)
    deliver(Wire(lambda _key: None if why == "sent" else ChannelError("no such user", permanent=True)))
    later = NOW + timedelta(days=100)
    if why == "withdrawn":
        outbox.withdraw("thing:1", later)
    if why == "text deleted":
        expire(later)
    db.session.commit()
    assert not enquiries.may_be_tried(letter(), later)
    with pytest.raises(NotTriedAgain):
        enquiries.try_again(letter().id, later)
    assert deliver(Wire(), later) == 0


def test_letters_are_found_by_number_thing_kind_and_state_what_was_set_aside_first(app: Flask) -> None:
    put("review:abc:1", about="review:abc")
    deliver(Wire())
    put("invitation:def", about="invitation:def")
    killed(claiming.ABANDONED_MOST)
    put("review:xyz:1", about="review:xyz")
    deliver(Wire(), NOW + timedelta(hours=1))

    def found(*question: Any, **more: Any) -> list[str]:
        return [each.key for each in enquiries.search(*question, **more).letters]

    assert found() == ["invitation:def", "review:xyz:1", "review:abc:1"]
    assert found(str(letter("review:abc:1").id)) == found("review:abc") == found("abc") == ["review:abc:1"]
    assert found("bc") == found("review") == found("%") == []
    assert found(kinds=["review"]) == ["review:xyz:1", "review:abc:1"] and found(kinds=["revi_w"]) == []
    assert found(status=Status.SET_ASIDE) == ["invitation:def"] and found(status=Status.MISSED) == []
    assert found("²") == found("9" * 12) == []


def test_letters_are_found_page_by_page(app: Flask) -> None:
    for number in range(enquiries.PER_PAGE + 2):
        put(f"review:{number}")
    pages = [enquiries.search(page=number) for number in (1, 2, 99)]
    assert [(page.number, len(page.letters), page.pages) for page in pages] == [(1, 50, 2), (2, 2, 2), (2, 2, 2)]


def test_a_slow_run_ends_before_its_claims_look_abandoned(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = iter(range(0, 600, 25))
    monkeypatch.setattr(delivery, "time", SimpleNamespace(monotonic=lambda: next(seconds)))
    for number in range(10):
        put(f"letter-{number}")
    wire = Wire()
    assert deliver(wire) == 2
    assert {letter(f"letter-{number}").status for number in range(2, 10)} == {Status.PLANNED}


def test_a_passing_error_is_tried_again_later_and_later_and_fails_in_the_end(app: Flask) -> None:
    put()
    now, waits = NOW, []
    while letter().status == Status.PLANNED:
        assert deliver(Wire(lambda _key: ChannelError("greylisted", permanent=False)), now) == 0
        if letter().status == Status.PLANNED:
            waits.append(round((letter().due_at - now).total_seconds()))
            assert deliver(Wire(), letter().due_at - timedelta(seconds=1)) == 0
            now = letter().due_at
    assert tuple(waits) == BACK_OFF
    assert (letter().status, letter().last_error) == (Status.FAILED, "greylisted")
    assert waits == sorted(waits)


def test_after_a_passing_error_it_still_arrives(app: Flask) -> None:
    put()
    deliver(Wire(lambda _key: ChannelError("greylisted", permanent=False)))
    wire = Wire()
    assert deliver(wire, NOW + timedelta(seconds=30)) == 1
    assert letter().last_error == ""


def test_an_address_that_never_works_is_left_for_the_next_one(app: Flask) -> None:
    put(addresses=(BY_CHAT, ANNA))
    mail, chat = Wire(), Wire(lambda _key: ChannelError("blocked", permanent=True))
    assert deliver(mail, chat=chat) == 1
    assert mail.sent == [("a", "anna@example.org")]


def test_a_passing_error_does_not_go_on_to_the_next_address(app: Flask) -> None:
    put(addresses=(BY_CHAT, ANNA))
    mail = Wire()
    deliver(mail, chat=Wire(lambda _key: ChannelError("busy", permanent=False)))
    assert (mail.sent, letter().status) == ([], Status.PLANNED)


@pytest.mark.parametrize("addresses", [(), (ANNA,)])
def test_without_an_address_that_works_a_letter_has_failed(app: Flask, addresses: tuple[tuple[str, str], ...]) -> None:
    put(addresses=addresses)
    assert deliver(Wire(lambda _key: ChannelError("no such user", permanent=True))) == 0
    assert letter().status == Status.FAILED
    assert letter().last_error


def test_a_defect_in_one_letter_does_not_stop_the_others(app: Flask) -> None:
    put("bad", priority=Priority.AWAITED), put("good"), put("nowhere", addresses=(("pigeon", "x"),))
    wire = Wire(lambda key: ZeroDivisionError() if key == "bad" else None)
    assert deliver(wire) == 1
    assert wire.keys == ["good"]
    assert {letter(key).status for key in ("bad", "nowhere")} == {Status.PLANNED}, (
        "they are tried again, and fail in the end"
    )


def test_a_letter_that_cannot_even_be_read_is_tried_again_and_fails_in_staffs_sight(app: Flask) -> None:
    put("unreadable", priority=Priority.AWAITED), put("good")
    letter("unreadable").message = {"subject": "nothing else"}
    db.session.commit()
    wire, now = Wire(), NOW
    assert (deliver(wire), wire.keys) == (1, ["good"])
    assert (letter("unreadable").status, letter("unreadable").last_error) == (Status.PLANNED, "defect")
    for wait in (*BACK_OFF, 0):
        now += timedelta(seconds=wait)
        deliver(wire, now)
    assert letter("unreadable").status == Status.FAILED


def test_a_worker_that_dies_after_a_page_has_the_letter_leaves_nobody_with_two(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(addresses=(BY_CHAT,))
    with monkeypatch.context() as dying, pytest.raises(KeyboardInterrupt):
        dying.setattr(claiming, "note", _killed)
        outbox.deliver_due({"webchat": WebchatChannel()}, NOW)
    assert letter().status == Status.SENDING
    assert outbox.deliver_due({"webchat": WebchatChannel()}, NOW + timedelta(minutes=6)) == 1
    assert [line.message["text"] for line in webchat.lines(BY_CHAT[1])] == [["Hej a"]]


def _killed(*_arguments: object, **_facts: object) -> None:
    raise KeyboardInterrupt


def test_no_transaction_is_open_while_a_letter_is_on_the_wire(app: Flask) -> None:
    put()
    seen: list[bool] = []

    def look(_key: str) -> None:
        seen.append(db.session().in_transaction())

    deliver(Wire(look))
    assert seen == [False]


def test_the_text_of_an_old_letter_is_emptied_and_a_younger_one_is_kept(app: Flask) -> None:
    put("old"), put("waiting", due_at=NOW + timedelta(days=400))
    deliver(Wire())
    put("young")
    deliver(Wire(), NOW + timedelta(days=60))
    assert expire(NOW + timedelta(days=91)) == 1
    db.session.commit()
    assert (letter("old").message, letter("old").addresses) == ({"text": []}, [])
    assert letter("old").status == Status.SENT, "that it was sent, and when, is kept"
    assert letter("young").addresses
    assert letter("waiting").addresses
    assert expire(NOW + timedelta(days=91)) == 0


def test_letters_about_a_forgotten_thing_are_gone(app: Flask) -> None:
    put("a"), put("b"), put("c", about="thing:2")
    deliver(Wire())
    outbox.forget(["thing:1"])
    db.session.commit()
    assert db.session.scalars(select(Letter.key)).all() == ["c"]
