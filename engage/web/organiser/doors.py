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
    """The organisation this visit is about: the one asked for by `?organisation=`, the one chosen before, or the first.

    Answers 404 when there is none, or when the one asked for is not theirs.
    """
    found = own_organisations(current_account())
    asked = request.args.get("organisation")
    wanted = asked or session.get(_CHOSEN)
    chosen = next((each for each in found if each.public_id == wanted), None)
    if chosen is None and (asked or not found):
        abort(404)
    chosen = chosen or found[0]
    if session.get(_CHOSEN) != chosen.public_id:
        session[_CHOSEN] = chosen.public_id
    return chosen


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
