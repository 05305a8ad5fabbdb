"""An activity as a poster to print: what, when and where, and codes that lead a phone to its page and into the chat."""

from dataclasses import dataclass
from datetime import datetime

import segno
from flask import render_template, request, url_for
from markupsafe import Markup

from engage.activities import facts as activity_facts
from engage.activities.facts import OccurrenceFacts
from engage.activities.models import Activity, ActivityState, SignUpMode
from engage.base import i18n, wording
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.i18n import gettext as _
from engage.base.i18n import in_language
from engage.channels.telegram import known as telegram
from engage.channels.telegram import links as telegram_links
from engage.registrations import cards
from engage.web.organiser import blueprint
from engage.web.organiser.dates import changeable

# More dates than these make the letters of a page on the wall too small to read from two steps away.
_MOST_DATES = 6
# Where somebody who comes to the bot by a poster came from.
_SOURCE = "poster"


@dataclass(frozen=True, slots=True)
class Code:
    """An address, and the same for a phone's camera."""

    address: str
    picture: str


@dataclass(frozen=True, slots=True)
class Poster:
    """What hangs on the wall. `bot` is None where there is none, or where one need not sign up."""

    title: str
    title_language: str
    summary: str
    dates: tuple[str, ...]
    has_more: bool  # dates than have room here
    where: str
    price: str
    organiser: str
    page: Code
    bot: Code | None


@dataclass(frozen=True, slots=True)
class Words:
    """What the poster says besides, in its own language, which may not be that of the room."""

    more: str
    page: str
    page_alt: str
    bot: str
    bot_alt: str
    scan: str


@blueprint.get("/aktiviteter/<activity>/opslag")
def poster(activity: str) -> str:
    """The poster in one of the languages the activity is written in; its codes lead somewhere once it is public."""
    own, now = changeable(activity), utc_now()
    written = [text.language for text in own.texts if text.title and text.language in i18n.NAMES]
    wanted = request.args.get("sprog", "")
    spoken = wanted if wanted in written else i18n.current_language()
    with i18n.speaking(spoken):
        shown, words = _poster(own, now), _words(own)
    if shown is None:
        return render_template("organiser/nothing_yet.html", back_url=url_for(".activity", activity=activity))
    here = url_for(".poster", activity=activity)
    return render_template(
        "organiser/poster.html",
        poster=shown,
        words=words,
        spoken=spoken,
        written_in=[(code, i18n.NAMES[code], f"{here}?sprog={code}") for code in written] if len(written) > 1 else [],
        is_public=own.state == ActivityState.PUBLISHED,
        back_url=url_for(".dates", activity=activity),
    )


def _poster(own: Activity, now: datetime) -> Poster | None:
    """None while there is no title, or no date to come."""
    next_date = activity_facts.next_date(own.public_id, now)
    facts = activity_facts.occurrence(next_date, i18n.current_language()) if next_date else None
    if facts is None or not facts.title or facts.ends_at <= now:
        return None
    others = activity_facts.other_dates(facts, now, most=_MOST_DATES)
    held = [(facts.starts_at, facts.ends_at), *((begins, ends) for _id, begins, ends, off in others if not off)]
    said = [wording.when(*each, facts.zone, now) for each in held]
    return Poster(
        # That of the activity: its next date may be called something of its own.
        title=next((text.title for text in own.texts if text.language == facts.language), facts.title),
        title_language=facts.language,
        summary=facts.summary,
        dates=tuple(when[0].upper() + when[1:] for when in said[:_MOST_DATES]),
        has_more=len(said) > _MOST_DATES,
        where=_where(facts),
        price=_price(facts),
        organiser=facts.organisation,
        page=_code(current_settings().links.activity(facts.activity, facts.slug)),
        bot=_bot(facts) if facts.sign_up != SignUpMode.DROP_IN else None,
    )


def _words(own: Activity) -> Words:
    drop_in = own.sign_up == SignUpMode.DROP_IN
    return Words(
        more=_("and more dates"),
        page=_("Read more on the web") if drop_in else _("Read more and sign up on the web"),
        page_alt=_("Code that leads to the activity's page"),
        bot=_("Sign up by chat in Telegram"),
        bot_alt=_("Code that opens the chat in Telegram"),
        scan=_("Point your phone's camera at the code."),
    )


def _where(facts: OccurrenceFacts) -> str:
    return cards.place(facts) if facts.online else ", ".join(part for part in (facts.place, facts.address) if part)


def _price(facts: OccurrenceFacts) -> str:
    note = in_language(dict(facts.price_notes)) if facts.price_notes else ""
    return " · ".join(part for part in (wording.price(facts.price), note) if part)


def _bot(facts: OccurrenceFacts) -> Code | None:
    """Into the talk, where the next date is shown: the poster may hang longer than its first date."""
    address = telegram_links.link(telegram.name(), telegram_links.to_date(facts.activity, _SOURCE))
    return _code(address) if address else None


def _code(address: str) -> Code:
    # A quarter of it may be torn or dirty ("q"), which a wall asks for more than a screen does.
    picture = segno.make(address, error="q", micro=False).svg_data_uri(border=4, omitsize=True, light="#FFFFFF")
    return Code(address, Markup(picture))  # noqa: S704  (made here, from an address of ours)
