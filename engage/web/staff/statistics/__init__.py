"""Staff's statistics: one page for each question that staff really ask, exact, each look written to the log."""

from engage.web.staff.statistics import overview, pages, projected  # noqa: F401  (they add routes)
