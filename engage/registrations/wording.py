"""How a sign-up stands, in the words that every door says it in."""

from engage.base import wording
from engage.base.i18n import LazyText, ngettext
from engage.base.i18n import gettext as _
from engage.base.i18n import lazy_gettext as _l
from engage.registrations import offer_notices, offers, promises, rows, standing, steps
from engage.registrations.models import Registration, State
from engage.registrations.steps import Because

_STATES: dict[State, LazyText] = {
    State.PENDING_EMAIL: _l("E-mail not confirmed"),
    State.PENDING_APPROVAL: _l("Waits for your answer"),
    State.CONFIRMED: _l("Has a place"),
    State.DECLINED: _l("Turned down"),
    State.WAITING: _l("On the waiting list"),
    State.OFFERED: _l("Offered a place"),
    State.OFFER_DECLINED: _l("Said no to the place"),
    State.OFFER_EXPIRED: _l("Did not answer the offer"),
    State.CANCELLED_BY_PERSON: _l("Cancelled by themselves"),
    State.CANCELLED_BY_STAFF: _l("Cancelled by you"),
    State.CANCELLED_WITH_EVENT: _l("Called off with the date"),
}
_REASONS: dict[Because, LazyText] = {
    Because.PASSED_OVER: _l("Passed over: needs %(needed)s places, %(free)s were free."),
    Because.APPROVED: _l("Approved."),
    Because.TURNED_DOWN: _l("Turned down."),
    Because.OFFERED_BY_HAND: _l("The offer was made by hand."),
    Because.ANSWERED_FOR_THEM: _l("The answer was written down for them."),
    Because.ADDED_BY_HAND: _l("Added by hand."),
    Because.SIGNED_UP_TWICE: _l("Was signed up twice; the other sign-up stays."),
    Because.BOTH_MEANT: _l("Was signed up twice and meant both, so the places are added together."),
    Because.NO_ANSWER: _l("Did not answer whether they come, so the place went on."),
    Because.MERGE_UNDONE: _l("Two people were taken for one; they are apart again."),
    Because.WALKED_IN: _l("Came without having signed up."),
    Because.DATE_MOVED: _l("The date was given another time or place, so they may cancel without a deadline."),
    Because.PHONED: _l("Was told by phone."),
    Because.TO_PHONE: _l("Marked: to be phoned."),
    Because.NOT_TO_PHONE: _l("Need not be phoned any more."),
    Because.SPOKEN_WITH: _l("Was phoned."),
}


# What the log says of those who look after a date's guests, as staff read it there and each of the guests in their own data.
LOGGED: dict[str, LazyText] = {
    "guests.seen": _l("looked at the sign-ups of a date"),
    "guests.exported": _l("downloaded the sign-ups of a date as a file"),
    "guests.printed": _l("opened the sign-ups of a date for printing"),
    "guests.line_seen": _l("looked at a waiting list"),
    "guests.door_seen": _l("looked at the check-in list of a date"),
    "guests.door_loaded": _l("loaded the check-in list of a date onto a device"),
    "guests.checked_in": _l("checked somebody in"),
    "guests.checked_out": _l("checked somebody out"),
    "guests.marked_absent": _l("marked somebody as not there"),
    "guests.check_in_undone": _l("took a check-in back"),
    "guests.walked_in": _l("let in somebody without a sign-up"),
    "guests.door_link_made": _l("made a link for a helper at the door"),
    "guests.door_link_revoked": _l("took a helper's link back"),
    "guests.hours_seen": _l("looked at volunteers' hours"),
    "guests.hours_corrected": _l("corrected a volunteer's hours"),
    "guests.one_seen": _l("looked at a sign-up"),
    "guests.approved": _l("approved a sign-up"),
    "guests.turned_down": _l("turned a sign-up down"),
    "guests.added": _l("signed somebody up"),
    "guests.removed": _l("removed a sign-up"),
    "guests.moved": _l("moved somebody on a waiting list"),
    "guests.offered": _l("offered somebody a place"),
    "guests.offer_taken": _l("wrote down a yes to an offered place"),
    "guests.offer_let_go": _l("wrote down a no to an offered place"),
    "guests.phoned": _l("told somebody by phone"),
    "guests.to_phone": _l("marked somebody to be phoned"),
    "guests.not_to_phone": _l("took the mark away that somebody is to be phoned"),
    "guests.written_to": _l("wrote to the participants"),
    "guests.writing_paused": _l("paused a message to the participants"),
    "guests.writing_gone_on": _l("let a message to the participants go on"),
    "guests.writing_stopped": _l("stopped a message to the participants"),
    "phone.list_seen": _l("looked at who is to be phoned"),
    "guests.reserved": _l("kept places back"),
    "guests.resized": _l("changed the number of places of a course"),
}


def logged_words(action: str) -> str:
    """What somebody did, in words."""
    return str(LOGGED.get(action, action))


def state_name(state: State) -> str:
    """How a sign-up stands, in few words, for those who look after the date."""
    return str(_STATES[state])


def reason_words(reason: str) -> str:
    """Why a sign-up went the way it did: a rule's reason in the reader's language, or what somebody wrote."""
    known = steps.decoded(reason)
    if known is None:
        return reason
    why, numbers = known
    sentence = str(_REASONS[why]) % dict(zip(("needed", "free"), numbers, strict=False))
    return f"{sentence} {steps.added_words(reason)}".strip()


def state_words(registration: Registration, *, called_off: bool = False) -> str:
    """How a sign-up stands, in a sentence or two."""
    if called_off:
        return _("The activity is called off.")
    if registration.verified_at is None and registration.state in {State.WAITING, State.PENDING_EMAIL}:
        return _("Your sign-up is waiting for you to confirm your e-mail address.")
    if registration.state == State.WAITING:
        place = _("You are number %(number)s on the waiting list.", number=rows.position(registration))
        return place + " " + _("We write to you when it is your turn.")
    if registration.state == State.OFFERED:
        return _offered(registration)
    if registration.state == State.PENDING_APPROVAL:
        kept = " " + promises.kept_meanwhile(registration.seats) if registration.holds_seat else ""
        return _("The organiser has not answered yet. We write to you as soon as they do.") + kept
    if registration.state == State.CANCELLED_BY_PERSON and steps.was_joined(registration):
        return _("You were signed up for this twice. Your other sign-up stands.")
    return {
        State.CONFIRMED: _has_place(registration),
        State.DECLINED: ngettext(
            "The organiser could not give you a place.",
            "The organiser could not give you the places.",
            registration.seats,
        ),
        State.OFFER_DECLINED: _("You said no to the place we offered you."),
        State.OFFER_EXPIRED: _("We did not hear from you in time, so the place went to the next in line."),
        State.CANCELLED_BY_STAFF: _("The organiser has cancelled your sign-up."),
        State.CANCELLED_WITH_EVENT: _("The activity is called off."),
    }.get(registration.state, _("Your sign-up is cancelled."))


def _has_place(registration: Registration) -> str:
    asks = registration.occurrence.activity.least_participants is not None
    needed = standing.still_needed(registration.occurrence_id) if asks else ""
    return " ".join(part for part in (promises.yours(registration.seats), needed) if part)


def _offered(registration: Registration) -> str:
    offer = offers.open_offer(registration)
    if offer is None:
        return _("There is a place for you.")
    until = wording.deadline(offer.expires_at, registration.occurrence.timezone)
    if offer.seats > 1 or registration.seats > 1:
        words = ngettext(
            "There is %(number)s place for you. Answer before %(time)s.",
            "There are %(number)s places for you. Answer before %(time)s.",
            offer.seats,
            time=until,
        )
        return " ".join(part for part in (words, offer_notices.fewer_than_asked(registration, offer)) if part)
    return _("There is a place for you. Answer before %(time)s.", time=until)
