"""Files meant to do harm are refused in words by a process that the kernel ends when it takes too much.

What is tested is that the limits are kept, not how long a machine takes: the process is told its limits and killed by them.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask

from engage.activities.importing import runs, sandbox
from engage.activities.importing.events import CannotRead
from tests.activities.importing.files import OPTIONS, archive, calendar, cells, entry, sheet
from tests.conftest import NOW

ENTITIES = (
    "<!DOCTYPE l [<!ENTITY a 'aaaaaaaaaa'>"
    + "".join(f"<!ENTITY {chr(98 + level)} '{f'&{chr(97 + level)};' * 10}'>" for level in range(8))
    + "]>"
)


def refused(content: bytes, **limits: float) -> str:
    with pytest.raises(CannotRead) as error:
        sandbox.read(content, OPTIONS, **limits)  # type: ignore[arg-type]
    return error.value.note.code


def test_what_the_child_reads_is_what_this_process_would_read() -> None:
    reading = sandbox.read(
        calendar(entry("a", "Kor", "20260310T190000", "20260310T210000", "RRULE:FREQ=WEEKLY;COUNT=2")), OPTIONS
    )
    assert [event.recurrence_id for event in reading.events] == ["20260310T180000Z", "20260317T180000Z"]
    assert sandbox.read("Titel;Dato\nKør;10.3.2026\n".encode("windows-1252"), OPTIONS).events[0].title == "Kør"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"x" * (sandbox.LARGEST_FILE + 1), "too_large"),
        (b"Titel;Dato\n" + b"x" * 4_000_000, "line_too_long"),
        (calendar(entry("a", "Kor", "20260310T190000", "20260310T210000", "DESCRIPTION:" + "x" * 4_000_000)), "line_too_long"),
        (calendar(*(entry(str(number), "Kor", "20260310T190000", "20260310T210000", "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30") for number in range(100))), "too_slow"),
        (archive(sheet(cells(1, "Titel", "Dato") + " " * 60_000_000)), "bomb"),
        (archive(sheet(cells(1, "Titel", "Dato") + cells(2, "&h;", "10.3.2026"), ENTITIES)), "workbook_unreadable"),
        (b"[" * 2_000_000, "too_deep"),
        (b"[" + b"[]," * 1_600_000 + b"[]]", "too_much_memory"),
    ],
    ids=["too large", "a long line", "a long property", "rules without end", "a bomb", "billion laughs", "deep", "wide"],
)  # fmt: skip
def test_a_hostile_file_is_refused_in_words(content: bytes, reason: str) -> None:
    assert refused(content) == reason


def test_the_processors_time_is_limited_by_the_kernel() -> None:
    content = b"Titel;Dato\n" + b"A;10.3.2026\n" * 1500
    assert refused(content, seconds=0.001) == "too_slow"


def test_the_memory_is_limited_by_the_kernel() -> None:
    assert refused(calendar(*(entry(str(number)) for number in range(1500))), megabytes=1) == "too_much_memory"


def test_the_child_holds_neither_the_database_nor_our_settings() -> None:
    header = {"megabytes": 100, "seconds": 5, "options": {"zone": "UTC", "first": "2026-01-01T00:00:00+00:00", "until": "2027-01-01T00:00:00+00:00", "mapping": None}}  # fmt: skip
    script = (
        "import runpy, sys, os\n"
        f"runpy.run_path({str(Path(sandbox.__file__).with_name('child.py'))!r}, run_name='__main__')\n"
        "bad = [n for n in sys.modules if n.split('.')[0] in ('sqlalchemy', 'flask', 'psycopg') or n == 'engage.base']\n"
        "print('\\n', bad, file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        input=json.dumps(header).encode() + b"\nTitel;Dato\nKor;10.3.2026\n",
        capture_output=True,
        check=True,
    )
    assert json.loads(done.stdout)["reading"]["events"][0]["words"][""]["title"] == "Kor"
    assert done.stderr.decode().split() == ["[]"]


def test_every_door_reads_by_the_child(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    child = tmp_path / "child.py"
    child.write_text("""print('{"refused": {"code": "too_slow", "facts": {}}}')""")
    monkeypatch.setattr(sandbox, "_CHILD", child)
    with pytest.raises(runs.FileRefused) as error:
        runs.read(b"Titel;Dato\nKor;10.3.2026\n", {}, NOW, NOW)
    assert error.value.note.code == "too_slow"
