"""Every door on the web, put on the application in the order in which they look at a request."""

from flask import Flask

from engage.base.db import read_and_write, read_only
from engage.web import (  # fmt: skip
    chat,
    development,
    door,
    errors,
    hooks,
    language,
    mine,
    organiser,
    pages,
    public,
    security,
    staff,
    statics,
)
from engage.web.hooks import sms
from engage.web.login import account, chats, city, demo_codes, invited, new_address, second_step  # noqa: F401  (they add routes)
from engage.web.login import install as login
from engage.web.mine import entrance


def install(app: Flask) -> None:
    """Open every door of the web on `app`."""
    # A page asks one or two questions; what it changes, it changes inside `transaction`.
    app.before_request(read_only)
    app.teardown_request(lambda _error: read_and_write())
    # The language comes before all that may refuse, so that a refusal is worded in it; and its cookie, set after the
    # headers, sees whether the connection is encrypted.
    language.install(app)
    security.install(app)
    pages.install(app)
    statics.install(app)
    errors.install(app)
    login.install(app)
    for room in (account, invited, new_address, city, public, chat, entrance, mine, organiser, door, staff, hooks, sms):
        app.register_blueprint(room.blueprint)
    if app.extensions["engage.settings"].development:
        app.register_blueprint(development.blueprint)
