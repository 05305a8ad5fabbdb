"""The desk: who asks is answered once, by one of us, where it was asked; and nobody else learns of it."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from engage import outbox, people, privacy, questions
from engage.accounts import NotAllowed, RoleName, User, audit
from engage.base.clock import utc_now
from engage.base.config import City, Settings
from engage.base.db import db, transaction
from engage.base.errors import Refusal
from engage.base.message import Message
from engage.channels import webchat
from engage.channels.webchat import Sender
from engage.outbox import Letter
from engage.people import Address
from engage.questions import CitizenQuestion, QuestionState, desk
from engage.questions import forgetting as questions_forgetting
from engage.questions.refusals import (
    NoAnswer,
    NoQuestion,
    NoSuchQuestion,
    NotReachable,
    NoWayBack,
    OverAlready,
    TakenByOther,
    TooManyQuestions,
)
from tests.accounts.cast import account
from tests.conftest import NOW
from tests.questions.cast import asked


@pytest.fixture
def karl(app: Flask) -> User:
    return account("Karl Holm", roles=[RoleName.STAFF])


@pytest.fixture
def else_(app: Flask) -> User:
    return account("Else Krog", roles=[RoleName.STAFF])


def answer(question: CitizenQuestion, by: User, words: str = "Ja, det er der.") -> CitizenQuestion:
    with transaction():
        return desk.answer(question.public_id, words, by=by, now=NOW)


def letters() -> list[Letter]:
    db.session.expire_all()
    return db.session.query(Letter).order_by(Letter.id).all()


def text_of(letter: Letter) -> str:
    return "\n".join(letter.message["text"])


def talk(identifier: str = "anna") -> None:
    with transaction():
        webchat.say(identifier, Sender.CITIZEN, Message(("hej",)), NOW)


def test_an_address_that_was_only_typed_gets_the_answer_and_not_the_question(karl: User) -> None:
    answer(asked("Noget meget personligt?"), karl)
    (letter,) = letters()
    assert (letter.channel, letter.recipient) == ("email", "anna@example.org")
    assert "Ja, det er der." in text_of(letter)
    assert "personligt" not in str(letter.message)


def test_nobody_is_written_to_before_somebody_answers(app: Flask) -> None:
    asked()
    assert letters() == []


def test_the_desk_is_told_once_a_day_and_nothing_of_what_was_asked(
    settings: Settings, set_settings: Callable[..., None]
) -> None:
    facts = settings.city.facts
    city = City({**facts, "contact": {**facts["contact"], "questions_email": "laering@example.org"}})
    set_settings(city=city)
    for hours in (0, 2, 24):
        asked(f"Noget personligt {hours}?", email=f"anna{hours}@example.org", now=NOW + timedelta(hours=hours))
    first, second = letters()
    assert first.recipient == second.recipient == "laering@example.org"
    assert "personligt" not in str([first.message, second.message]) and "3" in text_of(second)


def test_the_answer_is_in_the_language_of_who_asked(karl: User) -> None:
    answer(asked("Is there room for a pram?", language="en"), karl, "Yes, there is.")
    (letter,) = letters()
    assert letter.message["language"] == "en"
    assert "Yes, there is." in text_of(letter) and "Kind regards" in text_of(letter)


def test_a_telegram_chat_gets_it_first_and_falls_back_to_a_proven_address(karl: User) -> None:
    with transaction():
        person = people.find_or_create("email", "anna@example.org", language="da", now=NOW)
        people.verify("email", "anna@example.org", NOW)
    answer(asked(channel="telegram", identifier="77", email="", person_id=person), karl)
    (letter,) = letters()
    assert [each["channel"] for each in letter.addresses] == ["telegram", "email"]
    assert "barnevogn" in text_of(letter), "to who has shown who they are it is said back what they asked"


def test_a_page_that_may_be_closed_gets_it_and_the_address_too(karl: User) -> None:
    talk()
    answer(asked(channel="webchat", identifier="anna"), karl)
    in_chat, by_mail = letters()
    assert (in_chat.channel, by_mail.channel) == ("webchat", "email")
    assert "barnevogn" in text_of(in_chat) and "barnevogn" not in text_of(by_mail)
    assert all(button["url"] is None for button in in_chat.message["buttons"]), "in the chat one asks on by talking"
    assert by_mail.message["buttons"][-1]["url"].endswith("/kontakt")


def test_a_talk_that_is_deleted_is_not_written_into(karl: User) -> None:
    question = asked(channel="webchat", identifier="gone", email="")
    assert not desk.is_reachable(question)
    with pytest.raises(NotReachable):
        answer(question, karl)
    db.session.expire_all()
    assert question.state == QuestionState.OPEN and question.answer == ""


def test_a_question_is_taken_by_one_and_may_be_taken_over(karl: User, else_: User) -> None:
    name = asked().public_id
    with transaction():
        desk.take_on(name, by=karl, now=NOW)
        desk.take_on(name, by=karl, now=NOW)
    for refused in (
        lambda: desk.take_on(name, by=else_, now=NOW),
        lambda: desk.give_back(name, by=else_, now=NOW),
        lambda: desk.answer(name, "Ja", by=else_, now=NOW),
        lambda: desk.close(name, by=else_, now=NOW),
    ):
        with pytest.raises(TakenByOther) as refusal:
            refused()
        assert "Karl Holm" in str(refusal.value)
    with transaction():
        desk.take_on(name, by=else_, now=NOW, over_from=karl.public_id)
        desk.give_back(name, by=else_, now=NOW)
    found = desk.by_public_id(name)
    assert found is not None and found.state == QuestionState.OPEN and found.taken_by_id is None
    actions = [entry.action for entry in audit.search(about=f"question:{name}").entries]
    assert actions == ["question.given_back", "question.taken", "question.taken"]


def test_what_is_over_is_answered_no_more(karl: User, else_: User) -> None:
    question = asked()
    answer(question, karl)
    for refused in (lambda: answer(question, else_), lambda: desk.take_on(question.public_id, by=else_, now=NOW)):
        with pytest.raises(OverAlready):
            refused()
    assert len(letters()) == 1


def test_of_two_who_answer_at_once_the_second_is_told(app: Flask, karl: User, else_: User) -> None:
    name = asked().public_id
    ids, told, start = (karl.id, else_.id), [], threading.Barrier(2)

    def work(number: int) -> None:
        with app.app_context():
            by = db.session.get_one(User, ids[number])
            start.wait()
            try:
                with transaction():
                    desk.answer(name, f"Svar {number}", by=by, now=NOW)
                told.append("answered")
            except Refusal as refusal:
                told.append(refusal.code)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(20)
    assert sorted(told) == ["answered", "over_already"]
    assert len(letters()) == 1


def test_a_question_is_put_away_and_taken_out_again(karl: User) -> None:
    name = asked().public_id
    with transaction():
        desk.close(name, by=karl, now=NOW)
    assert desk.waiting() == 0 and letters() == []
    with transaction():
        desk.reopen(name, by=karl, now=NOW)
    assert desk.waiting() == 1


def test_only_staff_answer(app: Flask) -> None:
    organiser, name = account(), asked().public_id
    for refused in (desk.take_on, desk.give_back, desk.close, desk.reopen):
        with pytest.raises(NotAllowed):
            refused(name, by=organiser, now=NOW)  # type: ignore[operator]
    with pytest.raises(NotAllowed):
        desk.answer(name, "Ja", by=organiser, now=NOW)


def test_what_says_nothing_or_leads_nowhere_is_refused(app: Flask, karl: User) -> None:
    with pytest.raises(NoQuestion):
        asked(" ?! ")
    with pytest.raises(NoWayBack):
        asked(email="")
    with pytest.raises(people.EmailNotUsable):
        asked(email="anna")
    with pytest.raises(NoAnswer):
        answer(asked(), karl, "  ")


def test_the_same_words_sent_twice_are_one_question(karl: User) -> None:
    first = asked("Er der plads?")
    assert asked("Er der plads? ", now=NOW + timedelta(minutes=1)).id == first.id
    assert asked("Er der plads?", email="bo@example.org").id != first.id
    answer(first, karl)
    assert asked("Er der plads?", now=NOW + timedelta(hours=1)).id != first.id


def test_one_may_ask_so_often_a_day_and_is_told_kindly(app: Flask, set_settings: object) -> None:
    set_settings(questions_per_day=2)  # type: ignore[operator]
    for number in range(2):
        asked(f"Spørgsmål {number}", channel="webchat", identifier="anna", email="")
    with pytest.raises(TooManyQuestions) as refusal:
        asked("Et til", channel="webchat", identifier="anna", email="")
    assert "12 34 56 78" in str(refusal.value)
    asked("En anden", channel="webchat", identifier="bo", email="")
    asked("I morgen", channel="webchat", identifier="anna", email="", now=NOW + timedelta(days=1))


def test_one_address_is_not_filled_from_many_browsers(app: Flask, set_settings: object) -> None:
    set_settings(questions_per_day=2)  # type: ignore[operator]
    for number in range(2):
        asked(f"Spørgsmål {number}", client=f"browser {number}")
    with pytest.raises(TooManyQuestions):
        asked(client="browser 3")


def test_whether_it_helped_is_said_once_and_by_who_asked(karl: User) -> None:
    talk()
    question = answer(asked(channel="webchat", identifier="anna"), karl)
    with pytest.raises(NoSuchQuestion):
        questions.helped(question.public_id, "webchat", "bo", None, True)
    with transaction():
        assert questions.helped(question.public_id, "webchat", "anna", None, True)
        assert not questions.helped(question.public_id, "webchat", "anna", None, False)
    assert desk.usefulness() == (1, 0)


def test_a_person_is_told_and_forgets_what_they_asked_by_any_way(karl: User) -> None:
    with transaction():
        person = people.find_or_create("email", "anna@example.org", language="da", now=NOW)
        people.verify("email", "anna@example.org", NOW)
        db.session.add(Address(person_id=person, channel="telegram", identifier="77", verified_at=NOW))
    by_form, by_chat = asked("Med mail?"), asked("I chatten?", channel="telegram", identifier="77", email="")
    others = asked("Fra en anden?", email="bo@example.org")
    answer(by_form, karl, "Svar til Anna")
    told = privacy.as_json(person, now=NOW)["data"]["citizen_question"]
    assert [each["text"] for each in told] == ["Med mail?", "I chatten?"]
    assert told[0]["answer"] == "Svar til Anna"
    with transaction():
        privacy.erase(person, now=NOW)
    db.session.expire_all()
    for each in (by_form, by_chat):
        assert (each.text, each.answer, each.email, each.identifier, each.person_id) == ("", "", None, None, None)
    assert (by_form.state, by_chat.state) == (QuestionState.ANSWERED, QuestionState.CLOSED), "the counts stay"
    assert others.text == "Fra en anden?" and letters() == []


def test_questions_go_when_their_time_is_over(karl: User) -> None:
    answered, waits = asked("Gammelt?"), asked("Aldrig besvaret?", now=NOW + timedelta(days=100))
    answer(answered, karl)
    for days, left in ((179, {"Gammelt?", "Aldrig besvaret?"}), (181, {"Aldrig besvaret?"}), (281, set())):
        with transaction():
            questions_forgetting.expire(NOW + timedelta(days=days))
        db.session.expire_all()
        assert {each.text for each in (answered, waits)} - {""} == left
    assert waits.state == QuestionState.CLOSED
    with transaction():
        assert questions_forgetting.expire(NOW + timedelta(days=300)) == 0
    assert outbox.Letter is Letter and desk.counts()[QuestionState.ANSWERED] == 1


def test_those_that_wait_longest_stand_first(karl: User) -> None:
    second, first = asked("To", now=NOW), asked("En", now=NOW - timedelta(hours=2))
    with transaction():
        desk.take_on(second.public_id, by=karl, now=utc_now())
    assert [each.text for each in desk.search(QuestionState.OPEN).questions] == ["En", "To"]
    assert [each.text for each in desk.search(QuestionState.TAKEN, mine=karl).questions] == ["To"]
    assert [each.text for each in desk.search(QuestionState.OPEN, words="EN").questions] == ["En"]
    assert desk.search(QuestionState.OPEN, language="de").count == 0
    assert first.state == QuestionState.OPEN
