"""Several tables by one question, which costs little more than one of them: for pages that show them side by side."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial

from engage.statistics import goals, parts, reading
from engage.statistics.answers import Line
from engage.statistics.figures import Figures
from engage.statistics.scope import Scope

_LINES: Mapping[str, Callable[[Mapping[str, Figures]], tuple[Line, ...]]] = {
    **{axis: partial(goals.lines, axis) for axis in ("dimension", "sdg", "key_feature")},
    **{axis: partial(parts.lines, axis) for axis in ("organisation", "initiative", "audience", "kind")},
}


def together(scope: Scope, *axes: str, now: datetime) -> tuple[Figures, dict[str, tuple[Line, ...]]]:
    """What a scope adds up to, and its lines by each of these axes, as `by_dimension`, `by_audience` and the others give them."""
    found = reading.several(scope, ("total", *axes), now)
    return found["total"].get("", Figures()), {axis: _LINES[axis](found[axis]) for axis in axes}
