"""An account moves to another e-mail address: asked for by its holder, confirmed by the new address, stopped by the old one.

Where the city's own directory vouches for somebody, the directory says what their address is; see `directory`.
"""

import uuid
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, String, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engage import outbox
from engage.accounts import audit, letters, sessions
from engage.accounts.invitations import account_of
from engage.accounts.models import User
from engage.base import tokens
from engage.base.config import current_settings
from engage.base.db import Base, db, savepoint
from engage.base.errors import Refusal
from engage.base.i18n import lazy_gettext as _l
from engage.base.identifiers import public_id
from engage.people import normalise_email

# The old address has longer than the new one: whoever took the account over confirms at once, its owner may be away.
CONFIRM_WITHIN = timedelta(days=2)
STOP_WITHIN = timedelta(days=7)
_CONFIRM, _STOP = "email-change-confirm", "email-change-stop"


class EmailChange(Base):
    """Somebody asked to move an account. It is over when it was stopped, or confirmed and a week old."""

    __tablename__ = "email_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(12), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    old_email: Mapped[str] = mapped_column(String(254))
    new_email: Mapped[str] = mapped_column(String(254))
    asked_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    stopped_at: Mapped[datetime | None]

    user: Mapped[User] = relationship()


class DirectoryRules(Refusal):
    """The city's own directory says what the address is."""

    code = "directory_rules"
    message = _l("%(authority)s decides which e-mail address you have. It is changed there, and not here.")


class SameEmail(Refusal):
    """It has this address already."""

    code = "same_email"
    message = _l("This is the e-mail address you have already.")


class ChangeIsOver(Refusal):
    """It was confirmed, stopped, followed by another one, or is too old."""

    code = "email_change_over"
    message = _l(
        "This change of e-mail address was stopped or is too old. You can ask for it again on your account's page."
    )


class EmailTaken(Refusal):
    """Another account got the address meanwhile."""

    code = "email_taken"
    message = _l("This e-mail address belongs to another account by now. Write to us, and we will help.")


def ask(user: User, email: str, *, now: datetime) -> EmailChange:
    """Write to the new address, which must confirm, and to the one there is, which may stop it. Nothing else changes yet.

    Whether another account has the new address is told to nobody but the owner of that address. An earlier change that
    waits is stopped. Raises `DirectoryRules`, `SameEmail` or `people.EmailNotUsable`.
    """
    if user.city_subject is not None:
        raise DirectoryRules(authority=current_settings().city.authority)
    address = normalise_email(email)
    if address == user.email:
        raise SameEmail
    _stop_waiting(user, now)
    change = EmailChange(
        public_id=public_id(12), user_id=user.id, old_email=user.email, new_email=address, asked_at=now
    )
    db.session.add(change)
    db.session.flush()
    links = current_settings().links
    about = _about(change)
    if account_of(address) is None:
        until = now + CONFIRM_WITHIN
        letters.confirm_email(user, address, links.email_change(_token(_CONFIRM, change)), about, now, until)
    else:
        letters.email_has_account(user, address, about, now)
    letters.email_asked(user, address, links.stop_email_change(_token(_STOP, change)), about, now, now + STOP_WITHIN)
    audit.record(user, "account.email_asked", f"account:{user.public_id}", {}, now)
    return change


def opened(token: str, now: datetime) -> EmailChange:
    """The change a link to the new address speaks of; raises `LinkNotValid` or `ChangeIsOver`. Opening it changes nothing."""
    change = _found(_CONFIRM, token, CONFIRM_WITHIN)
    open_still = change.confirmed_at is None and change.stopped_at is None and change.asked_at > now - CONFIRM_WITHIN
    if not open_still or not change.user.active or change.user.city_subject is not None:
        raise ChangeIsOver
    return change


def confirm(change: EmailChange, *, now: datetime) -> User:
    """Move the account. It is signed out everywhere, and links to new passwords that went to the old address are void.

    Tells the old address once more. Raises `ChangeIsOver` or `EmailTaken`.
    """
    # One statement: of the confirming and the stopping button pressed at once, one is too late.
    still = (EmailChange.id == change.id, EmailChange.confirmed_at.is_(None), EmailChange.stopped_at.is_(None))
    used = update(EmailChange).where(*still, EmailChange.asked_at > now - CONFIRM_WITHIN).values(confirmed_at=now)
    if db.session.execute(used).rowcount != 1:  # type: ignore[attr-defined]
        raise ChangeIsOver
    user = change.user
    _move(user, change.new_email, now)
    link = current_settings().links.stop_email_change(_token(_STOP, change))
    letters.email_changed(user, change.old_email, link, _about(change), now, change.asked_at + STOP_WITHIN)
    audit.record(user, "account.email_changed", f"account:{user.public_id}", {}, now)
    return user


def stoppable(token: str, now: datetime) -> EmailChange:
    """The change a link to the old address speaks of, whatever became of it. Raises `LinkNotValid` or `ChangeIsOver`."""
    change = _found(_STOP, token, STOP_WITHIN)
    if change.asked_at <= now - STOP_WITHIN:
        raise ChangeIsOver
    return change


def stop(change: EmailChange, *, now: datetime) -> bool:
    """The old address says no. A change that was confirmed is undone with all that came after it: somebody else was in the
    account, so it is signed out everywhere and its password is void. Returns whether it was undone.

    Raises `EmailTaken` when the old address belongs to another account by now.
    """
    db.session.refresh(change, with_for_update=True)
    if change.stopped_at is not None:
        return False
    user, undone = change.user, change.confirmed_at is not None
    later = update(EmailChange).where(EmailChange.user_id == user.id, EmailChange.id >= change.id)
    db.session.execute(later.where(EmailChange.stopped_at.is_(None)).values(stopped_at=now))
    outbox.withdraw(_about(change), now)
    if undone:
        user.password = None
        _move(user, change.old_email, now)
        letters.email_put_back(user, now)
    action = "account.email_put_back" if undone else "account.email_stopped"
    audit.record(user, action, f"account:{user.public_id}", {}, now)
    return undone


def waiting(user: User, now: datetime) -> EmailChange | None:
    """The change that `user` asked for and the new address has not confirmed yet."""
    found = select(EmailChange).where(
        EmailChange.user_id == user.id,
        EmailChange.confirmed_at.is_(None),
        EmailChange.stopped_at.is_(None),
        EmailChange.asked_at > now - CONFIRM_WITHIN,
    )
    return db.session.scalars(found.order_by(EmailChange.id.desc()).limit(1)).one_or_none()


def take_back(user: User, *, now: datetime) -> None:
    """The holder themselves thought better of it: the link to the new address is useless from now on."""
    _stop_waiting(user, now)
    audit.record(user, "account.email_stopped", f"account:{user.public_id}", {}, now)


def _move(user: User, email: str, now: datetime) -> None:
    try:
        with savepoint():
            user.email = email
            # Signs out everywhere, and makes links to a new password useless: they name the account by it.
            user.fs_uniquifier = uuid.uuid4().hex
            db.session.flush()
    except IntegrityError as error:
        raise EmailTaken from error
    sessions.end_all(user)
    outbox.withdraw(f"new-password:{user.public_id}", now)


def _stop_waiting(user: User, now: datetime) -> None:
    waiting = select(EmailChange).where(
        EmailChange.user_id == user.id, EmailChange.confirmed_at.is_(None), EmailChange.stopped_at.is_(None)
    )
    for earlier in db.session.scalars(waiting.with_for_update()):
        earlier.stopped_at = now
        outbox.withdraw(_about(earlier), now)


def _about(change: EmailChange) -> str:
    return f"email-change:{change.public_id}"


def _token(purpose: str, change: EmailChange) -> str:
    return tokens.sign_timed(current_settings().secret_key, purpose, change.public_id)


def _found(purpose: str, token: str, within: timedelta) -> EmailChange:
    name = tokens.unsign_timed(current_settings().secret_key, purpose, token, within)
    change = db.session.scalar(select(EmailChange).where(EmailChange.public_id == name))
    if change is None:
        raise ChangeIsOver
    return change
