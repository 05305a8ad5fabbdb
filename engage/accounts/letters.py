"""What accounts are written: worded in the account's language, queued in the transaction that makes it true."""

from datetime import datetime, timedelta

from engage import outbox
from engage.accounts.models import Invitation, Rights, RoleName, User
from engage.base import wording
from engage.base.config import current_settings
from engage.base.i18n import gettext as _
from engage.base.i18n import speaking
from engage.base.message import Button, Message
from engage.outbox import Priority


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


def _notice(user: User, what: str, more: str) -> Message:
    settings = current_settings()
    contact = settings.city.contact
    return Message(
        subject=_("Your account at %(service)s", service=settings.city.title),
        text=(
            _("Hello %(name)s,", name=user.name),
            f"{what} {more}",
            _("Was it not you? Then write to %(email)s at once.", email=contact["email"]),
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
