"""Certificates as their person, and whoever was given one, see them; and how they go."""

import hashlib
import hmac
import unicodedata
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select

from engage.base import limits
from engage.base.config import current_settings
from engage.base.db import db
from engage.base.errors import Refusal
from engage.base.i18n import lazy_gettext as _l
from engage.registrations.certificates.models import Certificate

# Of one certificate so many names may be tried at once, and one more every ten minutes: enough for who reads it from paper, and
# nobody finds a name with it.
_TRIES = limits.Rate(burst=5, per_second=1 / 600)


class NoSuchCertificate(Refusal):
    """There is none with this number, any more or ever."""

    code = "no_such_certificate"
    message = _l("This certificate does not exist.")


def of_person(person_id: int) -> Sequence[Certificate]:
    """All that this person has asked for, the newest first."""
    own_ = select(Certificate).where(Certificate.person_id == person_id)
    return db.session.scalars(own_.order_by(Certificate.issued_at.desc(), Certificate.id.desc())).all()


def of_registration(person_id: int, registration_id: int) -> Certificate | None:
    """The certificate of one sign-up, if its person has asked for one."""
    own_ = select(Certificate).where(Certificate.person_id == person_id)
    return db.session.scalar(own_.where(Certificate.registration_id == registration_id).order_by(Certificate.id))


def own(person_id: int, certificate_public_id: str) -> Certificate:
    """One of this person's. Somebody else's is refused like one that is not there: `NoSuchCertificate`."""
    found = public(certificate_public_id)
    if found.person_id != person_id:
        raise NoSuchCertificate
    return found


def public(certificate_public_id: str) -> Certificate:
    """The certificate with this number, for who was given it. Refuses with `NoSuchCertificate`."""
    found = db.session.scalar(select(Certificate).where(Certificate.public_id == certificate_public_id))
    if found is None:
        raise NoSuchCertificate
    return found


def name_matches(certificate: Certificate, name: str, *, now: datetime) -> bool:
    """Whether a name is the one on the certificate: capitals, blanks and how letters are put together do not matter.

    Only where its person allowed it, else `NoSuchCertificate`. Raises `limits.TooOften` for who tries many. Both are hashed and
    compared in constant time, so that how long it takes tells nothing.
    """
    if not certificate.name_checkable:
        raise NoSuchCertificate
    limits.take(f"certificate:{certificate.public_id}", _TRIES, now)
    key = current_settings().secret_key.encode()
    one, other = (hmac.digest(key, _plain(each).encode(), hashlib.sha256) for each in (certificate.name, name))
    return hmac.compare_digest(one, other)


def _plain(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name[:500]).casefold().split())


def expire(now: datetime) -> int:
    """Delete what was issued longer ago than the city keeps certificates. Returns how many."""
    old = delete(Certificate).where(Certificate.issued_at < now - current_settings().city.keep_certificates)
    return int(db.session.execute(old).rowcount)  # type: ignore[attr-defined]
