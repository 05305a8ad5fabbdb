"""Who is at the door: gates of the blueprints, and how often one client may knock."""

import hashlib
import hmac
import ipaddress

from flask import request

from engage.base import limits
from engage.base.clock import utc_now
from engage.base.config import current_settings


def client_key() -> str:
    """A keyed hash that stands for where a request came from, and changes every day.

    An IPv6 subscriber has a /64 of addresses (RFC 6177), so only that part counts.
    """
    settings = current_settings()
    text = request.remote_addr or "unknown"
    try:
        address = ipaddress.ip_address(text)
        if address.version == 6:
            text = str(ipaddress.ip_network((address, 64), strict=False))
    except ValueError:
        pass
    day = utc_now().date().isoformat()
    return hmac.new(settings.secret_key.encode(), f"{day} {text}".encode(), hashlib.sha256).hexdigest()[:32]


def everybody() -> None:
    """The gate of the public pages: all may look; forms may be sent only so often. Raises `TooOften`."""
    if request.method == "POST":
        a_minute = current_settings().forms_per_client_minute
        rate = limits.Rate(burst=a_minute, per_second=a_minute / 60)
        limits.take(f"form:{client_key()}", rate, utc_now())
