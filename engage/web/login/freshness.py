"""How long somebody who showed that it is them is believed, where accounts are at stake: their own or, for admins, others'."""

from datetime import timedelta

from flask import current_app, flash, redirect, request, url_for
from flask_security import auth_required
from werkzeug.wrappers import Response

from engage.web.login.words import MESSAGES

# A quarter of an hour, extended by each page of the kind; then the password or a key is asked for once more.
FRESH = timedelta(minutes=15)

# For views behind a gate: who signed in longer ago is asked again first.
fresh = auth_required("session", within=lambda: FRESH, grace=lambda: FRESH)


def ask_again(_within: timedelta, _grace: timedelta) -> Response:
    """To the page that asks once more who it is, and from there on to the page that was wanted.

    A form that was sent is not sent again: the way on leads to the page with its address, or to one's own account.
    """
    words, kind = MESSAGES["REAUTHENTICATION_REQUIRED"]
    flash(str(words), kind)
    wanted = request.full_path.rstrip("?") if request.method == "GET" else request.path
    is_page = current_app.url_map.bind_to_environ(request.environ).test(request.path, "GET")
    return redirect(url_for("security.verify", next=wanted if is_page else url_for("account.own")))
