"""Calendars to follow: every list of activities is one too, whatever it is filtered by, and so is every organiser's page."""

import io
from dataclasses import dataclass
from urllib.parse import urlencode

import segno
from flask import Response, render_template, request

from engage.activities import ics, needs, public_calendars
from engage.activities.calendar import Filters
from engage.activities.facts import OccurrenceFacts
from engage.activities.public_calendars import PublicCalendar
from engage.base import i18n
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.i18n import gettext as _
from engage.web import feeds
from engage.web.feeds import Written
from engage.web.public import blueprint
from engage.web.public.listing import filters_of, list_address, tags_of

_CALENDAR, _PAGE, _CODE = "/aktiviteter/kalender.ics", "/aktiviteter/abonner", "/aktiviteter/abonner.svg"


@dataclass(frozen=True, slots=True)
class Ways:
    """The address of a calendar, and how one takes it into one's own: by a program, or by a page that asks for it."""

    address: str
    webcal: str
    google: str
    outlook: str


@blueprint.get(_CALENDAR)
def filtered_calendar() -> Response:
    """Every date that fits the filters of the address."""
    filters, language, now = filters_of(request.args), i18n.current_language(), utc_now()
    lacks = needs.most_needed(now) if filters.needed else None
    zone = current_settings().city.zone

    def write() -> Written:
        found = public_calendars.of_filters(filters, language, now=now, zone=zone, lacks=lacks)
        name = " · ".join((current_settings().city.title, *(tag.label for tag in tags_of(filters))))
        return written(found, name, _full(list_address(filters)), _address(filters))

    return feeds.feed(f"{language} {list_address(filters)}", ics.MIME_TYPE, write, lacks)


def written(found: PublicCalendar, name: str, page: str, source: str) -> Written:
    """A calendar as a file, called `name`, that belongs to the address `page` and is read from `source`."""
    settings = current_settings()
    following = ics.Following(name=name, url=page, source=source, zone=settings.city.zone.key)
    text = ics.feed(found.dates, following, host=settings.host, url_of=_date_address, removed=found.removed)
    return Written(text, found.until)


@blueprint.get(_PAGE)
def subscribe() -> str:
    """How to follow a list, and what would be in it."""
    filters = filters_of(request.args)
    return render_template(
        "public/subscribe.html",
        ways=ways(_address(filters)),
        name=" · ".join(tag.label for tag in tags_of(filters)) or _("All activities"),
        list_url=list_address(filters),
        code_url=_with_language(_CODE, filters),
    )


@blueprint.get(_CODE)
def subscribe_code() -> Response:
    """The calendar's address as a code, for a phone that is held before the screen."""
    image = io.BytesIO()
    webcal = ways(_address(filters_of(request.args))).webcal
    segno.make(webcal, error="m", micro=False).save(image, kind="svg", border=4, omitsize=True, light="#FFFFFF")
    return Response(image.getvalue(), mimetype="image/svg+xml", headers={"Cache-Control": "public, max-age=3600"})


def ways(address: str) -> Ways:
    """How one takes the calendar at `address` into one's own. Programs know webcal: as "follow this", not "copy it once"."""
    webcal = "webcal:" + address.partition(":")[2]
    return Ways(
        address=address,
        webcal=webcal,
        google="https://calendar.google.com/calendar/r?" + urlencode({"cid": webcal}),
        outlook="https://outlook.live.com/calendar/0/addfromweb?" + urlencode({"url": address}),
    )


def _address(filters: Filters) -> str:
    return _full(_with_language(_CALENDAR, filters))


def _with_language(path: str, filters: Filters) -> str:
    """`path` with the filters and the language in it: what follows a calendar has no cookie."""
    query = list_address(filters).partition("?")[2]
    return f"{path}?{query}{'&' if query else ''}lang={i18n.current_language()}"


def _full(path: str) -> str:
    return current_settings().base_url.rstrip("/") + path


def _date_address(facts: OccurrenceFacts) -> str:
    return current_settings().links.occurrence(facts.activity, facts.slug, facts.occurrence)
