"""The way from a date's page into the talk with the bot: a link, and the same as a code for a phone."""

import io

import segno
from flask import Response, abort

from engage.activities.facts import OccurrenceFacts
from engage.base import links
from engage.channels.telegram import known as telegram
from engage.channels.telegram import links as telegram_links
from engage.web.public import blueprint
from engage.web.public.date import found


def link(facts: OccurrenceFacts, source: str) -> str:
    """Where one signs up with the bot; "" while there is none."""
    return telegram_links.link(telegram.name(), telegram_links.to_date(facts.occurrence, source))


@blueprint.get(links.OCCURRENCE + "/telegram.svg")
def telegram_code(activity: str, slug: str, occurrence: str) -> Response:
    """The link to the bot as a code, for a phone that is held before the screen or a poster."""
    facts, _revision = found(occurrence)
    address = link(facts, "qr")
    if not address:
        abort(404)
    image = io.BytesIO()
    segno.make(address, error="m", micro=False).save(image, kind="svg", border=4, omitsize=True, light="#FFFFFF")
    return Response(image.getvalue(), mimetype="image/svg+xml", headers={"Cache-Control": "public, max-age=3600"})
