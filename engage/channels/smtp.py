"""One line to the city's mail server: kept open from letter to letter, opened again when it was dropped, closed when idle.

Every way a server can fail is told apart by one question: may the letter have been taken? Only after its last byte has left.
"""

import smtplib
import socket
import ssl
import threading
import time
from contextlib import suppress
from typing import Self
from urllib.parse import unquote, urlsplit

import structlog

from engage.base.errors import ChannelError, NoReply, ServerAway
from engage.channels.mime import Mail

log = structlog.get_logger(__name__)

# 5.x.x answers that speak of the mailbox itself (RFC 3463): the same address will not work later either.
_GONE = {550, 551, 553, 501}
# Seconds for one answer, for a whole letter (a server may send a byte now and then for ever), and until an idle line is closed.
_SECONDS, _LONGEST, _IDLE = 20, 90, 20
# Servers close lines that carry very many letters, Postfix and Exchange after 100 to 1,000 by default.
_MOST_LETTERS = 100
# After the server was not there: nobody knocks again for so long, so that other channels do not wait behind it.
_AWAY_SECONDS = 20
_CLOSING = 421  # "service not available, closing transmission channel" (RFC 5321, 3.8)


class MailLine:
    """A line to the server of `url` (smtp://, smtp+starttls:// or smtps://user:password@host:port), for any thread."""

    def __init__(self, url: str) -> None:
        self._address = urlsplit(url)
        self._server: smtplib.SMTP | None = None
        self._letters = 0
        self._used_at = self._away_until = float("-inf")
        self._lock = threading.Lock()

    def submit(self, mail: Mail) -> None:
        """Hand `mail` over, or raise `ChannelError`: `ServerAway` when the server lets nobody in, `NoReply` when it fell silent
        after it had the whole letter."""
        with self._lock:
            if time.monotonic() < self._away_until:
                raise ServerAway("the mail server was not there a moment ago")
            try:
                self._submit(mail)
            except BaseException:
                if not self._is_in_order():
                    self._hang_up()
                raise
            self._letters += 1
            self._used_at = time.monotonic()
            if self._letters >= _MOST_LETTERS:
                self._close()

    def rest(self) -> None:
        """Close the line when nothing was sent for a while."""
        with self._lock:
            if self._server is not None and time.monotonic() - self._used_at > _IDLE:
                self._close()

    def close(self) -> None:
        """Say good-bye, if the line is open."""
        with self._lock:
            self._close()

    def _submit(self, mail: Mail) -> None:
        if not mail.recipient.isascii():
            raise ChannelError("letters before the @ that few servers take", permanent=True)
        content = _dotted(mail.content)
        server = self._begun(mail.sender, mail.recipient, len(content))
        with _deadline(server) as deadline:
            self._content(server, content, deadline)

    def _begun(self, sender: str, recipient: str, size: int) -> smtplib.SMTP:
        """The line on which the server waits for the letter: the open one, or a new one when that was closed meanwhile."""
        if (server := self._server) is not None:
            with suppress(smtplib.SMTPServerDisconnected, OSError), _deadline(server):
                self._envelope(server, sender, recipient, size)
                return server
            self._hang_up()
        server = self._open()
        try:
            with _deadline(server):
                self._envelope(server, sender, recipient, size)
        except (smtplib.SMTPServerDisconnected, OSError) as error:
            raise self._away(type(error).__name__) from error
        return server

    def _envelope(self, server: smtplib.SMTP, sender: str, recipient: str, size: int) -> None:
        code, _said = server.mail(sender, [f"size={size}"] if server.has_extn("size") else [])
        self._expect(code, 250, "sender")
        code, _said = server.rcpt(recipient)
        if code not in {250, 251, _CLOSING}:
            raise ChannelError(f"recipient refused: {code}", permanent=code in _GONE)
        code = code if code == _CLOSING else server.docmd("DATA")[0]
        self._expect(code, 354, "DATA")

    def _expect(self, code: int, wanted: int, what: str) -> None:
        if code == _CLOSING or (code != wanted and not 400 <= code < 600):
            # What is neither yes nor no is the answer to something else: the two are out of step.
            raise smtplib.SMTPServerDisconnected(f"server answered {code}")
        if code != wanted:
            raise ChannelError(f"server answered {code} to {what}", permanent=False)

    def _content(self, server: smtplib.SMTP, content: bytes, deadline: "_deadline") -> None:
        """The letter itself. Before its last byte has left it was not taken; after that only an answer tells."""
        try:
            server.send(content)
        except (smtplib.SMTPServerDisconnected, OSError) as error:
            raise ChannelError("the mail server hung up in the middle", permanent=False) from error
        try:
            code, _said = server.getreply()
        except (smtplib.SMTPException, OSError) as error:
            raise NoReply(f"no answer to the letter: {type(error).__name__}") from error
        if deadline.is_over or not 250 <= code < 600 or 250 < code < 400:
            raise NoReply("no whole answer to the letter")
        if code == _CLOSING:
            raise self._away(f"server answered {code}")
        if code != 250:
            # A refused text says nothing against the address.
            raise ChannelError(f"server answered {code}", permanent=False)

    def _open(self) -> smtplib.SMTP:
        address, context = self._address, ssl.create_default_context()
        encrypted, upgrades = address.scheme == "smtps", address.scheme == "smtp+starttls"
        port = address.port or (465 if encrypted else 587 if upgrades else 25)
        host = address.hostname or "localhost"
        try:
            server = (
                smtplib.SMTP_SSL(host, port, timeout=_SECONDS, context=context)
                if encrypted
                else smtplib.SMTP(host, port, timeout=_SECONDS)
            )
            self._server, self._letters = server, 0
            with _deadline(server):
                if upgrades:
                    server.starttls(context=context)
                if address.username:
                    server.login(unquote(address.username), unquote(address.password or ""))
                server.ehlo_or_helo_if_needed()
        except smtplib.SMTPResponseException as error:
            raise self._away(f"server answered {error.smtp_code}") from error
        except (smtplib.SMTPException, OSError) as error:
            raise self._away(type(error).__name__) from error
        return server

    def _away(self, reason: str) -> ServerAway:
        self._hang_up()
        self._away_until = time.monotonic() + _AWAY_SECONDS
        log.error("mail_server_away", reason=reason)
        return ServerAway(reason)

    def _is_in_order(self) -> bool:
        """Whether the next letter may take the same line: the one that was refused is put aside there."""
        if self._server is None or self._server.sock is None:
            return False
        try:
            code, _said = self._server.rset()
        except (smtplib.SMTPException, OSError):
            return False
        return code == 250

    def _hang_up(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    def _close(self) -> None:
        if self._server is not None:
            # A server that stumbles over the good-bye has the letters all the same.
            with suppress(smtplib.SMTPException, OSError):
                self._server.quit()
            self._hang_up()


def _dotted(content: bytes) -> bytes:
    """As RFC 5321 (4.5.2) wants it: a line that begins with a dot gets another one, and a line with one dot ends it."""
    lines = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    body = b"\r\n".join(b"." + line if line.startswith(b".") else line for line in lines)
    return body + (b".\r\n" if body.endswith(b"\r\n") else b"\r\n.\r\n")


class _deadline:  # noqa: N801  (reads as a word of the language)
    """Cuts the line after `_LONGEST` seconds: a socket's own timeout begins anew with each byte."""

    def __init__(self, server: smtplib.SMTP) -> None:
        self._server = server
        self._timer = threading.Timer(_LONGEST, self._cut)
        self._timer.daemon = True
        self.is_over = False

    def _cut(self) -> None:
        self.is_over = True
        with suppress(OSError, AttributeError):  # the line may be closed just now
            self._server.sock.shutdown(socket.SHUT_RDWR)  # type: ignore[union-attr]

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._timer.cancel()
