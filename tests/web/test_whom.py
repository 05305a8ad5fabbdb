"""An age band and a part of town, where an organiser asks: in the form, on a sign-up's page, and beside the population."""

import io
from datetime import timedelta

import openpyxl
import pytest
from flask import Flask
from sqlalchemy import select

from engage.accounts import RoleName
from engage.accounts.audit import AuditEntry
from engage.activities.models import Occurrence
from engage.base.clock import utc_now
from engage.base.db import db, transaction
from engage.registrations import Registration, whom
from engage.registrations.facts import AGE, AREA
from engage.statistics import population
from tests.accounts.cast import account, signed_in
from tests.town import Town
from tests.web.coming_in import come_in
from tests.web.conftest import Visitor, address
from tests.web.page import Element, parse

POPULATION = "/staff/befolkning"
ANNA = {"name": "Anna Holm", "email": "anna@example.org"}
AREAS = {"6400": 40_000, "6430": 10_000, "6440": 6_000, "6470": 4_000, "6300": 8_000, "6310": 5_000, "6320": 700}


@pytest.fixture
def staff(app: Flask) -> Visitor:
    return Visitor(signed_in(app, account(roles=[RoleName.STAFF])))


def said() -> tuple[str, str]:
    db.session.expire_all()
    registration = db.session.query(Registration).one()
    return registration.age_band, registration.area


def sent(visitor: Visitor, date: Occurrence, fields: dict[str, str]) -> None:
    visitor.submit(visitor.get(address(date)), address(date) + "/tilmeld", {**ANNA, **fields}, status=303)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [({}, ("unsaid", "unsaid")), ({"age_band": "18-29", "area": "6470"}, ("18-29", "6470"))],
    ids=["left alone", "answered"],
)
def test_the_form_asks_and_never_insists(
    town: Town, visitor: Visitor, fields: dict[str, str], expected: tuple[str, str]
) -> None:
    date = town.occurrence(town.activity(asks_whom=True))
    page = visitor.get(address(date))
    ages = page.one("select", id="age_band").all("option")
    assert [each.get("value") for each in ages] == ["unsaid", *whom.BANDS]
    assert not page.one("select", id="age_band").has("required")
    assert [each.get("value") for each in page.one("select", id="area").all("option")] == ["unsaid", *whom.areas()]
    sent(visitor, date, fields)
    assert said() == expected


def test_what_was_chosen_stands_there_when_the_form_comes_back(town: Town, visitor: Visitor) -> None:
    date = town.occurrence(town.activity(asks_whom=True))
    answer = visitor.submit(
        visitor.get(address(date)), address(date) + "/tilmeld", {**ANNA, "name": "", "area": "6430"}, status=422
    )
    chosen = [each for each in parse(answer.text).one("select", id="area").all("option") if each.has("selected")]
    assert [each.get("value") for each in chosen] == ["6430"]


def test_a_form_that_does_not_ask_has_no_such_field_and_keeps_none(town: Town, visitor: Visitor) -> None:
    date = town.occurrence()
    assert [each for each in visitor.get(address(date)).all("select") if each.get("id") in {"age_band", "area"}] == []
    sent(visitor, date, {"age_band": "18-29", "area": "6470"})
    assert said() == ("", "")


def test_it_is_changed_and_taken_back_on_the_page_of_the_sign_up(app: Flask, town: Town) -> None:
    own = town.signed_up(town.occurrence(town.activity(asks_whom=True)), email="anna@example.org")
    anna, path = come_in(app), f"/mine/tilmelding/{own.public_id}"
    anna.submit(anna.get(path), path, {"age_band": "65-79", "area": "outside"}, status=303)
    assert said() == ("65-79", "outside")
    assert "65–79" in anna.get("/mine/data").text, "it is told with what is kept of them"
    page = anna.get(path)
    anna.submit(page, path, {"age_band": "unsaid"}, status=303)
    assert said() == ("unsaid", "outside"), "and the other as it was"


def test_organisers_do_not_see_what_each_answered(app: Flask, town: Town) -> None:
    date = town.occurrence(town.activity(asks_whom=True))
    own = town.signed_up(date, email="anna@example.org")
    with transaction():
        own.age_band, own.area = "65-79", "6470"
    organiser = Visitor(signed_in(app, account(member_of=[date.activity.organisation])))
    guests = f"/organiser/aktiviteter/{date.activity.public_id}/datoer/{date.public_id}/tilmeldte"
    for page in (guests, f"{guests}/{own.public_id}"):
        words = organiser.get(page).text
        assert "Sydals" not in words and "65–79" not in words


def uploaded(staff: Visitor, kind: str, content: bytes, name: str = "folk.csv", status: int = 200) -> Element:
    form = staff.get(POPULATION).one("input", id="file").parent
    while form is not None and form.tag != "form":
        form = form.parent
    assert form is not None
    data = {"csrf_token": form.fields()["csrf_token"], "kind": kind, "file": (io.BytesIO(content), name)}
    answer = staff.client.post(POPULATION, data=data, content_type="multipart/form-data")
    assert answer.status_code == status, answer.text[-1500:]
    return parse(answer.text)


def workbook() -> bytes:
    book, content = openpyxl.Workbook(), io.BytesIO()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Postnummer", "Personer"])
    for key, number in AREAS.items():
        sheet.append([f"{key} By", number])
    book.save(content)
    return content.getvalue()


def test_the_population_is_shown_before_it_is_kept(staff: Visitor) -> None:
    ages = "alder;antal\n" + "".join(f"{age} år;100\n" for age in range(100)) + "I alt;10000\n"
    for kind, content in ((AGE, ages.encode()), (AREA, workbook())):
        page = uploaded(staff, kind, content)
        assert population.years(kind) == {}
        if kind == AGE:
            assert "I alt" in page.text and "10.000" in page.text
        again = staff.submit(page, POPULATION + "/gem", {"year": "19"}, status=422)
        staff.submit(
            parse(again.text), POPULATION + "/gem", {"year": str(utc_now().year), "source": "FOLK1A"}, status=303
        )
    assert population.years(AGE) == {utc_now().year: 10_000}
    found = population.known(AREA, utc_now().date())
    assert found is not None and found.numbers == AREAS and found.source == "FOLK1A"
    logged = db.session.scalars(select(AuditEntry.action).where(AuditEntry.action.like("population.b%"))).all()
    assert logged == ["population.brought"] * 2


def test_what_cannot_be_used_is_said_at_its_field_and_nothing_is_kept(staff: Visitor) -> None:
    assert uploaded(staff, "", b"a;b\n0;1\n", status=422).one(id="kind-age-error").text
    assert uploaded(staff, AGE, b"", status=422).one(id="file-error").text
    assert uploaded(staff, AREA, b"by;antal\nOdense;200000\n", status=422).one(id="file-error").text
    half = uploaded(staff, AREA, b"by;antal\n6400;40000\n")
    assert [form for form in half.all("form") if form.get("action") == POPULATION + "/gem"] == []
    assert "6430 Nordborg" in half.text
    staff.send(POPULATION + "/gem", {"kind": AREA, "year": "2026", "number-6400": "5"}, status=422)
    assert population.years(AREA) == {}


def test_the_page_says_in_words_who_is_missing(town: Town, staff: Visitor) -> None:
    now = utc_now()
    with transaction():
        population.keep(AREA, now.year, AREAS, "Danmarks Statistik", this_year=now.year)
    date = town.occurrence(capacity=None, starts_in=timedelta(minutes=1))
    for number in range(36):
        own = town.signed_up(date)
        own.area = "6400" if number < 34 else "6320"
    db.session.commit()
    page = staff.get(f"{POPULATION}?aar={own.occurrence.starts_at.year}")
    lead = page.one("section", id=AREA).all("strong")[0].text
    assert "6430 Nordborg" in lead and "6400" not in lead
    rows = page.one("section", id=AREA).all("th", scope="row")
    assert not [each for each in rows if each.text.startswith("6320")], "a small part is never shown alone"
    assert "Danmarks Statistik" in page.text
    path = f"{POPULATION}/{AREA}/{now.year}/slet"
    staff.submit(page, path, {}, status=303)
    staff.send(path, {}, status=404)
    assert population.years(AREA) == {}


def test_the_organisers_switch_is_kept_and_said(app: Flask, town: Town) -> None:
    activity = town.occurrence().activity
    organiser = Visitor(signed_in(app, account(member_of=[activity.organisation])))
    path = f"/organiser/aktiviteter/{activity.public_id}/tilmelding"
    page = organiser.get(path)
    assert not page.one("input", id="asks_whom").has("checked"), "off until it is chosen"
    organiser.submit(page, path, {"asks_whom": "1"}, status=303)
    db.session.expire_all()
    assert activity.asks_whom
    assert organiser.get(path).one("input", id="asks_whom").has("checked")
