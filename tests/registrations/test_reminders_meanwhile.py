"""Reminders and what happens at the same time: the way they take, and what becomes of a letter that is not true any more."""

from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from engage import registrations
from engage.activities.models import Occurrence
from engage.base.db import db, transaction
from engage.base.message import Message
from engage.outbox import Letter, Status
from engage.registrations.reminders import letters
from tests.registrations.test_reminders import DAY, DAY_BEFORE, HOUR, START, chat_of, run, sent
from tests.town import Town

SMS = "+4520304050"


@pytest.fixture
def date_(town: Town) -> Occurrence:
    return town.occurrence(capacity=None, starts_at=START)


def test_who_has_an_e_mail_is_reminded_there_and_not_on_a_page_that_may_be_closed(
    town: Town, date_: Occurrence
) -> None:
    both, page = town.signed_up(date_), town.signed_up(date_)
    for guest, talk in ((both, "one"), (page, "two")):
        chat_of(guest, "webchat", talk)
    page.email = None
    db.session.commit()
    for at in (DAY_BEFORE, START + 3 * HOUR):
        run(at)
    ways = {each.key: [way["channel"] for way in each.addresses] for each in sent("day") + sent("feedback")}
    assert sorted(ways.values()) == [["email", "webchat"]] * 2 + [["webchat"]] * 2


def test_by_sms_comes_what_was_promised_and_nothing_that_is_for_chats_or_asks_how_it_was(
    town: Town, date_: Occurrence
) -> None:
    chat_of(town.signed_up(date_), "sms", SMS)
    for at in (DAY_BEFORE, START - 2 * HOUR, START + 3 * HOUR):
        run(at)
    ways = [[way["channel"] for way in each.addresses] for each in sent()]
    assert ways == [["sms", "email"], ["email"]]


@pytest.mark.parametrize("which", ["first", "second"])
@pytest.mark.parametrize("happens", ["cancelled", "moved"])
def test_what_else_a_letter_says_is_said_anew_when_one_thing_is_not_true_any_more(
    town: Town, happens: str, which: str
) -> None:
    dates = [town.occurrence(town.activity(name), starts_at=START + n * HOUR) for n, name in enumerate(("En", "To"))]
    theirs = [town.signed_up(each, email="travl@example.org", now=START - 2 * DAY) for each in dates]
    run(DAY_BEFORE)
    assert [len(each.message["cards"]) for each in sent()] == [2]
    untrue = 0 if which == "first" else 1
    later = DAY_BEFORE + timedelta(minutes=1)
    if happens == "cancelled":
        registrations.cancel(theirs[untrue].public_id, now=later)
    else:
        moved = dates[untrue]
        moved.starts_at, moved.ends_at, moved.updated_at = START + 9 * DAY, START + 9 * DAY + HOUR, later
    db.session.commit()
    run(later)
    run(later + timedelta(minutes=1))
    (letter,) = sent()
    assert [card["title"] for card in letter.message["cards"]] == [("En", "To")[1 - untrue]]
    assert letter.status == Status.PLANNED


def test_a_letter_that_was_tried_already_is_only_stopped(town: Town, date_: Occurrence) -> None:
    guest = town.signed_up(date_, now=START - 2 * DAY)
    run(DAY_BEFORE)
    (letter,) = sent()
    letter.unanswered = 1  # it may have arrived
    db.session.commit()
    registrations.cancel(guest.public_id, now=DAY_BEFORE)
    db.session.commit()
    run(DAY_BEFORE + timedelta(minutes=1))
    assert db.session.query(Letter).filter_by(key=letter.key).one().status == Status.WITHDRAWN


@pytest.mark.parametrize("happens", ["cancelled", "moved"])
def test_what_happens_while_a_reminder_is_written_takes_it_back(
    app: Flask, town: Town, date_: Occurrence, monkeypatch: pytest.MonkeyPatch, happens: str
) -> None:
    guest = town.signed_up(date_, now=START - 2 * DAY)
    name, number = guest.public_id, date_.id
    real, meanwhile = letters.worded, list[Future[None]]()

    def change() -> None:
        with app.app_context(), transaction():
            if happens == "cancelled":
                registrations.cancel(name, now=DAY_BEFORE)
            else:
                found = db.session.get_one(Occurrence, number)
                found.starts_at, found.ends_at = START + 9 * DAY, START + 9 * DAY + HOUR
                found.updated_at = DAY_BEFORE

    with ThreadPoolExecutor(1) as pool:

        def worded(*arguments: Any) -> Message:
            meanwhile.append(pool.submit(change))
            with pytest.raises(TimeoutError):
                meanwhile[0].result(0.2)
            return real(*arguments)

        monkeypatch.setattr(letters, "worded", worded)
        run(DAY_BEFORE)
        meanwhile[0].result(10)
    monkeypatch.setattr(letters, "worded", real)
    run(DAY_BEFORE + timedelta(minutes=1))
    assert sent() == []
