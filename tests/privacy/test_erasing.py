"""Erasing, looked at from outside: a marker that stands everywhere before stands nowhere afterwards."""

import io
import logging
import sys
from datetime import timedelta
from pathlib import Path

import pytest
import structlog
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from engage import outbox, people, privacy
from engage.base import logs
from engage.base.config import Settings
from engage.base.db import Base, db, transaction
from engage.base.declared import OF_CITIZENS
from engage.base.message import Message
from engage.registrations import Registration
from engage.registrations.models import Step
from tests.conftest import NOW
from tests.dialog.talk import Talk
from tests.privacy.test_declared import OF_NOBODY_KNOWN
from tests.privacy.whole_life import CHAT, EMAIL, MARKER, live
from tests.town import Town


def places() -> set[str]:
    """Every column of every table in which the marker stands, as text or as bytes."""
    db.session.expire_all()
    found = set()
    for table in Base.metadata.tables.values():
        names = [column.name for column in table.columns]
        kept = (
            f"encode(\"{column.name}\", 'escape')" if "BLOB" in str(column.type) else f'"{column.name}"::text'
            for column in table.columns
        )
        holds = ", ".join(f"bool_or({each} ILIKE :word)" for each in kept)
        answer = db.session.execute(text(f'SELECT {holds} FROM "{table.name}"'), {"word": f"%{MARKER}%"}).one()
        found |= {f"{table.name}.{name}" for name, holds_it in zip(names, answer, strict=True) if holds_it}
    return found


def test_the_marker_stands_in_every_column_of_text_that_a_citizen_may_be_in(town: Town) -> None:
    person = live(town)
    assert {
        "address.identifier", "one_time_key.email", "one_time_key.facts", "chat_link.identifier", "registration.name",
        "registration.email", "registration.answers", "registration.companions", "registration.school_class",
        "registration.bundle", "registration_step.reason", "attendance.corrected_reason", "hours_set_aside.reason",
        "conversation.identifier", "conversation.data",
        "webchat_line.identifier", "webchat_line.message", "outbox.addresses", "outbox.message", "outbox.recipient",
        "outbox.last_error", "outbox.place", "inbox.lane", "inbox.body", "pace.key",
    } <= places()  # fmt: skip
    told = {each.table for each in privacy.told(person)}
    citizens = {each.table for each in privacy.holdings() if set(each.personal) & OF_CITIZENS}
    assert citizens - told <= OF_NOBODY_KNOWN, "a table is left empty, so that nothing is tried of it"


def test_after_erasing_nothing_is_left_anywhere(town: Town, settings: Settings) -> None:
    person = live(town)
    facts = db.session.query(Step).count()
    with transaction():
        privacy.erase(person, now=NOW)
    assert places() == set()
    assert people.person_at("email", EMAIL) is None
    assert privacy.told(person) == []
    assert db.session.query(Step).count() >= facts, "what happened stays, without who"
    assert db.session.query(Registration).filter_by(vetted_on=None).count() == db.session.query(Registration).count()
    assert files_with_marker(settings.var) == []


def files_with_marker(folder: Path) -> list[Path]:
    """Files of the installation that hold the marker; the database's own were looked at through the database."""
    found = [path for path in folder.rglob("*") if path.is_file() and "postgres" not in path.parts]
    return [path for path in found if MARKER.encode() in path.read_bytes()]


def test_erasing_twice_and_erasing_nobody_change_nothing(town: Town) -> None:
    person = live(town)
    for _time in range(2):
        with transaction():
            privacy.erase(person, now=NOW)
    assert places() == set()


def test_somebody_else_keeps_all_that_is_theirs(town: Town) -> None:
    other = town.signed_up(town.occurrence(), name="Bo Kjær", email="bo@example.org")
    before = privacy.as_json(other.person_id or 0, now=NOW)
    person = live(town)
    with transaction():
        privacy.erase(person, now=NOW)
    assert privacy.as_json(other.person_id or 0, now=NOW) == before


def test_letters_of_an_account_at_the_same_address_stay(town: Town) -> None:
    person = live(town)
    with transaction():
        outbox.put(
            Message(("Ny adgangskode",)), [("email", EMAIL)], key="new-password:x", about="new-password:x", now=NOW
        )
    assert "Ny adgangskode" not in str(privacy.told(person))
    with transaction():
        privacy.erase(person, now=NOW)
    assert places() == {"outbox.addresses", "outbox.recipient"}


def test_by_itself_everything_goes_when_its_time_is_over(town: Town, app: Flask) -> None:
    live(town)
    # A certificate keeps its person for five years; what they chose goes after that.
    for days in (40, 200, 400, 700, 1830, 1870, 1910):
        for expire in privacy.expiries():
            with transaction():
                expire(NOW + timedelta(days=days))
    left = places() - {"pace.key"}
    letters = {"outbox.addresses", "outbox.message", "outbox.recipient", "outbox.place", "outbox.last_error"}
    assert left - letters == set()


def test_in_a_chat_two_steps_erase_all_but_the_goodbye(town: Town) -> None:
    live(town)
    talk = Talk(identifier=CHAT)
    talk.say("slet mine data")
    assert "registration.name" in places(), "it asks first"
    talk.tap("privacy:forget")
    assert places() <= {"conversation.identifier"}


@pytest.mark.parametrize("plain", [True, False])
def test_nothing_of_a_sign_up_is_logged(town: Town, app: Flask, monkeypatch: pytest.MonkeyPatch, plain: bool) -> None:
    """Also where something breaks: a traceback holds no parameters, no local variables, and nothing the database quotes."""
    stream, root = io.StringIO(), logging.getLogger()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.Formatter("%(message)s"))
    monkeypatch.setattr(sys, "stderr", stream)
    logs.configure(plain=plain)
    root.addHandler(handler)
    try:
        person = live(town)
        privacy.told(person)
        date_ = town.occurrence()
        path = f"/aktiviteter/{date_.activity.public_id}/{date_.activity.slug}/{date_.public_id}"
        assert app.test_client().post(path, data={"name": MARKER, "email": EMAIL}).status_code < 500
        refused = _refused()
        structlog.get_logger("test").error("the_stream_is_read", exc_info=refused)
        logging.getLogger("library").error("this_too", exc_info=refused)
    finally:
        root.removeHandler(handler)
        monkeypatch.undo()
        logs.configure(plain=True)
    said = stream.getvalue()
    assert "the_stream_is_read" in said
    assert "this_too" in said
    assert "UniqueViolation" in said
    assert MARKER not in said


def _refused() -> BaseException:
    """What the database says when a row is refused: it quotes the values."""
    row = text(
        "INSERT INTO address (person_id, channel, identifier) SELECT person_id, channel, identifier FROM address "
        "WHERE identifier = :email"
    )
    with pytest.raises(IntegrityError) as refused:
        db.session.execute(row, {"email": EMAIL})
    db.session.rollback()
    assert MARKER in str(refused.value)
    return refused.value
