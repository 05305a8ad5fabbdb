"""Answers that are put and taken in hand with one statement: only where nothing goes first, and never lost with their sender."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from engage import outbox
from engage.base import pace
from engage.base.db import db, transaction
from engage.base.message import Message
from engage.outbox import Draft, Letter, Priority, Status, chats, rerouting
from engage.outbox.at_once import Hand
from engage.outbox.chats import Result, Sender
from tests.conftest import NOW
from tests.outbox.locks import wait_until_free
from tests.outbox.test_chats import ANNA, BENTE, Chat, Clock, sender


@pytest.fixture
def chat() -> Chat:
    return Chat()


def draft(key: str, to: str = ANNA, place: str = "") -> Draft:
    return Draft(Message((f"Hej {key}",)), [("telegram", to)], key, "talk:1", priority=Priority.ANSWER, place=place)


def take(who: Sender, *keys: str, to: str = ANNA) -> Hand:
    hand = Hand(who)
    with transaction():
        for key in keys:
            hand.put(draft(key, to), now=who.clock())
    return hand


def status(key: str) -> Status:
    db.session.rollback()
    return Status(db.session.scalars(select(Letter.status).where(Letter.key == key)).one())


@pytest.mark.parametrize("per_second", [0, 25])
def test_the_first_answer_is_in_hand_and_leaves_without_a_look(app: Flask, chat: Chat, per_second: int) -> None:
    clock = Clock()
    who = sender(chat, clock, per_second=per_second)
    hand = take(who, "one", "two")

    assert status("one") is Status.SENDING
    assert status("two") is Status.PLANNED
    assert chats.deliver_next(who) is Result.NOTHING, "of one chat only one is under way"
    hand.deliver()
    assert chat.sent == [("one", ANNA, "", 0)]
    assert status("one") is Status.SENT
    clock.go(2)
    assert chats.deliver_next(who) is Result.DELIVERED
    assert chat.keys == ["one", "two"]


@pytest.mark.parametrize("per_second", [0, 25])
def test_what_waits_for_the_chat_goes_first(app: Flask, chat: Chat, per_second: int) -> None:
    with transaction():
        outbox.put_draft(draft("before"), now=NOW)
        outbox.put(
            Message(("Later",)), [("telegram", BENTE)], key="later", about="x", now=NOW, due_at=NOW + timedelta(1)
        )
    who = sender(chat, Clock(), per_second=per_second)

    assert take(who, "answer").letter is None
    assert status("answer") is Status.PLANNED
    assert take(who, "other", to=BENTE).letter is not None, "what is not due is not waited for"


def test_an_answer_overtakes_what_is_less_urgent(app: Flask, chat: Chat) -> None:
    with transaction():
        outbox.put(Message(("Signed up",)), [("telegram", ANNA)], key="usual", about="x", now=NOW)
    who = sender(chat, Clock())
    take(who, "answer").deliver()
    assert chats.deliver_next(who) is Result.DELIVERED
    assert chat.keys == ["answer", "usual"]


def test_the_pace_of_the_chat_and_of_all_hold(app: Flask, chat: Chat) -> None:
    clock = Clock()
    who = sender(chat, clock, per_second=28)  # of which one may leave in an instant
    take(who, "one").deliver()
    assert take(who, "all", to=BENTE).letter is None
    clock.go(0.5)
    assert take(who, "chat").letter is None
    clock.go(60)
    assert deliver_all(who, clock) == ["one", "all", "chat"]


def deliver_all(who: Sender, clock: Clock) -> list[str]:
    """Deliver what lies here, and say in which order all left."""
    for _turn in range(10):
        chats.deliver_next(who)
        clock.go(2)
    assert isinstance(who.chat, Chat)
    return who.chat.keys


def test_a_pause_that_the_channel_asked_for_holds_without_a_pace(app: Flask, chat: Chat) -> None:
    with transaction():
        pace.pause("telegram:7", NOW + timedelta(seconds=5))
    assert take(sender(chat, Clock()), "answer").letter is None


def test_an_answer_that_lies_here_already_is_not_taken_again(app: Flask, chat: Chat) -> None:
    who = sender(chat, Clock())
    take(who, "answer").deliver()
    again = take(who, "answer")
    again.deliver()
    assert chat.keys == ["answer"]


def test_what_is_let_go_is_sent_by_whoever_looks_next(app: Flask, chat: Chat) -> None:
    who = sender(chat, Clock())
    hand = take(who, "answer")
    hand.let_go()
    assert status("answer") is Status.PLANNED
    assert chats.deliver_next(sender(chat, Clock(), number=2)) is Result.DELIVERED
    hand.let_go()
    assert status("answer") is Status.SENT, "what left meanwhile stays as it is"


def test_what_was_undone_is_not_there_to_be_let_go(app: Flask, chat: Chat) -> None:
    hand = Hand(sender(chat, Clock()))
    with pytest.raises(ValueError, match="undone"), transaction():
        hand.put(draft("answer"), now=NOW)
        raise ValueError("undone")
    hand.let_go()
    assert chats.deliver_next(sender(chat, Clock())) is Result.NOTHING


def test_an_answer_in_the_hand_of_a_dead_process_is_taken_back(app: Flask, chat: Chat) -> None:
    wait_until_free(1)
    take(sender(chat, Clock()), "answer")
    with transaction():
        assert rerouting.abandoned("telegram", NOW) == 1
    assert chats.deliver_next(sender(chat, Clock(), number=2)) is Result.DELIVERED
    assert chat.keys == ["answer"]
