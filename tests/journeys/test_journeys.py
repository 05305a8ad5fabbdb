"""Whole journeys through the real server over real HTTP: a crowd, one careful citizen, and a crash in mid-sentence."""

import re
import signal
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage

from icalendar import Calendar
from sqlalchemy import func, select

from engage.activities.models import Occurrence, Pool
from engage.base.db import db
from engage.registrations import Registration, State, notices
from tests.journeys.citizen import Citizen
from tests.journeys.conftest import Mailbox
from tests.journeys.server import Server
from tests.town import Town

Running = tuple[Server, Town]


def page_of(date: Occurrence) -> str:
    return f"/aktiviteter/{date.activity.public_id}/{date.activity.slug}/{date.public_id}"


def link_in(mail: EmailMessage, part: str) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    (link,) = set(re.findall(rf"http://\S*{part}\S*", body.get_content()))
    return str(link)


def sums(date: Occurrence) -> tuple[Pool, Counter[str]]:
    """The pool of a date, and its seats by state as they are counted one by one."""
    db.session.rollback()
    db.session.expire_all()
    rows = db.session.execute(
        select(Registration.state, func.sum(Registration.seats))
        .where(Registration.occurrence_id == date.id)
        .group_by(Registration.state)
    )
    return db.session.scalars(select(Pool).where(Pool.occurrence_id == date.id)).one(), Counter(
        {str(state): int(seats) for state, seats in rows}
    )


def test_forty_at_once_share_the_last_five_seats(running: Running) -> None:
    server, town = running
    date = town.occurrence(capacity=20)
    for _each in range(15):
        town.signed_up(date)
    db.session.commit()
    path, public_id = page_of(date), date.public_id
    start = threading.Barrier(40)

    def by_form(number: int) -> Citizen:
        citizen = Citizen(server.url, f"Web {number}").open(path)
        start.wait(60)
        return citizen.submit("/tilmeld", name=citizen.name, email=citizen.email, seats="1")

    def by_chat(number: int) -> Citizen:
        citizen = Citizen(server.url, f"Chat {number}").open("/chat").write("noget om klima")
        citizen.press(f"sign_up:start:{public_id}")
        for answer in ("1", citizen.name, citizen.email):
            if citizen.button("sign_up:wait"):  # the last seats are held for other talks
                citizen.press("sign_up:wait")
            citizen.write(answer)
        if citizen.button("sign_up:wait"):
            citizen.press("sign_up:wait")
        assert citizen.button("sign_up:confirm"), citizen.body[-3000:]
        start.wait(60)
        citizen.press("sign_up:confirm")
        if citizen.button("sign_up:wait"):
            citizen.press("sign_up:wait").press("sign_up:confirm")
        return citizen

    with ThreadPoolExecutor(40) as crowd:
        tasks = [crowd.submit(by_form if number % 2 else by_chat, number) for number in range(40)]
        # Who fails before the start keeps all others waiting: what went wrong is told first.
        problems = [problem for task in tasks if (problem := task.exception()) is not None]
        for problem in problems:
            if not isinstance(problem, threading.BrokenBarrierError):
                raise AssertionError(server.said()[-5000:]) from problem
        citizens = [task.result() for task in tasks]
    statuses = Counter(status for citizen in citizens for status in citizen.statuses)
    assert set(statuses) == {200}, server.said()
    pool, seats = sums(date)
    assert seats == {State.CONFIRMED: 15, State.PENDING_EMAIL: 5, State.WAITING: 35}
    assert (pool.occupied, pool.unverified, pool.waiting) == (20, 5, 0)
    found = set(db.session.scalars(select(Registration.email).where(Registration.occurrence_id == date.id)))
    assert {citizen.email for citizen in citizens} <= found, "nobody is lost"
    _all_confirm(server, date)


def _all_confirm(server: Server, date: Occurrence) -> None:
    """Everybody presses the button in their mail, again at once: the five keep their seats, the others stand in line."""
    ids = db.session.scalars(
        select(Registration.public_id).where(Registration.occurrence_id == date.id, Registration.verified_at.is_(None))
    ).all()
    paths = ["/" + notices.confirm_link(public_id).split("/", 3)[3] for public_id in ids]
    with ThreadPoolExecutor(16) as crowd:
        visits = list(crowd.map(lambda path: Citizen(server.url).open(path).submit("/bekraeft/").statuses, paths))
    assert {status for statuses in visits for status in statuses} == {200}
    pool, seats = sums(date)
    assert seats == {State.CONFIRMED: 20, State.WAITING: 35}
    assert (pool.occupied, pool.unverified, pool.waiting) == (20, 0, 35)
    assert pool.capacity == 20


def test_one_citizen_goes_all_the_way_on_the_web(running: Running, mailbox: tuple[Mailbox, int]) -> None:
    (server, town), box = running, mailbox[0]
    date = town.occurrence(town.activity("Tur langs vandet"), capacity=2)
    anna, bent = Citizen(server.url, "Anna Holm"), Citizen(server.url, "Bent Bo")
    anna.open("/").follow("/aktiviteter").submit("/aktiviteter", q="vandet").follow(date.public_id)
    anna.submit("/tilmeld", name=anna.name, email=anna.email, seats="2")
    assert anna.path == "/tilmelding/modtaget"
    asked = box.next_to(anna.email, 1)
    anna.open(link_in(asked, "/bekraeft/")).submit("/bekraeft/")
    assert anna.path.startswith("/tilmelding/")
    confirmed = box.next_to(anna.email, 2)
    entry = calendar_of(confirmed)
    assert entry["UID"] == f"occ-{date.public_id}@127.0.0.1"
    assert entry["DTSTART"].dt == date.starts_at.replace(microsecond=0)

    bent.open(page_of(date)).submit("/tilmeld", name=bent.name, email=bent.email, seats="1")
    bent.open(link_in(box.next_to(bent.email, 1), "/bekraeft/")).submit("/bekraeft/")
    box.next_to(bent.email, 2)
    assert sums(date)[1] == {State.CONFIRMED: 2, State.WAITING: 1}

    anna.open(link_in(confirmed, "/afmeld")).submit("/afmeld")
    assert sums(date)[1] == {State.CONFIRMED: 1, State.CANCELLED_BY_PERSON: 2}
    gone = calendar_of(box.next_to(anna.email, 3))
    assert gone["STATUS"] == "CANCELLED" and gone["UID"] == entry["UID"]
    assert int(gone["SEQUENCE"]) > int(entry["SEQUENCE"])
    moved_up = box.next_to(bent.email, 3)
    assert calendar_of(moved_up)["STATUS"] == "CONFIRMED"
    bent.open(link_in(moved_up, r"/tilmelding/[^/\s]*(?![^\s]*afmeld)"))
    assert bent.page.all("div", class_="alert-success")
    assert set(anna.statuses + bent.statuses) == {200}
    assert {mail["To"] for mail in (asked, confirmed)} == {anna.email}


def calendar_of(mail: EmailMessage) -> dict[str, object]:
    (attached,) = mail.iter_attachments()
    content = attached.get_payload(decode=True)
    assert isinstance(content, bytes)
    (event,) = Calendar.from_ical(content.decode()).walk("VEVENT")
    return event  # type: ignore[no-any-return]


def test_a_talk_goes_on_after_the_server_was_killed(running: Running) -> None:
    server, town = running
    date = town.occurrence(town.activity("Strikkecafé"))
    anna = Citizen(server.url, "Clara Dam").open("/chat").write("strikkecafé")
    anna.press(f"sign_up:start:{date.public_id}").write("2").write(anna.name)
    server.end("web", signal.SIGKILL)
    server.start("web")
    server.wait_until_up()
    anna.open("/chat")
    assert anna.name in anna.page.one("main").text, "what was said is still there"
    anna.write(anna.email).press("sign_up:confirm")
    assert sums(date)[1] == {State.PENDING_EMAIL: 2}
    assert set(anna.statuses) == {200}
