"""create_app(): the one place that knows every door, and puts settings, database and doors together."""

from typing import Any

from flask import Flask
from sqlalchemy.orm import configure_mappers
from werkzeug.middleware.proxy_fix import ProxyFix

from engage import privacy, web
from engage.accounts import forgetting as accounts_forgetting
from engage.activities.importing import runs as imports
from engage.base import config, logs
from engage.base.config import ROOT, Settings
from engage.base.db import db
from engage.dialog import forgetting as dialog_forgetting
from engage.outbox import forgetting as outbox_forgetting
from engage.people import forgetting as people_forgetting
from engage.registrations import forgetting as registrations_forgetting
from engage.web import pages

# Per process: as many connections as it has threads, and one more for each that takes a token on the side. Parameters are
# hidden, because the errors that would quote them are logged, and they are names and addresses.
_POOL = {"pool_size": 8, "max_overflow": 8, "pool_pre_ping": False, "pool_recycle": 1800, "hide_parameters": True}


class _Migrations:
    """Holds Flask-Migrate's place until it is asked for: Alembic takes 11 MB, and only a process that migrates needs it."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    def __getattr__(self, name: str) -> Any:
        from flask_migrate import Migrate

        Migrate(self._app, db, directory=str(ROOT / "migrations"), compare_type=True)  # takes its place
        return getattr(self._app.extensions["migrate"], name)


def load_ahead(app: Flask) -> None:
    """Load what each process would load at its first page: done before a fork, they share it. No connection is opened."""
    configure_mappers()
    pages.load_ahead(app)


def create_app(settings: Settings | None = None) -> Flask:
    """The application with all its doors, as `settings` (by default the environment) describe it."""
    settings = settings or Settings.from_environment()
    logs.configure(plain=settings.development)
    app = Flask("engage", static_folder=None, template_folder="web/templates")
    app.config.update(
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=_POOL,
        SECRET_KEY=settings.secret_key,
        # The largest honest request is a form; pictures and imports get a larger limit of their own.
        MAX_CONTENT_LENGTH=256 * 1024,
        MAX_FORM_PARTS=200,
    )
    config.install(app, settings)
    db.init_app(app)
    app.extensions["migrate"] = _Migrations(app)
    if settings.trusted_proxies:
        count = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]

    privacy.install(
        app,
        erasers=(registrations_forgetting.erase, dialog_forgetting.erase),
        # People last: those go whom nothing that is left speaks of.
        expiries=(
            registrations_forgetting.expire,
            dialog_forgetting.expire,
            outbox_forgetting.expire,
            imports.expire,
            accounts_forgetting.expire,
            people_forgetting.expire,
        ),
    )
    web.install(app)
    return app
