"""Asking the municipality's directory who somebody is: OpenID Connect's code flow with PKCE, state and nonce.

Authlib checks the ID token. On the wire is httpx: Authlib's own client for it wants a package we have no other use for.
"""

import secrets
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpx
from authlib.common.errors import AuthlibBaseError  # type: ignore[import-untyped]
from authlib.integrations.base_client import OpenIDMixin  # type: ignore[import-untyped]
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri  # type: ignore[import-untyped]
from authlib.oauth2.rfc7636 import create_s256_code_challenge  # type: ignore[import-untyped]
from joserfc.errors import JoseError

from engage.accounts.directory import Vouched
from engage.base.config import current_settings
from engage.base.errors import Refusal
from engage.base.i18n import lazy_gettext as _l

# The directory's own word on itself changes when it renews its keys; an unknown key is fetched at once in any case.
_METADATA_GOOD_FOR = 3600  # seconds
_WAIT = httpx.Timeout(5, connect=3)
_LARGEST = 256 * 1024  # bytes of any answer
# Signatures with the directory's private key alone: never "none", and never one that our shared secret could make.
_SIGNATURES = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"})
_SCOPES = "openid email profile"


class DirectoryUnreachable(Refusal):
    """It could not be asked, or did not answer as it should."""

    code = "directory_unreachable"
    message = _l("We could not reach the sign-in of %(authority)s. Try again in a moment, or sign in another way.")


@dataclass(frozen=True)
class Asked:
    """What must be remembered until the person comes back; it goes into their session."""

    state: str
    nonce: str
    verifier: str

    @classmethod
    def new(cls) -> "Asked":
        """Three secrets for one attempt."""
        return cls(secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48))


class _Directory(OpenIDMixin):  # type: ignore[misc]
    """One provider: its metadata and keys as last read, shared by the threads of a process."""

    def __init__(self, issuer: str, client_id: str, client_secret: str) -> None:
        self.issuer, self.client_id, self.client_secret = issuer.rstrip("/"), client_id, client_secret
        self._metadata: dict[str, Any] = {}
        self._read_at = 0.0
        self._lock = threading.Lock()

    def load_server_metadata(self) -> dict[str, Any]:
        """OpenID Connect Discovery 1.0, section 4. The issuer it names must be the one that was asked (4.3)."""
        with self._lock:
            if not self._metadata or time.monotonic() - self._read_at > _METADATA_GOOD_FOR:
                found = _get(f"{self.issuer}/.well-known/openid-configuration")
                if str(found.get("issuer", "")).rstrip("/") != self.issuer:
                    raise ValueError("the directory names another issuer")
                allowed = set(found.get("id_token_signing_alg_values_supported", ["RS256"])) & _SIGNATURES
                found["id_token_signing_alg_values_supported"] = sorted(allowed)
                self._metadata, self._read_at = found, time.monotonic()
            return self._metadata

    def fetch_jwk_set(self, force: bool = False) -> dict[str, Any]:
        """The directory's public keys; `force` when a token names one that is not known yet."""
        metadata = self.load_server_metadata()
        if force or "jwks" not in metadata:
            metadata["jwks"] = _get(metadata["jwks_uri"])
        keys: dict[str, Any] = metadata["jwks"]
        return keys

    def redeem(self, code: str, redirect_uri: str, asked: Asked) -> dict[str, Any]:
        """The claims of the ID token that `code` is good for, checked. Section 3.1.3 of OpenID Connect Core."""
        metadata = self.load_server_metadata()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": asked.verifier,
        }
        methods = metadata.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        basic = (self.client_id, self.client_secret) if "client_secret_basic" in methods else None
        if basic is None:
            form |= {"client_id": self.client_id, "client_secret": self.client_secret}
        auth = httpx.BasicAuth(*basic) if basic else None
        token = _json(
            httpx.post(metadata["token_endpoint"], data=form, auth=auth, timeout=_WAIT, verify=_authorities())
        )
        claims = self.parse_id_token(token, nonce=asked.nonce)
        if claims is None:
            raise ValueError("the directory sent no ID token")
        return dict(claims)


def address(redirect_uri: str, asked: Asked, language: str) -> str:
    """Where to send the person. Raises `DirectoryUnreachable`."""
    directory = _directory()
    try:
        endpoint = directory.load_server_metadata()["authorization_endpoint"]
    except (httpx.HTTPError, ValueError, KeyError) as error:
        raise DirectoryUnreachable(authority=current_settings().city.authority) from error
    return str(
        prepare_grant_uri(
            endpoint,
            client_id=directory.client_id,
            response_type="code",
            redirect_uri=redirect_uri,
            scope=_SCOPES,
            state=asked.state,
            nonce=asked.nonce,
            code_challenge=create_s256_code_challenge(asked.verifier),
            code_challenge_method="S256",
            ui_locales=language,
        )
    )


def vouched(code: str, redirect_uri: str, asked: Asked) -> Vouched:
    """Whom the directory vouches for. Raises `DirectoryUnreachable` when it does not, or not as it should."""
    directory = _directory()
    try:
        claims = directory.redeem(code, redirect_uri, asked)
    except (httpx.HTTPError, AuthlibBaseError, JoseError, ValueError, KeyError) as error:
        raise DirectoryUnreachable(authority=current_settings().city.authority) from error
    return _person(directory.issuer, claims)


def _person(issuer: str, claims: Mapping[str, Any]) -> Vouched:
    rules = current_settings().city.sign_in
    held = _listed(claims.get(str(rules.get("claim", "groups"))))
    return Vouched(
        issuer=issuer,
        subject=str(claims["sub"]),
        email=str(claims.get("email") or "").strip().lower(),
        # Some directories write the word instead of the value.
        email_verified=claims.get("email_verified") in (True, "true"),
        name=str(claims.get("name") or "").strip()[:120],
        values=frozenset(held),
        second_factor=bool(rules.get("trust_second_factor", False)) and "mfa" in _listed(claims.get("amr")),
    )


def _listed(claim: object) -> list[str]:
    """A claim of several values: a list, or one of them alone. Null, and what else it should not be, is none."""
    values = claim if isinstance(claim, list | tuple) else [claim] if isinstance(claim, str) else []
    return [str(value) for value in values]


_known: dict[tuple[str, str, str], _Directory] = {}


def _directory() -> _Directory:
    settings = current_settings()
    key = (settings.oidc_issuer, settings.oidc_client_id, settings.oidc_client_secret)
    return _known.setdefault(key, _Directory(*key))


@cache
def _authorities() -> ssl.SSLContext:
    """Whose certificates are believed: to read them takes longer than a question and its answer."""
    return httpx.create_ssl_context()


def _get(address: str) -> dict[str, Any]:
    return _json(httpx.get(address, timeout=_WAIT, verify=_authorities()))


def _json(answer: httpx.Response) -> dict[str, Any]:
    answer.raise_for_status()
    if len(answer.content) > _LARGEST:
        raise ValueError("the directory's answer is too long")
    found = answer.json()
    if not isinstance(found, dict):
        raise ValueError("the directory's answer is no object")
    return found
