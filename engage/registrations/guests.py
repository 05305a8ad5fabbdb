"""Who comes to a date, for those who look after it: the list with its filters, the numbers over it, and what waits for an answer.

A course has one list for all its dates. A date with roles has one list too, which can be narrowed to one of them.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.orm import joinedload

from engage.activities.models import Activity, Occurrence, OccurrenceState, Pool
from engage.activities.plans import ShiftRole
from engage.base.db import db
from engage.people import reaching
from engage.registrations import pools
from engage.registrations.models import LIVE, Hold, Registration, State, Step

PER_PAGE = 100
_MOST_ON_HOME = 20
ENDED = tuple(state for state in State if state not in LIVE)
# What is to be done comes first, then who comes, then who may come.
_ORDER = {
    State.PENDING_APPROVAL: 0, State.CONFIRMED: 1, State.OFFERED: 2, State.WAITING: 3, State.PENDING_EMAIL: 4,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Numbers:
    """How the seats of a date, or of one role, stand. All are seats but `to_approve`, which counts sign-ups.

    `unproven` are of sign-ups whose address is not confirmed yet. `free` None is no limit.
    """

    capacity: int | None
    reserved: int
    confirmed: int
    to_approve: int
    approving: int
    offered: int
    waiting: int
    unproven: int
    held: int
    free: int | None
    over: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is narrowed to: states, a role, words that stand in the name, and certain sign-ups by their ids."""

    states: Sequence[State] = LIVE
    role: str = ""
    words: str = ""
    page: int = 1
    among: Collection[int] | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the list, and how many there are in all; pages count from 1."""

    registrations: tuple[Registration, ...]
    count: int
    number: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.count // PER_PAGE))


def pool_ids(occurrence_id: int, role: str = "") -> list[int]:
    """The pools whose sign-ups stand in one list: the course's, or the date's own with those of its roles; or one role's."""
    room = pools.look(occurrence_id, role)
    if room is None:
        return []
    if role or room.course:
        return [room.pool_id]
    return list(db.session.scalars(select(Pool.id).where(Pool.occurrence_id == occurrence_id).order_by(Pool.id)))


def numbers(occurrence_id: int, role: str = "") -> Numbers | None:
    """The numbers over the list; None when there is no such date or role."""
    room, ids = pools.look(occurrence_id, role), pool_ids(occurrence_id, role)
    if room is None:
        return None
    taken = func.coalesce(func.sum(func.coalesce(Registration.offered_seats, Registration.seats)), 0)
    query = select(Registration.state, Registration.verified_at.is_(None), taken, func.count())
    query = query.where(Registration.pool_id.in_(ids), Registration.state.in_(LIVE))
    seats: dict[State, int] = {}
    unproven = counted = 0
    for state, is_unproven, number, count in db.session.execute(
        query.group_by(Registration.state, Registration.verified_at.is_(None))
    ):
        if is_unproven:
            unproven += number
        else:
            seats[state] = number
            counted += count if state == State.PENDING_APPROVAL else 0
    held = db.session.scalar(select(func.coalesce(func.sum(Hold.seats), 0)).where(Hold.pool_id.in_(ids))) or 0
    bound = None if room.capacity is None else room.capacity - room.reserved
    return Numbers(
        capacity=room.capacity,
        reserved=room.reserved,
        confirmed=seats.get(State.CONFIRMED, 0),
        to_approve=counted,
        approving=seats.get(State.PENDING_APPROVAL, 0),
        offered=seats.get(State.OFFERED, 0),
        waiting=seats.get(State.WAITING, 0),
        unproven=unproven,
        held=int(held),
        free=room.left,
        over=max(0, room.occupied - bound) if bound is not None else 0,
    )


def page(occurrence_id: int, wanted: Wanted) -> Page:
    """The sign-ups of a date that are wanted: what needs an answer first, then by name."""
    found = select(Registration).where(*_narrowing(occurrence_id, wanted), Registration.state.in_(wanted.states))
    count = db.session.scalar(select(func.count()).select_from(found.subquery())) or 0
    number = min(max(1, wanted.page), max(1, -(-count // PER_PAGE)))
    order = case(_ORDER, value=Registration.state, else_=len(_ORDER)), func.lower(Registration.name), Registration.id
    shown = found.options(joinedload(Registration.pool).joinedload(Pool.role), joinedload(Registration.occurrence))
    rows = db.session.scalars(shown.order_by(*order).offset((number - 1) * PER_PAGE).limit(PER_PAGE))
    return Page(tuple(rows), count, number)


def every(occurrence_id: int, wanted: Wanted) -> list[Registration]:
    """All sign-ups of a date that are wanted, by name, for a list that is taken along."""
    found = select(Registration).where(*_narrowing(occurrence_id, wanted), Registration.state.in_(wanted.states))
    shown = found.options(joinedload(Registration.pool).joinedload(Pool.role), joinedload(Registration.occurrence))
    return list(db.session.scalars(shown.order_by(func.lower(Registration.name), Registration.id)))


def counts(occurrence_id: int, wanted: Wanted) -> dict[State, int]:
    """How many sign-ups there are in each state, for the filters beside the list."""
    query = select(Registration.state, func.count()).where(*_narrowing(occurrence_id, wanted))
    return {State(state): count for state, count in db.session.execute(query.group_by(Registration.state))}


def _narrowing(occurrence_id: int, wanted: Wanted) -> list[ColumnElement[bool]]:
    named = [or_(*_called(word)) for word in wanted.words.split()[:8]]
    among = [Registration.id.in_(wanted.among)] if wanted.among is not None else []
    return [Registration.pool_id.in_(pool_ids(occurrence_id, wanted.role)), *named, *among]


def _called(word: str) -> Iterable[ColumnElement[bool]]:
    yield Registration.name.icontains(word, autoescape=True)
    yield Registration.school_class["school"].astext.icontains(word, autoescape=True)
    yield Registration.school_class["class"].astext.icontains(word, autoescape=True)


def of_date(occurrence_id: int, registration_public_id: str) -> Registration | None:
    """The sign-up with this public id, if it stands in the list of this date."""
    query = select(Registration).where(
        Registration.public_id == registration_public_id, Registration.pool_id.in_(pool_ids(occurrence_id))
    )
    return db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def history(registration: Registration) -> list[Step]:
    """What happened to a sign-up, in order."""
    query = select(Step).where(Step.registration_id == registration.id).order_by(Step.id)
    return list(db.session.scalars(query))


def must_be_phoned(registration: Registration) -> bool:
    """Whether no letter reaches them: there is no e-mail, and no chat that is known to be theirs."""
    return not registration.email and not reaching.ways(registration.person_id, sms=True)


def only_by_phone(registrations: Sequence[Registration]) -> set[int]:
    """Ids of those whom no letter reaches, see `must_be_phoned`."""
    without = [each for each in registrations if not each.email]
    ways = reaching.first_ways([(each.person_id, None) for each in without], sms=True)
    return {each.id for each, way in zip(without, ways, strict=True) if not way}


def roles(occurrence_id: int) -> list[ShiftRole]:
    """The roles of a date that people sign up for, in the organiser's order."""
    query = select(ShiftRole).join(Pool, Pool.role_id == ShiftRole.id).where(Pool.occurrence_id == occurrence_id)
    return list(db.session.scalars(query.order_by(ShiftRole.position, ShiftRole.id)))


def to_approve(activity_id: int) -> dict[int, int]:
    """How many sign-ups wait for an answer, by the date's id; a course's by 0."""
    query = select(func.coalesce(Pool.occurrence_id, 0), func.count()).join(Registration.pool)
    query = query.outerjoin(Occurrence, Pool.occurrence_id == Occurrence.id).where(
        Registration.state == State.PENDING_APPROVAL,
        or_(Occurrence.activity_id == activity_id, Pool.course_id == activity_id),
    )
    rows = db.session.execute(query.group_by(Pool.occurrence_id))
    return {date: sign_ups for date, sign_ups in rows}  # noqa: C416  (rows are no pairs to the types)


@dataclass(frozen=True, slots=True)
class Asking:
    """A date whose organiser has not answered so many sign-ups; of a course the first of its dates that one asks for."""

    occurrence_id: int
    sign_ups: int


def asking_for_approval(organisation_id: int, now: datetime) -> list[Asking]:
    """The coming dates of an organisation on which sign-ups wait for an answer, the next one first."""
    query = (
        select(func.min(Registration.occurrence_id), func.count())
        .join(Occurrence, Registration.occurrence_id == Occurrence.id)
        .join(Activity, Occurrence.activity_id == Activity.id)
        .join(Pool, Registration.pool_id == Pool.id)
        .where(*_ask([organisation_id], now))
        .group_by(Pool.occurrence_id, Pool.course_id)
        .order_by(func.min(Occurrence.starts_at))
    )
    return [Asking(*row) for row in db.session.execute(query.limit(_MOST_ON_HOME))]


def ask_of_each(organisations: Collection[int], now: datetime) -> dict[int, int]:
    """How many sign-ups wait for the answer of each of these organisations, where any does."""
    query = (
        select(Activity.organisation_id, func.count())
        .select_from(Registration)
        .join(Occurrence, Registration.occurrence_id == Occurrence.id)
        .join(Activity, Occurrence.activity_id == Activity.id)
        .where(*_ask(organisations, now))
        .group_by(Activity.organisation_id)
    )
    rows = db.session.execute(query)
    return {organisation: number for organisation, number in rows}  # noqa: C416  (rows are no pairs to the types)


def _ask(organisations: Collection[int], now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        Registration.state == State.PENDING_APPROVAL,
        Activity.organisation_id.in_(organisations),
        Occurrence.state == OccurrenceState.SCHEDULED,
        Occurrence.ends_at > now,
    )
