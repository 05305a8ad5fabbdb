"""Staff's pages of the yearly cycle: choose, measure, follow up, and compare the list with UNESCO's document."""

import io
from collections.abc import Iterator

import openpyxl
import pytest
from flask import Flask
from sqlalchemy import select

from engage.accounts import RoleName
from engage.accounts.audit import AuditEntry
from engage.base.clock import utc_now
from engage.base.db import db
from engage.goals import official
from engage.goals.cycle import choosing, indicators
from engage.goals.cycle.models import Indicator, Measurement
from tests.accounts.cast import account, signed_in
from tests.goals.restored import loaded
from tests.web.conftest import Visitor, read
from tests.web.page import Element

YEAR = utc_now().year
CYCLE, LIST = f"/staff/key-features/{YEAR}", "/staff/unesco-liste"
ONE, TWO = "kf-literacy", "kf-public-life"


@pytest.fixture(autouse=True)
def goals(app: Flask) -> Iterator[None]:
    with loaded(utc_now()):
        yield


@pytest.fixture
def staff(app: Flask) -> Visitor:
    return Visitor(signed_in(app, account("Karl Holm", roles=[RoleName.STAFF])))


def actions() -> list[str]:
    return list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def verified() -> list[str]:
    db.session.expire_all()
    return [each.id for each in official.features() if each.verified]


def new_indicator(staff: Visitor, **fields: str) -> str:
    path = f"/staff/key-features/{ONE}/ny-indikator"
    facts = {"name_da": "Voksne, der læser", "unit_da": "%", "better": "up"} | fields
    return str(staff.submit(staff.get(path), path, facts, status=303).location)


def test_a_year_goes_from_choice_to_follow_up_and_next_years_choice(staff: Visitor) -> None:
    assert staff.get("/staff/key-features").one("h1").text == f"Key Features {YEAR}"
    page = staff.get(f"{CYCLE}/vaelg")
    assert len(page.all("input", type="checkbox")) == 42
    staff.submit(page, f"{CYCLE}/vaelg", {"feature": [ONE, TWO]}, status=303)
    assert "2 Key Features" in staff.get(CYCLE).one("main").text
    staff.submit(staff.get(CYCLE), f"{CYCLE}/{ONE}/maal", {"aim": "Flere læser højt"}, status=303)
    indicator = new_indicator(
        staff, baseline_value="60,5", baseline_on=f"{YEAR - 1}-01-01", baseline_source="Danmarks Statistik",
        target_value="70,5", target_on=f"{YEAR}-12-31",
    )  # fmt: skip
    facts = {"value": "65,5", "measured_on": f"1.1.{YEAR}", "source": "Danmarks Statistik"}
    staff.submit(staff.get(indicator), f"{indicator}/maaling", facts, status=303)
    told = staff.get(CYCLE).one("section", id=ONE).text
    for words in ("Flere læser højt", "60,5 %", "65,5 %", "70,5 % ", "50 %"):
        assert words in told
    following = staff.get(f"/staff/key-features/{YEAR + 1}/vaelg")
    ticked = [each.get("value") for each in following.all("input", name="feature") if each.has("checked")]
    assert ticked == [ONE, TWO]
    assert choosing.chosen(YEAR + 1) == [], "a look chooses nothing"
    assert actions() == ["features.chosen", "feature.aim", "indicator.made", "indicator.measured"]
    log = staff.get("/staff/log").one("main").text
    assert "Voksne, der læser" in log
    assert "kf-" not in log


def test_the_english_and_german_pages_speak_numbers_their_way(staff: Visitor) -> None:
    indicator = new_indicator(
        staff, name_en="Adults who read", baseline_value="1.250,5", baseline_on="1.1.2025", baseline_source="x"
    )
    assert "1.250,5 %" in staff.get(indicator).one("main").text
    assert "1,250.5 %" in staff.get(indicator + "?lang=en").one("main").text


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"value": "mange", "measured_on": "1.1.2026", "source": "x"}, "value"),
        ({"value": "", "measured_on": "1.1.2026", "source": "x"}, "value"),
        ({"value": "1", "measured_on": "i går", "source": "x"}, "measured_on"),
        ({"value": "1", "measured_on": "1.1.2099", "source": "x"}, "measured_on"),
        ({"value": "1", "measured_on": "1.1.2026", "source": " "}, "source"),
    ],
)
def test_a_value_that_cannot_be_kept_is_told_at_its_field(staff: Visitor, fields: dict[str, str], field: str) -> None:
    indicator = new_indicator(staff)
    page = read(staff.submit(staff.get(indicator), f"{indicator}/maaling", fields, status=422), 422)
    assert page.one(id="error-summary").parent is not None
    assert [each.get("href") for each in page.one("div", role="alert").all("a")] == [f"#{field}"]
    assert page.one("input", id="source").get("value") == fields["source"].strip() or field == "source"
    assert db.session.scalar(select(Measurement)) is None


def test_a_value_is_struck_out_with_a_reason_and_stays_to_be_seen(staff: Visitor) -> None:
    indicator = new_indicator(staff)
    facts = {"value": "65", "measured_on": "1.1.2026", "source": "Optælling"}
    staff.submit(staff.get(indicator), f"{indicator}/maaling", facts, status=303)
    value = db.session.scalars(select(Measurement)).one().public_id
    path = f"{indicator}/maaling/{value}/stryg"
    page = read(staff.submit(staff.get(indicator), path, {"reason": ""}, status=422), 422)
    assert page.all("a", href=f"#reason-{value}")
    staff.submit(staff.get(indicator), path, {"reason": "Talt to gange"}, status=303)
    shown = staff.get(indicator)
    assert shown.one("del").text == "65 %"
    assert "Talt to gange" in shown.one("main").text
    assert "Talt to gange" in staff.get("/staff/log").one("main").text


def test_two_who_change_an_indicator_do_not_write_over_each_other(staff: Visitor) -> None:
    indicator = new_indicator(staff)
    first, second = staff.get(f"{indicator}/ret"), staff.get(f"{indicator}/ret")
    staff.submit(first, f"{indicator}/ret", {"name_da": "Læsere"}, status=303)
    page = read(staff.submit(second, f"{indicator}/ret", {"name_da": "Andet"}, status=409), 409)
    assert page.one("input", id="name_da").get("value") == "Læsere"
    assert db.session.scalars(select(Indicator.names)).one()["da"] == "Læsere"


def test_an_incomplete_indicator_keeps_what_was_typed(staff: Visitor) -> None:
    path = f"/staff/key-features/{ONE}/ny-indikator"
    facts = {"name_da": "Læsere", "unit_da": "%", "baseline_value": "60"}
    page = read(staff.submit(staff.get(path), path, facts, status=422), 422)
    assert page.one("input", id="name_da").get("value") == "Læsere"
    assert [each.get("href") for each in page.one("div", role="alert").all("a")] == ["#baseline_value"]


def test_an_indicator_begins_from_a_proposal_and_can_rest(staff: Visitor) -> None:
    page = staff.get(f"/staff/key-features/{ONE}/ny-indikator?proposal=0")
    assert page.one("input", id="name_en").get("value")
    assert page.one("input", id="unit_da").get("value") == "%"
    staff.get(f"/staff/key-features/{ONE}/ny-indikator?proposal=99")
    indicator = new_indicator(staff)
    staff.submit(staff.get(indicator), f"{indicator}/hvil", {}, status=303)
    found = db.session.scalars(select(Indicator)).one()
    assert found.retired_at is not None
    staff.submit(staff.get(indicator), f"{indicator}/hvil", {"do": "again"}, status=303)
    db.session.refresh(found)
    assert found.retired_at is None


@pytest.mark.parametrize(
    "path",
    ["key-features/2012", f"key-features/{YEAR + 2}", "key-features/kf-nothing", "key-features/indikator/nothing",
     f"key-features/{YEAR - 2}/vaelg", "key-features/kf-nothing/ret"],
)  # fmt: skip
def test_what_is_not_there_is_not_found(staff: Visitor, path: str) -> None:
    staff.get(f"/staff/{path}", status=404)


def test_the_list_is_ticked_off_and_unticked(staff: Visitor) -> None:
    page = staff.get(LIST)
    staff.submit(page, LIST, hidden(page, LIST) | {"verified": [ONE, TWO]}, status=303)
    assert verified() == [ONE, TWO]
    page = staff.get(LIST)
    assert [each.get("value") for each in page.all("input", name="verified") if each.has("checked")] == [ONE, TWO]
    staff.submit(page, LIST, hidden(page, LIST) | {"verified": [TWO]}, status=303)
    assert verified() == [TWO]
    assert actions() == ["features.compared", "features.compared"]


def test_a_key_feature_is_corrected_by_hand(staff: Visitor) -> None:
    path = f"/staff/key-features/{ONE}/ret"
    page = staff.get(path)
    staff.submit(page, path, {"title_en": "Literacy for all", "verified": "1"}, status=303)
    found = official.find(ONE)
    assert found is not None
    assert (found.titles["en"], found.verified) == ("Literacy for all", True)
    page = read(staff.submit(staff.get(path), path, {"title_en": ""}, status=422), 422)
    assert [each.get("href") for each in page.one("div", role="alert").all("a")] == ["#title_en"]
    assert found.titles["en"] == "Literacy for all"


def hidden(page: Element, path: str) -> dict[str, list[str]]:
    """What a form sends without being seen, several of one name among it."""
    (form,) = [each for each in page.all("form") if each.get("action") == path and not each.all("input", type="file")]
    found: dict[str, list[str]] = {}
    for each in form.all("input", type="hidden"):
        found.setdefault(each.get("name"), []).append(each.get("value"))
    return found


def sheet(*rows: tuple[str, ...]) -> bytes:
    book, content = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.worksheets[0].append(row)
    book.save(content)
    return content.getvalue()


@pytest.mark.parametrize("excel", [False, True])
def test_an_official_list_shows_what_it_would_change_before_it_does(staff: Visitor, excel: bool) -> None:
    one = official.find(ONE)
    assert one is not None
    rows = (("Code", "Title_en", "title_da"), (one.code, "As printed", "Som trykt"), ("99.9", "Unknown", ""))
    content = sheet(*rows) if excel else "\n".join(";".join(row) for row in rows).encode("utf-8-sig")
    token = staff.get(LIST).all("input", name="csrf_token")[0].get("value")
    upload = {"csrf_token": token, "file": (io.BytesIO(content), "liste.xlsx" if excel else "liste.csv")}
    answer = staff.client.post(f"{LIST}/fil", data=upload, content_type="multipart/form-data")
    page = read(answer)
    assert one.titles["en"] != "As printed", "a look changes nothing"
    assert "As printed" in page.one("main").text
    assert "99.9 · Unknown" in page.one("main").text
    staff.submit(page, f"{LIST}/fil", hidden(page, f"{LIST}/fil") | {"do": "apply"}, status=303)
    db.session.expire_all()
    assert (one.titles["en"], one.titles["da"], one.verified) == ("As printed", "Som trykt", True)
    assert actions() == ["features.brought"]


@pytest.mark.parametrize("content", [b"", b"only one line", b"a;b\n1;2\n", b"PK\x03\x04 no workbook", b"\0\0\0\0"])
def test_a_file_that_is_no_list_is_told_so(staff: Visitor, content: bytes) -> None:
    token = staff.get(LIST).all("input", name="csrf_token")[0].get("value")
    upload = {"csrf_token": token, "file": (io.BytesIO(content), "x.csv")}
    answer = staff.client.post(f"{LIST}/fil", data=upload, content_type="multipart/form-data")
    assert [each.get("href") for each in read(answer, 422).one("div", role="alert").all("a")] == ["#file"]


def test_old_years_show_the_values_of_their_time(staff: Visitor) -> None:
    staff.submit(
        staff.get(f"/staff/key-features/{YEAR - 1}/vaelg"),
        f"/staff/key-features/{YEAR - 1}/vaelg",
        {"feature": [ONE]},
        status=303,
    )
    indicator = new_indicator(staff)
    for value, day in (("10", f"31.12.{YEAR - 1}"), ("20", f"1.1.{YEAR}")):
        staff.submit(
            staff.get(indicator),
            f"{indicator}/maaling",
            {"value": value, "measured_on": day, "source": "x"},
            status=303,
        )
    told = staff.get(f"/staff/key-features/{YEAR - 1}").one("section", id=ONE).text
    assert "10 %" in told
    assert "20 %" not in told
    assert indicators.by_public_id("nothing") is None
