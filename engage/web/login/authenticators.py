"""What proves a person besides a password: codes of an app, spare codes, passkeys. Flask-Security's tools, made strict."""

# ruff: noqa: ARG002  (the library decides what its tools are called with)

import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING, Any, cast

import segno
from flask import current_app
from flask_security import MfRecoveryCodesUtil, Totp, UserMixin, WebauthnUtil
from passlib.exc import UsedTokenError  # type: ignore[import-untyped]
from passlib.totp import TotpMatch  # type: ignore[import-untyped]
from sqlalchemy import text

from engage.accounts import User
from engage.base.config import current_settings
from engage.base.db import db
from engage.web.login import proofs
from engage.web.login.words import MESSAGES

if TYPE_CHECKING:
    from webauthn.helpers.structs import AuthenticatorSelectionCriteria, UserVerificationRequirement

# One row, one winner: of two requests with the same code only one finds it unused.
_USE_COUNTER = text(
    "UPDATE account SET tf_last_counter = :counter "
    "WHERE id = :id AND (tf_last_counter IS NULL OR tf_last_counter < :counter) RETURNING id"
)
_USE_CODE = text(
    "UPDATE account SET mf_recovery_codes = array_remove(mf_recovery_codes, :code) "
    "WHERE id = :id AND :code = ANY(mf_recovery_codes) RETURNING id"
)
_SPARE_CODES = 8
_LONGEST_KEY_NAME = 64


class OnceOnlyTotp(Totp):
    """Codes of an app (RFC 6238), each good once: section 5.2 asks for it."""

    @property
    def _totp(self) -> Any:
        """What all of its methods go through, able to read secrets from its first use on."""
        proofs.read_codes()
        return self._maker

    @_totp.setter
    def _totp(self, maker: Any) -> None:
        self._maker = maker

    def get_last_counter(self, user: UserMixin) -> int | None:
        """The counter of the last code that was used."""
        return cast(User, user).tf_last_counter

    def set_last_counter(self, user: UserMixin, tmatch: TotpMatch) -> None:
        """Use the code up; raises `UsedTokenError`, which refuses it, when another request was faster."""
        if db.session.execute(_USE_COUNTER, {"id": user.id, "counter": tmatch.counter}).first() is None:
            raise UsedTokenError

    def generate_qrcode(self, username: str, totp: str) -> str:
        """The picture an app reads, as a data address."""
        code = segno.make(self.get_totp_uri(username, totp), error="m")
        return str(code.svg_data_uri(scale=5, border=4, light="#ffffff"))


class HashedRecoveryCodes(MfRecoveryCodesUtil):
    """Spare codes for a lost phone. They are shown once, kept as keyed hashes, and used up by being right."""

    def create_recovery_codes(self, user: UserMixin) -> list[str]:
        """Make new ones; the old ones are worth nothing from now on."""
        codes = ["-".join(secrets.token_hex(2) for _ in range(3)) for _ in range(_SPARE_CODES)]
        user.mf_recovery_codes = [_hash(code) for code in codes]
        return codes

    def get_recovery_codes(self, user: UserMixin) -> list[str]:
        """None: nobody can read them any more."""
        return []

    def check_recovery_code(self, user: UserMixin, code: str) -> bool:
        """Whether `code` is one of them. It is used up by asking, so that it never counts twice."""
        return db.session.execute(_USE_CODE, {"id": user.id, "code": _hash(code)}).first() is not None

    def delete_recovery_code(self, user: UserMixin, code: str) -> bool:
        """`check_recovery_code` did it."""
        return True


class StrictWebauthn(WebauthnUtil):
    """What we ask of a device. A passkey signs in alone, so the device must check the person, too."""

    def authenticator_selection(self, user: UserMixin, usage: str) -> "AuthenticatorSelectionCriteria":
        """Registering: a passkey must be found without a name being typed; a second step need not."""
        words, alone = proofs.read_passkeys(), usage == "first"
        found: AuthenticatorSelectionCriteria = words.AuthenticatorSelectionCriteria(
            resident_key=words.ResidentKeyRequirement.REQUIRED if alone else words.ResidentKeyRequirement.DISCOURAGED,
            user_verification=words.UserVerificationRequirement.REQUIRED
            if alone
            else words.UserVerificationRequirement.DISCOURAGED,
        )
        return found

    def user_verification(self, user: UserMixin | None, usage: list[str]) -> "UserVerificationRequirement":
        """Signing in: required unless a password went before."""
        words = proofs.read_passkeys().UserVerificationRequirement
        found: UserVerificationRequirement = words.DISCOURAGED if "secondary" in usage else words.REQUIRED
        return found

    def name_svn(self, value: str) -> tuple[str | None, str | None]:
        """A key's name as it is kept, or what is wrong with it. Pages escape it, so any letters will do."""
        name = " ".join(value.split())
        if not name or not name.isprintable():
            return str(MESSAGES["WEBAUTHN_NAME_DISALLOWED_CHARACTERS"][0]), None
        if len(name) > _LONGEST_KEY_NAME:
            return str(MESSAGES["INVALID_INPUT_LENGTH"][0]) % {"length": _LONGEST_KEY_NAME}, None
        return None, name


def totp_secrets(secret_key: str) -> dict[str, str]:
    """The key that encrypts the apps' secrets in the database, of this installation alone."""
    return {"1": hmac.new(secret_key.encode(), b"totp-secrets", hashlib.sha256).hexdigest()}


def totp() -> Totp:
    """The codes of apps, as this installation makes and checks them."""
    tools: Any = current_app.extensions["security"]
    found: Totp = tools.totp_factory
    return found


def _hash(code: str) -> str:
    """Spaces and dashes are for the eye; 48 random bits behind a keyed hash and a limit of tries."""
    plain = "".join(code.split()).replace("-", "").lower()
    return hmac.new(current_settings().secret_key.encode(), f"recovery {plain}".encode(), hashlib.sha256).hexdigest()
