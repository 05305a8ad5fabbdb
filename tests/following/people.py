"""Followers, for tests: somebody with a proven address or a chat, and the letters that are written to them."""

from datetime import datetime, timedelta

from engage import following, people
from engage.activities.models import Occurrence
from engage.base.db import db, transaction
from engage.following import letters
from engage.outbox import Letter
from tests.conftest import NOW
from tests.town import Town

ANNA = "anna@example.org"
CLIMATE = {"goal": ["13"]}
# The first Thursday at 16 in Copenhagen after NOW, which is a Wednesday.
THURSDAY = datetime.fromisoformat("2026-03-05T15:00+00:00")
WEEK = timedelta(weeks=1)


def anna(email: str = ANNA, language: str = "da") -> int:
    """Somebody who has shown that the mail of this address is theirs."""
    with transaction():
        number = people.find_or_create("email", email, language=language, now=NOW)
        people.verify("email", email, NOW)
    return number


def in_chat(person: int | None = None, identifier: str = "4711") -> int:
    """A Telegram chat that is theirs; without `person` of somebody with no other address."""
    with transaction():
        if person is None:
            person = people.find_or_create("telegram", identifier, language="da", now=NOW)
            people.verify("telegram", identifier, NOW)
        else:
            db.session.add(people.Address(person_id=person, channel="telegram", identifier=identifier, verified_at=NOW))
    return person


def follow(person: int, criteria: dict[str, object] | None = None, now: datetime = NOW) -> str:
    with transaction():
        return following.follow(person, criteria or CLIMATE, now=now).public_id


def published(
    town: Town, title: str = "Klimacafé", *, at: datetime = NOW + timedelta(hours=1), **facts: object
) -> Occurrence:
    """A date, 20 days from NOW unless told otherwise, of an activity published at an instant."""
    facts.setdefault("starts_in", timedelta(days=20))
    own = {name: facts.pop(name) for name in ("capacity", "starts_in", "starts_at", "place") if name in facts}
    return town.occurrence(town.activity(title, published_at=at, **facts), **own)  # type: ignore[arg-type]


def tick(now: datetime) -> None:
    """All that is due is written."""
    for person in letters.due(now, 100):
        with transaction():
            letters.write(person, now)


def written() -> list[Letter]:
    db.session.expire_all()
    return list(db.session.query(Letter).filter(Letter.about.like("digest:%")).order_by(Letter.id))


def titles(letter: Letter) -> list[str]:
    return [card["title"] for card in letter.message["cards"]]
