"""What belongs to a sign-up, from the reminder to being asked how it was, by mail, in the chat on the website and by Telegram alike;
and each arrives by the clock in Denmark, also where summer time begins or ends."""

import email
import email.policy
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from itertools import count
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select

from bots.telegram.process import Process
from engage import dialog, people, worker
from engage.activities import dates
from engage.activities.models import Occurrence
from engage.base import clock as clocks
from engage.base.config import Settings
from engage.base.db import db
from engage.base.telegram import TelegramSettings
from engage.outbox import Letter, Status
from engage.registrations import Registration, State, changes, letters, notices, own_calendar
from engage.registrations.feedback_models import Feedback
from engage.registrations.reminders.answers import said_coming
from engage.registrations.reminders.models import ReminderRule
from tests.calendars.reader import understood
from tests.telegram.people import Person
from tests.telegram.server import TOKEN, Telegram
from tests.telegram.server import running as telegram_running
from tests.town import Town
from tests.web.conftest import Visitor, browser, path_of

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
HOUR, DAY, MINUTE = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1)
_numbers = count(7001)


def local(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=COPENHAGEN).astimezone(UTC)


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Put the clock of every door, of the worker and of the bot."""
    real = clocks.utc_now
    stands = [real()]
    for name, module in list(sys.modules.items()):
        if name.startswith(("engage.", "bots.")) and getattr(module, "utc_now", None) is real:
            monkeypatch.setattr(module, "utc_now", lambda: stands[0])
    return lambda now: stands.__setitem__(0, now)


class Way(Protocol):
    """Somebody who is reached by one way alone."""

    def known(self, guest: Registration, now: datetime) -> None:
        """Make this the sign-up of who reads here."""

    def news(self) -> list[str]:
        """What came since it was asked last."""

    def says_yes(self) -> None:
        """Answer the reminder that came last: I am coming."""

    def likes_it(self) -> None:
        """Answer how it was: very good."""


@dataclass
class ByMail:
    app: Flask
    mailbox: Path
    address: str = field(default_factory=lambda: f"borger{next(_numbers)}@example.org")
    read: int = 0

    def known(self, guest: Registration, now: datetime) -> None:
        guest.email = self.address

    def _mails(self) -> list[EmailMessage]:
        found = [
            email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
            for file in sorted(self.mailbox.glob("*.eml"))
        ]
        return [each for each in found if isinstance(each, EmailMessage) and each["To"] == self.address]

    @staticmethod
    def _text(mail: EmailMessage) -> str:
        body = mail.get_body(("plain",))
        assert body is not None
        return f"{mail['Subject']}\n{body.get_content()}"

    def news(self) -> list[str]:
        mails = self._mails()
        new, self.read = mails[self.read :], len(mails)
        return [self._text(each) for each in new]

    def _answer(self, part: str, fields: dict[str, str | list[str]]) -> None:
        (link,) = [each for each in self._text(self._mails()[-1]).split() if part in each]
        visitor, path = Visitor(browser(self.app)), path_of(link)
        visitor.submit(visitor.get(path), path, fields, status=303)

    def says_yes(self) -> None:
        self._answer("/kommer/", {})

    def likes_it(self) -> None:
        self._answer("/hvordan-var-det/", {"rating": "5"})


@dataclass
class OnThePage:
    visitor: Visitor
    seen: int = 0

    def known(self, guest: Registration, now: datetime) -> None:
        self.visitor.send("/chat", {"text": "hej"}, status=303)
        with self.visitor.client.session_transaction() as session:
            talk = session["talk"]
        guest.person_id, guest.email = people.find_or_create("webchat", talk, language="da", now=now), None
        people.verify("webchat", talk, now)
        dialog.recognise("webchat", talk, guest.person_id)
        self.seen = len(self._lines())

    def _lines(self) -> list[str]:
        return [each.text for each in self.visitor.get("/chat").all("div", class_="line")]

    def news(self) -> list[str]:
        lines = self._lines()
        new, self.seen = lines[self.seen :], len(lines)
        return new

    def _press(self, action: str) -> None:
        pressed = [
            each.get("value") for each in self.visitor.get("/chat").all("button", name="action")
            if each.get("value").startswith(action) and each.get("value").endswith(".5" if "rate" in action else "")
        ]  # fmt: skip
        self.visitor.send("/chat", {"action": pressed[-1]}, status=303)
        self.seen = len(self._lines())

    def says_yes(self) -> None:
        self._press("reminder:coming:")

    def likes_it(self) -> None:
        self._press("feedback:rate:")


@dataclass
class ByTelegram:
    bot: Process
    person: Person
    seen: int = 0

    def known(self, guest: Registration, now: datetime) -> None:
        number = str(self.person.number)
        self.person.telegram.started.add(self.person.number)
        guest.person_id, guest.email = people.find_or_create("telegram", number, language="da", now=now), None
        people.verify("telegram", number, now)

    def news(self) -> list[str]:
        self.bot._letters.ring()
        chat = str(self.person.number)
        until = time.monotonic() + 10
        mine = select(Letter.id).where(Letter.channel == "telegram", Letter.recipient == chat)
        while db.session.scalars(mine.where(Letter.status.in_((Status.PLANNED, Status.SENDING)))).all():
            assert time.monotonic() < until
            db.session.rollback()
            time.sleep(0.01)
        db.session.rollback()
        new, self.seen = self.person.chat[self.seen :], len(self.person.chat)
        return [each.text for each in new if each.kind == "text"]

    def _press(self, part: str, answer: str) -> None:
        self.person.tap(part)
        self.person.reads(answer)
        self.news()

    def says_yes(self) -> None:
        self._press("reminder:coming:", "vi ses")

    def likes_it(self) -> None:
        self._press("Meget godt", "Tak")


@pytest.fixture(params=["mail", "page", "telegram"])
def ways(request: pytest.FixtureRequest, app: Flask, settings: Settings, tmp_path: Path) -> Iterator[Callable[[], Way]]:
    """New people, each reached by this one way."""
    if request.param == "mail":
        app.extensions["engage.settings"] = replace(settings, var=tmp_path)
        yield lambda: ByMail(app, tmp_path / "mailbox")
        app.extensions["engage.settings"] = settings
    elif request.param == "page":
        yield lambda: OnThePage(Visitor(browser(app)))
    else:
        with telegram_running() as server:
            yield from _by_telegram(app, settings, server)


def _by_telegram(app: Flask, settings: Settings, server: Telegram) -> Iterator[Callable[[], Way]]:
    of_bot = TelegramSettings(TOKEN, api_url=server.url, per_second=0)
    app.extensions["engage.settings"] = replace(settings, telegram=of_bot)
    bot = Process(app, of_bot)
    bot._words_said_at = clocks.utc_now() + 3650 * DAY
    bot.start()
    yield lambda: ByTelegram(bot, Person(server, next(_numbers)))
    bot.end()
    app.extensions["engage.settings"] = settings


# Summer time ends on the first of these days, and begins on the other; the day after it, 17 o'clock is another instant.
DAYS = [date(2026, 10, 25), date(2026, 3, 29)]


@pytest.mark.parametrize("day", DAYS, ids=str)
def test_reminded_reconfirmed_moved_called_off_released_and_asked_how_it_was(
    app: Flask, ways: Callable[[], Way], at: Callable[[datetime], None], day: date
) -> None:
    now = local(day - 9 * DAY, 12)  # too late for the reminder a week before
    at(now)
    town = Town(now)
    anna, bo, carla = ways(), ways(), ways()
    evening = town.occurrence(town.activity("Klimacafé"), starts_at=local(day, 18))
    silent = town.occurrence(town.activity("Fællesspisning"), starts_at=local(day, 18))
    morning = town.occurrence(town.activity("Morgensang"), starts_at=local(day, 10))
    _gives_on(silent, now)
    guests = {}
    for who, where in ((anna, evening), (bo, silent), (carla, morning)):
        guests[where.id] = town.signed_up(where, now=now)
        who.known(guests[where.id], now)
    db.session.query(Letter).delete()
    db.session.commit()

    def pass_until(then: datetime) -> None:
        at(then)
        for job in (worker.plan_reminders, worker.send_reminders, worker.give_on_places, worker.deliver):
            job(then)
        db.session.expire_all()

    def all_news() -> list[list[str]]:
        return [who.news() for who in (anna, bo, carla)]

    # Reminded the day before at 17:00 by the clock, and not a minute before.
    reminder = local(day - DAY, 17)
    pass_until(reminder - MINUTE)
    assert all_news() == [[], [], []]
    pass_until(reminder)
    told = all_news()
    for (words,), title, hours in zip(
        told, ("Klimacafé", "Fællesspisning", "Morgensang"), ("18.00-20.00", "18.00-20.00", "10.00-12.00"), strict=True
    ):
        assert f"I morgen: {title}" in words and hours in words
    assert "Svar inden" in told[1][0] and "kl. 16.00" in told[1][0], (
        "who may lose a place by silence is told with the question"
    )
    # Re-confirmed.
    anna.says_yes()
    assert said_coming([evening.id]) == {guests[evening.id].id}
    files = _stands_everywhere(app, guests[evening.id], f"{day}T18:00", now=reminder)

    # Moved by a day: the old and the new; reminded anew, at 17:00 by the clock that counts then.
    at(reminder + HOUR)
    changes.change(evening.id, day + DAY, dates.details(evening), now=reminder + HOUR)
    db.session.commit()
    pass_until(reminder + HOUR + MINUTE)
    (words,) = anna.news()
    assert "Ny tid eller nyt sted: Klimacafé" in words
    assert f"{day.day}. " in words and f"{day.day + 1}. " in words and words.count("18.00-20.00") == 2
    again = local(day, 17)
    assert again - reminder == (25 if day.month == 10 else 23) * HOUR
    files |= _stands_everywhere(app, guests[evening.id], f"{day + DAY}T18:00", now=reminder + HOUR)

    # Asked how it was, while it is fresh.
    pass_until(local(day, 13) - MINUTE)
    assert carla.news() == [], "she has not been asked yet"
    pass_until(local(day, 13))
    (words,) = carla.news()
    assert "Hvordan var det? Morgensang" in words
    carla.likes_it()
    db.session.expire_all()
    assert db.session.scalars(select(Feedback.rating)).all() == [5]

    # Released: who did not answer loses the place at the hour that was told.
    pass_until(local(day, 16) - MINUTE)
    assert bo.news() == []
    pass_until(local(day, 16))
    (words,) = bo.news()
    assert "Fællesspisning" in words and guests[silent.id].state == State.CANCELLED_BY_STAFF

    pass_until(again - MINUTE)
    assert all_news() == [[], [], []]
    pass_until(again)
    (words,) = anna.news()
    assert "I morgen: Klimacafé" in words and "18.00-20.00" in words

    # Called off.
    changes.call_off(evening.id, now=again + HOUR)
    db.session.commit()
    pass_until(again + HOUR)
    (words,) = anna.news()
    assert "Aflyst: Klimacafé" in words
    for hours in (10, 23, 26, 28, 40):
        pass_until(again + hours * HOUR)
    assert all_news() == [[], [], []], "nobody hears of it again"
    for name, calendar in understood(files).items():
        (event,) = [each for each in calendar.events if each.summary == "Klimacafé"]
        begins = name.split()[1]
        assert event.clocks == (begins, begins.replace("T18", "T20"))


def _gives_on(date_: Occurrence, now: datetime) -> None:
    """The usual reminder the day before, and who does not answer it loses the place two hours before the start."""
    rule = ReminderRule(
        activity_id=date_.activity_id, key="day", anchor="start", number=1, unit="days", after=False,
        clock=datetime(2026, 1, 1, 17).time(), roles=[], unanswered_only=False, way="best", dates="first", texts={},
        asks=True, enabled=True, release_hours=2, release_since=now, changed_at=now,
    )  # fmt: skip
    db.session.add(rule)
    db.session.commit()


def _stands_everywhere(app: Flask, guest: Registration, begins: str, *, now: datetime) -> dict[str, str]:
    """The page of a sign-up says that hour; the file for a calendar and the calendar one follows, to be read by a program."""
    page = Visitor(browser(app)).get(path_of(letters.page_link(guest)))
    assert "18.00-20.00" in page.text and f"{int(begins[8:10])}. " in page.text
    token = own_calendar.renew(guest.person_id or 0, now=now).rpartition("/")[2].removesuffix(".ics")
    feed = own_calendar.read(token, now=now).text
    db.session.commit()
    return {f"file {begins}": notices.calendar_file(guest, now=now).text, f"feed {begins}": feed}
