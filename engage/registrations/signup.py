"""Signing up, proving the e-mail address, and cancelling: the life of one sign-up, apart from the waiting list.

A sign-up made with an unproven address is confirmed by a link in a mail. Until then it holds its seats for a bounded
time, and only as many unproven ones as the caps allow, so that invented addresses cannot empty an activity.
"""

import unicodedata
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import delete, or_, select

from engage import outbox, people
from engage.activities.models import Occurrence
from engage.base.config import current_settings
from engage.base.db import ask, db, savepoint
from engage.base.errors import Refusal
from engage.base.i18n import lazy_gettext as _l
from engage.base.identifiers import public_id
from engage.registrations import notices, pools, waiting
from engage.registrations.models import LIVE, Registration, State

log = structlog.get_logger(__name__)


class NotOpen(Refusal):
    """The occurrence has begun, is called off, is not published, or takes no sign-ups."""

    code = "not_open"
    message = _l("You cannot sign up for this date any more. See whether another date suits you.")


class NameMissing(Refusal):
    """No name was given."""

    code = "name_missing"
    message = _l("Write your name, so that the organiser knows who is coming.")


class SeatsNotPossible(Refusal):
    """The number of seats is none, or more than one sign-up may have."""

    code = "seats_not_possible"
    message = _l("Choose between 1 and %(most)s places. Write to the organiser if you are more.")


class TooFewLeft(Refusal):
    """The group is larger than what is left, and has not agreed to wait."""

    code = "too_few_left"
    message = _l("There are fewer places left than you are. Choose fewer, or join the waiting list together.")


class TooManyUnconfirmed(Refusal):
    """The address, or the place it is used from, already has as many unconfirmed sign-ups as the cap allows."""

    code = "too_many_unconfirmed"
    message = _l(
        "Some of your sign-ups are still waiting to be confirmed. Open the e-mails we sent and confirm them first."
    )


class AlreadyBegun(Refusal):
    """It is too late to cancel."""

    code = "already_begun"
    message = _l("This activity has begun, so it cannot be cancelled any more.")


class NoSuchSignUp(Refusal):
    """The sign-up is gone: it was not confirmed in time, or was erased."""

    code = "no_such_sign_up"
    message = _l("This sign-up is not there any more. It may not have been confirmed in time. You can sign up again.")


@dataclass(frozen=True, slots=True)
class Application:
    """What somebody tells when signing up. `person_id` is given where the channel knows who talks, as in a chat.

    `client` is a keyed hash of where the form came from; `notice_version` says which privacy notice was shown.
    """

    name: str
    email: str
    seats: int
    language: str
    channel: str
    person_id: int | None = None
    client: str | None = None
    notice_version: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a sign-up led to. It says the same whether or not the person had signed up before: a stranger who types
    somebody's address must not learn who comes. `registration_id` is for a door that knows the person.
    """

    waiting: bool
    held: bool  # seats are kept meanwhile
    proven: bool
    registration_id: int


# By hand, since the mapper's way of inserting holds the lock for several times as long.
_JOIN = """
INSERT INTO registration (public_id, pool_id, occurrence_id, person_id, state, seats, name, email, language, channel,
                          client, notice_version, joined_at, verified_at, expires_at, changed_at, sequence)
VALUES (%(public_id)s, %(pool_id)s, %(occurrence_id)s, %(person_id)s, %(state)s, %(seats)s, %(name)s, %(email)s,
        %(language)s, %(channel)s, %(client)s, %(notice_version)s, %(joined_at)s, %(verified_at)s, %(expires_at)s,
        %(changed_at)s, 0)
ON CONFLICT DO NOTHING RETURNING id
"""


def sign_up(occurrence_id: int, application: Application, *, now: datetime) -> Outcome:
    """Sign somebody up for an occurrence, or put them on its waiting list when it is full.

    Queues the mail that belongs to it (confirm your address, you have a place, you wait, or you had signed up already).
    Refuses with `NameMissing`, `people.EmailNotUsable`, `SeatsNotPossible`, `TooManyUnconfirmed` or `NotOpen`.
    """
    name, email = _checked(application)
    person = application.person_id or people.find_or_create("email", email, language=application.language, now=now)
    _refuse_too_many_unconfirmed(email, application.client)
    proven = application.person_id is not None and _has_proven(person, email)
    room = pools.lock(occurrence_id, now)
    if room is None or not room.open:
        raise NotOpen
    waits = not room.has_room_for(application.seats)
    held = not waits and (proven or room.may_hold_unverified(application.seats))
    row = {
        "public_id": public_id(12),
        "pool_id": room.pool_id,
        "occurrence_id": occurrence_id,
        "person_id": person,
        "state": _first_state(held, proven),
        "seats": application.seats,
        "name": name,
        "email": email,
        "language": application.language,
        "channel": application.channel,
        "client": None if proven else application.client,
        "notice_version": application.notice_version,
        "joined_at": now,
        "verified_at": now if proven else None,
        "expires_at": None if proven else now + current_settings().confirm_within,
        "changed_at": now,
    }
    # The two unique indexes on live sign-ups (person, address) decide; nothing is asked first that could be overtaken.
    joined = ask(_JOIN, row).fetchone()
    if joined is None:
        return Outcome(waits, held, proven, _greet_again(room.pool_id, person, email, now))
    registration = Registration(id=joined[0], sequence=0, **row)
    notices.after_sign_up(registration, proven=proven, revision=room.revision, now=now)
    return Outcome(waits, held, proven, registration.id)


def problems(application: Application) -> list[tuple[str, Refusal]]:
    """All that keeps an application from being sent in, as (field, refusal), so that a form can tell it at once."""
    found: list[tuple[str, Refusal]] = []
    if not _name(application):
        found.append(("name", NameMissing()))
    try:
        people.normalise_email(application.email)
    except people.EmailNotUsable as refusal:
        found.append(("email", refusal))
    most = current_settings().largest_group
    if not 1 <= application.seats <= most:
        found.append(("seats", SeatsNotPossible(most=most)))
    return found


def _checked(application: Application) -> tuple[str, str]:
    for _field, refusal in problems(application):
        raise refusal
    return _name(application), people.normalise_email(application.email)


def _name(application: Application) -> str:
    """The name on one line, without what is no writing: a NUL, which no database takes, and half of a pair of surrogates."""
    kinds = [(letter, unicodedata.category(letter)) for letter in application.name]
    return " ".join("".join(" " if kind == "Cc" else letter for letter, kind in kinds if kind != "Cs").split())[:120]


def _first_state(held: bool, proven: bool) -> State:
    if not held:
        return State.WAITING
    return State.CONFIRMED if proven else State.PENDING_EMAIL


def _has_proven(person_id: int, email: str) -> bool:
    """Whether this person has confirmed a sign-up with this address before, from this very talk."""
    proof = select(Registration.id).where(
        Registration.person_id == person_id, Registration.email == email, Registration.verified_at.is_not(None)
    )
    return db.session.scalar(proof.limit(1)) is not None


def _refuse_too_many_unconfirmed(email: str, client: str | None) -> None:
    """The caps per address and per client; each is switched off by 0. Counted up to the cap only, to stay cheap."""
    settings = current_settings()
    most = settings.unconfirmed_per_address, settings.unconfirmed_per_client
    facts = {"email": email, "client": client, "per_address": most[0], "per_client": most[1]}
    counts = ask(_UNCONFIRMED, facts).fetchone() or (0, 0)
    if any(cap and count >= cap for count, cap in zip(counts, most, strict=True)):
        raise TooManyUnconfirmed


# The states are written out, or a prepared plan could not know that the partial indexes fit.
_UNCONFIRMED = """
SELECT (SELECT count(*) FROM (
          SELECT FROM registration WHERE email = %(email)s
             AND verified_at IS NULL AND state IN ('pending_email', 'waiting') LIMIT %(per_address)s) AS by_address),
       (SELECT count(*) FROM (
          SELECT FROM registration WHERE client = %(client)s
             AND verified_at IS NULL AND state IN ('pending_email', 'waiting') LIMIT %(per_client)s) AS by_client)
"""


def _greet_again(pool_id: int, person_id: int, email: str, now: datetime) -> int:
    """Tell the owner of the address kindly that they are signed up already; returns that sign-up's id."""
    mine = or_(Registration.person_id == person_id, Registration.email == email)
    query = select(Registration).where(Registration.pool_id == pool_id, Registration.state.in_(LIVE), mine)
    registration = db.session.scalars(query.order_by(Registration.id).limit(1)).one()
    notices.signed_up_already(registration, now=now)
    return registration.id


def confirm(registration_public_id: str, *, now: datetime) -> Registration:
    """Take the press of the button in the mail as proof of the address.

    A held seat becomes a confirmed one; somebody waiting takes their turn in the line, and gets a place at once when there
    is one. Doing it again changes nothing. Refuses with `NoSuchSignUp` or `NotOpen`.
    """
    registration, room = _locked(registration_public_id, now)
    if registration.state not in LIVE:
        raise NoSuchSignUp
    if registration.verified_at is not None:
        return registration
    if not room.open:
        raise NotOpen
    registration.verified_at, registration.changed_at = now, now
    registration.expires_at = registration.client = None
    if registration.email:
        people.verify("email", registration.email, now)
    if registration.state == State.PENDING_EMAIL or room.has_room_for(registration.seats):
        registration.state = State.CONFIRMED
        db.session.flush()
        notices.confirmed(registration, now=now)
        return registration
    db.session.flush()
    if registration.id not in waiting.serve(room.occurrence_id, now=now):
        notices.waits(registration, now=now)
    return registration


def cancel(registration_public_id: str, *, now: datetime) -> Registration:
    """Cancel a sign-up for its person: frees its seats, tells them by mail, and moves up who waits first.

    Cancelling what is cancelled changes nothing. Refuses with `NoSuchSignUp` or `AlreadyBegun`.
    """
    registration, room = _locked(registration_public_id, now)
    if registration.state not in LIVE:
        return registration
    if room.starts_at <= now:
        raise AlreadyBegun
    registration.state, registration.changed_at = State.CANCELLED_BY_PERSON, now
    registration.sequence += 1
    db.session.flush()
    outbox.withdraw(f"registration:{registration.public_id}", now)
    notices.cancelled(registration, now=now)
    waiting.serve(room.occurrence_id, now=now)
    return registration


def _locked(registration_public_id: str, now: datetime) -> tuple[Registration, pools.Room]:
    """A registration with its pool locked first: always in that order, so that nobody waits in a circle."""
    occurrence = db.session.scalar(
        select(Registration.occurrence_id).where(Registration.public_id == registration_public_id)
    )
    room = pools.lock(occurrence, now) if occurrence is not None else None
    registration = by_public_id(registration_public_id)
    if room is None or registration is None:
        raise NoSuchSignUp
    return registration, room


def by_public_id(registration_public_id: str) -> Registration | None:
    """The sign-up with this public id, as it is in the database now."""
    query = select(Registration).where(Registration.public_id == registration_public_id)
    return db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def of_person(person_id: int, *, now: datetime) -> list[Registration]:
    """The live sign-ups of a person for what is not over yet, the next one first."""
    query = (
        select(Registration)
        .join(Occurrence, Registration.occurrence_id == Occurrence.id)
        .where(Registration.person_id == person_id, Registration.state.in_(LIVE), Occurrence.ends_at > now)
        .order_by(Occurrence.starts_at, Registration.id)
    )
    return list(db.session.scalars(query))


def expire_unconfirmed(now: datetime, most: int = 500) -> int:
    """Delete sign-ups whose address nobody proved in time, and give their seats to who waits. Returns how many.

    The rows and their letters go altogether: an invented address is somebody else's, and we have no business keeping it.
    """
    due = select(Registration.id, Registration.occurrence_id).where(
        Registration.verified_at.is_(None), Registration.state.in_(LIVE), Registration.expires_at < now
    )
    rows = db.session.execute(due.order_by(Registration.occurrence_id).limit(most)).all()
    expired = 0
    for occurrence_id in dict.fromkeys(row.occurrence_id for row in rows):
        try:
            with savepoint():
                expired += _expire(occurrence_id, [row.id for row in rows if row.occurrence_id == occurrence_id], now)
        except Exception:  # one broken row must not keep all the others for ever
            log.exception("expiry_broke", occurrence=occurrence_id)
    return expired


def _expire(occurrence_id: int, ids: list[int], now: datetime) -> int:
    pools.lock(occurrence_id, now)
    unproven = delete(Registration).where(Registration.id.in_(ids), Registration.verified_at.is_(None))
    gone = db.session.scalars(unproven.returning(Registration.public_id)).all()
    outbox.forget([f"registration:{public_id}" for public_id in gone])
    waiting.serve(occurrence_id, now=now)
    return len(gone)
