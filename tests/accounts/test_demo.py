"""The demo city's accounts, and the way to the first account of a real one."""

from importlib.resources import files

import pytest
from click.testing import CliRunner
from flask import Flask
from passlib.totp import TOTP
from sqlalchemy import select

from engage import cli, seed
from engage.accounts import Rights, User, demo, invitations
from engage.base.clock import utc_now
from engage.base.db import db, transaction
from engage.seed import loading
from engage.service.demo import accounts as said_of_accounts
from tests.conftest import NOW
from tests.web.conftest import Visitor, browser
from tests.web.page import parse
from tests.web.signing_in import enter


@pytest.fixture
def demo_accounts(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    monkeypatch.setattr(loading, "_demo", lambda _now: "the demo city is there already")
    seed.load(demo=True)
    return app


def test_each_demo_account_gets_in_with_what_engage_run_prints(demo_accounts: Flask) -> None:
    said = demo.facts()
    printed = "\n".join(said_of_accounts())
    assert said["password"] in printed and "/dev/koder" in printed
    for entry in said["account"]:
        assert entry["email"] in printed
        visitor = Visitor(browser(demo_accounts))
        answer = enter(visitor, entry["email"], said["password"])
        if not entry.get("roles"):
            assert answer.location == "/konto/videre"
            continue
        assert answer.location.startswith("/konto/kode")
        page = visitor.get("/dev/koder")
        code = page.one("code", class_="key").text
        assert TOTP(key=said["secret"], format="base32").match(code)
        visitor.submit(visitor.get("/konto/kode"), "/konto/kode", {"code": code}, status=302)


def test_loading_them_again_changes_nothing(demo_accounts: Flask) -> None:
    with transaction():
        assert demo.load(utc_now()) == 0


def test_outside_the_development_mode_there_are_none_and_those_there_are_closed(
    demo_accounts: Flask, set_settings: object
) -> None:
    set_settings(development=False)  # type: ignore[operator]
    with pytest.raises(RuntimeError):
        demo.load(NOW)
    said = demo.facts()
    for entry in said["account"]:
        assert enter(Visitor(browser(demo_accounts)), entry["email"], said["password"]).status_code == 200, "refused"
    assert Visitor(browser(demo_accounts)).client.get("/dev/koder").status_code == 404


def test_codes_are_shown_to_the_machine_itself_alone(demo_accounts: Flask) -> None:
    client = browser(demo_accounts)
    assert client.get("/dev/koder", environ_overrides={"REMOTE_ADDR": "192.0.2.1"}).status_code == 404
    assert client.get("/dev/koder", headers={"X-Forwarded-For": "192.0.2.1"}).status_code == 404


def test_the_file_speaks_of_organisations_there_are() -> None:
    text = (files("engage") / "demo" / "organisations.toml").read_text("utf-8")
    for entry in demo.facts()["account"]:
        for key, rights in entry.get("member_of", {}).items():
            assert f'key = "{key}"' in text and Rights(rights)


def test_the_first_admin_is_invited_at_the_console(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "_application", lambda: app)
    ran = CliRunner().invoke(cli.main, ["admin", "invite", "ada@example.org"])
    assert ran.exit_code == 0, ran.output
    link = ran.output.split()[-1]
    path = "/" + link.split("/", 3)[3]
    visitor = Visitor(browser(app))
    fields = {"name": "Ada", "password": "havet er koldt i april", "language": "da"}
    answer = visitor.submit(visitor.get(path), path, fields, status=303)
    assert answer.location == "/konto/videre"
    user = db.session.scalars(select(User)).one()
    assert [role.name for role in user.roles] == ["admin"]
    visitor.get(path, status=409)
    refused = CliRunner().invoke(cli.main, ["admin", "invite", "no address"])
    assert refused.exit_code == 1 and "Traceback" not in refused.output
    ran = CliRunner().invoke(cli.main, ["admin", "reset-second-step", "ada@example.org"])
    assert ran.exit_code == 0
    assert CliRunner().invoke(cli.main, ["admin", "reset-second-step", "nobody@example.org"]).exit_code == 1


def test_the_invited_choose_a_password_or_a_passkey(app: Flask) -> None:
    made = invitations.invite(
        "carl@example.org", by=None, now=utc_now(), language="de", role=invitations.RoleName.STAFF
    )
    db.session.commit()
    path = "/" + made.link.split("/", 3)[3]
    visitor = Visitor(browser(app))
    page = visitor.get(path)
    assert visitor.get(path), "opening it uses nothing up"
    wrong = parse(visitor.submit(page, path, {"name": "", "password": "kort"}, status=422).text)
    assert wrong.one("span", id="name-error").text and wrong.one("span", id="password-error").text
    answer = visitor.submit(page, path, {"name": "Carl", "passkey": "1", "language": "en"}, status=303)
    assert answer.location == "/konto/noegler"
    assert visitor.get("/konto/noegler").one("html").get("lang") == "en"
    user = db.session.scalars(select(User)).one()
    assert user.password is None and user.language == "en"
