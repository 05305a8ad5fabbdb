"""How this installation is set up: `Settings` from the environment, and the `City` from one TOML file.

Everything that differs between two learning cities stands in the city file, so that no code names a city.
"""

import os
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from flask import Flask, current_app

from engage.base import usable
from engage.base.i18n import in_language
from engage.base.links import Links
from engage.base.sms import SmsSettings
from engage.base.telegram import TelegramSettings

ROOT = Path(__file__).resolve().parents[2]
# Ten years: nothing of a person is kept longer, and a slip of the finger is found at the start.
_LONGEST_PERIOD = 3650
DEFAULT_CITY = Path(__file__).resolve().parents[1] / "city" / "default.toml"


@dataclass(frozen=True)
class City:
    """One learning city: its names, languages, contact, colours and periods, as written in its TOML file."""

    facts: Mapping[str, Any]

    @classmethod
    def read(cls, path: Path) -> "City":
        """The city described by the TOML file at `path`; raises OSError or tomllib.TOMLDecodeError."""
        with path.open("rb") as file:
            return cls(tomllib.load(file))

    def _section(self, name: str) -> Mapping[str, Any]:
        section: Mapping[str, Any] = self.facts.get(name, {})
        return section

    @property
    def name(self) -> str:
        """The city's name, as mails and calendars are signed."""
        return str(self.facts["city"]["name"])

    @property
    def title(self) -> str:
        """The name of the service, as it stands in the header."""
        return str(self.theme.get("logo_text") or self.name)

    @property
    def authority(self) -> str:
        return str(self.facts["city"].get("authority", self.name))

    @property
    def tagline(self) -> str:
        return in_language(self._section("city").get("tagline", {}))

    @property
    def controller(self) -> str:
        """Who answers for personal data (GDPR article 4(7)), as the privacy page names it."""
        return str(self.privacy.get("controller", self.authority))

    @property
    def country(self) -> str:
        """ISO 3166-1 code whose public holidays count here."""
        return str(self.facts["city"].get("holidays_country", self.facts["city"].get("country", "DK")))

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.facts["city"].get("time_zone", "Europe/Copenhagen"))

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """Languages citizens may choose, the default one first."""
        default = self.facts["city"].get("default_language", "da")
        return (default, *(code for code in self.facts["city"].get("languages", []) if code != default))

    @property
    def calling_country(self) -> str:
        """ISO 3166-1 code of the country whose telephone numbers are written without a country code."""
        return str(self.facts["city"].get("country", "DK"))

    @property
    def contact(self) -> Mapping[str, Any]:
        return self._section("contact")

    @property
    def opening_hours(self) -> str:
        return in_language(self.contact.get("opening_hours", {}))

    @property
    def privacy(self) -> Mapping[str, Any]:
        return self._section("privacy")

    @property
    def notice_version(self) -> str:
        """Which privacy text is shown now; kept beside each sign-up."""
        return str(self.privacy.get("notice_version", ""))

    @property
    def statement_url(self) -> str:
        """The published accessibility statement, or "" while there is none."""
        return str(self._section("accessibility").get("statement_url", ""))

    @property
    def theme(self) -> Mapping[str, Any]:
        return self._section("theme")

    @property
    def sign_in(self) -> Mapping[str, Any]:
        """What the municipality's own sign-in may do: domains, the claim with groups, and the roles they give."""
        return self._section("sign_in")

    @property
    def keep_sign_ups(self) -> timedelta:
        """How long a sign-up stays connected to a person after the activity's end."""
        return timedelta(days=self._section("retention").get("sign_up_days", 30))

    @property
    def keep_answers(self) -> timedelta:
        """How long what was asked of who signed up is kept after the activity's end: answers, who comes along, a certificate's
        date. Never longer than the sign-up."""
        return min(timedelta(days=self._section("retention").get("answer_days", 14)), self.keep_sign_ups)

    @property
    def keep_own_pages(self) -> timedelta:
        """How long somebody's wishes and linked chats are kept after they last were on their own page."""
        return timedelta(days=self._section("retention").get("own_page_days", 365))

    @property
    def keep_talks(self) -> timedelta:
        """How long a talk nobody went on with is kept."""
        return timedelta(days=self._section("retention").get("conversation_days", 7))

    @property
    def keep_questions(self) -> timedelta:
        """How long a citizen's question and its answer are kept after that was given."""
        return timedelta(days=self._section("retention").get("question_days", 180))

    @property
    def answer_weekdays(self) -> int:
        """Within how many weekdays a person answers what citizens ask, as they are told."""
        return int(self.contact.get("answer_weekdays", 2))

    @property
    def questions_email(self) -> str:
        """Who is told that questions wait for staff; "" for nobody."""
        return str(self.contact.get("questions_email", ""))

    @property
    def keep_calendars(self) -> timedelta:
        """How long a citizen's own calendar is kept that no program has read."""
        return timedelta(days=self._section("retention").get("own_calendar_days", 60))

    @property
    def keep_certificates(self) -> timedelta:
        """How long a certificate is kept after it was issued, with its person, so that it can be shown and checked."""
        return timedelta(days=self._section("retention").get("certificate_days", 1825))

    @property
    def keep_messages(self) -> timedelta:
        """How long the text of a sent message is kept."""
        return timedelta(days=self._section("retention").get("message_days", 90))

    @property
    def keep_audit(self) -> timedelta:
        """How long the log of what staff and organisers did is kept."""
        return timedelta(days=self._section("retention").get("audit_days", 365))

    @property
    def keep_closed_accounts(self) -> timedelta:
        """How long an account is kept after it was closed."""
        return timedelta(days=self._section("retention").get("closed_account_days", 365))

    @cached_property
    def quiet(self) -> tuple[time, time]:
        """From when until when nothing that can wait is sent; raises `ValueError` in words."""
        begins, ends = (self._clock("quiet_hours", *each) for each in (("from", "21:00"), ("until", "08:00")))
        if begins == ends:
            raise ValueError("from and until under [quiet_hours] are the same")
        return begins, ends

    def _clock(self, section: str, name: str, usual: str) -> time:
        """A time of day: "21:00", or a local time of TOML."""
        written = self._section(section).get(name, usual)
        try:
            found = written if isinstance(written, time) else time.fromisoformat(str(written))
        except ValueError:
            found = None
        if found is None or found.tzinfo is not None:
            raise ValueError(f"{name} under [{section}] must be a time such as {usual}, not {written}")
        return found

    @cached_property
    def suppress_below(self) -> int:
        """Numbers of people below this are not published; raises `ValueError` in words, also when it would hide nobody."""
        least = self._section("statistics").get("suppress_below", 5)
        if type(least) is not int or not 3 <= least <= 100:
            raise ValueError(f"suppress_below under [statistics] must be a whole number from 3 to 100, not {least}")
        return least

    @property
    def wrong_periods(self) -> tuple[str, ...]:
        """The names of the periods under [retention] that are no whole number of days between 1 and 3650."""
        section = self.facts.get("retention", {})
        if not isinstance(section, Mapping):
            return ("retention",)
        usable = {name for name, days in section.items() if type(days) is int and 1 <= days <= _LONGEST_PERIOD}
        return tuple(name for name in section if name not in usable)


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
            f"In the city file {path}, [retention] needs whole numbers of days from 1 to {_LONGEST_PERIOD}: {names}."
        )
    try:
        _ = city.quiet, city.suppress_below
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
