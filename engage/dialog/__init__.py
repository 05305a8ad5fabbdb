"""The talk itself: one engine for every chat, which takes what was said and answers with neutral messages."""

from engage.dialog.engine import approved_for, greet, handle, heard_in, recognise
from engage.dialog.flows.menu import greeting
from engage.dialog.forgetting import end
from engage.dialog.turn import Incoming

__all__ = ["Incoming", "approved_for", "end", "greet", "greeting", "handle", "heard_in", "recognise"]
