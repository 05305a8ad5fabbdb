"""Signing in as people do: an invitation, a passkey in a real browser, and no JavaScript at all."""

import pytest
from playwright.sync_api import Page

from engage.accounts import Organisation, Rights, demo, invitations
from engage.base.clock import utc_now
from engage.base.db import db
from tests.browser.conftest import DESK, PHONE, Open
from tests.browser.test_accessibility import violations

SIGN_IN, KEYS = "/konto/log-ind", "/konto/noegler"


@pytest.fixture
def invitation(server: object) -> str:
    organisation = db.session.query(Organisation).first()
    assert organisation is not None
    facts = {"organisation_id": organisation.id, "rights": Rights.EDITOR}
    made = invitations.invite(f"ny{utc_now().timestamp()}@example.org", by=None, now=utc_now(), language="da", **facts)  # type: ignore[arg-type]
    db.session.commit()
    return "/" + made.link.split("/", 3)[3]


def give_device(page: Page) -> None:
    """A device with a fingerprint reader, as the browser's own tools pretend one."""
    tools = page.context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    device = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    options = {**device, "isUserVerified": True, "automaticPresenceSimulation": True}
    tools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def check(page: Page) -> None:
    for width in (PHONE, DESK):
        page.set_viewport_size({"width": width, "height": 900})
        assert violations(page) == [], page.url
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), page.url


def test_from_the_invitation_to_a_passkey_and_in_again_without_a_password(window: Open, invitation: str) -> None:
    seen = window(axe=True)
    page = seen.page
    give_device(page)
    # Passkeys belong to a name, and an address of numbers is none.
    seen.base = seen.base.replace("127.0.0.1", "localhost")
    seen.open(invitation)
    check(page)
    page.fill("#name", "Nynne Ny")
    page.click("button[name=passkey]")
    page.wait_for_url("**" + KEYS)
    check(page)
    page.fill("#name", "Min bærbare")
    page.click(f"main form[action='{KEYS}'] button[type=submit]")
    page.wait_for_url("**/konto/reservekoder")
    page.click("main form[action='/konto/reservekoder'] button")
    page.wait_for_selector("code")
    check(page)
    seen.open("/konto")
    check(page)
    page.click("main form[action='/konto/log-ud'] button")
    page.wait_for_url("**" + SIGN_IN)
    page.click("form[action='/konto/log-ind-med-noegle'] button")
    page.wait_for_url("**/organiser/**")
    assert "Nynne Ny" in page.inner_text("body")
    seen.problems[:] = [
        each for each in seen.problems if "http://localhost" not in each
    ]  # another name of the same server


def test_without_javascript_a_password_and_a_code_are_enough(window: Open) -> None:
    said = demo.facts()
    page = window(script=False).open(SIGN_IN)
    assert not page.is_visible("form[action='/konto/log-ind-med-noegle']"), "no door that does not open"
    page.fill("#email", "admin@example.org")
    page.fill("#password", said["password"])
    page.click("form[action='/konto/log-ind'] button[type=submit]")
    page.click("a[href='/dev/koder']")
    code = page.inner_text("code.key")
    page.go_back()
    page.fill("#code", code)
    page.click("main button[type=submit]")
    page.goto(page.url.split("/konto")[0].split("/staff")[0] + "/konto")
    assert "admin@example.org" in page.inner_text("main")


@pytest.mark.parametrize("path", [SIGN_IN, "/konto/ny-adgangskode"])
def test_nothing_stands_in_the_way_of_signing_in(window: Open, path: str) -> None:
    page = window(axe=True).open(path)
    check(page)
    page.emulate_media(color_scheme="dark")
    check(page)
