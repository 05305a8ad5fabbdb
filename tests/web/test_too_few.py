"""A group that is larger than what is left is asked before it is put in line."""

from flask import Flask
from sqlalchemy import select

from engage.base.db import db
from engage.registrations import Registration, State
from tests.town import Town
from tests.web.conftest import Visitor, address, browser


def test_a_group_larger_than_what_is_left_is_asked_first(app: Flask, town: Town) -> None:
    path = address(town.occurrence(capacity=2)) + "/tilmeld"
    visitor = Visitor(browser(app))
    fields = {"name": "Anna Holm", "email": "anna@example.org", "seats": "3"}
    asked = visitor.send(path, fields, status=422)
    assert 'name="waits"' in asked.text
    assert db.session.scalars(select(Registration)).all() == []
    visitor.send(path, {**fields, "waits": "1"}, status=303)
    assert [each.state for each in db.session.scalars(select(Registration))] == [State.WAITING]
