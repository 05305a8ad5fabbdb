"""Tables as files that a spreadsheet opens: CSV and XLSX. Nothing that somebody typed is ever taken for a formula."""

import csv
import io
from collections.abc import Iterable, Sequence
from zipfile import ZIP_DEFLATED, ZipFile

Cell = str | int
CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# A cell that begins so would be reckoned, or sent to another program, by whoever opens the file.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_MAX_TEXT = 32_000  # a cell holds no more


def as_csv(rows: Iterable[Sequence[Cell]]) -> bytes:
    """Rows with semicolons between, as spreadsheets expect them here; the mark before tells them that it is UTF-8."""
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=";", quoting=csv.QUOTE_MINIMAL).writerows(
        [_harmless(each) for each in row] for row in rows
    )
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8")


def as_xlsx(rows: Sequence[Sequence[Cell]], title: str) -> bytes:
    """The same as a workbook of one sheet, whose first row stays in sight. Every text is text there by its type."""
    out = io.BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as book:
        for name, words in _PARTS.items():
            book.writestr(name, _XML + words)
        sheets = f'<sheets><sheet name="{_escaped(_sheet_name(title))}" sheetId="1" r:id="rId1"/></sheets>'
        book.writestr("xl/workbook.xml", f"{_XML}<workbook {_MAIN} {_RELATIONS}>{sheets}</workbook>")
        book.writestr("xl/worksheets/sheet1.xml", f"{_XML}<worksheet {_MAIN}>{_FROZEN}{_data(rows)}</worksheet>")
    return out.getvalue()


def _harmless(cell: Cell) -> Cell:
    if isinstance(cell, int):
        return cell
    return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA) else cell


def _data(rows: Iterable[Sequence[Cell]]) -> str:
    lines = []
    for number, row in enumerate(rows):
        style = ' s="1"' if number == 0 else ""
        lines.append("<row>" + "".join(_cell(each, style) for each in row) + "</row>")
    return "<sheetData>" + "".join(lines) + "</sheetData>"


def _cell(cell: Cell, style: str) -> str:
    if isinstance(cell, int):
        return f"<c{style}><v>{cell}</v></c>"
    return f'<c{style} t="inlineStr"><is><t xml:space="preserve">{_escaped(cell[:_MAX_TEXT])}</t></is></c>'


def _escaped(text: str) -> str:
    """For XML, without the signs that XML cannot hold."""
    kept = "".join(each for each in text if each in "\t\n\r" or (each >= " " and each not in "\ufffe\uffff"))
    return kept.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def _sheet_name(title: str) -> str:
    kept = "".join(" " if each in "[]:*?/\\" else each for each in title).strip().strip("'")
    return kept[:31] or "1"


_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_OFFICE = "http://schemas.openxmlformats.org"
_MAIN = f'xmlns="{_OFFICE}/spreadsheetml/2006/main"'
_RELATIONS = f'xmlns:r="{_OFFICE}/officeDocument/2006/relationships"'
_FROZEN = (
    '<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
    '</sheetView></sheetViews><sheetFormatPr defaultRowHeight="15"/>'
    '<cols><col min="1" max="60" width="22" customWidth="1"/></cols>'
)
_SHEETS = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PARTS = {
    "[Content_Types].xml": (
        f'<Types xmlns="{_OFFICE}/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_SHEETS}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_SHEETS}.worksheet+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_SHEETS}.styles+xml"/></Types>'
    ),
    "_rels/.rels": (
        f'<Relationships xmlns="{_OFFICE}/package/2006/relationships"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'<Relationships xmlns="{_OFFICE}/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{_OFFICE}/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>'
    ),
    "xl/styles.xml": (
        f'<styleSheet {_MAIN}><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
        '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
        '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
        '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
        '<cellXfs count="2"><xf xfId="0"/><xf xfId="0" fontId="1" applyFont="1"/></cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
    ),
}
