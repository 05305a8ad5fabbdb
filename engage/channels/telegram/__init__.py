"""Telegram as a channel: what its updates say, how a message is shown there, and how it is sent.

Only `wire` and `channel` load python-telegram-bot, and only a process that sends imports them.
"""
