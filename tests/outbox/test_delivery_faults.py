"""When the wire fails: what is tried again and how often, what goes another way, and what never waits behind it."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from engage import outbox
from engage.base.db import alone, db, transaction
from engage.base.errors import AddressGone, ChannelError, NoReply, ServerAway, TooFast
from engage.outbox import Priority, Status, claiming
from engage.people.models import Address, Person
from tests.conftest import NOW
from tests.outbox.test_outbox import ANNA, BY_CHAT, Wire, deliver, letter, put


def failing(error: Exception) -> Wire:
    return Wire(lambda _key: error)


@pytest.mark.parametrize("error", [ServerAway("ConnectionRefusedError"), TooFast(5)])
def test_while_the_server_is_away_no_letter_loses_a_try_and_other_channels_go_on(
    app: Flask, error: ChannelError
) -> None:
    for number in range(5):
        put(f"mail-{number}", priority=Priority.AWAITED)
    put("chat", addresses=(BY_CHAT,))
    mail, chat = failing(error), Wire()
    for minute in range(30):
        deliver(mail, NOW + timedelta(minutes=minute), chat=chat)
    assert chat.keys == ["chat"]
    assert {(letter(f"mail-{each}").tries, letter(f"mail-{each}").status) for each in range(5)} == {(0, Status.PLANNED)}
    wire = Wire()
    assert deliver(wire, NOW + timedelta(days=2)) == 5, "after a weekend without the server all still leave"


def test_what_was_not_answered_is_sent_once_more_and_then_told(app: Flask) -> None:
    put(must_arrive=True)
    wire = failing(NoReply("timeout"))
    for minute in range(60):
        deliver(wire, NOW + timedelta(minutes=minute))
    found = letter()
    assert (found.status, found.unanswered, found.last_error) == (Status.FAILED, 2, "uncertain: timeout")


def test_news_that_were_not_answered_are_not_sent_again(app: Flask) -> None:
    put(priority=Priority.BULK)
    deliver(failing(NoReply("timeout")))
    assert (letter().status, letter().unanswered) == (Status.FAILED, 1)


def test_what_was_answered_the_second_time_is_sent_and_counted(app: Flask) -> None:
    put()
    deliver(failing(NoReply("timeout")))
    assert deliver(Wire(), NOW + timedelta(seconds=31)) == 1
    assert (letter().status, letter().unanswered) == (Status.SENT, 1)


def test_an_address_whose_owner_left_is_turned_off_and_the_next_one_is_taken(app: Flask) -> None:
    person = Person(language="da", created_at=NOW, wishes={})
    db.session.add(person)
    db.session.flush()
    db.session.add(Address(person_id=person.id, channel="webchat", identifier=BY_CHAT[1], verified_at=NOW))
    put("first", addresses=(BY_CHAT, ANNA)), put("second", addresses=(BY_CHAT,))
    mail = Wire()
    for _tick in range(2):
        deliver(mail, chat=failing(AddressGone("blocked")))
    assert mail.keys == ["first"]
    assert letter("second").status == Status.HELD
    assert db.session.query(Address).filter_by(channel="webchat").one().off_reason == "blocked"


def test_after_the_second_address_failed_for_now_the_first_is_not_asked_again(app: Flask) -> None:
    put(addresses=(BY_CHAT, ANNA))
    gone: list[str] = []

    def never(key: str) -> Exception:
        gone.append(key)
        return ChannelError("no such chat", permanent=True)

    deliver(failing(ChannelError("greylisted", permanent=False)), chat=Wire(never))
    found = letter()
    assert (found.channel, found.recipient, found.step) == (*ANNA, 1)
    deliver(Wire(), NOW + timedelta(seconds=30), chat=Wire(never))
    assert (gone, letter().status) == (["a"], Status.SENT)


def test_a_cancellation_overtakes_ten_thousand_news_that_are_due_before_it(app: Flask) -> None:
    copies = text(
        "INSERT INTO outbox (key, about, addresses, message, priority, status, due_at, created_at, channel, recipient)"
        ' SELECT \'news-\' || each, \'x\', \'[{"channel": "email", "identifier": "b@example.org"}]\', \'{"text": []}\', 90,'
        " 'planned', :due, :due, 'email', 'b@example.org' FROM generate_series(1, 10000) AS each"
    )
    db.session.execute(copies, {"due": NOW - timedelta(hours=1)})
    put("called-off", priority=Priority.AWAITED), put("reminder", priority=Priority.USUAL)
    wire = Wire()
    outbox.deliver_due({"email": wire}, NOW, most=3)
    assert wire.keys == ["called-off", "reminder", "news-1"]
    facts = {"channels": ["email"], "sender": 1, "now": NOW}
    db.session.execute(text("ANALYZE outbox")), db.session.commit()
    plan = "\n".join(row[0] for row in alone("EXPLAIN " + claiming._CLAIM, facts))
    assert "ix_outbox_channel_due" in plan
    assert "Seq Scan on outbox" not in plan


def test_a_letter_of_a_channel_that_nobody_has_any_more_fails_in_the_end(app: Flask) -> None:
    put("nowhere", addresses=(("pigeon", "x"),)), put("none", addresses=())
    now = NOW
    for _try in range(12):
        deliver(Wire(), now)
        now += timedelta(hours=5)
    assert {letter("nowhere").status, letter("none").status} == {Status.FAILED}


def test_what_a_slow_worker_says_of_a_letter_it_lost_is_not_heard(app: Flask) -> None:
    put()

    def lost(_key: str) -> Exception:
        with transaction():
            db.session.execute(text("UPDATE outbox SET claimed_at = :now"), {"now": NOW + timedelta(minutes=9)})
        return ChannelError("busy", permanent=False)

    deliver(Wire(lost))
    assert (letter().status, letter().tries) == (Status.SENDING, 0)


def test_what_was_taken_back_may_be_put_again_and_what_left_may_not(app: Flask) -> None:
    put("a"), put("b")
    outbox.deliver_due({"email": Wire()}, NOW, most=1)
    with transaction():
        assert outbox.take_back(["a", "b"]) == ["b"]
    put("a"), put("b")
    assert deliver(Wire()) == 1
