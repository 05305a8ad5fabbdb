"""Roles of a volunteer activity: what is to be done, by how many, and what must be shown first.

Each role has a pool of its own on each date, and people sign up for a role. A date's own pool has as many places as its roles
need together, and counts what they have taken.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time

from sqlalchemy import or_, select
from sqlalchemy.orm import selectinload

from engage.activities.models import Activity, Occurrence, Pool
from engage.activities.plans import ShiftRole
from engage.base.db import db
from engage.base.errors import Refusal
from engage.base.i18n import lazy_gettext as _l
from engage.base.identifiers import public_id

MOST_ROLES = 20


class RoleNameMissing(Refusal):
    """The role has no name in any language."""

    code = "role_name_missing"
    message = _l("Write what the role is called.")


class TooManyRoles(Refusal):
    """The activity has as many roles as a page can show."""

    code = "too_many_roles"
    message = _l("An activity can have %(most)s roles. Put some of them together.")


@dataclass(frozen=True, slots=True)
class RoleInput:
    """What an organiser writes of a role; `capacity` None is as many as come. Clock times stand both or neither."""

    names: Mapping[str, str]
    texts: Mapping[str, str] = field(default_factory=dict)
    vetting: Mapping[str, str] = field(default_factory=dict)
    begins: time | None = None
    ends: time | None = None
    capacity: int | None = None


@dataclass(frozen=True, slots=True)
class Need:
    """A role on one date: how many it needs, how many have it, and how many seats are waited for."""

    role: ShiftRole
    capacity: int | None
    occupied: int
    waiting: int = 0


def roles(activity_id: int) -> list[ShiftRole]:
    """The roles an activity has now, in the organiser's order."""
    query = select(ShiftRole).where(ShiftRole.activity_id == activity_id, ShiftRole.removed_at.is_(None))
    return list(db.session.scalars(query.order_by(ShiftRole.position, ShiftRole.id)))


def needs(occurrence_id: int) -> list[Need]:
    """What is needed on one date, in the organiser's order."""
    query = (
        select(ShiftRole, Pool.capacity, Pool.occupied, Pool.waiting)
        .join(Pool, Pool.role_id == ShiftRole.id)
        .join(Occurrence, Pool.occurrence_id == Occurrence.id)
        .where(Pool.occurrence_id == occurrence_id)
        .where(or_(ShiftRole.removed_at.is_(None), Occurrence.starts_at < ShiftRole.removed_at, Pool.occupied > 0))
        .order_by(ShiftRole.position, ShiftRole.id)
    )
    return [Need(*row) for row in db.session.execute(query)]


def needs_of(occurrence: Occurrence) -> list[Need]:
    """What `needs` tells, of a date that is read already."""
    found = [Need(pool.role, pool.capacity, pool.occupied, pool.waiting) for pool in occurrence.role_pools if pool.role]
    return sorted(found, key=lambda need: (need.role.position, need.role.id))


def total(numbers: Iterable[int | None]) -> int | None:
    """The places of a date whose roles need so many; None, no limit, when one role takes as many as come."""
    known = list(numbers)
    return None if None in known else sum(number for number in known if number is not None)


def add_role(activity_id: int, wanted: RoleInput, *, now: datetime) -> ShiftRole:
    """Add a role, and a pool for it on every coming date. Refuses with `RoleNameMissing` or `TooManyRoles`."""
    there = roles(activity_id)
    if len(there) >= MOST_ROLES:
        raise TooManyRoles(most=MOST_ROLES)
    role = ShiftRole(public_id=public_id(), activity_id=activity_id, position=len(there), **_values(wanted))
    db.session.add(role)
    db.session.flush()
    for occurrence in _coming(activity_id, now):
        occurrence.role_pools.append(Pool(role_id=role.id, capacity=wanted.capacity))
        _add_up(occurrence, now)
    return _touched(role, now)


def change_role(role: ShiftRole, wanted: RoleInput, *, now: datetime) -> ShiftRole:
    """Change a role. Coming dates that needed as many as it said before follow; those with a number of their own keep it."""
    before = role.capacity
    for name, value in _values(wanted).items():
        setattr(role, name, value)
    for occurrence in _coming(role.activity_id, now):
        for pool in occurrence.role_pools:
            if pool.role_id == role.id and pool.capacity == before:
                pool.capacity = wanted.capacity
        _add_up(occurrence, now)
    return _touched(role, now)


def remove_role(role: ShiftRole, *, now: datetime, kept: Collection[int] = ()) -> None:
    """Take a role away from what is to come; dates that are past keep it. Without any role left, a date's places stay.

    The pools in `kept`, which sign-ups of the past still name, stay without places.
    """
    role.removed_at = now
    for occurrence in _coming(role.activity_id, now):
        for pool in [each for each in occurrence.role_pools if each.role_id == role.id]:
            if pool.id in kept:
                pool.capacity = 0
            else:
                occurrence.role_pools.remove(pool)
        _add_up(occurrence, now)
    _touched(role, now)


def copy_roles(activity_id: int, to_activity_id: int) -> None:
    """Give another activity the roles this one has now."""
    for role in roles(activity_id):
        values = {name: getattr(role, name) for name in ("position", "begins", "ends", "capacity")}
        texts = {name: dict(getattr(role, name)) for name in ("names", "texts", "vetting")}
        db.session.add(ShiftRole(public_id=public_id(), activity_id=to_activity_id, **values, **texts))
    db.session.flush()


def _values(wanted: RoleInput) -> dict[str, object]:
    names = _said(wanted.names)
    if not names:
        raise RoleNameMissing
    return {
        "names": names,
        "texts": _said(wanted.texts),
        "vetting": _said(wanted.vetting),
        "begins": wanted.begins,
        "ends": wanted.ends,
        "capacity": wanted.capacity,
    }


def _said(texts: Mapping[str, str]) -> dict[str, str]:
    return {language: text.strip() for language, text in texts.items() if text.strip()}


def _coming(activity_id: int, now: datetime) -> list[Occurrence]:
    """Dates whose numbers may still change, with their pools locked in the order everybody locks them in."""
    coming = (Occurrence.activity_id == activity_id) & (Occurrence.starts_at > now)
    ids = db.session.scalars(select(Occurrence.id).where(coming)).all()
    db.session.execute(
        select(Pool.id).where(Pool.occurrence_id.in_(ids), Pool.role_id.is_(None)).order_by(Pool.occurrence_id)
        .with_for_update()
    )  # fmt: skip
    loaded = select(Occurrence).where(Occurrence.id.in_(ids)).order_by(Occurrence.id)
    loaded = loaded.options(selectinload(Occurrence.pool), selectinload(Occurrence.role_pools))
    return list(db.session.scalars(loaded.execution_options(populate_existing=True)))


def _add_up(occurrence: Occurrence, now: datetime) -> None:
    if any(pool.capacity != 0 for pool in occurrence.role_pools):
        occurrence.pool.capacity = total(pool.capacity for pool in occurrence.role_pools)
    occurrence.updated_at = now


def _touched(role: ShiftRole, now: datetime) -> ShiftRole:
    db.session.get_one(Activity, role.activity_id).updated_at = now
    db.session.flush()
    return role
