"""The members of one's own organisation: who they are, who was asked, and what an editor may change."""

from flask import Flask

from engage.accounts import Organisation, Rights, User, audit, invitations
from engage.base.clock import utc_now
from engage.base.db import db
from tests.accounts.cast import account, signed_in
from tests.town import Town
from tests.web.conftest import Visitor, letters, read

MEMBERS = "/organiser/medlemmer"


def room(app: Flask, user: User) -> Visitor:
    return Visitor(signed_in(app, user))


def rights_of(user: User, organisation: Organisation) -> str:
    db.session.expire_all()
    return next((each.rights for each in user.memberships if each.organisation_id == organisation.id), "")


def test_an_editor_invites_a_colleague_who_joins_with_the_rights_given(app: Flask, town: Town) -> None:
    own = town.organisation("Havbiblioteket")
    visitor = room(app, account("Bente Lund", member_of=[own]))
    path = f"{MEMBERS}/{own.public_id}/inviter"
    told = {"email": "Ole@example.org", "rights": "check_in", "language": "de"}
    visitor.submit(visitor.get(MEMBERS), path, told, status=303)
    (letter,) = letters()
    assert letter.message["language"] == "de" and "Havbiblioteket" in letter.message["text"][1]
    (invitation,) = invitations.unanswered(own.id)
    assert invitation.rights == Rights.CHECK_IN
    page = visitor.get(MEMBERS)
    assert "ole@example.org" in page.one("main").text
    joined = invitations.accept(invitation, name="Ole Dam", password=None, language="de", now=utc_now())
    db.session.commit()
    assert rights_of(joined, own) == Rights.CHECK_IN
    assert "Ole Dam" in visitor.get(MEMBERS).one("main").text
    assert [each.action for each in audit.search().entries] == ["invitation.accepted", "invitation.sent"]


def test_an_address_that_is_none_stands_beside_its_field_with_what_was_written(app: Flask, town: Town) -> None:
    own = town.organisation()
    visitor = room(app, account(member_of=[own], email="bente@example.org"))
    path = f"{MEMBERS}/{own.public_id}/inviter"
    answer = visitor.submit(visitor.get(MEMBERS), path, {"email": "ole dam", "rights": "check_in"}, status=422)
    page = read(answer, 422)
    field = page.one("input", id="email")
    assert field.get("value") == "ole dam" and field.get("aria-invalid") == "true"
    assert page.one("input", id="rights-check_in").has("checked")
    assert page.all("a", href="#email")
    already = visitor.submit(visitor.get(MEMBERS), path, {"email": "bente@example.org", "rights": "editor"}, status=422)
    assert read(already, 422).one("span", id="email-error").text


def test_an_invitation_is_sent_again_and_taken_back(app: Flask, town: Town) -> None:
    own = town.organisation()
    visitor = room(app, account(member_of=[own]))
    visitor.send(f"{MEMBERS}/{own.public_id}/inviter", {"email": "ole@example.org", "rights": "editor"}, status=303)
    (first,) = invitations.unanswered(own.id)
    path = f"{MEMBERS}/{own.public_id}/invitationer"
    visitor.submit(visitor.get(MEMBERS), f"{path}/{first.public_id}/igen", {}, status=303)
    (second,) = invitations.unanswered(own.id)
    assert second.public_id != first.public_id
    visitor.send(f"{path}/{first.public_id}/igen", {}, status=404)
    visitor.send(f"{path}/{second.public_id}/slet", {}, status=404)
    visitor.submit(visitor.get(MEMBERS), f"{path}/{second.public_id}/tag-tilbage", {}, status=303)
    assert invitations.unanswered(own.id) == []


def test_rights_are_changed_and_a_member_is_removed(app: Flask, town: Town) -> None:
    own = town.organisation()
    visitor, other = room(app, account(member_of=[own])), account("Ole Dam", member_of={own: Rights.CHECK_IN})
    path = f"{MEMBERS}/{own.public_id}/{other.public_id}"
    visitor.submit(visitor.get(MEMBERS), f"{path}/rettigheder", {"rights": "editor"}, status=303)
    assert rights_of(other, own) == Rights.EDITOR
    visitor.send(f"{path}/rettigheder", {"rights": "king"}, status=400)
    page = visitor.get(f"{path}/fjern")
    assert "Ole Dam" in page.one("h1").text
    visitor.submit(page, f"{path}/fjern", {}, status=303)
    assert rights_of(other, own) == ""
    visitor.get(f"{path}/fjern", status=404)


def test_the_last_editor_can_neither_leave_nor_step_down(app: Flask, town: Town) -> None:
    own = town.organisation()
    editor = account(member_of=[own])
    account("Ole Dam", member_of={own: Rights.CHECK_IN})
    visitor = room(app, editor)
    path = f"{MEMBERS}/{own.public_id}/{editor.public_id}"
    page = read(visitor.submit(visitor.get(MEMBERS), f"{path}/rettigheder", {"rights": "check_in"}, status=422), 422)
    field = page.one("select", id=f"rights-{editor.public_id}")
    assert field.get("aria-invalid") == "true"
    assert [each.get("value") for each in field.all("option") if each.has("selected")] == ["check_in"]
    page = read(visitor.submit(visitor.get(f"{path}/fjern"), f"{path}/fjern", {}, status=422), 422)
    assert page.all("a", href=f"#rights-{editor.public_id}")
    assert rights_of(editor, own) == Rights.EDITOR


def test_who_leaves_lands_where_they_still_may_be(app: Flask, town: Town) -> None:
    own = town.organisation()
    editor = account(member_of=[own])
    account(member_of=[own])
    visitor = room(app, editor)
    path = f"{MEMBERS}/{own.public_id}/{editor.public_id}/fjern"
    answer = visitor.submit(visitor.get(path), path, {}, status=303)
    assert visitor.client.get(answer.location).location == "/konto"
    visitor.get("/organiser/", status=403)


def test_who_only_receives_people_is_not_shown_what_they_may_not_open(app: Flask, town: Town) -> None:
    own = town.organisation()
    visitor = room(app, account(member_of={own: Rights.CHECK_IN}))
    menu = [each.get("href") for each in visitor.get("/organiser/").one("ul", class_="room-menu").all("a")]
    assert menu == ["/organiser/", "/organiser/aktiviteter"]
    visitor.get(MEMBERS, status=403)
    visitor.send(f"{MEMBERS}/{own.public_id}/inviter", {"email": "ole@example.org"}, status=403)


def test_a_form_speaks_of_its_own_organisation_whatever_is_chosen_in_another_window(app: Flask, town: Town) -> None:
    first, second = town.organisation("Første"), town.organisation("Anden")
    visitor, other = room(app, account(member_of=[first, second])), account(member_of=[first, second])
    page = visitor.get(f"{MEMBERS}?organisation={first.public_id}")
    visitor.get(f"/organiser/?organisation={second.public_id}")
    path = f"{MEMBERS}/{first.public_id}/{other.public_id}/rettigheder"
    visitor.submit(page, path, {"rights": "check_in"}, status=303)
    assert (rights_of(other, first), rights_of(other, second)) == (Rights.CHECK_IN, Rights.EDITOR)
