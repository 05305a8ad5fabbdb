"""A certificate as an Open Badges 3.0 credential: what it holds, and signed as a VC-JWT (section 8.2 there).

The JWT's content is the credential itself, with `iss`, `sub`, `jti` and `nbf` equal to its issuer, subject, id and validFrom. The
name stands in it only as a salted hash, so that the file says whose it is to who knows the name, and to nobody else.
"""

import hashlib
import hmac
import uuid
from datetime import UTC, datetime
from typing import Any

from engage.base import wording
from engage.base.config import current_settings
from engage.base.i18n import gettext as _
from engage.base.i18n import in_language
from engage.registrations.certificates import keys, saying, status
from engage.registrations.certificates.models import Certificate, CertificateKind
from engage.registrations.certificates.saying import Said

CONTEXT = (
    status.CONTEXT,
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
)
JWT_TYPE = "application/vc+jwt"
_OURS = uuid.UUID("2e9d7f0e-6a3f-5b0b-9f43-6f1e0d6c7a51")  # the name space of subjects


def status_list(number: int, *, now: datetime) -> str:
    """Which certificates were taken back, signed like they are. Refuses with `NoSuchStatusList`."""
    own = issuer()
    content = status.credential(number, {name: own[name] for name in ("id", "name")}, now)
    claims = {"iss": own["id"], "jti": content["id"], "nbf": int(now.timestamp())}
    return keys.signed({**content, **claims, "sub": content["credentialSubject"]["id"]}, now)


def issuer() -> dict[str, Any]:
    """Who issues: the municipality, at an address where this very profile stands."""
    settings = current_settings()
    return {
        "id": settings.links.credential_issuer(),
        "type": ["Profile"],
        "name": settings.city.authority,
        "url": settings.base_url,
    }


def credential(certificate: Certificate) -> dict[str, Any]:
    """The credential in the language spoken now."""
    said, settings = saying.said(certificate), current_settings()
    address = settings.links.certificate(certificate.public_id)
    return {
        "@context": list(CONTEXT),
        "id": address,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "issuer": issuer(),
        "validFrom": certificate.issued_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "name": _name(certificate, said),
        "credentialSubject": {
            "id": f"urn:uuid:{uuid.uuid5(_OURS, certificate.public_id)}",
            "type": ["AchievementSubject"],
            **_identifier(certificate),
            **_period(said),
            "achievement": {
                "id": f"{address}#achievement",
                "type": ["Achievement"],
                "name": _name(certificate, said),
                "description": _description(certificate, said),
                "criteria": {"narrative": _criteria(certificate, said)},
            },
        },
        "credentialStatus": status.entry(certificate.id),
    }


def signed(certificate: Certificate, *, now: datetime) -> str:
    """The credential as a compact JWS; the key's public half is kept from now on."""
    content = credential(certificate)
    claims = {
        **content,
        "iss": content["issuer"]["id"],
        "sub": content["credentialSubject"]["id"],
        "jti": content["id"],
        "nbf": int(certificate.issued_at.timestamp()),
    }
    return keys.signed(claims, now)


def enveloped(jwt: str) -> dict[str, Any]:
    """The same as JSON, for what takes no bare JWT (Verifiable Credentials Data Model 2.0, section 4.13)."""
    return {"@context": CONTEXT[0], "id": f"data:{JWT_TYPE},{jwt}", "type": "EnvelopedVerifiableCredential"}


def _name(certificate: Certificate, said: Said) -> str:
    return _("Hours as a volunteer") if certificate.kind == CertificateKind.HOURS else said.title()


def _description(certificate: Certificate, said: Said) -> str:
    organisers = wording.listing(said.organisers)
    if certificate.kind == CertificateKind.HOURS and said.minutes is not None:
        return _(
            "%(time)s as a volunteer, with %(organiser)s.", time=wording.duration(said.minutes), organiser=organisers
        )
    return in_language(said.about) or _("Organised by %(organiser)s.", organiser=organisers)


def _criteria(certificate: Certificate, said: Said) -> str:
    if certificate.kind == CertificateKind.HOURS:
        return _("Each time was noted by the organiser.")
    days = wording.listing([wording.dated(each.starts_at.astimezone(each.zone).date()) for each in said.dates])
    if said.came:
        return _("Was checked in by the organiser: %(days)s.", days=days)
    return _("Had a place: %(days)s. Nobody was checked in.", days=days)


def _period(said: Said) -> dict[str, str]:
    begins, ends = said.dates[0].starts_at, said.dates[-1].ends_at
    return {"activityStartDate": _moment(begins), "activityEndDate": _moment(ends)}


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _identifier(certificate: Certificate) -> dict[str, Any]:
    """The name as a salted hash (Open Badges 3.0, IdentityObject); nothing where none stands on it."""
    if not certificate.name:
        return {}
    key = current_settings().secret_key.encode()
    salt = hmac.digest(key, f"certificate {certificate.public_id}".encode(), hashlib.sha256).hex()[:32]
    digest = hashlib.sha256((certificate.name + salt).encode()).hexdigest()
    identity = {"type": "IdentityObject", "hashed": True, "identityHash": f"sha256${digest}", "identityType": "name"}
    return {"identifier": [{**identity, "salt": salt}]}
