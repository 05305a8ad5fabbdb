"""All that is kept of who is on their own page: read, taken along, and mailed to from a chat; never anybody else's."""

import json

from flask import Flask

from engage import people
from engage.base.clock import utc_now
from engage.base.telegram import TelegramSettings
from tests.dialog.talk import Talk
from tests.privacy.whole_life import CHAT, EMAIL, MARKER, live
from tests.town import Town
from tests.web.coming_in import ANNA, come_in
from tests.web.conftest import Visitor, browser, letters, path_of


def test_links_that_open_something_are_not_told(town: Town, app: Flask) -> None:
    anna = come_in(app)
    told = anna.client.get("/mine/data/mine-data.json").get_json()
    assert "/mine/ind/" not in json.dumps(told)
    assert told["data"]["outbox"], "that a letter was sent is told"


def test_a_person_reads_takes_along_and_finds_nobody_else(town: Town, app: Flask) -> None:
    town.signed_up(town.occurrence(), name="Anna Holm", email=ANNA, now=utc_now())
    town.signed_up(town.occurrence(), name="Bo Kjær", email="bo@example.org", now=utc_now())
    anna = come_in(app, ANNA)
    page = anna.get("/mine/data")
    assert "Anna Holm" in page.text
    assert "Bo Kjær" not in page.text
    answer = anna.client.get("/mine/data/mine-data.json")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Anna Holm" in answer.text
    assert "bo@example.org" not in answer.text
    stranger = Visitor(browser(app)).client.get("/mine/data/mine-data.json")
    assert stranger.status_code == 302


def test_a_chat_that_is_linked_gets_a_link_to_all_of_it_by_mail(town: Town, app: Flask) -> None:
    person = live(town)
    talk = Talk(identifier=CHAT, now=utc_now()).say("hvad ved du om mig?")
    assert f"{MARKER} Holm" in talk.text
    before = len(letters())
    talk.tap("privacy:send")
    assert EMAIL not in talk.text, "somebody else may hold the phone"
    (letter,) = letters()[before:]
    assert letter.recipient == EMAIL
    path = path_of(letter.message["buttons"][0]["url"])
    visitor = Visitor(browser(app))
    answer = visitor.submit(visitor.get(path), path, {}, status=303)
    assert answer.location == "/mine/data"
    assert MARKER in visitor.get("/mine/data").text
    assert people.person_at("email", EMAIL) == person


def test_the_privacy_page_tells_what_goes_through_telegram_where_there_is_a_bot(
    app: Flask, town: Town, set_settings: object
) -> None:
    assert callable(set_settings)
    assert 'id="telegram"' not in app.test_client().get("/privatliv").text
    set_settings(telegram=TelegramSettings(token="7:xyz"))
    assert 'id="telegram"' in app.test_client().get("/privatliv").text
    assert "/mine/data" in app.test_client().get("/privatliv").text
