"""axe-core finds nothing on any page: on a phone and on a desk, in light and in dark, and nothing scrolls sideways."""

from types import SimpleNamespace

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import DESK, PHONE, Open, Watched, picture, say

PAGES = {
    "home": "/",
    "list": "/aktiviteter?page=2",
    "list-filtered": "/aktiviteter?dimension=economic&audience=adults&free=1&q=klimaa",
    "list-empty": "/aktiviteter?fra=2100-01-01&kind=volunteer",
    "subscribe": "/aktiviteter/abonner?kind=volunteer",
    "activity-free": "{free}",
    "activity-full": "{full}",
    "activity-called-off": "{called_off}",
    "activity-drop-in": "{drop_in}",
    "activity-online": "{online}",
    "activity-priced": "{priced}",
    "activity-german": "{german}",
    "activity-over": "{over}",
    "confirm": "{confirm}",
    "registration": "{confirmed}",
    "registration-waiting": "{waiting}",
    "registration-cancelled": "{cancelled}",
    "cancel": "{cancel}",
    "coming": "{coming}",
    "telling": "{telling}",
    "fewer": "{fewer}",
    "privacy": "/privatliv",
    "accessibility": "/tilgaengelighed",
    "contact": "/kontakt",
    "open-data": "/data",
    "contact-sent": "/kontakt/sendt",
    "answers": "/spoergsmaal",
    "propose": "/foreslaa",
    "propose-sent": "/foreslaa/sendt",
    "proposals": "/forslag",
    "missing": "/findes-ikke",
    "chat": "/chat",
    "mine": "/mine/ind",
    "certificate": "{certificate}",
    "follow": "/foelg?goal=13&audience=families",
    "follow-begin": "{begin_to_follow}",
    "follow-stop": "{stop_topics}",
    "mailbox": "/dev/mailbox",
    "organisation": "{organisation}",
    "sign-in": "/konto/log-ind",
    "new-password": "/konto/ny-adgangskode",
    "invitation": "{invitation}",
    "email-confirm": "{email_confirm}",
    "email-stop": "{email_stop}",
    # What begins with "account-", "import" or "staff-" is opened by somebody who may; see AS.
    "account-own": "/konto",
    "account-chat": "/konto/chat",
    "account-email": "/konto/e-mail",
    "account-password": "/konto/skift-adgangskode",
    "account-keys": "/konto/noegler",
    "account-app": "/konto/kode-app",
    "account-spare-codes": "/konto/reservekoder",
    "account-second-step": "/konto/andet-trin/vaelg",
    "import-run": "{import_run}",
    "staff-home": "/staff/",
    "staff-queue": "/staff/gennemsyn",
    "staff-review": "{review}",
    "staff-decided": "{decided}",
    "staff-organisations": "/staff/organisationer",
    "staff-organisation": "{staff_organisation}",
    "staff-organisation-new": "/staff/organisationer/ny",
    "staff-organisation-change": "{staff_organisation}/ret",
    "staff-member-remove": "{staff_member}/fjern",
    "staff-declarations": "/staff/erklaeringer",
    "staff-users": "/staff/brugere",
    "staff-user": "{user}",
    "staff-user-closed": "{closed}",
    "staff-user-admin": "{user}/giv-admin",
    "staff-user-close": "{user}/luk",
    "staff-log": "/staff/log",
    "staff-log-none": "/staff/log?q=ingenting&first=engang",
    "staff-letters": "/staff/breve",
    "staff-report": "/staff/rapport",
    "staff-questions": "/staff/spoergsmaal",
    "staff-proposals": "/staff/forslag",
    "staff-question": "{question}",
    "staff-answers": "/staff/svar?q=parkering",
    "staff-answer-new": "/staff/svar/nyt",
    "staff-calls-none": "/staff/ringes-op",
    "staff-statistics": "/staff/statistik?period=all",
    "staff-statistics-goals": "/staff/statistik/maal?kind=learning",
    "staff-statistics-features": "/staff/statistik/key-features",
    "staff-statistics-whom": "/staff/statistik/hvem",
    "staff-statistics-attendance": "/staff/statistik/fremmoede",
    "staff-statistics-large": "/staff/statistik/lysbillede?period=all",
    "staff-statistics-large-goals": "/staff/statistik/lysbillede?period=all&side=goals",
    "staff-certificate-find": "/staff/beviser",
    "staff-cycle": "{chosen_year}",
    "staff-cycle-choose": "{chosen_year}/vaelg",
    "staff-feature": "/staff/key-features/kf-literacy",
    "staff-indicator": "{indicator}",
    "staff-indicator-change": "{indicator}/ret",
    "staff-unesco-list": "/staff/unesco-liste",
    "staff-population": "/staff/befolkning",
    "staff-feature-correct": "/staff/key-features/kf-literacy/ret",
}
# Who opens a page: the first beginning of its name that is here decides; nobody is signed in on all others.
AS = {"account-": "organiser", "import": "organiser", "staff-": "admin"}
# The organisers' room: addresses from the fixture `room_places`.
ROOM_PAGES = {
    "room-home": "/organiser/",
    "room-activities": "/organiser/aktiviteter",
    "room-publish": "{own}",
    "room-dates": "{dates}",
    "room-date": "{date}",
    "room-date-new": "{dates}/ny",
    "room-date-remove": "{remove}",
    "room-date-reinstate": "{reinstate}",
    "room-series-new": "{dates}/serie",
    "room-series": "{series}",
    "room-shift-new": "{dates}/opgaver/ny",
    "room-shift": "{role}",
    "room-reminders": "{own}/paamindelser",
    "room-reminder": "{own}/paamindelser/day",
    "room-reminder-new": "{own}/paamindelser/ny",
    "room-reminder-feedback": "{own}/paamindelser/feedback",
    "room-told": "{own}/tilbagemeldinger",
    "room-poster": "{own}/opslag",
    "room-call-off": "{own}/aflys",
    "room-called-off": "{off}",
    "room-reinstate": "{off}/genoptag",
    "room-check-in": "{check_in}",
    "room-check-in-links": "{check_in}/links",
    "room-check-in-hours": "{check_in}/timer",
    "room-import": "/organiser/import",
    "room-import-run": "{run}",
    "room-feeds": "/organiser/import/adresser",
    "room-members": "/organiser/medlemmer",
    "room-member-remove": "{member}/fjern",
}
DARK_ROOMS = {
    "room-check-in",
    "account-own", "import-run", "staff-home", "staff-review", "staff-organisation", "staff-user", "staff-log", "staff-letters",
    "staff-question", "room-home", "room-activities", "room-publish", "room-dates", "room-series", "room-members",
    "staff-statistics-features", "staff-statistics-large-goals",
}  # fmt: skip
KEY = ("home", "list-empty", "activity-full", "chat", "registration", "mine")

_AXE = """
async ([rules, colours]) => {
  const options = { resultTypes: ["violations"], preload: false, ...(rules.length && { runOnly: rules }),
    rules: { "color-contrast": { enabled: colours } } };
  return (await axe.run(document, options)).violations.map((each) => `${each.id}: ` +
    each.nodes.slice(0, 3).map((node) => `${node.target.join(" ")} | ${node.failureSummary}`).join("; "));
}
"""
# Each element with words that are seen, under all that its contrast comes from: its letters, and each ground that they stand on.
# What is taken out of the flow may stand on anything, and is known by its name.
_LOOKS = """
() => {
  const grounds = new Map([[null, ""]]), looks = window.looks = new Map();
  const ground = (element) => {
    if (!grounds.has(element)) {
      const style = getComputedStyle(element), below = ground(element.parentElement);
      const own = [style.backgroundColor, style.backgroundImage, style.opacity].join();
      const lifted = style.position === "static" || style.position === "relative" ? "" : `${element.localName}.${element.classList}`;
      grounds.set(element, own === "rgba(0, 0, 0, 0),none,1" && !lifted ? below : `${below}/${own}${lifted}`);
    }
    return grounds.get(element);
  };
  for (const element of document.body.querySelectorAll("*")) {
    const says = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
    if ((!says && !element.matches("input, select, textarea")) || !element.checkVisibility({ visibilityProperty: true })) continue;
    const style = getComputedStyle(element);
    const look = [ground(element), style.color, style.fontSize, style.fontWeight, style.textShadow,
      element.matches(":disabled, [aria-disabled=true]"), element.getBoundingClientRect().width > 1].join("|");
    looks.has(look) ? looks.get(look).push(element) : looks.set(look, [element]);
  }
  return [...looks.keys()];
}
"""
_CONTRAST = """
async (fresh) => {
  const options = { resultTypes: ["violations"], preload: false, runOnly: ["color-contrast"] };
  const { violations } = await axe.run(fresh.flatMap((each) => window.looks.get(each)), options);
  return violations.flatMap((each) => each.nodes).slice(0, 3).map((node) =>
    `color-contrast: ${node.target.join(" ")} | ${node.failureSummary}`);
}
"""
# What was judged already on this or another page, and found to be well.
_WELL: set[str] = set()


def violations(page: Page, *rules: str, colours: bool = True) -> list[str]:
    """What axe-core has to say about the page as it stands: by all its rules or by these, and of its colours if asked to."""
    page.wait_for_load_state()  # who pressed something may have a page before them that has only begun
    found: list[str] = page.evaluate(_AXE, [list(rules), colours])
    return found


def poor_colours(page: Page) -> list[str]:
    """What axe-core has to say of colours that were on no page before.

    To judge colours is a good part of the work, and all pages are made of the same ones: letters of the same colour, size and
    weight on the same grounds are judged once.
    """
    looks = page.evaluate(_LOOKS)
    fresh = [each for each in looks if each not in _WELL]
    found: list[str] = page.evaluate(_CONTRAST, fresh) if fresh else []
    if not found:
        _WELL.update(fresh)
    return found


def in_turn(page: Page) -> tuple[int, int]:
    """A phone and a desk, beginning with what the window is: for who looks at one page after the other."""
    size = page.viewport_size
    return (PHONE, DESK) if size and size["width"] == PHONE else (DESK, PHONE)


def look(seen: Watched, name: str, *, widths: tuple[int, ...] = (PHONE, DESK), dark: bool = True) -> list[str]:
    """What is wrong with the page as it stands, on a phone and on a desk, in light and in dark.

    Colours do not depend on the width: they are looked at once in light and once in dark, at the largest of `widths`.
    """
    page, found = seen.page, []
    for width in widths:
        if page.viewport_size is None or page.viewport_size["width"] != width:
            page.set_viewport_size({"width": width, "height": 844 if width == PHONE else 900})
        found += [f"{name} {width}: {each}" for each in violations(page, colours=False)]
        picture(page, f"{name}-{width}")
        over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if over > 0:
            found.append(f"{name} {width}: scrolls {over} px sideways")
        if width < max(widths):
            continue
        found += [f"{name} {width}: {each}" for each in poor_colours(page)]
        if dark:
            page.emulate_media(color_scheme="dark")
            found += [f"{name} {width} dark: {each}" for each in poor_colours(page)]
            picture(page, f"{name}-{width}-dark")
            page.emulate_media(color_scheme="light")
    return found


def test_the_looking_itself_works(window: Open) -> None:
    page = window(axe=True).open("/aktiviteter")
    page.evaluate("document.querySelector('label[for=q]').remove(); document.documentElement.lang = ''")
    page.evaluate("document.querySelector('h1').style.color = '#ddd'")
    found = " ".join(violations(page))
    assert "html-has-lang" in found and "label" in found and "color-contrast" in found


def test_colours_are_judged_wherever_they_are_new(window: Open) -> None:
    seen = window(axe=True)
    page = seen.open("/tilgaengelighed")
    assert look(seen, "first") == [] == look(seen, "again")
    page.evaluate("document.querySelector('main p').style.color = '#ddd'")
    (light,) = look(seen, "pale")
    assert light.startswith(f"pale {DESK}: color-contrast: ") and look(seen, "pale") == [light], "what is poor stays so"
    seen.open("/tilgaengelighed")
    page.evaluate("document.querySelector('main').style.backgroundColor = '#333'")
    assert f"ground {DESK}: color-contrast: h1 " in " ".join(look(seen, "ground", dark=False))
    seen.open("/tilgaengelighed")
    sheet = "const sheet = new CSSStyleSheet(); document.adoptedStyleSheets = [sheet]; sheet.replaceSync"
    page.evaluate(f"() => {{ {sheet}('@media (prefers-color-scheme: dark) {{ main h1 {{ color: #222 }} }}') }}")
    (dark,) = look(seen, "night")
    assert dark.startswith(f"night {DESK} dark: color-contrast: ")


def test_what_only_one_width_shows_is_judged_by_all_rules(window: Open) -> None:
    seen = window(axe=True)
    page = seen.open("/tilgaengelighed")
    assert look(seen, "known", dark=False) == []
    page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<p id=wide><button></button></p>')")
    sheet = "const sheet = new CSSStyleSheet(); document.adoptedStyleSheets = [sheet]; sheet.replaceSync"
    page.evaluate(f"() => {{ {sheet}('@media (max-width: 800px) {{ #wide {{ display: none }} }}') }}")
    assert [each.split(":")[0] for each in look(seen, "new", dark=False) if "button-name" in each] == [f"new {DESK}"]


def opened_by(name: str) -> str:
    """Who opens the page of this name: somebody among `places.cookies`, or "" for a stranger."""
    return next((who for beginning, who in AS.items() if name.startswith(beginning)), "")


@pytest.mark.parametrize("who", ["", "organiser", "admin"])
def test_no_page_has_a_violation(window: Open, places: SimpleNamespace, who: str) -> None:
    seen, found = window(axe=True), []
    if who:
        cookie = {"name": "engage", "value": places.cookies[who], "url": seen.base}
        seen.page.context.add_cookies([cookie])  # type: ignore[list-item]
    looked = 0
    for name, path in PAGES.items():
        if opened_by(name) != who:
            continue
        page = seen.open(path.format(**vars(places)))
        assert not who or "/konto/log-ind" not in page.url, f"{name}: {page.url}"
        # The rooms are made of a few parts, which are seen in dark on the pages that have most of them.
        found += look(seen, name, widths=in_turn(page), dark=not who or name in DARK_ROOMS)
        looked += 1
    assert looked > 5
    assert found == []


def test_no_page_of_the_organisers_has_a_violation(room: Open, room_places: SimpleNamespace) -> None:
    seen, found = room(axe=True), []
    for name, path in ROOM_PAGES.items():
        page = seen.open(path.format(**vars(room_places)))
        assert page.locator(".room-menu").count() == 1, name
        for fold in page.locator("main details:not([open]) > summary").all():
            if fold.is_visible():
                fold.click()
        found += look(seen, name, widths=in_turn(page), dark=name in DARK_ROOMS)
    assert found == []


def test_a_ticket_has_no_violation(window: Open, room_places: SimpleNamespace) -> None:
    seen = window(axe=True)
    seen.open(room_places.ticket)
    assert look(seen, "ticket") == []


@pytest.mark.parametrize("language", ["en", "de"])
def test_no_key_page_has_one_in_another_language(window: Open, places: SimpleNamespace, language: str) -> None:
    seen = window(axe=True)
    seen.open(f"/?lang={language}")
    for name in KEY:
        page = seen.open(PAGES[name].format(**vars(places)))
        assert page.locator("html").get_attribute("lang") == language
        assert look(seen, f"{language}-{name}", widths=(PHONE,), dark=False) == []


def test_no_state_of_the_form_has_one(window: Open, places: SimpleNamespace) -> None:
    seen = window(axe=True)
    page = seen.open(places.own)
    page.locator("#submit-words").click()
    page.wait_for_selector("[data-error-summary]")
    assert look(seen, "form-errors") == []
    page.fill("#name", "Anna Holm")
    page.fill("#email", "anna.holm@example.org")
    page.locator("#submit-words").click()
    page.wait_for_url("**/tilmelding/modtaget")
    assert look(seen, "received") == []


def test_no_state_of_a_sign_up_has_one(window: Open, places: SimpleNamespace) -> None:
    seen = window(axe=True)
    page = seen.open(places.last_cancel)
    page.locator("main form button").click()
    page.wait_for_load_state()
    assert look(seen, "cancelled") == []
    seen.open("/dev/mailbox").locator("main table a").first.click()
    shown = page.frame_locator("iframe.mail-frame").locator("body")
    assert shown.locator("h1").inner_text() in page.locator("main").inner_text(), "the mail is seen as it looks"
    assert look(seen, "mail") == []


def test_no_state_of_the_talk_has_one(window: Open, places: SimpleNamespace) -> None:
    seen = window(axe=True)
    page = seen.open("/chat")
    for number, words in enumerate(("noget om klima", "tilmeld mig", "asdf qwerty", "asdf qwerty"), 1):
        say(page, words)
        assert look(seen, f"chat-{number}") == []
    seen.open("/aktiviteter").locator("[data-chat-door]").last.click()
    page.wait_for_selector("dialog.drawer .line-city")
    assert violations(page) == []
    picture(page, "drawer-1280", whole=False)
    page.keyboard.press("Escape")
    page.set_viewport_size({"width": PHONE, "height": 844})
    page.locator(".filters-open").click()
    page.wait_for_selector("[data-filters][role=dialog]")
    assert violations(page) == []
    picture(page, "filters-390", whole=False)


def test_no_state_of_ones_own_page_has_one(window: Open, places: SimpleNamespace) -> None:
    seen = window(axe=True)
    page = seen.open("/mine")
    assert look(seen, "mine-entrance") == []
    page.locator("main form button").click()
    page.wait_for_selector("[data-error-summary]")
    assert look(seen, "mine-entrance-errors", dark=False) == []
    page.fill("#email", places.own_email)
    page.locator("main form button").click()
    page.wait_for_url("**/mine/sendt")
    assert look(seen, "mine-sent", dark=False) == []
    seen.open(places.enter)
    assert look(seen, "mine-door", dark=False) == []
    page.locator("main form button").click()
    page.wait_for_url("**/mine")
    assert page.locator(".own-asked article").count() == 1
    assert look(seen, "mine") == []
    for name, path in places.own_pages.items():
        seen.open(path)
        assert look(seen, f"mine-{name}", widths=in_turn(page), dark=name in {"offer", "settings"}) == []
    seen.open("/mine/kalender").locator("main form button").first.click()
    page.wait_for_selector("#address")
    assert look(seen, "mine-calendar") == []
    seen.open("/mine/chat").locator("main form button").first.click()
    page.wait_for_selector(".own-code")
    page.locator("details summary").click()
    assert look(seen, "mine-chat-code") == []
    words = page.locator(".own-code").inner_text()
    seen.open("/chat")
    say(page, words)
    say(page, "ja")
    assert look(seen, "mine-chat-talk", dark=False) == []
    seen.open("/mine/chat")
    assert look(seen, "mine-chat-answered") == []
    page.locator("main form button").first.click()
    page.wait_for_selector("main .row")
    assert look(seen, "mine-chat-linked") == []
    page.locator(".own-leave button").click()
    page.wait_for_url("**/mine/farvel")
    assert look(seen, "mine-left", dark=False) == []
    seen.open(places.link)
    assert look(seen, "mine-link", dark=False) == []
