"""Being written to by SMS: a number is typed, a code goes there, and who brings the code has shown that they read it.

Nothing is sent by SMS that nobody asked for: the code to a number is the question, and bringing it the consent. Whoever answers
STOP is written to no more, and gets no code either, whoever types the number: first the telephone itself must say START.
"""

import hmac
import secrets
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select

from engage import outbox
from engage.base import tokens, wording
from engage.base.config import current_settings
from engage.base.db import db
from engage.base.errors import Refusal
from engage.base.i18n import gettext as _
from engage.base.i18n import lazy_gettext as _l
from engage.base.i18n import speaking
from engage.base.identifiers import public_id
from engage.base.limits import Rate, take
from engage.base.message import Message
from engage.outbox import Priority, rerouting
from engage.people import Address, OneTimeKey, Purpose, Visit, phones, reaching, stops
from engage.registrations import entrance, linking

LASTS = timedelta(minutes=10)
_DIGITS = 6
# Five guesses of a million for each code, and few codes: who guesses has one chance in ten thousand a day.
_GUESSES = Rate(burst=5, per_second=1 / 3600)
# Each code costs the city money and its receiver a glance: three at once, then one each hour, for a number and for a person; and
# no more for all together than a busy day needs, for who has many of both.
_FOR_ONE = Rate(burst=3, per_second=1 / 3600)
_FOR_ALL = Rate(burst=100, per_second=100 / 3600)
STOP, START = (
    frozenset({"stop", "stopp", "stopall", "afmeld", "abmelden", "unsubscribe"}),
    frozenset({"start", "unstop"}),
)


class CodeWrong(Refusal):
    """It is not the code that was sent, or no longer."""

    code = "phone_code_wrong"
    message = _l("That is not the code, or it is too old. Look at the SMS again, or ask for a new code.")


class SaidStop(Refusal):
    """The number's owner has answered STOP."""

    code = "phone_said_stop"
    message = _l("STOP was sent to us from this number. Send START from it first, then we may write to it again.")


class NoSms(Refusal):
    """This installation sends none."""

    code = "no_sms"
    message = _l("We cannot send SMS.")


def number(person_id: int) -> str | None:
    """The number at which this person has shown that they read SMS."""
    query = select(Address.identifier).where(Address.person_id == person_id, Address.channel == reaching.SMS)
    return db.session.scalar(query.order_by(Address.id.desc()).limit(1))


def is_chosen(person_id: int) -> bool:
    """Whether they are written to by SMS."""
    return (own := number(person_id)) is not None and reaching.is_on(reaching.SMS, own)


def has_said_stop(person_id: int) -> bool:
    """Whether STOP was sent from their number."""
    own = number(person_id)
    return own is not None and _is_stopped(own)


def ask(visit: Visit, typed: str, *, language: str, now: datetime) -> str:
    """Send a code to the number `typed`, and return it as it was understood. The codes of this person sent before are worth
    nothing any more.

    Refuses with `NoSms`, `phones.PhoneNotUsable`, `SaidStop` or `limits.TooOften`.
    """
    settings = current_settings()
    if settings.sms is None:
        raise NoSms
    asked = phones.normalise(typed, settings.city.calling_country)
    _refuse_stopped(asked)
    for owner in (asked, f"person {visit.address.person_id}"):
        take(f"sms-code:{tokens.stand_in(settings.secret_key, owner)}", _FOR_ONE, now)
    take("sms-code", _FOR_ALL, now)
    forget_codes(visit)
    code = f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}d}"
    name = public_id(12)
    key = OneTimeKey(
        public_id=name,
        hash=_hidden(name, code),
        purpose=Purpose.PHONE,
        email=visit.address.identifier,
        facts={"channel": reaching.SMS, "identifier": asked},
        made_at=now,
        expires_at=now + LASTS,
    )
    db.session.add(key)
    db.session.flush()
    _send(key, code, language, now)
    return asked


def _send(key: OneTimeKey, code: str, language: str, now: datetime) -> None:
    with speaking(language):
        until = wording.clock(key.expires_at.astimezone(current_settings().city.zone))
        words = _(
            "%(code)s is your code for %(service)s. It works until %(time)s. Was it not you? Then do nothing.",
            code=code,
            service=current_settings().city.title,
            time=until,
        )
    about = entrance.about(key.public_id)
    outbox.put(
        Message(text=(words,), language=language),
        [(reaching.SMS, key.facts["identifier"])],
        key=about,
        about=about,
        now=now,
        good_until=key.expires_at,
        priority=Priority.ANSWER,
    )


def waiting(visit: Visit, *, now: datetime) -> str | None:
    """The number to which a code is on its way."""
    key = _key(visit, now)
    return key.facts["identifier"] if key is not None else None


def prove(visit: Visit, code: str, *, now: datetime) -> str:
    """The code came back: from here on letters go to this number first. Returns it.

    Somebody else's it is no more: a number changes hands, and who reads it now has shown so. Refuses with `CodeWrong`,
    `SaidStop` or `limits.TooOften`.
    """
    key, person_id = _key(visit, now), visit.address.person_id
    if key is None:
        raise CodeWrong
    take(f"sms-guess:{key.public_id}", _GUESSES, now)
    typed = "".join(letter for letter in code if letter.isdecimal())
    if not hmac.compare_digest(key.hash, _hidden(key.public_id, typed)):
        raise CodeWrong
    proven = str(key.facts["identifier"])
    _refuse_stopped(proven)
    forget_codes(visit)
    forget(person_id, now=now)
    _let_go(proven, now)
    db.session.add(Address(person_id=person_id, channel=reaching.SMS, identifier=proven, verified_at=now))
    db.session.flush()
    hear_by(person_id, reaching.SMS, now=now)
    return proven


def hear_by(person_id: int, way: str, *, now: datetime) -> None:
    """Letters about their sign-ups go by SMS first ("sms"), to their chats ("chat") or to their mailbox ("email")."""
    own = number(person_id)
    if own is None and way == reaching.SMS:
        return
    linking.hear_by_chat(person_id, way == "chat", now=now)
    if own is None:
        return
    if way == reaching.SMS:
        reaching.turn_on(reaching.SMS, own, "chosen")
    else:
        reaching.turn_off(reaching.SMS, own, "chosen", now)


def forget(person_id: int, *, now: datetime) -> None:
    """Write to this person's telephone no more, and forget its number; letters on their way there take the next address."""
    if (own := number(person_id)) is not None:
        _let_go(own, now)


def stop(said_by: str, *, now: datetime) -> None:
    """The owner of this number answered STOP: nothing leaves for it any more, and what is on its way takes the next address.

    A number that nobody here knows is remembered too, for whoever gives it later.
    """
    stops.note(said_by, now)
    rerouting.address_gone(reaching.SMS, said_by, "the number said STOP", now)


def start(said_by: str, *, now: datetime) -> None:
    """They want SMS after all, and what had no other way meanwhile is sent."""
    stops.take_back(said_by)
    if not reaching.turn_on(reaching.SMS, said_by, "blocked"):
        return
    for each in rerouting.release(reaching.SMS, said_by, now):
        key = f"{each.about}:since-start:{now:%Y%m%d%H%M%S}"
        outbox.put(each.message, [(reaching.SMS, said_by)], key=key, about=each.about, now=now)


def forget_codes(visit: Visit) -> None:
    """Take back the codes this visit's person was sent, and the messages they stood in."""
    gone = delete(OneTimeKey).where(*_of(visit)).returning(OneTimeKey.public_id)
    outbox.forget([entrance.about(name) for name in db.session.scalars(gone).all()])


def _let_go(proven: str, now: datetime) -> None:
    """Whoever's the number was: what was to be sent there was for them alone."""
    db.session.execute(delete(Address).where(Address.channel == reaching.SMS, Address.identifier == proven))
    rerouting.address_gone(reaching.SMS, proven, "the number is theirs no more", now)


def _refuse_stopped(asked: str) -> None:
    if _is_stopped(asked):
        raise SaidStop


def _is_stopped(asked: str) -> bool:
    stopped = Address.channel == reaching.SMS, Address.identifier == asked, Address.off_reason == "blocked"
    return stops.is_noted(asked) or db.session.scalar(select(Address.id).where(*stopped)) is not None


def _of(visit: Visit) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return OneTimeKey.purpose == Purpose.PHONE, OneTimeKey.email == visit.address.identifier


def _key(visit: Visit, now: datetime) -> OneTimeKey | None:
    query = select(OneTimeKey).where(*_of(visit), OneTimeKey.expires_at > now)
    return db.session.scalars(query.order_by(OneTimeKey.id.desc())).first()


def _hidden(name: str, code: str) -> bytes:
    """A short code's hash is keyed, and another for each: else a table of a million codes would find it."""
    return bytes.fromhex(tokens.stand_in(current_settings().secret_key, f"phone {name} {code}"))
