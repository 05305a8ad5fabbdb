"""How this installation's Telegram bot is set up: its token, the server it speaks to, and how fast it may."""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

OFFICIAL = "https://api.telegram.org"
# core.telegram.org/bots/faq: about 30 messages a second over all chats. One less leaves room for clocks that differ.
MOST_PER_SECOND = 29
_USUAL_PER_SECOND = 25
_TOKEN = re.compile(r"[0-9]+:[A-Za-z0-9_-]{3,}")
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
HOOK = "/hooks/telegram"


@dataclass(frozen=True)
class TelegramSettings:
    """One bot. Without a `webhook_url` its updates are fetched; `per_second` 0 knows no limit, for one's own server."""

    token: str
    api_url: str = OFFICIAL
    webhook_url: str = ""
    webhook_secret: str = ""
    per_second: int = _USUAL_PER_SECOND

    @property
    def bot(self) -> int:
        """The bot's own id, which is the first part of its token."""
        return int(self.token.partition(":")[0])

    @property
    def source(self) -> str:
        """What its updates are kept under: ids of updates count for one bot only."""
        return f"telegram:{self.bot}"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str], secret_key: str) -> "TelegramSettings | None":
        """The bot of `ENGAGE_TELEGRAM_...`, None without a token; raises `ValueError` in words, and never repeats a secret."""
        given = {name: (environment.get(f"ENGAGE_TELEGRAM_{name}") or "").strip() for name in _NAMES}
        if not given["TOKEN"]:
            if others := [f"ENGAGE_TELEGRAM_{name}" for name in _NAMES if given[name]]:
                raise ValueError(f"{', '.join(others)} is set, but there is no ENGAGE_TELEGRAM_TOKEN.")
            return None
        if not _TOKEN.fullmatch(given["TOKEN"]):
            raise ValueError("ENGAGE_TELEGRAM_TOKEN must be what BotFather gave, a number, a colon and letters.")
        api_url = given["API_URL"].rstrip("/") or OFFICIAL
        _check_address("ENGAGE_TELEGRAM_API_URL", api_url)
        webhook_url = _hook(given["WEBHOOK_URL"])
        return cls(
            token=given["TOKEN"],
            api_url=api_url,
            webhook_url=webhook_url,
            webhook_secret=_secret(given["WEBHOOK_SECRET"], webhook_url, secret_key),
            per_second=_rate(given["RATE"], api_url),
        )


_NAMES = ("TOKEN", "API_URL", "WEBHOOK_URL", "WEBHOOK_SECRET", "RATE")


def _check_address(name: str, url: str) -> None:
    """Citizens' words travel there, so in the clear only on this machine or a network of one's own."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"https", "http"} and bool(parts.hostname) and parts.port != 0
        usable = usable and not (parts.query or parts.fragment or parts.username)
    except ValueError:
        usable = False
    if not usable:
        raise ValueError(f"{name} must look like https://bots.example.org.")


def _hook(url: str) -> str:
    """The address Telegram shall post to; one without a path is given ours."""
    if not url:
        return ""
    _check_address("ENGAGE_TELEGRAM_WEBHOOK_URL", url)
    path = urlsplit(url).path.rstrip("/")
    if path not in {"", HOOK}:
        raise ValueError(f"ENGAGE_TELEGRAM_WEBHOOK_URL must end with {HOOK}, or name the host alone.")
    return url.rstrip("/") if path else url.rstrip("/") + HOOK


def _secret(given: str, webhook_url: str, secret_key: str) -> str:
    """What Telegram shows with every update; made from the installation's key where none is given."""
    if given and not _SECRET.fullmatch(given):
        raise ValueError("ENGAGE_TELEGRAM_WEBHOOK_SECRET must be 1 to 256 of A-Z, a-z, 0-9, _ and -.")
    if given or not webhook_url:
        return given
    return hmac.new(secret_key.encode(), b"telegram webhook", hashlib.sha256).hexdigest()


def _rate(given: str, api_url: str) -> int:
    if not given:
        return _USUAL_PER_SECOND
    least = 1 if api_url == OFFICIAL else 0
    if not given.isdecimal() or not least <= int(given) <= MOST_PER_SECOND:
        raise ValueError(
            f"ENGAGE_TELEGRAM_RATE must be a whole number from 1 to {MOST_PER_SECOND}"
            " (0, no limit, only with a server of your own in ENGAGE_TELEGRAM_API_URL)."
        )
    return int(given)
