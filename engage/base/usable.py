"""What of the environment's settings can be used, said in words where it cannot."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

_ED25519 = re.compile(r"[A-Za-z0-9_-]{43}")
_MAIL_SCHEMES = {"smtp", "smtps", "smtp+starttls"}


def check_mail_server(url: str | None) -> None:
    """Refuse an address that would be read as another server, before the first mail goes there. It may hold a password."""
    if url is None:
        return
    try:
        address = urlsplit(url)
        usable = address.scheme in _MAIL_SCHEMES and bool(address.hostname) and address.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise ValueError("ENGAGE_SMTP_URL must look like smtp+starttls://user:password@mail.example.org:587.")


def check_city_sign_in(texts: Mapping[str, str], development: bool) -> None:
    """Either all three are there, or none; and nobody's sign-in travels in the clear, save on a developer's own machine."""
    given = [name for name in ("oidc_issuer", "oidc_client_id", "oidc_client_secret") if texts.get(name)]
    if given and len(given) < 3:
        raise ValueError(
            "ENGAGE_OIDC_ISSUER, ENGAGE_OIDC_CLIENT_ID and ENGAGE_OIDC_CLIENT_SECRET belong together; one is missing."
        )
    if given and not development and not texts["oidc_issuer"].startswith("https://"):
        raise ValueError("ENGAGE_OIDC_ISSUER must begin with https://.")


def check_credential_key(text: str | None) -> None:
    """Refuse what is no Ed25519 key, before the first certificate is signed."""
    if text is not None and not _ED25519.fullmatch(text):
        raise ValueError("ENGAGE_CREDENTIAL_KEY must be 32 random bytes, written as 43 signs of base64url.")
