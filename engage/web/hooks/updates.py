"""Telegram's updates. A 200 says that one is kept; anything else makes Telegram bring it again, in the same order."""

import json

import structlog
from flask import Response, request
from psycopg import OperationalError as DriverError
from sqlalchemy.exc import OperationalError

from engage import inbox
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import transaction
from engage.base.telegram import HOOK
from engage.channels.telegram import updates
from engage.inbox import Arrival
from engage.web.hooks import blueprint
from engage.web.security import larger_body

log = structlog.get_logger(__name__)

# A message of 4,096 characters with a hundred entities, the one it answers, and room to grow.
_LARGEST = 1024 * 1024
_AGAIN_AFTER = "5"  # seconds; Telegram keeps to it (tdlib, WebhookActor)


@blueprint.post(HOOK)
@larger_body(_LARGEST)
def telegram() -> Response:
    """Keep one update."""
    try:
        update = json.loads(request.get_data())
    except ValueError:
        return Response("no JSON\n", 400, mimetype="text/plain")
    number = updates.number(update)
    if number is None:
        return Response("no update\n", 400, mimetype="text/plain")
    said, settings = updates.read(update), current_settings().telegram
    assert settings is not None, "the gate lets nobody in without a bot"
    try:
        with transaction():
            inbox.keep(settings.source, [Arrival(number, said.lane, said.body())], now=utc_now())
    except (OperationalError, DriverError) as error:
        log.warning("update_not_kept", reason=type(error).__name__)
        return Response("not now\n", 503, {"Retry-After": _AGAIN_AFTER}, mimetype="text/plain")
    return Response("kept\n", mimetype="text/plain")
