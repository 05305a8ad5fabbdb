"""A reminder as the fields of its form: read as a rule, and written back as one sees it."""

from dataclasses import replace
from datetime import datetime, time
from typing import TypeVar

from werkzeug.datastructures import MultiDict

from engage.activities.typed import read_clock, read_day
from engage.base.config import current_settings
from engage.registrations.reminders import instants
from engage.registrations.reminders.models import Anchor, Dates, Unit, Way
from engage.registrations.reminders.rules import Rule
from engage.web.organiser.date_form import Fields

Chosen = TypeVar("Chosen", Anchor, Unit, Way, Dates)
Values = MultiDict[str, str]
_NEW = Rule("", number=3, clock=time(17))


def new() -> Rule:
    """What a reminder of an activity's own begins with."""
    return _NEW


def values_of(rule: Rule) -> Values:
    """A rule as the fields of the form."""
    values: Values = MultiDict(
        {
            "anchor": rule.anchor.value,
            "number": str(rule.number),
            "unit": rule.unit.value,
            "clock": f"{rule.clock:%H:%M}" if rule.clock else "",
            "early_days": str(rule.early_days) if rule.early_days else "",
            "release_hours": str(rule.release_hours) if rule.release_hours else "",
            "way": rule.way.value,
            "dates": rule.dates.value,
            "audience": "unanswered" if rule.unanswered_only else "all",
        }
    )
    if rule.on_at is not None:
        local = rule.on_at.astimezone(current_settings().city.zone)
        values["day"], values["clock"] = local.date().isoformat(), f"{local:%H:%M}"
    for name in ("asks", "enabled"):
        if getattr(rule, name):
            values[name] = "1"
    values.setlist("roles", list(rule.roles))
    for language, words in rule.texts.items():
        values[f"text_{language}"] = words
    return values


def read(fields: Fields, sent: Values, before: Rule, roles: set[str], languages: tuple[str, ...]) -> Rule:
    """The rule that was filled in, over the one it is to replace; what cannot be read is an error beside its field."""
    told = replace(
        before,
        enabled=bool(fields.text("enabled")),
        texts={language: _text(sent, language) for language in languages if _text(sent, language)},
    )
    if before.asks_feedback:
        return replace(told, number=fields.number("number", before.number))
    anchor = _one_of(fields, "anchor", Anchor, before.anchor)
    clock = fields.read("clock", read_clock, None) if fields.text("clock") else None
    early = fields.text("early_days")
    unit = _one_of(fields, "unit", Unit, before.unit)
    return replace(
        told,
        anchor=anchor,
        number=0 if anchor == Anchor.ABSOLUTE else fields.number("number", -1),
        unit=unit,
        after=anchor == Anchor.END,
        clock=clock if unit == Unit.DAYS or anchor == Anchor.ABSOLUTE else None,
        on_at=_on_at(fields, clock) if anchor == Anchor.ABSOLUTE else None,
        early_days=fields.number("early_days", -1) if early else None,
        roles=tuple(each for each in sent.getlist("roles") if each in roles),
        unanswered_only=fields.text("audience") == "unanswered",
        way=_one_of(fields, "way", Way, before.way),
        dates=_one_of(fields, "dates", Dates, before.dates),
        asks=bool(fields.text("asks")),
        release_hours=fields.number("release_hours", -1)
        if fields.text("release_hours") and fields.text("asks")
        else None,
    )


def _text(sent: Values, language: str) -> str:
    return sent.get(f"text_{language}", "").replace("\r\n", "\n").strip()


def _one_of(fields: Fields, name: str, kind: type[Chosen], otherwise: Chosen) -> Chosen:
    chosen = fields.text(name)
    return kind(chosen) if chosen in set(kind) else otherwise


def _on_at(fields: Fields, clock: time | None) -> datetime | None:
    if not fields.text("day"):
        return None
    day = fields.read("day", read_day, None)
    return instants.local_instant(day, clock or time(10), current_settings().city.zone) if day else None
