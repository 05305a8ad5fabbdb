"""Activities and their dates: what is coming, where and when, and how to find it."""

from engage.activities.calendar import Filters, Found, count_by, find
from engage.activities.facts import OccurrenceFacts, next_date, occurrence, occurrences, other_dates

__all__ = [
    "Filters", "Found", "OccurrenceFacts", "count_by", "find", "next_date", "occurrence", "occurrences", "other_dates",
]  # fmt: skip
