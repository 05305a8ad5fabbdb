"""The municipality's own sign-in, against a real provider of OpenID Connect on loopback."""

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from flask import Flask
from sqlalchemy import select

from engage.accounts import Rights, RoleName, User, UserSession, audit, invitations
from engage.base.clock import utc_now
from engage.base.config import City, Settings
from engage.base.db import db
from tests.accounts.cast import account
from tests.town import Town
from tests.web.conftest import Visitor, browser, path_of

START = "/konto/kommune"
Change = Callable[..., None]


@dataclass
class Provider:
    """The directory of a municipality, and who works there."""

    issuer: str

    def knows(self, subject: str, **claims: object) -> None:
        httpx.put(f"{self.issuer}/users/{subject}", json=claims).raise_for_status()

    def let_in(self, address: str, subject: str) -> str:
        """Sign in there; returns the path that leads back to us."""
        answer = httpx.post(address, data={"sub": subject})
        assert answer.status_code == 302, answer.text
        return path_of(answer.headers["Location"])


@pytest.fixture(scope="module")
def running() -> Iterator[Provider]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    issuer = f"http://127.0.0.1:{port}"
    try:
        for _each in range(200):
            try:
                httpx.get(f"{issuer}/.well-known/openid-configuration").raise_for_status()
                break
            except httpx.HTTPError:
                time.sleep(0.05)
        yield Provider(issuer)
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
def provider(running: Provider, set_settings: Change) -> Provider:
    set_settings(oidc_issuer=running.issuer, oidc_client_id="engage", oidc_client_secret="between us")
    return running


@pytest.fixture
def admits(settings: Settings, provider: Provider, set_settings: Change) -> Change:
    """Let the city file say who may come."""

    def change(**rules: object) -> None:
        city = City({**settings.city.facts, "sign_in": rules})
        set_settings(oidc_issuer=provider.issuer, oidc_client_id="engage", oidc_client_secret="between us", city=city)

    return change


def come(visitor: Visitor, provider: Provider, subject: str, wanted: str = "") -> str:
    """There and back; where it ends."""
    answer = visitor.client.get(START + (f"?next={wanted}" if wanted else ""))
    assert answer.status_code == 302
    back = provider.let_in(answer.location, subject)
    return str(visitor.client.get(back).location)


def sessions() -> list[list[str]]:
    return [session.factors for session in db.session.scalars(select(UserSession).order_by(UserSession.id))]


def test_somebody_with_an_account_comes_in_and_is_known_by_more_than_an_address(
    provider: Provider, visitor: Visitor, app: Flask
) -> None:
    user = account("Bente", email="bente@kommune.example")
    provider.knows("b-1", email="Bente@kommune.example", email_verified=True, name="Bente Lund")
    assert come(visitor, provider, "b-1", "/konto") == "/konto"
    assert "bente@kommune.example" in visitor.get("/konto").one("main").text
    assert sessions() == [["city"]]
    db.session.expire_all()
    assert user.city_subject == f"{provider.issuer} b-1"
    provider.knows("b-1", email="new.name@kommune.example", email_verified=True)
    assert come(Visitor(browser(app)), provider, "b-1") == "/konto/videre", "the address may change"
    db.session.expire_all()
    assert user.email == "new.name@kommune.example", "and is the directory's here, too"
    provider.knows("b-2", email="bente@kommune.example", email_verified=True)
    assert come(Visitor(browser(app)), provider, "b-2") == "/konto/log-ind", "another person never takes it over"


def test_an_address_that_is_not_proven_or_is_somebody_elses_is_not_followed(provider: Provider, app: Flask) -> None:
    user = account("Bente", email="bente@kommune.example")
    account("Carl", email="carl@kommune.example")
    provider.knows("b-1", email="bente@kommune.example", email_verified=True)
    come(Visitor(browser(app)), provider, "b-1")
    for claims in ({"email": "x@kommune.example"}, {"email": "carl@kommune.example", "email_verified": True}, {}):
        provider.knows("b-1", **claims)
        assert come(Visitor(browser(app)), provider, "b-1") == "/konto/videre", "the subject is enough to come in"
        db.session.expire_all()
        assert user.email == "bente@kommune.example"


def test_the_code_flow_has_state_nonce_and_a_proof_of_the_code(provider: Provider, visitor: Visitor) -> None:
    asked = parse_qs(urlsplit(visitor.client.get(START).location).query)
    assert asked["response_type"] == ["code"] and asked["code_challenge_method"] == ["S256"]
    assert all(len(asked[name][0]) > 20 for name in ("state", "nonce", "code_challenge"))
    assert asked["redirect_uri"] == ["http://127.0.0.1:8000/konto/kommune/tilbage"]
    again = parse_qs(urlsplit(visitor.client.get(START).location).query)
    assert all(asked[name] != again[name] for name in ("state", "nonce", "code_challenge"))


def test_an_answer_nobody_asked_for_is_refused(provider: Provider, visitor: Visitor, app: Flask) -> None:
    account("Bente", email="bente@kommune.example")
    provider.knows("b-1", email="bente@kommune.example", email_verified=True)
    back = provider.let_in(visitor.client.get(START).location, "b-1")
    stranger = Visitor(browser(app))
    assert stranger.client.get(back).location == "/konto/log-ind", "without the state in the session"
    assert visitor.client.get(back.replace("state=", "state=x")).location == "/konto/log-ind"
    assert visitor.client.get(back).location == "/konto/log-ind", "and the state was used up by that"
    assert not sessions()


def test_a_code_of_another_attempt_is_refused(provider: Provider, visitor: Visitor, app: Flask) -> None:
    """The nonce in the ID token binds it to the attempt, also where somebody slips in their own code."""
    account("Bente", email="bente@kommune.example")
    provider.knows("b-1", email="bente@kommune.example", email_verified=True)
    foreign = parse_qs(urlsplit(provider.let_in(Visitor(browser(app)).client.get(START).location, "b-1")).query)[
        "code"
    ][0]
    state = parse_qs(urlsplit(visitor.client.get(START).location).query)["state"][0]
    assert visitor.client.get(f"{START}/tilbage?code={foreign}&state={state}").location == "/konto/log-ind"
    assert not sessions()


@pytest.mark.parametrize(
    "claims", [{}, {"email": "bente@kommune.example"}, {"email": "bente@kommune.example", "email_verified": False}]
)
def test_an_address_that_is_not_proven_opens_nothing(
    provider: Provider, visitor: Visitor, claims: dict[str, object]
) -> None:
    account("Bente", email="bente@kommune.example")
    provider.knows("b-3", **claims)
    assert come(visitor, provider, "b-3") == "/konto/log-ind"
    assert not sessions()


def test_somebody_unknown_gets_no_account(provider: Provider, visitor: Visitor) -> None:
    provider.knows("c-1", email="carl@kommune.example", email_verified=True, name="Carl")
    assert come(visitor, provider, "c-1") == "/konto/log-ind"
    assert visitor.get("/konto/log-ind").one("div", role="status").text
    assert not db.session.scalars(select(User)).all()


def test_somebody_invited_gets_what_they_were_invited_to(provider: Provider, visitor: Visitor, town: Town) -> None:
    organisation = town.organisation()
    db.session.commit()
    facts = {"organisation_id": organisation.id, "rights": Rights.EDITOR}
    invitations.invite("carl@kommune.example", by=None, now=utc_now(), language="da", **facts)  # type: ignore[arg-type]
    db.session.commit()
    provider.knows("c-1", email="carl@kommune.example", email_verified=True, name="Carl Holm")
    assert come(visitor, provider, "c-1") == "/konto/videre"
    user = db.session.scalars(select(User)).one()
    assert (user.name, user.password, [each.rights for each in user.memberships]) == ("Carl Holm", None, ["editor"])


def test_staff_need_their_second_step_here_too_unless_the_directory_is_trusted_with_it(
    provider: Provider, admits: Change, app: Flask
) -> None:
    account("Solveig", email="solveig@kommune.example", roles=[RoleName.STAFF])
    provider.knows("s-1", email="solveig@kommune.example", email_verified=True, amr=["pwd", "mfa"])
    visitor = Visitor(browser(app))
    come(visitor, provider, "s-1")
    assert visitor.client.get("/organiser/").location.startswith("/konto/andet-trin/vaelg")
    admits(trust_second_factor=True)
    visitor = Visitor(browser(app))
    come(visitor, provider, "s-1")
    assert "/konto" not in str(visitor.client.get("/organiser/").location)
    assert sessions() == [["city"], ["city", "city_second"]]
    provider.knows("s-1", email="solveig@kommune.example", email_verified=True, amr=["pwd"])
    visitor = Visitor(browser(app))
    come(visitor, provider, "s-1")
    assert visitor.client.get("/organiser/").location.startswith("/konto/andet-trin/vaelg")


def test_groups_of_the_directory_give_and_take_roles(provider: Provider, admits: Change, app: Flask) -> None:
    admits(domains=["kommune.example"], claim="groups", roles={"Learning city": "staff"})
    provider.knows(
        "d-1", email="dorte@kommune.example", email_verified=True, name="Dorte", groups=["Learning city", "Canteen"]
    )
    come(Visitor(browser(app)), provider, "d-1")
    user = db.session.scalars(select(User)).one()
    assert [role.name for role in user.roles] == ["staff"]
    provider.knows("d-1", email="dorte@kommune.example", email_verified=True, groups=["Canteen"])
    come(Visitor(browser(app)), provider, "d-1")
    db.session.expire_all()
    assert user.roles == []
    assert audit.search("role_given").count == audit.search("role_taken").count == 1
    provider.knows("e-1", email="erik@kommune.example", email_verified=True, groups=["Canteen"])
    assert come(Visitor(browser(app)), provider, "e-1") == "/konto/log-ind", "the domain alone is not enough"


def test_guests_of_the_directory_open_no_account_outside_the_citys_own_domains(
    provider: Provider, admits: Change, visitor: Visitor
) -> None:
    admits(domains=["kommune.example"])
    account("Peter", email="peter@example.org")
    provider.knows("g-1", email="peter@example.org", email_verified=True)
    assert come(visitor, provider, "g-1") == "/konto/log-ind"


def test_a_closed_account_stays_closed(provider: Provider, visitor: Visitor) -> None:
    user = account("Bente", email="bente@kommune.example")
    user.active = False
    db.session.commit()
    provider.knows("b-1", email="bente@kommune.example", email_verified=True)
    assert come(visitor, provider, "b-1") == "/konto/log-ind"


def test_who_says_no_there_is_back_at_sign_in(provider: Provider, visitor: Visitor) -> None:
    answer = httpx.post(visitor.client.get(START).location, data={"action": "deny"})
    assert visitor.client.get(path_of(answer.headers["Location"])).location.startswith("/konto/log-ind")


def test_a_directory_that_does_not_answer_is_told_in_words(
    app: Flask, visitor: Visitor, set_settings: Change, settings: Settings
) -> None:
    set_settings(oidc_issuer="http://127.0.0.1:9", oidc_client_id="engage", oidc_client_secret="x")
    page = visitor.get(START, status=409)
    assert settings.city.authority in page.one("main").text


def test_without_a_directory_there_is_no_such_page_and_no_such_button(visitor: Visitor) -> None:
    visitor.get(START, status=404)
    assert not visitor.get("/konto/log-ind").all("a", href=START)


@pytest.mark.parametrize(
    "given",
    [
        {"ENGAGE_OIDC_ISSUER": "https://login.example"},
        {"ENGAGE_OIDC_ISSUER": "http://login.example", "ENGAGE_OIDC_CLIENT_ID": "a", "ENGAGE_OIDC_CLIENT_SECRET": "b"},
    ],
)
def test_half_a_setting_or_one_in_the_clear_is_refused_at_start(given: dict[str, str]) -> None:
    environment = {"ENGAGE_DATABASE_URL": "postgresql://x/y", "ENGAGE_SECRET_KEY": "k" * 40, **given}
    with pytest.raises(ValueError, match="ENGAGE_OIDC_ISSUER"):
        Settings.from_environment(environment)


def test_a_city_without_rules_admits_nobody(settings: Settings) -> None:
    rules = replace(settings).city.sign_in
    assert not rules["domains"] and not rules["roles"] and rules["trust_second_factor"] is False


@pytest.mark.parametrize(
    "odd",
    [{"groups": None}, {"groups": 7}, {"amr": None}, {"name": None}, {"groups": {"a": 1}}, {"name": "x" * 300}],
)
def test_a_claim_that_is_not_what_it_should_be_is_no_claim(
    provider: Provider, admits: Change, visitor: Visitor, odd: dict[str, object]
) -> None:
    """Some directories write null for somebody in no group."""
    admits(roles={"laering": "staff"}, trust_second_factor=True)
    account("Bente", email="bente@kommune.example")
    provider.knows("b-9", email="bente@kommune.example", email_verified=True, **odd)
    assert come(visitor, provider, "b-9") == "/konto/videre"


def test_a_long_address_stands_in_for_a_name_that_is_not_told(
    provider: Provider, admits: Change, visitor: Visitor
) -> None:
    admits(domains=["kommune.example"], roles={"laering": "staff"})
    address = "a" * 60 + "@" + ".".join(["b" * 60] * 2) + ".kommune.example"
    admits(domains=[address.partition("@")[2]], roles={"laering": "staff"})
    provider.knows("b-10", email=address, email_verified=True, groups=["laering"])
    come(visitor, provider, "b-10")
    assert db.session.scalars(select(User)).one().name == address[:120]
