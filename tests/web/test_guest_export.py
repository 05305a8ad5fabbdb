"""The list of sign-ups taken along: files, paper, what is logged of it, and what its people are told."""

import csv
import io
from datetime import timedelta

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select

from engage import privacy
from engage.accounts import Rights, RoleName
from engage.accounts.audit import AuditEntry
from engage.activities.models import Occurrence
from engage.base import sheets
from engage.base.clock import utc_now
from engage.base.db import db, transaction
from engage.registrations import holdings, looked, phone_marks
from engage.registrations.attendance import door_links
from engage.registrations.wording import logged_words
from tests.accounts.cast import account, signed_in
from tests.town import Town
from tests.web.coming_in import come_in
from tests.web.conftest import Visitor

EVIL = '=HYPERLINK("http://x.example";"Klik")'


@pytest.fixture
def date(town: Town) -> Occurrence:
    activity = town.activity()
    town.question(activity, "Hvad vil du spise?")
    return town.occurrence(activity, capacity=10)


@pytest.fixture
def organiser(app: Flask, date: Occurrence) -> Visitor:
    return Visitor(signed_in(app, account("Bente Lund", member_of=[date.activity.organisation])))


def room(date: Occurrence) -> str:
    return f"/organiser/aktiviteter/{date.activity.public_id}/datoer/{date.public_id}/tilmeldte"


def actions() -> list[str]:
    db.session.expire_all()
    return [each.action for each in db.session.query(AuditEntry).order_by(AuditEntry.id)]


def test_the_file_has_every_sign_up_with_its_answers_and_no_formula(
    organiser: Visitor, town: Town, date: Occurrence
) -> None:
    town.signed_up(date, name=EVIL, seats=2)
    town.signed_up(date, name="Åse Ørum")
    answer = organiser.client.get(f"{room(date)}/liste.csv")
    assert answer.status_code == 200 and answer.data.startswith(b"\xef\xbb\xbf")
    assert "attachment" in answer.headers["Content-Disposition"] and answer.headers["Cache-Control"] == "no-store"
    headings, first, second = csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";")
    assert headings[-1] == "Hvad vil du spise?" and len(headings) == len(first) == len(second)
    assert first[0] == f"'{EVIL}" and first[2] == "2" and second[0] == "Åse Ørum" and "@example.org" in second[5]
    answer = organiser.client.get(f"{room(date)}/liste.xlsx")
    book = load_workbook(io.BytesIO(answer.data))
    cells = [list(row) for row in book.worksheets[0].iter_rows()]
    assert cells[1][0].value == EVIL and cells[1][0].data_type == "s" and cells[1][2].value == 2
    assert [cell.value for cell in cells[0]] == headings
    assert actions() == ["guests.exported", "guests.exported"]


def test_the_file_is_narrowed_as_the_list_is(organiser: Visitor, town: Town, date: Occurrence) -> None:
    town.signed_up(date, name="Anna Holm")
    town.signed_up(date, name="Bo Lind")
    lines = organiser.client.get(f"{room(date)}/liste.csv?q=anna").data.decode("utf-8-sig").splitlines()
    assert len(lines) == 2 and lines[1].startswith("Anna Holm")


def test_paper_for_the_door_has_first_names_and_no_more(organiser: Visitor, town: Town, date: Occurrence) -> None:
    guest = town.signed_up(date, name="Anna Holm")
    text = organiser.get(f"{room(date)}/udskriv").one("main").text
    assert "Anna Holm" in text
    page = organiser.get(f"{room(date)}/udskriv-kort")
    assert "Anna H." in page.one("main").text and "Holm" not in page.one("main").text
    assert guest.email not in page.one("main").text
    assert actions() == ["guests.printed", "guests.printed"]


def test_who_only_receives_people_gets_the_short_paper_alone(app: Flask, town: Town, date: Occurrence) -> None:
    town.signed_up(date, name="Anna Holm")
    helper = Visitor(signed_in(app, account("Mette", member_of={date.activity.organisation: Rights.CHECK_IN})))
    assert "Anna H." in helper.get(f"{room(date)}/udskriv-kort").one("main").text
    for path in ("liste.csv", "liste.xlsx", "udskriv"):
        assert helper.client.get(f"{room(date)}/{path}").status_code == 404
    assert actions() == ["guests.printed"]


def test_a_citizen_reads_on_which_days_their_organiser_looked_and_nobodys_name(
    app: Flask, organiser: Visitor, town: Town, date: Occurrence
) -> None:
    now = utc_now() - timedelta(minutes=1)
    guest, other = town.signed_up(date, name="Anna Holm", now=now), town.signed_up(date, name="Bo Lind", now=now)
    assert looked.looks(guest) == []
    organiser.get(room(date))
    organiser.client.get(f"{room(date)}/liste.csv")
    organiser.get(f"{room(date)}/{other.public_id}")
    (look,) = looked.looks(guest)
    assert look.by == date.activity.organisation.name and look.ways == ("file", "list") and not look.by_helper
    assert looked.looks(other)[0].ways == ("file", "list", "one")
    staff = Visitor(signed_in(app, account("Sten", roles=[RoleName.STAFF])))
    staff.get(room(date))
    assert {each.by for each in looked.looks(guest)} > {date.activity.organisation.name}
    later = town.signed_up(date, name="Carl", now=utc_now() + timedelta(minutes=1))
    assert looked.looks(later) == []
    text = come_in(app, guest.email).get(f"/mine/tilmelding/{guest.public_id}").one("main").text
    assert date.activity.organisation.name in text and "Bente" not in text and "Sten" not in text


def test_each_door_that_shows_somebody_is_told_to_them_and_stands_in_the_log(
    app: Flask, organiser: Visitor, town: Town, date: Occurrence
) -> None:
    date = town.occurrence(date.activity, starts_at=utc_now() + timedelta(hours=1))
    now = utc_now() - timedelta(minutes=1)
    guest = town.signed_up(date, name="Anna Holm", now=now)
    by, door = account("Ida").id, room(date).removesuffix("/tilmeldte") + "/tjek-ind"
    with transaction():
        secret = door_links.make(date.id, "Bo", by=by, now=now)[1]
        phone_marks.mark(guest.public_id, "", by=by, now=now)
    staff = Visitor(signed_in(app, account("Sten", roles=[RoleName.STAFF])))
    seen: tuple[str, ...] = ()
    for visitor, path, way in (
        (organiser, room(date), "list"),
        (organiser, f"{room(date)}/venteliste", "list"),
        (organiser, f"{room(date)}/{guest.public_id}", "one"),
        (organiser, f"{room(date)}/liste.csv", "file"),
        (organiser, f"{room(date)}/liste.xlsx", "file"),
        (organiser, f"{room(date)}/udskriv", "paper"),
        (organiser, f"{room(date)}/udskriv-kort", "paper"),
        (organiser, door, "door"),
        (organiser, f"{door}/liste.json", "door"),
        (organiser, f"{door}/timer", "list"),
        (Visitor(app.test_client()), f"/doer/{secret}", "door"),
        (Visitor(app.test_client()), f"/doer/{secret}/liste.json", "door"),
        (staff, "/staff/ringes-op", "call"),
    ):
        before = len(actions())
        assert visitor.client.get(path).status_code == 200, path
        assert len(actions()) == before + 1, path
        told = {each for look in looked.looks(guest) for each in look.ways}
        assert way in told, path
        seen += (way,)
    assert told == set(seen) and any(each.by_helper for each in looked.looks(guest))
    assert guest.person_id is not None
    readings = db.session.scalars(select(AuditEntry.action).where(holdings.readings_of(guest.person_id))).all()
    assert sorted(readings) == sorted(actions()), "their own data say the same"
    (log,) = [each for each in privacy.told(guest.person_id) if each.table == "audit"]
    said = str(log)
    assert all(logged_words(each) in said and each not in said for each in readings)


def test_whose_letter_is_shown_as_an_example_is_told_so(organiser: Visitor, town: Town, date: Occurrence) -> None:
    guest = town.signed_up(date, name="Anna Holm", now=utc_now() - timedelta(minutes=1))
    path = f"{room(date)}/besked"
    organiser.submit(organiser.get(path), path, {"subject_da": "Husk", "text_da": "Tag en lygte med."}, status=200)
    (look,) = looked.looks(guest)
    assert look.ways == ("one",)


@pytest.mark.parametrize("typed", ["=1+1", "+45 12", "-2", "@SUM(A1)", "\t=1", " =1", "\uff1d1"])
def test_what_somebody_typed_is_never_a_formula_in_a_csv_file(typed: str) -> None:
    assert sheets.as_csv([[typed]]).decode("utf-8-sig").lstrip('"').startswith("'")


def test_a_workbook_holds_any_text_there_is() -> None:
    rows = [["<&\"'>"], ["\x00\x0bÆ\n😀"], [7]]
    (sheet,) = load_workbook(io.BytesIO(sheets.as_xlsx(rows, "a/b:c*" * 9))).worksheets
    assert [row[0].value for row in sheet.iter_rows()] == ["<&\"'>", "Æ\n😀", 7]
