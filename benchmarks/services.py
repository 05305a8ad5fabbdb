"""The processes under measurement: started as in production, their CPU seconds and their memory read from the system."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psutil

from benchmarks.client import Plan
from engage.base.config import ROOT

WORKERS, THREADS = 2, 4

_UP_WITHIN = 60.0  # seconds


@contextmanager
def running(command: list[str], environment: dict[str, str], output: Path) -> Iterator[psutil.Process]:
    """The process of `command`, in a session of its own; asked to end afterwards, and made to after 20 seconds."""
    with output.open("ab") as file:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
    try:
        yield psutil.Process(process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def service_command(port: int) -> list[str]:
    return [sys.executable, "-m", "engage.cli", "run", "--no-demo", "--port", str(port)]


def bare_command(port: int) -> list[str]:
    return [sys.executable, "-m", "benchmarks.floors", str(port), str(WORKERS), str(THREADS)]


def granian_command(application: str, port: int) -> list[str]:
    """granian for WSGI with as many processes and threads as gunicorn has."""
    settings = [
        "--workers",
        str(WORKERS),
        "--blocking-threads",
        str(THREADS),
        "--no-access-log",
        "--log-level",
        "warning",
    ]
    program = Path(sys.executable).with_name("granian")
    return [str(program), "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), *settings, application]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until_up(process: psutil.Process, port: int, path: str = "/healthz") -> float:
    """Seconds until `path` was answered with 200. Raises ChildProcessError when that cannot come any more."""
    began = time.perf_counter()
    while time.perf_counter() - began < _UP_WITHIN and process.status() != psutil.STATUS_ZOMBIE:
        if _answers(port, path):
            return time.perf_counter() - began
        time.sleep(0.02)
    raise ChildProcessError(f"nothing answers on port {port}, see var/bench.log")


def _answers(port: int, path: str) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), 5) as connection:
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
            return connection.recv(64).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


def load(plan: Plan) -> dict[str, Any]:
    """What the client found when it carried out `plan`."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.client"],
        cwd=ROOT,
        input=json.dumps(asdict(plan)).encode(),
        stdout=subprocess.PIPE,
        check=True,
        timeout=plan.seconds + 60,
    )
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def cpu_seconds(*roots: psutil.Process) -> float:
    """CPU time used so far by these processes and all they started, ended ones included."""
    total = 0.0
    for root in roots:
        for process in family(root):
            try:
                times = process.cpu_times()
            except psutil.NoSuchProcess:
                continue
            total += times.user + times.system + times.children_user + times.children_system
    return total


def family(root: psutil.Process) -> list[psutil.Process]:
    return [root, *root.children(recursive=True)]


def memory(root: psutil.Process) -> dict[str, float]:
    """MiB that each process of the service accounts for: what is shared is divided among those who share it (PSS)."""
    found: dict[str, float] = {}
    for number, process in enumerate(family(root)):
        role = "supervisor" if number == 0 else process.name()
        found[f"{role} {process.pid}"] = process.memory_full_info().pss / 2**20
    return found
