"""Which certificates were taken back, as programs ask it: a Bitstring Status List (W3C), signed like the certificates.

Open Badges 3.0 leaves open how a credential tells its status. A list of the numbers of what was taken back would name addresses
at which anybody could read what those certificates say. A bit says nothing to who does not hold the certificate, and who fetches
a whole list does not tell us which one they ask about.
"""

import base64
import gzip
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from engage.base.config import current_settings
from engage.base.db import db
from engage.base.errors import Refusal
from engage.base.i18n import lazy_gettext as _l
from engage.registrations.certificates.models import Certificate, TakenBack

CONTEXT = "https://www.w3.org/ns/credentials/v2"
# Bits of one list: the fewest that the standard allows (16 KB), so that a certificate stands among many.
BITS = 131_072


class NoSuchStatusList(Refusal):
    """No certificate stands in a list with this number."""

    code = "no_such_status_list"
    message = _l("There is no such list.")


def entry(number: int) -> dict[str, Any]:
    """Where the status of the certificate with a number (its id) stands."""
    of, index = divmod(number, BITS)
    address = current_settings().links.credential_status(of)
    return {
        "id": f"{address}#{index}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": str(index),
        "statusListCredential": address,
    }


def credential(of: int, issuer: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The list with a number, as a credential to be signed. Refuses with `NoSuchStatusList`."""
    latest = db.session.scalar(select(Certificate.id).order_by(Certificate.id.desc()).limit(1)) or 0
    first = of * BITS
    marked = select(TakenBack.number).where(TakenBack.number >= first, TakenBack.number < first + BITS)
    numbers = db.session.scalars(marked).all()
    if of and first > latest and not numbers:
        raise NoSuchStatusList
    address = current_settings().links.credential_status(of)
    return {
        "@context": [CONTEXT],
        "id": address,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": dict(issuer),
        "validFrom": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "credentialSubject": {
            "id": f"{address}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": _encoded(number - first for number in numbers),
        },
    }


def _encoded(indices: Iterable[int]) -> str:
    """Bits from the left, as gzip in base64url; the `u` in front says so (Multibase)."""
    bits = bytearray(BITS // 8)
    for index in indices:
        bits[index // 8] |= 0x80 >> index % 8
    return "u" + base64.urlsafe_b64encode(gzip.compress(bytes(bits), mtime=0)).rstrip(b"=").decode()
