"""The conversations the chat can hold, one a file, and the tables the engine finds their steps in."""

from collections.abc import Callable, Mapping

from engage.dialog.flows import (
    at_door,
    cancel,
    certificates,
    change,
    choosing,
    dates,
    door,
    feedback,
    find,
    human,
    ideas,
    known,
    link,
    menu,
    mine,
    near,
    offer,
    posts,
    privacy,
    propose,
    questions,
    quiet,
    reminder,
    settings,
    sign_up,
    topics,
    walk_in,
)
from engage.dialog.turn import Turn
from engage.dialog.understanding import Intent

Action = Callable[[Turn, str], None]
Step = Callable[[Turn], bool]

_FLOWS = {
    "menu": menu, "find": find, "near": near, "sign_up": sign_up, "mine": mine, "cancel": cancel, "privacy": privacy,
    "settings": settings, "link": link, "offer": offer, "change": change, "questions": questions,
    "topics": topics, "quiet": quiet, "human": human, "known": known, "reminder": reminder, "feedback": feedback,
    "door": at_door, "walk_in": walk_in, "propose": propose, "ideas": ideas, "certificates": certificates,
    "dates": dates,
}  # fmt: skip

# (flow, action) of a button -> what pressing it does, with the button's argument.
ACTIONS: Mapping[tuple[str, str], Action] = {
    (name, action): act for name, flow in _FLOWS.items() for action, act in flow.ACTIONS.items()
}
# Whose buttons show something and change nothing but the talk.
ONLY_SHOW = frozenset({"find", "mine"})
# (flow, step) that waits for an answer -> takes the text, or says that it was none.
STEPS: Mapping[tuple[str, str], Step] = {
    (name, step): take for name, flow in _FLOWS.items() for step, take in flow.STEPS.items()
}
# Somebody says where they are, asked or not.
WHERE: Action = near.found
# Somebody sends a picture, asked or not.
PICTURE: Action = propose.picture
# A yes or no to what a letter asked, while the talk itself asks nothing.
ASKED_BY_LETTER: Step = offer.heard
# Another number of people, while nothing is asked.
SAID_UNASKED: Step = change.heard
# What is no button and no sentence: a word with a secret behind it, read the same in every language.
COMMANDS = (link.command, door.command)
# Words that work everywhere, also in the middle of a question.
EVERYWHERE = frozenset({Intent.STOP, Intent.HELP, Intent.HUMAN, Intent.LANGUAGE, Intent.FORGET_ME, Intent.EXPORT_ME})
# Where a person's own words are asked for, so that a longer text is the answer, whatever it seems to want; save one.
OWN_WORDS = frozenset({
    (human.FLOW, "text"), (propose.FLOW, "title"), (propose.FLOW, "text"), (propose.FLOW, "answer"),
    (walk_in.FLOW, "name"), (walk_in.FLOW, "reason"),
})  # fmt: skip
# What a typed "cancel" or "stop" does in the middle of a flow, where that is more than to leave it.
LEAVING: Mapping[str, Callable[[Turn], None]] = {posts.FLOW: at_door.leave, walk_in.FLOW: walk_in.leave}
ALWAYS = frozenset({Intent.FORGET_ME})
INTENTS: Mapping[Intent, Action] = {
    Intent.BROWSE: find.search,
    Intent.SIGN_UP: choosing.wanted,
    Intent.MINE: mine.show,
    Intent.CERTIFICATE: certificates.show,
    Intent.CANCEL: cancel.wanted,
    Intent.HELP: menu.help_,
    Intent.GREET: menu.greet,
    Intent.THANKS: menu.thanks,
    Intent.HUMAN: menu.human,
    Intent.STOP: menu.stop,
    Intent.LANGUAGE: menu.language,
    Intent.SUGGEST: propose.start,
    Intent.FORGET_ME: privacy.forget_me,
    Intent.EXPORT_ME: privacy.export_me,
    Intent.LINK: link.wanted,
    Intent.UNLINK: link.unwanted,
    Intent.FOLLOW: topics.wanted,
    Intent.UNFOLLOW: topics.unwanted,
    Intent.SETTINGS: settings.show,
    Intent.PAUSE: quiet.wanted_pause,
    Intent.UNKNOWN: menu.unknown,
}
