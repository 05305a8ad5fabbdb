"""What an admin changes of somebody's access: roles given and taken, an account closed and opened, a second step taken away.

Each is asked first on a page of its own, by somebody who has shown lately that it is them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import abort, flash, redirect, render_template, url_for

from engage.accounts import RoleName, User, access, members
from engage.base.clock import utc_now
from engage.base.db import transaction
from engage.base.errors import Refusal
from engage.base.i18n import LazyText
from engage.base.i18n import lazy_gettext as _l
from engage.web.login.freshness import fresh
from engage.web.staff import blueprint
from engage.web.staff.organisations import Answer
from engage.web.who import current_account

Act = Callable[[User, User, datetime], None]


@dataclass(frozen=True, slots=True)
class Change:
    """One change in words. `possible` says of (account, admin) whether there is anything to change."""

    offer: LazyText
    question: LazyText
    meaning: LazyText
    done: LazyText
    act: Act
    possible: Callable[[User, User], bool]
    takes: bool = True


def _give(role: RoleName) -> Act:
    return lambda user, by, now: members.give_role(user, role, by=by, now=now)


def _take(role: RoleName) -> Act:
    return lambda user, by, now: members.take_role(user, role, by=by, now=now)


CHANGES: Mapping[str, Change] = {
    "giv-staff": Change(
        _l("Make them staff"),
        _l("Make %(name)s staff?"),
        _l(
            "Staff review activities, look after organisations and declarations, and see who has signed up. They are asked"
            " for a second step the next time they come."
        ),
        _l("%(name)s is staff now, and gets an e-mail."),
        _give(RoleName.STAFF),
        lambda user, _by: user.active and not user.has_role(RoleName.STAFF),
        takes=False,
    ),
    "tag-staff": Change(
        _l("Take the staff role back"),
        _l("Take the staff role back from %(name)s?"),
        _l("They keep what they have at organisations, and the role of admin if they have it."),
        _l("%(name)s is not staff any more, and gets an e-mail."),
        _take(RoleName.STAFF),
        lambda user, _by: user.has_role(RoleName.STAFF),
    ),
    "giv-admin": Change(
        _l("Make them an admin"),
        _l("Make %(name)s an admin?"),
        _l("Admins do all that staff do. They also close accounts, and decide who is staff and who is an admin."),
        _l("%(name)s is an admin now, and gets an e-mail."),
        _give(RoleName.ADMIN),
        lambda user, _by: user.active and not user.has_role(RoleName.ADMIN),
        takes=False,
    ),
    "tag-admin": Change(
        _l("Take the admin role back"),
        _l("Take the admin role back from %(name)s?"),
        _l("Who is not staff as well has no access to this room any more."),
        _l("%(name)s is not an admin any more, and gets an e-mail."),
        _take(RoleName.ADMIN),
        lambda user, _by: user.has_role(RoleName.ADMIN),
    ),
    "nyt-andet-trin": Change(
        _l("Take the second step away"),
        _l("Take the second step away from %(name)s?"),
        _l(
            "For somebody who lost their phone and their spare codes. Make sure that it is they who ask: call them on a"
            " number you know. Codes, passkeys and keys are removed, and they are signed out everywhere."
        ),
        _l("The second step is taken away. They set up a new one when they sign in."),
        lambda user, by, now: members.reset_second_step(user, by=by, now=now),
        lambda user, by: user.has_second_factor and user.id != by.id,
    ),
    "luk": Change(
        _l("Close the account"),
        _l("Close the account of %(name)s?"),
        _l(
            "They are signed out everywhere, and nobody gets in with it. What they made stays. You can open it again until"
            " it is erased."
        ),
        _l("The account is closed, and its holder gets an e-mail."),
        lambda user, by, now: members.close(user, by=by, now=now),
        lambda user, by: user.active and user.id != by.id,
    ),
    "aabn": Change(
        _l("Open the account again"),
        _l("Open the account of %(name)s again?"),
        _l("They sign in as they did before, with the roles and memberships they had."),
        _l("The account is open again, and its holder gets an e-mail."),
        lambda user, by, now: members.reopen(user, by=by, now=now),
        lambda user, _by: not user.active,
        takes=False,
    ),
}


def offered(user: User, by: User) -> list[tuple[str, str, bool]]:
    """(address, words, whether it takes something away) of each change `by` may make now."""
    if not access.may_administer(by):
        return []
    return [
        (url_for("staff.ask_change", user=user.public_id, change=code), str(change.offer), change.takes)
        for code, change in CHANGES.items()
        if change.possible(user, by)
    ]


@blueprint.get("/brugere/<user>/<change>")
@fresh
def ask_change(user: str, change: str) -> Answer:
    """What it means, and a button; back to the account where there is nothing to change."""
    found, wanted = _found(user, change)
    if not wanted.possible(found, current_account()):
        return redirect(url_for(".user", user=user))
    return _page(found, wanted, [])


@blueprint.post("/brugere/<user>/<change>")
@fresh
def make_change(user: str, change: str) -> Answer:
    """Make it. Who gave away their own access goes on to what is left of it."""
    found, wanted = _found(user, change)
    if not wanted.possible(found, current_account()):
        return redirect(url_for(".user", user=user), 303)
    try:
        with transaction():
            wanted.act(found, current_account(), utc_now())
    except Refusal as refusal:
        return _page(found, wanted, [("", str(refusal))]), 409
    flash(str(wanted.done) % {"name": found.name}, "success")
    may_stay = access.may_review(current_account())
    return redirect(url_for(".user", user=user) if may_stay else url_for("account.onward"), 303)


def _found(public_id: str, change: str) -> tuple[User, Change]:
    access.allow(access.may_administer(current_account()))
    found, wanted = members.by_public_id(public_id), CHANGES.get(change)
    if found is None or wanted is None:
        abort(404)
    return found, wanted


def _page(found: User, change: Change, errors: list[tuple[str, str]]) -> str:
    return render_template(
        "staff/confirm.html",
        question=str(change.question) % {"name": found.name},
        meaning=(str(change.meaning),),
        press=str(change.offer),
        takes=change.takes,
        back_url=url_for(".user", user=found.public_id),
        back=found.name,
        errors=errors,
    )
