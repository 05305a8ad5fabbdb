"""Small files of every kind, written for the tests, and a short way to read them."""

import io
import zipfile
from datetime import UTC, datetime, timedelta

from openpyxl import Workbook

from engage.activities.importing.events import ImportedEvent, Options, Reading
from engage.activities.importing.reading import files
from tests.conftest import NOW

OPTIONS = Options("Europe/Copenhagen", NOW, NOW + timedelta(days=366))

ENTRY = """BEGIN:VEVENT
UID:{uid}
SUMMARY:{title}
DTSTART;TZID=Europe/Copenhagen:{start}
DTEND;TZID=Europe/Copenhagen:{end}
{more}END:VEVENT
"""


def entry(
    uid: str = "a@example.org",
    title: str = "Strikkecafé",
    start: str = "20260310T190000",
    end: str = "20260310T210000",
    *more: str,
) -> str:
    """One VEVENT; `more` are further content lines."""
    return ENTRY.format(uid=uid, title=title, start=start, end=end, more="".join(f"{line}\n" for line in more))


def calendar(*entries: str, head: str = "") -> bytes:
    """A calendar file of these entries, with the line ends of Unix, as many programs write them."""
    return f"BEGIN:VCALENDAR\nVERSION:2.0\n{head}{''.join(entries)}END:VCALENDAR\n".encode()


def workbook(*rows: list[object]) -> bytes:
    """An .xlsx file with one sheet of these rows."""
    book = Workbook()
    for row in rows:
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def archive(sheet: str) -> bytes:
    """An .xlsx file put together by hand, whose only sheet is this XML."""
    office = "http://schemas.openxmlformats.org"
    kinds = f"{office}/package/2006/content-types"
    relations = f"{office}/package/2006/relationships"
    documents = f"{office}/officeDocument/2006/relationships"
    sheets = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{kinds}"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{sheets}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{sheets}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{relations}"><Relationship Id="r1" '
        f'Type="{documents}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{office}/spreadsheetml/2006/main" xmlns:r="{documents}"><sheets>'
        '<sheet name="Ark1" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{relations}"><Relationship Id="r1" '
        f'Type="{documents}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": sheet,
    }
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in parts.items():
            packed.writestr(name, text)
    return stream.getvalue()


def sheet(rows: str, before: str = "") -> str:
    """A worksheet's XML with these rows."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<?xml version="1.0"?>{before}<worksheet xmlns="{main}"><sheetData>{rows}</sheetData></worksheet>'


def cells(number: int, *texts: str) -> str:
    """A row's XML with these texts in its columns A, B, C …"""
    inside = "".join(
        f'<c r="{chr(65 + place)}{number}" t="inlineStr"><is><t>{text}</t></is></c>' for place, text in enumerate(texts)
    )
    return f'<row r="{number}">{inside}</row>'


def read(content: bytes, mapping: dict[str, str] | None = None, options: Options = OPTIONS) -> Reading:
    """Read in this process, where a failure shows its reason."""
    return files.read(content, Options(options.zone, options.first, options.until, mapping))


def only(reading: Reading) -> ImportedEvent:
    """The one event there is."""
    assert len(reading.events) == 1, (reading.events, reading.skipped)
    return reading.events[0]


def starts(reading: Reading) -> list[str]:
    """When the events begin, in UTC."""
    return [event.starts_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M") for event in reading.events]


def reasons(reading: Reading) -> dict[int, str]:
    """Why rows gave no event, by position."""
    return {each.position: each.reason.code for each in reading.skipped}


def noted(event: ImportedEvent) -> set[str]:
    """The codes of what is to be known about an event."""
    return {note.code for note in event.notes}


def at(text: str) -> datetime:
    """An instant in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
