"""The ways out: one file a channel, each with `send(identifier, message, key=...)` that raises `ChannelError`."""

from engage.base.config import Settings
from engage.channels.mail import MailChannel
from engage.channels.webchat import WebchatChannel

CHANNELS = ("email", "webchat")


def open_channels(settings: Settings) -> dict[str, MailChannel | WebchatChannel]:
    """Every channel this installation can send by, under its name."""
    return {"email": MailChannel(settings), "webchat": WebchatChannel()}


__all__ = ["CHANNELS", "MailChannel", "WebchatChannel", "open_channels"]
