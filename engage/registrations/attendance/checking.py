"""The door itself: people are checked in and out, marked as not there, and all of it can be taken back.

Whether somebody may be let in is looked at in one order, validity before doubles: a cancelled ticket is cancelled, also when it
was used before. The sign-up's row is locked first, so that two telephones that scan the same person at once ask one after the
other. Who may stand at the door is the door's question.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import or_, select

from engage.accounts import User
from engage.activities import asking
from engage.activities.models import ActivityState, Occurrence, OccurrenceState
from engage.base.db import db
from engage.base.identifiers import public_id
from engage.registrations import guests, tickets
from engage.registrations.attendance.answers import Answer, Code
from engage.registrations.attendance.models import CheckIn, DoorLink, Noted, Way
from engage.registrations.attendance.reckoning import Presence, presence, reckon, standing
from engage.registrations.models import LIVE, Registration, State

# behaviour.md, C3: from two hours before to two hours after. Who has an account may put right for a month what was missed.
OPENS_BEFORE, CLOSES_AFTER, PUT_RIGHT_WITHIN = timedelta(hours=2), timedelta(hours=2), timedelta(days=30)
LONGEST_NONCE = 40
# So begin those of chats; no device may bring one.
CHAT_NONCES = "chat-"
# How many sign-ups for other dates of an activity are searched for a short code, to tell that it is for another date.
_OTHERS_SEARCHED = 2000


@dataclass(frozen=True, slots=True)
class Keeper:
    """Who stands at the door: an account, or a helper with a link."""

    account_id: int | None = None
    door_link_id: int | None = None


@dataclass(frozen=True, slots=True)
class Scan:
    """What is asked of the door: whom, by a `ticket`, a short `code` or a `sign_up`'s public id, and what to note.

    `seats` of a group, or None for all who are not there yet (or who are there, when they leave). `happened_at` is None for now.
    `let_in`: a device without a connection has let them in already, so that it is noted whatever is wrong. `anyway` lets in who
    has not answered a question. `asks`: of a group nobody is let in before it is said how many came.
    """

    nonce: str
    way: Way
    ticket: str = ""
    code: str = ""
    sign_up: str = ""
    kind: Noted = Noted.ENTRY
    seats: int | None = None
    happened_at: datetime | None = None
    let_in: bool = False
    anyway: bool = False
    asks: bool = False


def check_in(occurrence_id: int, scan: Scan, *, keeper: Keeper, now: datetime) -> Answer:
    """Note who comes, leaves or is absent, or say why not. The same nonce is noted once and gets the same answer.

    Nothing is noted of who is refused, save when a device without a connection has `let_in` them: then it stands as a success
    with what was wrong beside it.
    """
    occurrence = db.session.get_one(Occurrence, occurrence_id)
    known = by_nonce(scan.nonce)
    if known is not None:
        return _again(known, occurrence)
    registration, wrong = found(occurrence, scan)
    if registration is None:
        return Answer(wrong)
    if wrong != Code.OK:
        return Answer(wrong, registration)  # nothing could be noted of them here that this date could take back
    registration = _held(registration)
    known = by_nonce(scan.nonce)  # once more behind the lock: the same may have been sent twice at once
    if known is not None:
        return _again(known, occurrence)
    at = min(scan.happened_at or now, now)
    noted = standing(registration.id, occurrence.id)
    here = presence(noted, registration.seats)
    problem = _problem(registration, occurrence, scan, here, at, keeper)
    if problem == Code.OK and scan.asks and scan.seats is None and registration.seats - here.inside > 1:
        problem = Code.HOW_MANY
    answer = Answer(problem, registration, seats=scan.seats or 0, inside=here.inside, of=registration.seats)
    if problem != Code.OK and not scan.let_in:
        return _explained(answer, noted, occurrence)
    # No clock of a device is so slow that somebody came before the door was open.
    at = max(at, min(window(occurrence, keeper)[0], now))
    made = _note(registration, occurrence, scan, here, at, keeper, now, "" if problem == Code.OK else problem)
    here = reckon(registration, occurrence, now=now)
    return _done(made, registration, here)


def found(occurrence: Occurrence, scan: Scan) -> tuple[Registration | None, Code]:
    """The sign-up that is meant, and whether it is for this date."""
    registration = None
    if scan.ticket:
        shown = tickets.opened(tickets.in_text(scan.ticket))
        if shown is None:
            return None, Code.UNKNOWN
        if shown.replaced:
            return None, Code.REPLACED
        registration = shown.registration
    elif scan.code:
        registration = _by_code(occurrence, tickets.typed(scan.code))
    elif scan.sign_up:
        registration = guests.of_date(occurrence.id, scan.sign_up)
    if registration is None:
        return None, Code.UNKNOWN
    return registration, Code.OK if _belongs(registration, occurrence) else Code.WRONG_DATE


def by_nonce(nonce: str) -> CheckIn | None:
    """What was noted under this nonce."""
    return db.session.scalar(select(CheckIn).where(CheckIn.nonce == nonce))


def undo(
    occurrence_id: int,
    registration_public_id: str,
    *,
    keeper: Keeper,
    now: datetime,
    of: str,
    at: datetime | None = None,
) -> Answer:
    """Take back of a sign-up on a date what was noted as `of`, its nonce or its public id.

    It is taken back once, however often this arrives. `at` is when it was pressed on a device that had no connection:
    only while people are checked in is anything taken back.
    """
    occurrence = db.session.get_one(Occurrence, occurrence_id)
    registration = guests.of_date(occurrence_id, registration_public_id)
    if registration is None:
        return Answer(Code.UNKNOWN)
    registration = _held(registration)
    shut = _shut(occurrence, keeper, min(at or now, now))
    if shut != Code.OK:
        return Answer(shut, registration, of=registration.seats)
    noted = standing(registration.id, occurrence_id)
    wanted = [each for each in noted if of in {each.nonce, each.public_id}]
    if not wanted:
        inside = presence(noted, registration.seats).inside
        earlier = _taken_back(registration, occurrence, of)
        if earlier is not None:
            return Answer(
                Code.UNDONE, registration, earlier.public_id, inside=inside, of=registration.seats, again=True
            )
        return Answer(Code.NOTHING_TO_UNDO, registration, inside=inside, of=registration.seats)
    last = wanted[-1]
    last.undone_at, last.undone_by_id = now, keeper.account_id
    here = reckon(registration, occurrence, now=now)
    return Answer(Code.UNDONE, registration, last.public_id, inside=here.inside, of=registration.seats)


def _taken_back(registration: Registration, occurrence: Occurrence, of: str) -> CheckIn | None:
    own = (CheckIn.registration_id == registration.id, CheckIn.occurrence_id == occurrence.id)
    named = or_(CheckIn.nonce == of, CheckIn.public_id == of)
    return db.session.scalar(select(CheckIn).where(*own, named, CheckIn.undone_at.is_not(None)))


def mark_absent(
    occurrence_id: int, registration_public_id: str, *, nonce: str, keeper: Keeper, now: datetime
) -> Answer:
    """Note that nobody of a sign-up came. Who came has to be taken back first. The same nonce is noted once."""
    scan = Scan(nonce, Way.LIST, sign_up=registration_public_id, kind=Noted.ABSENT)
    return check_in(occurrence_id, scan, keeper=keeper, now=now)


def window(occurrence: Occurrence, keeper: Keeper) -> tuple[datetime, datetime]:
    """From when to when people are checked in."""
    later = CLOSES_AFTER if keeper.account_id is None else PUT_RIGHT_WITHIN
    return occurrence.starts_at - OPENS_BEFORE, occurrence.ends_at + later


def _shut(occurrence: Occurrence, keeper: Keeper, at: datetime) -> Code:
    """Whether it is too early or too late to note anything."""
    opens, closes = window(occurrence, keeper)
    if at < opens:
        return Code.NOT_YET
    return Code.CLOSED if at > closes else Code.OK


def who(check: CheckIn) -> str:
    """Who noted it: the account's name, or what the link is called."""
    if check.account_id is not None:
        account = db.session.get(User, check.account_id)
        return account.name if account else ""
    link = db.session.get(DoorLink, check.door_link_id) if check.door_link_id else None
    return link.label if link else ""


def unanswered(registration: Registration, occurrence: Occurrence) -> list[str]:
    """The questions that have to be answered and are not, by public id: where they were put off, or somebody phoned."""
    return [each.public_id for each in missing(asking.asked(occurrence.activity_id), registration)]


def missing(questions: Sequence[asking.Question], registration: Registration) -> list[asking.Question]:
    """Of these questions those that are asked of this sign-up, have to be answered, and are not."""
    if not any(each.required for each in questions):
        return []
    shown = asking.shown(questions, registration.answers)
    return [each for each in shown if each.required and registration.answers.get(each.public_id) is None]


def _held(registration: Registration) -> Registration:
    """The same sign-up, locked and as it is now. A foreign key's own lock is not waited for."""
    query = select(Registration).where(Registration.id == registration.id).with_for_update(key_share=True)
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def _belongs(registration: Registration, occurrence: Occurrence) -> bool:
    if registration.pool_id not in guests.pool_ids(occurrence.id):
        return False
    # Of a course they come to the dates from the one on with which they joined.
    return registration.occurrence.starts_at <= occurrence.starts_at


def _by_code(occurrence: Occurrence, code: str) -> Registration | None:
    """The sign-up with this short code: on this date first, then on the activity's other dates."""
    if len(code) != tickets.CODE_SIGNS:
        return None
    own = Registration.pool_id.in_(guests.pool_ids(occurrence.id))
    of_activity = select(Occurrence.id).where(Occurrence.activity_id == occurrence.activity_id)
    # Of its own date every code is known, however many there are.
    for where, most in ((own, None), (Registration.occurrence_id.in_(of_activity), _OTHERS_SEARCHED)):
        query = select(Registration.id, Registration.public_id, Registration.ticket_turn).where(where)
        for number, name, turn in db.session.execute(query.order_by(Registration.id.desc()).limit(most)):
            if tickets.code_of(name, turn) == code:
                return db.session.get(Registration, number)
    return None


def _problem(
    registration: Registration, occurrence: Occurrence, scan: Scan, here: Presence, at: datetime, keeper: Keeper
) -> Code:
    """The first thing that is wrong, in behaviour.md's order; there is no list of people who are kept out."""
    stands = occurrence.state == OccurrenceState.SCHEDULED and occurrence.activity.state == ActivityState.PUBLISHED
    shut = _shut(occurrence, keeper, at)
    inside, of = here.inside, registration.seats
    entering = scan.kind == Noted.ENTRY
    checks = (
        (not stands, Code.CALLED_OFF),
        (registration.state not in LIVE, Code.CANCELLED),
        (registration.state in {State.WAITING, State.OFFERED}, Code.WAITING),
        (registration.state in {State.PENDING_APPROVAL, State.PENDING_EMAIL}, Code.PENDING),
        (shut != Code.OK, shut),
        (scan.kind != Noted.ABSENT and scan.seats is not None and not 1 <= scan.seats <= of, Code.TOO_MANY),
        (scan.kind == Noted.EXIT and not inside, Code.NOT_IN),
        (scan.kind == Noted.EXIT and (scan.seats or 0) > inside, Code.TOO_MANY),
        (entering and not scan.anyway and bool(unanswered(registration, occurrence)), Code.QUESTION_MISSING),
        (entering and inside >= of, Code.ALREADY_IN),
        (scan.kind == Noted.ABSENT and bool(here.came), Code.ALREADY_IN),
        (entering and (scan.seats or 0) > of - inside, Code.TOO_MANY),
    )
    return next((code for wrong, code in checks if wrong), Code.OK)


def _note(
    registration: Registration, occurrence: Occurrence, scan: Scan, here: Presence, at: datetime, keeper: Keeper,
    now: datetime, conflict: str,
) -> CheckIn:  # fmt: skip
    of, inside = registration.seats, here.inside
    all_of_them = {Noted.ENTRY: (of - inside) or of, Noted.EXIT: inside or of, Noted.ABSENT: 0}[scan.kind]
    seats = 0 if scan.kind == Noted.ABSENT else max(1, min(of, scan.seats or all_of_them))
    made = CheckIn(
        public_id=public_id(12), nonce=scan.nonce, registration_id=registration.id, occurrence_id=occurrence.id,
        kind=scan.kind, seats=seats, happened_at=at, received_at=now, way=scan.way, account_id=keeper.account_id,
        door_link_id=keeper.door_link_id, conflict=conflict,
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    return made


_DONE = {Noted.ENTRY: Code.OK, Noted.EXIT: Code.LEFT, Noted.ABSENT: Code.ABSENT}


def _done(made: CheckIn, registration: Registration, here: Presence) -> Answer:
    return Answer(
        _DONE[Noted(made.kind)], registration, made.public_id, made.seats, here.inside, registration.seats, who(made),
        made.happened_at, made.conflict,
    )  # fmt: skip


def _again(known: CheckIn, occurrence: Occurrence) -> Answer:
    """The answer that was given for this nonce, or that it was taken back since; it is not noted anew.

    At its own date alone: a nonce opens nobody else's list.
    """
    if known.occurrence_id != occurrence.id:
        return Answer(Code.UNKNOWN)
    registration = known.registration
    here = presence(standing(known.registration_id, known.occurrence_id), registration.seats)
    answer = replace(_done(known, registration, here), again=True)
    return answer if known.undone_at is None else replace(answer, code=Code.UNDONE, seats=0, conflict="")


def _explained(answer: Answer, noted: list[CheckIn], occurrence: Occurrence) -> Answer:
    """A refusal with what is behind it: who was let in by whom and when, and what was not answered."""
    assert answer.registration is not None
    if answer.code == Code.QUESTION_MISSING:
        return replace(answer, asked=tuple(unanswered(answer.registration, occurrence)))
    entries = [each for each in noted if each.kind == Noted.ENTRY]
    if answer.code in {Code.ALREADY_IN, Code.CANCELLED} and entries:
        last = entries[-1]
        return replace(answer, by=who(last), at=last.happened_at, check_in=last.public_id)
    return answer
