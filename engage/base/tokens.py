"""Signed single-purpose tokens: what a link in a mail proves, and for how long."""

import hashlib
import hmac
import json
from datetime import timedelta
from functools import lru_cache
from typing import Any

from itsdangerous import BadData, URLSafeSerializer, URLSafeTimedSerializer
from itsdangerous.encoding import base64_encode

from engage.base.errors import Refusal
from engage.base.i18n import lazy_gettext as _l


class LinkNotValid(Refusal):
    """The link was changed, is for something else, or is too old."""

    code = "link_not_valid"
    message = _l("This link does not work any more. Look for a newer e-mail from us, or write to us and we will help.")


@lru_cache(maxsize=32)
def _lasting(key: str, purpose: str) -> URLSafeSerializer:
    return URLSafeSerializer(key, salt=purpose)


@lru_cache(maxsize=32)
def _timed(key: str, purpose: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(key, salt=purpose)


@lru_cache(maxsize=32)
def _derived(key: str, purpose: str) -> bytes:
    return _lasting(key, purpose).make_signer().derive_key()


def sign(key: str, purpose: str, value: str | int) -> str:
    """A token that carries `value` and is good for `purpose` alone, until the row it names says otherwise."""
    # What the serializer writes, in a quarter of its time: it derives the key for each token and tries to compress a few letters.
    payload = base64_encode(json.dumps(value))
    signature = base64_encode(hmac.digest(_derived(key, purpose), payload, "sha1"))
    return f"{payload.decode()}.{signature.decode()}"


def unsign(key: str, purpose: str, token: str) -> Any:
    """The value of a token made by `sign`; raises `LinkNotValid`."""
    try:
        return _lasting(key, purpose).loads(token)
    except BadData as error:
        raise LinkNotValid from error


def stand_in(key: str, text: str) -> str:
    """A keyed hash that stands for `text`, such as an address, where the text itself has no business being kept."""
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()[:32]


def sign_timed(key: str, purpose: str, value: Any) -> str:
    """A token as `sign` makes it, that also knows when it was made."""
    return str(_timed(key, purpose).dumps(value))


def unsign_timed(key: str, purpose: str, token: str, longest: timedelta) -> Any:
    """The value of a token made by `sign_timed` no longer than `longest` ago; raises `LinkNotValid`."""
    try:
        return _timed(key, purpose).loads(token, max_age=int(longest.total_seconds()))
    except BadData as error:
        raise LinkNotValid from error
