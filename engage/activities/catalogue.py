"""What is coming, as every process remembers it: just enough to filter and count, re-read when it changed.

Counting seventy choices over ten thousand dates in SQL costs tens of milliseconds a page. Here each choice is one integer
whose bits are activities, and a count is an AND. Whatever a person is shown (words, places left) is read fresh.
"""

import re
import threading
from array import array
from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from flask import current_app
from sqlalchemy import ARRAY, Integer, bindparam, select, text

from engage.accounts.organisations import Organisation
from engage.activities.models import (
    Activity,
    ActivityState,
    ActivityText,
    Initiative,
    Occurrence,
    OccurrenceState,
    Place,
)
from engage.base import revisions
from engage.base.db import db

FACETS = ("dimension", "goal", "feature", "kind", "audience", "town", "free", "spoken")
ONLINE = "online"
# What is over leaves the memory after at most this long; until then `find` passes it over.
_REBUILD_AFTER = timedelta(hours=1)
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Dates:
    """Dates by their start, one row of numbers for each fact; a date is its position in them.

    Ten thousand take half a megabyte so. As objects they took four times as much, and in each process: looking at an
    object writes into it, and so into a page of memory that was shared until then.
    """

    starts: "array[float]"  # seconds since 1970
    ends: "array[float]"
    occurrences: "array[int]"  # their ids
    # Few numbers many times over: their objects are the same, and looking them up makes no new ones.
    indexes: tuple[int, ...]  # their activities' bits
    towns: tuple[int, ...]  # positions in `Catalogue.towns`
    cancelled: bytes  # 1 when it is

    def __len__(self) -> int:
        return len(self.starts)

    def start(self, position: int, zone: tzinfo = UTC) -> datetime:
        """When this date begins, as clocks in `zone` show it."""
        return datetime.fromtimestamp(self.starts[position], zone)

    def end(self, position: int, zone: tzinfo = UTC) -> datetime:
        """When this date is over."""
        return datetime.fromtimestamp(self.ends[position], zone)


@dataclass(frozen=True)
class Catalogue:
    """Activities with a date that is not over, by bit; `masks[facet][value]` has the bits of those that carry a value."""

    revision: int
    read_at: datetime
    dates: Dates
    ends: "array[float]"  # of the dates, in their own order
    towns: tuple[str, ...]  # values of that facet
    activity_ids: tuple[int, ...]
    masks: dict[str, dict[str, int]]
    names: dict[str, int]  # words of places, towns, organisers, initiatives and what one date alone is called
    lexemes: tuple[str, ...]  # stems that stand in the published texts
    called: dict[str, frozenset[int]]  # the dates that have a word in a title of their own
    words: frozenset[str]  # words as they stand in titles and summaries, to correct a spelling by
    index: dict[int, int]
    longest: float  # seconds, of a date

    @property
    def everything(self) -> int:
        return (1 << len(self.activity_ids)) - 1

    def next_end(self, now: datetime) -> datetime:
        """When the next of these dates is over, which changes what there is; the end of time when all are."""
        position = bisect_right(self.ends, now.timestamp())
        if position == len(self.ends):
            return datetime.max.replace(tzinfo=UTC)
        return datetime.fromtimestamp(self.ends[position], UTC)

    def bits(self, activity_ids: list[int]) -> int:
        """The bits of these activities; those with no coming date have none."""
        mask = 0
        for number in activity_ids:
            if (index := self.index.get(number)) is not None:
                mask |= 1 << index
        return mask

    def between(self, first: datetime, last: datetime | None) -> list[int]:
        """Dates that are not over at `first` and begin before `last`, by start."""
        starts, ends, begin = self.dates.starts, self.dates.ends, first.timestamp()
        low = bisect_left(starts, begin - self.longest)
        high = len(starts) if last is None else bisect_left(starts, last.timestamp())
        return [position for position in range(low, high) if ends[position] > begin]


_reading = threading.Lock()


def catalogue(now: datetime) -> Catalogue:
    """The present catalogue; one cheap query tells whether it is still true."""
    remembered: Catalogue | None = current_app.extensions.get("engage.catalogue")
    revision = revisions.number("activities")
    if remembered is not None and remembered.revision == revision and now - remembered.read_at < _REBUILD_AFTER:
        return remembered
    with _reading:
        remembered = current_app.extensions.get("engage.catalogue")
        if remembered is None or remembered.revision != revision or now - remembered.read_at >= _REBUILD_AFTER:
            remembered = _read(revision, now)
            current_app.extensions["engage.catalogue"] = remembered
        return remembered


# An array is one parameter; a list would be as many as there are activities.
_IDS = bindparam("ids", type_=ARRAY(Integer))
_COMING = (
    select(
        Occurrence.id,
        Occurrence.activity_id,
        Occurrence.starts_at,
        Occurrence.ends_at,
        Occurrence.state,
        Occurrence.titles,
        Activity.state.label("activity_state"),
        Place.name.label("place"),
        Place.town,
    )
    .select_from(Occurrence)
    .join(Activity, Occurrence.activity_id == Activity.id)
    .outerjoin(Place, Occurrence.place_id == Place.id)
    .where(Activity.state.in_([ActivityState.PUBLISHED, ActivityState.CALLED_OFF]))
    .order_by(Occurrence.starts_at, Occurrence.id)
)
_DESCRIBED = (
    select(
        Activity.id,
        Activity.kind,
        Activity.audiences,
        Activity.dimensions,
        Activity.sdgs,
        Activity.key_features,
        Activity.spoken_languages,
        Activity.price,
        Organisation.name.label("organisation"),
        Initiative.names.label("initiative"),
    )
    .join(Organisation)
    .outerjoin(Initiative, Activity.initiative_id == Initiative.id)
    .where(Activity.id == _IDS.any_())
)


def _read(revision: int, now: datetime) -> Catalogue:
    masks: dict[str, dict[str, int]] = {facet: defaultdict(int) for facet in FACETS}
    names: dict[str, int] = defaultdict(int)
    called: dict[str, set[int]] = defaultdict(set)
    index: dict[int, int] = {}
    towns: dict[str, int] = {}
    starts, ends, occurrences, cancelled = array("d"), array("d"), array("q"), bytearray()
    indexes: list[int] = []
    held_in: list[int] = []
    for row in db.session.execute(_COMING.where(Occurrence.ends_at > now)):  # one by one: all at once are megabytes
        number = index.setdefault(row.activity_id, len(index))
        town = row.town or ONLINE
        masks["town"][town] |= 1 << number
        _name(names, 1 << number, row.place, row.town, *row.titles.values())
        for word in {word for title in row.titles.values() for word in split(title)}:
            called[word].add(len(starts))
        starts.append(row.starts_at.timestamp())
        ends.append(row.ends_at.timestamp())
        occurrences.append(row.id)
        indexes.append(number)
        held_in.append(towns.setdefault(town, len(towns)))
        cancelled.append(row.state == OccurrenceState.CANCELLED or row.activity_state == ActivityState.CALLED_OFF)
    ids = tuple(index)
    for described in db.session.execute(_DESCRIBED, {"ids": list(ids)}):
        _mark(masks, names, described, 1 << index[described.id])
    return Catalogue(
        revision=revision,
        read_at=now,
        dates=Dates(starts, ends, occurrences, tuple(indexes), tuple(held_in), bytes(cancelled)),
        ends=array("d", sorted(ends)),
        towns=tuple(towns),
        activity_ids=ids,
        masks={facet: dict(values) for facet, values in masks.items()},
        names=dict(names),
        called={word: frozenset(dates) for word, dates in called.items()},
        lexemes=_lexemes(),
        words=_words(ids),
        index=index,
        longest=max((end - start for start, end in zip(starts, ends, strict=True)), default=0.0),
    )


def _mark(masks: dict[str, dict[str, int]], names: dict[str, int], row: Any, bit: int) -> None:
    values = {
        "dimension": row.dimensions,
        "goal": row.sdgs,
        "feature": row.key_features,
        "kind": [row.kind],
        "audience": row.audiences,
        "free": ["1"] if row.price == 0 else [],
        "spoken": row.spoken_languages,
    }
    for facet, found in values.items():
        for value in found:
            masks[facet][str(value)] |= bit
    _name(names, bit, row.organisation, *(row.initiative or {}).values())


def _name(names: dict[str, int], bit: int, *texts: str | None) -> None:
    for name in texts:
        for word in split(name or ""):
            names[word] |= bit


def split(words: str) -> list[str]:
    """The words of a text, in lower case."""
    return _WORD.findall(words.lower())


_LEXEMES = text(
    "SELECT word FROM ts_stat('SELECT search FROM activity_text JOIN activity ON activity.id = activity_id "
    "WHERE state IN (''published'', ''called_off'') ')"
)


def _lexemes() -> tuple[str, ...]:
    return tuple(db.session.scalars(_LEXEMES))


def _words(activity_ids: tuple[int, ...]) -> frozenset[str]:
    shown = select(ActivityText.title + " " + ActivityText.summary).where(ActivityText.activity_id == _IDS.any_())
    lines = db.session.scalars(shown, {"ids": list(activity_ids)})
    return frozenset(word for line in lines for word in split(line))
