"""UNESCO's own list: our 42 are a reconstruction, corrected here by who has the document, and ticked off one by one."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

from sqlalchemy import select, update

from engage.base.db import db
from engage.base.errors import Refusal
from engage.base.i18n import lazy_gettext as _l
from engage.goals import loading
from engage.goals.models import FocalPoint, KeyFeature

# What a list may bring: a text in a language, or the number the document gives it.
_TITLE, _SHORT = "title_", "short_"
_LONGEST = 400


class TitleMissing(Refusal):
    """A Key Feature needs its English title: that is the one in the document."""

    code = "title_missing"
    message = _l("Write the title in English, as it stands in the document.")


class CodeTaken(Refusal):
    """Another Key Feature has this number."""

    code = "code_taken"
    message = _l("%(code)s is the number of another Key Feature: %(title)s.")


class CodeMissing(Refusal):
    """A Key Feature needs the number the document gives it."""

    code = "code_missing"
    message = _l("Write the number it has in the document, for example 3.2.")


@dataclass(frozen=True)
class Correction:
    """What a Key Feature says in the document; None and missing languages leave what there is."""

    feature: str
    code: str | None = None
    titles: Mapping[str, str] = field(default_factory=dict)
    short_titles: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Difference:
    """A row of an official list beside ours: what would change, as (what, ours, theirs)."""

    correction: Correction
    ours: KeyFeature
    changes: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Comparison:
    """An official list beside ours. `unknown` are rows that fit none of ours, as they were read; `missing` ours that it lacks."""

    differences: tuple[Difference, ...]
    same: tuple[Difference, ...]
    unknown: tuple[str, ...]
    missing: tuple[KeyFeature, ...]


def features() -> list[KeyFeature]:
    """All 42 in the order of the list."""
    return list(db.session.scalars(select(KeyFeature).order_by(KeyFeature.position)))


@dataclass(frozen=True)
class Proposal:
    """What the network proposes to measure a Key Feature by; all texts by language."""

    names: Mapping[str, str]
    units: Mapping[str, str]
    definitions: Mapping[str, str]
    sources: Mapping[str, str]


def proposals(feature: KeyFeature) -> list[Proposal]:
    """The measurements that stand beside a Key Feature in the list."""
    units, sources = _words_of_measurements()
    return [
        Proposal(each["name"], units[each["unit"]], each["definition"], sources[each["data_source"]])
        for each in feature.details.get("measurements", ())
    ]


@cache
def _words_of_measurements() -> tuple[Mapping[str, Mapping[str, str]], Mapping[str, Mapping[str, str]]]:
    document = loading.read("key_features")
    return document["units"], document["data_sources"]


def focal_points() -> list[FocalPoint]:
    """The 12, in their order."""
    return list(db.session.scalars(select(FocalPoint).order_by(FocalPoint.position)))


def find(name: str) -> KeyFeature | None:
    """The Key Feature with this stable id."""
    return db.session.get(KeyFeature, name)


def correct(wanted: Correction, *, now: datetime) -> dict[str, list[str]]:
    """Write what stands in the document. Returns {field: [before, after]} of what changed; the loader leaves it alone then.

    A change of the title or number takes the tick away: it was given to other words. Refuses `TitleMissing`, `CodeMissing`,
    `CodeTaken`.
    """
    found = db.session.get(KeyFeature, wanted.feature, with_for_update=True)
    if found is None:
        return {}
    if not {**found.titles, **wanted.titles}.get("en"):
        raise TitleMissing
    if wanted.code is not None and not wanted.code:
        raise CodeMissing
    if wanted.code and wanted.code != found.code:
        other = db.session.scalar(select(KeyFeature).where(KeyFeature.code == wanted.code, KeyFeature.id != found.id))
        if other is not None:
            raise CodeTaken(code=wanted.code, title=other.titles.get("en", ""))
    changed = {what: [ours, theirs] for what, ours, theirs in _changes(found, wanted)}
    if not changed:
        return {}
    found.code = wanted.code or found.code
    found.titles = {**found.titles, **{code: words[:_LONGEST] for code, words in wanted.titles.items() if words}}
    found.short_titles = {
        **found.short_titles, **{code: words[:80] for code, words in wanted.short_titles.items() if words},
    }  # fmt: skip
    if any(what == "code" or what == "title_en" for what in changed):
        found.verified, found.verified_at = False, None
    found.corrected_at = now
    db.session.flush()
    return changed


def tick(features: Collection[str], *, now: datetime) -> list[str]:
    """Say that these were compared with the document. Returns those that were not ticked before."""
    wanted = update(KeyFeature).where(KeyFeature.id.in_(features), KeyFeature.verified.is_(False))
    done = db.session.execute(wanted.values(verified=True, verified_at=now).returning(KeyFeature.id))
    return sorted(done.scalars())


def untick(features: Collection[str]) -> list[str]:
    """Take ticks back. Returns those that were ticked."""
    wanted = update(KeyFeature).where(KeyFeature.id.in_(features), KeyFeature.verified.is_(True))
    done = db.session.execute(wanted.values(verified=False, verified_at=None).returning(KeyFeature.id))
    return sorted(done.scalars())


def compare(rows: Iterable[Mapping[str, str]]) -> Comparison:
    """A list's rows beside ours, by our id, else by the number. Columns: id, code, title_en/_da/_de, short_en/_da/_de."""
    ours = features()
    by_id, by_code = {each.id: each for each in ours}, {each.code: each for each in ours}
    differences: list[Difference] = []
    same: list[Difference] = []
    unknown: list[str] = []
    seen: set[str] = set()
    for row in rows:
        known = by_id.get(row.get("id", "")) or by_code.get(row.get("code", "").rstrip("."))
        correction = _correction(known, row) if known is not None and known.id not in seen else None
        if known is None or correction is None:
            unknown.append(" · ".join(words for words in row.values() if words)[:200])
            continue
        seen.add(known.id)
        difference = Difference(correction, known, tuple(_changes(known, correction)))
        (differences if difference.changes else same).append(difference)
    missing = tuple(each for each in ours if each.id not in seen)
    return Comparison(tuple(differences), tuple(same), tuple(unknown), missing)


def carry_out(found: Comparison, *, now: datetime) -> dict[str, dict[str, list[str]]]:
    """Correct ours by the list, and tick off what it holds: who brings it has said that it is the document's.

    Returns the changes by Key Feature. Numbers may go round in a ring: they are cleared first.
    """
    moving = [each for each in found.differences if each.correction.code and each.correction.code != each.ours.code]
    before = {each.ours.id: each.ours.code for each in moving}
    for number, each in enumerate(moving):
        each.ours.code = f"~{number}"
    db.session.flush()
    changed = {}
    for each in found.differences:
        facts = correct(each.correction, now=now)
        if each.ours.id in before:
            facts["code"] = [before[each.ours.id], each.ours.code]
        changed[each.ours.id] = facts
    tick([each.ours.id for each in (*found.differences, *found.same)], now=now)
    return changed


def _correction(known: KeyFeature, row: Mapping[str, str]) -> Correction:
    def texts(prefix: str) -> dict[str, str]:
        return {key.removeprefix(prefix): words for key, words in row.items() if key.startswith(prefix) and words}

    code = row.get("code", "").rstrip(".") or None
    return Correction(known.id, code, texts(_TITLE), texts(_SHORT))


def _changes(ours: KeyFeature, wanted: Correction) -> list[tuple[str, str, str]]:
    found = [("code", ours.code, wanted.code)] if wanted.code and wanted.code != ours.code else []
    for prefix, own, their in ((_TITLE, ours.titles, wanted.titles), (_SHORT, ours.short_titles, wanted.short_titles)):
        found += [
            (prefix + code, own.get(code, ""), words)
            for code, words in their.items()
            if words and own.get(code) != words
        ]
    return found
