"""The whole life of a sign-up by talk: tasks, classes, questions, several dates, offers, changes."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from engage import people, registrations
from engage.activities.asking import Question, QuestionKind
from engage.activities.models import Kind, Occurrence, Pool, SignUpMode
from engage.activities.shifts import RoleInput
from engage.activities.terms import AskedOfEach, Party, WaitingMode
from engage.base.db import db, transaction
from engage.base.i18n import gettext as _
from engage.base.identifiers import public_id
from engage.base.message import Message
from engage.base.wording import deadline
from engage.channels.mail import as_text
from engage.outbox import Letter, Status
from engage.registrations import Registration, State, changes, leaving, tickets
from engage.registrations.models import Hold, Offer
from tests.conftest import NOW
from tests.dialog.talk import Talk
from tests.town import Town


def rows() -> list[Registration]:
    query = select(Registration).where(Registration.state != State.CANCELLED_BY_PERSON).order_by(Registration.id)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def only() -> Registration:
    (row,) = rows()
    return row


@pytest.fixture
def known(town: Town) -> Iterator[Talk]:
    """A talk with Anna, whose address is proven, so that she has a place as soon as she says yes."""
    talk = Talk()
    date_ = town.occurrence(starts_in=timedelta(days=90))
    talk.press(f"sign_up:start:{date_.public_id}").say("1").say("Anna").say("anna@example.org").tap("sign_up:confirm")
    with transaction():
        registrations.confirm(only().public_id, now=talk.now)
        registrations.cancel(only().public_id, now=talk.now)
    talk.now += timedelta(hours=2)  # it no longer waits for the mail
    yield talk


def question(date_: Occurrence, kind: QuestionKind, label: str, *, required: bool = True, **facts: object) -> Question:
    place = db.session.query(Question).count()
    made = Question(
        public_id=public_id(), activity_id=date_.activity_id, position=place, kind=kind, labels={"da": label}, hints={},
        options=facts.get("options", []), required=required, shown_when=facts.get("shown_when", {}),
    )  # fmt: skip
    db.session.add(made)
    db.session.commit()
    return made


def options(*labels: str) -> list[dict[str, object]]:
    return [{"key": label.lower(), "labels": {"da": label}} for label in labels]


def test_what_the_organiser_asks_is_asked_one_at_a_time(town: Town) -> None:
    date_ = town.occurrence()
    food = question(date_, QuestionKind.CHOICE, "Mad?", options=options("Kød", "Grønt"))
    allergy = question(date_, QuestionKind.TEXT, "Allergi?", required=False)
    wheel = question(date_, QuestionKind.YES_NO, "Kørestol?")
    days = question(date_, QuestionKind.SEVERAL, "Hjælp?", required=False, options=options("Kage", "Opvask"))
    age = question(date_, QuestionKind.NUMBER, "Hvor mange år?", shown_when={"question": wheel.public_id, "is": True})
    talk = Talk().press(f"sign_up:start:{date_.public_id}").say("1").say("Anna").say("anna@example.org")
    assert "1 " in talk.text and "Mad?" in talk.text
    talk.say("Sushi")
    assert "Mad?" in talk.text, "an answer that is none is asked again"
    talk.say("2")
    talk.tap("questions:skip").say("ja")
    assert "Hjælp?" in talk.text
    talk.tap("questions:toggle:opvask").tap("questions:toggle:kage").tap("questions:chosen")
    assert "Hvor mange år?" in talk.text
    talk.say("mange").say("44")
    talk.tap("sign_up:confirm")
    assert only().answers == {
        food.public_id: "grønt", wheel.public_id: True, days.public_id: ["kage", "opvask"], age.public_id: 44,
    }  # fmt: skip
    assert allergy.public_id not in only().answers


def test_one_answer_is_changed_alone_with_what_follows_from_it(town: Town) -> None:
    date_ = town.occurrence()
    wheel = named(question(date_, QuestionKind.YES_NO, "Kørestol?"), "wheel")
    reason = {"question": wheel.public_id, "is": True}
    named(question(date_, QuestionKind.NUMBER, "Hvor bred?", shown_when=reason), "width")
    named(question(date_, QuestionKind.TEXT, "Allergi?", required=False), "allergy")
    days = question(date_, QuestionKind.SEVERAL, "Hjælp?", options=options("Kage", "Opvask"))
    named(days, "help")
    talk = Talk().press(f"sign_up:start:{date_.public_id}").say("1").say("Anna").say("anna@example.org")
    talk.say("nej").tap("questions:skip").say("Kage").tap("questions:chosen")
    talk.tap("sign_up:change").tap("sign_up:revise:wheel").say("ja")
    assert "Hvor bred?" in talk.text, "the new answer is the reason for asking"
    assert "Kørestol? Ja" in talk.say("70").text
    talk.tap("sign_up:change").tap("sign_up:revise:help").tap("questions:toggle:opvask").tap("questions:chosen")
    assert "Hjælp? Kage og Opvask" in talk.text
    talk.tap("sign_up:change").tap("sign_up:revise:wheel").tap("questions:choose:no")
    assert "Hvor bred?" not in talk.text
    talk.tap("sign_up:confirm")
    assert only().answers == {"wheel": False, "help": ["kage", "opvask"]}


def test_fewer_than_were_named_are_asked_for_again(town: Town) -> None:
    date_ = town.occurrence(town.activity(asked_of_each=AskedOfEach.NAME))
    talk = Talk().press(f"sign_up:start:{date_.public_id}").say("2").say("Anna").say("anna@example.org")
    talk.say("Ida").say("Bo")
    talk.tap("sign_up:change").tap("sign_up:revise:seats").say("3").say("Eva")
    assert "Ida, Bo, Eva" in talk.text
    talk.tap("sign_up:change").tap("sign_up:revise:seats").say("1").say("Eva").tap("sign_up:confirm")
    assert [each["name"] for each in only().companions] == ["Eva"]


def test_another_task_lets_go_of_what_was_kept_for_the_first(town: Town) -> None:
    date_ = town.occurrence(town.activity(kind=Kind.VOLUNTEER))
    grill, cakes = town.role(date_.activity, "Grill", 1), town.role(date_.activity, "Kager", 1)
    talk = Talk().press(f"sign_up:start:{date_.public_id}").say("Grill").say("1").say("Anna").say("anna@example.org")
    talk.tap("sign_up:change").tap("sign_up:revise:role").say("Kager")
    assert "Kager" in talk.text
    held = db.session.scalars(select(Hold)).one()
    assert db.session.get_one(Pool, held.pool_id).role_id == cakes.id
    talk.tap("sign_up:confirm")
    assert only().pool.role.public_id == cakes.public_id != grill.public_id


def test_one_can_go_back_and_out(town: Town) -> None:
    date_ = town.occurrence()
    question(date_, QuestionKind.YES_NO, "Kørestol?"), question(date_, QuestionKind.TEXT, "Hvorfor?")
    talk = Talk().press(f"sign_up:start:{date_.public_id}").say("1").say("Anna").say("anna@example.org").say("ja")
    assert "Hvorfor?" in talk.tap("questions:back").tap("questions:choose:no").text
    talk.say("annuller")
    assert talk.place == ("", "") and rows() == []


@pytest.mark.parametrize(
    ("said", "chosen"),
    [
        ("kage og opvask", ["kage", "opvask"]),
        ("Kage, opvask og mel og smør", ["kage", "opvask", "mel og smør"]),
        ("1 3", ["kage", "mel og smør"]),
        ("1 & 2", ["kage", "opvask"]),
    ],
)
def test_several_are_named_as_one_says_them(town: Town, said: str, chosen: list[str]) -> None:
    date_ = town.occurrence()
    brings = question(date_, QuestionKind.SEVERAL, "Hjælp?", options=options("Kage", "Opvask", "Mel og smør"))
    talk = Talk().press(f"sign_up:start:{date_.public_id}").say("1").say("Anna").say("anna@example.org")
    assert "Du kan vælge flere." in talk.text
    talk.say(said).tap("sign_up:confirm")
    assert only().answers == {brings.public_id: chosen}


def test_back_leads_through_the_questions_in_the_order_they_were_asked(town: Town) -> None:
    """The database sorts an object's names by their length and letters, which says nothing of what was asked last."""
    date_ = town.occurrence()
    wheel = named(question(date_, QuestionKind.YES_NO, "Kørestol?"), "zzzzzz")
    reason = {"question": wheel.public_id, "is": True}
    named(question(date_, QuestionKind.TEXT, "Hvorfor?", shown_when=reason), "bb")
    named(question(date_, QuestionKind.TEXT, "Allergi?", required=False), "c")
    named(question(date_, QuestionKind.TEXT, "Mad?"), "aaa")
    talk = Talk().press(f"sign_up:start:{date_.public_id}").say("1").say("Anna").say("anna@example.org")
    talk.say("ja").say("derfor").tap("questions:skip")
    assert "Mad?" in talk.text
    assert "Allergi?" in talk.tap("questions:back").text, "what was passed over was asked too"
    assert "Hvorfor?" in talk.tap("questions:back").text
    assert "Kørestol?" in talk.tap("questions:back").text
    assert not talk.shows("questions:back")
    assert "Allergi?" in talk.say("nej").text, "the answer before it was the reason for asking"
    assert "Kørestol?" in talk.tap("questions:back").text
    talk.say("ja").say("fordi").say("nødder").say("ost")
    assert "Kørestol? Ja" in talk.text and "Mad? ost" in talk.text, "what was answered is seen before it is sent"
    talk.tap("sign_up:confirm")
    assert only().answers == {"zzzzzz": True, "bb": "fordi", "c": "nødder", "aaa": "ost"}


def test_who_wants_to_sign_up_where_one_just_comes_is_told_so(town: Town) -> None:
    date_ = town.occurrence(town.activity(sign_up=SignUpMode.DROP_IN))
    assert "Du behøver ikke tilmelde dig. Bare kom." in Talk().press(f"sign_up:start:{date_.public_id}").text


def test_who_is_too_late_for_the_form_is_told_whom_to_ask(town: Town) -> None:
    date_ = town.occurrence(town.activity(sign_up_closes_before=14 * 24 * 60))
    talk = Talk().press(f"sign_up:start:{date_.public_id}")
    assert "Tilmeldingen lukkede" in talk.text and "bibliotek@example.org" in talk.text


def named(question_: Question, name: str) -> Question:
    """The same question by another name."""
    with transaction():
        question_.public_id = name
    return question_


def test_a_task_is_chosen_and_its_certificate_declared(town: Town) -> None:
    date_ = town.occurrence(town.activity(kind=Kind.VOLUNTEER))
    with transaction():
        changes.add_role(date_.activity_id, RoleInput({"da": "Grill"}, capacity=1), now=NOW)
        changes.add_role(
            date_.activity_id, RoleInput({"da": "Børn"}, vetting={"da": "Børneattest"}, capacity=2), now=NOW
        )
    talk = Talk().press(f"sign_up:start:{date_.public_id}")
    assert "Grill" in talk.text and "Børn" in talk.text
    talk.say("børn").say("1").say("Anna").say("anna@example.org")
    assert "Børneattest" in talk.text
    talk.say("snart").say("31.12.2030").say("14.3.2024").tap("sign_up:confirm")
    assert (only().vetted_on, only().pool.role.names) == (date(2024, 3, 14), {"da": "Børn"})  # type: ignore[union-attr]


def test_a_class_comes_with_its_school(town: Town) -> None:
    date_ = town.occurrence(town.activity(party=Party.CLASS, approval=True, group_most=30), capacity=60)
    talk = Talk().press(f"sign_up:start:{date_.public_id}").say("Havnbjerg Skole").say("5.b").say("22").say("44 og 2")
    assert "30" in talk.text, "too many are refused with the limit"
    for words in ("22 og 2", "Karen", "karen@example.org"):
        talk.say(words)
    talk.tap("sign_up:confirm")
    assert (only().seats, only().school_class["school"]) == (24, "Havnbjerg Skole")


def test_everybody_who_comes_is_asked_for(town: Town) -> None:
    date_ = town.occurrence(town.activity(asked_of_each=AskedOfEach.NAME_AND_AGE, age_to=12))
    talk = Talk().press(f"sign_up:start:{date_.public_id}").say("2").say("Anna").say("anna@example.org")
    talk.say("Ida, 7").say("Bo er 40 år").say("Bo på 9 år").tap("sign_up:confirm")
    assert only().companions == [{"name": "Ida", "age": 7}, {"name": "Bo", "age": 9}]


def test_ages_alone_may_be_told_at_once(town: Town) -> None:
    date_ = town.occurrence(town.activity(age_from=3))
    talk = Talk().press(f"sign_up:start:{date_.public_id}").say("3").say("Anna").say("anna@example.org")
    talk.say("34, 7 og 5").tap("sign_up:confirm")
    assert [each["age"] for each in only().companions] == [34, 7, 5]


def test_several_dates_in_one_go(town: Town) -> None:
    activity = town.activity(sign_up=SignUpMode.SEVERAL_DATES)
    dates = [town.occurrence(activity, starts_in=timedelta(days=7 * week)) for week in (1, 2, 3)]
    talk = Talk().press(f"sign_up:start:{dates[0].public_id}").say("1")
    talk.tap(f"sign_up:date:{dates[2].public_id}").tap("sign_up:dates").say("Anna").say("anna@example.org")
    talk.tap("sign_up:confirm")
    assert [each.occurrence_id for each in rows()] == [dates[0].id, dates[2].id]
    assert len({each.bundle for each in rows()}) == 1


def test_the_list_of_dates_tells_where_a_task_has_a_waiting_list_alone(town: Town) -> None:
    activity = town.activity(kind=Kind.VOLUNTEER, sign_up=SignUpMode.SEVERAL_DATES)
    dates = [town.occurrence(activity, capacity=40, starts_in=timedelta(days=7 * week)) for week in (1, 2, 3)]
    grill = town.role(activity, "Grill", 1)
    town.signed_up(dates[1], role=grill.public_id)
    talk = Talk().press(f"sign_up:start:{dates[0].public_id}").say("Grill").say("1")
    labels = {
        button.action.partition("@")[0].split(":")[2]: button.label
        for button in talk.buttons
        if "sign_up:date:" in button.action
    }  # type: ignore[union-attr]
    full, free = (labels[date_.public_id] for date_ in dates[1:])
    assert "(" in full
    assert "(" not in free


def test_several_dates_are_cancelled_in_one_go(town: Town, known: Talk) -> None:
    activity = town.activity(sign_up=SignUpMode.SEVERAL_DATES)
    dates = [town.occurrence(activity, starts_in=timedelta(days=7 * week)) for week in (1, 2, 3)]
    known.press(f"sign_up:start:{dates[0].public_id}").say("1")
    known.tap(f"sign_up:date:{dates[2].public_id}").tap("sign_up:dates").tap("sign_up:confirm")
    assert [each.state for each in rows()] == [State.CONFIRMED, State.CONFIRMED]
    first = rows()[0].public_id
    known.press(f"cancel:ask:{first}").tap("cancel:together")
    assert rows() == []
    stranger = Talk("stranger")
    stranger.press(f"cancel:together:{first}")


def test_an_offer_is_answered_in_the_talk(town: Town, known: Talk) -> None:
    date_ = town.occurrence(town.activity(waiting_mode=WaitingMode.OFFER), capacity=2, starts_in=timedelta(days=20))
    guest = town.signed_up(date_, seats=2)
    known.press(f"sign_up:start:{date_.public_id}").say("ja").say("2").tap("sign_up:fewer:no").tap("sign_up:confirm")
    assert rows()[-1].state == State.WAITING
    with transaction():
        registrations.cancel(guest.public_id, now=known.now)
    offer = db.session.scalars(select(Offer)).one()
    assert known.say("mine tilmeldinger").action("offer:show").endswith(offer.public_id)
    known.tap("offer:show").tap("offer:fewer").tap(f"offer:accept:{offer.public_id}.1")
    assert (rows()[-1].state, rows()[-1].seats) == (State.CONFIRMED, 1)
    first = known.text
    assert known.press(f"offer:accept:{offer.public_id}").text == first, "twice says the same"


def test_nobody_answers_an_offer_of_somebody_else(town: Town) -> None:
    date_ = town.occurrence(town.activity(waiting_mode=WaitingMode.OFFER), capacity=1, starts_in=timedelta(days=20))
    guest, waits = town.signed_up(date_), town.signed_up(date_)
    with transaction():
        registrations.cancel(guest.public_id, now=NOW)
    offer = db.session.scalars(select(Offer)).one()
    stranger = Talk("stranger")
    for action in ("accept", "decline", "show", "fewer"):
        stranger.press(f"offer:{action}:{offer.public_id}")
    for action in ("offer:take", "offer:rejoin", "change:ask"):
        stranger.press(f"{action}:{waits.public_id}")
    assert db.session.get_one(Registration, waits.id).state == State.OFFERED


def test_a_place_all_were_told_of_is_taken_in_the_talk(town: Town, known: Talk) -> None:
    date_ = town.occurrence(town.activity(waiting_mode=WaitingMode.BROADCAST), capacity=1, starts_in=timedelta(days=20))
    guest = town.signed_up(date_)
    known.press(f"sign_up:start:{date_.public_id}").say("ja").say("1").tap("sign_up:confirm")
    with transaction():
        registrations.cancel(guest.public_id, now=known.now)
    known.press(f"offer:take:{rows()[-1].public_id}")
    assert rows()[-1].state == State.CONFIRMED


def test_how_many_come_is_changed_in_the_talk(town: Town, known: Talk) -> None:
    date_ = town.occurrence()
    known.press(f"sign_up:start:{date_.public_id}").say("2").tap("sign_up:confirm")
    known.say("mine tilmeldinger").tap("change:ask").say("3")
    assert (only().seats, date_.pool.occupied) == (3, 3)


def test_answers_are_changed_in_the_talk(town: Town, known: Talk) -> None:
    date_ = town.occurrence()
    asked = question(date_, QuestionKind.TEXT, "Allergi?")
    known.press(f"sign_up:start:{date_.public_id}").say("2").say("Nødder").tap("sign_up:confirm")
    known.say("mine tilmeldinger").tap("change:ask").tap("change:answers").say("Mælk")
    assert only().answers == {asked.public_id: "Mælk"}


def test_one_answer_of_several_is_changed_in_the_talk(town: Town, known: Talk) -> None:
    date_ = town.occurrence()
    named(question(date_, QuestionKind.TEXT, "Allergi?"), "allergy")
    named(question(date_, QuestionKind.TEXT, "Mad?"), "food")
    known.press(f"sign_up:start:{date_.public_id}").say("2").say("Nødder").say("Fisk").tap("sign_up:confirm")
    known.say("mine tilmeldinger").tap("change:ask").tap("change:answers").tap("change:answer:food").say("Kål")
    assert only().answers == {"allergy": "Nødder", "food": "Kål"}


def letters(channel: str) -> list[Message]:
    query = select(Letter).where(Letter.channel == channel, Letter.about.startswith("registration:"))
    return [Message.from_json(each.message) for each in db.session.scalars(query.order_by(Letter.id))]


def test_what_a_talk_has_said_is_not_said_once_more_by_a_letter_below_it(town: Town) -> None:
    date_, full = town.occurrence(capacity=4), town.occurrence(capacity=1)
    town.signed_up(full)
    talk = Talk("4711", channel="telegram").press(f"sign_up:start:{date_.public_id}").say("1").say("Anna")
    talk.tap("sign_up:confirm")
    (ticket,) = letters("telegram")
    assert ticket.code and ticket.attachments and ticket.subject.startswith("Din billet")
    assert not any("Anna" in words or "Du har din plads" in words for words in ticket.text)
    talk.press(f"sign_up:start:{full.public_id}").say("ja").say("1").tap("sign_up:confirm")
    assert "nummer 1 på ventelisten" in talk.text
    talk.press(f"change:ask:{rows()[-2].public_id}").say("2")
    talk.say("mine tilmeldinger").tap("cancel:ask").tap("cancel:confirm")
    assert len(letters("telegram")) == 1


def test_the_file_for_the_calendar_goes_to_the_mailbox_of_who_cancels_in_a_chat(town: Town) -> None:
    date_, talk = town.occurrence(), Talk("4711", channel="telegram")
    talk.press(f"sign_up:start:{date_.public_id}").say("1").say("Anna").tap("sign_up:confirm")
    with transaction():
        only().email = "anna@example.org"
    talk.press(f"cancel:ask:{only().public_id}").tap("cancel:confirm")
    assert len(letters("telegram")) == 1
    (mail,) = letters("email")
    assert [each.content_type.rpartition("; ")[2] for each in mail.attachments] == ["method=CANCEL"]


def test_when_a_sign_up_ends_whoever_ended_it_its_ticket_says_so(town: Town) -> None:
    date_, talk = town.occurrence(), Talk("4711", channel="telegram")
    talk.press(f"sign_up:start:{date_.public_id}").say("1").say("Anna").tap("sign_up:confirm")
    with transaction():
        sent = db.session.scalars(select(Letter).where(Letter.channel == "telegram")).one()
        sent.status, sent.place = Status.SENT, "17"
    shown = tickets.opened(sent.message["code"].rpartition("/")[2])
    assert shown is not None and shown.registration is only(), "the first letter's ticket opens the door"
    with transaction():
        leaving.end(only(), State.CANCELLED_BY_STAFF, talk.now)
    (void,) = letters("telegram")[1:]
    assert void.only_in_place and "gælder" in " ".join(void.text), void
    assert void.code and not void.buttons and not void.attachments


def test_after_the_deadline_the_talk_names_the_organiser_before_anything_is_asked(town: Town, known: Talk) -> None:
    date_ = town.occurrence(town.activity(cancel_before=10 * 1440, contact_email="karen@example.org"))
    known.press(f"sign_up:start:{date_.public_id}").say("2").tap("sign_up:confirm")
    known.say("jeg kan ikke komme")
    assert "karen@example.org" in known.text
    assert not known.shows("cancel:confirm")
    assert "karen@example.org" in known.press(f"cancel:confirm:{only().public_id}").text
    assert "karen@example.org" in known.press(f"change:ask:{only().public_id}").text
    assert only().state == State.CONFIRMED
    assert people.person_at("webchat", known.identifier) == only().person_id


def test_a_deadline_is_told_before_signing_up_with_the_place_and_before_cancelling(town: Town, known: Talk) -> None:
    date_ = town.occurrence(town.activity(cancel_before=2 * 1440))
    until = deadline(date_.starts_at - timedelta(days=2), date_.timezone)
    assert until in known.press(f"sign_up:start:{date_.public_id}").say("2").text
    known.tap("sign_up:confirm")
    assert until in known.say("jeg kan ikke komme").text
    latest = db.session.scalars(select(Letter).order_by(Letter.id.desc())).first()
    assert latest is not None
    assert until in as_text(Message.from_json(latest.message), "")


def test_a_group_that_is_more_than_the_waiting_list_takes_hears_so_before_it_is_asked_on(
    town: Town, known: Talk
) -> None:
    date_ = town.occurrence(town.activity(waiting_most=3), capacity=1)
    town.signed_up(date_), town.signed_up(date_)
    known.press(f"sign_up:start:{date_.public_id}").say("ja").say("3")
    assert known.place == ("sign_up", "seats") and "2" in known.text
    known.say("2").say("nej").tap("sign_up:confirm")
    mine = rows()[-1]
    assert (mine.state, mine.seats) == (State.WAITING, 2)


def test_a_certificate_of_today_counts_also_when_it_is_yesterday_in_greenwich(town: Town, known: Talk) -> None:
    date_ = town.occurrence(town.activity(kind=Kind.VOLUNTEER))
    task = town.role(date_.activity, vetting={"da": "Kræver en børneattest."})
    known.now = known.now.replace(hour=23, minute=30) + timedelta(days=1)
    known.press(f"sign_up:start:{date_.public_id}").press(f"sign_up:role:{task.public_id}").say("1").say("6.3.2026")
    assert known.place == ("sign_up", "review")


def test_who_waits_for_an_answer_is_not_told_that_their_place_goes_to_somebody_else(town: Town, known: Talk) -> None:
    date_ = town.occurrence(town.activity(approval=True))
    known.press(f"sign_up:start:{date_.public_id}").say("1").tap("sign_up:confirm")
    known.say("jeg kan ikke komme")
    assert _("Cancel this? Your place goes to somebody else.") not in known.text
    known.tap("cancel:confirm")
    assert not rows()


def test_few_places_are_kept_from_the_first_question_on_also_for_who_is_known(town: Town, known: Talk) -> None:
    activity = town.activity(sign_up=SignUpMode.SEVERAL_DATES, asked_of_each=AskedOfEach.AGE)
    dates = [town.occurrence(activity, capacity=4, starts_in=timedelta(days=7 * week)) for week in (1, 2)]
    known.press(f"sign_up:start:{dates[0].public_id}").say("2").tap(f"sign_up:date:{dates[1].public_id}")
    known.tap("sign_up:dates")
    held = db.session.query(Hold).order_by(Hold.pool_id).all()
    assert [(each.pool_id, each.seats) for each in held] == [(each.pool.id, 2) for each in dates]
    known.say("34 og 5").tap("sign_up:confirm")
    assert [each.state for each in rows()] == [State.CONFIRMED] * 2
    assert db.session.query(Hold).count() == 0
