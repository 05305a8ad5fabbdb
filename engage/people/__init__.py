"""People as citizens of the service: who they are to us, and by which addresses they can be reached."""

from engage.people.identity import (
    EmailNotUsable,
    find_or_create,
    has_proven,
    masked,
    normalise_email,
    person_at,
    proven_emails,
    verify,
)
from engage.people.models import Address, OneTimeKey, Person, Visit
from engage.people.onetime import LinkUsedUp, Purpose
from engage.people.phones import PhoneNotUsable
from engage.people.wishes import QuietNotUsable, Reminder, Wishes

__all__ = [
    "Address", "EmailNotUsable", "LinkUsedUp", "OneTimeKey", "Person", "PhoneNotUsable", "Purpose", "QuietNotUsable", "Reminder",
    "Visit", "Wishes", "find_or_create", "has_proven", "masked", "normalise_email", "person_at", "proven_emails", "verify",
]  # fmt: skip
