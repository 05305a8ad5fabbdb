"""The second step: an app's codes, spare codes, passkeys and security keys; and staff, who need one."""

import json
import re
from datetime import timedelta

import pytest
from flask import Flask
from passlib.totp import TOTP
from sqlalchemy import select, update

from engage.accounts import Passkey, RoleName, User, UserSession, audit
from engage.base.clock import utc_now
from engage.base.db import db
from tests.accounts.cast import account, signed_in
from tests.web.conftest import Visitor, browser, letters
from tests.web.page import Element, parse
from tests.web.signing_in import PASSWORD, enter, with_password
from tests.web.software_key import SoftwareKey

APP, CODE, SPARE = "/konto/kode-app", "/konto/kode", "/konto/reservekode"
KEYS, KEY_IN = "/konto/noegler", "/konto/log-ind-med-noegle"


@pytest.fixture
def bente(app: Flask) -> User:
    return with_password(account("Bente Lund", email="bente@example.org"))


@pytest.fixture
def staff(app: Flask) -> User:
    return with_password(account("Solveig Staff", email="solveig@example.org", roles=[RoleName.STAFF]))


def code_of(key: str, steps: int = 0) -> str:
    """What an app shows now, or so many half minutes later."""
    return str(
        TOTP(key=key.replace("-", ""), format="base32").generate(time=utc_now() + timedelta(seconds=30 * steps)).token
    )


def set_up_app(visitor: Visitor) -> str:
    """Set an app up; returns its key."""
    page = visitor.get(APP)
    key = page.one("code", class_="key").text
    visitor.submit(page, APP, {"code": code_of(key)}, status=303)
    return key


def sent(page: Element, start: str) -> str:
    """Where the form leads that has an address beginning like this."""
    return next(form.get("action") for form in page.all("form") if form.get("action").startswith(start))


def let_codes_be_used_again(user: User) -> None:
    db.session.execute(update(User).where(User.id == user.id).values(tf_last_counter=None))
    db.session.commit()


def test_an_app_is_set_up_on_one_page_and_then_asked_for(app: Flask, bente: User) -> None:
    visitor = Visitor(signed_in(app, bente))
    page = visitor.get(APP)
    assert page.one("img", class_="qr").get("src").startswith("data:image/svg+xml")
    key = page.one("code", class_="key").text
    wrong = parse(visitor.submit(page, APP, {"code": "000000"}, status=422).text)
    assert wrong.one("code", class_="key").text == key, "a wrong code keeps the picture"
    answer = visitor.submit(wrong, APP, {"code": code_of(key)}, status=303)
    assert visitor.client.get(answer.location).location == "/konto/reservekoder", "spare codes come next"
    db.session.expire_all()
    assert key.replace("-", "") not in str(bente.tf_totp_secret), "it is encrypted in the database"
    let_codes_be_used_again(bente)
    other = Visitor(browser(app))
    answer = enter(other, bente.email, PASSWORD)
    assert answer.location.startswith(CODE)
    assert other.client.get("/konto").status_code == 302, "a password alone is not enough any more"
    page = other.get(answer.location)
    assert other.submit(page, CODE, {"code": "000000"}, status=200)
    assert other.submit(page, CODE, {"code": code_of(key)}, status=302).location == "/konto/videre"
    assert other.get("/konto")
    assert db.session.scalars(select(UserSession).order_by(UserSession.id.desc())).first().factors == [
        "password",
        "code",
    ]  # type: ignore[union-attr]


def test_a_code_is_good_once(app: Flask, bente: User) -> None:
    key = set_up_app(Visitor(signed_in(app, bente)))
    later = code_of(key, 1)
    answers = []
    for _each in range(2):
        visitor = Visitor(browser(app))
        enter(visitor, bente.email, PASSWORD)
        answers.append(visitor.submit(visitor.get(CODE), CODE, {"code": later}, status=302 if not answers else 200))
    assert parse(answers[1].text).one("span", id="code-error").text


def test_guessing_codes_is_slowed_down_and_another_address_does_not_help(app: Flask, bente: User) -> None:
    key = set_up_app(Visitor(signed_in(app, bente)))
    let_codes_be_used_again(bente)
    statuses = []
    for number in range(8):
        visitor = Visitor(browser(app))
        enter(visitor, bente.email, PASSWORD)
        fields = visitor.get(CODE).one("form", action=CODE).fields()
        data = {**fields, "code": code_of(key) if number > 6 else "123456"}
        away = {"REMOTE_ADDR": f"192.0.2.{number}"}
        statuses.append(visitor.client.post(CODE, data=data, environ_overrides=away).status_code)
    assert statuses == [200] * 6 + [429] * 2


def test_spare_codes_are_shown_once_and_each_is_good_once(app: Flask, bente: User) -> None:
    visitor = Visitor(signed_in(app, bente))
    set_up_app(visitor)
    codes = make_spare_codes(visitor)
    assert len(set(codes)) == 8 and all(re.fullmatch(r"[0-9a-f]{4}(-[0-9a-f]{4}){2}", code) for code in codes)
    assert not visitor.get("/konto/reservekoder").all("code"), "nobody can see them again"
    db.session.expire_all()
    assert not set(codes) & set(bente.mf_recovery_codes or ())
    for number, status in ((0, 302), (0, 200), (1, 302)):
        other = Visitor(browser(app))
        enter(other, bente.email, PASSWORD)
        other.submit(other.get(SPARE), SPARE, {"code": codes[number].upper().replace("-", " ")}, status=status)
    db.session.expire_all()
    assert len(bente.mf_recovery_codes or ()) == 6
    make_spare_codes(visitor)
    other = Visitor(browser(app))
    enter(other, bente.email, PASSWORD)
    other.submit(other.get(SPARE), SPARE, {"code": codes[2]}, status=200)


def make_spare_codes(visitor: Visitor) -> list[str]:
    answer = visitor.submit(visitor.get("/konto/reservekoder"), "/konto/reservekoder", {}, status=200)
    return [code.text for code in parse(answer.text).all("code")]


def test_a_spare_code_needs_the_password_first(app: Flask, bente: User, visitor: Visitor) -> None:
    set_up_app(Visitor(signed_in(app, bente)))
    for path in (SPARE, CODE, "/konto/andet-trin"):
        answer = visitor.client.get(path)
        assert answer.status_code == 302 and answer.location.startswith("/konto/log-ind")


def test_an_organiser_may_turn_the_app_off_and_staff_may_not(app: Flask, bente: User, staff: User) -> None:
    visitor = Visitor(signed_in(app, bente))
    set_up_app(visitor)
    make_spare_codes(visitor)
    visitor.submit(visitor.get("/konto"), "/konto/kode-app/fjern", {}, status=303)
    db.session.expire_all()
    assert (bente.tf_primary_method, bente.tf_totp_secret, bente.mf_recovery_codes) == (None, None, None)
    assert enter(Visitor(browser(app)), bente.email, PASSWORD).location == "/konto/videre"
    visitor = Visitor(signed_in(app, staff, second_factor=False))
    set_up_app(visitor)
    assert not [form for form in visitor.get("/konto").all("form") if form.get("action") == "/konto/kode-app/fjern"]
    visitor.send("/konto/kode-app/fjern", {}, status=403)
    db.session.expire_all()
    assert staff.tf_primary_method == "authenticator"
    assert len([letter for letter in letters() if letter.key.startswith("second-step:")]) == 3


def test_the_setting_up_of_one_account_is_worth_nothing_to_another(app: Flask, bente: User, staff: User) -> None:
    page = Visitor(signed_in(app, bente)).get(APP)
    state = page.one("input", name="state").get("value")
    key = page.one("code", class_="key").text
    other = Visitor(signed_in(app, staff))
    other.submit(other.get(APP), APP, {"state": state, "code": code_of(key)}, status=404)


def test_the_closed_pages_of_the_library_are_closed(app: Flask, bente: User) -> None:
    visitor = Visitor(signed_in(app, bente))
    for path in ("/konto/kode-app/lukket", "/konto/kode/hjaelp"):
        visitor.get(path, status=404)


# Passkeys ------------------------------------------------------------------------------------------------------------


def register(visitor: Visitor, key: SoftwareKey, usage: str = "first", name: str = "Min telefon") -> str:
    """Add a key; returns where the answer leads."""
    page = visitor.get(KEYS)
    asked = parse(visitor.submit(page, KEYS, {"name": name, "usage": usage}, status=200).text)
    form = asked.one("form", data_passkey="create")
    options = json.loads(form.get("data-options"))
    data = {**form.fields(), "credential": key.create(options)}
    return str(visitor.client.post(form.get("action"), data=data).location)


def ask(visitor: Visitor) -> tuple[str, dict[str, str], dict[str, object]]:
    """Begin signing in with a key: where to answer, with which fields, and what is asked."""
    page = visitor.get(KEY_IN)
    asked = parse(visitor.submit(page, KEY_IN, {}, status=200).text)
    form = asked.one("form", data_passkey="get")
    return form.get("action"), form.fields(), json.loads(form.get("data-options"))


def answer_with(visitor: Visitor, credential: str, where: str, fields: dict[str, str]) -> str:
    return str(visitor.client.post(where, data={**fields, "credential": credential}).location)


def test_a_passkey_is_added_and_signs_in_alone(app: Flask, bente: User) -> None:
    key = SoftwareKey()
    assert register(Visitor(signed_in(app, bente)), key) == "/konto/andet-trin/klar"
    visitor = Visitor(browser(app))
    where, fields, options = ask(visitor)
    assert options["userVerification"] == "required" and not options.get("allowCredentials")
    assert answer_with(visitor, key.get(options), where, fields) == "/konto/videre"
    assert visitor.get("/konto")
    session = db.session.scalars(select(UserSession).order_by(UserSession.id.desc())).first()
    assert session is not None and session.factors == ["device"]
    (row,) = db.session.scalars(select(Passkey)).all()
    assert row.sign_count == key.count and row.lastuse_datetime.tzinfo is not None


def test_a_passkey_that_does_not_check_the_person_is_refused(app: Flask, bente: User) -> None:
    visitor = Visitor(signed_in(app, bente))
    assert register(visitor, SoftwareKey(verifies=False)) == KEYS
    assert not db.session.scalars(select(Passkey)).all()
    key = SoftwareKey()
    register(visitor, key)
    key.verifies = False
    other = Visitor(browser(app))
    where, fields, options = ask(other)
    assert answer_with(other, key.get(options), where, fields) == KEY_IN
    assert other.client.get("/konto").status_code == 302


def test_an_answer_for_another_site_or_to_another_question_is_refused(app: Flask, bente: User) -> None:
    key = SoftwareKey()
    register(Visitor(signed_in(app, bente)), key)
    visitor = Visitor(browser(app))
    where, fields, options = ask(visitor)
    other_question = {**options, "challenge": "bm90IHdoYXQgd2FzIGFza2Vk"}
    for credential in (key.get(options, "https://evil.example"), key.get(other_question), "no json", "{}", ""):
        assert answer_with(visitor, credential, where, fields) == KEY_IN
    assert answer_with(visitor, SoftwareKey().get(options), where, fields) == KEY_IN, "an unknown key"
    assert visitor.client.get("/konto").status_code == 302


def test_a_copied_key_is_noticed(app: Flask, bente: User) -> None:
    key = SoftwareKey()
    register(Visitor(signed_in(app, bente)), key)
    key.count = 10
    visitor = Visitor(browser(app))
    where, fields, options = ask(visitor)
    answer_with(visitor, key.get(options), where, fields)
    key.count = 3
    other = Visitor(browser(app))
    where, fields, options = ask(other)
    assert answer_with(other, key.get(options), where, fields) == KEY_IN


def test_a_closed_account_does_not_get_in_with_its_passkey(app: Flask, bente: User) -> None:
    key = SoftwareKey()
    register(Visitor(signed_in(app, bente)), key)
    bente.active = False
    db.session.commit()
    visitor = Visitor(browser(app))
    where, fields, options = ask(visitor)
    assert answer_with(visitor, key.get(options), where, fields) == KEY_IN
    assert [session.factors for session in db.session.scalars(select(UserSession))] == [["password", "key"]]


def test_a_security_key_comes_after_the_password(app: Flask, bente: User) -> None:
    key = SoftwareKey(verifies=False)
    register(Visitor(signed_in(app, bente)), key, "secondary", "Blå nøgle")
    visitor = Visitor(browser(app))
    assert enter(visitor, bente.email, PASSWORD).location.startswith(KEY_IN)
    where, fields, options = ask(visitor)
    assert len(options["allowCredentials"]) == 1  # type: ignore[arg-type]
    assert answer_with(visitor, key.get(options, handle=False), where, fields) == "/konto/videre"
    session = db.session.scalars(select(UserSession).order_by(UserSession.id.desc())).first()
    assert session is not None and session.factors == ["password", "key"]
    alone = Visitor(browser(app))
    where, fields, options = ask(alone)
    assert answer_with(alone, key.get(options), where, fields) == KEY_IN, "never without the password"


def test_a_key_does_not_sign_its_owner_in_behind_the_password_of_somebody_else(
    app: Flask, bente: User, staff: User
) -> None:
    """The library signs in the owner of the key that answered; here the key must be of whoever gave the password."""
    stolen, own = SoftwareKey(verifies=False), SoftwareKey(verifies=False)
    register(Visitor(signed_in(app, staff)), stolen, "secondary")
    register(Visitor(signed_in(app, bente)), own, "secondary")
    thief = Visitor(browser(app))
    enter(thief, bente.email, PASSWORD)
    where, fields, options = ask(thief)
    assert answer_with(thief, stolen.get(options), where, fields) == KEY_IN
    assert thief.client.get("/konto").status_code == 302


def test_who_has_an_app_and_a_key_chooses(app: Flask, bente: User) -> None:
    visitor = Visitor(signed_in(app, bente))
    app_key = set_up_app(visitor)
    register(visitor, SoftwareKey(), "secondary")
    let_codes_be_used_again(bente)
    other = Visitor(browser(app))
    answer = enter(other, bente.email, PASSWORD)
    assert answer.location.startswith("/konto/andet-trin")
    page = other.get(answer.location)
    (form,) = [form for form in page.all("form") if form.get("action").startswith("/konto/andet-trin")]
    data = {**form.fields(), "which": "authenticator"}
    answer = other.client.post(form.get("action"), data=data)
    assert answer.location.startswith(CODE)
    other.submit(other.get(answer.location), CODE, {"code": code_of(app_key)}, status=302)
    assert other.get("/konto")


def test_keys_have_names_of_their_own_and_can_be_removed(app: Flask, bente: User) -> None:
    visitor = Visitor(signed_in(app, bente))
    register(visitor, SoftwareKey(), name="Min <b>telefon</b> æøå")
    page = visitor.get(KEYS)
    assert "Min <b>telefon</b> æøå" in page.one("main").text
    for name in ("Min <b>telefon</b> æøå", "  ", "x" * 65):
        refused = parse(visitor.submit(page, KEYS, {"name": name, "usage": "first"}, status=200).text)
        assert refused.one("span", id="name-error").text
    visitor.submit(page, KEYS + "/fjern", {}, status=302)
    assert not db.session.scalars(select(Passkey)).all()
    assert [entry.action for entry in audit.search("passkey").entries] == [
        "account.passkey_removed",
        "account.passkey_added",
    ]


def test_a_passkey_shows_again_that_it_is_you(app: Flask, bente: User, staff: User) -> None:
    key, other_key = SoftwareKey(), SoftwareKey()
    visitor = Visitor(signed_in(app, bente))
    register(visitor, key)
    register(Visitor(signed_in(app, staff)), other_key)
    for answering, reached in ((other_key, "/konto/bekraeft-med-noegle"), (key, "/konto/reservekoder")):
        with visitor.client.session_transaction() as cookie:  # type: ignore[attr-defined]
            cookie["fs_paa"] -= 3600
            cookie.pop("fs_gexp", None)
        page = visitor.get(visitor.client.get("/konto/reservekoder").location)
        where = sent(page, "/konto/bekraeft-med-noegle")
        asked = parse(visitor.submit(page, where, {}, status=200).text).one("form", data_passkey="get")
        options = json.loads(asked.get("data-options"))
        answer = visitor.client.post(asked.get("action"), data={**asked.fields(), "credential": answering.get(options)})
        assert answer.location.startswith(reached)


# Staff ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def rooms(app: Flask) -> list[str]:
    """One page behind each gate that asks for the second step."""
    found = {}
    for rule in app.url_map.iter_rules():
        room = rule.endpoint.partition(".")[0]
        if room in {"staff", "organiser"} and "GET" in (rule.methods or ()) and not rule.arguments:
            found.setdefault(room, rule.rule)
    return list(found.values())


def test_staff_without_a_second_step_are_led_to_one_and_can_do_nothing_else(
    app: Flask, staff: User, rooms: list[str]
) -> None:
    visitor = Visitor(browser(app))
    assert enter(visitor, staff.email, PASSWORD).location == "/konto/videre"
    for path in rooms:
        answer = visitor.client.get(path)
        assert answer.status_code == 302 and answer.location.startswith("/konto/andet-trin/vaelg"), path
        token = visitor.get("/konto").one("form", action="/konto").fields()["csrf_token"]
        answer = visitor.client.post(path, data={"csrf_token": token})
        assert answer.status_code in {302, 405} and "next" not in str(answer.location), path
    page = visitor.get("/konto/andet-trin/vaelg?next=/staff")
    assert {APP, KEYS} <= {link.get("href") for link in page.one("main").all("a")}
    set_up_app(visitor)
    make_spare_codes(visitor)
    assert visitor.client.get("/konto/andet-trin/klar").location == "/staff"
    for path in rooms:
        assert "/konto" not in str(visitor.client.get(path).location)


def test_a_passkey_is_a_second_step_for_staff_too(app: Flask, staff: User, rooms: list[str]) -> None:
    key = SoftwareKey()
    visitor = Visitor(browser(app))
    enter(visitor, staff.email, PASSWORD)
    register(visitor, key)
    for path in rooms:
        assert "/konto" not in str(visitor.client.get(path).location)
    by_key = Visitor(browser(app))
    where, fields, options = ask(by_key)
    answer_with(by_key, key.get(options), where, fields)
    for path in rooms:
        assert "/konto" not in str(by_key.client.get(path).location)


def test_staff_who_have_a_second_step_and_did_not_show_it_sign_in_anew(
    app: Flask, staff: User, rooms: list[str]
) -> None:
    register(Visitor(signed_in(app, staff)), SoftwareKey())
    visitor = Visitor(browser(app))
    assert enter(visitor, staff.email, PASSWORD).location == "/konto/videre", "a passkey is no step after a password"
    for path in rooms:
        assert str(visitor.client.get(path).location).startswith("/konto/log-ind-igen?next=")
    page = visitor.get("/konto/log-ind-igen?next=/staff")
    answer = visitor.submit(page, "/konto/log-ud", {}, status=302)
    assert answer.location == "/konto/log-ind?next=/staff"


def test_who_becomes_staff_while_signed_in_is_held_at_the_next_page(app: Flask, bente: User, rooms: list[str]) -> None:
    from engage.accounts import members

    visitor = Visitor(signed_in(app, bente))
    admin = account("Ada", roles=[RoleName.ADMIN])
    members.give_role(bente, RoleName.STAFF, by=admin, now=utc_now())
    db.session.commit()
    for path in rooms:
        assert str(visitor.client.get(path).location).startswith("/konto/andet-trin/vaelg")


@pytest.mark.parametrize("path", [APP, KEYS, "/konto/reservekoder", "/konto/skift-adgangskode"])
def test_the_password_of_staff_alone_adds_no_second_step_and_changes_none(app: Flask, staff: User, path: str) -> None:
    """Or whoever has the password makes their own second step, and needs that of its owner no more."""
    register(Visitor(signed_in(app, staff)), SoftwareKey())
    thief = Visitor(browser(app))
    enter(thief, staff.email, PASSWORD)
    answer = thief.client.get(path)
    assert answer.status_code == 302 and answer.location.startswith("/konto/log-ind-igen")
    thief.send(path, {"name": "Min", "usage": "first", "generate_new_codes": "1"}, status=302)
    thief.send(KEYS + "/fjern", {"name": "Min telefon"}, status=302)
    thief.send("/konto/kode-app/fjern", {}, status=302)
    db.session.expire_all()
    assert [key.name for key in db.session.scalars(select(Passkey))] == ["Min telefon"]
    assert not staff.mf_recovery_codes and not staff.tf_totp_secret
    assert thief.get("/konto")


def test_staff_keep_one_second_step(app: Flask, staff: User) -> None:
    visitor = Visitor(signed_in(app, staff, second_factor=False))
    register(visitor, SoftwareKey(), name="Blå")
    register(visitor, SoftwareKey(), name="Rød")
    visitor.send(KEYS + "/fjern", {"name": "Blå"}, status=302)
    visitor.send(KEYS + "/fjern", {"name": "Rød"}, status=403)
    set_up_app(visitor)
    visitor.send(KEYS + "/fjern", {"name": "Rød"}, status=302)
    visitor.send("/konto/kode-app/fjern", {}, status=403)
    db.session.expire_all()
    assert staff.tf_totp_secret and not db.session.scalars(select(Passkey)).all()


def test_an_organiser_may_go_on_with_the_password_alone(app: Flask, bente: User) -> None:
    """Nobody asks a second step of them: who lost the phone adds the new one with the password."""
    register(Visitor(signed_in(app, bente)), SoftwareKey())
    visitor = Visitor(browser(app))
    enter(visitor, bente.email, PASSWORD)
    register(visitor, SoftwareKey(), name="Ny telefon")
    visitor.send(KEYS + "/fjern", {"name": "Min telefon"}, status=302)
    visitor.send(KEYS + "/fjern", {"name": "Ny telefon"}, status=302)
    assert not db.session.scalars(select(Passkey)).all()
