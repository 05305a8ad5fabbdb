"""Answers that staff have approved: given word for word where one fits what was typed, and never otherwise.

(typed) -> show | which? -> show -> good | bad -> (a person)
"""

from engage import questions
from engage.base import wording
from engage.base.config import current_settings
from engage.base.i18n import gettext as _
from engage.base.i18n import set_language
from engage.base.message import Button
from engage.dialog.flows import menu
from engage.dialog.turn import Turn
from engage.dialog.understanding import Intent, Understanding
from engage.questions import ApprovedAnswer, Match, approved, asking

# What these words mean for the chat goes first, save where a question is asked and an answer fits it well, or without doubt.
_IF_WELL = frozenset({Intent.HUMAN, Intent.HELP, Intent.BROWSE})
_IF_SURE = frozenset({Intent.BROWSE, Intent.SIGN_UP, Intent.SUGGEST, Intent.MINE, Intent.EXPORT_ME})
_WORDS_FOR_A_LANGUAGE = 2


def answers(turn: Turn) -> bool:
    """Answer what was typed with an approved answer, where one fits; whether it did. What was understood otherwise goes first."""
    heard = turn.understanding
    assert heard is not None
    found = fitting(turn.text, turn.language, heard)
    if not found:
        return False
    _follow(turn, {match.language for match in found})
    turn.data["asked"] = turn.text[: asking.LONGEST_TEXT]
    if len(found) == 1:
        _give(turn, found[0].answer)
    else:
        _which(turn, [match.answer for match in found])
    return True


def fitting(text: str, language: str, heard: Understanding) -> list[Match]:
    """The answers the chat would give to a text, understood as `heard`, where nothing else is asked just then."""
    if heard.intent == Intent.UNKNOWN:
        return questions.fitting(text, language)
    if heard.intent not in _IF_WELL | _IF_SURE or heard.first is not None or not questions.is_question(text):
        return []
    found = questions.fitting(text, language, questions.FITS_WELL)
    definite = bool(heard.kind or heard.audience or heard.free_only or heard.sdgs or heard.topics)
    return found if heard.intent in _IF_WELL and not definite else [match for match in found if match.sure]


def _follow(turn: Turn, languages: set[str]) -> None:
    """Answer in the language that was written, unless one was chosen, or a single word is too little to tell."""
    (language, *others) = sorted(languages)
    if others or turn.conversation.language_chosen or len(turn.text.split()) < _WORDS_FOR_A_LANGUAGE:
        return
    turn.conversation.language = language
    set_language(language)


def _which(turn: Turn, found: list[ApprovedAnswer]) -> None:
    turn.done()
    turn.conversation.misunderstood = 0
    known = tuple(Button(approved.in_words(each)[1], action=f"known:show:{each.public_id}") for each in found)
    turn.say(
        _("Is it one of these you would like to know?"),
        buttons=(*known, Button(_("Ask a person"), action="human:start")),
    )


def show(turn: Turn, public_id: str) -> None:
    """One of several that fitted."""
    found = approved.given(public_id)
    if found is None:
        menu.stale(turn, "")
        return
    _give(turn, found)


def _give(turn: Turn, found: ApprovedAnswer) -> None:
    turn.done()
    turn.conversation.misunderstood = 0
    approved.count_shown(found)
    language, question, answer = approved.in_words(found)
    other = (
        ()
        if language == turn.language
        else (_("This answer is in %(language)s only.", language=wording.spoken_name(language)),)
    )
    more = (Button(_("Read more"), url=full_address(found.url)),) if found.url else ()
    turn.say(
        question,
        *(each for each in answer.split("\n\n") if each.strip()),
        *other,
        buttons=(
            *more,
            turn.once(_("That helped"), f"known:good:{found.public_id}"),
            turn.once(_("That did not help"), f"known:bad:{found.public_id}"),
        ),
    )


def full_address(url: str) -> str:
    """A page of ours with its host; others as they are."""
    return current_settings().links.base.rstrip("/") + url if url.startswith("/") else url


def good(turn: Turn, public_id: str) -> None:
    """An approved answer helped."""
    if (found := approved.given(public_id)) is not None:
        approved.count_helped(found, True)
    turn.say(_("I am glad to hear that."), buttons=menu.first_buttons(), aside=True)


def bad(turn: Turn, public_id: str) -> None:
    """An approved answer did not help, so a person may."""
    if (found := approved.given(public_id)) is not None:
        approved.count_helped(found, False)
    menu.keep_unheard(turn, turn.data.get("asked", ""))
    turn.say(_("Then ask a person. You can write your question here, or call."), aside=True)
    menu.human(turn, "")


ACTIONS = {"show": show, "good": good, "bad": bad}
STEPS: dict[str, object] = {}
