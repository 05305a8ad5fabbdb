"""HTTP for the Bot API server of the tests: reads requests in every encoding a client may choose, and writes answers."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

Answer = Callable[[str, str, dict[str, Any]], Awaitable[tuple[int, dict[str, Any]] | None]]


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: Answer) -> None:
    """Answer requests until the client hangs up. `answer` returning None hangs up on it without a word."""
    try:
        while True:
            line, headers, body = await _request(reader)
            path = urlsplit(line.split(" ")[1])
            _, token, method = _called(unquote(path.path))
            params = {**_typed(dict(parse_qsl(path.query))), **_params(headers, body)}
            found = await answer(token.removeprefix("bot"), method, params)
            if found is None:
                break
            status, content = found
            data = content["file"] if "file" in content else json.dumps(content).encode()
            head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
            writer.write(head.encode() + data)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
        pass
    finally:
        writer.close()


def _called(path: str) -> tuple[str, str, str]:
    """The token and the method; a file's own address (`/file/bot<token>/<path>`) is the method "file/<path>"."""
    parts = path.split("/", 3)
    if parts[1] == "file":
        return "", parts[2], f"file/{parts[3]}"
    _, token, method = parts
    return "", token, method


async def _request(reader: asyncio.StreamReader) -> tuple[str, dict[str, str], bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    line, *rest = head.split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (each.partition(":") for each in rest if each)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return line, headers, body


def _params(headers: dict[str, str], body: bytes) -> dict[str, Any]:
    kind = headers.get("content-type", "")
    if kind.startswith("application/json"):
        found: dict[str, Any] = json.loads(body or b"{}")
        return found
    if kind.startswith("multipart/form-data"):
        return _multipart(kind, body)
    return _typed(dict(parse_qsl(body.decode(), keep_blank_values=True)))


def _multipart(kind: str, body: bytes) -> dict[str, Any]:
    message = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
    params: dict[str, Any] = {}
    names: dict[str, str] = {}
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        if part.get_filename():
            params[str(name)] = content
            names[str(name)] = str(part.get_filename())
        else:
            params |= _typed({str(name): content.decode()})
    # A file may stand in a part of its own that another field names.
    for name, value in list(params.items()):
        if isinstance(value, str) and value.startswith("attach://"):
            part_name = value.removeprefix("attach://")
            params[name] = params.pop(part_name)
            names[name] = names.pop(part_name)
    return {**params, "_filenames": names} if names else params


_TEXTS = {"text", "caption", "query", "name", "description", "short_description", "title", "address", "url", "secret_token",
          "callback_query_id", "inline_query_id", "parse_mode", "language_code"}  # fmt: skip


def _typed(given: dict[str, str]) -> dict[str, Any]:
    """A form knows only text: what is no text of its own is JSON in it."""
    found: dict[str, Any] = {}
    for name, value in given.items():
        if name in _TEXTS:
            found[name] = value
            continue
        try:
            found[name] = json.loads(value)
        except ValueError:
            found[name] = value
    return found
