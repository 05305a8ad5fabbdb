"""What a certificate says, as it is frozen and read again: in every language of the city, whatever the activity becomes later."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from engage.activities import facts
from engage.activities.facts import OccurrenceFacts
from engage.base.config import current_settings
from engage.base.i18n import in_language
from engage.registrations.certificates.earned import Earned
from engage.registrations.certificates.models import Certificate
from engage.registrations.models import Registration


@dataclass(frozen=True, slots=True)
class Held:
    """One date that somebody came to or had a place on. In a statement of hours with its own title, organiser and time."""

    starts_at: datetime
    ends_at: datetime
    zone: ZoneInfo
    titles: Mapping[str, str]
    organiser: str = ""
    minutes: int | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """A certificate's words and numbers. `minutes` is the time as a volunteer; `first` and `last` are of a period of hours."""

    issuer: str
    country: str
    titles: Mapping[str, str]
    about: Mapping[str, str]
    role: Mapping[str, str]
    organisers: tuple[str, ...]
    place: str
    online: bool
    came: bool
    dates: tuple[Held, ...]
    minutes: int | None
    first: date | None
    last: date | None

    @property
    def workload(self) -> int:
        """How long it lasted, in minutes: the dates together."""
        return round(sum((each.ends_at - each.starts_at).total_seconds() for each in self.dates) / 60)

    def title(self, language: str | None = None) -> str:
        return in_language(self.titles, language)


def of_sign_up(registration: Registration, found: Earned) -> dict[str, Any]:
    """What is said of one sign-up."""
    last, city = found.dates[-1], current_settings().city
    titles, about = _in_all_languages(last)
    role = registration.pool.role
    return {
        "issuer": city.authority,
        "country": city.country,
        "titles": titles,
        "about": about,
        "role": dict(role.names) if role else {},
        "organisers": [last.organisation],
        "place": last.place,
        "online": last.online,
        "came": found.came,
        "minutes": found.minutes,
        "dates": [_date(each) for each in found.dates],
    }


def of_hours(first: date, last: date, helped: Sequence[tuple[OccurrenceFacts, int]]) -> dict[str, Any]:
    """What is said of hours over a period: each date with its minutes."""
    city = current_settings().city
    return {
        "issuer": city.authority,
        "country": city.country,
        "organisers": sorted({found.organisation for found, _minutes in helped}),
        "came": True,
        "minutes": sum(minutes for _found, minutes in helped),
        "first": first.isoformat(),
        "last": last.isoformat(),
        "dates": [
            {
                **_date(found),
                "titles": _in_all_languages(found)[0],
                "organiser": found.organisation,
                "minutes": minutes,
            }
            for found, minutes in helped
        ],
    }


def said(certificate: Certificate) -> Said:
    """What was frozen, read again."""
    kept = certificate.facts
    return Said(
        issuer=kept["issuer"],
        country=kept["country"],
        titles=kept.get("titles", {}),
        about=kept.get("about", {}),
        role=kept.get("role", {}),
        organisers=tuple(kept["organisers"]),
        place=kept.get("place", ""),
        online=kept.get("online", False),
        came=kept["came"],
        dates=tuple(_held(each) for each in kept["dates"]),
        minutes=kept["minutes"],
        first=_day(kept.get("first")),
        last=_day(kept.get("last")),
    )


def _in_all_languages(date_: OccurrenceFacts) -> tuple[dict[str, str], dict[str, str]]:
    """Title and summary in each language of the city in which they are written."""
    titles, about = {}, {}
    for language in current_settings().city.languages:
        (found,) = facts.occurrences([date_.occurrence_id], language)
        titles[found.language], about[found.language] = found.title, found.summary
    return titles, {language: words for language, words in about.items() if words}


def _date(found: OccurrenceFacts) -> dict[str, Any]:
    return {"starts_at": found.starts_at.isoformat(), "ends_at": found.ends_at.isoformat(), "zone": found.zone.key}


def _held(kept: Mapping[str, Any]) -> Held:
    return Held(
        starts_at=datetime.fromisoformat(kept["starts_at"]),
        ends_at=datetime.fromisoformat(kept["ends_at"]),
        zone=ZoneInfo(kept["zone"]),
        titles=kept.get("titles", {}),
        organiser=kept.get("organiser", ""),
        minutes=kept.get("minutes"),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
