"""Links for helpers at the door who have no account: for one date, for check-in alone, and taken back at any time.

The list can be loaded from the day before, people are checked in from two hours before to two hours after, and what was noted
without a connection is taken for a week. The secret is shown once; what is kept is its hash.
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import delete, select

from engage.activities.models import Occurrence
from engage.base.config import current_settings
from engage.base.db import db
from engage.base.errors import Refusal
from engage.base.i18n import lazy_gettext as _l
from engage.base.identifiers import public_id
from engage.registrations.application import one_line
from engage.registrations.attendance.models import DoorLink

LOADS_BEFORE, SYNCS_AFTER = timedelta(days=1), timedelta(days=7)
LONGEST_LABEL, MOST = 60, 20


class LabelMissing(Refusal):
    """A link without a name could not be told from the others when one is to be taken back."""

    code = "label_missing"
    message = _l("Write whom the link is for, such as “Ida at the main door”.")


class TooManyLinks(Refusal):
    """One date has as many links as it may have."""

    code = "too_many_links"
    message = _l("There are %(most)s links for this date already. Close one first.")


class DoorShut(Refusal):
    """The link is unknown, was taken back, or its time is over or has not come."""

    code = "door_shut"
    message = _l("This link does not open check-in now. Ask the organiser for a new one.")


class DoorNotYetOpen(DoorShut):
    """It is too early."""

    message = _l("This link opens the day before the activity. Come back then.")


class LinkState(StrEnum):
    """What a link is good for now."""

    EARLY = "early"
    ACTIVE = "active"
    SYNCS = "syncs"
    EXPIRED = "expired"
    REVOKED = "revoked"


def make(occurrence_id: int, label: str, *, by: int, now: datetime) -> tuple[DoorLink, str]:
    """A new link for a date, and its secret, which is told only now. Refuses with `LabelMissing` or `TooManyLinks`."""
    label = one_line(label, LONGEST_LABEL)
    if not label:
        raise LabelMissing
    if sum(each.revoked_at is None for each in of_date(occurrence_id)) >= MOST:
        raise TooManyLinks(most=MOST)
    secret = secrets.token_urlsafe(24)
    link = DoorLink(
        public_id=public_id(12),
        occurrence_id=occurrence_id,
        hash=_hash(secret),
        label=label,
        made_by_id=by,
        made_at=now,
    )
    db.session.add(link)
    db.session.flush()
    return link, secret


def revoke(occurrence_id: int, link_public_id: str, *, now: datetime) -> DoorLink | None:
    """Take a link back at once. Twice changes nothing; None when this date has no such link."""
    query = select(DoorLink).where(DoorLink.occurrence_id == occurrence_id, DoorLink.public_id == link_public_id)
    link = db.session.scalar(query.with_for_update())
    if link is not None and link.revoked_at is None:
        link.revoked_at = now
        db.session.flush()
    return link


def of_date(occurrence_id: int) -> list[DoorLink]:
    """The links of a date, the newest first."""
    query = select(DoorLink).where(DoorLink.occurrence_id == occurrence_id).order_by(DoorLink.id.desc())
    return list(db.session.scalars(query))


def opened(secret: str, *, now: datetime) -> tuple[DoorLink, Occurrence]:
    """The link with this secret and its date, while it is good for anything. Refuses with `DoorShut`."""
    link = db.session.scalar(select(DoorLink).where(DoorLink.hash == _hash(secret)))
    if link is None:
        raise DoorShut
    occurrence = db.session.get_one(Occurrence, link.occurrence_id)
    standing = state(link, occurrence, now)
    if standing == LinkState.EARLY:
        raise DoorNotYetOpen
    if standing in {LinkState.REVOKED, LinkState.EXPIRED}:
        raise DoorShut
    return link, occurrence


def state(link: DoorLink, occurrence: Occurrence, now: datetime) -> LinkState:
    """What a link is good for now: `SYNCS` takes what was noted in time, and shows no names any more."""
    if link.revoked_at is not None:
        return LinkState.REVOKED
    if now < occurrence.starts_at - LOADS_BEFORE:
        return LinkState.EARLY
    if now > occurrence.ends_at + SYNCS_AFTER:
        return LinkState.EXPIRED
    return LinkState.ACTIVE if now <= occurrence.ends_at + LOADS_BEFORE else LinkState.SYNCS


def expire(now: datetime) -> int:
    """Delete links of dates that ended longer ago than the log is kept: what a link is called may name a helper."""
    over = select(Occurrence.id).where(Occurrence.ends_at < now - current_settings().city.keep_audit)
    gone = db.session.execute(delete(DoorLink).where(DoorLink.occurrence_id.in_(over)))
    return int(gone.rowcount)  # type: ignore[attr-defined]


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
