"""Engage: citizens find, join and shape a learning city's activities, on the web and in a chat."""

from engage.base import lean

# Before anybody else imports it: it would load rich (3 MB) for tracebacks with colours where a tool has installed that.
with lean.without("rich"):
    import structlog  # noqa: F401
