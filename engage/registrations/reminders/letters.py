"""What a reminder says: which date it is, in the organiser's words if there are any, and whether one still comes.

What one person is reminded of for the same day is one letter.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from engage.activities import remembered
from engage.activities.facts import OccurrenceFacts
from engage.base import tokens, wording
from engage.base.config import current_settings
from engage.base.i18n import gettext as _
from engage.base.i18n import in_language, ngettext
from engage.base.message import Button, Card, Message
from engage.people import unsubscribing
from engage.registrations import letters
from engage.registrations.reminders.fitting import Candidate
from engage.registrations.reminders.rules import Rule

# What a link to say that one comes is good for, and the kind of letters this is.
ANSWER, KIND = "answer-reminder", "reminders"
# Names of activities on buttons, where there are several.
_SHORT = 30


@dataclass(frozen=True, slots=True)
class Item:
    """Somebody who is to be reminded of one date now, by which rule, and where to write."""

    who: Candidate
    rule: Rule
    addresses: tuple[tuple[str, str], ...]

    @property
    def day(self) -> date:
        """The local day it begins."""
        return self.who.begins_at.astimezone(self.who.local).date()

    @property
    def asks(self) -> bool:
        """Whether it asks if they come: not who has said so."""
        return self.rule.asks and not self.who.coming

    @property
    def released_at(self) -> datetime | None:
        """When their place goes on if they do not answer; None where they keep it."""
        hours, since = self.rule.release_hours, self.rule.release_since
        if not self.asks or hours is None or since is None or self.who.joined_at < since:
            return None
        return self.who.begins_at - timedelta(hours=hours)


def gathered(going: Sequence[Item]) -> Iterator[list[Item]]:
    """What goes into one letter: one person's reminders for one day by the same way; each question how it was by itself."""
    yield from ([item] for item in going if item.rule.asks_feedback)
    reminders = [item for item in going if not item.rule.asks_feedback]
    for _key, items in groupby(sorted(reminders, key=_together), key=_together):
        yield list(items)


def _together(item: Item) -> tuple[date, tuple[tuple[str, str], ...], str]:
    return item.day, item.addresses, item.who.language


def facts_of(item: Item, revision: int) -> OccurrenceFacts:
    """The date in the person's language, as it is remembered at `revision`."""
    found = remembered.date(item.who.occurrence_id, item.who.language, revision)
    assert found is not None, "a row names the date"
    return found


def worded(together: Sequence[Item], revision: int, now: datetime) -> Message:
    """One letter about one day, in the language that is spoken now; dates as they are at `revision`."""
    found = [facts_of(item, revision) for item in together]
    days = (together[0].day - now.astimezone(together[0].who.local).date()).days
    alone = len(together) == 1
    name = together[0].who.name
    return Message(
        subject=_subject(days, found),
        text=tuple(_paragraphs(together, found, name, days)),
        cards=tuple(_card(facts, item.who) for facts, item in zip(found, together, strict=True)),
        buttons=tuple(
            button
            for facts, item in zip(found, together, strict=True)
            for button in buttons(item.who, item.asks, "" if alone else facts.title)
        ),
        language=together[0].who.language,
        venue=letters.venue(found[0]) if alone else None,
        unsubscribe=unsubscribing.link_by(KIND, together[0].who.address_id),
    )


def _subject(days: int, found: Sequence[OccurrenceFacts]) -> str:
    if (number := len(found)) > 1:
        if days == 0:
            return ngettext("Today: %(number)s activity", "Today: %(number)s activities", number)
        if days == 1:
            return ngettext("Tomorrow: %(number)s activity", "Tomorrow: %(number)s activities", number)
        return ngettext("Coming up: %(number)s activity", "Coming up: %(number)s activities", number)
    title = found[0].title
    if days == 0:
        return _("Today: %(title)s", title=title)
    return _("Tomorrow: %(title)s", title=title) if days == 1 else _("Coming up: %(title)s", title=title)


def _paragraphs(
    together: Sequence[Item], found: Sequence[OccurrenceFacts], name: str | None, days: int
) -> Iterator[str]:
    yield _("Hello %(name)s,", name=name) if name else _("Hello,")
    yield _lead(days, len(found))
    for facts, item in zip(found, together, strict=True):
        if words := organisers_words(item.rule.texts, item.who.language):
            yield (
                _("The organiser writes: %(words)s", words=wording.quoted(words))
                if len(found) == 1
                else _("%(title)s. The organiser writes: %(words)s", title=facts.title, words=wording.quoted(words))
            )
    for facts, item in zip(found, together, strict=True):
        if until := item.released_at:
            words = ngettext(
                "Answer before %(when)s. After that, your place goes to somebody else.",
                "Answer before %(when)s. After that, your places go to others.",
                item.who.seats,
                when=wording.deadline(until, item.who.local),
            )
            yield words if len(found) == 1 else f"{facts.title}: {words}"
    if any(item.asks for item in together):
        yield _("Do you still come? Tell us with a press. If you cannot, somebody else can have the place.")
    elif all(item.who.coming for item in together):
        yield _("You have told us that you come.")


def organisers_words(texts: Mapping[str, str], language: str) -> str:
    """What the organiser wrote, in this language or the one there is."""
    return in_language(dict(texts), language)


def _lead(days: int, number: int) -> str:
    if days == 0:
        return ngettext("You are signed up for this today.", "You are signed up for these today.", number)
    if days == 1:
        return ngettext("You are signed up for this tomorrow.", "You are signed up for these tomorrow.", number)
    return ngettext("You are signed up for this.", "You are signed up for these.", number)


def _card(facts: OccurrenceFacts, who: Candidate) -> Card:
    day = wording.when(facts.starts_at, facts.ends_at, facts.zone)
    where = ", ".join(part for part in (facts.place, facts.address) if part) or _("Online")
    seats = ngettext("%(number)s place", "%(number)s places", who.seats)
    lines = (day[0].upper() + day[1:], where, facts.online_url, seats, in_language(who.role) if who.role else "")
    return Card(
        title=facts.title,
        lines=tuple(line for line in lines if line),
        url=letters.occurrence_link(facts),
        language=facts.language,
    )


def buttons(who: Candidate, asks: bool, title: str = "") -> tuple[Button, ...]:
    """What can be answered: in a chat in place, in a mail on a page. `title` tells several apart."""
    settings = current_settings()
    token = letters.manage_token(who.registration)
    leave, page = f"cancel:ask:{who.registration}", settings.links.registration(token)
    short = title if len(title) <= _SHORT else title[: _SHORT - 1].rstrip() + "…"
    if not asks:
        see = _("See your sign-up: %(title)s", title=short) if short else _("See your sign-up")
        cannot = _("Cannot come: %(title)s", title=short) if short else _("Cannot come")
        return Button(see, url=page), Button(cannot, action=leave, url=settings.links.cancel(token))
    coming = _("I am coming: %(title)s", title=short) if short else _("I am coming")
    cannot = _("Cannot come: %(title)s", title=short) if short else _("Cannot come")
    return (
        Button(coming, action=f"reminder:coming:{who.id}", url=settings.links.coming(answer_token(who))),
        Button(cannot, action=leave, url=settings.links.cancel(token)),
    )


def answer_token(who: Candidate) -> str:
    """What lets its holder say that they come to this date, without login."""
    return tokens.sign(current_settings().secret_key, ANSWER, who.id)
