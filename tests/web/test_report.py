"""The report and open data: the same figures on the page and in every file, released ones alone, and nothing that is a formula."""

import csv
import io
import json
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from docx import Document
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import text

from engage import worker
from engage.accounts import RoleName
from engage.activities.models import Activity, ActivityState, Initiative, Kind
from engage.base.clock import utc_now
from engage.base.config import City, current_settings
from engage.base.db import db, transaction
from engage.goals import loading
from engage.goals.cycle import choosing, indicators
from engage.goals.cycle.indicators import IndicatorInput
from engage.statistics.report import names, open_data
from tests.accounts.cast import account, signed_in
from tests.statistics.test_releases import Year
from tests.town import Town
from tests.web.conftest import Visitor

YEAR = utc_now().year - 1
PERIOD = f"fra={YEAR}-01&til={YEAR}-12"
EVIL = "=HYPERLINK(1)"


@pytest.fixture
def staff(app: Flask) -> Visitor:
    return Visitor(signed_in(app, account("Karl Holm", roles=[RoleName.STAFF])))


@pytest.fixture
def activity(town: Town) -> Activity:
    """A year in which something was held for nine people, and something for two."""
    now = utc_now()
    with transaction():
        loading.load(now)
        choosing.choose(YEAR, ["kf-literacy"], this_year=now.year, now=now)
        wanted = IndicatorInput(
            names={"da": EVIL, "en": EVIL}, units={"da": "%"},
            baseline_value=Decimal("61.5"), baseline_on=date(YEAR, 1, 1), baseline_source=EVIL,
        )  # fmt: skip
        indicator = indicators.add("kf-literacy", wanted, now=now)
        day = date(YEAR, 6, 1)
        indicators.follow_up(indicator, Decimal(64), day, "Skolerne", "Godt", today=now.date(), now=now)
    year, march = Year(town), now.replace(year=YEAR, month=3, day=10)
    held = year.held(march, 9, kind=Kind.LEARNING, sdgs=[4], dimensions=["social"])
    year.held(march, 7, first=20, kind=Kind.VOLUNTEER, sdgs=[13], dimensions=["environmental"])
    year.held(march + timedelta(days=1), 2, first=40, kind=Kind.LEARNING, sdgs=[1], dimensions=["economic"])
    worker.release_months(now)
    return held.activity


def as_json(staff: Visitor) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(staff.client.get(f"/staff/rapport.json?{PERIOD}").data)
    return found


def test_the_report_says_what_was_released(staff: Visitor, activity: Activity) -> None:
    tables = as_json(staff)["tables"]
    assert {row["key"]: row["value"] for row in tables["totals"]["rows"]} == {
        "dates": 3, "sign_ups": 18, "seats": 18, "volunteer_sign_ups": None, "volunteers": None, "volunteer_hours_of": 0,
        "volunteer_hours": None,
    }, "volunteers are among those told in totals alone"  # fmt: skip
    told = {row["key"]: (row["dates"], row["sign_ups"]) for row in tables["sdg"]["rows"]}
    assert (told["04"], told["13"], told["01"], told["untold"]) == ((1, 9), (1, None), (1, None), (None, 9))
    assert told["17"] == (0, 0), "where nothing was held nobody came"
    assert len(told) == 18, "all seventeen, and the rest"
    feature = tables["chosen_key_features"]["rows"][0]
    assert (feature["baseline"], feature["latest"], feature["latest_on"]) == (61.5, 64, f"{YEAR}-06-01")
    assert (feature["latest_source"], feature["note"]) == ("Skolerne", "Godt")


def test_themes_and_partners_are_told(staff: Visitor, activity: Activity) -> None:
    """All are marked with kf-esd; seven volunteers, and two for goal 1, are told in totals alone."""
    tables = as_json(staff)["tables"]
    told = {row["key"]: (row["dates"], row["sign_ups"]) for row in tables["theme"]["rows"]}
    assert told["sustainable-development"] == (3, 9) and told["untold"] == (None, 9)
    assert told["equity-inclusion"] == (1, None) and told["health"] == (0, 0) and len(told) == 8
    rows = [(row["label"]["en"], row["sector"].split(" / ")[0], row["dates"]) for row in tables["partners"]["rows"]]
    assert rows == [(activity.organisation.name, "Municipal department", 1)] * 3


def test_beside_each_figure_stands_that_of_the_same_months_before(staff: Visitor, town: Town) -> None:
    """The very numbers that a report of those months has, in each format; what is told of nobody stays so."""
    now = utc_now()
    with transaction():
        loading.load(now)
    year = Year(town)
    for years, people in ((1, 9), (0, 11)):
        march = now.replace(year=YEAR - years, month=3, day=10)
        year.held(march, people, kind=Kind.LEARNING, sdgs=[4], dimensions=["social"])
        year.held(march, 6, first=20, kind=Kind.VOLUNTEER, sdgs=[13], dimensions=["environmental"])
        year.held(march + timedelta(days=1), 2, first=40, kind=Kind.LEARNING, sdgs=[1], dimensions=["economic"])
    while worker.release_months(now):
        pass
    of = {each: f"fra={each}-03&til={each}-03" for each in (YEAR - 1, YEAR)}
    earlier, told = (json.loads(staff.client.get(f"/staff/rapport.json?{of[each]}").data) for each in of)
    assert (told["first_month_before"], told["last_month_before"]) == (f"{YEAR - 1}-03", f"{YEAR - 1}-03")
    assert earlier["first_month_before"] is None and "seats_before" not in earlier["tables"]["sdg"]["rows"][0]
    then = {row["key"]: row for row in earlier["tables"]["sdg"]["rows"]}
    rows = {row["key"]: row for row in told["tables"]["sdg"]["rows"]}
    assert (rows["04"]["seats"], rows["04"]["seats_before"], rows["01"]["seats_before"]) == (11, 9, None)
    for key, row in rows.items():
        for column in ("dates", "sign_ups", "seats"):
            assert row[f"{column}_before"] == then[key][column]
    totals = {row["key"]: (row["value"], row["value_before"]) for row in told["tables"]["totals"]["rows"]}
    assert totals["seats"] == (19, 17)
    lines = {(line["breakdown"], line["key"], line["first_month"]): line for line in _lines_of(staff, YEAR)}
    line = lines["sdg", "04", f"{YEAR}-03"]
    assert (line["participants"], line["participants_before"], line["dates_before"]) == ("11", "9", "1")
    assert lines["sdg", "01", f"{YEAR}-03"]["participants_before"] == ""


def _lines_of(staff: Visitor, year: int) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(staff.client.get(f"/data/{year}.csv").text)))


def test_it_says_which_months_are_in_it(staff: Visitor, activity: Activity) -> None:
    rows = [
        (row["key"], row["last_month"], row["status"].split(" / ")[0]) for row in tables_of(staff)["months"]["rows"]
    ]
    assert rows == [
        (f"{YEAR}-01", f"{YEAR}-02", "Not released"),
        (f"{YEAR}-03", f"{YEAR}-03", "Released, month by month"),
        (f"{YEAR}-04", f"{YEAR}-12", "Not released"),
    ]


def tables_of(staff: Visitor) -> dict[str, Any]:
    found: dict[str, Any] = as_json(staff)["tables"]
    return found


def test_where_nothing_is_released_nothing_is_zero(staff: Visitor, activity: Activity) -> None:
    page = f"fra={YEAR - 1}-01&til={YEAR - 1}-12"
    tables = json.loads(staff.client.get(f"/staff/rapport.json?{page}").data)["tables"]
    assert all(row["value"] is None for row in tables["totals"]["rows"])
    assert all(not tables[each]["rows"] for each in ("dimension", "sdg", "theme", "sector", "partners"))
    assert staff.get(f"/staff/rapport?{page}").one("div", class_="alert-info")


def plain(value: object) -> str:
    """A value as all kinds of files write it."""
    words = "" if value is None else str(value)
    number = words.removeprefix("'")
    return number.removesuffix(".0")


def test_page_and_files_say_the_same(staff: Visitor, activity: Activity) -> None:
    told = as_json(staff)["tables"]
    wanted = {
        name: [[plain(value) for key, value in row.items() if key not in ("key", "label")] for row in table["rows"]]
        for name, table in told.items()
    }
    files = {kind: staff.client.get(f"/staff/rapport.{kind}?{PERIOD}") for kind in ("csv", "xlsx", "docx")}
    lines = csv.DictReader(io.StringIO(files["csv"].data.decode("utf-8-sig")))
    from_csv: dict[str, list[str]] = {}
    for line in lines:
        from_csv.setdefault(line["table"], []).append(plain(line["value"]))
    assert from_csv == {name: [value for row in rows for value in row] for name, rows in wanted.items() if rows}
    book, document = load_workbook(io.BytesIO(files["xlsx"].data)), Document(io.BytesIO(files["docx"].data))
    page = staff.get(f"/staff/rapport?{PERIOD}")
    pages = {table.one("caption").text.split(" / ")[0]: table for table in page.all("table")}
    for (name, rows), drawn in zip(wanted.items(), document.tables, strict=True):
        sheet = [[plain(cell) for cell in row[3:]] for row in book[name].iter_rows(min_row=2, values_only=True)]
        assert [row[: len(rows[0])] for row in sheet[: len(rows)]] == rows, name
        assert [[plain(cell.text) for cell in row.cells[1:]] for row in drawn.rows[1:]] == rows, name
        shown = [
            [cell.text for cell in row.all("td")] for row in pages[told[name]["title"]["en"]].one("tbody").all("tr")
        ]
        assert [[plain("" if cell == "–" else cell) for cell in row] for row in shown] == rows, name


def test_nothing_that_was_typed_is_a_formula(staff: Visitor, activity: Activity) -> None:
    whole = staff.client.get(f"/staff/rapport.csv?{PERIOD}").data.decode("utf-8-sig")
    values = [line["value"] for line in csv.DictReader(io.StringIO(whole))]
    assert f"'{EVIL}" in values and not any(value.startswith(("=", "+", "-", "@")) for value in values)
    book = load_workbook(io.BytesIO(staff.client.get(f"/staff/rapport.xlsx?{PERIOD}").data))
    assert not any(cell.data_type == "f" for sheet in book for row in sheet.iter_rows() for cell in row)


def test_a_period_backwards_is_told_in_words(staff: Visitor) -> None:
    page = staff.get(f"/staff/rapport?fra={YEAR}-05&til={YEAR}-02", status=400)
    assert "error-summary" in str(page.one("div", class_="alert-error").get("aria-labelledby"))
    assert staff.client.get(f"/staff/rapport.csv?fra={YEAR}-05&til={YEAR}-02").status_code == 302
    assert staff.get("/staff/rapport?fra=nonsense&til=0001-01").one("h1")


def test_good_examples_are_five_of_two_hundred_words(staff: Visitor, town: Town) -> None:
    activities = [town.activity(f"Noget {number}") for number in range(6)]

    def put(number: int, danish: str = "Det var godt", status: int = 303) -> None:
        address = f"https://x.example/aktiviteter/{activities[number].public_id}/noget"
        where = {"address": address, "danish": danish, "english": "It was good"}
        staff.send("/staff/rapport/eksempler", where, status=status)

    put(0, "ord " * 201, 409)
    put(0, "  ", 409)
    for number in range(5):
        put(number)
    put(5, status=409)
    put(4, "ord " * 200)
    staff.send("/staff/rapport/eksempler", {"address": "nix", "danish": "Godt"}, status=409)
    told = as_json(staff)["examples"]
    assert [each["title"]["da"] for each in told] == [f"Noget {number}" for number in range(5)]
    assert len(told[4]["text"]["da"].split()) == 200
    again = staff.get(f"/staff/rapport?eksempel={activities[1].public_id}")
    assert again.one("textarea", id="english").text == "It was good"
    assert activities[1].public_id in again.one("input", id="address").get("value")
    assert not staff.get("/staff/rapport?eksempel=nix").one("input", id="address").get("value")
    staff.send(f"/staff/rapport/eksempler/{activities[0].public_id}/fjern", {}, status=303)
    assert len(as_json(staff)["examples"]) == 4


def test_open_data_is_the_same_in_both_kinds_and_for_anybody(app: Flask, activity: Activity) -> None:
    client = app.test_client()
    assert f"/data/{YEAR}.csv" in client.get("/data").get_data(as_text=True)
    found = client.get(f"/data/{YEAR}.csv")
    rows = list(csv.DictReader(io.StringIO(found.get_data(as_text=True))))
    told = client.get(f"/data/{YEAR}.json").get_json()
    assert [{key: "" if value is None else str(value) for key, value in row.items()} for row in told["rows"]] == rows
    assert told["licence"] == "CC BY 4.0"
    total = rows[0]
    assert (total["breakdown"], total["first_month"], total["sign_ups"]) == ("total", f"{YEAR}-03", "18")
    assert all(not row["sign_ups"] or int(row["sign_ups"]) >= 5 for row in rows)
    assert {row["participants"] for row in rows if row["breakdown"] == "channel"} == {""}
    assert told["suppressed_below"] == 5
    again = client.get(f"/data/{YEAR}.csv", headers={"If-None-Match": found.headers["ETag"]})
    assert again.status_code == 304 and again.data == b""
    assert client.get("/data/1999.csv").status_code == client.get(f"/data/{YEAR}.xml").status_code == 404


def test_a_years_file_is_made_once_for_each_release(
    app: Flask, activity: Activity, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []
    whole = open_data.of_year
    monkeypatch.setattr(open_data, "of_year", lambda year: [made.append(year), whole(year)][1])
    client, address = app.test_client(), f"/data/{YEAR}.csv"
    first = client.get(address)
    known = {"If-None-Match": first.headers["ETag"]}
    assert client.get(address).data == first.data and client.get(address, headers=known).status_code == 304
    assert made == [YEAR]
    with transaction():
        db.session.execute(text("UPDATE release SET released_at = released_at + interval '1 second'"))
    assert client.get(address, headers=known).status_code == 200 and made == [YEAR] * 2


def test_the_threshold_told_is_that_of_the_releases(
    app: Flask, activity: Activity, set_settings: Callable[..., None]
) -> None:
    set_settings(city=City({**current_settings().city.facts, "statistics": {"suppress_below": 9}}))
    assert app.test_client().get(f"/data/{YEAR}.json").get_json()["suppressed_below"] == 5


def test_a_release_over_new_year_is_in_the_year_of_its_last_month(app: Flask, staff: Visitor, town: Town) -> None:
    year, now = Year(town), utc_now()
    year.held(now.replace(year=YEAR - 1, month=12, day=10), 3)
    year.held(now.replace(year=YEAR, month=1, day=10), 4, first=10)
    worker.release_months(now)
    client = app.test_client()
    assert client.get(f"/data/{YEAR - 1}.csv").status_code == 404
    rows = client.get(f"/data/{YEAR}.json").get_json()["rows"]
    assert (rows[0]["first_month"], rows[0]["last_month"], rows[0]["sign_ups"]) == (f"{YEAR - 1}-12", f"{YEAR}-01", 7)
    told = json.loads(staff.client.get(f"/staff/rapport.json?fra={YEAR - 1}-01&til={YEAR - 1}-12").data)
    months = {row["key"]: row["status"] for row in told["tables"]["months"]["rows"]}
    assert months[f"{YEAR - 1}-12"].startswith(f"Told together with {YEAR}-01")


def test_a_year_in_which_nothing_was_held_has_no_file(app: Flask, town: Town) -> None:
    year, now = Year(town), utc_now()
    year.held(now.replace(year=YEAR - 2, month=3, day=10), 0)
    year.held(now.replace(year=YEAR, month=3, day=10), 7)
    worker.release_months(now)
    assert open_data.years() == [YEAR, YEAR - 2]
    client = app.test_client()
    assert client.get(f"/data/{YEAR - 1}.csv").status_code == 404
    rows = client.get(f"/data/{YEAR - 2}.json").get_json()["rows"]
    (held,) = [row for row in rows if row["first_month"] == f"{YEAR - 2}-03" and row["breakdown"] == "total"]
    assert (held["dates"], held["sign_ups"], held["participants"]) == (1, None, None)


def test_parts_of_town_and_common_efforts_have_names(app: Flask, set_settings: Callable[..., None]) -> None:
    areas = [{"key": "6400", "name": "6400 Sonderborg"}]
    set_settings(city=City({**current_settings().city.facts, "areas": areas}))
    with transaction():
        db.session.add(Initiative(key="week", names={"da": "Ugen", "en": "The week"}, texts={}))
    told = {
        key: names.name(axis, key).english for axis, key in (("area", "6400"), ("area", "outside"), ("area", "other"))
    }
    assert told == {
        "6400": "6400 Sonderborg",
        "outside": "Outside the municipality",
        "other": "Several together, each too few to tell",
    }
    assert (names.name("initiative", "week").danish, names.name("initiative", "gone").english) == ("Ugen", "gone")


def test_an_example_that_is_published_no_more_is_left_out(staff: Visitor, activity: Activity) -> None:
    where = {"address": activity.public_id, "danish": "Godt"}
    staff.send("/staff/rapport/eksempler", where, status=303)
    assert len(as_json(staff)["examples"]) == 1
    activity.state = ActivityState.DRAFT
    db.session.commit()
    assert as_json(staff)["examples"] == []


def test_open_data_is_told_of_before_there_is_any(app: Flask) -> None:
    assert app.test_client().get("/data").status_code == 200
    db.session.rollback()


@pytest.mark.parametrize("language", ["da", "en", "de"])
def test_the_dictionary_names_each_column(app: Flask, language: str) -> None:
    page = app.test_client().get(f"/data?lang={language}").get_data(as_text=True)
    for column in ("first_month", "breakdown", "participants", "volunteer_minutes", "newness"):
        assert f"<code>{column}</code>" in page
