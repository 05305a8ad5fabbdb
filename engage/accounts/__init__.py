"""Who organises: the organisations that hold activities, and the accounts of the people behind them."""

from engage.accounts import access, audit, chats, directory, invitations, members, moving, sessions
from engage.accounts.access import NotAllowed
from engage.accounts.models import Invitation, Membership, Passkey, Rights, Role, RoleName, User, UserSession
from engage.accounts.organisations import Organisation, OrganisationKind

__all__ = [
    "Invitation",
    "Membership",
    "NotAllowed",
    "Organisation",
    "OrganisationKind",
    "Passkey",
    "Rights",
    "Role",
    "RoleName",
    "User",
    "UserSession",
    "access",
    "audit",
    "chats",
    "directory",
    "invitations",
    "members",
    "moving",
    "sessions",
]
