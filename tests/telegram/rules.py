"""The Bot API's rules on what a bot sends, as its documentation and its open source server (tdlib/telegram-bot-api) have them."""

import html
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

TAGS = {
    "b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "span", "tg-spoiler", "a", "code", "pre", "blockquote",
    "tg-emoji", "tg-time",
}  # fmt: skip
_TAG = re.compile(r"<(/?)([a-zA-Z0-9-]*)([^>]*)>|<")
_ENTITY = re.compile(r"&(lt|gt|amp|quot|#[0-9]+|#x[0-9a-fA-F]+);")
MESSAGE, CAPTION, DATA = 4096, 1024, 64


@dataclass
class Refused(Exception):
    """The server says no."""

    code: int
    description: str
    parameters: dict[str, int] | None = None


def bad(description: str) -> Refused:
    return Refused(400, f"Bad Request: {description}")


def units(text: str) -> int:
    """UTF-16 units, as Telegram counts."""
    return len(text.encode("utf-16-le")) // 2


def visible(text: str) -> str:
    """What is left of HTML when its tags are read; refuses what Telegram refuses."""
    open_tags: list[str] = []
    found: list[str] = []
    place = 0
    for match in _TAG.finditer(text):
        found.append(_entities(text[place : match.start()]))
        place = match.end()
        name = (match[2] or "").lower()
        if name not in TAGS:
            raise bad(f'can\'t parse entities: Unsupported start tag "{name}" at byte offset {match.start()}')
        if match[1]:
            if not open_tags or open_tags.pop() != name:
                raise bad(f"can't parse entities: Unmatched end tag at byte offset {match.start()}")
        else:
            open_tags.append(name)
    if open_tags:
        raise bad(f"can't parse entities: Can't find end tag corresponding to start tag \"{open_tags[-1]}\"")
    found.append(_entities(text[place:]))
    return "".join(found)


def _entities(text: str) -> str:
    return _ENTITY.sub(lambda match: html.unescape(match[0]), text)


def text_of(params: dict[str, Any], name: str, most: int) -> str:
    """The text or caption as it is read, within its limit."""
    mode, raw = params.get("parse_mode"), str(params.get(name) or "")
    if mode not in {None, "HTML"}:
        raise bad("unsupported parse_mode")
    read = (visible(raw) if mode == "HTML" else raw).strip()
    if name == "text" and not read:
        raise bad("message text is empty")
    if units(read) > most:
        raise bad("message is too long" if name == "text" else "message caption is too long")
    return read


def keyboard_of(params: dict[str, Any], *, edit: bool = False) -> list[list[dict[str, Any]]]:
    """The inline keyboard's rows; refuses buttons Telegram refuses."""
    markup = params.get("reply_markup") or {}
    if edit and markup and "inline_keyboard" not in markup:
        raise bad("inline keyboard expected")
    rows: list[list[dict[str, Any]]] = markup.get("inline_keyboard") or []
    if sum(map(len, rows)) > 100:
        raise bad("reply markup is too long")
    for button in (button for row in rows for button in row):
        _check_button(button)
    return rows


def _check_button(button: dict[str, Any]) -> None:
    if not str(button.get("text", "")).strip():
        raise bad("inline keyboard button text is empty")
    actions = [name for name in button if name not in {"text", "style", "icon_custom_emoji_id"}]
    if len(actions) != 1:
        raise bad("text buttons are unallowed in the inline keyboard")
    if actions == ["callback_data"] and not 1 <= len(button["callback_data"].encode()) <= DATA:
        raise bad("BUTTON_DATA_INVALID")
    if actions == ["url"]:
        parts = urlsplit(button["url"])
        if parts.scheme not in {"http", "https", "tg"} or (parts.scheme != "tg" and "." not in (parts.hostname or "")):
            raise bad(f"inline keyboard button URL '{button['url']}' is invalid: Wrong HTTP URL")


def check_commands(commands: list[dict[str, str]]) -> None:
    if len(commands) > 100:
        raise bad("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        if not re.fullmatch(r"[a-z0-9_]{1,32}", command["command"]):
            raise bad("BOT_COMMAND_INVALID")
        if not 1 <= len(command["description"]) <= 256:
            raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
