"""Publishing as an organiser does it: on a phone without JavaScript, and on a desk with the page saving by itself."""

from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import Page, expect
from sqlalchemy import select

from engage.accounts import Organisation, User
from engage.activities import publishing
from engage.activities.models import Activity, ActivityState
from engage.base.clock import utc_now
from engage.base.db import db
from tests.accounts.cast import account
from tests.browser.conftest import DESK, PHONE, Open, picture
from tests.browser.test_accessibility import look

_FRAMED = (
    "() => document.querySelector('[data-frame]').contentDocument?.querySelector('h1')?.textContent === 'Klima og vand'"
)
NEW = "/organiser/aktiviteter/ny"


@pytest.fixture
def photograph(tmp_path: object) -> Iterator[dict[str, object]]:
    out = BytesIO()
    Image.effect_mandelbrot((900, 700), (-2, -1.5, 1, 1.5), 50).convert("RGB").save(out, "JPEG")
    yield {"name": "strand.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def begin(page: Page, title: str) -> None:
    """The first page: what, when, where."""
    page.fill("#title_da", title)
    page.fill("#day", (utc_now() + timedelta(days=20)).date().isoformat())
    page.fill("#begins", "17:00")
    page.fill("#ends", "19:00")
    page.check("#where-new", force=True)
    page.fill("#place_name", "Klubhuset")
    page.fill("#place_street", "Havnevej 1")
    page.fill("#place_postal_code", "6400")
    page.fill("#place_town", "Byen")
    page.fill("#summary_da", "Vi samler plastik og affald ved havet.")
    page.locator("main form button[type=submit]").last.click()
    page.wait_for_selector("[data-publish]")


def pause(page: Page) -> None:
    """Let the seconds pass after which the page saves by itself; its clock must be ours (`page.clock.install()`)."""
    page.clock.fast_forward(2500)


def tick(page: Page, *boxes: str) -> None:
    for box in boxes:
        page.check(box, force=True)


def stored(title: str) -> Activity:
    db.session.rollback()
    found = db.session.scalars(select(Activity).where(Activity.texts.any(title=title))).one()
    db.session.refresh(found)
    return found


def test_on_a_phone_without_javascript_an_activity_is_published(
    room: Open, writer: User, photograph: dict[str, object]
) -> None:
    seen = room(width=PHONE, script=False)
    page = seen.open("/organiser/")
    page.locator(f"a[href='{NEW}']").first.click()
    begin(page, "Strandrensning uden skript")
    assert page.locator("#sdgs-14").is_checked() is False
    page.locator("[name=do][value=submit]").click()
    gaps = page.locator("[data-error-summary] a")
    expect(gaps, "goal, dimension and audience are asked for").to_have_count(3)
    gaps.first.click()
    page.wait_for_url("**/*#audiences")
    tick(page, "#sdgs-14", "#dimensions-environmental", "#audiences-families", "#write-de")
    page.fill("#title_de", "Strandputz")
    page.fill("#summary_de", "Wir sammeln Plastik.")
    page.set_input_files("#picture", photograph)  # type: ignore[arg-type]
    page.fill("#picture_alt_da", "To børn med en sæk")
    page.locator("[name=do][value=submit]").click()
    expect(page.locator("[data-error-summary] a[href='#picture_alt_de']")).to_have_count(1)
    page.fill("#picture_alt_de", "Zwei Kinder mit einem Sack")
    page.locator("[name=do][value=submit]").click()
    expect(page.locator("[data-publish]"), "it is handed in").to_have_count(0)
    activity = stored("Strandrensning uden skript")
    assert activity.state == ActivityState.IN_REVIEW
    publishing.approve(activity, writer.id, utc_now())
    db.session.commit()
    date = activity.occurrences[0]
    shown = seen.open(f"/aktiviteter/{activity.public_id}/{activity.slug}/{date.public_id}")
    image = shown.locator(".activity-picture")
    assert image.get_attribute("alt") == "To børn med en sæk"
    assert shown.evaluate("document.querySelector('.activity-picture').naturalWidth") > 0


def test_on_a_desk_the_page_saves_by_itself_and_shows_what_it_will_look_like(room: Open) -> None:
    seen = room(own=True)
    seen.page.clock.install()
    page = seen.open(NEW)
    begin(page, "Klima med skript")
    page.fill("#summary_da", "Hvad gør vi ved klimaet og vandet i åen?")
    pause(page)
    page.wait_for_function("() => document.querySelector('[data-saved]').textContent !== ''")
    assert stored("Klima med skript").texts[0].summary == "Hvad gør vi ved klimaet og vandet i åen?"
    page.wait_for_selector("#sdgs-6")
    assert "klimaet" in page.locator("#sdgs-13-why").inner_text()
    page.locator("label[for=sdgs-13]").click()
    pause(page)
    page.wait_for_function("() => !document.querySelector('#missing-sdgs').textContent")
    assert stored("Klima med skript").sdgs == [13]
    page.fill("#title_da", "Klima og vand")
    pause(page)
    page.wait_for_function(
        "() => document.querySelector('.publish-aside .activity-title').textContent.includes('vand')"
    )
    assert page.locator("#title_da").evaluate("element => element === document.activeElement"), (
        "nothing takes the focus"
    )
    page.wait_for_function(_FRAMED)
    picture(page, "publish-saved-1280", whole=False)


def test_two_windows_do_not_overwrite_each_other(room: Open, organisation: Organisation) -> None:
    window = room(own=True)
    window.page.clock.install()
    mine = window.open(NEW)
    begin(mine, "Begge skriver")
    other = room(account("Ole Dam", member_of=[organisation])).open(mine.url.split("/", 3)[3].join(["/", ""]))
    other.fill("#title_da", "Oles titel")
    other.locator("[name=do][value=save]").last.click()
    other.wait_for_load_state()
    mine.fill("#title_da", "Bentes titel")
    pause(mine)
    mine.wait_for_selector(".saved-not")
    assert "Ole Dam" in mine.locator("[data-saved]").inner_text()
    mine.locator("[name=do][value=save]").last.click()
    mine.wait_for_selector(".alert-warning")
    assert mine.input_value("#title_da") == "Bentes titel"
    assert "Oles titel" in mine.locator(".alert-warning").inner_text()
    mine.locator("[name=do][value=save]").last.click()
    mine.wait_for_load_state()
    assert stored("Bentes titel")


def test_pressing_the_button_while_it_saves_by_itself_is_no_conflict(room: Open) -> None:
    window = room(own=True)
    window.page.clock.install()
    page = window.open(NEW)
    begin(page, "Hurtige fingre")
    page.route("**/organiser/aktiviteter/*", lambda route: (page.wait_for_timeout(300), route.continue_())[1])
    page.fill("#body_da", "Mere om det.")
    pause(page)
    page.locator("[name=do][value=save]").last.click()
    page.wait_for_url("**saved=1*")
    assert stored("Hurtige fingre").texts[0].body == "Mere om det."


def test_no_page_of_the_room_has_a_violation(room: Open, writer: User) -> None:
    seen = room(axe=True)
    found = []
    seen.open(NEW)
    found += look(seen, "publish-start")
    page = seen.open(NEW)
    page.set_viewport_size({"width": DESK, "height": 900})
    page.locator("main form button[type=submit]").last.click()
    page.wait_for_selector("[data-error-summary]")
    found += look(seen, "publish-start-errors")
    page = seen.open(NEW)
    begin(page, "Til at se på")
    address = page.url.split("/", 3)[3]
    tick(page, "#write-de")
    found += look(seen, "publish")
    page.locator("[name=do][value=submit]").click()
    page.wait_for_selector("[data-error-summary]")
    found += look(seen, "publish-errors")
    for name in ("forhaandsvisning", "slet"):
        seen.open(f"/{address.split('?')[0]}/{name}")
        found += look(seen, f"publish-{name}")
    page = seen.open(f"/{address.split('?')[0]}")
    tick(page, "#sdgs-14", "#dimensions-environmental", "#audiences-families")
    page.locator("[name=do][value=submit]").click()
    page.wait_for_load_state()
    found += look(seen, "publish-in-review")
    published = db.session.scalars(
        select(Activity).where(Activity.organisation_id == writer.memberships[0].organisation_id,
                               Activity.state == ActivityState.PUBLISHED)
    ).first()  # fmt: skip
    assert published is not None
    seen.open(f"/organiser/aktiviteter/{published.public_id}")
    found += look(seen, "publish-published")
    assert found == []
