"""Telegram as the post office sees it: hands over a neutral message, part by part, in place of another where asked to."""

from dataclasses import replace
from typing import Any

import structlog
from telegram import Bot, InlineKeyboardMarkup, InputFile
from telegram.error import BadRequest, ChatMigrated

from engage.base.errors import ChannelError
from engage.base.message import Message, Receipt
from engage.channels.telegram.line import plainly
from engage.channels.telegram.rendering import Key, Kind, Part, Rows, parts
from engage.channels.telegram.wire import Wire

log = structlog.get_logger(__name__)

_NO_PREVIEW = {"is_disabled": True}
_THE_SAME = "not modified"
_OTHER_KIND = ("no text in the message", "no caption in the message")
_CANNOT_STAND_THERE = ("message to edit not found", "can't be edited", "message_id_invalid", *_OTHER_KIND)
_BROKEN = "can't parse entities"


class TelegramChannel:
    """Sends by a `Wire`. `shares` says whether the bot may be asked from other chats, without which such a button is dead."""

    def __init__(self, wire: Wire, *, shares: bool = True) -> None:
        self._wire = wire
        self.shares = shares

    def send(self, identifier: str, message: Message, *, key: str, place: str = "", part: int = 0) -> Receipt:  # noqa: ARG002
        """Hand over part number `part`; raises `ChannelError`."""
        every = parts(message, shares=self.shares)
        if part >= len(every):
            return Receipt("")  # a letter cut into fewer parts by a newer version of us
        wanted, chat = every[part], int(identifier)
        if message.only_in_place:
            if place.isdecimal() and part == 0:
                self._wire.call(lambda bot: _in_place(bot, chat, wanted, int(place)))
            return Receipt(place)
        old = int(place) if place.isdecimal() and part == 0 and wanted.replaces else 0
        number = self._wire.call(lambda bot: _hand_over(bot, chat, wanted, old))
        return Receipt(str(number), more=part + 1 < len(every))


async def _hand_over(bot: Bot, chat: int, part: Part, old: int) -> int:
    """The number of the message it now is."""
    if old and await _replaced(bot, chat, part, old):
        return old
    try:
        return await _sent(bot, chat, part)
    except ChatMigrated as moved:  # a group that became a larger one
        return await _sent(bot, moved.new_chat_id, part)
    except BadRequest as error:
        if _BROKEN not in str(error).lower():
            raise
        log.error("markup_broken", reason=str(error)[:200])
        return await _sent(bot, chat, part, plain=True)


async def _in_place(bot: Bot, chat: int, part: Part, old: int) -> None:
    """Under the picture, or in the text that stood before one whose words were too many to stand under it."""
    if not await _replaced(bot, chat, part, old) and part.kind is Kind.PHOTO:
        await _replaced(bot, chat, replace(part, kind=Kind.TEXT), old)


async def _replaced(bot: Bot, chat: int, part: Part, old: int) -> bool:
    """Whether the message `old` now says this; False where it is gone or cannot be changed. Of a picture it is what stands
    under it.
    """
    rows = keyboard(part.rows)
    try:
        if part.kind is Kind.PHOTO:
            await plainly(
                bot,
                "editMessageCaption",
                chat_id=chat,
                message_id=old,
                caption=part.html,
                parse_mode="HTML",
                reply_markup=rows,
            )
        else:
            await plainly(
                bot,
                "editMessageText",
                text=part.html,
                chat_id=chat,
                message_id=old,
                parse_mode="HTML",
                link_preview_options=_NO_PREVIEW,
                reply_markup=rows,
            )
    except BadRequest as error:
        said = str(error).lower()
        if _THE_SAME in said:
            return True
        if any(words in said for words in _CANNOT_STAND_THERE):
            return False
        raise
    return True


async def _sent(bot: Bot, chat: int, part: Part, *, plain: bool = False) -> int:
    silent = part.quiet or None
    if part.kind is Kind.VENUE:
        venue = part.venue
        if venue is None:
            raise ChannelError("no venue", permanent=True)
        place = {
            "latitude": venue.latitude,
            "longitude": venue.longitude,
            "title": venue.name,
            "address": venue.address,
        }
        sent = await bot.send_venue(chat, **place, disable_notification=silent)  # type: ignore[arg-type]
    elif part.kind is Kind.DOCUMENT:
        file = InputFile(part.content, filename=part.filename)
        sent = await bot.send_document(chat, file, disable_notification=silent)
    elif part.kind is Kind.PHOTO:
        sent = await bot.send_photo(
            chat,
            InputFile(part.content, filename=part.filename),
            caption=part.html or None,
            parse_mode=None if plain else "HTML",
            reply_markup=_markup(part.rows),
            disable_notification=silent,
        )
    else:
        said = await plainly(
            bot,
            "sendMessage",
            chat_id=chat,
            text=part.html,
            parse_mode=None if plain else "HTML",
            link_preview_options=_NO_PREVIEW,
            reply_markup=_reply_keyboard(part) or keyboard(part.rows),
            disable_notification=silent,
        )
        return int(said["message_id"])
    return sent.message_id


def keyboard(rows: Rows) -> dict[str, Any] | None:
    """Rows of buttons in a message, as the Bot API writes them."""
    return {"inline_keyboard": [[_button(key) for key in row] for row in rows]} if rows else None


def _button(key: Key) -> dict[str, Any]:
    if key.share is not None:
        chats = {"query": key.share, "allow_user_chats": True, "allow_group_chats": True}
        return {"text": key.label, "switch_inline_query_chosen_chat": chats}
    return {"text": key.label, "callback_data": key.data} if key.data else {"text": key.label, "url": key.url}


def _markup(rows: Rows) -> InlineKeyboardMarkup | None:
    markup = keyboard(rows)
    return InlineKeyboardMarkup.de_json(markup) if markup else None


def _reply_keyboard(part: Part) -> dict[str, Any] | None:
    """The button that tells where somebody is can only stand under their own keyboard."""
    if part.asks_where:
        button = {"text": part.asks_where, "request_location": True}
        return {"keyboard": [[button]], "resize_keyboard": True, "one_time_keyboard": True}
    return {"remove_keyboard": True} if part.asked_where else None
