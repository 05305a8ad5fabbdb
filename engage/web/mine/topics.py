"""What one follows: all of it, choosing more, the day and the hour, and what the next letter would say."""

from dataclasses import dataclass
from datetime import date, datetime

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engage import following
from engage.activities.choices import name_of
from engage.activities.facts import OccurrenceFacts
from engage.activities.models import Audience
from engage.base import i18n, links, wording
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import db, transaction
from engage.base.i18n import gettext as _
from engage.following import digests, slots
from engage.goals.reference import reference
from engage.people import Person, wishes
from engage.web import cards
from engage.web.mine import blueprint
from engage.web.who import current_visit

_HERE = links.TOPICS
# Letters come at hours at which people are up; who wants another time has quiet hours.
_HOURS = range(6, 23)
_A_MONDAY = date(2026, 3, 2)


@dataclass(frozen=True, slots=True)
class _Topic:
    id: str
    name: str
    url: str


@dataclass(frozen=True, slots=True)
class _Line:
    """A date in the next letter."""

    url: str
    title: str
    language: str
    words: str


@dataclass(frozen=True, slots=True)
class _Choices:
    """A facet of which each choice can be followed by itself: (value, words, chosen)."""

    facet: str
    title: str
    values: tuple[tuple[str, str, bool], ...]


@blueprint.get(_HERE)
def topics() -> str:
    """What one follows, and what the next letter says."""
    person_id, now = current_visit().address.person_id, utc_now()
    own = following.followed(person_id)
    wished, zone = wishes.of(person_id), current_settings().city.zone
    person = db.session.get_one(Person, person_id)
    due = max(person.digest_due_at or now, slots.next_slot(wished.digest, after=now, zone=zone))
    digest = digests.compose(person_id, now=now)
    return render_template(
        "mine/topics.html",
        topics=[_Topic(each.public_id, following.name(each.criteria), _listing(each.criteria)) for each in own],
        choices=_choices([each.criteria for each in own]),
        days=[(str(day), _weekday(day), day == wished.digest[0]) for day in range(7)],
        hours=[(str(hour), _clock(hour), hour == wished.digest[1].hour) for hour in _HOURS],
        due=wording.deadline(due, zone),
        parts=_parts(digest, now),
        nothing_new=not digest.new,
        more=digest.more,
        paused=wording.dated(wished.paused_until)
        if wished.paused_until and wished.paused(now.astimezone(zone).date())
        else "",
        switched_off=person.optional_off_at is not None,
    )


@blueprint.post(_HERE)
def choose_topics() -> Response:
    """Follow each choice that is ticked, and no longer those that were and are not; searches stay as they are."""
    person_id, now = current_visit().address.person_id, utc_now()
    ticked = [(group.facet, value) for group in _choices([]) for value in request.form.getlist(group.facet)]
    wanted = [criteria for facet, value in ticked if (criteria := following.checked({facet: [value]}))]
    offered = [{group.facet: [value]} for group in _choices([]) for value, _words, _chosen in group.values]
    with transaction():
        for each in following.followed(person_id):
            if each.criteria in offered and each.criteria not in wanted:
                following.stop(person_id, each.public_id, now=now)
        known = [each.criteria for each in following.followed(person_id)]
        for criteria in (each for each in wanted if each not in known):
            following.follow(person_id, criteria, now=now)
    flash(_("Your topics are saved."), "success")
    return redirect(url_for(".topics"), 303)


@blueprint.post(_HERE + "/stop")
def stop_topic() -> Response:
    """No longer follow one of them."""
    with transaction():
        gone = following.stop(current_visit().address.person_id, request.form.get("topic", ""), now=utc_now())
    if gone is not None:
        flash(_("You no longer follow %(topic)s.", topic=following.name(gone)), "success")
    return redirect(url_for(".topics"), 303)


@blueprint.post(_HERE + "/dag")
def choose_day() -> Response:
    """The day and the hour of the letter."""
    day, hour = (request.form.get(name, "") for name in ("day", "hour"))
    if day in map(str, range(7)) and hour in map(str, _HOURS):
        with transaction():
            following.set_rhythm(current_visit().address.person_id, int(day), int(hour), now=utc_now())
        flash(_("The day is saved."), "success")
    return redirect(url_for(".topics"), 303)


def _choices(own: list[following.Criteria]) -> tuple[_Choices, ...]:
    goals = reference()
    offered = (
        ("dimension", _("Dimensions"), tuple(goals.dimensions)),
        ("goal", _("Global goals"), tuple(str(number) for number in goals.sdgs)),
        ("audience", _("For whom"), tuple(each.value for each in Audience)),
        ("kind", _("What"), ("learning", "volunteer")),
    )
    return tuple(
        _Choices(facet, title, tuple((value, name_of(facet, value), {facet: [value]} in own) for value in values))
        for facet, title, values in offered
    )


def _parts(digest: digests.Digest, now: datetime) -> tuple[tuple[str, tuple[_Line, ...]], ...]:
    """The parts of the next letter that have something in them."""
    parts = (
        (_("New since the last letter"), digest.new),
        (_("In the next three weeks"), digest.coming),
        (_("Waiting list"), digest.full),
    )
    return tuple((title, tuple(_line(each, now) for each in dates)) for title, dates in parts if dates)


def _line(date_: OccurrenceFacts, now: datetime) -> _Line:
    when = wording.when(date_.starts_at, date_.ends_at, date_.zone, now)
    parts = (when[:1].upper() + when[1:], cards.where(date_))
    return _Line(cards.occurrence_url(date_), date_.title, date_.language, " · ".join(part for part in parts if part))


def _listing(criteria: following.Criteria) -> str:
    query = following.query(criteria)
    return links.LISTING + (f"?{query}" if query else "")


def _weekday(day: int) -> str:
    words = wording.weekday(date.fromordinal(_A_MONDAY.toordinal() + day))
    return words[:1].upper() + words[1:]


def _clock(hour: int) -> str:
    return f"{hour:02d}.00" if i18n.current_language() == "da" else f"{hour:02d}:00"
