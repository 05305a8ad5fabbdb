"""The log of what staff and organisers did, in words: searched, by page, never changed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from flask import render_template, request, url_for
from sqlalchemy import ColumnElement, literal, or_, select

from engage.accounts import Organisation, User, audit, members, registry
from engage.accounts.audit import AuditEntry
from engage.activities import typed
from engage.activities.models import Activity, ActivityText
from engage.base.errors import Refusal
from engage.base.i18n import ngettext
from engage.web.staff import blueprint, said, told
from engage.web.staff.said import Errors
from engage.web.staff.words import ACTIONS

_SEARCHED_BY = frozenset({"q", "action", "by", "organisation", "about", "first", "last"})
# More people than one list can hold are found by their names among the words.
_MOST_PEOPLE = 1000


@dataclass(frozen=True, slots=True)
class EntryView:
    """One thing somebody did, in words. `about` is "" when it is oneself."""

    at: str
    at_iso: str
    who: str
    who_url: str
    action: str
    about: str
    about_url: str
    facts: tuple[tuple[str, str], ...]


@blueprint.get("/log")
def log() -> str:
    """What was done, newest first, as the search says; a date that cannot be read is said and not searched by."""
    errors: Errors = []
    asked, about, action = said.asked_words(), said.asked_words("about"), said.asked_words("action")
    person, organisation, first, last = _person(), _organisation(), _day("first", errors), _day("last", errors)
    found = audit.search(
        asked,
        about,
        person.id if person else None,
        first,
        last,
        said.asked_page(),
        action=action,
        also={word: _also(word) for word in asked.split()},
        only=[_of(organisation)] if organisation else [],
    )
    return render_template(
        "staff/log.html",
        total=ngettext("%(number)s entry", "%(number)s entries", found.count),
        entries=_views(found.entries),
        pages=said.pages(".log", found.number, found.pages, _SEARCHED_BY),
        values={
            "q": asked,
            "about": about,
            # A date field holds nothing that is no date; the error says what was wrong with it.
            **{name: day.isoformat() if day else "" for name, day in (("first", first), ("last", last))},
        },
        about_name=told.named(about),
        action=action,
        by=person.public_id if person else "",
        organisation=organisation.public_id if organisation else "",
        actions=sorted(((code, str(words)) for code, words in ACTIONS.items()), key=lambda each: each[1].casefold()),
        people=[(each.public_id, each.name) for each in members.search(limit=_MOST_PEOPLE)],
        organisations=[(each.public_id, each.name) for each in registry.search()],
        errors=errors,
    )


def _person() -> User | None:
    asked = said.asked_words("by")
    return members.by_public_id(asked) if asked else None


def _organisation() -> Organisation | None:
    asked = request.args.get("organisation", "")
    return registry.by_public_id(asked) if asked else None


def _day(name: str, errors: Errors) -> date | None:
    text = typed.line(request.args.get(name, ""))
    if not text:
        return None
    try:
        return typed.read_day(text)
    except Refusal as refusal:
        errors.append((name, str(refusal)))
        return None


def _of(organisation: Organisation) -> ColumnElement[bool]:
    """Whether an entry is about an organisation, one of its activities, or anything whose facts name it."""
    activities = select(literal("activity:") + Activity.public_id).where(Activity.organisation_id == organisation.id)
    return or_(
        AuditEntry.about == f"organisation:{organisation.public_id}",
        AuditEntry.about.in_(activities),
        AuditEntry.facts["organisation"].astext == str(organisation.id),
    )


def _also(word: str) -> ColumnElement[bool]:
    """Whether an entry holds a word as it is read: in what was done, or in the name of what it was done to."""
    actions = [code for code, words in ACTIONS.items() if word.casefold() in str(words).casefold()]
    titles = select(literal("activity:") + Activity.public_id).join(ActivityText)
    organisations = select(literal("organisation:") + Organisation.public_id)
    accounts = select(literal("account:") + User.public_id)
    return or_(
        AuditEntry.action.in_(actions),
        AuditEntry.about.in_(titles.where(ActivityText.title.icontains(word, autoescape=True))),
        AuditEntry.about.in_(organisations.where(Organisation.name.icontains(word, autoescape=True))),
        AuditEntry.about.in_(accounts.where(User.name.icontains(word, autoescape=True))),
    )


def _views(entries: Iterable[AuditEntry]) -> list[EntryView]:
    entries = list(entries)
    names = told.Names.of(entries)
    return [_view(entry, names) for entry in entries]


def _view(entry: AuditEntry, names: told.Names) -> EntryView:
    known = names.accounts.get(entry.by_id) if entry.by_id is not None else None
    about, about_url = told.about(entry, names)
    return EntryView(
        at=said.moment(entry.at),
        at_iso=entry.at.isoformat(timespec="seconds"),
        who=told.doer(entry),
        who_url=url_for(".user", user=known) if known else "",
        action=told.action(entry),
        about=about,
        about_url=about_url,
        facts=told.facts(entry, names),
    )
