"""The ticket: what is in its code, and the short one that can be read aloud.

A ticket is worked out, never kept: a sign-up's public id with a keyed hash of that and of `ticket_turn`. So the database holds
nothing that opens a door, a ticket can be shown again whenever its owner asks, and raising the turn makes those before worth
nothing. It is dead when the sign-up is cancelled, as its state is asked whenever it is shown.
"""

import hashlib
import hmac
from dataclasses import dataclass

from engage.base.config import current_settings
from engage.base.identifiers import ALPHABET
from engage.registrations import rows
from engage.registrations.models import Registration

# Of the hash so many characters: 22 of base64 are 132 bits, behaviour.md asks for 128.
_SIGNS, CODE_SIGNS = 22, 8
# More than anybody ever changes their address; an older ticket than this is simply unknown.
_TURNS_KNOWN = 20
_URL_SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@dataclass(frozen=True, slots=True)
class Shown:
    """The sign-up a ticket names; `replaced` when a newer ticket was made since."""

    registration: Registration
    replaced: bool


def token(registration: Registration) -> str:
    """What is in the ticket's code: nobody can guess it."""
    return token_of(registration.public_id, registration.ticket_turn)


def token_of(registration_public_id: str, turn: int) -> str:
    """The same, of what is known of a sign-up."""
    digest = _digest("ticket", registration_public_id, turn)
    return f"{registration_public_id}.{''.join(_URL_SIGNS[each & 63] for each in digest[:_SIGNS])}"


def link(registration: Registration) -> str:
    """The address in the ticket's code: a telephone's camera opens it."""
    return current_settings().links.ticket(token(registration))


def code(registration: Registration) -> str:
    """Eight letters and numbers without look-alikes, to be read aloud: like "7K2M 9P4X" without the gap, in small letters."""
    return code_of(registration.public_id, registration.ticket_turn)


def code_of(registration_public_id: str, turn: int) -> str:
    """The same, of what is known of a sign-up."""
    number, found = int.from_bytes(_digest("ticket-code", registration_public_id, turn)[:16]), ""
    for _each in range(CODE_SIGNS):
        number, rest = divmod(number, len(ALPHABET))
        found += ALPHABET[rest]
    return found


def spoken(short: str) -> str:
    """A short code as it is shown: capital letters, in two halves."""
    return f"{short[:4]} {short[4:]}".upper()


def typed(text: str) -> str:
    """A short code as somebody typed it, in one form: blanks and dashes left out, and look-alikes taken for none."""
    return "".join(each for each in text.lower() if each.isalnum())[:16]


def in_text(text: str) -> str:
    """The ticket in what a camera read: the address, or the bare ticket."""
    return text.strip().rstrip("/").rpartition("/")[2].partition("?")[0][:60]


def opened(ticket: str) -> Shown | None:
    """The sign-up of a ticket; None when it is none of ours."""
    name, _point, _signs = ticket.partition(".")
    registration = rows.by_public_id(name) if name and len(ticket) <= 60 else None
    if registration is None:
        return None
    turn = registration.ticket_turn
    for earlier in range(turn, max(-1, turn - _TURNS_KNOWN), -1):
        if hmac.compare_digest(token_of(name, earlier).encode(), ticket.encode()):
            return Shown(registration, earlier != turn)
    return None


def renew(registration: Registration) -> None:
    """Make a new ticket; those that were shown or sent before are good no more."""
    registration.ticket_turn += 1


def _digest(purpose: str, name: str, turn: int) -> bytes:
    key = current_settings().secret_key.encode()
    return hmac.digest(key, f"{purpose} {name} {turn}".encode(), hashlib.sha256)
