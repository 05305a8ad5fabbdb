"""The log as staff read it: in words of their own language, found by person, organisation, action, words and days."""

import ast
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from flask import Flask
from sqlalchemy import event

from engage.accounts import Organisation, Rights, RoleName, User, audit, declarations, invitations, members
from engage.activities import publishing
from engage.activities.models import Activity, ActivityState
from engage.base.clock import utc_now
from engage.base.config import ROOT
from engage.base.db import db, transaction
from engage.web.staff.words import ACTIONS
from tests.accounts.cast import account, signed_in
from tests.town import Town
from tests.web.conftest import Visitor
from tests.web.page import Element

LOG = "/staff/log"


@pytest.fixture
def karl(app: Flask) -> User:
    return account("Karl Holm", roles=[RoleName.STAFF], email="karl@example.org")


@pytest.fixture
def staff(app: Flask, karl: User) -> Visitor:
    return Visitor(signed_in(app, karl))


@pytest.fixture
def organisation(town: Town) -> Organisation:
    found = town.organisation("Naturforeningen")
    db.session.commit()
    return found


@pytest.fixture
def bente(organisation: Organisation) -> User:
    return account("Bente Lund", member_of=[organisation])


def lines(visitor: Visitor, question: str = "") -> list[str]:
    """The entries as they are read, newest first."""
    page = visitor.get(f"{LOG}?{question}")
    return [each.text for each in page.all("li", class_="own-line")]


def facts(visitor: Visitor, question: str = "") -> list[dict[str, str]]:
    def read(line: Element) -> dict[str, str]:
        return {term.text.rstrip(":"): words.text for term, words in zip(line.all("dt"), line.all("dd"), strict=True)}

    return [read(each) for each in visitor.get(f"{LOG}?{question}").all("li", class_="own-line")]


# Where the first half of an action's name stands once for a file.
_HALVES = {
    "engage/activities/publishing.py": "activity.",
    "engage/registrations/importing.py": "import.",
    "engage/web/organiser/dates.py": "dates.",
    "engage/web/organiser/guest.py": "guests.",
    "engage/web/organiser/guests.py": "guests.",
    "engage/web/organiser/line.py": "guests.",
    "engage/web/organiser/phoned.py": "guests.",
    "engage/web/organiser/date.py": "dates.",
    "engage/web/organiser/series.py": "dates.",
    "engage/web/organiser/shifts.py": "dates.",
}


def recorded(path: Path) -> set[str]:
    """The actions that a file puts into the log."""
    half = _HALVES.get(path.relative_to(ROOT).as_posix(), "")
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        name = getattr(node.func, "attr", getattr(node.func, "id", "")) if isinstance(node, ast.Call) else ""
        if name in {"record", "_record", "_log", "_second_step_changed"}:
            words = [each.value for each in node.args if isinstance(each, ast.Constant)]  # type: ignore[attr-defined]
            found |= {half + each for each in words[:1] if isinstance(each, str) and each}
    return found


def test_everything_that_is_recorded_has_words() -> None:
    found = {each for path in (ROOT / "engage").rglob("*.py") for each in recorded(path)}
    assert len(found) > 30
    assert {each for each in found if "." in each} - set(ACTIONS) == set()


def test_facts_are_told_in_words_and_names_and_never_by_their_keys(
    staff: Visitor, karl: User, bente: User, organisation: Organisation, town: Town
) -> None:
    now, activity = utc_now(), town.activity("Ud i engen", organisation=organisation, state=ActivityState.IN_REVIEW)
    about = f"activity:{activity.public_id}"
    with transaction():
        changed = {"fields": ["price", "title_da"], "state": "draft"}
        audit.record(bente, "activity.changed", about, changed, now)
        invitations.invite("ny@example.org", by=karl, now=now, language="da", **_editor(organisation))
        members.change_rights(bente, organisation.id, Rights.CHECK_IN, by=karl, now=now)
        declarations.declare(organisation, now.year, "Ole Bo", now.date(), by=karl, now=now)
        audit.record(karl, "account.signed_in", f"account:{karl.public_id}", {"factors": ["password", "code"]}, now)
        audit.record(bente, "dates.series_added", about, {"series": "x", "rule": "FREQ=WEEKLY;BYDAY=TU;COUNT=3"}, now)
        audit.record(bente, "import.applied", "import:x", {"source": "Kalender", "new": 3, "changed": 0}, now)
    said = facts(staff, "lang=en")
    assert said[0] == {"New": "3"}
    assert said[1] == {"Rhythm": "Every week: Tuesday, 3 times"}
    assert said[2] == {"With": "password and code from the app"}
    assert said[3]["Declared by"] == "Ole Bo" and str(now.year) in said[3]["On the day"]
    assert said[4] == {"Organisation": "Naturforeningen", "Rights": "receives people at the door"}
    assert said[5] == {"Organisation": "Naturforeningen", "Rights": "may publish"}
    assert said[6] == {"What": "price and title (Danish)", "State": "Draft"}
    read = lines(staff, "lang=en")
    assert read[0].startswith("Bente Lund imported activities: Kalender")
    assert read[5].startswith("Karl Holm invited somebody: ny@example.org")
    for language in ("da", "en", "de"):
        page = " ".join(lines(staff, f"lang={language}"))
        for raw in ("organisation.", "account.", "activity.", "FREQ", "check_in", "title_da", "declared_by", about):
            assert raw not in page, (language, raw)


def _editor(organisation: Organisation) -> dict[str, object]:
    return {"organisation_id": organisation.id, "rights": Rights.EDITOR}


def test_an_organisations_entries_are_those_about_all_that_is_its_own(
    staff: Visitor, karl: User, bente: User, organisation: Organisation, town: Town
) -> None:
    other, now = town.organisation("Andre"), utc_now()
    theirs, ours = (town.activity(each.name, organisation=each) for each in (other, organisation))
    deleted = town.activity("Væk", organisation=organisation, state=ActivityState.DRAFT)
    with transaction():
        for each in (theirs, ours):
            audit.record(bente, "activity.changed", f"activity:{each.public_id}", {"fields": ["price"]}, now)
        publishing.delete_draft(deleted, bente.id, now)
        members.change_rights(bente, organisation.id, Rights.CHECK_IN, by=karl, now=now)
        audit.record(karl, "organisation.changed", f"organisation:{organisation.public_id}", {}, now)
        audit.record(karl, "organisation.changed", f"organisation:{other.public_id}", {}, now)
    assert len(lines(staff)) == 6
    assert len(lines(staff, f"organisation={organisation.public_id}")) == 4
    assert len(lines(staff, f"organisation={other.public_id}")) == 2
    assert len(lines(staff, f"organisation={organisation.public_id}&by={karl.public_id}")) == 2


def test_it_is_found_by_the_words_it_is_read_in(staff: Visitor, bente: User, town: Town) -> None:
    activity = town.activity("Blåmejser 100 %", organisation=bente.memberships[0].organisation)
    with transaction():
        audit.record(bente, "activity.changed", f"activity:{activity.public_id}", {"fields": ["price"]}, utc_now())
        audit.record(bente, "account.closed", f"account:{bente.public_id}", {}, utc_now())
    assert len(lines(staff, "lang=en&q=changed")) == 1, "what was done"
    assert len(lines(staff, "lang=en&q=" + quote("blåmejser CHANGED lund"))) == 1, "and to what, and by whom"
    assert len(lines(staff, "q=" + quote("100 %"))) == 1 and not lines(staff, "q=" + quote("100_%"))
    assert len(lines(staff, "q=lund")) == 2 and not lines(staff, "q=lund+ingenting")
    assert [*map(len, (lines(staff, "action=account.closed"), lines(staff, "action=account")))] == [1, 0]


def test_what_is_gone_is_said_and_not_named(staff: Visitor, bente: User, town: Town) -> None:
    number, now = bente.id, utc_now()
    with transaction():
        audit.record(bente, "activity.deleted", "activity:gone2222", {"organisation": 987654}, now)
        audit.record(None, "account.erased", "account:gone2222", {}, now)
        audit.forget_names(bente)
        db.session.delete(bente)
    erased, deleted = lines(staff, "lang=en")
    assert "The service itself erased an account: an account that is erased" in erased
    assert f"An account that is erased (number {number}) deleted a draft: an activity that is deleted" in deleted
    assert "gone2222" not in erased + deleted and "987654" not in deleted


def test_what_it_is_about_is_named_and_kept_when_searching_on(staff: Visitor, bente: User, activity: Activity) -> None:
    about = f"activity:{activity.public_id}"
    with transaction():
        audit.record(bente, "activity.changed", about, {}, utc_now() - timedelta(days=1))
        audit.record(bente, "activity.changed", "activity:other222", {}, utc_now())
    page = staff.get(f"{LOG}?about={about}")
    assert "Klimacafé" in page.one("p", class_="results").text
    assert page.one("form", action=LOG).fields()["about"] == about
    assert len(page.all("li", class_="own-line")) == 1


@pytest.fixture
def activity(town: Town, bente: User) -> Activity:
    return town.activity(organisation=bente.memberships[0].organisation)


def test_the_page_costs_the_same_however_many_entries_it_has(staff: Visitor, bente: User, town: Town) -> None:
    def questions() -> int:
        seen: list[str] = []

        def hear(*told: object) -> None:
            seen.append(str(told[2]))

        event.listen(db.engine, "before_cursor_execute", hear)
        staff.get(LOG)
        event.remove(db.engine, "before_cursor_execute", hear)
        return len(seen)

    with transaction():
        audit.record(bente, "activity.changed", "activity:a", {"organisation": 1}, utc_now())
    few = questions()
    with transaction():
        for number in range(40):
            audit.record(bente, "activity.changed", f"activity:{number}", {"organisation": number}, utc_now())
    assert questions() == few
