"""Small things the pages of this room say alike: days, moments, and what is wrong with a form."""

from collections.abc import Callable, Collection
from datetime import date, datetime
from typing import Any, TypeVar

from flask import request, url_for

from engage.accounts import Rights, RoleName, User
from engage.activities import typed
from engage.base import wording
from engage.base.config import current_settings
from engage.base.errors import Refusal
from engage.base.i18n import gettext as _
from engage.web.public.listing import PagesView

Value = TypeVar("Value")
# (field, words) for each thing that is wrong; the field is "" when it is about the whole.
Errors = list[tuple[str, str]]


def role_name(account: User) -> str:
    """What somebody is to the city, in a word."""
    if account.has_role(RoleName.ADMIN):
        return _("Admin")
    return _("Staff") if account.has_role(RoleName.STAFF) else _("Organiser")


def rights_name(rights: str) -> str:
    """What a member may do, in words."""
    return _("may publish") if rights == Rights.EDITOR else _("receives people at the door")


def day(instant: datetime | date) -> str:
    """A day in words, always with its year: these pages look back over years."""
    local = instant.astimezone(current_settings().city.zone).date() if isinstance(instant, datetime) else instant
    return wording.dated(local)


def moment(instant: datetime) -> str:
    """A day and a time, as the city's clocks show them."""
    return wording.dated_instant(instant, current_settings().city.zone)


def read(field: str, reader: Callable[[str], Value], errors: Errors, otherwise: Value) -> Value:
    """What stands in a field of the form, read by `reader`; what it refuses is added to `errors`."""
    try:
        return reader(typed.line(request.form.get(field, "")))
    except Refusal as refusal:
        errors.append((field, str(refusal)))
        return otherwise


def asked_words(name: str = "q") -> str:
    """What was typed into the search of a list."""
    return typed.line(request.args.get(name, ""))[:100]


def pages(endpoint: str, number: int, count: int, searched_by: Collection[str]) -> PagesView:
    """The way through a list page by page, which keeps what was searched for."""
    asked: dict[str, Any] = {key: value for key, value in request.args.items() if key in searched_by and value}
    near = [each for each in range(1, count + 1) if each in {1, count} or abs(each - number) <= 2]
    links: list[tuple[int, str]] = []
    for each in near:
        if links and each - links[-1][0] > 1:
            links.append((0, ""))
        links.append((each, url_for(endpoint, **asked, page=each)))
    return PagesView(
        number=number,
        count=count,
        previous_url=url_for(endpoint, **asked, page=number - 1) if number > 1 else "",
        next_url=url_for(endpoint, **asked, page=number + 1) if number < count else "",
        links=tuple(links),
    )


def asked_page() -> int:
    """The page asked for, counted from 1."""
    asked = request.args.get("page", "")
    return max(1, int(asked)) if asked.isdecimal() and asked.isascii() and len(asked) < 6 else 1
