"""The report for the network's biennial progress report: a page and files that all say the same."""

from engage.statistics.report.building import report
from engage.statistics.report.contents import Both, Example, Report, Row, Table, shown
from engage.statistics.report.examples import (
    MOST,
    MOST_WORDS,
    ExampleTooLong,
    ExampleWordsMissing,
    NoSuchActivity,
    TooManyExamples,
    examples,
    put,
    take_out,
)
from engage.statistics.report.files import TYPES, written

__all__ = [
    "MOST", "MOST_WORDS", "TYPES", "Both", "Example", "ExampleTooLong", "ExampleWordsMissing", "NoSuchActivity", "Report", "Row",
    "Table", "TooManyExamples", "examples", "put", "report", "shown", "take_out",
    "written",
]  # fmt: skip
