"""What an entry of the log tells, in words: what was done, to what, and the facts that were kept with it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask import url_for
from sqlalchemy import select

from engage.accounts import Organisation, User
from engage.accounts.audit import AuditEntry
from engage.activities import recurrence
from engage.activities.choices import audience_name
from engage.activities.models import Activity, ActivityText, Occurrence
from engage.activities.plans import ShiftRole
from engage.base import wording
from engage.base.config import current_settings
from engage.base.db import db
from engage.base.i18n import LazyText, in_language
from engage.base.i18n import gettext as _
from engage.base.i18n import lazy_gettext as _l
from engage.goals.cycle.models import Indicator
from engage.goals.reference import reference
from engage.questions import ApprovedAnswer
from engage.web.organiser import rhythm
from engage.web.staff import said, words
from engage.web.staff.statistics import looked_at, seen


@dataclass(frozen=True)
class Names:
    """What the things are called that a page of entries speaks of, where they still exist."""

    things: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # "activity:7k2m9p4x" -> (name, address)
    organisations: Mapping[int, str] = field(default_factory=dict)
    dates: Mapping[str, str] = field(default_factory=dict)  # a date's public id -> when it is
    roles: Mapping[str, str] = field(default_factory=dict)  # a shift role's public id -> its name
    accounts: Mapping[int, str] = field(default_factory=dict)  # account id -> public id

    @classmethod
    def of(cls, entries: Iterable[AuditEntry]) -> "Names":
        """One query a kind, however many entries there are."""
        entries = list(entries)
        facts = [entry.facts for entry in entries]
        return cls(
            things=_things({entry.about for entry in entries}),
            organisations=_organisations({each["organisation"] for each in facts if _is_id(each.get("organisation"))}),
            dates=_dates({str(each["occurrence"]) for each in facts if each.get("occurrence")}),
            roles=_roles({str(each["role"]) for each in facts if each.get("role")}),
            accounts=_accounts({entry.by_id for entry in entries if entry.by_id is not None}),
        )


def action(entry: AuditEntry) -> str:
    """What was done."""
    known = words.ACTIONS.get(entry.action)
    return str(known) if known else entry.action


def doer(entry: AuditEntry) -> str:
    """Who did it."""
    if entry.by_id is None:
        return _("The service itself")
    return entry.by_name or _("An account that is erased (number %(number)s)", number=entry.by_id)


def about(entry: AuditEntry, names: Names) -> tuple[str, str]:
    """(name, address) of what it was done to; ("", "") when that is the doer's own account."""
    by = names.accounts.get(entry.by_id) if entry.by_id is not None else None
    if by is not None and entry.about == f"account:{by}":
        return "", ""
    if entry.about in names.things:
        return names.things[entry.about]
    kind, _colon, name = entry.about.partition(":")
    if kind == "limit":
        return _("a limit"), url_for("staff.limit", limit=name)
    if kind == "letter":
        return _("letter %(number)s", number=name), url_for("staff.letters", q=name)
    if kind == "feature":
        return _feature_name(name), url_for("staff.feature", feature=name)
    if kind == "features":
        return _("UNESCO's list"), url_for("staff.official_list")
    if kind == "statistics" and name in seen.PAGES:
        return seen.names()[name], url_for(seen.PAGES[name])
    if kind == "population":
        return _("the city's population"), url_for("staff.population_page")
    if kind == "year":
        return _("Key Features %(year)s", year=name), url_for("staff.cycle_year", year=name)
    if kind == "proposal":
        return _("a citizen's proposal"), url_for("staff.proposal", proposal=name)
    if kind == "question":
        return _("a citizen's question"), url_for("staff.question", question=name)
    if kind == "certificate":
        return _("certificate number %(number)s", number=name), ""
    gone = {
        "activity": _("an activity that is deleted"),
        "account": _("an account that is erased"),
        "invitation": str(entry.facts.get("email") or _("somebody whose account is erased")),
        "import": str(entry.facts.get("source", "")),
        "feed": str(entry.facts.get("name", "")),
    }
    return gone.get(kind) or entry.about, ""


def named(about: str) -> str:
    """What one thing is called, where it still exists; "" otherwise."""
    return _things({about}).get(about, ("", ""))[0] if about else ""


def facts(entry: AuditEntry, names: Names) -> tuple[tuple[str, str], ...]:
    """(label, words) for each fact that says something; what the sentence says already is left out."""
    found = []
    for key, value in entry.facts.items():
        if (key not in _TOLD_ALSO_WHEN_NOT and not value) or key in _SAID_ALREADY.get(
            entry.about.partition(":")[0], ()
        ):
            continue
        teller = _TELLERS.get(key)
        label, text = teller(entry, value, names) if teller else (_("Further"), _plain(value))
        if text:
            found.append((label, text))
    return tuple(found)


# What says something also when it is no, or none.
_TOLD_ALSO_WHEN_NOT = frozenset({"enabled"})
_SAID_ALREADY: Mapping[str, frozenset[str]] = {
    "invitation": frozenset({"email"}),
    "import": frozenset({"source"}),
    "feed": frozenset({"name"}),
    "organisation": frozenset({"name"}),
}

_Teller = Callable[[AuditEntry, Any, Names], tuple[str, str]]


def _worded(label: LazyText, known: Mapping[str, LazyText]) -> _Teller:
    return lambda _entry, value, _names: (str(label), str(known.get(value, value)))


def _as_it_is(label: LazyText) -> _Teller:
    return lambda _entry, value, _names: (str(label), _plain(value))


def _fields(_entry: AuditEntry, value: Any, _names: Names) -> tuple[str, str]:
    return _("What"), wording.listing([_field(str(each)) for each in value])


def _field(name: str) -> str:
    if name in words.FIELDS:
        return str(words.FIELDS[name])
    plain, _underscore, language = name.rpartition("_")
    if plain in words.FIELDS and len(language) == 2:
        return f"{words.FIELDS[plain]} ({wording.spoken_name(language)})"
    return name.replace("_", " ")


def _organisation(_entry: AuditEntry, value: Any, names: Names) -> tuple[str, str]:
    return _("Organisation"), names.organisations.get(value, "") or _("one that is deleted")


def _trusted(entry: AuditEntry, _value: Any, _names: Names) -> tuple[str, str]:
    if entry.action == "activity.published":
        return _("Review"), _("none was needed")
    return _("Publishing without review"), _("Yes")


def _role(entry: AuditEntry, value: Any, names: Names) -> tuple[str, str]:
    if entry.action.startswith(("dates.", "guests.")):
        return _("Role"), names.roles.get(str(value), "")
    return _("Role"), str(words.ROLES.get(value, value))


def _by(_entry: AuditEntry, _value: Any, _names: Names) -> tuple[str, str]:
    return _("Decided by"), _("the sign-in of %(authority)s", authority=current_settings().city.authority)


def _rights(_entry: AuditEntry, value: Any, _names: Names) -> tuple[str, str]:
    return _("Rights"), said.rights_name(str(value))


def _factors(_entry: AuditEntry, value: Any, _names: Names) -> tuple[str, str]:
    return _("With"), wording.listing([str(words.FACTORS.get(each, each)) for each in value])


def _day(_entry: AuditEntry, value: Any, _names: Names) -> tuple[str, str]:
    return _("On the day"), said.day(date.fromisoformat(str(value)))


def _period_day(label: LazyText) -> _Teller:
    return lambda _entry, value, _names: (str(label), said.day(date.fromisoformat(str(value))))


def _dimension(_entry: AuditEntry, value: Any, _names: Names) -> tuple[str, str]:
    known = reference().dimensions.get(str(value))
    return _("Dimension"), known.name if known else str(value)


def _date(_entry: AuditEntry, value: Any, names: Names) -> tuple[str, str]:
    return _("Date"), names.dates.get(str(value), "")


def _features(label: LazyText) -> _Teller:
    return lambda _entry, value, _names: (str(label), wording.listing([_feature_name(str(each)) for each in value]))


def _feature_name(key: str) -> str:
    known = reference().features.get(key)
    return known.short_title if known else key


def _rule(entry: AuditEntry, value: Any, _names: Names) -> tuple[str, str]:
    then = entry.at.astimezone(current_settings().city.zone).date()
    return _("Rhythm"), rhythm.said(recurrence.read(str(value), then, (), ()), then)


_TELLERS: Mapping[str, _Teller] = {
    "fields": _fields,
    "message": _as_it_is(_l("Message")),
    "reminder": _as_it_is(_l("Reminder")),
    "question": _as_it_is(_l("Question")),
    "enabled": _as_it_is(_l("Switched on")),
    "at_once": _as_it_is(_l("Sent at once")),
    "together": _as_it_is(_l("With all that was called off with it")),
    "state": _worded(_l("State"), words.STATES),
    "organisation": _organisation,
    "trusted": _trusted,
    "words": _as_it_is(_l("Words to the organiser")),
    "title": _as_it_is(_l("Title")),
    "name": _as_it_is(_l("Name")),
    "email": _as_it_is(_l("E-mail")),
    "role": _role,
    "by": _by,
    "rights": _rights,
    "factors": _factors,
    "came": _features(_l("Chosen")),
    "went": _features(_l("No longer chosen")),
    "ticked": _features(_l("Ticked off")),
    "unticked": _features(_l("Tick taken back")),
    "corrected": _features(_l("Corrected")),
    "feature": lambda _entry, value, _names: (_("Key Feature"), _feature_name(str(value))),
    "was": lambda _entry, value, _names: (_("Before"), wording.listing([each for each in value.values() if each])),
    "from": _period_day(_l("From the day")),
    "to": _period_day(_l("To the day")),
    "place": _as_it_is(_l("Place")),
    "initiative": _as_it_is(_l("Initiative")),
    "audience": lambda _entry, value, _names: (_("For whom"), audience_name(str(value))),
    "kind": lambda _entry, value, _names: (_("Kind"), looked_at.kind_name(str(value))),
    "dimension": _dimension,
    "goal": _as_it_is(_l("Goal")),
    "value": _as_it_is(_l("Value")),
    "day": _day,
    "year": _as_it_is(_l("Year")),
    "declared_by": _as_it_is(_l("Declared by")),
    "declared_on": _day,
    "occurrence": _date,
    "scope": _worded(_l("Which dates"), words.SCOPES),
    "dates": _as_it_is(_l("Dates")),
    "sign_up": _as_it_is(_l("Number of the sign-up")),
    "seats": _as_it_is(_l("Places")),
    "reason": _as_it_is(_l("Reason")),
    "days": _as_it_is(_l("Days")),
    "limit": _worded(_l("Limit"), words.LIMITS),
    "sign_ups": _as_it_is(_l("Sign-ups")),
    "deleted": _as_it_is(_l("Deleted")),
    "called_off": _as_it_is(_l("Called off")),
    "series": lambda _entry, _value, _names: ("", ""),  # its rhythm stands beside it
    "rule": _rule,
    "mode": _worded(_l("How people join"), words.MODES),
    "url": _as_it_is(_l("Address")),
    "source": _as_it_is(_l("From")),
    "activities": _as_it_is(_l("Activities")),
    "stays": _as_it_is(_l("Left as they are")),
    "new": _as_it_is(_l("New")),
    "changed": _as_it_is(_l("Changed")),
    "unchanged": _as_it_is(_l("Unchanged")),
    "left_out": _as_it_is(_l("Left out")),
    "unreadable": _as_it_is(_l("Could not be read")),
    "vanished": _as_it_is(_l("No longer there")),
}


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return ", ".join(str(each) for each in value) if isinstance(value, list) else str(value)


def _is_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _things(abouts: set[str]) -> dict[str, tuple[str, str]]:
    wanted: dict[str, list[str]] = {}
    for each in abouts:
        kind, _colon, name = each.partition(":")
        wanted.setdefault(kind, []).append(name)
    texts = select(Activity.public_id, ActivityText.language, ActivityText.title).join(ActivityText)
    titles: dict[str, dict[str, str]] = {}
    shown = texts.where(ActivityText.title != "", Activity.public_id.in_(wanted.get("activity", ())))
    for name, language, title in db.session.execute(shown.order_by(ActivityText.language)):
        titles.setdefault(name, {})[language] = title
    found = {
        f"activity:{name}": (in_language(each), url_for("organiser.activity", activity=name))
        for name, each in titles.items()
    }
    organisations = select(Organisation.public_id, Organisation.name)
    named = Organisation.public_id.in_(wanted.get("organisation", ()))
    for name, title in db.session.execute(organisations.where(named)):
        found[f"organisation:{name}"] = (title, url_for("staff.organisation", organisation=name))
    accounts = select(User.public_id, User.name)
    for name, title in db.session.execute(accounts.where(User.public_id.in_(wanted.get("account", ())))):
        found[f"account:{name}"] = (title, url_for("staff.user", user=name))
    measured = select(Indicator.public_id, Indicator.names)
    for name, names in db.session.execute(measured.where(Indicator.public_id.in_(wanted.get("indicator", ())))):
        found[f"indicator:{name}"] = (in_language(names), url_for("staff.indicator", indicator=name))
    answers = select(ApprovedAnswer.public_id, ApprovedAnswer.questions)
    for name, questions in db.session.execute(answers.where(ApprovedAnswer.public_id.in_(wanted.get("answer", ())))):
        found[f"answer:{name}"] = (in_language(questions), url_for("staff.answer", answer=name))
    return found


def _organisations(ids: set[int]) -> dict[int, str]:
    rows = db.session.execute(select(Organisation.id, Organisation.name).where(Organisation.id.in_(ids)))
    return {row.id: row.name for row in rows}


def _dates(names: set[str]) -> dict[str, str]:
    rows = db.session.execute(select(Occurrence.public_id, Occurrence.starts_at).where(Occurrence.public_id.in_(names)))
    return {row.public_id: said.moment(row.starts_at) for row in rows}


def _roles(names: set[str]) -> dict[str, str]:
    rows = db.session.execute(select(ShiftRole.public_id, ShiftRole.names).where(ShiftRole.public_id.in_(names)))
    return {row.public_id: in_language(row.names) for row in rows}


def _accounts(ids: set[int]) -> dict[int, str]:
    rows = db.session.execute(select(User.id, User.public_id).where(User.id.in_(ids)))
    return {row.id: row.public_id for row in rows}
