"""The good examples of a report: at most five activities, each with a text of at most 200 words."""

from datetime import datetime

from sqlalchemy import delete, func, select

from engage.activities.models import Activity, ActivityState, ActivityText
from engage.base.db import db
from engage.base.errors import Refusal
from engage.base.i18n import lazy_gettext as _l
from engage.base.links import Links
from engage.statistics.releases.models import GoodExample
from engage.statistics.report.contents import Both, Example

MOST, MOST_WORDS = 5, 200
# The number of the lock under which they are counted.
_LOCK = 4219, 1
_IS_PUBLISHED = Activity.state == ActivityState.PUBLISHED


class NoSuchActivity(Refusal):
    """There is no published activity with that address."""

    code = "example_unknown"
    message = _l("There is no published activity with this address. Copy it from the activity's page.")


class ExampleWordsMissing(Refusal):
    """An example needs a text."""

    code = "example_words_missing"
    message = _l("Write in Danish what was good about it.")


class ExampleTooLong(Refusal):
    """The network reads 200 words."""

    code = "example_too_long"
    message = _l("The text has %(words)s words. Write at most %(most)s.")


class TooManyExamples(Refusal):
    """The network asks for five."""

    code = "too_many_examples"
    message = _l("There are %(most)s good examples already. Take one out first.")


def put(address: str, danish: str, english: str, *, now: datetime) -> GoodExample:
    """Make an activity a good example, or write its text anew. `address` is that of its page, or its public id."""
    if not danish.strip():
        raise ExampleWordsMissing
    longest = max(len(danish.split()), len(english.split()))
    if longest > MOST_WORDS:
        raise ExampleTooLong(words=longest, most=MOST_WORDS)
    db.session.execute(select(func.pg_advisory_xact_lock(*_LOCK)))
    names = [part for part in address.strip().split("?")[0].split("/") if part]
    found = select(Activity.id).where(Activity.public_id.in_(names), _IS_PUBLISHED)
    if (activity_id := db.session.scalar(found)) is None:
        raise NoSuchActivity
    row = db.session.scalar(select(GoodExample).where(GoodExample.activity_id == activity_id))
    if row is None:
        shown = select(func.count()).select_from(GoodExample).join(Activity, Activity.id == GoodExample.activity_id)
        if (db.session.scalar(shown.where(_IS_PUBLISHED)) or 0) >= MOST:
            raise TooManyExamples(most=MOST)
        row = GoodExample(activity_id=activity_id)
        db.session.add(row)
    row.danish, row.english, row.written_at = danish.strip(), english.strip(), now
    db.session.flush()
    return row


def take_out(activity: str) -> bool:
    """An activity, by its public id, is a good example no more. Returns whether it was one."""
    its = select(Activity.id).where(Activity.public_id == activity).scalar_subquery()
    gone = db.session.execute(delete(GoodExample).where(GoodExample.activity_id == its).returning(GoodExample.id))
    return gone.first() is not None


def examples(links: Links) -> list[Example]:
    """Them, as far as they are published still, the oldest first."""
    rows = db.session.execute(
        select(GoodExample, Activity.public_id, Activity.slug, Activity.id)
        .join(Activity, Activity.id == GoodExample.activity_id)
        .where(_IS_PUBLISHED)
        .order_by(GoodExample.id)
        .limit(MOST)
    ).all()
    titles: dict[int, dict[str, str]] = {}
    wanted = select(ActivityText.activity_id, ActivityText.language, ActivityText.title)
    for activity_id, language, title in db.session.execute(
        wanted.where(ActivityText.activity_id.in_([row.id for row in rows]))
    ):
        titles.setdefault(activity_id, {})[language] = title
    return [
        Example(
            row.public_id,
            Both.named(titles.get(row.id, {})),
            Both(row.GoodExample.english, row.GoodExample.danish),
            links.activity(row.public_id, row.slug),
        )
        for row in rows
    ]
