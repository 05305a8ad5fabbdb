"""Which channels this installation has, which process sends by which, and the addresses that open a chat with words said."""

from engage.base.config import Settings
from engage.channels.absent import AbsentChannel
from engage.channels.mail import MailChannel
from engage.channels.sms import SmsChannel
from engage.channels.telegram import known, links
from engage.channels.webchat import WebchatChannel

CHANNELS = ("email", "webchat", "telegram", "sms")


Open = MailChannel | WebchatChannel | SmsChannel | AbsentChannel


def open_channels(settings: Settings) -> dict[str, Open]:
    """Every channel the worker sends by, under its name. The bot's own process sends to its chats, where there is a bot."""
    found: dict[str, Open] = {
        "email": MailChannel(settings),
        "webchat": WebchatChannel(),
        "sms": SmsChannel(settings.sms)
        if settings.sms
        else AbsentChannel("no gateway is set (ENGAGE_SMS_URL)", optional=True),
    }
    if settings.telegram is None:
        found["telegram"] = AbsentChannel("no bot is set (ENGAGE_TELEGRAM_TOKEN)")
    return found


def delivered_elsewhere(settings: Settings) -> frozenset[str]:
    """The channels whose letters another process than the worker delivers."""
    return frozenset({"telegram"} if settings.telegram else ())


def deep_links(payload: str) -> list[tuple[str, str]]:
    """(channel, address) for each channel where opening an address says `payload` to the chat, as `t.me/<bot>?start=` does."""
    telegram = links.link(known.name(), payload)
    return [("telegram", telegram)] if telegram else []
