"""The log: it grows, it is searched, and nothing in it is changed."""

from datetime import date, timedelta

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError

from engage.accounts import audit
from engage.accounts.audit import AuditEntry
from engage.base.config import current_settings
from engage.base.db import db
from tests.accounts.cast import account
from tests.conftest import NOW
from tests.town import Town


def note(action: str = "activity.published", about: str = "activity:abc", days: float = 0, **facts: object) -> None:
    audit.record(None, action, about, facts, NOW + timedelta(days=days))
    db.session.commit()


@pytest.mark.parametrize(
    "change",
    [
        update(AuditEntry).values(action="nothing happened"),
        delete(AuditEntry),
        text("UPDATE audit SET by_name = 'somebody else'"),
        text("DELETE FROM audit WHERE id > 0"),
        text("SELECT set_config('engage.audit_expiry', 'on', true); UPDATE audit SET by_name = 'somebody else'"),
        text("SELECT set_config('engage.audit_expiry', 'on', true); UPDATE audit SET by_name = '', by_id = 7"),
        text("SELECT set_config('engage.audit_expiry', 'on', true); UPDATE audit SET facts = '{}'"),
    ],
)
def test_an_entry_can_be_neither_changed_nor_deleted(town: Town, change: object) -> None:
    note(title="Engen")
    with pytest.raises(DBAPIError, match="append only"):
        db.session.execute(change)  # type: ignore[call-overload]
    db.session.rollback()
    assert db.session.scalars(select(AuditEntry.action)).all() == ["activity.published"]


def test_only_what_has_been_kept_long_enough_goes_and_the_door_closes_again(town: Town) -> None:
    kept = current_settings().city.keep_audit
    note("old.enough")
    note("young", days=1)
    assert audit.expire(NOW + kept + timedelta(hours=1)) == 1
    with pytest.raises(DBAPIError, match="append only"):
        db.session.execute(delete(AuditEntry))
    db.session.rollback()
    assert audit.expire(NOW + kept + timedelta(hours=1)) == 1
    db.session.commit()
    assert db.session.scalars(select(AuditEntry.action)).all() == ["young"]
    with pytest.raises(DBAPIError, match="append only"):
        db.session.execute(delete(AuditEntry))
    db.session.rollback()


def test_the_log_outlives_the_account(town: Town) -> None:
    user = account("Bente Lund")
    audit.record(user, "activity.published", "activity:abc", {}, NOW)
    db.session.commit()
    db.session.delete(user)
    db.session.commit()
    (entry,) = audit.search().entries
    assert entry.by_name == "Bente Lund"


def test_it_is_searched_by_words_thing_person_and_days(town: Town) -> None:
    bente = account("Bente Lund")
    audit.record(bente, "activity.published", "activity:abc", {"title": "Klimacafé 100 %"}, NOW)
    note("organisation.changed", "organisation:xyz", days=1, name="Biblioteket")
    assert audit.search("klimacafé bente").count == 1
    assert audit.search("100 %").count == 1 and audit.search("100_%").count == 0
    assert audit.search("klimacafé biblioteket").count == 0
    assert audit.search(about="organisation:xyz").entries[0].action == "organisation.changed"
    assert audit.search(by=bente.id).count == 1
    assert audit.search(first=date(2026, 3, 5)).count == 1 and audit.search(last=date(2026, 3, 4)).count == 1
    assert audit.search(first=date(2026, 3, 4), last=date(2026, 3, 5)).count == 2


def test_a_day_is_a_day_of_the_citys_own_clock(town: Town) -> None:
    note(days=14.6)  # 18 March 23:24 in UTC, the 19th in the city
    assert audit.search(first=date(2026, 3, 19), last=date(2026, 3, 19)).count == 1


def test_pages_hold_fifty_the_newest_first(town: Town) -> None:
    for number in range(120):
        audit.record(None, "noise", f"thing:{number}", {}, NOW + timedelta(minutes=number))
    db.session.commit()
    pages = [audit.search(page=number) for number in (1, 3, 99, 0)]
    assert [(page.number, len(page.entries)) for page in pages] == [(1, 50), (3, 20), (3, 20), (1, 50)]
    assert pages[0].pages == 3 and pages[0].entries[0].about == "thing:119"
