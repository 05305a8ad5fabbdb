"""Tables as text (CSV): which encoding, which separator, which row holds the headings, and what stands below it."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from engage.activities.importing.events import CannotRead, Format, Note, Options, Reading
from engage.activities.importing.reading import mapping, rows, texts

MOST_COLUMNS = 60
MOST_ROWS = rows.MOST_EVENTS + 100
_SEPARATORS = ";,\t|"
# A cell that a spreadsheet would carry out: "=…", or a sign before a function or a command ("+cmd|…", "@SUM(…").
_FORMULA = re.compile(r"^\s*(?:=|[+\-@][A-Za-z_.]+\s*[(|!])")
_HEADINGS_WITHIN = 10

Row = tuple[int, Sequence[object]]


class Formula(str):
    """A cell that is a formula; its text is kept to be told, never to be used."""


def read(content: bytes, options: Options) -> Reading:
    """The events of a CSV file."""
    text = texts.decoded(content)
    texts.check_lines(text)
    return read_rows(Format.CSV, rows_of(text), options)


def rows_of(text: str) -> Iterator[Row]:
    """The rows of a table as text, each with the number of its line."""
    csv.field_size_limit(texts.LONGEST_LINE)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text))
    try:
        for cells in reader:
            if reader.line_num > MOST_ROWS * 50:
                raise CannotRead("too_many_events", most=rows.MOST_EVENTS)
            yield reader.line_num, [Formula(cell) if _FORMULA.match(cell) else cell.strip() for cell in cells]
    except csv.Error as error:
        raise CannotRead("table_unreadable", line=reader.line_num) from error


def _separator(text: str) -> str:
    """What parts the first rows into the same number of columns, and the most of them."""
    head = text.split("\n", 40)[:40]
    # Excel writes it down when asked to.
    if told := re.match(r"sep=(.)$", head[0]):
        return told[1]

    def columns(separator: str) -> tuple[int, int]:
        try:
            counts = [len(cells) for cells in csv.reader(head, delimiter=separator) if any(cells)]
        except csv.Error:
            return 0, 0
        widest = max(counts, default=0)
        return sum(count == widest for count in counts) * (widest > 1), widest

    return max(_SEPARATORS, key=columns)


def read_rows(format: Format, table: Iterable[Row], options: Options, notes: tuple[Note, ...] = ()) -> Reading:  # noqa: A002
    """The events of a table, whatever file it came from."""
    filled = [
        (number, cells[:MOST_COLUMNS]) for number, cells in table if any(cell not in (None, "") for cell in cells)
    ]
    if len(filled) > MOST_ROWS:
        raise CannotRead("too_many_events", most=rows.MOST_EVENTS)
    if len(filled) < 2:
        raise CannotRead("table_empty")
    at = _headings_at(filled)
    columns = _named([str(cell or "").strip() for cell in filled[at][1]])
    below = filled[at + 1 :]
    chosen = dict(options.mapping) if options.mapping else mapping.suggested(columns)
    chosen = {field: column for field, column in chosen.items() if column in columns}
    facts: dict[str, Any] = {
        "columns": tuple(columns),
        "examples": _examples(columns, below),
        "mapping": chosen,
        "notes": notes,
    }
    if not mapping.complete(chosen):
        return Reading(format, **facts)
    places = {field: columns.index(column) for field, column in chosen.items()}
    found, skipped = rows.events(_values(below, places), ZoneInfo(options.zone))
    return Reading(format, tuple(found), tuple(skipped), **facts)


def _headings_at(filled: Sequence[Row]) -> int:
    """The row whose cells say most about columns; spreadsheets like to begin with a title."""
    known = [sum(bool(mapping.field_of(str(cell or ""))) for cell in cells) for _, cells in filled[:_HEADINGS_WITHIN]]
    return known.index(max(known)) if max(known) else 0


def _named(headings: Sequence[str]) -> list[str]:
    """Headings that differ: one without words is named by its number, a second of the same words gets one."""
    names: list[str] = []
    for number, heading in enumerate(headings, 1):
        name = heading[:80] or f"#{number}"
        names.append(name if name not in names else f"{name} #{number}")
    return names


def _examples(columns: Sequence[str], below: Sequence[Row]) -> dict[str, str]:
    """The first thing that stands under each heading, so that a person sees what it is about."""
    found = {}
    for number, column in enumerate(columns):
        cells = (row[number] for _, row in below[:50] if number < len(row))
        found[column] = texts.shortened(next((str(cell) for cell in cells if cell not in (None, "")), ""), 60)
    return found


def _values(below: Iterable[Row], places: Mapping[str, int]) -> Iterator[tuple[int, rows.Values]]:
    for number, cells in below:
        yield number, _Row({field: cells[place] for field, place in places.items() if place < len(cells)})


class _Row(dict[str, object]):
    """A row's values by field. A formula is refused where it is asked for, so that its row is told and the rest is read."""

    def get(self, key: str, default: object = None) -> object:
        value = super().get(key, default)
        if isinstance(value, Formula):
            raise CannotRead("formula", text=texts.shortened(str(value), 40))
        return value
