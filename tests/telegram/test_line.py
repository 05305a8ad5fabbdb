"""The client's HTTP: answers in every form a server may choose, connections that go, and what is known to be unsaid."""

import asyncio
import ssl

import pytest
from telegram.error import BadRequest, NetworkError, TelegramError, TimedOut

from engage.channels.telegram.line import Line, Patience, UnsaidError

OK = b'{"ok":true,"result":7}'
PATIENCE = Patience(connect=0.5, reply=0.5, upload=0.5)
WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(OK), OK)


def asked(*answers: bytes, times: int = 1) -> tuple[list[object], int]:
    """What `times` calls, one after the other, come to when each connection answers so; and how many connections there were."""

    async def talk() -> tuple[list[object], int]:
        connections = 0

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal connections
            answer = answers[min(connections, len(answers) - 1)]
            connections += 1
            try:
                while True:
                    await reader.readuntil(b"\r\n\r\n")
                    writer.write(answer)
                    if not answer or b"Connection: close" in answer or b"HTTP/1.0" in answer:
                        break
            except asyncio.IncompleteReadError:
                pass
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        line = Line(2, PATIENCE, ssl.create_default_context())
        found: list[object] = []
        for _time in range(times):
            try:
                found.append(await line.post(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/botX/getMe"))
            except TelegramError as error:
                found.append(error)
        await line.shutdown()
        server.close()
        await asyncio.sleep(0.02)  # so that the server's side hears of it before the loop ends
        return found, connections

    return asyncio.run(talk())


@pytest.mark.parametrize(
    ("answer", "connections"),
    [
        (WHOLE, 1),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + WHOLE, 1),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\n" + OK[:5] + b"\r\n11\r\n" + OK[5:] + b"\r\n0\r\n\r\n", 1),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + OK, 2),
        (b"HTTP/1.0 200 OK\r\n\r\n" + OK, 2),
    ],
)  # fmt: skip
def test_answers_in_every_form_are_read_whole(answer: bytes, connections: int) -> None:
    assert asked(answer, times=2) == ([7, 7], connections)


def test_a_refusal_is_the_librarys_own_error() -> None:
    body = b'{"ok":false,"error_code":400,"description":"Bad Request: odd"}'
    (error,), _connections = asked(b"HTTP/1.1 400 X\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
    assert isinstance(error, BadRequest) and str(error) == "Odd"


@pytest.mark.parametrize("answer", [b"", b"SMTP ready\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n"])
def test_what_is_no_answer_leaves_open_whether_it_was_said(answer: bytes) -> None:
    (error,), _connections = asked(answer)
    assert isinstance(error, NetworkError) and error.__cause__ is not None
    assert not isinstance(error.__cause__, UnsaidError)


def test_an_answer_that_never_ends_is_waited_for_no_longer_than_said() -> None:
    (error,), _connections = asked(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{")
    assert isinstance(error, TimedOut) and not isinstance(error.__cause__, UnsaidError)


def test_where_nobody_listens_nothing_was_said() -> None:
    async def call() -> None:
        await Line(1, PATIENCE, ssl.create_default_context()).post("http://127.0.0.1:9/botX/getMe")

    with pytest.raises(NetworkError) as caught:
        asyncio.run(call())
    assert isinstance(caught.value.__cause__, UnsaidError)
