"""What people are reminded of, in the organiser's room: the list of reminders, and the page on which one is changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engage.accounts import audit
from engage.activities import shifts
from engage.activities.models import Activity, Occurrence, SignUpMode
from engage.activities.plans import ShiftRole
from engage.base import i18n, wording
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import transaction
from engage.base.errors import Refusal
from engage.base.i18n import gettext as _
from engage.base.i18n import in_language, ngettext
from engage.registrations.reminders import choosing, previews, rules
from engage.registrations.reminders.rules import Rule
from engage.web.organiser import blueprint, form, reminder_form, reminder_words
from engage.web.organiser.date_form import Fields
from engage.web.organiser.dates import changeable, title
from engage.web.organiser.reminder_form import Values
from engage.web.who import current_account

PATH = "/aktiviteter/<activity>/paamindelser"
_NEW = "ny"
Answer = str | Response | tuple[str, int]
Errors = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Line:
    """A reminder in the list."""

    name: str
    when: str
    said: Sequence[str]
    enabled: bool
    next: str
    url: str


@dataclass(frozen=True, slots=True)
class Preview:
    """A letter as somebody gets it."""

    language: str
    language_name: str
    subject: str
    text: Sequence[str]
    card: str
    lines: Sequence[str]
    buttons: Sequence[str]


@blueprint.get(PATH)
def reminders(activity: str) -> str:
    """All there are, the usual ones first, with when each is sent next."""
    own, now = changeable(activity), utc_now()
    roles = _roles(own)
    return render_template(
        "organiser/reminders.html",
        title=title(own),
        lines=[_line(own, each, roles, now) for each in rules.of(own.id)],
        new_url=url_for(".reminder", activity=own.public_id, key=_NEW),
        feedback_url=url_for(".told", activity=own.public_id),
        back_url=url_for(".activity", activity=own.public_id),
        quiet=wording.clock_range(current_settings().quiet_from, current_settings().quiet_until),
        drop_in=own.sign_up == SignUpMode.DROP_IN,
    )


def _line(own: Activity, rule: Rule, roles: dict[str, ShiftRole], now: datetime) -> Line:
    planned = choosing.next_of(own.id, rule, now=now) if rule.enabled else None
    return Line(
        name=reminder_words.name(rule),
        when=reminder_words.when(rule),
        said=reminder_words.said(rule, roles),
        enabled=rule.enabled,
        next=reminder_words.next_time(planned, own, len(own.occurrences)) if rule.enabled else "",
        url=url_for(".reminder", activity=own.public_id, key=rule.key),
    )


def _roles(own: Activity) -> dict[str, ShiftRole]:
    return {each.public_id: each for each in shifts.roles(own.id)}


@blueprint.get(PATH + "/<key>")
def reminder(activity: str, key: str) -> str:
    """One reminder, with how it reads in each language."""
    own = changeable(activity)
    rule = _found(own, key)
    return _page(own, rule, reminder_form.values_of(rule), ())


@blueprint.post(PATH + "/<key>")
def save_reminder(activity: str, key: str) -> Answer:
    """Keep it. Where it would go out to somebody at once, that is asked first; a preview keeps nothing."""
    own, now, fields = changeable(activity), utc_now(), Fields(request.form)
    before = _found(own, key)
    wanted = reminder_form.read(fields, request.form, before, set(_roles(own)), form.languages_of(own))
    for name, refusal in choosing.problems(wanted) if not fields.errors else ():
        fields.fail(name, refusal)
    if fields.errors:
        return _page(own, before, Values(request.form), tuple(fields.errors)), 422
    if request.form.get("do") == "preview":
        return _page(own, wanted, Values(request.form), (), shown=True)
    at_once = 0 if wanted.same_as(before) else choosing.reached_at_once(own.id, wanted, now=now)
    if at_once and request.form.get("late") not in {"now", "later"}:
        return _page(own, wanted, Values(request.form), (), at_once=at_once)
    try:
        _keep(own, wanted, now, send_late=bool(at_once) and request.form.get("late") == "now")
    except Refusal as refusal:
        return _page(own, before, Values(request.form), (("number", str(refusal)),)), 422
    flash(_("Saved."), "success")
    return redirect(url_for(".reminders", activity=own.public_id), 303)


def _keep(own: Activity, wanted: Rule, now: datetime, *, send_late: bool) -> None:
    with transaction():
        key = choosing.keep(own.id, wanted, now=now, send_late=send_late)
        facts = {"reminder": key, "enabled": wanted.enabled, "at_once": send_late}
        audit.record(current_account(), "reminders.changed", f"activity:{own.public_id}", facts, now)


@blueprint.post(PATH + "/<key>/fjern")
def remove_reminder(activity: str, key: str) -> Response:
    """Take an own reminder away, or let the usual one count again."""
    own, now = changeable(activity), utc_now()
    rule = _found(own, key)
    if not rule.key:
        abort(404)
    with transaction():
        choosing.remove(own.id, rule.key)
        audit.record(current_account(), "reminders.removed", f"activity:{own.public_id}", {"reminder": rule.key}, now)
    flash(_("It is as usual again.") if rule.usual else _("The reminder is removed."), "success")
    return redirect(url_for(".reminders", activity=own.public_id), 303)


def _found(own: Activity, key: str) -> Rule:
    if key == _NEW:
        return reminder_form.new()
    found = next((each for each in rules.of(own.id) if each.key == key), None)
    if found is None:
        abort(404)
    return found


def _page(own: Activity, rule: Rule, values: Values, errors: Errors, *, shown: bool = False, at_once: int = 0) -> str:
    languages = form.languages_of(own)
    changed = rule.usual and rule.changed_at is not None
    return render_template(
        "organiser/reminder.html",
        title=title(own),
        name=reminder_words.name(rule) if rule.key else _("Add a reminder"),
        usual=rule.usual,
        feedback=rule.asks_feedback,
        values=values,
        errors=errors,
        missing={},
        choices=reminder_words.choices(),
        roles=[(each.public_id, in_language(each.names)) for each in _roles(own).values()],
        course=own.sign_up == SignUpMode.WHOLE_COURSE,
        text_languages=languages,
        language_names=_names(languages),
        longest=choosing.LONGEST_TEXT,
        at_once=at_once,
        at_once_words=ngettext(
            "This will send now to %(number)s person.", "This will send now to %(number)s people.", at_once
        ),
        previews=_previews(own, rule, languages),
        shown=shown,
        remove_url=_remove_url(own, rule) if changed or (rule.key and not rule.usual) else "",
        back_url=url_for(".reminders", activity=own.public_id),
    )


def _names(languages: Sequence[str]) -> dict[str, str]:
    return {code: i18n.NAMES.get(code, code) for code in languages}


def _remove_url(own: Activity, rule: Rule) -> str:
    return url_for(".remove_reminder", activity=own.public_id, key=rule.key)


def _previews(own: Activity, rule: Rule, languages: Sequence[str]) -> list[Preview]:
    """How it reads, for the next date there is, or the last one."""
    now = utc_now()
    coming = [each for each in own.occurrences if each.starts_at > now] or list(own.occurrences)[-1:]
    return [_preview(rule, coming[0], code) for code in languages] if coming else []


def _preview(rule: Rule, occurrence: Occurrence, language: str) -> Preview:
    message = previews.preview(rule, occurrence, language)
    return Preview(
        language=language,
        language_name=i18n.NAMES.get(language, language),
        subject=message.subject,
        text=message.text,
        card=message.cards[0].title,
        lines=message.cards[0].lines,
        buttons=[each.label for each in message.buttons],
    )
