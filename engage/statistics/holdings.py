"""What is kept of statistics: sums that expose nobody."""

from engage.base.declared import Holding

HOLDINGS = (Holding("population", plain="year kind key number source"),)
