"""What is coming, as every process remembers it: just enough to filter and count, re-read when it changed.

Counting seventy choices over ten thousand dates in SQL costs tens of milliseconds a page. Here each choice is one integer
whose bits are activities, and a count is an AND. Whatever a person is shown (words, places left) is read fresh.
"""

import re
import threading
from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any

from flask import current_app
from sqlalchemy import ARRAY, Integer, bindparam, select, text

from engage.activities import bits, hands, spans
from engage.activities.coming import Catalogue, Dates, Order, numbers
from engage.activities.models import ActivityText
from engage.activities.spans import Row
from engage.activities.wordlist import Words
from engage.base import revisions
from engage.base.db import db

FACETS = ("dimension", "goal", "feature", "kind", "audience", "town", "free", "spoken")
ONLINE = "online"
# What is over leaves the memory after at most this long; until then `find` passes it over.
_REBUILD_AFTER = timedelta(hours=1)
_WORD = re.compile(r"[^\W_]+")
# Read as one text: cutting each line into its words took most of the time.
_LINES = 200
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
            remembered = _read(revision, now, remembered)
            current_app.extensions["engage.catalogue"] = remembered
        return remembered


def split(words: str) -> list[str]:
    """The words of a text, in lower case."""
    return _WORD.findall(words.lower())


# One row: each column is a whole row of numbers, as the processor of the other side writes them. As rows of their own a hundred
# thousand dates took ten times as long to read.
_COMING = text(
    r"""
    SELECT string_agg(float8send(CAST(extract(epoch FROM starts_at) AS float8)), '' ORDER BY starts_at, occurrence.id),
           string_agg(float8send(CAST(extract(epoch FROM ends_at) AS float8)), '' ORDER BY starts_at, occurrence.id),
           string_agg(int4send(occurrence.id), '' ORDER BY starts_at, occurrence.id),
           string_agg(int4send(activity_id), '' ORDER BY starts_at, occurrence.id),
           string_agg(int4send(coalesce(occurrence.place_id, 0)), '' ORDER BY starts_at, occurrence.id),
           string_agg(CASE WHEN occurrence.state = 'cancelled' OR activity.state = 'called_off'
                           THEN CAST('\x01' AS bytea) ELSE CAST('\x00' AS bytea) END, ''
                      ORDER BY starts_at, occurrence.id)
      FROM occurrence JOIN activity ON activity.id = activity_id
     WHERE ends_at > :now AND activity.state IN ('published', 'called_off')
    """
)
_TITLES = text(
    """
    SELECT occurrence.id, titles FROM occurrence JOIN activity ON activity.id = activity_id
     WHERE ends_at > :now AND activity.state IN ('published', 'called_off') AND titles <> '{}'
    """
)
# An array is one parameter; a list would be as many as there are activities.
_IDS = bindparam("ids", type_=ARRAY(Integer))
_CARRIED = text(
    """
    SELECT facet, value, string_agg(int4send(id), '')
      FROM activity CROSS JOIN LATERAL (
           SELECT 'dimension', unnest(dimensions)
           UNION ALL SELECT 'goal', CAST(unnest(sdgs) AS text)
           UNION ALL SELECT 'feature', unnest(key_features)
           UNION ALL SELECT 'kind', CAST(kind AS text)
           UNION ALL SELECT 'audience', unnest(audiences)
           UNION ALL SELECT 'free', '1' WHERE price = 0
           UNION ALL SELECT 'spoken', unnest(spoken_languages)
           UNION ALL SELECT 'organisation', CAST(organisation_id AS text)
           UNION ALL SELECT 'initiative', CAST(initiative_id AS text) WHERE initiative_id IS NOT NULL
           ) AS carried (facet, value)
     WHERE id = ANY(:ids)
     GROUP BY facet, value
    """
).bindparams(_IDS)
_PLACES = text("SELECT id, name, town FROM place WHERE id = ANY(:ids)").bindparams(_IDS)
_ORGANISATIONS = text("SELECT id, name FROM organisation WHERE id = ANY(:ids)").bindparams(_IDS)
_INITIATIVES = text("SELECT id, names FROM initiative WHERE id = ANY(:ids)").bindparams(_IDS)


@dataclass
class _Reading:
    """What has been read so far."""

    dates: Dates
    index: dict[int, int]
    places: dict[int, set[int]]  # the bits of what is held there; 0 is nowhere
    towns: dict[str, int] = field(default_factory=dict)
    masks: dict[str, dict[str, int]] = field(default_factory=lambda: {facet: {} for facet in FACETS})
    names: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    called: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))

    def name(self, mask: int, *texts: str | None) -> None:
        """Let activities be found by the words of these texts."""
        for word in {word for words in texts for word in split(words or "")}:
            self.names[word] |= mask


def _read(revision: int, now: datetime, before: Catalogue | None = None) -> Catalogue:
    """All of it; of words only what `before` cannot know: reading every text takes as long as all the rest."""
    texts = revisions.number("texts")
    found = _dates(now)
    _read_titles(found, now)
    _read_carried(found)
    ids, names = tuple(found.index), Words(found.names)
    known = before if before is not None and before.texts == texts else None
    return Catalogue(
        revision=revision,
        texts=texts,
        read_at=now,
        dates=found.dates,
        order=_order(found.dates, len(ids), len(found.towns)),
        hands=hands.read(found.dates, now),
        towns=tuple(found.towns),
        activity_ids=ids,
        index=found.index,
        masks=found.masks,
        names=dict(found.names),
        called={word: frozenset(dates) for word, dates in found.called.items()},
        lexemes=known.lexemes if known else Words(db.session.scalars(_LEXEMES)),
        name_words=names,
        # To correct a spelling by. It may know a word too many until the day is over, of a date that is, and none too few.
        words=known.words if known and _knows(known, found, now) else Words(_words(ids, names)),
    )


def _knows(before: Catalogue, found: _Reading, now: datetime) -> bool:
    """Whether the words of `before`, of whose texts none changed, have all that these do."""
    return (
        before.read_at.date() == now.date()
        and found.index.keys() <= before.index.keys()
        and found.names.keys() <= before.names.keys()
    )


def _dates(now: datetime) -> _Reading:
    """The dates by their start, each with its activity's bit (the first to come has the first one) and its place's town."""
    starts, ends, occurrences, activities, places, cancelled = db.session.execute(_COMING, {"now": now}).one()
    index: dict[int, int] = {}
    indexes = array("I", (index.setdefault(number, len(index)) for number in numbers("i", activities)))
    held_in = numbers("i", places)
    there: dict[int, set[int]] = defaultdict(set)
    for place, number in zip(held_in, indexes, strict=True):
        there[place].add(number)
    named = db.session.execute(_PLACES, {"ids": list(there)}).all()
    found_in = {row.id: row.town or ONLINE for row in named}
    towns: dict[str, int] = {}
    of_place = {place: towns.setdefault(found_in.get(place, ONLINE), len(towns)) for place in there}
    dates = Dates(
        starts=numbers("d", starts),
        ends=numbers("d", ends),
        occurrences=numbers("i", occurrences),
        indexes=indexes,
        towns=array("I", (of_place[place] for place in held_in)),
        cancelled=cancelled or b"",
    )
    found = _Reading(dates, index, there, towns)
    masks = {place: bits.of(numbers, len(index)) for place, numbers in there.items()}
    for place, mask in masks.items():
        town = found_in.get(place, ONLINE)
        found.masks["town"][town] = found.masks["town"].get(town, 0) | mask
    for row in named:
        found.name(masks[row.id], row.name, row.town)
    return found


def _read_titles(found: _Reading, now: datetime) -> None:
    """What single dates are called."""
    titles = {row.id: row.titles for row in db.session.execute(_TITLES, {"now": now})}
    dates, named = found.dates, defaultdict[str, set[int]](set)
    for position, number in enumerate(dates.occurrences) if titles else ():
        for word in {word for title in titles.get(number, {}).values() for word in split(title)}:
            found.called[word].add(position)
            named[word].add(dates.indexes[position])
    for word, those in named.items():
        found.names[word] |= bits.of(those, len(found.index))


def _read_carried(found: _Reading) -> None:
    """The values of all facets besides the town, and the names of who holds what."""
    index, carried = found.index, defaultdict[str, dict[int, int]](dict)
    for facet, value, sent in db.session.execute(_CARRIED, {"ids": list(index)}):
        mask = bits.of((index[number] for number in numbers("i", sent)), len(index))
        if facet in found.masks:
            found.masks[facet][value] = mask
        else:
            carried[facet][int(value)] = mask
    for row in _rows(_ORGANISATIONS, carried["organisation"]):
        found.name(carried["organisation"][row.id], row.name)
    for row in _rows(_INITIATIVES, carried["initiative"]):
        found.name(carried["initiative"][row.id], *row.names.values())


def _rows(statement: Any, ids: Mapping[int, int]) -> Iterable[Any]:
    return db.session.execute(statement, {"ids": list(ids)}) if ids else ()


def _order(dates: Dates, activities: int, towns: int) -> Order:
    in_town, of_activity = [array("I") for _town in range(towns)], [0] * (activities + 1)
    for position, town in enumerate(dates.towns):
        in_town[town].append(position)
    for number in dates.indexes:
        of_activity[number + 1] += 1
    begins = array("I", accumulate(of_activity))
    return Order(
        ends=array("d", sorted(dates.ends)),
        long=spans.long_ones(dates.starts, dates.ends),
        towns=tuple(Row.of(positions, dates.indexes, activities) for positions in in_town),
        begins=begins,
        # Sorting keeps the order of what is alike: an activity's dates stay by their start.
        activities=array("I", sorted(range(len(dates)), key=dates.indexes.__getitem__)),
    )


_LEXEMES = text(
    "SELECT word FROM ts_stat('SELECT search FROM activity_text JOIN activity ON activity.id = activity_id "
    "WHERE state IN (''published'', ''called_off'') ')"
)


def _words(activity_ids: Iterable[int], besides: Iterable[str]) -> set[str]:
    found = set(besides)
    shown = select(ActivityText.title + " " + ActivityText.summary).where(ActivityText.activity_id == _IDS.any_())
    for lines in db.session.scalars(shown, {"ids": list(activity_ids)}).partitions(_LINES):
        found.update(split(" ".join(lines)))
    return found
