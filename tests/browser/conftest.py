"""One Chromium and one running installation with the demo city, for every test that needs a real browser."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from engage import registrations, seed
from engage.activities.models import Activity, Kind, Occurrence, OccurrenceState, Pool, SignUpMode
from engage.base.clock import utc_now
from engage.base.config import ROOT
from engage.base.db import db
from engage.registrations import notices
from tests.journeys.server import Server, installation, own_database, prepared
from tests.town import Town

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
SCREENSHOTS = os.environ.get("ENGAGE_SCREENSHOTS")
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
_ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run", "--disable-dev-shm-usage",
]  # fmt: skip
PHONE, DESK = 390, 1280


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without a Chromium or axe-core there is nothing to look with."""
    if CHROMIUM and AXE.is_file():
        return
    for item in items:
        if "tests/browser" in item.path.as_posix():
            item.add_marker(pytest.mark.skip(reason="there is no Chromium (set CHROMIUM) or no axe-core here"))


@pytest.fixture(scope="package")
def server(database: str, folder: Path) -> Iterator[Server]:
    """The demo city, served; the database stays open in this process, for what a page needs to exist."""
    with own_database(database, "engage_browser") as url:
        settings = installation(url, folder / "browser")
        with prepared(settings, lambda: seed.load(demo=True)):
            running = Server(settings)
            try:
                running.start("web")
                running.start("worker")
                yield running.wait_until_up()
            finally:
                running.close()


@pytest.fixture(scope="package")
def places(server: Server) -> SimpleNamespace:
    """The addresses of pages in every state, made once in the demo city."""
    town = Town(utc_now())
    path = lambda date: f"/aktiviteter/{date.activity.public_id}/{date.activity.slug}/{date.public_id}"  # noqa: E731

    def demo(*conditions: object) -> Occurrence:
        query = db.session.query(Occurrence).join(Activity).join(Pool).filter(Occurrence.starts_at > utc_now())
        found = query.filter(*conditions).order_by(Occurrence.starts_at).first()  # type: ignore[arg-type]
        assert found is not None
        return found

    german = Activity.texts.any(language="de") & ~Activity.texts.any(language="da")
    scheduled, register = Occurrence.state == OccurrenceState.SCHEDULED, Activity.sign_up == SignUpMode.REGISTRATION
    date, full = town.occurrence(capacity=8), town.occurrence(capacity=1)
    confirmed = town.signed_up(full)
    pending = town.signed_up(date, confirmed=False)
    cancelled = town.signed_up(town.occurrence())
    waiting = town.signed_up(full)
    leaving = town.signed_up(town.occurrence())
    registrations.cancel(cancelled.public_id, now=utc_now())
    db.session.commit()
    manage = lambda one: f"/tilmelding/{notices.manage_token(one.public_id)}"  # noqa: E731
    return SimpleNamespace(
        base=server.url,
        free=path(demo(scheduled, register, Activity.kind == Kind.LEARNING, Pool.occupied < Pool.capacity - 6)),
        full=path(demo(scheduled, register, Pool.occupied >= Pool.capacity)),
        called_off=path(demo(Occurrence.state == OccurrenceState.CANCELLED)),
        drop_in=path(demo(scheduled, Activity.sign_up == SignUpMode.DROP_IN)),
        online=path(demo(scheduled, Occurrence.online_url != "")),
        priced=path(demo(scheduled, Activity.price > 0)),
        german=path(demo(scheduled, german)),
        over=path(db.session.query(Occurrence).filter(Occurrence.ends_at < utc_now()).first()),
        own=path(date),
        confirm="/" + notices.confirm_link(pending.public_id).split("/", 3)[3],
        confirmed=manage(confirmed),
        waiting=manage(waiting),
        cancel=manage(confirmed) + "/afmeld",
        cancelled=manage(cancelled),
        last_cancel=manage(leaving) + "/afmeld",
    )


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="package")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """One browser for all; each test has a context of its own."""
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_ARGUMENTS)
    yield browser
    browser.close()


@dataclass
class Watched:
    """A page, and all that went wrong in it: errors in the console and requests to other hosts."""

    page: Page
    base: str
    problems: list[str]

    def open(self, path: str) -> Page:
        answer = self.page.goto(self.base + path)
        assert answer is not None and answer.status < 500, path
        return self.page


Open = Callable[..., Watched]


@pytest.fixture
def window(chromium: Browser, server: Server) -> Iterator[Open]:
    """Opens windows: `window(width=390, dark=True)`; fails afterwards if anything went wrong in one of them."""
    contexts: list[BrowserContext] = []
    watched: list[Watched] = []

    def open_one(
        *, width: int = DESK, dark: bool = False, axe: bool = False, script: bool = True, **more: object
    ) -> Watched:
        context = chromium.new_context(
            viewport={"width": width, "height": 844 if width < 800 else 900},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            java_script_enabled=script,
            **more,  # type: ignore[arg-type]
        )
        contexts.append(context)
        if axe:
            context.add_init_script(path=str(AXE))
        page = context.new_page()
        page.set_default_timeout(10_000)
        one = Watched(page, server.url, [])
        page.on("console", lambda said: one.problems.append(said.text) if said.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: one.problems.append(str(error)))
        page.on(
            "request",
            lambda request: (
                None
                if request.url.startswith((server.url, "data:", "about:", "blob:"))
                else one.problems.append(f"asks {request.url}")
            ),
        )
        watched.append(one)
        return one

    yield open_one
    for context in contexts:
        context.close()
    for one in watched:
        # Chromium reports every answer from 400 on as an error of the console; those pages are asked for on purpose.
        left = [each for each in one.problems if "the server responded with a status of 4" not in each]
        assert left == []


def picture(page: Page, name: str, *, whole: bool = True) -> None:
    """Keep what the page looks like, where ENGAGE_SCREENSHOTS names a folder."""
    if SCREENSHOTS:
        folder = Path(SCREENSHOTS)
        folder.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(folder / f"{name}.png"), full_page=whole)


def say(page: Page, words: str) -> None:
    """Write in the chat and wait for the answer."""
    before = page.locator(".line-city").count()
    page.fill("#text", words)
    page.press("#text", "Enter")
    page.wait_for_function("count => document.querySelectorAll('.line-city').length > count", arg=before)
