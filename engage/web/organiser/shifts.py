"""The roles of a volunteer activity in the organiser's room: what is to be done, by how many, and what must be shown first."""

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from engage.activities import shifts
from engage.activities.models import Activity, Kind
from engage.activities.plans import ShiftRole
from engage.activities.shifts import RoleInput
from engage.activities.typed import line, read_capacity, read_clock
from engage.base import wording
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import db, transaction
from engage.base.errors import Refusal
from engage.base.i18n import NAMES
from engage.base.i18n import gettext as _
from engage.base.i18n import lazy_gettext as _l
from engage.registrations import changes
from engage.web.organiser import blueprint, form
from engage.web.organiser.date import Answer
from engage.web.organiser.date_form import Fields
from engage.web.organiser.dates import PATH, Values, changeable, record, title

_PATH = PATH + "/opgaver"
_LONGEST = {"name": 80, "text": 400, "vetting": 200}


def _volunteering(activity: str) -> Activity:
    """The activity with this public id, which must be one where people lend a hand."""
    own = changeable(activity)
    if own.kind != Kind.VOLUNTEER:
        abort(404)
    return own


@blueprint.get(_PATH + "/ny")
def new_role(activity: str) -> str:
    """Where a role is written."""
    return _page(_volunteering(activity), None, Values({"needed": "2"}), ())


@blueprint.post(_PATH + "/ny")
def add_role(activity: str) -> Answer:
    """Add the role to every coming date."""
    return _save(_volunteering(activity), None)


@blueprint.get(_PATH + "/<role>")
def role_page(activity: str, role: str) -> str:
    """A role, to change or remove it."""
    own = _volunteering(activity)
    found = _found(own, role)
    return _page(own, found, _values(found), ())


@blueprint.post(_PATH + "/<role>")
def change_role(activity: str, role: str) -> Answer:
    """Change a role. Coming dates follow, save those with a number of their own."""
    own = _volunteering(activity)
    return _save(own, _found(own, role))


@blueprint.post(_PATH + "/<role>/fjern")
def remove_role(activity: str, role: str) -> Response:
    """Take a role away from what is to come."""
    own, now = _volunteering(activity), utc_now()
    found = _found(own, role)
    with transaction():
        changes.remove_role(found, now=now)
        record("role_removed", own, now, role=role)
    flash(_("The role is removed."), "success")
    return redirect(url_for(".dates", activity=activity) + "#roles", 303)


def _found(own: Activity, role: str) -> ShiftRole:
    mine = (ShiftRole.activity_id == own.id) & ShiftRole.removed_at.is_(None)
    found = db.session.scalar(select(ShiftRole).where(ShiftRole.public_id == role, mine))
    if found is None:
        abort(404)
    return found


def _save(own: Activity, role: ShiftRole | None) -> Answer:
    now, fields = utc_now(), Fields(request.form)
    wanted = _read(fields)
    if not fields.errors:
        try:
            with transaction():
                if role is None:
                    role = changes.add_role(own.id, wanted, now=now)
                    record("role_added", own, now, role=role.public_id)
                else:
                    changes.change_role(role, wanted, now=now)
                    record("role_changed", own, now, role=role.public_id)
            flash(_("Saved."), "success")
            return redirect(url_for(".dates", activity=own.public_id) + "#roles", 303)
        except Refusal as refusal:
            fields.fail(f"name_{form.languages_of(own)[0]}", refusal)
    return _page(own, role, Values(request.form), tuple(fields.errors)), 422


def _languages() -> tuple[str, ...]:
    return current_settings().city.languages


def _read(fields: Fields) -> RoleInput:
    words = {
        name: {code: line(fields.text(f"{name}_{code}"))[:most] for code in _languages()}
        for name, most in _LONGEST.items()
    }
    given = bool(fields.text("begins") or fields.text("ends"))
    if given and not (fields.text("begins") and fields.text("ends")):
        fields.fail("begins", _l("Write both when it begins and when it ends, or neither."))
    begins = fields.read("begins", read_clock, None) if given and fields.text("begins") else None
    ends = fields.read("ends", read_clock, None) if given and fields.text("ends") else None
    needed = fields.read("needed", read_capacity, None)
    return RoleInput(words["name"], words["text"], words["vetting"], begins, ends, needed)


def _values(role: ShiftRole) -> Values:
    told = {"name": role.names, "text": role.texts, "vetting": role.vetting}
    return Values(
        {
            **{f"{name}_{code}": words for name, texts in told.items() for code, words in texts.items()},
            "begins": f"{role.begins:%H:%M}" if role.begins else "",
            "ends": f"{role.ends:%H:%M}" if role.ends else "",
            "needed": "" if role.capacity is None else str(role.capacity),
        }
    )


def _page(own: Activity, role: ShiftRole | None, values: Values, errors: tuple[tuple[str, str], ...]) -> str:
    languages = form.languages_of(own)
    told = {code for code in languages if any(values.get(f"{name}_{code}") for name in _LONGEST)}
    # What one has written in once, one writes in again: nobody ticks the same box for each role.
    others = {code for each in shifts.roles(own.id) for code in each.names}
    written = told | others | {text.language for text in own.texts if text.title}
    return render_template(
        "organiser/dates_role.html",
        title=title(own),
        role=role,
        values=values,
        errors=errors,
        missing={},
        text_languages=languages,
        language_names={code: NAMES.get(code, code) for code in languages},
        spoken_names={code: wording.spoken_name(code) for code in languages},
        written=[code for code in languages if code in written],
        remove_url=url_for(".remove_role", activity=own.public_id, role=role.public_id) if role else "",
        back_url=url_for(".dates", activity=own.public_id) + "#roles",
    )
