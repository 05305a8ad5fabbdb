"""The `engage` command: starts the processes, loads data, and lets one talk with the chat in a terminal."""

import os

import click
from flask import Flask

from engage.base.config import ROOT
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
def seed(demo: bool) -> None:
    """Load 4-17-42, and the demo city if asked for. Doing it again changes nothing."""
    from engage.seed import load  # imports the whole application, which `--help` should not wait for

    with _application().app_context():
        click.echo(load(demo=demo))


@main.command()
def chat() -> None:
    """Talk with the city in this terminal, just as a citizen does on the web."""
    from bots.console import talk  # as above

    talk(_application())


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, envvar="PORT", help="Port to listen on.")
@click.option("--workers", default=2, show_default=True, envvar="ENGAGE_WEB_WORKERS", help="Processes.")
@click.option("--threads", default=4, show_default=True, envvar="ENGAGE_WEB_THREADS", help="Threads in each.")
def web(host: str, port: int, workers: int, threads: int) -> None:
    """Serve the web alone, for an installation that starts its processes itself."""
    from engage.service.web import serve  # as above

    serve(_application(), host, port, workers=workers, threads=threads)


@main.command()
def worker() -> None:
    """Send mails and keep the timetable. Any number may run on any number of machines."""
    from engage import worker  # as above

    worker.run(_application())


def _application() -> Flask:
    from engage.app import create_app  # as above

    try:
        return create_app()
    except ValueError as error:
        raise click.ClickException(str(error)) from error


if __name__ == "__main__":
    main()
