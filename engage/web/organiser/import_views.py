"""What the import pages are given: runs, rows and proposals as words and addresses, ready to show."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import url_for

from engage.activities import publishing
from engage.activities.importing import wording as import_words
from engage.activities.importing.models import ImportProgress, ImportRun, RunState
from engage.activities.importing.planning import Verdict
from engage.activities.importing.reading import mapping as columns
from engage.activities.models import Activity
from engage.activities.proposals import Proposals, Proposed
from engage.base import wording
from engage.base.config import current_settings
from engage.base.i18n import gettext as _
from engage.base.i18n import ngettext
from engage.goals.reference import reference
from engage.registrations import importing

PER_PAGE = 100
# What needs a person first.
_ORDER = (Verdict.UNREADABLE, Verdict.NEW, Verdict.CHANGED, Verdict.VANISHED, Verdict.LEFT_OUT, Verdict.UNCHANGED)


# Before the path of a list in its field, since the path of the whole file is empty.
PATH = "path:"
_COMMON = ("title", "date", "start", "end", "summary", "body", "place", "price", "url", "id")


@dataclass(frozen=True, slots=True)
class RunLine:
    """An import in a list."""

    url: str
    name: str
    when: str
    state: str
    said: str  # "12 new, 3 changed"
    open: bool  # waits for somebody


@dataclass(frozen=True, slots=True)
class RowView:
    """One row of the table of verdicts."""

    position: int  # 0 for what is no longer in the source
    title: str
    when: str
    where: str
    verdict: str
    code: str
    details: tuple[str, ...]
    url: str


@dataclass(frozen=True, slots=True)
class CountView:
    """How many rows have a verdict, and the address that shows them alone."""

    code: str
    words: str
    url: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class PagesView:
    """Which part of a long table is shown."""

    number: int
    count: int
    previous_url: str
    next_url: str
    links: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class FieldView:
    """A field that a column can be chosen for."""

    name: str
    label: str
    chosen: str
    common: bool  # shown at once; the others stand one fold away


@dataclass(frozen=True, slots=True)
class ListView:
    """A list found in a feed. `value` is its path as the form sends it."""

    value: str
    label: str
    said: str  # "142 entries, for example “Læsehest”"
    chosen: bool


@dataclass(frozen=True, slots=True)
class PathView:
    """A column or path that was found: what stands there first, and as what it is read."""

    name: str
    example: str
    read_as: str


@dataclass(frozen=True, slots=True)
class TickView:
    """A proposed goal, dimension or Key Feature, with its reason."""

    value: str
    label: str
    reason: str
    number: int


@dataclass(frozen=True, slots=True)
class DraftView:
    """An imported draft that somebody still has to look at: what is proposed, and what else is missing."""

    public_id: str
    url: str
    title: str
    language: str
    ticks: tuple[TickView, ...]
    missing: tuple[str, ...]


def line(run: ImportRun, now: datetime) -> RunLine:
    """An import in a few words."""
    states = {
        RunState.PLANNED: _("Not carried out yet"),
        RunState.QUEUED: _("Waits for its turn"),
        RunState.RUNNING: _("Being carried out"),
        RunState.APPLIED: _("Done"),
        RunState.UNDONE: _("Taken back"),
    }
    zone = current_settings().city.zone
    at = run.undone_at or run.applied_at or run.created_at
    return RunLine(
        url=url_for("organiser.import_run", run=run.public_id),
        name=run.source.name,
        when=wording.deadline(at, zone),
        state=states[run.state],
        said=", ".join(_counted(code, number) for code, number in _told(run.counts) if number),
        open=run.state == RunState.PLANNED,
    )


def going(run: ImportRun, progress: ImportProgress | None) -> str:
    """How far an import that is carried out has come; "" when none is."""
    if run.state == RunState.QUEUED:
        return _("It begins in a moment.")
    if run.state != RunState.RUNNING:
        return ""
    if progress is None or not progress.done or progress.total <= progress.done:
        return _("It has begun.")
    return _("%(number)s per cent are done.", number=100 * progress.done // progress.total)


def failed(run: ImportRun, progress: ImportProgress | None) -> bool:
    """Whether it was tried, and something went wrong."""
    return run.state == RunState.PLANNED and progress is not None and progress.failed


def _told(counts: Mapping[str, Any]) -> list[tuple[Verdict, int]]:
    return [(code, int(counts.get(code.value, 0))) for code in _ORDER]


def _counted(code: Verdict, number: int) -> str:
    words = {
        Verdict.NEW: ngettext("%(number)s new", "%(number)s new ones", number),
        Verdict.CHANGED: ngettext("%(number)s changed", "%(number)s changed ones", number),
        Verdict.UNCHANGED: ngettext("%(number)s unchanged", "%(number)s unchanged ones", number),
        Verdict.LEFT_OUT: ngettext("%(number)s left out", "%(number)s ones left out", number),
        Verdict.UNREADABLE: ngettext("%(number)s cannot be read", "%(number)s that cannot be read", number),
        Verdict.VANISHED: ngettext(
            "%(number)s no longer in the source", "%(number)s that are no longer in the source", number
        ),
    }
    return words[code]


def counts(run: ImportRun, shown: str) -> tuple[CountView, ...]:
    """The verdicts there are, each as a way to see its rows alone."""
    address = "organiser.import_run"
    return tuple(
        CountView(
            code=code.value,
            words=_counted(code, number),
            url=url_for(address, run=run.public_id, vis=None if shown == code else code.value),
            chosen=shown == code,
        )
        for code, number in _told(run.counts)
        if number
    )


def page_number(text: str) -> int:
    return max(1, int(text)) if text.isdecimal() and len(text) < 5 else 1


def rows(run: ImportRun, shown: str, number: int, now: datetime) -> tuple[tuple[RowView, ...], PagesView]:
    """One part of the table, what needs a person first."""
    chosen = [row for row in run.rows if not shown or row["verdict"] == shown]
    chosen.sort(key=lambda row: _ORDER.index(row["verdict"]))
    count = max(1, -(-len(chosen) // PER_PAGE))
    number = min(number, count)

    def address(page: int) -> str:
        return url_for("organiser.import_run", run=run.public_id, vis=shown or None, side=page)

    pages = PagesView(
        number,
        count,
        address(number - 1) if number > 1 else "",
        address(number + 1) if number < count else "",
        tuple((page, address(page)) for page in range(1, count + 1)),
    )
    return tuple(_row(row, now) for row in chosen[(number - 1) * PER_PAGE : number * PER_PAGE]), pages


def _row(row: Mapping[str, Any], now: datetime) -> RowView:
    activity = row.get("activity", "")
    return RowView(
        position=row["position"],
        title=row["title"] or _("Without a title"),
        when=when(row, now),
        where=row.get("place", ""),
        verdict=import_words.verdict(row),
        code=row["verdict"],
        details=tuple(import_words.details(row)),
        url=url_for("organiser.activity", activity=activity) if activity else "",
    )


def when(row: Mapping[str, Any], now: datetime) -> str:
    """When it is, and how many dates it has: "lørdag den 7. marts kl. 10.00-12.00 og 5 datoer til"."""
    if "starts_at" not in row:
        return ""
    starts_at, ends_at = datetime.fromisoformat(row["starts_at"]), datetime.fromisoformat(row["ends_at"])
    first = wording.when(starts_at, ends_at, ZoneInfo(row["zone"]), now)
    more = row["dates"] - 1
    if more < 1:
        return first
    return f"{first}, " + ngettext("and %(number)s more date", "and %(number)s more dates", more)


def notes(run: ImportRun) -> tuple[str, ...]:
    """What is to be known about the file as a whole."""
    return tuple(import_words.reason(note) for note in run.notes)


def lists(run: ImportRun, chosen: str) -> tuple[ListView, ...]:
    """The lists found in a feed, to choose the one with the events from."""
    return tuple(
        ListView(f"{PATH}{each['path']}", each["path"] or _("The whole file"), _list_said(each), each["path"] == chosen)
        for each in run.lists
    )


def _list_said(found: Mapping[str, Any]) -> str:
    words = ngettext("%(number)s item", "%(number)s items", found["number"])
    examples = wording.listing([wording.quoted(each) for each in found["examples"]])
    return _("%(entries)s, for example %(examples)s", entries=words, examples=examples) if examples else words


def paths(run: ImportRun, mapping: Mapping[str, str]) -> tuple[PathView, ...]:
    """Every column or path that was found, with its first value."""
    labels = {field.name: field.label for field in mapping_fields(mapping)}
    read: dict[str, list[str]] = {}
    for field, column in mapping.items():
        if field in labels:
            read.setdefault(column, []).append(labels[field])
    return tuple(
        PathView(each["name"], each["example"], wording.listing(read.get(each["name"], [])))
        for each in run.columns
        if each["name"]
    )


def mapping_fields(mapping: Mapping[str, str]) -> tuple[FieldView, ...]:
    """The fields a column can be chosen for."""
    labels = {
        "title": _("Title"),
        "date": _("Day"),
        "start": _("Start (day and time, or time alone)"),
        "end": _("End"),
        "end_date": _("Last day"),
        "summary": _("Summary"),
        "body": _("Text"),
        "place": _("Place"),
        "street": _("Street"),
        "postal_code": _("Postal code"),
        "town": _("Town"),
        "url": _("Link"),
        "price": _("Price"),
        "capacity": _("Number of places"),
        "contact_email": _("E-mail"),
        "contact_phone": _("Telephone"),
        "language": _("Language"),
        "status": _("Whether it is called off"),
        "id": _("Number or name that stays the same"),
        "latitude": _("Latitude"),
        "longitude": _("Longitude"),
    }
    parts = {"title": _("Title"), "summary": _("Summary"), "body": _("Text")}
    for language in current_settings().city.languages:
        for field, label in parts.items():
            labels[f"{field}.{language}"] = f"{label} ({wording.spoken_name(language)})"
    return tuple(
        FieldView(name, label, mapping.get(name, ""), name in _COMMON or name in mapping)
        for name, label in labels.items()
        if name in columns.every_field()
    )


def draft(activity: Activity, now: datetime) -> DraftView:
    """A draft with its proposals. Goals somebody chose already are not proposed again."""
    text = next(iter(activity.texts), None)
    open_ = not (activity.sdgs or activity.dimensions)
    goals = {"sdgs", "dimensions", "key_features"}
    return DraftView(
        public_id=activity.public_id,
        url=url_for("organiser.activity", activity=activity.public_id),
        title=(text.title if text else "") or _("Without a title"),
        language=text.language if text else "",
        ticks=_ticks(importing.proposed(activity)) if open_ else (),
        missing=tuple(each.words for each in publishing.missing(activity, now) if each.field not in goals or not open_),
    )


def _ticks(found: Proposals) -> tuple[TickView, ...]:
    goals = reference()
    ticks = [
        TickView(f"sdg:{each.key}", goals.sdgs[int(each.key)].title, _why(each), int(each.key)) for each in found.sdgs
    ]
    ticks += [
        TickView(f"dimension:{each.key}", goals.dimensions[each.key].name, _why(each), 0)
        for each in found.dimensions
        if each.key in goals.dimensions
    ]
    ticks += [
        TickView(f"feature:{each.key}", goals.features[each.key].title, _why(each), 0)
        for each in found.features
        if each.key in goals.features
    ]
    return tuple(ticks)


def _why(each: Proposed) -> str:
    if each.words:
        return _("because of %(words)s", words=wording.listing([wording.quoted(word) for word in each.words]))
    return _("because of goal %(number)s", number=each.sdg) if each.sdg else ""


def ticked(activity: Activity, values: Collection[str]) -> Proposals:
    """Of what is proposed for an activity, what a person left ticked."""
    found = importing.proposed(activity)

    def kept(kind: str, proposed: tuple[Proposed, ...]) -> tuple[Proposed, ...]:
        return tuple(each for each in proposed if f"{kind}:{each.key}" in values)

    return Proposals(kept("sdg", found.sdgs), kept("dimension", found.dimensions), kept("feature", found.features))


def stays(run: ImportRun) -> tuple[tuple[str, str, str], ...]:
    """What taking back left: (title, address, reason)."""
    reasons = {
        "guests": _("People have signed up for it."),
        "worked_on": _("Somebody here has worked on it since."),
        "more_dates": _("It has more dates than this import made."),
    }
    return tuple(
        (each["title"], url_for("organiser.activity", activity=each["activity"]), reasons[each["reason"]])
        for each in run.undone.get("stays", ())
    )
