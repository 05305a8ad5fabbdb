"""Proposing an activity: a few questions, and later the answer to what the desk asks.

start -> [notice] title -> text -> [picture] -> help -> (more -> whom -> time -> place -> theme) -> shows -> (name) -> (email)
-> sure -> sent
(what the desk asks later: `proposed`)
"""

import re
from typing import Any

from engage import proposals
from engage.base import wording
from engage.base.config import current_settings
from engage.base.errors import Refusal
from engage.base.i18n import gettext as _
from engage.base.i18n import ngettext
from engage.base.message import Button
from engage.dialog import pictures
from engage.dialog.answers import either, is_yes, passes, plain
from engage.dialog.flows import contact, ideas, menu, proposed
from engage.dialog.turn import Turn
from engage.goals.reference import reference
from engage.proposals import Proposed, interest
from engage.proposals import letters as proposal_letters
from engage.proposals.refusals import TextMissing, TitleMissing

FLOW = "propose"
_DRAFT = "proposal"
_MOST_SHOWN = 5
_PERHAPS = frozenset({"måske", "maybe", "perhaps", "vielleicht", "mal sehen", "not sure", "ikke endnu", "not yet"})
_HAS_NONE = re.compile(r"\b(?:ikke|ingen|intet|uden|no|not|don t|haven t|without|kein\w*|nicht|ohne)\b")
_DETAILS = ("whom", "time", "place")


def start(turn: Turn, _argument: str) -> None:
    """Begin anew, and say what happens with what is written."""
    city = current_settings().city
    turn.data[_DRAFT] = {}
    turn.ask(FLOW, "title")
    others = (Button(_("See what others propose"), action="ideas:show"),) if interest.shown(1) else ()
    turn.say(
        _("You have an idea? Good. I ask a few questions, and pass it on to organisers and the city."),
        ngettext(
            "%(controller)s uses what you write to look at the proposal, and deletes it %(number)s day after it is settled. "
            "Your name is shown only if you wish.",
            "%(controller)s uses what you write to look at the proposal, and deletes it %(number)s days after it is settled. "
            "Your name is shown only if you wish.",
            city.keep_questions.days,
            controller=city.controller,
        ),
        _("What do you propose? Write it in a few words, for example: Repair café in Guderup."),
        buttons=(
            *others,
            Button(_("Write it on a page instead"), url=current_settings().links.propose()),
            turn.once(_("Cancel"), "menu:leave"),
        ),
    )


def take_title(turn: Turn) -> bool:
    """Whatever was typed is the name of it."""
    if not _has_letters(turn.text):
        _again(turn, str(TitleMissing.message))
        return True
    _draft(turn)["title"] = turn.text[:160]
    turn.ask(FLOW, "text")
    turn.say(
        _("Tell us in a few sentences what should happen. Write it in one message."),
        buttons=(turn.once(_("Cancel"), "menu:leave"),),
    )
    return True


def take_text(turn: Turn) -> bool:
    """Whatever was typed tells what it is; the lines stay as they were."""
    if not _has_letters(turn.text):
        _again(turn, str(TextMissing.message))
        return True
    _draft(turn)["text"] = turn.incoming.text[:3000]
    if turn.abilities.takes_pictures:
        turn.ask(FLOW, "picture")
        turn.say(
            _("Do you have a picture for it? Send one that you may use, or go on without."),
            buttons=(turn.once(_("Skip"), "propose:without"), turn.once(_("Cancel"), "menu:leave")),
        )
    else:
        _ask_help(turn)
    return True


def picture(turn: Turn, name: str) -> None:
    """A picture was sent: it goes with the proposal that is being written, whatever is being asked just then."""
    talk = turn.conversation
    if talk.flow != FLOW or talk.step == proposed.ANSWER:
        menu.only_words(turn, "")
        return
    if not _draft(turn).get("text"):
        turn.say(_("First write it in words, please. After that I ask for a picture."))
        menu.ask_again(turn)
        return
    try:
        pictures.fetched(turn, name)
    except Refusal as refusal:
        turn.say(str(refusal))
        menu.ask_again(turn)
        return
    _draft(turn)["picture"] = name
    turn.say(
        _("Thank you, the picture goes with it. It is shown to those who look at your proposal, and not to the public.")
    )
    if talk.step == "picture":
        _ask_help(turn)
    elif talk.step == "sure":
        _review(turn)
    else:
        menu.ask_again(turn)


def take_picture(turn: Turn) -> bool:
    """Words, where a picture was asked for: no, or something else."""
    if passes(turn.text) or _HAS_NONE.search(plain(turn.text)):
        without(turn, "")
        return True
    return False


def without(turn: Turn, _argument: str) -> None:
    """On without a picture."""
    _draft(turn).pop("picture", None)
    _ask_help(turn)


def _ask_help(turn: Turn) -> None:
    turn.ask(FLOW, "help")
    _yes_or_no(turn, _("Could you help to make it happen?"), "help")


def take_help(turn: Turn) -> bool:
    """Yes or no."""
    return _heard(turn, help_)


def help_(turn: Turn, said: str) -> None:
    """Whether they can help themselves; then whether they want to say more."""
    _draft(turn)["can_help"] = said == "yes"
    turn.ask(FLOW, "more")
    turn.say(
        _("Do you want to say for whom, when and where, too?"),
        buttons=(
            turn.once(_("Yes, I will say more"), "propose:more:yes"),
            turn.once(_("No, that is all"), "propose:more:no"),
            turn.once(_("Cancel"), "menu:leave"),
        ),
    )


def take_more(turn: Turn) -> bool:
    """Yes or no."""
    return _heard(turn, more)


def more(turn: Turn, said: str) -> None:
    """The four that one may leave out, or on to the name."""
    if said == "yes":
        _ask_detail(turn, "whom")
    else:
        _ask_shows(turn)


def _ask_detail(turn: Turn, name: str) -> None:
    words = {
        "whom": _("For whom is it? For example: families, or everybody who likes to sing."),
        "time": _("When would suit? For example: a Saturday in spring."),
        "place": _("Where could it be?"),
    }
    turn.ask(FLOW, name)
    turn.say(words[name], buttons=(turn.once(_("Skip"), f"propose:skip:{name}"), turn.once(_("Cancel"), "menu:leave")))


def take_detail(turn: Turn) -> bool:
    """Any words are the answer to the one that was asked."""
    name = turn.conversation.step
    if not passes(turn.text):
        _draft(turn)[name] = turn.text[:300]
    skip(turn, name)
    return True


def skip(turn: Turn, name: str) -> None:
    """On to the next of them."""
    place = _DETAILS.index(name) if name in _DETAILS else len(_DETAILS)
    if place + 1 < len(_DETAILS):
        _ask_detail(turn, _DETAILS[place + 1])
        return
    turn.ask(FLOW, "theme")
    turn.say(
        _("Does one of these fit best?"),
        buttons=(
            *(turn.once(each.name, f"propose:theme:{each.id}") for each in reference().dimensions.values()),
            turn.once(_("Skip"), "propose:theme"),
        ),
    )


def take_theme(turn: Turn) -> bool:
    """Only a button, or no."""
    if passes(turn.text):
        theme(turn, "")
        return True
    return False


def theme(turn: Turn, dimension: str) -> None:
    """One of the dimensions, or none."""
    if dimension in reference().dimensions:
        _draft(turn)["dimension"] = dimension
    _ask_shows(turn)


def _ask_shows(turn: Turn) -> None:
    turn.ask(FLOW, "shows")
    turn.say(
        _("May we show your name with the proposal?"),
        buttons=(
            turn.once(_("No, without my name"), "propose:shows:no"),
            turn.once(_("Yes, you may"), "propose:shows:yes"),
            turn.once(_("Cancel"), "menu:leave"),
        ),
    )


def take_shows(turn: Turn) -> bool:
    """Yes or no."""
    return _heard(turn, shows)


def shows(turn: Turn, said: str) -> None:
    """Without a yes no name is asked for."""
    draft = _draft(turn)
    draft["shows_name"] = said == "yes"
    if draft["shows_name"] and not draft.get("name"):
        turn.ask(FLOW, "name")
        turn.say(_("What is your name?"), buttons=(turn.once(_("Cancel"), "menu:leave"),))
        return
    _ask_way(turn)


def take_name(turn: Turn) -> bool:
    """Any words are a name."""
    taken = contact.take_name(turn, _draft(turn))
    if taken:
        _ask_way(turn)
    return taken is not None


def _ask_way(turn: Turn) -> None:
    """How they hear of it: this chat where it reaches them, else an address."""
    if turn.abilities.reaches_later or ideas.linked(turn) or _draft(turn).get("email"):
        _review(turn)
        return
    turn.ask(FLOW, "email")
    turn.say(
        _("What is your e-mail address? We write to you there about what becomes of your proposal."),
        buttons=(turn.once(_("Cancel"), "menu:leave"),),
    )


def take_email(turn: Turn) -> bool:
    """An address; other wishes are heard."""
    taken = contact.take_email(turn, _draft(turn))
    if taken:
        _review(turn)
    return taken is not None


def _review(turn: Turn) -> None:
    draft = _draft(turn)
    turn.ask(FLOW, "sure")
    goals = reference().dimensions
    lines = [
        wording.quoted(draft["title"]),
        proposed.short(draft["text"]),
        *(draft[name] for name in _DETAILS if draft.get(name)),
        *([goals[draft["dimension"]].name] if draft.get("dimension") in goals else []),
        _("You can help.") if draft.get("can_help") else "",
        _("Shown with your name: %(name)s.", name=draft.get("name", ""))
        if draft.get("shows_name")
        else _("Your name is not shown."),
        _("With your picture.") if draft.get("picture") else "",
    ]
    turn.say(
        _("Shall I send this?"),
        *(line for line in lines if line),
        buttons=menu.send_buttons(turn, _("Send the proposal"), FLOW),
    )


def take_sure(turn: Turn) -> bool:
    """A typed yes or no."""
    return either(turn.text, yes=lambda: send(turn, ""), no=lambda: _keep_back(turn))


def _keep_back(turn: Turn) -> None:
    """No is about the words, and throws nothing away."""
    turn.say(
        _("All right, it is not sent. You can write it anew, or leave it."),
        buttons=menu.send_buttons(turn, _("Send the proposal"), FLOW),
    )


def send(turn: Turn, _argument: str) -> None:
    """Hand it in, and say what happens next."""
    draft, talk = turn.data.get(_DRAFT), turn.conversation
    if not draft or not draft.get("text"):
        menu.stale(turn, "")
        return
    try:
        prepared = pictures.fetched(turn, draft["picture"]) if draft.get("picture") else None
    except Refusal as refusal:
        draft.pop("picture")
        turn.say(str(refusal))
        _review(turn)
        return
    proposal = proposals.propose(
        Proposed(
            **{name: draft[name] for name in ("title", "text", *_DETAILS, "dimension", "name") if draft.get(name)},
            can_help=bool(draft.get("can_help")),
            shows_name=bool(draft.get("shows_name")),
            language=turn.language,
            channel=talk.channel,
            person_id=ideas.person(turn),
            email=draft.get("email", ""),
            picture=prepared,
            client=turn.incoming.client or "",
            notice_version=current_settings().city.notice_version,
        ),
        now=turn.now,
    )
    turn.data.pop(_DRAFT, None)
    turn.done()
    if proposal.person_id is None:
        turn.say(
            _("Almost done. I have sent an e-mail to %(email)s.", email=proposal.email or ""),
            _("Open it and press the button within a day. Then organisers and the city can read your proposal."),
            _("You can add a picture on the page that opens."),
            buttons=menu.first_buttons()[:2],
        )
        return
    turn.say(
        _("Thank you. Organisers and the city can read your proposal now."),
        _("You hear of it when somebody takes it up, and at each step after that."),
        *([] if prepared else [_("You can add a picture on the page of your proposal.")]),
        buttons=(Button(_("See your proposal"), url=proposal_letters.page(proposal)), *menu.first_buttons()[:2]),
    )


def _draft(turn: Turn) -> dict[str, Any]:
    found: dict[str, Any] = turn.data.setdefault(_DRAFT, {})
    return found


def _yes_or_no(turn: Turn, question: str, step: str) -> None:
    turn.say(
        question,
        buttons=(
            turn.once(_("Yes"), f"propose:{step}:yes"),
            turn.once(_("No"), f"propose:{step}:no"),
            turn.once(_("Cancel"), "menu:leave"),
        ),
    )


def _heard(turn: Turn, act: Any) -> bool:
    if is_yes(turn.text) or passes(turn.text) or plain(turn.text) in _PERHAPS:
        act(turn, "yes" if is_yes(turn.text) else "no")
        return True
    return False


def _again(turn: Turn, words: str) -> None:
    turn.say(words, buttons=(turn.once(_("Cancel"), "menu:leave"),))


def _has_letters(text: str) -> bool:
    return any(letter.isalpha() for letter in text)


ACTIONS = {
    "start": start, "anew": start,
    "help": help_, "more": more, "skip": skip, "theme": theme, "shows": shows, "send": send,
    "without": without, "answer": proposed.answer,
}  # fmt: skip
STEPS = {
    "title": take_title, "text": take_text, "picture": take_picture, "help": take_help, "more": take_more, "theme": take_theme,
    "shows": take_shows, "name": take_name, "email": take_email, "sure": take_sure, **dict.fromkeys(_DETAILS, take_detail),
    proposed.ANSWER: proposed.take_answer,
}  # fmt: skip
