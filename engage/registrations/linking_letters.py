"""What is written when a chat is linked with a person's own page: the question to the address, and the news to both ends."""

from datetime import datetime

from sqlalchemy import select

from engage import outbox, people
from engage.activities.facts import occurrences
from engage.base import wording
from engage.base.config import current_settings
from engage.base.db import db
from engage.base.i18n import current_language, ngettext, speaking
from engage.base.i18n import gettext as _
from engage.base.message import Button, Message
from engage.channels import CHANNELS
from engage.outbox import Priority
from engage.people import OneTimeKey, Person
from engage.registrations import entrance
from engage.registrations.merging import PersonMerge
from engage.registrations.models import Registration


def ask(key: OneTimeKey, secret: str, *, language: str, now: datetime) -> None:
    """Link this chat with you? The secret is in the letter's button."""
    settings = current_settings()
    with speaking(language):
        until = wording.deadline(key.expires_at, settings.city.zone)
        message = Message(
            subject=_("Link your chat with My page?"),
            text=(
                _("Hello,"),
                _("In our chat somebody asked to see and change what this e-mail address has signed up for."),
                _(
                    "Was it you? Press the button and say yes on the page. The link works once, until %(time)s.",
                    time=until,
                ),
                _("Was it not you? Then you need not do anything. Nothing is linked without your yes."),
            ),
            buttons=(Button(_("See what is asked"), url=settings.links.link(secret)),),
            language=language,
        )
    entrance.post(message, key, now)


def to_chat(merged: PersonMerge, channel: str, identifier: str, email: str, language: str, now: datetime) -> None:
    """The chat is linked: told there, where it can be reached."""
    if channel not in CHANNELS:
        return  # such as a terminal, which nobody can write to; it finds out when it asks
    with speaking(language):
        message = Message(
            text=(
                _("This chat is linked with My page of %(email)s now.", email=people.masked(email)),
                _("You see here what you signed up for on the web, and there what you signed up for here."),
                *_twice(merged),
            ),
            buttons=(Button(_("My sign-ups"), action="mine:show"),),
            language=language,
        )
    _put(merged, "chat", message, channel, identifier, now)


def _twice(merged: PersonMerge) -> list[str]:
    """What they had signed up for in both, and what is left of it."""
    kept = db.session.scalars(
        select(Registration).where(Registration.id.in_([each["kept"] for each in merged.doubles]))
    )
    return [_one_now(each) for each in kept.all()]


def _one_now(kept: Registration) -> str:
    (facts,) = occurrences([kept.occurrence_id], current_language())
    day = wording.short_date(facts.starts_at.astimezone(facts.zone))
    return ngettext(
        "You had signed up twice for %(title)s, %(day)s. Now it is one sign-up, with %(number)s place.",
        "You had signed up twice for %(title)s, %(day)s. Now it is one sign-up, with %(number)s places.",
        kept.seats,
        title=facts.title,
        day=day,
    )


def to_mailbox(merged: PersonMerge, email: str, now: datetime) -> None:
    """The chat is linked: told to the address, so that nobody is linked without knowing it."""
    language = db.session.get_one(Person, merged.kept_id).language
    settings = current_settings()
    with speaking(language):
        message = Message(
            subject=_("A chat was linked with My page"),
            text=(
                _("Hello,"),
                _("A chat can see and change your sign-ups from now on, as you said on My page."),
                *_twice(merged),
                _(
                    "Was it not you? Unlink the chat on My page, or write to %(email)s.",
                    email=settings.city.contact["email"],
                ),
            ),
            buttons=(Button(_("Open My page"), url=settings.links.mine()),),
            language=language,
        )
    _put(merged, "mail", message, "email", email, now)


def _put(merged: PersonMerge, kind: str, message: Message, channel: str, identifier: str, now: datetime) -> None:
    name = about(merged.public_id)
    outbox.put(message, [(channel, identifier)], key=f"{name}:{kind}", about=name, now=now, priority=Priority.AWAITED)


def about(merge_public_id: str) -> str:
    """What these letters are about."""
    return f"link:{merge_public_id}"
