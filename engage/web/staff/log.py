"""The log of what staff and organisers did, in words: searched, by page, never changed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import render_template, request, url_for
from sqlalchemy import select

from engage.accounts import Organisation, User, audit, members
from engage.accounts.audit import AuditEntry
from engage.activities import typed
from engage.activities.models import Activity, ActivityText
from engage.base.db import db
from engage.base.errors import Refusal
from engage.base.i18n import LazyText, ngettext
from engage.base.i18n import gettext as _
from engage.base.i18n import lazy_gettext as _l
from engage.web.public.listing import PagesView
from engage.web.staff import blueprint, said
from engage.web.staff.said import Errors

# What is done by other parts and not named here stands in the log under its own short name.
_ACTIONS: Mapping[str, LazyText] = {
    "activity.created": _l("began an activity"),
    "activity.changed": _l("changed an activity"),
    "activity.submitted": _l("handed an activity in"),
    "activity.withdrawn": _l("took an activity back from review"),
    "activity.published": _l("published an activity"),
    "activity.sent_back": _l("sent an activity back"),
    "activity.deleted": _l("deleted a draft"),
    "dates.added": _l("added dates"),
    "dates.called_off": _l("called dates off"),
    "dates.sign_up_chosen": _l("chose how people join"),
    "dates.changed": _l("changed dates"),
    "dates.role_added": _l("added a role"),
    "dates.role_changed": _l("changed a role"),
    "dates.role_removed": _l("removed a role"),
    "dates.series_added": _l("added a series"),
    "dates.series_changed": _l("changed a series"),
    "organisation.created": _l("made an organisation"),
    "organisation.changed": _l("changed an organisation"),
    "organisation.declared": _l("kept a declaration"),
    "organisation.declaration_taken_back": _l("took a declaration back"),
    "import.applied": _l("imported activities"),
    "import.undone": _l("undid an import"),
    "feed.started": _l("began to follow a feed"),
    "feed.paused": _l("paused a feed"),
    "feed.stopped": _l("stopped following a feed"),
    "invitation.sent": _l("invited somebody"),
    "invitation.accepted": _l("accepted an invitation"),
    "invitation.withdrawn": _l("took an invitation back"),
    "account.signed_in": _l("signed in"),
    "account.role_given": _l("gave a role"),
    "account.role_taken": _l("took a role"),
    "account.rights_changed": _l("changed a member's rights"),
    "account.membership_ended": _l("ended a membership"),
    "account.closed": _l("closed an account"),
    "account.opened": _l("opened an account"),
    "account.second_step_reset": _l("took a second step away"),
    "account.sessions_ended": _l("signed out elsewhere"),
}

_SEARCHED_BY = frozenset({"q", "action", "by", "about", "first", "last"})


@dataclass(frozen=True, slots=True)
class EntryView:
    """One thing somebody did. `about` is a name where the thing still exists, else its kind and public id; "" is oneself."""

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
    words, about, action = said.asked_words(), said.asked_words("about"), said.asked_words("action")
    person, first, last = _person(), _day("first", errors), _day("last", errors)
    found = audit.search(f"{words} {action}", about, person.id if person else None, first, last, said.asked_page())
    return render_template(
        "staff/log.html",
        total=ngettext("%(number)s entry", "%(number)s entries", found.count),
        entries=_views(found.entries),
        pages=_pages(found.number, found.pages),
        values={**{name: request.args.get(name, "") for name in ("q", "first", "last")}, "about": about},
        action=action,
        by=person.public_id if person else "",
        actions=sorted(((code, str(words)) for code, words in _ACTIONS.items()), key=lambda each: each[1].casefold()),
        people=[(each.public_id, each.name) for each in members.search()],
        errors=errors,
    )


def _person() -> User | None:
    asked = request.args.get("by", "")
    return members.by_public_id(asked) if asked else None


def _day(name: str, errors: Errors) -> date | None:
    text = typed.line(request.args.get(name, ""))
    if not text:
        return None
    try:
        return typed.read_day(text)
    except Refusal as refusal:
        errors.append((name, str(refusal)))
        return None


def _views(entries: Iterable[AuditEntry]) -> list[EntryView]:
    entries = list(entries)
    names = _names({entry.about for entry in entries})
    by = {entry.by_id for entry in entries if entry.by_id is not None}
    ids = {row.id: row.public_id for row in db.session.execute(select(User.id, User.public_id).where(User.id.in_(by)))}
    return [_view(entry, names, ids) for entry in entries]


def _view(entry: AuditEntry, names: Mapping[str, tuple[str, str]], ids: Mapping[int, str]) -> EntryView:
    name, address = names.get(entry.about, (entry.about, ""))
    known = ids.get(entry.by_id) if entry.by_id is not None else None
    action = _ACTIONS.get(entry.action)
    if known and entry.about == f"account:{known}":
        name = address = ""
    return EntryView(
        at=said.moment(entry.at),
        at_iso=entry.at.isoformat(timespec="seconds"),
        who=entry.by_name or _("The service itself"),
        who_url=url_for(".user", user=known) if known else "",
        action=str(action) if action else entry.action,
        about=name,
        about_url=address,
        facts=tuple((key, _plain(value)) for key, value in sorted(entry.facts.items()) if value not in (None, "", [])),
    )


def _plain(value: Any) -> str:
    return ", ".join(str(each) for each in value) if isinstance(value, list) else str(value)


def _names(about: set[str]) -> dict[str, tuple[str, str]]:
    """(name, address) of the things that entries are about, where they still exist; one query a kind."""
    wanted: dict[str, list[str]] = {}
    for each in about:
        kind, _colon, name = each.partition(":")
        wanted.setdefault(kind, []).append(name)
    found: dict[str, tuple[str, str]] = {}
    titles = select(Activity.public_id, ActivityText.title).join(ActivityText).where(ActivityText.title != "")
    for name, title in db.session.execute(titles.where(Activity.public_id.in_(wanted.get("activity", ())))):
        found.setdefault(f"activity:{name}", (title, url_for("organiser.activity", activity=name)))
    organisations = select(Organisation.public_id, Organisation.name)
    for name, title in db.session.execute(
        organisations.where(Organisation.public_id.in_(wanted.get("organisation", ())))
    ):
        found[f"organisation:{name}"] = (title, url_for(".organisation", organisation=name))
    accounts = select(User.public_id, User.name)
    for name, title in db.session.execute(accounts.where(User.public_id.in_(wanted.get("account", ())))):
        found[f"account:{name}"] = (title, url_for(".user", user=name))
    return found


def _pages(number: int, count: int) -> PagesView:
    asked: dict[str, Any] = {key: value for key, value in request.args.items() if key in _SEARCHED_BY and value}
    near = [each for each in range(1, count + 1) if each in {1, count} or abs(each - number) <= 2]
    links: list[tuple[int, str]] = []
    for each in near:
        if links and each - links[-1][0] > 1:
            links.append((0, ""))
        links.append((each, url_for(".log", **asked, page=each)))
    return PagesView(
        number=number,
        count=count,
        previous_url=url_for(".log", **asked, page=number - 1) if number > 1 else "",
        next_url=url_for(".log", **asked, page=number + 1) if number < count else "",
        links=tuple(links),
    )
