"""Proposals as tests need them."""

from typing import Any

from engage import people, proposals
from engage.activities.pictures import Prepared
from engage.base.db import db, transaction
from engage.outbox import Letter
from engage.proposals import Proposal, Proposed
from tests.conftest import NOW


def person(email: str = "anna@example.org", language: str = "da") -> int:
    """Somebody who has shown that this address is theirs."""
    with transaction():
        found = people.find_or_create("email", email, language=language, now=NOW)
        people.verify("email", email, NOW)
    return found


def proposed(title: str = "Repaircafé i Guderup", **facts: Any) -> Proposal:
    """A proposal of Anna's, who is known, unless told otherwise."""
    said: dict[str, Any] = {
        "text": "Vi reparerer cykler og lamper sammen.",
        "language": "da",
        "channel": "web",
        **facts,
    }
    now = said.pop("now", NOW)
    if "person_id" not in said and "email" not in said:
        said["person_id"] = person()
    with transaction():
        return proposals.propose(Proposed(title=title, **said), now=now)


def with_picture() -> Proposal:
    """One that came with a picture."""
    with transaction():
        nobody = people.find_or_create(
            "email", "ingen@example.org", language="da", now=NOW
        )  # not proven, so not written to
    return proposed(person_id=nobody, picture=Prepared(large=b"large", small=b"small", width=400, height=300))


def letters(proposal: Proposal) -> list[Letter]:
    """What was put into the post about it, in order."""
    db.session.expire_all()
    return db.session.query(Letter).filter_by(about=f"proposal:{proposal.public_id}").order_by(Letter.id).all()


def kinds(proposal: Proposal) -> list[str]:
    """Which letters those are."""
    return [letter.key.split(":")[2] for letter in letters(proposal)]
