"""Limits against abuse that somebody met: who and when, as little as is needed to help; lifted for a while, and taken back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from engage import people
from engage.accounts import User, audit
from engage.activities import facts as activity_facts
from engage.activities.models import Occurrence
from engage.activities.typed import line
from engage.base import wording
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import db, transaction
from engage.base.errors import Refusal
from engage.base.i18n import current_language, ngettext
from engage.base.i18n import gettext as _
from engage.registrations import caps
from engage.registrations.caps import Limit, LimitMet
from engage.web.mine.views import channel_name
from engage.web.staff import blueprint, said, words
from engage.web.who import current_account

_A_PAGE, _DAYS = 50, (1, 7, 30, 90)


@dataclass(frozen=True, slots=True)
class LimitView:
    """A limit somebody met, in words. `lifted` tells until when it does not hold, or ""."""

    url: str
    limit: str
    who: str
    who_url: str
    language: str
    when: str
    times: str
    lifted: str
    reason: str
    daily: bool  # what stands for a network is another each day


@blueprint.get("/graenser")
def limits() -> str:
    """The latest first. An address is searched for in a form that is sent, so that it stands in no address bar and no log."""
    return _page()


@blueprint.post("/graenser")
def find_limits() -> str | tuple[str, int]:
    """What the owner of an address met."""
    typed = line(request.form.get("email", ""))[:254]
    try:
        email = people.normalise_email(typed)
    except Refusal as refusal:
        return _page(typed, [("email", str(refusal))]), 422
    return _page(email, found=caps.of_address(email))


@blueprint.get("/graenser/<limit>")
def limit(limit: str) -> str:
    """One of them, with the form that lifts it."""
    return _one(limit)


@blueprint.post("/graenser/<limit>/loeft")
def lift_limit(limit: str) -> Response | tuple[str, int]:
    """Let them past it for some days, which is recorded with the reason."""
    now, days, reason = utc_now(), request.form.get("days", ""), line(request.form.get("reason", ""))
    number = int(days) if days.isascii() and days.isdecimal() and len(days) < 4 else 0
    try:
        with transaction():
            found = caps.lift(limit, number, reason, by=current_account().id, now=now)
            told = {"limit": found.kind, "days": number, "reason": found.reason}
            audit.record(current_account(), "limit.lifted", f"limit:{limit}", told, now)
    except caps.NoSuchLimit:
        raise
    except Refusal as refusal:
        field = "days" if isinstance(refusal, caps.LiftNotPossible) else "reason"
        return _one(limit, [(field, str(refusal))], reason, days), 422
    flash(_("The limit is lifted."), "success")
    return redirect(url_for(".limit", limit=limit), 303)


@blueprint.post("/graenser/<limit>/tilbage")
def put_limit_back(limit: str) -> Response:
    """Let it hold again, which is recorded."""
    with transaction():
        found = caps.put_back(limit)
        audit.record(current_account(), "limit.put_back", f"limit:{limit}", {"limit": found.kind}, utc_now())
    flash(_("The limit holds again."), "success")
    return redirect(url_for(".limit", limit=limit), 303)


def _page(email: str = "", errors: said.Errors | None = None, found: Sequence[LimitMet] | None = None) -> str:
    now, number = utc_now(), said.asked_page()
    listed, count = caps.latest(_A_PAGE, number) if found is None else (found, len(found))
    return render_template(
        "staff/limits.html",
        email=email,
        errors=errors or [],
        searched=found is not None,
        total=ngettext("%(number)s limit was met", "%(number)s limits were met", count),
        limits=_views(listed, now),
        pages=said.pages(".limits", number, -(-count // _A_PAGE) or 1, ()) if found is None else None,
        days=caps.KEPT.days,
    )


def _one(name: str, errors: said.Errors | None = None, reason: str = "", days: str = "") -> str:
    now, found = utc_now(), caps.by_public_id(name)
    by = db.session.get(User, found.lifted_by_id) if found.lifted_by_id is not None else None
    return render_template(
        "staff/limit.html",
        limit=_views([found], now)[0],
        by=by.name if by is not None else "",
        lift_url=url_for(".lift_limit", limit=name),
        back_url=url_for(".put_limit_back", limit=name),
        days=[(str(each), ngettext("%(number)s day", "%(number)s days", each)) for each in _DAYS],
        chosen=days or str(_DAYS[1]),
        reason=reason,
        errors=errors or [],
    )


def _views(found: Sequence[LimitMet], now: datetime) -> list[LimitView]:
    dates = _dates([each.shown for each in found if each.kind == Limit.DATE])
    return [_view(each, dates, now) for each in found]


def _view(met: LimitMet, dates: Mapping[str, activity_facts.OccurrenceFacts], now: datetime) -> LimitView:
    kind, until, about = Limit(met.kind), met.lifted_until, dates.get(met.shown)
    return LimitView(
        url=url_for(".limit", limit=met.public_id),
        limit=str(words.LIMITS[kind]),
        who=_who(kind, met.shown, about),
        who_url=current_settings().links.occurrence(about.activity, about.slug, about.occurrence) if about else "",
        language=about.language if about else current_language(),
        when=said.moment(met.last_at),
        times=ngettext("%(number)s time", "%(number)s times", met.times),
        lifted=said.moment(until) if until is not None and until > now else "",
        reason=met.reason,
        daily=kind in {Limit.NETWORK, Limit.FORMS},
    )


def _who(kind: Limit, shown: str, about: activity_facts.OccurrenceFacts | None) -> str:
    if kind == Limit.DATE:
        return (
            f"{about.title}, {wording.when(about.starts_at, about.ends_at, about.zone)}"
            if about
            else _("a date that is gone")
        )
    if kind in {Limit.NETWORK, Limit.FORMS}:
        return _("a network")
    return shown if "@" in shown else channel_name(shown)


def _dates(names: Sequence[str]) -> dict[str, activity_facts.OccurrenceFacts]:
    ids = db.session.scalars(select(Occurrence.id).where(Occurrence.public_id.in_(names))).all()
    return {each.occurrence: each for each in activity_facts.occurrences(sorted(ids), current_language())}
