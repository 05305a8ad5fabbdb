"""The municipality's own directory: which account the person it vouches for has here, and what it may make of them.

How the directory is asked (OpenID Connect) stands in `engage.web.login.openid`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from engage.accounts import audit, invitations
from engage.accounts.models import Role, RoleName, User
from engage.base.config import current_settings
from engage.base.db import db
from engage.base.errors import Refusal
from engage.base.i18n import lazy_gettext as _l


def is_set_up() -> bool:
    """Whether this installation knows a directory."""
    return bool(current_settings().oidc_issuer)


class AddressNotProven(Refusal):
    """The directory did not say that the e-mail address is the person's own."""

    code = "address_not_proven"
    message = _l("The sign-in of %(authority)s did not tell us your e-mail address. Ask your IT department.")


class NoAccount(Refusal):
    """Nobody invited this person, and nothing says that they may come by themselves."""

    code = "no_account"
    message = _l("There is no account for you yet. Ask a colleague who has one to invite you.")


@dataclass(frozen=True)
class Vouched:
    """What the directory says of a person. `subject` is theirs for ever within `issuer`, the address may change."""

    issuer: str
    subject: str
    email: str
    email_verified: bool
    name: str
    values: frozenset[str]  # of the claim that holds groups or roles
    second_factor: bool  # whether the directory itself asked for more than a password


@dataclass(frozen=True)
class Admission:
    """Who may come without an invitation, as the city file says under [sign_in]."""

    domains: frozenset[str]
    roles: Mapping[str, RoleName]  # value of the claim -> role

    @classmethod
    def of_city(cls) -> "Admission":
        """Nobody, unless the city file says otherwise."""
        facts = current_settings().city.sign_in
        roles = {str(value): RoleName(role) for value, role in facts.get("roles", {}).items()}
        return cls(frozenset(domain.lower() for domain in facts.get("domains", ())), roles)

    def given_to(self, person: Vouched) -> set[RoleName]:
        """The roles this person has by what the directory says of them."""
        return {role for value, role in self.roles.items() if value in person.values}

    def covers(self, email: str) -> bool:
        """Whether the address is in a domain of the city's own."""
        return email.rpartition("@")[2] in self.domains


def decides_roles(user: User) -> bool:
    """Whether the directory gives and takes roles of this account at each sign-in."""
    admission = Admission.of_city()
    return is_set_up() and user.city_subject is not None and bool(admission.roles) and admission.covers(user.email)


def account_of(person: Vouched, *, language: str, now: datetime) -> User:
    """The account of somebody the directory vouches for: theirs from before, one with their address, or a new one.

    A new one comes of open invitations, or of a domain and claim the city file names. Raises `AddressNotProven` or
    `NoAccount`; a closed account is `NoAccount`, too.
    """
    user = _known(person)
    if user is None:
        user = _by_address(person, language, now)
        user.city_subject = _subject(person)
        audit.record(user, "account.city_sign_in_bound", f"account:{user.public_id}", {}, now)
    if not user.is_active:
        raise NoAccount
    _follow_address(user, person, now)
    _follow_directory(user, person, now)
    db.session.flush()
    return user


def _known(person: Vouched) -> User | None:
    return db.session.scalar(select(User).where(User.city_subject == _subject(person)))


def _by_address(person: Vouched, language: str, now: datetime) -> User:
    """By an address the directory has proven. One that another person of the directory already uses stays theirs."""
    if not person.email_verified or not person.email:
        raise AddressNotProven(authority=current_settings().city.authority)
    admission = Admission.of_city()
    if admission.domains and not admission.covers(person.email):
        # A directory that also knows guests may not open the account of an association's own address.
        raise NoAccount
    user = invitations.account_of(person.email)
    if user is not None and user.city_subject is not None:
        raise NoAccount
    name = person.name or person.email[:120]
    invited = invitations.accept_all(person.email, name=name, language=language, now=now)
    found = user or invited
    if found is None and admission.given_to(person):
        found = invitations.new_account(person.email, name, language, None, now)
    if found is None:
        raise NoAccount
    return found


def _follow_address(user: User, person: Vouched, now: datetime) -> None:
    """The directory decides which address the account has. One that it has not proven, that is none of the city's own, or
    that another account has, is left alone: signing in works all the same, by the subject."""
    admission = Admission.of_city()
    if not person.email_verified or not person.email or person.email == user.email:
        return
    if (admission.domains and not admission.covers(person.email)) or invitations.account_of(person.email) is not None:
        return
    user.email = person.email
    db.session.flush()
    audit.record(user, "account.email_changed", f"account:{user.public_id}", {"by": "directory"}, now)


def _follow_directory(user: User, person: Vouched, now: datetime) -> None:
    """Roles the directory decides on come and go with it; roles it says nothing about stay as they were given here."""
    admission = Admission.of_city()
    if not admission.covers(user.email):
        return
    has, should = {RoleName(role.name) for role in user.roles}, admission.given_to(person)
    decided = set(admission.roles.values())
    for role in should - has:
        user.roles.append(Role(name=role))
        audit.record(user, "account.role_given", f"account:{user.public_id}", {"role": role, "by": "directory"}, now)
    for held in [each for each in user.roles if each.name in decided - should]:
        user.roles.remove(held)
        audit.record(
            user, "account.role_taken", f"account:{user.public_id}", {"role": held.name, "by": "directory"}, now
        )


def _subject(person: Vouched) -> str:
    return f"{person.issuer} {person.subject}"
