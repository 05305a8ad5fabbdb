"""What protects every page: headers, cookies, forms, sizes and rates. Each is tried on every address there is."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

import engage.web
from engage.app import create_app
from engage.base.config import Settings
from engage.base.db import db
from engage.registrations import Registration
from tests.town import Town
from tests.web.conftest import Visitor, address, browser, read
from tests.web.page import Element, parse

TEMPLATES = Path(engage.web.__file__).parent / "templates"
Change = Callable[..., None]


@pytest.fixture
def addresses(town: Town, confirm_path: str) -> list[str]:
    """One address of every kind of page."""
    date = town.occurrence()
    town.signed_up(date)
    return [
        "/", "/aktiviteter", "/aktiviteter?q=klima&kind=learning", "/aktiviteter?q=findesikke", address(date),
        address(date) + "/kalender.ics", confirm_path, "/bekraeft/x", "/chat", "/chat?drawer=1", "/chat/lines",
        "/privatliv", "/tilgaengelighed", "/kontakt", "/healthz", "/robots.txt", "/theme.css", "/was", "/frivillig",
        "/dev/mailbox", "/findes-ikke", "/static/findes-ikke.css",
    ]  # fmt: skip


@pytest.fixture
def encrypted(app: Flask, settings: Settings) -> Iterator[Visitor]:
    """A visitor of an installation behind TLS."""
    secure = create_app(replace(settings, base_url="https://laering.example.org"))
    yield Visitor(browser(secure))
    with secure.app_context():
        db.engine.dispose()


def test_every_answer_carries_the_headers(visitor: Visitor, addresses: list[str]) -> None:
    answers = [visitor.client.get(path) for path in addresses]
    answers += [visitor.client.post("/chat"), visitor.client.put("/"), visitor.client.delete("/aktiviteter")]
    for answer in answers:
        headers = answer.headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy and "*" not in policy and "http:" not in policy
        assert "frame-ancestors" in policy and "form-action 'self'" in policy and "base-uri 'none'" in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert "Permissions-Policy" in headers
        assert "Strict-Transport-Security" not in headers, "there is no TLS to insist on"


def no_inline(page: Element) -> None:
    for each in page:
        assert each.tag != "style" and not each.has("style"), each
        assert not [name for name in each.attributes if name.startswith("on")], each
        assert not each.get("href").lower().startswith("javascript:"), each
        if each.tag == "script":
            assert each.get("type") == "application/ld+json" or not each.text, each
        for name in ("src", "href", "action", "formaction", "data", "poster", "srcset"):
            if each.tag in {"script", "link", "img", "iframe", "form", "use", "source", "button"}:
                assert "//" not in each.get(name), f"<{each.tag}> asks another host: {each.get(name)}"


def test_no_page_has_inline_script_or_style_or_asks_another_host(visitor: Visitor, addresses: list[str]) -> None:
    looked = 0
    for path in addresses:
        answer = visitor.client.get(path)
        if answer.mimetype == "text/html" and not answer.location:
            no_inline(parse(answer.text))
            looked += 1
    assert looked > 12


def test_no_template_has_inline_script_or_style() -> None:
    found = list(TEMPLATES.rglob("*.html"))
    assert len(found) > 15
    for path in found:
        text = path.read_text("utf-8").lower()
        assert " style=" not in text and "<style" not in text, path.name
        for name in ("onclick", "onload", "onerror", "onsubmit", "onchange", "oninput", "onkeydown"):
            assert f" {name}=" not in text, path.name


def test_ids_stand_once_and_what_points_to_an_id_finds_it(visitor: Visitor, addresses: list[str]) -> None:
    for path in addresses:
        answer = visitor.client.get(path)
        if answer.mimetype != "text/html" or answer.location:
            continue
        page = parse(answer.text)
        ids = [each.get("id") for each in page if each.get("id")]
        assert len(ids) == len(set(ids)), path
        whole = bool(page.all("html"))
        for each in page:
            for name in ("for", "aria-labelledby", "aria-describedby", "aria-controls"):
                for part in each.get(name).split():
                    assert part in ids, f"{path}: {name}={part}"
            if whole and each.tag == "a" and each.get("href").startswith("#"):
                assert each.get("href")[1:] in ids, f"{path}: {each.get('href')}"


def test_every_page_has_what_a_page_needs(visitor: Visitor, addresses: list[str]) -> None:
    titles = {}
    for path in addresses:
        answer = visitor.client.get(path)
        if answer.mimetype != "text/html" or answer.location or "<html" not in answer.text:
            continue
        page = parse(answer.text)
        assert len(page.all("h1")) == 1, path
        assert page.one("a", class_="skipnav").get("href") == "#" + page.one("main").get("id")
        assert page.one("title").text and page.one("meta", name="viewport")
        assert all(image.has("alt") for image in page.all("img"))
        titles[path] = page.one("title").text
        for field in [*page.all("input"), *page.all("select"), *page.all("textarea")]:
            if field.get("type") != "hidden":
                assert page.all("label", **{"for": field.get("id")}), f"{path}: {field.attributes} has no label"
    assert len(set(titles.values())) > len(titles) - 5


def test_a_form_without_its_token_is_refused_with_a_page_that_says_how_to_go_on(
    town: Town, visitor: Visitor, confirm_path: str
) -> None:
    date = town.occurrence()
    fields = {"name": "Anna", "email": "anna@example.org"}
    for path, data in ((address(date) + "/tilmeld", fields), (confirm_path, {}), ("/chat", {"text": "hej"})):
        for token in (None, "", "made up"):
            sent = data if token is None else {**data, "csrf_token": token}
            page = read(visitor.client.post(path, data=sent), 400)
            assert page.one("main").all("a", href="/aktiviteter")
    assert [each.verified_at for each in db.session.query(Registration)] == [None]


@pytest.mark.parametrize("room", ["organiser", "staff", "mine"])
def test_who_was_signed_out_meanwhile_is_told_and_no_page_breaks(visitor: Visitor, room: str) -> None:
    answer = visitor.client.post(f"/{room}/forslag/abc/taken_up")
    assert answer.status_code in {400, 404, 405}, answer.status_code
    assert answer.text.count("<h1>") == 1


def test_a_token_of_another_visitor_is_refused(app: Flask, town: Town, visitor: Visitor) -> None:
    date = town.occurrence()
    other = Visitor(browser(app)).get(address(date))
    (form,) = [form for form in other.all("form") if form.get("action").endswith("/tilmeld")]
    visitor.get(address(date))
    data = {**form.fields(), "name": "Anna", "email": "anna@example.org"}
    read(visitor.client.post(address(date) + "/tilmeld", data=data), 400)


def test_too_much_is_refused_with_a_page(visitor: Visitor) -> None:
    for path in ("/chat", "/aktiviteter/a/b/c/tilmeld", "/bekraeft/x"):
        read(visitor.client.post(path, data={"text": "x" * 300_000}), 413)
        read(visitor.client.post(path, data={str(number): "x" for number in range(500)}), 400)


def test_too_often_is_refused_with_a_page(town: Town, visitor: Visitor, set_settings: Change) -> None:
    set_settings(forms_per_client_minute=3)
    date = town.occurrence()
    path = address(date) + "/tilmeld"
    for _each in range(3):
        visitor.send(path, {"name": "", "email": ""}, status=422)
    answer = visitor.send(path, {"name": "", "email": ""}, status=429)
    assert parse(answer.text).one("h1").text
    assert visitor.get(address(date)), "reading goes on"


def test_a_flood_in_the_chat_is_refused_with_a_page(visitor: Visitor, set_settings: Change) -> None:
    set_settings(chat_per_person_minute=2)
    for _each in range(2):
        visitor.send("/chat", {"text": "hej"}, status=303)
    visitor.send("/chat", {"text": "hej"}, status=429)


@pytest.mark.parametrize("language", ["da", "en", "de"])
def test_a_missing_page_helps_in_every_language(visitor: Visitor, language: str) -> None:
    page = visitor.get(f"/findes/ikke?lang={language}", status=404)
    assert page.one("html").get("lang") == language
    assert page.one("main").all("a", href="/")


def test_a_wrong_method_is_a_page_too(visitor: Visitor) -> None:
    assert read(visitor.client.get("/aktiviteter/a/b/c/tilmeld"), 405).one("h1").text


def test_the_session_cookie_is_out_of_reach(visitor: Visitor) -> None:
    (cookie,) = [each for each in visitor.client.get("/chat").headers.getlist("Set-Cookie") if "engage=" in each]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Secure" not in cookie


def test_a_page_that_needs_no_cookie_sets_none(town: Town, visitor: Visitor) -> None:
    town.occurrence()
    for path in ("/", "/aktiviteter", "/privatliv", "/tilgaengelighed", "/findes-ikke"):
        assert "Set-Cookie" not in visitor.client.get(path).headers, path


def test_behind_tls_cookies_are_bound_to_it(encrypted: Visitor) -> None:
    answer = encrypted.client.get("/chat?lang=en", base_url="https://laering.example.org")
    cookies = answer.headers.getlist("Set-Cookie")
    assert len(cookies) == 2
    for cookie in cookies:
        assert "Secure" in cookie, cookie
    (session,) = [cookie for cookie in cookies if cookie.startswith("__Host-engage=")]
    assert "Path=/" in session and "Domain=" not in session
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")


def test_the_host_a_visitor_claims_is_put_into_no_link(town: Town, visitor: Visitor) -> None:
    date = town.occurrence()
    answer = visitor.client.get(address(date), headers={"Host": "evil.example"})
    assert "evil.example" not in answer.text
    assert "evil.example" not in visitor.client.get("/frivillig", headers={"Host": "evil.example"}).location


def test_long_answers_are_compressed_for_who_understands_it(visitor: Visitor) -> None:
    plain = visitor.client.get("/aktiviteter")
    packed = visitor.client.get("/aktiviteter", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert len(packed.data) < len(plain.data) / 3
