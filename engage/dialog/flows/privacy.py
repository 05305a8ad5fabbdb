"""What we hold of the person of this talk: told, and deleted, in two taps.

export_me;  forget_me -> sure -> deleted
"""

from engage import privacy
from engage.base.config import current_settings
from engage.base.i18n import gettext as _
from engage.base.i18n import ngettext
from engage.channels import webchat
from engage.dialog.answers import is_no, is_yes
from engage.dialog.flows import menu, mine
from engage.dialog.turn import Turn

FLOW = "privacy"
WEBCHAT = "webchat"


def export_me(turn: Turn, _argument: str) -> None:
    """Tell all that is kept about this talk's person."""
    turn.done()
    contact = turn.data.get("contact", {})
    known = ", ".join(contact[name] for name in ("name", "email") if contact.get(name))
    found = mine.of_talk(turn)
    turn.say(
        _("This is what we keep about you from this chat:"),
        _("Name and e-mail: %(contact)s", contact=known) if known else _("No name and no e-mail."),
        ngettext(
            "What we have said to each other here, until %(number)s day after the last word.",
            "What we have said to each other here, until %(number)s days after the last word.",
            current_settings().city.keep_talks.days,
        ),
        cards=tuple(mine.card(entry, turn.now) for entry in found),
    )


def forget_me(turn: Turn, _argument: str) -> None:
    """Ask once more, and say what goes."""
    turn.ask(FLOW, "sure")
    turn.say(
        _(
            "I will delete your name, your e-mail and this conversation, and cancel what you have signed up for here. Shall I?"
        ),
        buttons=(turn.once(_("Yes, delete it"), "privacy:forget"), turn.once(_("No, keep my data"), "privacy:keep")),
    )


def take_sure(turn: Turn) -> bool:
    """A typed yes or no."""
    if is_yes(turn.text):
        forget(turn, "")
    elif is_no(turn.text):
        keep(turn, "")
    else:
        return False
    return True


def forget(turn: Turn, _argument: str) -> None:
    """Delete it."""
    conversation = turn.conversation
    if conversation.person_id is not None:
        person, conversation.person_id = conversation.person_id, None
        privacy.erase(person, now=turn.now)
    turn.data.clear()
    conversation.notice_version = conversation.notice_at = None
    turn.done()
    if conversation.channel == WEBCHAT:
        webchat.forget(conversation.identifier)
    turn.say(_("It is deleted. You are welcome to come back."), buttons=menu.first_buttons()[:3])


def keep(turn: Turn, _argument: str) -> None:
    """Nothing was deleted."""
    turn.done()
    turn.say(_("All right, nothing was deleted."), buttons=menu.first_buttons()[:3])


ACTIONS = {"forget": forget, "keep": keep}
STEPS = {"sure": take_sure}
