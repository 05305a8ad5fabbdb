"""Signing up in a talk.

wanted -> (which?) -> start -> seats? -> [notice] name -> email -> review -> confirm
                       start (full) -> waiting list? ------^          |-> change -> seats
every step can be left; only `confirm` takes a seat
"""

import re
from typing import Any

from engage import people, registrations
from engage.activities import facts
from engage.activities.facts import OccurrenceFacts
from engage.base import wording
from engage.base.config import current_settings
from engage.base.i18n import gettext as _
from engage.base.i18n import ngettext
from engage.base.message import Button, Card
from engage.dialog.answers import is_no, is_yes
from engage.dialog.flows import find, menu, mine
from engage.dialog.turn import Turn
from engage.dialog.understanding import Intent
from engage.dialog.understanding.party import count_party
from engage.dialog.understanding.tokens import tokenise
from engage.registrations import Application, Places

FLOW = "sign_up"
_EMAIL = re.compile(r"[^\s<>,;]+@[^\s<>,;]+")
_SAID_BEFORE_A_NAME = re.compile(
    r"^(hej,?\s+)?(jeg hedder|mit navn er|jeg er|my name is|i am|i'm|ich heiße|ich heisse|mein name ist|ich bin)\s+",
    re.IGNORECASE,
)
_SHOWN = 4


def wanted(turn: Turn, _argument: str) -> None:
    """Somebody wants to sign up: for what is in focus, or for one of what was shown last."""
    heard = turn.understanding
    assert heard is not None
    turn.conversation.misunderstood = 0
    turn.data["party"] = heard.party
    if heard.first or heard.sdgs or heard.words or heard.audience:
        find.search(turn, "")
        return
    focus = turn.data.get("focus", [])
    if len(focus) == 1:
        start(turn, focus[0])
        return
    known = [facts.occurrence(public_id, turn.language) for public_id in focus]
    shown = [found for found in known if found and find.takes_sign_ups(found)][:_SHOWN]
    if shown:
        buttons = tuple(
            Button(
                f"{found.title}, {wording.short_date(found.starts_at.astimezone(found.zone))}",
                action=f"sign_up:start:{found.occurrence}",
            )
            for found in shown
        )
        turn.say(_("Which one do you want to sign up for?"), buttons=buttons)
        return
    turn.say(_("Find something first, then I can sign you up."), buttons=menu.first_buttons()[:3])


def start(turn: Turn, public_id: str) -> None:
    """Begin for one date; when it is full, say so before anything is asked."""
    found = facts.occurrence(public_id, turn.language)
    if found is None or not found.published or not find.takes_sign_ups(found) or found.starts_at <= turn.now:
        turn.done()
        turn.say(_("You cannot sign up for this date any more. See whether another date suits you."))
        return
    if entry := next((each for each in mine.of_talk(turn) if each.found.occurrence == public_id), None):
        _say_already(turn, entry)
        return
    turn.data["sign_up"] = {"occurrence": public_id, "seats": turn.data.pop("party", None), "waits": False}
    turn.data["focus"] = [public_id]
    if registrations.places(found.seats)[0] == Places.WAITING_LIST:
        _offer_waiting(turn, _("All places are taken at the moment. Do you want to be on the waiting list?"))
        return
    _next(turn)


def _say_already(turn: Turn, entry: mine.Entry) -> None:
    turn.done()
    turn.say(
        _("You have signed up already.") + " " + entry.state,
        cards=(find.card(entry.found, turn.now, full=True).without_buttons(),),
        buttons=(Button(_("My sign-ups"), action="mine:show"),),
    )


def _offer_waiting(turn: Turn, words: str) -> None:
    turn.ask(FLOW, "waiting")
    public_id = turn.data["sign_up"]["occurrence"]
    turn.say(
        words,
        buttons=(
            turn.once(_("Join the waiting list"), "sign_up:wait"),
            Button(_("Find something else"), action="find:again"),
            Button(_("More about it"), action=f"find:show:{public_id}"),
        ),
    )


def wait(turn: Turn, _argument: str) -> None:
    """Yes to the waiting list."""
    if not _going_on(turn):
        return
    turn.data["sign_up"]["waits"] = True
    _next(turn)


def take_waiting(turn: Turn) -> bool:
    """A typed yes or no to the waiting list."""
    if is_yes(turn.text):
        wait(turn, "")
    elif is_no(turn.text):
        menu.leave(turn, "")
    else:
        return False
    return True


def _going_on(turn: Turn) -> bool:
    if "sign_up" in turn.data:
        return True
    menu.stale(turn, "")
    return False


def _next(turn: Turn) -> None:
    """Ask for the first thing that is not known yet; when all is, show it for review."""
    draft, contact = turn.data["sign_up"], turn.data.get("contact", {})
    found = facts.occurrence(draft["occurrence"], turn.language)
    if found is not None and _is_too_few(found, draft):
        _say_too_few(turn, found)
    elif not draft.get("seats"):
        _ask_seats(turn)
    elif not (draft.get("name") or contact.get("name")):
        _ask_name(turn)
    elif not (draft.get("email") or contact.get("email")):
        _ask_email(turn)
    else:
        _review(turn)


def _ask_seats(turn: Turn) -> None:
    turn.ask(FLOW, "seats")
    buttons = tuple(turn.once(str(number), f"sign_up:seats:{number}") for number in (1, 2, 3, 4))
    turn.say(_("How many are you, with yourself? Press or write the number."), buttons=buttons)


def seats(turn: Turn, number: str) -> None:
    """The number was pressed."""
    if _going_on(turn):
        _set_seats(turn, int(number) if number.isdecimal() else 0)


def take_seats(turn: Turn) -> bool:
    """The number was typed: "3", "tre", "2 voksne og 3 børn"."""
    number = count_party(tokenise(turn.text), turn.language, frozenset(), signing_up=True)
    if number is None:
        turn.say(_("Write how many you are as a number, for example 2."))
        return True
    _set_seats(turn, number)
    return True


def _set_seats(turn: Turn, number: int) -> None:
    most = current_settings().largest_group
    if not 1 <= number <= most:
        turn.say(str(registrations.SeatsNotPossible(most=most)))
        return
    turn.data["sign_up"]["seats"] = number
    _next(turn)


def _is_too_few(found: OccurrenceFacts, draft: dict[str, Any]) -> bool:
    """Whether a group that has not agreed to wait is larger than what is left."""
    left = registrations.places(found.seats)[1]
    return left is not None and left < (draft.get("seats") or 0) and not draft["waits"]


def _say_too_few(turn: Turn, found: OccurrenceFacts) -> None:
    left = registrations.places(found.seats)[1] or 0
    words = ngettext(
        "Only %(number)s place is left, too few for all of you. Do you want to be on the waiting list together?",
        "Only %(number)s places are left, too few for all of you. Do you want to be on the waiting list together?",
        left,
    )
    _offer_waiting(turn, words)


def _ask_name(turn: Turn) -> None:
    """The notice stands before the first personal datum; which version was shown is kept."""
    settings, city = current_settings(), current_settings().city
    turn.ask(FLOW, "name")
    if turn.conversation.notice_version != city.notice_version:
        turn.conversation.notice_version, turn.conversation.notice_at = city.notice_version, turn.now
        turn.say(
            _(
                "Before I ask: %(controller)s uses your name and e-mail for this sign-up, so that the organiser knows who "
                "comes and we can reach you. Both are deleted %(days)s days after the activity.",
                controller=city.controller,
                days=city.keep_sign_ups.days,
            ),
            buttons=(Button(_("Read more about your data"), url=settings.links.privacy()),),
        )
    buttons = (Button(_("Sign up on the web instead"), url=_page(turn)), turn.once(_("Cancel"), "menu:leave"))
    turn.say(_("What is your name?"), buttons=buttons)


def take_name(turn: Turn) -> bool:
    """Any words are a name, apart from a greeting or a wish that clearly is something else."""
    heard = turn.understanding
    assert heard is not None
    if heard.intent in {Intent.GREET, Intent.MINE, Intent.CANCEL, Intent.SIGN_UP}:
        return False
    name = _SAID_BEFORE_A_NAME.sub("", turn.text).strip(" .!")[:120]
    if not any(each.isalpha() for each in name) or _EMAIL.search(name):
        turn.say(_("Write your name, so that the organiser knows who is coming."))
        return True
    turn.data["sign_up"]["name"] = name
    _next(turn)
    return True


def _ask_email(turn: Turn) -> None:
    turn.ask(FLOW, "email")
    turn.say(
        _("What is your e-mail address? This page cannot reach you when it is closed, so we write to you there."),
        buttons=(turn.once(_("Cancel"), "menu:leave"),),
    )


def take_email(turn: Turn) -> bool:
    """An address somewhere in what was typed; anything else gets a friendly example, and other wishes are heard."""
    found = _EMAIL.search(turn.text)
    heard = turn.understanding
    assert heard is not None
    if found is None and heard.intent in {Intent.MINE, Intent.CANCEL, Intent.GREET}:
        return False
    try:
        turn.data["sign_up"]["email"] = people.normalise_email(found.group(0).rstrip(".") if found else turn.text)
    except people.EmailNotUsable as refusal:
        turn.say(str(refusal), buttons=(turn.once(_("Cancel"), "menu:leave"),))
        return True
    _next(turn)
    return True


def _review(turn: Turn) -> None:
    draft = turn.data["sign_up"]
    found = facts.occurrence(draft["occurrence"], turn.language)
    if found is None:
        menu.stale(turn, "")
        return
    turn.ask(FLOW, "review")
    contact = _contact(turn)
    when = wording.when(found.starts_at, found.ends_at, found.zone, turn.now)
    number = ngettext("%(number)s place", "%(number)s places", draft["seats"])
    lines = (when[0].upper() + when[1:], find.place(found), number, f"{contact['name']}, {contact['email']}")
    url = current_settings().links.occurrence(found.activity, found.slug, found.occurrence)
    label = _("Join the waiting list") if draft["waits"] else _("Sign up")
    turn.say(
        _("Is this right?"),
        cards=(Card(found.title, lines, url, language=found.language),),
        buttons=(
            turn.once(label, "sign_up:confirm"),
            turn.once(_("Change"), "sign_up:change"),
            turn.once(_("Cancel"), "menu:leave"),
        ),
    )


def _contact(turn: Turn) -> dict[str, Any]:
    known: dict[str, Any] = dict(turn.data.get("contact", {}))
    draft = turn.data["sign_up"]
    known.update({name: draft[name] for name in ("name", "email") if draft.get(name)})
    return known


def take_review(turn: Turn) -> bool:
    """A typed yes or no under the review."""
    if is_yes(turn.text):
        confirm(turn, "")
    elif is_no(turn.text):
        menu.leave(turn, "")
    else:
        return False
    return True


def change(turn: Turn, _argument: str) -> None:
    """Ask everything once more."""
    if _going_on(turn):
        draft = turn.data["sign_up"]
        turn.data["sign_up"] = {"occurrence": draft["occurrence"], "waits": draft["waits"], "seats": None}
        turn.data.pop("contact", None)
        _next(turn)


def confirm(turn: Turn, _argument: str) -> None:
    """Take the seat: the only step that does. If the last one went meanwhile, ask before putting anyone in line."""
    if not _going_on(turn):
        return
    draft, contact = turn.data["sign_up"], _contact(turn)
    found = facts.occurrence(draft["occurrence"], turn.language)
    if found is None:
        menu.stale(turn, "")
        return
    if not (draft.get("seats") and contact.get("name") and contact.get("email")):
        _next(turn)
        return
    if not draft["waits"] and registrations.places(found.seats)[0] == Places.WAITING_LIST:
        _offer_waiting(turn, _("The last place went just now. Do you want to be on the waiting list?"))
        return
    if _is_too_few(found, draft):
        _say_too_few(turn, found)
        return
    conversation = turn.conversation
    if conversation.person_id is None:
        conversation.person_id = people.find_or_create(
            conversation.channel, conversation.identifier, language=conversation.language, now=turn.now
        )
    application = Application(
        name=contact["name"],
        email=contact["email"],
        seats=draft["seats"],
        language=conversation.language,
        channel=conversation.channel,
        person_id=conversation.person_id,
        client=turn.incoming.client,
        notice_version=conversation.notice_version,
    )
    outcome = registrations.sign_up(found.occurrence_id, application, now=turn.now)
    if not outcome.proven:
        mine.remember_pending(turn, found.occurrence, draft["seats"])
    turn.data["contact"] = contact
    del turn.data["sign_up"]
    turn.done()
    _say_outcome(turn, outcome, contact["email"])


def _say_outcome(turn: Turn, outcome: registrations.Outcome, email: str) -> None:
    buttons = (Button(_("My sign-ups"), action="mine:show"), Button(_("Find more"), action="find:again"))
    if not outcome.proven:
        minutes = int(current_settings().confirm_within.total_seconds() // 60)
        place = (
            _("All places are taken, so you are on the waiting list from then on.")
            if outcome.waiting
            else _("Your place is yours from then on.")
            if outcome.held
            else _("You have a place from then on, if there still is one.")
        )
        turn.say(
            _("Almost done. I have sent an e-mail to %(email)s.", email=email),
            _("Open it and press the button within %(minutes)s minutes.", minutes=minutes) + " " + place,
            buttons=buttons,
        )
    elif outcome.waiting:
        turn.say(_("You are on the waiting list. We write to you as soon as there is a place."), buttons=buttons)
    else:
        turn.say(_("You are signed up. I have sent the details to %(email)s.", email=email), buttons=buttons)


def _page(turn: Turn) -> str:
    found = facts.occurrence(turn.data["sign_up"]["occurrence"], turn.language)
    links = current_settings().links
    return links.occurrence(found.activity, found.slug, found.occurrence) if found else links.chat()


ACTIONS = {"start": start, "wait": wait, "seats": seats, "change": change, "confirm": confirm}
STEPS = {
    "waiting": take_waiting, "seats": take_seats, "name": take_name, "email": take_email, "review": take_review,
}  # fmt: skip
