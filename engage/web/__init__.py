"""The doors on the web, by audience. Each turns one request into one call of a rule, and its answer into a page."""

from flask import Flask

from engage.web import chat, development, errors, language, pages, public, security, statics


def install(app: Flask) -> None:
    """Open every door of the web on `app`."""
    security.install(app)
    language.install(app)
    pages.install(app)
    statics.install(app)
    errors.install(app)
    app.register_blueprint(public.blueprint)
    app.register_blueprint(chat.blueprint)
    if app.extensions["engage.settings"].development:

        app.register_blueprint(development.blueprint)
