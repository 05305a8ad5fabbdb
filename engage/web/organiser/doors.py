"""Whose room this is: the organisation chosen in the switch, and the activities that are its own."""

from flask import abort, request, session
from sqlalchemy import select

from engage.accounts import Organisation, User, access
from engage.activities.models import Activity
from engage.base import wording
from engage.base.db import db
from engage.web.who import current_account

_CHOSEN = "organisation"


def own_organisations(account: User) -> list[Organisation]:
    """The organisations in the switch, by name: an account's own, and for staff, who help on the phone, all."""
    if not access.may_review(account):
        return access.organisations_of(account)
    return sorted(db.session.scalars(select(Organisation)), key=lambda each: wording.alphabetical(each.name))


def own_organisation() -> Organisation:
    """The organisation this visit is about: the one a form was opened for or `?organisation=` asks for, the one chosen before,
    or the first.

    Answers 404 when there is none, or when the one asked for is not theirs.
    """
    asked = request.form.get("organisation") or request.args.get("organisation")
    chosen = _chosen(own_organisations(current_account()), asked)
    if chosen is None:
        abort(404)
    if session.get(_CHOSEN) != chosen.public_id:
        session[_CHOSEN] = chosen.public_id
    return chosen


def _chosen(found: list[Organisation], asked: str | None) -> Organisation | None:
    wanted = asked or session.get(_CHOSEN)
    chosen = next((each for each in found if each.public_id == wanted), None)
    if chosen is None and found and not asked:
        return found[0]
    return chosen


def may_edit_here(account: User) -> bool:
    """Whether the room shows the ways to what only editors may do."""
    if access.may_review(account):
        return True
    # Without the form: this is asked for every page, also for the one that says that a form was too large to be read.
    chosen = _chosen(own_organisations(account), request.args.get("organisation"))
    return chosen is not None and access.may_edit(account, chosen.id)


def own_activity(activity: str) -> Activity:
    """The activity with this public id. Answers 404 when there is none, or it is not theirs to change."""
    found = db.session.scalar(select(Activity).where(Activity.public_id == activity))
    if found is None or not access.may_edit(current_account(), found.organisation_id):
        abort(404)
    return found


def editable_organisation() -> Organisation:
    """The organisation of this visit, where new activities may be written. Raises `NotAllowed`."""
    organisation = own_organisation()
    access.allow(access.may_edit(current_account(), organisation.id))
    return organisation


def named_organisation(organisation: str) -> Organisation:
    """The organisation a form names, so that a switch in another window changes nothing. Answers 404 when it is not theirs."""
    found = next((each for each in own_organisations(current_account()) if each.public_id == organisation), None)
    if found is None:
        abort(404)
    access.allow(access.may_edit(current_account(), found.id))
    return found
