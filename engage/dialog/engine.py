"""The order in which what a person says is understood: a pressed button, an answer to the question asked, words that work
everywhere, and only then what the sentence seems to want. Below that the chat asks back; it never guesses.

The whole turn is one transaction of the door's. A step that a rule refuses is undone alone, and the talk goes on.
"""

from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import ScalarSelect, select, update
from sqlalchemy.dialects.postgresql import insert

from engage.activities.catalogue import catalogue
from engage.base import tokens
from engage.base.config import current_settings
from engage.base.db import db, undoable
from engage.base.errors import Refusal
from engage.base.i18n import speaking
from engage.base.limits import Rate
from engage.base.message import Message
from engage.dialog import flows, standing
from engage.dialog.answers import chosen, is_leaving, only_points, picked
from engage.dialog.flows import about, correcting, known, menu
from engage.dialog.models import Conversation
from engage.dialog.standing import Standing
from engage.dialog.turn import Incoming, Turn
from engage.dialog.understanding import Intent, Understanding, Vocabulary, clearly_in, understand
from engage.people import Address, reaching
from engage.questions import Match
from engage.registrations import caps

LONGEST = 1000
_A_WHILE = timedelta(hours=24)
_WORDS_FOR_A_COMMAND = 3  # "speak English please"; more are a sentence


def greet(incoming: Incoming, *, now: datetime) -> list[Message]:
    """The first words of a talk; nothing when it is going on already."""
    talk = _standing(incoming, now)
    if talk.conversation.version:
        return []
    return _answer(talk, incoming, now, menu.greet)


def handle(incoming: Incoming, *, now: datetime, comes_again: bool = False) -> list[Message]:
    """Take one thing a person said and answer it, in the caller's transaction. Raises `TooOften` for a flood.

    `comes_again` says that the caller has kept what was said, and hands it in again should the machine fail before this
    transaction is on its disk. Where nothing was changed but the talk nobody waits for the disk then: the same is shown again.
    """
    settings = current_settings()
    a_minute = settings.chat_per_person_minute
    # The counter outlives the talk by a day, and need not tell whose it was.
    chat = tokens.stand_in(settings.secret_key, f"{incoming.channel}:{incoming.identifier}")
    who = caps.chat(incoming.channel, incoming.identifier)
    caps.take_pace(f"chat:{chat}", Rate(a_minute, a_minute / 60), who, now, here=True)
    return _answer(_standing(incoming, now), _storable(incoming), now, _understand_and_act, comes_again=comes_again)


def recognise(channel: str, identifier: str, person_id: int) -> None:
    """Who talks here is this person, as they have shown elsewhere. A talk that has not begun knows it when it does."""
    talk = (Conversation.channel == channel) & (Conversation.identifier == identifier)
    db.session.execute(update(Conversation).where(talk).values(person_id=person_id))


def _storable(incoming: Incoming) -> Incoming:
    """Without what no text in the database can hold: NUL, and half of a character (a lone surrogate)."""

    def clean(text: str) -> str:
        return text.replace("\0", "").encode("utf-8", "ignore").decode()

    return replace(incoming, text=clean(incoming.text), action=incoming.action and clean(incoming.action))


def _standing(incoming: Incoming, now: datetime) -> Standing:
    """Where the talk stands; one that is not there yet begins."""
    found = standing.locked(incoming.channel, incoming.identifier)
    if found is not None:
        return found
    known = current_settings().city.languages
    language = incoming.language if incoming.language in known else known[0]
    first = {
        "channel": incoming.channel,
        "identifier": incoming.identifier,
        "person_id": _known_by_address(incoming),
        "language": language,
        "data": {"page_language": language},
        "started_at": now,
        "spoke_at": now,
    }
    db.session.execute(insert(Conversation).values(**first).on_conflict_do_nothing())
    made = standing.locked(incoming.channel, incoming.identifier)
    assert made is not None, "it was there, or is now"
    return made


def _known_by_address(incoming: Incoming) -> ScalarSelect[int]:
    """A talk that begins anew, after the old one was deleted, is still that of who has this address."""
    here = (Address.channel == incoming.channel) & (Address.identifier == incoming.identifier)
    return select(Address.person_id).where(here).scalar_subquery()


def _answer(
    talk: Standing, incoming: Incoming, now: datetime, act: flows.Action, *, comes_again: bool = False
) -> list[Message]:
    turn = Turn(talk, incoming, now, talk.conversation.data)
    _follow_the_page(turn)
    only_shows = _flow(incoming.action or "") in flows.ONLY_SHOW
    with speaking(turn.language):
        _act(turn, act, changes=not only_shows)
    _keep(turn, quickly=only_shows and comes_again)
    return turn.said


def _flow(action: str) -> str:
    return action.partition(":")[0]


def _act(turn: Turn, act: flows.Action, *, changes: bool) -> None:
    """Run a step that can be undone: what a rule refuses is undone, and the refusal is the answer."""
    try:
        with (
            reaching.answering(turn.incoming.channel, turn.incoming.identifier),
            undoable() if changes else nullcontext(),
        ):
            act(turn, "")
    except Refusal as refusal:
        turn.talk = _standing(turn.incoming, turn.now)
        turn.said = []
        turn.say(str(refusal), buttons=menu.first_buttons())
        turn.done()


def _keep(turn: Turn, *, quickly: bool = False) -> None:
    """Write the talk's new state; typed words may name a button of the last message, so those are kept too."""
    last = turn.said[-1] if turn.said else None
    if last is not None:
        cards = [(button.label, button.action) for card in last.cards for button in card.buttons if button.action]
        plain = [(button.label, button.action) for button in last.buttons if button.action]
        numbers = _numbers(last) if turn.abilities.numbers_cards else ()
        menu.remember_question(turn, last)
        known = (*plain, *(cards if len(last.cards) == 1 else numbers), *_ordered(plain))
        turn.data["buttons"] = [list(pair) for pair in known]
        turn.data["several"] = _several(last)
    conversation = turn.conversation
    conversation.data = turn.data
    conversation.version += 1
    conversation.spoke_at = turn.now
    turn.talk.write(quickly=quickly)


# Which one of several: there "the second" is as good as its name, and no number means anything else.
_WHICH = ("sign_up:start:", "cancel:ask:", "sign_up:role:")
# More about one of several.
_ONE = ("find:show:", "mine:one:")


def _ordered(plain: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """What the number of one of several buttons that ask which one leads to."""
    which = [action for _label, action in plain if action.startswith(_WHICH)]
    return [(str(number), action) for number, action in enumerate(which, 1)] if len(which) > 1 else []


def _several(message: Message) -> list[str]:
    """What each of several things leads to that stand there to be chosen from, in their order."""
    cards = [card.buttons[0].action or "" for card in message.cards if card.buttons]
    which = [button.action for button in message.buttons if (button.action or "").startswith(_WHICH)]
    if len(cards) == len(message.cards) > 1 and all(action.startswith(_ONE) for action in cards):
        return cards
    return [action for action in which if action] if len(which) > 1 else []


def _numbers(message: Message) -> list[tuple[str, str]]:
    """What the number before each of several cards leads to."""
    firsts = [(number, card.buttons[0].action) for number, card in enumerate(message.cards, 1) if card.buttons]
    return [(str(number), action) for number, action in firsts if action]


def _follow_the_page(turn: Turn) -> None:
    """When the page around the chat changes its language, the talk does; a language chosen in the talk stays.

    An app's language, which nobody chose for this talk, never overrides one that was chosen.
    """
    page = turn.incoming.language
    if page and page != turn.data.get("page_language"):
        turn.data["page_language"] = page
        if turn.abilities.language_is_chosen or not turn.conversation.language_chosen:
            turn.conversation.language = page


def _understand_and_act(turn: Turn, _argument: str) -> None:
    if turn.incoming.where is not None:
        flows.WHERE(turn, "")
        return
    if turn.incoming.picture:
        flows.PICTURE(turn, turn.incoming.picture)
        return
    action = turn.incoming.action or _typed(turn) or _command(turn.text)
    if action:
        _press(turn, action)
        return
    turn.understanding = understood(turn)
    _follow_the_words(turn)
    with speaking(turn.language):
        if is_leaving(turn.text, turn.understanding) and turn.conversation.flow:
            _leave(turn)
        elif not (_answers_the_question(turn) or about.answers(turn) or known.answers(turn)):
            flows.INTENTS[turn.understanding.intent](turn, "")


def _leave(turn: Turn) -> None:
    own = flows.LEAVING.get(turn.conversation.flow)
    if own is not None:
        own(turn)
    else:
        menu.leave(turn, "")


def _typed(turn: Turn) -> str | None:
    """What is pressed by words: those of a button, its number, or "the second one"."""
    known, several = turn.data.get("buttons", []), turn.data.get("several", [])
    return chosen(turn.text, known) or (picked(turn.text, several) if only_points(turn.text) else None)


def _command(text: str) -> str | None:
    return next((action for command in flows.COMMANDS if (action := command(text))), None)


def _press(turn: Turn, action: str) -> None:
    name, _sign, version = action.partition("@")
    flow, _colon, rest = name.partition(":")
    step, _colon, argument = rest.partition(":")
    act = flows.ACTIONS.get((flow, step))
    if act is None or (version and version != str(turn.conversation.version)):
        (menu.done_already if action == turn.data.get("pressed") else menu.stale)(turn, "")
        return
    turn.conversation.misunderstood = 0
    if version:
        turn.data["pressed"] = action
    act(turn, argument[:100])


def _answers_the_question(turn: Turn) -> bool:
    """Let the step that asked take the text; words that work everywhere come first, and are no answers."""
    step = flows.STEPS.get((turn.conversation.flow, turn.conversation.step))
    assert turn.understanding is not None
    if _goes_first(turn, turn.understanding.intent):
        return False
    if step is None:
        return flows.ASKED_BY_LETTER(turn) or flows.SAID_UNASKED(turn)
    own = (turn.conversation.flow, turn.conversation.step) in flows.OWN_WORDS
    if turn.now - turn.conversation.spoke_at > _A_WHILE:
        # Who comes back after a day has something new on their mind: it must not become their name.
        menu.ask_to_go_on(turn)
        return True
    if not own and (correcting.takes(turn) or about.answers(turn)):
        return True
    return step(turn)


def _goes_first(turn: Turn, intent: Intent) -> bool:
    """Whether the text is one of the words that work everywhere; where somebody's own words are asked for, only a short one."""
    if intent not in flows.EVERYWHERE:
        return False
    own = (turn.conversation.flow, turn.conversation.step) in flows.OWN_WORDS
    return intent in flows.ALWAYS or not (own and len(turn.text.split()) > _WORDS_FOR_A_COMMAND)


def understood(turn: Turn) -> Understanding:
    """What the typed text seems to want, in the light of what is published now."""
    return heard_in(turn.text, turn.language, turn.now)


def heard_in(text: str, language: str, now: datetime) -> Understanding:
    """What a text seems to want, for somebody who speaks `language`."""
    city = current_settings().city
    local, vocabulary = now.astimezone(city.zone), _vocabulary(now)
    return understand(text[:LONGEST], language=language, now=local, vocabulary=vocabulary, country=city.country)


def approved_for(text: str, language: str, now: datetime) -> list[Match]:
    """The approved answers the chat would give to a text of somebody who speaks `language`; staff try them out."""
    return known.fitting(text, language, heard_in(text, language, now))


def _vocabulary(now: datetime) -> Vocabulary:
    """The words of what is published, made once for each state of the catalogue."""
    memory = catalogue(now)
    state = memory.revision, memory.read_at
    known: tuple[object, Vocabulary] | None = current_app.extensions.get("engage.vocabulary")
    if known is None or known[0] != state:
        known = current_app.extensions["engage.vocabulary"] = (state, Vocabulary.of(memory.words))
    return known[1]


def _follow_the_words(turn: Turn) -> None:
    """Answer in the language somebody writes, unless they chose one, or said too little to tell."""
    heard = turn.understanding
    assert heard is not None
    clear = heard.intent != Intent.UNKNOWN and clearly_in(turn.text, heard.language, turn.language)
    if clear and not turn.conversation.language_chosen and not turn.conversation.flow:
        turn.conversation.language = heard.language
