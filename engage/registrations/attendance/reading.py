"""What somebody typed, or a camera read, at the door: a ticket, a short code, or else (a part of) a name."""

from engage.registrations import tickets
from engage.registrations.attendance.checking import Scan
from engage.registrations.attendance.models import Way


def scan_of(text: str, nonce: str) -> Scan:
    """The scan that `text` is; without a ticket and a code where it can only be a name. It says of no group how many
    came.
    """
    bare = tickets.in_text(text)
    if "." in bare:
        return Scan(nonce, Way.SCAN, ticket=bare, asks=True)
    typed = tickets.typed(text)
    whole = text.replace(" ", "").replace("-", "")
    looks_like_code = len(typed) == len(whole) == tickets.CODE_SIGNS
    return Scan(nonce, Way.CODE, code=typed, asks=True) if looks_like_code else Scan(nonce, Way.NAME)
