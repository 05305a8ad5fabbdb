"""A talk as a test holds it: say something or press a button, and look at what is answered."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from flask import Flask

from engage import dialog
from engage.activities.pictures import Prepared
from engage.base.db import db, transaction
from engage.base.errors import Refusal
from engage.base.message import Button, Message
from engage.dialog import Incoming
from engage.dialog.models import Conversation
from tests.conftest import NOW


@dataclass
class Talk:
    """One person's chat; `now` moves on by a few seconds with each thing said."""

    identifier: str = "anna"
    language: str = "da"
    channel: str = "webchat"
    app: Flask | None = None
    now: datetime = NOW
    fetched: Mapping[str, Prepared | Refusal] = field(default_factory=dict)
    answers: list[Message] = field(default_factory=list)

    def say(self, text: str) -> "Talk":
        return self._turn(Incoming(self.channel, self.identifier, text, language=self.language))

    def press(self, action: str) -> "Talk":
        return self._turn(Incoming(self.channel, self.identifier, action=action, language=self.language))

    def tap(self, step: str) -> "Talk":
        """Press the button shown now that leads to this step ("sign_up:confirm")."""
        return self.press(self.action(step))

    def picture(self, name: str, fetched: Prepared | Refusal | None = None) -> "Talk":
        """Send a picture that the channel calls so; `fetched` is what the door has of it by then."""
        self.fetched = {} if fetched is None else {name: fetched}
        incoming = Incoming(self.channel, self.identifier, language=self.language, picture=name)
        return self._turn(incoming)

    def _turn(self, incoming: Incoming) -> "Talk":
        self.now += timedelta(seconds=3)
        incoming = replace(incoming, pictures=self.fetched)
        if self.app is None:
            with transaction():
                self.answers = dialog.handle(incoming, now=self.now)
        else:
            with self.app.app_context(), transaction():
                self.answers = dialog.handle(incoming, now=self.now)
        return self

    @property
    def text(self) -> str:
        """All that was said last, cards included."""
        parts = [paragraph for message in self.answers for paragraph in message.text]
        parts += [part for message in self.answers for card in message.cards for part in (card.title, *card.lines)]
        return "\n".join(parts)

    @property
    def buttons(self) -> list[Button]:
        cards = [card for message in self.answers for card in message.cards]
        return [button for each in (*cards, *self.answers) for button in each.buttons]

    def action(self, step: str) -> str:
        found = [button.action for button in self.buttons if (button.action or "").startswith(step)]
        assert found, f"no button {step!r} under: {self.text}\n{self.buttons}"
        return str(found[0])

    def shows(self, step: str) -> bool:
        return any((button.action or "").startswith(step) for button in self.buttons)

    def row(self) -> Conversation:
        db.session.expire_all()
        return db.session.query(Conversation).filter_by(identifier=self.identifier).one()

    @property
    def place(self) -> tuple[str, str]:
        """The flow and the step that wait for an answer."""
        return self.row().flow, self.row().step
