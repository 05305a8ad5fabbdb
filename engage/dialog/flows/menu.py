"""Greeting, help, a human being, the language, and what to say when nothing was understood.

(anything) -> menu
(an answer after more than a day) -> go_on -> what was asked
"""

from dataclasses import replace

from engage import following, registrations
from engage.base.config import current_settings
from engage.base.i18n import NAMES, current_language, ngettext, set_language
from engage.base.i18n import gettext as _
from engage.base.message import Button, Message
from engage.dialog.answers import either
from engage.dialog.turn import Turn
from engage.people import reaching, wishes
from engage.registrations import mine

_TURNS_TO_A_PERSON = 3  # not understood; ask a person; write; send what I wrote before

FLOW = "menu"


def first_buttons() -> tuple[Button, ...]:
    """The ways in, at most four."""
    return (
        Button(_("This week"), action="find:when:week"),
        Button(_("For children"), action="find:audience:children"),
        Button(_("Lend a hand"), action="find:kind:volunteer"),
        Button(_("My sign-ups"), action="mine:show"),
    )


def send_buttons(turn: Turn, label: str, flow: str) -> tuple[Button, ...]:
    """Under what somebody wrote and sees once more: send it, write it anew, or leave it."""
    return (
        turn.once(label, f"{flow}:send"),
        turn.once(_("Write it anew"), f"{flow}:anew"),
        turn.once(_("Cancel"), "menu:leave"),
    )


def greet(turn: Turn, _argument: str) -> None:
    """Say who is talking and what one can ask for."""
    turn.done()
    turn.said.append(replace(greeting(), language=turn.language))


def greeting() -> Message:
    """The first words of a talk, in the language spoken now."""
    return Message(
        text=(
            _("Hello. I am the chat of %(city)s, a program and not a person.", city=current_settings().city.title),
            _(
                "Write what you are looking for, for example: something about climate this weekend. I can also sign you up."
            ),
        ),
        buttons=first_buttons(),
        language=current_language(),
    )


def done_already(turn: Turn, _argument: str) -> None:
    """The same button again, after it has done what it does."""
    turn.say(_("That is done already."), buttons=(Button(_("My sign-ups"), action="mine:show"),), aside=True)


def help_(turn: Turn, _argument: str) -> None:
    """What the chat can do, in a few lines."""
    turn.done()
    turn.say(
        _("Write what you are looking for in your own words: a day, a topic, or for whom."),
        _("You can also write: sign me up for two, my sign-ups, I cannot come, or speak English."),
        _('Write "person" to reach a human being, and "delete my data" to be forgotten.'),
        buttons=first_buttons(),
    )


def only_words(turn: Turn, _argument: str) -> None:
    """A picture or a voice, which nobody here looks at."""
    turn.say(_("I can only read words. Write what you are looking for, or press a button."), buttons=first_buttons())


def thanks(turn: Turn, _argument: str) -> None:
    """You are welcome."""
    turn.done()
    turn.say(_("You are welcome."), buttons=first_buttons())


def human(turn: Turn, _argument: str) -> None:
    """Where to reach a human being, and when."""
    _say_human(turn, _("You can reach a person here:"))


def _a_person() -> tuple[str, str]:
    """How to reach one, in two lines."""
    city = current_settings().city
    return (
        _("Phone %(phone)s. %(hours)s", phone=city.contact.get("phone", ""), hours=city.opening_hours),
        _("E-mail %(email)s", email=city.contact["email"]),
    )


def _say_human(turn: Turn, why: str) -> None:
    turn.done()
    turn.say(
        why,
        *_a_person(),
        ngettext(
            "You can also write your question here. A person answers within %(number)s weekday.",
            "You can also write your question here. A person answers within %(number)s weekdays.",
            current_settings().city.answer_weekdays,
        ),
        buttons=(Button(_("Write your question here"), action="human:write"),),
    )


def stop(turn: Turn, _argument: str) -> None:
    """Nothing optional any more; what belongs to a sign-up stays, and this says so."""
    turn.done()
    person = turn.conversation.person_id
    if person is not None:
        reaching.set_optional(person, False, turn.now)
        following.silence(person, now=turn.now)
    follows = person is not None and following.followed(person)
    turn.say(
        _("All right. I only write to you about what you have signed up for, and I will keep doing that."),
        *([_("What you follow stays noted, but I do not write about it.")] if follows else []),
        _("If you do not want to come after all, write: I cannot come."),
        buttons=(
            Button(_("My sign-ups"), action="mine:show"),
            *([Button(_("What I follow"), action="topics:show")] if follows else []),
            Button(_("Settings"), action="settings:show"),
        ),
    )


def leave(turn: Turn, _argument: str) -> None:
    """Out of whatever was being asked; nothing was changed, and no seat is held any more."""
    turn.done()
    if turn.data.get("sign_up", {}).get("held"):
        registrations.release(f"talk:{turn.conversation.id}", now=turn.now)
    for draft in (
        "follow",
        "sign_up",
        "asking",
        "change",
        "accepting",
        "offer",
        "question",
        "unheard",
        "asked",
        "paused",
        "proposal",
        "walk_in",
    ):
        turn.data.pop(draft, None)
    turn.say(_("Stopped. Nothing was changed."), buttons=first_buttons())


def remember_question(turn: Turn, message: Message) -> None:
    """Keep what was asked as long as it is not answered, for who comes back to it."""
    if not turn.conversation.flow:
        turn.data.pop("last_asked", None)
    elif turn.conversation.flow != FLOW:
        turn.data["last_asked"] = message.to_json()


def ask_to_go_on(turn: Turn) -> None:
    """They were asked something more than a day ago, and now write something: an answer, or not."""
    if turn.conversation.flow != FLOW:  # asked a second time, what was paused first is still that
        turn.data["paused"] = [turn.conversation.flow, turn.conversation.step]
    turn.ask(FLOW, "go_on")
    turn.say(
        _("We were in the middle of something, but that is a while ago. Shall we go on?"),
        buttons=(turn.once(_("Yes, go on"), "menu:go_on"), turn.once(_("No, start over"), "menu:leave")),
    )


def go_on(turn: Turn, _argument: str) -> None:
    """Ask once more what was asked then; its buttons work again."""
    flow, step = turn.data.pop("paused", ("", ""))
    turn.ask(flow, step)
    asked = _asked(turn)
    if asked is None:
        leave(turn, "")
        return
    turn.said.append(asked)


def _asked(turn: Turn) -> Message | None:
    """What the open question was, with buttons that work again; None where there is none."""
    question = turn.data.get("last_asked")
    if turn.conversation.flow in {"", FLOW} or not question:
        return None
    asked = Message.from_json(question)
    return replace(asked, buttons=tuple(_anew(turn, button) for button in asked.buttons))


def ask_again(turn: Turn) -> None:
    """Ask once more what is open, after something was said besides."""
    if (asked := _asked(turn)) is not None:
        turn.said.append(asked)


def _anew(turn: Turn, button: Button) -> Button:
    action, sign, _version = (button.action or "").partition("@")
    return turn.once(button.label, action) if sign else button


def take_go_on(turn: Turn) -> bool:
    """A typed yes or no; whatever else they write is a new wish."""
    return either(turn.text, yes=lambda: go_on(turn, ""), no=lambda: leave(turn, ""))


def stale(turn: Turn, _argument: str) -> None:
    """A button of a step that is over."""
    words = _("That button belongs to something that is over. Nothing was changed.")
    turn.say(words, buttons=first_buttons(), aside=True)


def language(turn: Turn, _argument: str) -> None:
    """Change the language, or ask which."""
    wanted = turn.understanding.wanted_language if turn.understanding else None
    if wanted in current_settings().city.languages and wanted is not None:
        speak(turn, wanted)
        return
    buttons = tuple(Button(NAMES[code], action=f"menu:speak:{code}") for code in current_settings().city.languages)
    turn.say(_("Which language shall I speak?"), buttons=buttons)


def speak(turn: Turn, code: str) -> None:
    """Speak the language chosen, from now on."""
    if code not in current_settings().city.languages:
        stale(turn, "")
        return
    turn.conversation.language, turn.conversation.language_chosen = code, True
    if (person := turn.conversation.person_id) is not None:
        # Letters speak it too, also those about what is signed up for already.
        wishes.speak(person, code)
        mine.speak(person, code)
    set_language(code)
    turn.say(_("I speak English now."), buttons=first_buttons())


def keep_unheard(turn: Turn, text: str) -> None:
    """Keep what was typed for nothing, so that it need not be typed again for a person; for the next few turns."""
    turn.data["unheard"] = [text, turn.conversation.version + _TURNS_TO_A_PERSON]


def unheard(turn: Turn) -> str:
    """What was typed for nothing just before, or ""."""
    text, until = turn.data.get("unheard") or ("", 0)
    return text if turn.conversation.version <= until else ""


def unknown(turn: Turn, _argument: str) -> None:
    """Ask back once with ways on; the second time name a human being."""
    turn.conversation.misunderstood += 1
    keep_unheard(turn, turn.text[:1000])
    if (asked := _asked(turn)) is not None:
        # The question was answered, so its buttons are gone where a chat can take them: it is asked once more with new ones.
        turn.say(_("I did not understand that."), *(_a_person() if turn.conversation.misunderstood > 1 else ()))
        turn.said.append(asked)
        return
    if turn.conversation.misunderstood > 1:
        _say_human(turn, _("I did not understand that either. A person can help you:"))
        return
    turn.say(
        _("I did not understand that. Try with a day, a topic, or for whom: climate on Saturday, or for children."),
        buttons=(*first_buttons()[:3], Button(_("Ask a person"), action="human:start")),
    )


ACTIONS = {
    "greet": greet, "help": help_, "human": human, "speak": speak, "language": language, "leave": leave, "stop": stop,
    "only_words": only_words, "go_on": go_on,
}  # fmt: skip
STEPS = {"go_on": take_go_on}
