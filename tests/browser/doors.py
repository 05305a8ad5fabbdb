"""The sign-up form in each of its shapes, and sign-ups that wait for an answer: made once in the demo city."""

from datetime import time, timedelta

from engage import registrations
from engage.activities.asking import QuestionKind
from engage.activities.models import Kind, Occurrence, SignUpMode
from engage.activities.question_draft import Condition
from engage.activities.terms import AskedOfEach, Party, WaitingMode
from engage.base import tokens
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import db
from engage.outbox import Letter, Status
from engage.people import unsubscribing
from engage.registrations import Registration, feedback, notices
from engage.registrations.reminders.letters import ANSWER
from engage.registrations.reminders.models import Reminding
from tests.town import Town

DAY = timedelta(days=1)


def made(town: Town) -> dict[str, str]:
    """The addresses by name."""
    return {
        "form_group": _path(_group(town)),
        "form_class": _path(
            town.occurrence(town.activity("Havet i klassen", party=Party.CLASS, approval=True), capacity=60)
        ),
        "form_roles": _path(_shift(town)),
        "form_dates": _path(_several(town)),
        "form_course": _path(_course(town)),
        "form_line": _path(_line(town)),
        "form_not_yet": _path(town.occurrence(town.activity("Nytårskur", sign_up_opens_at=town.now + 3 * DAY))),
        "form_closed": _path(town.occurrence(town.activity("Fødselsdag", sign_up_closes_before=60 * 24 * 20))),
        **_offers(town),
        **_reminded(town),
    }


def _path(date: Occurrence) -> str:
    return f"/aktiviteter/{date.activity.public_id}/{date.activity.slug}/{date.public_id}"


def _manage(registration: Registration) -> str:
    return f"/tilmelding/{notices.manage_token(registration.public_id)}"


def _group(town: Town) -> Occurrence:
    activity = town.activity(
        "Byens store havtur", group_least=2, group_most=6, asked_of_each=AskedOfEach.NAME_AND_AGE, age_from=6,
        cancel_before=48 * 60, sign_up_closes_before=24 * 60, least_participants=8, approval=True,
    )  # fmt: skip
    car = town.question(activity, "Kommer I i bil?", QuestionKind.YES_NO)
    bikes = Condition(car.public_id, False)
    town.question(activity, "Hvor mange cykler har I med?", QuestionKind.NUMBER, shown_when=bikes)
    town.question(activity, "Hvad vil I lære om?", QuestionKind.SEVERAL, options=["Tang", "Krabber"], required=True)
    town.question(activity, "Er der noget, vi skal vide?", QuestionKind.TEXT)
    return town.occurrence(activity, capacity=20)


def _shift(town: Town) -> Occurrence:
    activity = town.activity("Strandrens ved fjorden", kind=Kind.VOLUNTEER)
    date = town.occurrence(activity, starts_in=5 * DAY)
    coffee = town.role(activity, "Kaffe og kage", 2, texts={"da": "Du står i boden."})
    town.role(activity, "Børnehold", 4, vetting={"da": "Børneattest"}, begins=time(17, 30), ends=time(19))
    for _each in range(2):
        town.signed_up(date, role=coffee.public_id)
    return date


def _several(town: Town) -> Occurrence:
    activity = town.activity("Læseklub: Livet ved fjorden", sign_up=SignUpMode.SEVERAL_DATES)
    dates = [town.occurrence(activity, starts_in=number * 7 * DAY, capacity=2) for number in (1, 2, 3)]
    town.signed_up(dates[2], seats=2)
    return dates[0]


def _course(town: Town) -> Occurrence:
    activity = town.activity("Tegn havet", sign_up=SignUpMode.WHOLE_COURSE, join_until=2)
    first = town.occurrence(activity, starts_in=7 * DAY, capacity=10)
    for number in (2, 3):
        town.occurrence(activity, starts_in=number * 7 * DAY, capacity=10)
    return first


def _line(town: Town) -> Occurrence:
    date = town.occurrence(town.activity("Keramik", waiting_mode=WaitingMode.OFFER), capacity=1)
    town.signed_up(date), town.signed_up(date)
    return date


def _offers(town: Town) -> dict[str, str]:
    """An offer of two places with a question that was put off, one to be accepted from the mail, one that ran out, and a
    free place for the first to come.
    """
    activity = town.activity("Lær at dreje", waiting_mode=WaitingMode.OFFER)
    question = town.question(activity, "Har du prøvet det før?", QuestionKind.YES_NO, required=True)
    told = {question.public_id: "yes"}

    def offered(seats: int, email: str | None = None) -> Registration:
        date = town.occurrence(activity, capacity=seats, starts_in=20 * DAY)
        guest = town.signed_up(date, seats=seats, answers=told)
        waits = town.signed_up(date, seats=seats, name="Karen Lund", email=email)
        registrations.cancel(guest.public_id, now=utc_now())
        db.session.commit()
        return waits

    two, mailed, late = offered(2), offered(1, "tilbud@example.org"), offered(1)
    # At night it would wait for the morning, as it should; here it is read now, whatever the hour.
    about = Letter.about == f"registration:{mailed.public_id}"
    db.session.query(Letter).filter(about, Letter.status == Status.PLANNED).update({"due_at": utc_now()})
    over = registrations.open_offer(late)
    assert over is not None
    town.signed_up(late.occurrence)
    over.expires_at = utc_now() - timedelta(hours=3)
    first = town.occurrence(town.activity("Kor i kirken", waiting_mode=WaitingMode.BROADCAST), capacity=1)
    guest, takes = town.signed_up(first), town.signed_up(first)
    registrations.cancel(guest.public_id, now=utc_now())
    db.session.commit()
    offer = registrations.open_offer(two)
    assert offer is not None
    return {
        "offer": f"/tilbud/{notices.offer_token(offer.public_id)}",
        "offered": _manage(two),
        "offer_over": f"/tilbud/{notices.offer_token(over.public_id)}",
        "take": _manage(takes),
        "mailed": str(mailed.email),
    }


def _reminded(town: Town) -> dict[str, str]:
    """What reminders lead to: whether one comes, how it was, and fewer letters."""
    now = utc_now()
    coming = town.signed_up(town.occurrence(town.activity("Svampetur i skoven")))
    over = town.occurrence(town.activity("Fuglenes sang"), starts_at=now - timedelta(hours=5))
    told = town.signed_up(town.occurrence(over.activity))
    told.occurrence_id = over.id
    row = Reminding(
        occurrence_id=coming.occurrence_id, registration_id=coming.id, rule_key="day", due_at=now, lane=0,
        starts_at=coming.occurrence.starts_at, useful_until=coming.occurrence.starts_at, status="sent",
    )  # fmt: skip
    db.session.add(row)
    db.session.commit()
    return {
        "coming": f"/kommer/{tokens.sign(current_settings().secret_key, ANSWER, row.id)}",
        "telling": f"/hvordan-var-det/{feedback.token(told.public_id)}",
        "fewer": "/" + unsubscribing.link("reminders", coming.person_id).split("/", 3)[3],
    }
