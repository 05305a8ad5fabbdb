"""The end of signing up in a talk: seats held meanwhile, the review, taking the seat, and saying what came of it."""

from datetime import date, datetime
from typing import Any

from engage import people, registrations
from engage.activities import remembered, shifts
from engage.activities.facts import OccurrenceFacts
from engage.base import wording
from engage.base.config import current_settings
from engage.base.db import savepoint
from engage.base.i18n import gettext as _
from engage.base.i18n import in_language, ngettext
from engage.base.message import Button, Card
from engage.dialog import forgetting
from engage.dialog.flows import contact, find, menu, mine, party, questions
from engage.dialog.turn import Turn
from engage.people import reaching
from engage.registrations import Application, Outcome, holds, promises, silence, standing
from engage.registrations import whom as of_themselves
from engage.registrations.facts import UNSAID
from engage.registrations.overlaps import ShortOverlap
from engage.registrations.pools import FEW, Room

FLOW = "sign_up"
Draft = dict[str, Any]


def hold_key(turn: Turn) -> str:
    """What names the seats that are held for this talk."""
    return forgetting.hold_key(turn.conversation.id)


def has_room(turn: Turn, room: Room, draft: Draft, seats: int) -> bool:
    """Whether so many seats are there for this talk: free ones, or those it holds."""
    return room.has_room_for(seats, turn.now) or seats <= _held(turn, draft)


def _held(turn: Turn, draft: Draft) -> int:
    """How many seats are held still."""
    seats, until = draft.get("held") or (0, None)
    return int(seats) if until and datetime.fromisoformat(until) > turn.now else 0


def hold(turn: Turn, room: Room, draft: Draft) -> None:
    """Keep the seats while the rest is asked, where few are left; said once, with the time until when."""
    few = room.left is not None and room.left - draft["seats"] < FEW
    if draft["waits"] or _held(turn, draft) == draft["seats"] or not (few or draft.get("dates")):
        return
    ids = _dates_of(turn, room.occurrence_id, draft)
    until = holds.hold_several(ids, draft["seats"], hold_key(turn), now=turn.now, role=room.role)
    if until is not None:
        here = any(each.pool_id == room.pool_id for each in holds.kept(hold_key(turn)))
        told = draft.get("held") is not None
        draft["held"] = [draft["seats"] if here else 0, until.isoformat()]
        if told:
            return
        clock = wording.clock(until.astimezone(room.local))
        turn.say(_("Few places are left, so I keep yours until %(time)s.", time=clock))


def going_on(turn: Turn) -> bool:
    """Whether somebody is signing up; else the button is of something that is over."""
    if "sign_up" in turn.data:
        return True
    menu.stale(turn, "")
    return False


def page(turn: Turn) -> str:
    """The same on the web."""
    found = remembered.occurrence(turn.data["sign_up"]["occurrence"], turn.language)
    links = current_settings().links
    return links.occurrence(found.activity, found.slug, found.occurrence) if found else links.chat()


def review(turn: Turn, found: OccurrenceFacts, room: Room, draft: Draft) -> None:
    """Show all that was said, and ask."""
    turn.ask(FLOW, "review")
    known = contact.known(turn)
    label = _("Join the waiting list") if draft["waits"] else _("Sign up")
    when = wording.when(found.starts_at, found.ends_at, found.zone, turn.now)
    days = _other_days(turn, draft)
    number = ngettext("%(number)s place", "%(number)s places", draft["seats"])
    who = ", ".join(known[name] for name in ("name", "email") if known.get(name))
    lines = (
        when[0].upper() + when[1:],
        days,
        find.place(found),
        _task(found, room),
        number,
        _who_comes(draft),
        who,
        *questions.in_words(room.activity_id, draft.get("answers") or {}),
        _of_themselves(draft),
    )
    card = Card(found.title, tuple(line for line in lines if line), page(turn), language=found.language)
    approval = _("The organiser looks at your sign-up, and says yes or no.") if room.approval else ""
    course = _("You sign up for the whole course.") if room.course else ""
    silent = "" if room.course else silence.told(room.activity_id)
    needed = standing.still_needed(found.occurrence_id) if found.least_participants is not None else ""
    turn.say(
        *(
            words
            for words in (_("Is this right?"), needed, course, approval, silent, promises.deadline(room, turn.now))
            if words
        ),
        cards=(card,),
        buttons=(
            turn.once(label, "sign_up:confirm"),
            turn.once(_("Change"), "sign_up:change"),
            turn.once(_("Cancel"), "menu:leave"),
        ),
    )


def _of_themselves(draft: Draft) -> str:
    """What they said for statistics."""
    told = [of_themselves.named(draft[part]) for part in ("age_band", "area") if draft.get(part, UNSAID) != UNSAID]
    return ", ".join(told)


def _other_days(turn: Turn, draft: Draft) -> str:
    """The other dates that were chosen, by name."""
    found = [remembered.occurrence(name, turn.language) for name in draft.get("dates") or ()]
    days = [wording.short_date(each.starts_at.astimezone(each.zone)) for each in found if each is not None]
    return _("Also %(days)s", days=wording.listing(days)) if days else ""


def _task(found: OccurrenceFacts, room: Room) -> str:
    """What they help with."""
    needs = shifts.needs(found.occurrence_id) if room.role else ()
    return next((in_language(need.role.names) for need in needs if need.role.public_id == room.role), "")


def _who_comes(draft: Draft) -> str:
    if of_class := party.school_class(draft):
        return f"{of_class.school}, {of_class.class_name}"
    each = [" ".join(str(part) for part in (one.name, one.age) if part) for one in party.companions(draft)]
    return ", ".join(each)


def confirm(turn: Turn, found: OccurrenceFacts, draft: Draft, *, overlap_accepted: bool) -> None:
    """Sign them up, and say what came of it; what a rule refuses the engine says."""
    conversation, known = turn.conversation, contact.known(turn)
    if conversation.person_id is None:
        conversation.person_id = people.find_or_create(
            conversation.channel, conversation.identifier, language=conversation.language, now=turn.now
        )
    if not contact.needs_email(turn):
        # Who writes from a chat that reaches them has shown that it is theirs.
        people.verify(conversation.channel, conversation.identifier, turn.now)
    application = Application(
        name=known["name"],
        email=known.get("email", ""),
        seats=draft["seats"],
        language=conversation.language,
        channel=conversation.channel,
        person_id=conversation.person_id,
        client=turn.incoming.client,
        notice_version=conversation.notice_version,
        role=draft.get("role", ""),
        answers=draft.get("answers") or {},
        companions=party.companions(draft),
        school_class=party.school_class(draft),
        takes_fewer=bool(draft.get("takes_fewer")),
        vetted_on=date.fromisoformat(draft["vetted_on"]) if draft.get("vetted_on") else None,
        overlap_accepted=overlap_accepted,
        hold=hold_key(turn) if draft.get("held") else "",
        age_band=draft.get("age_band", ""),
        area=draft.get("area", ""),
    )
    try:
        with savepoint():  # of several dates, none is kept when one is refused
            outcomes = _sign_up(turn, found, draft, application)
    except ShortOverlap as refusal:
        turn.ask(FLOW, "review")
        again, leave = (
            turn.once(_("Sign up all the same"), "sign_up:confirm:overlap"),
            turn.once(_("Cancel"), "menu:leave"),
        )
        turn.say(str(refusal), buttons=(again, leave))
        return
    if not outcomes[0].proven:
        for name in (found.occurrence, *(draft.get("dates") or ())):
            mine.remember_pending(turn, name, draft["seats"])
    turn.data["contact"] = known
    del turn.data["sign_up"]
    turn.done()
    _say_outcome(turn, outcomes, known.get("email", ""), draft["seats"], found)


def _sign_up(turn: Turn, found: OccurrenceFacts, draft: Draft, application: Application) -> list[Outcome]:
    ids = _dates_of(turn, found.occurrence_id, draft)
    if len(ids) == 1:
        return [registrations.sign_up(ids[0], application, now=turn.now)]
    return registrations.sign_up_for_several(ids, application, now=turn.now)


def _dates_of(turn: Turn, first: int, draft: Draft) -> list[int]:
    """The date that is signed up for, and the others that were chosen."""
    also = [remembered.occurrence(name, turn.language) for name in draft.get("dates") or ()]
    return [first, *(each.occurrence_id for each in also if each is not None)]


def _say_outcome(turn: Turn, outcomes: list[Outcome], email: str, seats: int, found: OccurrenceFacts) -> None:
    outcome = outcomes[0]
    buttons = (
        Button(_("My sign-ups"), action="mine:show"),
        Button(_("Find more"), action="find:again"),
        *([Button(_("Tell others"), share=f"e_{found.occurrence}")] if turn.abilities.shares else []),
    )
    if not outcome.proven:
        minutes = int(current_settings().confirm_within.total_seconds() // 60)
        turn.say(
            _("Almost done. I have sent an e-mail to %(email)s.", email=email),
            _("Open it and press the button within %(minutes)s minutes.", minutes=minutes)
            + " "
            + _then(outcome, seats),
            buttons=buttons,
        )
    elif outcome.pending_approval:
        turn.say(_("Thank you. The organiser looks at your sign-up, and you get an answer from us."), buttons=buttons)
    elif all(each.waiting for each in outcomes):
        entry = next((each for each in mine.of_talk(turn) if each.found.occurrence == found.occurrence), None)
        words = _("You are on the waiting list. We write to you as soon as there is a place.")
        turn.say(entry.state if entry is not None and len(outcomes) == 1 else words, buttons=buttons)
    elif any(each.waiting for each in outcomes):
        turn.say(
            _("You are signed up, on some dates on the waiting list. See which under My sign-ups."), buttons=buttons
        )
    else:
        turn.say(_signed_up(turn, email), buttons=buttons)


def _signed_up(turn: Turn, email: str) -> str:
    """That they have it, and where the details are: here, in their mailbox, or in another chat of theirs."""
    ways = reaching.ways(turn.conversation.person_id, email or None, sms=True)[:1]
    if not ways or reaching.hears_it_now(turn.conversation.person_id, email or None):
        return _("You are signed up. Below are the details to keep.")
    if ways == [("email", email)]:
        return _("You are signed up. I have sent the details to %(email)s.", email=email)
    return _("You are signed up. I have sent you the details.")


def _then(outcome: Outcome, seats: int) -> str:
    if outcome.waiting:
        return _("All places are taken, so you are on the waiting list from then on.")
    if outcome.pending_approval:
        return _("The organiser then looks at your sign-up.")
    if outcome.held:
        return ngettext("Your place is yours from then on.", "Your places are yours from then on.", seats)
    return ngettext(
        "You have a place from then on, if there still is one.",
        "You have your places from then on, if there still are so many.",
        seats,
    )
