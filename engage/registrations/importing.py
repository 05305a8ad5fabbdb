"""Doing what an import planned, and taking it back. Here, and not among the activities, because dates may have guests."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from engage.accounts import Organisation, User, audit
from engage.activities import dates, pictures, proposals, publishing
from engage.activities.importing import fields, planning, runs, writing
from engage.activities.importing.events import Note, Reading
from engage.activities.importing.models import ImportItem, ImportRun, ImportSource, RunState, Then
from engage.activities.importing.planning import Plan, Step, Verdict
from engage.activities.models import Activity, ActivityState, Occurrence, Place
from engage.base.db import db, savepoint
from engage.base.errors import Refusal
from engage.base.i18n import lazy_gettext as _l
from engage.registrations import changes, pools, reinstating
from engage.registrations.models import Registration


class AlreadyApplied(Refusal):
    """Somebody pressed the button before."""

    code = "already_applied"
    message = _l("This import is done already.")


class NotApplied(Refusal):
    """There is nothing to take back."""

    code = "not_applied"
    message = _l("This import was not carried out, or was taken back already.")


@dataclass(slots=True)
class _Doing:
    """What all steps of one run need."""

    run: ImportRun
    plan: Plan
    by_id: int | None
    now: datetime
    made: dict[str, Activity] = field(default_factory=dict)
    gathered: changes.Gathered = field(default_factory=changes.Gathered)

    @property
    def source(self) -> ImportSource:
        return self.run.source


Progress = Callable[[int, int], None]


def apply(
    run_id: int,
    found: Reading,
    *,
    then: Then,
    by_id: int | None,
    now: datetime,
    take_proposals: bool = False,
    progress: Progress = lambda _done, _total: None,
) -> ImportRun:
    """Do what the source says now: make what is new, change what it changed and nobody here did, call off what it called off.

    Guests of moved and called-off dates are told. New activities without anything missing are handed in for review, or
    published when `then` says so and the organisation may; all others stay drafts. With `take_proposals` a person has said
    that the proposed goals are right. `progress` is told how many of how many steps are done; what it raises undoes all with the
    caller's transaction. Refuses with `AlreadyApplied`; doing it again from a new run changes nothing.
    """
    run = db.session.get_one(ImportRun, run_id)
    # One import of a source at a time: two would both find an event new.
    db.session.get_one(ImportSource, run.source_id, with_for_update=True)
    db.session.refresh(run, with_for_update=True)
    if run.state in {RunState.APPLIED, RunState.UNDONE}:
        raise AlreadyApplied
    last_place = db.session.scalar(select(func.max(Place.id))) or 0
    _lock_changing(run, found, now)
    doing = _Doing(run, runs.look(run, found, now=now), by_id, now)
    count = len(doing.plan.steps)
    for number, step in enumerate(doing.plan.steps):
        progress(number, 2 * count)
        _do(doing, step)
    doing.gathered.tell(now)
    for number, activity in enumerate(doing.made.values()):
        progress(count + number, 2 * count)
        if take_proposals:
            confirm_goals(activity, proposed(activity), by_id=by_id, now=now)
        hand_in(activity, then, by_id=by_id, now=now)
    _close(doing, last_place)
    return run


def _lock_changing(run: ImportRun, found: Reading, now: datetime) -> None:
    """Lock the pools of all dates that will change, and then their activities, at once and in everybody's order.

    One by one in the file's order, an import and somebody who changes several of the same dates would wait for each other;
    and what somebody saved while the file was read would be written over.
    """
    steps = planning.plan(run.source, found, first=run.first_at, now=now).steps
    changing = [step for step in steps if step.verdict in {Verdict.CHANGED, Verdict.NEW}]
    changed = [step.item.occurrence_id for step in changing if step.item]
    pools.lock_all([number for number in changed if number is not None])
    activities = {step.main.activity_id for step in changing if step.main}
    rows = select(Activity.id).where(Activity.id.in_(activities)).order_by(Activity.id)
    db.session.execute(rows.with_for_update())
    db.session.expire_all()  # what was read before the lock may have changed while we waited for it


def _close(doing: _Doing, last_place: int) -> None:
    """Keep what was done in the run, and say so in the log."""
    run, now = doing.run, doing.now
    made = {name: activity.public_id for name, activity in doing.made.items()}
    named = {
        step.event.position: made[step.event.external_id] for step in doing.plan.steps if step.event.external_id in made
    }
    rows = runs.table(doing.plan)
    for row in rows:
        row["done"] = row["verdict"] in {Verdict.NEW, Verdict.CHANGED}
        row["activity"] = row.get("activity") or named.get(row["position"], "")
    # A place that was made at the same moment by somebody else is in use, so taking back leaves it.
    fresh = db.session.scalars(select(Place.id).where(Place.id > last_place)).all()
    run.rows = rows
    run.counts = {"language": doing.plan.language, "places": list(fresh), **runs.counted(rows)}
    run.state, run.applied_at, run.content = RunState.APPLIED, now, None
    db.session.flush()
    _record(run, "applied", runs.counted(rows), doing.by_id, now)


def _do(doing: _Doing, step: Step) -> None:
    if step.verdict is Verdict.NEW:
        _add(doing, step)
    elif step.item is not None and step.main is not None and step.item.occurrence is not None:
        item = writing.rename(step.item, step.main, step.event, doing.run)
        if step.verdict is Verdict.CHANGED:
            _change(doing, step, step.main, item)
        # What somebody here keeps is not asked about again until the source says something new of it.
        _keep(doing, step, step.main)
        if not step.blocked:
            writing.told(item, step.event, step.said)


def _add(doing: _Doing, step: Step) -> None:
    """A new date, and for the first one of an event its activity."""
    event, run = step.event, doing.run
    main = step.main or _item(run, event.external_id)
    if main is None:
        speaker = planning.speaker_of(
            [each.event for each in doing.plan.steps if each.event.external_id == event.external_id]
        )
        activity = writing.make_activity(doing.source, speaker, doing.plan.language, doing.by_id, doing.now)
        main = writing.remember(run, event.external_id, "", activity_id=activity.id)
        writing.told(main, speaker, fields.of_event(speaker, doing.plan.language))
        doing.made[event.external_id] = activity
    activity = db.session.get_one(Activity, main.activity_id)
    titles = {step.language: step.title} if step.title else {}
    occurrence = writing.make_date(activity, event, titles, doing.now)
    item = main
    if event.recurrence_id:
        item = writing.remember(run, event.external_id, event.recurrence_id, activity_id=activity.id)
    item.dated, item.occurrence_id = True, occurrence.id
    writing.told(item, event, step.said)
    if step.changed:
        _write_activity(doing, step, main)
    db.session.flush()


def _item(run: ImportRun, external_id: str) -> ImportItem | None:
    mine = (ImportItem.source_id == run.source_id) & (ImportItem.external_id == external_id)
    return db.session.scalar(select(ImportItem).where(mine, ImportItem.recurrence_id == ""))


def _change(doing: _Doing, step: Step, main: ImportItem, item: ImportItem) -> None:
    _write_activity(doing, step, main)
    own = set(step.changed) & step.said.keys()
    if not own:
        return
    db.session.flush()
    occurrence_id = item.occurrence_id
    assert occurrence_id is not None
    try:
        with savepoint():
            _change_date(doing, occurrence_id, step, own)
    except Refusal as refusal:  # the rule said no: the date began, or was called off, while we were reading
        step.verdict, step.changed, step.blocked = Verdict.UNCHANGED, [], True
        step.notes.append(Note("begun_already" if refusal.code == "date_is_over" else "called_off_here"))


def _change_date(doing: _Doing, occurrence_id: int, step: Step, own: set[str]) -> None:
    event, now = step.event, doing.now
    if "cancelled" in own and event.cancelled:
        changes.call_off(occurrence_id, now=now, gathered=doing.gathered)
        return
    if "cancelled" in own:
        reinstating.reinstate(occurrence_id, now=now)
    occurrence = db.session.get_one(Occurrence, occurrence_id)
    if "own_title" in own:
        changes.name_date(occurrence_id, {**occurrence.titles, step.language: step.title}, now=now)
    zone = ZoneInfo(occurrence.zone)
    here = dates.details(occurrence)
    starts_at = (event.starts_at if "starts_at" in own else occurrence.starts_at).astimezone(zone)
    ends_at = max(starts_at, (event.ends_at if {"starts_at", "ends_at"} & own else occurrence.ends_at).astimezone(zone))
    wanted = dates.Details(
        begins=starts_at.time(),
        ends=ends_at.time(),
        nights=(ends_at.date() - starts_at.date()).days,
        place_id=writing.place_id(event.place) if "place" in own else here.place_id,
        online_url=event.online_url if "online_url" in own else here.online_url,
        capacity=event.capacity if "capacity" in own else here.capacity,
        people=here.people,
    )
    changes.change(occurrence_id, starts_at.date(), wanted, now=now, gathered=doing.gathered)


def _write_activity(doing: _Doing, step: Step, main: ImportItem) -> None:
    said = fields.of_event(step.event, doing.plan.language)
    mine = {name: said[name] for name in step.changed if name in said}
    if not mine:
        return
    activity = db.session.get_one(Activity, main.activity_id)
    writing.write_activity(activity, mine)
    activity.version += 1
    activity.updated_by_id, activity.updated_at = doing.by_id, doing.now
    writing.told(main, step.event, mine)
    db.session.flush()


def _keep(doing: _Doing, step: Step, main: ImportItem) -> None:
    """Remember the source's newest words for what somebody here changed by hand."""
    said = fields.of_event(step.event, doing.plan.language)
    writing.told(main, step.event, {name: said[name] for name in step.kept if name in said})


def proposed(activity: Activity) -> proposals.Proposals:
    """The goals, dimensions and Key Features an activity's words speak for; a person decides."""
    texts = {text.language: f"{text.title}\n{text.summary}\n{text.body}" for text in activity.texts}
    return proposals.proposals(texts, activity.kind)


def confirm_goals(activity: Activity, chosen: proposals.Proposals, *, by_id: int | None, now: datetime) -> None:
    """Write goals a person has said yes to, where the activity has none yet."""
    if activity.sdgs or activity.dimensions or not (chosen.sdgs or chosen.dimensions):
        return
    activity.sdgs = [int(each.key) for each in chosen.sdgs]
    activity.dimensions = [each.key for each in chosen.dimensions]
    activity.key_features = activity.key_features or [each.key for each in chosen.features]
    activity.version += 1
    activity.updated_by_id, activity.updated_at = by_id, now
    db.session.flush()


def hand_in(activity: Activity, then: Then, *, by_id: int | None, now: datetime) -> bool:
    """Send a draft that lacks nothing on its way; returns whether it went. One whose price is not clear stays."""
    if then is Then.DRAFTS or activity.state != ActivityState.DRAFT or publishing.missing(activity, now):
        return False
    if activity.price == 0 and any(activity.price_notes.values()):
        return False
    publishing.submit(activity, by_id, now)  # which publishes at once what a trusted organisation wrote
    return True


def may_publish(organisation: Organisation) -> bool:
    """Whether the city trusts this organisation to publish without a review."""
    return organisation.trusted


def waiting_for_goals(run: ImportRun, *, limit: int = 50) -> list[Activity]:
    """Drafts this run made that somebody still has to look at, the first dates first."""
    mine = (ImportItem.run_id == run.id) & (ImportItem.recurrence_id == "")
    ids = select(ImportItem.activity_id).where(mine)
    query = select(Activity).where(Activity.id.in_(ids), Activity.state == ActivityState.DRAFT)
    return list(db.session.scalars(query.order_by(Activity.id).limit(limit)))


def undo(run_id: int, *, by_id: int | None, now: datetime) -> ImportRun:
    """Delete what a run made and nobody signed up for; what stays is told in `run.undone`, with the reason.

    What it changed stays changed. Refuses with `NotApplied`.
    """
    run = db.session.get_one(ImportRun, run_id)
    db.session.get_one(ImportSource, run.source_id, with_for_update=True)
    db.session.refresh(run, with_for_update=True)
    if run.state != RunState.APPLIED:
        raise NotApplied
    items = list(db.session.scalars(select(ImportItem).where(ImportItem.run_id == run.id).order_by(ImportItem.id)))
    stays: dict[int, str] = {}
    gone_dates = _delete_dates(items, stays)
    gone_activities = _delete_activities(items, stays)
    db.session.flush()
    writing.drop_places(run.counts.get("places", ()))
    run.state, run.undone_at = RunState.UNDONE, now
    run.undone = {
        "activities": gone_activities,
        "dates": gone_dates,
        "changed": run.counts.get("changed", 0),
        "stays": [_staying(number, reason) for number, reason in stays.items()],
    }
    db.session.flush()
    _record(run, "undone", {"activities": gone_activities, "dates": gone_dates, "stays": len(stays)}, by_id, now)
    return run


def _delete_dates(items: Iterable[ImportItem], stays: dict[int, str]) -> int:
    """Delete the dates of these items that nobody ever signed up for, save where the activity was worked on since."""
    with_dates = {item.occurrence_id: item for item in items if item.occurrence_id is not None}
    pools.lock_all(list(with_dates))  # nobody signs up between the question and the answer
    taken = set(
        db.session.scalars(select(Registration.occurrence_id).where(Registration.occurrence_id.in_(with_dates)))
    )
    worked_on = {
        item.activity_id
        for item in items
        if item.recurrence_id == "" and item.activity and _worked_on(item, item.activity)
    }
    count = 0
    for number, item in with_dates.items():
        assert item.activity_id is not None
        if number in taken:
            stays.setdefault(item.activity_id, "guests")
        elif item.activity_id in worked_on:
            stays.setdefault(item.activity_id, "worked_on")
        else:
            db.session.delete(db.session.get_one(Occurrence, number))
            if item.recurrence_id:
                db.session.delete(item)
            count += 1
    db.session.flush()
    db.session.expire_all()
    return count


def _worked_on(main: ImportItem, activity: Activity) -> bool:
    """Whether somebody here changed words the source gave."""
    here = fields.of_activity(activity)
    texts = ("title.", "summary.", "body.")
    return any(here.get(name, "") != value for name, value in main.told.items() if name.startswith(texts))


def _delete_activities(items: Iterable[ImportItem], stays: dict[int, str]) -> int:
    """Delete the activities of these items that have no date left."""
    count = 0
    for item in [each for each in items if each not in db.session.deleted]:
        activity = db.session.get(Activity, item.activity_id) if item.activity_id else None
        if item.recurrence_id or activity is None or activity.id in stays:
            continue
        if activity.occurrences:
            stays[activity.id] = "more_dates"
            continue
        number, picture_id = activity.id, activity.picture_id
        try:
            with savepoint():
                db.session.delete(item)
                db.session.delete(activity)
                db.session.flush()
            pictures.drop_unused(picture_id)
            count += 1
        except IntegrityError:  # a foreign key says that something of people still speaks of it
            stays[number] = "guests"
    return count


def _staying(activity_id: int, reason: str) -> dict[str, str]:
    activity = db.session.get_one(Activity, activity_id)
    title = next((text.title for text in activity.texts), "")
    return {"activity": activity.public_id, "title": title, "reason": reason}


def _record(run: ImportRun, what: str, facts: dict[str, Any], by_id: int | None, now: datetime) -> None:
    by = db.session.get(User, by_id) if by_id is not None else None
    told = {"source": run.source.name, "organisation": run.source.organisation_id, **facts}
    audit.record(by, f"import.{what}", f"import:{run.public_id}", told, now)


def default_then(source: ImportSource) -> Then:
    """What becomes of new activities unless somebody says otherwise: published where the city trusts the organisation."""
    return Then.PUBLISH if may_publish(source.organisation) else Then.REVIEW


__all__ = [
    "AlreadyApplied", "NotApplied", "apply", "confirm_goals", "default_then", "hand_in", "may_publish", "proposed",
    "undo", "waiting_for_goals",
]  # fmt: skip
