"""What the templates of one's own page are given: words and addresses, ready to show."""

from dataclasses import dataclass
from datetime import datetime

from flask import url_for

from engage.activities.facts import occurrences
from engage.base import wording
from engage.base.i18n import current_language, ngettext
from engage.base.i18n import gettext as _
from engage.registrations.looked import Look
from engage.registrations.merging import Double
from engage.registrations.mine import Entry
from engage.registrations.wording import state_words
from engage.web import own
from engage.web.own import Addresses, EntryView


def entry_view(entry: Entry, now: datetime) -> EntryView:
    """A sign-up on one's own page."""
    offer = entry.offer.public_id if entry.offer else ""
    addresses = Addresses(
        page=_to("registration", entry),
        confirm=_to("confirm", entry),
        cancel=_to("cancel_page", entry),
        take=_to("take", entry),
        rejoin=_to("rejoin", entry),
        calendar=_to("calendar_file", entry),
        again=_to("come_again", entry),
        accept=url_for("mine.accept", offer=offer) if offer else "",
        decline=url_for("mine.decline", offer=offer) if offer else "",
    )
    return own.view(entry, addresses, now)


def _to(endpoint: str, entry: Entry) -> str:
    return url_for(f"mine.{endpoint}", registration=entry.registration.public_id)


@dataclass(frozen=True, slots=True)
class DoubleView:
    """Something signed up for twice, before a chat is linked. `together` is the number of places if both are meant, or 0."""

    title: str
    language: str
    when: str
    words: str
    kept: str  # the public id of the sign-up that stays
    together: int


def double_view(double: Double) -> DoubleView:
    """Two sign-ups for the same, in words."""
    kept = double.kept
    (facts,) = occurrences([kept.occurrence_id], current_language())
    seats = ngettext("%(number)s place", "%(number)s places", kept.seats)
    return DoubleView(
        title=facts.title,
        language=facts.language,
        when=wording.when(facts.starts_at, facts.ends_at, facts.zone),
        words=f"{seats}. {state_words(kept, called_off=facts.called_off)}",
        kept=kept.public_id,
        together=double.together,
    )


def look_words(look: Look) -> str:
    """ "22 November 2026: Biblioteket (the list, a file)"."""
    ways = {
        "call": _("list of whom to phone"),
        "door": _("check-in list"),
        "file": _("list as a file"),
        "list": _("list of sign-ups"),
        "one": _("your sign-up by itself"),
        "paper": _("list for printing"),
    }
    by = _("a helper at the door for %(organisation)s", organisation=look.by) if look.by_helper else look.by
    day = wording.long_date(look.day, year=True)
    return f"{day}: {by} ({wording.listing([ways[each] for each in look.ways])})"


def channel_name(channel: str) -> str:
    """A channel as people call it."""
    names = {"webchat": _("The chat on this website"), "telegram": "Telegram", "console": _("The chat in a terminal")}
    return names.get(channel, channel)
