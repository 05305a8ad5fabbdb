"""A date as a card in a talk and in letters: when and where it is, what it costs, whether there are places, and what to press."""

from datetime import datetime

from engage.activities.facts import OccurrenceFacts
from engage.activities.models import SignUpMode
from engage.base import wording
from engage.base.config import current_settings
from engage.base.i18n import current_language, ngettext
from engage.base.i18n import gettext as _
from engage.base.message import Button, Card
from engage.registrations import pools
from engage.registrations.pools import Places


def card(found: OccurrenceFacts, now: datetime, *, full: bool = False, heading: str = "") -> Card:
    """An activity as a card: when, where, what it costs and whether there are places.

    The `full` one stands where more is told already.
    """
    when_words = wording.when(found.starts_at, found.ends_at, found.zone, now)
    lines = [when_words[0].upper() + when_words[1:], place(found), f"{wording.price(found.price)} · {places(found)}"]
    if found.spoken_languages and current_language_not_spoken(found):
        held = wording.held_in(found.spoken_languages)
        lines.append(held[0].upper() + held[1:])
    buttons = []
    if not full:
        buttons.append(Button(_("More about it"), action=f"find:show:{found.occurrence}"))
    if may_sign_up(found, now):
        full_up = pools.places(found.seats)[0] == Places.WAITING_LIST
        label = _("Join the waiting list") if full_up else _("Sign up")
        buttons.append(Button(label, action=f"sign_up:start:{found.occurrence}"))
    url = current_settings().links.occurrence(found.activity, found.slug, found.occurrence)
    return Card(found.title, tuple(line for line in lines if line), url, tuple(buttons), found.language, heading)


def takes_sign_ups(found: OccurrenceFacts) -> bool:
    """Whether one can sign up for this date in principle; the rule itself decides when it is done."""
    return found.sign_up != SignUpMode.DROP_IN and not found.called_off


def may_sign_up(found: OccurrenceFacts, now: datetime) -> bool:
    """Whether it is worth a button: not for a date that has begun, save where it is one of a course."""
    return takes_sign_ups(found) and (found.starts_at > now or found.sign_up == SignUpMode.WHOLE_COURSE)


def current_language_not_spoken(found: OccurrenceFacts) -> bool:
    """Whether the activity is held only in languages other than the talk's."""
    return current_language() not in found.spoken_languages


def place(found: OccurrenceFacts) -> str:
    """Where, in a line."""
    if found.online:
        return _("Online")
    return ", ".join(part for part in (found.place, found.town) if part)


def places(found: OccurrenceFacts) -> str:
    """What is said of places."""
    if found.called_off:
        return _("Called off")
    if found.sign_up == SignUpMode.DROP_IN:
        return _("No sign-up, just come")
    code, number = pools.places(found.seats)
    if code == Places.UNLIMITED:
        return _("Room for everybody")
    if code == Places.WAITING_LIST:
        return _("Waiting list")
    if code == Places.FEW:
        return ngettext("Only %(number)s place left", "Only %(number)s places left", number or 0)
    return ngettext("%(number)s place free", "%(number)s places free", number or 0)
