"""Today's list for who looks after a date, in a chat that is linked with an account; `at_door` notes who comes.

claim (a code from the account's page) -> (the page says yes)
today -> date -> who (a code, a name, or what to note: `at_door`) -> who -> ... -> stop
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from engage.accounts import User, access, chats
from engage.activities import remembered
from engage.activities.models import Activity, ActivityState, Occurrence, OccurrenceState
from engage.base import wording
from engage.base.config import current_settings
from engage.base.db import db
from engage.base.i18n import gettext as _
from engage.base.i18n import ngettext
from engage.base.message import Button, Card
from engage.dialog.flows import menu
from engage.dialog.flows.posts import FLOW, WHO, account_here, here, opened
from engage.dialog.turn import Turn
from engage.registrations.attendance import lists
from engage.registrations.attendance.lists import Line

# As much as a message shows well; the page has all of it.
_MOST_DATES, _MOST_NAMES = 8, 8
_TODAY = re.compile(
    r"/today|/idag|/heute|dagens liste|today'?s list|heutige liste|liste von heute|tjek(?: folk)? ind|check(?: people)? in"
    r"|einchecken",
    re.IGNORECASE,
)
_CLAIM = re.compile(r"(?:/?(?:konto|account))\s+([2-9a-hjkmnp-z]{4}[- ]?[2-9a-hjkmnp-z]{4})", re.IGNORECASE)


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
    account = account_here(turn)
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
    """One date: how many came, who is missing, what one can write, and the rest as buttons."""
    post = opened(turn, name)
    if post is None:
        return
    post.record("door_seen", turn.now)
    every = post.lines()
    turn.ask(FLOW, WHO)
    turn.data["door"] = name
    said = [_title(post.occurrence, turn), _sums(every)]
    missing = [each for each in every if each.expected and each.came is None]
    if missing:
        named = wording.listing([each.name for each in missing[:_MOST_NAMES]])
        more = len(missing) - _MOST_NAMES
        rest = ngettext("and %(number)s more", "and %(number)s more", more) if more > 0 else ""
        said.append(" ".join(filter(None, (_("Not marked yet:"), named, rest))))
    said += [
        _("Write a code from a ticket, or at least three letters of a name."),
        _("You can also write: two without a sign-up, Anna did not come, or Anna leaves."),
    ]
    buttons = [Button(_("Without a sign-up"), action="walk_in:start")]
    buttons += [Button(_("Not there"), action="door:missing")] if missing else []
    buttons += [Button(_("Check out"), action="door:leaving")] if any(each.inside for each in every) else []
    turn.say(*said, buttons=(*buttons, Button(_("That is all"), action="door:stop")))


def again(turn: Turn, _argument: str) -> None:
    """The same date once more, as it stands now."""
    post = here(turn)
    if post is not None:
        date(turn, post.occurrence.public_id)


def stop(turn: Turn, _argument: str) -> None:
    """Enough for now."""
    turn.done()
    for noted in ("door", "door_last", "walk_in"):  # a name that was searched for in vain, too
        turn.data.pop(noted, None)
    turn.say(_("All right. Write “today's list” when you go on."), buttons=menu.first_buttons()[:2])


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


ACTIONS = {"claim": claim, "today": today, "date": date, "again": again, "stop": stop}
