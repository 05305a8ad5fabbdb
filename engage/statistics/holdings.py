"""What is kept of statistics: sums that expose nobody, and what staff wrote about activities."""

from engage.base.declared import Holding

HOLDINGS = (
    Holding("release", plain="id first_month last_month least released_at"),
    Holding("release_atom", plain="id release_id profile sign_ups seats minutes"),
    Holding("release_part", plain="atom_id split value sign_ups"),
    Holding("release_dates", plain="id release_id profile dates"),
    Holding("population", plain="year kind key number source"),
    Holding("good_example", plain="id activity_id danish english written_at"),
)
