"""The letters' page: biographies without texts and addresses, what was set aside first, and trying again."""

from datetime import timedelta

import pytest
from flask import Flask

from engage import outbox
from engage.accounts import RoleName, User, audit
from engage.base.clock import utc_now
from engage.base.db import db, transaction
from engage.base.message import Message
from engage.outbox import Letter, Status
from engage.web.staff.letters import masked
from tests.accounts.cast import account, signed_in
from tests.web.conftest import Visitor, letters

LETTERS = "/staff/breve"


@pytest.fixture
def karl(app: Flask) -> User:
    return account("Karl Holm", roles=[RoleName.STAFF])


@pytest.fixture
def staff(app: Flask, karl: User) -> Visitor:
    return Visitor(signed_in(app, karl))


def letter(key: str, status: Status, **facts: object) -> Letter:
    """A letter to Anna in this state."""
    with transaction():
        now, about = utc_now(), key.rpartition(":")[0] or key
        words = Message(("Kære Anna, du står på ventelisten.",), subject="Din plads")
        ways = [("webchat", "anna-in-the-chat"), ("email", "anna.holm@example.org")]
        outbox.put(words, ways, key=key, about=about, now=now)
        found = db.session.query(Letter).filter_by(key=key).one()
        found.status, found.claimed_at = status, now
        for name, value in facts.items():
            setattr(found, name, value)
    return found


def numbers(visitor: Visitor, question: str = "") -> list[int]:
    page = visitor.get(f"{LETTERS}?{question}&lang=en")
    return [int(each.one("strong").text.split()[1]) for each in page.all("li", class_="own-line")]


def test_a_biography_shows_neither_texts_nor_whole_addresses(staff: Visitor) -> None:
    said = "550 <anna.holm@example.org>: no such user, anna.holm@example.org"
    letter("registration:abc:confirm", Status.FAILED, last_error=said, tries=3, settled_at=utc_now())
    words = staff.get(LETTERS + "?lang=en").one("ol").text
    assert "a•••@example.org" in words and "no such user" in words and "3 times" in words
    for secret in ("anna.holm", "anna-in-the-chat", "ventelisten", "Din plads", "abc"):
        assert secret not in words


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("anna@example.org", "a•••@example.org"),
        ("<b@x.dk>; cc: carl.c@y.dk", "<b•••@x.dk>; cc: c•••@y.dk"),
        ("ærlig@ø.dk", "æ•••@ø.dk"),
        ("no address", "no address"),
    ],
)
def test_addresses_are_masked_wherever_they_stand(words: str, shown: str) -> None:
    assert masked(words) == shown


def test_what_was_set_aside_stands_first_here_and_is_told_on_the_first_page(staff: Visitor) -> None:
    assert "set aside" not in staff.get("/staff/?lang=en").one("main").text
    poison = letter("registration:abc:confirm", Status.SET_ASIDE, last_error="abandoned", abandoned=3).id
    sent = letter("review:xyz:1", Status.SENT, settled_at=utc_now()).id
    assert numbers(staff) == [poison, sent]
    assert "1 letter is set aside" in staff.get("/staff/?lang=en").one("main").text
    assert staff.get(LETTERS).all("div", class_="alert-warning")


def test_letters_are_found_by_number_reference_kind_and_state(staff: Visitor) -> None:
    first = letter("registration:abc:confirm", Status.SENT, settled_at=utc_now()).id
    second = letter("new-password:def:1", Status.FAILED, settled_at=utc_now()).id
    assert numbers(staff, f"q={first}") == numbers(staff, "q=abc") == numbers(staff, "kind=registration") == [first]
    assert numbers(staff, "kind=account") == numbers(staff, "state=failed") == [second]
    assert numbers(staff, "q=ingen") == [] and numbers(staff, "kind=x&state=x") == [second, first]


def test_trying_again_queues_it_once_and_is_recorded(staff: Visitor, karl: User) -> None:
    found = letter("registration:abc:confirm", Status.SET_ASIDE, last_error="abandoned", abandoned=3, tries=2)
    again = f"{LETTERS}/{found.id}/igen"
    page = staff.get(LETTERS)
    staff.submit(page, again, {}, status=303)
    staff.submit(page, again, {}, status=409)
    (queued,) = letters()
    assert (queued.status, queued.abandoned, queued.tries, queued.settled_at) == (Status.PLANNED, 0, 0, None)
    (entry,) = audit.search().entries
    assert (entry.action, entry.about, entry.by_id) == ("letter.tried_again", f"letter:{found.id}", karl.id)
    assert staff.get("/staff/log").all("a", href=f"{LETTERS}?q={found.id}")


def test_what_cannot_leave_has_no_button_and_does_not_leave(staff: Visitor) -> None:
    sent = letter("registration:abc:confirm", Status.SENT, settled_at=utc_now())
    late = letter("registration:def:confirm", Status.FAILED, good_until=utc_now() - timedelta(minutes=1))
    emptied = letter("registration:ghi:confirm", Status.FAILED, addresses=[])
    assert not [form for form in staff.get(LETTERS).all("form") if form.get("action").endswith("/igen")]
    for each in (sent.id, late.id, emptied.id, 99999):
        staff.send(f"{LETTERS}/{each}/igen", {}, status=409)
    assert Status.PLANNED not in {each.status for each in letters()} and audit.search().count == 0
