"""The chat in a terminal: the same talk as on the web, driven through a real process with a real standard input."""

import os
import subprocess
import sys

import psycopg
import pytest

from engage.base.clock import utc_now
from engage.base.config import ROOT, Settings
from engage.base.db import db
from engage.registrations import Registration
from engage.service import beside
from tests.journeys.nursery import nursery
from tests.town import Town


@pytest.fixture
def town(app: object) -> Town:
    """A town around today, since the console asks the clock."""
    return Town(utc_now())


def talk(settings: Settings, *lines: str, anew: bool = False) -> str:
    """What `engage chat` prints when these lines are typed; `anew` in a new interpreter, else in a fork of one that has loaded all."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("ENGAGE_")},
        "ENGAGE_DATABASE_URL": settings.database_url,
        "ENGAGE_SECRET_KEY": settings.secret_key,
        "ENGAGE_VAR": str(settings.var),
        "LOGNAME": "anna",
        "PYTHONIOENCODING": "utf-8",
    }
    typed = "\n".join(lines) + "\n"
    if anew:
        run = subprocess.run(
            [sys.executable, "-m", "engage.cli", "chat"],
            input=typed, capture_output=True, encoding="utf-8", cwd=ROOT, env=environment, timeout=60,
        )  # fmt: skip
        ended, printed, complained = run.returncode, run.stdout, run.stderr
    else:
        ended, printed, complained = nursery().command("chat", environment=environment, typed=typed)
    assert ended == 0, complained
    assert "Traceback" not in complained
    return printed


def test_one_can_find_and_sign_up_in_the_terminal(town: Town, settings: Settings) -> None:
    town.occurrence(town.activity("Klimacafé"))
    town.occurrence(town.activity("Strikkecafé", summary="Garn og pinde.", dimensions=["cultural"], sdgs=[4]))
    printed = talk(settings, "noget om klima", anew=True)
    assert "Klimacafé" in printed and "Strikkecafé" not in printed
    assert "http://127.0.0.1:8000/aktiviteter/" in printed
    printed = talk(settings, "tilmeld mig og min søn", "Anna Holm", "anna@example.org", "ja")
    assert "anna@example.org" in printed
    db.session.expire_all()
    registration = db.session.query(Registration).one()
    assert (registration.name, registration.seats, registration.channel) == ("Anna Holm", 2, "console")


@pytest.mark.skipif("ENGAGE_TEST_DATABASE_URL" in os.environ, reason="there is no database in our folder then")
def test_it_finds_the_database_that_is_up_in_the_folder(
    town: Town, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ENGAGE_DATABASE_URL", "ENGAGE_SECRET_KEY"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("ENGAGE_VAR", str(settings.var))
    beside.borrow()
    with psycopg.connect(os.environ["ENGAGE_DATABASE_URL"].replace("+psycopg", "")) as connection:
        assert connection.execute("SELECT current_database()").fetchone() == ("engage",)
    assert len(os.environ["ENGAGE_SECRET_KEY"]) >= 32
    for folder in (settings.var / "elsewhere", settings.var):
        monkeypatch.setenv("ENGAGE_DATABASE_URL", "" if folder != settings.var else "postgresql://named/")
        monkeypatch.setenv("ENGAGE_VAR", str(folder))
        beside.borrow()
        assert os.environ["ENGAGE_DATABASE_URL"] == ("" if folder != settings.var else "postgresql://named/")


def test_a_button_is_chosen_by_its_number(town: Town, settings: Settings) -> None:
    date = town.occurrence(town.activity("Klimacafé", summary="Kaffe og en snak."))
    about, sign_up = "1", "2"
    printed = talk(
        settings, "noget om klima", about, "noget om klima", sign_up, "1", "99", "Bo", "bo@example.org", "ja"
    )
    assert "Kaffe og en snak." in printed
    db.session.expire_all()
    (registration,) = db.session.query(Registration).all()
    assert (registration.occurrence_id, registration.name) == (date.id, "Bo")


def test_the_talk_goes_on_the_next_time_and_is_greeted_once(town: Town, settings: Settings) -> None:
    greeting = talk(settings).splitlines()[0]
    assert greeting and greeting not in talk(settings, "hjælp")


def test_empty_lines_and_odd_ones_do_no_harm(town: Town, settings: Settings) -> None:
    printed = talk(settings, "", "   ", "0", "-1", "²", "9" * 5000, "\x00\x01", "%s {x} \\", "hjælp")
    assert printed.strip()
