"""Public names of rows: short, random, without look-alike letters, so that an address tells nothing of the count."""

import secrets

# Without 0 o, 1 l i: people read these aloud and copy them from posters.
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"


def public_id(length: int = 8) -> str:
    """A random name of `length` characters (31**8 is about 8.5e11, so a clash of 8 is a constraint error, not a plan)."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))
