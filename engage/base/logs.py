"""How the service writes its log: one line an event, with ids and never with names, addresses or texts of citizens."""

import io
import logging
import re
import sys
from typing import TextIO

import structlog
from structlog.typing import EventDict, ExcInfo, Processor, WrappedLogger

# PostgreSQL quotes the values that a constraint refused ("Key (email)=(...) already exists", "Failing row contains (...)").
# They may run over several lines, to where the traceback or the toolkit goes on.
_DETAIL = re.compile(
    r"DETAIL:.*?(?=\n\[SQL|\n\(Background|\n\nThe above|\n\nDuring|\nTraceback|\n[A-Z]+: |\Z)", re.DOTALL
)


def configure(*, plain: bool) -> None:
    """Log to standard error: readable lines when `plain`, one JSON object a line otherwise.

    Tracebacks are printed without local variables, which would hold what people typed, and without the values that the
    database quotes when it refuses them.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if plain:
        last: list[Processor] = [structlog.dev.ConsoleRenderer(colors=False, exception_formatter=_plain_traceback)]
    else:
        last = [structlog.processors.format_exc_info, _redact, structlog.processors.JSONRenderer()]
    structlog.configure(
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Formatter("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])


def without_values(text: str) -> str:
    """A traceback without what the database quotes of people's data."""
    return _DETAIL.sub("DETAIL: (not logged)", text)


class Formatter(logging.Formatter):
    """How what libraries log is written."""

    def format(self, record: logging.LogRecord) -> str:
        """One record, with its traceback."""
        return without_values(super().format(record))


def _redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    if "exception" in event:
        event["exception"] = without_values(event["exception"])
    return event


def _plain_traceback(stream: TextIO, exc_info: ExcInfo) -> None:
    buffer = io.StringIO()
    structlog.dev.plain_traceback(buffer, exc_info)
    stream.write(without_values(buffer.getvalue()))
