"""What accounts are written: worded in the account's language, queued in the transaction that makes it true."""

from datetime import datetime, timedelta
from enum import StrEnum

from engage import outbox
from engage.accounts.models import Invitation, Membership, Rights, RoleName, User
from engage.base import wording
from engage.base.config import current_settings
from engage.base.i18n import gettext as _
from engage.base.i18n import speaking
from engage.base.message import Button, Message
from engage.outbox import Priority

# What a letter about an account alone is about: its kind, and the account's public id after a colon.
ABOUT_AN_ACCOUNT = ("new-password", "password-changed", "second-step", "access", "membership", "email-put-back")


class Access(StrEnum):
    """What an admin may change of an account."""

    STAFF = "staff"
    ADMIN = "admin"
    NO_STAFF = "no_staff"
    NO_ADMIN = "no_admin"
    CLOSED = "closed"
    OPEN = "open"


def invitation(invited: Invitation, by: User | None, link: str, now: datetime) -> None:
    """Come and join; with the link that can be used once."""
    city = current_settings().city
    with speaking(invited.language):
        facts = {"service": city.title, "name": by.name if by is not None else city.authority}
        until = wording.deadline(invited.expires_at, city.zone)
        message = Message(
            subject=_("You are invited to %(service)s", service=city.title),
            text=(
                _("Hello,"),
                _("%(name)s invites you to %(service)s.", **facts) + " " + _what_for(invited),
                _("Press the button, write your name and choose how you want to sign in."),
                _("The link can be used once, until %(time)s.", time=until),
                _("If you do not know what this is about, you need not do anything."),
            ),
            buttons=(Button(_("Accept the invitation"), url=link),),
            language=invited.language,
        )
    _post(message, invited.email, f"invitation:{invited.public_id}", now, good_until=invited.expires_at)


def _what_for(invited: Invitation) -> str:
    if invited.organisation is not None:
        facts = {"organisation": invited.organisation.name}
        if invited.rights == Rights.CHECK_IN:
            return _("You will be able to receive people at the activities of %(organisation)s.", **facts)
        return _("You will be able to publish activities for %(organisation)s.", **facts)
    if invited.role == RoleName.ADMIN:
        return _("You will look after the service and the accounts of your colleagues.")
    return _("You will look after the activities of the whole city.")


def rights_changed(membership: Membership, by: User, now: datetime) -> None:
    """You may do more, or less, for your organisation."""
    user, facts = membership.user, {"organisation": membership.organisation.name, "name": by.name}
    with speaking(user.language):
        what = _("%(name)s has changed what you may do for %(organisation)s.", **facts)
        if membership.rights == Rights.CHECK_IN:
            more = _("You can receive people at the activities, and no longer change them.")
        else:
            more = _("You can now write and change activities.")
        message = _membership_notice(user, what, more)
    _post(message, user.email, f"membership:{user.public_id}:{now.timestamp():.6f}", now)


def membership_ended(membership: Membership, by: User, now: datetime) -> None:
    """You do not belong to the organisation any more."""
    user, facts = membership.user, {"organisation": membership.organisation.name, "name": by.name}
    with speaking(user.language):
        what = _("%(name)s has ended your membership of %(organisation)s.", **facts)
        message = _membership_notice(user, what, _("Your account stays, and so does everything you have written."))
    _post(message, user.email, f"membership:{user.public_id}:{now.timestamp():.6f}", now)


def _membership_notice(user: User, what: str, more: str) -> Message:
    settings = current_settings()
    return Message(
        subject=_("Your membership at %(service)s", service=settings.city.title),
        text=(
            _("Hello %(name)s,", name=user.name),
            f"{what} {more}",
            _(
                "Is it a mistake? Then talk to the organisation, or write to %(email)s.",
                email=settings.city.contact["email"],
            ),
        ),
        buttons=(Button(_("See my account"), url=settings.links.account()),),
        language=user.language,
    )


def new_password(user: User, token: str, within: timedelta, now: datetime) -> None:
    """The link to choose a new password. Who signs in with the city's own sign-in is told that instead."""
    settings = current_settings()
    hours = int(within.total_seconds() // 3600)
    with speaking(user.language):
        if user.city_subject is not None and user.password is None:
            text: tuple[str, ...] = (
                _(
                    "You sign in with the sign-in of %(authority)s. There is no password here that could be forgotten.",
                    authority=settings.city.authority,
                ),
            )
            buttons = (Button(_("Sign in"), url=settings.links.sign_in()),)
        else:
            text = (
                _(
                    "Press the button to choose a new password. The link can be used once, within %(hours)s hours.",
                    hours=hours,
                ),
                _("If you did not ask for this, you need not do anything. Your password stays as it is."),
            )
            buttons = (Button(_("Choose a new password"), url=settings.links.new_password(token)),)
        message = Message(
            subject=_("Your password at %(service)s", service=settings.city.title),
            text=(_("Hello %(name)s,", name=user.name), *text),
            buttons=buttons,
            language=user.language,
        )
    _post(message, user.email, f"new-password:{user.public_id}:{now.timestamp():.6f}", now, good_until=now + within)


def password_changed(user: User, now: datetime) -> None:
    """Somebody changed your password; hopefully you."""
    with speaking(user.language):
        message = _notice(
            user,
            _("Your password is changed."),
            _("It was changed just now, and you are signed out in all other browsers."),
        )
    _post(message, user.email, f"password-changed:{user.public_id}:{now.timestamp():.6f}", now)


def second_step_changed(user: User, *, on: bool, now: datetime) -> None:
    """A second step was set up, or turned off."""
    with speaking(user.language):
        what = (
            _("A second step was added to your account.") if on else _("A second step was removed from your account.")
        )
        message = _notice(user, what, _("You can see all of them on your account's page."))
    _post(message, user.email, f"second-step:{user.public_id}:{now.timestamp():.6f}", now)


def access_changed(user: User, by: User | None, what: Access, now: datetime) -> None:
    """An admin changed what the account may do."""
    with speaking(user.language):
        told = {
            Access.STAFF: _("You now look after the activities of the whole city, as staff."),
            Access.ADMIN: _("You are now an admin: you look after the service and the accounts of your colleagues."),
            Access.NO_STAFF: _("You are not staff any more."),
            Access.NO_ADMIN: _("You are not an admin any more."),
            Access.CLOSED: _("Your account is closed. Nobody can sign in with it."),
            Access.OPEN: _("Your account is open again. You sign in as you did before."),
        }
        who = _("%(name)s changed it.", name=by.name) if by is not None else ""
        wrong = _("Is that wrong? Then write to %(email)s.", email=current_settings().city.contact["email"])
        message = _notice(user, told[what], who, wrong)
    _post(message, user.email, f"access:{user.public_id}:{now.timestamp():.6f}", now)


def confirm_email(user: User, email: str, link: str, about: str, now: datetime, until: datetime) -> None:
    """To the new address: press to have your account moved here."""
    city = current_settings().city
    with speaking(user.language):
        message = Message(
            subject=_("Confirm your new e-mail address"),
            text=(
                _("Hello %(name)s,", name=user.name),
                _("Press the button, and your account at %(service)s moves to this address.", service=city.title),
                _("The link can be used once, until %(time)s.", time=wording.deadline(until, city.zone)),
                _("If you do not know what this is about, you need not do anything."),
            ),
            buttons=(Button(_("Use this address"), url=link),),
            language=user.language,
        )
    _post(message, email, f"{about}:confirm", now, good_until=until)


def email_has_account(user: User, email: str, about: str, now: datetime) -> None:
    """To an address somebody wanted to move to, which has an account: told to its owner alone, in the asker's language."""
    settings = current_settings()
    with speaking(user.language):
        message = Message(
            subject=_("This address has an account already"),
            text=(
                _("Hello,"),
                _(
                    "Somebody wanted to move their account at %(service)s to this address. It has an account already, so"
                    " nothing was changed.",
                    service=settings.city.title,
                ),
                _("Was it you? Then sign in with this address. Otherwise you need not do anything."),
            ),
            buttons=(Button(_("Sign in"), url=settings.links.sign_in()),),
            language=user.language,
        )
    _post(message, email, f"{about}:taken", now)


def email_asked(user: User, email: str, link: str, about: str, now: datetime, until: datetime) -> None:
    """To the address there is: somebody asked to move the account, and how to stop it."""
    with speaking(user.language):
        what = _("Somebody asked to move your account to %(email)s. It moves when that address confirms.", email=email)
        message = _stoppable(user, what, link, until)
    _post(message, user.email, f"{about}:asked", now)


def email_changed(user: User, email: str, link: str, about: str, now: datetime, until: datetime) -> None:
    """To the address there was: the account has moved, and how to undo it."""
    with speaking(user.language):
        message = _stoppable(user, _("Your account has moved to %(email)s.", email=user.email), link, until)
    _post(message, email, f"{about}:changed", now)


def email_put_back(user: User, now: datetime) -> None:
    """The account has its old address again; a new password is needed."""
    settings = current_settings()
    with speaking(user.language):
        message = Message(
            subject=_("Your account at %(service)s", service=settings.city.title),
            text=(
                _("Hello %(name)s,", name=user.name),
                _("Your account has this e-mail address again. It is signed out everywhere, and its password is void."),
                _("Choose a new password. Then look at your passkeys, and remove those that are not yours."),
            ),
            buttons=(Button(_("Choose a new password"), url=settings.links.forgotten_password()),),
            language=user.language,
        )
    _post(message, user.email, f"email-put-back:{user.public_id}:{now.timestamp():.6f}", now)


def _stoppable(user: User, what: str, link: str, until: datetime) -> Message:
    city = current_settings().city
    return Message(
        subject=_("Your account at %(service)s", service=city.title),
        text=(
            _("Hello %(name)s,", name=user.name),
            what,
            _("Was it you? Then you need not do anything."),
            _(
                "Was it not you? Press the button, until %(time)s, and your account stays with this address.",
                time=wording.deadline(until, city.zone),
            ),
        ),
        buttons=(Button(_("Stop the change"), url=link),),
        language=user.language,
    )


def _notice(user: User, what: str, more: str, otherwise: str = "") -> Message:
    settings = current_settings()
    contact = settings.city.contact
    return Message(
        subject=_("Your account at %(service)s", service=settings.city.title),
        text=(
            _("Hello %(name)s,", name=user.name),
            f"{what} {more}".strip(),
            otherwise or _("Was it not you? Then write to %(email)s at once.", email=contact["email"]),
        ),
        buttons=(Button(_("See my account"), url=settings.links.account()),),
        language=user.language,
    )


def _post(message: Message, email: str, key: str, now: datetime, good_until: datetime | None = None) -> None:
    outbox.put(
        message,
        [("email", email)],
        key=key,
        about=key.rsplit(":", 1)[0] if key.count(":") > 1 else key,
        now=now,
        good_until=good_until,
        priority=Priority.AWAITED,
    )
