"""One Chromium and one running installation with the demo city, for every test that needs a real browser."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask import current_app
from playwright.sync_api import Browser, Page, Playwright, sync_playwright
from sqlalchemy import select

from engage import following, people, registrations, seed
from engage.accounts import Organisation, Rights, User, invitations
from engage.activities import series, shifts
from engage.activities.dates import Details
from engage.activities.importing import runs
from engage.activities.models import Activity, ActivityState, Kind, Occurrence, OccurrenceState, Pool, SignUpMode
from engage.activities.recurrence import Frequency, Recurrence
from engage.activities.shifts import RoleInput
from engage.activities.terms import WaitingMode
from engage.base.clock import utc_now
from engage.base.config import ROOT
from engage.base.db import db
from engage.following import letters as following_letters
from engage.outbox import Letter
from engage.registrations import Companion, attendance, changes, entrance, linking, notices, tickets
from engage.registrations.attendance import door_links
from tests.accounts.cast import account, signed_in
from tests.browser import doors, rooms
from tests.browser.glass import Glass
from tests.certified import certified
from tests.journeys.server import Server, installation, own_database, prepared
from tests.town import Town

# The same engine without a browser around it comes first: a page takes it a third less time.
_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
CHROMIUM = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
SCREENSHOTS = os.environ.get("ENGAGE_SCREENSHOTS")
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
_ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run", "--disable-dev-shm-usage", "--process-per-site",
    # No page is there for long enough to be worth compiling twice: a quarter of all the work.
    "--js-flags=--no-turbofan --no-maglev",
]  # fmt: skip
PHONE, DESK = 390, 1280
# Chromium reports every answer from 400 on as an error of the console; those pages are asked for on purpose. And axe-core speaks
# to each frame, also to one that is closed to all scripts.
_EXPECTED = ("the server responded with a status of 4", "Failed to execute 'postMessage' on 'DOMWindow'")


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
            running = Server(settings, workers=1)
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
        query = (
            db.session.query(Occurrence).join(Activity).join(Occurrence.pool).filter(Occurrence.starts_at > utc_now())
        )
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
        **rooms.made(town),
        **doors.made(town),
        **_own(town),
    )


def _own(town: Town) -> dict[str, object]:
    """A citizen with something of each kind, and the ways in to her own page."""
    email, now = "karen@example.org", utc_now()
    of = {"name": "Karen Lund", "email": email}
    certain = town.signed_up(town.occurrence(town.activity("Byvandring langs havnen")), seats=2, **of)
    full = town.occurrence(town.activity("Lær at reparere din cykel"), capacity=1)
    town.signed_up(full)
    town.signed_up(full, **of)
    offered_for = town.activity(
        "Fermentering for begyndere", waiting_mode=WaitingMode.OFFER, asked_of_each="name_and_age"
    )
    date = town.occurrence(offered_for, capacity=2, starts_in=timedelta(days=20))
    comes = (Companion("Karen Lund", 52), Companion("Ebbe Lund", 12))
    holder = town.signed_up(date, seats=2, companions=comes)
    waits = town.signed_up(date, seats=2, companions=comes, **of)
    registrations.cancel(holder.public_id, now=now)
    course = town.activity("Strik dig varm", sign_up=SignUpMode.WHOLE_COURSE)
    dates = [town.occurrence(course, starts_in=timedelta(days=days)) for days in (9, 16, 23)]
    whole = town.signed_up(dates[0], **of)
    gone = town.signed_up(town.occurrence(), **of)
    registrations.cancel(gone.public_id, now=now)
    certificate = certified(town, of)
    entrance.ask(email, language="da", client="tests", now=now)
    linking.ask(email, "webchat", "elsewhere", language="da", client="tests", now=now)
    db.session.commit()
    sent = db.session.query(Letter).order_by(Letter.id.desc()).limit(2).all()
    link, enter = ("/" + letter.message["buttons"][0]["url"].split("/", 3)[3] for letter in sent)
    own = "/mine/tilmelding/"
    return {
        "own_email": email,
        "enter": enter,
        "link": link,
        **_followed(email, now),
        "certificate": f"/bevis/{certificate}",
        "own_pages": {
            "registration": own + certain.public_id,
            "offer": own + waits.public_id,
            "course": own + whole.public_id,
            "cancel": own + certain.public_id + "/afmeld",
            "past": "/mine/tidligere",
            "certificates": "/mine/beviser",
            "certificate": f"/mine/beviser/{certificate}",
            "certificate-delete": f"/mine/beviser/{certificate}/slet",
            "settings": "/mine/oensker",
            "topics": "/mine/emner",
            "calendar-none": "/mine/kalender",
            "chat": "/mine/chat",
            "data": "/mine/data",
            "forget": "/mine/data/slet",
        },
    }


def _followed(email: str, now: datetime) -> dict[str, str]:
    """What she follows, a letter that asks whether to begin, and the page that ends it."""
    following.ask("ny@example.org", {"audience": ["families"]}, language="da", client="tests", now=now)
    letter = db.session.query(Letter).order_by(Letter.id.desc()).limit(1).one()
    person = people.find_or_create("email", email, language="da", now=now)
    people.verify("email", email, now)
    following.follow(person, {"dimension": ["environmental"]}, now=now - timedelta(days=400))
    following.follow(person, {"goal": ["13"], "audience": ["families"], "words": "cykel"}, now=now)
    stop = following_letters.stop_link(person)
    db.session.commit()
    begin = letter.message["buttons"][0]["url"]
    return {"begin_to_follow": "/" + begin.split("/", 3)[3], "stop_topics": "/" + stop.split("/", 3)[3]}


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


@pytest.fixture(scope="package")
def glass(chromium: Browser, server: Server) -> Glass:
    return Glass(chromium, server.url)


@pytest.fixture
def window(glass: Glass, server: Server) -> Iterator[Open]:
    """Opens windows: `window(width=390, dark=True)`; fails afterwards if anything went wrong in one of them.

    `own=True` is for who does to the browser what cannot be undone, as to stop its clock, or counts what is fetched.
    """
    watched: list[Watched] = []

    def open_one(
        *,
        width: int = DESK,
        dark: bool = False,
        axe: bool = False,
        script: bool = True,
        own: bool = False,
        **more: object,
    ) -> Watched:
        page = glass.pane(script=script, own=own, **more).new_page()
        page.set_viewport_size({"width": width, "height": 844 if width < 800 else 900})
        page.emulate_media(color_scheme="dark" if dark else "light")
        if axe:
            page.add_init_script(path=str(AXE))
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
    glass.wipe()
    for one in watched:
        left = [each for each in one.problems if not any(words in each for words in _EXPECTED)]
        assert left == []


@pytest.fixture(scope="package")
def organisation(places: SimpleNamespace) -> Organisation:
    """One from the demo city that has something coming."""
    found = db.session.scalars(
        select(Organisation).join(Activity).join(Occurrence, Occurrence.activity_id == Activity.id)
        .where(Occurrence.starts_at > utc_now(), Activity.state == ActivityState.PUBLISHED).order_by(Organisation.id)
    ).first()  # fmt: skip
    assert found is not None
    return found


@pytest.fixture(scope="package")
def writer(organisation: Organisation) -> User:
    return account("Bente Lund", member_of=[organisation])


@pytest.fixture(scope="package")
def room_places(organisation: Organisation, writer: User) -> SimpleNamespace:
    """The addresses of the organisers' pages, each in a state in which there is something to see."""
    town, now = Town(utc_now()), utc_now()
    garden = town.activity("Skolehaven", organisation=organisation, kind=Kind.VOLUNTEER, place=town.place())
    rule = Recurrence(Frequency.WEEKLY, now.date() + timedelta(days=7), weekdays=(2,), count=14)
    course = series.add_series(garden.id, rule, Details(time(14), time(16), place_id=garden.place_id), now=now)
    role = shifts.add_role(garden.id, RoleInput({"da": "Lugehold"}, capacity=3), now=now)
    first, second, third, *_later = series.coming(course.id, now)
    changes.name_date(first.id, {"da": "Åbent hus"}, now=now)
    db.session.commit()
    town.signed_up(second, role=role.public_id)
    changes.call_off(third.id, now=now)
    off = town.occurrence(town.activity("Sangaften", organisation=organisation))
    changes.call_off_activity(off.activity_id, now=now)
    facts = {"organisation_id": organisation.id, "rights": Rights.CHECK_IN}
    invitations.invite("ole@example.org", by=writer, now=now, language="da", **facts)  # type: ignore[arg-type]
    other = account("Ole Dam", member_of={organisation: Rights.CHECK_IN})
    document = {"arrangementer": [{"titel": "Kor", "dato": f"{now.date() + timedelta(days=9)}", "tekst": "Vi synger."}]}
    content = json.dumps(document).encode()
    source = runs.source_named(organisation.id, "Bibliotekets liste", by_id=writer.id, now=now)
    run = runs.begin(source, content, filename="liste.json", first=now, by_id=writer.id, now=now)
    found = runs.read(content, {}, now, now)
    source.mapping = dict(found.mapping)
    runs.look(run, found, now=now)
    db.session.commit()
    own = f"/organiser/aktiviteter/{garden.public_id}"
    soon = town.occurrence(
        town.activity("Fællesspisning", organisation=organisation, kind=Kind.VOLUNTEER), starts_in=timedelta(minutes=30)
    )
    for number in range(3):
        guest = town.signed_up(soon, now=town.now - timedelta(days=1), name=f"Gæst {number}", seats=number + 1)
    scan = attendance.Scan("accessible", attendance.Way.LIST, sign_up=guest.public_id, seats=2)
    attendance.check_in(soon.id, scan, keeper=attendance.Keeper(writer.id), now=now)
    door_links.make(soon.id, "Ida ved døren", by=writer.id, now=now)
    db.session.commit()
    return SimpleNamespace(
        own=own,
        ticket=f"/billet/{tickets.token(guest)}",
        check_in=f"/organiser/aktiviteter/{soon.activity.public_id}/datoer/{soon.public_id}/tjek-ind",
        dates=f"{own}/datoer",
        date=f"{own}/datoer/{first.public_id}",
        remove=f"{own}/datoer/{second.public_id}/fjern",
        reinstate=f"{own}/datoer/{third.public_id}/genoptag",
        series=f"{own}/datoer/serie/{course.public_id}",
        role=f"{own}/datoer/opgaver/{role.public_id}",
        off=f"/organiser/aktiviteter/{off.activity.public_id}",
        run=f"/organiser/import/{run.public_id}",
        member=f"/organiser/medlemmer/{organisation.public_id}/{other.public_id}",
    )


@pytest.fixture
def room(window: Open, writer: User) -> Open:
    """A window in which the organiser is signed in."""

    def opened(user: User = writer, **more: object) -> Watched:
        seen = window(**more)
        cookie = signed_in(current_app._get_current_object(), user).get_cookie("engage")  # type: ignore[attr-defined]
        assert cookie is not None
        seen.page.context.add_cookies([{"name": "engage", "value": cookie.value, "url": seen.base}])
        return seen

    return opened


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
