"""A mail server on loopback that misbehaves as it is told: line by line, so that each moment of a letter can go wrong."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class Rough:
    """`answers` is what a word is answered with (EHLO, MAIL, RCPT, DATA, "." for the letter itself, RSET, QUIT, "" greets).

    An answer of "" hangs up, "…" says nothing more, and "drip" sends a byte now and then for ever. A list is used up.
    """

    answers: dict[str, str | list[str]] = field(default_factory=dict)
    letters: list[bytes] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)  # every word that was said, of all connections
    connections: int = 0
    open: int = 0
    pause: float = 0.0  # before a letter is answered
    port: int = 0

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def serve(self, connection: socket.socket) -> None:
        self.connections += 1
        self.open += 1
        with connection, suppress(OSError):
            self._talk(connection)
        self.open -= 1

    def _talk(self, connection: socket.socket) -> None:
        reader = connection.makefile("rb")
        if not self._answer(connection, "", "220 rough"):
            return
        while line := reader.readline():
            word = line.split()[0].decode().upper() if line.split() else ""
            self.lines.append(word)
            usual = {"EHLO": "250 rough", "DATA": "354 go on", "QUIT": "221 bye"}.get(word, "250 ok")
            said = self._answer(connection, word, usual)
            if not said:
                return
            if said.startswith("354") and not self._letter(connection, reader):
                return
            if word == "QUIT":
                return

    def _letter(self, connection: socket.socket, reader: object) -> bool:
        content = b""
        if self.answers.get("content") == "":
            reader.readline()  # type: ignore[attr-defined]
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
            return False  # hangs up in the middle of it
        while (line := reader.readline()) != b".\r\n":  # type: ignore[attr-defined]
            if not line:
                return False
            content += line
        self.letters.append(content)
        time.sleep(self.pause)
        return bool(self._answer(connection, ".", "250 taken"))

    def _answer(self, connection: socket.socket, word: str, usual: str) -> str:
        """What was said; "" when that was the end."""
        chosen = self.answers.get(word, usual)
        said = (chosen.pop(0) if chosen else usual) if isinstance(chosen, list) else chosen
        if said in {"", "…", "drip"}:
            while said == "drip":
                connection.sendall(b"2")
                time.sleep(0.02)
            if said == "…":
                with suppress(OSError):
                    connection.recv(1)  # until the other side has had enough
            return ""
        connection.sendall(said.encode() + b"\r\n")
        return said


@contextmanager
def running(**facts: object) -> Iterator[Rough]:
    """A server that answers each connection in a thread of its own."""
    rough = Rough(**facts)  # type: ignore[arg-type]
    with socket.create_server(("127.0.0.1", 0)) as listening:
        rough.port = listening.getsockname()[1]
        threads: list[threading.Thread] = []

        def accept() -> None:
            with suppress(OSError):
                while True:
                    connection, _address = listening.accept()
                    threads.append(threading.Thread(target=rough.serve, args=(connection,), daemon=True))
                    threads[-1].start()

        accepting = threading.Thread(target=accept, daemon=True)
        accepting.start()
        yield rough
        with suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
    accepting.join(2)
    for each in threads:
        each.join(2)
