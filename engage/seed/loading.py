"""What is loaded, in which order: each part in a transaction of its own, and only what is missing."""

import tomllib
from datetime import datetime
from importlib.resources import files
from typing import Any

from sqlalchemy import select

from engage.accounts import demo as demo_accounts
from engage.activities.models import Activity
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import db, transaction
from engage.goals import loading
from engage.proposals import demo as demo_proposals
from engage.questions import demo as demo_questions
from engage.registrations import demo as demo_past
from engage.seed import classes, today
from engage.seed.town import Town


def load(*, demo: bool) -> str:
    """Load what is missing, each part in its own transaction; returns one line on what was done."""
    now = utc_now()
    with transaction():
        fresh = loading.load(now)
    done = ["4-17-42 loaded" if fresh else "4-17-42 is up to date"]
    if demo:
        with transaction():
            done.append(_demo(now))
        with transaction():
            if made := today.load(now, current_settings().city.zone):
                done.append(f"{made} dates of today made")
        with transaction():
            if made := classes.load(now):
                done.append(f"{made} classes asked for a place")
        with transaction():
            if made := demo_questions.load(now):
                done.append(f"{made} approved answers made")
        with transaction():
            if made := demo_proposals.load(now):
                done.append(f"{made} proposals made")
        # Their passwords are public, so an installation that is not a developer's own never has them.
        if current_settings().development:
            with transaction():
                if made := demo_accounts.load(now):
                    done.append(f"{made} demo accounts made")
    return ", ".join(done) + "."


def _demo(now: datetime) -> str:
    if db.session.scalar(select(Activity.id).where(Activity.key.is_not(None)).limit(1)):
        return "the demo city is there already"
    town = Town(now, current_settings().city.zone)
    for document in _documents():
        town.read(document)
    occurrences = town.build() + demo_past.load(now)
    return f"demo city loaded with {len(town.activities)} activities and {occurrences} dates"


def _documents() -> list[dict[str, Any]]:
    folder = files("engage") / "demo"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".toml"))
    return [tomllib.loads((folder / name).read_text("utf-8")) for name in names]
