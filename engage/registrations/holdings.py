"""What is kept of sign-ups: who comes to what, what they answered, what was offered to them, and their calendar."""

from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from engage.accounts.audit import AuditEntry
from engage.activities import facts
from engage.activities.asking import Question, answer_words
from engage.activities.models import Occurrence
from engage.base import wording
from engage.base.db import db
from engage.base.declared import Holding, Purpose, Row
from engage.base.i18n import current_language, in_language
from engage.base.i18n import gettext as _
from engage.base.i18n import lazy_gettext as _l
from engage.people.holdings import channel_words
from engage.registrations import caps, feedback, looked, mine, whom
from engage.registrations import facts as facts_kept
from engage.registrations.attendance.models import Attendance, CheckIn, HoursSetAside
from engage.registrations.caps import LimitMet
from engage.registrations.certificates.models import Certificate
from engage.registrations.feedback_models import Feedback
from engage.registrations.merging import PersonMerge
from engage.registrations.models import Offer, Registration, State, Step
from engage.registrations.own_calendar import OwnCalendar
from engage.registrations.reminders.models import Reminding
from engage.registrations.wording import logged_words, reason_words


def _ids(person_id: int) -> Any:
    return select(Registration.id).where(mine.theirs(person_id))


def merges_of(person_id: int) -> ColumnElement[bool]:
    """Chats that were linked with them."""
    return or_(PersonMerge.kept_id == person_id, PersonMerge.gone_id == person_id)


def readings_of(person_id: int) -> ColumnElement[bool]:
    """What staff and organisers saw or decided on the lists this person stood on, since they signed up."""
    stood_on = (
        select(Registration.id)
        .join(Occurrence, Registration.occurrence_id == Occurrence.id)
        .where(
            mine.theirs(person_id),
            Occurrence.public_id == AuditEntry.facts["occurrence"].astext,
            Registration.joined_at <= AuditEntry.at,
        )
    )
    on_lists = and_(AuditEntry.action.startswith("guests."), stood_on.correlate(AuditEntry).exists())
    own = select(Registration.public_id).where(mine.theirs(person_id))
    return or_(on_lists, looked.in_phone_list(func.array(own.scalar_subquery())))


def with_readings(log: Holding) -> Holding:
    """The log, told to a citizen as far as it is about lists they stand on: what was done and when, without who did it."""
    return replace(
        log,
        unshown="by_id by_name about facts",
        theirs=readings_of,
        title=_l("When staff or the organiser looked at a list you are on, or changed it"),
        labels={"at": _l("When"), "action": _l("What")},
        words={"action": logged_words},
    )


def _title(row: Row) -> str:
    found = facts.occurrences([row["occurrence_id"]], current_language())
    if not found:
        return ""
    when = wording.when(found[0].starts_at, found[0].ends_at, found[0].zone)
    return f"{found[0].title}, {when}"


def _of_sign_up(row: Row) -> str:
    registration = db.session.get(Registration, row["registration_id"])
    return _title({"occurrence_id": registration.occurrence_id}) if registration else ""


def _state(state: str) -> str:
    return {
        State.PENDING_EMAIL: _("Not confirmed yet"),
        State.PENDING_APPROVAL: _("Waiting for the organiser's answer"),
        State.CONFIRMED: _("You are signed up."),
        State.DECLINED: _("The organiser turned the sign-up down."),
        State.WAITING: _("Waiting list"),
        State.OFFERED: _("Place offered, not answered yet"),
        State.OFFER_DECLINED: _("You said no to the place we offered you."),
        State.OFFER_EXPIRED: _("We did not hear from you in time, so the place went to the next in line."),
        State.CANCELLED_BY_STAFF: _("The organiser has cancelled your sign-up."),
        State.CANCELLED_WITH_EVENT: _("The activity is called off."),
    }.get(State(state), _("Your sign-up is cancelled."))


def _answers(answers: dict[str, Any]) -> str:
    asked = db.session.scalars(select(Question).where(Question.public_id.in_(answers)).order_by(Question.position))
    return "\n".join(f"{in_language(each.labels)} {answer_words(each, answers[each.public_id])}" for each in asked)


def _companions(companions: list[dict[str, Any]]) -> str:
    return "\n".join(" ".join(f"{each[part]}" for part in ("name", "age") if each.get(part)) for each in companions)


def _class(told: dict[str, Any]) -> str:
    return ", ".join(str(value) for value in told.values() if value not in (None, ""))


def _answered(answered: str) -> str:
    return {
        "open": _("Not answered yet"),
        "accepted": _("You said yes"),
        "declined": _("You said no"),
        "expired": _("Not answered in time"),
    }.get(answered, _("Taken back"))


def _reminder(key: str) -> str:
    return {
        "week": _("A week before"),
        "day": _("The day before"),
        "hours": _("Two hours before"),
        "feedback": _("How it was"),
    }.get(key, _("A reminder from the organiser"))


def _delivery(status: str) -> str:
    return {"planned": _("Not sent yet"), "sent": _("Sent")}.get(status, _("Not sent"))


def _coming(answer: str) -> str:
    return _("You said that you come") if answer else ""


def _noted(kind: str) -> str:
    return {"entry": _("Came"), "exit": _("Left"), "absent": _("Was not there")}.get(kind, "")


def _hours(minutes: int | None) -> str:
    return "" if minutes is None else wording.duration(minutes)


def _certificate(facts: dict[str, Any]) -> str:
    """Its title, or the days its hours are of; the page of the certificate says all of it."""
    title = in_language(facts.get("titles", {}))
    time = _hours(facts["minutes"])
    return ", ".join(part for part in (title or _("Hours as a volunteer"), *facts["organisers"], time) if part)


def _deeds(deeds: list[str]) -> str:
    words = feedback.deed_words()
    return wording.listing([words[each] for each in deeds if each in words])


HOLDINGS = (
    Holding(
        "registration",
        plain="id public_id pool_id occurrence_id state seats offered_seats holds_seat takes_fewer language channel "
        "notice_version priority blocked_since skipped unanswered invited_at joined_at verified_at expires_at changed_at "
        "sequence walk_in ticket_turn to_phone_at to_phone_by_id placed_at is_new first_this_year",
        personal={
            Purpose.SIGN_UP: "person_id name email phone client bundle to_phone_why",
            Purpose.ANSWERS: "answers companions school_class vetted_on",
            Purpose.STATISTICS: "age_band area",
        },
        unshown="client",
        theirs=mine.theirs,
        title=_l("Your sign-ups"),
        heading=_title,
        labels={
            "state": _l("How it stands"),
            "seats": _l("Places"),
            "name": _l("Name"),
            "email": _l("E-mail"),
            "phone": _l("Telephone"),
            "to_phone_at": _l("Marked to be phoned"),
            "to_phone_why": _l("Why you are to be phoned"),
            "answers": _l("Your answers"),
            "age_band": _l("Your age, for the statistics"),
            "area": _l("Where you live, for the statistics"),
            "companions": _l("Who comes along"),
            "school_class": _l("Class"),
            "vetted_on": _l("Date of your child protection certificate"),
            "joined_at": _l("Signed up"),
            "verified_at": _l("Confirmed"),
            "changed_at": _l("Last changed"),
            "channel": _l("Channel"),
            "notice_version": _l("Privacy text you were shown"),
        },
        words={
            "state": _state,
            "channel": channel_words,
            "answers": _answers,
            "companions": _companions,
            "school_class": _class,
            "age_band": whom.named,
            "area": whom.named,
        },
    ),
    Holding(
        "seat_offer",
        plain="id public_id registration_id seats answered made_at delivered_from expires_at settled_at made_by_id",
        theirs=lambda person_id: Offer.registration_id.in_(_ids(person_id)),
        title=_l("Places offered to you"),
        heading=_of_sign_up,
        labels={
            "seats": _l("Places"),
            "made_at": _l("Offered"),
            "answered": _l("Your answer"),
            "expires_at": _l("To be answered before"),
        },
        words={"answered": _answered},
    ),
    Holding(
        "registration_step",
        plain="id registration_id pool_id before state seats account_id at",
        # What staff wrote about a decision goes with the person; the step itself tells nothing of anybody.
        personal={Purpose.SIGN_UP: "reason"},
        theirs=lambda person_id: Step.registration_id.in_(_ids(person_id)),
        title=_l("What happened to your sign-ups"),
        heading=_of_sign_up,
        labels={"at": _l("When"), "state": _l("How it stood"), "seats": _l("Places"), "reason": _l("Why")},
        words={"state": _state, "reason": reason_words},
    ),
    Holding(
        "reminding",
        plain="id occurrence_id registration_id rule_key starts_at due_at useful_until lane status reason letter_id settled_at "
        "answer answered_at",
        theirs=lambda person_id: Reminding.registration_id.in_(_ids(person_id)),
        title=_l("What you were reminded of"),
        heading=_title,
        labels={
            "rule_key": _l("Which reminder"),
            "due_at": _l("When"),
            "status": _l("What became of it"),
            "answer": _l("Your answer"),
            "answered_at": _l("Answered"),
        },
        words={"rule_key": _reminder, "status": _delivery, "answer": _coming},
    ),
    # Rules, and when they fall due, are of activities.
    Holding(
        "reminder_rule",
        plain="id activity_id key anchor number unit after clock on_at early_days roles unanswered_only way dates texts asks "
        "enabled release_hours release_since changed_at send_late_at",
    ),
    Holding("reminder_time", plain="id occurrence_id rule_key starts_at at due_at useful_until done_at"),
    Holding("reminder_stale", plain="id occurrence_id"),
    # Sums, and which of them are to be counted anew: nobody is in them.
    *(Holding(table.name, plain=" ".join(table.columns.keys())) for table in facts_kept.TABLES),
    Holding(
        "feedback",
        # The number and what was chosen to do stay when the thread to who said it is cut.
        plain="id public_id occurrence_id rating deeds pledged named dimensions sdgs given_at changed_at",
        personal={Purpose.SIGN_UP: "registration_id words pledge"},
        theirs=lambda person_id: Feedback.registration_id.in_(_ids(person_id)),
        title=_l("How you said it was"),
        heading=_title,
        labels={
            "given_at": _l("When"),
            "rating": _l("From 1 to 5"),
            "words": _l("In your words"),
            "deeds": _l("What you will do now"),
            "pledge": _l("In your words, what you will do"),
            "named": _l("The organiser may see your name"),
        },
        words={"deeds": _deeds},
    ),
    Holding(
        "check_in",
        plain="id public_id nonce registration_id occurrence_id kind seats happened_at received_at way door_link_id conflict "
        "undone_at",
        personal={Purpose.LOG: "account_id undone_by_id"},
        unshown="account_id undone_by_id",
        theirs=lambda person_id: CheckIn.registration_id.in_(_ids(person_id)),
        title=_l("When you were checked in"),
        heading=_title,
        labels={"happened_at": _l("When"), "kind": _l("What"), "seats": _l("Places"), "undone_at": _l("Taken back")},
        words={"kind": _noted},
    ),
    Holding(
        "attendance",
        plain="id registration_id occurrence_id seats first_in_at last_out_at minutes corrected_minutes marked_at",
        # Why hours were corrected is somebody's own words about a person, and goes with them.
        personal={Purpose.SIGN_UP: "corrected_reason", Purpose.LOG: "corrected_by_id"},
        unshown="corrected_by_id",
        theirs=lambda person_id: Attendance.registration_id.in_(_ids(person_id)),
        title=_l("Whether you came, and your hours"),
        heading=_title,
        labels={
            "seats": _l("How many came"),
            "first_in_at": _l("Came"),
            "last_out_at": _l("Left"),
            "minutes": _l("Your time as a volunteer"),
            "corrected_minutes": _l("Your time as the organiser corrected it"),
            "corrected_reason": _l("Why"),
        },
        words={"minutes": _hours, "corrected_minutes": _hours},
    ),
    Holding(
        "hours_set_aside",
        plain="id registration_id occurrence_id minutes",
        personal={Purpose.SIGN_UP: "reason", Purpose.LOG: "by_id"},
        unshown="by_id",
        theirs=lambda person_id: HoursSetAside.registration_id.in_(_ids(person_id)),
        title=_l("Your time as the organiser corrected it"),
        heading=_title,
        labels={"minutes": _l("Your time as the organiser corrected it"), "reason": _l("Why")},
        words={"minutes": _hours},
    ),
    Holding(
        "certificate",
        plain="id kind registration_id revoked_at",
        personal={Purpose.CERTIFICATE: "public_id person_id name name_checkable facts issued_at revoked_reason"},
        theirs=lambda person_id: Certificate.person_id == person_id,
        title=_l("Your certificates"),
        labels={
            "issued_at": _l("Issued"),
            "name": _l("Name on the certificate"),
            "name_checkable": _l("Others may check the name"),
            "facts": _l("What it says"),
            "revoked_reason": _l("Why it was taken back"),
        },
        words={"facts": _certificate},
    ),
    # Numbers of certificates that are no longer valid, public keys, and sums: nobody is in them.
    Holding("certificate_taken_back", plain="number registration_id taken_back_at"),
    Holding("credential_key", plain="id name public_key first_used_at"),
    Holding("certificate_count", plain="year kind number"),
    # What a link is called may name the helper it was made for.
    Holding(
        "door_link",
        plain="id public_id occurrence_id",
        personal={Purpose.LOG: "hash label made_by_id made_at revoked_at"},
        unshown="hash",
    ),
    # Its key names a talk or a browser by a number, for a quarter of an hour.
    Holding("seat_hold", plain="id pool_id seats expires_at", personal={Purpose.SAFETY: "key"}, unshown="key"),
    # What an organiser wrote to all; who got it is told by the letters, and a share names a sign-up by its number.
    Holding(
        "broadcast",
        plain="id public_id activity_id occurrence_ids states role texts urgent state made_at good_until settled_at",
        personal={Purpose.LOG: "account_id"},
    ),
    Holding("broadcast_share", plain="id broadcast_id registration_id state due_at"),
    Holding(
        "limit_met",
        plain="id public_id kind times first_at last_at lifted_until lifted_at lifted_by_id",
        personal={Purpose.SAFETY: "key shown reason"},
        unshown="key",
        theirs=lambda person_id: LimitMet.key.in_(caps.of_person(person_id)),
        title=_l("Limits you met"),
        labels={
            "first_at": _l("For the first time"),
            "last_at": _l("Last"),
            "times": _l("How often"),
            "shown": _l("What we noted of you"),
            "lifted_until": _l("Lifted until"),
            "reason": _l("Why"),
        },
    ),
    Holding(
        "own_calendar",
        plain="id",
        personal={Purpose.CALENDAR: "public_id person_id made_at read_at"},
        unshown="public_id",
        theirs=lambda person_id: OwnCalendar.person_id == person_id,
        title=_l("Your own calendar"),
        labels={"made_at": _l("Since"), "read_at": _l("Last read by a calendar program")},
    ),
    Holding(
        "person_merge",
        plain="id public_id",
        personal={Purpose.OWN_PAGE: "kept_id gone_id channel moved doubles made_at undone_at"},
        theirs=merges_of,
        title=_l("Chats that were linked with you"),
        labels={"channel": _l("Channel"), "made_at": _l("Linked"), "undone_at": _l("Unlinked")},
        words={"channel": channel_words},
    ),
)
