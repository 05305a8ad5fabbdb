"""The weekly letter about what somebody follows: what stands in it, when it is written, to whom, and never twice."""

import itertools
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from engage import following, people, worker
from engage.activities.models import OccurrenceState, SignUpMode
from engage.base.db import db, transaction
from engage.base.i18n import speaking
from engage.following import digests, letters, slots
from engage.outbox import Priority, Status
from engage.people import Person, reaching, wishes
from engage.registrations import State
from tests.conftest import NOW
from tests.following.people import (
    ANNA,
    CLIMATE,
    THURSDAY,
    WEEK,
    anna,
    follow,
    in_chat,
    published,
    tick,
    titles,
    written,
)
from tests.town import Town

COPENHAGEN = ZoneInfo("Europe/Copenhagen")


def test_what_is_new_comes_first_and_then_what_comes_soon(town: Town) -> None:
    published(town, "Længe kendt", at=NOW - timedelta(days=30), starts_in=timedelta(days=3))
    published(town, "Kendt, og langt væk", at=NOW - timedelta(days=30), starts_in=timedelta(days=40))
    published(town, "Ny, og langt væk", starts_in=timedelta(days=60))
    published(town, "Ny i morgen", starts_in=timedelta(days=2))
    published(town, "Om noget andet", sdgs=[4], dimensions=["social"])
    follow(anna())
    tick(THURSDAY)
    (letter,) = written()
    assert titles(letter) == ["Ny i morgen", "Ny, og langt væk", "Længe kendt"]
    headings = [card["heading"] for card in letter.message["cards"]]
    assert headings[0] and not headings[1] and headings[2], "each group has one"
    assert letter.priority == Priority.BULK and letter.addresses == [{"channel": "email", "identifier": ANNA}]


def test_nothing_new_is_no_letter(town: Town) -> None:
    published(town, at=NOW - timedelta(days=1))
    follow(anna())
    tick(THURSDAY)
    assert written() == []
    published(town, "Ny", at=THURSDAY + timedelta(days=1))
    tick(THURSDAY + WEEK)
    assert titles(written()[0])[0] == "Ny"
    tick(THURSDAY + 2 * WEEK)
    assert len(written()) == 1, "the same is no news twice"


def test_nobody_hears_of_what_they_have_or_cannot_have(town: Town) -> None:
    published(town, "Ny og ledig")
    own = published(town, "Allerede tilmeldt")
    published(town, "Aflyst", starts_in=timedelta(days=4)).state = OccurrenceState.CANCELLED
    shut = published(town, "Fuldt uden venteliste", capacity=1, waiting_list=False)
    line = published(town, "Fuldt med venteliste", capacity=1, starts_in=timedelta(days=2))
    published(town, "Bare kom", sign_up=SignUpMode.DROP_IN, capacity=None, starts_in=timedelta(days=5))
    published(town, "For sent", sign_up_closes_before=60 * 24 * 9, starts_in=timedelta(days=8))
    db.session.commit()
    town.signed_up(own, email=ANNA)
    town.signed_up(shut), town.signed_up(line)
    follow(anna())
    tick(THURSDAY)
    assert titles(written()[0]) == ["Bare kom", "Ny og ledig", "Fuldt med venteliste"]


def test_a_letter_names_eight_and_says_how_many_more_there_are(town: Town) -> None:
    for number in range(11):
        published(town, f"Nummer {number}", starts_in=timedelta(days=2 + number))
    follow(anna(language="en"))
    tick(THURSDAY)
    message = written()[0].message
    assert len(message["cards"]) == 8
    assert "These are the first 8 of 11." in message["text"]
    assert message["buttons"][0]["label"] == "See all 11"
    assert message["buttons"][0]["url"].endswith("/aktiviteter?goal=13")


@pytest.mark.parametrize(("language", "word"), [("da", "følger"), ("en", "You follow"), ("de", "folgst")])
def test_it_is_worded_in_the_language_of_who_reads_it(town: Town, language: str, word: str) -> None:
    published(town, "Klima", texts={"da": "Klima på dansk", "en": "Climate", "de": "Klima auf Deutsch"})
    follow(anna(language=language))
    tick(THURSDAY)
    message = written()[0].message
    assert message["language"] == language and word in " ".join(message["text"])
    assert (
        message["cards"][0]["title"] == {"da": "Klima på dansk", "en": "Climate", "de": "Klima auf Deutsch"}[language]
    )


def test_a_week_has_one_letter_whoever_looks_and_however_often(town: Town) -> None:
    published(town)
    person = anna()
    follow(person)
    tick(THURSDAY - timedelta(minutes=1))
    assert written() == []
    for minutes in (0, 1, 30):
        tick(THURSDAY + timedelta(minutes=minutes))
    published(town, "Mere", at=THURSDAY + timedelta(hours=1))
    with transaction():
        following.set_rhythm(person, 5, 10, now=THURSDAY + timedelta(hours=2))
    tick(THURSDAY + timedelta(days=3))
    assert len(written()) == 1, "who chooses a later day has had this week's letter"
    tick(THURSDAY + timedelta(days=9))
    assert titles(written()[1])[0] == "Mere"


def test_workers_side_by_side_write_to_each_person_once(app: Flask, town: Town) -> None:
    published(town)
    for number in range(6):
        follow(anna(f"f{number}@example.org"))
    counts: list[int] = []

    def work() -> None:
        with app.app_context():
            counts.append(worker.write_digests(THURSDAY))

    threads = [threading.Thread(target=work) for _number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counts) == 6
    assert len({letter.recipient for letter in written()}) == len(written()) == 6


def test_after_an_outage_a_late_letter_comes_only_while_it_is_near_its_day(town: Town) -> None:
    published(town, starts_in=timedelta(days=30))
    person = anna()
    follow(person)
    tick(THURSDAY + timedelta(days=4))
    assert written() == [], "the next one is near, and tells the same"
    tick(THURSDAY + WEEK + timedelta(days=2))
    assert len(written()) == 1
    assert person_row(person).digest_due_at == THURSDAY + 2 * WEEK


def person_row(person: int) -> Person:
    db.session.expire_all()
    return db.session.get_one(Person, person)


def test_summer_time_moves_no_ones_hour(town: Town) -> None:
    """In 2026 it begins on 29 March: 16 o'clock is 15 UTC before and 14 UTC after."""
    person = anna()
    follow(person)
    seen = []
    now = NOW
    for _week in range(5):
        now = person_row(person).digest_due_at or now
        seen.append(now)
        tick(now)
    assert [each.astimezone(COPENHAGEN).hour for each in seen] == [16] * 5
    assert [each.hour for each in seen] == [15, 15, 15, 15, 14]


def test_an_hour_that_is_skipped_or_comes_twice_has_one_instant() -> None:
    sunday = 6
    before = datetime(2026, 3, 28, tzinfo=UTC)
    skipped = slots.next_slot((sunday, time(2)), after=before, zone=COPENHAGEN)
    assert skipped == datetime(2026, 3, 29, 1, tzinfo=UTC), "03.00 by the clock"
    autumn = datetime(2026, 10, 24, tzinfo=UTC)
    twice = slots.next_slot((sunday, time(2)), after=autumn, zone=COPENHAGEN)
    assert twice == datetime(2026, 10, 25, 0, tzinfo=UTC)
    assert slots.next_slot((sunday, time(2)), after=twice, zone=COPENHAGEN) == datetime(2026, 11, 1, 1, tzinfo=UTC)


def test_every_day_and_hour_comes_within_a_week() -> None:
    for weekday, hour in itertools.product(range(7), (0, 6, 15, 16, 23)):
        found = slots.next_slot((weekday, time(hour)), after=THURSDAY, zone=COPENHAGEN)
        local = found.astimezone(COPENHAGEN)
        assert (local.weekday(), local.hour) == (weekday, hour)
        assert timedelta(0) < found - THURSDAY <= WEEK


def test_a_letter_waits_for_the_end_of_the_quiet_hours(town: Town) -> None:
    published(town)
    person = anna()
    follow(person)
    with transaction():
        wishes.wish(person, replace(wishes.of(person), quiet=(time(15), time(18))))
    tick(THURSDAY)
    assert written()[0].due_at == THURSDAY + timedelta(hours=2)


def test_a_pause_holds_letters_back_and_nothing_is_lost(town: Town) -> None:
    published(town)
    person = anna()
    follow(person)
    with transaction():
        wishes.pause(person, date(2026, 3, 12), today=date(2026, 3, 4))
    tick(THURSDAY)
    assert written() == []
    tick(THURSDAY + WEEK)
    assert titles(written()[0]) == ["Klimacafé"], "on the day itself it is over"
    with pytest.raises(people.PauseNotUsable):
        wishes.pause(person, date(2026, 3, 4), today=date(2026, 3, 4))
    with pytest.raises(people.PauseNotUsable):
        wishes.pause(person, date(2027, 6, 1), today=date(2026, 3, 4))


def test_who_wants_nothing_optional_gets_none_until_they_ask_for_something(town: Town) -> None:
    published(town)
    person = anna()
    follow(person)
    with transaction():
        reaching.set_optional(person, False, NOW)
    tick(THURSDAY)
    assert written() == []
    follow(person, {"audience": ["adults"]}, now=THURSDAY + timedelta(hours=1))
    tick(THURSDAY + WEEK)
    assert len(written()) == 1


def test_a_chat_that_reaches_them_comes_first_and_a_closed_one_not_at_all(town: Town) -> None:
    published(town)
    person = in_chat(anna())
    follow(person)
    tick(THURSDAY)
    assert [each["channel"] for each in written()[0].addresses] == ["telegram", "email"]
    cards = written()[0].message["cards"]
    assert [button["action"].split(":")[0] for button in cards[0]["buttons"]] == ["find", "sign_up"]
    with transaction():
        reaching.turn_off("telegram", "4711", "blocked", THURSDAY)
    published(town, "Mere", at=THURSDAY + timedelta(hours=1))
    tick(THURSDAY + WEEK)
    assert [each["channel"] for each in written()[1].addresses] == ["email"]


def test_nobody_is_written_to_at_an_address_that_is_not_shown_to_be_theirs(town: Town) -> None:
    published(town)
    with transaction():
        person = people.find_or_create("email", ANNA, language="da", now=NOW)
    follow(person)
    web = anna("web@example.org")
    with transaction():
        db.session.add(people.Address(person_id=web, channel="webchat", identifier="talk", verified_at=NOW))
    follow(web)
    tick(THURSDAY)
    assert [each.addresses for each in written()] == [[{"channel": "email", "identifier": "web@example.org"}]]


def test_the_last_topic_gone_takes_back_the_letter_that_has_not_left(town: Town) -> None:
    published(town)
    person = anna()
    first, second = follow(person), follow(person, {"audience": ["adults"]})
    tick(THURSDAY)
    with transaction():
        following.stop(person, first, now=THURSDAY)
    assert written()[0].status == Status.PLANNED
    with transaction():
        following.stop(person, second, now=THURSDAY)
    assert written()[0].status == Status.WITHDRAWN


def test_the_preview_is_the_letter_without_sending_it(town: Town) -> None:
    date_ = published(town)
    person = anna()
    follow(person)
    with speaking("da"):
        digest = digests.compose(person, now=THURSDAY)
        message = letters.worded(digest, THURSDAY, language="da")
    assert [each.occurrence_id for each in digest.new] == [date_.id]
    assert written() == [] and message.unsubscribe == ""


def test_a_defect_with_one_person_is_undone_as_a_whole(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    published(town)
    person = anna()
    follow(person)
    monkeypatch.setattr(letters.outbox, "put", _broken)
    assert worker.write_digests(THURSDAY) == 0, "and the worker goes on"
    assert person_row(person).digest_due_at == THURSDAY, "it is still due"
    monkeypatch.undo()
    tick(THURSDAY)
    assert len(written()) == 1


def _broken(*_arguments: object, **_facts: object) -> None:
    raise RuntimeError("no disk")


def test_a_sign_up_that_waits_is_theirs_too(town: Town) -> None:
    full = published(town, capacity=1)
    town.signed_up(full)
    assert town.signed_up(full, email=ANNA).state == State.WAITING
    published(town, "Anden")
    follow(anna())
    tick(THURSDAY)
    assert titles(written()[0]) == ["Anden"]


def test_the_worker_writes_what_is_due(town: Town, set_settings: Callable[..., None]) -> None:
    published(town)
    follow(anna())
    assert worker.write_digests(NOW) == 0
    assert worker.write_digests(THURSDAY) == 1
    assert worker.write_digests(THURSDAY) == 0


def test_criteria_keep_what_makes_sense(app: Flask) -> None:
    raw = {
        **CLIMATE,
        "dimension": ["nonsense", "social"],
        "words": "  a   b ",
        "part": "noon",
        "page": "3",
        "town": ["\0"],
    }
    assert following.checked(raw) == {"goal": ["13"], "dimension": ["social"], "words": "a b"}
