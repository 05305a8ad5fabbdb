"""A gateway for SMS on loopback, which keeps what it is given and answers as it is told; what it has by a key it has once."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Gateway:
    """`answers` are given one after the other, then 202 for ever: a status, or a status and its Retry-After; 0 hangs up."""

    url: str = ""
    answers: list[int | tuple[int, str]] = field(default_factory=list)
    asked: list[tuple[dict[str, str], dict[str, Any]]] = field(default_factory=list)
    sent: dict[str, dict[str, Any]] = field(default_factory=dict)
    slow: float = 0

    def messages(self) -> list[dict[str, Any]]:
        """What telephones got, oldest first."""
        return list(self.sent.values())


@contextmanager
def gateway() -> Iterator[Gateway]:
    """The gateway, while it listens."""
    kept = Gateway()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            headers = {name.lower(): value for name, value in self.headers.items()}
            kept.asked.append((headers, body))
            answer = kept.answers.pop(0) if kept.answers else 202
            status, again = answer if isinstance(answer, tuple) else (answer, "")
            if 200 <= status < 300 or status == 0:
                kept.sent.setdefault(headers["idempotency-key"], body)
            time.sleep(kept.slow)
            if status == 0:
                self.close_connection = True
                return
            self.send_response(status)
            if again:
                self.send_header("Retry-After", again)
            if status in {301, 302, 307}:
                self.send_header("Location", kept.url)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_facts: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kept.url = f"http://127.0.0.1:{server.server_port}/send?account=7"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield kept
    finally:
        server.shutdown()
        server.server_close()
