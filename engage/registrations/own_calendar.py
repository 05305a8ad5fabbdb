"""One's own calendar to follow: everything one has signed up for, under a secret address that can be renewed and taken back."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, String, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from engage.activities import ics
from engage.activities.facts import OccurrenceFacts
from engage.activities.ics import OwnDate, Status
from engage.base import tokens, wording
from engage.base.config import current_settings
from engage.base.db import Base, db
from engage.base.i18n import gettext as _
from engage.base.i18n import speaking
from engage.base.identifiers import public_id
from engage.base.tokens import LinkNotValid
from engage.people import Person
from engage.registrations import mine
from engage.registrations.mine import Entry
from engage.registrations.models import State

_PURPOSE = "own-calendar"
# So long a calendar is told that something was cancelled, however seldom it asks.
_TELLS_CANCELLED = timedelta(days=30)
# "Read last" is true to this, so that following a calendar is not a write each time.
_NOTED_EVERY = timedelta(days=1)


class OwnCalendar(Base):
    """A calendar one person follows. The address carries `public_id` signed, so that a copy of the table opens nothing."""

    __tablename__ = "own_calendar"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    made_at: Mapped[datetime]
    read_at: Mapped[datetime] = mapped_column(index=True)


@dataclass(frozen=True)
class Feed:
    """What a calendar program is given."""

    text: str
    language: str


def address(person_id: int) -> str | None:
    """The address of this person's calendar; None while they have not asked for one."""
    own = select(OwnCalendar).where(OwnCalendar.person_id == person_id)
    calendar = db.session.scalars(own.order_by(OwnCalendar.id.desc())).first()
    return _address(calendar) if calendar is not None else None


def renew(person_id: int, *, now: datetime) -> str:
    """Give this person a calendar with a new address; every former address stops working."""
    revoke(person_id)
    # 24 characters of 31 are 118 bits; the signature around them is another 160, and is what cannot be guessed.
    calendar = OwnCalendar(public_id=public_id(24), person_id=person_id, made_at=now, read_at=now)
    db.session.add(calendar)
    db.session.flush()
    return _address(calendar)


def revoke(person_id: int) -> int:
    """Take every address of this person's calendar back; returns how many there were."""
    gone = delete(OwnCalendar).where(OwnCalendar.person_id == person_id)
    return int(db.session.execute(gone).rowcount)  # type: ignore[attr-defined]


def read(token: str, *, now: datetime) -> Feed:
    """The calendar behind a secret address. Raises `LinkNotValid` where there is none, or none any more."""
    settings = current_settings()
    name = tokens.unsign(settings.secret_key, _PURPOSE, token)
    calendar = db.session.scalars(select(OwnCalendar).where(OwnCalendar.public_id == name)).one_or_none()
    if calendar is None:
        raise LinkNotValid
    person = db.session.get_one(Person, calendar.person_id)
    with speaking(person.language):
        dates = _dates(mine.everything(person.id), now)
        text = ics.own_feed(
            dates,
            ics.Following(
                name=_("%(service)s: my sign-ups", service=settings.city.title),
                url=settings.links.mine(),
                zone=settings.city.zone.key,
            ),
            host=settings.host,
            url_of=lambda facts: settings.links.occurrence(facts.activity, facts.slug, facts.occurrence),
        )
    return Feed(text, person.language)


def note_reading(token: str, *, now: datetime) -> None:
    """Note that a calendar is still followed, at most once a day; one that nobody follows any more is let go."""
    name = tokens.unsign(current_settings().secret_key, _PURPOSE, token)
    old = OwnCalendar.read_at < now - _NOTED_EVERY
    db.session.execute(update(OwnCalendar).where(OwnCalendar.public_id == name, old).values(read_at=now))


def expire(now: datetime) -> int:
    """Let calendars go that nobody has read for as long as the city keeps them: they alone may be why we know a person."""
    unread = OwnCalendar.read_at < now - current_settings().city.keep_calendars
    return int(db.session.execute(delete(OwnCalendar).where(unread)).rowcount)  # type: ignore[attr-defined]


def _address(calendar: OwnCalendar) -> str:
    settings = current_settings()
    return settings.links.own_calendar(tokens.sign(settings.secret_key, _PURPOSE, calendar.public_id))


def _dates(entries: Iterable[Entry], now: datetime) -> list[OwnDate]:
    """One entry for each date, however often it was signed up for: a UID stands once in a calendar."""
    of_date: dict[int, list[tuple[Entry, OccurrenceFacts]]] = {}
    for entry in entries:
        for facts in entry.dates:
            of_date.setdefault(facts.occurrence_id, []).append((entry, facts))
    found = [_date(all_of_it) for all_of_it in of_date.values()]
    shown = [each for each in found if _is_told(each, now)]
    return sorted(shown, key=lambda each: (each.facts.starts_at, each.facts.occurrence))


def _date(all_of_it: list[tuple[Entry, OccurrenceFacts]]) -> OwnDate:
    """The date as its best sign-up has it. Its number rises also when somebody cancels and signs up anew."""
    entry, facts = min(all_of_it, key=lambda each: (_RANK.index(_status(each[0])), -each[0].registration.id))
    own = [each.registration for each, _facts in all_of_it]
    status = _status(entry)
    return OwnDate(
        facts=facts,
        status=status,
        words="" if status is Status.CONFIRMED else _words(entry),
        note="" if status is Status.CANCELLED else _note(entry),
        sequence=sum(each.sequence for each in own) + len(own) - 1,
        changed_at=max(each.changed_at for each in own),
    )


_RANK = (Status.CONFIRMED, Status.TENTATIVE, Status.CANCELLED)


def _status(entry: Entry) -> Status:
    if not entry.live:
        return Status.CANCELLED
    return Status.CONFIRMED if entry.registration.state == State.CONFIRMED else Status.TENTATIVE


def _words(entry: Entry) -> str:
    """What stands before the title: many programs show nothing of a status."""
    if not entry.live:
        return _("Cancelled")
    return {
        State.WAITING: _("Waiting list"),
        State.OFFERED: _("Place offered, not answered yet"),
        State.PENDING_APPROVAL: _("Waiting for the organiser's answer"),
        State.PENDING_EMAIL: _("Not confirmed yet"),
    }[entry.registration.state]


def _note(entry: Entry) -> str:
    page = _("See or change your sign-up: %(link)s", link=current_settings().links.mine())
    if entry.offer is None:
        return page
    until = wording.deadline(entry.offer.expires_at, entry.found.zone)
    return _("There is a place for you. Answer before %(time)s.", time=until) + "\n" + page


def _is_told(date: OwnDate, now: datetime) -> bool:
    """What is cancelled stays for a while, and then goes."""
    if date.status is not Status.CANCELLED and not date.facts.called_off:
        return True
    return (
        max(date.changed_at, date.facts.updated_at if date.facts.called_off else date.changed_at)
        > now - _TELLS_CANCELLED
    )
