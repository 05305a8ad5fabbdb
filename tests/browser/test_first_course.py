"""From the invitation's mail to a published weekly course with shifts in two languages, as a new organiser does it alone.

What counts is that nobody needs help: each step is found on the page one stands on, and all of it takes under five minutes.
"""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from playwright.sync_api import Dialog, Page
from sqlalchemy import select

from engage.accounts import Organisation, Rights, invitations
from engage.activities import dates, shifts
from engage.activities.models import Activity, ActivityState
from engage.base.clock import utc_now
from engage.base.db import db
from tests.browser import conftest
from tests.browser.conftest import DESK, PHONE, Open, Watched, picture
from tests.journeys.server import PATIENCE
from tests.town import Town

# The keystroke-level model (Card, Moran and Newell, 1980): seconds for a key of somebody who does not type for a living, for
# making up one's mind, pointing at something and pressing, and for a page to come.
KEY, MIND, POINT, PRESS, PAGE = 0.28, 1.35, 1.1, 0.2, 2.0
FIVE_MINUTES = 300


@dataclass
class Walk:
    """Somebody at a page, and how much they have to do."""

    watched: Watched
    width: int
    presses: int = 0
    typed: int = 0
    pages: list[str] = field(default_factory=list)

    @property
    def page(self) -> Page:
        return self.watched.page

    @property
    def seconds(self) -> float:
        """How long a person takes for it."""
        return self.presses * (MIND + POINT + PRESS) + self.typed * KEY + len(self.pages) * PAGE

    def press(self, what: str) -> None:
        self.page.locator(what).first.click()
        self.page.wait_for_load_state()
        self.presses += 1

    def fill(self, **fields: str) -> None:
        for name, value in fields.items():
            assert self.page.locator(f"#{name}").is_visible(), f"{name} is hidden"
            self.page.fill(f"#{name}", value)
            self.presses, self.typed = self.presses + 1, self.typed + len(value)

    def choose(self, *boxes: str) -> None:
        """Tick or choose by the words beside the box, as a person does."""
        for box in boxes:
            self.press(f"label[for={box}]")

    def come_to(self, step: str) -> None:
        """Look at the page one stands on, on a phone and on a desk."""
        self.pages.append(step)
        if not conftest.SCREENSHOTS:
            return
        for width in (PHONE, DESK):
            self.page.set_viewport_size({"width": width, "height": 844 if width == PHONE else 900})
            picture(self.page, f"walk-{len(self.pages):02}-{step}-{width}")
        self.page.set_viewport_size({"width": self.width, "height": 900})


@pytest.fixture
def school(server: object) -> Organisation:
    """A school the city trusts, with nobody in it yet."""
    organisation = Town(utc_now()).organisation("Havskolen")
    organisation.trusted = True
    db.session.commit()
    return organisation


def invited(school: Organisation) -> str:
    """The address of somebody whose invitation is on its way."""
    address = f"sekretaer{utc_now().timestamp()}@example.org"
    facts = {"organisation_id": school.id, "rights": Rights.EDITOR}
    invitations.invite(address, by=None, now=utc_now(), language="da", **facts)  # type: ignore[arg-type]
    db.session.commit()
    return address


def open_the_mail(seen: Watched, address: str) -> None:
    """Wait for the mail, and follow the link in it."""
    page = seen.open("/dev/mailbox")
    mail = page.locator("main table tr", has_text=address)
    for _ in range(int(PATIENCE * 2)):
        if mail.count():
            break
        page.wait_for_timeout(500)
        page.reload()
    mail.locator("a").first.click()
    page.wait_for_selector("iframe.mail-frame")
    link = page.frame_locator("iframe.mail-frame").locator("a[href*='/konto/invitation/']").first.get_attribute("href")
    assert link
    seen.open("/" + link.split("/", 3)[3])


def make_the_account(walk: Walk) -> None:
    walk.come_to("invitation")
    walk.fill(name="Sanne Sekretær", password="en lang sætning om havet")
    walk.press("main form button[type=submit]")
    walk.come_to("room")


def begin(walk: Walk) -> None:
    walk.press("a[href='/organiser/aktiviteter/ny']")
    walk.come_to("start")
    wednesday = utc_now().date() + timedelta(days=16 - utc_now().weekday())
    walk.choose("kind-volunteer")
    walk.fill(title_da="Skolehavens onsdage", day=wednesday.isoformat(), begins="14:00", ends="16:00")
    walk.choose("repeats-weekly")
    walk.fill(times="8")
    walk.choose("where-new")
    walk.fill(place_name="Havskolens have", place_street="Skolevej 3", place_postal_code="6400", place_town="Byen")
    walk.fill(summary_da="Vi dyrker grøntsager sammen med børnene og lærer om jord og klima.")
    walk.press("main form .button-primary")
    walk.come_to("dates-shown")
    assert walk.page.locator("#days-shown input[name=keep]:checked").count() == 7, "the first date is one of the eight"
    walk.press("#days-shown .button-primary")
    walk.come_to("dates")


def plan_shifts(walk: Walk) -> None:
    walk.press("a[href$='/opgaver/ny']")
    walk.come_to("shift")
    walk.choose("write-de")
    walk.fill(name_da="Lugehold", name_de="Jäten", text_da="Vi luger bedene.", text_de="Wir jäten.", needed="3")
    walk.press("main form .button-primary")
    walk.press("a[href$='/opgaver/ny']")
    walk.come_to("second-shift")
    assert walk.page.is_checked("#write-de"), "who wrote German for the first role writes it for the second"
    walk.fill(name_da="Vandhold", name_de="Gießen", needed="2")
    walk.press("main form .button-primary")
    walk.come_to("dates-with-shifts")


def say_the_rest(walk: Walk) -> None:
    walk.press("main > .container > p > .button-primary")
    walk.come_to("publish")
    assert walk.page.is_visible(".for-volunteers li:has-text('Lugehold')")
    walk.choose("write-de")
    walk.fill(title_de="Mittwochs im Schulgarten", summary_de="Wir bauen mit den Kindern Gemüse an.")
    walk.press("main [name=do][value=submit]")
    walk.come_to("missing")
    gaps = walk.page.locator("[data-error-summary] a")
    assert [gap.get_attribute("href") for gap in gaps.all()] == ["#audiences", "#sdgs", "#dimensions"]
    walk.press("[data-error-summary] a")
    walk.choose("audiences-families", "sdgs-13", "dimensions-environmental")
    walk.press("main [name=do][value=submit]")
    walk.come_to("published")


@pytest.mark.parametrize(("width", "script"), [(DESK, True), (PHONE, False)], ids=["desk", "phone without script"])
def test_a_new_organiser_publishes_a_weekly_course_with_shifts_in_two_languages(
    window: Open, school: Organisation, width: int, script: bool
) -> None:
    seen = window(width=width, script=script, locale="da-DK")
    open_the_mail(seen, invited(school))
    walk = Walk(seen, width)
    make_the_account(walk)
    begin(walk)
    plan_shifts(walk)
    say_the_rest(walk)
    print(f"\n{walk.presses} presses, {walk.typed} characters, {len(walk.pages)} pages: {walk.seconds:.0f} s")
    assert walk.seconds < FIVE_MINUTES
    walk.press(".alert-success a.forward")
    assert "Skolehavens onsdage" in walk.page.inner_text("h1") and "Lugehold" in walk.page.inner_text("main")
    public = "/" + walk.page.url.split("/", 3)[3]
    german = seen.open(f"{public}?lang=de").inner_text("main")
    assert "Mittwochs im Schulgarten" in german and "Gießen" in german and "Wir jäten." in german
    db.session.rollback()
    (made,) = db.session.scalars(select(Activity).where(Activity.organisation_id == school.id))
    assert made.state == ActivityState.PUBLISHED
    coming = dates.of(made.id)
    assert len(coming) == 8 and len({each.series_id for each in coming} - {None}) == 1
    assert {each.pool.capacity for each in coming} == {5}, "as many as the shifts need together"
    assert [role.capacity for role in shifts.roles(made.id)] == [3, 2]


def test_what_was_just_written_is_kept_when_one_goes_on_to_the_dates(room: Open) -> None:
    seen = room()
    page = seen.open("/organiser/aktiviteter/ny")
    page.fill("#title_da", "Skrevet i farten")
    page.locator("main form .button-primary").click()
    page.wait_for_selector("[data-publish]")
    asked: list[Dialog] = []
    page.on("dialog", lambda dialog: (asked.append(dialog), dialog.accept()))
    page.fill("#body_da", "Vi mødes ved porten.")
    page.locator("a[href$='/datoer']").first.click()
    page.wait_for_url("**/datoer")
    page.go_back()
    page.wait_for_selector("[data-publish]")
    assert page.input_value("#body_da") == "Vi mødes ved porten."
    assert asked == [], "no frightening question"
    db.session.rollback()
    (made,) = db.session.scalars(select(Activity).where(Activity.texts.any(title="Skrevet i farten")))
    assert made.texts[0].body == "Vi mødes ved porten."


def test_a_gap_is_told_where_it_is_and_takes_the_focus(room: Open) -> None:
    page = room().open("/organiser/aktiviteter/ny")
    page.fill("#title_da", "Uden dag")
    page.locator("label[for=repeats-weekly]").click()
    page.fill("#times", "0")
    page.locator("main form .button-primary").click()
    page.wait_for_selector("[data-error-summary]")
    assert page.evaluate("document.activeElement.hasAttribute('data-error-summary')")
    for name in ("day", "times"):
        page.locator(f"[data-error-summary] a[href='#{name}']").click()
        assert page.evaluate("document.activeElement.id") == name
        assert page.get_attribute(f"#{name}", "aria-invalid") == "true"
    assert (page.input_value("#title_da"), page.input_value("#times")) == ("Uden dag", "0")
    assert page.is_checked("#repeats-weekly")
