"""A real SMTP server on loopback, which keeps what it is given and answers as it is told."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller


@dataclass
class PostOffice:
    """The server's handler: `answers` maps a recipient to what RCPT is answered with."""

    answers: dict[str, str] = field(default_factory=dict)
    data_answer: str = "250 OK"
    quit_answer: str = "221 Bye"  # "" hangs up instead
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    url: str = ""

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        if address not in self.answers:
            envelope.rcpt_tos.append(address)
        return self.answers.get(address, "250 OK")

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        if self.data_answer.startswith("250"):
            mail = message_from_bytes(envelope.content, policy=policy.default)
            self.mails.append(mail)  # type: ignore[arg-type]
            self.recipients += envelope.rcpt_tos
        return self.data_answer

    async def handle_QUIT(self, server: Any, _session: Any, _envelope: Any) -> str:
        if not self.quit_answer:
            server.transport.abort()
        return self.quit_answer or "221 Bye"


@contextmanager
def closed_port() -> Iterator[int]:
    """A port on which nobody listens, and which is nobody else's meanwhile."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


class _Listening(Controller):
    """One that is given its socket, so that nobody else can take the port before it listens."""

    def __init__(self, handler: PostOffice, listening: socket.socket) -> None:
        super().__init__(handler, hostname="127.0.0.1", port=listening.getsockname()[1], enable_SMTPUTF8=False)
        self._listening = listening

    def _create_server(self) -> Any:
        return self.loop.create_server(self._factory_invoker, sock=self._listening)


@pytest.fixture
def post_office() -> Iterator[PostOffice]:
    """An SMTP server without TLS and without login, as a city's relay inside its own net."""
    handler = PostOffice()
    controller = _Listening(handler, socket.create_server(("127.0.0.1", 0)))
    controller.start()
    handler.url = f"smtp://127.0.0.1:{controller.port}"
    yield handler
    controller.stop()
