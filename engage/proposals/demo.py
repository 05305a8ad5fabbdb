"""What citizens of the demo city have proposed, in each state that it can be in. Nobody real stands behind it."""

import tomllib
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any

from sqlalchemy import select

from engage import people
from engage.accounts import Organisation
from engage.activities import publishing
from engage.activities.models import Activity
from engage.base.db import db
from engage.base.identifiers import public_id
from engage.proposals.desk import carried_over
from engage.proposals.interest import key
from engage.proposals.models import Proposal, ProposalInterest, ProposalNote, ProposalState


def load(now: datetime) -> int:
    """Make them where nobody has proposed anything; returns how many were."""
    if db.session.scalar(select(Proposal.id).limit(1)) is not None:
        return 0
    said = tomllib.loads((files("engage") / "demo" / "proposals.toml").read_text("utf-8"))["proposal"]
    organisations = {each.key: each for each in db.session.scalars(select(Organisation)) if each.key}
    for entry in said:
        proposal = _proposal(entry, organisations.get(entry.get("taken_by", "")), now)
        db.session.add(proposal)
        db.session.flush()
        _say(proposal, entry)
        if proposal.state == ProposalState.DRAFT and proposal.organisation_id is not None:
            draft = publishing.create(proposal.organisation_id, None, now)
            publishing.save(draft, carried_over(proposal), None, now)
            proposal.activity_id = draft.id
        elif entry.get("became"):
            proposal.activity_id = db.session.scalar(select(Activity.id).where(Activity.key == entry["became"]))
    db.session.flush()
    return len(said)


def _proposal(entry: dict[str, Any], taken_by: Organisation | None, now: datetime) -> Proposal:
    at, shown = now - timedelta(days=entry["days_ago"]), bool(entry.get("would_come"))
    language = entry.get("language", "da")
    person = people.find_or_create("email", entry["email"], language=language, now=at)
    people.verify("email", entry["email"], at)
    optional = {name: entry[name] for name in ("whom", "time", "place", "dimension") if name in entry}
    return Proposal(
        public_id=public_id(12), person_id=person, name=entry["name"] if entry.get("shows_name") else None,
        shows_name=entry.get("shows_name", False),
        channel="web", language=language, title=entry["title"], text=entry["text"],
        can_help=entry.get("can_help", False), state=ProposalState(entry["state"]), step=len(entry.get("note", ())) + 1,
        organisation=taken_by, proposed_at=at, changed_at=at + timedelta(hours=5), shown_at=at if shown else None,
        shown_title=entry["title"] if shown else "", shown_text=entry["text"] if shown else "", **optional,
    )  # fmt: skip


def _say(proposal: Proposal, entry: dict[str, Any]) -> None:
    """What was said since, and how many would come."""
    notes = [
        ProposalNote(
            proposal_id=proposal.id, from_citizen=each.get("from_citizen", False), words=each["words"],
            organisation_id=proposal.organisation_id, at=proposal.changed_at,
        )
        for each in entry.get("note", ())
    ]  # fmt: skip
    come = [
        ProposalInterest(proposal_id=proposal.id, key=key(f"demo:{number}"), said_at=proposal.changed_at)
        for number in range(entry.get("would_come", 0))
    ]
    db.session.add_all([*notes, *come])
