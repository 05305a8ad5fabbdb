"""The demo city's accounts, for the development mode alone: their password and their codes' secret are public."""

import tomllib
import uuid
from collections.abc import Mapping
from datetime import datetime
from importlib.resources import files
from typing import Any

from flask import current_app
from flask_security import hash_password
from sqlalchemy import select

from engage.accounts.models import Membership, Rights, Role, RoleName, User
from engage.accounts.organisations import Organisation
from engage.base.config import current_settings
from engage.base.db import db
from engage.base.identifiers import public_id


def facts() -> Mapping[str, Any]:
    """What the file says: `password`, `secret` and a list of `account`."""
    return tomllib.loads((files("engage") / "demo" / "accounts.toml").read_text("utf-8"))


def load(now: datetime) -> int:
    """Make the demo accounts that are missing; returns how many. Refuses outside the development mode."""
    settings = current_settings()
    if not settings.development:
        raise RuntimeError("demo accounts exist in the development mode alone")
    said = facts()
    known = set(db.session.scalars(select(User.email)))
    fresh = [entry for entry in said["account"] if entry["email"] not in known]
    organisations = {each.key: each for each in db.session.scalars(select(Organisation)) if each.key}
    hashed = hash_password(said["password"]) if fresh else ""
    for entry in fresh:
        user = User(
            public_id=public_id(),
            email=entry["email"],
            name=entry["name"],
            language=settings.city.languages[0],
            active=True,
            demo=True,
            password=hashed,
            fs_uniquifier=uuid.uuid4().hex,
            fs_webauthn_user_handle=uuid.uuid4().hex,
            created_at=now,
            roles=[Role(name=RoleName(role)) for role in entry.get("roles", ())],
            memberships=[
                Membership(organisation=organisations[key], rights=Rights(rights))
                for key, rights in entry.get("member_of", {}).items()
                if key in organisations
            ],
        )
        if user.roles:
            user.tf_primary_method, user.tf_totp_secret = "authenticator", _encrypted(said["secret"])
        db.session.add(user)
    db.session.flush()
    return len(fresh)


def _encrypted(secret: str) -> str:
    """The secret as Flask-Security keeps one."""
    codes = current_app.extensions["security"].totp_factory
    return str(codes._totp(key=secret, format="base32").to_json(encrypt=True))
