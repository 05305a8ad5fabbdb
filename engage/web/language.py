"""Which language a page is in: chosen by `?lang=`, remembered in a cookie, and the city's own before anybody chose."""

from urllib.parse import urlencode

from flask import Flask, Response, g, request
from flask_babel import Babel

from engage.base import i18n
from engage.base.config import current_settings

COOKIE = "language"
_A_YEAR = 365 * 24 * 3600


def install(app: Flask) -> None:
    """Choose the language before each request. Flask-Babel follows, for the texts of libraries that use it."""
    Babel(app, locale_selector=i18n.current_language)
    app.before_request(choose)
    app.after_request(remember)


def choose() -> None:
    """Speak the language asked for or remembered, if the city has it."""
    known = current_settings().city.languages
    asked = request.args.get("lang")
    if asked in known:
        g.chosen_language = asked
    wanted = asked if asked in known else request.cookies.get(COOKIE)
    i18n.set_language(wanted if wanted in known else known[0])


def speak_unless_chosen(language: str) -> None:
    """Speak the language of the letter whose link was opened, in a browser that has chosen none: it may be another one than that
    in which somebody signed up.
    """
    if g.get("chosen_language") is None and COOKIE not in request.cookies:
        choose_for_good(language)


def choose_for_good(language: str) -> None:
    """Speak `language` from here on and remember it, if the city has it: somebody chose it in a form."""
    if language in current_settings().city.languages:
        g.chosen_language = language
        i18n.set_language(language)


def remember(response: Response) -> Response:
    """Keep a choice for a year; it is functionally necessary, so no banner asks for it."""
    response.headers["Content-Language"] = i18n.current_language()
    if chosen := g.get("chosen_language"):
        secure = response.headers.get("Strict-Transport-Security") is not None
        response.set_cookie(COOKIE, chosen, max_age=_A_YEAR, httponly=True, samesite="Lax", secure=secure)
    return response


def switches() -> list[tuple[str, str, str]]:
    """(code, name, address of this page in it) for each language of the city."""
    arguments = [(key, value) for key, value in request.args.items(multi=True) if key != "lang"]
    # After a form was sent the address may not be one that can be opened; the switch then leads to the start.
    path = request.path if request.method == "GET" and request.endpoint else "/"
    return [
        (code, i18n.NAMES.get(code, code), f"{path}?{urlencode([*arguments, ('lang', code)])}")
        for code in current_settings().city.languages
    ]
