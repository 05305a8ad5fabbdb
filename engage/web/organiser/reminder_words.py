"""An activity's reminders in words, as an organiser reads them."""

from collections.abc import Mapping

from engage.activities.models import Activity
from engage.activities.plans import ShiftRole
from engage.base import wording
from engage.base.config import current_settings
from engage.base.i18n import gettext as _
from engage.base.i18n import in_language, ngettext
from engage.registrations.reminders import rules
from engage.registrations.reminders.choosing import Planned
from engage.registrations.reminders.models import Anchor, Dates, Unit, Way
from engage.registrations.reminders.rules import Rule


def name(rule: Rule) -> str:
    """What a rule is called: by its usual name while it is sent when that says."""
    usual = rules.USUAL.get(rule.key)
    same = usual is not None and (rule.anchor, rule.number, rule.unit, rule.after) == (
        usual.anchor, usual.number, usual.unit, usual.after,
    )  # fmt: skip
    if not (same or rule.asks_feedback):
        return _("Your own reminder")
    names = {
        "week": _("A week before"),
        "day": _("The day before"),
        "hours": _("Two hours before"),
        "feedback": _("How was it?"),
    }
    return names[rule.key]


def when(rule: Rule) -> str:
    """When it is sent: "7 days before it begins, at 10:00"."""
    if rule.anchor == Anchor.ABSOLUTE and rule.on_at is not None:
        return wording.dated_instant(rule.on_at, current_settings().city.zone)
    days = rule.unit == Unit.DAYS
    if rule.number == 0:
        period = _("On the same day")
    elif days:
        period = ngettext("%(number)s day", "%(number)s days", rule.number)
    else:
        period = ngettext("%(number)s hour", "%(number)s hours", rule.number)
    clock = ", " + _("at %(clock)s", clock=wording.clock(rule.clock)) if days and rule.clock else ""
    if rule.number == 0:
        return period + clock
    said = {
        (Anchor.START, False): _("%(period)s before it begins", period=period),
        (Anchor.START, True): _("%(period)s after it begins", period=period),
        (Anchor.END, False): _("%(period)s before it ends", period=period),
        (Anchor.END, True): _("%(period)s after it ends", period=period),
        (Anchor.DEADLINE, False): _("%(period)s before sign-up closes", period=period),
        (Anchor.DEADLINE, True): _("%(period)s after sign-up closes", period=period),
    }
    return said[Anchor(rule.anchor), rule.after] + clock


def said(rule: Rule, roles: Mapping[str, ShiftRole]) -> list[str]:
    """Whom it reaches, how, and what it asks: a few short sentences."""
    found = []
    if rule.way == Way.CHAT:
        found.append(_("Only to people who can be reached in a chat."))
    if rule.way == Way.EMAIL:
        found.append(_("By e-mail."))
    if rule.early_days:
        found.append(
            ngettext(
                "Only to people who signed up at least %(number)s day ahead.",
                "Only to people who signed up at least %(number)s days ahead.",
                rule.early_days,
            )
        )
    if rule.roles:
        names = [in_language(roles[each].names) for each in rule.roles if each in roles]
        found.append(_("Only to people who help with %(tasks)s.", tasks=wording.listing(names)))
    if rule.unanswered_only:
        found.append(_("Only to people who have not said that they come."))
    if rule.asks:
        found.append(_("Asks whether they still come."))
    if rule.asks and rule.release_hours:
        found.append(
            ngettext(
                "Who has not answered %(number)s hour before loses the place.",
                "Who has not answered %(number)s hours before loses the place.",
                rule.release_hours,
            )
        )
    if rule.asks_feedback:
        found.append(_("Asks how it was, and what they will do now."))
    if rule.texts:
        found.append(_("With your words."))
    return found


def next_time(planned: Planned | None, own: Activity, zone_dates: int) -> str:
    """When it is sent next, and to how many as things are."""
    if planned is None:
        return _("There is no coming date it would be sent for.")
    zone = own.occurrences[0].timezone if own.occurrences else current_settings().city.zone
    at = wording.deadline(planned.at, zone)
    people = ngettext("%(number)s person as things are", "%(number)s people as things are", planned.people)
    if zone_dates < 2:
        return _("Next time %(when)s, to %(people)s.", when=at, people=people)
    day = wording.short_date(planned.starts_at.astimezone(zone).date())
    return _("Next time %(when)s, to %(people)s (for %(day)s).", when=at, people=people, day=day)


def choices() -> dict[str, list[tuple[str, str]]]:
    """What can be chosen, as (value, words)."""
    return {
        "anchor": [
            ("start", _("before it begins")),
            ("end", _("after it ends")),
            ("deadline", _("before sign-up closes")),
            ("absolute", _("on the day below")),
        ],
        "unit": [("days", _("days")), ("hours", _("hours"))],
        "way": [
            (Way.BEST, _("The best way to each: in their chat, or by e-mail")),
            (Way.CHAT, _("Only in chats")),
            (Way.EMAIL, _("By e-mail")),
        ],
        "dates": [
            (Dates.FIRST, _("Before the first date they come to")),
            (Dates.EVERY, _("Before every date")),
            (Dates.LAST, _("Before the last date")),
        ],
    }
