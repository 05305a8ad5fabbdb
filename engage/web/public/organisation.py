"""An organisation's own page with what it has coming, and the same as feeds: a calendar to follow (.ics), and Atom."""

from datetime import UTC, datetime
from xml.etree import ElementTree as Xml

from flask import Response, abort, redirect, render_template, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from engage import activities
from engage.accounts import Organisation
from engage.activities import ics, organiser_dates, public_calendars
from engage.activities.facts import OccurrenceFacts
from engage.activities.organiser_dates import ComingActivity
from engage.base import i18n, links, wording
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import db
from engage.base.i18n import gettext as _
from engage.base.i18n import in_language
from engage.web import cards, feeds
from engage.web.feeds import Written
from engage.web.public import blueprint, calendars

_ATOM = "http://www.w3.org/2005/Atom"


@blueprint.get(links.ORGANISATION)
def organisation(organisation: str, slug: str) -> str | AnyResponse:
    """Who they are, how to reach them, and what they have coming."""
    found = _found(organisation)
    if slug != wording.slug(found.name):
        return redirect(_address(found), 301)
    now, language = utc_now(), i18n.current_language()
    coming = organiser_dates.coming(found.id, now)
    more = {each.occurrence_id: each.more for each in coming}
    dates = activities.occurrences(list(more), language)
    words = in_language(found.presentation) if found.presentation else ""
    return render_template(
        "public/organisation.html",
        organisation=found,
        paragraphs=[part.strip() for part in words.split("\n\n") if part.strip()],
        language_of_words=next((code for code, text in found.presentation.items() if text == words), language),
        website=found.url if found.url.startswith(("https://", "http://")) else "",
        website_name=found.url.split("://", 1)[-1].removeprefix("www.").rstrip("/"),
        days=cards.days([(facts, more[facts.occurrence_id]) for facts in dates], now),
        ways=calendars.ways(_feed_address(found, "calendar_feed")),
        atom_url=_feed_address(found, "atom_feed"),
    )


@blueprint.get(links.ORGANISATION + "/kalender.ics")
def calendar_feed(organisation: str, slug: str) -> Response:
    """All that is coming, for a calendar to follow; called-off dates stay 30 days, marked as such."""
    found, language, now = _found(organisation), i18n.current_language(), utc_now()
    home = current_settings().links.organisation(found.public_id, wording.slug(found.name))

    def write() -> Written:
        dates = public_calendars.of_organisation(found.id, language, now=now)
        return calendars.written(dates, found.name, home, _feed_address(found, "calendar_feed"))

    return feeds.feed(f"{language} {home}", ics.MIME_TYPE, write)


@blueprint.get(links.ORGANISATION + "/nyt.atom")
def atom_feed(organisation: str, slug: str) -> Response:
    """The coming activities for a feed reader (RFC 4287), the last changed first."""
    found, language, now = _found(organisation), i18n.current_language(), utc_now()

    def write() -> Written:
        coming = organiser_dates.coming(found.id, now)
        dates = activities.occurrences([each.occurrence_id for each in coming], language)
        until = min((each.ends_at for each in dates), default=datetime.max.replace(tzinfo=UTC))
        return Written(_atom(found, coming, dates), until)

    return feeds.feed(f"{language} {_feed_address(found, 'atom_feed')}", "application/atom+xml; charset=utf-8", write)


def _found(public_id: str) -> Organisation:
    found = db.session.scalar(select(Organisation).where(Organisation.public_id == public_id))
    if found is None:
        abort(404)
    return found


def _address(found: Organisation) -> str:
    return url_for("public.organisation", organisation=found.public_id, slug=wording.slug(found.name))


def _feed_address(found: Organisation, feed: str) -> str:
    """With the language in it: what follows a feed has no cookie."""
    slug, language = wording.slug(found.name), i18n.current_language()
    path = url_for(f"public.{feed}", organisation=found.public_id, slug=slug, lang=language)
    return current_settings().base_url.rstrip("/") + path


def _full_address(facts: OccurrenceFacts) -> str:
    return current_settings().links.occurrence(facts.activity, facts.slug, facts.occurrence)


def _atom(found: Organisation, coming: list[ComingActivity], dates: list[OccurrenceFacts]) -> str:
    settings = current_settings()
    changed = {each.occurrence_id: each.updated_at for each in coming}
    feed = Xml.Element("feed", {"xmlns": _ATOM, "xml:lang": i18n.current_language()})
    home = settings.links.organisation(found.public_id, wording.slug(found.name))
    _child(feed, "id", f"tag:{settings.host},2026:organisation:{found.public_id}")
    _child(feed, "title", found.name)
    _child(feed, "subtitle", _("Coming activities"))
    _child(feed, "updated", _instant(max(changed.values(), default=found.created_at)))
    _child(feed, "link", rel="alternate", type="text/html", href=home)
    _child(feed, "link", rel="self", type="application/atom+xml", href=_feed_address(found, "atom_feed"))
    _child(_child(feed, "author"), "name", found.name)
    for facts in sorted(dates, key=lambda each: changed[each.occurrence_id], reverse=True):
        _entry(feed, facts, changed[facts.occurrence_id])
    return Xml.tostring(feed, encoding="unicode", xml_declaration=True)


def _entry(feed: Xml.Element, facts: OccurrenceFacts, updated_at: datetime) -> None:
    entry = _child(feed, "entry")
    entry.set("xml:lang", facts.language)
    _child(entry, "id", f"tag:{current_settings().host},2026:activity:{facts.activity}")
    _child(entry, "title", facts.title)
    _child(entry, "updated", _instant(updated_at))
    _child(entry, "link", rel="alternate", type="text/html", href=_full_address(facts))
    when = wording.when(facts.starts_at, facts.ends_at, facts.zone)
    _child(entry, "summary", " · ".join(part for part in (when, cards.where(facts), facts.summary) if part))


def _child(parent: Xml.Element, name: str, text: str = "", **attributes: str) -> Xml.Element:
    child = Xml.SubElement(parent, name, attributes)
    child.text = "".join(letter for letter in text if letter.isprintable() or letter in "\n\t") or None
    return child


def _instant(instant: datetime) -> str:
    return instant.isoformat(timespec="seconds")
