"""From facts to what a card shows: every word that an activity is presented by in a list."""

from datetime import datetime

from flask import url_for

from engage import registrations
from engage.activities.facts import OccurrenceFacts
from engage.activities.models import Kind, SignUpMode
from engage.activities.showing import Hit
from engage.base import i18n, wording
from engage.base.i18n import gettext as _
from engage.base.i18n import ngettext
from engage.goals.reference import reference
from engage.registrations import Places
from engage.web.views import CardView, DayView, Leaf, PictureView, PlacesView


def card(facts: OccurrenceFacts, *, more: int = 0, missing: int = 0) -> CardView:
    """How a date of an activity stands in a list; `more` counts its further dates, `missing` the hands a list is about."""
    goals = reference()
    start = facts.starts_at.astimezone(facts.zone)
    return CardView(
        url=occurrence_url(facts),
        title=facts.title,
        summary=facts.summary,
        language=facts.language,
        translated=facts.language == i18n.current_language(),
        leaf=leaf(start),
        time=wording.time_range(facts.starts_at, facts.ends_at, facts.zone),
        where=where(facts),
        organisation=facts.organisation,
        volunteer=facts.kind == Kind.VOLUNTEER,
        free_of_charge=facts.price == 0,
        price=wording.price(facts.price),
        places=needed(missing) if missing else places(facts),
        called_off=facts.called_off,
        more_dates=ngettext("and %(number)s more date", "and %(number)s more dates", more) if more else "",
        spoken=_spoken(facts),
        dimensions=tuple(goals.dimensions[name] for name in facts.dimensions if name in goals.dimensions),
        sdgs=tuple(goals.sdgs[number] for number in sorted(facts.sdgs) if number in goals.sdgs),
        picture=picture(facts),
    )


def picture(facts: OccurrenceFacts) -> PictureView | None:
    """The activity's picture, described in the page's language or the one there is."""
    shown = facts.picture
    if shown is None:
        return None
    large, small = (url_for("public.picture", picture=shown.id, file=file) for file in (shown.large, shown.small))
    return PictureView(large, small, shown.width, shown.height, i18n.in_language(dict(facts.picture_alt)))


def occurrence_url(facts: OccurrenceFacts) -> str:
    """The page of this date."""
    return url_for("public.occurrence", activity=facts.activity, slug=facts.slug or "-", occurrence=facts.occurrence)


def leaf(start: datetime) -> Leaf:
    """A local day as a calendar leaf."""
    return Leaf(wording.weekday_short(start), str(start.day), wording.month_short(start), start.date().isoformat())


def where(facts: OccurrenceFacts) -> str:
    r""" "Havnehuset, Havnby", or that it is online."""
    if facts.online:
        return _("Online")
    known = [facts.place] + ([facts.town] if facts.town and facts.town not in facts.place else [])
    return ", ".join(part for part in known if part)


def places(facts: OccurrenceFacts) -> PlacesView:
    """What is said of places on this date."""
    if facts.called_off:
        return PlacesView(None, "")
    if facts.sign_up == SignUpMode.DROP_IN:
        return PlacesView(None, _("No sign-up, just come"))
    code, number = registrations.places(facts.seats)
    if facts.kind == Kind.VOLUNTEER and code in {Places.FREE, Places.FEW}:
        return needed(number or 0)
    words = {
        Places.UNLIMITED: lambda: _("Room for everybody"),
        Places.FREE: lambda: ngettext("%(number)s place free", "%(number)s places free", number or 0),
        Places.FEW: lambda: ngettext("Only %(number)s place left", "Only %(number)s places left", number or 0),
        Places.WAITING_LIST: lambda: _("Waiting list"),
    }
    return PlacesView(code, words[code]())


def needed(number: int) -> PlacesView:
    """That so many are still needed to help: free places in the words of who thinks of giving a hand."""
    return PlacesView(Places.FREE, ngettext("%(number)s more needed", "%(number)s more needed", number))


def _spoken(facts: OccurrenceFacts) -> str:
    if not facts.spoken_languages or i18n.current_language() in facts.spoken_languages:
        return ""
    return wording.held_in(facts.spoken_languages)


def most_needed(found: list[tuple[OccurrenceFacts, Hit]]) -> DayView:
    """Cards in the order they are needed, under one heading."""
    cards = tuple(card(facts, more=hit.more, missing=hit.missing) for facts, hit in found)
    return DayView(
        _("Where help is most needed"), _("What is soon and lacks most hands stands first."), "needed", cards
    )


def days(found: list[tuple[OccurrenceFacts, int]], now: datetime) -> tuple[DayView, ...]:
    """Cards grouped by day, each with how many further dates it has; what has begun stands under today."""
    groups: dict[str, list[CardView]] = {}
    headings: dict[str, tuple[str, str]] = {}
    for facts, more in found:
        today = now.astimezone(facts.zone).date()
        day = max(facts.starts_at.astimezone(facts.zone).date(), today)
        key = day.isoformat()
        headings.setdefault(
            key, (wording.day_heading(day, today), _("week %(number)s", number=wording.week_number(day)))
        )
        groups.setdefault(key, []).append(card(facts, more=more))
    return tuple(DayView(*headings[key], key, tuple(cards)) for key, cards in groups.items())
