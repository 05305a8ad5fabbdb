"""Questions about what is looked at, or signed up for: answered from what is known of it; then what was open is asked again.

(typed) -> the answer -> whatever was open
"""

from engage.activities import remembered, upcoming
from engage.activities.facts import OccurrenceFacts
from engage.activities.models import SignUpMode
from engage.base import wording
from engage.base.config import current_settings
from engage.base.i18n import gettext as _
from engage.base.i18n import in_language, ngettext
from engage.base.message import Button
from engage.dialog.asked_about import Topic, asked
from engage.dialog.flows import dates, find, menu, mine
from engage.dialog.turn import Turn
from engage.registrations import pools

_MOST = 5
_MOST_DATES = 5


def answers(turn: Turn) -> bool:
    """Answer a question about what is at hand; False where nothing is, or nothing such was asked."""
    topic = asked(turn.text)
    found = at_hand(turn) if topic is not None else []
    if topic is None or not found:
        return False
    turn.conversation.misunderstood = 0
    if len(found) == 1 and topic is Topic.WHAT and not turn.conversation.flow:
        find.show(turn, found[0].occurrence)
    elif len(found) == 1:
        _say(turn, topic, found[0])
    elif topic in {Topic.OTHER, Topic.WHAT}:
        ask = tuple(Button(find.named(each), action=f"find:show:{each.occurrence}") for each in found[:4])
        turn.say(_("Which one do you mean?"), buttons=ask)
        return True
    else:
        lines = [f"{each.title}: {_short(turn, topic, each)}" for each in found]
        buttons = tuple(Button(find.named(each), action=f"find:show:{each.occurrence}") for each in found[:4])
        turn.say(*lines, buttons=() if turn.conversation.flow else buttons)
    menu.ask_again(turn)
    return True


def at_hand(turn: Turn) -> list[OccurrenceFacts]:
    """What is being signed up for, else what was shown last, else the only thing they have signed up for."""
    draft = turn.data.get("sign_up") or {}
    names = [draft["occurrence"]] if turn.conversation.flow and draft.get("occurrence") else turn.data.get("focus", [])
    known = (remembered.occurrence(name, turn.language) for name in names[:_MOST])
    found = [each for each in known if each is not None and each.published]
    if not found and len(own := mine.of_talk(turn)) == 1:
        found = [own[0].found]
    return found


def _say(turn: Turn, topic: Topic, found: OccurrenceFacts) -> None:
    """One activity's answer; what nobody wrote down, its organiser knows."""
    in_flow = bool(turn.conversation.flow)
    if topic is Topic.NEXT:
        _say_dates(turn, found)
        return
    known = _known(turn, topic, found)
    page = current_settings().links.occurrence(found.activity, found.slug, found.occurrence)
    if known:
        turn.say(f"{found.title}: {known}", buttons=() if in_flow else _ways(turn, found))
        return
    menu.keep_unheard(turn, f"{found.title}: {turn.text}"[:1000])
    turn.say(
        _(
            "%(title)s: I do not know that. It may stand in the description; else the organiser knows.",
            title=found.title,
        ),
        *([_contact(found)] if _contact(found) else []),
        buttons=(
            Button(_("Read the description"), url=page),
            *(() if in_flow else (Button(_("Ask a person"), action="human:start"), *_ways(turn, found)[:1])),
        ),
    )


def _ways(turn: Turn, found: OccurrenceFacts) -> tuple[Button, ...]:
    has_one = any(each.found.occurrence == found.occurrence for each in mine.of_talk(turn))
    sign_up = [Button(_("Sign up"), action=f"sign_up:start:{found.occurrence}")]
    sign_up = sign_up if find.may_sign_up(found, turn.now) and not has_one else []
    return (*sign_up, Button(_("More about it"), action=f"find:show:{found.occurrence}"), *dates.button(turn, found))


def _known(turn: Turn, topic: Topic, found: OccurrenceFacts) -> str:
    """What we know, in a sentence; "" where nobody wrote it down."""
    if topic is Topic.PLACE:
        if found.online:
            return find.place(found)
        # The place may be called as its street is.
        town = f"{found.postal_code} {found.town}".strip()
        return ", ".join(dict.fromkeys(each for each in (found.place, found.street, town) if each))
    if topic is Topic.PRICE:
        notes = in_language(dict(found.price_notes)) if found.price_notes else ""
        price = wording.price(found.price)
        return notes if price in notes else " · ".join(each for each in (price, notes) if each)
    if topic is Topic.ACCESS:
        told = (in_language(dict(texts)) for texts in (found.accessibility, found.place_accessibility) if texts)
        return " ".join(each for each in told if each)
    if topic is Topic.WHAT:
        return found.summary
    if topic is Topic.WHO:
        return " · ".join(each for each in (found.organisation, _contact(found)) if each)
    return "" if topic is Topic.OTHER else _short(turn, topic, found)


def _short(turn: Turn, topic: Topic, found: OccurrenceFacts) -> str:
    """The answer in a few words, one line for each of several."""
    if topic is Topic.SEATS:
        return _places(found)
    if topic in {Topic.TIME, Topic.NEXT}:
        return wording.when(found.starts_at, found.ends_at, found.zone, turn.now)
    if topic is Topic.LANGUAGE:
        return wording.held_in(found.spoken_languages) if found.spoken_languages else _("not said")
    return _known(turn, topic, found) or _("not said")


def _places(found: OccurrenceFacts) -> str:
    """Places as they are now, which what is remembered of a date need not be."""
    room = pools.look(found.occurrence_id) if find.takes_sign_ups(found) else None
    if room is not None and room.left is not None and not room.has_roles and room.left > 0:
        return ngettext(
            "%(number)s of %(capacity)s places is free", "%(number)s of %(capacity)s places are free", room.left,
            capacity=room.capacity,
        )  # fmt: skip
    return find.places(found)


def _say_dates(turn: Turn, found: OccurrenceFacts) -> None:
    """When it is, and when it is held again."""
    coming = upcoming.coming(found.activity_id, turn.now, 3 * _MOST_DATES)
    days = [wording.when(each.starts_at, each.ends_at, found.zone, turn.now) for each in coming if not each.cancelled][
        :_MOST_DATES
    ]
    words = [f"{found.title}:", *(f"• {each}" for each in days)] if days else [
        _("%(title)s: There are no other dates at the moment.", title=found.title)
    ]  # fmt: skip
    course = [_("You sign up for the whole course.")] if found.sign_up == SignUpMode.WHOLE_COURSE else []
    turn.say(*words, *course, buttons=() if turn.conversation.flow else _ways(turn, found))


def _contact(found: OccurrenceFacts) -> str:
    """How to reach its organiser."""
    return ", ".join(each for each in (found.organisation, found.contact_phone, found.contact_email) if each)
