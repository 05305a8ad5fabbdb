"""Sign-ups: who comes to what, under one seat formula and one lock, and what they are told about it."""

from engage.registrations.models import LIVE, Registration, State
from engage.registrations.pools import Places, free, places
from engage.registrations.signup import (
    AlreadyBegun,
    Application,
    NameMissing,
    NoSuchSignUp,
    NotOpen,
    Outcome,
    SeatsNotPossible,
    TooFewLeft,
    TooManyUnconfirmed,
    by_public_id,
    cancel,
    confirm,
    expire_unconfirmed,
    of_person,
    problems,
    sign_up,
)
from engage.registrations.waiting import position

__all__ = [
    "LIVE", "AlreadyBegun", "Application", "NameMissing", "NoSuchSignUp", "NotOpen", "Outcome", "Places",
    "Registration", "SeatsNotPossible", "State", "TooFewLeft", "TooManyUnconfirmed", "by_public_id", "cancel", "confirm",
    "expire_unconfirmed", "free", "of_person", "places", "position", "problems", "sign_up",
]  # fmt: skip
