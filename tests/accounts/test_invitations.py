"""Invitations: who may send them, one use, seven days; and what they give."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from engage.accounts import Invitation, NotAllowed, Rights, RoleName, User, audit, forgetting, invitations
from engage.accounts.invitations import HasAccess, InvitationIsOver
from engage.base.clock import utc_now
from engage.base.db import db
from engage.base.tokens import LinkNotValid
from engage.outbox import Letter, Status
from engage.people import EmailNotUsable
from tests.accounts.cast import account
from tests.conftest import NOW
from tests.town import Town


def invited(**facts: object) -> invitations.Invited:
    values: dict[str, object] = {"by": None, "now": utc_now(), "language": "da", "role": RoleName.STAFF, **facts}
    made = invitations.invite("Carl@Example.org", **values)  # type: ignore[arg-type]
    db.session.commit()
    return made


def token(made: invitations.Invited) -> str:
    return made.link.rsplit("/", 1)[1]


def test_the_mail_is_worded_in_the_language_asked_for_and_carries_the_link(town: Town) -> None:
    made = invited(language="de")
    (letter,) = db.session.scalars(select(Letter)).all()
    assert letter.message["language"] == "de" and letter.message["buttons"][0]["url"] == made.link
    assert letter.addresses == [{"channel": "email", "identifier": "carl@example.org"}]
    assert letter.good_until == made.invitation.expires_at
    assert made.link not in str(audit.search("invitation").entries[0].facts), "the log opens no door"


def test_accepting_makes_an_account_once(town: Town) -> None:
    made = invited()
    opened = invitations.opened(token(made), utc_now())
    user = invitations.accept(opened, name="Carl", password=None, language="en", now=utc_now())
    assert (user.email, user.language, [role.name for role in user.roles]) == ("carl@example.org", "en", ["staff"])
    with pytest.raises(InvitationIsOver):
        invitations.accept(opened, name="Carl", password=None, language="en", now=utc_now())
    db.session.commit()
    with pytest.raises(InvitationIsOver):
        invitations.opened(token(made), utc_now())


def test_it_is_over_after_seven_days(town: Town) -> None:
    made = invited()
    almost = made.invitation.created_at + timedelta(days=6, hours=23)
    assert invitations.opened(token(made), almost)
    with pytest.raises(InvitationIsOver):
        invitations.opened(token(made), made.invitation.created_at + timedelta(days=7))
    with pytest.raises(InvitationIsOver):
        late = made.invitation.created_at + timedelta(days=8)
        invitations.accept(made.invitation, name="Carl", password=None, language="da", now=late)


def test_a_changed_link_opens_nothing(town: Town) -> None:
    made = invited()
    with pytest.raises(LinkNotValid):
        invitations.opened("x" + token(made), utc_now())


def test_a_new_invitation_takes_the_old_one_back(town: Town) -> None:
    first, second = invited(), invited()
    with pytest.raises(InvitationIsOver):
        invitations.opened(token(first), utc_now())
    assert invitations.opened(token(second), utc_now())
    assert [letter.status for letter in db.session.scalars(select(Letter).order_by(Letter.id))] == [
        Status.WITHDRAWN,
        Status.PLANNED,
    ]


def test_a_lapsed_invitation_is_sent_anew_and_stands_once_in_the_list(town: Town) -> None:
    own, now = town.organisation(), utc_now()
    editor, helper = account(member_of=[own]), account(member_of={own: Rights.CHECK_IN})
    made = invited(role=None, organisation_id=own.id, rights=Rights.CHECK_IN, language="de")
    late = now + timedelta(days=9)
    with pytest.raises(NotAllowed):
        invitations.resend(made.invitation, by=helper, now=late)
    again = invitations.resend(made.invitation, by=editor, now=late)
    db.session.commit()
    assert (again.invitation.rights, again.invitation.language) == (Rights.CHECK_IN, "de")
    assert [each.id for each in invitations.unanswered(own.id)] == [again.invitation.id]
    assert invitations.unanswered(town.organisation("Andre").id) == []
    with pytest.raises(InvitationIsOver):
        invitations.resend(made.invitation, by=editor, now=late)


def test_who_may_invite_whom(town: Town) -> None:
    own, other = town.organisation("Egne"), town.organisation("Andre")
    editor, helper = account(member_of=[own]), account(member_of={own: Rights.CHECK_IN})
    staff, admin = account(roles=[RoleName.STAFF]), account(roles=[RoleName.ADMIN])

    def may(by: User, **facts: object) -> bool:
        try:
            invited(by=by, **{"role": None, **facts})
        except NotAllowed:
            db.session.rollback()
            return False
        return True

    into_own, into_other = ({"organisation_id": each.id, "rights": Rights.EDITOR} for each in (own, other))
    as_staff = {"role": RoleName.STAFF}
    assert [may(each, **into_own) for each in (editor, helper, staff, admin)] == [True, False, True, True]
    assert [may(each, **into_other) for each in (editor, helper, staff, admin)] == [False, False, True, True]
    assert [may(each, **as_staff) for each in (editor, helper, staff, admin)] == [False, False, False, True]


def test_withdrawing_follows_the_same_rules(town: Town) -> None:
    made = invited()
    with pytest.raises(NotAllowed):
        invitations.withdraw(made.invitation, by=account(roles=[RoleName.STAFF]), now=utc_now())
    invitations.withdraw(made.invitation, by=account(roles=[RoleName.ADMIN]), now=utc_now())
    db.session.commit()
    assert not invitations.pending(now=utc_now())
    with pytest.raises(InvitationIsOver):
        invitations.opened(token(made), utc_now())


def test_nobody_is_invited_to_what_they_have(town: Town) -> None:
    own = town.organisation()
    account(email="carl@example.org", roles=[RoleName.STAFF], member_of=[own])
    with pytest.raises(HasAccess):
        invited()
    with pytest.raises(HasAccess):
        invited(role=None, organisation_id=own.id, rights=Rights.CHECK_IN)
    with pytest.raises(EmailNotUsable):
        invitations.invite("not an address", by=None, now=NOW, language="da", role=RoleName.STAFF)


def test_an_account_that_is_there_only_gets_what_is_new(town: Town) -> None:
    own = town.organisation()
    user = account(email="carl@example.org", member_of=[town.organisation("Før")])
    user.password = "a hash"
    db.session.commit()
    made = invited(role=None, organisation_id=own.id, rights=Rights.EDITOR)
    opened = invitations.opened(token(made), utc_now())
    accepted = invitations.accept(opened, name="Somebody else", password="another hash", language="de", now=utc_now())
    assert accepted is user and (user.name, user.password, user.language) == ("Bente Lund", "a hash", "da")
    assert {each.organisation_id for each in user.memberships} >= {own.id}


def test_an_invitation_opens_no_closed_account(town: Town) -> None:
    user = account(email="carl@example.org")
    user.active = False
    made = invited()
    with pytest.raises(InvitationIsOver):
        invitations.accept(made.invitation, name="", password=None, language="da", now=utc_now())


def test_old_invitations_are_forgotten(town: Town) -> None:
    invited()
    forgetting.expire(utc_now() + timedelta(days=36))
    assert db.session.scalars(select(Invitation)).all()
    forgetting.expire(utc_now() + timedelta(days=38))
    assert not db.session.scalars(select(Invitation)).all()
