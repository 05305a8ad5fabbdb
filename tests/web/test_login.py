"""Signing in with a password: who gets in, what a stranger learns, and what happens to the session."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from flask import Flask
from passlib.hash import sha256_crypt
from sqlalchemy import select, update

from engage.accounts import RoleName, User, UserSession, audit, invitations
from engage.base.clock import utc_now
from engage.base.db import db
from tests.accounts.cast import account, signed_in
from tests.town import Town
from tests.web.conftest import Visitor, browser, letters, path_of, read
from tests.web.page import Element, parse
from tests.web.signing_in import PASSWORD, enter, with_password

SIGN_IN = "/konto/log-ind"


@pytest.fixture
def bente(app: Flask) -> User:
    return with_password(account("Bente Lund", email="bente@example.org"))


def test_email_and_password_sign_in_and_the_session_is_listed(visitor: Visitor, bente: User) -> None:
    answer = enter(visitor, "Bente@Example.org ", PASSWORD)
    assert answer.status_code == 302 and answer.location == "/konto/videre"
    page = visitor.get("/konto")
    assert "bente@example.org" in page.one("main").text
    (row,) = db.session.scalars(select(UserSession)).all()
    assert row.user_id == bente.id and row.factors == ["password"]
    cookie = visitor.client.get_cookie("engage")
    assert cookie is not None and row.hash not in cookie.value.encode()


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(app: Flask, bente: User) -> None:
    pages = []
    for email, password in (("bente@example.org", "not the password"), ("nobody@example.org", PASSWORD)):
        other = Visitor(browser(app))
        answer = enter(other, email, password)
        assert answer.status_code == 200
        page = parse(answer.text)
        pages.append(page.one("main").text)
        assert page.one("input", id="email").get("value") == email
        assert page.one("input", id="password").get("value") == ""
        assert page.one("div", **{"data-error-summary": ""})
    assert pages[0] == pages[1] and pages[0]
    assert not db.session.scalars(select(UserSession)).all()


def test_a_closed_account_is_told_no_more_than_a_stranger(app: Flask, bente: User) -> None:
    unknown = parse(enter(Visitor(browser(app)), "nobody@example.org", PASSWORD).text).one("main").text
    bente.active = False
    db.session.commit()
    assert parse(enter(Visitor(browser(app)), "bente@example.org", PASSWORD).text).one("main").text == unknown


def test_guessing_is_slowed_down_for_the_client_and_leaves_other_people_alone(
    app: Flask, visitor: Visitor, bente: User
) -> None:
    with_password(account("Carl", email="carl@example.org"))
    for _each in range(8):
        assert enter(visitor, "bente@example.org", "wrong password").status_code == 200
    assert enter(visitor, "bente@example.org", PASSWORD).status_code == 429, "also the right one waits"
    assert enter(Visitor(browser(app)), "carl@example.org", PASSWORD).status_code == 302


def test_many_clients_cannot_guess_together(app: Flask, visitor: Visitor, bente: User) -> None:
    statuses = []
    for number in range(56):
        data = {"REMOTE_ADDR": f"192.0.2.{number}"}
        page = parse(visitor.client.get(SIGN_IN).text)
        form = next(form for form in page.all("form") if form.get("action") == SIGN_IN)
        fields = {**form.fields(), "email": "bente@example.org", "password": "wrong password"}
        statuses.append(visitor.client.post(SIGN_IN, data=fields, environ_overrides=data).status_code)
    assert statuses[:40] == [200] * 40 and statuses[-1] == 429


def test_signing_in_leads_to_the_page_that_was_asked_for_and_nowhere_else(app: Flask, bente: User) -> None:
    for wanted, reached in (
        ("/konto", "/konto"),
        ("https://evil.example/", None),
        ("//evil.example", None),
        ("/\\evil.example", None),
    ):
        visitor = Visitor(browser(app))
        page = visitor.get(f"{SIGN_IN}?next={wanted}")
        answer = visitor.submit(page, SIGN_IN, {"email": bente.email, "password": PASSWORD}, status=302)
        assert answer.location == (reached or "/konto/videre"), wanted


def test_a_page_behind_the_gate_leads_to_sign_in_and_back(visitor: Visitor, bente: User) -> None:
    answer = visitor.client.get("/konto?x=1")
    assert answer.status_code == 302 and answer.location.startswith(SIGN_IN + "?next=")
    page = visitor.get(answer.location)
    answer = visitor.submit(page, SIGN_IN, {"email": bente.email, "password": PASSWORD}, status=302)
    assert answer.location == "/konto?x=1"


def test_no_one_is_remembered_beyond_the_session_whatever_the_form_says(visitor: Visitor, bente: User) -> None:
    answer = enter(visitor, bente.email, PASSWORD, remember="y")
    cookies = answer.headers.getlist("Set-Cookie")
    assert not [cookie for cookie in cookies if "remember" in cookie]
    (session,) = [cookie for cookie in cookies if cookie.startswith("engage=")]
    assert "Expires" not in session and "Max-Age" not in session


def test_signing_out_ends_the_session_and_an_old_cookie_opens_nothing(visitor: Visitor, bente: User) -> None:
    enter(visitor, bente.email, PASSWORD)
    kept = visitor.client.get_cookie("engage")
    assert kept is not None
    visitor.submit(visitor.get("/konto"), "/konto/log-ud", {}, status=302)
    assert not db.session.scalars(select(UserSession)).all()
    visitor.client.set_cookie("engage", kept.value)
    assert visitor.client.get("/konto").status_code == 302


def test_signing_out_by_a_link_or_another_site_is_refused(visitor: Visitor, bente: User) -> None:
    enter(visitor, bente.email, PASSWORD)
    assert visitor.client.get("/konto/log-ud").status_code == 405
    assert visitor.client.post("/konto/log-ud").status_code == 400
    assert visitor.get("/konto")


def test_one_browser_or_all_others_can_be_signed_out(app: Flask, bente: User) -> None:
    here, phone, desk = (Visitor(signed_in(app, bente)) for _ in range(3))
    page = here.get("/konto")
    forms = [form for form in page.all("form") if form.get("action").endswith("/slut")]
    assert len(forms) == 3, "two others, and all others"
    here.submit(page, forms[0].get("action"), {}, status=303)
    assert [each.client.get("/konto").status_code for each in (phone, desk)].count(302) == 1
    here.submit(here.get("/konto"), "/konto/sessioner/slut", {}, status=303)
    assert [each.client.get("/konto").status_code for each in (phone, desk)] == [302, 302]
    assert here.get("/konto")


def test_nobody_signs_others_out(app: Flask, bente: User) -> None:
    carl = account("Carl")
    Visitor(signed_in(app, bente)).get("/konto")
    theirs = db.session.scalars(select(UserSession.id)).one()
    visitor = Visitor(signed_in(app, carl))
    visitor.send(f"/konto/sessioner/{theirs}/slut", {}, status=303)
    visitor.send("/konto/sessioner/slut", {}, status=303)
    assert db.session.get(UserSession, theirs) is not None


def test_a_session_ends_when_it_is_not_used_sooner_for_staff(app: Flask) -> None:
    organiser, staff = account("Bente"), account("Carl", roles=[RoleName.STAFF])
    theirs = [Visitor(signed_in(app, each)) for each in (organiser, staff)]
    db.session.execute(update(UserSession).values(last_seen_at=utc_now() - timedelta(days=1)))
    db.session.commit()
    assert [each.client.get("/konto").status_code for each in theirs] == [200, 302]
    db.session.execute(update(UserSession).values(last_seen_at=utc_now() - timedelta(days=15)))
    db.session.commit()
    assert theirs[0].client.get("/konto").status_code == 302


def test_last_seen_is_kept_roughly_and_not_with_each_page(app: Flask, bente: User) -> None:
    visitor = Visitor(signed_in(app, bente))
    before = db.session.scalars(select(UserSession.last_seen_at)).one()
    visitor.get("/konto")
    assert db.session.scalars(select(UserSession.last_seen_at)).one() == before
    db.session.execute(update(UserSession).values(last_seen_at=utc_now() - timedelta(hours=1)))
    db.session.commit()
    visitor.get("/konto")
    db.session.expire_all()
    assert utc_now() - db.session.scalars(select(UserSession.last_seen_at)).one() < timedelta(minutes=1)


def test_the_city_is_told_of_sign_ins_and_outs(visitor: Visitor, bente: User) -> None:
    enter(visitor, bente.email, PASSWORD)
    (entry,) = audit.search("signed_in").entries
    assert entry.by_id == bente.id and entry.facts == {"factors": ["password"]}
    assert "192.0.2" not in str(entry.facts) and "127.0.0.1" not in str(entry.facts)


def test_pages_for_citizens_ask_nothing_about_accounts(app: Flask, town: Town, bente: User) -> None:
    visitor = Visitor(signed_in(app, bente))
    visitor.get("/kontakt")
    asked = statements(app, lambda: visitor.get("/kontakt"))
    assert not [sql for sql in asked if "account" in sql], asked
    assert "Cookie" not in visitor.client.get("/theme.css").headers.get("Vary", "")


def test_a_page_behind_the_gate_costs_few_questions(app: Flask, bente: User) -> None:
    visitor = Visitor(signed_in(app, bente))
    visitor.get("/konto/log-ind-igen")
    assert len(statements(app, lambda: visitor.get("/konto/log-ind-igen"))) <= 2


def statements(app: Flask, do: object) -> list[str]:
    """What is asked of the database meanwhile."""
    from sqlalchemy import event

    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_facts: object) -> None:
        asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        do()  # type: ignore[operator]
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return asked


def test_a_new_password_is_sent_by_mail_in_the_language_of_the_account(app: Flask, visitor: Visitor) -> None:
    with_password(account("Greta", email="greta@example.org", language="de"))
    page = visitor.get("/konto/ny-adgangskode")
    visitor.submit(page, "/konto/ny-adgangskode", {"email": "GRETA@example.org"}, status=200)
    (letter,) = letters()
    assert letter.message["language"] == "de"
    assert letter.addresses == [{"channel": "email", "identifier": "greta@example.org"}]
    link = letter.message["buttons"][0]["url"]
    assert link.startswith("http://127.0.0.1:8000/konto/ny-adgangskode/")


def test_the_link_is_made_of_our_own_address_whatever_host_is_claimed(visitor: Visitor, bente: User) -> None:
    page = visitor.get("/konto/ny-adgangskode")
    (form,) = [form for form in page.all("form") if form.get("action") == "/konto/ny-adgangskode"]
    data = {**form.fields(), "email": bente.email}
    visitor.client.post("/konto/ny-adgangskode", data=data, headers={"Host": "evil.example"})
    assert "evil" not in str([letter.message for letter in letters()])


def test_asking_for_a_new_password_tells_no_one_who_has_an_account(app: Flask, bente: User) -> None:
    texts = []
    for email in (bente.email, "nobody@example.org"):
        visitor = Visitor(browser(app))
        answer = visitor.submit(
            visitor.get("/konto/ny-adgangskode"), "/konto/ny-adgangskode", {"email": email}, status=200
        )
        texts.append(answer.text.replace(email, "ADDRESS").split("<main")[1].split('name="csrf_token"')[0])
    assert texts[0] == texts[1]
    assert len(letters()) == 1


def test_a_mailbox_cannot_be_flooded(visitor: Visitor, bente: User) -> None:
    for status in (200, 200, 200, 429):
        visitor.submit(
            visitor.get("/konto/ny-adgangskode"), "/konto/ny-adgangskode", {"email": bente.email}, status=status
        )
    assert len(letters()) == 3


def test_the_link_sets_a_new_password_once_and_signs_out_everywhere(app: Flask, visitor: Visitor, bente: User) -> None:
    elsewhere = Visitor(signed_in(app, bente))
    link = reset_link(visitor, bente)
    new = {"password": "en helt ny sætning", "password_confirm": "en helt ny sætning"}
    answer = visitor.submit(visitor.get(link), link, new, status=302)
    assert answer.location == SIGN_IN
    assert elsewhere.client.get("/konto").status_code == 302
    assert enter(Visitor(browser(app)), bente.email, PASSWORD).status_code == 200, "the old one is gone"
    assert enter(visitor, bente.email, new["password"]).status_code == 302
    assert visitor.client.get(link).status_code == 302, "used up"
    assert [letter.key.split(":")[0] for letter in letters()] == ["new-password", "password-changed"]
    assert audit.search("password_reset").count == 1


def test_a_poor_new_password_is_told_where_it_stands(visitor: Visitor, bente: User) -> None:
    link = reset_link(visitor, bente)
    for poor in ("kort", "aaaaaaaaaaaa", "bente@example.org", "Password1234567890", "adgangskode"):
        answer = visitor.submit(visitor.get(link), link, {"password": poor, "password_confirm": poor}, status=200)
        page = parse(answer.text)
        assert page.one("span", id="password-error").text, poor
        assert page.one("input", id="password").get("aria-invalid") == "true"
    answer = visitor.submit(
        visitor.get(link), link, {"password": "en helt ny sætning", "password_confirm": "en anden"}, status=200
    )
    assert parse(answer.text).one("span", id="password_confirm-error").text


def test_changing_the_password_keeps_this_browser_and_ends_the_others(app: Flask, bente: User) -> None:
    here, elsewhere = Visitor(signed_in(app, bente)), Visitor(signed_in(app, bente))
    path = "/konto/skift-adgangskode"
    wrong = {
        "password": "not it at all",
        "new_password": "en helt ny sætning",
        "new_password_confirm": "en helt ny sætning",
    }
    assert parse(here.submit(here.get(path), path, wrong, status=200).text).one("span", id="password-error")
    here.submit(here.get(path), path, {**wrong, "password": PASSWORD}, status=302)
    assert here.get("/konto")
    assert elsewhere.client.get("/konto").status_code == 302
    (letter,) = letters()
    assert letter.key.startswith("password-changed:")


def test_what_touches_the_account_asks_again_after_a_while(app: Flask, bente: User) -> None:
    visitor = Visitor(signed_in(app, bente))
    assert visitor.get("/konto/noegler")
    with visitor.client.session_transaction() as cookie:  # type: ignore[attr-defined]
        cookie["fs_paa"] -= 3600
        cookie.pop("fs_gexp", None)
    for path in ("/konto/noegler", "/konto/kode-app", "/konto/reservekoder"):
        answer = visitor.client.get(path)
        assert answer.status_code == 302 and answer.location.startswith("/konto/bekraeft?next="), path
    page = visitor.get(answer.location)
    visitor.submit(page, "/konto/bekraeft", {"password": "wrong password"}, status=200)
    answer = visitor.submit(page, "/konto/bekraeft", {"password": PASSWORD}, status=302)
    assert answer.location == "/konto/reservekoder"
    assert visitor.get("/konto/reservekoder")


def test_name_and_language_can_be_changed(app: Flask, bente: User) -> None:
    visitor = Visitor(signed_in(app, bente))
    page = visitor.get("/konto")
    assert parse(visitor.submit(page, "/konto", {"name": " "}, status=422).text).one("span", id="name-error")
    visitor.submit(page, "/konto", {"name": "Bente Holm", "language": "en"}, status=303)
    page = visitor.get("/konto")
    assert page.one("html").get("lang") == "en" and page.one("input", id="name").get("value") == "Bente Holm"
    db.session.expire_all()
    assert db.session.get_one(User, bente.id).language == "en"


def test_the_pages_need_no_script_and_name_their_fields(app: Flask, bente: User) -> None:
    anonymous, own = Visitor(browser(app)), Visitor(signed_in(app, bente))
    pages = [anonymous.get(path) for path in (SIGN_IN, "/konto/ny-adgangskode")]
    pages += [
        own.get(path)
        for path in (
            "/konto",
            "/konto/e-mail",
            "/konto/skift-adgangskode",
            "/konto/noegler",
            "/konto/kode-app",
            "/konto/reservekoder",
            "/konto/andet-trin/vaelg",
        )
    ]
    for page in pages:
        assert len(page.all("h1")) == 1
        check_fields(page)


def check_fields(page: Element) -> None:
    ids = [each.get("id") for each in page if each.get("id")]
    assert len(ids) == len(set(ids))
    for field in [*page.all("input"), *page.all("select")]:
        if field.get("type") != "hidden":
            assert page.all("label", **{"for": field.get("id")}), field.attributes


def test_account_pages_are_not_kept_by_browsers_or_proxies(app: Flask, bente: User) -> None:
    answer = Visitor(signed_in(app, bente)).client.get("/konto/noegler")
    assert "no-store" in answer.headers["Cache-Control"]
    assert "'self'" in answer.headers["Content-Security-Policy"]


def reset_link(visitor: Visitor, user: User) -> str:
    visitor.submit(visitor.get("/konto/ny-adgangskode"), "/konto/ny-adgangskode", {"email": user.email}, status=200)
    return path_of(letters()[-1].message["buttons"][0]["url"])


def test_a_link_sent_before_hashes_were_made_once_still_works(app: Flask, visitor: Visitor, bente: User) -> None:
    security = app.extensions["security"]
    assert "$" not in security.hashing_context.hash("x"), "one round: 535,000 would tell by the time who has an account"
    token = security.reset_serializer.dumps([bente.fs_uniquifier, sha256_crypt.hash(bente.password or "")])
    assert visitor.client.get(f"/konto/ny-adgangskode/{token}").status_code == 200


def test_reading_an_answer_as_json_is_not_offered(visitor: Visitor, bente: User) -> None:
    answer = visitor.client.post(SIGN_IN, json={"email": bente.email, "password": PASSWORD})
    assert answer.status_code in {400, 404}
    assert read(visitor.client.get(SIGN_IN, headers={"Accept": "application/json"})).one("h1")


@pytest.mark.parametrize(
    "wanted", ["//[", "/\\\\evil.example", "//evil.example", "http://[", "/a\tb", "https:/evil.example"]
)
def test_an_address_to_go_on_to_that_is_none_leads_nowhere_else(
    app: Flask, bente: User, visitor: Visitor, wanted: str
) -> None:
    assert visitor.client.get(f"{SIGN_IN}?{urlencode({'next': wanted})}").status_code in {200, 400}
    assert visitor.client.get(f"/konto/log-ind-igen?{urlencode({'next': wanted})}").status_code == 302
    answer = enter(visitor, bente.email, PASSWORD, next=wanted)
    assert answer.status_code in {200, 302, 400}
    assert answer.location in {None, "/konto/videre", "/ab"}


@pytest.mark.parametrize("name", ["Bente\nLund", "Bente\r\nLund", "\tBente \x07 Lund", "Bente\x85Lund"])
def test_a_name_is_one_line(app: Flask, bente: User, visitor: Visitor, name: str) -> None:
    """It stands in letters to others: "… invites you to …"."""
    own = Visitor(signed_in(app, bente))
    own.submit(own.get("/konto"), "/konto", {"name": name}, status=303)
    db.session.expire_all()
    assert bente.name == "Bente Lund"
    made = invitations.invite("ny@example.org", by=None, now=utc_now(), language="da", role=RoleName.STAFF)
    db.session.commit()
    path = path_of(made.link)
    visitor.submit(visitor.get(path), path, {"name": name, "password": PASSWORD}, status=303)
    assert db.session.scalars(select(User).where(User.email == "ny@example.org")).one().name == "Bente Lund"
