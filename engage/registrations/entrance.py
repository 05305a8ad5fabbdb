"""The way in to one's own page: a link is sent to an address, whoever it belongs to, and its button lets its reader in.

What is asked for and what is answered never tells whether we know an address. Who comes by a link has shown that they read its
mail; only then a person is made of it.
"""

from datetime import datetime, timedelta

from sqlalchemy import select

from engage import outbox, people
from engage.base import tokens, wording
from engage.base.config import current_settings
from engage.base.db import db
from engage.base.i18n import gettext as _
from engage.base.i18n import speaking
from engage.base.limits import Rate, take
from engage.base.message import Button, Message
from engage.outbox import Priority
from engage.people import Address, Purpose, onetime, visits
from engage.people.holdings import keys_of
from engage.registrations import own_page

LASTS = timedelta(minutes=30)
# A client may ask for a few links at once; for one address as many as somebody asks for who does not find the mail. The
# whole world's bucket for an address is wider, since whoever empties it keeps the owner waiting too.
_CLIENT = Rate(burst=10, per_second=1 / 60)
_CLIENT_FOR_ADDRESS = Rate(burst=3, per_second=1 / 300)
_ADDRESS = Rate(burst=8, per_second=1 / 300)


def ask(typed: str, *, language: str, client: str, now: datetime, to_data: bool = False) -> str:
    """Send a link to one's own page to the address `typed`, and return it as it was understood. Known or not makes no difference.

    With `to_data` it leads on to all that is kept of its reader. Refuses with `people.EmailNotUsable` or `limits.TooOften`.
    """
    email = people.normalise_email(typed)
    count(email, client, now)
    key, secret = onetime.make(Purpose.ENTER, email, now=now, lasts=LASTS, facts={"to": "data"} if to_data else None)
    settings = current_settings()
    with speaking(language):
        until = wording.deadline(key.expires_at, settings.city.zone)
        message = Message(
            subject=_("Your link to My page"),
            text=(
                _("Hello,"),
                _("Press the button to read and download all that we keep about you.")
                if to_data
                else _("Press the button to see and change what you have signed up for."),
                _("The link works once, until %(time)s. You can always ask for a new one.", time=until),
                _("Was it not you who asked? Then you need not do anything. Nobody gets in without this e-mail."),
            ),
            buttons=(Button(_("Open My page"), url=settings.links.enter(secret)),),
            language=language,
        )
    post(message, key, now)
    return email


def count(email: str, client: str, now: datetime) -> None:
    """Take what a link to this address costs, or raise `TooOften`."""
    owner = tokens.stand_in(current_settings().secret_key, email)
    take(f"one-time:client:{client}", _CLIENT, now)
    take(f"one-time:{owner}:{client}", _CLIENT_FOR_ADDRESS, now)
    take(f"one-time:{owner}", _ADDRESS, now)


def post(message: Message, key: people.OneTimeKey, now: datetime) -> None:
    """Send a letter with a secret in it. It is forgotten together with the secret (`expire`), sent or not."""
    name, address = about(key.public_id), [("email", key.email)]
    outbox.put(message, address, key=name, about=name, now=now, good_until=key.expires_at, priority=Priority.AWAITED)


def enter(secret: str, *, language: str, browser: str, now: datetime) -> str:
    """Let in who pressed the button behind the link; returns the visit's name, for their cookie. Raises `LinkUsedUp`."""
    key = onetime.use(Purpose.ENTER, secret, now, browser=browser)
    return let_in(key.email, language=language, now=now)


def let_in(email: str, *, language: str, now: datetime) -> str:
    """Begin a visit of who has just shown that the mail of this address is theirs; returns its name."""
    person = people.find_or_create("email", email, language=language, now=now)
    people.verify("email", email, now)
    own_page.seen(person, now)
    address = select(Address.id).where(Address.channel == "email", Address.identifier == email)
    lasts = timedelta(hours=current_settings().my_page_hours)
    return visits.begin(db.session.scalars(address).one(), now, lasts)


def erase(person_id: int, _now: datetime) -> None:
    """Take back every link sent to the person's addresses or asked for in their chats. Their visits go with the addresses."""
    outbox.forget([about(name) for name in onetime.take_back(keys_of(person_id))])


def expire(now: datetime) -> int:
    """Delete links and visits that are over, with the letters the links stood in: nobody has to know who asked for one."""
    gone = onetime.expired(now)
    outbox.forget([about(name) for name in gone])
    return len(gone) + visits.expire(now)


def about(key_public_id: str) -> str:
    """What a letter with this secret is about."""
    return f"one-time:{key_public_id}"
