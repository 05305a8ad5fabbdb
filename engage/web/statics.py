"""Our own files for the browser, named by their content and kept for a year, and the city's colours as a style sheet."""

import mimetypes
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, abort, request

from engage.base.config import current_settings
from engage.goals import reference
from engage.web import assets

DIST = Path(__file__).parent / "static" / "dist"
_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
_FOR_EVER = "public, max-age=31536000, immutable"

blueprint = Blueprint("statics", __name__)


def install(app: Flask) -> None:
    """Serve the files on `app`, outside the gates: they are the same for everybody."""
    app.register_blueprint(blueprint)


@cache
def _file(name: str, compressed: bool) -> tuple[bytes, str] | None:
    """The bytes of a built file and their encoding; held in memory, since there are few and all are small."""
    path = (DIST / name).resolve()
    if DIST.resolve() not in path.parents or not path.is_file():
        return None
    small = path.with_name(path.name + ".gz")
    if compressed and small.is_file():
        return small.read_bytes(), "gzip"
    return path.read_bytes(), ""


@blueprint.get("/static/<path:name>")
def static(name: str) -> Response:
    """A built file."""
    found = _file(name, request.accept_encodings.quality("gzip") > 0) if name in _known() else None
    if found is None:
        abort(404)
    content, encoding = found
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    response = Response(content, mimetype=kind, headers={"Cache-Control": _FOR_EVER, "Vary": "Accept-Encoding"})
    if encoding:
        response.headers["Content-Encoding"] = encoding
    return response


@cache
def _known() -> frozenset[str]:
    return frozenset(path.relative_to(DIST).as_posix() for path in DIST.rglob("*") if path.is_file())


@blueprint.get("/theme.css")
def theme() -> Response:
    """The city's colours over those of the style sheet, and the colours of the goals."""
    response = Response(theme_css(), mimetype="text/css")
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


def theme_css() -> str:
    """The city's own colours as custom properties, and one class a goal with its official colour and a readable text."""
    theme = current_settings().city.theme
    lines = [*_properties("city-", theme), *_properties("city-dark-", theme.get("dark", {}))]
    goals = [
        f".sdg-{goal.number}{{background-color:{goal.colour};color:{goal.text_colour}}}"
        for goal in reference.reference().sdgs.values()
    ]
    return ":root{" + "".join(lines) + "}\n" + "\n".join(goals) + "\n"


def _properties(prefix: str, colours: Mapping[str, Any]) -> list[str]:
    """Names and colours; anything that is no plain hex colour is left out, so that a city file cannot break the page."""
    pairs = [(name, value) for name, value in colours.items() if isinstance(value, str)]
    for name, pair in colours.get("dimensions", {}).items():
        pairs += [(name, pair["text"]), (f"{name}-ground", pair["ground"])]
    return [f"--{prefix}{name}:{value};" for name, value in pairs if _COLOUR.fullmatch(value)]


def asset(name: str) -> str:
    """The address of a built file by its plain name."""
    return assets.asset_url(name)
