"""Proposing an activity: a few questions, and later the answer to what the desk asks.

start -> [notice] title -> text -> help -> (more -> whom -> time -> place -> theme) -> shows -> (name) -> (email) -> sure -> sent
answer (what the desk asked) -> sent
"""

from typing import Any

from engage import proposals
from engage.base import wording
from engage.base.config import current_settings
from engage.base.i18n import gettext as _
from engage.base.i18n import ngettext
from engage.base.message import Button
from engage.dialog.answers import either, is_no, is_yes
from engage.dialog.flows import contact, ideas, menu
from engage.dialog.turn import Turn
from engage.goals.reference import reference
from engage.proposals import Proposed, interest, own
from engage.proposals import letters as proposal_letters
from engage.proposals.refusals import TextMissing, TitleMissing, WordsMissing

FLOW = "propose"
_DRAFT = "proposal"
_MOST_SHOWN = 5
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
    turn.ask(FLOW, "help")
    _yes_or_no(turn, _("Could you help to make it happen?"), "help")
    return True


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
    if is_no(turn.text):
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
        _short(draft["text"]),
        *(draft[name] for name in _DETAILS if draft.get(name)),
        *([goals[draft["dimension"]].name] if draft.get("dimension") in goals else []),
        _("You can help.") if draft.get("can_help") else "",
        _("Shown with your name: %(name)s.", name=draft.get("name", ""))
        if draft.get("shows_name")
        else _("Your name is not shown."),
    ]
    turn.say(
        _("Shall I send this?"),
        *(line for line in lines if line),
        buttons=menu.send_buttons(turn, _("Send the proposal"), FLOW),
    )


def take_sure(turn: Turn) -> bool:
    """A typed yes or no."""
    return either(turn.text, yes=lambda: send(turn, ""), no=lambda: menu.leave(turn, ""))


def send(turn: Turn, _argument: str) -> None:
    """Hand it in, and say what happens next."""
    draft, talk = turn.data.get(_DRAFT), turn.conversation
    if not draft or not draft.get("text"):
        menu.stale(turn, "")
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
            buttons=menu.first_buttons()[:2],
        )
        return
    turn.say(
        _("Thank you. Organisers and the city can read your proposal now."),
        _("You hear of it when somebody takes it up, and at each step after that."),
        buttons=(Button(_("See your proposal"), url=proposal_letters.page(proposal)), *menu.first_buttons()[:2]),
    )


# What the desk asks ------------------------------------------------------------------------------------------------------


def answer(turn: Turn, public_id: str) -> None:
    """Their answer is asked for; the button stands under a letter."""
    proposal = own.of_person_named(public_id, ideas.person(turn))
    turn.data["proposal_asked"] = public_id
    turn.ask(FLOW, "answer")
    asked = next((each.words for each in reversed(proposal.notes) if not each.from_citizen), "")
    turn.say(
        _("Write your answer in one message."),
        *([wording.quoted(_short(asked))] if asked else []),
        buttons=(turn.once(_("Cancel"), "menu:leave"),),
    )


def take_answer(turn: Turn) -> bool:
    """Whatever was typed is the answer."""
    if not any(letter.isalnum() for letter in turn.text):
        _again(turn, str(WordsMissing.message))
        return True
    turn.done()
    proposal = own.of_person_named(str(turn.data.pop("proposal_asked", "")), ideas.person(turn))
    own.answer(proposal, turn.incoming.text, now=turn.now)
    turn.say(_("Thank you. Your answer is sent, and you hear of the next step here."), buttons=menu.first_buttons()[:2])
    return True


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
    if is_yes(turn.text) or is_no(turn.text):
        act(turn, "yes" if is_yes(turn.text) else "no")
        return True
    return False


def _again(turn: Turn, words: str) -> None:
    turn.say(words, buttons=(turn.once(_("Cancel"), "menu:leave"),))


def _has_letters(text: str) -> bool:
    return any(letter.isalpha() for letter in text)


def _short(text: str, most: int = 300) -> str:
    return text if len(text) <= most else f"{text[:most].rstrip()} …"


ACTIONS = {
    "start": start, "anew": start,
    "help": help_, "more": more, "skip": skip, "theme": theme, "shows": shows, "send": send, "answer": answer,
}  # fmt: skip
STEPS = {
    "title": take_title, "text": take_text, "help": take_help, "more": take_more, "theme": take_theme, "shows": take_shows,
    "name": take_name, "email": take_email, "sure": take_sure, "answer": take_answer, **dict.fromkeys(_DETAILS, take_detail),
}  # fmt: skip
