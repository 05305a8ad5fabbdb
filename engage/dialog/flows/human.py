"""Asking a person: an answer that staff have approved, or a question put to them, whose answer arrives in this chat.

(typed) -> known answer | which? -> known answer -> helped | not helped -> write
write -> [notice] text -> (email | look here again) -> sure -> sent ;  the answer arrives -> helped | again -> text
"""

from engage import questions
from engage.activities import facts
from engage.base import wording
from engage.base.config import current_settings
from engage.base.i18n import gettext as _
from engage.base.i18n import ngettext, set_language
from engage.base.message import Button
from engage.channels import CHANNELS
from engage.dialog.answers import is_no, is_yes
from engage.dialog.flows import contact, menu
from engage.dialog.turn import Turn
from engage.dialog.understanding import Intent, Understanding
from engage.questions import ApprovedAnswer, Asked, Match, approved, desk
from engage.questions.refusals import NoQuestion
from engage.registrations import linking

FLOW = "human"
# What these words mean for the chat goes first, save where a question is asked and an answer fits it well, or without doubt.
_IF_WELL = frozenset({Intent.HUMAN, Intent.HELP, Intent.BROWSE})
_IF_SURE = frozenset({Intent.BROWSE, Intent.SIGN_UP, Intent.SUGGEST, Intent.MINE, Intent.EXPORT_ME})
_WORDS_FOR_A_LANGUAGE = 2


def answers(turn: Turn) -> bool:
    """Answer what was typed with an approved answer, where one fits; whether it did. What was understood otherwise goes first."""
    heard = turn.understanding
    assert heard is not None
    found = _fitting(turn, heard)
    if not found:
        return False
    _follow(turn, {match.language for match in found})
    turn.data["asked"] = turn.text[: desk.LONGEST_TEXT]
    if len(found) == 1:
        _give(turn, found[0].answer)
    else:
        _which(turn, [match.answer for match in found])
    return True


def _fitting(turn: Turn, heard: Understanding) -> list[Match]:
    if heard.intent == Intent.UNKNOWN:
        return questions.fitting(turn.text, turn.language)
    if heard.intent not in _IF_WELL | _IF_SURE or heard.first is not None or not questions.is_question(turn.text):
        return []
    found = questions.fitting(turn.text, turn.language, questions.FITS_WELL)
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
    known = tuple(Button(approved.in_words(each)[1], action=f"human:known:{each.public_id}") for each in found)
    turn.say(_("Is it one of these you would like to know?"), buttons=(*known, _ask_button()))


def known(turn: Turn, public_id: str) -> None:
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
            turn.once(_("That helped"), f"human:good:{found.public_id}"),
            turn.once(_("That did not help"), f"human:bad:{found.public_id}"),
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


def write(turn: Turn, _argument: str) -> None:
    """Begin a question, unless this chat has asked enough for today."""
    conversation = turn.conversation
    desk.may_ask(conversation.channel, conversation.identifier, now=turn.now)
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
    _go_on(turn, turn.incoming.text[: desk.LONGEST_TEXT])
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
        buttons=(
            turn.once(_("Send the question"), "human:send"),
            turn.once(_("Write it anew"), "human:anew"),
            turn.once(_("Cancel"), "menu:leave"),
        ),
    )


def take_sure(turn: Turn) -> bool:
    """A typed yes or no."""
    if is_yes(turn.text):
        send(turn, "")
    elif is_no(turn.text):
        menu.leave(turn, "")
    else:
        return False
    return True


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
    found = facts.occurrence(focus[0], turn.language) if len(focus) == 1 else None
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
    before = desk.of_chat(public_id, *whose)
    desk.may_ask(conversation.channel, conversation.identifier, now=turn.now)
    questions.helped(public_id, *whose, False)
    turn.data["question"] = {"after": public_id, **({"email": before.email} if before.email else {})}
    turn.data.pop("unheard", None)
    _ask_text(turn)


def _ask_button() -> Button:
    return Button(_("Ask a person"), action="human:start")


def _short(text: str) -> str:
    return text if len(text) <= 300 else f"{text[:300].rstrip()} …"


ACTIONS = {
    "start": menu.human, "write": write, "same": same, "here": here, "send": send, "anew": anew, "known": known, "good": good,
    "bad": bad, "helped": helped, "again": again,
}  # fmt: skip
STEPS = {"text": take_text, "email": take_email, "sure": take_sure}
