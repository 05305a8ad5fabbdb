"""An account that has been closed for long is erased: what it is goes, what was done stays without a name."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select, text

from engage import outbox, worker
from engage.accounts import Organisation, RoleName, User, audit, invitations, members, moving
from engage.accounts.audit import AuditEntry
from engage.accounts.forgetting import expire
from engage.accounts.moving import EmailChange
from engage.activities.models import Activity
from engage.base.config import City, Settings, current_settings
from engage.base.db import Base, db
from engage.outbox import Letter
from tests.accounts.cast import account
from tests.conftest import NOW
from tests.town import Town

OWN = "bente@example.org"


@pytest.fixture
def admin(town: Town) -> User:
    return account("Else Krog", roles=[RoleName.ADMIN], email="else@example.org")


@pytest.fixture
def organisation(town: Town) -> Organisation:
    found = town.organisation()
    db.session.commit()
    return found


@pytest.fixture
def bente(town: Town, organisation: Organisation) -> User:
    return account("Bente Lund", email=OWN, member_of=[organisation])


def close(user: User, admin: User) -> datetime:
    """Close the account now; returns when it may be erased."""
    members.close(user, by=admin, now=NOW)
    db.session.commit()
    return NOW + current_settings().city.keep_closed_accounts


def everywhere(words: str) -> list[str]:
    """The tables in which these words stand anywhere."""
    found = []
    for table in Base.metadata.sorted_tables:
        query = text(f'SELECT count(*) FROM "{table.name}" AS each WHERE each::text ILIKE :words')
        if db.session.scalar(query, {"words": f"%{words}%"}):
            found.append(table.name)
    return found


def test_name_and_address_are_gone_from_every_table_and_ids_stay_in_the_log(
    town: Town, admin: User, bente: User, organisation: Organisation
) -> None:
    now = NOW - timedelta(days=3)
    invitations.invite(OWN, by=admin, now=now, language="da", role=RoleName.STAFF)
    moving.ask(bente, "bente.lund@example.org", now=now)
    activity = town.activity(organisation=organisation, created_by_id=bente.id)
    audit.record(bente, "activity.created", f"activity:{activity.public_id}", {}, now)
    number, name = bente.id, bente.public_id
    when = close(bente, admin) + timedelta(seconds=1)
    assert {"account", "audit", "outbox"} <= set(everywhere(OWN) + everywhere("Bente Lund"))
    assert worker.erase_closed_accounts(when) == 1
    db.session.expire_all()
    assert everywhere(OWN) == everywhere("Bente Lund") == everywhere("bente.lund@") == []
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "activity.created")).one()
    assert (entry.by_id, entry.by_name) == (number, "")
    assert db.session.get_one(Activity, activity.id).created_by_id is None
    closed, erased = audit.search(about=f"account:{name}").entries[1::-1]
    assert (closed.action, closed.by_name, erased.action) == ("account.closed", "Else Krog", "account.erased")
    assert worker.erase_closed_accounts(when) == 0


def test_it_is_kept_to_the_day_and_an_open_account_for_ever(admin: User, bente: User) -> None:
    other = account("Carl", email="carl@example.org")
    when = close(bente, admin)
    assert worker.erase_closed_accounts(when) == 0
    close(other, admin)
    members.reopen(other, by=admin, now=NOW)
    db.session.commit()
    assert worker.erase_closed_accounts(when + timedelta(days=3000)) == 1
    assert set(db.session.scalars(select(User.email))) == {"else@example.org", "carl@example.org"}


def test_the_period_is_the_citys(
    settings: Settings, set_settings: Callable[..., None], admin: User, bente: User
) -> None:
    close(bente, admin)
    set_settings(city=City({**settings.city.facts, "retention": {"closed_account_days": 30}}))
    assert worker.erase_closed_accounts(NOW + timedelta(days=30)) == 0
    assert worker.erase_closed_accounts(NOW + timedelta(days=30, seconds=1)) == 1


def test_every_account_is_erased_by_itself(admin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        close(account(f"Nummer {number}"), admin)
    forget, calls = outbox.forget, []

    def breaks_once(about: list[str]) -> None:
        calls.append(about)
        if len(calls) == 2:
            raise ZeroDivisionError
        forget(about)

    monkeypatch.setattr(outbox, "forget", breaks_once)
    later = NOW + timedelta(days=400)
    with pytest.raises(ZeroDivisionError):
        worker.erase_closed_accounts(later)
    assert db.session.scalar(select(func.count()).select_from(User)) == 3, "the first is gone, the others stay whole"
    assert worker.erase_closed_accounts(later) == 2


def test_no_row_keeps_an_account_from_being_let_go(town: Town) -> None:
    for table in Base.metadata.tables.values():
        for key in table.foreign_keys:
            if key.column.table.name == "account":
                assert key.ondelete in {"CASCADE", "SET NULL"}, f"{table.name}.{key.parent.name}"


def test_a_change_of_address_is_forgotten_when_nobody_can_stop_it_any_more(bente: User) -> None:
    moving.ask(bente, "ny@example.org", now=NOW)
    db.session.commit()
    assert expire(NOW + moving.STOP_WITHIN) == 0
    assert expire(NOW + moving.STOP_WITHIN + timedelta(seconds=1)) == 1
    assert not db.session.scalars(select(EmailChange)).all()


def test_whom_an_admin_gives_something_or_takes_it_from_is_told(admin: User, bente: User) -> None:
    members.give_role(bente, RoleName.STAFF, by=admin, now=NOW)
    members.give_role(bente, RoleName.STAFF, by=admin, now=NOW)
    members.take_role(bente, RoleName.STAFF, by=admin, now=NOW + timedelta(minutes=1))
    members.close(bente, by=admin, now=NOW + timedelta(minutes=2))
    members.close(bente, by=admin, now=NOW + timedelta(minutes=3))
    members.reopen(bente, by=admin, now=NOW + timedelta(minutes=4))
    letters = db.session.scalars(select(Letter).order_by(Letter.id)).all()
    assert [letter.addresses[0]["identifier"] for letter in letters] == [OWN] * 4
    assert len({str(letter.message["text"]) for letter in letters}) == 4
    assert all("Else Krog" in str(letter.message["text"]) for letter in letters)
    assert audit.search().count == 4, "what changes nothing leaves no trace"
