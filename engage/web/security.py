"""What protects every page: the content policy, cookies, forged requests, and compressed answers."""

import gzip
from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, Response, abort, request
from flask_wtf import CSRFProtect

from engage.base.config import Settings

# No inline script or style, nothing from elsewhere. Data blocks (JSON-LD) are no scripts to this policy.
CONTENT_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "frame-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'self'",
    )
)
_HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    # Links to a sign-up carry a secret; other sites must not be told of it.
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
# Below this a packet is saved by nothing; level 5 is where text stops getting much smaller for the time it takes.
_COMPRESS_FROM, _LEVEL = 1400, 5

csrf = CSRFProtect()
View = TypeVar("View", bound=Callable[..., Any])


def larger_body(most: int) -> Callable[[View], View]:
    """Let a view take a body of `most` bytes, where a form's limit is too small: pictures, files to import."""

    def marked(view: View) -> View:
        view.largest_body = most  # type: ignore[attr-defined]
        return view

    return marked


def install(app: Flask) -> None:
    """Set cookies, headers, compression and the check of forms on `app`."""
    settings: Settings = app.extensions["engage.settings"]
    encrypted = settings.base_url.startswith("https://")
    app.config.update(
        SESSION_COOKIE_NAME="__Host-engage" if encrypted else "engage",
        SESSION_COOKIE_SECURE=encrypted,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=settings.city.keep_talks,
        # The token lives as long as the session: a page left open over lunch still sends its form.
        WTF_CSRF_TIME_LIMIT=None,
    )

    @app.url_value_preprocessor
    def allow_larger(endpoint: str | None, _values: dict[str, Any] | None) -> None:
        # Before any check reads the form: from then on the limit stands.
        if most := getattr(app.view_functions.get(endpoint or ""), "largest_body", None):
            request.max_content_length = most

    csrf.init_app(app)

    @app.before_request
    def refuse_what_no_text_holds() -> None:
        # PostgreSQL keeps no NUL character in a text, and nobody types one.
        if "\0" in request.path:
            abort(404)
        names = [file.filename or "" for file in request.files.values()]
        if any("\0" in value for values in (*request.form.listvalues(), names) for value in values):
            abort(400)

    @app.after_request
    def protect(response: Response) -> Response:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        if encrypted:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        response.headers.setdefault("Cache-Control", "private, no-cache")
        return _compressed(response)


def _compressed(response: Response) -> Response:
    if (
        response.mimetype not in {"text/html", "text/css", "application/json", "text/calendar"}
        or response.direct_passthrough
        or "Content-Encoding" in response.headers
        or (response.content_length or 0) < _COMPRESS_FROM
    ):
        return response
    response.vary.add("Accept-Encoding")
    if request.accept_encodings.quality("gzip") > 0:
        response.set_data(gzip.compress(response.get_data(), _LEVEL, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    return response
