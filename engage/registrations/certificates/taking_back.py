"""A certificate that staff take back: it says so wherever it is checked, by people or programs, and its person is told why."""

from datetime import datetime

from sqlalchemy import delete

from engage import outbox, people
from engage.base.config import current_settings
from engage.base.db import db
from engage.base.errors import Refusal
from engage.base.i18n import current_language, speaking
from engage.base.i18n import gettext as _
from engage.base.i18n import lazy_gettext as _l
from engage.base.message import Button, Message
from engage.people import Person, reaching
from engage.registrations.certificates import reading, saying
from engage.registrations.certificates.counting import count
from engage.registrations.certificates.models import Certificate, CertificateKind, TakenBack

LONGEST_REASON = 500


class NoReason(Refusal):
    """Who had the certificate is to learn why they have it no more."""

    code = "certificate_reason_missing"
    message = _l("Write why the certificate is taken back. Who it was issued to reads it.")


def take_back(certificate_public_id: str, reason: str, *, now: datetime) -> Certificate:
    """Let a certificate be valid no more; its person is written to, with the reason. One that is taken back already stays so.

    Refuses with `NoSuchCertificate` or `NoReason`.
    """
    certificate = _held(certificate_public_id)
    if not certificate.valid:
        return certificate
    if not (words := reason.strip()[:LONGEST_REASON]):
        raise NoReason
    certificate.revoked_at, certificate.revoked_reason = now, words
    db.session.add(TakenBack(number=certificate.id, registration_id=certificate.registration_id, taken_back_at=now))
    count(certificate.kind, certificate.issued_at, -1)
    db.session.flush()
    _tell(certificate, now)
    return certificate


def give_back(certificate_public_id: str, *, now: datetime) -> Certificate:
    """Let a certificate be valid again that was taken back by mistake; its person is written to. Refuses `NoSuchCertificate`."""
    certificate = _held(certificate_public_id)
    if certificate.valid:
        return certificate
    certificate.revoked_at, certificate.revoked_reason = None, ""
    db.session.execute(delete(TakenBack).where(TakenBack.number == certificate.id))
    count(certificate.kind, certificate.issued_at)
    db.session.flush()
    _tell(certificate, now)
    return certificate


def _held(public_id: str) -> Certificate:
    """The certificate with its row locked: two who press at once count it once."""
    certificate = reading.public(public_id)
    db.session.refresh(certificate, with_for_update=True)
    return certificate


def _tell(certificate: Certificate, now: datetime) -> None:
    person = db.session.get_one(Person, certificate.person_id)
    emails = people.proven_emails(person.id)
    ways = reaching.ways(person.id, emails[0] if emails else None)
    if not ways:
        return
    about = f"certificate:{certificate.public_id}"
    with speaking(person.language):
        message = _taken_back(certificate) if not certificate.valid else _valid_again(certificate)
    outbox.put(message, ways, key=f"{about}:{now.isoformat()}", about=about, now=now)


def _taken_back(certificate: Certificate) -> Message:
    title = _title(certificate)
    return Message(
        subject=_("Your certificate is no longer valid: %(title)s", title=title),
        text=(
            _("Hello,"),
            _("The certificate “%(title)s” was taken back. Who checks it is told that it is no longer valid.", title=title),
            _("The reason: %(reason)s", reason=certificate.revoked_reason),
            _("If you think this is a mistake, write to %(address)s.", address=current_settings().city.contact["email"]),
        ),
        buttons=(_own(),),
        language=current_language(),
    )  # fmt: skip


def _valid_again(certificate: Certificate) -> Message:
    title = _title(certificate)
    return Message(
        subject=_("Your certificate is valid again: %(title)s", title=title),
        text=(
            _("Hello,"),
            _("The certificate “%(title)s” had been taken back by mistake. It is valid again.", title=title),
        ),
        buttons=(_own(),),
        language=current_language(),
    )


def _own() -> Button:
    return Button(_("Open my certificates"), url=current_settings().links.own_certificates())


def _title(certificate: Certificate) -> str:
    if certificate.kind == CertificateKind.HOURS:
        return _("Hours as a volunteer")
    return saying.said(certificate).title()
