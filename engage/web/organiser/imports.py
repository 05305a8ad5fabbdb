"""Bringing in events from a file: upload it, see what would happen row by row, do it, and take it back if it was wrong."""

from collections.abc import Mapping
from datetime import date, datetime, time

from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engage.accounts import access
from engage.activities.choices import audience_name
from engage.activities.importing import runs
from engage.activities.importing.events import Format
from engage.activities.importing.models import ImportRun, ImportSource, RunState, Then
from engage.activities.importing.reading import mapping as columns
from engage.activities.importing.runs import FileRefused
from engage.activities.importing.sandbox import LARGEST_FILE
from engage.activities.models import OFFERED, SignUpMode
from engage.base import wording
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import db, transaction
from engage.base.i18n import gettext as _
from engage.registrations import import_queue, importing
from engage.web.organiser import blueprint, doors, import_views
from engage.web.organiser.import_views import PER_PAGE
from engage.web.security import larger_body
from engage.web.who import current_account

AUDIENCES = ("children", "youth", "adults", "families", "seniors")
_NAMED = 120


@blueprint.get("/import")
def imports() -> str:
    """Upload a file; and what was imported before."""
    return _start_page()


def _start_page(errors: tuple[tuple[str, str], ...] = ()) -> str:
    organisation, now = doors.editable_organisation(), utc_now()
    return render_template(
        "organiser/imports.html",
        organisation=organisation,
        organisations=doors.own_organisations(current_account()),
        errors=errors,
        sources=[(each.public_id, each.name) for each in runs.sources(organisation.id)],
        runs=[import_views.line(run, now) for run in runs.of_organisation(organisation.id)],
        megabytes=LARGEST_FILE // 1024 // 1024,
    )


@blueprint.post("/import")
@larger_body(LARGEST_FILE + 512 * 1024)
def import_upload() -> Response | tuple[str, int]:
    """Take the file, look at it, and show what would happen. Nothing of it is carried out yet."""
    organisation, now = doors.editable_organisation(), utc_now()
    file = request.files.get("file")
    name = (file.filename or "") if file else ""
    if file is None or not name:
        return _start_page((("file", _("Choose the file you want to import.")),)), 422
    content = file.read(LARGEST_FILE + 1)
    known = next((each for each in runs.sources(organisation.id) if each.public_id == request.form.get("source")), None)
    try:
        with transaction():
            by = current_account().id
            source = known or runs.source_named(organisation.id, _source_name(name), by_id=by, now=now)
            run = runs.begin(source, content, filename=name, first=now, by_id=by, now=now)
            address, run_id, chosen = url_for(".import_run", run=run.public_id), run.id, dict(source.mapping)
        _look(run_id, content, chosen, now, now)
    except FileRefused as refusal:
        return _start_page((("file", str(refusal)),)), 422
    return redirect(address, 303)


def _source_name(filename: str) -> str:
    """A list's name: the file's, without its ending."""
    return filename.replace("\\", "/").rsplit("/", 1)[-1].rsplit(".", 1)[0][:_NAMED] or "import"


def _look(run_id: int, content: bytes, chosen: dict[str, str], first: datetime, now: datetime) -> None:
    """Read the file outside of any transaction, then keep what it would do. A file that is refused leaves no run behind."""
    try:
        found = runs.read(content, chosen, first, now)
    except FileRefused:
        with transaction():
            db.session.delete(db.session.get_one(ImportRun, run_id))
        raise
    with transaction():
        run = db.session.get_one(ImportRun, run_id)
        if found.mapping:
            run.source.mapping = dict(found.mapping)
        runs.look(run, found, now=now)


def own_run(name: str) -> ImportRun:
    """The run with this public id; 404 when there is none, or it is not theirs."""
    run = runs.by_public_id(name)
    if run is None or not access.may_edit(current_account(), run.source.organisation_id):
        abort(404)
    return run


@blueprint.get("/import/<run>")
def import_run(run: str) -> str:
    """What an import would do, or what it did."""
    return _run_page(own_run(run))


def _run_page(
    run: ImportRun, errors: tuple[tuple[str, str], ...] = (), asked: Mapping[str, str] | None = None, by_hand: str = ""
) -> str:
    """The page of a run. `asked` and `by_hand` are what somebody chose that could not be read."""
    now, source = utc_now(), run.source
    drafts = importing.waiting_for_goals(run) if run.state == RunState.APPLIED else []
    zone = current_settings().city.zone
    shown = request.args.get("vis", "")
    rows, pages = import_views.rows(run, shown, import_views.page_number(request.args.get("side", "")), now)
    may_publish = importing.may_publish(source.organisation)
    chosen = source.mapping if asked is None else asked
    return render_template(
        "organiser/import_run.html",
        run=import_views.line(run, now),
        state=str(run.state),
        source=source,
        notes=import_views.notes(run),
        counts=import_views.counts(run, shown),
        rows=rows,
        pages=pages,
        errors=errors,
        mappable=run.format != Format.ICS,
        lists=import_views.lists(run, chosen.get("list", "")),
        list_now=source.mapping.get("list", ""),
        by_hand=by_hand,
        paths=import_views.paths(run, source.mapping),
        columns=[(each["name"], each["example"]) for each in run.columns if each["name"]],
        fields=import_views.mapping_fields(chosen),
        incomplete=run.format != Format.ICS and not (run.columns and columns.complete(source.mapping)),
        first=run.first_at.astimezone(zone).date().isoformat(),
        audiences=[(code, audience_name(code), code in source.audiences) for code in AUDIENCES],
        guessed=wording.spoken_name(run.counts["language"]) if run.counts.get("language") else "",
        may_publish=may_publish,
        then=str(importing.default_then(source)),
        drafts=[import_views.draft(activity, now) for activity in drafts],
        stays=import_views.stays(run),
        undone=run.undone,
        going=import_views.going(run, import_queue.progress(run.id)),
        failed=import_views.failed(run, import_queue.progress(run.id)),
        rows_days=runs.KEEP_ROWS.days,
        per_page=PER_PAGE,
    )


@blueprint.post("/import/<run>/laesning")
def import_adjust(run: str) -> Response | tuple[str, int]:
    """Read the same file in another way: another list, other columns, another language, from another day."""
    own, now = own_run(run), utc_now()
    chosen, by_hand = _chosen(own), request.form.get("list-by-hand", "").strip()[:200]
    first = _first(request.form.get("first", ""), now)
    if first is None:
        return _run_page(own, (("first", _("Give the day as day, month and year.")),), chosen, by_hand), 422
    try:
        content = runs.content(own)
        found = runs.read(content, chosen or dict(own.source.mapping), first, now)
        if lost := next((note for note in found.notes if note.code == "list_not_there"), None):
            raise FileRefused(lost)
    except FileRefused as refusal:
        field = "list-by-hand" if refusal.note.code == "list_not_there" else ""
        return _run_page(own, ((field, str(refusal)),), chosen, by_hand), 422
    with transaction():
        changing = db.session.get_one(ImportRun, own.id, with_for_update=True)
        import_queue.refuse_going_on(changing)
        _write_choices(changing.source, dict(found.mapping) if chosen else {})
        changing.first_at = first
        runs.look(changing, found, now=now)
    return redirect(url_for(".import_run", run=run), 303)


def _chosen(own: ImportRun) -> dict[str, str]:
    """Which column or path tells what. In another list of a feed stand other things, so its paths are proposed anew."""
    form = request.form
    chosen = {name: form[f"map-{name}"][:200] for name in columns.every_field() if form.get(f"map-{name}")}
    if not own.lists:
        return chosen
    ticked = form.get("list", "")
    path = form.get("list-by-hand", "").strip()[:200] if ticked == "by-hand" else ticked.removeprefix(import_views.PATH)
    return {"list": path} if path != own.source.mapping.get("list", "") else {**chosen, "list": path}


def _write_choices(source: ImportSource, chosen: dict[str, str]) -> None:
    form = request.form
    if chosen:
        source.mapping = chosen
    language = form.get("language", "")
    source.language = language if language in current_settings().city.languages else ""
    source.audiences = [code for code in AUDIENCES if code in form.getlist("audiences")]
    joins = form.get("sign_up", "")
    source.sign_up = SignUpMode(joins) if joins in OFFERED else SignUpMode.DROP_IN


def _first(text: str, now: datetime) -> datetime | None:
    """From when dates count: midnight of the day given, or now when that is today."""
    zone = current_settings().city.zone
    today = now.astimezone(zone).date()
    try:
        day = date.fromisoformat(text) if text else today
    except ValueError:
        return None
    if not 2000 <= day.year <= today.year + 10:  # what nobody holds events in, and no calendar can count from
        return None
    return now if day == today else datetime.combine(day, time(), zone)


@blueprint.post("/import/<run>/gennemfoer")
def import_apply(run: str) -> Response | tuple[str, int]:
    """Let it be done as the page has shown, by a worker; the page tells how far it is."""
    own, now = own_run(run), utc_now()
    asked = request.form.get("then", "")
    then = Then(asked) if asked in set(Then) else Then.REVIEW
    try:
        runs.content(own)
    except FileRefused as refusal:
        if own.state == RunState.PLANNED:
            return _run_page(own, (("", str(refusal)),)), 422
        raise importing.AlreadyApplied from refusal
    with transaction():
        by = current_account().id
        import_queue.ask_for(own.id, then=then, takes_goals="goals" in request.form, by=by, now=now)
    return redirect(url_for(".import_run", run=run), 303)


@blueprint.post("/import/<run>/stop")
def import_stop(run: str) -> Response:
    """Stop what is not done yet; nothing of it is kept."""
    own = own_run(run)
    with transaction():
        import_queue.stop(own.id)
    return redirect(url_for(".import_run", run=run), 303)


@blueprint.post("/import/<run>/fortryd")
def import_undo(run: str) -> Response:
    """Take back what this import made and nobody signed up for."""
    own = own_run(run)
    with transaction():
        importing.undo(own.id, by_id=current_account().id, now=utc_now())
    return redirect(url_for(".import_run", run=run), 303)


@blueprint.post("/import/<run>/kasser")
def import_discard(run: str) -> Response:
    """Let go of a file that was only looked at."""
    own = own_run(run)
    with transaction():
        changing = db.session.get_one(ImportRun, own.id, with_for_update=True)
        import_queue.refuse_going_on(changing)
        db.session.delete(changing)
    return redirect(url_for(".imports"), 303)


@blueprint.post("/import/<run>/maal")
def import_goals(run: str) -> Response:
    """Say yes to the ticked goals of imported drafts, and hand in those that lack nothing more."""
    own, now = own_run(run), utc_now()
    with transaction():
        by = current_account().id
        for activity in importing.waiting_for_goals(own):
            if request.form.get(f"take-{activity.public_id}"):
                chosen = import_views.ticked(activity, request.form.getlist(f"goals-{activity.public_id}"))
                importing.confirm_goals(activity, chosen, by_id=by, now=now)
                importing.hand_in(activity, own.source.then, by_id=by, now=now)
    return redirect(url_for(".import_run", run=run) + "#maal", 303)
