"""Following on the web: beginning from the list, the page of one's topics, pausing, and ending it from a letter without login."""

from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from flask import Flask

from engage import following, people
from engage.base.clock import utc_now
from engage.base.config import Settings
from engage.base.db import db, transaction
from engage.base.message import Message
from engage.channels.mail import render
from engage.following import letters as following_letters
from engage.outbox import Letter
from engage.outbox.holdings import HOLDINGS
from engage.people import Person, wishes
from tests.town import Town
from tests.web.coming_in import ANNA, come_in
from tests.web.conftest import Visitor, browser, letters, path_of

CLIMATE = {"goal": ["13"]}


def anna() -> int:
    found = people.person_at("email", ANNA)
    assert found is not None
    return found


def followed(person: int | None = None) -> list[following.Criteria]:
    db.session.expire_all()
    return [each.criteria for each in following.followed(person or anna())]


def digest(town: Town) -> Letter:
    """The weekly letter of somebody who follows climate and something else."""
    now = utc_now()
    with transaction():
        person = people.find_or_create("email", ANNA, language="da", now=now)
        people.verify("email", ANNA, now)
        following.follow(person, CLIMATE, now=now - timedelta(hours=2))
        following.follow(person, {"audience": ["families"]}, now=now)
        db.session.get_one(Person, person).digest_due_at = now
    town.occurrence(town.activity(published_at=now - timedelta(hours=1)))
    with transaction():
        assert following_letters.write(person, now)
    return letters()[-1]


def test_a_search_is_followed_by_a_link_in_a_mail_and_opening_pages_changes_nothing(
    town: Town, visitor: Visitor
) -> None:
    town.occurrence()
    listing = visitor.get("/aktiviteter?goal=13&q=klima&fra=2026-01-01")
    path = next(link.get("href") for link in listing.all("a") if link.get("href").startswith("/foelg"))
    assert path == "/foelg?q=klima&goal=13"
    page = visitor.get(path)
    answer = visitor.submit(page, path, {"email": "Anna@Example.org"}, status=303)
    assert answer.location == "/mine/sendt"
    assert db.session.query(Person).count() == 0, "nobody is made of an address that somebody wrote"
    link = path_of(letters()[-1].message["buttons"][0]["url"])
    for _time in range(2):
        door = visitor.get(link)
    assert db.session.query(following.Followed).count() == 0
    assert visitor.submit(door, link, {}, status=303).location == "/mine/emner"
    assert followed() == [{"goal": ["13"], "words": "klima"}]
    assert people.has_proven(anna(), "email", ANNA)
    assert visitor.get("/mine/emner").one("h1").text
    assert browser(visitor.client.application).get(link).status_code == 404, "it works once"


def test_what_is_no_address_is_said_beside_the_field(visitor: Visitor) -> None:
    page = visitor.get("/foelg?goal=13")
    answer = visitor.submit(page, "/foelg?goal=13", {"email": "anna"}, status=422)
    assert "email-error" in answer.text and letters() == []


def test_who_is_on_their_own_page_follows_at_once(app: Flask) -> None:
    visitor = come_in(app)
    path = "/foelg?audience=families&nonsense=1"
    page = visitor.get(path)
    assert not page.all("input", type="email")
    visitor.submit(page, "/foelg?audience=families", {}, status=303)
    visitor.submit(visitor.get(path), "/foelg?audience=families", {}, status=303)
    assert followed() == [{"audience": ["families"]}]


def test_topics_are_ticked_and_unticked_and_searches_stay(app: Flask) -> None:
    visitor = come_in(app)
    with transaction():
        following.follow(anna(), {"goal": ["13"], "words": "klima"}, now=utc_now())
    visitor.send("/mine/emner", {"dimension": "cultural", "audience": "families"}, status=303)
    assert {"dimension": ["cultural"]} in followed() and len(followed()) == 3
    page = visitor.get("/mine/emner")
    assert [box.get("value") for box in page.all("input", type="checkbox") if box.has("checked")] == [
        "cultural",
        "families",
    ]
    visitor.send("/mine/emner", {"audience": "families", "goal": "99"}, status=303)
    assert followed() == [{"goal": ["13"], "words": "klima"}, {"audience": ["families"]}]
    forms = [form for form in page.all("form") if form.get("action") == "/mine/emner/stop"]
    first = forms[0].fields()
    assert visitor.client.post("/mine/emner/stop", data=first).status_code == 303
    assert followed() == [{"audience": ["families"]}]


def test_the_day_is_ones_own_and_the_next_letter_is_shown(app: Flask, town: Town) -> None:
    visitor = come_in(app)
    with transaction():
        following.follow(anna(), CLIMATE, now=utc_now() - timedelta(days=1))
    town.occurrence(town.activity("Ny klimacafé", published_at=utc_now()))
    assert "Ny klimacafé" in visitor.get("/mine/emner").one("main").text
    visitor.send("/mine/emner/dag", {"day": "0", "hour": "9"}, status=303)
    assert (wishes.of(anna()).digest[0], wishes.of(anna()).digest[1].hour) == (0, 9)
    visitor.send("/mine/emner/dag", {"day": "9", "hour": "99"}, status=303)
    assert wishes.of(anna()).digest[0] == 0


def test_a_pause_and_going_on(app: Flask) -> None:
    visitor = come_in(app)
    visitor.send("/mine/oensker/pause", {"pause": "week"}, status=303)
    until = wishes.of(anna()).paused_until
    assert until is not None and until > utc_now().date()
    fields = {"language": "da", "quiet_from": "22:00", "quiet_until": "07:00", "reminders": "day"}
    visitor.send("/mine/oensker", fields, status=303)
    assert wishes.of(anna()).paused_until == until, "the other wishes leave it"
    visitor.send("/mine/oensker/pause", {"pause": "on"}, status=303)
    assert wishes.of(anna()).paused_until is None
    for day in ("2020-01-01", "nonsense", "2199-01-01"):
        answer = visitor.send("/mine/oensker/pause", {"pause": "until", "until": day}, status=422)
        assert "until-error" in answer.text
    day = (utc_now() + timedelta(days=20)).date()
    visitor.send("/mine/oensker/pause", {"pause": "until", "until": day.isoformat()}, status=303)
    assert wishes.of(anna()).paused_until == day
    visitor.send("/mine/oensker/pause", {"pause": "none"}, status=303)
    db.session.expire_all()
    assert db.session.get_one(Person, anna()).optional_off_at is not None
    visitor.send("/mine/oensker/pause", {"pause": "all"}, status=303)
    db.session.expire_all()
    assert db.session.get_one(Person, anna()).optional_off_at is None


def test_the_mail_has_a_button_of_its_own_in_mail_programs(town: Town, settings: Settings) -> None:
    letter = digest(town)
    letter.message["unsubscribe"] = (
        "https://a-rather-long-host-name.of-a-learning-city.example.org/emner/stop/" + "x" * 60
    )
    mail = render(Message.from_json(letter.message), to=ANNA, key=letter.key, settings=settings)
    read = message_from_bytes(bytes(mail), policy=policy.default)
    assert read["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert f"\nList-Unsubscribe: <{letter.message['unsubscribe']}>\n".encode() in bytes(mail), (
        "in one piece, however long"
    )
    html = read.get_body(("html",))
    assert html is not None and html.get_content().count("<h2") == 1


def test_one_press_in_the_mail_program_ends_it_without_cookie_or_login(app: Flask, town: Town) -> None:
    path = path_of(digest(town).message["unsubscribe"])
    stranger = browser(app)
    page = stranger.get(path)
    assert page.status_code == 200 and len(followed()) == 2, "looking changes nothing"
    answer = stranger.post(path, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200 and followed() == []
    assert stranger.post(path, data={"List-Unsubscribe": "One-Click"}).status_code == 200, "twice is no harm"
    assert stranger.get(path).status_code == 200


def test_one_topic_can_end_from_the_letter_and_the_others_go_on(app: Flask, town: Town) -> None:
    visitor = Visitor(browser(app))
    path = path_of(digest(town).message["unsubscribe"])
    topic = next(field.get("value") for field in visitor.get(path).all("input", name="topic"))
    assert visitor.client.post(path, data={"topic": topic}).status_code == 200
    assert followed() == [{"audience": ["families"]}]
    assert visitor.client.post(path, data={"topic": "nonsense"}).status_code == 200
    assert followed() == [{"audience": ["families"]}]


@pytest.mark.parametrize("change", ["x", ""])
def test_a_token_that_was_changed_ends_nothing(app: Flask, town: Town, change: str) -> None:
    path = path_of(digest(town).message["unsubscribe"])
    wrong = path[:-1] + change if change else path.replace("/emner/stop/", "/emner/stop/a")
    assert browser(app).post(wrong, data={"List-Unsubscribe": "One-Click"}).status_code == 404
    assert len(followed()) == 2


def test_the_link_that_ends_letters_is_not_told_with_what_is_kept(town: Town) -> None:
    letter = digest(town)
    tidy = next(each.tidy for each in HOLDINGS if each.table == "outbox")
    assert tidy is not None
    told = tidy({"message": dict(letter.message)})
    assert "/emner/stop" not in str(told)


def test_an_activity_leads_to_its_topics(town: Town, visitor: Visitor) -> None:
    date = town.occurrence()
    page = visitor.get(f"/aktiviteter/{date.activity.public_id}/{date.activity.slug}/{date.public_id}")
    ways = [link.get("href") for link in page.all("a") if link.get("href").startswith("/foelg")]
    assert ways == ["/foelg?dimension=environmental", "/foelg?goal=13"]
    for way in ways:
        visitor.get(way)


def test_who_asked_for_two_topics_begins_both(visitor: Visitor) -> None:
    for path in ("/foelg?goal=13", "/foelg?audience=families"):
        visitor.submit(visitor.get(path), path, {"email": ANNA}, status=303)
    for letter in letters():
        link = path_of(letter.message["buttons"][0]["url"])
        visitor.submit(visitor.get(link), link, {}, status=303)
    assert followed() == [{"goal": ["13"]}, {"audience": ["families"]}]
