"""The `City`: what differs between two learning cities, as one TOML file tells it, so that no code names a city."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from engage.base.i18n import in_language

# Ten years: nothing of a person is kept longer, and a slip of the finger is found at the start.
LONGEST_PERIOD = 3650
# Words that stand for no part of town.
_NO_AREA = frozenset({"", "unsaid", "other", "outside"})
_LONGEST_KEY = 20


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

    @cached_property
    def areas(self) -> Mapping[str, str]:
        """The parts of town one is asked for where an organiser asks: names by key, in order; raises `ValueError` in words."""
        section = self.facts.get("areas", [])
        found: dict[str, str] = {}
        for each in section if isinstance(section, list) else [section]:
            key, name = (str(each.get(part, "")).strip() for part in ("key", "name"))
            if not name or key in _NO_AREA or key in found or len(key) > _LONGEST_KEY:
                raise ValueError(f"each of [[areas]] needs a name and a key of its own, not {key!r}")
            found[key] = name
        return found

    @cached_property
    def small_area(self) -> int:
        """A part of town with fewer inhabitants is never shown alone; raises `ValueError` in words."""
        least = self._section("statistics").get("small_area", 1000)
        if type(least) is not int or not 100 <= least <= 100_000:
            raise ValueError(f"small_area under [statistics] must be a whole number from 100 to 100000, not {least}")
        return least

    @cached_property
    def release_after_days(self) -> int:
        """So many days after its end a month's statistics are closed and published; raises `ValueError` in words."""
        days = self._section("statistics").get("release_after_days", 14)
        if type(days) is not int or not 1 <= days <= 90:
            raise ValueError(f"release_after_days under [statistics] must be a whole number from 1 to 90, not {days}")
        return days

    @property
    def wrong_periods(self) -> tuple[str, ...]:
        """The names of the periods under [retention] that are no whole number of days between 1 and 3650."""
        section = self.facts.get("retention", {})
        if not isinstance(section, Mapping):
            return ("retention",)
        usable = {name for name, days in section.items() if type(days) is int and 1 <= days <= LONGEST_PERIOD}
        return tuple(name for name in section if name not in usable)
