"""How long somebody's own page is kept: their wishes, linked chats and what they follow outlive their sign-ups, and go when
nothing of theirs has been here for long. They are written to 30 days before, and keep everything by opening the page.
"""

from datetime import datetime, timedelta

from sqlalchemy import and_, not_, select, update

from engage import outbox, people
from engage.base import wording
from engage.base.config import current_settings
from engage.base.db import db
from engage.base.i18n import gettext as _
from engage.base.i18n import speaking
from engage.base.message import Button, Message
from engage.people import Person, reaching
from engage.people.forgetting import WARNED_BEFORE, has_chosen, named_by_nobody

# "Last here" is true to this, so that being here is not a write each time.
_NOTED_EVERY = timedelta(days=1)
_MOST = 500


def seen(person_id: int, now: datetime) -> None:
    """Note that somebody is on their own page."""
    db.session.execute(update(Person).where(Person.id == person_id).values(seen_at=now, warned_at=None))


def warn(now: datetime) -> int:
    """Note who still has a sign-up, a talk or a visit here; write to who has had none for long. Returns to how many."""
    named = not_(and_(*named_by_nobody()))
    db.session.execute(
        update(Person)
        .where(named, Person.seen_at < now - _NOTED_EVERY)
        .values(seen_at=now, warned_at=None)
        .execution_options(synchronize_session=False)
    )
    almost = Person.seen_at < now - current_settings().city.keep_own_pages + WARNED_BEFORE
    which = (has_chosen(), almost, Person.warned_at.is_(None), *named_by_nobody())
    quiet = select(Person).where(*which).order_by(Person.id).limit(_MOST).with_for_update(skip_locked=True)
    found = db.session.scalars(quiet).all()
    for person in found:
        _write_to(person, now)
        person.warned_at = now
    db.session.flush()
    return len(found)


def _write_to(person: Person, now: datetime) -> None:
    settings, emails = current_settings(), people.proven_emails(person.id)
    # Who follows something from their chat alone has no other address, and says so by talking there.
    addresses = [("email", emails[0])] if emails else reaching.ways(person.id)
    with speaking(person.language):
        day = wording.dated((now + WARNED_BEFORE).astimezone(settings.city.zone).date())
        keep = (
            _("Do you want to keep them? Open My page before then. Otherwise you need not do anything.")
            if emails
            else _("Do you want to keep them? Press the button before then. Otherwise you need not do anything.")
        )
        button = (
            Button(_("Open My page"), url=settings.links.mine())
            if emails
            else Button(_("Keep what I follow"), action="topics:show")
        )
        message = Message(
            subject=_("We are about to forget you"),
            text=(
                _("Hello,"),
                _(
                    "You have not been here for a long time. On %(day)s we delete your wishes, your linked chats and what you "
                    "follow.",
                    day=day,
                ),
                keep,
            ),
            buttons=(button,),
            language=person.language,
        )
    about = f"own-page:{person.id}"
    outbox.put(message, addresses, key=f"{about}:{now.date()}", about=about, now=now)
