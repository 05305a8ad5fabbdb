"""The pages about a date's guests, looked at in a real browser: by axe, on a phone and on a desk, and by the keyboard alone."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from flask import current_app

from engage import registrations
from engage.accounts import RoleName
from engage.activities.asking import Question, QuestionKind
from engage.activities.models import Occurrence
from engage.activities.terms import AskedOfEach, WaitingMode
from engage.base.clock import utc_now
from engage.base.db import db
from engage.base.message import Message
from engage.outbox import Letter, Status
from engage.registrations import Companion, Registration, entering, letters
from tests.accounts.cast import account, signed_in
from tests.browser.conftest import DESK, PHONE, Open, Watched
from tests.browser.test_accessibility import look
from tests.town import Town


@dataclass
class Stage:
    """A date that asks for approval and one with a line, and the session of who looks after both."""

    asking: Occurrence
    full: Occurrence
    cookie: str

    def room(self, date: Occurrence) -> str:
        return f"/organiser/aktiviteter/{date.activity.public_id}/datoer/{date.public_id}/tilmeldte"


@pytest.fixture(scope="module")
def stage(server: object) -> Stage:
    assert server
    town = Town(utc_now())
    organiser = account("Bente Lund")
    asking = town.occurrence(
        town.activity(
            "Strikkecafé for hele familien", approval=True, asked_of_each=AskedOfEach.NAME_AND_AGE, least_participants=6
        ),
        capacity=20,
    )
    question = Question(
        public_id="kost2222", activity_id=asking.activity_id, position=0, kind=QuestionKind.TEXT,
        labels={"da": "Hvad kan I ikke spise?"}, hints={}, options=[], shown_when={},
    )  # fmt: skip
    db.session.add(question)
    organisation = asking.activity.organisation
    names = ("Anna Holm", "Bo Lund", "Christina Rosengaard-Abrahamsen", "Dorte Krog", "Erik Østergaard")
    for number, name in enumerate(names):
        who = tuple(Companion(each, 7 + number) for each in ("Ida", "Ole")[: 1 + number % 2])
        guest = town.signed_up(asking, name=name, seats=len(who), companions=who)
        guest.answers = {"kost2222": "Nødder"} if number % 2 else {}
    frode = replace(town.application("Frode Uden Mail", phone="12 34 56 78"), email="")
    to_phone = entering.add(asking.id, frode, by=organiser.id, now=utc_now())
    moved = Message(("Hej Frode", "Vi mødes en time senere."), subject="Ny tid: Strikkecafé for hele familien")
    letters.post(to_phone, "moved:1", moved, utc_now())
    db.session.query(Letter).filter(Letter.must_arrive).update({"status": Status.FAILED, "last_error": "no address"})
    full = town.occurrence(
        town.activity("Kajak på fjorden", organisation=organisation, waiting_mode=WaitingMode.OFFER), capacity=2
    )
    guest = town.signed_up(full, name="Gerda")
    town.signed_up(full, name="Hans")
    for number, name in enumerate(("Inge", "Jens", "Karen")):
        town.signed_up(full, name=name, seats=1 + number, now=town.now + timedelta(minutes=number))
    registrations.cancel(guest.public_id, now=utc_now())
    db.session.commit()
    member = account("Lis Bruun", member_of=[organisation])
    cookie = signed_in(current_app._get_current_object(), member).get_cookie("engage")  # type: ignore[attr-defined]
    assert cookie is not None
    return Stage(asking, full, cookie.value)


def enter(seen: Watched, stage: Stage) -> Watched:
    seen.page.context.add_cookies([{"name": "engage", "value": stage.cookie, "url": seen.base}])
    return seen


def guest(date: Occurrence, name: str) -> str:
    return db.session.query(Registration.public_id).filter_by(occurrence_id=date.id, name=name).scalar() or ""


def test_no_page_about_guests_has_a_violation(window: Open, stage: Stage) -> None:
    seen, found = enter(window(axe=True), stage), []
    asking, full = stage.room(stage.asking), stage.room(stage.full)
    pages = {
        "guests": asking,
        "guests-none": f"{asking}?vis=slut",
        "guests-asking-one": f"{asking}/{guest(stage.asking, 'Bo Lund')}",
        "guests-add": f"{asking}/ny",
        "guests-write": f"{asking}/besked",
        "guests-line": f"{full}/venteliste",
        "guests-offered": f"{full}/{guest(stage.full, 'Inge')}",
        "guests-waiting": f"{full}/{guest(stage.full, 'Jens')}",
        "guests-dates": asking.rsplit("/", 2)[0],
        "guests-home": "/organiser/",
    }
    for name, path in pages.items():
        page = seen.open(path)
        assert page.url.endswith(path), page.url
        found += look(seen, name, widths=(PHONE, DESK))
    assert found == []


def test_one_is_approved_by_the_keyboard_alone_without_javascript(window: Open, stage: Stage) -> None:
    seen = enter(window(width=PHONE, script=False), stage)
    page = seen.open(stage.room(stage.asking))
    confirmed = db.session.query(Registration).filter_by(name="Anna Holm", state="confirmed")
    before = confirmed.count()
    page.get_by_label("Vælg Anna Holm").focus()
    page.keyboard.press("Space")
    page.locator("#words").focus()
    page.keyboard.type("Vi ses.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector(".alert-success")
    db.session.expire_all()
    assert confirmed.count() == before + 1


def test_writing_to_all_reads_well_before_and_while_it_is_sent(window: Open, stage: Stage) -> None:
    seen = enter(window(axe=True), stage)
    page = seen.open(f"{stage.room(stage.full)}/besked")
    page.locator("#subject_da").fill("Tag regntøj med")
    page.locator("#text_da").fill("Vi mødes ved broen.\n\nHusk en trøje, og ring 12 34 56 78, hvis du farer vild.")
    page.locator("button[value=preview]").click()
    page.wait_for_selector("button[value=send]")
    found = look(seen, "guests-write-seen")
    page.locator("button[value=send]").click()
    page.wait_for_selector(".broadcast-bar")
    found += look(seen, "guests-write-sent")
    assert found == []


def test_the_list_of_whom_to_phone_has_no_violation(window: Open, stage: Stage) -> None:
    staff = account("Karl Holm", roles=[RoleName.STAFF])
    cookie = signed_in(current_app._get_current_object(), staff).get_cookie("engage")  # type: ignore[attr-defined]
    assert cookie is not None
    seen = enter(window(axe=True), replace(stage, cookie=cookie.value))
    seen.open("/staff/ringes-op")
    assert look(seen, "staff-calls") == []
