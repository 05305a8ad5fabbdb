"""Commands, and what a link to the bot tells it when somebody presses START, as what the dialog understands."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from engage.activities import facts
from engage.base.i18n import lazy_gettext as _l
from engage.channels.telegram import links
from engage.dialog import Incoming


@dataclass(frozen=True, slots=True)
class Command:
    """What a command leads to, and how the menu describes it."""

    action: str
    words: object


# Shown in this order. Descriptions have at most 256 characters; short ones are read (core.telegram.org/bots/api#botcommand).
COMMANDS: Mapping[str, Command] = {
    "find": Command("find:ways", _l("Find something to do")),
    "near": Command("near:ask", _l("What is near me")),
    "mine": Command("mine:show", _l("My sign-ups")),
    "cancel": Command("cancel:out", _l("Stop this, or cancel a sign-up")),
    "ask": Command("human:start", _l("Ask a person")),
    "topics": Command("topics:show", _l("What I follow")),
    "settings": Command("settings:show", _l("Settings")),
    "language": Command("menu:language", _l("Change the language")),
    "privacy": Command("privacy:notice", _l("What is kept about you")),
    "forget": Command("privacy:ask", _l("Delete what is kept about you")),
    "help": Command("menu:help", _l("What I can do, and how to reach a person")),
    "stop": Command("menu:stop", _l("No more than what belongs to my sign-ups")),
    "start": Command("menu:greet", _l("Start from the beginning")),
}
# What people type in their own language; commands have only a-z, so without æ, ø, å, ä, ö, ü.
_LOCAL = {
    "soeg": "find", "sog": "find", "finde": "find", "suche": "find", "suchen": "find", "search": "find",
    "naer": "near", "nearby": "near", "naehe": "near", "hier": "near",
    "tilmeldinger": "mine", "mit": "mine", "meine": "mine", "anmeldungen": "mine",
    "afmeld": "cancel", "annuller": "cancel", "abmelden": "cancel", "abbrechen": "cancel",
    "spoerg": "ask", "sporg": "ask", "menneske": "ask", "fragen": "ask", "frage": "ask", "mensch": "ask", "person": "ask",
    "human": "ask",
    "emner": "topics", "themen": "topics", "foelg": "topics", "folge": "topics", "follow": "topics",
    "indstillinger": "settings", "einstellungen": "settings",
    "sprog": "language", "sprache": "language",
    "privatliv": "privacy", "datenschutz": "privacy", "data": "privacy",
    "glem": "forget", "slet": "forget", "delete": "forget", "vergessen": "forget", "vergiss": "forget", "loeschen": "forget",
    "hjaelp": "help", "hjalp": "help", "hilfe": "help",
    "stopp": "stop", "menu": "start",
}  # fmt: skip


# For who looks after a date, in a chat that is linked with their account: in the menu of that chat, and in no other.
ORGANISERS: Mapping[str, Command] = {"today": Command("door:today", _l("Today's list and check-in"))}
_ORGANISERS_LOCAL = {"idag": "today", "heute": "today"}


def understood(incoming: Incoming, *, now: datetime) -> Incoming:
    """A command as the action it stands for; whatever else was typed stays as it is."""
    text = incoming.text.strip()
    if not text.startswith("/"):
        return incoming
    name, _space, rest = text[1:].partition(" ")
    name, rest = name.partition("@")[0].casefold(), rest.strip()
    name = _LOCAL.get(name, name)
    if name == "start" and (action := landing(rest, incoming.language or "", now)):
        return replace(incoming, text="", action=action)
    if name == "find" and rest:
        return replace(incoming, text=rest)
    if name in COMMANDS:
        return replace(incoming, text="", action=COMMANDS[name].action)
    if (theirs := _ORGANISERS_LOCAL.get(name, name)) in ORGANISERS:
        return replace(incoming, text="", action=ORGANISERS[theirs].action)
    return replace(incoming, text=text[1:])


def is_for(text: str, bot: str) -> bool:
    """Whether something said in a group is a command of ours, and not said to another bot."""
    name, _at, whose = text[1:].partition(" ")[0].partition("@")
    name = name.casefold()
    ours = _LOCAL.get(name, name) in COMMANDS
    return text.startswith("/") and ours and (not whose or not bot or whose.casefold() == bot.casefold())


def landing(payload: str, language: str, now: datetime) -> str | None:
    """Where a link leads: to a date, to the next date of an activity, to linking with one's own page, or to the ways of finding
    something; None for what we do not know.
    """
    if (secret := links.secret_in(payload)) is not None:
        return f"link:open:{secret}"
    if payload == links.FIND:
        return COMMANDS["find"].action
    name = links.date_in(payload)
    if name is None:
        return None
    found = facts.occurrence(name, language)
    occurrence = name if found and found.published else facts.next_date(name, now)
    return f"find:show:{occurrence}" if occurrence else None
