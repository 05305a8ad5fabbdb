"""A person of whom something stands in every table that may hold something of a citizen, always with the same marker."""

from datetime import date, timedelta

from sqlalchemy import insert, select

from engage import following, outbox, people, registrations
from engage.base.db import db
from engage.base.identifiers import public_id
from engage.base.message import Card, Message
from engage.base.pace import Pace
from engage.channels import webchat
from engage.channels.webchat import Sender
from engage.dialog.models import Conversation
from engage.inbox import State as InboxState
from engage.inbox.models import Update
from engage.people import Person, Purpose, onetime, visits, wishes
from engage.people.models import Address
from engage.proposals import Proposal, ProposalState, interest
from engage.proposals.models import ProposalNote, ProposalPicture
from engage.questions import CitizenQuestion, QuestionState
from engage.registrations import (
    Companion,
    Registration,
    SchoolClass,
    attendance,
    caps,
    desk,
    holds,
    linking,
    merging,
    own_calendar,
    steps,
)
from engage.registrations.attendance import Attendance
from engage.registrations.attendance.models import HoursSetAside
from engage.registrations.certificates import Certificate, CertificateKind
from engage.registrations.feedback_models import Feedback
from engage.registrations.models import Hold, Step
from engage.registrations.reminders.models import Reminding
from tests.accounts.cast import account
from tests.conftest import NOW
from tests.town import Town

MARKER = "qzmarker"
EMAIL = f"{MARKER}@example.org"
CHAT = f"{MARKER}-chat"


def live(town: Town) -> int:
    """Fill every table with this person; returns them."""
    activity = town.activity(party="group", asked_of_each="name", waiting_mode="offer")
    question = town.question(activity, "Hvad spiser du?")
    date_ = town.occurrence(activity, capacity=3)
    sign_up = {"name": f"{MARKER} Holm", "email": EMAIL, "seats": 2, "client": MARKER}
    asked = {
        "answers": {question.public_id: f"ikke {MARKER}"},
        "companions": (Companion(MARKER), Companion(f"{MARKER} to")),
    }
    first = town.signed_up(date_, **sign_up, **asked)
    first.school_class = {"school": MARKER, "class": "5.b", "pupils": 2, "adults": 1}
    first.vetted_on = date(2026, 1, 1)
    first.phone = f"20304050 ({MARKER})"
    first.bundle = MARKER
    full = town.occurrence(town.activity("Fuld", waiting_mode="offer"), capacity=1)
    town.signed_up(full)
    waits = town.signed_up(full, name=f"{MARKER} Holm", email=EMAIL)
    row = {"occurrence_id": date_.id, "registration_id": first.id, "starts_at": NOW, "due_at": NOW, "useful_until": NOW}
    db.session.add(Reminding(**row, rule_key="day", lane=0))
    said = {
        "rating": 4,
        "words": f"Hilsen {MARKER}",
        "pledge": f"{MARKER} sorterer affald",
        "dimensions": [],
        "sdgs": [],
    }
    db.session.add(
        Feedback(
            public_id="feedback1",
            occurrence_id=date_.id,
            registration_id=first.id,
            given_at=NOW,
            changed_at=NOW,
            **said,
        )
    )
    staff = account().id
    desk.move(waits.public_id, 1, f"{MARKER} er kørestolsbruger", by=staff, now=NOW)
    steps.because(first, f"{MARKER} ringede", staff)
    db.session.add(
        Attendance(
            registration_id=first.id, occurrence_id=first.occurrence_id, seats=2, minutes=120, corrected_minutes=60,
            corrected_reason=f"{MARKER} gik før", corrected_by_id=staff, marked_at=NOW,
        )
    )  # fmt: skip
    db.session.add(
        HoursSetAside(
            registration_id=waits.id, occurrence_id=waits.occurrence_id, minutes=30, reason=f"{MARKER} kom ikke", by_id=staff
        )
    )  # fmt: skip
    scan = attendance.Scan("whole-life", attendance.Way.LIST, sign_up=first.public_id)
    attendance.check_in(first.occurrence_id, scan, keeper=attendance.Keeper(staff), now=first.occurrence.starts_at)
    person = people.person_at("email", EMAIL)
    assert person is not None
    certificate = Certificate(
        public_id="certificate1", kind=CertificateKind.ATTENDANCE, person_id=person, registration_id=first.id,
        name=f"{MARKER} Holm", name_checkable=True, issued_at=NOW,
        facts={"titles": {"da": "Klimacafé"}, "organisers": ["Biblioteket"], "minutes": 60},
    )  # fmt: skip
    db.session.add(certificate)
    _questions(person)
    _proposals(person)
    _page(person)
    _chats(person)
    _letters()
    assert SchoolClass
    caps.stops(caps.address(EMAIL), NOW)
    (limit,) = caps.of_address(EMAIL)
    caps.lift(limit.public_id, 3, f"{MARKER} ringede", by=staff, now=NOW)
    db.session.commit()
    return person


def _questions(person: int) -> None:
    """One as this person, one in their chat, one with their address alone; all that is in them is theirs."""
    for facts in (
        {"channel": "web", "person_id": person},
        {"channel": "telegram", "identifier": CHAT},
        {"channel": "web", "email": EMAIL},
    ):
        question = CitizenQuestion(
            public_id=public_id(12), name=MARKER, language="da", text=f"jeg er {MARKER}", answer=f"Kære {MARKER}",
            state=QuestionState.ANSWERED, asked_at=NOW, answered_at=NOW, **facts,
        )  # fmt: skip
        db.session.add(question)


def _proposals(person: int) -> None:
    """One with all there can be, and one of somebody else's that they would come to."""
    words = {name: f"{name} {MARKER}" for name in ("name", "title", "text", "whom", "time", "place")}
    facts = {
        "channel": "web",
        "language": "da",
        "proposed_at": NOW,
        "changed_at": NOW,
        "state": ProposalState.DECLINED,
    }
    own = Proposal(public_id=public_id(12), person_id=person, email=EMAIL, shows_name=True, **words, **facts)
    others = Proposal(public_id=public_id(12), title="Andet", text="Ord", shown_title="Andet", shown_at=NOW, **facts)
    db.session.add_all([own, others])
    db.session.flush()
    note = ProposalNote(proposal_id=own.id, from_citizen=True, words=f"jeg er {MARKER}", at=NOW)
    picture = ProposalPicture(proposal_id=own.id, large=MARKER.encode(), small=MARKER.encode(), width=1, height=1)
    db.session.add_all([note, picture])
    interest.would_come(others.public_id, f"person:{person}", now=NOW, person_id=person, hears=True)


def _page(person: int) -> None:
    wishes.wish(person, wishes.Wishes(), language="da")
    address = db.session.scalars(select(Address).where(Address.identifier == EMAIL)).one()
    visits.begin(address.id, NOW, timedelta(hours=12))
    visit = address.id
    own_calendar.renew(person, now=NOW)
    following.follow(person, {"words": MARKER}, now=NOW)
    onetime.make(Purpose.ENTER, EMAIL, now=NOW, lasts=timedelta(hours=1))
    # A letter that was asked for in one of their chats, to an address of somebody else.
    facts = {"channel": "telegram", "identifier": CHAT}
    onetime.make(Purpose.LINK, "another@example.org", now=NOW, lasts=timedelta(hours=1), facts=facts)
    # A telephone that is theirs, and a code on its way to another one.
    db.session.add(Address(person_id=person, channel="sms", identifier=f"+45{MARKER}", verified_at=NOW))
    onetime.make(
        Purpose.PHONE,
        EMAIL,
        now=NOW,
        lasts=timedelta(minutes=10),
        facts={"channel": "sms", "identifier": f"+46{MARKER}"},
    )
    assert visit


def _chats(person: int) -> None:
    for channel in ("telegram", "webchat"):
        db.session.add(Address(person_id=person, channel=channel, identifier=CHAT, verified_at=NOW))
        talk = Conversation(
            channel=channel, identifier=CHAT, person_id=None if channel == "telegram" else person, language="da",
            data={"contact": {"name": MARKER, "email": EMAIL}}, started_at=NOW, spoke_at=NOW,
        )  # fmt: skip
        db.session.add(talk)
        db.session.flush()
    webchat.say(CHAT, Sender.CITIZEN, Message((f"jeg er {MARKER}",)), NOW)
    for number, state in enumerate((InboxState.PARKED, InboxState.DONE)):
        body = {"text": MARKER} if state == InboxState.PARKED else None
        lane = CHAT if number else f"inline {CHAT}"
        db.session.execute(
            insert(Update).values(
                source="telegram:7", number=number, lane=lane, state=state, body=body, not_before=NOW, received_at=NOW,
                settled_at=NOW,
            )
        )  # fmt: skip
    db.session.add(Pace(key=f"telegram:7:{CHAT}", free_at=NOW))
    # Somebody else's page, on which this person's chat has answered.
    other = people.find_or_create("email", "anden@example.org", language="da", now=NOW)
    address = db.session.scalars(select(Address).where(Address.person_id == other)).one()
    visits.begin(address.id, NOW, timedelta(hours=12))
    visit = db.session.scalars(select(people.Visit).where(people.Visit.address_id == address.id)).one()
    linking.begin(visit, now=NOW)
    link = linking.waiting(visit, now=NOW)
    assert link is not None
    link.channel, link.identifier, link.answered_at = "telegram", CHAT, NOW
    behind = Person(language="da", wishes={}, created_at=NOW)
    db.session.add(behind)
    db.session.flush()
    db.session.add(
        merging.PersonMerge(
            public_id="merge123",
            kept_id=person,
            gone_id=behind.id,
            channel="webchat",
            moved={},
            doubles=[],
            made_at=NOW,
        )
    )


def _letters() -> None:
    """About what no component knows to be theirs: only the address tells, be it the first one tried or the last."""
    message = Message((f"Kære {MARKER}",), cards=(Card(MARKER),))
    outbox.put(message, [("email", EMAIL)], key="letter:1", about="something:else", now=NOW)
    both = [("telegram", "77"), ("email", EMAIL)]
    outbox.put(message, both, key="letter:2", about="something:else", now=NOW)
    letter = db.session.scalars(select(outbox.Letter).where(outbox.Letter.key == "letter:1")).one()
    letter.last_error, letter.place, letter.status = f"550 {EMAIL}", MARKER, outbox.Status.HELD


FILLED_BY = (Hold, Registration, Step, holds, registrations)
