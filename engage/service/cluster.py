"""Making a cluster and saying how it runs: initdb, settings, and PostgreSQL's complaints in plain words."""

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

from engage.service import processes
from engage.service.binaries import MAJOR_VERSION
from engage.service.errors import ServiceError
from engage.service.home import Home

# For a machine of 1 or 2 GB that also runs the application. Everything not named stands at PostgreSQL 18's
# default.
_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "huge_pages": "off",
    "io_method": "sync",  # no three I/O processes for a database that fits into memory
    "jit": "off",  # compiling costs more than the short queries of a web page take
    "max_parallel_workers_per_gather": "0",
    "autovacuum_max_workers": "2",
    "max_logical_replication_workers": "0",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "on",
    "log_filename": "postgresql-%u.log",  # one a weekday, begun anew when it comes again: seven at most
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_truncate_on_rotation": "on",
    "log_line_prefix": "%m [%p] ",
    "log_parameter_max_length_on_error": "0",  # citizens' words never reach a log
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",  # without DETAIL, which quotes the values that a constraint refused
    "cluster_name": "engage",
}
_CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}
_SPACE_NEEDED = 150 * 1024 * 1024  # bytes: a new cluster takes 48 MB, and the first day must fit too

_COMPLAINTS = (
    ("No space left on device", "The disk with {data} is full. Free some space and start again."),
    ("wrong ownership", "The files in {data} belong to another user than the one PostgreSQL runs as."),
    (
        "Permission denied",
        "PostgreSQL may not read or write in {data}. Look at the owner and the modes of its files.",
    ),
    ("Cannot allocate memory", "There is not enough memory for PostgreSQL. It needs about 150 MB."),
    (
        "could not create shared memory",
        "The system gives PostgreSQL no shared memory. In a container, raise its limit.",
    ),
    ("user does not exist", "The user Engage runs as has no entry in /etc/passwd, and PostgreSQL insists on one."),
    ("Read-only file system", "The disk with {data} is mounted read-only."),
)


def initialise(home: Home, *, durable: bool) -> None:
    """Make the cluster unless there is one. It is built aside and renamed when complete, so the name `data`
    is the mark of a finished cluster; a half-made one is thrown away, a finished one never. Raises
    ServiceError."""
    if home.data.is_dir() and any(home.data.iterdir()):
        _check_version(home.data)
        return
    unfinished = home.root / "data.unfinished"
    processes.end_working_in(unfinished, signal.SIGKILL)  # a killed run's initdb may still be tidying up in there
    shutil.rmtree(unfinished, ignore_errors=True)
    free = shutil.disk_usage(home.root).free
    if free < _SPACE_NEEDED:
        raise ServiceError(f"A new database needs 150 MB, and the disk with {home.root} has {free >> 20} MB left.")
    home.account.make_folder(unfinished)
    _run_initdb(home, unfinished, durable=durable)
    unfinished.rename(home.data)
    if durable:
        _sync(home.root)


def server_command(home: Home, sockets: Path, port: int, *, durable: bool) -> list[str]:
    """The command line of the server. Its settings stand in no file: new ones apply to an old cluster."""
    settings = _SETTINGS | {
        "unix_socket_directories": str(sockets),
        "log_directory": str(home.logs),
        "port": str(port),
    }
    if not durable:
        settings |= _CARELESS
    pairs = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    return [str(home.programs / "postgres"), "-D", str(home.data), *pairs]


def explain(home: Home, sizes_before: Mapping[Path, int]) -> str:
    """Why the server did not start: a known cause in words, and what it said since `sizes_before`."""
    said = _said(home.logs / "start.log", 0)
    for path in sorted(home.logs.glob("postgresql-*.log")):
        said += _said(path, sizes_before.get(path, 0))
    reason = _in_words(said, home.data) or "The embedded PostgreSQL did not start."
    return f"{reason} It said:\n{_last_lines(said)}"


def _check_version(data: Path) -> None:
    try:
        made_by = (data / "PG_VERSION").read_text().strip()
    except FileNotFoundError as missing:
        raise ServiceError(
            f"{data} is neither empty nor a database of ours. Move it away, or choose another folder with ENGAGE_VAR."
        ) from missing
    if made_by != MAJOR_VERSION:
        raise ServiceError(
            f"The database in {data} was made by PostgreSQL {made_by}, this Engage brings {MAJOR_VERSION}. "
            f"Save it with the pg_dump of version {made_by}, move the folder away, start Engage, "
            "and load it with pg_restore."
        )


def _run_initdb(home: Home, target: Path, *, durable: bool) -> None:
    # The builtin C.UTF-8 knows upper and lower case of every letter and never changes with the system's
    # libraries, so no index is ever invalid after an update of the machine.
    command = [
        str(home.programs / "initdb"),
        "-D",
        str(target),
        "--username=engage",
        "--encoding=UTF8",
        "--locale=C",
    ]
    command += [
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--auth-local=trust",
        "--auth-host=reject",
    ]
    command += ["--no-instructions", "--data-checksums" if durable else "--no-sync"]
    child = home.account.spawn(command, target, subprocess.PIPE, dies_by=signal.SIGTERM)
    try:
        said = child.communicate()[0].decode(errors="replace")
    except BaseException:  # stopped by hand: take it along
        child.kill()
        child.wait()
        raise
    if child.returncode != 0:
        reason = _in_words(said, target) or "The database could not be created."
        raise ServiceError(f"{reason} PostgreSQL said:\n{_last_lines(said)}")


def _in_words(said: str, data: Path) -> str | None:
    return next((words.format(data=data) for sign, words in _COMPLAINTS if sign in said), None)


def _said(path: Path, since: int) -> str:
    try:
        text = path.read_bytes()
    except OSError:
        return ""
    return text[since if since <= len(text) else 0 :].decode(errors="replace")


def _last_lines(said: str) -> str:
    return "\n".join(f"  {line}" for line in said.strip().splitlines()[-12:])


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
