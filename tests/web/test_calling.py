"""Whom staff and organisers phone: who could not be told, what it was, and that it is told now."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from engage import outbox, privacy
from engage.accounts import Rights, RoleName
from engage.accounts.audit import AuditEntry
from engage.activities.models import Occurrence
from engage.activities.scopes import Scope
from engage.base.clock import utc_now
from engage.base.db import db, transaction
from engage.base.errors import ChannelError
from engage.base.message import Message
from engage.outbox import Letter, Status
from engage.registrations import Registration, calling, changes, entering, forgetting, guests, phone_marks
from tests.accounts.cast import account, signed_in
from tests.town import Town
from tests.web.conftest import Visitor

CALLS = "/staff/ringes-op"


class NoWay:
    """Knows no address at all."""

    def send(self, identifier: str, message: Message, *, key: str) -> None:
        raise ChannelError("recipient refused: 550", permanent=True)


@pytest.fixture
def date(town: Town) -> Occurrence:
    return town.occurrence(starts_at=utc_now() + timedelta(days=7))


@pytest.fixture
def staff(app: Flask) -> Visitor:
    return Visitor(signed_in(app, account("Karl Holm", roles=[RoleName.STAFF])))


@pytest.fixture
def organiser(app: Flask, date: Occurrence) -> Visitor:
    return Visitor(signed_in(app, account("Bente Lund", member_of=[date.activity.organisation])))


@pytest.fixture
def poul(town: Town, date: Occurrence) -> Registration:
    """Who phoned, and left no e-mail."""
    with transaction():
        by = account("Dorte").id
        application = town.application("Poul Friis", email=" ", phone="12 34 56 78")
        return entering.add(date.id, application, by=by, now=utc_now())


def call_off(date: Occurrence) -> None:
    """The date is called off, and the worker has tried what it can."""
    with transaction():
        changes.call_off(date.id, Scope.THIS, now=utc_now(), words="Storm.")
    deliver()


def deliver() -> None:
    outbox.deliver_due({"email": NoWay(), "webchat": NoWay()}, utc_now() + timedelta(seconds=1))


def press(visitor: Visitor, path: str, note: str = "Ringede kl. 10.") -> str:
    (form,) = [each for each in visitor.get(path + "?lang=en").all("form") if {"letter", "mark"} & each.fields().keys()]
    answer = visitor.client.post(form.get("action"), data={**form.fields(), "note": note})
    assert answer.status_code == 303
    return visitor.get(path + "?lang=en").one("main").text


def guest_list(date: Occurrence) -> str:
    return f"/organiser/aktiviteter/{date.activity.public_id}/datoer/{date.public_id}/tilmeldte"


def test_who_has_no_address_and_whose_address_is_gone_are_on_the_list_with_what_they_must_know(
    staff: Visitor, town: Town, date: Occurrence, poul: Registration
) -> None:
    town.signed_up(date, name="Anna Holm")
    deliver()
    assert "Everybody has been told" in staff.get(CALLS + "?lang=en").one("main").text, "a confirmation is no call"
    call_off(date)
    words = staff.get(CALLS).one("main").text
    for each in ("Poul Friis", "12 34 56 78", "Anna Holm", "no number known", "Klimacafé", "Storm.", "None of their"):
        assert each in words
    assert "2 people" in staff.get("/staff/").one("main").text


def test_once_told_they_are_off_the_list_and_the_note_and_the_log_say_so(
    staff: Visitor, organiser: Visitor, date: Occurrence, poul: Registration
) -> None:
    call_off(date)
    assert "It is written down" in press(staff, CALLS)
    assert calling.waiting(utc_now()) == []
    assert [each.reason for each in guests.history(poul)][-1] == "Ringede kl. 10."
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "guests.phoned")).one()
    assert entry.facts == {"occurrence": date.public_id, "sign_up": poul.public_id}, "and no word of the note"
    letter = db.session.scalars(select(Letter).where(Letter.must_arrive)).one()
    assert (letter.status, letter.phone_note) == (Status.FAILED, "Ringede kl. 10.")


def test_an_organiser_sees_and_answers_those_of_their_own_dates_alone(
    organiser: Visitor, town: Town, date: Occurrence, poul: Registration
) -> None:
    other = town.occurrence(starts_at=utc_now() + timedelta(days=8))
    theirs = town.signed_up(other, name="Signe Bo")
    call_off(date), call_off(other)
    page = organiser.get(guest_list(date)).one("main").text
    assert "12 34 56 78" in page
    assert "Signe Bo" not in page
    assert organiser.client.get(guest_list(other)).status_code == 404
    number = db.session.scalar(
        select(Letter.id).where(Letter.about == f"registration:{theirs.public_id}", Letter.must_arrive)
    )
    wrong = f"{guest_list(other)}/{theirs.public_id}/ringet-op"
    assert organiser.client.post(wrong, data={"letter": number}).status_code in {400, 404}
    assert "It is written down" in press(organiser, guest_list(date))


def test_two_who_phone_at_once_are_told_of_each_other_and_a_wrong_number_does_nothing(
    staff: Visitor, app: Flask, date: Occurrence, poul: Registration
) -> None:
    call_off(date)
    number = calling.waiting(utc_now())[0].untold[0].letter_id
    first, second = account("Ida").id, account("Per").id
    with transaction():
        calling.phoned(poul.public_id, [number], "", by=first, now=utc_now())
    with transaction():
        calling.phoned(poul.public_id, [number], "", by=first, now=utc_now())
    for letters in ([number], [number + 1], []):
        with pytest.raises(calling.NobodyToPhone):
            calling.phoned(poul.public_id, letters, "", by=second, now=utc_now())
    assert [each.reason for each in guests.history(poul)].count("#phoned") == 1


def test_when_the_date_is_over_or_the_letter_arrives_nobody_is_phoned(
    town: Town, date: Occurrence, poul: Registration
) -> None:
    call_off(date)
    assert calling.count(utc_now()) == 1
    assert calling.count(utc_now() + timedelta(days=8)) == 0
    db.session.query(Letter).update({"status": Status.SENT})
    assert calling.waiting(utc_now()) == []


def test_a_number_left_on_the_phone_goes_when_the_person_is_let_go(
    town: Town, date: Occurrence, poul: Registration
) -> None:
    call_off(date)
    forgetting.expire(utc_now() + timedelta(days=400))
    db.session.commit()
    db.session.refresh(poul)
    assert (poul.name, poul.phone) == (None, None)
    assert db.session.scalar(select(Letter.id).where(Letter.must_arrive)) is None


def one(date: Occurrence, registration: Registration) -> str:
    return f"{guest_list(date)}/{registration.public_id}"


def form_of(visitor: Visitor, path: str, ending: str) -> tuple[str, dict[str, str]]:
    (form,) = [each for each in visitor.get(path + "?lang=en").all("form") if each.get("action").endswith(ending)]
    return form.get("action"), form.fields()


def mark(visitor: Visitor, date: Occurrence, registration: Registration, **said: str) -> None:
    action, fields = form_of(visitor, one(date, registration), "/ringes-op")
    assert visitor.client.post(action, data={**fields, "do": "mark", **said}).status_code == 303


def actions() -> list[str]:
    db.session.expire_all()
    return [each.action for each in db.session.query(AuditEntry).order_by(AuditEntry.id)]


def test_somebody_marked_by_hand_is_on_the_lists_in_the_filter_and_in_the_file_until_they_were_phoned(
    organiser: Visitor, staff: Visitor, town: Town, date: Occurrence
) -> None:
    anna = town.signed_up(date, name="Anna Holm")
    town.signed_up(date, name="Bo Lind")
    mark(organiser, date, anna, why="Spørg om  kørsel\n")
    page = organiser.get(guest_list(date) + "?vis=ringes&lang=en").one("main").text
    assert "1 sign-up" in page and "Spørg om kørsel" in page and "Bente Lund" in page and "Bo Lind" not in page
    assert "Spørg om kørsel" in staff.get(CALLS).one("main").text
    assert "1 person" in staff.get("/staff/").one("main").text
    lines = organiser.client.get(guest_list(date) + "/liste.csv").data.decode().splitlines()
    assert ["Spørg om kørsel" in each for each in lines] == [False, True, False]
    assert "Spørg om kørsel" in organiser.get(guest_list(date) + "/udskriv").one("main").text
    answer = press(organiser, guest_list(date), "Fik fat i hende.")
    assert "written down that they were phoned" in answer and "Spørg om kørsel" not in answer
    history = organiser.get(one(date, anna) + "?lang=en").one("main").text
    assert "Marked: to be phoned. Spørg om kørsel" in history and "Was phoned. Fik fat i hende." in history
    assert [each for each in actions() if "phone" in each] == ["guests.to_phone", "phone.list_seen", "guests.phoned"]


def test_the_same_mark_twice_is_one_other_words_replace_it_and_taking_it_away_needs_no_call(
    organiser: Visitor, town: Town, date: Occurrence
) -> None:
    anna = town.signed_up(date, name="Anna Holm")
    for why in ("Kørsel", "Kørsel", "Allergi"):
        mark(organiser, date, anna, why=why)
    mark(organiser, date, anna, do="take_away")
    mark(organiser, date, anna, do="take_away")
    reasons = [each.reason for each in guests.history(anna)][-3:]
    assert reasons == ["#to_phone Kørsel", "#to_phone Allergi", "#not_to_phone"]
    assert calling.waiting(utc_now(), date.id) == []


def test_a_call_ends_the_mark_it_was_made_for_and_no_later_one(town: Town, date: Occurrence) -> None:
    anna, first, second = town.signed_up(date, name="Anna Holm"), account("Ida").id, account("Per").id
    now = utc_now()
    with transaction():
        marked_at = phone_marks.mark(anna.public_id, "", by=second, now=now).to_phone_at
    for _again in range(2):
        with transaction():
            calling.phoned(anna.public_id, [], "", by=first, now=now, marked_at=marked_at)
    with pytest.raises(calling.NobodyToPhone):
        calling.phoned(anna.public_id, [], "", by=second, now=now, marked_at=marked_at)
    assert [each.reason for each in guests.history(anna)].count("#spoken_with") == 1
    with transaction():
        phone_marks.mark(anna.public_id, "Igen", by=second, now=now + timedelta(minutes=1))
        calling.phoned(anna.public_id, [], "", by=first, now=now, marked_at=marked_at)
    assert anna.to_phone_why == "Igen"


def test_one_call_tells_what_no_letter_could_and_what_somebody_was_marked_for(
    organiser: Visitor, date: Occurrence, poul: Registration
) -> None:
    call_off(date)
    mark(organiser, date, poul, why="Kørsel")
    assert calling.count(utc_now()) == 1
    assert "that they know" in press(organiser, guest_list(date))
    assert calling.waiting(utc_now(), date.id) == []


def test_a_mark_outlasts_its_date_on_the_dates_own_list_alone(town: Town, date: Occurrence) -> None:
    anna, by = town.signed_up(date, name="Anna Holm"), account("Ida").id
    with transaction():
        phone_marks.mark(anna.public_id, "Glemte sin jakke", by=by, now=utc_now())
    later = utc_now() + timedelta(days=8)
    assert (calling.count(later), len(calling.waiting(later, date.id))) == (0, 1)


def test_who_only_checks_in_and_who_is_of_another_organisation_marks_nobody(
    app: Flask, town: Town, date: Occurrence
) -> None:
    anna = town.signed_up(date, name="Anna Holm")
    helper = account("Hans Lund", member_of={date.activity.organisation: Rights.CHECK_IN})
    for each in (helper, account("Else Dam")):
        client = signed_in(app, each)
        assert client.post(one(date, anna) + "/ringes-op", data={"do": "mark"}).status_code in {400, 403, 404}
    db.session.expire_all()
    assert anna.to_phone_at is None


def test_why_somebody_is_to_be_phoned_is_told_to_them_and_goes_with_them(town: Town, date: Occurrence) -> None:
    anna, by = town.signed_up(date, name="Anna Holm"), account("Ida").id
    with transaction():
        phone_marks.mark(anna.public_id, "Kørsel", by=by, now=utc_now())
    assert anna.person_id is not None
    assert "Kørsel" in str(privacy.told(anna.person_id))
    with transaction():
        privacy.erase(anna.person_id, now=utc_now())
    db.session.expire_all()
    assert (anna.to_phone_at, anna.to_phone_why, anna.to_phone_by_id) == (None, "", None)
    assert not [each for each in guests.history(anna) if "Kørsel" in each.reason]
    with pytest.raises(phone_marks.NobodyLeft):
        phone_marks.mark(anna.public_id, "Kørsel", by=by, now=utc_now())
