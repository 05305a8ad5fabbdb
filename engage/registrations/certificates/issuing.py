"""A certificate is made when its person asks for it, and gone when they delete it."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select

from engage.activities.facts import OccurrenceFacts
from engage.base.db import db
from engage.base.errors import Refusal
from engage.base.i18n import lazy_gettext as _l
from engage.base.identifiers import public_id
from engage.people import identity
from engage.registrations import mine
from engage.registrations.application import LONGEST_NAME, one_line
from engage.registrations.certificates import reading, saying
from engage.registrations.certificates.counting import count
from engage.registrations.certificates.earned import earned, own_minutes
from engage.registrations.certificates.models import Certificate, CertificateKind
from engage.registrations.mine import Entry

# 24 of 31 letters are 118 bits: nobody finds a certificate by trying.
_SIGNS = 24
# More than anybody needs at once; who deletes one may ask for another.
_MOST = 100


class NotEarned(Refusal):
    """It is not over yet, they had no place, or others were checked in and they were not."""

    code = "not_earned"
    message = _l(
        "There is no certificate for this sign-up. You can have one when it is over and you were checked in. "
        "Did you come, and nobody noted it? Then write to the organiser."
    )


class NoHours(Refusal):
    """Nothing of their time as a volunteer is known in the period."""

    code = "no_hours"
    message = _l("We know of no hours as a volunteer in these days.")


class HoursPeriodNotPossible(Refusal):
    """A day is missing, or the last one is before the first."""

    code = "hours_period_not_possible"
    message = _l("Choose a first day and a last day that is not before it.")


class TooManyCertificates(Refusal):
    """They have more than anybody needs."""

    code = "too_many_certificates"
    message = _l("You have %(number)s certificates. Delete some of them before you ask for more.")

    def __init__(self) -> None:
        super().__init__(number=_MOST)


def issue(
    person_id: int, registration_public_id: str, *, name: str = "", checkable: bool = False, now: datetime
) -> Certificate:
    """Make the certificate of one sign-up of this person's, or give the one there is.

    Refuses with `NoSuchSignUp`, `NotEarned` or `TooManyCertificates`.
    """
    identity.hold(person_id)  # so that two requests at once make one
    entry = mine.entry(person_id, registration_public_id, now=now)
    there = reading.of_registration(person_id, entry.registration.id)
    if there is not None:
        return there
    found = earned(entry, now=now)
    if found is None:
        raise NotEarned
    facts = saying.of_sign_up(entry.registration, found)
    made = _made(CertificateKind.ATTENDANCE, person_id, facts, name, checkable, now)
    made.registration_id = entry.registration.id
    db.session.flush()
    return made


def issue_hours(
    person_id: int, first: date | None, last: date | None, *, name: str = "", checkable: bool = False, now: datetime
) -> Certificate:
    """State this person's hours as a volunteer from `first` to `last`, both included, by the days of each date's own place.

    Refuses with `HoursPeriodNotPossible`, `NoHours` or `TooManyCertificates`.
    """
    if first is None or last is None or last < first:
        raise HoursPeriodNotPossible
    identity.hold(person_id)
    helped = [
        (found, minutes)
        for found, minutes in _helped(mine.everything(person_id), now)
        if first <= found.starts_at.astimezone(found.zone).date() <= last
    ]
    if not helped:
        raise NoHours
    helped.sort(key=lambda each: (each[0].starts_at, each[0].occurrence_id))
    made = _made(CertificateKind.HOURS, person_id, saying.of_hours(first, last, helped), name, checkable, now)
    db.session.flush()
    return made


def delete(person_id: int, certificate_public_id: str) -> None:
    """Delete this person's certificate: who checks it is told that there is none. Refuses with `NoSuchCertificate`."""
    identity.hold(person_id)
    certificate = reading.own(person_id, certificate_public_id)
    if certificate.valid:
        count(certificate.kind, certificate.issued_at, -1)
    db.session.delete(certificate)
    db.session.flush()


def _helped(entries: Sequence[Entry], now: datetime) -> Iterator[tuple[OccurrenceFacts, int]]:
    for entry in entries:
        dates = {each.occurrence_id: each for each in entry.dates}
        for mark in entry.came:
            minutes, found = own_minutes(mark), dates.get(mark.occurrence_id)
            if minutes and found is not None and found.ends_at <= now:
                yield found, minutes


def _made(
    kind: CertificateKind, person_id: int, facts: dict[str, Any], name: str, checkable: bool, now: datetime
) -> Certificate:
    had = db.session.scalar(select(func.count()).where(Certificate.person_id == person_id))
    if had is not None and had >= _MOST:
        raise TooManyCertificates
    name = one_line(name, LONGEST_NAME)
    made = Certificate(
        public_id=public_id(_SIGNS), kind=kind, person_id=person_id, name=name, name_checkable=checkable and bool(name),
        facts=facts, issued_at=now.replace(microsecond=0),
    )  # fmt: skip
    db.session.add(made)
    count(kind, made.issued_at)
    return made
