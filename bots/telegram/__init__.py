"""Telegram's side of the talk: fetches updates, hands what they say to the dialog, and sends what it answers."""
