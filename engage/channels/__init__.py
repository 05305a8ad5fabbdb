"""The ways out: one file a channel, each with `send(identifier, message, key=...)` that raises `ChannelError`."""

from engage.channels.mail import MailChannel
from engage.channels.opening import CHANNELS, deep_links, delivered_elsewhere, open_channels
from engage.channels.webchat import WebchatChannel

__all__ = ["CHANNELS", "MailChannel", "WebchatChannel", "deep_links", "delivered_elsewhere", "open_channels"]
