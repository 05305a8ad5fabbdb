"""Sign-ups: who comes to what, under one seat formula and one lock, and what they are told about it."""

from engage.registrations.answering import accept, decline, expire_offers, rejoin, take
from engage.registrations.application import Application, Companion, NameMissing, SchoolClass, SeatsNotPossible
from engage.registrations.editing import Changes, change
from engage.registrations.holds import hold, release
from engage.registrations.leaving import cancel, cancel_together, expire_unconfirmed
from engage.registrations.models import LIVE, Registration, State
from engage.registrations.offers import NoSeatLeft, OfferOver, open_offer
from engage.registrations.pools import Places, free, places
from engage.registrations.refusals import AlreadyBegun, NoSuchSignUp, NotOpen, TooFewLeft, TooManyUnconfirmed
from engage.registrations.rows import by_public_id, of_person, position
from engage.registrations.signup import Outcome, confirm, problems, sign_up, sign_up_for_several
from engage.registrations.waiting import serve_all

__all__ = [
    "LIVE", "AlreadyBegun", "Application", "Changes", "Companion", "NameMissing", "NoSeatLeft", "NoSuchSignUp", "NotOpen",
    "OfferOver", "Outcome", "Places", "Registration", "SchoolClass", "SeatsNotPossible", "State", "TooFewLeft",
    "TooManyUnconfirmed", "accept", "by_public_id", "cancel", "cancel_together", "change", "confirm", "decline", "expire_offers",
    "expire_unconfirmed", "free", "hold", "of_person", "open_offer", "places", "position", "problems", "rejoin", "release",
    "serve_all", "sign_up", "sign_up_for_several", "take",
]  # fmt: skip
