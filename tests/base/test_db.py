"""What a block that can be undone leaves of itself: nothing in the database, and nothing in the session."""

import pytest
from flask import Flask

from engage.base.db import db, transaction, undoable
from engage.base.errors import Refusal
from engage.people import Person
from tests.conftest import NOW


class Refused(Refusal):
    code = "refused"


def person(language: str) -> Person:
    made = Person(language=language, created_at=NOW)
    db.session.add(made)
    return made


def test_what_is_refused_is_undone_and_all_else_is_kept(app: Flask) -> None:
    with transaction():
        before = person("da")
        with pytest.raises(Refused), undoable():
            before.language = "en"
            db.session.flush()
            person("de")
            raise Refused
        with undoable():
            pass
        person("en")
    db.session.expire_all()
    assert [each.language for each in db.session.query(Person).order_by(Person.id)] == ["da", "en"]
    assert before.language == "da", "the object says again what the row says"


def test_what_is_not_refused_is_kept(app: Flask) -> None:
    with transaction(), undoable():
        person("da")
    assert db.session.query(Person).count() == 1


def test_what_breaks_otherwise_ends_the_transaction(app: Flask) -> None:
    with pytest.raises(ZeroDivisionError), transaction():
        person("da")
        with undoable():
            person("en")
            raise ZeroDivisionError
    assert db.session.query(Person).count() == 0
