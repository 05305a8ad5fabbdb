"""Writing to all who take part, in the organiser's room: the form, how it will read, and how far the sending is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import abort, flash, redirect, render_template, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from engage.accounts import access
from engage.activities import dates
from engage.activities.models import Occurrence, OccurrenceState
from engage.activities.typed import line, paragraphs
from engage.base import wording
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import transaction
from engage.base.errors import Refusal
from engage.base.i18n import NAMES, in_language, ngettext
from engage.base.i18n import gettext as _
from engage.base.identifiers import ALPHABET, public_id
from engage.base.message import Message
from engage.registrations import Registration, State, broadcasts, guests
from engage.registrations.broadcasts import Broadcast, BroadcastState, Draft, Progress, Reach
from engage.registrations.broadcasts.audience import CHOOSABLE, audience
from engage.registrations.broadcasts.progress import unreached
from engage.registrations.broadcasts.starting import LONGEST_SUBJECT, LONGEST_TEXT, check
from engage.registrations.windows import Quiet
from engage.registrations.wording import state_name
from engage.web.mine.views import channel_name
from engage.web.organiser import blueprint, guest_list
from engage.web.organiser.date import Answer
from engage.web.organiser.guest_list import PATH, Date
from engage.web.who import current_account

_MESSAGE = PATH + "/besked"
_ONE = _MESSAGE + "/<message>"
_KEY = 10
_MOST_DATES = 60
# Lost property and thanks are written about afterwards.
_STILL = timedelta(days=14)
Values = MultiDict[str, str]


@dataclass(frozen=True, slots=True)
class Seen:
    """How it reads for those of one language, of whom one is taken as the example."""

    language: str
    readers: str
    message: Message
    reader: Registration


@blueprint.get(_MESSAGE)
def broadcast_page(activity: str, occurrence: str) -> str:
    """Where it is written."""
    date = guest_list.decided_on(activity, occurrence)
    usual = {"states": State.CONFIRMED.value, "dates": occurrence, "key": public_id(_KEY)}
    return _form(date, Values({**usual, "role": request.args.get("opgave", "")[:12]}))


@blueprint.post(_MESSAGE)
def broadcast(activity: str, occurrence: str) -> Answer:
    """Show how it will read and whom it reaches; or send it, or go back to writing."""
    date, now, values, do = (
        guest_list.decided_on(activity, occurrence), utc_now(), Values(request.form), request.form.get("do", ""),
    )  # fmt: skip
    if do == "change":
        return _form(date, values)
    draft = _read(date, values)
    try:
        if do == "send":
            return _sent(date, draft, values.get("key", ""), now)
        readers = audience(draft)
        check(draft, readers)
    except Refusal as refusal:
        return _form(date, values, [(_field_of(refusal), str(refusal))]), 422
    seen = _seen(draft, readers)
    with transaction():
        for each in seen:
            of = each.reader.occurrence
            date.record("one_seen", now, sign_up=each.reader.public_id, occurrence=of.public_id, preview=True)
    return render_template(
        "organiser/broadcast_preview.html",
        date=date,
        title=date.title,
        values=[(name, each) for name, each in values.items(multi=True) if name not in {"csrf_token", "do"}],
        seen=seen,
        sums=_reach(broadcasts.reach(readers)),
        button=ngettext("Send to %(number)s person", "Send to %(number)s people", len(readers)),
        urgent=draft.urgent,
        night=_night(date, draft, now),
        city_title=current_settings().city.title,
    )


def _sent(date: Date, draft: Draft, key: str, now: datetime) -> Response:
    account = current_account()
    usable = len(key) == _KEY and set(key) <= set(ALPHABET)
    with transaction():
        begun = broadcasts.start(
            draft,
            key=key if usable else public_id(_KEY),
            by=account.id,
            now=now,
            limited=not access.may_review(account),
        )
        if begun.activity_id != date.activity.id:
            abort(404)
        if begun.made_at == now:
            date.record("written_to", now, message=begun.public_id)
        url = date.url(".broadcast_progress", message=begun.public_id)
    return redirect(url, 303)


def _field_of(refusal: Refusal) -> str:
    language = current_settings().city.languages[0]
    return {"text_missing": f"text_{language}", "nobody_reads": "states"}.get(refusal.code, "")


def _read(date: Date, values: Values) -> Draft:
    known = {each.public_id: each.id for each in _dates(date)}
    texts = {
        code: (line(values.get(f"subject_{code}", ""))[:LONGEST_SUBJECT], _text(values.get(f"text_{code}", "")))
        for code in current_settings().city.languages
    }
    return Draft(
        activity_id=date.activity.id,
        occurrence_ids=tuple(known[each] for each in values.getlist("dates") if each in known),
        states=tuple(state for state in CHOOSABLE if state.value in values.getlist("states")),
        texts={code: written for code, written in texts.items() if any(written)},
        role=values.get("role", "")[:12],
        urgent="urgent" in values,
    )


def _text(typed: str) -> str:
    return paragraphs(typed)[:LONGEST_TEXT]


def _dates(date: Date) -> list[Occurrence]:
    """What can be written about: this date, and those that are coming or were a short while ago."""
    since = utc_now() - _STILL
    found = [
        each
        for each in dates.of(date.activity.id)
        if each.id == date.occurrence.id or (each.ends_at > since and each.state == OccurrenceState.SCHEDULED)
    ]
    return found[:_MOST_DATES]


def _form(date: Date, values: Values, errors: list[tuple[str, str]] | None = None) -> str:
    languages = current_settings().city.languages
    roles = guests.roles(date.occurrence.id)
    return render_template(
        "organiser/broadcast.html",
        date=date,
        title=date.title,
        when=date.when(utc_now()),
        values=values,
        errors=errors or [],
        missing={},
        dates=[(each.public_id, _day(each)) for each in _dates(date)],
        states=[(state.value, state_name(state)) for state in CHOOSABLE],
        roles=[(role.public_id, in_language(role.names)) for role in roles],
        text_languages=languages,
        language_names={code: NAMES.get(code, code) for code in languages},
        spoken_names={code: wording.spoken_name(code) for code in languages},
        written=[code for code in languages if values.get(f"text_{code}") or values.get(f"subject_{code}")],
        longest_subject=LONGEST_SUBJECT,
        longest_text=LONGEST_TEXT,
        list_url=date.url(".guests_page"),
        earlier=[_line(date, each) for each in broadcasts.of_activity(date.activity.id)],
    )


def _day(occurrence: Occurrence) -> str:
    words = wording.when(occurrence.starts_at, occurrence.ends_at, occurrence.timezone)
    return words[:1].upper() + words[1:]


def _seen(draft: Draft, readers: list[Registration]) -> list[Seen]:
    found = []
    for language, number in broadcasts.reach(readers).by_language.items():
        example = next(each for each in readers if each.language == language)
        words = ngettext("%(number)s person reads it so", "%(number)s people read it so", number)
        found.append(Seen(NAMES.get(language, language), words, broadcasts.preview(draft, example), example))
    return found


def _reach(reach: Reach) -> list[tuple[str, str]]:
    names = {"email": _("by e-mail")}
    found = [(names.get(channel) or channel_name(channel), str(number)) for channel, number in reach.by_channel.items()]
    if reach.by_nothing:
        found.append((_("cannot be reached"), str(reach.by_nothing)))
    return found


def _night(date: Date, draft: Draft, now: datetime) -> str:
    """When it leaves, where it is night now and it is not urgent."""
    settings, zone = current_settings(), date.occurrence.timezone
    wakes_at = Quiet(settings.quiet_from, settings.quiet_until).after(now, zone)
    return "" if draft.urgent or wakes_at == now else wording.deadline(wakes_at, zone)


# -- while it is sent ----------------------------------------------------------------------------------------------------------


@blueprint.get(_ONE)
def broadcast_progress(activity: str, occurrence: str, message: str) -> str:
    """How far it is, whom it did not reach, and what can be done."""
    date = guest_list.decided_on(activity, occurrence)
    found = _own(date, message)
    progress = broadcasts.progress(found)
    lost = unreached(found) if progress.failed else []
    if lost:
        with transaction():
            date.record("seen", utc_now(), message=message)
    return render_template(
        "organiser/broadcast_progress.html",
        date=date,
        title=date.title,
        subject=_subject(found),
        texts=[(code, NAMES.get(code, code), each) for code, each in found.texts.items()],
        state=_state(found),
        going=found.state == BroadcastState.SENDING,
        paused=found.state == BroadcastState.PAUSED,
        sums=_sums(progress),
        share=100 * (progress.total - progress.to_come) // max(progress.total, 1),
        lost=[(each.name or "", date.url(".guest_page", sign_up=each.public_id)) for each in lost],
        made=wording.dated_instant(found.made_at, date.occurrence.timezone),
        act_url=date.url(".broadcast_act", message=message),
        here_url=date.url(".broadcast_progress", message=message),
        new_url=date.url(".broadcast_page"),
    )


@blueprint.post(_ONE)
def broadcast_act(activity: str, occurrence: str, message: str) -> Response:
    """Pause, go on, or stop for good."""
    date, now, do = guest_list.decided_on(activity, occurrence), utc_now(), request.form.get("do", "")
    found = _own(date, message)
    with transaction():
        if do == "pause":
            broadcasts.pause(found.id)
            date.record("writing_paused", now, message=message)
        elif do == "go_on":
            broadcasts.go_on(found.id)
            date.record("writing_gone_on", now, message=message)
        elif do == "stop":
            broadcasts.stop(found.id, now)
            date.record("writing_stopped", now, message=message)
    flash(_state(_own(date, message)), "success")
    return redirect(date.url(".broadcast_progress", message=message), 303)


def _own(date: Date, message: str) -> Broadcast:
    found = broadcasts.by_public_id(message)
    if found is None or found.activity_id != date.activity.id:
        abort(404)
    return found


def _state(found: Broadcast) -> str:
    words: Mapping[str, str] = {
        BroadcastState.SENDING: _("It is being sent."),
        BroadcastState.PAUSED: _("Paused: nothing more is sent until you let it go on."),
        BroadcastState.STOPPED: _("Stopped: nothing more is sent."),
        BroadcastState.DONE: _("It is sent."),
    }
    return words[found.state]


def _sums(progress: Progress) -> list[tuple[str, int]]:
    found = [(_("sent"), progress.sent), (_("to come"), progress.to_come)]
    more = {_("could not be reached"): progress.failed, _("did not get it"): progress.passed}
    return found + [(words, number) for words, number in more.items() if number]


def _subject(found: Broadcast) -> str:
    return in_language({code: each["subject"] for code, each in found.texts.items()})


def _line(date: Date, found: Broadcast) -> tuple[str, str, str, str]:
    """(address, subject, when, how it stands)."""
    when = wording.dated_instant(found.made_at, date.occurrence.timezone)
    return date.url(".broadcast_progress", message=found.public_id), _subject(found), when, _state(found)
