"""The bot's process: threads that fetch, handle and send, woken by a bell, and a look every second should one not ring.

Any number of these may run, on any number of machines: who handles what is decided by locks on rows, and one of them fetches.
"""

import gc
import queue
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

import psycopg
import structlog
from flask import Flask
from sqlalchemy.exc import OperationalError

from bots.telegram import arranging, door
from bots.telegram.bell import Bell
from bots.telegram.menus import Menus
from bots.telegram.pictures import Pictures
from bots.telegram.poller import Poller
from bots.telegram.watch import Watch
from engage import dialog, inbox
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import transaction
from engage.base.errors import FetchFirst
from engage.base.telegram import TelegramSettings
from engage.channels.telegram import known
from engage.channels.telegram.channel import TelegramChannel
from engage.channels.telegram.wire import Wire, authorities
from engage.dialog import understanding
from engage.inbox import handling
from engage.inbox.handling import Kept
from engage.outbox import chats, rerouting
from engage.outbox.at_once import Hand
from engage.outbox.chats import Result, Sender

log = structlog.get_logger(__name__)

# A handler waits for the database most of its time, a sender for Telegram (a tenth of a second each message).
HANDLERS, SENDERS = 2, 4
_SWEEP = 1.0  # seconds until the first of each kind looks by itself
_REST = 10.0  # and the others
_RINGS = 1000  # for letters, kept while all senders are busy; one too many is a look in vain
_SOON = 0.2  # after something was sent: the next message to the same chat may be waiting for its second
_LIMITED, _LIMITED_MOST = 0.04, 0.16  # one message's time at 25 a second, and that of what may then leave at once
_AWAY = 1.0
_RETRY = 0.1  # the first wait of an update that failed
_TRY_AGAIN = 5.0  # when Telegram did not answer at the start


@dataclass
class Threads:
    """What runs, and the word to stop."""

    stop: threading.Event
    running: list[threading.Thread]

    def keep(self, name: str, turn: Callable[[], None]) -> None:
        """Do `turn` again and again; a defect is logged, and the next turn comes all the same."""

        def loop() -> None:
            while not self.stop.is_set():
                try:
                    turn()
                except Exception:  # the database may be away; whatever it is, the thread must go on
                    log.exception("turn_broke", thread=name)
                    self.stop.wait(_AWAY)

        thread = threading.Thread(target=loop, name=name, daemon=True)
        thread.start()
        self.running.append(thread)

    def join(self, seconds: float) -> None:
        """Let each finish what it does."""
        for thread in self.running:
            thread.join(seconds)


class Process:
    """One process of the bot."""

    def __init__(self, app: Flask, settings: TelegramSettings) -> None:
        self._app, self._settings = app, settings
        self._threads = Threads(threading.Event(), [])
        # Each letter is rung for, so that a sender need not look in vain after each: many may come while all are busy.
        self._arrived, self._letters = Bell(HANDLERS), Bell(_RINGS)
        # Answers in hand, each with its ring; no more than there are senders, so that none waits while other processes rest.
        self._at_once: queue.SimpleQueue[Hand] = queue.SimpleQueue()
        self._wire = Wire(settings)
        self._channel = TelegramChannel(self._wire, shares=False)
        with app.app_context():
            url = current_settings().database_url
        self._watch = Watch(url, settings.bot, self._arrived.ring, self.stop)
        self._poller = Poller(app, settings, self._wire, self._watch, lambda: self._arrived.ring(HANDLERS), self.stop)
        self._pictures = Pictures(self._wire, self._arrived.ring)
        self._begun = False
        self._words_said_at: datetime | None = None
        self._menus = Menus(app, self._wire)

    @property
    def stop(self) -> threading.Event:
        """Set when all shall end."""
        return self._threads.stop

    def start(self) -> None:
        """Start every thread."""
        self._wire.open()
        self._threads.keep("watch", self._watch.run)
        self._threads.keep("fetch", self._fetch)
        self._threads.keep("steward", self._steward)
        self._threads.keep("words", self._say_words)
        for number in range(HANDLERS):
            self._threads.keep(f"handle {number}", self._handling(_SWEEP if number == 0 else _REST))
        for number in range(SENDERS):
            self._threads.keep(f"send {number}", self._sending(_SWEEP if number == 0 else _REST))

    def end(self) -> None:
        """Finish what is under way, then close the wire."""
        self.stop.set()
        self._arrived.end()
        self._letters.end()
        self._poller.end()
        with suppress(OperationalError), self._app.app_context(), transaction():
            inbox.ring()  # our own watch hears it too, and need not finish its beat
        self._threads.join(5.0)
        with suppress(OperationalError, psycopg.OperationalError), self._app.app_context():
            self._let_go()
        self._wire.close()

    def _fetch(self) -> None:
        if not self._watch.leads:
            self._begun = False
            self.stop.wait(0.2)
            return
        if not self._begun:
            self._begun = arranging.begin(self._app, self._wire)
            if not self._begun:
                self.stop.wait(_TRY_AGAIN)
                return
        if self._settings.webhook_url:
            self.stop.wait(_SWEEP)
        else:
            self._poller.fetch()

    def _say_words(self) -> None:
        """Apart from fetching, since Telegram is asked some thirty things."""
        now = utc_now()
        if self._begun and (self._words_said_at is None or now - self._words_said_at > arranging.AGAIN):
            arranging.say_words(self._app, self._wire)
            self._words_said_at = now
        if self._begun:
            self._menus.follow(now)
        self.stop.wait(_SWEEP)

    def _handling(self, rest: float) -> Callable[[], None]:
        wait = rest

        def turn() -> None:
            nonlocal wait
            result = self._handle_next()
            if result is handling.Result.FAILED:
                wait = min(rest, _RETRY)
            elif result is handling.Result.NOTHING:
                # What failed is tried again soon, and nothing rings for it.
                self._arrived.wait(wait)
                wait = min(rest, wait * 2)

        return turn

    def _handle_next(self) -> handling.Result:
        courtesies: list[door.Courtesy] = []
        hand = self._free_hand()

        def handle(kept: Kept) -> None:
            if (greeting := door.first(kept)) is not None:
                self._wire.attempt(greeting)
            try:
                courtesies.extend(door.handle(kept, self._pictures.known(), hand))
            except FetchFirst as wanted:
                self._pictures.begin(wanted.name)
                raise

        with self._app.app_context():
            try:
                result = inbox.handle_next(self._settings.source, handle, door.apologise, utc_now)
            except BaseException:
                if hand is not None:
                    hand.let_go()  # nobody knows whether it was kept
                raise
        if result is handling.Result.HANDLED and hand is not None and hand.letter is not None:
            self._at_once.put(hand)
        if result is not handling.Result.NOTHING:
            self._letters.ring()
        if result is handling.Result.HANDLED:
            for courtesy in courtesies:
                self._wire.attempt(courtesy)
        return result

    def _free_hand(self) -> Hand | None:
        number = self._watch.number
        if number is None or self.stop.is_set() or self._at_once.qsize() >= SENDERS:
            return None
        return Hand(self._sender(number))

    def _sending(self, rest: float) -> Callable[[], None]:
        wait, limited, many = rest, _LIMITED, False

        def turn() -> None:
            nonlocal wait, limited, many
            # A ring may have been taken along by who looked in vain: what is in hand is looked for all the same.
            at_once = many or not self._at_once.empty()
            rung, ever = self._letters.wait(0.0 if at_once else wait), self._letters.ever
            number = self._watch.number
            if self._deliver_in_hand():
                wait, limited = min(rest, _SOON), _LIMITED
                return
            result = Result.NOTHING
            if number is not None:
                with self._app.app_context():
                    result = chats.deliver_next(self._sender(number))
            if result is Result.LIMITED:
                self.stop.wait(limited)
                limited, many = min(limited * 2, _LIMITED_MOST), True
            elif result is Result.DELIVERED:
                # What nobody rang for has others behind it: then the next look comes at once.
                wait, limited, many = min(rest, _SOON), _LIMITED, many or not rung
            else:
                # Another process may have sent what we were rung for: one look in vain is enough.
                self._letters.nothing_left(ever)
                # One message a second to a chat: for a while after one was sent, look again sooner.
                many, wait = False, min(rest, wait * 2)

        return turn

    def _deliver_in_hand(self) -> bool:
        """Send an answer that a handler has in hand; whether there was one."""
        try:
            hand = self._at_once.get_nowait()
        except queue.Empty:
            return False
        with self._app.app_context():
            hand.deliver()
        return True

    def _let_go(self) -> None:
        """Leave to other processes what is in hand and did not leave."""
        with suppress(queue.Empty):
            while True:
                self._at_once.get_nowait().let_go()

    def _sender(self, number: int) -> Sender:
        settings = self._settings
        return Sender(door.CHANNEL, self._channel, number, settings.source, settings.per_second, utc_now)

    def _steward(self) -> None:
        """Every second: letters of senders that died, and letters to who is away. Not while nobody can say who died."""
        if self._watch.number is None:
            self.stop.wait(_SWEEP)
            return
        with self._app.app_context():
            now = utc_now()
            with transaction():
                moved = rerouting.abandoned(door.CHANNEL, now) if self._watch.knows_the_living else 0
                moved += rerouting.reroute(door.CHANNEL, now)
            if not self._channel.shares:
                self._channel.shares = known.inline(self._settings.bot)
        if moved:
            self._letters.ring(moved)
        self.stop.wait(_SWEEP)


def load_ahead() -> None:
    """Load what each process of the bot would load at its start, or while the first who writes to it waits: done before a fork,
    a parent and its children share it.
    """
    authorities()
    understanding.warm()


def _rehearse(app: Flask) -> None:
    """Read what is published, before somebody waits for that. A database that is away now is met again by every thread."""
    with suppress(OperationalError, psycopg.OperationalError), app.app_context():
        dialog.heard_in("hej", current_settings().city.languages[0], utc_now())


def run(app: Flask) -> None:
    """Be the bot until SIGTERM or SIGINT. Raises `ValueError` in words without a token."""
    with app.app_context():
        settings = current_settings().telegram
    if settings is None:
        raise ValueError("ENGAGE_TELEGRAM_TOKEN is not set: there is no bot to be.")
    load_ahead()  # where no parent has
    _rehearse(app)
    gc.collect()
    gc.freeze()  # all this stays: a look for garbage through it would let somebody wait for a tenth of a second
    process = Process(app, settings)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: process.stop.set())
    process.start()
    log.info("bot_started", bot=settings.bot, fetches=not settings.webhook_url)
    process.stop.wait()
    process.end()
