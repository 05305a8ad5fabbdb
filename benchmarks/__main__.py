"""One run: an own database with a large city, the service and the bare view side by side, and the table at the end.

python -m benchmarks [--rounds 3] [--seconds 3] [--servers]
    [--only pages,sign-ups,core,letters,reminders,memory,weight,telegram,understanding,growth]
    [--sizes 20000,200000] [--coming 10000,100000]
"""

import argparse
import json
import os
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import psutil

from benchmarks import city, crowds, letters, phrases, report, servers, services, telegram, weight
from benchmarks.client import Plan
from benchmarks.database import prepared
from benchmarks.report import Measure
from engage.app import create_app
from engage.base.clock import utc_now
from engage.base.config import ROOT
from engage.service import EmbeddedPostgres

_CORE_ROUNDS, _CORE_COUNT = 5, 300


@dataclass
class Bench:
    """What runs at the moment, and what was found so far."""

    port: int
    bare_port: int
    service: psutil.Process
    bare: psutil.Process
    database: psutil.Process
    pages: list[str]
    occurrences: list[int]
    rounds: int
    seconds: float
    measures: list[Measure] = field(default_factory=list)
    details: dict[str, Any] = field(default_factory=dict)
    log: Path = ROOT / "var" / "bench.log"
    citizens: int = 0

    def load(self, name: str, plan: Plan, server: psutil.Process) -> dict[str, Any]:
        """Carry out a plan, with the CPU seconds of server and database beside what the client found."""
        worker = [server.children()[-1]] if server == self.service else []  # the web server is forked first
        parts = {"server": [server], "worker": worker, "database": [self.database]}
        before = {part: services.cpu_seconds(*roots) for part, roots in parts.items()}
        found = services.load(plan)
        used = {part: services.cpu_seconds(*roots) - before[part] for part, roots in parts.items()}
        used["server"] -= used["worker"]
        good = max(found["good"], 1)
        taken = sorted(found.pop("taken")) or [0.0]
        found |= {
            "rate": found["good"] / found["seconds"],
            **{f"{part}_ms": seconds / good * 1e3 for part, seconds in used.items()},
            "client_ms": found["cpu"] / good * 1e3,
            "p50_ms": taken[len(taken) // 2] * 1e3,
            "p95_ms": taken[len(taken) * 95 // 100] * 1e3,
        }
        self.details.setdefault(name, []).append(found)
        if found["bad"]:
            print(f"  {name}: {found['bad']} went wrong, {found['wrong']}", flush=True)
        return found


def pages(bench: Bench) -> None:
    """The activity page and the list against the bare view, by turns."""
    lists = [f"/aktiviteter?page={number}" for number in range(1, 9)]
    lists += ["/aktiviteter", "/aktiviteter?dimension=environmental", "/aktiviteter?goal=13&free=1"]
    kinds = {"activity page": (bench.pages[:200], 0.15), "list of 20 in 10,000": (lists, 0.1)}
    ratios: dict[str, list[float]] = {name: [] for name in kinds}
    costs: dict[str, list[float]] = {name: [] for name in kinds}
    for _turn in range(bench.rounds + 1):
        for name, (paths, _goal) in kinds.items():
            plan = Plan(bench.bare_port, ["/"], seconds=bench.seconds / 2)
            floor = bench.load("F, bare view", plan, bench.bare)
            found = bench.load(name, Plan(bench.port, paths, seconds=bench.seconds), bench.service)
            if _turn:  # the first turn warms
                ratios[name].append(found["rate"] / floor["rate"])
                costs[name].append(_cpu(floor) / _cpu(found))
    floor_rate = _median(bench, "F, bare view", "rate")
    for name, (_paths, goal) in kinds.items():
        bench.measures.append(
            Measure(
                name,
                f"{_median(bench, name, 'rate'):.0f}/s, {_median(bench, name, 'p50_ms'):.1f} ms",
                f"F = {floor_rate:.0f}/s",
                median(ratios[name]),
                goal,
                " F",
                note=f"by CPU time {median(costs[name]):.3f} F; {_costs(bench, name)}",
            )
        )


def sign_ups(bench: Bench) -> None:
    """GET the form and POST it, for many dates and for one that everybody wants; each by a new citizen."""
    ratios = []
    for turn in range(bench.rounds + 1):
        spread = _sign_up(bench, "sign-ups, many dates", bench.pages[:500])
        one = _sign_up(bench, "sign-ups, one date", bench.pages[-1:])
        if turn:
            ratios.append(one["rate"] / spread["rate"])
    names = "sign-ups, many dates", "sign-ups, one date"
    rates = [_median(bench, name, "rate") for name in names]
    latency = [f"{_median(bench, name, 'p50_ms'):.0f} ms" for name in names]
    notes = [_costs(bench, name) for name in names]
    bench.measures.append(Measure("sign-ups by web", latency[0], "", rates[0], 115, "/s", note=notes[0]))
    bench.measures.append(
        Measure(
            "all want one date", f"{rates[1]:.0f}/s, {latency[1]}", "many dates", median(ratios), 0.8, note=notes[1]
        )
    )


def _sign_up(bench: Bench, name: str, paths: list[str]) -> dict[str, Any]:
    plan = Plan(bench.port, paths, "sign_up", seconds=bench.seconds, most=20_000, first_citizen=bench.citizens)
    bench.citizens += plan.most
    return bench.load(name, plan, bench.service)


def core(measures: list[Measure], details: dict[str, Any]) -> None:
    """The rule against the raw transaction."""
    print("Measuring core ...", flush=True)
    with create_app().app_context():
        occurrences = city.occurrence_ids(500)
    plan = {"occurrences": occurrences, "first": 0, "count": _CORE_COUNT, "rounds": _CORE_ROUNDS}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.core"],
        cwd=ROOT,
        input=json.dumps(plan).encode(),
        stdout=subprocess.PIPE,
        check=True,
    )
    details["core"] = found = json.loads(done.stdout)
    measures.append(
        Measure("core sign_up", f"{found['core']:.0f}/s", f"R = {found['raw']:.0f}/s", found["ratio"], 0.5, " R")
    )


def talks(bench: Bench) -> None:
    """The bot, with two hundred people who talk as fast as they are answered, and at a calm rate."""
    worker = bench.service.children()[-1]
    worker.suspend()  # it knows of no bot, and would put off the letters that it finds first
    try:
        found = telegram.measure(bench.database, bench.seconds, bench.rounds, bench.log)
    finally:
        worker.resume()
    bench.details["telegram"] = found
    one, two, calm = found["1"], found["2"], found["calm"]
    for each, number in ((one, 1), (two, 2)):
        costs = ", ".join(f"{part} {each[f'{part}_ms']:.2f}" for part in ("bot", "database", "people"))
        bench.measures.append(
            Measure(
                f"Telegram, {number} process{'es' * (number > 1)}",
                f"{each['updates']} updates, {each['p50_ms']:.0f} ms",
                "",
                each["rate"],
                200 if number == 2 else 100,
                "/s",
                note=f"CPU ms each: {costs}; {len(each['lost'])} not answered",
            )
        )
    bench.measures.append(Measure("Telegram, growth", "2 processes", "1 process", two["rate"] / one["rate"], 1))
    bench.measures.append(
        Measure(
            f"Telegram, {telegram.CALM}/s",
            f"p50 {calm['p50_ms']:.0f} ms",
            "",
            calm["p95_ms"],
            80,
            " ms",
            at_most=True,
            note=f"p95 from an update to its answer; {len(calm['lost'])} not answered",
        )
    )


def reminders(measures: list[Measure], details: dict[str, Any]) -> None:
    """10,000 reminders due at once, against as many plain letters; and what it costs to find that nothing is due."""
    print("Measuring reminders ...", flush=True)
    command = [sys.executable, "-m", "benchmarks.reminders"]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    details["reminders"] = found = json.loads(done.stdout)
    floor = f"{found['plain']:.1f} s for plain letters"
    note = f"planning {found['planning']:.2f} s, sending {found['sending']:.1f} s"
    measures += [
        Measure(
            "10,000 reminders", f"{found['rate']:.0f}/s", floor, found["ratio"], 2.5, " x", at_most=True, note=note
        ),
        Measure(
            "reminders, two workers",
            f"{found['two']:.0f}/s",
            f"one {found['one']:.0f}/s",
            found["two"] / found["one"],
            1.2,
        ),
        Measure("nothing due", "110,000 sign-ups", "", found["nothing_due_ms"], 20, " ms", at_most=True),
        Measure(
            "planning by an index", "110,000 sign-ups", "", float(found["by_index"]), 1, note="EXPLAIN, in the JSON"
        ),
    ]


def growing(options: argparse.Namespace, measures: list[Measure], details: dict[str, Any]) -> None:
    """Statistics in a city of many more sign-ups, and finding among many more dates: at the larger size, and how much longer."""
    print("Measuring growth ...", flush=True)
    command = [sys.executable, "-m", "benchmarks.growth", "--sizes", options.sizes, "--coming", options.coming]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    details["growth"] = found = json.loads(done.stdout)
    asked = {size: each["questions"] for size, each in found["statistics"].items()}
    for name, sizes, least, goals in (
        ("statistics", asked, 2.0, (300, 1.5)),
        ("finding", found["finding"], 2.0, (300, 1.5)),
    ):
        small, large = next(iter(sizes)), next(reversed(sizes))
        slowest = max(sizes[large], key=sizes[large].__getitem__)
        grown = {each: sizes[large][each] / max(sizes[small][each], least) for each in sizes[large]}
        most = max(grown, key=grown.__getitem__)
        typical = median(sizes[large].values()) / max(median(sizes[small].values()), least)
        words = f"{int(large):,}"
        measures += [
            Measure(
                f"{name}, slowest", words, slowest, sizes[large][slowest], goals[0], " ms", at_most=True,
                note=f"median of all {median(sizes[large].values()):.1f} ms",
            ),
            Measure(
                f"{name}, growth", words, f"{int(small):,}", typical, goals[1], " x", at_most=True,
                note=f"most: {most}, {sizes[small][most]:.1f} to {sizes[large][most]:.1f} ms",
            ),
        ]  # fmt: skip


def memory(bench: Bench) -> None:
    """PSS of every process of the service after some hundreds of requests."""
    services.load(Plan(bench.port, [*bench.pages[:100], "/aktiviteter", "/"], seconds=30, most=400))
    found = services.memory(bench.service)
    bench.details["memory"] = found
    parts = ", ".join(f"{name.split()[0]} {size:.0f}" for name, size in found.items())
    bench.measures.append(
        Measure("memory", f"{len(found)} processes", "", sum(found.values()), 220, " MiB", at_most=True, note=parts)
    )


def first_view(bench: Bench) -> None:
    """Bytes of a first visit to the heaviest pages."""
    found = {name: weight.first_view(bench.port, path) for name, path in _views(bench).items()}
    bench.details["weight"] = found
    sizes = {name: sum(sizes.values()) / 1000 for name, sizes in found.items()}
    heaviest = max(sizes, key=lambda name: sizes[name])
    note = ", ".join(f"{name} {size:.0f} KB" for name, size in sizes.items())
    bench.measures.append(Measure("page weight", heaviest, "", sizes[heaviest], 120, " KB", at_most=True, note=note))


def _views(bench: Bench) -> dict[str, str]:
    return {"start page": "/", "list": "/aktiviteter", "activity page": bench.pages[0], "chat": "/chat"}


def _cpu(found: dict[str, Any]) -> float:
    return float(found["server_ms"] + found["worker_ms"] + found["database_ms"] + found["client_ms"])


def _median(bench: Bench, name: str, what: str) -> float:
    return median(found[what] for found in bench.details[name][1:] or bench.details[name])


def _costs(bench: Bench, name: str) -> str:
    parts = {part: _median(bench, name, f"{part}_ms") for part in ("server", "worker", "database", "client")}
    return "CPU ms each: " + ", ".join(f"{part} {value:.2f}" for part, value in parts.items())


def run(options: argparse.Namespace) -> int:
    """Measure, print the table, write the JSON; the exit status is 1 when a goal was missed."""
    measures: list[Measure] = []
    details: dict[str, Any] = {}
    if "understanding" in options.only and not options.servers:
        phrases.measure(measures, details)
    if "growth" in options.only and not options.servers:
        growing(options, measures, details)
    if set(options.only.split(",")) - {"understanding", "growth"}:
        _with_service(options, measures, details)
    if options.servers:
        return 0
    print("\n" + report.table(measures))
    report.write(ROOT / "var" / "benchmarks.json", measures, details)
    return 0 if all(measure.reached for measure in measures) else 1


def _with_service(options: argparse.Namespace, measures: list[Measure], details: dict[str, Any]) -> None:
    """What needs the large city and the running service; what is found is added to `measures` and `details`."""
    folder = ROOT / "var" / "bench"
    # Everything else stays as it is by default: the limits per client hold here too, see client.source_of.
    # In the development mode mails are rendered and kept as files, so the worker has its usual work meanwhile.
    os.environ |= {"ENGAGE_SECRET_KEY": "k" * 40, "ENGAGE_VAR": str(folder / "service"), "ENGAGE_DEVELOPMENT": "1"}
    with ExitStack() as stack:
        print("Building a city with 10,000 coming dates ...", flush=True)
        server = stack.enter_context(prepared(folder))
        with create_app().app_context():
            city.build(utc_now())
        if "core" in options.only and not options.servers:
            core(measures, details)  # in one process, so before the others are there
            crowds.measure(measures, details)
        if "reminders" in options.only and not options.servers:
            reminders(measures, details)
        if "letters" in options.only and not options.servers:
            letters.measure(measures, details)  # with workers of its own
        bench = _started(stack, server, ROOT / "var" / "bench.log", options)
        if options.servers:
            print("\n".join(_servers(bench)))
            return
        for name, measure in _MEASUREMENTS.items():
            if name in options.only:
                print(f"Measuring {name} ...", flush=True)
                measure(bench)
        measures += bench.measures
        details |= bench.details


def _servers(bench: Bench) -> list[str]:
    return servers.compare(bench.load, bench.bare_port, bench.bare, bench.port, bench.service, bench.pages[0])


def _started(stack: ExitStack, server: EmbeddedPostgres, log: Path, options: argparse.Namespace) -> Bench:
    """The service, started a second time and timed, and the bare view beside it."""
    port, bare_port = services.free_port(), services.free_port()
    with services.running(services.service_command(port), {}, log) as process:
        services.wait_until_up(process, port)
    process = stack.enter_context(services.running(services.service_command(port), {}, log))
    up_after = services.wait_until_up(process, port)
    bare = stack.enter_context(services.running(services.bare_command(bare_port), {}, log))
    services.wait_until_up(bare, bare_port, "/")
    with create_app().app_context():
        addresses, occurrences = city.addresses(2_000), city.occurrence_ids(500)
    assert server.pid is not None
    database = psutil.Process(server.pid)
    bench = Bench(port, bare_port, process, bare, database, addresses, occurrences, options.rounds, options.seconds)
    bench.measures.append(Measure("warm start", "", "", up_after, 3, " s", at_most=True))
    return bench


_MEASUREMENTS = {"pages": pages, "sign-ups": sign_ups, "memory": memory, "weight": first_view, "telegram": talks}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="repetitions after one to warm; medians count")
    parser.add_argument("--seconds", type=float, default=3.0, help="length of each measurement")
    parser.add_argument(
        "--only",
        default=",".join(["core", "letters", "reminders", *_MEASUREMENTS, "understanding", "growth"]),
        help="parts to measure, with commas",
    )
    parser.add_argument("--sizes", default="20000,200000", help="sign-ups of the cities whose statistics are asked")
    parser.add_argument("--coming", default="10000,100000", help="coming dates of the cities in which is searched")
    parser.add_argument("--servers", action="store_true", help="compare gunicorn with granian instead")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(run(_options()))
