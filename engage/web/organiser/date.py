"""One date in the organiser's room: adding it, changing it alone or with its series, calling it off, removing it."""

from datetime import date, datetime
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from engage.activities import dates, places, scopes, shifts
from engage.activities.facts import OccurrenceFacts
from engage.activities.models import Activity, ActivityState, Occurrence, OccurrenceState
from engage.activities.scopes import Scope
from engage.base import wording
from engage.base.clock import utc_now
from engage.base.db import db, transaction
from engage.base.errors import Refusal
from engage.base.i18n import NAMES, in_language, ngettext
from engage.base.i18n import gettext as _
from engage.registrations import adding, changes
from engage.web.organiser import blueprint, date_form
from engage.web.organiser.date_form import Fields
from engage.web.organiser.dates import PATH, Values, changeable, kept_words, record, title

Answer = str | Response | tuple[str, int]


@blueprint.get(PATH + "/ny")
def new_date(activity: str) -> str:
    """Where a date is added."""
    own = changeable(activity)
    return _date_page(own, None, Values(date_form.of_activity(own)), ())


@blueprint.post(PATH + "/ny")
def add_date(activity: str) -> Answer:
    """Add one date."""
    own, now, fields = changeable(activity), utc_now(), Fields(request.form)
    day = date_form.day(fields)
    details = date_form.read(fields, own, day)
    if not fields.errors:
        try:
            with transaction():
                made = adding.add_date(own.id, day, details.kept(), now=now)
                record("added", own, now, occurrence=made.public_id)
            flash(_("The date is added."), "success")
            return redirect(url_for(".dates", activity=activity), 303)
        except Refusal as refusal:
            fields.fail("day", refusal)
    return _date_page(own, None, Values(request.form), tuple(fields.errors)), 422


@blueprint.get(PATH + "/<occurrence>")
def date_page(activity: str, occurrence: str) -> str | Response:
    """One date, to change it alone or with those of its series."""
    own = changeable(activity)
    found = found_date(own, occurrence)
    if not _open(found, utc_now()):
        return redirect(url_for(".dates", activity=activity))
    return _date_page(own, found, Values({"scope": Scope.THIS, **date_form.of_date(found)}), ())


@blueprint.post(PATH + "/<occurrence>")
def change_date(activity: str, occurrence: str) -> Answer:
    """Change it. When guests would have to be told, ask once more and say so first."""
    own, now, fields = changeable(activity), utc_now(), Fields(request.form)
    found = found_date(own, occurrence)
    day = date_form.day(fields)
    details, values = date_form.read(fields, own, day), Values(request.form)
    if not fields.errors:
        try:
            return _changed(own, found, day, details, now)
        except Refusal as refusal:
            fields.fail("day", refusal)
            values["seen"] = dates.as_seen(found)  # they are told what happened; saved again, it is what they want
    return _date_page(own, found, values, tuple(fields.errors)), 422


def _changed(own: Activity, found: Occurrence, day: date, details: date_form.Told, now: datetime) -> Answer:
    scope, seen = scope_of(request.form.get("scope", "")), request.form.get("seen", "")
    with transaction():
        reach = changes.affected(found.id, day, details.details, scope, now=now, seen=seen)
    if reach.sign_ups and "told" not in request.form:
        return _confirm_page(own, reach)
    with transaction():
        public_id, number = found.public_id, found.id
        changes.change(number, day, details.kept(), scope, now=now, words=words_to_guests(), seen=seen)
        changes.name_date(number, date_form.titles(Fields(request.form), own), now=now)
        record("changed", own, now, occurrence=public_id, scope=scope, dates=reach.dates, sign_ups=reach.sign_ups)
    kept = "".join(f" {words}." for words in kept_words(dict(reach.kept)))
    flash(_("Saved.") + kept + (" " + _("Everybody who has signed up is told.") if reach.sign_ups else ""), "success")
    return redirect(url_for(".dates", activity=own.public_id), 303)


def told(letters: int) -> str:
    """How many letters go out, in a sentence of its own; nothing when none does."""
    words = ngettext("We write to %(number)s person.", "We write to %(number)s people.", letters)
    return f" {words}" if letters else ""


def words_to_guests() -> str:
    """What the organiser wants to say to guests besides, at most a few sentences."""
    return " ".join(request.form.get("words", "").split())[:500]


def scope_of(text: str) -> Scope:
    """How far a change reaches; this date alone where nothing else was chosen."""
    return Scope(text) if text in set(Scope) else Scope.THIS


def _confirm_page(own: Activity, reach: changes.Affected) -> str:
    return render_template(
        "organiser/dates_confirm.html",
        title=title(own),
        sent=[(name, value) for name, value in request.form.items(multi=True) if name != "csrf_token"],
        affected=ngettext("%(number)s sign-up", "%(number)s sign-ups", reach.sign_ups),
        changes=_was_and_becomes(reach),
        to_phone=reach.to_phone,
        kept=kept_words(dict(reach.kept)),
        back_url=url_for(".dates", activity=own.public_id),
    )


def _was_and_becomes(reach: changes.Affected) -> list[tuple[str, str, str]]:
    """(what, as it was, as it becomes) for what is another; of a series the date whose page it is."""

    def lines(facts: OccurrenceFacts) -> tuple[tuple[str, str], ...]:
        where = ", ".join(part for part in (facts.place, facts.address) if part) or _("Online")
        return (_("When"), wording.when(facts.starts_at, facts.ends_at, facts.zone)), (_("Where"), where)

    pairs = zip(lines(reach.was), lines(reach.becomes), strict=True)
    return [(what, before, after) for (what, before), (_what, after) in pairs if before != after]


def found_date(own: Activity, occurrence: str) -> Occurrence:
    """The date of this activity with this public id. Answers 404 when there is none."""
    query = select(Occurrence).where(Occurrence.public_id == occurrence, Occurrence.activity_id == own.id)
    found = db.session.scalar(query)
    if found is None:
        abort(404)
    return found


def _open(occurrence: Occurrence, now: datetime) -> bool:
    return occurrence.starts_at > now and occurrence.state == OccurrenceState.SCHEDULED


def _date_page(
    own: Activity, occurrence: Occurrence | None, values: Values, errors: tuple[tuple[str, str], ...]
) -> str:
    now = utc_now()
    languages = [text.language for text in own.texts if text.title] if occurrence else []
    return render_template(
        "organiser/date.html",
        text_languages=languages,
        language_names={code: NAMES.get(code, code) for code in languages},
        named=any(values.get(f"own_title_{code}") for code in languages),
        activity=own,
        title=title(own),
        heading=wording.when(occurrence.starts_at, occurrence.ends_at, occurrence.timezone, now) if occurrence else "",
        scopes=_scopes(occurrence, now),
        single=True,
        **fields_of(own, values, errors),
    )


def fields_of(own: Activity, values: Values, errors: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    """What the fields of a date need: what stands in them, what is wrong, the places and the roles to choose from."""
    return {
        "values": values,
        "errors": errors,
        "missing": {},
        "places": places.known(own.organisation_id),
        "roles": [(role.public_id, in_language(role.names)) for role in shifts.roles(own.id)],
        "back_url": url_for(".dates", activity=own.public_id),
    }


def _scopes(occurrence: Occurrence | None, now: datetime) -> list[tuple[str, str]]:
    """How far a change may reach, each with how many dates that is; nothing to choose outside a series."""
    if occurrence is None or occurrence.series_id is None:
        return []
    following, every = (len(scopes.in_scope(occurrence, each, now=now)) for each in (Scope.FOLLOWING, Scope.ALL))
    if every < 2:
        return []
    return [
        (Scope.THIS, _("This date alone")),
        (Scope.FOLLOWING, _("This and the following") + f" ({_number(following)})"),
        (Scope.ALL, _("All that are to come") + f" ({_number(every)})"),
    ]


def _number(dates: int) -> str:
    return ngettext("%(number)s date", "%(number)s dates", dates)


@blueprint.get(PATH + "/<occurrence>/fjern")
def remove_page(activity: str, occurrence: str) -> str | Response:
    """Ask how far, and say whom it concerns, before anything is called off."""
    own, now = changeable(activity), utc_now()
    found = found_date(own, occurrence)
    if not _open(found, now):
        return redirect(url_for(".dates", activity=activity))
    return render_template(
        "organiser/dates_remove.html",
        title=title(own),
        heading=wording.when(found.starts_at, found.ends_at, found.timezone, now),
        scopes=_guests_in(found, now),
        values=Values({"scope": Scope.THIS}),
        errors=(),
        missing={},
        published=own.state == ActivityState.PUBLISHED,
        back_url=url_for(".dates", activity=activity),
    )


def _guests_in(occurrence: Occurrence, now: datetime) -> list[tuple[str, str]]:
    choices = _scopes(occurrence, now) or [(Scope.THIS, _("This date alone"))]
    found = []
    for scope, words in choices:
        chosen = [each.id for each in scopes.in_scope(occurrence, Scope(scope), now=now)]
        number = changes.number_of_sign_ups(chosen)
        guests = ngettext("%(number)s sign-up", "%(number)s sign-ups", number) if number else _("nobody signed up")
        found.append((scope, f"{words}: {guests}"))
    return found


@blueprint.post(PATH + "/<occurrence>/fjern")
def remove(activity: str, occurrence: str) -> Response:
    """Call dates off, or take away those nobody signed up for."""
    own, now = changeable(activity), utc_now()
    found, scope = found_date(own, occurrence), scope_of(request.form.get("scope", ""))
    public_id = found.public_id
    with transaction():
        if request.form.get("do") == "remove":
            done = changes.remove(found.id, scope, now=now, words=words_to_guests())
            letters = done.letters
            record(
                "removed", own, now, occurrence=public_id, scope=scope, deleted=done.deleted, called_off=done.called_off
            )
        else:
            letters = changes.call_off(found.id, scope, now=now, words=words_to_guests())
            record("called_off", own, now, occurrence=public_id, scope=scope)
    flash(_("Done.") + told(letters), "success")
    return redirect(url_for(".dates", activity=activity), 303)
