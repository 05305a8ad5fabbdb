"""`engage understand`: one object for a text, one line for each line, and a clear word about what it cannot read."""

import json

from click.testing import CliRunner

from engage.dialog.understanding.command import understand

AT = ["--at", "2026-03-04T10:00"]


def test_a_text_gives_one_json_object_in_its_own_letters() -> None:
    done = CliRunner().invoke(understand, ["--locale", "da", *AT, "noget med smørrebrød på lørdag"])
    assert done.exit_code == 0
    assert json.loads(done.output)["from"] == "2026-03-07"
    assert "smørrebrød" in done.output


def test_lines_in_give_as_many_lines_out() -> None:
    lines = (
        '{"lang": "da", "text": "i morgen"}\n\n{"lang": "de", "text": "übermorgen"}\n{"lang": "xx", "text": "hej"}\n'
    )
    done = CliRunner().invoke(understand, ["--jsonl", *AT], input=lines)
    answers = [json.loads(line) for line in done.output.splitlines()]
    assert [answer["from"] for answer in answers] == ["2026-03-05", "2026-03-06", None]
    assert [answer["text"] for answer in answers] == ["i morgen", "übermorgen", "hej"]


def test_a_line_that_is_no_object_is_named() -> None:
    done = CliRunner().invoke(understand, ["--jsonl", *AT], input='{"text": "hej"}\nhej\n')
    assert done.exit_code == 1
    assert "line 2" in done.output


def test_a_moment_with_an_offset_is_read_in_the_citys_zone() -> None:
    late = ["--at", "2026-03-04T23:30+00:00", "i dag"]
    assert json.loads(CliRunner().invoke(understand, late).output)["from"] == "2026-03-05"


def test_nonsense_options_are_refused() -> None:
    assert CliRunner().invoke(understand, ["--at", "soon", "hej"]).exit_code == 2
    assert CliRunner().invoke(understand, ["--zone", "Mars/Olympus", "hej"]).exit_code == 2
    assert CliRunner().invoke(understand, []).exit_code == 2
