"""Secrets that work once: sent to an address, they show that its mail is read. The table keeps their hash and opens nothing."""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, delete, select, update

from engage.base.db import db
from engage.base.i18n import lazy_gettext as _l
from engage.base.identifiers import public_id
from engage.base.tokens import LinkNotValid
from engage.people.models import OneTimeKey

# A second press of the same button, in the same browser and this soon, is the same press: many people click everything twice.
_SAME_PRESS = timedelta(seconds=30)


class Purpose(StrEnum):
    """What a secret is for; one made for one thing is worth nothing for another."""

    ENTER = "enter"
    LINK = "link"
    FOLLOW = "follow"
    PHONE = "phone"
    PROPOSE = "propose"


class LinkUsedUp(LinkNotValid):
    """The link was used, is too old, or never was one. Which of these is nobody's business who does not have it."""

    code = "link_used_up"
    message = _l("This link has been used, or it is too old. Ask for a new one, it takes a moment.")


def make(
    purpose: Purpose, email: str, *, now: datetime, lasts: timedelta, facts: Mapping[str, Any] | None = None
) -> tuple[OneTimeKey, str]:
    """A new secret for who reads the mail of `email`: its row, and the secret itself (256 bits), which stands nowhere else."""
    secret = secrets.token_urlsafe(32)
    key = OneTimeKey(
        public_id=public_id(12),
        hash=hashed(secret),
        purpose=purpose,
        email=email,
        facts=dict(facts or {}),
        made_at=now,
        expires_at=now + lasts,
    )
    db.session.add(key)
    db.session.flush()
    return key, secret


def look(purpose: Purpose, secret: str, now: datetime) -> OneTimeKey:
    """What a secret is for, without using it: opening a link changes nothing. Raises `LinkUsedUp`."""
    usable = OneTimeKey.used_at.is_(None), OneTimeKey.expires_at > now
    key = db.session.scalars(select(OneTimeKey).where(*_is(purpose, secret), *usable)).one_or_none()
    if key is None:
        raise LinkUsedUp
    return key


def facts_of(purpose: Purpose, secret: str) -> Mapping[str, Any]:
    """What a secret was made with, also of one that is used up or too old; nothing where there is none."""
    found = db.session.scalar(select(OneTimeKey.facts).where(*_is(purpose, secret)))
    return found or {}


def use(purpose: Purpose, secret: str, now: datetime, *, browser: str, ends_others: bool = True) -> OneTimeKey:
    """Use a secret up. Raises `LinkUsedUp`.

    All others sent to the same address for the same are worth nothing from then on, if it `ends_others`. `browser` is known to
    one browser alone. Where it used the secret a moment ago, that answer is given again.
    """
    # One statement, so that of two who bring the same secret at once only one gets in.
    used = (
        update(OneTimeKey)
        .where(*_is(purpose, secret), OneTimeKey.used_at.is_(None), OneTimeKey.expires_at > now)
        .values(used_at=now, browser=hashed(browser))
        .returning(OneTimeKey)
    )
    key = db.session.scalar(used)
    if key is None:
        again = select(OneTimeKey).where(
            *_is(purpose, secret), OneTimeKey.browser == hashed(browser), OneTimeKey.used_at > now - _SAME_PRESS
        )
        if (key := db.session.scalar(again)) is None:
            raise LinkUsedUp
        return key
    if not ends_others:
        return key
    others = delete(OneTimeKey).where(OneTimeKey.purpose == purpose, OneTimeKey.email == key.email)
    db.session.execute(others.where(OneTimeKey.used_at.is_(None)))
    return key


def _is(purpose: Purpose, secret: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return OneTimeKey.hash == hashed(secret), OneTimeKey.purpose == purpose


def hashed(secret: str) -> bytes:
    """The form in which a secret is kept. Plain SHA-256 is enough where there are too many bits to guess."""
    return hashlib.sha256(secret.encode()).digest()


def take_back(which: ColumnElement[bool]) -> list[str]:
    """Delete these secrets; returns their public ids."""
    gone = delete(OneTimeKey).where(which).returning(OneTimeKey.public_id)
    return list(db.session.scalars(gone))


def expired(now: datetime) -> list[str]:
    """Delete the secrets that can be used no more; returns their public ids."""
    gone = delete(OneTimeKey).where(OneTimeKey.expires_at < now).returning(OneTimeKey.public_id)
    return list(db.session.scalars(gone))
