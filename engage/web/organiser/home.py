"""The organiser's first page: what needs them, what is coming, and what is being written; and the list of everything."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import render_template, request, url_for

from engage.accounts import Organisation, Rights, User, access
from engage.activities import facts as activity_facts
from engage.activities import overview
from engage.activities.facts import OccurrenceFacts
from engage.activities.models import ActivityState, SignUpMode
from engage.activities.overview import PER_PAGE, Crowded, Line
from engage.base import i18n, wording
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.i18n import gettext as _
from engage.base.i18n import ngettext
from engage.proposals import desk as proposals_desk
from engage.registrations import guests
from engage.registrations.guests import Asking
from engage.web import cards
from engage.web.organiser import blueprint, doors
from engage.web.views import Leaf
from engage.web.who import current_account

# From when on the way to check-in is shown beside a date.
CHECK_IN_SHOWN = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class LineView:
    """An activity in a list: how far it is, in words, and what may be done with it."""

    url: str
    title: str
    language: str
    state: str
    urgent: bool
    note: str
    words: str  # the reviewer's
    delete_url: str
    copy_url: str


@dataclass(frozen=True, slots=True)
class ElsewhereView:
    """Another organisation of the same account, and what waits there, in words."""

    url: str
    name: str
    words: list[str]


@dataclass(frozen=True, slots=True)
class DateView:
    """A coming date and how many come."""

    url: str
    edit_url: str
    leaf: Leaf
    title: str
    language: str
    when: str
    where: str
    taken: str
    waiting: str
    guests_url: str = ""
    check_in_url: str = ""


@blueprint.get("/")
def home() -> str:
    """What needs this organisation, and what is coming."""
    organisation, now = doors.own_organisation(), utc_now()
    account = current_account()
    found = overview.overview(organisation.id, i18n.current_language(), now)
    may_edit = access.may_edit(account, organisation.id)
    may_see = access.may_see_sign_ups(account, organisation.id)
    coming = activity_facts.occurrences(found.coming, i18n.current_language())
    return render_template(
        "organiser/home.html",
        organisation=organisation,
        organisations=doors.own_organisations(account),
        may_edit=may_edit,
        proposals=proposals_desk.waiting(account) if may_edit else None,
        sent_back=[_line(line, now) for line in found.sent_back],
        drafts=[_line(line, now) for line in found.drafts],
        in_review=[_line(line, now) for line in found.in_review],
        asks=[_asks(each, now) for each in guests.asking_for_approval(organisation.id, now)] if may_see else [],
        may_see=may_see,
        crowded=[_crowded(each, now) for each in found.crowded],
        elsewhere=_elsewhere(account, organisation, now),
        coming=[_date(facts, now) for facts in coming],
        has_any=found.has_any,
    )


@blueprint.get("/aktiviteter")
def activities() -> str:
    """Everything this organisation has, the last changed first."""
    organisation, now = doors.own_organisation(), utc_now()
    words = " ".join(request.args.get("q", "").split())[:100]
    asked = request.args.get("page", "")
    page = max(1, int(asked)) if asked.isdecimal() and len(asked) < 5 else 1
    lines, count = overview.everything(organisation.id, i18n.current_language(), now, words, page)
    return render_template(
        "organiser/activities.html",
        organisation=organisation,
        organisations=doors.own_organisations(current_account()),
        may_edit=access.may_edit(current_account(), organisation.id),
        lines=[_line(line, now) for line in lines],
        total=ngettext("%(number)s activity", "%(number)s activities", count),
        q=words,
        newer_url=url_for(".activities", q=words or None, page=page - 1) if page > 1 else "",
        older_url=url_for(".activities", q=words or None, page=page + 1) if page * PER_PAGE < count else "",
    )


def _line(line: Line, now: datetime) -> LineView:
    never_seen = line.state == ActivityState.DRAFT and line.published_at is None
    return LineView(
        url=url_for(".activity", activity=line.activity),
        title=line.title or _("Without a title"),
        language=line.language or i18n.current_language(),
        state=_state(line),
        urgent=line.sent_back or line.state == ActivityState.CALLED_OFF,
        note=_note(line, now),
        words=line.review_words if line.sent_back else "",
        delete_url=url_for(".delete_page", activity=line.activity) if never_seen else "",
        copy_url=url_for(".copy", activity=line.activity),
    )


def _state(line: Line) -> str:
    if line.sent_back:
        return _("Sent back")
    if line.held:
        return _("Held")
    if line.changed:
        return _("Published, changed since")
    names = {
        ActivityState.DRAFT: _("Draft"),
        ActivityState.IN_REVIEW: _("In review"),
        ActivityState.PUBLISHED: _("Published"),
        ActivityState.CALLED_OFF: _("Called off"),
    }
    return names[line.state]


def _note(line: Line, now: datetime) -> str:
    """The one thing worth knowing next: what is missing, since when it waits, or when it is held."""
    if line.state == ActivityState.DRAFT and line.missing:
        return ngettext("%(number)s thing missing", "%(number)s things missing", line.missing)
    if line.state == ActivityState.DRAFT and not line.sent_back and line.begins_at and line.coming:
        return _("Ready to be handed in")
    if line.submitted_at and line.state == ActivityState.IN_REVIEW:
        return _("since %(day)s", day=_day(line.submitted_at, now))
    if line.begins_at is None:
        return _("No date yet")
    more = line.coming - 1
    day = _day(line.begins_at, now)
    if more < 1:
        return day
    return day + " " + ngettext("and %(number)s more date", "and %(number)s more dates", more)


def _day(instant: datetime, now: datetime) -> str:
    zone = current_settings().city.zone
    local = instant.astimezone(zone).date()
    return wording.long_date(local, year=local.year != now.astimezone(zone).year)


def _elsewhere(account: User, here: Organisation, now: datetime) -> list[ElsewhereView]:
    """What waits for this account in the other organisations that it writes for."""
    others = [each for each in access.organisations_of(account, Rights.EDITOR) if each.id != here.id]
    if not others:
        return []
    ids = [each.id for each in others]
    asked, returned = guests.ask_of_each(ids, now), overview.sent_back(ids)
    views = []
    for each in others:
        parts = []
        if number := asked.get(each.id, 0):
            parts.append(ngettext("%(number)s asks for your answer", "%(number)s ask for your answer", number))
        if number := returned.get(each.id, 0):
            parts.append(ngettext("%(number)s activity was sent back", "%(number)s activities were sent back", number))
        if parts:
            views.append(ElsewhereView(url_for(".home", organisation=each.public_id), each.name, parts))
    return views


def _asks(each: Asking, now: datetime) -> DateView:
    (facts,) = activity_facts.occurrences([each.occurrence_id], i18n.current_language())
    address = url_for(".guests_page", activity=facts.activity, occurrence=facts.occurrence) + "#asks"
    words = ngettext("%(number)s asks for your answer", "%(number)s ask for your answer", each.sign_ups)
    leaf = cards.leaf(facts.starts_at.astimezone(facts.zone))
    return DateView(address, address, leaf, facts.title, facts.language, _day(facts.starts_at, now), "", "", words)


def _crowded(each: Crowded, now: datetime) -> DateView:
    start = each.starts_at.astimezone(each.zone)
    address = url_for(".line_page", activity=each.activity, occurrence=each.occurrence)
    waiting = ngettext("%(number)s place is waited for", "%(number)s places are waited for", each.waiting)
    if each.to_give:
        choose = ngettext(
            "%(number)s is free: choose who gets it", "%(number)s are free: choose who gets them", each.to_give
        )
        waiting = f"{waiting}. {choose}"
    return DateView(address, address, cards.leaf(start), each.title, each.language, _day(start, now), "", "", waiting)


def _date(facts: OccurrenceFacts, now: datetime) -> DateView:
    seats = facts.seats
    if facts.sign_up == SignUpMode.DROP_IN:
        taken = _("No sign-up, just come")
    elif seats.capacity is None:
        taken = ngettext("%(number)s place taken", "%(number)s places taken", seats.occupied)
    else:
        taken = _("%(taken)s of %(capacity)s places taken", taken=seats.occupied, capacity=seats.capacity)
    waiting = ngettext("%(number)s waits", "%(number)s wait", seats.waiting) if seats.waiting else ""
    return DateView(
        url=cards.occurrence_url(facts),
        guests_url=""
        if facts.sign_up == SignUpMode.DROP_IN
        else url_for(".guests_page", activity=facts.activity, occurrence=facts.occurrence),
        edit_url=url_for(".activity", activity=facts.activity),
        leaf=cards.leaf(facts.starts_at.astimezone(facts.zone)),
        title=facts.title,
        language=facts.language,
        when=wording.when(facts.starts_at, facts.ends_at, facts.zone, now),
        where=cards.where(facts),
        taken=taken,
        waiting=waiting,
        check_in_url=url_for(".door_page", activity=facts.activity, occurrence=facts.occurrence)
        if facts.starts_at - now < CHECK_IN_SHOWN
        else "",
    )
