"""The language of a page: chosen by an address, remembered by a cookie, and told to those who listen."""

import pytest

from tests.town import Town
from tests.web.conftest import Visitor, address

PAGES = ("/", "/aktiviteter", "/chat", "/privatliv", "/tilgaengelighed", "/kontakt")


def test_the_city_s_own_language_comes_first(visitor: Visitor) -> None:
    answer = visitor.client.get("/", headers={"Accept-Language": "de"})
    assert answer.headers["Content-Language"] == "da"
    assert "language=" not in answer.headers.get("Set-Cookie", "")


@pytest.mark.parametrize("language", ["en", "de", "da"])
def test_a_chosen_language_is_spoken_and_remembered(visitor: Visitor, language: str) -> None:
    for path in PAGES:
        page = visitor.get(f"{path}?lang={language}")
        assert page.one("html").get("lang") == language
    for path in PAGES:
        answer = visitor.client.get(path)
        assert answer.headers["Content-Language"] == language
        assert visitor.get(path).one("html").get("lang") == language


def test_a_language_the_city_does_not_have_is_passed_over(visitor: Visitor) -> None:
    visitor.get("/?lang=de")
    for wrong in ("fr", "", "../da", "DE", "de-DE"):
        assert visitor.get("/", query_string={"lang": wrong}).one("html").get("lang") == "de"
    visitor.client.set_cookie("language", "xx")
    assert visitor.get("/").one("html").get("lang") == "da"


def test_the_switch_leads_to_the_same_page_with_the_same_filters(town: Town, visitor: Visitor) -> None:
    town.occurrence()
    page = visitor.get("/aktiviteter?kind=learning&q=klima&lang=da")
    links = page.one("nav", class_="languages").all("a")
    assert [link.get("hreflang") for link in links] == ["da", "en", "de"]
    assert [link.get("lang") for link in links] == ["da", "en", "de"]
    for link in links:
        there = visitor.get(link.get("href"))
        assert there.one("html").get("lang") == link.get("hreflang")
        assert there.one("input", id="q").get("value") == "klima"
        assert there.one("input", name="kind", value="learning").has("checked")
        (current,) = there.one("nav", class_="languages").all("a", aria_current="true")
        assert current.get("hreflang") == link.get("hreflang")


def test_every_language_says_it_differently(town: Town, visitor: Visitor) -> None:
    date = town.occurrence()
    for path in (*PAGES, address(date), "/nothing-is-here"):
        status = 404 if path == "/nothing-is-here" else 200
        words = {visitor.get(f"{path}?lang={code}", status=status).one("main").text for code in ("da", "en", "de")}
        assert len(words) == 3, path


def test_a_text_there_is_in_the_language_asked_for_is_not_marked(town: Town, visitor: Visitor) -> None:
    activity = town.activity(texts={"da": "Havets dag", "de": "Tag des Meeres"})
    date = town.occurrence(activity)
    for code, title in (("da", "Havets dag"), ("de", "Tag des Meeres"), ("en", "Havets dag")):
        heading = visitor.get(f"{address(date)}?lang={code}").one("h1")
        assert heading.text == title
        assert heading.get("lang") == ("da" if code == "en" else "")


def test_refusals_speak_the_language_of_their_reader(visitor: Visitor) -> None:
    words = set()
    for code in ("da", "en", "de"):
        visitor.get(f"/?lang={code}")
        answer = visitor.client.post("/chat", data={"text": "hej"})
        assert answer.status_code == 400
        assert f'<html lang="{code}">' in answer.text
        words.add(visitor.client.post("/chat", data={"text": "x" * 300_000}).text.split("<h1>")[1].split("</h1>")[0])
    assert len(words) == 3


def test_the_language_cookie_is_kept_for_a_year_away_from_scripts(visitor: Visitor) -> None:
    cookie = visitor.client.get("/?lang=en").headers["Set-Cookie"]
    assert "language=en" in cookie
    for flag in ("Max-Age=31536000", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert flag in cookie
