"""Who is reached, where somebody was asked for an age band or a part of town."""

from collections.abc import Mapping
from datetime import date, datetime
from math import sqrt

from engage.base.config import current_settings
from engage.registrations.facts import AGE, AREA, UNSAID
from engage.registrations.whom import OUTSIDE
from engage.statistics import population, reading
from engage.statistics.answers import Reach, Reached, Verdict, Whom
from engage.statistics.population import Known
from engage.statistics.scope import Scope

# With fewer answers nothing is said of who is reached.
LEAST_ANSWERS = 30
# The key of small parts of town together, and of those the city file no longer has.
OTHER = "other"
# Fewer than four fifths of what the population would give, and less than chance gives once in twenty times; many likewise.
_FAR = 0.8
_BEYOND_CHANCE = 1.645


def by_age(scope: Scope, *, now: datetime) -> tuple[Whom, ...]:
    """The age bands of those with a place, where they were asked."""
    return _whom(scope, AGE, now)


def by_area(scope: Scope, *, now: datetime) -> tuple[Whom, ...]:
    """The parts of town of those with a place, where they were asked."""
    return _whom(scope, AREA, now)


def _whom(scope: Scope, part: str, now: datetime) -> tuple[Whom, ...]:
    return tuple(Whom(row["value"], row["sign_ups"], row["seats"]) for row in reading.whom(scope, part, now))


def reached(scope: Scope, part: str, *, now: datetime) -> Reach:
    """Who is reached of the age bands (`AGE`) or parts of town (`AREA`), beside the population at the end of the period.

    What counts is who signed up and told it; who comes from outside, or would rather not say, is told apart. A part of town with
    fewer inhabitants than the city's `small_area` is shown together with other small ones, never alone.
    """
    said = {each.value: each.sign_ups for each in _whom(scope, part, now)}
    unsaid, outside = said.pop(UNSAID, 0), said.pop(OUTSIDE, 0) if part == AREA else 0
    known = population.known(part, scope.to)
    answered = sum(said.values())
    parts = tuple(
        _compared(key, keys, sum(said.get(each, 0) for each in keys), answered, known)
        for key, keys in _grouped(part, said, known).items()
    )
    return Reach(parts, answered, unsaid, outside, known.year if known else None, known.source if known else "")


def _grouped(part: str, said: Mapping[str, int], known: Known | None) -> dict[str, tuple[str, ...]]:
    """What is shown by what it is made of. While the population is not known, no part of town can be told to be large enough;
    they are staff's own numbers, and shown as they are."""
    keys = population.keys(part)
    unknown = tuple(sorted(set(said) - set(keys)))
    together = _small(known) if part == AREA and known is not None else set()
    found: dict[str, tuple[str, ...]] = {key: (key,) for key in keys if key not in together}
    rest = (*(key for key in keys if key in together), *unknown)
    return {**found, OTHER: rest} if rest else found


def large_areas(on: date) -> frozenset[str] | None:
    """The parts of town that may be shown alone on a day; None while it is not known how many live in them."""
    known = population.known(AREA, on)
    return None if known is None else frozenset(known.numbers) - _small(known)


def _small(known: Known) -> set[str]:
    """Parts of town that are too small to be shown alone; so many more, the smallest first, that they are large together."""
    least = current_settings().city.small_area
    found = {key for key, number in known.numbers.items() if number < least}
    for key in sorted(known.numbers, key=lambda key: known.numbers[key]) if found else ():
        if len(found) > 1 and sum(known.numbers[each] for each in found) >= least:
            break
        found.add(key)
    return found


def _compared(key: str, keys: tuple[str, ...], sign_ups: int, answered: int, known: Known | None) -> Reached:
    inhabitants = sum(known.numbers.get(each, 0) for each in keys) if known else None
    expected = inhabitants / known.total if known and known.total and inhabitants is not None else None
    return Reached(
        key=key,
        keys=keys,
        sign_ups=sign_ups,
        share=sign_ups / answered if answered else None,
        inhabitants=inhabitants,
        population_share=expected,
        verdict=_verdict(sign_ups, answered, expected),
    )


def _verdict(sign_ups: int, answered: int, expected: float | None) -> Verdict:
    if answered < LEAST_ANSWERS or not expected:
        return Verdict.UNKNOWN
    wanted, chance = expected * answered, _BEYOND_CHANCE * sqrt(answered * expected * (1 - expected))
    if sign_ups < wanted * _FAR and sign_ups < wanted - chance:
        return Verdict.FEW
    return Verdict.MANY if sign_ups > wanted / _FAR and sign_ups > wanted + chance else Verdict.AS_EXPECTED
