"""What the templates of one's own account are given: words, ready to show."""

from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup
from wtforms import Form  # type: ignore[import-untyped]

from engage.accounts import Membership, Passkey, Rights, RoleName, User, UserSession
from engage.base import wording
from engage.base.config import current_settings
from engage.base.i18n import gettext as _


@dataclass(frozen=True, slots=True)
class SessionView:
    """A browser in which one is signed in."""

    id: int
    device: str  # "Firefox, Windows"
    seen: str  # "Last used Saturday 4 March at 10:00"
    here: bool


@dataclass(frozen=True, slots=True)
class KeyView:
    """A passkey or security key."""

    name: str
    kind: str
    used: str


@dataclass(frozen=True, slots=True)
class AccountView:
    """One's own account."""

    name: str
    email: str
    waiting_email: str  # an address that has not confirmed yet, or ""
    language: str
    belongs: tuple[str, ...]  # "Staff", "Library: publishes activities"
    has_password: bool
    signs_in_by_city: bool
    has_app: bool
    needs_second_step: bool
    spare_codes: int
    keys: tuple[KeyView, ...]
    sessions: tuple[SessionView, ...]


def account_view(user: User, here: UserSession, sessions: list[UserSession], waiting_email: str) -> AccountView:
    """`user`, seen from the session `here`."""
    return AccountView(
        name=user.name,
        email=user.email,
        waiting_email=waiting_email,
        language=user.language,
        belongs=(*(_role(role.name) for role in user.roles), *(_membership(each) for each in user.memberships)),
        has_password=user.password is not None,
        signs_in_by_city=user.city_subject is not None,
        has_app=user.tf_primary_method is not None,
        needs_second_step=user.works_for_the_city,
        spare_codes=len(user.mf_recovery_codes or ()),
        keys=tuple(key_view(each) for each in user.webauthn),
        sessions=tuple(_session(each, here) for each in sessions),
    )


def key_view(key: Passkey) -> KeyView:
    """A passkey, named as its owner named it."""
    kind = _("Passkey: signs you in alone") if key.usage == "first" else _("Security key: after your password")
    return KeyView(key.name, kind, _("Last used %(time)s", time=_moment(key.lastuse_datetime)))


def problems(form: Form) -> tuple[tuple[str, str], ...]:
    """A form's errors for the summary and the fields: (field, words); "" for those of the whole form."""
    found = [("", str(words)) for words in form.form_errors]
    # A bad token never comes this far, and its message would be the library's.
    found += [
        (name, str(words)) for name, errors in form.errors.items() for words in errors if name and name != "csrf_token"
    ]
    return tuple(dict.fromkeys(found))


def qr_image(address: str) -> Markup:
    """The source of the picture an app reads. It is a data address of our own making, so nothing in it needs escaping."""
    return Markup(address)  # noqa: S704


def _session(session: UserSession, here: UserSession) -> SessionView:
    known = ", ".join(part for part in (session.browser, session.system) if part)
    seen = _("Last used %(time)s", time=_moment(session.last_seen_at))
    return SessionView(session.id, known or _("Unknown browser"), seen, session.id == here.id)


def _role(role: RoleName) -> str:
    return _("Admin") if role == RoleName.ADMIN else _("Staff")


def _membership(membership: Membership) -> str:
    what = _("publishes activities") if membership.rights == Rights.EDITOR else _("receives people at the door")
    return f"{membership.organisation.name}: {what}"


def _moment(instant: datetime) -> str:
    return wording.deadline(instant, current_settings().city.zone)
