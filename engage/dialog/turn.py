"""One turn of a talk: what came in, what is remembered, and what is said back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engage.activities.pictures import Prepared
from engage.base.errors import Refusal
from engage.base.message import Button, Card, Message
from engage.channels import abilities
from engage.channels.abilities import Abilities
from engage.dialog.models import Conversation
from engage.dialog.standing import Standing
from engage.dialog.understanding import Understanding


@dataclass(frozen=True)
class Incoming:
    """What a channel hands in: a typed `text` or the `action` of a pressed button, from `identifier` on `channel`.

    `language` is what the channel knows of the person's language, such as that of the page around the chat; `client` is a
    keyed hash of where it came from, for the cap on unconfirmed sign-ups; `where` is where somebody says they are, as
    latitude and longitude, already rounded; `picture` is what the channel calls a picture that was sent, and `pictures` are those
    the door has fetched by now, or why it could not.
    """

    channel: str
    identifier: str
    text: str = ""
    action: str | None = None
    language: str | None = None
    client: str | None = None
    where: tuple[float, float] | None = None
    picture: str = ""
    pictures: Mapping[str, Prepared | Refusal] = field(default_factory=dict)


@dataclass
class Turn:
    """What a flow's step works with. It says things and moves the talk on; the engine keeps both."""

    talk: Standing
    incoming: Incoming
    now: datetime
    data: dict[str, Any]
    understanding: Understanding | None = None
    said: list[Message] = field(default_factory=list)

    @property
    def conversation(self) -> Conversation:
        """Whose talk it is, in which language, and what it waits for."""
        return self.talk.conversation

    @property
    def text(self) -> str:
        """What was typed, in one line."""
        return " ".join(self.incoming.text.split())

    @property
    def language(self) -> str:
        return self.conversation.language

    @property
    def abilities(self) -> Abilities:
        """What the channel of this talk is able to."""
        return abilities.of(self.incoming.channel)

    def say(
        self, *paragraphs: str, buttons: tuple[Button, ...] = (), cards: tuple[Card, ...] = (), aside: bool = False
    ) -> None:
        """Answer with a message in the talk's language; `aside` where what is shown now shall stay."""
        self.said.append(Message(text=paragraphs, buttons=buttons, cards=cards, language=self.language, aside=aside))

    def ask(self, flow: str, step: str) -> None:
        """Expect the next answer at this step of this flow."""
        self.conversation.flow, self.conversation.step = flow, step

    def done(self) -> None:
        """Expect nothing: the talk is open again."""
        self.conversation.flow = self.conversation.step = ""

    def once(self, label: str, action: str) -> Button:
        """A button that works only until the talk has moved on, so that a second press does nothing twice."""
        return Button(label, action=f"{action}@{self.conversation.version + 1}")
