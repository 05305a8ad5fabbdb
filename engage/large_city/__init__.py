"""A large city to measure and to try statistics on: seasons of activities, and as many sign-ups as are asked for."""

from engage.large_city.loading import NotEmpty, load

__all__ = ["NotEmpty", "load"]
