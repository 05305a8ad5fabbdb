"""How it was, in a talk: one press, then words and what one will do now, both of which can be left out.

rate -> words? -> deed? (several) -> pledge? -> thanks
"""

from engage.base.i18n import gettext as _
from engage.dialog.answers import is_no
from engage.dialog.flows import menu
from engage.dialog.turn import Turn
from engage.registrations import Registration, feedback
from engage.registrations.feedback import Answer, FeedbackClosed
from engage.registrations.refusals import NoSuchSignUp

FLOW = "feedback"


def rate(turn: Turn, argument: str) -> None:
    """The number is kept at once; all that follows is an extra."""
    key, _point, number = argument.partition(".")
    registration = _own(turn, key)
    if registration is None or number not in set("12345"):
        menu.stale(turn, "")
        return
    try:
        said = feedback.given(registration)
        words, deeds, pledge, named = (said.words, said.deeds, said.pledge, said.named) if said else ("", (), "", False)
        feedback.give(registration, Answer(int(number), words, deeds, pledge, named), now=turn.now)
    except FeedbackClosed as refusal:
        turn.done()
        turn.say(str(refusal), buttons=menu.first_buttons()[:3])
        return
    turn.ask(FLOW, "words")
    turn.data["feedback"] = key
    turn.say(
        _("Thank you: %(rating)s.", rating=feedback.ratings()[int(number)]),
        _("Do you want to say more? Write it here. The organiser reads it without your name."),
        buttons=(turn.once(_("Skip"), "feedback:skip"),),
    )


def take_words(turn: Turn) -> bool:
    """What they write; a plain no is that there is nothing to say."""
    if is_no(turn.text):
        skip(turn, "")
        return True
    return _keep_words(turn, turn.text)


def skip(turn: Turn, _argument: str) -> None:
    """Nothing more to say: what will they do now?"""
    if turn.conversation.flow != FLOW:
        menu.stale(turn, "")
    elif turn.conversation.step == "words":
        _ask_deeds(turn)
    else:
        thank(turn, "")


def _keep_words(turn: Turn, words: str) -> bool:
    registration = _own(turn, str(turn.data.get("feedback", "")))
    if registration is None or not _change(turn, registration, words=words):
        return False
    _ask_deeds(turn)
    return True


def _ask_deeds(turn: Turn) -> None:
    turn.ask(FLOW, "deeds")
    registration = _own(turn, str(turn.data.get("feedback", "")))
    said = feedback.given(registration) if registration is not None else None
    chosen = said.deeds if said else []
    words = feedback.deed_words()
    buttons = tuple(
        turn.once(
            _("%(label)s (chosen)", label=words[deed]) if deed in chosen else words[deed], f"feedback:deed:{deed}"
        )
        for deed in feedback.DEEDS
    )
    turn.say(
        _("What will you do now? Choose one or more, or write it in your own words."),
        buttons=(*buttons, turn.once(_("That is all"), "feedback:thank")),
    )


def deed(turn: Turn, chosen: str) -> None:
    """Something they will do now; a second press takes it back."""
    registration = _own(turn, str(turn.data.get("feedback", "")))
    said = feedback.given(registration) if registration is not None else None
    if registration is None or said is None or chosen not in feedback.DEEDS:
        menu.stale(turn, "")
        return
    deeds = {*said.deeds} ^ {chosen}
    if _change(turn, registration, deeds=[each for each in feedback.DEEDS if each in deeds]):
        _ask_deeds(turn)


def take_pledge(turn: Turn) -> bool:
    """What they will do, in their words; a plain no is that that is all."""
    if is_no(turn.text):
        thank(turn, "")
        return True
    registration = _own(turn, str(turn.data.get("feedback", "")))
    if registration is None or not _change(turn, registration, pledge=turn.text):
        return False
    thank(turn, "")
    return True


def thank(turn: Turn, _argument: str) -> None:
    """That is all, and what becomes of it."""
    turn.done()
    turn.data.pop("feedback", None)
    turn.say(_("Thank you. You can change it for two weeks, and see it on My page."), buttons=menu.first_buttons()[:3])


def _change(turn: Turn, registration: Registration, **changed: object) -> bool:
    said = feedback.given(registration)
    if said is None:
        return False
    kept = {
        "rating": said.rating, "words": said.words, "deeds": said.deeds, "pledge": said.pledge, "named": said.named,
    }  # fmt: skip
    feedback.give(registration, Answer(**{**kept, **changed}), now=turn.now)  # type: ignore[arg-type]
    return True


def _own(turn: Turn, key: str) -> Registration | None:
    """A sign-up only if it is of this talk's person: a button may be made up by anybody."""
    person = turn.conversation.person_id
    try:
        registration = feedback.of_sign_up(key)
    except NoSuchSignUp:
        return None
    return registration if person is not None and registration.person_id == person else None


ACTIONS = {"rate": rate, "skip": skip, "deed": deed, "thank": thank}
STEPS = {"words": take_words, "deeds": take_pledge}
