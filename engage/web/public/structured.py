"""An activity for search engines: schema.org Event as JSON-LD, one for each date."""

import json
from typing import Any

from engage import registrations
from engage.activities.facts import OccurrenceFacts
from engage.activities.models import Kind
from engage.base.config import Settings
from engage.goals.reference import reference

_CURRENCY = "DKK"


def structured_data(facts: OccurrenceFacts, settings: Settings) -> str:
    """The JSON of schema.org's Event, with `<` escaped so that no text can end the script element it stands in."""
    zone = facts.zone
    url = settings.links.occurrence(facts.activity, facts.slug, facts.occurrence)
    goals = reference().sdgs
    event: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "EducationEvent" if facts.kind == Kind.LEARNING else "Event",
        "name": facts.title,
        "description": facts.summary,
        "url": url,
        "inLanguage": list(facts.spoken_languages),
        "startDate": facts.starts_at.astimezone(zone).isoformat(),
        "endDate": facts.ends_at.astimezone(zone).isoformat(),
        "eventStatus": f"https://schema.org/{'EventCancelled' if facts.called_off else 'EventScheduled'}",
        "eventAttendanceMode": f"https://schema.org/{'Online' if facts.online else 'Offline'}EventAttendanceMode",
        "location": _location(facts, url),
        "organizer": {"@type": "Organization", "name": facts.organisation},
        "isAccessibleForFree": facts.price == 0,
        "offers": _offer(facts, url),
        "about": [f"SDG {number}: {goals[number].titles['en']}" for number in facts.sdgs if number in goals],
    }
    if facts.picture is not None:
        event["image"] = settings.links.picture(facts.picture.id, facts.picture.large)
    if facts.seats.capacity is not None:
        event["maximumAttendeeCapacity"] = facts.seats.capacity
        event["remainingAttendeeCapacity"] = registrations.free(facts.seats)
    return json.dumps(event, ensure_ascii=False).replace("<", "\\u003c").replace("&", "\\u0026")


def _location(facts: OccurrenceFacts, url: str) -> dict[str, Any]:
    if facts.online:
        return {"@type": "VirtualLocation", "url": facts.online_url or url}
    address = {
        "@type": "PostalAddress",
        "streetAddress": facts.street,
        "postalCode": facts.postal_code,
        "addressLocality": facts.town,
    }
    return {"@type": "Place", "name": facts.place or facts.town, "address": address}


def _offer(facts: OccurrenceFacts, url: str) -> dict[str, Any]:
    left = registrations.free(facts.seats)
    return {
        "@type": "Offer",
        "url": url,
        "price": f"{facts.price / 100:.2f}",
        "priceCurrency": _CURRENCY,
        "availability": f"https://schema.org/{'SoldOut' if left == 0 else 'InStock'}",
    }
