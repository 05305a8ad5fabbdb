"""The doors on the web, by audience. Each turns one request into one call of a rule, and its answer into a page."""

from engage.web.rooms import install

__all__ = ["install"]
