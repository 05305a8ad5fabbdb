"""The bot as processes of its own, killed at any moment: no update is lost, no effect doubled, and each talk goes on.

All that is told here happens in one installation, one thing after the other, as starting one takes longer than most of it.
"""

import os
import random
import signal
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from pathlib import Path

import psutil
import pytest

from engage.activities.asking import QuestionKind
from engage.activities.terms import WaitingMode
from engage.base.clock import utc_now
from engage.base.db import transaction
from engage.goals import loading
from engage.outbox import rerouting
from tests.journeys.server import Server, eventually, installation, own_database, prepared
from tests.telegram.life import Life, Patient, Rows
from tests.telegram.server import TOKEN, Telegram, running
from tests.town import Town

LANGUAGES = ("da", "en", "de")
BOTS = ("bot one", "bot two")
# `make test-nightly` kills at other moments each time, and for longer.
ROUNDS = int(os.environ.get("TELEGRAM_ROUNDS", "1"))
KILLS = 7 if ROUNDS == 1 else 20
_numbers = count(9001)


@dataclass
class City:
    """One installation with its own database, and Telegram beside it."""

    server: Server
    telegram: Telegram
    town: Town
    rows: Rows

    def life(self, language: str) -> Life:
        place = self.town.place()
        place.latitude, place.longitude = 54.9121, 9.7887
        activity = self.town.activity(f"Klimacafé {next(_numbers)}", waiting_mode=WaitingMode.OFFER)
        food = self.town.question(
            activity, "Hvad vil du spise?", QuestionKind.CHOICE, options=("Fisk", "Grønt"), required=True
        )
        self.town.question(activity, "Allergier?", required=False)
        date = self.town.occurrence(activity, place=place, capacity=2, starts_in=timedelta(days=20))
        other = self.town.occurrence(
            self.town.activity("Strikkecafé", summary="Garn og pinde.", sdgs=[4], dimensions=["cultural"])
        )
        first, _second = next(_numbers), next(_numbers)
        option = f"questions:choose:{food.options[0]['key']}"
        life = Life(self.telegram, self.rows, self.server.url, language, first, date.public_id, other.public_id, option)
        self.town.signed_up(other, name="Bente Lund", email=life.email)
        return life

    def person(self, language: str = "da") -> Patient:
        return Patient(self.telegram, next(_numbers), language, rows=self.rows)

    def start(self, *names: str) -> None:
        for name in names:
            self.server.start(name)
        senders = sum(name != "web" for name in self.server.processes)
        eventually(lambda: self.senders_up() == senders)

    def senders_up(self) -> int:
        """How many processes that send are at work, bots and worker: each holds the lock of its senders."""
        ((number,),) = self.rows.ask(
            "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database AND datname = current_database()"
            f" WHERE locktype = 'advisory' AND classid = {rerouting.SENDERS} AND granted"
        )
        return int(number)

    def quiet(self) -> None:
        """Wait until all that was said is handled, and all answers have left."""
        said = self.telegram.delivered
        self.rows.until(f"SELECT count(*) = {said} FROM inbox WHERE state = 'done'")
        self.rows.until(
            "SELECT count(*) = 0 FROM outbox WHERE channel = 'telegram' AND status IN ('planned', 'sending') AND due_at <= now()"
        )


@pytest.fixture(scope="module")
def city(database: str, folder: Path) -> Iterator[City]:
    """Two processes of the bot that fetch, the web server and the worker."""
    with running() as telegram, own_database(database, "engage_telegram") as url:
        settings = installation(url, folder / "telegram")
        server = Server(settings)
        server.environment |= {
            "ENGAGE_TELEGRAM_TOKEN": TOKEN,
            "ENGAGE_TELEGRAM_API_URL": telegram.url,
            "ENGAGE_TELEGRAM_RATE": "0",
        }

        def load() -> None:
            with transaction():
                loading.load(utc_now())

        with prepared(settings, load):
            found = City(server, telegram, Town(utc_now()), Rows(url))
            try:
                server.start("worker")
                server.start("web")
                found.start(*BOTS)
                server.wait_until_up()
                yield found
            finally:
                print(server.said()[-8000:])
                server.close()


class Killer(threading.Thread):
    """Kills one process after another while people talk, and starts it again, `times` times.

    In the middle the city goes over from fetching to being posted to: bots that are killed start again with the other way.
    """

    def __init__(self, city: City, times: int, dice: random.Random) -> None:
        super().__init__()
        self._city, self._times, self._dice = city, times, dice
        self.killed: list[str] = []

    def run(self) -> None:
        server = self._city.server
        while len(self.killed) < self._times:
            eventually(lambda: self._city.senders_up() == len(BOTS) + 1)
            time.sleep(self._dice.uniform(0.0, 0.4))
            if len(self.killed) == self._times // 2:
                self._go_over()
            name = self._next()
            server.end(name, signal.SIGKILL)
            self.killed.append(name)
            server.start(name)
            if name == "web":
                server.wait_until_up()

    def _next(self) -> str:
        # Whoever has not been killed yet goes first, so that each is.
        fresh = [name for name in (*BOTS, "web", "worker") if name not in self.killed]
        return self._dice.choice(fresh or [*BOTS, "web", "worker"])

    def _go_over(self) -> None:
        server = self._city.server
        server.environment["ENGAGE_TELEGRAM_WEBHOOK_URL"] = server.url
        for name in ("web", *BOTS):
            server.end(name, signal.SIGKILL)
            server.start(name)
        server.wait_until_up()
        eventually(lambda: self._city.telegram.hook is not None)


def at_once(steps: list[Callable[[], object]]) -> None:
    """Side by side; what breaks in one is told here."""
    problems: list[str] = []

    def run(step: Callable[[], object]) -> None:
        try:
            step()
        except BaseException as problem:
            problems.append("".join(traceback.format_exception(problem))[-1500:])

    threads = [threading.Thread(target=run, args=(each,)) for each in steps]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("number", range(ROUNDS))
def test_killed_at_any_moment_each_lives_through_a_whole_sign_up_in_three_languages(city: City, number: int) -> None:
    seed = number and random.randrange(2**32)
    print(f"seed {seed}")
    lives, killer = [city.life(language) for language in LANGUAGES], Killer(city, KILLS, random.Random(7714 + seed))
    before = left(city)
    killer.start()
    try:
        at_once([lambda life=life: live(life) for life in lives])  # type: ignore[misc]
    finally:
        killer.join()
    city.quiet()
    assert set(killer.killed) == {*BOTS, "web", "worker"}
    for life in lives:
        assert states(city, life.date) == [("cancelled_by_person", 1, 1), ("confirmed", 1, 1)]
        assert city.rows.ask("SELECT occupied FROM pool JOIN occurrence ON occurrence.id = occurrence_id WHERE public_id = %(date)s",
                             date=life.date) == [(1,)]  # fmt: skip
        assert city.rows.ask(
            "SELECT answered, count(*) FROM seat_offer JOIN registration ON registration.id = registration_id JOIN occurrence"
            " ON occurrence.id = occurrence_id WHERE occurrence.public_id = %(date)s GROUP BY 1", date=life.date,
        ) == [("accepted", 1)]  # fmt: skip
    assert_nothing_lost(city, before)
    at_once([life.forgotten for life in lives])
    city.quiet()
    assert_nothing_left(city, lives)
    back_to_fetching(city)
    # The next round's dates stand alone on the first page, and all its links are asked for from one address too.
    past = "UPDATE occurrence SET starts_at = starts_at - interval '90 days', ends_at = ends_at - interval '90 days'"
    city.rows.do(past)
    city.rows.do("DELETE FROM token_bucket WHERE starts_with(key, 'one-time:')")


def live(life: Life) -> None:
    life.found_and_signed_up()
    life.waited()
    life.offered_and_accepted()
    life.linked()


def states(city: City, date: str) -> list[tuple[object, ...]]:
    return sorted(
        city.rows.ask(
            "SELECT registration.state, seats, count(*) FROM registration JOIN occurrence ON occurrence.id = occurrence_id"
            " WHERE occurrence.public_id = %(date)s GROUP BY 1, 2",
            date=date,
        )
    )


def left(city: City) -> tuple[int, int]:
    """How many messages left more than the outbox has parts that were sent, and how many of those may have left twice."""
    shows = {"sendMessage", "sendPhoto", "sendDocument", "sendVenue", "editMessageText", "editMessageCaption"}
    number = len([each for each in city.telegram.requests if each.method in shows and each.code == 200])
    ((parts, again),) = city.rows.ask(
        "SELECT coalesce(sum(part), 0), coalesce(sum(unanswered), 0) FROM outbox WHERE channel = 'telegram'"
    )
    return number - int(parts), int(again)


def assert_nothing_lost(city: City, before: tuple[int, int]) -> None:
    """Each update was handled, each answer has left, and what left more than once was in the hands of who died, and is counted."""
    assert city.rows.ask("SELECT state, sum(failures) FROM inbox GROUP BY 1") == [("done", 0)]
    unsent = "SELECT count(*) FROM outbox WHERE channel = 'telegram' AND status NOT IN ('sent', 'withdrawn')"
    assert city.rows.ask(unsent) == [(0,)]
    twice, counted = (now - then for now, then in zip(left(city), before, strict=True))
    print(f"{twice} messages left twice, {counted} were in the hands of a sender that died")
    assert 0 <= twice <= counted


def assert_nothing_left(city: City, lives: list[Life]) -> None:
    """Of who asked to be forgotten there is no name, no address, no word and no letter but the last answers."""
    for life in lives:
        for person in (life.anna, life.bente):
            chat = str(person.number)
            assert city.rows.ask("SELECT 1 FROM address WHERE identifier = %(chat)s", chat=chat) == []
            letters = city.rows.ask("SELECT message::text FROM outbox WHERE recipient = %(chat)s", chat=chat)
            assert not [words for (words,) in letters if "Holm" in words or "Lund" in words], letters
            assert city.rows.ask("SELECT 1 FROM inbox WHERE body::text LIKE '%%Holm%%'") == []
        assert city.rows.ask("SELECT 1 FROM address WHERE identifier = %(email)s", email=life.email) == []
    assert city.rows.ask("SELECT name, email FROM registration WHERE name <> '' OR email IS NOT NULL") == []


def back_to_fetching(city: City) -> None:
    """Without an address for posting, the webhook is taken away, and what waits is fetched."""
    del city.server.environment["ENGAGE_TELEGRAM_WEBHOOK_URL"]
    for name in BOTS:
        city.server.end(name)
    anna = city.person()
    said = anna.say("/start")
    city.start(*BOTS)
    anna._over(said).sees("Hej.")
    eventually(lambda: city.telegram.hook is None)
    anna.says("/help").sees("Skriv")


def test_words_written_faster_than_they_are_answered_are_heard_in_their_order(city: City) -> None:
    people = [city.person(language) for language in LANGUAGES]
    words = {"da": "dansk", "en": "English", "de": "Deutsch"}
    for language in [*LANGUAGES] * 4:
        for person in people:
            person.say(f"/start e_{language}")
            person.say(f"tal {words[language]}")
    city.server.end("bot one", signal.SIGKILL)
    city.start("bot one")
    city.quiet()
    chats = [str(person.number) for person in people]
    spoken = "SELECT DISTINCT language FROM conversation WHERE identifier = ANY(%(chats)s)"
    assert city.rows.ask(spoken, chats=chats) == [("de",)], "the last word is the one that was said last"
    assert all(len(person.chat) >= 2 * 4 * len(LANGUAGES) for person in people)


def test_a_database_that_is_away_for_a_while_loses_nothing(city: City) -> None:
    anna = city.person()
    for _time in range(3):
        city.rows.ask(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        anna.says("/help").sees("Skriv")
    city.quiet()
    assert city.rows.ask("SELECT sum(failures) FROM inbox") == [(0,)]


def test_it_ends_gently_when_asked_and_leaves_nothing_behind(city: City) -> None:
    process = city.server.processes["bot two"]
    assert psutil.Process(process.pid).children() == []
    city.server.end("bot one")
    city.server.end("bot two")
    assert process.returncode == 0, "by itself, before it was made to"
    anna = city.person()
    said = anna.say("/help")
    city.start(*BOTS)
    anna._over(said).sees("Skriv")
