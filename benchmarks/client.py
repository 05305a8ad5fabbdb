"""The load client: a few citizens at once over raw sockets, in a process of its own, so cheap that it measures the server.

It reads a plan as JSON from standard input and writes a JSON result to standard output. One thread waits on all
connections; nothing but the status, the length and what a form needs is looked at.
"""

import gzip
import json
import re
import resource
import selectors
import socket
import sys
import time
from collections.abc import Generator, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import urlencode

_TOKEN = re.compile(rb'name="csrf_token"[^>]*value="([^"]+)"')
_SESSION = re.compile(rb"\r\nSet-Cookie: (engage=[^;]+)", re.IGNORECASE)
_LENGTH = re.compile(rb"\r\nContent-Length: (\d+)", re.IGNORECASE)
_CLOSES = re.compile(rb"\r\nConnection: close", re.IGNORECASE)

# What a conversation with the server yields (a request) and gets back (head and body of the answer); "" when all went well,
# else what went wrong.
Talk = Generator[bytes, tuple[bytes, bytes], str]


@dataclass
class Plan:
    """What to ask, how many at once, and when to stop: after `seconds`, or after `most` talks."""

    port: int
    paths: list[str]
    kind: str = "get"  # or "sign_up"
    clients: int = 8
    seconds: float = 3.0
    most: int = 100_000
    first_citizen: int = 0


@dataclass
class Result:
    """Talks that went well and the others, connections made anew, wall and CPU seconds, body bytes, each talk's seconds.

    `wrong` counts the others by what went wrong.
    """

    good: int = 0
    bad: int = 0
    wrong: dict[str, int] = field(default_factory=dict)
    renewed: int = 0
    seconds: float = 0.0
    cpu: float = 0.0
    size: int = 0
    answers: dict[str, int] = field(default_factory=dict)
    taken: list[float] = field(default_factory=list)


def read_page(path: str) -> Talk:
    """One page, as a browser that takes compressed answers asks for it."""
    head, _body = yield _request("GET", path)
    return _unless(head, 200, "page")


def sign_up(path: str, citizen: int) -> Talk:
    """Open an activity's page, fill in its form, send it."""
    head, body = yield _request("GET", path)
    token, session = _TOKEN.search(gzip.decompress(body)), _SESSION.search(head)
    if token is None or session is None:
        return f"page: {_status(head)}, no {'token' if token is None else 'session'}"
    form = {
        "csrf_token": token[1].decode(),
        "name": f"Borger {citizen}",
        "email": f"citizen{citizen}@example.org",
        "seats": "1",
    }
    head, _body = yield _request("POST", f"{path}/tilmeld", urlencode(form), session[1].decode())
    return _unless(head, 303, "form")


def _status(head: bytes) -> str:
    return head[9:12].decode()


def _unless(head: bytes, status: int, what: str) -> str:
    return "" if _status(head) == str(status) else f"{what}: {_status(head)}"


def _request(method: str, path: str, form: str = "", cookie: str = "") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Accept-Encoding: gzip"]
    if cookie:
        lines.append(f"Cookie: {cookie}")
    if form:
        lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(form)}"]
    return ("\r\n".join(lines) + "\r\n\r\n" + form).encode()


class Visitor:
    """One connection, and the talk that goes over it at the moment."""

    def __init__(self, port: int, source: str) -> None:
        self.port, self.source = port, source
        self.begun = time.perf_counter()
        self.talk: Talk = read_page("/")
        self.connect()

    def connect(self) -> None:
        """Open a connection, in place of one that the server closes."""
        self.buffer = b""
        self.socket = socket.create_connection(("127.0.0.1", self.port), 30, source_address=(self.source, 0))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def begin(self, talk: Talk) -> None:
        self.talk, self.begun = talk, time.perf_counter()
        self.socket.sendall(next(talk))

    def hear(self) -> tuple[bytes, bytes] | None:
        """Head and body, once the whole answer is there. Raises ConnectionError when the server hangs up."""
        part = self.socket.recv(262_144)
        if not part:
            raise ConnectionError("the server hung up")
        self.buffer += part
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return None
        head = self.buffer[: end + 2]
        length = _LENGTH.search(head)
        whole = end + 4 + (int(length[1]) if length else 0)
        if len(self.buffer) < whole:
            return None
        body, self.buffer = self.buffer[end + 4 : whole], self.buffer[whole:]
        return head, body


def source_of(citizen: int) -> str:
    """A loopback address of one's own: all of 127.0.0.0/8 leads here (Linux), so limits per client work as in life."""
    return f"127.{1 + citizen // 62_500 % 250}.{1 + citizen // 250 % 250}.{1 + citizen % 250}"


class Crowd:
    """All visitors of one plan. Readers keep their connection; each who signs up comes from an address of their own."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.result = Result()
        self._selector = selectors.DefaultSelector()
        self._numbers: Iterator[int] = iter(range(plan.first_citizen, plan.first_citizen + plan.most))
        self._active = 0

    def run(self) -> Result:
        began = time.perf_counter()
        self._until = began + self.plan.seconds
        for number in range(self.plan.clients):
            visitor = None if self.plan.kind == "sign_up" else self._arrive(source_of(number))
            self._next(visitor)
        while self._active:
            for key, _events in self._selector.select(30):
                self._hear(key.data)
        self.result.seconds = time.perf_counter() - began
        self.result.cpu = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
        return self.result

    def _arrive(self, source: str) -> Visitor:
        visitor = Visitor(self.plan.port, source)
        self._selector.register(visitor.socket, selectors.EVENT_READ, visitor)
        self._active += 1
        return visitor

    def _leave(self, visitor: Visitor) -> None:
        self._selector.unregister(visitor.socket)
        visitor.socket.close()
        self._active -= 1

    def _hung_up(self, visitor: Visitor) -> None:
        """A worker is renewed after some thousand requests. Readers come again, as browsers do; a sign-up that was not answered
        has failed.
        """
        self._leave(visitor)
        if self.plan.kind == "sign_up":
            self._went_wrong("hung up")
            self._next(None)
        else:
            self.result.renewed += 1
            self._next(self._arrive(source_of(self.result.renewed)))

    def _next(self, visitor: Visitor | None) -> None:
        """Begin the next talk, or go when it is time."""
        number = next(self._numbers, None)
        if number is None or time.perf_counter() > self._until:
            if visitor is not None:
                self._leave(visitor)
            return
        path = self.plan.paths[number % len(self.plan.paths)]
        if self.plan.kind == "sign_up":
            if visitor is not None:
                self._leave(visitor)
            self._arrive(source_of(number)).begin(sign_up(path, number))
        else:
            assert visitor is not None
            visitor.begin(read_page(path))

    def _went_wrong(self, what: str) -> None:
        self.result.bad += 1
        self.result.wrong[what] = self.result.wrong.get(what, 0) + 1

    def _go_on(self, visitor: Visitor, answer: tuple[bytes, bytes]) -> None:
        """Send what comes next in the talk; where the server said that it closes, over a new connection, as browsers do."""
        request = visitor.talk.send(answer)
        if _CLOSES.search(answer[0]):
            self._selector.unregister(visitor.socket)
            visitor.socket.close()
            visitor.connect()
            self._selector.register(visitor.socket, selectors.EVENT_READ, visitor)
            self.result.renewed += 1
        visitor.socket.sendall(request)

    def _hear(self, visitor: Visitor) -> None:
        try:
            answer = visitor.hear()
        except ConnectionError:
            self._hung_up(visitor)
            return
        if answer is None:
            return
        self.result.size += len(answer[1])
        status = _status(answer[0])
        self.result.answers[status] = self.result.answers.get(status, 0) + 1
        try:
            self._go_on(visitor, answer)
        except StopIteration as end:
            if end.value:
                self._went_wrong(end.value)
            else:
                self.result.good += 1
            self.result.taken.append(time.perf_counter() - visitor.begun)
            self._next(visitor)


def main() -> None:
    plan: dict[str, Any] = json.load(sys.stdin)
    json.dump(asdict(Crowd(Plan(**plan)).run()), sys.stdout)


if __name__ == "__main__":
    main()
