"""HTTP to Telegram's server: as much of HTTP/1.1 as the Bot API needs, over connections that are kept open.

It stands where python-telegram-bot puts its HTTP client (`telegram.request.BaseRequest`). A general client takes two
milliseconds of processor time for each call, mostly for what nobody here asks of it (cookies, redirects, proxies), and there are
two calls for each thing that a person says.
"""

import asyncio
import json
import secrets
import ssl
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlencode, urlsplit

from telegram import Bot
from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest, RequestData

# Kept open for so long without a call; servers close theirs a good deal later.
_RESTS = 5.0
_LARGEST_HEAD = 64 * 1024
_NO_BODY = frozenset({204, 304})


class UnsaidError(Exception):
    """No connection came about, so nothing was said."""


class BrokenReplyError(Exception):
    """What came back is no HTTP."""


@dataclass(frozen=True, slots=True)
class Plain:
    """Fields as the Bot API names them, which leave as JSON just as they are: handed through where the library has its own."""

    fields: dict[str, Any]
    contains_files = False


async def plainly(bot: Bot, method: str, **fields: Any) -> Any:
    """Call a method of the Bot API with fields that are JSON already; None is left out. Raises `TelegramError`.

    For what is said with every update: building the library's objects for it, and for the answer, costs as much as the call.
    """
    given = {name: value for name, value in fields.items() if value is not None}
    return await bot.request.post(f"{bot.base_url}/{method}", Plain(given))  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds to wait for a connection, for the reply to a call, and for one to what takes a file along."""

    connect: float
    reply: float
    upload: float


@dataclass(slots=True)
class _Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    rests_since: float = 0.0

    @property
    def fresh(self) -> bool:
        """Whether one may still speak here: neither side has hung up, and it has not rested for long."""
        closed = self.writer.is_closing() or self.reader.at_eof()
        return not closed and time.monotonic() - self.rests_since < _RESTS

    def close(self) -> None:
        self.writer.transport.abort()


class Line(BaseRequest):
    """At most `connections` calls at a time, all in one event loop.

    Errors have an `UnsaidError` as cause where nothing was said.
    """

    def __init__(self, connections: int, patience: Patience, authorities: ssl.SSLContext) -> None:
        self._patience, self._authorities = patience, authorities
        self._free = asyncio.Semaphore(connections)
        self._resting: dict[str, list[_Connection]] = {}

    @property
    def read_timeout(self) -> float:
        """Seconds to wait for a reply."""
        return self._patience.reply

    async def initialize(self) -> None:
        """Nothing to do: connections are opened when they are needed."""

    async def shutdown(self) -> None:
        """Close the connections."""
        for resting in self._resting.values():
            for connection in resting:
                connection.close()
        self._resting.clear()
        await asyncio.sleep(0)  # the loop closes them in its next turn, which may be its last

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | Plain | None = None,
        read_timeout: Any = None,
        write_timeout: Any = None,  # noqa: ARG002
        connect_timeout: Any = None,  # noqa: ARG002
        pool_timeout: Any = None,  # noqa: ARG002
    ) -> tuple[int, bytes]:
        """The status and the body of what the server says; raises `TelegramError`."""
        kind, body = _encoded(request_data)
        parts = urlsplit(url)
        asked = _request(method, parts, kind, body)
        reply = read_timeout if isinstance(read_timeout, float | int) else self._patience.reply
        if request_data is not None and request_data.contains_files:
            reply = max(reply, self._patience.upload)
        return await self._carry_out(parts, asked, reply)

    async def _carry_out(self, parts: SplitResult, asked: bytes, reply: float) -> tuple[int, bytes]:
        connection = await self._taken(parts)
        whole = False
        try:
            async with asyncio.timeout(reply):
                connection.writer.write(asked)
                await connection.writer.drain()
                status, body, stays = await _reply(connection.reader)
                whole = stays
        except TimeoutError as error:
            raise TimedOut from error
        except (OSError, EOFError, asyncio.LimitOverrunError, BrokenReplyError) as error:
            raise NetworkError(type(error).__name__) from error
        finally:
            self._give_back(parts.netloc, connection, whole)
        return status, body

    async def _taken(self, parts: SplitResult) -> _Connection:
        """A connection that rests, or a new one."""
        if self._free.locked():
            try:
                async with asyncio.timeout(self._patience.connect):
                    await self._free.acquire()
            except TimeoutError:
                raise TimedOut("all connections are in use") from UnsaidError()
        else:
            await self._free.acquire()  # which waits for nobody
        try:
            resting = self._resting.get(parts.netloc, [])
            while resting:
                connection = resting.pop()
                if connection.fresh:
                    return connection
                connection.close()
            return await self._opened(parts)
        except BaseException:
            self._free.release()
            raise

    async def _opened(self, parts: SplitResult) -> _Connection:
        secure = parts.scheme == "https"
        try:
            async with asyncio.timeout(self._patience.connect):
                reader, writer = await asyncio.open_connection(
                    parts.hostname,
                    parts.port or (443 if secure else 80),
                    ssl=self._authorities if secure else None,
                    limit=_LARGEST_HEAD,
                )
        except TimeoutError:
            raise TimedOut("no connection") from UnsaidError()
        except OSError as error:  # refused, unknown, or not who it should be (an SSL error is one as well)
            raise NetworkError(type(error).__name__) from UnsaidError()
        return _Connection(reader, writer)

    def _give_back(self, place: str, connection: _Connection, whole: bool) -> None:
        if whole:
            connection.rests_since = time.monotonic()
            self._resting.setdefault(place, []).append(connection)
        else:
            connection.close()
        self._free.release()


def _request(method: str, parts: SplitResult, kind: str, body: bytes) -> bytes:
    target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    lines = [f"{method} {target} HTTP/1.1", f"Host: {parts.netloc}", f"Content-Length: {len(body)}"]
    if kind:
        lines.append(f"Content-Type: {kind}")
    return "\r\n".join([*lines, "", ""]).encode("ascii") + body


def _encoded(data: RequestData | Plain | None) -> tuple[str, bytes]:
    """The kind of a request's body, and the body."""
    if isinstance(data, Plain):
        return "application/json", json.dumps(data.fields).encode("ascii")
    if data is None or (not data.json_parameters and not data.contains_files):
        return "", b""
    if not data.contains_files:
        return "application/x-www-form-urlencoded", urlencode(data.json_parameters).encode("ascii")
    boundary = secrets.token_hex(16)
    fields = [(f'name="{name}"', "", value.encode()) for name, value in data.json_parameters.items()]
    for name, (filename, content, kind) in (data.multipart_data or {}).items():
        called = filename.replace('"', "%22").replace("\r", "").replace("\n", "")
        fields.append(
            (
                f'name="{name}"; filename="{called}"',
                f"Content-Type: {kind}\r\n",
                content if isinstance(content, bytes) else content.read(),
            )
        )
    body = b"".join(
        f"--{boundary}\r\nContent-Disposition: form-data; {named}\r\n{kind}\r\n".encode() + content + b"\r\n"
        for named, kind, content in fields
    )
    return f"multipart/form-data; boundary={boundary}", body + f"--{boundary}--\r\n".encode("ascii")


async def _reply(reader: asyncio.StreamReader) -> tuple[int, bytes, bool]:
    """Status and body, and whether the server goes on listening after it."""
    status, headers = await _head(reader)
    while status < 200:  # it has more to say
        status, headers = await _head(reader)
    stays = headers.get(b"connection", b"").lower() != b"close"
    if status in _NO_BODY:
        return status, b"", stays
    if headers.get(b"transfer-encoding", b"").lower() == b"chunked":
        return status, await _chunks(reader), stays
    if b"content-length" in headers:
        return status, await reader.readexactly(_number(headers[b"content-length"], 10)), stays
    return status, await reader.read(), False


async def _head(reader: asyncio.StreamReader) -> tuple[int, dict[bytes, bytes]]:
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")
    version, _space, rest = first.partition(b" ")
    if not version.startswith(b"HTTP/1."):
        raise BrokenReplyError(first[:20])
    headers = {}
    for line in lines:
        name, _colon, value = line.partition(b":")
        headers[name.lower()] = value.strip()
    if version == b"HTTP/1.0":
        headers.setdefault(b"connection", b"close")
    return _number(rest[:3], 10), headers


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    parts = []
    while size := _number((await reader.readuntil(b"\r\n")).partition(b";")[0], 16):
        parts.append(await reader.readexactly(size))
        await reader.readexactly(2)
    while await reader.readuntil(b"\r\n") != b"\r\n":
        pass  # what comes after the last one
    return b"".join(parts)


def _number(digits: bytes, base: int) -> int:
    try:
        number = int(digits.strip(), base)
    except ValueError as error:
        raise BrokenReplyError(digits[:20]) from error
    if number < 0:
        raise BrokenReplyError(digits[:20])
    return number
