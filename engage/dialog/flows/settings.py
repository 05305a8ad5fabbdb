"""How somebody wants to be spoken to and written to.

show -> language | topics | here (write here, or by e-mail) | reminders, quiet hours, pause (see `quiet`)
     -> extras (more than what belongs to sign-ups)
"""

from engage import following
from engage.base import wording
from engage.base.config import current_settings
from engage.base.i18n import gettext as _
from engage.base.message import Button
from engage.dialog.flows import menu
from engage.dialog.turn import Turn
from engage.people import reaching, wishes


def show(turn: Turn, _argument: str) -> None:
    """What is set, with a button for each."""
    turn.done()
    said = [_("I speak %(language)s with you.", language=wording.spoken_name(turn.language))]
    buttons = [Button(_("Language"), action="menu:language"), Button(_("What I follow"), action="topics:show")]
    if turn.conversation.person_id is not None:
        for words, more in (_where(turn), _when(turn, turn.conversation.person_id)):
            said += words
            buttons += more
    buttons.append(Button(_("Your data"), action="privacy:notice"))
    turn.say(*said, buttons=tuple(buttons))


def _where(turn: Turn) -> tuple[list[str], list[Button]]:
    """By which way they hear of their sign-ups, where this chat is one."""
    person, incoming = turn.conversation.person_id, turn.incoming
    if person is None or not turn.abilities.reaches_later:
        return [], []
    if not reaching.is_on(incoming.channel, incoming.identifier):
        return (
            [_("About your sign-ups I write to you by e-mail.")],
            [Button(_("Write to me here"), action="settings:here:on")],
        )
    other = [Button(_("Write to me by e-mail"), action="settings:here:off")] if reaching.has_email(person) else []
    return [_("About your sign-ups I write to you here.")], other


def _when(turn: Turn, person: int) -> tuple[list[str], list[Button]]:
    """What they get besides, and when it is quiet."""
    if not reaching.wants_optional(person):
        return (
            [_("You get nothing but what belongs to your sign-ups.")],
            [Button(_("Also what I ask for"), action="settings:extras:on")],
        )
    wished, today = wishes.of(person), turn.now.astimezone(current_settings().city.zone).date()
    settings = current_settings()
    quiet = wording.clock_range(*(wished.quiet or (settings.quiet_from, settings.quiet_until)))
    said = [
        _("You get what else you have asked for, too."),
        _("Nothing that can wait is sent between %(hours)s.", hours=quiet),
    ]
    if wished.paused_until and wished.paused(today):
        day = wording.long_date(wished.paused_until)
        said = [_("You have paused reminders and news until %(day)s.", day=day)]
    return said, [
        Button(_("Reminders"), action="quiet:reminders"),
        Button(_("Quiet hours"), action="quiet:hours"),
        Button(_("Pause"), action="quiet:pause"),
        Button(_("Only my sign-ups"), action="settings:extras:off"),
    ]


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
    if wanted != "on":
        following.silence(turn.conversation.person_id, now=turn.now)
    show(turn, "")


ACTIONS = {"show": show, "here": here, "extras": extras}
STEPS: dict[str, object] = {}
