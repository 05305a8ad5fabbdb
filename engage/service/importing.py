"""`engage import`: the same steps as on the web, with every verdict as a line of text."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select

from engage.accounts import Organisation
from engage.activities.importing import runs, wording
from engage.activities.importing.models import ImportRun, ImportSource, Then
from engage.activities.importing.reading import mapping as columns
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import db, transaction
from engage.base.errors import Refusal
from engage.base.i18n import LazyText, ngettext, speaking
from engage.base.i18n import lazy_gettext as _l
from engage.base.wording import when
from engage.registrations import importing


class CannotImport(Refusal):
    """The command was not given what it needs."""

    code = "cannot_import"

    def __init__(self, message: LazyText) -> None:
        super().__init__()
        self.message = message


def import_file(
    file: Path,
    *,
    organisation: str,
    source: str = "",
    dry_run: bool = False,
    mapping: Sequence[str] = (),
    language: str = "",
    audiences: Sequence[str] = (),
    first: datetime | None = None,
    then: str | None = None,
    take_proposals: bool = False,
    now: datetime | None = None,
) -> Iterator[str]:
    """One line for each event and one for the whole. With `dry_run` nothing is kept. Refuses with `CannotImport` or
    `runs.FileRefused`."""
    now = now or utc_now()
    with speaking("en"):
        chosen = _mapping(mapping)
        content = file.read_bytes()
        since = first.replace(tzinfo=current_settings().city.zone) if first else now
        with transaction():
            known = runs.source_named(_organisation(organisation).id, source or file.stem, by_id=None, now=now)
            wanted_columns = {**known.mapping, **chosen}
            db.session.rollback()
        found = runs.read(content, wanted_columns, since, now)
        if found.lists and not found.columns:
            there = ", ".join(each.path or '""' for each in found.lists)
            raise CannotImport(_l("There is no such list, see --mapping list=PATH. There are: %(lists)s.", lists=there))
        if not found.events and not found.skipped and found.columns:
            there = ", ".join(found.columns)
            words = _l(
                "Say which columns hold the title and the day, with --mapping. There are: %(columns)s.", columns=there
            )
            raise CannotImport(words)
        with transaction():
            known = runs.source_named(_organisation(organisation).id, source or file.stem, by_id=None, now=now)
            _choose(known, found.mapping, language, audiences)
            run = runs.begin(known, content, filename=file.name, first=since, by_id=None, now=now)
            if dry_run:
                runs.look(run, found, now=now)
            else:
                wanted = Then(then) if then else importing.default_then(known)
                importing.apply(run.id, found, then=wanted, by_id=None, now=now, take_proposals=take_proposals)
            lines = list(_lines(run, now))
            if dry_run:
                db.session.rollback()
        yield from lines


def _organisation(name: str) -> Organisation:
    query = select(Organisation).where(or_(Organisation.name == name, Organisation.public_id == name))
    found = list(db.session.scalars(query))
    if len(found) != 1:
        raise CannotImport(_l("There is no organisation, or more than one, called %(name)s.", name=name))
    return found[0]


def _mapping(given: Sequence[str]) -> dict[str, str]:
    chosen = dict(entry.partition("=")[::2] for entry in given)
    known = columns.every_field()
    if wrong := [field for field in chosen if field not in known]:
        fields = ", ".join(known)
        raise CannotImport(_l("%(field)s is no field. There are: %(fields)s.", field=wrong[0], fields=fields))
    return chosen


def _choose(source: ImportSource, found: Mapping[str, str], language: str, audiences: Sequence[str]) -> None:
    if found:
        source.mapping = dict(found)
    source.language = language or source.language
    source.audiences = list(audiences) or source.audiences
    db.session.flush()


def _lines(run: ImportRun, now: datetime) -> Iterator[str]:
    for row in run.rows:
        place = f"{row['position']:>5}" if row["position"] else "    -"
        said = " ".join([wording.verdict(row), *(f"({words})" for words in wording.details(row))])
        yield f"{place}  {row['title'] or '-'}{_when(row, now)}: {said}"
    counts = {name: number for name, number in run.counts.items() if isinstance(number, int) and number}
    told = ", ".join(f"{number} {name.replace('_', ' ')}" for name, number in counts.items()) or "nothing"
    yield f"{told}."


def _when(row: Mapping[str, Any], now: datetime) -> str:
    if "starts_at" not in row:
        return ""
    starts_at, ends_at = datetime.fromisoformat(row["starts_at"]), datetime.fromisoformat(row["ends_at"])
    more = row["dates"] - 1
    first = when(starts_at, ends_at, ZoneInfo(row["zone"]), now)
    return f", {first}" + (
        ", " + ngettext("and %(number)s more date", "and %(number)s more dates", more) if more else ""
    )
