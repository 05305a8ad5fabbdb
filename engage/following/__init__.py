"""What citizens follow: topics and searches of which they hear once a week, while there is something new.

A floor of its own: it asks what is in the calendar (`activities`) and what somebody has signed up for (`registrations`).
"""

from engage.following.asking import ask, begin, look
from engage.following.criteria import Criteria, checked, filters_of, of_filters, query
from engage.following.models import Followed
from engage.following.naming import name
from engage.following.topics import (
    TooManyFollowed,
    follow,
    followed,
    set_rhythm,
    silence,
    stop,
    stop_all,
    stop_matching,
)

__all__ = [
    "Criteria", "Followed", "TooManyFollowed", "ask", "begin", "checked", "filters_of", "follow", "followed", "look", "name",
    "of_filters", "query", "set_rhythm", "silence", "stop", "stop_all", "stop_matching",
]  # fmt: skip
