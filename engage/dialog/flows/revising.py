"""What was said so far while signing up, one thing of it said anew: which, and the way back to the review.

which -> (the one question) -> review ; keep -> review, as it was
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from engage.activities.facts import OccurrenceFacts
from engage.activities.models import SignUpMode
from engage.base.i18n import gettext as _
from engage.base.message import Button
from engage.dialog.flows import contact, party, questions, whom
from engage.dialog.flows.signing import FLOW, Draft
from engage.dialog.turn import Turn
from engage.registrations.pools import Room

_BEFORE = "before"  # in the draft: how it was when one thing was to be another


def ask_which(turn: Turn, found: OccurrenceFacts, room: Room, draft: Draft) -> None:
    """Which thing is to be another."""
    turn.ask(FLOW, "which")
    things = [*_things(turn, found, room), *questions.each(room.activity_id, draft.get("answers") or {})]
    turn.say(
        _("What do you want to change?"),
        buttons=(
            *(turn.once(label, f"{FLOW}:revise:{name}") for name, label in things),
            turn.once(_("Nothing, it is right"), f"{FLOW}:keep"),
            turn.once(_("Cancel"), "menu:leave"),
        ),
    )


def _things(turn: Turn, found: OccurrenceFacts, room: Room) -> list[tuple[str, str]]:
    each = _("Names and ages") if party.asks_names(room) else _("Ages")
    told = (
        ("role", _("What I help with"), room.has_roles),
        ("class", _("School and class"), party.is_class(room)),
        ("seats", _("How many come"), not party.is_class(room)),
        ("dates", _("The dates"), found.sign_up == SignUpMode.SEVERAL_DATES),
        ("name", _("My name"), True),
        ("email", _("My e-mail address"), contact.needs_email(turn)),
        (
            "companions",
            each if party.asks_ages(room) else _("Names"),
            party.asks_names(room) or party.asks_ages(room),
        ),
        ("certificate", _("The date of the certificate"), room.vetted),
    )
    return [(name, label) for name, label, shown in (*told, *whom.things(room)) if shown]


def begin(draft: Draft, what: str) -> bool:
    """Forget one thing, so that it is asked for next; False where something else is to ask for it, or there is no such thing."""
    draft[_BEFORE] = {name: value for name, value in draft.items() if name != _BEFORE}
    forget = _FORGET.get(what)
    if forget is not None:
        forget(draft)
    return forget is not None


def _seats(draft: Draft) -> None:
    # There may be room for fewer, and none for more: whether they wait is seen anew.
    draft.update(seats=None, waits=False)
    draft.pop("takes_fewer", None)


def _class(draft: Draft) -> None:
    _seats(draft)
    draft["class"] = None


def _role(draft: Draft) -> None:
    draft["waits"] = False
    for name in ("role", "vetted_on", "takes_fewer"):
        draft.pop(name, None)


def _dates(draft: Draft) -> None:
    draft["also"] = draft.pop("dates", [])


def _forgets(name: str) -> Callable[[Draft], None]:
    def forget(draft: Draft) -> None:
        draft.pop(name, None)

    return forget


_FORGET: Mapping[str, Callable[[Draft], None]] = {
    "seats": _seats, "class": _class, "role": _role, "dates": _dates, "companions": _forgets("companions"),
    "certificate": _forgets("vetted_on"), "age_band": _forgets("age_band"), "area": _forgets("area"),
}  # fmt: skip


def fit_companions(draft: Draft) -> None:
    """Who comes less is not known where fewer come than were named: all are asked for again."""
    if len(draft.get("companions") or ()) > (draft.get("seats") or 0):
        draft["companions"] = []


def take_back(draft: Draft) -> dict[str, Any]:
    """The draft as it was."""
    return dict(draft.get(_BEFORE) or draft)


def is_over(draft: Draft) -> None:
    """All is known again: from here on there is nothing to take back."""
    draft.pop(_BEFORE, None)


def offer_way_back(turn: Turn) -> None:
    """Let the question about one thing have a way back to the review in the place of the way out."""
    if _BEFORE not in turn.data.get("sign_up", {}) or not turn.said:
        return
    asked, keep = turn.said[-1], turn.once(_("Keep it as it is"), f"{FLOW}:keep")
    others = tuple(button for button in asked.buttons if not _leaves(button))
    turn.said[-1] = replace(asked, buttons=(*others, keep))


def _leaves(button: Button) -> bool:
    return (button.action or "").partition("@")[0] in {"menu:leave", f"{FLOW}:keep"}
