"""A Bot API server on loopback for the tests: real HTTP, with people who write, tap, block and come back.

It keeps Telegram's rules: names of methods and fields, lengths, HTML, buttons of 64 bytes, 403 when blocked, 429 with
`retry_after`, 409 for a second fetcher, and a webhook that repeats what was not answered with 200, in order for each lane.
"""

import asyncio
import itertools
import re
import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.telegram import hooks, reference, rules, wire
from tests.telegram.rules import Refused, bad

TOKEN = "7714:a-token-for-tests-only_0123456789"
NAME = "havnby_bot"
PATIENCE = 30.0
LARGEST_FILE = 20 * 1024 * 1024  # that a bot may download (core.telegram.org/bots/api#getfile)


@dataclass
class Message:
    """A message in a chat as it stands now."""

    number: int
    chat: int
    text: str
    rows: list[list[dict[str, Any]]] = field(default_factory=list)
    kind: str = "text"
    raw: str = ""
    file: bytes = b""
    filename: str = ""
    keyboard: dict[str, Any] = field(default_factory=dict)
    edits: int = 0
    at: float = 0.0

    @property
    def buttons(self) -> list[dict[str, Any]]:
        return [button for row in self.rows for button in row]

    @property
    def labels(self) -> list[str]:
        return [button["text"] for button in self.buttons]

    def data(self, part: str) -> str:
        """What the button says whose label or data contains `part`."""
        for button in self.buttons:
            if part == button["text"] or part in button.get("callback_data", ""):
                return str(button["callback_data"])
        raise AssertionError(f"no button {part!r} in {self.labels} under {self.text!r}")


@dataclass
class Request:
    """What the bot asked, and how it was answered."""

    method: str
    params: dict[str, Any]
    at: float
    code: int = 200
    description: str = ""


# A fault decides how a request is answered: an error, "drop" (done, but nobody is told), or None for the usual.
Fault = Callable[[Request], Refused | str | None]


class Telegram:
    """The server and its people. `limits` makes it keep Telegram's pace: one message a second to a chat, 30 in all."""

    def __init__(self, *, limits: bool = False, inline: bool = True) -> None:
        self.limits, self.inline_queries = limits, inline
        self.chats: dict[int, list[Message]] = defaultdict(list)
        self.requests: list[Request] = []
        self.delivered = 0
        self.problems: list[str] = []
        self.blocked: set[int] = set()
        self.started: set[int] = set()
        self.words: dict[tuple[str, str, str], Any] = {}
        self.queries: dict[str, float] = {}  # presses and inquiries that may still be answered
        self.answered: dict[str, dict[str, Any]] = {}
        self.fault: Fault | None = None
        self.files: dict[
            str, tuple[bytes, int]
        ] = {}  # what people sent: its content, and how large Telegram says it is
        self.lock = threading.RLock()
        self._pending: deque[dict[str, Any]] = deque()
        self._numbers = itertools.count(1)
        self._updates = itertools.count(710_000_001)
        self._queries = itertools.count(4_000_000_001)
        self._polls: list[asyncio.Future[None]] = []
        self._sent_at: dict[int, deque[float]] = defaultdict(deque)
        self.hook: hooks.Hook | None = None
        self._ending: list[asyncio.Task[None]] = []
        self._writers: set[asyncio.StreamWriter] = set()
        self.loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.port = 0

    # -- life ---------------------------------------------------------------------------------------------------

    def start(self) -> "Telegram":
        self._thread.start()
        assert self._ready.wait(PATIENCE)
        return self

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self._ended.set)
        self._thread.join(PATIENCE)

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_until_complete(self._live())
        self.loop.close()

    async def _live(self) -> None:
        self._ended = asyncio.Event()
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._ended.wait()
        server.close()
        await asyncio.sleep(0.01)  # who was let in a moment ago gets a task of their own, and can be sent away
        if self.hook is not None:
            await self.hook.end()
        await asyncio.gather(*self._ending)
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        for writer in self._writers:
            writer.close()
        await asyncio.sleep(0.01)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            await wire.serve(reader, writer, self._answer)
        finally:
            self._writers.discard(writer)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    # -- what people do -----------------------------------------------------------------------------------------

    def deliver(self, kind: str, content: dict[str, Any]) -> int:
        """Something happened: it is kept for the bot, or posted to it."""
        number = next(self._updates)
        self.delivered += 1
        update = {"update_id": number, kind: content}
        self.loop.call_soon_threadsafe(self._arrive, update)
        return number

    def raw(self, update: dict[str, Any]) -> None:
        """An update of any shape."""
        self.loop.call_soon_threadsafe(self._arrive, update)

    def next_update(self) -> int:
        return next(self._updates)

    def next_query(self) -> str:
        query = str(next(self._queries))
        self.queries[query] = time.monotonic()
        return query

    def next_message(self) -> int:
        return next(self._numbers)

    def _arrive(self, update: dict[str, Any]) -> None:
        if self.hook is not None:
            self.hook.post(update)
            return
        self._pending.append(update)
        for poll in self._polls:
            if not poll.done():
                poll.set_result(None)

    # -- what the bot asks --------------------------------------------------------------------------------------

    async def _answer(self, token: str, method: str, params: dict[str, Any]) -> tuple[int, dict[str, Any]] | None:
        request = Request(method, params, time.monotonic())
        if method != "getUpdates":
            self.note(request)
        filenames = params.pop("_filenames", {})
        if not method.startswith("file/"):
            self.compare(method, params)
        try:
            if token != TOKEN:
                raise Refused(401, "Unauthorized")
            ruled = self.fault(request) if self.fault and method != "getUpdates" else None
            if isinstance(ruled, Refused):
                raise ruled
            if method.startswith("file/"):
                return 200, {"file": self._file(method.removeprefix("file/"))}
            if method == "getUpdates":
                result: Any = await self._get_updates(params)
            else:
                with self.lock:
                    result = self._do(method, {**params, "_filenames": filenames})
        except Refused as refused:
            request.code, request.description = refused.code, refused.description
            content = {"ok": False, "error_code": refused.code, "description": refused.description}
            if refused.parameters:
                content["parameters"] = refused.parameters
            return refused.code, content
        if ruled == "drop":
            return None
        if ruled == "slow":
            await asyncio.sleep(3)
        return 200, {"ok": True, "result": result}

    def note(self, request: Request) -> None:
        with self.lock:
            self.requests.append(request)

    def compare(self, method: str, params: dict[str, Any]) -> None:
        self.problems += reference.problems(method, params)

    def shown(self, message: Message) -> None:
        """A message is there, or says something else now."""

    def _do(self, method: str, params: dict[str, Any]) -> Any:
        known = getattr(self, "_" + "".join("_" + each.lower() if each.isupper() else each for each in method), None)
        if known is None:
            raise Refused(404, "Not Found: method not found")
        return known(params)

    def _get_me(self, _params: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": int(TOKEN.partition(":")[0]), "is_bot": True, "first_name": "Havnby", "username": NAME,
            "supports_inline_queries": self.inline_queries,
        }  # fmt: skip

    async def _get_updates(self, params: dict[str, Any]) -> list[dict[str, Any]]:
        if self.hook is not None:
            raise Refused(
                409,
                "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete it first",
            )
        for poll in self._polls:
            if not poll.done():
                poll.set_exception(
                    Refused(409, "Conflict: terminated by other getUpdates request; make sure that only one bot runs")
                )
        while self._pending and self._pending[0]["update_id"] < params.get("offset", 0):
            self._pending.popleft()
        if not self._pending and params.get("timeout"):
            poll = self.loop.create_future()
            self._polls = [poll]
            try:
                await asyncio.wait_for(poll, params["timeout"])
            except TimeoutError:
                pass
            finally:
                self._polls = [each for each in self._polls if each is not poll]
        return list(itertools.islice(self._pending, params.get("limit", 100)))

    def _set_webhook(self, params: dict[str, Any]) -> bool:
        self._delete_webhook(params)
        self.hook = hooks.Hook(
            params["url"], params.get("secret_token", ""), params.get("max_connections", 40), self.loop
        )
        while self._pending:
            self.hook.post(self._pending.popleft())
        return True

    def _delete_webhook(self, params: dict[str, Any]) -> bool:
        if self.hook is not None:
            self._pending.extend(self.hook.left())
            self._ending.append(self.loop.create_task(self.hook.end()))
            self.hook = None
        if params.get("drop_pending_updates"):
            self._pending.clear()
        return True

    def _get_webhook_info(self, _params: dict[str, Any]) -> dict[str, Any]:
        return {
            "url": self.hook.url if self.hook else "", "has_custom_certificate": False,
            "pending_update_count": len(self._pending),
        }  # fmt: skip

    def _reach(self, params: dict[str, Any]) -> int:
        chat = int(params["chat_id"])
        if chat in self.blocked:
            raise Refused(403, "Forbidden: bot was blocked by the user")
        if chat not in self.started:
            raise bad("chat not found")
        if self.limits:
            self._keep_pace(chat)
        return chat

    def _keep_pace(self, chat: int) -> None:
        now = time.monotonic()
        for key, most in ((chat, 1), (0, 30)):
            times = self._sent_at[key]
            while times and times[0] <= now - 1.0:
                times.popleft()
            if len(times) >= most:
                raise Refused(429, "Too Many Requests: retry after 2", {"retry_after": 2})
            times.append(now)

    def _sent(self, chat: int, text: str, **facts: Any) -> dict[str, Any]:
        message = Message(next(self._numbers), chat, text, at=time.monotonic(), **facts)
        self.chats[chat].append(message)
        self.shown(message)
        return self.described(message)

    def described(self, message: Message) -> dict[str, Any]:
        """A message as Telegram tells of it."""
        kind = "private" if message.chat > 0 else "supergroup"
        return {
            "message_id": message.number, "date": int(time.time()), "chat": {"id": message.chat, "type": kind},
            "text": message.text,
        }  # fmt: skip

    def _send_message(self, params: dict[str, Any]) -> dict[str, Any]:
        text, rows = rules.text_of(params, "text", rules.MESSAGE), rules.keyboard_of(params)
        markup = params.get("reply_markup") or {}
        return self._sent(self._reach(params), text, rows=rows, raw=params["text"], keyboard=markup)

    def _send_photo(self, params: dict[str, Any]) -> dict[str, Any]:
        return self._send_file(params, "photo")

    def _send_document(self, params: dict[str, Any]) -> dict[str, Any]:
        return self._send_file(params, "document")

    def _send_file(self, params: dict[str, Any], kind: str) -> dict[str, Any]:
        text, rows = rules.text_of(params, "caption", rules.CAPTION), rules.keyboard_of(params)
        if not isinstance(params.get(kind), bytes) or not params[kind]:
            raise bad(f"there is no {kind} in the request")
        names = params["_filenames"]
        return self._sent(
            self._reach(params), text, rows=rows, kind=kind, file=params[kind], filename=names.get(kind, ""),
            raw=params.get("caption", ""),
        )  # fmt: skip

    def _get_file(self, params: dict[str, Any]) -> dict[str, Any]:
        name = params["file_id"]
        if name not in self.files:
            raise bad("wrong file_id or the file is temporarily unavailable")
        size = self.files[name][1]
        if size > LARGEST_FILE:
            raise bad("file is too big")
        return {"file_id": name, "file_unique_id": name[:8], "file_size": size, "file_path": f"photos/{name}.jpg"}

    def _file(self, path: str) -> bytes:
        """What stands at a file's address."""
        name = path.removeprefix("photos/").removesuffix(".jpg")
        if name not in self.files:
            raise Refused(404, "Not Found")
        return self.files[name][0]

    def _send_venue(self, params: dict[str, Any]) -> dict[str, Any]:
        return self._sent(self._reach(params), f"{params['title']}\n{params['address']}", kind="venue")

    def _edit_message_text(self, params: dict[str, Any]) -> dict[str, Any]:
        text, rows = rules.text_of(params, "text", rules.MESSAGE), rules.keyboard_of(params, edit=True)
        message = self._to_edit(params)
        if message.kind != "text":
            raise bad("there is no text in the message to edit")
        if (message.text, message.rows) == (text, rows):
            raise bad("message is not modified: specified new message content and reply markup are exactly the same")
        message.text, message.rows, message.raw = text, rows, params["text"]
        message.edits += 1
        message.at = time.monotonic()
        self.shown(message)
        return self.described(message)

    def _edit_message_caption(self, params: dict[str, Any]) -> dict[str, Any]:
        text, rows = rules.text_of(params, "caption", rules.CAPTION), rules.keyboard_of(params, edit=True)
        message = self._to_edit(params)
        if message.kind not in {"photo", "document"}:
            raise bad("there is no caption in the message to edit")
        if (message.text, message.rows) == (text, rows):
            raise bad("message is not modified: specified new message content and reply markup are exactly the same")
        message.text, message.rows, message.raw = text, rows, params.get("caption", "")
        message.edits += 1
        self.shown(message)
        return self.described(message)

    def _edit_message_reply_markup(self, params: dict[str, Any]) -> dict[str, Any]:
        rows, message = rules.keyboard_of(params, edit=True), self._to_edit(params)
        if message.rows == rows:
            raise bad("message is not modified: specified new message content and reply markup are exactly the same")
        message.rows = rows
        return self.described(message)

    def _to_edit(self, params: dict[str, Any]) -> Message:
        chat = int(params["chat_id"])
        if chat in self.blocked:
            raise Refused(403, "Forbidden: bot was blocked by the user")
        for message in self.chats[chat]:
            if message.number == params["message_id"]:
                return message
        raise bad("message to edit not found")

    def _answer_callback_query(self, params: dict[str, Any]) -> bool:
        return self._take_query("callback_query_id", params)

    def _answer_inline_query(self, params: dict[str, Any]) -> bool:
        if len(params["results"]) > 50:
            raise bad("RESULTS_TOO_MUCH")
        for result in params["results"]:
            content = result["input_message_content"]
            rules.text_of({**content, "text": content["message_text"]}, "text", rules.MESSAGE)
            rules.keyboard_of(result)
        if (way := params.get("button")) is not None and not (
            way["text"] and re.fullmatch(r"[A-Za-z0-9_-]{1,64}", way["start_parameter"])
        ):
            raise bad("START_PARAM_INVALID")
        return self._take_query("inline_query_id", params)

    def _take_query(self, name: str, params: dict[str, Any]) -> bool:
        query = str(params[name])
        if self.queries.pop(query, None) is None:
            raise bad("query is too old and response timeout expired or query ID is invalid")
        self.answered[query] = params
        return True

    def _set_my_commands(self, params: dict[str, Any]) -> bool:
        rules.check_commands(params["commands"])
        self.words["commands", self._scope(params), params.get("language_code", "")] = params["commands"]
        return True

    def _get_my_commands(self, params: dict[str, Any]) -> Any:
        return self.words.get(("commands", self._scope(params), params.get("language_code", "")), [])

    def _delete_my_commands(self, params: dict[str, Any]) -> bool:
        self.words.pop(("commands", self._scope(params), params.get("language_code", "")), None)
        return True

    def _scope(self, params: dict[str, Any]) -> str:
        """Of a single chat with its number, which must be one that somebody has begun."""
        scope = params.get("scope") or {"type": "default"}
        if scope["type"] != "chat":
            return str(scope["type"])
        if int(scope["chat_id"]) not in self.started:
            raise bad("chat not found")
        return f"chat {scope['chat_id']}"

    def _set_my_name(self, params: dict[str, Any]) -> bool:
        return self._set_words("name", params, 64)

    def _get_my_name(self, params: dict[str, Any]) -> Any:
        return self._get_words("name", params)

    def _set_my_description(self, params: dict[str, Any]) -> bool:
        return self._set_words("description", params, 512)

    def _get_my_description(self, params: dict[str, Any]) -> Any:
        return self._get_words("description", params)

    def _set_my_short_description(self, params: dict[str, Any]) -> bool:
        return self._set_words("short_description", params, 120)

    def _get_my_short_description(self, params: dict[str, Any]) -> Any:
        return self._get_words("short_description", params)

    def _set_words(self, name: str, params: dict[str, Any], most: int) -> bool:
        if len(params.get(name, "")) > most:
            raise bad(f"{name} is too long")
        self.words[name, "", params.get("language_code", "")] = params.get(name, "")
        return True

    def _get_words(self, name: str, params: dict[str, Any]) -> dict[str, str]:
        return {name: self.words.get((name, "", params.get("language_code", "")), "")}

    def _set_chat_menu_button(self, params: dict[str, Any]) -> bool:
        self.words["menu", "", ""] = params["menu_button"]
        return True

    def _get_chat_menu_button(self, _params: dict[str, Any]) -> Any:
        return self.words.get(("menu", "", ""), {"type": "default"})

    # -- for the tests ------------------------------------------------------------------------------------------

    def calls(self, method: str) -> list[Request]:
        with self.lock:
            return [request for request in self.requests if request.method == method]

    def counted(self) -> Counter[str]:
        with self.lock:
            return Counter(request.method for request in self.requests)

    def failing(self, method: str, *answers: Refused | str | None) -> None:
        """Answer the next calls of `method` so, one after the other."""
        left = list(answers)

        def rule(request: Request) -> Refused | str | None:
            return left.pop(0) if request.method == method and left else None

        self.fault = rule


@contextmanager
def running(**options: Any) -> Iterator[Telegram]:
    """A server for a block; nothing it was asked may be against the reference."""
    server = Telegram(**options).start()
    try:
        yield server
        assert server.problems == []
    finally:
        server.stop()
