"""What leaves staff's circle: closed months, frozen, in sums that expose nobody (docs/decisions/0005)."""

from engage.statistics.releases.comparing import before, counts_of, each_before
from engage.statistics.releases.freezing import closes_on, freeze
from engage.statistics.releases.reading import (
    NONE,
    THEME,
    UNTOLD,
    Counts,
    Months,
    MonthsBackwards,
    PeriodTooLong,
    Released,
    all_months,
    latest,
    least_by_year,
    released,
)
from engage.statistics.releases.safety import ATTRIBUTES, OTHER, SPLITS

__all__ = [
    "ATTRIBUTES", "NONE", "OTHER", "SPLITS", "THEME", "UNTOLD", "Counts", "Months", "MonthsBackwards", "PeriodTooLong",
    "Released", "all_months", "before", "closes_on", "counts_of", "each_before", "freeze", "latest", "least_by_year",
    "released",
]  # fmt: skip
