"""Health, the local mailbox, static files and the texts: small doors with rules of their own."""

import gzip
import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from flask import Flask

from engage import worker
from engage.app import create_app
from engage.base.clock import utc_now
from engage.base.config import City, Settings
from engage.base.db import db
from engage.channels.mail import mailbox
from tests.town import Town
from tests.web.conftest import Visitor, browser, read
from tests.web.page import parse


@pytest.fixture
def mails(app: Flask, town: Town, settings: Settings) -> Iterator[str]:
    """A sign-up whose mail was delivered into the local mailbox; the address it went to."""
    for path in mailbox(settings).glob("*.eml"):
        path.unlink()
    town.signed_up(town.occurrence(), email="mails@example.org")
    assert worker.deliver(utc_now()) == 2
    yield "mails@example.org"
    for path in mailbox(settings).glob("*.eml"):
        path.unlink()


def test_health_is_ok_when_a_sign_up_would_be_taken(visitor: Visitor) -> None:
    answer = visitor.client.get("/healthz")
    assert (answer.status_code, answer.text, answer.headers["Cache-Control"]) == (200, "ok\n", "no-store")


def test_health_is_503_when_the_database_is_away_and_other_pages_say_sorry(app: Flask, settings: Settings) -> None:
    away = create_app(replace(settings, database_url="postgresql+psycopg://nobody@127.0.0.1:1/nothing"))
    client = browser(away)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.text) == (503, "not ready\n")
    page = read(client.get("/aktiviteter"), 500)
    assert page.one("html").get("lang") == "da" and page.all("a", href="tel:12345678")
    assert client.get("/privatliv").status_code == 200
    with away.app_context():
        db.engine.dispose()


def test_the_mailbox_shows_mails_with_their_link_and_calendar(visitor: Visitor, mails: str) -> None:
    page = visitor.get("/dev/mailbox")
    rows = page.one("table").one("tbody").all("tr")
    assert len(rows) == 2
    links = [row.one("a").get("href") for row in rows]
    newest = visitor.get(links[0])
    assert mails in newest.text
    html_url = newest.one("iframe").get("src")
    assert newest.one("iframe").has("sandbox")
    html = visitor.client.get(html_url)
    assert "script-src" not in html.headers["Content-Security-Policy"]
    assert "default-src 'none'" in html.headers["Content-Security-Policy"]
    parse(html.text)
    (attached,) = [link.get("href") for link in newest.all("a") if "/attachment/" in link.get("href")]
    assert visitor.client.get(attached).text.startswith("BEGIN:VCALENDAR")
    visitor.get(attached.rpartition("/")[0] + "/9", status=404)
    assert "/bekraeft/" in visitor.get(links[1]).one("pre").text


def test_the_mailbox_is_for_the_machine_itself(visitor: Visitor, mails: str) -> None:
    link = visitor.get("/dev/mailbox").one("table").all("a")[0].get("href")
    for path in ("/dev/mailbox", link, link + "/html", link + "/attachment/0"):
        for name in ("X-Forwarded-For", "Forwarded"):
            assert visitor.client.get(path, headers={name: "for=127.0.0.1"}).status_code == 404, path
        for elsewhere in ("192.168.1.5", "10.0.0.1", "203.0.113.9", "::2"):
            answer = visitor.client.get(path, environ_overrides={"REMOTE_ADDR": elsewhere})
            assert answer.status_code == 404, path


@pytest.mark.parametrize("name", ["..", "../../secret", "%2e%2e%2fsecret", "x", "%00", "....//x"])
def test_the_mailbox_shows_nothing_but_mails(visitor: Visitor, mails: str, name: str) -> None:
    for path in (f"/dev/mailbox/{name}", f"/dev/mailbox/{name}/html"):
        assert visitor.client.get(path, follow_redirects=True).status_code == 404


def test_outside_the_development_mode_there_is_no_mailbox(app: Flask, settings: Settings) -> None:
    city = create_app(replace(settings, development=False))
    assert browser(city).get("/dev/mailbox").status_code == 404
    with city.app_context():
        db.engine.dispose()


def test_static_files_are_for_ever_and_small(visitor: Visitor) -> None:
    page = visitor.get("/")
    files = {each.get("href") or each.get("src") for each in page if each.tag in {"link", "script"}}
    files = {path for path in files if path.startswith("/static/")}
    assert len(files) >= 6
    for path in files:
        plain = visitor.client.get(path)
        packed = visitor.client.get(path, headers={"Accept-Encoding": "gzip"})
        assert plain.status_code == 200
        assert plain.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert re.search(r"-[0-9a-f]{12}\.", path)
        if not path.endswith(".woff2"):
            assert packed.headers["Content-Encoding"] == "gzip", path
            assert gzip.decompress(packed.data) == plain.data
        assert "Set-Cookie" not in plain.headers


@pytest.mark.parametrize(
    "name", ["../assets.py", "..%2f..%2fassets.py", "%2e%2e/%2e%2e/app.py", "/etc/passwd", "....//app.py", "dkfds/../../..", ""]
)  # fmt: skip
def test_nothing_outside_the_folder_is_served(visitor: Visitor, name: str) -> None:
    answer = visitor.client.get(f"/static/{name}", follow_redirects=True)
    assert answer.status_code == 404
    assert "import" not in answer.text


def test_the_theme_has_the_city_s_colours_and_those_of_every_goal(visitor: Visitor, settings: Settings) -> None:
    answer = visitor.client.get("/theme.css")
    assert answer.mimetype == "text/css"
    assert settings.city.theme["action"] in answer.text
    assert {int(number) for number in re.findall(r"\.sdg-(\d+)\{", answer.text)} == set(range(1, 18))


def test_a_city_file_cannot_break_out_of_the_theme(app: Flask, settings: Settings) -> None:
    theme = {**settings.city.theme, "ink": "red;}body{display:none", "x": "</style><script>"}
    odd = create_app(replace(settings, city=City({**settings.city.facts, "theme": theme})))
    text = browser(odd).get("/theme.css").text
    assert "display" not in text and "script" not in text
    with odd.app_context():
        db.engine.dispose()


def test_the_short_address_leads_to_the_accessibility_statement(visitor: Visitor) -> None:
    assert visitor.client.get("/was").location == "/tilgaengelighed"


def test_the_short_address_leads_to_the_published_statement_when_there_is_one(app: Flask, settings: Settings) -> None:
    there = "https://www.was.digst.dk/example"
    city = City({**settings.city.facts, "accessibility": {"statement_url": there}})
    published = create_app(replace(settings, city=city))
    assert browser(published).get("/was").location == there
    with published.app_context():
        db.engine.dispose()


def test_machines_are_told_where_not_to_look(visitor: Visitor) -> None:
    answer = visitor.client.get("/robots.txt")
    assert answer.mimetype == "text/plain"
    assert "Disallow: /chat" in answer.text.splitlines()


def test_privacy_names_who_answers_and_for_how_long(visitor: Visitor, settings: Settings) -> None:
    text = visitor.get("/privatliv").text
    assert settings.city.controller in text
    for days in (settings.city.keep_sign_ups, settings.city.keep_talks, settings.city.keep_messages):
        assert str(days.days) in text


def test_privacy_tells_who_has_an_account_what_is_kept_of_them(
    visitor: Visitor, settings: Settings, set_settings: Callable[..., None]
) -> None:
    periods = {**settings.city.facts["retention"], "closed_account_days": 777, "audit_days": 888}
    set_settings(city=City({**settings.city.facts, "retention": periods}))
    page = visitor.get("/privatliv")
    assert page.all("h2", id="konto") and "777" in page.text and "888" in page.text
    without = page.text
    set_settings(oidc_issuer="https://login.example", oidc_client_id="a", oidc_client_secret="b")
    assert len(visitor.get("/privatliv").text) > len(without), "what the directory tells is named where there is one"
