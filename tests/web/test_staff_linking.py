"""Staff undo a link between a chat and a page: found by address, for a week, and logged without a name."""

from datetime import timedelta

import pytest
from flask import Flask

from engage import people
from engage.accounts import RoleName
from engage.accounts.audit import AuditEntry
from engage.base.clock import utc_now
from engage.base.db import db
from engage.registrations import merging
from tests.accounts.cast import account, signed_in
from tests.town import Town
from tests.web.conftest import Visitor
from tests.web.page import parse

HERE, ANNA = "/staff/chats", "anna@example.org"


@pytest.fixture
def staff(app: Flask) -> Visitor:
    return Visitor(signed_in(app, account(roles=[RoleName.STAFF])))


def merged(town: Town) -> tuple[int, int]:
    now = utc_now()
    town.signed_up(town.occurrence(), email=ANNA)
    chat = people.find_or_create("webchat", "talk", language="da", now=now)
    town.signed_up(town.occurrence(), person_id=chat, channel="webchat")
    page = people.person_at("email", ANNA)
    assert page is not None
    merging.merge(page, chat, channel="webchat", now=now)
    db.session.commit()
    return page, chat


def test_what_was_linked_is_found_by_the_address_and_undone(town: Town, staff: Visitor) -> None:
    page, chat = merged(town)
    answer = staff.submit(staff.get(HERE), HERE, {"email": f" {ANNA.upper()}"}, status=200)
    found = parse(answer.text)
    (form,) = [each for each in found.all("form") if each.get("action").endswith("/fortryd")]
    staff.submit(found, form.get("action"), {}, status=303)
    assert people.person_at("webchat", "talk") == chat != page
    entry = db.session.query(AuditEntry).filter_by(action="person.link_undone").one()
    assert ANNA not in str(entry.facts) and entry.by_name
    staff.submit(found, form.get("action"), {}, status=409)


def test_an_address_nobody_has_and_one_that_is_none(staff: Visitor) -> None:
    answer = staff.submit(staff.get(HERE), HERE, {"email": "nobody@example.org"}, status=200)
    assert not [each for each in parse(answer.text).all("form") if each.get("action").endswith("/fortryd")]
    staff.submit(staff.get(HERE), HERE, {"email": "nobody"}, status=422)


def test_after_a_week_there_is_nothing_to_undo(town: Town, staff: Visitor) -> None:
    merged(town)
    record = db.session.query(merging.PersonMerge).one()
    record.made_at -= timedelta(days=8)
    db.session.commit()
    answer = staff.submit(staff.get(HERE), HERE, {"email": ANNA}, status=200)
    assert record.public_id not in answer.text
    staff.send(f"{HERE}/{record.public_id}/fortryd", {}, status=409)
