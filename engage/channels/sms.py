"""SMS: a letter in a few words and one link, handed to a gateway by HTTP.

POST to `ENGAGE_SMS_URL`, as JSON: `to` (E.164), `from`, `message`, `reference`. The key of a letter is always the same
`Idempotency-Key`, so a gateway that knows it sends nothing twice, although we ask again when no answer came.
"""

import hashlib
import http.client
import json
import ssl
import time
from datetime import timedelta
from urllib.parse import urlsplit

import structlog

from engage.base import pace
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import ask, transaction
from engage.base.errors import ChannelError, ServerAway, TooFast
from engage.base.limits import Rate, TooOften, take
from engage.base.message import Message
from engage.base.sms import SmsSettings, stop_key
from engage.channels.short_text import fitted

log = structlog.get_logger(__name__)

_SECONDS = 10
# Answers that say "not now" (RFC 9110, RFC 8470, RFC 6585); every other 4xx says "never, not so".
_LATER = {408, 425, 429}
_TAKEN_BEFORE = 409
# Answers that speak of us and not of the letter: the key is wrong, or the bill is not paid. For so long it is not asked again.
_OUR_FAULT = {401, 402}
_OUR_FAULT_SECONDS = 60
_MOST_PAUSE = 3600
_PACE = "sms"

# Whether STOP was said: by a number we know, or by one we did not know yet (`people.stops`).
_OFF = (
    "SELECT EXISTS (SELECT FROM address WHERE channel = 'sms' AND identifier = %(number)s AND off_reason = 'blocked')"
    " OR EXISTS (SELECT FROM sms_stopped WHERE key = %(key)s)"
)


class SmsChannel:
    """Sends by the gateway of `settings`, no faster than it allows, counted over all processes."""

    def __init__(self, settings: SmsSettings) -> None:
        self._settings = settings

    def send(self, identifier: str, message: Message, *, key: str) -> None:
        """Hand over `message` for the number `identifier`."""
        self._wait_for_room(identifier)
        reference = hashlib.sha256(key.encode()).hexdigest()[:32]
        body = {
            "to": identifier,
            "from": self._settings.sender,
            "message": fitted(message, self._settings.segments),
            "reference": reference,
        }
        status, retry_after = self._post(json.dumps(body).encode(), reference)
        _judge(status, retry_after)

    def _wait_for_room(self, number: str) -> None:
        """Raise `ChannelError` where nothing may leave now: the gateway asked for a pause, or its pace is used up."""
        now, key = utc_now(), stop_key(current_settings().secret_key, number)
        with transaction():
            # However old a letter is, and whichever way of its several this is: who said STOP is not written to.
            (stopped,) = ask(_OFF, {"number": number, "key": key}).fetchone() or (False,)
            free_at = pace.free_at(_PACE)
        if stopped:
            raise ChannelError("the number said STOP", permanent=True)
        if free_at is not None and free_at > now:
            raise TooFast((free_at - now).total_seconds())
        self._keep_pace()

    def _keep_pace(self) -> None:
        """Wait for the little that is missing: a letter put back would come again only half a minute later."""
        each_second = self._settings.per_second
        for _turn in range(2 * each_second):
            try:
                take(_PACE, Rate(burst=each_second, per_second=each_second), utc_now())
            except TooOften:
                time.sleep(1 / each_second)
            else:
                return
        raise TooFast(1)

    def _post(self, body: bytes, reference: str) -> tuple[int, str]:
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Accept": "application/json",
            "Idempotency-Key": reference,
            "User-Agent": "Engage/1",
        }
        if self._settings.token:
            headers["Authorization"] = f"Bearer {self._settings.token}"
        address = urlsplit(self._settings.url)
        path = (address.path or "/") + (f"?{address.query}" if address.query else "")
        connection = _connection(address.scheme, address.hostname or "", address.port)
        try:
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.headers.get("Retry-After", "")
        except (OSError, http.client.HTTPException) as error:
            raise ChannelError(type(error).__name__, permanent=False) from error
        finally:
            connection.close()


def _connection(scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
    if scheme == "https":
        return http.client.HTTPSConnection(host, port, timeout=_SECONDS, context=ssl.create_default_context())
    return http.client.HTTPConnection(host, port, timeout=_SECONDS)


def _judge(status: int, retry_after: str) -> None:
    """Raise `ChannelError` unless the gateway has the message now, or had it before."""
    if 200 <= status < 300 or status == _TAKEN_BEFORE:
        return
    if status == http.client.TOO_MANY_REQUESTS:
        seconds = min(int(retry_after), _MOST_PAUSE) if retry_after.isdecimal() else 30
        _pause(seconds)
        raise TooFast(seconds)
    if status in _OUR_FAULT:
        log.error("gateway_lets_nobody_in", status=status, hint="Look at ENGAGE_SMS_TOKEN, and at the account there.")
        _pause(_OUR_FAULT_SECONDS)
        raise ServerAway(f"gateway answered {status}")
    # A redirect would take numbers and words to whoever it names, so it is not followed.
    passing = status in _LATER or not 400 <= status < 500
    raise ChannelError(f"gateway answered {status}", permanent=not passing)


def _pause(seconds: int) -> None:
    with transaction():
        pace.pause(_PACE, utc_now() + timedelta(seconds=seconds))
