"""Fetching: never from inside the house, never more or longer than allowed, and with the reason in words."""

import gzip
import ipaddress
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from engage.activities.importing import fetching
from engage.activities.importing.events import CannotRead
from engage.activities.importing.fetching import Asked, Fetched

LOOPBACK = ipaddress.ip_network("127.0.0.0/8")


def loopback_too(address: fetching.IPAddress) -> bool:
    """What only a test may hand in: there is no setting for it."""
    return address in LOOPBACK or fetching.is_public(address)


Answer = Callable[[BaseHTTPRequestHandler], None]


@pytest.fixture
def serve() -> Iterator[Callable[[dict[str, Answer]], str]]:
    """A web server on loopback: `serve({"/path": answer})` is its address."""
    servers: list[ThreadingHTTPServer] = []

    def start(answers: dict[str, Answer]) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                answers[self.path.partition("?")[0]](self)

            def log_message(self, *_: Any) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return f"http://127.0.0.1:{server.server_address[1]}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def says(status: int, content: bytes = b"", **headers: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(content)

    return answer


def fetch(url: str, asked: Asked | None = None) -> Fetched:
    return fetching.fetch(url, asked or Asked(), loopback_too)


def refused(url: str, allowed: Callable[[fetching.IPAddress], bool] = loopback_too) -> str:
    with pytest.raises(CannotRead) as error:
        fetching.fetch(url, allowed=allowed)
    return error.value.note.code


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "192.0.2.1", "198.18.0.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fc00::1",
        "fd12:3456::1", "ff02::1", "2001:db8::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1",
        "64:ff9b::a00:1", "fec0::1", "2002:7f00:1::", "2002:a00:1::1", "2001:0:7f00:1::", "::127.0.0.1",
    ],
)  # fmt: skip
def test_no_address_of_a_house_a_group_or_a_carrier_is_public(address: str) -> None:
    assert not fetching.is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "2a01:4f8::1", "::ffff:8.8.8.8"])
def test_an_address_of_the_public_net_is(address: str) -> None:
    assert fetching.is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("file:///etc/passwd", "not_http"), ("ftp://example.org/a", "not_http"), ("gopher://example.org", "not_http"), ("javascript:alert(1)", "not_http"),
        ("example.org/a.ics", "not_http"), ("http://", "address_wrong"), ("http://user:pass@example.org/", "address_wrong"),
        ("http://example.org\\@127.0.0.1/", "address_wrong"), ("http://exa mple.org/", "address_wrong"), ("http://example.org:99999/", "address_wrong"),
        ("http://[::1/", "address_wrong"), ("http://example.org:25/", "port_not_allowed"), ("http://example.org:22/", "port_not_allowed"),
        ("https://" + "a" * 600 + ".org", "address_wrong"),
    ],
)  # fmt: skip
def test_an_address_that_is_none_is_refused_before_anything_is_asked(url: str, reason: str) -> None:
    assert refused(url) == reason


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "http://localhost/", "http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/", "http://127.1/", "http://0/",
        "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://10.0.0.1/", "http://169.254.169.254/latest/meta-data/", "http://[fe80::1]/",
        "https://192.168.0.1:8443/", "http://[64:ff9b::7f00:1]/",
    ],
)  # fmt: skip
def test_the_house_is_not_read_however_its_address_is_written(url: str) -> None:
    assert refused(url, fetching.is_public) in {"not_public", "host_unknown"}


def test_a_name_that_has_one_private_address_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(2, 1, 6, "", ("93.184.216.34", 80)), (2, 1, 6, "", ("10.0.0.1", 80))]
    monkeypatch.setattr(fetching.socket, "getaddrinfo", lambda *_, **__: found)
    assert refused("http://two-faced.example/", fetching.is_public) == "not_public"


def test_the_connection_goes_to_the_address_that_was_checked(serve: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    base = serve({"/": says(200, b"BEGIN:VCALENDAR")})
    port = int(base.rsplit(":", 1)[1])
    asked: list[str] = []

    def resolve(host: str, *_: Any, **__: Any) -> Any:
        asked.append(host)
        return [(2, 1, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(fetching.socket, "getaddrinfo", resolve)
    assert fetch(f"http://calendar.example:{port}/").content == b"BEGIN:VCALENDAR"
    # Asked once by name, and then only for the address itself: nothing can be answered otherwise in between.
    assert asked.count("calendar.example") == 1


def test_a_calendar_is_fetched_with_what_to_ask_with_next_time(serve: Any) -> None:
    seen: list[dict[str, str]] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        seen.append(dict(handler.headers))
        fresh = handler.headers.get("If-None-Match") != '"7"'
        says(
            200 if fresh else 304,
            b"BEGIN:VCALENDAR" if fresh else b"",
            ETag='"7"',
            Last_Modified="Wed, 04 Mar 2026 09:00:00 GMT",
        )(handler)

    url = serve({"/a b.ics": answer, "/a%20b.ics": answer}) + "/a b.ics?x=ø"
    first = fetch(url)
    assert first == Fetched(b"BEGIN:VCALENDAR", '"7"', "Wed, 04 Mar 2026 09:00:00 GMT")
    assert fetch(url, Asked(first.etag, first.last_modified)).content is None
    assert seen[1]["If-Modified-Since"] == "Wed, 04 Mar 2026 09:00:00 GMT"


def test_redirects_are_followed_three_times_and_checked_each_time(serve: Any) -> None:
    base = serve(
        {
            "/1": says(302, Location="/2"), "/2": says(301, Location="/3"), "/3": says(307, Location="/end"), "/end": says(200, b"[]"),
            "/loop": says(302, Location="/loop"), "/inside": says(302, Location="http://10.0.0.1/"), "/file": says(302, Location="file:///etc/passwd"),
            "/nowhere": says(302),
        }
    )  # fmt: skip
    assert fetch(f"{base}/1").content == b"[]"
    assert refused(f"{base}/loop") == "too_many_redirects"
    assert refused(f"{base}/inside") == "not_public"
    assert refused(f"{base}/file") == "not_http"
    assert refused(f"{base}/nowhere") == "too_many_redirects"


def page(status: int, **headers: str) -> Answer:
    """An answer with a page for people and its length, as the usual web servers give with everything."""
    return says(status, b"<html>Moved, or gone</html>", Content_Length="27", **headers)


def test_a_redirect_with_a_page_for_people_is_followed_and_an_error_with_one_is_told(serve: Any) -> None:
    base = serve(
        {"/old": page(301, Location="/new"), "/new": says(200, b"[]"), "/gone": page(404), "/broken": page(500)}
    )
    assert fetch(f"{base}/old").content == b"[]"
    assert refused(f"{base}/gone") == "not_found"
    assert refused(f"{base}/broken") == "answered_with"


@pytest.mark.parametrize("location", ["http://[", "//[::1", "http://example.org:port/", "http://ex\tample.org\\@[/"])
def test_a_redirect_to_what_is_no_address_is_refused(serve: Any, location: str) -> None:
    assert refused(serve({"/": says(302, Location=location)}) + "/") == "address_wrong"


def test_a_tag_with_letters_no_database_keeps_is_not_kept(serve: Any) -> None:
    assert fetch(serve({"/": says(200, b"[]", ETag='"a\x01b\x00c"', Last_Modified="\x00now")}) + "/").etag == '"abc"'


@pytest.mark.parametrize(
    ("status", "reason"), [(404, "not_found"), (410, "not_found"), (401, "not_allowed_there"), (403, "not_allowed_there"), (500, "answered_with"), (204, "answered_with")]
)  # fmt: skip
def test_an_error_of_theirs_is_told_in_words(serve: Any, status: int, reason: str) -> None:
    assert refused(serve({"/": says(status)}) + "/") == reason


def test_more_than_five_megabytes_are_not_read_packed_or_not(serve: Any) -> None:
    large = b"x" * (fetching.LARGEST_FILE + 1000)
    base = serve({"/plain": says(200, large), "/packed": says(200, gzip.compress(large * 4), Content_Encoding="gzip"), "/small": says(200, gzip.compress(b"[]"), Content_Encoding="gzip"), "/broken": says(200, b"not gzip", Content_Encoding="gzip")})  # fmt: skip
    assert refused(f"{base}/plain") == "too_large"
    assert refused(f"{base}/packed") == "too_large"
    assert fetch(f"{base}/small").content == b"[]"
    assert refused(f"{base}/broken") == "answer_broken"


def test_a_server_that_sends_a_byte_now_and_then_is_left(serve: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "WHOLE", 0.3)
    gone = threading.Event()

    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.0 200 OK\r\n")
        while not gone.wait(0.05):
            try:
                handler.wfile.write(b"X-More: 1\r\n")
                handler.wfile.flush()
            except OSError:
                return

    try:
        assert refused(serve({"/": drip}) + "/") == "answered_slowly"
    finally:
        gone.set()


def test_nobody_there_and_no_such_name_are_told(serve: Any) -> None:
    closed = serve({})
    assert refused("http://127.0.0.1:1025/") == "not_reachable"
    assert refused("http://does-not-exist.invalid/") == "host_unknown"
    assert closed


def test_a_certificate_that_is_not_valid_is_not_believed(serve: Any) -> None:
    base = serve({"/": says(200)})
    assert refused(base.replace("http:", "https:") + "/") in {"not_reachable", "not_trusted"}


def test_a_calendar_subscription_is_an_https_address() -> None:
    assert fetching.checked(" webcal://example.org/a.ics ") == "https://example.org/a.ics"
