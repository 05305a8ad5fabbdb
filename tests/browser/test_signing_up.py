"""Signing up in its richer shapes as people do it: on a phone, from a mail, and with what the script adds."""

import re
from types import SimpleNamespace

from playwright.sync_api import Page, expect

from engage.base.db import db
from engage.registrations import Registration, State
from tests.browser.conftest import PHONE, Open, Watched, picture
from tests.browser.test_accessibility import look
from tests.journeys.server import PATIENCE

FORMS = (
    "form_group",
    "form_class",
    "form_roles",
    "form_dates",
    "form_course",
    "form_line",
    "form_not_yet",
    "form_closed",
)
OWN = ("offer", "offered", "offer_over", "take")


def registered(email: str) -> Registration | None:
    db.session.rollback()
    return db.session.query(Registration).filter_by(email=email).one_or_none()


def open_the_mail(seen: Watched, address: str, subject: str, way: str) -> Page:
    """Wait for the mail to this address that begins so, whatever else came there, and follow its link to `way`."""
    page = seen.open("/dev/mailbox")
    mail = page.locator("main table tr", has_text=address).filter(has_text=subject)
    for _each in range(int(PATIENCE * 2)):
        if mail.count():
            break
        page.wait_for_timeout(500)
        page.reload()
    mail.locator("a").first.click()
    page.wait_for_selector("iframe.mail-frame")
    link = page.frame_locator("iframe.mail-frame").locator(f"a[href*='{way}']").first.get_attribute("href")
    assert link
    return seen.open("/" + link.split("/", 3)[3])


def test_no_shape_of_the_form_has_a_violation(window: Open, places: SimpleNamespace) -> None:
    seen, found = window(axe=True), []
    for name in FORMS:
        seen.open(vars(places)[name])
        found += look(seen, name.replace("_", "-"))
    assert found == []


def test_no_shape_of_the_form_has_one_after_it_came_back(window: Open, places: SimpleNamespace) -> None:
    seen, found = window(axe=True), []
    for name in ("form_group", "form_class", "form_roles", "form_dates"):
        page = seen.open(vars(places)[name])
        page.locator("#submit-words").click()
        page.wait_for_selector("[data-error-summary]")
        found += look(seen, f"{name}-errors".replace("_", "-"), widths=(PHONE,))
    assert found == []


def test_no_page_of_a_sign_up_that_waits_for_an_answer_has_one(window: Open, places: SimpleNamespace) -> None:
    seen, found = window(axe=True), []
    for name in OWN:
        seen.open(vars(places)[name])
        found += look(seen, name.replace("_", "-"))
    seen.open("/aktiviteter?kind=volunteer&needed=1")
    found += look(seen, "needed")
    assert found == []


def test_somebody_signs_up_to_help_on_a_phone(window: Open, places: SimpleNamespace) -> None:
    seen = window(width=PHONE)
    page = seen.open("/aktiviteter?kind=volunteer&needed=1")
    page.get_by_role("link", name="Strandrens ved fjorden").click()
    page.locator(".jump .button").click()
    page.wait_for_selector("#name")
    expect(page.locator("#vetted_on"), "no certificate is asked for before a task is chosen").to_be_hidden()
    page.fill("#name", "Hanne Hjælper")
    page.fill("#email", "hanne.hjaelper@example.org")
    page.locator("#submit-words").click()
    page.wait_for_selector("[data-error-summary]")
    page.locator("[data-error-summary] a[href='#role']").click()
    assert page.evaluate("document.activeElement.closest('fieldset').id") == "role"
    page.get_by_label("Kaffe og kage").check()
    assert not page.locator("#vetted_on").is_visible()
    page.get_by_label("Børnehold").check()
    assert page.locator("#vetted_on").is_visible(), "this task needs one"
    page.fill("#vetted_on", "2026-02-01")
    picture(page, "helping-390")
    page.locator("#submit-words").click()
    page.wait_for_url("**/tilmelding/modtaget")
    page = open_the_mail(seen, "hanne.hjaelper@example.org", "Bekræft", "/bekraeft/")
    page.locator("main form button").click()
    page.wait_for_url(re.compile("/tilmelding/"))
    expect(page.locator(".alert-success")).to_have_count(1)
    assert "Børnehold" in page.locator("main").inner_text()
    found = registered("hanne.hjaelper@example.org")
    assert found is not None and found.state == State.CONFIRMED and str(found.vetted_on) == "2026-02-01"


def test_an_offer_is_accepted_from_its_mail_on_a_phone(window: Open, places: SimpleNamespace) -> None:
    seen = window(width=PHONE)
    page = open_the_mail(seen, places.mailed, "En plads til dig", "/tilbud/")
    held = registered(places.mailed)
    assert held is not None and held.state == State.OFFERED, "opening the page takes nothing"
    page.locator("main form.box button").click()
    page.wait_for_selector("[data-error-summary]")
    picture(page, "offer-asked-390")
    page.get_by_label("Nej").check()
    page.locator("main form.box button").click()
    page.wait_for_url(re.compile("/tilmelding/"))
    expect(page.locator(".alert-success")).to_have_count(1)
    taken = registered(places.mailed)
    assert taken is not None and taken.state == State.CONFIRMED and list(taken.answers.values()) == [False]


def test_lines_and_questions_follow_what_is_chosen(window: Open, places: SimpleNamespace) -> None:
    page = window(width=PHONE).open(places.form_group)
    bikes = page.get_by_label("Hvor mange cykler har I med?")
    assert page.locator(".companion").count() == 2 and not bikes.is_visible()
    page.fill("#companions-0-name", "Karen")
    page.select_option("#seats", "4")
    assert page.locator(".companion").count() == 4
    assert page.locator("#companions-3-name").input_value() == "" and page.input_value("#companions-0-name") == "Karen"
    assert "4" in page.locator("#companions-3 legend").inner_text()
    assert "4" in page.locator("#submit-words").inner_text()
    page.select_option("#seats", "3")
    assert page.locator(".companion").count() == 3 and page.input_value("[name=rows]") == "3"
    page.get_by_role("radio", name="Nej", exact=True).check()
    assert bikes.is_visible()
    page.get_by_role("radio", name="Ja", exact=True).check()
    assert not bikes.is_visible()


def test_without_a_script_a_whole_group_signs_up_all_the_same(window: Open, places: SimpleNamespace) -> None:
    page = window(script=False, width=PHONE).open(places.form_group)
    page.fill("#name", "Uden Skript")
    page.fill("#email", "gruppe.uden@example.org")
    page.select_option("#seats", "3")
    page.get_by_label("Tang").check()
    for number in range(2):
        page.fill(f"#companions-{number}-name", f"Barn {number}")
        page.fill(f"#companions-{number}-age", "9")
    page.locator("#submit-words").click()
    page.wait_for_selector("#companions-2-name")
    assert page.locator("[data-error-summary]").count() == 0, "there was no third line to fill in"
    page.fill("#companions-2-name", "Barn 2")
    page.fill("#companions-2-age", "9")
    page.locator("#submit-words").click()
    page.wait_for_url("**/tilmelding/modtaget")
    found = registered("gruppe.uden@example.org")
    assert found is not None and [each["name"] for each in found.companions] == ["Barn 0", "Barn 1", "Barn 2"]
