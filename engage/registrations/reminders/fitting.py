"""Whether somebody is still to be reminded, looked at in the moment before it is sent: much may have happened meanwhile."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from engage.activities.models import ActivityState, OccurrenceState
from engage.people import reaching
from engage.people.wishes import Wishes
from engage.registrations.models import State
from engage.registrations.reminders import instants, timing
from engage.registrations.reminders.instants import Span
from engage.registrations.reminders.models import Reason, Way
from engage.registrations.reminders.rules import Rule
from engage.registrations.windows import Quiet

EMAIL = "email"


@dataclass(slots=True)
class Candidate:
    """One row with all that decides whether and how it is sent, as one query reads it."""

    id: int
    rule_key: str
    starts_at: datetime
    useful_until: datetime
    registration_id: int
    registration: str
    pool_id: int
    state: State
    proven: bool
    name: str | None
    email: str | None
    language: str
    seats: int
    joined_at: datetime
    person_id: int | None
    wishes: dict[str, Any]
    optional_off: bool
    occurrence_id: int
    occurrence: str
    begins_at: datetime
    ends_at: datetime
    zone: str
    occurrence_state: str
    activity_id: int
    activity_state: str
    coming: bool
    asked_already: bool
    stayed_away: bool
    role: dict[str, str]
    chats: list[list[Any]] = field(default_factory=list)
    address_id: int | None = None  # by which they stop such letters, see `people.unsubscribing`

    @property
    def who(self) -> str:
        """Whose this is, as far as it is known."""
        return f"p{self.person_id}" if self.person_id else self.email or f"r{self.registration_id}"

    @property
    def local(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    @property
    def span(self) -> Span:
        return Span(self.begins_at, self.ends_at, self.begins_at, self.local)


def reason_not(who: Candidate, rule: Rule | None, now: datetime) -> Reason | None:
    """Why nothing is to be sent; None where it is."""
    if rule is None or not rule.enabled:
        return Reason.SWITCHED_OFF
    if who.activity_state == ActivityState.CALLED_OFF or who.occurrence_state != OccurrenceState.SCHEDULED:
        return Reason.CALLED_OFF
    if who.activity_state != ActivityState.PUBLISHED:
        return Reason.NOT_PUBLISHED
    if who.state != State.CONFIRMED:
        return Reason.NOT_COMING
    if who.begins_at != who.starts_at:
        return Reason.MOVED
    if now > who.useful_until:
        return Reason.TOO_LATE
    return _unwanted(who, rule, now)


def _unwanted(who: Candidate, rule: Rule, now: datetime) -> Reason | None:
    wishes = Wishes.from_json(who.wishes)
    if wishes.paused(now.astimezone(who.local).date()):
        return Reason.PAUSED
    if rule.asks_feedback:
        if who.optional_off or not wishes.feedback:
            return Reason.UNWANTED
        if who.stayed_away:
            return Reason.STAYED_AWAY
        return Reason.ASKED_ALREADY if who.asked_already else None
    if rule.wish not in wishes.reminders:
        return Reason.UNWANTED
    return Reason.ANSWERED if rule.unanswered_only and who.coming else None


def wait_until(who: Candidate, now: datetime) -> datetime | None:
    """Until when it has to wait, where it is quiet with them now, which is `now` otherwise; None where no time is left."""
    wishes = Wishes.from_json(who.wishes)
    quiet = Quiet(*wishes.quiet) if wishes.quiet else timing.usual_quiet()
    if not quiet.covers(now.astimezone(who.local)):
        return now
    later = instants.calm(now, who.span, quiet, since=now)
    return later if later is not None and later <= who.useful_until else None


def addresses(who: Candidate, rule: Rule) -> list[tuple[str, str]]:
    """Where to send it, in the order of all letters (`people.reaching`): a page that may be closed comes after the mailbox, and
    how it was is asked of nobody by SMS."""
    mail = who.email if who.email and who.proven else None
    if rule.way == Way.CHAT:
        return [(channel, identifier) for channel, identifier, is_on in who.chats if is_on and channel != reaching.SMS]
    if rule.way == Way.EMAIL and mail:
        return [(EMAIL, mail)]
    chats = [(channel, identifier, is_on) for channel, identifier, is_on in who.chats]
    return reaching.in_order(chats, mail, sms=not rule.asks_feedback)


def none_reachable(way: Way) -> Reason:
    """What it is called that there is no address."""
    return Reason.NO_CHAT if way == Way.CHAT else Reason.UNREACHABLE
