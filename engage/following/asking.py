"""Beginning to follow something on the web, for who is not on their own page: a link goes to their address, its button begins.

As on the way in to one's own page, what is answered never tells whether we know an address.
"""

from datetime import datetime

from engage import people
from engage.base import wording
from engage.base.config import current_settings
from engage.base.i18n import gettext as _
from engage.base.i18n import speaking
from engage.base.message import Button, Message
from engage.following import naming, topics
from engage.following.criteria import Criteria, checked
from engage.people import OneTimeKey, Purpose, onetime
from engage.registrations import entrance


def ask(
    typed: str,
    criteria: Criteria,
    *,
    language: str,
    client: str,
    now: datetime,
    chat: tuple[str, str] | None = None,
) -> str:
    """Send a link that begins the following to the address `typed`, and return it as it was understood.

    `chat` is the (channel, identifier) where it was asked for. Refuses with `people.EmailNotUsable` or `limits.TooOften`.
    """
    email = people.normalise_email(typed)
    entrance.count(email, client, now)
    facts = {"criteria": checked(criteria)} | ({"channel": chat[0], "identifier": chat[1]} if chat else {})
    key, secret = onetime.make(Purpose.FOLLOW, email, now=now, lasts=entrance.LASTS, facts=facts)
    settings = current_settings()
    with speaking(language):
        until = wording.deadline(key.expires_at, settings.city.zone)
        message = Message(
            subject=_("Follow %(topic)s?", topic=naming.name(key.facts["criteria"])),
            text=(
                _("Hello,"),
                _(
                    "Press the button to hear of new activities: one e-mail a week, and only when there is something new."
                ),
                _("The link works once, until %(time)s. You can always ask for a new one.", time=until),
                _(
                    "Was it not you who asked? Then you need not do anything. You get nothing without pressing the button."
                ),
            ),
            buttons=(Button(_("Yes, follow it"), url=settings.links.begin_to_follow(secret)),),
            language=language,
        )
    entrance.post(message, key, now)
    return email


def look(secret: str, *, now: datetime) -> OneTimeKey:
    """What a letter's link would begin; nothing is changed. Raises `LinkUsedUp`."""
    return onetime.look(Purpose.FOLLOW, secret, now)


def begin(secret: str, *, language: str, browser: str, now: datetime) -> str:
    """The reader of the letter says yes: the address is theirs, and they follow what they asked for.

    Returns the name of a visit, as they have shown who they are. Raises `LinkUsedUp`, or refuses with `TooManyFollowed`.
    """
    # Each asks for something of its own: who asked for two topics presses two buttons.
    key = onetime.use(Purpose.FOLLOW, secret, now, browser=browser, ends_others=False)
    name = entrance.let_in(key.email, language=language, now=now)
    person = people.person_at("email", key.email)
    assert person is not None, "who was let in is there"
    topics.follow(person, key.facts["criteria"], now=now)
    return name
