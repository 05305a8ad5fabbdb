"""School classes of the demo city that have asked for a place and wait for the organiser's answer."""

import tomllib
from datetime import datetime
from importlib.resources import files

from sqlalchemy import select

from engage.activities.models import Activity, Occurrence
from engage.base.db import db
from engage.registrations import Registration, State, pools
from engage.registrations.application import SchoolClass, of_class
from engage.seed.guests import guest


def load(now: datetime) -> int:
    """Let them ask for the next date they can still ask for, unless somebody waits for an answer; returns how many did."""
    said = tomllib.loads((files("engage") / "demo" / "classes.toml").read_text("utf-8"))
    coming = (Activity.key == said["asks_for"]) & (Occurrence.starts_at > now)
    occurrence = db.session.scalar(
        select(Occurrence).join(Activity).where(coming).order_by(Occurrence.starts_at).limit(1)
    )
    asked = select(Registration.id).where(Registration.state == State.PENDING_APPROVAL).limit(1)
    if occurrence is None or db.session.scalar(asked):
        return 0
    for entry in said["class"]:
        group = SchoolClass(entry["school"], entry["name"], entry["pupils"], entry["adults"])
        room = pools.look(occurrence.id)
        has_places = room is not None and room.approval_holds_seat and room.fits(group.seats)
        teacher = guest(occurrence, entry["teacher"], State.PENDING_APPROVAL, group.seats, now, words=entry["subject"])
        teacher.school_class, teacher.holds_seat, teacher.phone = of_class(group), has_places, entry["phone"]
        db.session.flush()
    return len(said["class"])
