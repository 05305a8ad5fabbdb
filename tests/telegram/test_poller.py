"""Fetching: what comes is confirmed once it is kept, and what nobody can read stands in nobody's way."""

import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from bots.telegram import poller
from bots.telegram.process import Process
from bots.telegram.watch import Watch
from engage import inbox
from engage.base.db import db
from engage.base.telegram import TelegramSettings
from engage.channels.telegram.wire import Wire
from engage.inbox import Update
from tests.journeys.server import eventually
from tests.telegram.people import Person
from tests.telegram.server import Telegram
from tests.telegram.test_talk import all_done

Somebody = Callable[..., Person]


def test_what_could_not_be_kept_is_not_confirmed_and_comes_again(
    start_bot: Callable[..., Process], telegram: Telegram, somebody: Somebody, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep, asked = inbox.keep, list[int]()

    def away(source: str, arrivals: Any, **facts: Any) -> int:
        asked.append(len(telegram._pending))
        if len(asked) < 3:
            keep(source, arrivals, **facts)  # as far as the commit, which never comes
            raise OperationalError("COMMIT", {}, Exception("the database is away"))
        return keep(source, arrivals, **facts)

    monkeypatch.setattr(poller.inbox, "keep", away)
    monkeypatch.setattr("bots.telegram.process._AWAY", 0.05)
    start_bot()
    anna = somebody()
    anna.say("/start")
    anna.reads("Hej.")
    eventually(all_done)
    assert asked == [1, 1, 1], "Telegram has it still each time"
    eventually(lambda: not telegram._pending)
    assert len(anna.chat) == 1


class _Arrives(Future[list[dict[str, Any]]]):
    """An answer that arrives in the moment after nobody waits for it any more, which is when the process stops."""

    def result(self, timeout: float | None = None) -> list[dict[str, Any]]:
        if not self.done():
            self.set_result([{"update_id": 7}])
            raise TimeoutError
        return super().result(timeout)


def test_an_answer_that_arrives_as_one_stops_waiting_is_kept(app: Flask, bot_settings: TelegramSettings) -> None:
    wire, stop = Wire(bot_settings), threading.Event()
    watch = Watch("postgresql://nowhere", 7, lambda: None, stop)
    asking = poller.Poller(app, bot_settings, wire, watch, lambda: None, stop)
    try:
        assert asking._result(_Arrives()) == [{"update_id": 7}]
        late = Future[list[dict[str, Any]]]()
        late.set_exception(TimeoutError())
        with pytest.raises(TimeoutError):
            asking._result(late)
        with pytest.raises(CancelledError):
            asking._result(Future())
    finally:
        wire.close()


def test_what_nobody_can_read_is_passed_over_and_the_rest_is_heard(
    bot: Process, telegram: Telegram, somebody: Somebody
) -> None:
    anna = somebody()
    poison: tuple[dict[str, Any], ...] = (
        {"telepathy": {"from": 1}}, {"message": {"text": "who?"}}, {"callback_query": {"id": "1", "data": "x"}}, {"message": []},
        {"message": {"from": {"id": "x"}, "chat": {"id": 1}, "text": "a"}}, {"my_chat_member": {"chat": {}}}, {"inline_query": 7},
        {"message": {"from": {"id": 5}, "chat": {"id": 5}, "text": "\ud800\0"}},
    )  # fmt: skip
    for each in poison:
        telegram.raw({"update_id": telegram.next_update(), **each})
    anna.say("/start")
    for each in poison:
        telegram.raw({"update_id": telegram.next_update(), **each})
    anna.reads("Hej.")
    eventually(lambda: not telegram._pending)
    eventually(all_done)
    states = set(db.session.scalars(select(Update.state)))
    assert states == {"done"} and len(db.session.scalars(select(Update)).all()) == 2 * len(poison) + 1
