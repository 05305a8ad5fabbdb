"""How this installation sends SMS: one gateway that takes a message by HTTP, and how fast it may be asked."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from engage.base import tokens

HOOK = "/hooks/sms"
_USUAL_PER_SECOND, _MOST_PER_SECOND = 5, 100
_USUAL_SEGMENTS, _MOST_SEGMENTS = 3, 10
# What networks show as a sender: up to 11 letters and digits, or a number (3GPP TS 23.040, 9.1.2.5).
_SENDER = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}|\+?[0-9]{3,15}")
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


@dataclass(frozen=True)
class SmsSettings:
    """One gateway. `segments` is how many parts a message may have; each is paid for by itself. Without a `hook_secret` nobody
    can tell us that somebody answered STOP."""

    url: str
    token: str = ""
    sender: str = "Engage"
    per_second: int = _USUAL_PER_SECOND
    segments: int = _USUAL_SEGMENTS
    hook_secret: str = ""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "SmsSettings | None":
        """The gateway of `ENGAGE_SMS_...`, None without a URL; raises `ValueError` in words, and never repeats a secret."""
        given = {name: (environment.get(f"ENGAGE_SMS_{name}") or "").strip() for name in _NAMES}
        if not given["URL"]:
            if others := [f"ENGAGE_SMS_{name}" for name in _NAMES if given[name]]:
                raise ValueError(f"{', '.join(others)} is set, but there is no ENGAGE_SMS_URL.")
            return None
        _check_url(given["URL"])
        if given["SENDER"] and not _SENDER.fullmatch(given["SENDER"]):
            raise ValueError("ENGAGE_SMS_SENDER must be at most 11 letters and digits (a to z), or a number.")
        if given["HOOK_SECRET"] and len(given["HOOK_SECRET"]) < 16:
            raise ValueError("ENGAGE_SMS_HOOK_SECRET must have at least 16 characters.")
        return cls(
            url=given["URL"],
            token=given["TOKEN"],
            sender=given["SENDER"] or cls.sender,
            per_second=_number("RATE", given["RATE"], _USUAL_PER_SECOND, _MOST_PER_SECOND),
            segments=_number("SEGMENTS", given["SEGMENTS"], _USUAL_SEGMENTS, _MOST_SEGMENTS),
            hook_secret=given["HOOK_SECRET"],
        )


_NAMES = ("URL", "TOKEN", "SENDER", "RATE", "SEGMENTS", "HOOK_SECRET")


def _check_url(url: str) -> None:
    """Numbers and names travel there, so in the clear only on this machine. It may hold a password, and is never repeated."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        usable = parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)
        usable = usable and bool(host) and parts.port != 0 and not (parts.fragment or parts.username)
    except ValueError:
        usable = False
    if not usable:
        raise ValueError("ENGAGE_SMS_URL must look like https://sms.example.org/send (http only on this machine).")


def _number(name: str, text: str, usual: int, most: int) -> int:
    if not text:
        return usual
    if not text.isdecimal() or not 1 <= int(text) <= most:
        raise ValueError(f"ENGAGE_SMS_{name} must be a whole number from 1 to {most}.")
    return int(text)


def stop_key(secret_key: str, number: str) -> str:
    """What stands for a number from which STOP was said, where the number itself is not kept."""
    return tokens.stand_in(secret_key, f"sms-stop:{number}")
