"""Asking a person: a question is put to staff, and its answer arrives in this chat.

write -> [notice] text -> (email | look here again) -> sure -> sent ;  the answer arrives -> helped | again -> text
"""

from engage import questions
from engage.activities import remembered
from engage.base import wording
from engage.base.config import current_settings
from engage.base.i18n import gettext as _
from engage.base.i18n import ngettext
from engage.base.message import Button
from engage.channels import CHANNELS
from engage.dialog.answers import either
from engage.dialog.flows import contact, menu
from engage.dialog.turn import Turn
from engage.questions import Asked, asking
from engage.questions.refusals import NoQuestion
from engage.registrations import linking

FLOW = "human"


def write(turn: Turn, _argument: str) -> None:
    """Begin a question, unless this chat has asked enough for today."""
    conversation = turn.conversation
    asking.may_ask(conversation.channel, conversation.identifier, now=turn.now)
    turn.data["question"] = {}
    _ask_text(turn)


def _ask_text(turn: Turn) -> None:
    city = current_settings().city
    turn.ask(FLOW, "text")
    turn.conversation.misunderstood = 0
    typed_before = menu.unheard(turn)
    before = (turn.once(_("Send what I wrote before"), "human:same"),) if typed_before else ()
    turn.say(
        _("What is your question? Write it in one message, and do not write your CPR number."),
        ngettext(
            "%(controller)s uses it to answer you, and deletes it %(number)s day after the answer.",
            "%(controller)s uses it to answer you, and deletes it %(number)s days after the answer.",
            city.keep_questions.days,
            controller=city.controller,
        ),
        *([wording.quoted(_short(typed_before))] if typed_before else []),
        buttons=(
            *before,
            Button(_("Read more about your data"), url=current_settings().links.privacy()),
            turn.once(_("Cancel"), "menu:leave"),
        ),
    )


def take_text(turn: Turn) -> bool:
    """Whatever was typed is the question; the lines stay as they were."""
    if not any(letter.isalpha() for letter in turn.text):
        turn.say(str(NoQuestion.message), buttons=(turn.once(_("Cancel"), "menu:leave"),))
        return True
    _go_on(turn, turn.incoming.text[: asking.LONGEST_TEXT])
    return True


def same(turn: Turn, _argument: str) -> None:
    """What was typed before and not understood is the question."""
    text = menu.unheard(turn)
    if not text or "question" not in turn.data:
        menu.stale(turn, "")
        return
    _go_on(turn, text)


def _go_on(turn: Turn, text: str) -> None:
    draft = turn.data.setdefault("question", {})
    draft["text"] = text
    if turn.abilities.reaches_later or _shown_email(turn) or draft.get("here"):
        _review(turn)
    else:
        _ask_email(turn)


def _email(turn: Turn) -> str:
    """The address they gave for this question, or before in this talk."""
    draft, before = turn.data.get("question", {}), turn.data.get("contact", {})
    return str(draft.get("email") or before.get("email") or "")


def _shown_email(turn: Turn) -> str:
    """That address, or the one of the page that the talk is linked with, which is not told in full here."""
    return _email(turn) or linking.linked_email(turn.conversation.person_id) or ""


def _ask_email(turn: Turn) -> None:
    turn.ask(FLOW, "email")
    here = (turn.once(_("I look here again"), "human:here"),) if turn.conversation.channel in CHANNELS else ()
    turn.say(
        _("What is your e-mail address? This page cannot reach you when it is closed, so we write to you there."),
        *([_("You can also look here again: the answer will stand in this chat.")] if here else []),
        buttons=(*here, turn.once(_("Cancel"), "menu:leave")),
    )


def take_email(turn: Turn) -> bool:
    """An address; other wishes are heard."""
    taken = contact.take_email(turn, turn.data.setdefault("question", {}))
    if taken:
        _review(turn)
    return taken is not None


def here(turn: Turn, _argument: str) -> None:
    """No address: they come back to this chat."""
    draft = turn.data.get("question")
    if not draft or not draft.get("text"):
        menu.stale(turn, "")
        return
    draft["here"] = True
    _review(turn)


def _review(turn: Turn) -> None:
    draft = turn.data["question"]
    turn.ask(FLOW, "sure")
    if turn.abilities.reaches_later:
        where = _("The answer comes here, in this chat.")
    elif draft.get("here"):
        where = _("The answer comes here. Look at this chat again, as it cannot reach you when it is closed.")
    else:
        where = _("The answer comes here and to %(email)s.", email=_shown_email(turn))
    turn.say(
        _("Shall I send this to a person?"),
        wording.quoted(_short(draft["text"])),
        where,
        buttons=menu.send_buttons(turn, _("Send the question"), FLOW),
    )


def take_sure(turn: Turn) -> bool:
    """A typed yes or no."""
    return either(turn.text, yes=lambda: send(turn, ""), no=lambda: menu.leave(turn, ""))


def anew(turn: Turn, _argument: str) -> None:
    """Another wording of the same question."""
    turn.data.setdefault("question", {}).pop("text", None)
    turn.data.pop("unheard", None)
    _ask_text(turn)


def send(turn: Turn, _argument: str) -> None:
    """Put it to staff, and say what happens next."""
    draft, conversation = turn.data.get("question"), turn.conversation
    if not draft or not draft.get("text"):
        menu.stale(turn, "")
        return
    city = current_settings().city
    questions.ask(
        Asked(
            text=draft["text"],
            language=turn.language,
            channel=conversation.channel,
            identifier=conversation.identifier,
            person_id=conversation.person_id,
            email="" if draft.get("here") or turn.abilities.reaches_later else _email(turn),
            activity_id=_activity(turn),
            after=draft.get("after", ""),
            client=turn.incoming.client or "",
            notice_version=city.notice_version,
        ),
        now=turn.now,
    )
    for name in ("question", "unheard", "asked"):
        turn.data.pop(name, None)
    turn.done()
    turn.say(
        ngettext(
            "Your question is sent. A person answers within %(number)s weekday.",
            "Your question is sent. A person answers within %(number)s weekdays.",
            city.answer_weekdays,
        ),
        _("Is it urgent? Call %(phone)s. %(hours)s", phone=city.contact.get("phone", ""), hours=city.opening_hours),
        buttons=menu.first_buttons()[:3],
    )


def _activity(turn: Turn) -> int | None:
    """What they looked at before asking, where it was one thing alone."""
    focus = turn.data.get("focus") or []
    found = remembered.occurrence(focus[0], turn.language) if len(focus) == 1 else None
    return found.activity_id if found is not None and found.published else None


def helped(turn: Turn, public_id: str) -> None:
    """The answer of a person helped."""
    conversation = turn.conversation
    questions.helped(public_id, conversation.channel, conversation.identifier, conversation.person_id, True)
    turn.say(_("I am glad to hear that."), buttons=menu.first_buttons(), aside=True)


def again(turn: Turn, public_id: str) -> None:
    """The answer of a person left something open: ask on from there."""
    conversation = turn.conversation
    whose = (conversation.channel, conversation.identifier, conversation.person_id)
    before = asking.of_chat(public_id, *whose)
    asking.may_ask(conversation.channel, conversation.identifier, now=turn.now)
    questions.helped(public_id, *whose, False)
    turn.data["question"] = {"after": public_id, **({"email": before.email} if before.email else {})}
    turn.data.pop("unheard", None)
    _ask_text(turn)


def _short(text: str) -> str:
    return text if len(text) <= 300 else f"{text[:300].rstrip()} …"


ACTIONS = {
    "start": menu.human, "write": write, "same": same, "here": here, "send": send, "anew": anew, "helped": helped, "again": again,
}  # fmt: skip
STEPS = {"text": take_text, "email": take_email, "sure": take_sure}
