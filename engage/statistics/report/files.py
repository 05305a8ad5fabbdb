"""The report as files: text, workbook and data. What somebody typed can be no formula in any of them."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

from engage.statistics.report.contents import Report, Table, Value, shown

# What a program may take for a formula, when it opens a file of values.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
TYPES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
}


def written(report: Report, kind: str) -> bytes:
    """The file of a kind of `TYPES`."""
    return {"docx": _docx, "xlsx": _xlsx, "csv": _csv, "json": _json}[kind](report)


def plain(value: Value) -> Value:
    """A value as it may stand in a cell: words that look like a formula are marked as words."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _lines(report: Report) -> Iterator[tuple[Value, ...]]:
    """One line a value: which table, which row, which column, what."""
    for table in report.tables:
        for row in table.rows:
            for (column, words), value in zip(table.columns, row.values, strict=True):
                label = row.label
                yield table.name, row.key, label.english, label.danish or label.english, column, str(words), value
    for each in report.examples:
        title = each.title
        for column, told in (("english", each.words.english), ("danish", each.words.danish), ("url", each.url)):
            yield "examples", each.key, title.english, title.danish or title.english, column, column, told


def _csv(report: Report) -> bytes:
    out = io.StringIO()
    write = csv.writer(out)
    write.writerow(("table", "key", "label_en", "label_da", "column", "column_words", "value"))
    for line in _lines(report):
        write.writerow(["" if value is None else plain(value) for value in line])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _json(report: Report) -> bytes:
    told = {
        "title": {"en": report.title.english, "da": report.title.danish},
        "city": report.city,
        "first_month": f"{report.period.first:%Y-%m}",
        "last_month": f"{report.period.last:%Y-%m}",
        "first_month_before": f"{report.before.first:%Y-%m}" if report.before else None,
        "last_month_before": f"{report.before.last:%Y-%m}" if report.before else None,
        "tables": {table.name: _table(table) for table in report.tables},
        "examples": [
            {
                "id": each.key,
                "title": {"en": each.title.english, "da": each.title.danish},
                "text": {"en": each.words.english, "da": each.words.danish},
                "url": each.url,
            }
            for each in report.examples
        ],
    }
    return json.dumps(told, ensure_ascii=False, indent=1).encode()


def _table(table: Table) -> dict[str, Any]:
    names = [key for key, _words in table.columns]
    return {
        "title": {"en": table.title.english, "da": table.title.danish},
        "note": {"en": table.note.english, "da": table.note.danish} if table.note else None,
        "rows": [
            {
                "key": row.key,
                "label": {"en": row.label.english, "da": row.label.danish or row.label.english},
                **dict(zip(names, row.values, strict=True)),
            }
            for row in table.rows
        ],
    }


def _xlsx(report: Report) -> bytes:
    # 20 MB, for what is asked for every other year.
    from openpyxl import Workbook
    from openpyxl.styles import Font

    book = Workbook(write_only=False)
    book.remove(book.active)
    for table in report.tables:
        sheet = book.create_sheet(table.name[:31])
        sheet.append(["key", "label_en", "label_da", *(str(words) for _key, words in table.columns)])
        for cell in sheet[1]:
            cell.font = Font(bold=True)
        for row in table.rows:
            sheet.append(
                [
                    plain(each)
                    for each in (row.key, row.label.english, row.label.danish or row.label.english, *row.values)
                ]
            )
        for column, width in zip("ABCDEFGHIJKL", (16, 44, 44, *([22] * 9)), strict=True):
            sheet.column_dimensions[column].width = width
        if table.note:
            sheet.append([])
            sheet.append([None, table.note.english, table.note.danish])
    sheet = book.create_sheet("examples")
    sheet.append(["id", "title_en", "title_da", "english", "danish", "url"])
    for each in report.examples:
        title = each.title
        told = (each.key, title.english, title.danish or title.english, each.words.english, each.words.danish, each.url)
        sheet.append([plain(value) for value in told])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _docx(report: Report) -> bytes:
    # python-docx and lxml: 15 MB, for what is asked for every other year.
    from docx import Document
    from docx.enum.section import WD_ORIENT
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement

    document = Document()
    page = document.sections[0]  # across: the table of Key Features has ten columns
    page.orientation = WD_ORIENT.LANDSCAPE
    page.page_width, page.page_height = page.page_height, page.page_width
    document.core_properties.title = report.title.english
    document.core_properties.author = report.city
    document.add_heading(str(report.title), 0)
    document.add_paragraph(f"{report.city}, {report.period.first:%Y-%m} – {report.period.last:%Y-%m}")
    for table in report.tables:
        document.add_heading(str(table.title), 1)
        drawn = document.add_table(rows=1, cols=1 + len(table.columns))
        drawn.style = "Table Grid"
        for cell, words in zip(drawn.rows[0].cells, (table.of, *(each for _key, each in table.columns)), strict=True):
            cell.paragraphs[0].add_run(str(words)).bold = True
        repeated = OxmlElement("w:tblHeader")  # at the top of each page: there is no other way to say so
        drawn.rows[0]._tr.get_or_add_trPr().append(repeated)
        for row in table.rows:
            values = (str(row.label), *(shown(value) for value in row.values))
            for cell, told, to_the_right in zip(drawn.add_row().cells, values, (False, *table.numeric), strict=True):
                cell.text = told
                if to_the_right:
                    cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT
        if table.note:
            document.add_paragraph(str(table.note))
    for number, example in enumerate(report.examples, 1):
        document.add_heading(f"{number}. {example.title}", 2)
        for told in (example.words.english, example.words.danish, example.url):
            if told:
                document.add_paragraph(told)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()
