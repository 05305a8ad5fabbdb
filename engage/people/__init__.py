"""People as citizens of the service: who they are to us, and by which addresses they can be reached."""

from engage.people.identity import EmailNotUsable, find_or_create, normalise_email, person_at, verify
from engage.people.models import Address, Person

__all__ = ["Address", "EmailNotUsable", "Person", "find_or_create", "normalise_email", "person_at", "verify"]
