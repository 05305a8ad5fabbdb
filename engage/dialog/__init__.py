"""The talk itself: one engine for every chat, which takes what was said and answers with neutral messages."""

from engage.dialog.engine import greet, handle, heard_in, recognise
from engage.dialog.flows.menu import greeting
from engage.dialog.forgetting import end
from engage.dialog.turn import Incoming

__all__ = ["Incoming", "end", "greet", "greeting", "handle", "heard_in", "recognise"]
