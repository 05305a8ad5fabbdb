"""An activity's own page, with the sign-up form on it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from urllib.parse import urlencode

from flask import Response, abort, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from engage import registrations
from engage.activities import facts as activity_facts
from engage.activities import ics, shifts
from engage.activities import remembered as dates
from engage.activities.facts import OccurrenceFacts, OtherDate
from engage.activities.models import Kind, SignUpMode
from engage.activities.shifts import Need
from engage.base import i18n, links, wording
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import transaction
from engage.base.errors import Refusal
from engage.base.i18n import gettext as _
from engage.base.i18n import in_language, ngettext
from engage.goals.reference import reference
from engage.registrations import Application
from engage.web import cards, remembered
from engage.web.public import blueprint
from engage.web.public.listing import audience_name
from engage.web.public.structured import structured_data
from engage.web.remembered import Rendered
from engage.web.views import ActivityView, DateView, RoleView
from engage.web.who import client_key

_MOST_SEATS_CHOICE = 10


@blueprint.get(links.ACTIVITY)
def activity(activity: str, slug: str) -> AnyResponse:
    """An address without a date leads to the next one."""
    occurrence = activity_facts.next_date(activity, utc_now())
    if occurrence is None:
        abort(404)
    return redirect(url_for(".occurrence", activity=activity, slug=slug, occurrence=occurrence))


@blueprint.get(links.OCCURRENCE)
def occurrence(activity: str, slug: str, occurrence: str) -> Response:
    """One date of an activity."""
    facts, revision = _found(occurrence)
    return remembered.page(lambda: _rendered(facts, revision), (revision, ((facts.occurrence_id, facts.seats),)))


def _rendered(facts: OccurrenceFacts, revision: int) -> Rendered:
    now = utc_now()
    others = dates.others(facts, revision, now)
    ends = (facts.starts_at, facts.ends_at, *(ends_at for _name, _starts_at, ends_at, _cancelled in others))
    until = min([wording.midnight(now, facts.zone), *(instant for instant in ends if instant > now)])
    html = _page(facts, others, now, {"csrf_token": remembered.token})
    return Rendered(html, revision, [facts], until)


@blueprint.post(links.OCCURRENCE + "/tilmeld")
def sign_up(activity: str, slug: str, occurrence: str) -> AnyResponse | tuple[str, int]:
    """Send in the form. The answer is the same whoever signs up, so that nobody learns who comes."""
    now, (facts, revision) = utc_now(), _found(occurrence)
    seats = request.form.get("seats", "1")
    application = Application(
        name=request.form.get("name", ""),
        email=request.form.get("email", ""),
        seats=int(seats) if seats.isdecimal() and len(seats) < 5 else 0,
        language=i18n.current_language(),
        channel="web",
        client=client_key(),
        notice_version=current_settings().city.notice_version,
    )
    errors = registrations.problems(application)
    too_few = _too_few(facts, application.seats) and "waits" not in request.form
    if too_few:
        errors.append(("seats", registrations.TooFewLeft()))
    if not errors:
        try:
            with transaction():
                outcome = registrations.sign_up(facts.occurrence_id, application, now=now)
        except Refusal as refusal:
            errors = [("", refusal)]
    if errors:
        said = tuple((field, str(error)) for field, error in errors)
        others = dates.others(facts, revision, now)
        asked = too_few or "waits" in request.form
        return _page(facts, others, now, {}, dict(request.form), said, asks_to_wait=asked), 422
    session["received"] = [application.email.strip(), outcome.waiting, outcome.held, facts.occurrence]
    return redirect(url_for(".received"), 303)


def _too_few(facts: OccurrenceFacts, seats: int) -> bool:
    """Whether somebody who expects places would find themselves in the waiting list."""
    code, left = registrations.places(facts.seats)
    return code != registrations.Places.WAITING_LIST and left is not None and left < seats


@blueprint.get("/tilmelding/modtaget")
def received() -> str | AnyResponse:
    """What to do now: look in the mail."""
    if len(session.get("received", ())) != 4:
        return redirect(url_for(".activities"))
    email, waiting, held, occurrence = session["received"]
    facts, _revision = _found(occurrence)
    return render_template(
        "public/received.html",
        email=email,
        waiting=waiting,
        held=held,
        title=facts.title,
        language_of_title=facts.language,
        when=wording.when(facts.starts_at, facts.ends_at, facts.zone, utc_now()),
        minutes=int(current_settings().confirm_within.total_seconds() // 60),
        back_url=cards.occurrence_url(facts),
        mailbox_url=url_for("development.mails") if current_settings().development else "",
    )


@blueprint.get(links.OCCURRENCE + "/kalender.ics")
def calendar_file(activity: str, slug: str, occurrence: str) -> Response:
    """The date as a file for a calendar."""
    facts, _revision = _found(occurrence)
    entry = ics.entry(
        facts,
        method=ics.Method.PUBLISH,
        host=current_settings().host,
        url=current_settings().links.occurrence(facts.activity, facts.slug, facts.occurrence),
        note="",
        sequence=0,
        now=facts.updated_at,
    )
    headers = {"Content-Disposition": f'attachment; filename="{facts.slug}.ics"'}
    return Response(entry, content_type=ics.MIME_TYPE, headers=headers)


def _found(occurrence: str) -> tuple[OccurrenceFacts, int]:
    """The date with this public id, and the revision it is read at."""
    found = dates.now_at(occurrence, i18n.current_language())
    if found is None or not found[0].published:
        abort(404)
    return found


def _page(
    facts: OccurrenceFacts,
    others: list[OtherDate],
    now: datetime,
    functions: dict[str, Callable[[], str]],
    values: Mapping[str, str] = MappingProxyType({}),
    errors: tuple[tuple[str, str], ...] = (),
    asks_to_wait: bool = False,
) -> str:
    shown = view(facts, others, now)
    code, left = registrations.places(facts.seats)
    waiting = code == registrations.Places.WAITING_LIST
    most = min(_MOST_SEATS_CHOICE, current_settings().largest_group)
    return render_template(
        "public/activity.html",
        **functions,
        activity=shown,
        errors=errors,
        values={"seats": "1", **values},
        waiting=waiting,
        asks_to_wait=asks_to_wait,
        seat_choices=list(range(1, most + 1)),
        button_words=_button_words(waiting, values.get("seats", "1")),
        notice=_(
            "We use your name and e-mail for this sign-up only, and delete them %(days)s days after the activity.",
            days=current_settings().city.keep_sign_ups.days,
        ),
        privacy_url=links.PRIVACY,
        places_left=left,
    )


def _button_words(waiting: bool, seats: str) -> str:
    """What pressing the button does; the script on the page keeps it true when another number is chosen."""
    number = int(seats) if seats.isdecimal() and len(seats) < 5 else 1
    if number < 2:
        return _("Join the waiting list") if waiting else _("Sign up")
    if waiting:
        return ngettext(
            "Put %(number)s person on the waiting list", "Put %(number)s people on the waiting list", number
        )
    return ngettext("Sign up %(number)s person", "Sign up %(number)s people", number)


def view(facts: OccurrenceFacts, others: list[OtherDate], now: datetime) -> ActivityView:
    """All that the page of a date shows."""
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
        features=tuple(goals.features[name] for name in facts.key_features if name in goals.features),
        dates=_other_dates(facts, others, now),
        sign_up_url=url_for("public.sign_up", activity=facts.activity, slug=facts.slug, occurrence=facts.occurrence),
        takes_sign_ups=not (open_to_all or facts.called_off or facts.starts_at <= now),
        drop_in=open_to_all,
        over=facts.ends_at <= now,
        calendar_url=url_for(
            "public.calendar_file", activity=facts.activity, slug=facts.slug, occurrence=facts.occurrence
        ),
        picture=cards.picture(facts),
        structured_data=structured_data(facts, current_settings()),
        roles=tuple(map(_role, shifts.needs(facts.occurrence_id))) if facts.kind == Kind.VOLUNTEER else (),
    )


def _role(need: Need) -> RoleView:
    role = need.role
    name, language = i18n.in_language(role.names), i18n.current_language()
    begins, ends = role.begins, role.ends
    return RoleView(
        name=name,
        language=language if role.names.get(language) else next(iter(role.names)),
        text=i18n.in_language(role.texts),
        needed=_("As many as come")
        if need.capacity is None
        else ngettext("%(number)s person", "%(number)s people", need.capacity),
        hours=wording.clock_range(begins, ends) if begins and ends else "",
        vetting=i18n.in_language(role.vetting),
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
