"""gunicorn's threads against granian in WSGI mode: the bare view and an activity's page under both, by turns.

It answers one question (which of the two serves this application better), so it is no part of a usual run:
`make bench ARGS=--servers`.
"""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

import psutil

from benchmarks import services
from benchmarks.client import Plan

Load = Callable[[str, Plan, psutil.Process], dict[str, Any]]

_APPLICATIONS = {"bare view": ("benchmarks.floors:bare_application", "/"), "activity page": ("wsgi:app", "")}


def compare(
    load: Load, bare_port: int, bare: psutil.Process, port: int, service: psutil.Process, page: str
) -> list[str]:
    """Lines of a table: requests a second, CPU milliseconds of the server, and the slow twentieth, each under both."""
    lines = [f"{'':24}{'gunicorn':>34}{'granian':>34}"]
    with ExitStack() as stack:
        for name, (application, path) in _APPLICATIONS.items():
            granian_port = services.free_port()
            command = services.granian_command(application, granian_port)
            log = Path(services.ROOT / "var" / "bench.log")
            granian = stack.enter_context(services.running(command, {}, log))
            services.wait_until_up(granian, granian_port, path or page)
            gunicorn = (bare_port, bare) if name == "bare view" else (port, service)
            lines.append(_line(load, name, path or page, gunicorn, (granian_port, granian)))
            memory = [sum(services.memory(process).values()) for process in (gunicorn[1], granian)]
            lines.append(f"{'':24}" + "".join(f"{f'{size:.0f} MiB':>34}" for size in memory))
    return lines


def _line(
    load: Load, name: str, path: str, gunicorn: tuple[int, psutil.Process], granian: tuple[int, psutil.Process]
) -> str:
    found: dict[str, list[dict[str, Any]]] = {"gunicorn": [], "granian": []}
    for _turn in range(4):
        for server, (port, process) in (("gunicorn", gunicorn), ("granian", granian)):
            found[server].append(load(f"{name}, {server}", Plan(port, [path], seconds=2), process))
    cells = [
        f"{median(one['rate'] for one in some[1:]):.0f}/s, {median(one['server_ms'] for one in some[1:]):.2f} ms CPU,"
        f" p95 {median(one['p95_ms'] for one in some[1:]):.1f} ms"
        for some in found.values()
    ]
    return f"{name:24}" + "".join(f"{cell:>34}" for cell in cells)
