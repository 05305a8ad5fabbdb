"""How somebody wants to be spoken to and written to.

show -> language | here (write here, or by e-mail) | extras (more than what belongs to sign-ups)
"""

from engage.base import wording
from engage.base.i18n import gettext as _
from engage.base.message import Button
from engage.dialog.flows import menu
from engage.dialog.turn import Turn
from engage.people import reaching


def show(turn: Turn, _argument: str) -> None:
    """What is set, with a button for each."""
    turn.done()
    person, incoming = turn.conversation.person_id, turn.incoming
    said = [_("I speak %(language)s with you.", language=wording.spoken_name(turn.language))]
    buttons = [Button(_("Language"), action="menu:language")]
    if person is not None and turn.abilities.reaches_later:
        here = reaching.is_on(incoming.channel, incoming.identifier)
        said.append(
            _("About your sign-ups I write to you here.")
            if here
            else _("About your sign-ups I write to you by e-mail.")
        )
        if not here:
            buttons.append(Button(_("Write to me here"), action="settings:here:on"))
        elif reaching.has_email(person):
            buttons.append(Button(_("Write to me by e-mail"), action="settings:here:off"))
    if person is not None:
        wanted = reaching.wants_optional(person)
        said.append(
            _("You get what else you have asked for, too.")
            if wanted
            else _("You get nothing but what belongs to your sign-ups.")
        )
        buttons.append(
            Button(_("Only my sign-ups"), action="settings:extras:off")
            if wanted
            else Button(_("Also what I ask for"), action="settings:extras:on")
        )
    buttons.append(Button(_("Your data"), action="privacy:notice"))
    turn.say(*said, buttons=tuple(buttons))


def here(turn: Turn, wanted: str) -> None:
    """Write to this chat from now on, or to the e-mail address; never to nobody."""
    person, incoming = turn.conversation.person_id, turn.incoming
    if person is None or not turn.abilities.reaches_later:
        menu.stale(turn, "")
        return
    if wanted == "on":
        reaching.turn_on(incoming.channel, incoming.identifier)
    elif reaching.has_email(person):
        reaching.turn_off(incoming.channel, incoming.identifier, "chosen", turn.now)
    show(turn, "")


def extras(turn: Turn, wanted: str) -> None:
    """More than what belongs to sign-ups, or not."""
    if turn.conversation.person_id is None:
        menu.stale(turn, "")
        return
    reaching.set_optional(turn.conversation.person_id, wanted == "on", turn.now)
    show(turn, "")


ACTIONS = {"show": show, "here": here, "extras": extras}
STEPS: dict[str, object] = {}
