"""By what a Key Feature is measured, and the values over time: added, struck out with a reason, never overwritten."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select

from engage.base.db import db
from engage.base.errors import Refusal
from engage.base.i18n import lazy_gettext as _l
from engage.base.identifiers import public_id
from engage.goals.cycle.choosing import NoSuchFeature
from engage.goals.cycle.models import Better, Indicator, Measurement
from engage.goals.models import KeyFeature


class NameMissing(Refusal):
    """An indicator needs a name and a unit."""

    code = "indicator_name_missing"
    message = _l("Write what is measured.")


class UnitMissing(Refusal):
    """An indicator needs a unit."""

    code = "indicator_unit_missing"
    message = _l("Write the unit, for example percent or people.")


class BaselineIncomplete(Refusal):
    """A baseline is a value with the day it holds for, and its source."""

    code = "baseline_incomplete"
    message = _l("A baseline needs a number, the day it holds for, and where it is from. Write all three, or none.")


class TargetIncomplete(Refusal):
    """A target is a value and a day."""

    code = "target_incomplete"
    message = _l("A target needs a number and the day it is to be reached. Write both, or none.")


class SourceMissing(Refusal):
    """A value without a source tells nobody anything in two years."""

    code = "source_missing"
    message = _l("Write where the number is from.")


class DayMissing(Refusal):
    """A value needs the day it holds for, and that day has been."""

    code = "measured_day_missing"
    message = _l("Write the day the number holds for. It cannot be later than today.")


class ValueMissing(Refusal):
    """There is no number."""

    code = "value_missing"
    message = _l("Write the number.")


class MeasuredAlready(Refusal):
    """There is another value for that day."""

    code = "measured_already"
    message = _l("There is a number for this day already: %(value)s. Strike that one out first.")


class ReasonMissing(Refusal):
    """What is struck out needs a reason."""

    code = "strike_reason_missing"
    message = _l("Write why the number is struck out, so that others can understand it later.")


class IndicatorChanged(Refusal):
    """Somebody else changed it meanwhile."""

    code = "indicator_changed"
    message = _l("A colleague changed this meanwhile. Here is what it says now; write your change again.")


@dataclass(frozen=True)
class IndicatorInput:
    """All of an indicator that staff write. Names and units by language; what a language lacks is shown in another."""

    names: Mapping[str, str]
    units: Mapping[str, str]
    definition: str = ""
    better: Better = Better.UP
    baseline_value: Decimal | None = None
    baseline_on: date | None = None
    baseline_source: str = ""
    target_value: Decimal | None = None
    target_on: date | None = None


@dataclass(frozen=True)
class Line:
    """An indicator over time: where it began, the latest value, and how far that is on the way to the target (0 to 1)."""

    indicator: Indicator
    latest: Measurement | None
    progress: float | None
    values: Sequence[Measurement] = field(default=())


def add(feature: str, wanted: IndicatorInput, *, now: datetime) -> Indicator:
    """Measure a Key Feature by one thing more. Refuses what is incomplete, and `NoSuchFeature`."""
    if db.session.get(KeyFeature, feature) is None:
        raise NoSuchFeature
    _check(wanted)
    found = Indicator(public_id=public_id(), key_feature_id=feature, made_at=now, version=0, **_columns(wanted))
    db.session.add(found)
    db.session.flush()
    return found


def change(found: Indicator, wanted: IndicatorInput, *, version: int) -> dict[str, list[str]]:
    """Write an indicator anew. Returns {field: [before, after]} of what changed, for the log.

    Refuses what is incomplete, and `IndicatorChanged` where it is not the `version` that was read.
    """
    db.session.refresh(found, with_for_update=True)
    if found.version != version:
        raise IndicatorChanged
    _check(wanted)
    changed = {}
    for name, value in _columns(wanted).items():
        before = getattr(found, name)
        if before != value:
            changed[name] = [_plain(before), _plain(value)]
            setattr(found, name, value)
    if changed:
        found.version += 1
    db.session.flush()
    return changed


def retire(found: Indicator, *, now: datetime) -> None:
    """Stop measuring by it. Its values stay."""
    found.retired_at = found.retired_at or now
    db.session.flush()


def take_back(found: Indicator) -> None:
    """Measure by it again."""
    found.retired_at = None
    db.session.flush()


def follow_up(
    found: Indicator, value: Decimal | None, on: date | None, source: str, note: str = "", *, today: date, now: datetime
) -> Measurement:
    """Add a value. Twice the same is one. Refuses `ValueMissing`, `DayMissing`, `SourceMissing` and `MeasuredAlready`."""
    if value is None:
        raise ValueMissing
    if on is None or on > today:
        raise DayMissing
    if not source:
        raise SourceMissing
    db.session.refresh(found, with_for_update=True)
    same_day = (Measurement.indicator_id == found.id, Measurement.measured_on == on, Measurement.struck_at.is_(None))
    there = db.session.scalar(select(Measurement).where(*same_day))
    if there is not None:
        if there.value == value and there.source == source[:200]:
            return there
        raise MeasuredAlready(value=_plain(there.value))
    made = Measurement(
        public_id=public_id(), indicator_id=found.id, value=value, measured_on=on, source=source[:200], note=note,
        entered_at=now,
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    return made


def strike(indicator: Indicator, name: str, reason: str, *, now: datetime) -> Measurement | None:
    """Strike out a value of the indicator by its public id; it counts no more and stays to be seen. Refuses `ReasonMissing`."""
    if not reason:
        raise ReasonMissing
    wanted = (Measurement.public_id == name, Measurement.indicator_id == indicator.id)
    found = db.session.scalar(select(Measurement).where(*wanted).with_for_update())
    if found is not None and found.struck_at is None:
        found.struck_at, found.struck_reason = now, reason[:200]
        db.session.flush()
    return found


def by_public_id(name: str) -> Indicator | None:
    """The indicator with this public id."""
    return db.session.scalar(select(Indicator).where(Indicator.public_id == name))


def measurements(found: Indicator, *, struck: bool = False) -> list[Measurement]:
    """Its values, the latest day first; with those struck out if asked for."""
    wanted = select(Measurement).where(Measurement.indicator_id == found.id)
    if not struck:
        wanted = wanted.where(Measurement.struck_at.is_(None))
    return list(db.session.scalars(wanted.order_by(Measurement.measured_on.desc(), Measurement.id.desc())))


def lines(features: Sequence[str], until: date | None = None, *, retired: bool = False) -> dict[str, list[Line]]:
    """The indicators of Key Features with their values, the latest up to the day `until`: two queries however many there are."""
    wanted = select(Indicator).where(Indicator.key_feature_id.in_(features)).order_by(Indicator.id)
    if not retired:
        wanted = wanted.where(Indicator.retired_at.is_(None))
    found = list(db.session.scalars(wanted))
    values = select(Measurement).where(
        Measurement.indicator_id.in_([each.id for each in found]), Measurement.struck_at.is_(None)
    )
    if until is not None:
        values = values.where(Measurement.measured_on <= until)
    by_indicator: dict[int, list[Measurement]] = {}
    for each in db.session.scalars(values.order_by(Measurement.measured_on)):
        by_indicator.setdefault(each.indicator_id, []).append(each)
    told: dict[str, list[Line]] = {feature: [] for feature in features}
    for indicator in found:
        told[indicator.key_feature_id].append(line(indicator, by_indicator.get(indicator.id, ())))
    return told


def line(indicator: Indicator, values: Sequence[Measurement]) -> Line:
    """An indicator with its values, the earliest first."""
    latest = values[-1] if values else None
    return Line(indicator, latest, _progress(indicator, latest), values)


def _progress(indicator: Indicator, latest: Measurement | None) -> float | None:
    """The part of the way from baseline to target that is done; 1 where the target is reached or passed."""
    start, goal = indicator.baseline_value, indicator.target_value
    if start is None or goal is None or latest is None:
        return None
    if start == goal:
        kept = latest.value >= goal if indicator.better == Better.UP else latest.value <= goal
        return 1.0 if kept else 0.0
    return min(1.0, max(0.0, float((latest.value - start) / (goal - start))))


def _check(wanted: IndicatorInput) -> None:
    if not any(wanted.names.values()):
        raise NameMissing
    if not any(wanted.units.values()):
        raise UnitMissing
    baseline = (wanted.baseline_value is not None, wanted.baseline_on is not None, bool(wanted.baseline_source))
    if any(baseline) and not all(baseline):
        raise BaselineIncomplete
    if (wanted.target_value is None) != (wanted.target_on is None):
        raise TargetIncomplete


def _columns(wanted: IndicatorInput) -> dict[str, object]:
    return {
        "names": {code: words[:200] for code, words in wanted.names.items() if words},
        "units": {code: words[:40] for code, words in wanted.units.items() if words},
        "definition": wanted.definition[:2000],
        "better": wanted.better,
        "baseline_value": wanted.baseline_value,
        "baseline_on": wanted.baseline_on,
        "baseline_source": wanted.baseline_source[:200],
        "target_value": wanted.target_value,
        "target_on": wanted.target_on,
    }


def _plain(value: object) -> str:
    if value is None:
        return ""
    return format(value.normalize(), "f") if isinstance(value, Decimal) else str(value)
