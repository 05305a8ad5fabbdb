"""Telling a person all that is kept of them: in words on a page or in a chat, and as JSON to take along.

What is told follows from what each component declares that it holds (`base.declared`), so a new column is told without a word
here. Secrets and numbers that mean something to the database alone are left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import LargeBinary, Table, select

from engage.base import wording
from engage.base.config import current_settings
from engage.base.db import Base, db
from engage.base.declared import Holding
from engage.base.i18n import gettext as _
from engage.privacy.forgetting import holdings


@dataclass(frozen=True, slots=True)
class Item:
    """One row in words: a heading ("" where it needs none), and what is known, as (label, words)."""

    heading: str
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """What one table holds of a person. `table` is its name, for whoever must tell sections apart."""

    table: str
    title: str
    items: tuple[Item, ...]


def told(person_id: int) -> list[Section]:
    """All that is kept of a person, in the language spoken now. What holds nothing is left out."""
    found = []
    for holding in holdings():
        items = tuple(item for row in _rows(holding, person_id) if (item := _item(holding, row)).facts)
        if items and holding.title is not None:
            found.append(Section(holding.table, str(holding.title), items))
    return found


def as_json(person_id: int, *, now: datetime) -> dict[str, Any]:
    """All that is kept of a person as plain data: the tables' and columns' own names, times as ISO 8601 in UTC."""
    city = current_settings().city
    data = {}
    for holding in holdings():
        if rows := _rows(holding, person_id):
            data[holding.table] = [
                {name: _plain(row[name]) for name in _shown(holding) if row[name] is not None} for row in rows
            ]
    return {
        "service": city.title,
        "controller": city.controller,
        "made_at": now.isoformat(),
        "purposes": {each.table: sorted(set(each.personal)) for each in holdings() if each.table in data},
        "data": data,
    }


def _rows(holding: Holding, person_id: int) -> list[dict[str, Any]]:
    if holding.theirs is None:
        return []
    table = _table(holding)
    order = next(iter(table.primary_key.columns))
    query = select(table).where(holding.theirs(person_id)).order_by(order)
    rows = [dict(row) for row in db.session.execute(query).mappings()]
    return [holding.tidy(row) for row in rows] if holding.tidy else rows


def _table(holding: Holding) -> Table:
    return Base.metadata.tables[holding.table]


def _shown(holding: Holding) -> list[str]:
    """The columns that mean something outside the database, and open no door."""
    table, unshown = _table(holding), set(holding.unshown.split())
    return [
        column.name
        for column in table.columns
        if column.name not in unshown
        and not column.foreign_keys
        and not (column.primary_key and column.name == "id")
        and not isinstance(column.type, LargeBinary)
    ]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _item(holding: Holding, row: Mapping[str, Any]) -> Item:
    facts = []
    for name, label in holding.labels.items():
        value = row[name]
        if value in (None, "", [], {}):
            continue
        words = holding.words[name](value) if name in holding.words else _words(value)
        if words:
            facts.append((str(label), words))
    return Item(holding.heading(row) if holding.heading else "", tuple(facts))


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, datetime):
        return wording.dated_instant(value, current_settings().city.zone)
    if isinstance(value, date):
        return wording.dated(value)
    return str(value)
