"""One command keeps everything running and takes everything with it, however it ends."""

import concurrent.futures
import json
import os
import signal
import socket
import stat
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from engage.service import EmbeddedPostgres
from tests.journeys.server import PATIENCE, eventually
from tests.service.conftest import Running, is_gone, lay

Start = Callable[..., Running]
Up = tuple[Start, Running]


@pytest.fixture
def settled(folder: Path, a_cluster: Path) -> None:
    """The run's folder has a cluster already, as after an earlier run."""
    lay(a_cluster, folder / "var" / "postgres" / "data")


afterwards = pytest.mark.usefixtures("settled")


def test_it_prepares_serves_and_says_where(start: Start, port: int) -> None:
    run = start(anew=True).wait_until_up()
    assert run.seeds() == ["with demo"]
    secret = run.var / "secret"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    eventually(lambda: f"Pages: http://127.0.0.1:{port}/" in run.said())  # after having asked the page itself
    run.end()
    assert run.process.returncode == 0
    key = secret.read_text()
    again = start().wait_until_up()
    assert again.seeds() == ["with demo"] * 2
    assert secret.read_text() == key


def test_what_the_children_will_use_is_loaded_before_they_are_forked(start_where_one_is_up: Up) -> None:
    _start, run = start_where_one_is_up
    for name in ("rehearsed", "worker-rehearsed"):
        noted = run.var / name
        assert int(noted.read_text()) == run.process.pid
        assert noted.stat().st_mtime_ns < (run.var / "processes.json").stat().st_mtime_ns


def test_a_process_nobody_wants_is_not_started(start_where_one_is_up: Up) -> None:
    _start, run = start_where_one_is_up
    assert run.pid("worker")  # the last to be noted
    assert set(json.loads((run.var / "processes.json").read_text())) == {"web server", "worker"}
    assert "nobody wanted this" not in run.said()


@afterwards
def test_asked_to_stop_it_lets_a_visitor_finish_and_leaves_no_process(start: Start) -> None:
    run = start().wait_until_up()
    family = run.family()
    assert len(family) >= 5 + 4  # supervisor, web server and its two, worker; PostgreSQL and its helpers
    with concurrent.futures.ThreadPoolExecutor() as visitor:
        page = visitor.submit(run.get, "/slow")
        eventually((run.var / "slow").exists)
        run.end(signal.SIGTERM)
        assert page.result() == "done"
    assert run.process.returncode == 0
    assert all(is_gone(process) for process in family)
    assert (run.var / "worker-ended").exists()  # it could still reach the database
    assert not (run.var / "processes.json").exists()


@pytest.mark.parametrize(("signum", "reached"), [("SIGINT", "secret"), ("SIGHUP", "postgres/data/postmaster.pid")])
def test_a_stop_while_starting_leaves_no_process(start: Start, signum: str, reached: str) -> None:
    run = start()
    eventually((run.var / reached).exists)
    family = run.family()
    said = run.end(signal.Signals[signum])
    eventually(lambda: all(is_gone(process) for process in family))
    assert run.process.returncode == 0
    assert said == ""


@afterwards
def test_asked_twice_it_does_not_wait(start: Start) -> None:
    run = start(SLOW="25").wait_until_up()

    def asked() -> bool:
        run.process.send_signal(signal.SIGINT)  # two that come together may be one, so it is said until it is heard
        return run.process.poll() is not None

    with concurrent.futures.ThreadPoolExecutor() as visitor:
        page = visitor.submit(run.get, "/slow")
        eventually((run.var / "slow").exists)
        eventually(asked, 12)  # far less than the page takes
        assert page.result() is None


@afterwards
def test_a_killed_supervisor_takes_all_along_and_the_next_start_works(start: Start) -> None:
    run = start().wait_until_up()
    family = run.family()
    psutil.Process(run.pid("worker")).suspend()  # this one will not hear the kernel's SIGTERM
    run.end(signal.SIGKILL)
    again = start().wait_until_up()
    assert all(is_gone(process) for process in family)
    assert again.seeds() == ["with demo"] * 2


@afterwards
def test_whatever_dies_is_started_again(start: Start) -> None:
    run = start().wait_until_up()
    web, worker = run.pid("web server"), run.pid("worker")
    postmaster = int((run.var / "postgres" / "data" / "postmaster.pid").read_text().split()[0])
    os.kill(web, signal.SIGKILL)
    assert run.get() is not None  # the visitor waited: the socket belongs to the supervisor
    eventually(lambda: run.pid("web server") != web)
    os.kill(worker, signal.SIGKILL)
    eventually(lambda: run.pid("worker") != worker)
    os.kill(postmaster, signal.SIGKILL)
    eventually(lambda: run.get() is not None)
    said = run.end()
    for name in ("web server", "worker", "database"):
        assert f"The {name} ended unexpectedly" in said


@afterwards
def test_a_child_that_cannot_live_ends_the_run(start: Start) -> None:
    run = start(FAILING_WORKER="1")
    assert run.process.wait(PATIENCE) == 1
    assert "The worker ended 4 times right after its start" in run.end()


def test_a_taken_port_is_said_before_anything_is_made(start: Start, port: int) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        run = start()
        assert run.process.wait(PATIENCE) == 1
    said = run.end()
    assert f"Port {port} on 127.0.0.1 is taken by another program" in said
    assert f"make run PORT={port + 1}" in said
    assert not (run.var / "postgres").exists()


@pytest.mark.usefixtures("quickly_made")
def test_the_city_s_own_database_is_used_and_gets_no_demo(start: Start, folder: Path) -> None:
    with EmbeddedPostgres(folder / "city", durable=False) as city:
        run = start(CITY_DATABASE_URL=city.url.replace("+psycopg", "")).wait_until_up()
        assert run.seeds() == ["without"]
        assert not (run.var / "postgres").exists()
        run.end()


def test_a_database_that_does_not_answer_is_said_without_its_password(start: Start) -> None:
    run = start(CITY_DATABASE_URL="postgresql://engage:sesame@127.0.0.1:1/engage")
    assert run.process.wait(PATIENCE) == 1
    said = run.end()
    assert "does not answer" in said
    assert "sesame" not in said
    assert "Traceback" not in said


def test_a_second_run_in_the_same_folder_is_refused_and_the_first_goes_on(start_where_one_is_up: Up) -> None:
    start, first = start_where_one_is_up
    second = start()
    assert second.process.wait(PATIENCE) == 1
    assert f"already runs from {first.var} (process {first.process.pid})" in second.said()
    assert first.get() is not None
    own = [process for process in first.family() if process.name() != "postgres"]
    together = sum(process.memory_full_info().pss for process in own)
    apart = sum(process.memory_info().rss for process in own)
    assert together < apart / 2, "what was loaded once is to be shared"
