"""The pictures of activities, under names that change with their content."""

from flask import Response, abort

from engage.activities import pictures
from engage.base import links
from engage.web.public import blueprint


@blueprint.get(links.PICTURE)
def picture(picture: str, file: str) -> Response:
    """One size of a picture; a browser may keep it for ever."""
    content = pictures.content(picture, file)
    if content is None:
        abort(404)
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(content, mimetype=pictures.MIME_TYPE, headers=headers)
