"""Fetching a feed from the public net: only from there, only so much, only so long.

A name is resolved once, every address it has is checked, and the connection goes to the address that was checked, so that
nothing can be looked up anew in between. The same holds for each redirect.
"""

import contextlib
import http.client
import ipaddress
import re
import socket
import ssl
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from engage.activities.importing.events import CannotRead
from engage.activities.importing.sandbox import LARGEST_FILE

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
MOST_REDIRECTS = 3
# Seconds: to connect, and for everything together, so that a server that sends a byte now and then keeps nobody waiting.
CONNECT, WHOLE = 5, 20
_REDIRECTS = {301, 302, 303, 307, 308}
_AGENT = "Engage/1 (+events of a learning city; reads calendars its organisers gave it)"
# A web server's, or one that no other service listens at by custom: so that a feed cannot knock at a mail server.
_PORTS = {80, 443}
_HOST = re.compile(r"[a-z0-9._-]{1,253}|[0-9a-f:.]{2,45}", re.IGNORECASE)
# Addresses of IPv6 that stand for one of IPv4 somewhere else (RFC 6052, RFC 3056, RFC 4380).
_CARRIERS = tuple(ipaddress.ip_network(each) for each in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32"))


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer: its content, and what to ask with next time. `content` None means that nothing is new."""

    content: bytes | None
    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is sent with the question, so that the server may say that nothing is new."""

    etag: str = ""
    last_modified: str = ""


def is_public(address: IPAddress) -> bool:
    """Whether an address is one of the public net: not this machine, not the house, not a group, not a carrier of another."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if any(address in carrier for carrier in _CARRIERS):
            return False
        if address.is_site_local:  # what fc00::/7 was called before RFC 3879; Python takes it for public
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def checked(url: str) -> str:
    """An address a person typed, as it will be asked for. Raises `CannotRead` when no feed can be there."""
    url = url.strip()
    if url.lower().startswith("webcal://"):
        url = "https://" + url[9:]
    _parts(url)
    return url


def fetch(url: str, asked: Asked = Asked(), allowed: Callable[[IPAddress], bool] = is_public) -> Fetched:
    """What stands at `url`. Raises `CannotRead` with the reason when it cannot be had.

    `allowed` says which addresses may be connected to. It is an argument, not a setting: only a test can hand in another.
    """
    with _alarm(WHOLE) as watch:
        for _ in range(MOST_REDIRECTS + 1):
            parts = _parts(url)
            status, headers, content = _ask(parts, asked, allowed, watch)
            if status not in _REDIRECTS:
                return _answer(parts, status, headers, content)
            url = _onward(url, headers.get("location", ""))
    raise CannotRead("too_many_redirects", most=MOST_REDIRECTS)


def _onward(url: str, location: str) -> str:
    """Where a redirect leads; what is no address raises `CannotRead` as one that a person typed would."""
    try:
        return urljoin(url, location)
    except ValueError as error:
        raise CannotRead("address_wrong") from error


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise CannotRead("address_wrong") from error
    if parts.scheme not in {"http", "https"}:
        raise CannotRead("not_http")
    # A name and password before the host is how addresses are made to look like others.
    if not parts.hostname or parts.username or parts.password or len(url) > 500 or not _HOST.fullmatch(_ascii(parts)):
        raise CannotRead("address_wrong")
    if port is not None and port not in _PORTS and port < 1024:
        raise CannotRead("port_not_allowed", port=port)
    return parts


def _ascii(parts: SplitResult) -> str:
    try:
        return (parts.hostname or "").encode("idna").decode()
    except UnicodeError as error:
        raise CannotRead("address_wrong") from error


class _Watch:
    """Ends a connection that takes too long, from outside: a socket's own limit starts anew with every byte."""

    def __init__(self) -> None:
        self.over = False
        self.connection: socket.socket | None = None

    def stop(self) -> None:
        self.over = True
        if self.connection is not None:
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)


@contextmanager
def _alarm(seconds: float) -> Iterator[_Watch]:
    watch = _Watch()
    timer = threading.Timer(seconds, watch.stop)
    timer.daemon = True
    timer.start()
    try:
        yield watch
    finally:
        timer.cancel()


def _ask(
    parts: SplitResult, asked: Asked, allowed: Callable[[IPAddress], bool], watch: _Watch
) -> tuple[int, dict[str, str], bytes]:
    """One question and its answer: status, headers by name in lower case, content. No redirect is followed here."""
    host = _ascii(parts)
    try:
        connection = _connected(host, parts, allowed, watch)
        try:
            answer = _exchange(connection, parts, asked)
            # A connection that was ended from outside reads as one that came to its end.
            if watch.over:
                raise TimeoutError
            return answer
        finally:
            connection.close()
    except ssl.SSLCertVerificationError as error:
        raise CannotRead("not_trusted", host=host) from error
    except (OSError, http.client.HTTPException) as error:
        if watch.over or isinstance(error, TimeoutError):
            raise CannotRead("answered_slowly", host=host) from error
        code = "answer_broken" if isinstance(error, http.client.HTTPException) else "not_reachable"
        raise CannotRead(code, host=host) from error


def _connected(
    host: str, parts: SplitResult, allowed: Callable[[IPAddress], bool], watch: _Watch
) -> http.client.HTTPConnection:
    """A connection to an address that was checked. Every address of the name must be allowed, or none is used."""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise CannotRead("host_unknown", host=host) from error
    addresses = list(dict.fromkeys(str(each[4][0]).partition("%")[0] for each in found))
    if not all(allowed(ipaddress.ip_address(address)) for address in addresses):
        raise CannotRead("not_public", host=host)
    wire = _first_that_answers(addresses, port)
    watch.connection = wire
    if watch.over:
        raise TimeoutError
    connection = http.client.HTTPConnection(host, port, timeout=CONNECT)
    if parts.scheme == "https":
        wire = ssl.create_default_context().wrap_socket(wire, server_hostname=host)
        watch.connection = wire
    connection.sock = wire
    return connection


def _first_that_answers(addresses: list[str], port: int) -> socket.socket:
    last: OSError | None = None
    for address in addresses[:4]:
        try:
            return socket.create_connection((address, port), timeout=CONNECT)
        except OSError as error:
            last = error
    raise last or OSError("no address")


def _exchange(
    connection: http.client.HTTPConnection, parts: SplitResult, asked: Asked
) -> tuple[int, dict[str, str], bytes]:
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._") + (
        "?" + quote(parts.query, safe="/%:@!$&'()*+,;=~-._?") if parts.query else ""
    )
    headers = {
        "User-Agent": _AGENT,
        "Accept": "text/calendar, application/json, text/csv, */*;q=0.5",
        "Accept-Encoding": "identity",
        "Connection": "close",
    }
    if asked.etag:
        headers["If-None-Match"] = asked.etag
    if asked.last_modified:
        headers["If-Modified-Since"] = asked.last_modified
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    told = {name.lower(): value for name, value in answer.getheaders()}
    if answer.status != http.HTTPStatus.OK:
        return answer.status, told, b""  # a redirect's or an error's page is for people, and is left unread
    # One byte more than is allowed tells that there is more; what a header says of the length is not believed.
    content = answer.read(LARGEST_FILE + 1)
    if answer.length and len(content) <= LARGEST_FILE:
        raise http.client.IncompleteRead(content, answer.length)
    return answer.status, told, content


def _answer(parts: SplitResult, status: int, headers: dict[str, str], content: bytes) -> Fetched:
    host = parts.hostname or ""
    if status == http.HTTPStatus.NOT_MODIFIED:
        return Fetched(None)
    if status in {401, 403, 407, 451}:
        raise CannotRead("not_allowed_there", host=host, status=status)
    if status in {404, 410}:
        raise CannotRead("not_found", host=host, status=status)
    if status != http.HTTPStatus.OK:
        raise CannotRead("answered_with", host=host, status=status)
    if headers.get("content-encoding", "identity").lower() not in {"", "identity"}:
        content = _unpacked(content, host)
    if len(content) > LARGEST_FILE:
        raise CannotRead("too_large", megabytes=LARGEST_FILE // 1024 // 1024)
    return Fetched(content, _plain(headers.get("etag", ""))[:200], _plain(headers.get("last-modified", ""))[:60])


def _plain(tag: str) -> str:
    """What is kept to ask with next time. A server may write anything there; a database takes no NUL, a header no line end."""
    return "".join(letter for letter in tag if letter.isprintable())


def _unpacked(content: bytes, host: str) -> bytes:
    """Some servers pack although they were asked not to; a bomb is cut where it grows beyond what is allowed."""
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(content, LARGEST_FILE + 1)
    except zlib.error as error:
        raise CannotRead("answer_broken", host=host) from error
