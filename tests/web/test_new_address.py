"""Moving one's account to another e-mail address, as its holder, a stranger and a machine that opens links do it."""

import pytest
from flask import Flask

from engage.accounts import User
from engage.base.db import db
from tests.accounts.cast import account, signed_in
from tests.web.conftest import Visitor, browser, letters, path_of
from tests.web.signing_in import PASSWORD, enter, with_password

OLD, NEW = "bente@example.org", "bente.lund@example.org"
ASK = "/konto/e-mail"


@pytest.fixture
def bente(app: Flask) -> User:
    return with_password(account("Bente Lund", email=OLD))


@pytest.fixture
def own(app: Flask, bente: User) -> Visitor:
    return Visitor(signed_in(app, bente))


def ask(own: Visitor, email: str = NEW) -> tuple[str, str]:
    """Ask on the page; returns the paths that went to the new and to the old address."""
    own.submit(own.get(ASK), ASK, {"email": email}, status=303)
    new, old = letters()[-2:]
    assert (new.addresses[0]["identifier"], old.addresses[0]["identifier"]) == (email, OLD)
    assert email in own.get("/konto").one("div", role="status").text
    return path_of(new.message["buttons"][0]["url"]), path_of(old.message["buttons"][0]["url"])


def address_of(user: User) -> str:
    db.session.expire_all()
    return user.email


def test_from_the_page_over_the_mail_to_signing_in_with_the_new_address(app: Flask, own: Visitor, bente: User) -> None:
    page = own.get("/konto")
    assert page.all("a", href=ASK)
    confirm, _stop = ask(own)
    assert NEW in own.get("/konto").one("main").text
    other = Visitor(browser(app))
    other.get(confirm)
    other.get(confirm)
    assert address_of(bente) == OLD, "opening a link changes nothing"
    other.submit(other.get(confirm), confirm, {}, status=303)
    assert address_of(bente) == NEW
    assert own.client.get("/konto").status_code == 302, "signed out everywhere"
    assert enter(Visitor(browser(app)), OLD, PASSWORD).status_code == 200
    assert enter(Visitor(browser(app)), NEW, PASSWORD).status_code == 302
    other.get(confirm, status=409)


def test_the_old_address_stops_it_without_signing_in(app: Flask, own: Visitor, bente: User) -> None:
    confirm, stop = ask(own)
    stranger = Visitor(browser(app))
    stranger.submit(stranger.get(stop), stop, {}, status=303)
    stranger.get(confirm, status=409)
    assert not stranger.get(stop).all("form", action=stop)
    assert NEW not in own.get("/konto").one("main").text and address_of(bente) == OLD


def test_the_old_address_takes_the_account_back_and_chooses_a_new_password(
    app: Flask, own: Visitor, bente: User
) -> None:
    confirm, _stop = ask(own)
    intruder = Visitor(browser(app))
    intruder.submit(intruder.get(confirm), confirm, {}, status=303)
    assert enter(intruder, NEW, PASSWORD).status_code == 302
    last = path_of(letters()[-1].message["buttons"][0]["url"])
    assert letters()[-1].addresses[0]["identifier"] == OLD
    stranger = Visitor(browser(app))
    answer = stranger.submit(stranger.get(last), last, {}, status=303)
    assert address_of(bente) == OLD and intruder.client.get("/konto").status_code == 302
    assert enter(Visitor(browser(app)), OLD, PASSWORD).status_code == 200, "the old password is void"
    page = stranger.get(answer.location)
    stranger.submit(page, "/konto/ny-adgangskode", {"email": OLD}, status=200)
    reset = path_of(letters()[-1].message["buttons"][0]["url"])
    words = {"password": "en helt anden sætning", "password_confirm": "en helt anden sætning"}
    stranger.submit(stranger.get(reset), reset, words, status=302)
    assert enter(Visitor(browser(app)), OLD, "en helt anden sætning").status_code == 302


def test_thinking_better_of_it(own: Visitor, bente: User, app: Flask) -> None:
    confirm, _stop = ask(own)
    own.submit(own.get("/konto"), ASK + "/tag-tilbage", {}, status=303)
    assert NEW not in own.get("/konto").one("main").text
    Visitor(browser(app)).get(confirm, status=409)


@pytest.mark.parametrize("typed", ["", "bente", OLD, "to@adresser.dk, mere@adresser.dk"])
def test_what_cannot_be_used_is_said_at_the_field(own: Visitor, typed: str) -> None:
    answer = own.submit(own.get(ASK), ASK, {"email": typed}, status=422)
    assert 'href="#email"' in answer.text and not letters()


def test_it_asks_who_it_is_after_a_while_and_goes_on_where_it_was(own: Visitor, bente: User) -> None:
    page = own.get(ASK)
    with own.client.session_transaction() as cookie:  # type: ignore[attr-defined]
        cookie["fs_paa"] -= 3600
        cookie.pop("fs_gexp", None)
    asked = own.submit(page, ASK, {"email": NEW}, status=302).location
    assert asked.startswith("/konto/bekraeft?next=") and not letters()
    answer = own.submit(own.get(asked), "/konto/bekraeft", {"password": PASSWORD}, status=302)
    assert answer.location == ASK


def test_a_form_without_a_page_of_its_own_leads_back_to_the_account(own: Visitor, bente: User) -> None:
    with own.client.session_transaction() as cookie:  # type: ignore[attr-defined]
        cookie["fs_paa"] -= 3600
        cookie.pop("fs_gexp", None)
    asked = own.send("/konto/kode-app/fjern", {}, status=302).location
    assert own.submit(own.get(asked), "/konto/bekraeft", {"password": PASSWORD}, status=302).location == "/konto"


def test_strangers_mailboxes_cannot_be_flooded(own: Visitor) -> None:
    for number in range(3):
        ask(own, f"naboen{number}@example.org")
    own.submit(own.get(ASK), ASK, {"email": "naboen9@example.org"}, status=429)


def test_whom_the_directory_vouches_for_is_told_that_it_decides(
    app: Flask, bente: User, own: Visitor, settings: object
) -> None:
    bente.city_subject = "https://login.example b-1"
    db.session.commit()
    page = own.get(ASK)
    assert "Kommune" in page.one("main").text and not page.all("form", action=ASK)
    own.send(ASK, {"email": NEW}, status=422)
    assert not letters() and address_of(bente) == OLD


@pytest.mark.parametrize("path", ["/konto/ny-adresse/nonsense", "/konto/ny-adresse/nonsense/stop"])
def test_a_link_that_was_made_up_opens_nothing(visitor: Visitor, path: str) -> None:
    visitor.get(path, status=404)
    visitor.send(path, {}, status=404)
