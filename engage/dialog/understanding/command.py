"""The command `engage understand`: what the chat would make of a text. Needs no database and no city."""

import json
import sys
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TextIO
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from engage.dialog.understanding.lexicon import LANGUAGES
from engage.dialog.understanding.reading import understand as read


@click.command("understand")
@click.argument("text", required=False)
@click.option("--locale", type=click.Choice(LANGUAGES), default="da", show_default=True, help="The stored language.")
@click.option("--at", metavar="TIME", help="Local time of the question, like 2026-03-04T10:00. Default: now.")
@click.option("--zone", default="Europe/Copenhagen", show_default=True, help="The city's time zone.")
@click.option("--country", default="DK", show_default=True, help="Whose public holidays count.")
@click.option("--jsonl", is_flag=True, help='Read lines like {"lang": "da", "text": "..."} from standard input.')
def understand(text: str | None, locale: str, at: str | None, zone: str, country: str, jsonl: bool) -> None:
    """Print what the chat understands of TEXT as one JSON object; with --jsonl one answer a line."""
    now = _moment(at, zone)
    if jsonl:
        # UTF-8 whatever the terminal says: the lines come from and go to files.
        _write(sys.stdout, _answers(sys.stdin, locale, now, country))
        return
    if text is None:
        raise click.UsageError("Give a TEXT, or --jsonl and lines on standard input.")
    _write(sys.stdout, [read(text, language=locale, now=now, country=country).as_json()])


def _moment(at: str | None, zone: str) -> datetime:
    try:
        place = ZoneInfo(zone)
        moment = datetime.fromisoformat(at) if at else datetime.now(place)
    except ZoneInfoNotFoundError as error:
        raise click.BadParameter(f"no time zone {zone!r}", param_hint="--zone") from error
    except ValueError as error:
        raise click.BadParameter(f"not a time: {at!r}", param_hint="--at") from error
    return moment.astimezone(place) if moment.tzinfo else moment.replace(tzinfo=place)


def _answers(lines: TextIO, locale: str, now: datetime, country: str) -> Iterator[dict[str, object]]:
    """One answer for each line that is not blank, the line's own language and text first."""
    _speak_utf8(lines)
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            question = json.loads(line)
            text, language = str(question["text"]), str(question.get("lang", locale))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise click.ClickException(f'line {number} is not an object with "text"') from error
        if language not in LANGUAGES:
            language = locale
        yield {"lang": language, "text": text, **read(text, language=language, now=now, country=country).as_json()}


def _write(stream: TextIO, answers: Iterable[dict[str, object]]) -> None:
    _speak_utf8(stream)
    for answer in answers:
        stream.write(json.dumps(answer, ensure_ascii=False) + "\n")
        stream.flush()


def _speak_utf8(stream: TextIO) -> None:
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(encoding="utf-8")
