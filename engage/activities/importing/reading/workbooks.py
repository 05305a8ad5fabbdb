"""Workbooks (XLSX): the first sheet, read without what a workbook can hide: bombs, entities, formulas, links."""

import io
import zipfile
from collections.abc import Iterator
from typing import Any

from engage.activities.importing.events import CannotRead, Format, Note, Options, Reading
from engage.activities.importing.reading.tables import MOST_COLUMNS, MOST_ROWS, Formula, Row, read_rows

# Unpacked. A calendar's sheet of 2,000 rows is about 2 MB; a bomb is a hundred times its own size.
LARGEST_UNPACKED = 30 * 1024 * 1024
MOST_PARTS = 300
_LAST_ROW = MOST_ROWS * 2


def read(content: bytes, options: Options) -> Reading:
    """The events of an XLSX file's first sheet that is not hidden."""
    table, title, sheets = _first_sheet(content)
    notes = (Note("first_sheet", {"sheet": title}),) if sheets > 1 else ()
    return read_rows(Format.XLSX, table, options, notes)


def sheet(content: bytes) -> list[Row]:
    """The rows of an XLSX file's first sheet that is not hidden."""
    return _first_sheet(content)[0]


def _first_sheet(content: bytes) -> tuple[list[Row], str, int]:
    """(rows, title, how many sheets there are)"""
    _check(content)
    # Only a process that was asked to read a workbook pays for this library.
    from openpyxl import load_workbook
    from openpyxl.xml import DEFUSEDXML

    if not DEFUSEDXML:  # without it, an XML file of one kilobyte can ask for all memory there is
        raise CannotRead("workbook_unreadable")
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, keep_links=False, data_only=False)
        sheet = next(each for each in book.worksheets if each.sheet_state == "visible")
        return list(_rows(sheet)), sheet.title, len(book.worksheets)
    except CannotRead:
        raise
    except MemoryError:
        raise
    except Exception as error:  # whatever the library stumbles over, the file is not a workbook we can read
        raise CannotRead("workbook_unreadable") from error


def _check(content: bytes) -> None:
    """Raise `CannotRead` for an archive that unpacks to more than a workbook does, before anything is unpacked."""
    try:
        parts = zipfile.ZipFile(io.BytesIO(content)).infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise CannotRead("workbook_unreadable") from error
    if sum(part.file_size for part in parts) > LARGEST_UNPACKED or len(parts) > MOST_PARTS:
        raise CannotRead("bomb")
    if any(part.flag_bits & 1 for part in parts):
        raise CannotRead("encrypted")
    if not any(part.filename == "[Content_Types].xml" for part in parts):
        raise CannotRead("not_a_workbook")


def _rows(sheet: Any) -> Iterator[Row]:
    sheet.reset_dimensions()  # what a workbook says of its own size need not be true
    for number, cells in enumerate(sheet.iter_rows(max_row=_LAST_ROW, max_col=MOST_COLUMNS), 1):
        yield number, [_value(cell) for cell in cells]


def _value(cell: Any) -> object:
    if cell.data_type == "f":
        return Formula(cell.value)
    if cell.data_type == "e":
        return None
    return cell.value.strip() if isinstance(cell.value, str) else cell.value
