"""The chat's page as plain forms, and the parts of it that a script asks for."""

from collections.abc import Callable

from flask import Flask

from engage.base.db import db
from engage.base.message import Message
from engage.channels.webchat import WebchatLine
from engage.registrations import Registration
from tests.town import Town
from tests.web.conftest import Visitor, browser
from tests.web.page import Element, parse

Change = Callable[..., None]


def lines(page: Element) -> list[str]:
    return [line.text for line in page.all("div", class_="line")]


def actions(page: Element) -> list[str]:
    return [button.get("value") for button in page.all("button", name="action")]


def write(visitor: Visitor, text: str = "", **fields: str) -> Element:
    """Send the composer as a browser without JavaScript does, and follow it back to the page."""
    answer = visitor.send("/chat", {"text": text, **fields}, status=303)
    assert answer.location == "/chat#write"
    return visitor.get("/chat")


def test_the_first_visit_is_greeted_and_the_second_finds_the_same_talk(visitor: Visitor) -> None:
    first = lines(visitor.get("/chat"))
    assert len(first) == 1 and lines(visitor.get("/chat")) == first


def test_everybody_has_a_talk_of_their_own(app: Flask, visitor: Visitor) -> None:
    write(visitor, "jeg er hemmelig")
    assert "hemmelig" not in Visitor(browser(app)).get("/chat").text


def test_what_is_written_and_answered_stands_on_the_page(town: Town, visitor: Visitor) -> None:
    date = town.occurrence()
    page = write(visitor, "noget om klima")
    assert "noget om klima" in lines(page)[1] and "Klimacafé" in lines(page)[2]
    assert f"sign_up:start:{date.public_id}" in actions(page)


def test_only_the_city_s_last_line_has_buttons(town: Town, visitor: Visitor) -> None:
    town.occurrence()
    write(visitor, "noget om klima")
    page = write(visitor, "hjælp")
    last = page.all("div", class_="line")[-1]
    assert actions(page) == actions(last) != []


def test_a_pressed_button_is_shown_by_its_words(visitor: Visitor) -> None:
    button = visitor.get("/chat").all("button", name="action")[0]
    page = write(visitor, action=button.get("value"))
    assert button.text in lines(page)[1]


def test_a_made_up_button_is_answered_and_shows_nothing_of_itself(visitor: Visitor) -> None:
    page = write(visitor, action="<script>alert(1)</script>")
    assert "alert" not in page.one("main").text


def test_markup_in_a_line_stays_text(visitor: Visitor) -> None:
    page = write(visitor, "<img src=x onerror=alert(1)> & <b>")
    assert "<img src=x onerror=alert(1)> & <b>" in lines(page)[1]
    assert not page.one("main").all("img")


def test_nothing_written_is_nothing_said(visitor: Visitor) -> None:
    assert len(lines(write(visitor, "   "))) == 1


def test_a_script_gets_the_new_lines_alone(visitor: Visitor) -> None:
    page = visitor.get("/chat")
    last = page.one("div", role="log").get("data-last-id")
    answer = visitor.send("/chat", {"text": "hjælp", "after": last}, status=200, headers={"X-Requested-With": "fetch"})
    fresh = parse(answer.text)
    assert not fresh.all("html") and len(lines(fresh)) >= 2
    assert int(fresh.one("span", data_chat_state="").get("data-last-id")) > int(last)
    assert visitor.get(fresh.one("span", data_chat_state="").get("data-after-url")).all("div", class_="line") == []


def test_the_drawer_is_the_talk_without_a_page_around_it(visitor: Visitor) -> None:
    page = visitor.get("/chat?drawer=1")
    assert not page.all("html") and not page.all("h1")
    assert page.one("form", class_="composer").fields()["csrf_token"]


def test_a_line_number_that_cannot_be_one_is_passed_over(visitor: Visitor) -> None:
    visitor.get("/chat")
    for after in ("9" * 3000, "-1", "²", "x", "", "999999999999"):
        assert visitor.client.get("/chat/lines", query_string={"after": after}).status_code == 200
        visitor.send("/chat", {"text": "hej", "after": after * 2}, status=200, headers={"X-Requested-With": "fetch"})


def test_who_asks_to_be_forgotten_leaves_only_the_last_words(town: Town, visitor: Visitor) -> None:
    date = town.occurrence()
    write(visitor, action=f"sign_up:start:{date.public_id}")
    for words in ("2", "Anna Holm", "anna@example.org"):
        page = write(visitor, words)
    (confirm,) = [action for action in actions(page) if action.startswith("sign_up:confirm")]
    write(visitor, action=confirm)
    page = write(visitor, "slet mine data")
    (button,) = [each for each in page.all("button", name="action") if each.get("value").startswith("privacy:forget")]
    page = write(visitor, action=button.get("value"))
    assert len(lines(page)) == 2 and button.text in lines(page)[0]
    db.session.expire_all()
    kept = str([Message.from_json(line.message) for line in db.session.query(WebchatLine)])
    assert "Anna" not in kept and "anna@example.org" not in kept
    assert [each.name for each in db.session.query(Registration)] in ([], [None])


def test_a_whole_sign_up_by_plain_forms_is_kept_by_the_web_channel(town: Town, visitor: Visitor) -> None:
    date = town.occurrence()
    write(visitor, action=f"sign_up:start:{date.public_id}")
    for words in ("2", "Anna Holm", "anna@example.org", "ja"):
        write(visitor, words)
    db.session.expire_all()
    registration = db.session.query(Registration).one()
    assert (registration.channel, registration.seats, registration.client is not None) == ("webchat", 2, True)
