"""What admins change of others' access: each asked first, by somebody who showed lately that it is them, and told."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask

from engage.accounts import RoleName, User, audit
from engage.base.config import City, Settings
from engage.base.db import db
from engage.web.staff.access import CHANGES
from tests.accounts.cast import account, signed_in
from tests.web.conftest import Visitor, letters
from tests.web.signing_in import PASSWORD, with_password

USERS = "/staff/brugere"


@pytest.fixture
def else_krog(app: Flask) -> User:
    return account("Else Krog", roles=[RoleName.ADMIN])


@pytest.fixture
def admin(app: Flask, else_krog: User) -> Visitor:
    return Visitor(signed_in(app, else_krog))


@pytest.fixture
def bente(app: Flask) -> User:
    return account("Bente Lund", email="bente@example.org")


def path(user: User, change: str = "") -> str:
    return f"{USERS}/{user.public_id}" + (f"/{change}" if change else "")


def make(admin: Visitor, user: User, change: str, *, status: int = 303) -> None:
    """Ask, and press the button."""
    admin.submit(admin.get(path(user, change)), path(user, change), {}, status=status)
    db.session.expire_all()


def offers(admin: Visitor, user: User) -> set[str]:
    """The changes the account's page offers."""
    own = path(user) + "/"
    links = [each.get("href") for each in admin.get(path(user)).one("main").all("a")]
    return {link.removeprefix(own) for link in links if link.startswith(own)}


def roles(user: User) -> set[str]:
    return {role.name for role in user.roles}


def test_roles_are_given_and_taken_and_the_page_offers_what_can_be_changed(admin: Visitor, bente: User) -> None:
    assert offers(admin, bente) == {"giv-staff", "giv-admin", "luk"}
    make(admin, bente, "giv-staff")
    make(admin, bente, "giv-admin")
    assert roles(bente) == {"staff", "admin"}
    assert offers(admin, bente) == {"tag-staff", "tag-admin", "luk"}
    make(admin, bente, "tag-admin")
    assert roles(bente) == {"staff"}
    actions = [entry.action for entry in audit.search(about=f"account:{bente.public_id}").entries]
    assert actions == ["account.role_taken", "account.role_given", "account.role_given"]
    assert [letter.addresses[0]["identifier"] for letter in letters()] == ["bente@example.org"] * 3


def test_an_account_is_closed_and_opened(admin: Visitor, bente: User) -> None:
    make(admin, bente, "luk")
    assert not bente.active and bente.closed_at is not None
    assert offers(admin, bente) == {"aabn"}
    assert "Kontoen er lukket" in admin.get(path(bente)).one("div", class_="alert-warning").text
    make(admin, bente, "aabn")
    assert bente.active and bente.closed_at is None
    assert not admin.get(path(bente)).all("div", class_="alert-warning")


def test_a_second_step_is_taken_away(admin: Visitor, bente: User) -> None:
    bente.tf_primary_method = "authenticator"
    db.session.commit()
    assert "nyt-andet-trin" in offers(admin, bente)
    make(admin, bente, "nyt-andet-trin")
    assert not bente.has_second_factor and "nyt-andet-trin" not in offers(admin, bente)


def test_the_only_admin_stays_one_and_is_told_why(admin: Visitor, else_krog: User, bente: User) -> None:
    assert offers(admin, else_krog) == {"giv-staff", "tag-admin"}, "nobody closes their own account"
    make(admin, else_krog, "tag-admin", status=409)
    assert roles(else_krog) == {"admin"} and audit.search().count == 0
    make(admin, bente, "giv-admin")
    make(admin, else_krog, "tag-admin")
    assert roles(else_krog) == set()
    admin.get(path(bente), status=403)


def test_two_admins_cannot_take_each_others_role_at_once(app: Flask, admin: Visitor, else_krog: User) -> None:
    other = account("Carl Holm", roles=[RoleName.ADMIN])
    theirs, both = Visitor(signed_in(app, other)), Barrier(2)
    presses = [(admin, path(other, "tag-admin")), (theirs, path(else_krog, "tag-admin"))]
    pages = [(visitor, where, visitor.get(where)) for visitor, where in presses]

    def press(visitor: Visitor, where: str, page: object) -> int:
        fields = page.one("form", action=where).fields()  # type: ignore[attr-defined]
        both.wait()
        return visitor.client.post(where, data=fields).status_code

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(lambda each: press(*each), pages))
    db.session.expire_all()
    assert sorted([roles(else_krog), roles(other)], key=len) == [set(), {"admin"}], answers
    assert answers[0] == 303 and answers[1] in {403, 409}


@pytest.mark.parametrize("change", sorted(CHANGES))
def test_staff_change_nobodys_access(app: Flask, bente: User, change: str) -> None:
    staff = Visitor(signed_in(app, account("Karl Holm", roles=[RoleName.STAFF])))
    assert offers(staff, bente) == set()
    staff.get(path(bente, change), status=403)
    staff.send(path(bente, change), {}, status=403)
    db.session.expire_all()
    assert bente.active and roles(bente) == set() and audit.search().count == 0


@pytest.mark.parametrize("change", sorted(CHANGES))
def test_who_signed_in_long_ago_shows_once_more_that_it_is_them(
    admin: Visitor, else_krog: User, bente: User, change: str
) -> None:
    with_password(else_krog)
    with admin.client.session_transaction() as cookie:  # type: ignore[attr-defined]
        cookie["fs_paa"] -= 3600
        cookie.pop("fs_gexp", None)
    assert admin.client.get(path(bente, change)).location.startswith("/konto/bekraeft?next=/staff/brugere/")
    asked = admin.send(path(bente, change), {}, status=302).location
    assert bente.active and audit.search().count == 0
    answer = admin.submit(admin.get(asked), "/konto/bekraeft", {"password": PASSWORD}, status=302)
    assert answer.location == path(bente, change)


def test_what_there_is_not_to_change_leads_back(admin: Visitor, bente: User) -> None:
    for change in ("aabn", "tag-staff", "nyt-andet-trin"):
        assert admin.client.get(path(bente, change)).location == path(bente)
        admin.send(path(bente, change), {}, status=303)
    admin.get(path(bente, "giv-alt"), status=404)
    admin.get(f"{USERS}/nobody22/luk", status=404)
    assert audit.search().count == 0 and letters() == []


def test_only_an_admin_invites_colleagues(app: Flask, admin: Visitor) -> None:
    staff = Visitor(signed_in(app, account("Karl Holm", roles=[RoleName.STAFF])))
    for visitor, status in ((staff, 403), (admin, 303)):
        visitor.send(USERS + "/inviter", {"email": "kollega@example.org", "role": "staff"}, status=status)
    assert "kollega@example.org" in admin.get(USERS).text
    (letter,) = letters()
    assert letter.addresses[0]["identifier"] == "kollega@example.org"


def test_inviting_a_colleague_asks_once_more_who_it_is(admin: Visitor, else_krog: User) -> None:
    with_password(else_krog)
    page = admin.get(USERS)
    with admin.client.session_transaction() as cookie:  # type: ignore[attr-defined]
        cookie["fs_paa"] -= 3600
        cookie.pop("fs_gexp", None)
    asked = admin.submit(page, USERS + "/inviter", {"email": "kollega@example.org"}, status=302).location
    assert letters() == []
    back = admin.submit(admin.get(asked), "/konto/bekraeft", {"password": PASSWORD}, status=302).location
    admin.submit(admin.get(back), USERS + "/inviter", {"email": "kollega@example.org"}, status=303)
    assert len(letters()) == 1


def test_where_the_directory_gives_the_roles_the_page_says_so(
    admin: Visitor, bente: User, settings: Settings, set_settings: Callable[..., None]
) -> None:
    words = admin.get(path(bente)).one("main").text
    rules = {"domains": ["example.org"], "claim": "groups", "roles": {"Team": "staff"}}
    city = City({**settings.city.facts, "sign_in": rules})
    set_settings(oidc_issuer="https://login.example", oidc_client_id="a", oidc_client_secret="b", city=city)
    bente.city_subject = "https://login.example b-1"
    db.session.commit()
    assert len(admin.get(path(bente)).one("main").text) > len(words) + 50
