"""How this installation is set up: `Settings` from the environment, with the `City` from its TOML file."""

import os
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask, current_app

from engage.base import usable
from engage.base.city import LONGEST_PERIOD, City
from engage.base.links import Links
from engage.base.sms import SmsSettings
from engage.base.telegram import TelegramSettings

ROOT = Path(__file__).resolve().parents[2]
DEFAULT_CITY = Path(__file__).resolve().parents[1] / "city" / "default.toml"


@dataclass(frozen=True)
class Settings:
    """One installation: where its database, files and mail server are, and the limits it keeps.

    Periods are `timedelta`, sizes are bytes. Every field has its `ENGAGE_...` variable, see docs/operators.md.
    """

    database_url: str
    secret_key: str
    var: Path = ROOT / "var"
    base_url: str = "http://127.0.0.1:8000"
    development: bool = False
    smtp_url: str | None = None
    mail_from: str | None = None
    city: City = field(default_factory=lambda: City.read(DEFAULT_CITY))
    trusted_proxies: int = 0
    # The municipality's own sign-in (OpenID Connect); off while no issuer is named.
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: str = ""
    # The Ed25519 key that credentials are signed with, 32 bytes as base64url; "" for one that follows from the secret.
    credential_key: str = ""
    # The bot; None while there is no token.
    telegram: TelegramSettings | None = None
    # The gateway for SMS; None while there is none.
    sms: SmsSettings | None = None
    # 60 minutes: a mail server that greylists may take half an hour to let the first mail through.
    confirm_within: timedelta = timedelta(minutes=60)
    unconfirmed_per_address: int = 5
    unconfirmed_per_client: int = 20
    # Invented addresses may never hold more than this share of an occurrence's seats.
    unconfirmed_share: float = 0.5
    forms_per_client_minute: int = 60
    chat_per_person_minute: int = 40
    largest_group: int = 30
    largest_class: int = 120
    # Coming sign-ups one person may have at the same time; 0 is no limit.
    sign_ups_per_person: int = 40
    # Questions to staff from one chat, one browser or for one address in a day.
    questions_per_day: int = 5
    # Waiting list (behaviour.md C1): how long an offer stands, how near the start none is made any more, how long the first in
    # line holds up smaller groups, and how much later than said an answer still counts.
    offer_hours: int = 48
    latest_offer: timedelta = timedelta(hours=2)
    skip_group_after: timedelta = timedelta(hours=24)
    offer_grace: timedelta = timedelta(minutes=2)
    # Seats held for who is filling in the form: 15 minutes and 1 more for each seat, where fewer than `FEW` are left.
    hold_for: timedelta = timedelta(minutes=15)
    hold_for_each: timedelta = timedelta(minutes=1)
    # How many messages to participants are sent for one organisation within a day.
    broadcasts_per_day: int = 10
    # How long a citizen who came by a one-time link stays on their page before a new link is needed.
    my_page_hours: int = 12

    @cached_property
    def links(self) -> Links:
        """The full addresses of this installation's pages."""
        return Links(self.base_url)

    @property
    def quiet_from(self) -> time:
        """From this local time on nothing that can wait is sent, and no offer runs out."""
        return self.city.quiet[0]

    @property
    def quiet_until(self) -> time:
        """Until this local time."""
        return self.city.quiet[1]

    @property
    def host(self) -> str:
        """The host name that makes a calendar entry's UID unique in the world."""
        return urlsplit(self.base_url).hostname or "localhost"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Settings as the process's environment gives them; raises `ValueError` in words when one is unusable."""
        url = environment.get("ENGAGE_DATABASE_URL")
        if not url:
            raise ValueError("ENGAGE_DATABASE_URL is not set. `make run` starts a database of its own and sets it.")
        development = environment.get("ENGAGE_DEVELOPMENT") == "1"
        key = environment.get("ENGAGE_SECRET_KEY") or (secrets.token_hex(32) if development else "")
        if len(key) < 32:
            raise ValueError("ENGAGE_SECRET_KEY must be set to at least 32 random characters.")
        optional = {name: environment[key] for name, key in _TEXTS.items() if environment.get(key)}
        numbers = {name: _number(key, environment[key]) for name, key in _NUMBERS.items() if environment.get(key)}
        usable.check_mail_server(optional.get("smtp_url"))
        usable.check_city_sign_in(optional, development)
        usable.check_credential_key(optional.get("credential_key"))
        return cls(
            database_url=as_psycopg(url),
            secret_key=key,
            development=development,
            var=Path(environment.get("ENGAGE_VAR") or ROOT / "var"),
            city=_city(Path(environment.get("ENGAGE_CITY") or DEFAULT_CITY)),
            telegram=TelegramSettings.from_environment(environment, key),
            sms=SmsSettings.from_environment(environment),
            **optional,  # type: ignore[arg-type]
            **numbers,  # type: ignore[arg-type]
        )


_TEXTS = {
    "base_url": "ENGAGE_BASE_URL",
    "smtp_url": "ENGAGE_SMTP_URL",
    "mail_from": "ENGAGE_MAIL_FROM",
    "oidc_issuer": "ENGAGE_OIDC_ISSUER",
    "oidc_client_id": "ENGAGE_OIDC_CLIENT_ID",
    "oidc_client_secret": "ENGAGE_OIDC_CLIENT_SECRET",
    "credential_key": "ENGAGE_CREDENTIAL_KEY",
}
_NUMBERS = {
    "trusted_proxies": "ENGAGE_TRUSTED_PROXIES",
    "unconfirmed_per_address": "ENGAGE_UNCONFIRMED_PER_ADDRESS",
    "unconfirmed_per_client": "ENGAGE_UNCONFIRMED_PER_CLIENT",
    "forms_per_client_minute": "ENGAGE_FORMS_PER_CLIENT_MINUTE",
    "chat_per_person_minute": "ENGAGE_CHAT_PER_PERSON_MINUTE",
    "sign_ups_per_person": "ENGAGE_SIGN_UPS_PER_PERSON",
    "questions_per_day": "ENGAGE_QUESTIONS_PER_DAY",
    "offer_hours": "ENGAGE_OFFER_HOURS",
    "my_page_hours": "ENGAGE_MY_PAGE_HOURS",
    "broadcasts_per_day": "ENGAGE_BROADCASTS_PER_DAY",
}


def _number(key: str, text: str) -> int:
    if not text.strip().isdecimal():
        raise ValueError(f"{key} must be a whole number, not {text!r}.")
    return int(text)


def _city(path: Path) -> City:
    try:
        city = City.read(path)
    except OSError as error:
        raise ValueError(f"The city file {path} cannot be read: {error.strerror}.") from error
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"The city file {path} is no TOML: {error}.") from error
    if wrong := city.wrong_periods:
        names = ", ".join(wrong)
        raise ValueError(
            f"In the city file {path}, [retention] needs whole numbers of days from 1 to {LONGEST_PERIOD}: {names}."
        )
    try:
        _ = city.quiet, city.suppress_below, city.release_after_days, city.small_area, city.areas
    except ValueError as error:
        raise ValueError(f"In the city file {path}, {error}.") from error
    return city


def as_psycopg(url: str) -> str:
    """`url` with the driver this service is built on, whichever spelling of PostgreSQL it began with."""
    scheme, _, rest = url.partition("://")
    return f"postgresql+psycopg://{rest}" if scheme in {"postgres", "postgresql"} else url


def install(app: Flask, settings: Settings) -> None:
    """Make `settings` those of `app`, for `current_settings` to find."""
    app.extensions["engage.settings"] = settings


def current_settings() -> Settings:
    """The settings of the application whose context is open."""
    settings: Settings = current_app.extensions["engage.settings"]
    return settings
