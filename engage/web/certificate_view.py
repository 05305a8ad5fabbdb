"""A certificate in words, the same for the page, the PDF and the page at which it is checked."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import segno
from babel import Locale

from engage.base import wording
from engage.base.config import current_settings
from engage.base.i18n import current_language, in_language, pgettext
from engage.base.i18n import gettext as _
from engage.registrations.certificates import Certificate, CertificateKind
from engage.registrations.certificates.saying import Held, Said, said


@dataclass(frozen=True, slots=True)
class Row:
    """One date of a statement of hours."""

    when: str
    title: str
    language: str
    organiser: str
    time: str


@dataclass(frozen=True, slots=True)
class CertificateView:
    """A certificate, ready to be shown. Only its own person's pages show `name`."""

    id: str
    heading: str
    title: str  # of the activity, or the period of the hours
    language: str  # of `title`
    sentence: str
    name: str
    dates: tuple[str, ...]
    rows: tuple[Row, ...]
    total: str
    facts: tuple[tuple[str, str], ...]
    issued: str
    issuer: str
    valid: bool
    taken_back: str  # on which day, or ""
    reason: str  # why; only its own person's pages and staff's show it
    checkable: bool
    address: str  # where anybody checks it


def view(certificate: Certificate) -> CertificateView:
    """A certificate in the language spoken now."""
    found, hours = said(certificate), certificate.kind == CertificateKind.HOURS
    settings = current_settings()
    return CertificateView(
        id=certificate.public_id,
        heading=_heading(found, hours=hours),
        title=_period(found) if hours else found.title(),
        language=current_language() if hours else _spoken(found.titles),
        sentence=_sentence(certificate.name, found, hours=hours),
        name=certificate.name,
        dates=() if hours else tuple(_when(each) for each in found.dates),
        rows=tuple(_row(each) for each in found.dates) if hours else (),
        total=wording.duration(found.minutes) if hours and found.minutes is not None else "",
        facts=tuple(_facts(found, hours=hours)),
        issued=_day(certificate.issued_at),
        issuer=found.issuer,
        valid=certificate.valid,
        taken_back=_day(certificate.revoked_at),
        reason=certificate.revoked_reason,
        checkable=certificate.name_checkable,
        address=settings.links.certificate(certificate.public_id),
    )


def _day(at: datetime | None) -> str:
    return wording.dated(at.astimezone(current_settings().city.zone).date()) if at is not None else ""


def code(address: str) -> bytes:
    """The address as a code for a telephone's camera, as SVG."""
    image = io.BytesIO()
    segno.make(address, error="m", micro=False).save(image, kind="svg", border=4, omitsize=True, light="#FFFFFF")
    return image.getvalue()


def _heading(found: Said, *, hours: bool) -> str:
    if hours:
        return _("Hours as a volunteer")
    return _("Certificate of participation") if found.came else _("Certificate of a place")


def _sentence(name: str, found: Said, *, hours: bool) -> str:
    """What is certified. Where nobody was checked in it never says that they came."""
    who = name or _("Who holds this certificate")
    if hours:
        return _("%(who)s has helped as a volunteer:", who=who)
    return _("%(who)s has taken part in:", who=who) if found.came else _("%(who)s had a place at:", who=who)


def _facts(found: Said, *, hours: bool) -> Iterator[tuple[str, str]]:
    """What the EU's recommendation on micro-credentials asks for (2022/C 243/02, annex I), as far as it applies."""
    yield _("Organiser"), wording.listing(found.organisers)
    if not hours:
        if found.role:
            yield _("Task"), in_language(found.role)
        if found.about:
            yield _("What it was about"), in_language(found.about)
        yield (
            _("Form of participation"),
            _("Online") if found.online else _("Together, at %(place)s", place=found.place),
        )
        if found.minutes is None:
            yield _("How long it was"), wording.duration(found.workload)
        else:
            yield _("Time as a volunteer"), wording.duration(found.minutes)
    yield _("How we know"), _known(found, hours=hours)
    if not hours:
        yield _("Test and level"), _("There was no test, and it has no level in the European Qualifications Framework.")
    country = Locale(current_language()).territories.get(found.country, found.country)
    yield _("Issued by"), f"{found.issuer}, {country}"


def _known(found: Said, *, hours: bool) -> str:
    if hours:
        return _("The organisers noted who came and how long.")
    if found.came:
        return _("The organiser checked people in.")
    return _("The place was confirmed. Nobody was checked in, so this does not say who came.")


def _period(found: Said) -> str:
    assert found.first is not None and found.last is not None
    days = {"first": wording.dated(found.first), "last": wording.dated(found.last)}
    return days["first"] if found.first == found.last else pgettext("period", "%(first)s to %(last)s", **days)


def _when(date: Held) -> str:
    return wording.when(date.starts_at, date.ends_at, date.zone)


def _row(date: Held) -> Row:
    return Row(
        when=_when(date),
        title=in_language(date.titles),
        language=_spoken(date.titles),
        organiser=date.organiser,
        time=wording.duration(date.minutes or 0),
    )


def _spoken(titles: object) -> str:
    """The language a title is shown in."""
    there = list(titles) if isinstance(titles, dict) else []
    return current_language() if current_language() in there or not there else str(there[0])
