"""Every refusal of registrations, at the doors of citizens and in three languages: on the web, in the chat, and as a code.

Each class of refusal stands in the table, with how it comes up at each door, or why it cannot. A new one fails here until it does.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

import pytest
from flask import Flask

from engage import people, registrations
from engage.activities.asking import AnswerMissing, AnswerNotUsable, Question, QuestionKind
from engage.activities.models import Kind, Occurrence, SignUpMode
from engage.activities.plans import ShiftRole
from engage.activities.terms import AskedOfEach, Party, WaitingMode
from engage.base import tokens
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import db
from engage.base.errors import Refusal
from engage.base.i18n import gettext as _
from engage.base.i18n import ngettext, speaking
from engage.base.limits import TooOften
from engage.base.sms import SmsSettings
from engage.people import Address, Visit, visits
from engage.registrations import (
    Registration,
    State,
    answered,
    application,
    calling,
    caps,
    changes,
    desk,
    entering,
    entrance,
    feedback,
    import_queue,
    importing,
    linking,
    merging,
    notices,
    offers,
    overlaps,
    phone,
    phone_marks,
    refusals,
    reinstating,
)
from engage.registrations.attendance import door_links, hours, walking_in
from engage.registrations.broadcasts import starting
from engage.registrations.certificates import issuing, keys, reading, status, taking_back
from engage.registrations.reminders import answers, choosing
from engage.registrations.reminders.letters import ANSWER
from engage.registrations.reminders.models import Reminding
from tests.dialog.talk import Talk
from tests.town import Town
from tests.web.conftest import Visitor, address, browser, path_of
from tests.web.page import parse

LANGUAGES = ("da", "en", "de")
DAY = timedelta(days=1)
NOBODY = {"name": "Anna Holm", "seats": "1"}


@dataclass
class Scene:
    """One citizen in one language, at every door, with a town of their own."""

    town: Town
    app: Flask
    language: str
    settings: Callable[..., None]
    token: str = ""

    def __post_init__(self) -> None:
        # A chat that reaches its owner, so that a name is enough to have a place.
        self.talk = Talk(f"talk-{self.language}", self.language, "telegram", now=utc_now())
        self.email = f"anna-{self.language}@example.org"

    @cached_property
    def visitor(self) -> Visitor:
        """A browser that was told the language; pages are opened only where the case is about them."""
        visitor = Visitor(browser(self.app))
        page = visitor.get(f"/kontakt?lang={self.language}")
        tokens = page.all("input", name="csrf_token") or visitor.get("/chat").all("input", name="csrf_token")
        self.token = tokens[0].get("value")
        return visitor

    def form(self, date: Occurrence, status: int = 422, **fields: Any) -> str:
        """What the page says after the form of a date was sent."""
        sent = {**NOBODY, "email": self.email, **fields}
        return self.press(address(date) + "/tilmeld", status, **sent)

    def press(self, path: str, status: int = 409, **fields: Any) -> str:
        """What the page says after a button on the way of a link was pressed."""
        visitor = self.visitor  # which has the token then
        answer = visitor.client.post(path, data={"csrf_token": self.token, **fields})
        assert answer.status_code == status, (answer.status_code, answer.text[-1000:])
        return parse(answer.text).one("main").text if status != 303 else ""

    @cached_property
    def visit(self) -> Visit:
        """The visit of My page in this browser."""
        name = entrance.let_in(self.email, language=self.language, now=utc_now())
        db.session.commit()
        self.visitor.get("/kontakt")
        with self.visitor.client.session_transaction() as session:
            session["visit"] = name
        found = visits.find(name, utc_now())
        assert found is not None
        return found

    def at_home(self, path: str, status: int = 409, **fields: Any) -> str:
        """What My page says after a button on it was pressed."""
        assert self.visit
        return self.press(path, status, **fields)

    @property
    def number(self) -> str:
        """A telephone of their own."""
        return f"+452030405{LANGUAGES.index(self.language)}"

    def begin(self, date: Occurrence, *said: str) -> str:
        """What the chat says after a sign-up was begun and these things were answered."""
        self.talk.press(f"sign_up:start:{date.public_id}")
        return self.say(*said)

    def say(self, *said: str) -> str:
        for words in said:
            self.talk.tap(words[1:]) if words.startswith("!") else self.talk.say(words)
        return self.talk.text

    def own(self, date: Occurrence, **facts: Any) -> Registration:
        """A sign-up with a proven address."""
        return self.town.signed_up(date, email=self.email, language=self.language, **facts)

    def own_by_talk(self, date: Occurrence, *before: str) -> Registration:
        """A sign-up of the chat's person."""
        if not db.session.query(Registration).filter_by(channel="telegram", language=self.language).count():
            before = (*before, "Anna Holm")
        assert self.begin(date, "1", *before, "!sign_up:confirm")
        return db.session.query(Registration).filter_by(occurrence_id=date.id).order_by(Registration.id.desc()).first()  # type: ignore[return-value]

    def link(self, registration: Registration, way: str = "") -> str:
        return path_of(notices.page_link(registration)) + way

    def pending(self, date: Occurrence) -> str:
        """Where the mail of a sign-up leads that waits for its proof."""
        registration = self.town.signed_up(date, email=self.email, language=self.language, confirmed=False)
        return path_of(notices.confirm_link(registration.public_id))

    def activity(self, **facts: Any) -> Occurrence:
        capacity = facts.pop("capacity", 10)
        return self.town.occurrence(self.town.activity(**facts), capacity=capacity)

    def full(self, **facts: Any) -> Occurrence:
        date = self.activity(capacity=1, **facts)
        self.town.signed_up(date)
        return date

    def with_question(self, kind: QuestionKind, **facts: Any) -> Occurrence:
        date = self.activity()
        self.town.question(date.activity, kind=kind, **facts)
        return date

    def with_role(self, **facts: Any) -> Occurrence:
        date = self.activity(kind=Kind.VOLUNTEER)
        self.town.role(date.activity, "Port", 3, **facts)
        return date

    def shifts(self, overlap: timedelta) -> tuple[Occurrence, Occurrence]:
        """Two shifts, the second of which begins so long before the first ends."""
        first = self.activity(kind=Kind.VOLUNTEER)
        begins = first.ends_at - overlap
        return first, self.town.occurrence(self.town.activity("Havedag", kind=Kind.VOLUNTEER), starts_at=begins)

    def begun(self, registration: Registration) -> Registration:
        date = registration.occurrence
        date.starts_at, date.ends_at = utc_now() - timedelta(hours=1), utc_now() + timedelta(hours=1)
        db.session.commit()
        return registration

    def over(self, registration: Registration) -> Registration:
        date = registration.occurrence
        date.starts_at, date.ends_at = utc_now() - timedelta(hours=3), utc_now() - timedelta(hours=1)
        db.session.commit()
        return registration

    def offered(self, registration: Callable[[Occurrence], Registration], seats: int = 1) -> offers.Offer:
        """An offer to who waits."""
        date = self.town.occurrence(
            self.town.activity(waiting_mode=WaitingMode.OFFER), capacity=1, starts_in=timedelta(days=20)
        )
        guest, waits = self.town.signed_up(date), registration(date)
        registrations.cancel(guest.public_id, now=utc_now())
        db.session.commit()
        found = registrations.open_offer(waits)
        assert found is not None
        return found

    def lapsed(self, offer: offers.Offer) -> offers.Offer:
        """It ran out, and somebody else has the place."""
        date_id = offer.registration.occurrence_id
        while (
            current := registrations.open_offer(offer.registration)
        ) is not None:  # who did not answer is asked once more
            current.expires_at = utc_now() - DAY
            db.session.commit()
            registrations.expire_offers(utc_now())
            db.session.commit()
        self.town.signed_up(db.session.get_one(Occurrence, date_id))
        return offer

    def invited(self, join: Callable[[Occurrence], Registration]) -> Registration:
        """Somebody who waits where the first to answer has the place, and all are taken again."""
        waits = join(self.full(waiting_mode=WaitingMode.BROADCAST))
        assert waits.state == State.WAITING
        return waits

    def wait_by_talk(self, date: Occurrence) -> Registration:
        self.begin(date, "!sign_up:wait", "1")
        if self.talk.place == ("sign_up", "name"):
            self.say("Anna Holm")
        self.say("!sign_up:confirm")
        return db.session.query(Registration).filter_by(occurrence_id=date.id).order_by(Registration.id.desc()).first()  # type: ignore[return-value]


Door = Callable[[Scene], str]


@dataclass(frozen=True)
class Case:
    """How a refusal comes up by web and by chat, or why it cannot. `own` is what the chat says instead in its own words, `own_web`
    what the page does.
    """

    web: Door | str
    chat: Door | str
    own: str | tuple[str, str] = ""
    own_web: str = ""


BY_PHONE = "a number is given and proven on My page"
CERTIFIED = "the chat leads to My page, where certificates are asked for"
ORGANISERS = "only organisers and staff do that, in their room"
AT_THE_DOOR = "only who checks people in is at the door, see test_check_in"
STAFF = "only staff do that, in their room"


def _taken(scene: Scene) -> Occurrence:
    date = scene.activity(capacity=3)
    scene.town.signed_up(date)
    return date


def _several(scene: Scene) -> Occurrence:
    return scene.activity(sign_up=SignUpMode.SEVERAL_DATES)


def _late(scene: Scene) -> Occurrence:
    return scene.activity(cancel_before=60 * 24 * 30, contact_email="karen@example.org")


def _chat_overlap(scene: Scene, overlap: timedelta) -> str:
    first, second = scene.shifts(overlap)
    scene.own_by_talk(first)
    return scene.begin(second, "1", "!sign_up:confirm")


def _web_overlap(scene: Scene, overlap: timedelta) -> str:
    first, second = scene.shifts(overlap)
    scene.own(first)
    return scene.press(scene.pending(second))


def _gone(scene: Scene) -> str:
    path = scene.pending(scene.activity())
    db.session.query(Registration).filter_by(email=scene.email).delete()
    db.session.commit()
    return scene.press(path)


def _many_unconfirmed(scene: Scene) -> str:
    scene.settings(unconfirmed_per_address=1)
    scene.form(scene.activity(), 303)
    return scene.form(scene.activity())


def _many_unconfirmed_by_talk(scene: Scene) -> str:
    scene.settings(unconfirmed_per_address=1)
    scene.talk = Talk(f"web-{scene.language}", scene.language, now=utc_now())
    scene.begin(scene.activity(), "1", "Anna Holm", scene.email, "!sign_up:confirm")
    return scene.begin(scene.activity(), "1", "!sign_up:confirm")


def _many(scene: Scene) -> str:
    scene.settings(sign_ups_per_person=1)
    scene.own(scene.activity())
    return scene.form(scene.activity())


def _many_by_talk(scene: Scene) -> str:
    scene.settings(sign_ups_per_person=1)
    scene.own_by_talk(scene.activity())
    return scene.begin(scene.activity(), "1", "!sign_up:confirm")


def _too_often(scene: Scene) -> str:
    scene.settings(forms_per_client_minute=0)
    return scene.press(address(scene.activity()) + "/tilmeld", 429)


def _too_often_by_talk(scene: Scene) -> str:
    scene.settings(chat_per_person_minute=0)
    with pytest.raises(TooOften) as refusal:
        scene.say("hej")
    with speaking(scene.language):
        return str(refusal.value)


def _offer(scene: Scene, way: str, **fields: Any) -> str:
    offer = scene.offered(scene.own)
    path = f"/tilbud/{notices.offer_token(offer.public_id)}"
    if way != "lapsed":
        return scene.press(path, 422, **fields)
    scene.lapsed(offer)
    scene.press(path, 303)
    return scene.visitor.get(path).one("main").text


def _offer_over_by_talk(scene: Scene) -> str:
    offer = scene.lapsed(scene.offered(scene.wait_by_talk))
    scene.talk.press(f"offer:accept:{offer.public_id}")
    return scene.talk.text


def _more_than_offered_by_talk(scene: Scene) -> str:
    offer = scene.offered(scene.wait_by_talk)
    scene.talk.press(f"offer:accept:{offer.public_id}.5")
    return scene.talk.text


def _faster(scene: Scene) -> str:
    return scene.press(scene.link(scene.invited(scene.own), "/tag"), 422)


def _faster_by_talk(scene: Scene) -> str:
    waits = scene.invited(scene.wait_by_talk)
    scene.talk.press(f"offer:take:{waits.public_id}")
    return scene.talk.text


def _cancel_by_talk(scene: Scene, registration: Registration) -> str:
    scene.talk.press(f"cancel:ask:{registration.public_id}")
    return scene.talk.text


def _begun_meanwhile(scene: Scene) -> str:
    registration = scene.own_by_talk(scene.activity())
    scene.talk.press(f"cancel:ask:{registration.public_id}")
    scene.begun(registration)
    return scene.say("!cancel:confirm")


def _code_by_talk(scene: Scene) -> str:
    return scene.say("link abcd-efgh")


def _page_of(email: str) -> Visit:
    """A visit of My page, of whoever reads this address."""
    name = entrance.let_in(email, language="da", now=utc_now())
    db.session.commit()
    found = visits.find(name, utc_now())
    assert found is not None
    return found


def _brought(scene: Scene, here: Visit) -> str:
    """What the chat says after it brought the code of a page, and said yes."""
    made = linking.begin(here, now=utc_now())
    db.session.commit()
    return scene.say(f"link {made.code[:4]}-{made.code[4:]}", "!link:answer")


def _link_with_another(scene: Scene) -> None:
    other = _page_of(f"bo-{scene.language}@example.org")
    _brought(scene, other)
    assert linking.confirm(other, now=utc_now()) is not None
    db.session.commit()


def _linked_by_talk(scene: Scene) -> str:
    _link_with_another(scene)
    return _brought(scene, _page_of(scene.email))


def _linked_meanwhile(scene: Scene) -> str:
    _brought(scene, scene.visit)
    _link_with_another(scene)
    return scene.at_home("/mine/chat/ja")


def _asked_and_given_up(registration: Registration) -> int:
    """The question whether they come, of somebody who does not any more."""
    date = registration.occurrence
    asked = Reminding(
        occurrence_id=date.id, registration_id=registration.id, rule_key="day", starts_at=date.starts_at, lane=0,
        due_at=utc_now(), useful_until=date.starts_at,
    )  # fmt: skip
    db.session.add(asked)
    registrations.cancel(registration.public_id, now=utc_now())
    db.session.commit()
    return asked.id


def _not_coming(scene: Scene) -> str:
    asked = _asked_and_given_up(scene.own(scene.activity()))
    return scene.press(f"/kommer/{tokens.sign(current_settings().secret_key, ANSWER, asked)}")


def _not_coming_by_talk(scene: Scene) -> str:
    asked = _asked_and_given_up(scene.own_by_talk(scene.activity()))
    return scene.talk.press(f"reminder:coming:{asked}").text


def _wrong_code(scene: Scene) -> str:
    scene.settings(sms=SmsSettings(url="http://127.0.0.1:9"))  # nothing is sent to it
    scene.at_home("/mine/sms", 303, phone=scene.number)
    return scene.at_home("/mine/sms/kode", 422, code="1")


def _stopped(scene: Scene) -> str:
    scene.settings(sms=SmsSettings(url="http://127.0.0.1:9"))
    theirs = Address(person_id=scene.visit.address.person_id, channel="sms", identifier=scene.number)
    db.session.add(theirs)
    db.session.commit()
    phone.stop(scene.number, now=utc_now())
    db.session.commit()
    return scene.at_home("/mine/sms", 422, phone=scene.number)


TABLE: Mapping[type[Refusal], Case] = {
    # What is filled in.
    application.NameMissing: Case(
        lambda at: at.form(at.activity(), name=" "),
        lambda at: at.begin(at.activity(), "1", "123"),
    ),
    people.EmailNotUsable: Case(
        lambda at: at.form(at.activity(), email="anna"),
        lambda at: _by_webchat(at).begin(at.activity(), "1", "Anna Holm", "anna"),
    ),
    application.SeatsNotPossible: Case(
        lambda at: at.form(at.activity(), seats="99"),
        lambda at: at.begin(at.activity(capacity=None), "99"),
    ),
    application.RoleMissing: Case(
        lambda at: at.form(at.with_role()),
        lambda at: at.begin(at.with_role()),
        own="What do you want to help with?",
    ),
    application.VettingMissing: Case(
        lambda at: at.form(_vetted(at), role=_role(at)),
        lambda at: at.begin(_vetted(at), "Port", "1", "Anna Holm", "snart"),
    ),
    application.CompanionNameMissing: Case(
        lambda at: at.form(at.activity(asked_of_each=AskedOfEach.NAME), rows="1"),
        lambda at: at.begin(at.activity(asked_of_each=AskedOfEach.NAME), "1", "Anna Holm", "7"),
    ),
    application.AgeMissing: Case(
        lambda at: at.form(at.activity(asked_of_each=AskedOfEach.AGE), rows="1"),
        lambda at: at.begin(at.activity(asked_of_each=AskedOfEach.AGE), "1", "Anna Holm", "gammel"),
    ),
    application.AgeNotFitting: Case(
        lambda at: at.form(at.activity(age_from=13, age_to=17), rows="1", **{"companions-0-age": "7"}),
        lambda at: at.begin(at.activity(age_from=13, age_to=17), "1", "Anna Holm", "7"),
    ),
    application.TooYoung: Case(
        lambda at: at.form(at.activity(age_from=18), rows="1", **{"companions-0-age": "7"}),
        lambda at: at.begin(at.activity(age_from=18), "1", "Anna Holm", "7"),
    ),
    application.TooOld: Case(
        lambda at: at.form(at.activity(age_to=6), rows="1", **{"companions-0-age": "7"}),
        lambda at: at.begin(at.activity(age_to=6), "1", "Anna Holm", "7"),
    ),
    application.ClassIncomplete: Case(
        lambda at: at.form(at.activity(party=Party.CLASS), **{"school_class-class_name": "5.b"}),
        lambda at: at.begin(at.activity(party=Party.CLASS, capacity=60), "Ahlmann-Skolen", "5.b", "mange"),
        own="Write two numbers, first the pupils, then the adults, for example: 22 and 2",
    ),
    AnswerMissing: Case(
        lambda at: at.form(at.with_question(QuestionKind.TEXT, required=True)),
        "the chat asks until there is an answer; an empty message is none, and no channel sends one",
    ),
    AnswerNotUsable: Case(
        lambda at: at.form(at.with_question(QuestionKind.NUMBER), **_answer(at, "mange")),
        lambda at: at.begin(at.with_question(QuestionKind.NUMBER), "1", "Anna Holm", "mange"),
    ),
    refusals.DateMissing: Case(lambda at: at.form(_several(at)), "the chat begins with a date, and adds others to it"),
    # Seats and windows.
    refusals.TooFewLeft: Case(
        lambda at: at.form(_taken(at), seats="3"),
        lambda at: at.begin(_taken(at), "3"),
        own=(
            "Only %(number)s place is left, too few for all of you. Do you want to be on the waiting list together?",
            "Only %(number)s places are left, too few for all of you. Do you want to be on the waiting list together?",
        ),
    ),
    refusals.OnlyFewLeft: Case(
        lambda at: at.form(at.activity(capacity=2, waiting_list=False), seats="3"),
        lambda at: at.begin(at.activity(capacity=2, waiting_list=False), "3"),
        own=("Only %(number)s place is left.", "Only %(number)s places are left."),
    ),
    refusals.WaitingListClosed: Case(
        lambda at: at.form(at.full(waiting_list=False)),
        lambda at: at.begin(at.full(waiting_list=False)),
    ),
    refusals.WaitingListTooShort: Case(
        lambda at: at.form(at.full(waiting_most=2), seats="3"),
        lambda at: at.begin(at.full(waiting_most=2), "ja", "3"),
    ),
    refusals.NotOpen: Case(
        lambda at: at.form(at.activity(sign_up_closes_before=60 * 24 * 30)),
        lambda at: at.begin(at.activity(sign_up_closes_before=60 * 24 * 30)),
        own="Sign-up closed %(when)s. If you would still like to come, ask the organiser: %(contact)s.",
    ),
    refusals.NotOpenYet: Case(
        lambda at: at.form(at.activity(sign_up_opens_at=utc_now() + DAY)),
        lambda at: at.begin(at.activity(sign_up_opens_at=utc_now() + DAY)),
    ),
    overlaps.Overlaps: Case(
        lambda at: _web_overlap(at, timedelta(hours=1)), lambda at: _chat_overlap(at, timedelta(hours=1))
    ),
    overlaps.ShortOverlap: Case(
        lambda at: _web_overlap(at, timedelta(minutes=10)), lambda at: _chat_overlap(at, timedelta(minutes=10))
    ),
    # Limits.
    refusals.TooManyUnconfirmed: Case(_many_unconfirmed, _many_unconfirmed_by_talk),
    refusals.TooManySignUps: Case(_many, _many_by_talk),
    TooOften: Case(_too_often, _too_often_by_talk),
    # What one has.
    refusals.NoSuchSignUp: Case(
        _gone, "a button in the chat that belongs to nothing of its person is stale, and says so"
    ),
    refusals.AlreadyBegun: Case(
        lambda at: at.press(at.link(at.begun(at.own(at.activity())), "/afmeld")), _begun_meanwhile
    ),
    refusals.CancellingClosed: Case(
        lambda at: at.press(at.link(at.own(_late(at)), "/afmeld")),
        lambda at: _cancel_by_talk(at, at.own_by_talk(_late(at))),
    ),
    refusals.SeatsNotOffered: Case(lambda at: _offer(at, "open", take="5"), _more_than_offered_by_talk),
    offers.OfferOver: Case(
        lambda at: _offer(at, "lapsed"),
        _offer_over_by_talk,
        own="This offer has run out, and the place went on to the next.",
        own_web="This offer has run out",
    ),
    offers.NoSeatLeft: Case(
        _faster, _faster_by_talk, own="Somebody else was faster. You keep your place on the waiting list."
    ),
    # Linking a chat.
    linking.CodeNotValid: Case(
        "the page shows a code and takes none; links in mails that are too old are `LinkNotValid`", _code_by_talk
    ),
    linking.LinkedElsewhere: Case(_linked_meanwhile, _linked_by_talk),
    linking.NotLinked: Case(lambda at: at.at_home("/mine/chat/0/fjern"), lambda at: at.talk.press("link:unlink").text),
    # What is asked before and after the day.
    feedback.RatingMissing: Case(
        lambda at: at.press(_telling(at.over(at.own(at.activity()))), 422, words="Godt"),
        "each number is a button",
    ),
    feedback.FeedbackClosed: Case(
        lambda at: at.press(_telling(at.own(at.activity())), 422, rating="5"),
        lambda at: at.talk.press(f"feedback:rate:{at.own_by_talk(at.activity()).public_id}.5").text,
    ),
    answers.NotYoursToCome: Case(_not_coming, _not_coming_by_talk),
    phone.CodeWrong: Case(_wrong_code, BY_PHONE),
    phone.SaidStop: Case(_stopped, BY_PHONE),
    phone.NoSms: Case(lambda at: at.at_home("/mine/sms", 422, phone=at.number), BY_PHONE),
    # Certificates.
    issuing.NotEarned: Case(
        lambda at: at.at_home(f"/mine/beviser/om/{at.own(at.activity()).public_id}", 409), CERTIFIED
    ),
    issuing.NoHours: Case(
        lambda at: at.at_home("/mine/beviser/timer", 422, first="2020-01-01", last="2020-12-31"), CERTIFIED
    ),
    issuing.HoursPeriodNotPossible: Case(lambda at: at.at_home("/mine/beviser/timer", 422, first="i fjor"), CERTIFIED),
    issuing.TooManyCertificates: Case("a hundred are needed to meet it; see test_certificates", CERTIFIED),
    reading.NoSuchCertificate: Case(lambda at: at.at_home("/mine/beviser/nej/slet", 404), CERTIFIED),
    keys.NoSuchKey: Case("read by programs, at the address that a credential names", CERTIFIED),
    status.NoSuchStatusList: Case("read by programs, at the address that a credential names", CERTIFIED),
    taking_back.NoReason: Case("staff take certificates back; see test_certificates_taken_back", CERTIFIED),
    # What organisers and staff do.
    starting.NobodyReads: Case(ORGANISERS, ORGANISERS),
    starting.TextMissing: Case(ORGANISERS, ORGANISERS),
    starting.TooManyToday: Case(ORGANISERS, ORGANISERS),
    calling.NobodyToPhone: Case(ORGANISERS, ORGANISERS),
    phone_marks.NobodyLeft: Case(ORGANISERS, ORGANISERS),
    choosing.TooManyReminders: Case(ORGANISERS, ORGANISERS),
    choosing.NumberNotPossible: Case(ORGANISERS, ORGANISERS),
    choosing.ClockMissing: Case(ORGANISERS, ORGANISERS),
    choosing.DayMissing: Case(ORGANISERS, ORGANISERS),
    choosing.TextTooLong: Case(ORGANISERS, ORGANISERS),
    merging.NotMergedAnyMore: Case(STAFF, STAFF),
    caps.NoSuchLimit: Case(STAFF, STAFF),
    caps.LiftNotPossible: Case(STAFF, STAFF),
    answered.KindIsFixed: Case(ORGANISERS, ORGANISERS),
    changes.GuestsAreComing: Case(ORGANISERS, ORGANISERS),
    changes.RolesAreByDate: Case(ORGANISERS, ORGANISERS),
    changes.RoleIsTaken: Case(ORGANISERS, ORGANISERS),
    changes.NotPublished: Case(ORGANISERS, ORGANISERS),
    door_links.LabelMissing: Case(ORGANISERS, ORGANISERS),
    door_links.TooManyLinks: Case(ORGANISERS, ORGANISERS),
    door_links.DoorShut: Case(AT_THE_DOOR, AT_THE_DOOR),
    door_links.DoorNotYetOpen: Case(AT_THE_DOOR, AT_THE_DOOR),
    hours.NotMarked: Case(ORGANISERS, ORGANISERS),
    hours.HoursNotPossible: Case(ORGANISERS, ORGANISERS),
    walking_in.NoRoomAtTheDoor: Case(AT_THE_DOOR, AT_THE_DOOR),
    desk.ReasonMissing: Case(ORGANISERS, ORGANISERS),
    desk.DecidedAlready: Case(ORGANISERS, ORGANISERS),
    desk.NotWaiting: Case(ORGANISERS, ORGANISERS),
    entering.SignedUpAlready: Case(ORGANISERS, ORGANISERS),
    entering.WhoComesMissing: Case(ORGANISERS, ORGANISERS),
    import_queue.ImportIsGoingOn: Case(ORGANISERS, ORGANISERS),
    importing.AlreadyApplied: Case(ORGANISERS, ORGANISERS),
    importing.NotApplied: Case(ORGANISERS, ORGANISERS),
    reinstating.ActivityIsCalledOff: Case(ORGANISERS, ORGANISERS),
    reinstating.NotCalledOff: Case(ORGANISERS, ORGANISERS),
}


def _telling(registration: Registration) -> str:
    """Where the letter leads that asks how it was."""
    return f"/hvordan-var-det/{feedback.token(registration.public_id)}"


def _by_webchat(scene: Scene) -> Scene:
    scene.talk = Talk(f"web-{scene.language}", scene.language, now=utc_now())
    return scene


def _vetted(scene: Scene) -> Occurrence:
    return scene.with_role(vetting={"da": "Børneattest"})


def _role(_scene: Scene) -> str:
    return db.session.query(ShiftRole).order_by(ShiftRole.id.desc()).first().public_id  # type: ignore[union-attr]


def _answer(_scene: Scene, words: str) -> dict[str, str]:
    return {db.session.query(Question).order_by(Question.id.desc()).first().field: words}  # type: ignore[union-attr]


def _all(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    for each in kind.__subclasses__():
        yield each
        yield from _all(each)


OF_REGISTRATIONS = sorted(
    {each for each in _all(Refusal) if each.__module__.startswith("engage.registrations.")}
    | {AnswerMissing, AnswerNotUsable, people.EmailNotUsable, TooOften},
    key=lambda each: (each.__module__, each.__name__),
)


@pytest.fixture
def town(app: Flask) -> Town:
    return Town(utc_now())


def _pattern(words: str) -> re.Pattern[str]:
    """The sentence with anything in the place of its facts."""
    parts = re.split(r"%\(\w+\)s", " ".join(words.replace("%%", "%").split()))
    return re.compile(".+".join(map(re.escape, parts)))


def _messages(kind: type[Refusal]) -> list[str]:
    """The sentences it may say, in the language that is spoken."""
    if kind is application.ClassIncomplete:
        return [str(application.ClassIncomplete(part)) for part in ("school", "class_name", "pupils", "adults")]
    if kind is AnswerMissing:
        return [_("Write an answer to “%(question)s”.")]
    if kind is AnswerNotUsable:
        return [_("Write a whole number as the answer to “%(question)s”, for example 3.")]
    return [str(kind.message)]


def _own_words(own: str | tuple[str, str]) -> list[str]:
    """What the chat says instead; two places are left wherever it counts them."""
    return [_(own)] if isinstance(own, str) else [ngettext(*own, 2)]


def test_every_refusal_stands_in_the_table() -> None:
    assert set(OF_REGISTRATIONS) - set(TABLE) == set(), "say how citizens meet it by web and chat, or why they cannot"
    assert set(TABLE) - set(OF_REGISTRATIONS) == set()
    elsewhere = {kind for kind, case in TABLE.items() if {str(case.web)[:4], str(case.chat)[:4]} & {"see "}}
    assert not elsewhere, "provoke it here, or say why nobody meets it"


def test_codes_are_stable_and_tell_apart_what_doors_must_tell_apart() -> None:
    codes: dict[str, set[type[Refusal]]] = {}
    for kind in OF_REGISTRATIONS:
        assert re.fullmatch(r"[a-z_]+", kind.code) and kind.code != Refusal.code, kind
        codes.setdefault(kind.code, set()).add(kind)
    for code, kinds in codes.items():
        eldest = [each for each in kinds if not any(each is not other and issubclass(each, other) for other in kinds)]
        assert len(eldest) == 1, f"{code} is one refusal, and its closer kinds"


@pytest.mark.parametrize("kind", OF_REGISTRATIONS, ids=lambda kind: kind.__name__)
def test_a_refusal_is_worded_in_three_languages(kind: type[Refusal]) -> None:
    said = []
    for language in LANGUAGES:
        with speaking(language):
            said.append(tuple(_messages(kind)))
    assert len(set(said)) == len(LANGUAGES), said


CASES = [(kind, door) for kind in OF_REGISTRATIONS for door in ("web", "chat") if callable(getattr(TABLE[kind], door))]


@pytest.mark.parametrize(("kind", "door"), CASES, ids=lambda each: each if isinstance(each, str) else each.__name__)
def test_a_refusal_is_said_at_the_door(
    app: Flask, town: Town, set_settings: Callable[..., None], kind: type[Refusal], door: str
) -> None:
    case = TABLE[kind]
    for language in LANGUAGES:
        scene = Scene(town, app, language, set_settings)
        shown = " ".join(getattr(case, door)(scene).split())
        with speaking(language):
            own = case.own if door == "chat" else case.own_web
            wanted = _own_words(own) if own else _messages(kind)
            assert any(_pattern(words).search(shown) for words in wanted), f"{language}: {wanted} in {shown[:1500]}"
        db.session.rollback()
