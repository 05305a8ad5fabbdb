"""What reads the proofs of devices and apps: 13 MB and 80 ms in a process, and most never meet one. So
Flask-Security and passlib are imported without it (see `engage.accounts.models`), and given it by the first page that needs it.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

from flask_security import webauthn as passkeys
from flask_security import webauthn_util as wishes
from passlib import totp as codes  # type: ignore[import-untyped]

# Where the library looks for what, as it imports it itself; a test compares the two.
_OF_PASSKEYS = {
    "webauthn.authentication.verify_authentication_response": ("VerifiedAuthentication",),
    "webauthn.registration.verify_registration_response": ("VerifiedRegistration",),
    "webauthn.helpers": (
        "bytes_to_base64url",
        "options_to_json_dict",
        "parse_authentication_credential_json",
        "parse_registration_credential_json",
    ),
    "webauthn.helpers.exceptions": (
        "InvalidAuthenticationResponse",
        "InvalidJSONStructure",
        "InvalidRegistrationResponse",
    ),
    "webauthn.helpers.structs": (
        "AuthenticatorTransport",
        "PublicKeyCredentialDescriptor",
        "PublicKeyCredentialType",
        "UserVerificationRequirement",
    ),
}
_OF_WISHES = {
    "webauthn.helpers.structs": (
        "AuthenticatorAttachment",
        "AuthenticatorSelectionCriteria",
        "ResidentKeyRequirement",
        "UserVerificationRequirement",
    )
}


@cache
def read_passkeys() -> Any:
    """From here on passkeys can be asked for and checked. Returns the words of the standard."""
    _give(passkeys, _OF_PASSKEYS)
    passkeys.webauthn = import_module("webauthn")  # type: ignore[attr-defined]
    _give(wishes, _OF_WISHES)
    return import_module("webauthn.helpers.structs")


@cache
def read_codes() -> None:
    """From here on the secrets of apps that show codes can be read and written: they are kept encrypted."""
    codes._cg_ciphers = import_module("cryptography.hazmat.primitives.ciphers")
    import_module("cryptography.hazmat.primitives.ciphers.algorithms")
    import_module("cryptography.hazmat.primitives.ciphers.modes")
    codes._cg_default_backend = import_module("cryptography.hazmat.backends").default_backend
    codes.AES_SUPPORT = True


def _give(module: ModuleType, names: Mapping[str, Sequence[str]]) -> None:
    for place, wanted in names.items():
        for name in wanted:
            setattr(module, name, getattr(import_module(place), name))
