"""What the city's participation adds up to: questions of staff, answered as plain numbers, right to the last sign-up."""

# fmt: off
# isort: off
from engage.statistics.answers import (
    Behind, Channel, Funnel, Line, Matrix, Month, Participation, Pressure, Reach, Reached, Verdict, Voices, WhiteSpots, Whom,
    Year,
)
# isort: on
# fmt: on
from engage.statistics.behind import behind
from engage.statistics.figures import Figures, Freshness
from engage.statistics.goals import by_dimension, by_key_feature, by_sdg, matrix, white_spots
from engage.statistics.headline import all_years, by_month, by_year, freshness, participation, totals
from engage.statistics.parts import by_audience, by_initiative, by_kind, by_organisation, by_place
from engage.statistics.scope import PeriodBackwards, Scope
from engage.statistics.signals import Signal, signals
from engage.statistics.together import together
from engage.statistics.ways import CHANNELS, by_channel, channels, funnel, pressure, voices
from engage.statistics.whom import by_age, by_area, reached

__all__ = [
    "CHANNELS", "Behind", "Channel", "Figures", "Freshness", "Funnel", "Line", "Matrix", "Month", "Participation",
    "PeriodBackwards", "Pressure", "Reach", "Reached", "Scope", "Signal", "Verdict", "Voices", "WhiteSpots", "Whom", "Year",
    "all_years", "behind", "by_age", "by_area", "by_audience", "by_channel", "by_dimension", "by_initiative", "by_key_feature",
    "by_kind", "by_month", "by_organisation", "by_place", "by_sdg", "by_year", "channels", "freshness", "funnel", "matrix",
    "participation", "pressure", "reached", "signals", "together", "totals", "voices", "white_spots",
]  # fmt: skip
