"""Who has looked at somebody's sign-up, for that person: from the log of what organisers and staff did, by day and organisation.

The log notes that a list was opened, taken along as a file or printed, not whose name somebody's eyes stopped at. What is
told here is therefore that a list which a sign-up stands in was looked at, and never an employee's name.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, cast, select
from sqlalchemy.dialects.postgresql import ARRAY, array

from engage.accounts import Organisation
from engage.accounts.audit import AuditEntry
from engage.accounts.models import Membership
from engage.activities.models import Activity, Occurrence, SignUpMode
from engage.base.config import current_settings
from engage.base.db import db
from engage.registrations.models import Registration

# What shows names: by the word it stands for.
SEEN = {
    "guests.seen": "list", "guests.line_seen": "list", "guests.one_seen": "one", "guests.exported": "file",
    "guests.printed": "paper", "guests.door_seen": "door", "guests.door_loaded": "door", "guests.hours_seen": "list",
}  # fmt: skip
# A list over all dates, of whom to phone: its line in the log names the sign-ups that stood in it.
PHONE_LIST = "phone:list"
_MOST = 2000


@dataclass(frozen=True, slots=True)
class Look:
    """That a list with a sign-up, or the sign-up itself, was looked at: on which day, by whom, and in which ways (see `SEEN`).

    A way besides is "call", the list of whom to phone. `by` is the organisation's name; the city's own staff are the city, and so
    is an account that is gone. `by_helper` is somebody at the door, let in by the organisation without an account.
    """

    day: date
    by: str
    by_helper: bool
    ways: tuple[str, ...]


def looks(registration: Registration) -> list[Look]:
    """Who has looked since somebody signed up, the last day first, as far back as the log is kept."""
    zone, authority = current_settings().city.zone, current_settings().city.controller
    activity = db.session.get_one(Activity, db.session.get_one(Occurrence, registration.occurrence_id).activity_id)
    organiser = db.session.get_one(Organisation, activity.organisation_id)
    rows = sorted([*_entries(registration, activity), *_calls(registration)], key=lambda each: each.at, reverse=True)
    members = _members(organiser.id, {each.by_id for each in rows if each.by_id})
    found: dict[tuple[date, str, bool], dict[str, None]] = {}
    for each in rows:
        helper = "door_link" in each.facts
        by = organiser.name if helper or each.by_id in members else authority
        found.setdefault((each.at.astimezone(zone).date(), by, helper), {})[SEEN.get(each.action, "call")] = None
    return [Look(day, by, helper, tuple(sorted(ways))) for (day, by, helper), ways in found.items()]


def _entries(registration: Registration, activity: Activity) -> list[AuditEntry]:
    """Those about this sign-up, or about a list it stands in."""
    mine = (AuditEntry.about == f"activity:{activity.public_id}") & AuditEntry.action.in_(SEEN)
    since = AuditEntry.at >= registration.joined_at
    about_one = AuditEntry.facts["sign_up"].astext
    this = about_one.is_(None) | (about_one == registration.public_id)
    query = select(AuditEntry).where(mine, since, this)
    # A course has one list for all its dates, whichever of them it was opened from.
    if activity.sign_up != SignUpMode.WHOLE_COURSE:
        occurrence = db.session.get_one(Occurrence, registration.occurrence_id)
        query = query.where(AuditEntry.facts["occurrence"].astext == occurrence.public_id)
    return list(db.session.scalars(query.order_by(AuditEntry.at.desc(), AuditEntry.id.desc()).limit(_MOST)))


def in_phone_list(sign_ups: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a line of the log is a look at whom to phone that showed one of these sign-ups, by an array of public ids."""
    return and_(AuditEntry.about == PHONE_LIST, AuditEntry.facts["sign_ups"].op("?|")(cast(sign_ups, ARRAY(Text))))


def _calls(registration: Registration) -> list[AuditEntry]:
    shown = in_phone_list(array([registration.public_id]))
    since = AuditEntry.at >= registration.joined_at
    return list(db.session.scalars(select(AuditEntry).where(shown, since).order_by(AuditEntry.id.desc()).limit(_MOST)))


def _members(organisation_id: int, accounts: set[int]) -> set[int]:
    query = select(Membership.user_id).where(Membership.organisation_id == organisation_id)
    return set(db.session.scalars(query.where(Membership.user_id.in_(accounts))))
