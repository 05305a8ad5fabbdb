"""A passkey made of software: it answers as a browser with a device would, and can be told to cheat."""

import hashlib
import json
import os
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

_PRESENT, _VERIFIED, _ATTESTED = 0x01, 0x04, 0x40  # flags of the authenticator's data, WebAuthn level 2, section 6.1
ORIGIN = "http://localhost"


def text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def raw(value: str) -> bytes:
    return urlsafe_b64decode(value + "=" * (-len(value) % 4))


@dataclass
class SoftwareKey:
    """One key pair for one account. `verifies` tells whether it checks the person (a finger, a code)."""

    verifies: bool = True
    credential_id: bytes = field(default_factory=lambda: os.urandom(32))
    user_handle: bytes = b""
    count: int = 0
    _key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def create(self, options: dict[str, Any], origin: str = ORIGIN) -> str:
        """What the browser sends when a key is registered, with attestation "none"."""
        self.user_handle = raw(options["user"]["id"])
        data = self._data(options["rp"]["id"], _ATTESTED) + self._attested()
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        response = {
            "clientDataJSON": text(self._client("webauthn.create", options, origin)),
            "attestationObject": text(attestation),
            "transports": ["internal"],
        }
        return self._answer(response)

    def get(self, options: dict[str, Any], origin: str = ORIGIN, *, handle: bool = True) -> str:
        """What the browser sends when the key signs a challenge."""
        client, data = self._client("webauthn.get", options, origin), self._data(options["rpId"])
        signature = self._key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        response = {"clientDataJSON": text(client), "authenticatorData": text(data), "signature": text(signature)}
        if handle:
            response["userHandle"] = text(self.user_handle)
        return self._answer(response)

    def _client(self, kind: str, options: dict[str, Any], origin: str) -> bytes:
        return json.dumps(
            {"type": kind, "challenge": options["challenge"], "origin": origin, "crossOrigin": False}
        ).encode()

    def _data(self, rp_id: str, flags: int = 0) -> bytes:
        self.count += 1
        flags |= _PRESENT | (_VERIFIED if self.verifies else 0)
        return hashlib.sha256(rp_id.encode()).digest() + struct.pack(">BI", flags, self.count)

    def _attested(self) -> bytes:
        """A credential's id and its public key as COSE (RFC 9053, ES256)."""
        numbers = self._key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        return bytes(16) + struct.pack(">H", len(self.credential_id)) + self.credential_id + cbor2.dumps(cose)

    def _answer(self, response: dict[str, Any]) -> str:
        name = text(self.credential_id)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "extensions": "{}", "response": response})
