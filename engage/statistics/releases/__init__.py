"""What leaves staff's circle: closed months, frozen, in sums that expose nobody (docs/decisions/0005)."""

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
    "Released", "all_months", "closes_on", "freeze", "latest", "least_by_year", "released",
]  # fmt: skip
