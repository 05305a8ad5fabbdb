"""create_app(): the one place that knows every door, and puts settings, database and doors together. Without the doors,
which only who opens them loads, it is create_core()."""

from typing import Any

from flask import Flask
from sqlalchemy.orm import configure_mappers
from werkzeug.middleware.proxy_fix import ProxyFix

from engage import privacy
from engage.accounts import forgetting as accounts_forgetting
from engage.accounts.holdings import HOLDINGS as OF_ACCOUNTS
from engage.activities.holdings import HOLDINGS as OF_ACTIVITIES
from engage.activities.importing import runs as imports
from engage.base import config, logs
from engage.base.config import ROOT, Settings
from engage.base.db import db
from engage.base.holdings import HOLDINGS as OF_THE_GROUND
from engage.channels.holdings import HOLDINGS as OF_CHANNELS
from engage.dialog import forgetting as dialog_forgetting
from engage.dialog import understanding
from engage.dialog.holdings import HOLDINGS as OF_TALKS
from engage.following.holdings import HOLDINGS as OF_TOPICS
from engage.goals.holdings import HOLDINGS as OF_GOALS
from engage.inbox import keeping as inbox_keeping
from engage.inbox.holdings import HOLDINGS as OF_THE_INBOX
from engage.outbox import forgetting as outbox_forgetting
from engage.outbox.holdings import HOLDINGS as OF_LETTERS
from engage.people import forgetting as people_forgetting
from engage.people.holdings import HOLDINGS as OF_PEOPLE
from engage.proposals import forgetting as proposals_forgetting
from engage.proposals.holdings import HOLDINGS as OF_PROPOSALS
from engage.questions import forgetting as questions_forgetting
from engage.questions.holdings import HOLDINGS as OF_QUESTIONS
from engage.registrations import caps, certificates, entrance, linking, own_calendar, own_page
from engage.registrations import forgetting as registrations_forgetting
from engage.registrations.attendance import door_links
from engage.registrations.holdings import HOLDINGS as OF_SIGN_UPS
from engage.registrations.holdings import with_readings
from engage.statistics.holdings import HOLDINGS as OF_STATISTICS

# Per process: as many connections as it has threads, and one more for each that takes a token on the side. Parameters are
# hidden, because the errors that would quote them are logged, and they are names and addresses. The connection that was used
# last is taken first: what one has planned and prepared it has not on seven others.
_POOL = {
    "pool_size": 8,
    "max_overflow": 8,
    "pool_pre_ping": False,
    "pool_recycle": 1800,
    "pool_use_lifo": True,
    "hide_parameters": True,
}

# In the order in which a person is told of what is theirs.
_HOLDINGS = (
    *OF_SIGN_UPS, *OF_PEOPLE, *OF_TOPICS, *OF_TALKS, *OF_QUESTIONS, *OF_PROPOSALS, *OF_LETTERS,
    *OF_THE_INBOX,
    *(with_readings(each) if each.table == "audit" else each for each in OF_ACCOUNTS), *OF_ACTIVITIES, *OF_GOALS, *OF_CHANNELS,
    *OF_THE_GROUND, *OF_STATISTICS,
)  # fmt: skip


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
    from engage.web import pages

    configure_mappers()
    pages.load_ahead(app)
    understanding.warm()


def rehearse(app: Flask) -> None:
    """After `load_ahead`, and with a database that is migrated: do once what each process would do at its first pages."""
    from engage.web import rehearsal

    rehearsal.rehearse(app)


def create_app(settings: Settings | None = None) -> Flask:
    """The application with all its doors, as `settings` (by default the environment) describe it."""
    from engage import web

    app = create_core(settings)
    web.install(app)
    return app


def create_core(settings: Settings | None = None) -> Flask:
    """What all doors stand on, and all that a process without one needs: settings, log, database, and what is forgotten when."""
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
        holdings=_HOLDINGS,
        erasers=(
            caps.erase,
            registrations_forgetting.erase,
            entrance.erase,
            linking.erase,
            questions_forgetting.erase,
            proposals_forgetting.erase,
            dialog_forgetting.erase,
            inbox_keeping.erase,
            # After all that may still write to them.
            outbox_forgetting.erase,
        ),
        # People last: those go whom nothing that is left speaks of.
        expiries=(
            registrations_forgetting.expire_answers,
            registrations_forgetting.expire,
            registrations_forgetting.expire_broadcasts,
            certificates.expire,
            own_page.warn,
            entrance.expire,
            linking.expire,
            caps.expire,
            door_links.expire,
            own_calendar.expire,
            questions_forgetting.expire,
            proposals_forgetting.expire,
            dialog_forgetting.expire,
            outbox_forgetting.expire,
            outbox_forgetting.expire_answers,
            inbox_keeping.expire,
            imports.expire,
            accounts_forgetting.expire,
            people_forgetting.expire,
        ),
    )
    return app
