"""People in the chats of the tests' Bot API server."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.telegram.server import PATIENCE, Message, Telegram


@dataclass
class Person:
    """Somebody with the app in `language`, who talks with the bot alone unless told otherwise."""

    telegram: Telegram
    number: int
    language: str = "da"
    seen: int = 0  # how much of the chat was there when they last did something

    @property
    def facts(self) -> dict[str, Any]:
        return {
            "id": self.number, "is_bot": False, "first_name": "Anna", "last_name": "Holm", "username": "annaholm",
            "language_code": self.language,
        }  # fmt: skip

    @property
    def chat(self) -> list[Message]:
        """What the bot has said, as it stands now."""
        with self.telegram.lock:
            return list(self.telegram.chats[self.number])

    @property
    def last(self) -> Message:
        return self.chat[-1]

    def _chat(self, number: int | None = None) -> dict[str, Any]:
        number = number or self.number
        return {"id": number, "type": "private" if number > 0 else "supergroup"}

    def _does(self) -> None:
        self.telegram.started.add(self.number)
        self.seen = len(self.chat)
        self.before = [(message.text, message.rows) for message in self.chat]

    def say(self, text: str, *, group: int | None = None) -> int:
        """Write something."""
        self._does()
        if group:
            self.telegram.started.add(group)
        message = {
            "message_id": self.telegram.next_message(), "date": int(time.time()), "from": self.facts,
            "chat": self._chat(group), "text": text,
        }  # fmt: skip
        return self.telegram.deliver("message", message)

    def send(self, **content: Any) -> int:
        """Send something that is no text."""
        self._does()
        message = {
            "message_id": self.telegram.next_message(), "date": int(time.time()), "from": self.facts, "chat": self._chat(),
            **content,
        }  # fmt: skip
        return self.telegram.deliver("message", message)

    def send_picture(self, content: bytes, *, size: int | None = None, as_file: str = "", name: str = "") -> str:
        """A photograph in the two sizes Telegram makes of it, or the file itself; returns what Telegram calls it."""
        name = name or f"AgACAgQAAx{self.telegram.next_message()}"
        self.telegram.files[name] = content, size or len(content)
        file = {"file_id": name, "file_unique_id": name[:8], "file_size": size or len(content)}
        if as_file:
            self.send(document={**file, "mime_type": as_file, "file_name": "a"})
        else:
            small = {**file, "file_id": f"{name}s", "width": 90, "height": 60}
            self.send(photo=[small, {**file, "width": 1280, "height": 960}])
        return name

    def tap(self, part: str, message: Message | None = None) -> int:
        """Press the button with this label, or whose data contains this."""
        on = message or self._with(part)
        return self.press(on.data(part), on)

    def _with(self, part: str) -> Message:
        for message in reversed(self.chat):
            if any(part == each["text"] or part in each.get("callback_data", "") for each in message.buttons):
                return message
        raise AssertionError(f"no button {part!r}: {[(each.text, each.labels) for each in self.chat[-3:]]}")

    def press(self, data: str, message: Message) -> int:
        """Press whatever, as a changed app can."""
        self._does()
        query = {
            "id": self.telegram.next_query(), "from": self.facts, "chat_instance": "77",
            "message": self.telegram.described(message), "data": data,
        }  # fmt: skip
        return self.telegram.deliver("callback_query", query)

    def ask_from_elsewhere(self, text: str) -> str:
        """Type the bot's name and something in another chat; returns the inquiry's id."""
        query = self.telegram.next_query()
        self.telegram.deliver("inline_query", {"id": query, "from": self.facts, "query": text, "offset": ""})
        return query

    def block(self) -> int:
        self.telegram.blocked.add(self.number)
        return self._member("member", "kicked")

    def come_back(self) -> int:
        self.telegram.blocked.discard(self.number)
        return self._member("kicked", "member")

    def _member(self, before: str, after: str) -> int:
        bot = {"id": 7714, "is_bot": True, "first_name": "Havnby"}
        return self.telegram.deliver(
            "my_chat_member",
            {
                "chat": self._chat(), "from": self.facts, "date": int(time.time()),
                "old_chat_member": {"user": bot, "status": before}, "new_chat_member": {"user": bot, "status": after},
            },
        )  # fmt: skip

    # -- waiting ------------------------------------------------------------------------------------------------

    def reads(self, part: str = "", seconds: float = PATIENCE) -> Message:
        """The newest message that came or changed since they last did something, and says `part`."""
        return self.wait(lambda message: part in message.text, seconds, part)

    def wait(self, fits: Callable[[Message], bool], seconds: float = PATIENCE, what: str = "") -> Message:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for message in reversed(self._new()):
                if fits(message):
                    return message
            time.sleep(0.005)
        raise AssertionError(f"{what!r} was not said; new: {[each.text for each in self._new()]}")

    def _new(self) -> list[Message]:
        chat, before = self.chat, getattr(self, "before", [])
        changed = [
            each
            for each, old in zip(chat, before, strict=False)
            if (each.text, each.rows) != old and each.text != old[0]
        ]
        return [*changed, *chat[len(before) :]]
