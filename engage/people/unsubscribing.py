"""Links by which one kind of letters is stopped, without login: each is good for the owner of one address and one kind."""

from dataclasses import dataclass

from sqlalchemy import select

from engage.base import tokens
from engage.base.config import current_settings
from engage.base.db import db
from engage.base.errors import Refusal
from engage.base.i18n import lazy_gettext as _l
from engage.people.identity import masked
from engage.people.models import Address


class NobodyHere(Refusal):
    """Whose letters it was is forgotten, so that there is nothing to stop."""

    code = "nobody_here"
    message = _l("We hold nothing of you any more, so you get no letters from us.")


def link(kind: str, person_id: int | None) -> str:
    """The address at which letters of this kind are stopped; "" for who has none to be written to.

    It names one of their addresses and not the person, who may become one with another while the letter lies in a mailbox.
    """
    theirs = select(Address.id).where(Address.person_id == person_id, Address.verified_at.is_not(None))
    found = db.session.scalar(theirs.order_by(Address.channel != "email", Address.id).limit(1)) if person_id else None
    return link_by(kind, found)


def link_by(kind: str, address_id: int | None) -> str:
    """The same for who has read the number of the address already, as who writes to thousands does for all of them at once:
    that of the first proven one, e-mail before all others; "" without.
    """
    settings = current_settings()
    if address_id is None:
        return ""
    return settings.links.unsubscribe(kind, tokens.sign(settings.secret_key, _purpose(kind), address_id))


@dataclass(frozen=True, slots=True)
class Reader:
    """Whose letters a link stops, and where they go: an e-mail address as its owner knows it again, "" for a chat."""

    person_id: int
    shown: str


def reader(kind: str, token: str) -> Reader:
    """Whose letters a link stops. Refuses with `LinkNotValid` or `NobodyHere`."""
    number = tokens.unsign(current_settings().secret_key, _purpose(kind), token)
    found = db.session.execute(
        select(Address.person_id, Address.channel, Address.identifier).where(Address.id == int(number))
    ).one_or_none()
    if found is None or found.person_id is None:
        raise NobodyHere
    return Reader(found.person_id, masked(found.identifier) if found.channel == "email" else "")


def _purpose(kind: str) -> str:
    return f"unsubscribe:{kind}"
