"""Reminders: which rules there are, when they fall due, whom they reach, and what people answer."""

from engage.registrations.reminders.answers import said_coming, say_coming
from engage.registrations.reminders.planning import plan
from engage.registrations.reminders.sending import are_due, send

__all__ = ["are_due", "plan", "said_coming", "say_coming", "send"]
