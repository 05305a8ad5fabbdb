"""The themes by which the network's cities work together, and which goals and Key Features of ours speak of each.

The seven are the network's clusters; which goal belongs to which is this project's own reading, as no official list says it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from engage.base.i18n import LazyText
from engage.base.i18n import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class Theme:
    """A theme with the goals and the Key Features that an activity is marked with when it is part of it."""

    name: LazyText
    sdgs: frozenset[int] = frozenset()
    features: frozenset[str] = frozenset()


THEMES: Mapping[str, Theme] = {
    "sustainable-development": Theme(
        _l("Education for sustainable development"),
        frozenset({2, 6, 7, 11, 12, 13, 14, 15}),
        frozenset({"kf-esd", "kf-environment", "kf-liveability"}),
    ),
    "equity-inclusion": Theme(
        _l("Equity and inclusion"),
        frozenset({1, 5, 10}),
        frozenset({"kf-gender-equality", "kf-marginalised", "kf-barriers"}),
    ),
    "planning-monitoring": Theme(
        _l("Planning, monitoring and evaluation"), features=frozenset({"kf-strategy", "kf-monitoring"})
    ),
    "global-citizenship": Theme(
        _l("Global citizenship"),
        frozenset({16, 17}),
        frozenset({"kf-public-life", "kf-safe-community", "kf-shared-values"}),
    ),
    "entrepreneurship": Theme(
        _l("Entrepreneurship"),
        frozenset({8, 9}),
        frozenset({"kf-inclusive-growth", "kf-employment", "kf-innovation", "kf-workforce", "kf-employers", "kf-unemployed"}),
    ),
    "health": Theme(_l("Health and well-being"), frozenset({3}), frozenset({"kf-recreation"})),
    "literacy": Theme(_l("Literacy"), features=frozenset({"kf-literacy", "kf-citizen-ict"})),
}  # fmt: skip


def themes_of(sdgs: Collection[int], features: Collection[str]) -> tuple[str, ...]:
    """The themes of what is marked with these goals and Key Features, in their order; none for most of goal 4 alone."""
    return tuple(
        key for key, theme in THEMES.items() if theme.sdgs.intersection(sdgs) or theme.features.intersection(features)
    )
