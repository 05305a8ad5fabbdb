"""The talk itself: one engine for every chat, which takes what was said and answers with neutral messages."""

from engage.dialog.engine import greet, handle
from engage.dialog.flows.menu import greeting
from engage.dialog.turn import Incoming

__all__ = ["Incoming", "greet", "greeting", "handle"]
