"""A certificate as a PDF: one page of A4 where it fits, its own letters in it and a code that leads to where it is checked."""

from datetime import datetime
from typing import TYPE_CHECKING

import segno

from engage.base.config import current_settings
from engage.base.i18n import current_language
from engage.base.i18n import gettext as _
from engage.web.assets import DIST, paper_font
from engage.web.certificate_view import CertificateView

if TYPE_CHECKING:
    from fpdf import FPDF

# Millimetres.
_MARGIN, _LINE, _LABEL, _CODE = 22.0, 6.0, 42.0, 32.0
_FACE = "Plex"
_INK, _QUIET = (20, 26, 34), (84, 92, 102)


def pdf(certificate: CertificateView, *, issued_at: datetime) -> bytes:
    """The certificate as a file, the same bytes for the same words."""
    # fpdf2 brings fontTools along: a third of a second and some MB for what is asked for once in thousands of pages.
    from fpdf import FPDF

    page = FPDF(format="A4")
    for style, weight in (("", "Regular"), ("B", "SemiBold")):
        page.add_font(_FACE, style, DIST / paper_font(weight))
    page.set_lang(current_language())
    page.set_title(f"{certificate.heading}: {certificate.title}")
    page.set_author(certificate.issuer)
    page.set_subject(certificate.address)
    page.set_creator(current_settings().city.title)
    page.set_creation_date(issued_at)
    page.set_display_mode("fullpage")
    page.set_margins(_MARGIN, _MARGIN)
    page.set_auto_page_break(True, _MARGIN)
    page.add_page()
    _opening(page, certificate)
    _dates(page, certificate)
    for label, words in certificate.facts:
        _fact(page, label, words)
    _fact(page, _("Issued"), certificate.issued)
    _check(page, certificate)
    return bytes(page.output())


def _write(page: "FPDF", words: str, size: float, *, bold: bool = False, quiet: bool = False, after: float = 0) -> None:
    page.set_font(_FACE, "B" if bold else "", size)
    page.set_text_color(*(_QUIET if quiet else _INK))
    page.multi_cell(0, size * 0.46, words, new_x="LMARGIN", new_y="NEXT", align="L")
    page.ln(after)


def _opening(page: "FPDF", certificate: CertificateView) -> None:
    _write(page, current_settings().city.title, 12, bold=True, after=1)
    page.set_draw_color(*_QUIET)
    page.line(_MARGIN, page.get_y() + 2, page.w - _MARGIN, page.get_y() + 2)
    page.ln(14)
    _write(page, certificate.heading, 26, bold=True, after=7)
    _write(page, certificate.sentence, 13, after=2)
    _write(page, certificate.title, 18, bold=True, after=5)


def _dates(page: "FPDF", certificate: CertificateView) -> None:
    for when in certificate.dates:
        _write(page, when, 12, after=1)
    for row in certificate.rows:
        if page.will_page_break(3 * _LINE):
            page.add_page()
        _write(page, f"{row.when}: {row.time}", 11, bold=True)
        _write(page, f"{row.title}, {row.organiser}", 11, after=2)
    if certificate.total:
        _write(page, _("Together: %(time)s", time=certificate.total), 13, bold=True)
    page.ln(6)


def _fact(page: "FPDF", label: str, words: str) -> None:
    """What it is on the left, and the words beside it."""
    page.set_font(_FACE, "", 11)
    lines = page.multi_cell(page.epw - _LABEL, _LINE, words, dry_run=True, output="LINES")
    if isinstance(lines, list) and page.will_page_break(len(lines) * _LINE):
        page.add_page()
    top = page.get_y()
    page.set_text_color(*_QUIET)
    page.multi_cell(_LABEL, _LINE, label, new_x="RIGHT", new_y="TOP", align="L")
    page.set_xy(_MARGIN + _LABEL, top)
    page.set_text_color(*_INK)
    page.multi_cell(0, _LINE, words, new_x="LMARGIN", new_y="NEXT", align="L")
    page.ln(1.5)


def _check(page: "FPDF", certificate: CertificateView) -> None:
    """The code at the foot of the page, with the address in words for who has no camera."""
    foot = page.h - _MARGIN - _CODE
    if page.get_y() + 6 > foot:
        page.add_page()
    page.set_auto_page_break(False)
    _code(page, certificate.address, _MARGIN, foot)
    page.set_left_margin(_MARGIN + _CODE + 6)
    page.set_xy(_MARGIN + _CODE + 6, foot + 4)
    _write(page, _("Is this certificate real?"), 11, bold=True, after=1)
    _write(
        page,
        _("Scan the code, or open this page. It says what is certified, and names nobody."),
        10,
        quiet=True,
        after=1,
    )
    _write(page, certificate.address, 10)


def _code(page: "FPDF", address: str, left: float, top: float) -> None:
    """The code as squares, so that it is sharp at any size. The white around it is the page's own."""
    rows = list(segno.make(address, error="m", micro=False).matrix)
    side = _CODE / len(rows)
    page.set_fill_color(0, 0, 0)
    for down, row in enumerate(rows):
        for right, dark in enumerate(row):
            if dark:
                # A hair larger than a square, or some readers show white lines between them.
                page.rect(left + right * side, top + down * side, side + 0.02, side + 0.02, style="F")
