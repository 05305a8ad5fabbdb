"""Who stands at the door in a chat, and at which date: part of `door`, `at_door` and `walk_in`.

What the account may do is asked anew with each thing that is said: a chat stays linked while rights come and go.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from engage.accounts import User, access, audit, chats
from engage.activities.models import Occurrence
from engage.base.config import current_settings
from engage.base.db import db
from engage.base.i18n import gettext as _
from engage.base.message import Button
from engage.dialog.flows import menu
from engage.dialog.turn import Turn
from engage.registrations.attendance import Keeper, lists
from engage.registrations.attendance.checking import CHAT_NONCES
from engage.registrations.attendance.lists import Line

FLOW, WHO = "door", "who"


@dataclass(frozen=True, slots=True)
class Post:
    """An account at the door of one date."""

    occurrence: Occurrence
    account: User

    @property
    def keeper(self) -> Keeper:
        return Keeper(self.account.id)

    @property
    def full_names(self) -> bool:
        """Whole names for who may see the sign-ups anyway."""
        return access.may_see_sign_ups(self.account, self.occurrence.activity.organisation_id)

    @property
    def may_override(self) -> bool:
        """Whether they may let in more than there are places."""
        return access.may_decide_on_sign_ups(self.account, self.occurrence.activity.organisation_id)

    def lines(self) -> list[Line]:
        """Who is expected or was noted, by name."""
        return lists.lines(self.occurrence, full_names=self.full_names)

    def record(self, action: str, now: datetime, **more: str) -> None:
        """Write into the log what was seen or done: ids only."""
        about = f"activity:{self.occurrence.activity.public_id}"
        facts = {"occurrence": self.occurrence.public_id, "in": "chat", **more}
        audit.record(self.account, f"guests.{action}", about, facts, now)


def account_here(turn: Turn) -> User | None:
    """The account this chat speaks for; None where there is none, and then that is said."""
    account = chats.account_of(turn.conversation.channel, turn.conversation.identifier)
    if account is None:
        turn.done()
        turn.say(
            _("Today's list is for organisers, in a chat that is linked with their account."),
            _("Link this chat on your account's page: %(link)s", link=current_settings().links.account() + "/chat"),
            buttons=menu.first_buttons()[:3],
        )
    return account


def here(turn: Turn) -> Post | None:
    """The post at the date that this talk is at; None where it is at none (any more), and then that is said."""
    name = str(turn.data.get("door", ""))
    if name:
        return opened(turn, name)
    if account_here(turn) is not None:
        turn.say(
            _("The list is closed here. Open it once more, and nothing that was noted is lost."),
            buttons=(Button(_("Today's list"), action="door:today"),),
            aside=True,
        )
    return None


def opened(turn: Turn, name: str) -> Post | None:
    """The post at the date of this name, if the account may still check people in there; else that is said."""
    account = account_here(turn)
    if account is None:
        return None
    occurrence = db.session.scalar(select(Occurrence).where(Occurrence.public_id == name))
    if occurrence is None or not access.may_check_in(account, occurrence.activity.organisation_id):
        turn.done()
        turn.data.pop("door", None)
        turn.say(_("This list is not yours any more."), buttons=(Button(_("Today's list"), action="door:today"),))
        return None
    return Post(occurrence, account)


def nonce(turn: Turn, of: str = "") -> str:
    """One for each turn of this talk, which nobody can guess: a turn that is taken once more is noted once.

    `of` names a button, which is noted once, too, however often it is pressed.
    """
    talk = turn.conversation
    said = f"door {talk.id} {of or talk.version}"
    return CHAT_NONCES + hmac.digest(current_settings().secret_key.encode(), said.encode(), hashlib.sha256).hex()[:32]
