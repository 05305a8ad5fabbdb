"""Every "no" as a page in the person's language that says what to do next."""

import structlog
from flask import Flask, render_template
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from engage.accounts import NotAllowed
from engage.base.errors import Refusal
from engage.base.i18n import LazyText
from engage.base.i18n import lazy_gettext as _l
from engage.base.limits import TooOften
from engage.base.tokens import LinkNotValid
from engage.registrations.attendance import DoorShut
from engage.registrations.certificates import NoSuchCertificate
from engage.registrations.certificates.keys import NoSuchKey
from engage.registrations.certificates.status import NoSuchStatusList

log = structlog.get_logger(__name__)

_WORDS: dict[int, tuple[LazyText, LazyText]] = {
    400: (_l("We could not read what was sent"), _l("Go back and try again.")),
    403: (_l("You do not have access to this page"), _l("Write to us if you think you should have.")),
    404: (_l("We cannot find this page"), _l("The address may be misspelled, or the activity may be over.")),
    405: (_l("This address works differently"), _l("Go to the start page and try from there.")),
    413: (_l("That was too large"), _l("Send less text, then it will work.")),
    429: (_l("A little too fast"), _l("That was a lot at once. Wait a minute, then try again.")),
    500: (_l("Something went wrong at our end"), _l("Nothing was changed. Try again in a moment, or write to us.")),
    503: (_l("We are not quite ready"), _l("Try again in a moment.")),
}


def install(app: Flask) -> None:
    """Turn refusals, HTTP errors and defects into pages."""
    app.register_error_handler(CSRFError, _forgotten)
    app.register_error_handler(Refusal, _refused)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _defect)


def page(title: object, text: object, status: int, *, shut: bool = False) -> tuple[str, int]:
    """The page that tells something went another way than hoped. `shut`: what this address left on a device is deleted."""
    return render_template("public/message.html", title=str(title), text=str(text), actions=(), shut=shut), status


def _forgotten(_error: CSRFError) -> tuple[str, int]:
    return page(
        _l("Please send the form once more"),
        _l(
            "The page was open too long, or your browser does not accept our cookie. Go back, reload the page and try again."
        ),
        400,
    )


def _refused(refusal: Refusal) -> tuple[str, int]:
    if isinstance(refusal, TooOften):
        return page(_WORDS[429][0], refusal, 429)
    if isinstance(refusal, LinkNotValid):
        return page(_l("The link does not work"), refusal, 404)
    if isinstance(refusal, DoorShut):
        return page(_l("The door is shut"), refusal, 404, shut=True)
    if isinstance(refusal, NoSuchCertificate | NoSuchKey | NoSuchStatusList):
        return page(_l("We cannot find this certificate"), refusal, 404)
    if isinstance(refusal, NotAllowed):
        return page(_WORDS[403][0], refusal, 403)
    return page(_l("That is not possible"), refusal, 409)


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < 400:
        return error.get_response()
    title, text = _WORDS.get(error.code, _WORDS[400 if error.code < 500 else 500])
    return page(title, text, error.code)


def _defect(error: Exception) -> tuple[str, int]:
    log.error("request_broke", exc_info=error)
    return page(*_WORDS[500], 500)
