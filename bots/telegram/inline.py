"""Asked from another chat, after the bot's name: activities to share there. Nothing of a person is in the answer."""

from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import datetime
from typing import Any

from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQueryResultArticle,
    InlineQueryResultsButton,
    InputTextMessageContent,
    LinkPreviewOptions,
)

from engage import dialog
from engage.activities import facts
from engage.activities.facts import OccurrenceFacts
from engage.base import wording
from engage.base.config import current_settings
from engage.base.i18n import gettext as _
from engage.base.i18n import speaking
from engage.base.message import Message
from engage.channels.telegram import known, links, rendering
from engage.channels.telegram.updates import Said
from engage.dialog.flows import find
from engage.dialog.understanding import Intent

_MOST = 10
# Telegram keeps an answer for all who ask the same in the same language; places left change.
_CACHE_SECONDS = 60
_DIRECT = "e_"


def answer(said: Said, now: datetime) -> Callable[[Bot], Coroutine[Any, Any, Any]]:
    """Find what is asked for, and the call that answers it."""
    languages = current_settings().city.languages
    language = said.language if said.language in languages else languages[0]
    with speaking(language):
        found = _found(said.text.strip(), language, now)
        bot = known.name()
        results = [_result(each, now, links.link(bot, links.to_date(each.occurrence, "shared"))) for each in found]
        # An empty list would be a dead end: above it stands a way to where one can ask in other words, and see what there is.
        way = InlineQueryResultsButton(_("Nothing found. Search in the chat"), start_parameter=links.FIND)
    button = None if results else way
    return lambda bot: bot.answer_inline_query(
        said.query, results, cache_time=_CACHE_SECONDS, is_personal=False, button=button
    )


def _found(words: str, language: str, now: datetime) -> list[OccurrenceFacts]:
    if words.startswith(_DIRECT):
        one = facts.occurrence(words.removeprefix(_DIRECT), language)
        return [one] if one and one.published else []
    heard = dialog.heard_in(words, language, now)
    if heard.intent is Intent.UNKNOWN:
        heard = replace(heard, words=tuple(words.split()))  # somebody types a title, not a wish
    return facts.occurrences(find.hits(heard, now=now, most=_MOST), language)


def _result(found: OccurrenceFacts, now: datetime, link: str) -> InlineQueryResultArticle:
    card = find.card(found, now, full=True).without_buttons()
    (part,) = rendering.parts(Message(text=(), cards=(card,)))
    page = current_settings().links.occurrence(found.activity, found.slug, found.occurrence)
    keys = [(_("Sign up in Telegram"), link), (_("See the activity"), page)]
    buttons = [[InlineKeyboardButton(label, url=url)] for label, url in keys if url and rendering.leads_somewhere(url)]
    return InlineQueryResultArticle(
        id=found.occurrence,
        title=found.title,
        description=f"{wording.when(found.starts_at, found.ends_at, found.zone, now)}\n{find.place(found)}",
        input_message_content=InputTextMessageContent(
            part.html, parse_mode="HTML", link_preview_options=LinkPreviewOptions(is_disabled=True)
        ),
        reply_markup=InlineKeyboardMarkup(buttons) if buttons else None,
    )
