"""Tables and workbooks: any encoding and separator, headings in three languages, days and times as people write them."""

from datetime import date, datetime, time

import pytest

from engage.activities.importing.events import CannotRead, Format
from engage.activities.importing.reading import amounts, mapping
from tests.activities.importing.files import archive, at, cells, noted, only, read, reasons, sheet, starts, workbook

ROWS = "Titel;Dato;Tid;Sted;Pris\nStrikkecafé på øen;10.3.2026;kl. 19.00-21.00;Multihuset;40 kr.\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "windows-1252", "utf-16"])
def test_every_encoding_of_a_danish_table_is_read(encoding: str) -> None:
    event = only(read(ROWS.encode(encoding)))
    assert event.title == "Strikkecafé på øen"
    assert (event.starts_at, event.ends_at) == (at("2026-03-10 18:00"), at("2026-03-10 20:00"))
    assert (event.place.name if event.place else "", event.price) == ("Multihuset", 4000)


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
def test_every_separator_is_found(separator: str) -> None:
    assert only(read(ROWS.replace(";", separator).encode())).title == "Strikkecafé på øen"


def test_a_table_that_says_its_separator_is_believed_and_its_title_row_passed_over() -> None:
    content = "sep=;\nForårets program;;\n;;\nTitel;Dato;Tid\nA, B og C;10.3.2026;19\n"
    event = only(read(content.encode()))
    assert (event.title, event.position) == ("A, B og C", 5)


def test_text_in_quotation_marks_may_hold_lines_and_separators() -> None:
    content = 'Titel;Dato;Beskrivelse\n"Kor; for alle";10.3.2026;"Første afsnit.\n\nAndet afsnit."\nNæste;11.3.2026;\n'
    reading = read(content.encode())
    assert [event.title for event in reading.events] == ["Kor; for alle", "Næste"]
    assert reading.events[0].words[""].body == "Andet afsnit."


@pytest.mark.parametrize(
    ("headings", "language"),
    [
        ("Titel;Dato;Starttid;Sluttid;Sted", "da"),
        ("Title;Date;Start time;End time;Venue", "en"),
        ("Veranstaltung;Datum;Beginn;Ende;Ort", "de"),
    ],
)
def test_headings_are_understood_in_three_languages(headings: str, language: str) -> None:
    event = only(read(f"{headings}\nA;10.03.2026;19:00;21:00;Huset\n".encode()))
    assert (event.starts_at, event.ends_at, event.place.name if event.place else "") == (
        at("2026-03-10 18:00"), at("2026-03-10 20:00"), "Huset",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("Arrangementets navn", "title"), ("Titel (tysk)", "title.de"), ("title_en", "title.en"), ("Kort beskrivelse", "summary"),
        ("Postnr.", "postal_code"), ("Max. deltagere", "capacity"), ("E-mail:", "contact_email"), ("Beschreibung DE", "body.de"),
        ("Ansvarlig", ""), ("", ""),
    ],
)  # fmt: skip
def test_a_heading_means_one_field_or_none(heading: str, field: str) -> None:
    assert mapping.field_of(heading) == field


def test_texts_of_several_languages_stand_side_by_side() -> None:
    content = "Titel;Titel (tysk);Beskrivelse;Beskrivelse (tysk);Dato\nKor;Chor;Syng med.;Sing mit.;10.3.2026\n"
    words = only(read(content.encode())).words
    assert {language: (each.title, each.summary) for language, each in words.items()} == {
        "": ("Kor", "Syng med."), "de": ("Chor", "Sing mit."),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("day", "clock", "starts_at", "ends_at"),
    [
        ("4.4.2026", "kl. 10.00-12.00", "2026-04-04 08:00", "2026-04-04 10:00"),
        ("04-04-2026", "10:00 - 12:00", "2026-04-04 08:00", "2026-04-04 10:00"),
        ("4/4/26", "10-12", "2026-04-04 08:00", "2026-04-04 10:00"),
        ("2026-04-04", "10", "2026-04-04 08:00", "2026-04-04 08:00"),
        ("lørdag den 4. april 2026", "kl. 9.30", "2026-04-04 07:30", "2026-04-04 07:30"),
        ("Samstag, 4. April 2026", "19.00 Uhr bis 21.00 Uhr", "2026-04-04 17:00", "2026-04-04 19:00"),
        ("April 4, 2026", "7 pm to 9:30 pm", "2026-04-04 17:00", "2026-04-04 19:30"),
        ("4. april 2026", "20.00-01.00", "2026-04-04 18:00", "2026-04-04 23:00"),
        ("4.4.2026", "20.00-24.00", "2026-04-04 18:00", "2026-04-04 22:00"),
        ("4.4.2026 kl. 10.00-12.00", "", "2026-04-04 08:00", "2026-04-04 10:00"),
        ("2026-04-04T10:00:00+02:00", "", "2026-04-04 08:00", "2026-04-04 08:00"),
    ],
)
def test_days_and_times_as_people_write_them(day: str, clock: str, starts_at: str, ends_at: str) -> None:
    event = only(read(f'Titel;Dato;Tid\nA;"{day}";"{clock}"\n'.encode()))
    assert (event.starts_at, event.ends_at) == (at(starts_at), at(ends_at))


@pytest.mark.parametrize(
    ("day", "clock", "reason"),
    [
        ("31.2.2026", "10", "date_unreadable"),
        ("snart", "10", "date_unreadable"),
        ("4.4.2026", "efter frokost", "date_unreadable"),
        ("4.4.2026", "25.00", "date_unreadable"),
        ("", "10-12", "date_missing"),
        ("4.4.2026", "18-10", "ends_before_start"),
        ("4.4.1826", "10", "dates_unlikely"),
    ],
)
def test_a_day_or_time_that_cannot_be_is_refused_in_its_row(day: str, clock: str, reason: str) -> None:
    reading = read(f"Titel;Dato;Tid\nA;{day};{clock}\nB;10.3.2026;10\n".encode())
    assert reasons(reading) == {2: reason}
    assert [event.title for event in reading.events] == ["B"]


def test_a_day_without_a_time_is_the_whole_day() -> None:
    event = only(read(b"Titel;Dato;Slutdato\nUdstilling;10.3.2026;12.3.2026\n"))
    assert (event.starts_at, event.ends_at, noted(event)) == (
        at("2026-03-09 23:00"),
        at("2026-03-12 23:00"),
        {"all_day"},
    )


def test_rows_of_one_title_are_dates_of_one_event_and_a_row_twice_is_told() -> None:
    content = "Titel;Dato;Tid\nKor;10.3.2026;19\nKor;17.3.2026;19\nFest;18.3.2026;19\nKOR;10.3.2026;19\n"
    reading = read(content.encode())
    assert len({event.external_id for event in reading.events}) == 2
    assert starts(reading) == ["2026-03-10 18:00", "2026-03-17 18:00", "2026-03-18 18:00"]
    assert reasons(reading) == {5: "same_as_row"}


def test_a_number_of_its_own_names_the_event_whatever_it_is_called() -> None:
    before = only(read(b"Nr;Titel;Dato\n17;Kor;10.3.2026\n"))
    after = only(read(b"Nr;Titel;Dato\n17;Stort kor;11.3.2026\n"))
    assert (before.external_id, before.recurrence_id) == (after.external_id, after.recurrence_id) == ("17", "")


def test_a_row_without_a_title_is_told_and_empty_rows_are_not() -> None:
    reading = read(b"Titel;Dato\n;10.3.2026\n;\n\nKor;11.3.2026\n")
    assert reasons(reading) == {2: "title_missing"}


def test_columns_nobody_can_guess_are_asked_for() -> None:
    reading = read(b"Hvad;Dag 1\nKor;10.3.2026\n")
    assert (reading.events, reading.columns) == ((), ("Hvad", "Dag 1"))
    assert reading.examples == {"Hvad": "Kor", "Dag 1": "10.3.2026"}
    assert only(read(b"Hvad;Dag 1\nKor;10.3.2026\n", {"title": "Hvad", "date": "Dag 1"})).title == "Kor"


@pytest.mark.parametrize(
    ("written", "price", "note", "clear"),
    [
        ("40 kr.", 4000, "", True), ("Gratis", 0, "", True), ("kostenlos", 0, "", True), ("12,50", 1250, "", True),
        ("1.250 kr.", 125_000, "", True), ("50,-", 5000, "", True), ("Voksne 60 kr., børn 30 kr.", 6000, "Voksne 60 kr., børn 30 kr.", True),
        ("12 €", None, "12 €", False), ("efter aftale", None, "efter aftale", False), ("", None, "", True), (75.0, 7500, "", True),
    ],
)  # fmt: skip
def test_prices_as_they_are_written(written: object, price: int | None, note: str, clear: bool) -> None:
    assert amounts.price(written) == (price, note, clear)


def test_a_price_that_is_not_clear_is_told() -> None:
    assert noted(only(read("Titel;Dato;Tid;Pris\nKor;10.3.2026;10-11;12 €\n".encode()))) == {"price_unclear"}


@pytest.mark.parametrize("formula", ["=HYPERLINK(A1)", "=1+1", "@SUM(A1:A9)", "+cmd|' /C calc'!A0"])
def test_a_formula_in_a_cell_that_counts_costs_its_row(formula: str) -> None:
    reading = read(f'Titel;Dato;Sted;Andet\nA;10.3.2026;"{formula}";x\nB;10.3.2026;Huset;"{formula}"\n'.encode())
    assert reasons(reading) == {2: "formula"}
    assert [event.title for event in reading.events] == ["B"]


def test_a_telephone_number_and_a_dash_are_no_formulas() -> None:
    event = only(read(b"Titel;Dato;Telefon;Tekst\nKor;10.3.2026;+45 12 34 56 78;- kaffe\n"))
    assert (event.contact_phone, event.words[""].summary) == ("+45 12 34 56 78", "- kaffe")


def test_a_workbook_is_read_with_its_own_days_and_numbers() -> None:
    content = workbook(
        ["Program for foråret"],
        ["Nr", "Titel", "Dato", "Start", "Slut", "Pris", "Antal pladser", "Postnr", "Sted"],
        [17, "Kor", date(2026, 3, 10), time(19), time(21), 40, 12, 6400, "Huset"],
        [18, "Fest", datetime(2026, 3, 11, 18, 30), None, "22.00", "Gratis", None, None, None],
    )
    reading = read(content)
    assert reading.format is Format.XLSX
    choir, feast = reading.events
    assert (choir.external_id, choir.starts_at, choir.ends_at) == ("17", at("2026-03-10 18:00"), at("2026-03-10 20:00"))
    assert (choir.price, choir.capacity, choir.place.postal_code if choir.place else "") == (4000, 12, "6400")
    assert (feast.starts_at, feast.ends_at, feast.price) == (at("2026-03-11 17:30"), at("2026-03-11 21:00"), 0)


def test_a_formula_in_a_workbook_costs_its_row() -> None:
    reading = read(
        workbook(["Titel", "Dato"], ["A", "=TODAY()"], ["B", date(2026, 3, 10)], ["=1+1", date(2026, 3, 10)])
    )
    assert reasons(reading) == {2: "formula", 4: "formula"}


def test_only_the_first_sheet_is_read_and_that_is_told() -> None:
    from openpyxl import load_workbook

    from tests.activities.importing.files import io

    book = load_workbook(io.BytesIO(workbook(["Titel", "Dato"], ["A", date(2026, 3, 10)])))
    book.create_sheet("Mere").append(["Titel", "Dato"])
    stream = io.BytesIO()
    book.save(stream)
    assert [note.code for note in read(stream.getvalue()).notes] == ["first_sheet"]


def test_a_workbook_that_lies_about_its_size_is_read_as_far_as_it_goes() -> None:
    content = archive(sheet(cells(1, "Titel", "Dato") + cells(2, "A", "10.3.2026") + cells(1048576, "B", "11.3.2026")))
    assert only(read(content)).title == "A"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"), (b"  \n", "empty"), (b"<!doctype html><p>Hej", "web_page"), (b"%PDF-1.7", "unknown_format"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "old_workbook"), (b"PK\x03\x04garbage", "workbook_unreadable"), (b"Titel;Dato\n", "table_empty"),
        (b'Titel;Dato\n"A;10.3.2026\n' + b"x\n" * 60_000, "table_unreadable"),
        (b"Titel;Dato\n" + b"x;10.3.2026\n" * 2200, "too_many_events"), (b"a\0b;c", "unknown_format"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_table_is_refused_with_the_reason(content: bytes, reason: str) -> None:
    with pytest.raises(CannotRead) as refused:
        read(content)
    assert refused.value.note.code == reason
