"""The page of feeds: addresses that are read by themselves, what came of it, and how to pause one."""

from dataclasses import dataclass
from datetime import datetime

from flask import abort, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from engage.accounts import access, audit
from engage.activities.importing import feeds as rules
from engage.activities.importing import runs
from engage.activities.importing import wording as import_words
from engage.activities.importing.models import FeedState, ImportSource
from engage.base import wording
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import db, transaction
from engage.base.errors import Refusal
from engage.base.i18n import gettext as _
from engage.web.organiser import blueprint, doors
from engage.web.who import current_account


@dataclass(frozen=True, slots=True)
class FeedView:
    """A feed in a list."""

    public_id: str
    name: str
    url: str
    every: str
    state: str
    paused: bool
    problem: str
    run_url: str  # a reading that waits for a person


@blueprint.get("/import/adresser")
def feeds() -> str:
    """All feeds of this organisation, and the form for another."""
    return _page()


def _page(errors: tuple[tuple[str, str], ...] = ()) -> str:
    organisation = doors.editable_organisation()
    zone = current_settings().city.zone
    return render_template(
        "organiser/imports_feeds.html",
        organisation=organisation,
        organisations=doors.own_organisations(current_account()),
        feeds=[_view(source, utc_now()) for source in rules.of_organisation(organisation.id)],
        errors=errors,
        values={"name": request.form.get("name", ""), "url": request.form.get("url", "")},
        choices=[(hours, rules.every(hours)) for hours in rules.EVERY_HOURS],
        chosen=request.form.get("every", "24"),
        zone=zone.key,
    )


@blueprint.post("/import/adresser")
def feed_add() -> Response | tuple[str, int]:
    """Begin to read an address."""
    organisation, now = doors.editable_organisation(), utc_now()
    name, url = request.form.get("name", "").strip(), request.form.get("url", "")
    hours = request.form.get("every", "")
    errors = [("name", _("Give the calendar a name you will know it by."))] if not name else []
    try:
        if not errors:
            with transaction():
                account = current_account()
                source = runs.source_named(organisation.id, name, by_id=account.id, now=now)
                rules.start(source, url, int(hours) if hours.isdecimal() and len(hours) < 4 else 24, now=now)
                facts = {"organisation": organisation.id, "name": source.name, "url": source.url}
                audit.record(account, "feed.started", f"feed:{source.public_id}", facts, now)
            return redirect(url_for(".feeds"), 303)
    except Refusal as refusal:
        errors.append(("url", str(refusal)))
    return _page(tuple(errors)), 422


@blueprint.post("/import/adresser/<source>/<what>")
def feed_change(source: str, what: str) -> Response:
    """Pause a feed, let it go on (which reads it at once), or stop it."""
    now = utc_now()
    with transaction():
        own = _own(source)
        if what == "laes":
            rules.resume(own, now=now)
        elif what == "pause":
            rules.pause(own)
            _record(own, "feed.paused", now)
        elif what == "stop":
            rules.stop(own)
            _record(own, "feed.stopped", now)
        else:
            abort(404)
    return redirect(url_for(".feeds"), 303)


def _record(source: ImportSource, action: str, now: datetime) -> None:
    facts = {"organisation": source.organisation_id, "name": source.name}
    audit.record(current_account(), action, f"feed:{source.public_id}", facts, now)


def _own(name: str) -> ImportSource:
    found = db.session.scalar(select(ImportSource).where(ImportSource.public_id == name))
    if found is None or found.feed == FeedState.NONE or not access.may_edit(current_account(), found.organisation_id):
        abort(404)
    return found


def _view(source: ImportSource, now: datetime) -> FeedView:
    waiting = rules.waiting_run(source)
    return FeedView(
        public_id=source.public_id,
        name=source.name,
        url=source.url,
        every=rules.every(source.every_hours),
        state=_state(source, now),
        paused=source.feed == FeedState.PAUSED,
        problem=import_words.reason(source.problem) if source.problem else "",
        run_url=url_for(".import_run", run=waiting.public_id) if waiting else "",
    )


def _state(source: ImportSource, now: datetime) -> str:
    zone = current_settings().city.zone
    if source.feed == FeedState.PAUSED:
        return _("Paused")
    if source.checked_at is None:
        return _("Will be read within a minute")
    read = _("Read %(when)s", when=wording.deadline(source.checked_at, zone))
    if source.next_at is None or source.next_at <= now:
        return _("%(read)s, and soon again", read=read)
    return _("%(read)s, next %(next)s", read=read, next=wording.deadline(source.next_at, zone))
