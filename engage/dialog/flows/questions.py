"""What an organiser asks, one question at a time: "2 of 4", with a way back, past (where it need not be answered) and out.

begin -> answer -> ... -> answer -> what comes then, with all answers
several: toggle, toggle, ... , done
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from engage.activities import asking
from engage.activities.asking import AnswerNotUsable, Question, QuestionKind
from engage.base.i18n import gettext as _
from engage.base.i18n import in_language
from engage.base.message import Button
from engage.dialog.answers import is_no, is_yes, plain
from engage.dialog.flows import menu
from engage.dialog.turn import Turn

FLOW = "questions"
# More are read better as a numbered list than pressed.
_MOST_BUTTONS = 8
_LABEL = 40  # characters of a question that name it on a button

_AND = re.compile(r"(\b(?:og|samt|and|und|sowie|plus)\b|[&+])", re.IGNORECASE)

Then = Callable[[Turn, dict[str, Any]], None]
_THEN: dict[str, Then] = {}


def then(name: str, act: Then) -> None:
    """What goes on under `name` when all is answered; said once by each flow that asks."""
    _THEN[name] = act


def begin(
    turn: Turn, activity_id: int, name: str, kept: Mapping[str, Any] | None = None, *, again: str | None = None
) -> None:
    """Ask what the activity asks, then go on with `name`. `kept` are earlier answers, which are asked again; of them only
    the question `again`, where one is named, with what has to be asked because of the new answer.
    """
    answers = _all_but(activity_id, kept or {}, again) if again is not None else {}
    turn.data["asking"] = {
        "activity": activity_id,
        "then": name,
        "answers": answers,
        "kept": dict(kept or {}),
        "ticked": (kept or {}).get(again) or [] if again is not None and _is_several(activity_id, again) else [],
    }
    turn.data["asking"]["order"] = []  # of what was answered: the database keeps no order of an object's names
    _ask(turn)


def _all_but(activity_id: int, kept: Mapping[str, Any], again: str) -> dict[str, Any]:
    """What was answered, without one; what was passed over need not be asked again either."""
    answers = dict(kept)
    for question in asking.shown(asking.asked(activity_id), kept):
        if not question.required:
            answers.setdefault(question.public_id, None)
    answers.pop(again, None)
    return answers


def _is_several(activity_id: int, name: str) -> bool:
    return any(each.public_id == name and each.kind == QuestionKind.SEVERAL for each in asking.asked(activity_id))


def each(activity_id: int, answers: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The questions asked of who answered so, as (public id, words for a button)."""
    shown = asking.shown(asking.asked(activity_id), answers)
    return [(question.public_id, _short(in_language(question.labels))) for question in shown]


def _short(label: str) -> str:
    return label if len(label) <= _LABEL else label[: _LABEL - 1].rstrip() + "…"


def _questions(turn: Turn) -> Sequence[Question]:
    return asking.asked(turn.data["asking"]["activity"])


def _ask(turn: Turn) -> None:
    draft = turn.data["asking"]
    questions = _questions(turn)
    question = asking.following(questions, draft["answers"])
    if question is None:
        now, every = (
            {each.public_id for each in asking.shown(questions, draft["answers"])},
            {each.public_id for each in questions},
        )
        answers = {
            name: value
            for name, value in draft["answers"].items()
            if value is not None and (name in now or name not in every)
        }
        del turn.data["asking"]
        _THEN[draft["then"]](turn, answers)
        return
    turn.ask(FLOW, "answer")
    shown = asking.shown(questions, draft["answers"])
    place = _("Question %(number)s of %(count)s:", number=shown.index(question) + 1, count=len(shown))
    label, hint = in_language(question.labels), in_language(question.hints)
    text = [f"{place} {label}", *([hint] if hint else []), *_listed(question)]
    turn.say(*text, buttons=(*_choices(turn, question), *_ways(turn, question)))


def in_words(activity_id: int, answers: Mapping[str, Any]) -> list[str]:
    """What was answered, to be looked through once more: "Hvad vil du spise? Fisk"."""
    return [
        f"{in_language(question.labels)} {asking.answer_words(question, answers[question.public_id])}"
        for question in (asking.asked(activity_id) if answers else ())
        if question.public_id in answers
    ]


def _is_long(question: Question) -> bool:
    return QuestionKind(question.kind).has_options and len(question.offered) > _MOST_BUTTONS


def _labels(question: Question) -> list[tuple[str, str]]:
    return [(each["key"], in_language(each["labels"])) for each in question.offered]


def _listed(question: Question) -> list[str]:
    """That several may be chosen; of a long list the choices too, to be answered by their numbers."""
    if not _is_long(question):
        return [_("You can choose several.")] if question.kind == QuestionKind.SEVERAL else []
    lines = [f"{number}. {label}" for number, (_key, label) in enumerate(_labels(question), 1)]
    several = question.kind == QuestionKind.SEVERAL
    return [*lines, _("Write the numbers, for example: 1, 3") if several else _("Write the number.")]


def _choices(turn: Turn, question: Question) -> tuple[Button, ...]:
    if question.kind == QuestionKind.YES_NO:
        return turn.once(_("Yes"), f"{FLOW}:choose:yes"), turn.once(_("No"), f"{FLOW}:choose:no")
    if not QuestionKind(question.kind).has_options or _is_long(question):
        return ()
    ticked = turn.data["asking"]["ticked"]
    if question.kind == QuestionKind.CHOICE:
        return tuple(turn.once(label, f"{FLOW}:choose:{key}") for key, label in _labels(question))
    named = (
        (key, _("%(label)s (chosen)", label=label) if key in ticked else label) for key, label in _labels(question)
    )
    done = (turn.once(_("That is all"), f"{FLOW}:chosen"),) if ticked else ()
    return (*(turn.once(label, f"{FLOW}:toggle:{key}") for key, label in named), *done)


def _ways(turn: Turn, question: Question) -> tuple[Button, ...]:
    """Past it, back, and out."""
    skip = () if question.required else (turn.once(_("Skip"), f"{FLOW}:skip"),)
    back = (turn.once(_("Back"), f"{FLOW}:back"),) if turn.data["asking"]["order"] else ()
    return (*skip, *back, turn.once(_("Cancel"), "menu:leave"))


def choose(turn: Turn, key: str) -> None:
    """A choice was pressed."""
    _answer(turn, key)


def toggle(turn: Turn, key: str) -> None:
    """One of several was ticked, or unticked."""
    if _going_on(turn):
        ticked = turn.data["asking"]["ticked"]
        turn.data["asking"]["ticked"] = [each for each in ticked if each != key] if key in ticked else [*ticked, key]
        _ask(turn)


def chosen(turn: Turn, _argument: str) -> None:
    """That is all."""
    if _going_on(turn):
        _answer(turn, list(turn.data["asking"]["ticked"]))


def skip(turn: Turn, _argument: str) -> None:
    """Past a question that need not be answered."""
    if not _going_on(turn):
        return
    question = asking.following(_questions(turn), turn.data["asking"]["answers"])
    if question is not None and not question.required:
        _note(turn, question, None)
    _ask(turn)


def back(turn: Turn, _argument: str) -> None:
    """Ask the last question once more."""
    if _going_on(turn):
        draft = turn.data["asking"]
        if draft["order"]:
            del draft["answers"][draft["order"].pop()]
        draft["ticked"] = []
        _ask(turn)


def take_answer(turn: Turn) -> bool:
    """What was typed is the answer, unless it is a word for a way on."""
    question = asking.following(_questions(turn), turn.data["asking"]["answers"]) if "asking" in turn.data else None
    if question is None:
        return False
    if not question.required and plain(turn.text) in {plain(_("Skip")), "-"}:
        skip(turn, "")
    elif plain(turn.text) == plain(_("Back")):
        back(turn, "")
    else:
        _answer(turn, _typed(turn, question))
    return True


def _typed(turn: Turn, question: Question) -> Any:
    """The answer that was meant: a choice by its words or its number, yes and no in every way they are said."""
    if question.kind == QuestionKind.YES_NO:
        return True if is_yes(turn.text) else False if is_no(turn.text) else turn.text
    if question.kind == QuestionKind.CHOICE:
        return _key(question, turn.text)
    if question.kind == QuestionKind.SEVERAL:
        return [_key(question, piece) for piece in _pieces(turn.text, question)]
    if question.kind == QuestionKind.NUMBER:
        return turn.text
    return turn.incoming.text


def _pieces(text: str, question: Question) -> list[str]:
    """Of "1, 3", "1 3" or "fish and rice" each part; an answer whose own words have an "and" in them stays whole."""
    parts = text.replace(";", ",").split(",")
    if len(parts) == 1 and text.replace(" ", "").isdecimal():
        return text.split()
    keys = {key for key, _label in _labels(question)}
    return [piece for part in parts for piece in _apart(_AND.split(part), question, keys) if piece.strip()]


def _apart(said: list[str], question: Question, keys: set[str]) -> Iterator[str]:
    """Words with every second an "and": where several of them together are an answer, they are one."""
    while said:
        ends = (end for end in range(len(said), 0, -2) if _key(question, "".join(said[:end])) in keys)
        end = next(ends, 1)
        yield "".join(said[:end])
        said = said[end + 1 :]


def _key(question: Question, text: str) -> str:
    said = plain(text)
    for number, (key, label) in enumerate(_labels(question), 1):
        if said in {str(number), plain(label)}:
            return key
    return text


def _answer(turn: Turn, raw: Any) -> None:
    if not _going_on(turn):
        return
    draft = turn.data["asking"]
    question = asking.following(_questions(turn), draft["answers"])
    if question is None:
        _ask(turn)
        return
    try:
        value = asking.read(question, raw, draft["kept"].get(question.public_id))
        if value is None and question.required:
            raise asking.AnswerMissing(question)
    except (AnswerNotUsable, asking.AnswerMissing) as refusal:
        turn.say(str(refusal), buttons=(*_choices(turn, question), *_ways(turn, question)))
        return
    _note(turn, question, value)
    _ask(turn)


def _note(turn: Turn, question: Question, value: Any) -> None:
    draft = turn.data["asking"]
    draft["answers"][question.public_id] = value
    draft["order"].append(question.public_id)
    draft["ticked"] = []


def _going_on(turn: Turn) -> bool:
    if "asking" in turn.data:
        return True
    menu.stale(turn, "")
    return False


ACTIONS = {"choose": choose, "toggle": toggle, "chosen": chosen, "skip": skip, "back": back}
STEPS = {"answer": take_answer}
