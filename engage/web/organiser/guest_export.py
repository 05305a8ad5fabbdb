"""The list of a date's sign-ups to take along: as a file for a spreadsheet, or on paper, whole or with short names."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from flask import Response, abort, render_template

from engage.accounts import access
from engage.base import sheets, wording
from engage.base.clock import utc_now
from engage.base.db import transaction
from engage.base.i18n import gettext as _
from engage.base.i18n import in_language
from engage.base.sheets import Cell
from engage.registrations import State, guests
from engage.registrations.attendance import lists
from engage.registrations.models import Registration
from engage.web.organiser import blueprint, guest_list
from engage.web.organiser.guest_list import PATH, Date, Guest
from engage.web.organiser.guests import wanted_now
from engage.web.who import current_account

_TYPES = {"csv": sheets.CSV_TYPE, "xlsx": sheets.XLSX_TYPE}


@blueprint.get(PATH + "/liste.<any(csv, xlsx):kind>")
def guests_file(activity: str, occurrence: str, kind: str) -> Response:
    """The list as it is narrowed now, as a file. It is made at this moment, and kept nowhere."""
    date, now = guest_list.seen(activity, occurrence), utc_now()
    found = guests.every(date.occurrence.id, wanted_now(date, now))
    with transaction():
        date.record("exported", now, format=kind, sign_ups=len(found))
    rows = list(_rows(date, found, now))
    content = sheets.as_csv(rows) if kind == "csv" else sheets.as_xlsx(rows, date.title)
    response = Response(content, content_type=_TYPES[kind])
    day = date.occurrence.starts_at.astimezone(date.occurrence.timezone)
    name = f"{date.activity.slug[:60]}-{day:%Y-%m-%d}.{kind}"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    response.headers["Cache-Control"] = "no-store"
    return response


def _rows(date: Date, found: Sequence[Registration], now: datetime) -> Iterator[list[Cell]]:
    """The headings, then a row for each sign-up. The columns are always these, then a question each in the organiser's order."""
    questions, known = guest_list.questions_of(date), guest_list.known(date, found, now)
    labels = [in_language(each.labels) for each in questions.values()]
    yield [
        _("Name"), _("How they stand"), _("Places"), _("Task"), _("Who comes"), _("E-mail"), _("Telephone"), _("Language"),
        _("To phone"),
_("Has said they come"), _("At the door"), _("Certificate of"), _("Signed up on"), *labels,
    ]  # fmt: skip
    zone = date.occurrence.timezone
    for each in found:
        told = guest_list.guest(date, each, questions, known)
        answers = guest_list.answers_by_question(each.answers, questions)
        yield [
            told.name, told.state, each.offered_seats or each.seats, told.role, told.comes, each.email or "",
            ", ".join(told.phones), wording.spoken_name(each.language), _to_phone(told), _("Yes") if told.coming else "",
            told.attended, each.vetted_on.isoformat() if each.vetted_on else "",
            each.joined_at.astimezone(zone).date().isoformat(), *(answers.get(name, "") for name in questions),
        ]  # fmt: skip


def _to_phone(told: Guest) -> str:
    if told.to_phone:
        return told.phone_why or _("Yes")
    return _("only by phone") if told.only_by_phone else ""


@blueprint.get(PATH + "/udskriv")
def print_guests(activity: str, occurrence: str) -> str:
    """The whole list on paper, with what was answered."""
    date, now = guest_list.seen(activity, occurrence), utc_now()
    found, questions = guests.every(date.occurrence.id, wanted_now(date, now)), guest_list.questions_of(date)
    with transaction():
        date.record("printed", now, names="full", sign_ups=len(found))
    known = guest_list.known(date, found, now)
    told: list[Guest] = [guest_list.guest(date, each, questions, known) for each in found]
    return _on_paper(date, told)


@blueprint.get(PATH + "/udskriv-kort")
def print_names(activity: str, occurrence: str) -> str:
    """Who is expected, by first name and initial only: a paper for the door, where others look over one's shoulder."""
    date, now = guest_list.at_the_door(activity, occurrence), utc_now()
    expected = [each for each in lists.lines(date.occurrence, full_names=False) if each.state == State.CONFIRMED]
    with transaction():
        date.record("printed", now, names="short", sign_ups=len(expected))
    return _on_paper(date, None, [(each.name, guest_list.seats(each.seats), each.role) for each in expected])


def _on_paper(date: Date, whole: Sequence[Guest] | None, short: Sequence[tuple[str, str, str]] = ()) -> str:
    now = utc_now()
    zone = date.occurrence.timezone
    account, organisation = current_account(), date.activity.organisation_id
    if not access.may_check_in(account, organisation):
        abort(404)
    may_see = access.may_see_sign_ups(account, organisation)
    local = now.astimezone(zone)
    return render_template(
        "organiser/guests_paper.html",
        title=date.title,
        when=date.when(now),
        whole=whole,
        short=short,
        made=f"{wording.long_date(local.date(), year=True)}, {wording.clock(local)}",
        whole_url=date.url(".print_guests") if may_see else "",
        short_url=date.url(".print_names"),
        back_url=date.url(".guests_page") if may_see else date.url(".door_page"),
    )
