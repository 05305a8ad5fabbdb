"""The whole life of a sign-up by Telegram, from finding to being forgotten, as two citizens live it who wait for each answer.

Nobody looks at the clock: a step is over when the inbox says that what was said is handled and the outbox that nothing is left to
be sent, and that stands in rows, whichever process wrote them.
"""

import time
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.error import URLError

import psycopg

from tests.journeys.citizen import Citizen
from tests.telegram.people import Person
from tests.telegram.server import Message, Telegram

PATIENCE = 60.0  # seconds for one answer, while processes die and start again

WORDS = {
    "da": {
        "hello": "Hej.", "find": "noget om klima", "name": "jeg hedder Anna Holm", "waits": "ventelisten", "yes": "Du har sagt ja.",
        "linked": "koblet", "two": "Du har 2 tilmeldinger", "file": "som en fil", "gone": "Det er slettet", "changed": "Det er ændret",
    },
    "en": {
        "hello": "Hello.", "find": "something about climate", "name": "my name is Anna Holm", "waits": "waiting list",
        "yes": "You have said yes.", "linked": "linked", "two": "You have 2 sign-ups", "file": "as a file", "gone": "It is deleted",
        "changed": "It is changed",
    },
    "de": {
        "hello": "Hallo.", "find": "etwas zum Thema Klima", "name": "ich heiße Anna Holm", "waits": "Warteliste",
        "yes": "Du hast Ja gesagt.", "linked": "verknüpft", "two": "Du hast 2 Anmeldungen", "file": "als Datei", "gone": "gelöscht",
        "changed": "Geändert",
    },
}  # fmt: skip

# All that was said to us is handled, and all that is to be said to them now has left.
_QUIET = """
SELECT coalesce((SELECT state = 'done' FROM inbox WHERE number = %(update)s), false)
   AND NOT EXISTS (SELECT FROM outbox WHERE channel = 'telegram' AND recipient = %(chat)s
                      AND status IN ('planned', 'sending') AND due_at <= now() + interval '3 seconds')
"""


class Rows:
    """The installation's tables, asked over a connection that is opened again when it was cut."""

    def __init__(self, url: str) -> None:
        self._url = url.replace("+psycopg", "")

    def ask(self, query: str, **facts: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self._url, autocommit=True) as connection:
            return connection.execute(query, facts).fetchall()  # type: ignore[arg-type]

    def do(self, query: str, **facts: Any) -> None:
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute(query, facts)  # type: ignore[arg-type]

    def until(self, query: str, **facts: Any) -> None:
        """Wait until the query says true."""
        end, waits = time.monotonic() + PATIENCE, 0.01
        with psycopg.connect(self._url, autocommit=True) as connection:
            while connection.execute(query, facts).fetchone() != (True,):  # type: ignore[arg-type]
                assert time.monotonic() < end, (query, facts)
                time.sleep(waits)
                waits = min(waits * 1.5, 0.1)


@dataclass
class Patient(Person):
    """Somebody who says the next thing when the last one is answered."""

    rows: Rows | None = None

    def _over(self, update: int) -> "Patient":
        assert self.rows is not None
        self.rows.until(_QUIET, update=update, chat=str(self.number))
        return self

    def says(self, text: str) -> "Patient":
        return self._over(self.say(text))

    def taps(self, *parts: str) -> "Patient":
        """Press one button after the other, each where it was shown last."""
        for part in parts:
            self._over(self.tap(part))
        return self

    def sees(self, *parts: str) -> Message:
        """The newest message that has all of this in its words and buttons."""
        for message in reversed(self.chat):
            shown = f"{message.text} {message.rows}"
            if all(part in shown for part in parts):
                return message
        raise AssertionError(f"{parts} is not to be seen: {[each.text for each in self.chat[-4:]]}")


@dataclass
class Life:
    """Two citizens of one language, and the two dates they are after: one for two with a line, one to be had on the web."""

    telegram: Telegram
    rows: Rows
    base: str
    language: str
    first: int
    date: str
    other: str
    option: str

    def __post_init__(self) -> None:
        self.anna = Patient(self.telegram, self.first, self.language, rows=self.rows)
        self.bente = Patient(self.telegram, self.first + 1, self.language, rows=self.rows)
        self.words = WORDS[self.language]

    @property
    def email(self) -> str:
        return f"bente.{self.first}@example.org"  # one address is sent few links an hour

    def found_and_signed_up(self) -> None:
        """Anna finds the date in her own words, comes with somebody, and answers what the organiser asks."""
        anna = self.anna.says("/start")
        anna.sees(self.words["hello"])
        anna.says(self.words["find"]).sees(f"find:show:{self.date}")
        anna.taps(f"find:show:{self.date}", "sign_up:start", "sign_up:seats:2").says(self.words["name"])
        anna.taps(self.option, "questions:skip")
        assert "Fisk" in anna.sees("sign_up:confirm").text, "what was answered is shown once more"
        anna.taps("sign_up:confirm")
        assert [each.kind for each in anna.chat if each.kind != "text"].count("photo") >= 1
        assert {"photo", "document", "venue"} <= {each.kind for each in anna.chat}

    def waited(self) -> None:
        """Bente comes too late and stands in line; Anna comes alone after all, which is too little for Bente."""
        bente = self.bente.says(f"/start e_{self.date}_sposter").taps(
            "sign_up:start", "sign_up:wait", "sign_up:seats:2"
        )
        bente.taps("sign_up:fewer:no").says("Bente Lund").taps("sign_up:confirm")
        bente.sees(self.words["waits"], "mine:show")
        self.anna.says("/mine").taps("change:ask", "change:number", "change:seats:1")
        self.anna.sees(self.words["changed"])

    def offered_and_accepted(self) -> None:
        """Anna cancels with two taps; Bente is offered both places, and says yes in the letter itself."""
        self.anna.says("/mine").taps("cancel:ask", "cancel:confirm")
        # In quiet hours the letter waits for the morning, which comes now.
        morning = "UPDATE outbox SET due_at = now() WHERE recipient = %(chat)s AND status = 'planned'"
        self.rows.do(morning, chat=str(self.bente.number))
        self.rows.until(
            "SELECT bool_and(status = 'sent') AND count(*) = 1 FROM outbox WHERE recipient = %(chat)s AND key ~ ':offer:[^:]+$'",
            chat=str(self.bente.number),
        )
        letter = self.bente.sees("offer:accept", "offer:fewer", "offer:decline")
        self.bente.taps("offer:accept", self.option, "questions:skip")
        assert letter.text.count(self.words["yes"]) == 1 and not letter.buttons, (
            "the question says that it was answered"
        )
        self.bente.says("/mine").taps("change:ask", "change:number", "change:seats:1")

    def linked(self) -> None:
        """Bente brings the page's word to the chat, both say yes, and the chat shows what she signed up for on the web."""
        page = Citizen(self.base)
        again(lambda: self._ask_for_a_link(page))
        self.rows.until(
            "SELECT count(*) > 0 FROM outbox WHERE recipient = %(email)s AND about ~ '^one-time'", email=self.email
        )
        ((url,),) = self.rows.ask(
            "SELECT message -> 'buttons' -> 0 ->> 'url' FROM outbox WHERE recipient = %(email)s AND about ~ '^one-time'"
            " ORDER BY id DESC LIMIT 1",
            email=self.email,
        )
        again(lambda: page.path == "/mine" or page.open(url).submit("/mine/ind/"))
        again(lambda: ask_for_a_code(page))
        ways = {link.get("href") for link in page.page.all("a") if "t.me/" in link.get("href")}
        assert len(ways) == 1, (page.statuses, page.path, page.page.one("main").text[:600])
        (way,) = ways
        self.bente.says("/start " + way.partition("start=")[2]).taps("link:answer")
        again(lambda: page.open("/mine/chat").submit("/mine/chat/ja") if not self._is_linked() else None)
        self.rows.until(self._LINKED, chat=str(self.bente.number), email=self.email)
        self.bente.says("/mine").sees(self.words["two"], "mine:one:")
        self.bente.taps("mine:one:", "mine:ticket:", "cancel:ask", "cancel:keep")

    def _ask_for_a_link(self, page: Citizen) -> None:
        page.open("/mine/ind").submit("/mine/ind", email=self.email)
        if page.statuses[-1] == 429:
            # Each time that the server died under it was counted; who waits for a while may ask again.
            self.rows.do("DELETE FROM token_bucket WHERE starts_with(key, 'one-time:')")
            raise ConnectionError
        assert page.statuses[-1] == 200, (page.statuses, page.path, [each.text for each in page.page.all("h1")])

    _LINKED = """
        SELECT count(DISTINCT person_id) = 1 AND count(*) = 2 FROM address
         WHERE (channel, identifier) IN (('telegram', %(chat)s), ('email', %(email)s))
    """

    def _is_linked(self) -> bool:
        return self.rows.ask(self._LINKED, chat=str(self.bente.number), email=self.email) == [(True,)]

    def forgotten(self) -> None:
        """Both read what is kept, take it along, and have it deleted."""
        for person in (self.anna, self.bente):
            person.says("/privacy").taps("privacy:export").sees(self.words["file"])
            assert any(each.filename.endswith(".json") for each in person.chat)
            person.says("/forget").taps("privacy:forget").sees(self.words["gone"])
            person.says("/mine").sees("link:start")


def ask_for_a_code(page: Citizen) -> None:
    """A server that died after it had made the code, and before the page was there, shows it when one comes back: the only thing
    to press then is that one does not want it after all.
    """
    page.open("/mine/chat")
    if not page.page.all("p", class_="own-code"):
        page.submit("/mine/chat")


def again(step: Any) -> None:
    """A page is asked for until it answers: the web server may be killed as well."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            step()
        except (URLError, HTTPException, OSError, StopIteration):
            assert time.monotonic() < end
            time.sleep(0.1)
        else:
            return
