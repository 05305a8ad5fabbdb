"""What a chat at the door is answered: what became of it, who is meant, how many, and what can be pressed next.

Part of `at_door`.
"""

from collections.abc import Sequence

from engage.activities import asking
from engage.base import wording
from engage.base.i18n import gettext as _
from engage.base.i18n import in_language
from engage.base.message import Button
from engage.dialog.flows.posts import FLOW, WHO, Post
from engage.dialog.turn import Turn
from engage.registrations.attendance import Answer, Code, Look, lists, words_of
from engage.registrations.attendance.checking import missing as unanswered
from engage.registrations.attendance.lists import Line

_MOST_NAMES, _MOST_SEATS = 8, 8
_MARKS = {Look.YES: "✅", Look.LOOK: "⚠️", Look.NO: "⛔"}
_LOGGED = {
    Code.OK: "checked_in", Code.LEFT: "checked_out", Code.ABSENT: "marked_absent", Code.UNDONE: "check_in_undone",
}  # fmt: skip


def told(turn: Turn, post: Post, answer: Answer, way: str = "in", action: str = "") -> None:
    """The answer in words, with a mark that is seen, and what can be done next; `action` is how the log calls it."""
    known = answer.registration if answer.code != Code.WRONG_DATE else None
    if known is not None and answer.code == Code.HOW_MANY:
        which(turn, [each for each in post.lines() if each.public_id == known.public_id], way)
        return
    turn.ask(FLOW, WHO)
    turn.say(*_words(post, answer), buttons=_next(turn, post, answer), aside=True)
    if known is not None and answer.good and answer.code != Code.UNDONE:
        turn.data["door_last"] = f"{known.public_id}.{answer.check_in}"
    elif answer.code == Code.UNDONE:
        turn.data.pop("door_last", None)
    if answer.code in _LOGGED and known is not None and not answer.again:
        post.record(action or _LOGGED[answer.code], turn.now, sign_up=known.public_id)


def _words(post: Post, answer: Answer) -> list[str]:
    """What became of it, of whom, how many are there, and what was noted before."""
    known = answer.registration if answer.code != Code.WRONG_DATE else None
    name = lists.name(known, full=post.full_names) if known is not None else ""
    said = [f"{_MARKS[answer.look]} {answer.words}" + (f": {name}" if name else "")]
    if known is not None and answer.of > 1:
        said.append(_("%(inside)s of %(of)s are in", inside=answer.inside, of=answer.of))
    if answer.at is not None and not answer.good:
        local = answer.at.astimezone(post.occurrence.timezone)
        said.append(f"{wording.clock(local)}, {answer.by}".strip(" ,"))
    if known is not None and answer.code == Code.QUESTION_MISSING:
        said += [in_language(each.labels) for each in unanswered(asking.asked(post.occurrence.activity_id), known)]
    return said


def _next(turn: Turn, post: Post, answer: Answer) -> tuple[Button, ...]:
    known = answer.registration if answer.code != Code.WRONG_DATE else None
    if known is None:
        return go_on()
    made = turn.conversation.version + 1
    buttons = []
    if answer.code == Code.QUESTION_MISSING:
        action = f"door:anyway:{known.public_id}.{answer.seats or ''}.{made}"
        buttons.append(Button(_("Let them in anyway"), action=action))
    if answer.check_in and answer.code in {Code.OK, Code.LEFT, Code.ABSENT, Code.ALREADY_IN}:
        buttons.append(Button(_("Undo"), action=f"door:back:{known.public_id}.{answer.check_in}"))
    if answer.code == Code.ALREADY_IN and answer.inside:
        buttons.append(Button(_("Check out"), action=f"door:out:{known.public_id}..{made}"))
    if answer.code == Code.UNDONE:
        name = lists.name(known, full=post.full_names)
        buttons.append(Button(name, action=f"door:one:{known.public_id}"))
    return (*buttons, *go_on())


def go_on() -> tuple[Button, ...]:
    return (Button(_("The list"), action="door:again"), Button(_("That is all"), action="door:stop"))


def which(turn: Turn, found: Sequence[Line], way: str = "in") -> None:
    """Ask who of these is meant, or how many of a group came or leave."""
    buttons = tuple(button for each in found[:_MOST_NAMES] for button in ways(turn, each, way))
    only = found[0]
    if len(found) > 1:
        asked = _("Whom do you mean?")
    elif way == "out":
        asked = _("How many leave?") if only.inside > 1 else words_of(Code.NOT_IN)
    elif (way != "in" and way != "anyway") or there(only, way) == 1:
        asked = _("Is it %(name)s?", name=only.name)
    else:
        asked = _("How many came?") if there(only, way) > 1 else words_of(Code.ALREADY_IN)
    turn.ask(FLOW, WHO)
    turn.say(asked, buttons=buttons)


def ways(turn: Turn, each: Line, way: str) -> tuple[Button, ...]:
    """What can be noted of somebody now: the number who came or leave, that they are not there, or taking back what stands."""
    made = turn.conversation.version + 1
    taking_back = Button(_("Undo: %(name)s", name=each.name), action=f"door:back:{each.public_id}.{each.last}")
    if way == "back":
        return (taking_back,) if each.last else ()
    if way == "absent":
        return (Button(each.name, action=f"door:absent:{each.public_id}..{made}"),)
    left = there(each, way)
    if way != "out" and (not each.expected or left < 1):
        leaves = Button(_("Check out: %(name)s", name=each.name), action=f"door:out:{each.public_id}..{made}")
        return (taking_back, *((leaves,) if each.inside else ()))
    numbered: tuple[Button, ...]
    if left == 1:
        numbered = (Button(each.name, action=f"door:{way}:{each.public_id}.1.{made}"),)
    else:
        numbered = tuple(
            Button(f"{each.name}: {number}", action=f"door:{way}:{each.public_id}.{number}.{made}")
            for number in range(min(left, _MOST_SEATS), 0, -1)
        )
    if way == "out" or each.came is not None:
        return numbered
    nobody = Button(_("Not there: %(name)s", name=each.name), action=f"door:absent:{each.public_id}..{made}")
    return (*numbered, nobody)


def ask(turn: Turn, question: str, found: Sequence[Line], way: str, *, whole: bool = False) -> None:
    """One button for each, and how to name those for whom there is no room."""
    shown = found[:_MOST_NAMES]
    made = turn.conversation.version + 1
    buttons = [
        Button(each.name, action=f"door:{way}:{each.public_id}.{'' if whole and each.inside > 1 else 1}.{made}")
        if way == "out"
        else Button(each.name, action=f"door:{way}:{each.public_id}..{made}")
        for each in shown
    ]
    example = _("Anna leaves") if way == "out" else _("Anna did not come")
    more = (
        [_("For others write the name, for example: %(example)s.", example=example)] if len(found) > len(shown) else []
    )
    turn.say(question, *more, buttons=(*buttons, Button(_("Back to the list"), action="door:again")))


def there(each: Line, way: str) -> int:
    """How many of them it can be about: not there yet, or there now."""
    return each.inside if way == "out" else each.seats - each.inside
