"""Who stands at the door of which date, and what they may do there."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import abort, session, url_for
from sqlalchemy import select

from engage.accounts import User, access, audit
from engage.activities.models import Activity, Occurrence
from engage.base import wording
from engage.base.clock import utc_now
from engage.base.db import db
from engage.base.i18n import gettext as _
from engage.base.i18n import in_language
from engage.registrations import Registration, guests
from engage.registrations.attendance import DoorLink, Keeper, LinkState, door_links
from engage.registrations.attendance.checking import window
from engage.web.login.signed_in import account_or_none

# The link a helper came with, so that a ticket opened with the telephone's own camera leads back to their page.
_LINK = "door_link"


@dataclass(frozen=True, slots=True)
class Post:
    """Somebody at the door of one date: an account that may check in, or a helper with a link."""

    occurrence: Occurrence
    account: User | None
    link: DoorLink | None
    secret: str

    @property
    def keeper(self) -> Keeper:
        return Keeper(self.account.id if self.account else None, self.link.id if self.link else None)

    @property
    def may_override(self) -> bool:
        """Whether they may let in more than there are places, and put hours right."""
        return self.account is not None and access.may_decide_on_sign_ups(self.account, self._organisation)

    @property
    def full_names(self) -> bool:
        """Whole names for who may see the sign-ups anyway; the first name and an initial for all others."""
        return self.account is not None and access.may_see_sign_ups(self.account, self._organisation)

    @property
    def shows_names(self) -> bool:
        """A helper sees nobody any more a day after the end; what they noted before is still taken."""
        if self.link is None:
            return True
        return door_links.state(self.link, self.occurrence, utc_now()) == LinkState.ACTIVE

    @property
    def _organisation(self) -> int:
        return self.occurrence.activity.organisation_id

    @property
    def title(self) -> str:
        return in_language({text.language: text.title for text in self.occurrence.activity.texts}) or _(
            "Without a title"
        )

    def when(self, now: datetime) -> str:
        """The date in words."""
        date = self.occurrence
        words = wording.when(date.starts_at, date.ends_at, date.timezone, now)
        return words[:1].upper() + words[1:]

    def url(self, name: str = "page", **more: Any) -> str:
        """The address of one of the pages at this door."""
        if self.link is not None:
            return url_for(f"door.{name}", token=self.secret, **more)
        date = self.occurrence
        here: dict[str, Any] = {"activity": date.activity.public_id, "occurrence": date.public_id}
        return url_for(f"organiser.door_{name}", **here, **more)

    def record(self, action: str, now: datetime, **facts: Any) -> None:
        """Write into the log what was seen or done: ids only, never a guest's name."""
        known = {"occurrence": self.occurrence.public_id, **facts}
        if self.link is not None:
            known["door_link"] = self.link.public_id
        audit.record(self.account, f"guests.{action}", f"activity:{self.occurrence.activity.public_id}", known, now)

    def opening(self, now: datetime) -> str:
        """Why nobody can be checked in now, in words; "" when they can."""
        opens, closes = window(self.occurrence, self.keeper)
        if now < opens:
            local = opens.astimezone(self.occurrence.timezone)
            return _("Check-in opens %(when)s.", when=f"{wording.long_date(local.date())}, {wording.clock(local)}")
        return _("Check-in is closed.") if now > closes else ""


def of_organiser(account: User, activity: str, occurrence: str) -> Post:
    """The post of an account. Answers 404 when there is no such date, or not theirs to check in."""
    query = select(Occurrence).join(Activity).where(Occurrence.public_id == occurrence)
    found = db.session.scalar(query.where(Activity.public_id == activity))
    if found is None or not access.may_check_in(account, found.activity.organisation_id):
        abort(404)
    return Post(found, account, None, "")


def of_helper(secret: str, now: datetime) -> Post:
    """The post of who has a link. Raises `DoorShut` when it is good for nothing now."""
    link, occurrence = door_links.opened(secret, now=now)
    return Post(occurrence, None, link, secret)


def remember(post: Post) -> None:
    """Keep in this browser that its owner is a helper at this door."""
    if session.get(_LINK) != post.secret:
        session[_LINK] = post.secret


def way_in(registration: Registration, ticket: str, now: datetime) -> str:
    """Where somebody who may check in this ticket does so; "" for everybody else, who see the ticket itself."""
    account, secret = account_or_none(), session.get(_LINK)
    date = _at_hand(registration, now)
    if account is not None and access.may_check_in(account, date.activity.organisation_id):
        return Post(date, account, None, "").url(billet=ticket)
    if isinstance(secret, str) and secret:
        try:
            post = of_helper(secret, now)
        except door_links.DoorShut:
            return ""
        # Once the date is over their browser is anybody's again, and shows the tickets of others as what they are.
        belongs = registration.pool_id in guests.pool_ids(post.occurrence.id)
        return post.url(billet=ticket) if post.shows_names or belongs else ""
    return ""


def _at_hand(registration: Registration, now: datetime) -> Occurrence:
    """The date somebody with this sign-up most likely stands at: in a course, the one that is nearest now."""
    if registration.pool.course_id is None:
        return registration.occurrence
    dates: Iterable[Occurrence] = registration.occurrence.activity.occurrences
    mine = [each for each in dates if registration.pool_id in guests.pool_ids(each.id)]
    return min(mine, key=lambda each: abs(each.starts_at - now), default=registration.occurrence)
