"""The bot as processes of its own, killed at any moment: no update is lost, no effect doubled, and each talk goes on."""

import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
import pytest
from sqlalchemy import text

from engage.base.clock import utc_now
from engage.base.config import Settings
from engage.base.db import db, transaction
from engage.goals import loading
from engage.outbox import rerouting
from tests.journeys.server import Server, eventually, installation, own_database, prepared
from tests.telegram.people import Person
from tests.telegram.server import TOKEN, Telegram, running
from tests.town import Town

PEOPLE, KILLS = 6, 5
PATIENCE = 150.0  # seconds for one answer, while processes die and start again


@dataclass
class Town24:
    """One installation with its own database, and Telegram beside it."""

    server: Server
    telegram: Telegram
    date: str

    def people(self, number: int = PEOPLE) -> list[Person]:
        return [Person(self.telegram, 9001 + each, ("da", "en", "de")[each % 3]) for each in range(number)]

    def rows(self, query: str) -> list[tuple[object, ...]]:
        db.session.rollback()
        return [tuple(row) for row in db.session.execute(text(query))]

    def all_done(self) -> bool:
        waiting = self.rows("SELECT count(*) FROM inbox WHERE state = 'waiting'")
        planned = self.rows(
            "SELECT count(*) FROM outbox WHERE channel = 'telegram' AND status IN ('planned', 'sending')"
        )
        return waiting == planned == [(0,)]


@pytest.fixture
def installed(database: str, tmp_path: Path) -> Iterator[Callable[..., object]]:
    """Makes an installation: `with installed(webhook=True) as town`."""

    @contextmanager
    def install(*, webhook: bool = False) -> Iterator[Town24]:
        with running() as telegram, own_database(database, "engage_telegram") as url:
            settings: Settings = installation(url, tmp_path)
            server = Server(settings)
            server.environment |= {
                "ENGAGE_TELEGRAM_TOKEN": TOKEN,
                "ENGAGE_TELEGRAM_API_URL": telegram.url,
                "ENGAGE_TELEGRAM_RATE": "0",
            }
            if webhook:
                server.environment["ENGAGE_TELEGRAM_WEBHOOK_URL"] = server.url
            made: list[str] = []

            def load() -> None:
                with transaction():
                    loading.load(utc_now())
                made.append(Town(utc_now()).occurrence(capacity=None).public_id)

            with prepared(settings, load):
                try:
                    yield Town24(server, telegram, made[0])
                finally:
                    print(server.said()[-6000:])
                    server.close()

    yield install


def sign_up(person: Person, date: str, over: threading.Event, problems: list[str]) -> None:
    """The whole of a sign-up, each step when the one before is answered; then questions until it is `over`."""
    try:
        person.say(f"/start e_{date}")
        person.wait(lambda message: "sign_up:start" in str(message.rows), PATIENCE)
        person.tap("sign_up:start")
        person.wait(lambda message: "sign_up:seats:2" in str(message.rows), PATIENCE)
        person.tap("sign_up:seats:2")
        person.wait(lambda message: "menu:leave" in str(message.rows), PATIENCE)
        person.say("Anna Holm")
        person.wait(lambda message: "sign_up:confirm" in str(message.rows), PATIENCE)
        person.tap("sign_up:confirm")
        person.wait(lambda message: message.kind == "document", PATIENCE)
        while not over.is_set():
            person.say("/help")
            person.wait(lambda message: "find:when:week" in str(message.rows), PATIENCE)
    except Exception as problem:  # told by the test, which waits for all
        problems.append(f"{person.number}: {problem!r}")


class Killer(threading.Thread):
    """Kills one of the processes after a while in which all were at work, starts it again, and so on, `times` times."""

    def __init__(self, town: Town24, names: list[str], times: int) -> None:
        super().__init__()
        self._town, self._names, self._times = town, names, times
        self._url = town.server.settings.database_url.replace("+psycopg", "")
        self._dice = random.Random(7714)

    def run(self) -> None:
        bots = len([name for name in self._names if name.startswith("bot")])
        with psycopg.connect(self._url, autocommit=True) as connection:
            for _time in range(self._times):
                eventually(lambda: senders(connection) == bots, 90)
                time.sleep(self._dice.uniform(0.0, 0.7))
                name = self._dice.choice(self._names)
                self._town.server.end(name, signal.SIGKILL)
                self._town.server.start(name)


def senders(connection: psycopg.Connection) -> int:
    """How many processes of the bot are up: each holds the lock of its senders."""
    query = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = %s AND granted"
    row = connection.execute(query, [rerouting.SENDERS]).fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.parametrize("webhook", [False, True], ids=["fetching", "webhook"])
def test_killed_at_any_moment_everybody_is_signed_up_once_and_every_word_is_answered(
    installed: Callable[..., Iterator[Town24]], webhook: bool
) -> None:
    with installed(webhook=webhook) as town:  # type: ignore[attr-defined]
        names = ["bot one", "bot two", *(["web"] if webhook else [])]
        for name in names:
            town.server.start(name)
        if webhook:
            town.server.wait_until_up()
            eventually(lambda: town.telegram.hook is not None)
        people, problems, over = town.people(), [], threading.Event()
        threads = [threading.Thread(target=sign_up, args=(each, town.date, over, problems)) for each in people]
        killer = Killer(town, names, KILLS)
        for thread in (*threads, killer):
            thread.start()
        killer.join()
        over.set()
        for thread in threads:
            thread.join()
        assert problems == []
        eventually(town.all_done, 90)

        assert town.rows("SELECT state, seats, count(*) FROM registration GROUP BY 1, 2") == [("confirmed", 2, PEOPLE)]
        assert town.rows("SELECT occupied FROM pool") == [(2 * PEOPLE,)]
        said = town.telegram.delivered
        assert said > 6 * PEOPLE
        assert town.rows("SELECT state, count(*) FROM inbox GROUP BY 1") == [("done", said)]
        answers = "SELECT count(*) FROM outbox WHERE priority = 0 AND status = 'sent'"
        assert town.rows(answers) == [(said,)], "every word has its answer"
        assert town.rows("SELECT status FROM outbox WHERE channel = 'telegram' AND status <> 'sent'") == []
        assert_told_once_or_counted(town)


def assert_told_once_or_counted(town: Town24) -> None:
    """Whatever left more than once was in the hands of a sender that died, and is counted."""
    shows = {"sendMessage", "sendPhoto", "sendDocument", "sendVenue", "editMessageText"}
    left = len([each for each in town.telegram.requests if each.method in shows and each.code == 200])
    ((parts, again),) = town.rows("SELECT sum(part), sum(unanswered) FROM outbox WHERE channel = 'telegram'")
    assert 0 <= left - int(str(parts)) <= int(str(again)), (left, parts, again)


def test_words_written_faster_than_they_are_answered_are_heard_in_their_order(
    installed: Callable[..., Iterator[Town24]],
) -> None:
    with installed() as town:  # type: ignore[attr-defined]
        for name in ("bot one", "bot two"):
            town.server.start(name)
        people = town.people(3)
        languages = ["da", "en", "de"] * 6
        words = {"da": "dansk", "en": "English", "de": "Deutsch"}
        for language in languages:
            for person in people:
                person.say(f"/start e_{language}")
                person.say(f"tal {words[language]}")
        time.sleep(1)
        town.server.end("bot one", signal.SIGKILL)
        town.server.start("bot one")
        eventually(town.all_done, 90)
        eventually(lambda: all(len(person.chat) >= 2 * len(languages) for person in people))
        spoken = town.rows("SELECT language, count(*) FROM conversation GROUP BY 1")
        assert spoken == [("de", 3)], "the last word is the one that was said last"
        numbers = town.rows("SELECT count(*), count(DISTINCT number) FROM inbox WHERE state = 'done'")
        assert numbers == [(2 * 3 * len(languages),) * 2]


def test_it_ends_gently_when_asked_and_leaves_nothing_behind(
    installed: Callable[..., Iterator[Town24]],
) -> None:
    with installed() as town:  # type: ignore[attr-defined]
        town.server.start("bot")
        (anna,) = town.people(1)
        anna.say("/start")
        anna.reads()
        process = town.server.processes["bot"]
        children = psutil.Process(process.pid).children()
        began = time.monotonic()
        town.server.end("bot")
        assert process.returncode == 0 and children == []
        assert time.monotonic() - began < 8
        anna.say("/help")
        time.sleep(0.3)
        town.server.start("bot")
        anna.reads("Skriv")
        eventually(town.all_done)


def test_a_database_that_is_away_for_a_while_loses_nothing(installed: Callable[..., Iterator[Town24]]) -> None:
    with installed() as town:  # type: ignore[attr-defined]
        town.server.start("bot")
        (anna,) = town.people(1)
        anna.say("/start")
        anna.reads("Hej.")
        for _time in range(3):
            town.rows(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            anna.say("/help")
            anna.reads("Skriv", PATIENCE)
        eventually(lambda: town.rows("SELECT count(*) FROM inbox WHERE state = 'done'") == [(4,)])
        eventually(town.all_done)
        assert town.rows("SELECT sum(failures) FROM inbox") == [(0,)]
