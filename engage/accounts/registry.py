"""The staff's registry of organisations: find, make and change them; and when accounts were last here."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import func, select

from engage.accounts import audit
from engage.accounts.access import allow, may_review
from engage.accounts.models import User, UserSession
from engage.accounts.organisations import Organisation, OrganisationKind
from engage.base import wording
from engage.base.db import db
from engage.base.errors import Refusal
from engage.base.i18n import lazy_gettext as _l
from engage.base.identifiers import public_id


@dataclass(frozen=True)
class OrganisationInput:
    """What staff tell of an organisation; `presentation` is text by language."""

    name: str
    kind: OrganisationKind
    sector: str
    email: str
    phone: str
    url: str
    presentation: Mapping[str, str]
    trusted: bool


class NameTaken(Refusal):
    """Two organisations of one name could not be told apart in any list."""

    code = "name_taken"
    message = _l("There is an organisation of this name already.")


def search(words: str = "", kind: OrganisationKind | None = None) -> list[Organisation]:
    """Organisations whose name, sector or address holds all of `words`, in the order of the Danish alphabet."""
    query = select(Organisation)
    for word in words.split()[:8]:
        held = [
            column.icontains(word, autoescape=True)
            for column in (Organisation.name, Organisation.sector, Organisation.email)
        ]
        query = query.where(held[0] | held[1] | held[2])
    if kind is not None:
        query = query.where(Organisation.kind == kind)
    return sorted(db.session.scalars(query), key=lambda each: wording.alphabetical(each.name))


def by_public_id(name: str) -> Organisation | None:
    """The organisation with this public name."""
    return db.session.scalar(select(Organisation).where(Organisation.public_id == name))


def create(told: OrganisationInput, *, by: User, now: datetime) -> Organisation:
    """A new organisation, recorded. Raises `NotAllowed` or `NameTaken`."""
    allow(may_review(by))
    _refuse_taken(told.name, None)
    made = Organisation(public_id=public_id(), created_at=now, **_values(told))
    db.session.add(made)
    db.session.flush()
    audit.record(by, "organisation.created", f"organisation:{made.public_id}", {"name": made.name}, now)
    return made


def change(organisation: Organisation, told: OrganisationInput, *, by: User, now: datetime) -> frozenset[str]:
    """Write what `told` says; returns the names of what changed, which are recorded. Raises `NotAllowed` or `NameTaken`."""
    allow(may_review(by))
    _refuse_taken(told.name, organisation.id)
    changed = frozenset(name for name, value in _values(told).items() if getattr(organisation, name) != value)
    for name in changed:
        setattr(organisation, name, _values(told)[name])
    if changed:
        db.session.flush()
        facts = {"fields": sorted(changed), "trusted": organisation.trusted}
        audit.record(by, "organisation.changed", f"organisation:{organisation.public_id}", facts, now)
    return changed


def last_seen(users: Iterable[User]) -> dict[int, datetime]:
    """When each of `users` was last here, by account id; who never signed in is left out."""
    seen = {user.id: user.last_sign_in_at for user in users if user.last_sign_in_at is not None}
    latest = select(UserSession.user_id, func.max(UserSession.last_seen_at)).where(UserSession.user_id.in_(seen))
    for number, instant in db.session.execute(latest.group_by(UserSession.user_id)):
        seen[number] = max(seen[number], instant)
    return seen


def _values(told: OrganisationInput) -> dict[str, object]:
    values = {field.name: getattr(told, field.name) for field in fields(told)}
    return {**values, "presentation": dict(told.presentation)}


def _refuse_taken(name: str, but: int | None) -> None:
    # Compared without case, as people read it. Two at once may both pass; that is a nuisance, not a harm.
    taken = select(Organisation.id).where(func.lower(Organisation.name) == name.lower(), Organisation.id != (but or 0))
    if db.session.scalar(taken.limit(1)) is not None:
        raise NameTaken
