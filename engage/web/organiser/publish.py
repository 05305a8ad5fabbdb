"""The page on which an activity is written: one form, saved as often as one likes, and handed in when it is ready."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from flask import jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engage.activities import filled_in, pictures, places, publishing, shifts, writing
from engage.activities.draft import KEEP, ActivityInput, Problem
from engage.activities.models import Activity, ActivityState
from engage.activities.proposals import proposals, weighed
from engage.activities.typed import Unreadable
from engage.base import i18n, wording
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import transaction
from engage.base.errors import Refusal
from engage.base.i18n import gettext as _
from engage.base.i18n import in_language, ngettext
from engage.base.i18n import lazy_gettext as _l
from engage.registrations import reinstating
from engage.web.organiser import blueprint, doors, form, repeats
from engage.web.organiser.form import Values
from engage.web.organiser.preview import previews
from engage.web.security import larger_body
from engage.web.who import current_account

# A picture and the form around it; above this the server hangs up before it has read everything.
_LARGEST_BODY = pictures.MOST_BYTES + 1024 * 1024
_TEXTS = ("title", "summary", "body")
Answer = str | Response | tuple[str, int] | tuple[Response, int]


@blueprint.get("/aktiviteter/ny")
def new() -> str:
    """Where a new activity begins: what, when, where."""
    return _start(Values({"kind": "learning", "where": "known", "repeats": "once", "times": "10"}), ())


@blueprint.post("/aktiviteter/ny")
def begin() -> Answer:
    """Make the draft, and go on to the whole page. What cannot be read is asked for again before anything is made."""
    organisation, now, by = doors.editable_organisation(), utc_now(), current_account().id
    languages = form.languages_of(None)
    told, problems = filled_in.read(dict(request.form.lists()), languages)
    # The form asks in the language it was opened in, which another window may have switched since.
    first = next((code for code in languages if f"title_{code}" in request.form), languages[0])
    if first not in told.words or not told.words[first].title:
        title = Unreadable(_l("Write a title."))
        problems = (Problem(f"title_{first}", title), *problems)
    problems = (*problems, *repeats.problems(request.form, told))
    if problems:
        return _start(request.form, problems, first), 422
    with transaction():
        activity = publishing.create(organisation.id, by, now)
        publishing.save(activity, replace(told, spoken_languages=(first,)), by, now)
        address = repeats.preview_url(activity, request.form) or url_for(".activity", activity=activity.public_id)
    return redirect(address, 303)


def _start(values: Values, problems: tuple[Problem, ...], first: str = "") -> str:
    organisation = doors.editable_organisation()
    known = form.languages_of(None)
    languages = tuple(dict.fromkeys((first or known[0], *known)))
    return render_template(
        "organiser/start.html",
        organisation=organisation.name,
        organisation_id=organisation.public_id,
        values=values,
        errors=_said(problems),
        missing={},
        text_languages=languages,
        language_names=_names(languages),
        choices={**form.choices(), "repeats": repeats.choices()},
        places=places.known(organisation.id),
    )


@blueprint.get("/aktiviteter/<activity>")
def activity(activity: str) -> str:
    """The whole page; while it is being reviewed, only how it looks and the way to take it back."""
    own = doors.own_activity(activity)
    if own.state == ActivityState.IN_REVIEW:
        return _in_review(own)
    return _page(own, form.values_of(own))


@blueprint.post("/aktiviteter/<activity>")
@larger_body(_LARGEST_BODY)
def save(activity: str) -> Answer:
    """Save what was written, and hand it in when that button was pressed. A script that saves by itself gets JSON."""
    own, now, by = doors.own_activity(activity), utc_now(), current_account().id
    told, problems = filled_in.read(dict(request.form.lists()), form.languages_of(own))
    scripted = request.headers.get("X-Requested-With") == "fetch"
    told = replace(told, automatic=scripted)
    told, problems = _with_picture(told, problems)
    try:
        with transaction():
            publishing.save(own, told, by, now)
    except publishing.ChangedMeanwhile as refusal:
        return (jsonify(conflict=str(refusal)), 409) if scripted else _conflict(own, refusal)
    except Refusal as refusal:
        return (jsonify(conflict=str(refusal)), 409) if scripted else _not_saved(own, refusal, problems)
    if scripted:
        return _saved_quietly(own, problems, now)
    if problems:
        return _page(own, _with_version(own), problems), 422
    if request.form.get("do") == "submit":
        return _submit(own, by, now)
    return redirect(url_for(".activity", activity=own.public_id, saved="1") + "#saved", 303)


def _submit(own: Activity, by: int, now: datetime) -> Answer:
    try:
        with transaction():
            publishing.submit(own, by, now)
    except publishing.NotReady as refusal:
        return _page(own, form.values_of(own), refusal.problems), 422
    return redirect(url_for(".activity", activity=own.public_id, published="1"), 303)


def _with_picture(told: ActivityInput, problems: tuple[Problem, ...]) -> tuple[ActivityInput, tuple[Problem, ...]]:
    """The picture that was sent along, worked on before any transaction is open, or the wish to be rid of the old one."""
    file = request.files.get("picture")
    if file is None or not file.filename:
        return replace(told, picture=None if request.form.get("remove_picture") else KEEP), problems
    try:
        prepared = pictures.prepare(file.stream.read(pictures.MOST_BYTES + 1))
    except Refusal as refusal:
        return told, (*problems, Problem("picture", refusal))
    return replace(told, picture=prepared), problems


def _conflict(own: Activity, refusal: Refusal) -> Answer:
    """What was typed stays in the fields, beside what the other one saved; the next save is made on top of that."""
    stored, labels = form.values_of(own), form.labels(form.languages_of(own))
    differs = form.differences(request.form, stored, labels)
    return _page(own, _with_version(own), conflict=str(refusal), differs=differs), 409


def _not_saved(own: Activity, refusal: Refusal, problems: tuple[Problem, ...]) -> Answer:
    """Why it could not be saved, over what was typed, which is lost nowhere."""
    if isinstance(refusal, publishing.NotReady):
        return _page(own, _with_version(own), (*refusal.problems, *problems)), 422
    return _page(own, _with_version(own), (Problem("", refusal), *problems)), 409


def _with_version(own: Activity) -> Values:
    """What was typed, with the version that is stored now."""
    values = Values(request.form)
    values["version"] = str(own.version)
    return values


def _saved_quietly(own: Activity, problems: tuple[Problem, ...], now: datetime) -> Response:
    """What the page needs to know after it saved by itself: the version, what is missing, what changed around it."""
    context = _context(own, form.values_of(own), now)
    fragments = {name: render_template(f"organiser/{name}.html", **context) for name in ("goals", "previews")}
    return jsonify(
        version=own.version,
        just_published=context["published"] and "published" in request.args,
        saved=_("Saved at %(time)s", time=form.said_at(now)),
        problems={each.field: each.words for each in problems},
        missing=context["missing"],
        fragments=fragments,
    )


def _page(
    own: Activity,
    values: Mapping[str, str] | Values,
    problems: tuple[Problem, ...] = (),
    conflict: str = "",
    differs: tuple[form.Difference, ...] = (),
) -> str:
    now = utc_now()
    context = _context(own, Values(values), now)
    return render_template(
        "organiser/publish.html",
        **{**context, "errors": _said(problems), "written": _written(context, problems)},
        conflict=conflict,
        differs=differs,
        just_published=context["published"] and "published" in request.args,
        saved=_("Saved at %(time)s", time=form.said_at(own.updated_at)) if request.args.get("saved") else "",
    )


def _written(context: Mapping[str, Any], problems: tuple[Problem, ...]) -> list[str]:
    """The languages that are shown: those with something in them, and those something is wrong with."""
    wrong = {each.field.rpartition("_")[2] for each in problems}
    return [code for code in context["text_languages"] if code in context["written"] or code in wrong]


def _context(own: Activity, values: Values, now: datetime) -> dict[str, Any]:
    """All the page shows of an activity, errors apart."""
    languages, known = form.languages_of(own), form.choices()
    found = proposals(weighed(own), own.kind)
    return {
        "activity": own,
        "address": url_for(".activity", activity=own.public_id),
        "organisation": own.organisation.name,
        "contact_hint": own.organisation.email or own.organisation.phone,
        "draft": own.state == ActivityState.DRAFT,
        "published": own.state == ActivityState.PUBLISHED,
        "called_off": own.state == ActivityState.CALLED_OFF,
        "may_go_ahead": own.state == ActivityState.CALLED_OFF and bool(reinstating.fallen(own, now)),
        "trusted": own.organisation.trusted,
        "plain_date": writing.has_plain_date(own),
        "dates": _dates(own, now),
        "dates_url": "" if own.state == ActivityState.CALLED_OFF else url_for(".dates", activity=own.public_id),
        "sign_up_url": url_for(".sign_up", activity=own.public_id),
        "reminders_url": url_for(".reminders", activity=own.public_id),
        "sign_up_choices": form.sign_up_choices(len(own.occurrences), own.sign_up),
        "public_url": url_for("public.activity", activity=own.public_id, slug=own.slug),
        "picture_url": _picture_url(own),
        "values": values,
        "missing": _missing(own, now),
        "text_languages": languages,
        "language_names": _names(languages),
        "spoken_names": {code: wording.spoken_name(code) for code in languages},
        "written": [code for code in languages if any(values.get(f"{name}_{code}") for name in _TEXTS)],
        "roles": [in_language(role.names) for role in shifts.roles(own.id)],
        "choices": known,
        "ticks": form.ticks(known, values, found),
        "places": places.known(own.organisation_id),
        "previews": previews(own, now),
        "errors": (),
    }


def _missing(own: Activity, now: datetime) -> dict[str, str]:
    """What it lacks, by field; what is called off lacks its dates because it was called off."""
    if own.state == ActivityState.CALLED_OFF:
        return {}
    return {each.field: each.words for each in publishing.missing(own, now)}


def _in_review(own: Activity) -> str:
    now = utc_now()
    title = next((text.title for text in own.texts if text.title), "")
    since = own.submitted_at.astimezone(current_settings().city.zone) if own.submitted_at else None
    return render_template(
        "organiser/in_review.html",
        activity=own,
        title=title,
        since=wording.long_date(since.date()) if since else "",
        previews=previews(own, now),
    )


def _dates(own: Activity, now: datetime) -> tuple[str, ...]:
    """The coming dates in words, at most a handful."""
    coming = [each for each in own.occurrences if each.ends_at > now]
    said = [wording.when(each.starts_at, each.ends_at, each.timezone, now) for each in coming[:5]]
    if more := len(coming) - len(said):
        said.append(ngettext("and %(number)s more date", "and %(number)s more dates", more))
    return tuple(said)


def _picture_url(own: Activity) -> str:
    shown = own.picture
    return url_for("public.picture", picture=shown.public_id, file=shown.small_hash) if shown else ""


def _said(problems: tuple[Problem, ...]) -> tuple[tuple[str, str], ...]:
    return tuple((each.field, each.words) for each in problems)


def _names(languages: tuple[str, ...]) -> Mapping[str, str]:
    return MappingProxyType({code: i18n.NAMES.get(code, code) for code in languages})
