"""The accounts of organisers and staff, as Flask-Security needs them and as this city uses them. Citizens have none.

Who may do what stands in `access`; how one signs in, in `engage.web.login`.
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    false,
    func,
)
from sqlalchemy.ext.mutable import MutableList
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engage.accounts.organisations import Organisation
from engage.base import lean
from engage.base.config import current_settings
from engage.base.db import Base

# Its own sign-in with other sites, which we do not use, would load Authlib (140 modules, 2 MB). What checks passkeys and codes
# is loaded by the pages for them, see `engage.web.login.proofs`.
with lean.without("authlib", "webauthn", "cryptography"):
    from flask_security import RoleMixin, UserMixin, WebAuthnMixin


class RoleName(StrEnum):
    """What somebody is to the whole city. An admin may do all that staff may."""

    STAFF = "staff"
    ADMIN = "admin"


class Rights(StrEnum):
    """What a member may do for their organisation: everything, or only receive people at the door."""

    EDITOR = "editor"
    CHECK_IN = "check_in"


class Factor(StrEnum):
    """What a session has proven. `DEVICE` is a passkey that also checked the person, so it counts for both."""

    PASSWORD = "password"  # noqa: S105  (the name of a factor)
    CITY = "city"
    CITY_SECOND = "city_second"
    CODE = "code"
    RECOVERY_CODE = "recovery_code"
    KEY = "key"
    DEVICE = "device"


# With one of these a session is more than a password that somebody may have seen.
SECOND_FACTORS = frozenset({Factor.CODE, Factor.RECOVERY_CODE, Factor.KEY, Factor.DEVICE, Factor.CITY_SECOND})


class User(Base, UserMixin):
    """Somebody who organises, or works for the city. Names that begin with `fs_`, `tf_` and `mf_` are Flask-Security's."""

    __tablename__ = "account"
    __table_args__ = (CheckConstraint("email = lower(email)", name="email_is_lower_case"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(12), unique=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    language: Mapped[str] = mapped_column(String(2))
    active: Mapped[bool] = mapped_column(default=True)
    password: Mapped[str | None] = mapped_column(String(255))
    # A new value signs the account out everywhere: it is what the session cookie names the account by.
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    fs_webauthn_user_handle: Mapped[str | None] = mapped_column(String(64), unique=True)  # type: ignore[assignment]
    tf_primary_method: Mapped[str | None] = mapped_column(String(20))
    tf_totp_secret: Mapped[str | None] = mapped_column(String(255))
    tf_phone_number: Mapped[str | None] = mapped_column(String(40))
    # The last code that was used; it and earlier ones are good no more.
    tf_last_counter: Mapped[int | None] = mapped_column(BigInteger)
    # Keyed hashes; a code is shown once and taken away when it is used.
    mf_recovery_codes: Mapped[list[str] | None] = mapped_column(MutableList.as_mutable(ARRAY(Text)))
    # Whom the city's own directory knows this account as: "issuer subject".
    city_subject: Mapped[str | None] = mapped_column(String(320), unique=True)
    # Its password is public: such an account is open in the development mode alone, wherever its row may come to lie.
    demo: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[datetime]
    last_sign_in_at: Mapped[datetime | None]
    # Since when it is not active; it is erased when that was long ago.
    closed_at: Mapped[datetime | None]

    roles: Mapped[list["Role"]] = relationship(cascade="all, delete-orphan")  # type: ignore[assignment]
    memberships: Mapped[list["Membership"]] = relationship(back_populates="user", cascade="all, delete-orphan")
    webauthn: Mapped[list["Passkey"]] = relationship(back_populates="user", cascade="all, delete-orphan")  # type: ignore[assignment]

    @property
    def is_active(self) -> bool:
        """Whether this account may be used at all."""
        return self.active and (not self.demo or current_settings().development)

    def check_tf_required_setup(self) -> bool:
        """Whether the second step may not be turned off."""
        return self.works_for_the_city

    @property
    def works_for_the_city(self) -> bool:
        """Whether this is staff or an admin."""
        return bool(self.roles)

    @property
    def has_second_factor(self) -> bool:
        """Whether a second factor is set up, whatever this session has shown of it."""
        return self.tf_primary_method is not None or bool(self.webauthn)


class Role(Base, RoleMixin):
    """One role of one account."""

    __tablename__ = "account_role"

    user_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[RoleName] = mapped_column(String(20), primary_key=True)


class Membership(Base):
    """An account's place in an organisation."""

    __tablename__ = "membership"

    user_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(
        ForeignKey("organisation.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    rights: Mapped[Rights] = mapped_column(String(20))

    user: Mapped[User] = relationship(back_populates="memberships")
    organisation: Mapped[Organisation] = relationship()


class Passkey(Base, WebAuthnMixin):
    """A key that lives in a device: the public half, and how often it was used. `usage` is "first" or "secondary"."""

    __tablename__ = "passkey"
    __table_args__ = (UniqueConstraint("user_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(64))
    # WebAuthn level 2, section 4: at most 1023 bytes.
    credential_id: Mapped[bytes] = mapped_column(LargeBinary(1023), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger, default=0)
    transports: Mapped[list[str] | None] = mapped_column(MutableList.as_mutable(ARRAY(Text)))
    backup_state: Mapped[bool]
    device_type: Mapped[str] = mapped_column(String(64))
    extensions: Mapped[str | None] = mapped_column(String(255))
    usage: Mapped[str] = mapped_column(String(20))
    create_datetime: Mapped[datetime] = mapped_column(server_default=func.now())
    lastuse_datetime: Mapped[datetime]

    user: Mapped[User] = relationship(back_populates="webauthn")


class Invitation(Base):
    """Somebody was asked to join: as staff or admin, or as a member of an organisation. Used once, within seven days."""

    __tablename__ = "invitation"
    __table_args__ = (
        CheckConstraint("(role IS NULL) <> (organisation_id IS NULL)", name="role_or_organisation"),
        CheckConstraint("(organisation_id IS NULL) = (rights IS NULL)", name="rights_in_organisation"),
        Index("ix_invitation_email", "email"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(12), unique=True)
    email: Mapped[str] = mapped_column(String(254))
    language: Mapped[str] = mapped_column(String(2))
    role: Mapped[RoleName | None] = mapped_column(String(20))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id", ondelete="CASCADE"), index=True)
    rights: Mapped[Rights | None] = mapped_column(String(20))
    invited_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]

    organisation: Mapped[Organisation | None] = relationship()


class UserSession(Base):
    """One browser in which an account is signed in. The cookie holds the session's name; here stands only its hash."""

    __tablename__ = "account_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    # Coarse on purpose ("Firefox", "Windows"): enough to know one's own devices, too little to follow a person.
    browser: Mapped[str] = mapped_column(String(30))
    system: Mapped[str] = mapped_column(String(30))
    factors: Mapped[list[str]] = mapped_column(MutableList.as_mutable(ARRAY(Text)))
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]

    user: Mapped[User] = relationship()

    @property
    def has_second_factor(self) -> bool:
        """Whether more than one factor was shown in this session."""
        return bool(SECOND_FACTORS.intersection(self.factors))
