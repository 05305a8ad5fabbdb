"""The `engage` command: starts the processes, loads data, and lets one talk with the chat in a terminal."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from flask import Flask

from engage.base.config import ROOT
from engage.base.errors import Refusal
from engage.dialog.understanding.command import understand


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Engage: find, join and shape a learning city's activities."""


main.add_command(understand)


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, envvar="PORT", help="Port to listen on.")
@click.option("--demo/--no-demo", default=None, help="Load the demo city. By default only into a database of our own.")
def run(host: str, port: int, demo: bool | None) -> None:
    """Start everything: the database, the web server and the worker, under one parent."""
    from engage import service  # the only command that starts processes; the others need none of it

    os.environ.setdefault("ENGAGE_BASE_URL", f"http://{host}:{port}")
    service.run(host=host, port=port, demo=demo)


@main.command()
def migrate() -> None:
    """Bring the database's tables to the newest version."""
    from flask_migrate import upgrade  # Alembic is heavy and used by no other command

    with _application().app_context():
        upgrade(directory=str(ROOT / "migrations"))


@main.group()
def migrations() -> None:
    """For developers: look after the migrations."""


@migrations.command()
def check() -> None:
    """Try whether the migrations make what the models say, on a database that lives for a moment."""
    from engage.service.schema import differences  # as above

    for difference in (found := differences()):
        click.echo(difference)
    if found:
        raise click.ClickException("The models and the migrations differ.")
    click.echo("The migrations make what the models say.")


@main.command()
@click.option("--demo/--no-demo", default=False, help="Also load the demo city, with dates around today.")
@click.option(
    "--registrations", type=click.IntRange(min=1_000), help="Make a large city with so many sign-ups, to measure on."
)
def seed(demo: bool, registrations: int | None) -> None:
    """Load 4-17-42, and the demo city or a large one if asked for. Doing it again changes nothing."""
    from engage.seed import load  # imports the whole application, which `--help` should not wait for

    if registrations is not None:
        from engage.service import ServiceError  # as above
        from engage.service.large import load_large_city

        try:
            load_large_city(registrations, click.echo)
        except (Refusal, ServiceError, ValueError) as problem:
            raise click.ClickException(str(problem)) from problem
        return
    with _beside().app_context():
        click.echo(load(demo=demo))


@main.group()
def admin() -> None:
    """Let the first person in, and help one back in who lost everything."""


@admin.command()
@click.argument("email")
@click.option("--language", default=None, help="Language of the invitation. By default the city's own.")
def invite(email: str, language: str | None) -> None:
    """Invite EMAIL to be an admin: the link is printed here, and mailed."""
    from engage.accounts import RoleName, invitations  # as above
    from engage.base.clock import utc_now
    from engage.base.config import current_settings
    from engage.base.db import transaction
    from engage.base.errors import Refusal
    from engage.base.i18n import speaking

    with _beside().app_context(), speaking("en"):
        spoken = language or current_settings().city.languages[0]
        try:
            with transaction():
                made = invitations.invite(email, by=None, now=utc_now(), language=spoken, role=RoleName.ADMIN)
                link = made.link
        except Refusal as refusal:
            raise click.ClickException(str(refusal)) from refusal
    click.echo(f"Open this within seven days; it can be used once, by whoever has it:\n{link}")


@admin.command("reset-second-step")
@click.argument("email")
def reset_second_step(email: str) -> None:
    """Take codes and passkeys from the account EMAIL, whose owner lost them all. Its password stays."""
    from engage.accounts import invitations, members  # as above
    from engage.base.clock import utc_now
    from engage.base.db import transaction

    with _beside().app_context(), transaction():
        user = invitations.account_of(email)
        if user is None:
            raise click.ClickException("There is no such account.")
        members.reset_second_step(user, by=None, now=utc_now())
    click.echo("Done. They sign in with their password and set up a second step anew.")


@main.command(name="import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--organisation", required=True, help="Whose events they are: the organisation's name or public id.")
@click.option("--source", default="", help="A name for this list of events. By default the file's, without its ending.")
@click.option("--dry-run", is_flag=True, help="Only say what would happen.")
@click.option("--mapping", multiple=True, metavar="FIELD=COLUMN", help="Which column (or path, in JSON) holds a field.")
@click.option("--language", default="", help="Of texts that do not say. By default told from the words.")
@click.option(
    "--audience", "audiences", multiple=True, help="Whom the events suit: children, youth, adults, families, seniors."
)
@click.option(
    "--from", "first", type=click.DateTime(["%Y-%m-%d"]), help="Take dates from this day on. By default from now."
)
@click.option("--then", type=click.Choice(["drafts", "review", "publish"]), help="What becomes of complete activities.")
@click.option("--take-proposals", is_flag=True, help="Say yes to the goals that are proposed from the words.")
def import_events(file: Path, **choices: Any) -> None:
    """Bring in events from a calendar, a table or a feed, and print what became of each."""
    from engage.service.importing import import_file  # as above

    with _beside().app_context():
        try:
            for line in import_file(file, **choices):
                click.echo(line)
        except Refusal as refusal:
            raise click.ClickException(str(refusal)) from refusal


@main.command()
def chat() -> None:
    """Talk with the city in this terminal, just as a citizen does on the web."""
    from bots.console import talk  # as above

    talk(_beside())


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, envvar="PORT", help="Port to listen on.")
@click.option("--workers", default=2, show_default=True, envvar="ENGAGE_WEB_WORKERS", help="Processes.")
@click.option("--threads", default=4, show_default=True, envvar="ENGAGE_WEB_THREADS", help="Threads in each.")
def web(host: str, port: int, workers: int, threads: int) -> None:
    """Serve the web alone, for an installation that starts its processes itself."""
    from engage.app import load_ahead, rehearse  # as above
    from engage.service import memory
    from engage.service.web import Server

    app = _application()
    server = Server(app, host, port, workers=workers, threads=threads)
    load_ahead(app)
    rehearse(app)
    memory.share_what_is_loaded()
    server.serve()


@main.command()
def worker() -> None:
    """Send mails and keep the timetable. Any number may run on any number of machines."""
    from engage import worker  # as above
    from engage.app import create_core

    worker.run(_application(create_core))


@main.command()
def bot() -> None:
    """Be the Telegram bot: fetch, answer and send. Any number may run; one of them fetches."""
    from bots.telegram import process  # as above, and python-telegram-bot besides
    from engage.app import create_core

    try:
        process.run(_application(create_core))
    except ValueError as error:
        raise click.ClickException(str(error)) from error


def _beside() -> Flask:
    """The application on the database that is named, or else on that of the `engage run` which is up in this folder."""
    from engage.service.beside import borrow  # as above

    borrow()
    return _application()


def _application(create: Callable[[], Flask] | None = None) -> Flask:
    from engage.app import create_app  # as above

    try:
        return (create or create_app)()
    except ValueError as error:
        raise click.ClickException(str(error)) from error


if __name__ == "__main__":
    main()
