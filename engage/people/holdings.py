"""What is kept of a person as such: their language and wishes, their addresses, and the keys and visits of their own page."""

from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, tuple_

from engage.base.declared import Holding, Purpose
from engage.base.i18n import NAMES
from engage.base.i18n import gettext as _
from engage.base.i18n import lazy_gettext as _l
from engage.base.wording import clock_range, dated, listing
from engage.people.models import Address, ChatLink, OneTimeKey, Person, Visit
from engage.people.wishes import Reminder, Wishes


def at_their_addresses(channel: Any, identifier: Any, person_id: int) -> ColumnElement[bool]:
    """Whether a channel and an identifier (two columns) are one of this person's addresses."""
    own = select(Address.channel, Address.identifier).where(Address.person_id == person_id)
    return tuple_(channel, identifier).in_(own)


def keys_of(person_id: int) -> ColumnElement[bool]:
    """Secrets sent to their addresses, and those they asked for in their chats."""
    emails = select(Address.identifier).where(Address.person_id == person_id, Address.channel == "email")
    facts = OneTimeKey.facts
    asked = at_their_addresses(facts["channel"].astext, facts["identifier"].astext, person_id)
    return or_(OneTimeKey.email.in_(emails), asked)


def links_of(person_id: int) -> ColumnElement[bool]:
    """Links with a chat that wait on their page, or for which one of their chats has answered."""
    visits = select(Visit.id).join(Address).where(Address.person_id == person_id)
    chat = and_(ChatLink.channel.is_not(None), at_their_addresses(ChatLink.channel, ChatLink.identifier, person_id))
    return or_(ChatLink.visit_id.in_(visits), chat)


def channel_words(channel: str) -> str:
    """A channel as people call it."""
    names = {
        "email": _("E-mail"), "webchat": _("The chat on this website"), "telegram": "Telegram", "web": _("This website"),
        "sms": _("SMS"), "door": _("At the door"),
    }  # fmt: skip
    return names.get(channel, channel)


def _wishes(kept: dict[str, Any]) -> str:
    wishes = Wishes.from_json(kept)
    names = {
        Reminder.WEEK: _("A week before"),
        Reminder.DAY: _("The day before"),
        Reminder.HOURS: _("Two hours before"),
    }
    chosen = [listing([names[each] for each in Reminder if each in wishes.reminders]) or _("No reminders")]
    chosen += [clock_range(*wishes.quiet)] if wishes.quiet else []
    chosen += [_("paused until %(day)s", day=dated(wishes.paused_until))] if wishes.paused_until else []
    chosen += [_("May be asked how it was") if wishes.feedback else _("Shall not be asked how it was")]
    return "; ".join(chosen)


HOLDINGS = (
    Holding(
        "person",
        plain="id",
        personal={
            Purpose.OWN_PAGE: "language wishes created_at optional_off_at seen_at warned_at digest_due_at digest_sent_at "
            "last_place_year"
        },
        theirs=lambda person_id: Person.id == person_id,
        title=_l("You"),
        labels={
            "language": _l("Language"),
            "wishes": _l("Reminders, quiet hours and pause"),
            "digest_sent_at": _l("Last letter about what you follow"),
            "created_at": _l("We know you since"),
            "last_place_year": _l("The last year in which you had a place, among those that are over"),
            "seen_at": _l("Last here"),
            "warned_at": _l("We wrote that we are about to forget you"),
            "optional_off_at": _l("Nothing but what belongs to your sign-ups since"),
        },
        words={"wishes": _wishes, "language": lambda code: NAMES.get(code, code)},
    ),
    Holding(
        "address",
        plain="id",
        personal={Purpose.OWN_PAGE: "person_id channel identifier verified_at off_at off_reason"},
        theirs=lambda person_id: Address.person_id == person_id,
        title=_l("Addresses by which we reach you"),
        labels={
            "channel": _l("Channel"),
            "identifier": _l("Address"),
            "verified_at": _l("You have shown that it is yours"),
            "off_at": _l("Not used since"),
        },
        words={"channel": channel_words},
    ),
    Holding("sms_stopped", plain="said_at", personal={Purpose.SAFETY: "key"}, unshown="key"),
    Holding(
        "one_time_key",
        plain="id",
        personal={Purpose.ENTRANCE: "public_id hash purpose email facts made_at expires_at used_at browser"},
        unshown="hash browser public_id",
        theirs=keys_of,
        title=_l("Links for one use that we sent"),
        labels={"email": _l("To"), "made_at": _l("Asked for"), "used_at": _l("Used")},
    ),
    Holding(
        "citizen_visit",
        plain="id",
        personal={Purpose.ENTRANCE: "hash address_id began_at ends_at"},
        unshown="hash",
        theirs=lambda person_id: Visit.address_id.in_(select(Address.id).where(Address.person_id == person_id)),
        title=_l("Browsers in which My page is open"),
        labels={"began_at": _l("Since"), "ends_at": _l("Until")},
    ),
    Holding(
        "chat_link",
        plain="id",
        personal={
            Purpose.ENTRANCE: "visit_id hash code_hash made_at expires_at channel identifier answered_at",
        },
        unshown="hash code_hash",
        theirs=links_of,
        title=_l("Chats about to be linked"),
        labels={"channel": _l("Channel"), "made_at": _l("Asked for"), "answered_at": _l("Answered")},
        words={"channel": channel_words},
    ),
)
