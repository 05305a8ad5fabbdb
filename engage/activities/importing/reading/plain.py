"""A table as it stands, for lists that are no events: headings, and under each what is in its column."""

from engage.activities.importing.events import CannotRead
from engage.activities.importing.reading import tables, texts, workbooks

MOST_ROWS = 500


def table(content: bytes) -> list[dict[str, str]]:
    """The rows of a CSV or XLSX file by their headings in small letters. Refuses with `CannotRead`. A formula counts as empty."""
    if content.startswith(b"PK"):
        rows = workbooks.sheet(content)
    else:
        text = texts.decoded(content)
        texts.check_lines(text)
        rows = list(tables.rows_of(text))
    filled = [[_words(cell) for cell in cells[: tables.MOST_COLUMNS]] for _number, cells in rows]
    filled = [cells for cells in filled if any(cells)]
    if len(filled) < 2:
        raise CannotRead("table_empty")
    headings = [words.casefold() for words in filled[0]]
    return [dict(zip(headings, cells, strict=False)) for cells in filled[1 : MOST_ROWS + 1]]


def _words(cell: object) -> str:
    if cell is None or isinstance(cell, tables.Formula):
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return " ".join(str(cell).split())
