"""A running installation with an empty town, and a mail server that keeps what it is sent."""

import email
import email.policy
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from engage.base.clock import utc_now
from engage.base.db import transaction
from engage.goals import loading
from tests.journeys.server import Server, eventually, free_port, installation, own_database, prepared
from tests.town import Town


class Mailbox:
    """Takes every mail, as a city's mail server would."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        self.mails.append(email.message_from_bytes(content, policy=email.policy.default))
        return "250 taken"

    def to(self, address: str) -> list[EmailMessage]:
        return [mail for mail in self.mails if mail["To"] == address]

    def next_to(self, address: str, number: int) -> EmailMessage:
        """Wait for the mail with this number (from 1) to `address`."""
        eventually(lambda: len(self.to(address)) >= number, 15)
        return self.to(address)[number - 1]


@pytest.fixture(scope="module")
def mailbox() -> Iterator[tuple[Mailbox, int]]:
    """A mail server on a port of its own."""
    box, port = Mailbox(), free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, port
    controller.stop()


@pytest.fixture(scope="module")
def running(database: str, folder: Path, mailbox: tuple[Mailbox, int]) -> Iterator[tuple[Server, Town]]:
    """Web server and worker on a database of their own, and the town in it."""
    with own_database(database, "engage_journeys") as url:
        settings = installation(url, folder / "journeys")

        def load() -> None:
            with transaction():
                loading.load(utc_now())

        with prepared(settings, load):
            server = Server(settings, {"ENGAGE_SMTP_URL": f"smtp://127.0.0.1:{mailbox[1]}"})
            try:
                server.start("web")
                server.start("worker")
                yield server.wait_until_up(), Town(utc_now())
            finally:
                server.close()
