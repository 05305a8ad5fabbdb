"""Using it as people do: with the keyboard alone, without JavaScript, on a slow line."""

from types import SimpleNamespace

import pytest
from playwright.sync_api import Page, expect

from engage.base.db import db
from engage.registrations import Registration
from tests.browser.conftest import PHONE, Open, say

# What a first visit may weigh, compressed, with fonts, styles and scripts.
HEAVIEST = 120 * 1024


def focused(page: Page, expression: str = "element.id || element.className || element.tagName") -> str:
    """What has the focus."""
    return str(page.evaluate(f"(element => {expression})(document.activeElement)"))


def tab_to(page: Page, selector: str, most: int = 60) -> None:
    """Press Tab until the focus is on `selector`, and see that it can be seen there."""
    for _each in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            shown = page.evaluate(
                """() => { const style = getComputedStyle(document.activeElement);
                   return style.outlineStyle !== "none" || style.boxShadow !== "none"; }"""
            )
            assert shown, f"nobody sees that {selector} has the focus"
            return
    raise AssertionError(f"{selector} cannot be reached with Tab")


def registered(email: str) -> Registration | None:
    db.session.rollback()
    return db.session.query(Registration).filter_by(email=email).one_or_none()


def test_the_keyboard_alone_signs_up(window: Open, places: SimpleNamespace) -> None:
    page = window().open(places.own)
    tab_to(page, "#name")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-error-summary]")
    assert page.evaluate("document.activeElement.hasAttribute('data-error-summary')"), "the summary is read first"
    tab_to(page, "[data-error-summary] a", 3)
    page.keyboard.press("Enter")
    assert focused(page) == "name"
    page.keyboard.type("Tastatur Jensen")
    tab_to(page, "#email", 2)
    page.keyboard.type("tastatur@example.org")
    tab_to(page, "#seats", 2)
    page.keyboard.press("ArrowDown")
    words = page.locator("#submit-words").inner_text()
    assert "2" in words, "the button says what happens"
    tab_to(page, "#submit-words", 2)
    page.keyboard.press("Enter")
    page.wait_for_url("**/tilmelding/modtaget")
    found = registered("tastatur@example.org")
    assert found is not None and (found.name, found.seats) == ("Tastatur Jensen", 2)


def test_the_first_tab_offers_to_skip_to_the_content(window: Open) -> None:
    page = window().open("/aktiviteter")
    page.keyboard.press("Tab")
    assert "skipnav" in focused(page)
    box = page.locator(".skipnav").bounding_box()
    assert box is not None and box["x"] >= 0 and box["y"] >= 0, "it shows itself when it has the focus"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_a_double_click_signs_up_once(window: Open, places: SimpleNamespace) -> None:
    page = window().open(places.own)
    page.fill("#name", "Dobbelt Klik")
    page.fill("#email", "dobbelt@example.org")
    page.locator("#submit-words").dblclick()
    page.wait_for_url("**/tilmelding/modtaget")
    assert registered("dobbelt@example.org")


def test_the_chat_works_with_javascript_and_never_reloads(window: Open, places: SimpleNamespace) -> None:
    page = window().open("/chat")
    page.evaluate("window.stayed = true")
    say(page, "noget om klima")
    assert focused(page) == "text" and page.input_value("#text") == ""
    assert page.locator(".chat-card").count() > 0
    before = page.locator(".line").count()
    page.locator(".chat-card .chat-buttons button").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_function("count => document.querySelectorAll('.line').length >= count + 2", arg=before)
    assert page.evaluate("window.stayed")
    lines = page.locator(".line").all_inner_texts()
    page.reload()
    assert page.locator(".line").count() == len(lines), "what was said is there after a reload"


def test_old_buttons_are_gone_once_something_new_was_said(window: Open) -> None:
    page = window().open("/chat")
    say(page, "noget om klima")
    say(page, "hjælp")
    last = page.locator(".line").last
    assert page.locator("[data-buttons]").count() == last.locator("[data-buttons]").count() > 0


def test_without_javascript_one_finds_signs_up_and_talks(window: Open, places: SimpleNamespace) -> None:
    page = window(script=False, width=PHONE).open("/aktiviteter")
    page.locator(".filters-open").click()
    page.locator("#filter").get_by_role("checkbox").first.check()
    page.locator("#filter button[type=submit]").click()
    page.wait_for_url("**dimension=**")
    page.goto(page.url.split("/aktiviteter")[0] + places.own)
    page.locator("#submit-words").click()
    expect(page.locator("[data-error-summary] a")).to_have_count(2)
    page.fill("#name", "Uden Skript")
    page.fill("#email", "uden@example.org")
    page.locator("#submit-words").click()
    page.wait_for_url("**/tilmelding/modtaget")
    assert registered("uden@example.org")
    page.locator("a[href='/chat']").first.click()
    page.fill("#text", "noget om klima")
    page.locator("[data-composer] button").click()
    expect(page.locator(".chat-card").first).to_be_visible()
    page.locator("button[name=action][value^='find:show']").first.click()
    expect(page.locator("button[name=action][value^='find:again']")).to_have_count(1)


def test_a_line_that_does_not_arrive_is_said_and_kept(window: Open) -> None:
    seen = window()
    page = seen.open("/chat")
    page.route("**/chat", lambda route: route.abort())
    page.fill("#text", "noget om klima")
    page.press("#text", "Enter")
    page.wait_for_selector("[data-problem]:not([hidden])")
    assert page.input_value("#text") == "noget om klima"
    seen.problems.clear()


def test_the_drawer_opens_and_closes_by_keyboard_and_gives_the_focus_back(window: Open) -> None:
    page = window().open("/aktiviteter")
    tab_to(page, ".chat-door", 200)
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog.drawer[open] .line-city")
    assert page.url.endswith("/aktiviteter"), "the page behind stays"
    page.wait_for_function("() => document.activeElement.id === 'text'")
    page.keyboard.type("noget om klima")
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog.drawer .chat-card")
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog.drawer:not([open])", state="attached")
    page.wait_for_function("() => document.activeElement.matches('.chat-door')")
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog.drawer[open] .chat-card")
    page.go_back()
    page.wait_for_selector("dialog.drawer:not([open])", state="attached")
    assert page.url.endswith("/aktiviteter"), "going back closes the drawer and not the page"


def test_the_filter_sheet_of_a_phone_has_the_manners_of_a_dialog(window: Open) -> None:
    page = window(width=PHONE).open("/aktiviteter")
    page.locator(".filters-open").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-filters][role=dialog]")
    for _each in range(8):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement === document.body || "
                             "document.querySelector('[data-filters]').contains(document.activeElement)")  # fmt: skip
    page.keyboard.press("Escape")
    page.wait_for_function("() => document.activeElement.matches('.filters-open')")


@pytest.mark.parametrize("name", ["/", "/aktiviteter", "{free}", "/chat"])
def test_a_first_visit_is_light(window: Open, places: SimpleNamespace, name: str) -> None:
    page = window(width=PHONE, own=True).page
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    sizes: list[float] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    window_url = places.base + name.format(**vars(places))
    page.goto(window_url, wait_until="networkidle")
    assert len(sizes) >= 7, "page, styles, scripts and fonts were counted"
    assert sum(sizes) <= HEAVIEST, f"{name} weighs {sum(sizes) / 1024:.0f} KB"


def test_nothing_to_press_is_too_small_for_a_thumb(window: Open, places: SimpleNamespace) -> None:
    seen = window(width=PHONE)
    small = []
    for path in ("/", places.own, "/chat", places.cancel):
        page = seen.open(path)
        found = page.evaluate(
            """() => [...document.querySelectorAll("button, .button, input:not([type=hidden]):not([type=checkbox]), select")]
              .filter((each) => each.offsetParent && each.getBoundingClientRect().height < 43.5)
              .map((each) => `${each.outerHTML.slice(0, 80)}: ${each.getBoundingClientRect().height}`)"""
        )
        small += [f"{path}: {each}" for each in found]
    assert small == []
