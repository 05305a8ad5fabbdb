"""How people came to it: by which channel, from sign-up to attendance, against how many seats; and what they say afterwards."""

from datetime import datetime

from engage.registrations import feedback
from engage.statistics import reading
from engage.statistics.answers import Channel, Funnel, Pressure, Voices
from engage.statistics.figures import Figures
from engage.statistics.headline import totals
from engage.statistics.parts import named
from engage.statistics.scope import Scope

CHANNELS = ("web", "telegram", "webchat", "phone", "door", "other")
# As many as fit on a page; staff who want all of them take the table of activities.
_WANTED = 20


def by_channel(scope: Scope, *, now: datetime) -> tuple[Channel, ...]:
    """How those with a place signed up, in seats: the web, Telegram, the chat on the web, by phone, at the door, another way."""
    return channels(totals(scope, now=now))


def channels(figures: Figures) -> tuple[Channel, ...]:
    """The same of figures that are at hand."""
    seats = {key: getattr(figures, f"by_{key}") for key in CHANNELS}
    return tuple(Channel(key, each, each / figures.places if figures.places else None) for key, each in seats.items())


def funnel(scope: Scope, *, now: datetime) -> Funnel:
    """From sign-up to attendance, of dates that are over."""
    figures = totals(scope, now=now, only_over=True)
    return Funnel(
        signed_up=figures.signed_up,
        placed=figures.placed,
        kept=figures.confirmed,
        came=figures.came,
        presumed=figures.presumed,
        figures=figures,
    )


def pressure(scope: Scope, *, now: datetime) -> Pressure:
    """How full it was, and where people waited: the activities with the longest lines."""
    found = reading.most_waited(scope, now, _WANTED)
    return Pressure(totals(scope, now=now), named("activity", list(found), found))


def voices(scope: Scope, *, now: datetime) -> Voices:
    """What people said of what was held in the period, and what they mean to do."""
    figures = totals(scope, now=now)
    return Voices(
        answers=figures.answers,
        average=figures.stars,
        ratings={number: getattr(figures, f"rated_{number}") for number in feedback.SCALE},
        pledges=figures.pledges,
        deeds={deed: getattr(figures, f"deed_{deed}") for deed in feedback.DEEDS},
    )
