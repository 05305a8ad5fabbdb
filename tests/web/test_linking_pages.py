"""Linking a chat on the web's side: the code, the confirming, the letter from the chat, and unlinking."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from engage import dialog, people
from engage.base.clock import utc_now
from engage.base.db import db, transaction
from engage.base.telegram import TelegramSettings
from engage.channels.telegram import known
from engage.dialog import Incoming
from engage.dialog.models import Conversation
from engage.outbox import Letter
from engage.registrations import Registration, State
from tests.town import Town
from tests.web.coming_in import ANNA, come_in
from tests.web.conftest import Visitor, browser, letters, path_of
from tests.web.page import Element

HERE = "/mine/chat"


@pytest.fixture
def anna(app: Flask) -> Visitor:
    return come_in(app)


def say(text: str, identifier: str = "talk") -> str:
    with transaction():
        answers = dialog.handle(Incoming("webchat", identifier, text, language="da"), now=utc_now())
    return " ".join(paragraph for answer in answers for paragraph in answer.text)


def code(visitor: Visitor) -> str:
    visitor.submit(visitor.get(HERE), HERE, {}, status=303)
    return visitor.get(HERE).one("p", class_="own-code").text


def link(visitor: Visitor, identifier: str = "talk") -> None:
    say(code(visitor), identifier), say("ja", identifier)
    visitor.submit(visitor.get(HERE), HERE + "/ja", {}, status=303)


def chats(page: Element) -> list[str]:
    return [row.text for row in page.all("li", class_="row")]


def same_person() -> bool:
    db.session.expire_all()
    return people.person_at("webchat", "talk") == people.person_at("email", ANNA)


def test_the_code_is_written_in_the_chat_and_both_say_yes(anna: Visitor) -> None:
    words = code(anna)
    page = anna.get(HERE)
    assert page.one("img", class_="qr").get("src").startswith("data:image/svg+xml")
    assert "a•••@example.org" in say(words)
    assert not anna.get(HERE).all("form", action=HERE + "/ja"), "the chat has not said yes yet"
    say("ja")
    asked = anna.get(HERE)
    assert not same_person()
    anna.submit(asked, HERE + "/ja", {}, status=303)
    assert same_person() and len(chats(anna.get(HERE))) == 1
    count = len(letters())
    anna.send(HERE + "/ja", {}, status=303)
    assert len(letters()) == count


def test_the_chats_page_has_the_words_ready_and_says_nothing_by_itself(anna: Visitor) -> None:
    code(anna)
    (way,) = [each for each in anna.get(HERE).all("a", class_="button") if "/chat?say=" in each.get("href")]
    page = anna.get(path_of(way.get("href")))
    assert page.one("input", id="text").get("value").startswith("link ")
    assert db.session.query(Conversation).count() == 0


def test_who_never_saw_the_page_with_the_code_finds_it_with_the_way_to_the_bot_on_coming_back(
    anna: Visitor, set_settings: Callable[..., None]
) -> None:
    set_settings(telegram=TelegramSettings("7:abc"))
    with transaction():
        known.remember(7, "havnby_bot", inline=True, now=utc_now())
    anna.submit(anna.get(HERE), HERE, {}, status=303)  # and the server died before the page was there
    page = anna.get(HERE)
    shown = page.one("p", class_="own-code").text
    (way,) = [each.get("href") for each in page.all("a") if "t.me/" in each.get("href")]
    assert way.startswith("https://t.me/havnby_bot?start=l_")
    here = [form.get("action") for form in page.one("main").all("form") if HERE in form.get("action")]
    assert here == [f"{HERE}/nej"], "all there is to press, so whoever presses without looking gives it up"
    assert anna.get(HERE).one("p", class_="own-code").text == shown
    anna.submit(page, f"{HERE}/nej", {}, status=303)
    assert not [each for each in anna.get(HERE).all("a") if "t.me/" in each.get("href")]


def test_the_page_may_say_no(anna: Visitor) -> None:
    say(code(anna)), say("ja")
    anna.submit(anna.get(HERE), HERE + "/nej", {}, status=303)
    anna.send(HERE + "/ja", {}, status=303)
    assert not same_person() and chats(anna.get(HERE)) == []


def test_another_browser_of_the_same_person_neither_sees_the_code_nor_has_the_last_word(
    app: Flask, anna: Visitor
) -> None:
    words = code(anna)
    other = come_in(app)
    assert words not in other.get(HERE).text
    say(words), say("ja")
    other.send(HERE + "/ja", {}, status=303)
    assert not same_person()


def test_the_chat_in_this_browser_is_linked_with_one_more_press(anna: Visitor) -> None:
    assert not anna.get(HERE).all("form", action=HERE + "/her"), "there is no talk here yet"
    anna.send("/chat", {"text": "hej"}, status=303)
    anna.submit(anna.get(HERE), HERE + "/her", {}, status=303)
    anna.submit(anna.get(HERE), HERE + "/ja", {}, status=303)
    (talk,) = db.session.query(Conversation)
    assert talk.person_id == people.person_at("email", ANNA)


def test_what_was_signed_up_for_twice_is_shown_and_both_may_be_meant(town: Town, anna: Visitor) -> None:
    date = town.occurrence()
    first = town.signed_up(date, email=ANNA, seats=2)
    talk = people.find_or_create("webchat", "talk", language="da", now=utc_now())
    second = town.signed_up(date, email="bo@example.org", person_id=talk, channel="webchat")
    say(code(anna)), say("ja")
    page = anna.get(HERE)
    assert "Klimacafé" in page.one("ul", class_="own-doubles").text
    anna.submit(page, HERE + "/ja", {"together": first.public_id}, status=303)
    db.session.expire_all()
    assert db.session.get_one(Registration, first.id).seats == 3
    assert db.session.get_one(Registration, second.id).state == State.CANCELLED_BY_PERSON
    told = db.session.scalars(select(Letter).where(Letter.about.like("link:%"))).all()
    assert len(told) == 2
    for letter in told:
        assert any("Klimacafé" in words and "3" in words for words in letter.message["text"]), letter.channel


def test_unlinking_parts_them_and_ends_the_talk(anna: Visitor) -> None:
    link(anna)
    page = anna.get(HERE)
    (form,) = [each for each in page.all("form") if each.get("action").endswith("/fjern")]
    anna.submit(page, form.get("action"), {}, status=303)
    assert not same_person() and chats(anna.get(HERE)) == []
    assert db.session.query(Conversation).count() == 0


def test_nobody_unlinks_somebody_elses_chat(app: Flask, anna: Visitor) -> None:
    link(anna)
    (form,) = [each for each in anna.get(HERE).all("form") if each.get("action").endswith("/fjern")]
    come_in(app, "bo@example.org").send(form.get("action"), {}, status=409)
    assert same_person()


def asked_in_chat() -> str:
    say("link mig"), say(ANNA)
    return path_of(letters()[-1].message["buttons"][0]["url"])


def test_a_letter_asked_for_in_the_chat_says_what_is_linked_and_needs_a_button(app: Flask, visitor: Visitor) -> None:
    path = asked_in_chat()
    for _scanner in range(3):
        for method in ("GET", "HEAD", "OPTIONS"):
            assert Visitor(browser(app)).client.open(path, method=method).status_code == 200
    assert people.person_at("email", ANNA) is None
    page = visitor.get(path)
    assert ANNA in page.one("main").text
    visitor.submit(page, path, {}, status=303)
    assert same_person()
    assert visitor.client.get("/mine").status_code == 200, "who reads the letter has shown who they are"
    told = [each for each in letters() if each.addresses[0] == {"channel": "webchat", "identifier": "talk"}]
    assert len(told) == 1


def test_the_letters_link_works_once_and_a_second_press_is_the_same(app: Flask, visitor: Visitor) -> None:
    path = asked_in_chat()
    thief = Visitor(browser(app))
    door, page = thief.get(path), visitor.get(path)
    visitor.submit(page, path, {}, status=303)
    thief.submit(door, path, {}, status=404)
    thief.get(path, status=404)
    assert visitor.send(path, {}, status=303).location == HERE


def test_a_chat_that_belongs_to_somebody_is_not_given_to_somebody_else(app: Flask, anna: Visitor) -> None:
    link(anna)
    bo = come_in(app, "bo@example.org")
    words = say(code(bo))
    assert words
    said = say("ja")
    assert "a•••@example.org" in said
    bo.send(HERE + "/ja", {}, status=303)
    assert same_person()
