"""Today's list for who looks after a date, and checking people in: only in a chat that is linked with an account.

claim (a code from the account's page) -> (the page says yes)
today -> date -> who (a code or a name) -> who -> ... -> stop

What the account may do is asked anew with each thing that is said: a chat stays linked while rights come and go.
"""

import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from engage.accounts import User, access, audit, chats
from engage.activities import asking, remembered
from engage.activities.models import Activity, ActivityState, Occurrence, OccurrenceState
from engage.base import wording
from engage.base.config import current_settings
from engage.base.db import db
from engage.base.i18n import gettext as _
from engage.base.i18n import in_language, ngettext
from engage.base.message import Button, Card
from engage.dialog.flows import menu
from engage.dialog.turn import Turn
from engage.dialog.understanding import Intent
from engage.registrations.attendance import Answer, Code, Keeper, Look, Noted, Scan, Way, check_in, lists, scan_of, undo
from engage.registrations.attendance.answers import words_of
from engage.registrations.attendance.checking import CHAT_NONCES, missing
from engage.registrations.attendance.lists import Line

FLOW = "door"
# As much as a message shows well; the page has all of it.
_MOST_DATES, _MOST_NAMES, _MOST_SEATS = 8, 8, 8
_TODAY = re.compile(
    r"/today|/idag|/heute|dagens liste|today'?s list|heutige liste|liste von heute|tjek(?: folk)? ind|check(?: people)? in"
    r"|einchecken",
    re.IGNORECASE,
)
_CLAIM = re.compile(r"(?:/?(?:konto|account))\s+([2-9a-hjkmnp-z]{4}[- ]?[2-9a-hjkmnp-z]{4})", re.IGNORECASE)
_MARKS = {Look.YES: "✅", Look.LOOK: "⚠️", Look.NO: "⛔"}


def command(text: str) -> str | None:
    """The action of what an organiser says, whatever language is spoken."""
    if found := _CLAIM.fullmatch(text):
        return f"{FLOW}:claim:{found[1]}"
    return f"{FLOW}:today" if _TODAY.fullmatch(text) else None


def claim(turn: Turn, code: str) -> None:
    """The chat tells the code that stands on the account's page; the page must say yes."""
    turn.done()
    conversation = turn.conversation
    found = chats.claim(code, conversation.channel, conversation.identifier, now=turn.now)
    turn.say(
        _("Good. Now say yes on your account's page, if it shows the number %(number)s.", number=found.check_number),
        _("Then write “today's list” here."),
        buttons=(Button(_("Today's list"), action="door:today"),),
    )


def today(turn: Turn, _argument: str) -> None:
    """The dates of today that this account may check people in on."""
    account = _account(turn)
    if account is None:
        return
    turn.done()
    found = _dates(account, turn.now)
    if not found:
        turn.say(_("Nothing of yours is on today."), buttons=menu.first_buttons()[:2])
        return
    if len(found) == 1:
        date(turn, found[0].public_id)
        return
    turn.say(_("This is on today. Whom do you receive?"), cards=tuple(_card(each, turn) for each in found))


def date(turn: Turn, name: str) -> None:
    """One date: how many came, who is missing, and the question for a code or a name."""
    here = _here(turn, name)
    if here is None:
        return
    account, occurrence = here
    _record(account, occurrence, "door_seen", turn.now)
    every = lists.lines(occurrence, full_names=_full(account, occurrence))
    turn.ask(FLOW, "who")
    turn.data["door"] = name
    missing = [each for each in every if each.expected and each.came is None]
    said = [_title(occurrence, turn), _sums(every)]
    if missing:
        named = wording.listing([each.name for each in missing[:_MOST_NAMES]])
        more = len(missing) - _MOST_NAMES
        rest = ngettext("and %(number)s more", "and %(number)s more", more) if more > 0 else ""
        said.append(" ".join(filter(None, (_("Not marked yet:"), named, rest))))
    said.append(_("Write a code from a ticket, or at least three letters of a name."))
    turn.say(*said, buttons=(Button(_("That is all"), action="door:stop"),))


def take_who(turn: Turn) -> bool:
    """A code or a name. Other wishes are heard when nobody is called that."""
    here = _here(turn, str(turn.data.get("door", "")))
    if here is None:
        return True
    account, occurrence = here
    scan, every = scan_of(turn.text, _nonce(turn)), lists.lines(occurrence, full_names=_full(account, occurrence))
    if scan.ticket or scan.code:
        answer = check_in(occurrence.id, scan, keeper=Keeper(account.id), now=turn.now)
        if scan.ticket or answer.code != Code.UNKNOWN:
            _told(turn, account, occurrence, answer)
            return True
    found = lists.search(every, turn.text)
    if not found and turn.understanding is not None and turn.understanding.intent != Intent.UNKNOWN:
        return False
    if len(found) == 1 and _left(found[0]) == 1 and found[0].expected and _is_called(found[0], turn.text):
        _noted(turn, account, occurrence, found[0].public_id, None)
    elif found:
        _which(turn, found)
    else:
        turn.say(
            _("Nobody on the list is called that. Write a code, or at least three letters of a name."),
            buttons=(Button(_("That is all"), action="door:stop"),),
        )
    return True


def in_(turn: Turn, argument: str) -> None:
    """A button: so many of one sign-up came."""
    here = _here(turn, str(turn.data.get("door", "")))
    if here is not None:
        sign_up, _point, seats = argument.partition(".")
        _noted(turn, *here, sign_up, int(seats) if seats.isdecimal() else None)


def anyway(turn: Turn, argument: str) -> None:
    """A button: they are let in though a question was not answered; of a group it is asked how many."""
    here = _here(turn, str(turn.data.get("door", "")))
    if here is not None:
        sign_up, _point, seats = argument.partition(".")
        number = int(seats) if seats.isdecimal() else None
        scan = Scan(_nonce(turn), Way.CHAT, sign_up=sign_up, seats=number, anyway=True, asks=True)
        account, occurrence = here
        answer = check_in(occurrence.id, scan, keeper=Keeper(account.id), now=turn.now)
        _told(turn, account, occurrence, answer, way="anyway")


def back(turn: Turn, argument: str) -> None:
    """Take back what the button was about, once, however often it is pressed."""
    here = _here(turn, str(turn.data.get("door", "")))
    if here is None:
        return
    account, occurrence = here
    sign_up, _point, of = argument.partition(".")
    answer = undo(occurrence.id, sign_up, keeper=Keeper(account.id), now=turn.now, of=of)
    _told(turn, account, occurrence, answer)


def absent(turn: Turn, sign_up: str) -> None:
    """Somebody did not come."""
    here = _here(turn, str(turn.data.get("door", "")))
    if here is None:
        return
    account, occurrence = here
    scan = Scan(_nonce(turn), Way.CHAT, sign_up=sign_up, kind=Noted.ABSENT)
    _told(turn, account, occurrence, check_in(occurrence.id, scan, keeper=Keeper(account.id), now=turn.now))


def stop(turn: Turn, _argument: str) -> None:
    """Enough for now."""
    turn.done()
    turn.data.pop("door", None)
    turn.say(_("All right. Write “today's list” when you go on."), buttons=menu.first_buttons()[:2])


def _account(turn: Turn) -> User | None:
    account = chats.account_of(turn.conversation.channel, turn.conversation.identifier)
    if account is None:
        turn.done()
        turn.say(
            _("Today's list is for organisers, in a chat that is linked with their account."),
            _("Link this chat on your account's page: %(link)s", link=current_settings().links.account() + "/chat"),
            buttons=menu.first_buttons()[:3],
        )
    return account


def _here(turn: Turn, name: str) -> tuple[User, Occurrence] | None:
    """The account and the date that is meant, if it may still check people in there; else that is said."""
    account = _account(turn)
    if account is None:
        return None
    occurrence = db.session.scalar(select(Occurrence).where(Occurrence.public_id == name))
    if occurrence is None or not access.may_check_in(account, occurrence.activity.organisation_id):
        turn.done()
        turn.say(_("This list is not yours any more."), buttons=(Button(_("Today's list"), action="door:today"),))
        return None
    return account, occurrence


def _dates(account: User, now: datetime) -> list[Occurrence]:
    zone = current_settings().city.zone
    midnight = wording.midnight(now, zone)
    query = (
        select(Occurrence)
        .join(Activity)
        .where(
            Occurrence.ends_at > now - timedelta(hours=2),
            Occurrence.starts_at < midnight,
            Occurrence.state == OccurrenceState.SCHEDULED,
            Activity.state == ActivityState.PUBLISHED,
        )
        .order_by(Occurrence.starts_at, Occurrence.id)
    )
    if not access.may_review(account):
        query = query.where(Activity.organisation_id.in_([each.organisation_id for each in account.memberships]))
    return list(db.session.scalars(query.limit(_MOST_DATES)))


def _card(occurrence: Occurrence, turn: Turn) -> Card:
    every = lists.lines(occurrence, full_names=False)
    button = Button(_("Check in"), action=f"door:date:{occurrence.public_id}")
    return Card(_title(occurrence, turn), (_sums(every),), None, (button,))


def _title(occurrence: Occurrence, turn: Turn) -> str:
    found = remembered.occurrences([occurrence.id], turn.language)[0]
    return f"{found.title}, {wording.time_range(found.starts_at, found.ends_at, found.zone)}"


def _sums(every: Sequence[Line]) -> str:
    numbers = lists.numbers(every)
    return _("%(came)s of %(expected)s came", came=numbers.came, expected=numbers.expected)


def _left(each: Line) -> int:
    """How many of them are not there yet."""
    return each.seats - each.inside


def _is_called(each: Line, text: str) -> bool:
    """Whether each typed word begins a word of the name: letters within one may be somebody else's, who is not on the list."""
    words = each.name.casefold().replace("-", " ").split()
    return all(any(word.startswith(typed) for word in words) for typed in text.casefold().replace("-", " ").split())


def _which(turn: Turn, found: Sequence[Line], way: str = "in") -> None:
    """Ask who of these is meant, or how many of a group came."""
    buttons = tuple(button for each in found[:_MOST_NAMES] for button in _ways(each, way))
    if len(found) > 1:
        asked = _("Whom do you mean?")
    elif _left(found[0]) == 1:
        asked = _("Is it %(name)s?", name=found[0].name)
    else:
        asked = _("How many came?") if _left(found[0]) > 1 else words_of(Code.ALREADY_IN)
    turn.say(asked, buttons=buttons)


def _ways(each: Line, way: str) -> tuple[Button, ...]:
    left = _left(each)
    if not each.expected or left < 1:
        return (Button(_("Undo: %(name)s", name=each.name), action=f"door:back:{each.public_id}.{each.last}"),)
    if left == 1:
        return (Button(each.name, action=f"door:{way}:{each.public_id}.1"),)
    return tuple(
        Button(f"{each.name}: {number}", action=f"door:{way}:{each.public_id}.{number}")
        for number in range(min(left, _MOST_SEATS), 0, -1)
    )


def _noted(turn: Turn, account: User, occurrence: Occurrence, sign_up: str, seats: int | None) -> None:
    scan = Scan(_nonce(turn), Way.CHAT, sign_up=sign_up, seats=seats)
    _told(turn, account, occurrence, check_in(occurrence.id, scan, keeper=Keeper(account.id), now=turn.now))


_LOGGED = {Code.OK: "checked_in", Code.ABSENT: "marked_absent", Code.UNDONE: "check_in_undone"}


def _told(turn: Turn, account: User, occurrence: Occurrence, answer: Answer, way: str = "in") -> None:
    """The answer in words, with a mark that is seen, and what can be done next."""
    known = answer.registration if answer.code != Code.WRONG_DATE else None
    if known is not None and answer.code == Code.HOW_MANY:
        every = lists.lines(occurrence, full_names=_full(account, occurrence))
        _which(turn, [each for each in every if each.public_id == known.public_id], way)
        return
    name = lists.name(known, full=_full(account, occurrence)) if known is not None else ""
    said = [f"{_MARKS[answer.look]} {answer.words}" + (f": {name}" if name else "")]
    if known is not None and answer.of > 1:
        said.append(_("%(inside)s of %(of)s are in", inside=answer.inside, of=answer.of))
    if answer.at is not None and not answer.good:
        local = answer.at.astimezone(occurrence.timezone)
        said.append(f"{wording.clock(local)}, {answer.by}".strip(" ,"))
    buttons = [Button(_("That is all"), action="door:stop")]
    if known is not None and answer.check_in and answer.code in {Code.OK, Code.ABSENT, Code.ALREADY_IN}:
        buttons.insert(0, Button(_("Undo"), action=f"door:back:{known.public_id}.{answer.check_in}"))
    if known is not None and answer.code == Code.QUESTION_MISSING:
        said += [in_language(each.labels) for each in missing(asking.asked(occurrence.activity_id), known)]
        action = f"door:anyway:{known.public_id}.{answer.seats or ''}"
        buttons.insert(0, Button(_("Let them in anyway"), action=action))
    turn.ask(FLOW, "who")
    turn.say(*said, buttons=tuple(buttons), aside=True)
    if answer.code in _LOGGED and known is not None and not answer.again:
        _record(account, occurrence, _LOGGED[answer.code], turn.now, sign_up=known.public_id)


def _record(account: User, occurrence: Occurrence, action: str, now: datetime, **more: str) -> None:
    about = f"activity:{occurrence.activity.public_id}"
    audit.record(account, f"guests.{action}", about, {"occurrence": occurrence.public_id, "in": "chat", **more}, now)


def _full(account: User, occurrence: Occurrence) -> bool:
    return access.may_see_sign_ups(account, occurrence.activity.organisation_id)


def _nonce(turn: Turn) -> str:
    """One for each turn of this talk, which nobody can guess: a turn that is taken once more is noted once."""
    key, talk = current_settings().secret_key.encode(), turn.conversation
    return CHAT_NONCES + hmac.digest(key, f"door {talk.id} {talk.version}".encode(), hashlib.sha256).hex()[:32]


ACTIONS = {
    "claim": claim, "today": today, "date": date, "in": in_, "anyway": anyway, "back": back, "absent": absent, "stop": stop,
}  # fmt: skip
STEPS = {"who": take_who}
