"""Two persons that turn out to be one: what both have signed up for becomes one's, and can be taken apart again for a week.

Who is who was shown by both sides before (`linking`); nothing here looks at names or addresses.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, String, Table, delete, select, text, update
from sqlalchemy.orm import Mapped, mapped_column

from engage import outbox, people
from engage.base.config import current_settings
from engage.base.db import Base, db
from engage.base.errors import Refusal
from engage.base.i18n import lazy_gettext as _l
from engage.base.identifiers import public_id
from engage.people import Address, Person, identity
from engage.registrations import leaving, notices, offers, phone_marks, pools, rows, steps, waiting
from engage.registrations.models import LIVE, Answered, Registration, State
from engage.registrations.rows import locked
from engage.registrations.steps import Because

UNDONE_WITHIN = timedelta(days=7)
# The better one of two live sign-ups for the same is kept; among equals the one that was there first.
_BETTER = (State.CONFIRMED, State.OFFERED, State.WAITING, State.PENDING_APPROVAL, State.PENDING_EMAIL)


class NotMergedAnyMore(Refusal):
    """It was taken apart already, or too long ago to be."""

    code = "not_merged_any_more"
    message = _l("This was undone before, or it is more than %(days)s days ago and cannot be undone.")


class PersonMerge(Base):
    """What became one person's: `gone_id` is the person it came from, who stays behind without anything until this row goes.

    `moved` holds the ids of rows by table, and under `emailed` the sign-ups that got the person's address; `doubles` are
    `{"kept", "dropped", "state", "seats", "added"}`: two sign-ups for the same, what the dropped one was, and the seats that the
    kept one got from it. Ids only: it tells nothing of anybody once they are forgotten.
    """

    __tablename__ = "person_merge"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    kept_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    gone_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    channel: Mapped[str] = mapped_column(String(20))
    moved: Mapped[dict[str, Any]]
    doubles: Mapped[list[dict[str, Any]]]
    made_at: Mapped[datetime] = mapped_column(index=True)
    undone_at: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class Double:
    """Two live sign-ups for the same. `together` is the number of places if both are meant, 0 where that cannot be."""

    kept: Registration
    dropped: Registration
    together: int


def doubles(kept_id: int, gone_id: int) -> list[Double]:
    """What both have signed up for, and which of the two would be kept."""
    live = select(Registration).where(Registration.person_id.in_([kept_id, gone_id]), Registration.state.in_(LIVE))
    by_pool: dict[int, list[Registration]] = {}
    for registration in db.session.scalars(live.order_by(Registration.pool_id, Registration.id)):
        by_pool.setdefault(registration.pool_id, []).append(registration)
    found = []
    for both in by_pool.values():
        if len(both) == 2:
            first, second = sorted(both, key=_rank)
            found.append(Double(first, second, _together(first, second)))
    return found


def _rank(registration: Registration) -> tuple[bool, int, datetime, int]:
    unproven = registration.verified_at is None
    return unproven, _BETTER.index(State(registration.state)), registration.joined_at, registration.id


def _together(first: Registration, second: Registration) -> int:
    """Both seats in one sign-up, where both are had and one may have so many: that gives nobody a seat they had not."""
    seats = first.seats + second.seats
    if first.state != State.CONFIRMED or second.state != State.CONFIRMED or first.school_class:
        return 0
    room = pools.look(first.occurrence_id, first.pool.role.public_id if first.pool.role else "")
    most = (room.group_most if room else None) or current_settings().largest_group
    return seats if seats <= most else 0


def merge(
    kept_id: int, gone_id: int, *, channel: str, together: frozenset[str] = frozenset(), now: datetime
) -> PersonMerge:
    """Make all that is of person `gone_id` person `kept_id`'s. Of two sign-ups for the same the better one stays.

    `together` are the public ids of kept sign-ups whose person said that they meant both. What is dropped frees its seats, and
    who waits is served. Nobody is written to. It can be undone for a week.
    """
    # Persons before pools, in the order of their ids, as signing up and forgetting take them: nobody waits in a circle.
    for person_id in sorted((kept_id, gone_id)):
        identity.hold(person_id)
    found = doubles(kept_id, gone_id)
    pools.lock_all([each.kept.occurrence_id for each in found])
    # Looked at again under the lock: one of them may have been cancelled or moved up meanwhile.
    db.session.expire_all()
    merged = [_fold(each, each.kept.public_id in together, now) for each in doubles(kept_id, gone_id)]
    moved = _move(gone_id, kept_id)
    _remember_year(kept_id, gone_id)
    moved["emailed"] = _give_address(kept_id, moved.get("registration", []))
    record = PersonMerge(
        public_id=public_id(12),
        kept_id=kept_id,
        gone_id=gone_id,
        channel=channel,
        moved=moved,
        doubles=merged,
        made_at=now,
    )
    db.session.add(record)
    db.session.flush()
    db.session.expire_all()
    return record


def _remember_year(kept_id: int, gone_id: int) -> None:
    """Who one of the two had a place as before is not new as the other."""
    kept, gone = (db.session.get_one(Person, number) for number in (kept_id, gone_id))
    if gone.last_place_year is not None:
        kept.last_place_year = max(kept.last_place_year or 0, gone.last_place_year)


def _fold(double: Double, both_meant: bool, now: datetime) -> dict[str, Any]:
    """Keep the better of two sign-ups; the other ends, and its seats go on unless they were meant too."""
    kept, dropped = double.kept, double.dropped
    added = dropped.seats if both_meant and double.together else 0
    folded = {
        "kept": kept.id,
        "dropped": dropped.id,
        "state": State(dropped.state).value,
        "seats": dropped.seats,
        "added": added,
    }
    role = dropped.pool.role.public_id if dropped.pool.role else ""
    phone_marks.hand_on(dropped, kept)
    if dropped.verified_at is None:
        # Its address may be anybody's: it goes altogether, as it would have done by itself.
        db.session.delete(dropped)
        outbox.forget([f"registration:{dropped.public_id}"])
    else:
        offers.settle(dropped, Answered.WITHDRAWN, now)
        leaving.end(dropped, State.CANCELLED_BY_PERSON, now)
        steps.because(dropped, Because.SIGNED_UP_TWICE)
    db.session.flush()
    if added:
        kept.seats, kept.changed_at = kept.seats + added, now
        kept.companions = [*kept.companions, *dropped.companions]
        rows.raise_sequence(kept)
        db.session.flush()
        steps.because(kept, Because.BOTH_MEANT)
    else:
        waiting.serve(kept.occurrence_id, now=now, role=role)
    return folded


def _naming_tables() -> Sequence[tuple[Table, str]]:
    """Every column that names a person, as the schema tells; so a new component's rows move along by their foreign key.

    A table that may hold one row only for each person has to say here which of two stays.
    """
    own = Base.metadata.tables["person"].c.id
    return [
        (table, key.parent.name)
        for table in Base.metadata.sorted_tables
        for key in table.foreign_keys
        if key.column is own and table is not PersonMerge.__table__
    ]


def _move(gone_id: int, kept_id: int, only: dict[str, list[int]] | None = None) -> dict[str, list[int]]:
    """Let what names the one person name the other; `only` these rows. Returns the ids of what was moved, by table."""
    db.session.flush()
    moved: dict[str, list[int]] = {}
    for table, column in _naming_tables():
        named = update(table).where(table.c[column] == gone_id).values({column: kept_id})
        if only is not None:
            named = named.where(table.c.id.in_(only.get(table.name, [])))
        ids = list(db.session.scalars(named.returning(table.c.id)))
        if ids:
            moved[table.name] = sorted(ids)
    return moved


# A sign-up that was reached by the chat alone is from then on reached by mail too; not where that address has one there itself.
_GIVE_ADDRESS = text(
    """
    UPDATE registration SET email = :email
     WHERE id = ANY(:ids) AND email IS NULL
       AND NOT EXISTS (SELECT FROM registration AS other
                        WHERE other.pool_id = registration.pool_id AND other.email = :email AND other.id <> registration.id
                          AND other.state IN ('pending_email', 'pending_approval', 'confirmed', 'waiting', 'offered'))
    RETURNING id
    """
)


def _give_address(person_id: int, registration_ids: list[int]) -> list[int]:
    emails = people.proven_emails(person_id)
    if not emails or not registration_ids:
        return []
    return sorted(db.session.scalars(_GIVE_ADDRESS, {"email": emails[0], "ids": registration_ids}))


def recent(person_id: int, now: datetime) -> list[PersonMerge]:
    """What was made this person's within the time in which it can be undone, the last first."""
    query = select(PersonMerge).where(
        PersonMerge.kept_id == person_id, PersonMerge.made_at > now - UNDONE_WITHIN, PersonMerge.undone_at.is_(None)
    )
    return list(db.session.scalars(query.order_by(PersonMerge.id.desc())))


def undo(merge_public_id: str, *, now: datetime) -> tuple[str, str] | None:
    """Take two persons apart again: each has what was theirs. Returns the chat (channel, identifier) that goes its own way.

    A sign-up that was dropped as a double gets a seat again where one is free, else its old turn in the line; where that is not
    possible any more it stays cancelled. Refuses with `NotMergedAnyMore`.
    """
    merged = db.session.scalar(select(PersonMerge).where(PersonMerge.public_id == merge_public_id).with_for_update())
    if merged is None or merged.undone_at is not None or merged.made_at <= now - UNDONE_WITHIN:
        raise NotMergedAnyMore(days=UNDONE_WITHIN.days)
    for person_id in sorted((merged.kept_id, merged.gone_id)):
        identity.hold(person_id)
    merged.undone_at = now
    only = {name: ids for name, ids in merged.moved.items() if name != "emailed"}
    _move(merged.kept_id, merged.gone_id, only)
    # Both have seen the tickets of what goes its own way again.
    parted = Registration.id.in_(only.get("registration", []))
    db.session.execute(update(Registration).where(parted).values(ticket_turn=Registration.ticket_turn + 1))
    emailed = Registration.id.in_(merged.moved.get("emailed", []))
    db.session.execute(update(Registration).where(emailed).values(email=None))
    db.session.expire_all()
    dropped = select(Registration.occurrence_id).where(
        Registration.id.in_([each["dropped"] for each in merged.doubles])
    )
    pools.lock_all(db.session.scalars(dropped).all())
    for double in merged.doubles:
        _unfold(double, now)
    chat = select(Address.channel, Address.identifier).where(
        Address.person_id == merged.gone_id, Address.id.in_(only.get("address", []))
    )
    found = db.session.execute(chat).first()
    return (found.channel, found.identifier) if found else None


def _unfold(double: dict[str, Any], now: datetime) -> None:
    kept, dropped = (db.session.get(Registration, double[name]) for name in ("kept", "dropped"))
    if kept is None or dropped is None or dropped.state in LIVE or offers.has_live_other(dropped):
        return
    registration, room = locked(dropped.public_id)
    added = double["added"] if kept.state in LIVE and kept.seats > double["added"] else 0
    if added:
        kept.seats, kept.changed_at = kept.seats - added, now
        rows.raise_sequence(kept)
        db.session.flush()
        room = locked(dropped.public_id)[1]
    if not room.stands or room.over_at <= now or registration.verified_at is None:
        return
    had_seat = double["state"] == State.CONFIRMED
    if had_seat and (added or room.fits(registration.seats)):
        registration.state = State.CONFIRMED
    elif room.waiting_list and room.is_open(now):
        registration.state = State.WAITING
    else:
        return
    registration.changed_at = now
    rows.raise_sequence(registration)
    steps.because(registration, Because.MERGE_UNDONE)
    if registration.state == State.CONFIRMED:
        notices.confirmed([registration], now=now)
    elif registration.id not in waiting.serve(room.occurrence_id, now=now, role=room.role):
        notices.waits(registration, now=now)


def expire(now: datetime) -> int:
    """Forget what was merged when it cannot be undone any more; who stayed behind is let go then. Returns how many."""
    old = delete(PersonMerge).where(PersonMerge.made_at <= now - UNDONE_WITHIN)
    return int(db.session.execute(old).rowcount)  # type: ignore[attr-defined]
