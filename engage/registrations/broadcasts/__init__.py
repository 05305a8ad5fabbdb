"""Messages that an organiser or staff write to all who take part, or to some: seen before, counted, never twice."""

from engage.registrations.broadcasts.audience import Draft, Reach, reach
from engage.registrations.broadcasts.models import Broadcast, BroadcastState
from engage.registrations.broadcasts.progress import Progress, by_public_id, of_activity, progress
from engage.registrations.broadcasts.sending import go_on, pause, put, stop, under_way
from engage.registrations.broadcasts.starting import NobodyReads, TextMissing, TooManyToday, preview, start

__all__ = [
    "Broadcast", "BroadcastState", "Draft", "NobodyReads", "Progress", "Reach", "TextMissing", "TooManyToday", "by_public_id",
    "go_on", "of_activity", "pause", "preview", "progress", "put", "reach", "start", "stop", "under_way",
]  # fmt: skip
