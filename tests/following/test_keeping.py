"""How long it is kept what somebody follows, and what becomes of it when two persons become one or one is forgotten."""

from datetime import date, timedelta

import pytest
from flask import Flask

from engage import following, people, privacy
from engage.base.db import db, transaction
from engage.dialog import Incoming, handle
from engage.following import TooManyFollowed, topics
from engage.outbox import Letter
from engage.people import Person, wishes
from engage.registrations import merging
from tests.conftest import NOW
from tests.following.people import ANNA, CLIMATE, THURSDAY, WEEK, anna, follow, in_chat, published, tick, written
from tests.town import Town


def tidy_up(days: float) -> None:
    for expire in privacy.expiries():
        with transaction():
            expire(NOW + timedelta(days=days))


def people_left() -> int:
    db.session.expire_all()
    return db.session.query(Person).count()


def test_who_follows_from_a_mail_is_kept_a_year_written_to_and_then_forgotten(town: Town) -> None:
    follow(anna())
    tidy_up(300)
    assert people_left() == 1 and not db.session.query(Letter).count()
    tidy_up(340)
    assert [each.recipient for each in db.session.query(Letter)] == [ANNA]
    tidy_up(366)
    assert people_left() == 1, "not before the day that was said"
    tidy_up(371)
    assert people_left() == 0 and db.session.query(following.Followed).count() == 0


def test_who_follows_from_a_chat_alone_is_told_there_and_stays_by_a_word(town: Town) -> None:
    person = in_chat()
    follow(person)
    tidy_up(340)
    (letter,) = db.session.query(Letter).all()
    assert letter.channel == "telegram" and letter.message["buttons"][0]["action"] == "topics:show"
    with transaction():
        handle(Incoming("telegram", "4711", action="topics:show"), now=NOW + timedelta(days=345))
    tidy_up(360)  # the talk is over, and was a sign of life
    tidy_up(400)
    assert people_left() == 1 and following.followed(person)
    tidy_up(360 + 340)
    tidy_up(360 + 371)
    assert people_left() == 0


def test_following_alone_is_no_reason_to_be_kept_for_ever(town: Town) -> None:
    """An address nobody has shown to be theirs can be told of nothing, and so keeps nobody."""
    with transaction():
        person = people.find_or_create("email", ANNA, language="da", now=NOW)
        following.follow(person, CLIMATE, now=NOW)
    tidy_up(1)
    assert people_left() == 0


def test_what_two_persons_follow_becomes_one_persons_and_each_thing_once(town: Town) -> None:
    web, chat = anna(), in_chat()
    follow(web), follow(chat)
    follow(chat, {"dimension": ["cultural"]})
    with transaction():
        merged = merging.merge(web, chat, channel="telegram", now=NOW)
        name = merged.public_id
    assert [each.criteria for each in following.followed(web)] == [CLIMATE, {"dimension": ["cultural"]}]
    published(town)
    tick(THURSDAY)
    assert len(written()) == 1, "one letter to one person"
    with transaction():
        merging.undo(name, now=THURSDAY)
    assert [each.criteria for each in following.followed(chat)] == [CLIMATE, {"dimension": ["cultural"]}]
    assert [each.criteria for each in following.followed(web)] == [CLIMATE]


def test_who_followed_only_before_becoming_one_gets_a_day_too(town: Town) -> None:
    web, chat = anna(), in_chat()
    follow(chat)
    with transaction():
        merging.merge(web, chat, channel="telegram", now=NOW)
    published(town)
    tick(NOW + timedelta(hours=2))
    assert written() == []
    tick(THURSDAY)
    assert [each["channel"] for each in written()[0].addresses] == ["telegram", "email"]


def test_stopping_ends_what_both_followed(town: Town) -> None:
    web, chat = anna(), in_chat()
    name = follow(web)
    follow(chat)
    with transaction():
        merging.merge(web, chat, channel="telegram", now=NOW)
        following.stop(web, name, now=NOW)
    assert following.followed(web) == []


def test_who_is_forgotten_follows_nothing_and_no_letter_is_left(town: Town) -> None:
    published(town)
    person = anna()
    follow(person)
    tick(THURSDAY)
    with transaction():
        privacy.erase(person, now=THURSDAY)
    assert written() == [] and db.session.query(following.Followed).count() == 0
    tick(THURSDAY + WEEK)
    assert written() == []


def test_all_of_it_is_told(town: Town) -> None:
    person = anna(language="en")
    follow(person, {"goal": ["13"], "words": "cycling"})
    told = {section.table: section for section in privacy.told(person)}
    assert "cycling" in str(told["followed"].items)
    data = privacy.as_json(person, now=NOW)["data"]
    assert data["followed"][0]["criteria"] == {"goal": ["13"], "words": "cycling"}


def test_nobody_follows_more_than_can_be_told(town: Town) -> None:
    person = anna()
    for number in range(topics.MOST):
        follow(person, {"words": f"nummer {number}"})
    with pytest.raises(TooManyFollowed), transaction():
        following.follow(person, {"words": "en til"}, now=NOW)
    follow(person, {"words": "nummer 0"})
    assert len(following.followed(person)) == topics.MOST


def test_wishes_are_read_as_they_were_written(app: Flask) -> None:
    chosen = wishes.Wishes(digest=(6, wishes.DIGEST[1]), paused_until=date(2026, 4, 1))
    assert wishes.Wishes.from_json(chosen.to_json()) == chosen
    assert wishes.Wishes.from_json({"reminders": ["day"], "quiet": None}).digest == wishes.DIGEST, (
        "kept before there was one"
    )
