"""The key that credentials are signed with (Ed25519, RFC 8037), and the public halves of all that ever did.

It is the operator's own (ENGAGE_CREDENTIAL_KEY), else derived from the installation's secret, so that it is the same in every
process and after every start without a file of its own. Whoever takes another one changes nothing for what was signed before:
the public half of a key is kept from its first signature on.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from engage.base.config import current_settings
from engage.base.db import db
from engage.base.errors import Refusal
from engage.base.i18n import lazy_gettext as _l
from engage.registrations.certificates.models import CredentialKey

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

Jwk = dict[str, str]


class NoSuchKey(Refusal):
    """No credential of ours was signed with it."""

    code = "no_such_key"
    message = _l("There is no such key.")


def private_key() -> "Ed25519PrivateKey":
    """The key that signs now."""
    # cryptography: 10 MB for who downloads a credential or looks for a key.
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    settings = current_settings()
    if settings.credential_key:
        return Ed25519PrivateKey.from_private_bytes(base64.urlsafe_b64decode(settings.credential_key + "="))
    # RFC 5869: what is derived for this tells nothing of the secret, nor of what else is made from it.
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"engage: key of credentials, 1")
    return Ed25519PrivateKey.from_private_bytes(derived.derive(settings.secret_key.encode()))


def current() -> Jwk:
    """The public half of the key that signs now."""
    return _jwk(encoded(private_key().public_key().public_bytes_raw()))


def remember(now: datetime) -> None:
    """Keep the public half of the key that signs now, before the first signature of it leaves us."""
    own = current()
    row = {"name": own["kid"], "public_key": own["x"], "first_used_at": now}
    if db.session.scalar(select(CredentialKey.id).where(CredentialKey.name == own["kid"])) is None:
        db.session.execute(insert(CredentialKey).values(row).on_conflict_do_nothing())


def public_keys() -> list[Jwk]:
    """Every key that credentials may be verified with: the one that signs now, then the ones before, the newest first."""
    own = current()
    former = db.session.scalars(select(CredentialKey.public_key).order_by(CredentialKey.id.desc()))
    return [own, *(_jwk(each) for each in former if each != own["x"])]


def public_key(name: str) -> Jwk:
    """One of them by its thumbprint. Refuses with `NoSuchKey`."""
    found = next((each for each in public_keys() if each["kid"] == name), None)
    if found is None:
        raise NoSuchKey
    return found


def signed(claims: Mapping[str, Any], now: datetime) -> str:
    """Claims as a compact JWS; the public half of the key is kept from now on."""
    remember(now)
    key = current()
    header = {
        "alg": "EdDSA",
        "typ": "JWT",
        "kid": current_settings().links.credential_key(key["kid"]),
        "jwk": {name: key[name] for name in ("kty", "crv", "x")},
    }
    signing = f"{_part(header)}.{_part(claims)}"
    return f"{signing}.{encoded(private_key().sign(signing.encode()))}"


def _part(content: Mapping[str, Any]) -> str:
    return encoded(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode())


def encoded(content: bytes) -> str:
    """Base64url without padding, as all of JOSE has it."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _jwk(public: str) -> Jwk:
    # RFC 7638: the members that make the key, in the order of their names.
    members = json.dumps({"crv": "Ed25519", "kty": "OKP", "x": public}, separators=(",", ":"))
    thumbprint = encoded(hashlib.sha256(members.encode()).digest())
    return {"kty": "OKP", "crv": "Ed25519", "x": public, "kid": thumbprint, "use": "sig", "alg": "EdDSA"}
