"""What the rooms of organisers and staff have to show: made once in the demo city, for the pages a browser looks at."""

from decimal import Decimal
from typing import Any

from flask import Flask, current_app
from sqlalchemy import select

from engage import outbox
from engage.accounts import Organisation, Rights, RoleName, User, invitations, members, moving
from engage.activities import reviewing
from engage.activities.models import Activity, ActivityState, Kind
from engage.base.clock import utc_now
from engage.base.db import db
from engage.base.message import Message
from engage.base.wording import slug
from engage.goals.cycle import choosing, indicators
from engage.goals.cycle.indicators import IndicatorInput
from engage.outbox import Letter, Status
from engage.questions import CitizenQuestion, desk
from tests.accounts.cast import account, signed_in
from tests.town import Town
from tests.web.conftest import Visitor
from tests.web.test_imports import ICS, upload


def made(town: Town) -> dict[str, Any]:
    """The addresses by name, and under `cookies` the sessions in which somebody is signed in."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    organisation = db.session.query(Organisation).order_by(Organisation.name).first()
    assert organisation is not None
    admin = account("Else Krog", roles=[RoleName.STAFF, RoleName.ADMIN], email="else@example.org")
    organiser = account("Bente Lund", member_of=[organisation], email="bente.lund@example.org")
    helper = account("Ole Ved Døren", member_of={organisation: Rights.CHECK_IN})
    closed = account("Carl Som Er Rejst")
    members.close(closed, by=admin, now=utc_now())
    now = utc_now()
    invited = invitations.invite("ny@example.org", by=admin, now=now, language="da", **_editor(organisation))
    invitations.invite("kollega@example.org", by=admin, now=now, language="de", role=RoleName.STAFF)
    _letters(now)
    room = f"/staff/organisationer/{organisation.public_id}"
    client = signed_in(app, organiser)
    places = {
        "organisation": f"/arrangoerer/{organisation.public_id}/{slug(organisation.name)}",
        "invitation": _path(invited.link),
        **_moving(organiser),
        **_measured(),
        "review": f"/staff/gennemsyn/{_activity(town, organiser, 'Ud i engen').public_id}",
        "decided": f"/staff/gennemsyn/{_sent_back(town, organiser, admin).public_id}",
        "staff_organisation": room,
        "staff_member": f"{room}/medlemmer/{helper.public_id}",
        "question": f"/staff/spoergsmaal/{_question(admin)}",
        "user": f"/staff/brugere/{organiser.public_id}",
        "closed": f"/staff/brugere/{closed.public_id}",
        "import_run": upload(Visitor(client), ICS),
    }
    cookies = {"organiser": _cookie(client), "admin": _cookie(signed_in(app, admin))}
    db.session.commit()
    return {**places, "cookies": cookies}


def _measured() -> dict[str, str]:
    """A year with two Key Features, one of them measured: with a baseline, a target, a value and one struck out."""
    now = utc_now()
    choosing.choose(now.year, ["kf-literacy", "kf-public-life"], this_year=now.year, now=now)
    choosing.note_aim(now.year, "kf-literacy", "Flere læser højt for deres børn.", this_year=now.year)
    today = now.date()
    wanted = IndicatorInput(
        names={"da": "Voksne, der læser"}, units={"da": "%"}, definition="Andel af alle over 15 år.",
        baseline_value=Decimal("60.5"), baseline_on=today, baseline_source="Danmarks Statistik",
        target_value=Decimal(80), target_on=today,
    )  # fmt: skip
    found = indicators.add("kf-literacy", wanted, now=now)
    wrong = indicators.follow_up(found, Decimal(5), today, "Optælling", today=today, now=now)
    indicators.strike(found, wrong.public_id, "Talt forkert", now=now)
    indicators.follow_up(found, Decimal("68.5"), today, "Optælling", today=today, now=now)
    where = "/staff/key-features"
    return {"chosen_year": f"{where}/{now.year}", "indicator": f"{where}/indikator/{found.public_id}"}


def _editor(organisation: Organisation) -> dict[str, Any]:
    return {"organisation_id": organisation.id, "rights": Rights.EDITOR}


def _path(url: str) -> str:
    return "/" + url.split("/", 3)[3]


def _cookie(client: Any) -> str:
    found = client.get_cookie("engage")
    assert found is not None
    return str(found.value)


def _moving(user: User) -> dict[str, str]:
    """Somebody has asked for another address: the links to both."""
    change = moving.ask(user, "bente.holm@example.org", now=utc_now())
    db.session.commit()
    sent = db.session.query(Letter).filter_by(about=f"email-change:{change.public_id}").order_by(Letter.id)
    confirm, stop = (_path(letter.message["buttons"][0]["url"]) for letter in sent)
    return {"email_confirm": confirm, "email_stop": stop}


def _activity(town: Town, writer: User, title: str) -> Activity:
    waiting: dict[str, Any] = {"state": ActivityState.IN_REVIEW, "submitted_at": utc_now(), "kind": Kind.LEARNING}
    organisation = writer.memberships[0].organisation
    activity = town.activity(
        texts={"da": title, "de": "Auf die Wiese"}, organisation=organisation, created_by_id=writer.id, **waiting
    )
    town.occurrence(activity)
    return activity


def _sent_back(town: Town, writer: User, admin: User) -> Activity:
    activity = _activity(town, writer, "Strikkecafé")
    reviewing.send_back(activity, "Skriv, hvor vi mødes.\nOg hvornår.", by=admin, now=utc_now())
    db.session.commit()
    return activity


def _question(admin: User) -> str:
    """One that waits, and that somebody has begun to answer."""
    name = db.session.scalars(select(CitizenQuestion.public_id).order_by(CitizenQuestion.id)).first()
    assert name is not None
    desk.take_on(name, by=admin, now=utc_now())
    return name


def _letters(now: Any) -> None:
    """One that killed its workers, and one nobody would take."""
    for key, status, error in (
        ("registration:a:confirm", Status.SET_ASIDE, "abandoned"),
        ("review:b:1", Status.FAILED, "550 <anna.holm@example.org>: no such user"),
    ):
        outbox.put(Message(("Hej",)), [("email", "anna.holm@example.org")], key=key, about=key, now=now)
        letter = db.session.query(Letter).filter_by(key=key).one()
        letter.status, letter.last_error, letter.settled_at, letter.claimed_at = status, error, now, now
        letter.abandoned, letter.tries = 3, 2
    db.session.commit()
