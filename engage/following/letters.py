"""The weekly letter about what somebody follows: whose is due, to which of their addresses, and in which words.

One person, one transaction (see `write`): their row is claimed, the next day noted and the letter queued together. So a worker
that dies has written nothing, two workers take different persons, and nobody gets two letters in one week.
"""

from datetime import datetime

from sqlalchemy import exists, or_, select, update

from engage import outbox, people
from engage.base import tokens
from engage.base.config import current_settings
from engage.base.db import db
from engage.base.i18n import gettext as _
from engage.base.i18n import ngettext, speaking
from engage.base.message import Button, Message
from engage.channels import abilities
from engage.following import criteria, naming, slots, topics
from engage.following.digests import Digest, compose
from engage.following.models import Followed
from engage.people import Address, Person, Wishes, reaching
from engage.registrations.cards import card
from engage.registrations.windows import Quiet

STOP = "stop-following"  # what the token in a letter is good for
_DOORS = 3


def due(now: datetime, most: int) -> list[int]:
    """The people whose day has come, who waits longest first.

    Who has no day yet follows what another person followed before the two became one.
    """
    which = or_(Person.digest_due_at.is_(None), Person.digest_due_at <= now)
    follows = exists().where(Followed.person_id == Person.id)
    query = select(Person.id).where(which, follows).order_by(Person.digest_due_at.nulls_first(), Person.id)
    return list(db.session.scalars(query.limit(most)))


def write(person_id: int, now: datetime) -> bool:
    """Write to one of those, where there is something new for them; whether it was still to be done.

    After an outage of days it is written late, after a longer one the next letter tells all of it.
    """
    person = _claim(person_id, now)
    if person is None:
        return False
    settings, day = current_settings(), person.digest_due_at
    wished, zone = Wishes.from_json(person.wishes), settings.city.zone
    person.digest_due_at = slots.next_slot(wished.digest, after=now, zone=zone)
    if day is not None and now - day < slots.USEFUL and not _had_one(person, now) and _wants(person, wished, now):
        _write(person, wished, now)
    db.session.flush()
    return True


def _claim(person_id: int, now: datetime) -> Person | None:
    """The person, locked, if nobody else is writing to them at this moment, or has since they were found."""
    still = or_(Person.digest_due_at.is_(None), Person.digest_due_at <= now)
    locked = select(Person).where(Person.id == person_id, still).with_for_update(skip_locked=True)
    return db.session.scalars(locked.execution_options(populate_existing=True)).one_or_none()


def _had_one(person: Person, now: datetime) -> bool:
    """Whether there was a letter this week: they have chosen another day since."""
    zone = current_settings().city.zone
    return person.digest_sent_at is not None and slots.week(person.digest_sent_at, zone) == slots.week(now, zone)


def _wants(person: Person, wished: Wishes, now: datetime) -> bool:
    today = now.astimezone(current_settings().city.zone).date()
    return person.optional_off_at is None and not wished.paused(today)


def _write(person: Person, wished: Wishes, now: datetime) -> None:
    settings, addresses = current_settings(), _addresses(person.id)
    if not addresses:
        return
    with speaking(person.language):
        digest = compose(person.id, now=now)
        if not digest.new:
            return
        message = worded(digest, now, language=person.language, stop=stop_link(person.id))
    zone = settings.city.zone
    quiet = Quiet(*(wished.quiet or (settings.quiet_from, settings.quiet_until)))
    about = topics.about(person.id)
    outbox.put(
        message,
        addresses,
        key=f"{about}:{slots.week(now, zone)}",
        about=about,
        now=now,
        due_at=quiet.after(now, zone),
        good_until=now + slots.USEFUL,
        priority=outbox.Priority.BULK,
    )
    person.digest_sent_at = now
    db.session.execute(update(Followed).where(Followed.person_id == person.id).values(told_at=now))


def _addresses(person_id: int) -> list[tuple[str, str]]:
    """Their open chats that reach them, then an address they have shown to be theirs. Nothing optional waits for a closed one."""
    emails = people.proven_emails(person_id)
    ways = reaching.ways(person_id, emails[0] if emails else None)
    return [
        (channel, identifier)
        for channel, identifier in ways
        if channel == "email" or (abilities.of(channel).reaches_later and reaching.is_on(channel, identifier))
    ]


# What stands in a letter -------------------------------------------------------------------------------------------------


def worded(digest: Digest, now: datetime, *, language: str, stop: str = "") -> Message:
    """The letter, in the language spoken now. `stop` is the address that ends such letters, where mail goes there."""
    count = ngettext("%(number)s new activity", "%(number)s new activities", len(digest.new))
    text = (
        _("Hello,"),
        _("You follow %(topics)s.", topics=naming.names(list(digest.topics))),
        _("Here is what has come since the last letter, and what is on soon."),
        *([_first_of(digest)] if digest.more else []),
    )
    headings = (
        (digest.new, _("New since the last letter")),
        (digest.coming, _("In the next three weeks")),
        (digest.full, _("Waiting list")),
    )
    return Message(
        subject=_("%(count)s in what you follow", count=count),
        text=text,
        cards=tuple(
            card(each, now, heading=heading if number == 0 else "")
            for dates, heading in headings
            for number, each in enumerate(dates)
        ),
        buttons=(*_ways_on(digest), *_ways_out()),
        language=language,
        unsubscribe=stop,
    )


def _first_of(digest: Digest) -> str:
    shown = len(digest.shown)
    return _("These are the first %(shown)s of %(number)s.", shown=shown, number=shown + digest.more)


def _ways_on(digest: Digest) -> list[Button]:
    """The list of activities, narrowed to what they follow: one door where one search finds it all."""
    links, everything = current_settings().links, criteria.together(list(digest.topics))
    number = len(digest.shown) + digest.more
    if everything is not None:
        label = _("See all %(number)s", number=number) if digest.more else _("See them in the calendar")
        return [Button(label, url=links.listing(criteria.query(everything)))]
    return [
        Button(_("See all: %(topic)s", topic=naming.name(each)), url=links.listing(criteria.query(each)))
        for each in digest.topics[:_DOORS]
    ]


def _ways_out() -> list[Button]:
    links = current_settings().links
    return [
        Button(_("Choose topics and day"), action="topics:show", url=links.topics()),
        # In a mail the address that ends them stands under it, and in the program's own button.
        Button(_("Stop these letters"), action="topics:ask_all"),
    ]


def stop_link(person_id: int) -> str:
    """The address that ends these letters, for who reads the mail of their first proven address; "" where there is none.

    It names the address and not the person, who may become one with another.
    """
    address = select(Address.id).where(
        Address.person_id == person_id, Address.channel == "email", Address.verified_at.is_not(None)
    )
    found = db.session.scalar(address.order_by(Address.id).limit(1))
    settings = current_settings()
    return settings.links.stop_topics(tokens.sign(settings.secret_key, STOP, found)) if found is not None else ""


def reader(token: str) -> int | None:
    """Whose letters a token ends; None when they are forgotten. Raises `LinkNotValid`."""
    address = tokens.unsign(current_settings().secret_key, STOP, token)
    return db.session.scalar(select(Address.person_id).where(Address.id == address))
