"""UNESCO's list beside ours: tick off what was compared, correct what differs, or bring in the whole list from a file."""

from collections.abc import Sequence

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engage.accounts import audit
from engage.activities import typed
from engage.activities.importing.events import CannotRead
from engage.activities.importing.reading import plain
from engage.activities.importing.wording import reason
from engage.base import i18n
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import transaction
from engage.base.errors import Refusal
from engage.base.i18n import gettext as _
from engage.base.i18n import ngettext
from engage.goals import official
from engage.goals.models import KeyFeature
from engage.web.security import larger_body
from engage.web.staff import blueprint
from engage.web.who import current_account

Answer = str | Response | tuple[str, int]
LARGEST_LIST = 1024 * 1024
_FIELDS = {"title_missing": "title_en", "code_missing": "code", "code_taken": "code"}


@blueprint.get("/unesco-liste")
def official_list() -> str:
    """The 42 with a tick each."""
    return _list_page()


@blueprint.post("/unesco-liste")
def tick_off() -> Response:
    """Tick off what was compared with the document, and take back the other ticks of the page."""
    now, shown = utc_now(), set(request.form.getlist("shown"))
    ticked = shown & set(request.form.getlist("verified"))
    with transaction():
        done, undone = official.tick(ticked, now=now), official.untick(shown - ticked)
        if done or undone:
            facts = {"ticked": done, "unticked": undone}
            audit.record(current_account(), "features.compared", "features", facts, now)
    left = sum(not each.verified for each in official.features())
    words = ngettext("Saved. %(number)s is still to be compared.", "Saved. %(number)s are still to be compared.", left)
    flash(words if left else _("Saved. All are compared with the document."), "success")
    return redirect(url_for(".official_list"), 303)


@blueprint.get("/key-features/<feature>/ret")
def edit_feature(feature: str) -> str:
    """The texts of one Key Feature."""
    found = _found(feature)
    return _edit_page(found, _values(found))


@blueprint.post("/key-features/<feature>/ret")
def correct_feature(feature: str) -> Answer:
    """Write what stands in the document."""
    found, now = _found(feature), utc_now()
    languages = _languages()
    wanted = official.Correction(
        found.id,
        typed.line(request.form.get("code", "")),
        {code: typed.line(request.form.get(f"title_{code}", "")) for code in languages},
        {code: typed.line(request.form.get(f"short_{code}", "")) for code in languages},
    )
    try:
        with transaction():
            if not wanted.titles.get("en"):
                raise official.TitleMissing
            changed = official.correct(wanted, now=now)
            if request.form.get("verified"):
                official.tick([found.id], now=now)
            if changed:
                was = {key: each[0] for key, each in changed.items()}
                facts = {"fields": sorted(changed), "was": was}
                audit.record(current_account(), "feature.corrected", f"feature:{found.id}", facts, now)
    except Refusal as refusal:
        return _edit_page(found, request.form, [(_FIELDS.get(refusal.code, ""), str(refusal))]), 422
    flash(_("Saved."), "success")
    return redirect(url_for(".official_list") + f"#{feature}", 303)


@blueprint.post("/unesco-liste/fil")
@larger_body(LARGEST_LIST + 64 * 1024)
def compare_list() -> Answer:
    """Show what an official list would change; with "apply" pressed beside the same rows, change it."""
    rows = _rows_again() if request.form.get("do") == "apply" else None
    if rows is None:
        file = request.files.get("file")
        content = file.read(LARGEST_LIST + 1) if file else b""
        if not content:
            return _list_page([("file", _("Choose the file with the official list."))]), 422
        if len(content) > LARGEST_LIST:
            return _list_page([("file", _("The file is larger than %(size)s MB.", size=1))]), 422
        try:
            rows = plain.table(content)
        except CannotRead as error:
            return _list_page([("file", reason(error.note))]), 422
        return _compare_page(rows)
    now = utc_now()
    with transaction():
        changed = official.carry_out(official.compare(rows), now=now)
        facts = {"corrected": sorted(changed)}
        audit.record(current_account(), "features.brought", "features", facts, now)
    flash(_("The list is corrected and ticked off."), "success")
    return redirect(url_for(".official_list"), 303)


def _rows_again() -> list[dict[str, str]]:
    """The rows as the preview showed them: they come back with the button, so what was seen is what is done."""
    columns = ("id", "code", *(f"{what}_{code}" for what in ("title", "short") for code in _languages()))
    lists = [request.form.getlist(f"row_{column}") for column in columns]
    return [dict(zip(columns, cells, strict=True)) for cells in zip(*lists, strict=False)]


def _compare_page(rows: Sequence[dict[str, str]]) -> Answer:
    found = official.compare(rows)
    if not found.differences and not found.same:
        words = _(
            "No row fits one of the 42. The file needs a column “code” with the numbers, or “id”, and “title_en”."
        )
        return _list_page([("file", words)]), 422
    columns = ("id", "code", *(f"{what}_{code}" for what in ("title", "short") for code in _languages()))
    kept = [{column: typed.line(row.get(column, ""))[:400] for column in columns} for row in rows]
    return render_template("staff/official_compare.html", found=found, columns=columns, rows=kept, names=_names())


def _list_page(errors: Sequence[tuple[str, str]] = ()) -> str:
    features = official.features()
    points = [
        (i18n.in_language(point.titles), [each for each in features if each.focal_point_id == point.id])
        for point in official.focal_points()
    ]
    return render_template(
        "staff/official_list.html",
        points=points,
        done=sum(each.verified for each in features),
        count=len(features),
        errors=errors,
        title_of=lambda each: i18n.in_language(each.titles),
    )


def _edit_page(found: KeyFeature, values: object, errors: Sequence[tuple[str, str]] = ()) -> str:
    languages = [(code, i18n.NAMES.get(code, code)) for code in _languages()]
    return render_template(
        "staff/official_edit.html", feature=found, values=values, errors=errors, text_languages=languages
    )


def _values(found: KeyFeature) -> dict[str, str]:
    values = {"code": found.code}
    for code in _languages():
        values[f"title_{code}"] = found.titles.get(code, "")
        values[f"short_{code}"] = found.short_titles.get(code, "")
    return values


def _found(name: str) -> KeyFeature:
    found = official.find(name)
    if found is None:
        abort(404)
    return found


def _names() -> dict[str, str]:
    """What the columns of a list are called."""
    told, title, short = {"code": _("Number")}, _("Title"), _("Short title")
    for code in _languages():
        told[f"title_{code}"] = f"{title} ({code})"
        told[f"short_{code}"] = f"{short} ({code})"
    return told


def _languages() -> tuple[str, ...]:
    """The city's, and English always: the document is in it."""
    languages = current_settings().city.languages
    return languages if "en" in languages else (*languages, "en")
