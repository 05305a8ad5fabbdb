"""Reviews: the queue, the page on which an activity is looked at, and the two answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from engage.activities import publishing, reviewing, typed
from engage.activities.models import Activity, ActivityState
from engage.activities.reviewing import Decision, Outcome
from engage.base import i18n, wording
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import db, transaction
from engage.base.i18n import gettext as _
from engage.web.organiser.preview import previews
from engage.web.staff import blueprint, said
from engage.web.who import current_account

Answer = str | Response | tuple[str, int]
_LONGEST_WORDS = 2000


@dataclass(frozen=True, slots=True)
class WaitingView:
    """An activity in the queue."""

    url: str
    title: str
    language: str
    organisation: str
    since: str
    first_date: str
    urgent: bool  # its next date is within a week


def lines(waiting: Sequence[Activity], now: datetime) -> list[WaitingView]:
    """The queue in words."""
    return [_line(activity, now) for activity in waiting]


@blueprint.get("/gennemsyn")
def reviews() -> str:
    """All that wait, the one that has waited longest first."""
    return render_template("staff/reviews.html", waiting=lines(reviewing.waiting(), utc_now()))


@blueprint.get("/gennemsyn/<activity>")
def review(activity: str) -> str:
    """One activity as citizens will see it, with the checklist beside it; or what was decided, if it was."""
    found = _found(activity)
    return _page(found) if found.state == ActivityState.IN_REVIEW else _decided(found)


@blueprint.post("/gennemsyn/<activity>/godkend")
def approve(activity: str) -> Answer:
    """Publish it."""
    found = _found(activity)
    try:
        with transaction():
            reviewing.approve(found, by=current_account(), now=utc_now(), read=request.form.get("read"))
    except publishing.NotAsRead as refusal:
        return _page(found, [("", str(refusal))]), 409
    except publishing.NotInReview:
        return _decided(found), 409
    except publishing.NotReady as refusal:
        return _page(found, [("", str(refusal)), *(("", problem.words) for problem in refusal.problems)]), 409
    flash(_("Published. The organiser gets an e-mail."), "success")
    return redirect(url_for(".reviews"), 303)


@blueprint.post("/gennemsyn/<activity>/send-tilbage")
def send_back(activity: str) -> Answer:
    """Give it back with words."""
    found, words = _found(activity), typed.paragraphs(request.form.get("words", ""))[:_LONGEST_WORDS]
    try:
        with transaction():
            reviewing.send_back(found, words, by=current_account(), now=utc_now())
    except publishing.NotInReview:
        return _decided(found, unsent=words), 409
    except publishing.NoReason as refusal:
        return _page(found, [("words", str(refusal))]), 422
    flash(_("Sent back. The organiser gets your words by e-mail."), "success")
    return redirect(url_for(".reviews"), 303)


def _found(public_id: str) -> Activity:
    found = db.session.scalar(select(Activity).where(Activity.public_id == public_id))
    if found is None:
        abort(404)
    return found


def _page(activity: Activity, errors: Sequence[tuple[str, str]] = ()) -> str:
    now = utc_now()
    language, title = _title(activity)
    return render_template(
        "staff/review.html",
        activity=activity,
        read=publishing.as_read(activity),
        title=title,
        language_of_title=language,
        since=said.day(activity.submitted_at or activity.updated_at),
        checks=reviewing.checklist(activity, now),
        previews=previews(activity, now),
        edit_url=url_for("organiser.activity", activity=activity.public_id),
        organisation_url=url_for(".organisation", organisation=activity.organisation.public_id),
        log_url=url_for(".log", about=f"activity:{activity.public_id}"),
        errors=errors,
        words=request.form.get("words", ""),
        longest_words=_LONGEST_WORDS,
    )


def _decided(activity: Activity, unsent: str = "") -> str:
    """For who comes when it is over: how it ended, by whom and when, and the way on. `unsent` is what they had written."""
    language, title = _title(activity)
    ended, public = reviewing.decision(activity), activity.state == ActivityState.PUBLISHED
    return render_template(
        "staff/decided.html",
        title=title,
        language_of_title=language,
        organisation=activity.organisation.name,
        said=_ended(activity, ended),
        words=ended.words if ended is not None and ended.outcome == Outcome.SENT_BACK else "",
        unsent=unsent,
        next_url=next((each.url for each in lines(reviewing.waiting(), utc_now())), ""),
        page_url=url_for("public.activity", activity=activity.public_id, slug=activity.slug) if public else "",
        edit_url=url_for("organiser.activity", activity=activity.public_id),
        log_url=url_for(".log", about=f"activity:{activity.public_id}"),
    )


def _ended(activity: Activity, ended: Decision | None) -> str:
    if ended is None:
        draft = activity.state == ActivityState.DRAFT
        return _("It has not been handed in.") if draft else _("It does not wait for a review.")
    name = ended.by.name if ended.by is not None else ended.by_name or _("An account that is erased")
    role = said.role_name(ended.by) if ended.by is not None else ""
    facts = {"who": f"{name} ({role})" if role else name, "time": said.moment(ended.at)}
    if ended.unreviewed:
        return _("%(who)s published it on %(time)s. What this organisation writes needs no review.", **facts)
    return {
        Outcome.PUBLISHED: _("%(who)s approved it on %(time)s. Everybody can see it.", **facts),
        Outcome.SENT_BACK: _("%(who)s sent it back on %(time)s. The organiser is working on it.", **facts),
        Outcome.WITHDRAWN: _("%(who)s took it back on %(time)s to go on writing.", **facts),
    }[ended.outcome]


def _line(activity: Activity, now: datetime) -> WaitingView:
    language, title = _title(activity)
    zone = current_settings().city.zone
    first = reviewing.next_date(activity, now)
    return WaitingView(
        url=url_for("staff.review", activity=activity.public_id),
        title=title,
        language=language,
        organisation=activity.organisation.name,
        since=said.day(activity.submitted_at or activity.updated_at),
        first_date=wording.when(first.starts_at, first.ends_at, zone, now) if first else "",
        urgent=first is not None and (first.starts_at - now).days < 7,
    )


def _title(activity: Activity) -> tuple[str, str]:
    """(language, title) in the language of the page, or one there is."""
    titles = {text.language: text.title for text in activity.texts if text.title}
    language = i18n.current_language() if i18n.current_language() in titles else next(iter(sorted(titles)), "")
    return language or i18n.current_language(), titles.get(language) or _("Without a title")
