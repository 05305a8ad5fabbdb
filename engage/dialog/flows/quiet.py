"""When somebody is left in peace: which reminders they get, between which hours nothing that can wait is sent, and a pause.

reminders -> remind (one on or off)
hours -> set | type -> hours (typed)
pause -> for (a week, a month, go on) | day -> until (typed)
"""

import re
from dataclasses import replace
from datetime import date, time, timedelta

from engage import following
from engage.base import wording
from engage.base.config import current_settings
from engage.base.i18n import gettext as _
from engage.base.message import Button
from engage.dialog.flows import menu
from engage.dialog.turn import Turn
from engage.dialog.understanding import Intent
from engage.people import QuietNotUsable, Reminder, Wishes, wishes

FLOW = "quiet"
_PAUSES = {"week": timedelta(weeks=1), "month": timedelta(days=30)}
# From and until, as whole hours: the service's own, an early night, a long morning, and hardly any.
_QUIET = ((21, 8), (20, 7), (22, 9), (23, 6))
# "22-7", "fra kl. 22.30 til 7", "10 pm" is not among them: everybody here writes 24 hours.
_HOURS = re.compile(r"\b([01]?\d|2[0-3])(?:[.:]([0-5]\d))?\D{1,12}?([01]?\d|2[0-3])(?:[.:]([0-5]\d))?(?!\d)")


def _wished(turn: Turn) -> Wishes | None:
    """What they wish; None, with an answer, while nothing is known of them that could be written about."""
    turn.done()
    if turn.conversation.person_id is None:
        turn.say(
            _("I do not write to you about anything yet, so there is nothing to set."),
            buttons=(Button(_("Settings"), action="settings:show"),),
        )
        return None
    return wishes.of(turn.conversation.person_id)


def reminders(turn: Turn, _argument: str) -> None:
    """Each reminder, with a button that turns it on or off."""
    wished = _wished(turn)
    if wished is None:
        return
    buttons = [
        Button(
            _("%(reminder)s: turn off", reminder=words)
            if each in wished.reminders
            else _("%(reminder)s: turn on", reminder=words),
            action=f"quiet:remind:{each.value}-{'off' if each in wished.reminders else 'on'}",
        )
        for each, words in _reminders()
    ]
    chosen = wording.listing([words for each, words in _reminders() if each in wished.reminders])
    said = _("I remind you of what you have signed up for: %(reminders)s.", reminders=chosen)
    turn.say(
        said if chosen else _("I remind you of nothing."),
        _("What changes for your sign-ups always reaches you."),
        buttons=(*buttons, _back()),
    )


def remind(turn: Turn, choice: str) -> None:
    """One reminder on or off."""
    which, _dash, wanted = choice.partition("-")
    wished = _wished(turn)
    if wished is None:
        return
    if which not in set(Reminder) or wanted not in {"on", "off"}:
        menu.stale(turn, "")
        return
    own = wished.reminders | {Reminder(which)} if wanted == "on" else wished.reminders - {Reminder(which)}
    _keep(turn, replace(wished, reminders=own))
    reminders(turn, "")


def hours(turn: Turn, _argument: str) -> None:
    """Between which hours it is quiet, and others to choose."""
    wished = _wished(turn)
    if wished is None:
        return
    settings = current_settings()
    present = wished.quiet or (settings.quiet_from, settings.quiet_until)
    buttons = [
        Button(wording.clock_range(time(first), time(last)), action=f"quiet:set:{first}-{last}")
        for first, last in _QUIET
    ]
    turn.say(
        _("Nothing that can wait is sent between %(hours)s.", hours=wording.clock_range(*present)),
        buttons=(*buttons, Button(_("Other hours"), action="quiet:type"), _back()),
    )


def set_(turn: Turn, choice: str) -> None:
    """These hours from now on."""
    found = _HOURS.fullmatch(choice)
    if found is None:
        menu.stale(turn, "")
        return
    _quiet(turn, found)


def type_(turn: Turn, _argument: str) -> None:
    """Ask for hours of their own."""
    if _wished(turn) is None:
        return
    turn.ask(FLOW, "hours")
    turn.say(_("From when until when? Write for example: 22 to 7."), buttons=(turn.once(_("Cancel"), "menu:leave"),))


def take_hours(turn: Turn) -> bool:
    """Two times of day, however they are written. Other wishes are heard."""
    found = _HOURS.search(turn.text)
    if found is None:
        heard = turn.understanding
        if heard is not None and heard.intent not in {Intent.UNKNOWN, Intent.BROWSE, Intent.SETTINGS}:
            return False
        turn.say(_("Write two times of day, for example: 22 to 7."), buttons=(turn.once(_("Cancel"), "menu:leave"),))
        return True
    _quiet(turn, found)
    return True


def _quiet(turn: Turn, found: re.Match[str]) -> None:
    wished = _wished(turn)
    if wished is None:
        return
    begins, begins_minute, ends, ends_minute = (int(each or 0) for each in found.groups())
    chosen = (time(begins, begins_minute), time(ends, ends_minute))
    try:
        _keep(turn, replace(wished, quiet=chosen))
    except QuietNotUsable as refusal:
        turn.say(str(refusal), buttons=(Button(_("Quiet hours"), action="quiet:hours"),))
        return
    hours(turn, "")


def pause(turn: Turn, _argument: str) -> None:
    """For how long? Or go on."""
    wished = _wished(turn)
    if wished is None:
        return
    if wished.paused_until and wished.paused(_today(turn)):
        turn.say(
            _("You have paused reminders and news until %(day)s.", day=wording.long_date(wished.paused_until)),
            buttons=(
                Button(_("Go on now"), action="quiet:for:on"),
                Button(_("Until a day"), action="quiet:day"),
                _back(),
            ),
        )
        return
    turn.say(
        _("For how long shall I send no reminders and no news? What changes for your sign-ups always reaches you."),
        buttons=(
            Button(_("One week"), action="quiet:for:week"),
            Button(_("One month"), action="quiet:for:month"),
            Button(_("Until a day"), action="quiet:day"),
            _back(),
        ),
    )


def wanted_pause(turn: Turn, _argument: str) -> None:
    """Somebody asks for a pause, perhaps with its end."""
    turn.conversation.misunderstood = 0
    heard = turn.understanding
    until = (heard.last or heard.first) if heard is not None else None
    if until is None or _wished(turn) is None:
        pause(turn, "")
        return
    _pause(turn, until)


def for_(turn: Turn, length: str) -> None:
    """A pause of this length from today, or none any more."""
    if _wished(turn) is None:
        return
    if length != "on" and length not in _PAUSES:
        menu.stale(turn, "")
        return
    _pause(turn, None if length == "on" else _today(turn) + _PAUSES[length])


def day(turn: Turn, _argument: str) -> None:
    """Ask until which day."""
    if _wished(turn) is None:
        return
    turn.ask(FLOW, "until")
    turn.say(_("Until which day? Write for example: 1 June."), buttons=(turn.once(_("Cancel"), "menu:leave"),))


def take_until(turn: Turn) -> bool:
    """A day, however it is written. Other wishes are heard."""
    heard = turn.understanding
    assert heard is not None
    until = heard.last or heard.first
    if until is None:
        if heard.intent not in {Intent.UNKNOWN, Intent.BROWSE, Intent.PAUSE}:
            return False
        turn.say(_("Write a day, for example: 1 June."), buttons=(turn.once(_("Cancel"), "menu:leave"),))
        return True
    _pause(turn, until)
    return True


def _pause(turn: Turn, until: date | None) -> None:
    """What is refused the engine says; the talk is then open again."""
    person = turn.conversation.person_id
    assert person is not None
    turn.done()
    wishes.pause(person, until, today=_today(turn))
    if until is None:
        turn.say(_("The pause is over. You get what you have asked for again."), buttons=(_back(),))
        return
    following.silence(person, now=turn.now)
    turn.say(
        _("You hear nothing that can wait until %(day)s. What changes for your sign-ups always reaches you.",
          day=wording.long_date(until)),
        buttons=(Button(_("Go on now"), action="quiet:for:on"), _back()),
    )  # fmt: skip


def _keep(turn: Turn, wished: Wishes) -> None:
    assert turn.conversation.person_id is not None
    wishes.wish(turn.conversation.person_id, wished)


def _today(turn: Turn) -> date:
    return turn.now.astimezone(current_settings().city.zone).date()


def _reminders() -> tuple[tuple[Reminder, str], ...]:
    return (
        (Reminder.WEEK, _("A week before")),
        (Reminder.DAY, _("The day before")),
        (Reminder.HOURS, _("Two hours before")),
    )


def _back() -> Button:
    return Button(_("Settings"), action="settings:show")


ACTIONS = {
    "reminders": reminders, "remind": remind, "hours": hours, "set": set_, "type": type_, "pause": pause, "for": for_,
    "day": day,
}  # fmt: skip
STEPS = {"hours": take_hours, "until": take_until}
