"""All that the page of a date shows, worded: what it is, when and where, on what terms, and who is needed."""

from datetime import datetime
from urllib.parse import urlencode

from flask import url_for

from engage.activities import shifts
from engage.activities.choices import audience_name
from engage.activities.facts import OccurrenceFacts, OtherDate
from engage.activities.models import Kind, SignUpMode
from engage.activities.shifts import Need
from engage.base import i18n, links, wording
from engage.base.config import current_settings
from engage.base.i18n import gettext as _
from engage.base.i18n import in_language, ngettext
from engage.goals.reference import reference
from engage.registrations.conditions import Conditions, Way
from engage.registrations.pools import Room
from engage.web import cards, party
from engage.web.public import form_view, terms_view
from engage.web.public.form import Asked
from engage.web.public.structured import structured_data
from engage.web.views import ActivityView, ClosedView, DateView, RoleView


def view(facts: OccurrenceFacts, others: list[OtherDate], now: datetime, form: Asked | None = None) -> ActivityView:
    """All that the page of a date shows; without its `form`, as in a preview, nothing of how one signs up."""
    goals = reference()
    start = facts.starts_at.astimezone(facts.zone)
    open_to_all = facts.sign_up == SignUpMode.DROP_IN
    return ActivityView(
        card=cards.card(facts),
        paragraphs=tuple(part.strip() for part in facts.body.split("\n\n") if part.strip()),
        when=wording.when(facts.starts_at, facts.ends_at, facts.zone, now),
        week=_("week %(number)s", number=wording.week_number(start)),
        starts_iso=start.isoformat(),
        ends_iso=facts.ends_at.astimezone(facts.zone).isoformat(),
        place=facts.place,
        address=facts.address,
        map_url=_map(facts),
        online_url=facts.online_url if facts.online_url.startswith(("https://", "http://")) else "",
        accessibility=_accessibility(facts),
        audiences=tuple(audience_name(code) for code in facts.audiences),
        for_whom=tuple(for_whom_name(code) for code in facts.for_whom),
        spoken_languages=tuple(wording.spoken_name(code) for code in facts.spoken_languages),
        price=_price(facts),
        initiative=facts.initiative_name,
        organisation=facts.organisation,
        organisation_url=url_for(
            "public.organisation", organisation=facts.organisation_id, slug=wording.slug(facts.organisation)
        ),
        contact_email=facts.contact_email,
        contact_phone=facts.contact_phone,
        ask_url=f"{links.CONTACT}?aktivitet={facts.activity}#ask",
        features=tuple(goals.features[name] for name in facts.key_features if name in goals.features),
        dates=_other_dates(facts, others, now),
        sign_up_url=url_for("public.sign_up", activity=facts.activity, slug=facts.slug, occurrence=facts.occurrence),
        takes_sign_ups=not (open_to_all or facts.called_off or facts.starts_at <= now)
        if form is None
        else form.conditions.way(now) in {Way.SEATS, Way.LINE} and not facts.called_off,
        drop_in=open_to_all,
        over=facts.ends_at <= now,
        calendar_url=url_for(
            "public.calendar_file", activity=facts.activity, slug=facts.slug, occurrence=facts.occurrence
        ),
        picture=cards.picture(facts),
        structured_data=structured_data(facts, current_settings()),
        roles=_roles(facts, form, now),
        ages=party.age_words(form.conditions.room) if form else "",
        terms=terms_view.lines(form.conditions, form.dates, now) if form else (),
        closed=_closed(form.conditions, bool(others), now) if form else None,
        course=_course(form, now) if form else (),
    )


def _closed(conditions: Conditions, has_others: bool, now: datetime) -> ClosedView | None:
    """Why nobody can sign up for a date that is still to come; None where somebody can, or need not."""
    room, way = conditions.room, conditions.way(now)
    if way == Way.NOT_YET and room.opens_at is not None:
        when = wording.deadline(room.opens_at, room.local)
        return ClosedView(_("Sign-up is not open yet"), _("Sign-up opens %(when)s.", when=when))
    if way == Way.FULL:
        words = _("The waiting list is full too.") if room.waiting_list else _("There is no waiting list.")
        others = " " + _("See whether another date suits you.") if has_others else ""
        return ClosedView(_("All places are taken"), words + others)
    if way == Way.CLOSED:
        over = room.closes_at <= now < room.joins_until
        words = _("Sign-up closed %(when)s.", when=wording.deadline(room.closes_at, room.local)) + " " if over else ""
        return ClosedView(
            _("Sign-up is closed"), words + _("Write or call the organiser if you would still like to come.")
        )
    return None


def _course(form: Asked, now: datetime) -> tuple[str, ...]:
    """The dates of a course that are still to come."""
    if form.facts.sign_up != SignUpMode.WHOLE_COURSE:
        return ()
    return tuple(
        wording.when(each.starts_at, each.ends_at, each.zone, now) for each in form.dates if not each.cancelled
    )


def _roles(facts: OccurrenceFacts, form: Asked | None, now: datetime) -> tuple[RoleView, ...]:
    """What volunteers do there; what lacks most hands first, where that is known."""
    if facts.kind != Kind.VOLUNTEER:
        return ()
    if form is None:
        return tuple(_role(need, None, now) for need in shifts.needs(facts.occurrence_id))
    rooms = {room.role: room for room in form.conditions.roles}
    needs = sorted(form.needs, key=lambda need: -(_left(rooms.get(need.role.public_id)) or 0))
    return tuple(_role(need, rooms.get(need.role.public_id), now) for need in needs)


def _left(room: Room | None) -> int | None:
    return room.left if room is not None else None


def _role(need: Need, room: Room | None, now: datetime) -> RoleView:
    role, begins, ends = need.role, need.role.begins, need.role.ends
    wanted = "" if need.capacity is None else ngettext("%(number)s person", "%(number)s people", need.capacity)
    open_now = room is not None and room.is_open(now)
    return RoleView(
        name=in_language(role.names),
        language=form_view.language_of(role.names),
        text=in_language(role.texts),
        needed=wanted or _("As many as come"),
        missing=form_view.need_words(room, now) if room is not None and open_now and wanted else "",
        hours=wording.clock_range(begins, ends) if begins and ends else "",
        vetting=in_language(role.vetting),
    )


def _map(facts: OccurrenceFacts) -> str:
    """A link to a map (followed only when pressed: no map is loaded into the page)."""
    if facts.latitude is None or facts.longitude is None:
        return ""
    point = urlencode({"mlat": facts.latitude, "mlon": facts.longitude})
    return f"https://www.openstreetmap.org/?{point}#map=17/{facts.latitude}/{facts.longitude}"


def _accessibility(facts: OccurrenceFacts) -> tuple[tuple[str, str], ...]:
    """The activity's own notes, then those of the place, each with the language it is in."""
    wanted, notes = i18n.current_language(), []
    for texts in (facts.accessibility, facts.place_accessibility):
        if words := in_language(dict(texts)):
            language = next(code for code in (wanted, *texts) if texts.get(code) == words)
            notes.append((words, language))
    return tuple(notes)


def for_whom_name(code: str) -> str:
    """Whether it is for citizens, companies or institutions, in a word."""
    names = {"citizen": _("Citizens"), "company": _("Companies"), "institution": _("Institutions")}
    return names.get(code, code)


def _price(facts: OccurrenceFacts) -> str:
    price, note = wording.price(facts.price), in_language(dict(facts.price_notes)) if facts.price_notes else ""
    return note if price in note else f"{price} {note}".strip()


def _other_dates(facts: OccurrenceFacts, others: list[OtherDate], now: datetime) -> tuple[DateView, ...]:
    return tuple(
        DateView(
            url=url_for("public.occurrence", activity=facts.activity, slug=facts.slug, occurrence=public_id),
            when=wording.when(starts_at, ends_at, facts.zone, now),
            called_off=cancelled,
        )
        for public_id, starts_at, ends_at, cancelled in others
    )
