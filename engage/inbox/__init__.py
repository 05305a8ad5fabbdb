"""What comes in: each update is kept as a row before the sender is told so, and handled once, in order for each person."""

from engage.inbox.handling import handle_next
from engage.inbox.keeping import Arrival, forget, keep, ring
from engage.inbox.models import State, Update

__all__ = ["Arrival", "State", "Update", "forget", "handle_next", "keep", "ring"]
