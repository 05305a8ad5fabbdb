"""The door: one update that was kept becomes one turn of the talk, and its answers letters, in one transaction."""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from telegram import Bot

from bots.telegram import commands, inline, menus, returning
from engage import dialog, outbox
from engage.accounts import chats
from engage.activities.pictures import Prepared
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import ask, db
from engage.base.errors import Refusal
from engage.base.i18n import gettext as _
from engage.base.i18n import speaking
from engage.base.message import Button, Message
from engage.channels.telegram import known, links, pressing
from engage.channels.telegram.line import plainly
from engage.channels.telegram.updates import Kind, Said
from engage.dialog import Incoming
from engage.dialog.forgetting import about
from engage.dialog.models import Conversation
from engage.inbox.handling import Kept
from engage.outbox import Draft, Letter, Priority, rerouting
from engage.outbox.at_once import Hand

CHANNEL = "telegram"
# What nobody waits for, done once the transaction is committed.
Courtesy = Callable[[Bot], Coroutine[Any, Any, Any]]
Pictures = Mapping[str, Prepared | Refusal]
# Asked at every word that is typed.
_BUTTONS = "SELECT data -> 'buttons' FROM conversation WHERE channel = %(channel)s AND identifier = %(identifier)s"
# Where the talk's latest answer stands.
_PLACE = "SELECT place FROM outbox WHERE about = %(about)s AND status = 'sent' AND place <> '' ORDER BY id DESC LIMIT 1"
# An answer that comes a day later is worth no message.
_ANSWER_LASTS = timedelta(days=1)
# For so long Telegram lets a press be answered (tdlib keeps it 150 s).
_PRESS_LASTS = timedelta(seconds=150)


def first(kept: Kept) -> Courtesy | None:
    """What is done before all else: a press is answered, or its button would go on turning."""
    said = Said.from_body(kept.body)
    if said.kind is not Kind.PRESS or kept.failures or utc_now() - kept.received_at > _PRESS_LASTS:
        return None
    return lambda bot: plainly(bot, "answerCallbackQuery", callback_query_id=said.query)


def handle(kept: Kept, pictures: Pictures, hand: Hand | None = None) -> list[Courtesy]:
    """Do what an update asks for, in the caller's transaction; `pictures` are those that were fetched. Raises `FetchFirst`.

    `hand`, if there is one, takes the first answer of a talk, for the caller to send.
    """
    said, now = Said.from_body(kept.body), utc_now()
    if said.kind is Kind.INQUIRY:
        return [inline.answer(said, now)]
    if said.kind in {Kind.CAME, Kind.LEFT}:
        _came_or_left(kept, said, now)
    elif said.kind is not Kind.NOTHING and said.alone:
        return _talk(kept, said, pictures, now, hand)
    elif said.kind is Kind.TEXT and commands.is_for(said.text, known.name()):
        _answer_group(kept, said, now)
    return []


def apologise(kept: Kept) -> None:
    """Tell somebody whose update could not be handled that it was not them."""
    said = Said.from_body(kept.body)
    if not said.alone or said.kind in {Kind.CAME, Kind.LEFT, Kind.NOTHING}:
        return
    with speaking(_language(said)):
        contact = current_settings().city.contact
        words = _("Something went wrong at our end. We have kept what you wrote, and look into it.")
        reach = _("If it is urgent: phone %(phone)s, %(email)s", phone=contact.get("phone", ""), email=contact["email"])
        _put(kept, said, [Message(text=(words, reach), language=_language(said))], utc_now())


def _talk(kept: Kept, said: Said, pictures: Pictures, now: datetime, hand: Hand | None) -> list[Courtesy]:
    incoming = replace(_incoming(said), pictures=pictures)
    if said.kind is Kind.TEXT:
        if said.text.startswith("/start"):
            returning.welcome(CHANNEL, incoming.identifier, lambda: _language(said), now=now, key=_key(kept, "back"))
        incoming = commands.understood(incoming, now=now)
    waits = _buttons_of_the_last_question(incoming) if said.kind is Kind.TEXT else None
    # Who comes may be welcomed back, which is more than showing something.
    comes_again = not said.text.startswith("/start")
    try:
        answers = dialog.handle(incoming, now=now, comes_again=comes_again)
    except Refusal as refusal:  # a flood: one word a minute is enough
        with speaking(_language(said)):
            words = Message(text=(str(refusal),), language=_language(said))
        _put(kept, said, [words], now, key=f"flood:{said.user}:{now:%Y%m%d%H%M}")
        return []
    pressed_screen = said.kind is Kind.PRESS and pressing.read(said.text)[1] and said.message
    answers = joined(answers)
    aside = bool(answers) and answers[0].aside
    place = str(said.message) if pressed_screen and not aside else ""
    _put(kept, said, answers, now, place=place, hand=hand)
    if pressed_screen and aside and incoming.action and _still_shows(said, incoming.action):
        waits = _without_buttons(said.chat, said.message)
    found = [waits] if waits else []
    if (
        incoming.action == commands.ORGANISERS["today"].action
        and chats.account_of(CHANNEL, incoming.identifier) is None
    ):
        found.append(_everybodys_menu(said.chat))
    return found


def _incoming(said: Said) -> Incoming:
    settings = current_settings()
    language = said.language if said.language in settings.city.languages else None
    incoming = Incoming(CHANNEL, str(said.user), language=language)
    if said.kind is Kind.PRESS:
        return replace(incoming, action=pressing.read(said.text)[0])
    if said.kind is Kind.PLACE:
        return replace(incoming, where=said.where)
    if said.kind is Kind.PICTURE:
        return replace(incoming, picture=said.picture)
    if said.kind is Kind.OTHER:
        return replace(incoming, action="menu:only_words")
    return replace(incoming, text=said.text)


def _put(
    kept: Kept,
    said: Said,
    answers: list[Message],
    now: datetime,
    *,
    place: str = "",
    key: str | None = None,
    hand: Hand | None = None,
) -> None:
    """Queue answers; the first takes the place of the screen whose button was pressed, and may leave by `hand`."""
    for position, answer in enumerate(answers):
        draft = Draft(
            answer,
            [(CHANNEL, str(said.chat or said.user))],
            key=key or _key(kept, str(position)),
            about=about(CHANNEL, str(said.user)),
            good_until=now + _ANSWER_LASTS,
            priority=Priority.ANSWER,
            place="" if position else place,
        )
        if hand is not None and position == 0:
            hand.put(draft, now=now)
        else:
            outbox.put_draft(draft, now=now)


def _key(kept: Kept, part: str) -> str:
    return f"{kept.source}:{kept.number}:{part}"


def joined(answers: list[Message]) -> list[Message]:
    """What was said in one turn as few messages: a chat is asked not to ring twice. Nothing is put before its time."""
    found: list[Message] = []
    for answer in answers:
        before = found[-1] if found else None
        if before is None or before.cards or _stands_alone(before) or _stands_alone(answer):
            found.append(answer)
            continue
        found[-1] = replace(answer, text=(*before.text, *answer.text), buttons=(*before.buttons, *answer.buttons))
    return found


def _stands_alone(message: Message) -> bool:
    kept = message.subject or message.attachments or message.code or message.aside
    return bool(kept or message.asks_where or message.asked_where)


def _buttons_of_the_last_question(incoming: Incoming) -> Courtesy | None:
    """Take the buttons from a question that is being answered in words: they are over then, and say so no more."""
    found = ask(_BUTTONS, {"channel": CHANNEL, "identifier": incoming.identifier}).fetchone()
    if found is None or not any("@" in action for _label, action in found[0] or ()):
        return None
    row = ask(_PLACE, {"about": about(CHANNEL, incoming.identifier)}).fetchone()
    place = row[0] if row else ""
    if not place:
        return None
    return _without_buttons(int(incoming.identifier), int(place))


def _still_shows(said: Said, action: str) -> bool:
    """Whether the message has buttons of a step that is over, and is not yet what came after it."""
    if "@" not in action:
        return False
    query = select(Letter.message).where(
        Letter.about == about(CHANNEL, str(said.user)), Letter.place == str(said.message)
    )
    last = db.session.scalar(query.order_by(Letter.id.desc()).limit(1))
    return last is not None and any(button.action == action for button in Message.from_json(last).buttons)


def _everybodys_menu(chat: int) -> Courtesy:
    """Take the organisers' command from a chat that is no organiser's any more."""
    languages = current_settings().city.languages
    return lambda bot: menus.everybodys(bot, chat, languages)


def _without_buttons(chat: int, message: int) -> Courtesy:
    return lambda bot: plainly(bot, "editMessageReplyMarkup", chat_id=chat, message_id=message)


def _conversation(identifier: str) -> Conversation | None:
    query = select(Conversation).where(Conversation.channel == CHANNEL, Conversation.identifier == identifier)
    return db.session.scalars(query).one_or_none()


def _language(said: Said) -> str:
    """That of the talk, else that of the app, else the city's."""
    talk, languages = _conversation(str(said.user)), current_settings().city.languages
    return talk.language if talk else said.language if said.language in languages else languages[0]


def _came_or_left(kept: Kept, said: Said, now: datetime) -> None:
    if not said.alone:
        if said.kind is Kind.CAME:
            _answer_group(kept, said, now)
        return
    if said.kind is Kind.LEFT:
        rerouting.address_gone(CHANNEL, str(said.user), "blocked", now)
    else:
        returning.welcome(CHANNEL, str(said.user), lambda: _language(said), now=now, key=_key(kept, "back"))


def _answer_group(kept: Kept, said: Said, now: datetime) -> None:
    """In a group others read along: nothing is said there but where one can talk alone."""
    payload = said.text.partition(" ")[2].strip() if said.text.startswith("/start") else ""
    # A secret is not said once more where others read along.
    repeated = links.may_be_told(payload) and links.secret_in(payload) is None
    link = links.link(known.name(), payload if repeated else "group")
    languages = current_settings().city.languages
    language = said.language if said.language in languages else languages[0]
    with speaking(language):
        words = _("I talk with each person alone, so that nobody reads along. Press the button, and we begin.")
        buttons = (Button(_("Talk with me"), url=link),) if link else ()
    _put(kept, said, [Message(text=(words,), buttons=buttons, language=language)], now)
