"""Buttons that only show something: nothing but the talk is changed, so that nobody waits for the disk because of them."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from engage import dialog
from engage.base.db import db, transaction
from engage.dialog import Incoming, flows
from tests.conftest import NOW
from tests.dialog.talk import Talk
from tests.town import Town

# The talk itself, and the counter of how fast it goes.
OF_THE_TALK = {"conversation", "token_bucket"}


@pytest.fixture
def signed_up(town: Town, app: object) -> tuple[str, str]:
    """A chat whose person has signed up: the public ids of the date and of the sign-up."""
    date = town.occurrence(town.activity("Klimacafé"), starts_in=timedelta(days=3))
    talk = Talk("42", channel="telegram").press(f"sign_up:start:{date.public_id}").say("1").say("Anna Holm")
    talk.tap("sign_up:confirm").press("mine:show")
    return date.public_id, talk.action("cancel:ask").rpartition(":")[2]


def rows_changed() -> dict[str, int]:
    """What this connection has changed in each table, as far as the database has not put it by yet."""
    counted = "SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables"
    return {table: number for table, number in db.session.execute(text(counted)) if number}


def pressed(action: str, *, comes_again: bool) -> tuple[set[str], str]:
    """Which tables the press changes, and whether its transaction waits for the disk."""
    with transaction():
        db.session.execute(text("SET LOCAL synchronous_commit = on"))  # the tests' database waits for no disk
        before = rows_changed()
        incoming = Incoming("telegram", "42", action=action, language="da")
        assert dialog.handle(incoming, now=NOW + timedelta(minutes=1), comes_again=comes_again), action
        changed = {table for table, number in rows_changed().items() if number != before.get(table)}
        return changed, str(db.session.scalar(text("SHOW synchronous_commit")))


@pytest.mark.parametrize("flow,step", sorted(key for key in flows.ACTIONS if key[0] in flows.ONLY_SHOW))
def test_what_only_shows_changes_the_talk_alone_and_is_not_waited_for_where_it_comes_again(
    signed_up: tuple[str, str], flow: str, step: str
) -> None:
    date, sign_up = signed_up
    for argument in ("", date, sign_up, "today", "2", "nonsense", "2026-13-45,x"):
        assert pressed(f"{flow}:{step}:{argument}", comes_again=True) == (OF_THE_TALK, "off")
    assert pressed(f"{flow}:{step}:{date}", comes_again=False) == (OF_THE_TALK, "on"), "nobody would say it again"


def test_what_changes_something_is_on_the_disk_before_anybody_hears_of_it(signed_up: tuple[str, str]) -> None:
    _date, sign_up = signed_up
    assert pressed(f"cancel:ask:{sign_up}", comes_again=True)[1] == "on"
    changed, waits = pressed(f"cancel:confirm:{sign_up}", comes_again=True)
    assert "registration" in changed and waits == "on"
