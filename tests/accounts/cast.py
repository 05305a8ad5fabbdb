"""The people behind the counter: accounts for tests, and browsers in which they are already signed in."""

from collections.abc import Iterable, Mapping
from itertools import count

from flask import Flask

from engage.accounts import Membership, Organisation, Rights, Role, RoleName, User, sessions
from engage.accounts.models import Factor
from engage.base.clock import utc_now
from engage.base.db import db
from engage.base.identifiers import public_id
from engage.web.login.signed_in import NAME
from tests.web.conftest import Browser, browser

_number = count(1)


def account(
    name: str = "Bente Lund",
    *,
    roles: Iterable[RoleName] = (),
    member_of: Mapping[Organisation, Rights] | Iterable[Organisation] = (),
    language: str = "da",
    email: str | None = None,
) -> User:
    """A committed account without a password: an editor of `member_of`, or with the rights given for each."""
    rights = dict(member_of) if isinstance(member_of, Mapping) else dict.fromkeys(member_of, Rights.EDITOR)
    user = User(
        public_id=public_id(),
        email=email or f"konto{next(_number)}@example.org",
        name=name,
        language=language,
        active=True,
        fs_uniquifier=public_id(32),
        created_at=utc_now(),
        roles=[Role(name=each) for each in roles],
        memberships=[Membership(organisation=organisation, rights=each) for organisation, each in rights.items()],
    )
    db.session.add(user)
    db.session.commit()
    return user


def signed_in(app: Flask, user: User, *, second_factor: bool | None = None) -> Browser:
    """A browser in which `user` is signed in; staff with their second factor, unless told otherwise."""
    shown = user.works_for_the_city if second_factor is None else second_factor
    factors = [Factor.PASSWORD, Factor.CODE] if shown else [Factor.PASSWORD]
    name = sessions.begin(user, factors, "Firefox", "Linux", utc_now())
    db.session.commit()
    theirs = browser(app)
    with theirs.session_transaction() as cookie:
        cookie["_user_id"], cookie["_fresh"], cookie[NAME] = user.fs_uniquifier, True, name
        cookie["fs_paa"] = utc_now().timestamp()
    return theirs
