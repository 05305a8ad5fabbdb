"""Who may do what; and giving and taking it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from engage.accounts import NotAllowed, Rights, RoleName, User, access, audit, members, sessions
from engage.accounts.members import LastAdmin, LastEditor, NoSuchMember
from engage.accounts.models import Factor
from engage.base.db import db
from engage.outbox import Letter
from tests.accounts.cast import account
from tests.conftest import NOW
from tests.town import Town


def answers(user: User, organisation_id: int) -> tuple[bool, bool, bool, bool]:
    return (
        access.may_edit(user, organisation_id),
        access.may_check_in(user, organisation_id),
        access.may_review(user),
        access.may_administer(user),
    )


def test_each_may_what_their_role_and_rights_say_and_nothing_else(town: Town) -> None:
    own, other = town.organisation("Egne"), town.organisation("Andre")
    editor, helper = account(member_of=[own]), account(member_of={own: Rights.CHECK_IN})
    staff, admin, nobody = account(roles=[RoleName.STAFF]), account(roles=[RoleName.ADMIN]), account()
    assert answers(editor, own.id) == (True, True, False, False)
    assert answers(helper, own.id) == (False, True, False, False)
    assert answers(editor, other.id) == answers(helper, other.id) == answers(nobody, own.id) == (False,) * 4
    assert answers(staff, other.id) == (True, True, True, False)
    assert answers(admin, other.id) == (True,) * 4


def test_a_closed_account_may_nothing(town: Town) -> None:
    own = town.organisation()
    user = account(roles=[RoleName.ADMIN], member_of=[own])
    user.active = False
    assert answers(user, own.id) == (False,) * 4


def test_a_demo_account_may_nothing_outside_the_development_mode(town: Town, set_settings: object) -> None:
    own = town.organisation()
    user = account(roles=[RoleName.ADMIN], member_of=[own])
    user.demo = True
    assert answers(user, own.id) == (True,) * 4
    set_settings(development=False)  # type: ignore[operator]
    assert answers(user, own.id) == (False,) * 4


def test_organisations_of_an_account_by_name_and_rights(town: Town) -> None:
    b, a, c = town.organisation("Bøger"), town.organisation("Aften"), town.organisation("Cykler")
    user = account(member_of={b: Rights.EDITOR, a: Rights.CHECK_IN})
    account(member_of=[c])
    assert access.organisations_of(user) == [a, b]
    assert access.organisations_of(user, Rights.EDITOR) == [b]


def test_roles_are_given_and_taken_by_admins_alone_and_recorded(town: Town) -> None:
    admin, staff, user = account(roles=[RoleName.ADMIN]), account(roles=[RoleName.STAFF]), account()
    with pytest.raises(NotAllowed):
        members.give_role(user, RoleName.STAFF, by=staff, now=NOW)
    members.give_role(user, RoleName.STAFF, by=admin, now=NOW)
    members.give_role(user, RoleName.STAFF, by=admin, now=NOW)
    assert access.may_review(user)
    members.take_role(user, RoleName.STAFF, by=admin, now=NOW)
    assert not access.may_review(user)
    assert [entry.action for entry in audit.search().entries] == ["account.role_taken", "account.role_given"]


def test_the_last_admin_stays(town: Town) -> None:
    admin, other = account(roles=[RoleName.ADMIN]), account(roles=[RoleName.ADMIN])
    other.active = False
    db.session.commit()
    for refused in (members.close, lambda user, **facts: members.take_role(user, RoleName.ADMIN, **facts)):
        with pytest.raises(LastAdmin):
            refused(admin, by=admin, now=NOW)
    members.reopen(other, by=admin, now=NOW)
    members.take_role(admin, RoleName.ADMIN, by=other, now=NOW)
    assert not access.may_administer(admin)


def test_rights_and_memberships_are_changed_by_editors_and_staff(town: Town) -> None:
    own = town.organisation()
    editor, helper, outsider = account(member_of=[own]), account(member_of={own: Rights.CHECK_IN}), account()
    with pytest.raises(NotAllowed):
        members.change_rights(helper, own.id, Rights.EDITOR, by=helper, now=NOW)
    with pytest.raises(NotAllowed):
        members.remove(helper, own.id, by=outsider, now=NOW)
    members.change_rights(helper, own.id, Rights.EDITOR, by=editor, now=NOW)
    assert access.may_edit(helper, own.id)
    members.remove(helper, own.id, by=helper, now=NOW)
    with pytest.raises(NoSuchMember):
        members.remove(helper, own.id, by=editor, now=NOW)


def test_nobody_locks_the_organisation_out(town: Town) -> None:
    own = town.organisation()
    editor, other = account(member_of=[own]), account(member_of=[own])
    other.active = False
    account(member_of={own: Rights.CHECK_IN})
    db.session.commit()
    with pytest.raises(LastEditor):
        members.change_rights(editor, own.id, Rights.CHECK_IN, by=editor, now=NOW)
    with pytest.raises(LastEditor):
        members.remove(editor, own.id, by=editor, now=NOW)
    other.active = True
    members.change_rights(editor, own.id, Rights.CHECK_IN, by=editor, now=NOW)
    with pytest.raises(LastEditor):
        members.remove(other, own.id, by=other, now=NOW)
    members.remove(other, own.id, by=account(roles=[RoleName.STAFF]), now=NOW)
    assert [each.user.id for each in members.members_of(own.id) if each.rights == Rights.EDITOR] == []


def test_who_may_do_less_or_more_or_is_removed_is_told_in_their_language(town: Town) -> None:
    own = town.organisation("Havbiblioteket")
    editor, other = account("Bente Lund", member_of=[own]), account(member_of={own: Rights.CHECK_IN}, language="de")
    members.change_rights(other, own.id, Rights.CHECK_IN, by=editor, now=NOW)
    assert not db.session.scalars(select(Letter)).all(), "nothing changed, nothing is told"
    members.change_rights(other, own.id, Rights.EDITOR, by=editor, now=NOW)
    members.remove(other, own.id, by=editor, now=NOW + timedelta(minutes=1))
    letters = db.session.scalars(select(Letter).order_by(Letter.id)).all()
    assert [each.message["language"] for each in letters] == ["de", "de"]
    assert all(
        "Havbiblioteket" in each.message["text"][1] and "Bente Lund" in each.message["text"][1] for each in letters
    )
    members.change_rights(editor, own.id, Rights.EDITOR, by=editor, now=NOW)
    assert len(db.session.scalars(select(Letter)).all()) == 2, "who does it to themselves is not told"


def test_closing_an_account_signs_it_out_everywhere(town: Town) -> None:
    admin, user = account(roles=[RoleName.ADMIN]), account()
    name = sessions.begin(user, [Factor.PASSWORD], "Firefox", "Linux", NOW)
    before = user.fs_uniquifier
    members.close(user, by=admin, now=NOW)
    db.session.commit()
    assert sessions.find(name, before, NOW) is None and not sessions.of(user)
    assert user.fs_uniquifier != before


def test_people_are_found_by_name_and_address(town: Town) -> None:
    account("Bente Lund", email="bente@example.org", roles=[RoleName.STAFF])
    account("Carl Holm", email="carl@example.org")
    assert [each.name for each in members.search()] == ["Bente Lund", "Carl Holm"]
    assert [each.name for each in members.search("lund EXAMPLE")] == ["Bente Lund"]
    assert [each.name for each in members.search(role=RoleName.STAFF)] == ["Bente Lund"]
    assert not members.search("100%")
