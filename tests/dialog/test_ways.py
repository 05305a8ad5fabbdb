"""The ways on, back and out in a chat that shows one screen at a time: lists, several sign-ups, offers, and all that is kept."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from engage import registrations
from engage.activities.models import OccurrenceState, SignUpMode
from engage.activities.terms import WaitingMode
from engage.base.db import db, transaction
from engage.base.message import Message
from engage.outbox import Letter, Status
from engage.registrations import Registration, State, offers
from tests.dialog.talk import Talk
from tests.town import Town


@pytest.fixture
def talk(app: object) -> Talk:
    return Talk("42", channel="telegram")


def signed_up(town: Town, talk: Talk, number: int) -> list[Registration]:
    for day in range(number):
        date = town.occurrence(town.activity(f"Klimacafé {day}"), starts_in=timedelta(days=20 + day))
        talk.press(f"sign_up:start:{date.public_id}").say("1")
        if talk.place == ("sign_up", "name"):
            talk.say("Anna Holm")
        talk.tap("sign_up:confirm")
    return list(db.session.scalars(select(Registration).order_by(Registration.id)))


def letter(part: str) -> Letter:
    db.session.expire_all()
    return db.session.scalars(select(Letter).where(Letter.key.contains(part)).order_by(Letter.id.desc())).first()  # type: ignore[return-value]


def test_each_of_several_sign_ups_is_opened_by_its_number_and_has_every_way(town: Town, talk: Talk) -> None:
    first, second = signed_up(town, talk, 2)
    talk.say("/mine").press("mine:show").say("2")
    assert "Klimacafé 1" in talk.text and "Klimacafé 0" not in talk.text
    ways = [button.action for button in talk.buttons]
    assert ways == [
        f"mine:ticket:{second.public_id}", f"change:ask:{second.public_id}", f"cancel:ask:{second.public_id}", "mine:more:1",
    ]  # fmt: skip
    talk.tap("cancel:ask").tap("cancel:confirm")
    db.session.expire_all()
    assert [each.state for each in (first, second)] == [State.CONFIRMED, State.CANCELLED_BY_PERSON]


def test_many_sign_ups_come_a_few_at_a_time(town: Town, talk: Talk) -> None:
    signed_up(town, talk, 7)
    talk.press("mine:show")
    assert "Klimacafé 4" in talk.text and "Klimacafé 5" not in talk.text and "side 1 af 2" in talk.text
    talk.tap("mine:more:2").say("2")
    assert "Klimacafé 6" in talk.text
    assert "Klimacafé 5" in talk.tap("mine:more:2").text, "back to where one was"


def test_a_ticket_is_found_again_by_its_owner_alone(town: Town, talk: Talk) -> None:
    (mine,) = signed_up(town, talk, 1)
    talk.press("mine:show").tap("mine:ticket")
    (ticket,) = talk.answers
    assert "/billet/" in ticket.code and ticket.subject.endswith("Klimacafé 0") and ticket.aside
    stranger = Talk("43", channel="telegram")
    for action in ("ticket", "one"):
        stranger.press(f"mine:{action}:{mine.public_id}")
        assert "Klimacafé" not in stranger.text and not stranger.answers[0].code


def test_a_list_is_come_back_to_where_one_was(town: Town, talk: Talk) -> None:
    for day in range(7):
        town.occurrence(town.activity(f"Møde {day}"), starts_in=timedelta(days=day + 1))
    talk.press("find:drop:dates").tap("find:more:2")
    assert "Møde 6" in talk.text and "side 2 af 2" in talk.text
    talk.say("2").tap("find:again")
    assert "Møde 6" in talk.text and "Møde 0" not in talk.text


def test_who_came_by_a_link_is_not_sent_back_to_a_list_they_never_saw(town: Town, talk: Talk) -> None:
    date = town.occurrence()
    talk.press(f"find:show:{date.public_id}")
    assert [button.label for button in talk.buttons] == ["Tilmeld dig", "Find mere"]


def test_how_many_come_can_be_left_unsaid(town: Town, talk: Talk) -> None:
    talk.press(f"sign_up:start:{town.occurrence().public_id}").tap("menu:leave")
    assert talk.place == ("", "") and "Intet er ændret" in talk.text


def offered(town: Town, talk: Talk, seats: int = 2) -> offers.Offer:
    date = town.occurrence(town.activity(waiting_mode=WaitingMode.OFFER), capacity=2, starts_in=timedelta(days=20))
    guest = town.signed_up(date, seats=2)
    talk.press(f"sign_up:start:{date.public_id}").say("ja").say(str(seats))
    if seats > 1:
        talk.tap("sign_up:fewer:no")
    talk.say("Bente Lund").tap("sign_up:confirm")
    with transaction():
        registrations.cancel(guest.public_id, now=talk.now)
    return db.session.scalars(select(offers.Offer)).one()


def test_an_offer_is_answered_by_the_letters_own_buttons(town: Town, talk: Talk) -> None:
    offer = offered(town, talk)
    asked = Message.from_json(letter(f":offer:{offer.public_id}").message)
    assert [button.action for button in asked.buttons] == [
        f"offer:{answer}:{offer.public_id}" for answer in ("accept", "fewer", "decline")
    ]
    assert [button.url is not None for button in asked.buttons] == [True, False, True], "a mail leads to the page"
    talk.press(f"offer:accept:{offer.public_id}")
    assert "2 pladser" in talk.text


@pytest.mark.parametrize(
    ("answer", "words"), [("accept", "Du har sagt ja."), ("decline", "Du har sagt nej"), ("cancel", "Du har sagt nej"), ("lapse", "ikke i tide")]
)  # fmt: skip
def test_an_offer_that_was_answered_elsewhere_says_so_where_it_stands(
    town: Town, talk: Talk, answer: str, words: str
) -> None:
    offer = offered(town, talk)
    asked = letter(f":offer:{offer.public_id}")
    asked.status, asked.place, asked.settled_at = Status.SENT, "77", talk.now
    db.session.commit()
    with transaction():
        if answer == "cancel":
            registrations.cancel(offer.registration.public_id, now=talk.now)
        elif answer == "lapse":
            offers.expire(offer.public_id, now=offer.expires_at + timedelta(hours=1))
        else:
            getattr(registrations, answer)(offer.public_id, now=talk.now)
    told = letter(f":offer:{offer.public_id}:answered")
    said = Message.from_json(told.message)
    assert told.addresses == [{"channel": "telegram", "identifier": "42", "place": "77"}]
    assert words in said.text[0] and said.cards and not said.buttons and said.subject == asked.message["subject"]


def test_an_offer_that_was_answered_before_its_letter_left_sends_none(town: Town, talk: Talk) -> None:
    offer = offered(town, talk)
    with transaction():
        registrations.accept(offer.public_id, now=talk.now)
    assert letter(f":offer:{offer.public_id}").status == Status.WITHDRAWN


def test_a_typed_yes_to_a_letter_shows_the_offer_once_more(town: Town, talk: Talk) -> None:
    offer = offered(town, talk, seats=1)
    talk.say("ja tak")
    assert talk.action("offer:accept").startswith(f"offer:accept:{offer.public_id}")
    talk.say("ja")
    assert offer.registration.state == State.CONFIRMED


def test_all_that_is_kept_comes_as_a_file_without_what_opens_doors(town: Town, talk: Talk) -> None:
    signed_up(town, talk, 1)
    for _time in range(2):
        talk.press("privacy:export")
    (told,) = [message for message in talk.answers if message.attachments]
    (file,) = told.attachments
    data = json.loads(file.text)["data"]
    assert data["registration"][0]["name"] == "Anna Holm" and data["outbox"]
    assert "/tilmelding/" not in file.text and "/billet/" not in file.text, "a ticket's code, a calendar's link"
    assert "Skrevet" not in talk.text, "what was written here is not written once more"
    assert file.filename.endswith(".json")


def test_stop_says_where_it_is_turned_on_again(talk: Talk) -> None:
    assert [button.action for button in talk.press("menu:stop").buttons] == ["mine:show", "settings:show"]


def test_who_comes_back_after_a_day_is_asked_before_their_words_become_an_answer(town: Town, talk: Talk) -> None:
    date = town.occurrence(starts_in=timedelta(days=60))
    talk.press(f"sign_up:start:{date.public_id}").say("2")
    asked = talk.text
    talk.now += timedelta(hours=25)
    talk.say("noget om klima")
    assert talk.place == ("menu", "go_on") and "noget om klima" not in str(talk.row().data.get("sign_up"))
    talk.say("ja")
    assert asked.endswith(talk.text) and talk.place == ("sign_up", "name")
    assert talk.action("menu:leave").endswith(f"@{talk.row().version}"), "its buttons work again"
    talk.say("Anna Holm").tap("sign_up:confirm")
    assert db.session.scalars(select(Registration)).one().seats == 2


@pytest.mark.parametrize("words", ["nej", "noget for børn"])
def test_who_comes_back_with_something_else_is_out(town: Town, talk: Talk, words: str) -> None:
    talk.press(f"sign_up:start:{town.occurrence(starts_in=timedelta(days=60)).public_id}").say("2")
    talk.now += timedelta(hours=25)
    talk.say("Anna Holm").say(words)
    assert talk.place == ("", "") and db.session.query(Registration).count() == 0


def test_words_that_work_everywhere_work_after_a_day_too(town: Town, talk: Talk) -> None:
    talk.press(f"sign_up:start:{town.occurrence(starts_in=timedelta(days=60)).public_id}").say("2")
    talk.now += timedelta(hours=25)
    assert "12 34 56 78" in talk.say("menneske").text


def test_from_a_date_one_gets_to_the_others_of_its_activity(town: Town, talk: Talk) -> None:
    activity = town.activity("Sangaften")
    first, *others = (town.occurrence(activity, starts_in=timedelta(days=7 * (week + 1))) for week in range(8))
    gone = others.pop(0)
    gone.state = OccurrenceState.CANCELLED
    db.session.commit()
    talk.press(f"find:show:{first.public_id}").tap("dates:others")
    assert talk.text.startswith("6 ") and len(talk.answers[0].cards) == 5
    assert not talk.shows(f"find:show:{gone.public_id}"), "one that is not held is none"
    talk.say("2")
    assert talk.shows(f"sign_up:start:{others[1].public_id}"), "its number opens it"
    talk.press(f"dates:others:{first.public_id}").tap("dates:others:")
    assert talk.shows(f"sign_up:start:{others[5].public_id}") and talk.shows(f"find:show:{first.public_id}")


def test_whoever_finds_no_place_is_shown_the_other_dates(town: Town, talk: Talk) -> None:
    activity = town.activity("Sangaften", waiting_list=False)
    full, free = (town.occurrence(activity, capacity=1, starts_in=timedelta(days=days)) for days in (7, 14))
    town.signed_up(full)
    talk.press(f"sign_up:start:{full.public_id}").tap("dates:others")
    assert talk.shows(f"sign_up:start:{free.public_id}")
    full.starts_at, full.ends_at = (instant - timedelta(days=30) for instant in (full.starts_at, full.ends_at))
    db.session.commit()
    talk.press(f"sign_up:start:{full.public_id}").tap("dates:others")
    assert talk.shows(f"sign_up:start:{free.public_id}")


def test_a_course_has_no_other_dates_to_choose_and_a_made_up_button_finds_none(town: Town, talk: Talk) -> None:
    course = town.activity("Kursus", sign_up=SignUpMode.WHOLE_COURSE)
    first, _second = (town.occurrence(course, starts_in=timedelta(days=days)) for days in (7, 14))
    talk.press(f"find:show:{first.public_id}")
    assert not talk.shows("dates:others")
    for made_up in ("gibtsnicht", f"{first.public_id}.99999999999999999999", f"{first.public_id}.x", ""):
        talk.press(f"dates:others:{made_up}")
        assert talk.answers


@pytest.mark.parametrize("typed", ["123", "anna@example.org"])
def test_what_is_no_name_leaves_the_way_out_under_the_answer(town: Town, talk: Talk, typed: str) -> None:
    talk.press(f"sign_up:start:{town.occurrence().public_id}").say("1").say(typed).tap("menu:leave")
    assert talk.place == ("", "")


def test_the_ticket_says_the_code_to_show_and_the_code_to_say_one_after_the_other(town: Town) -> None:
    signed_up(town, Talk("44", channel="telegram", language="en"), 1)
    text = letter("confirmed").message["text"]
    assert text[0] == "Show this code at the door." and text[1].startswith("Or say it: ")
    assert text[2].startswith("The attached file") and text[-1].startswith("If you cannot come")


def test_who_is_not_understood_twice_is_told_of_a_person_once(talk: Talk) -> None:
    talk.say("asdf qwer").say("qwer asdf")
    said = [paragraph for message in talk.answers for paragraph in message.text]
    assert len(talk.answers) == 1 and len([each for each in said if each.endswith(":")]) == 1


def test_from_what_one_follows_there_is_a_way_back_to_the_settings(talk: Talk) -> None:
    talk.press("settings:show").tap("topics:show").tap("settings:show")
    assert talk.shows("menu:language")


def test_what_is_not_understood_in_the_middle_is_asked_once_more_with_its_buttons(town: Town, talk: Talk) -> None:
    date = town.occurrence()
    talk.press(f"sign_up:start:{date.public_id}").say("1").say("Anna Holm")
    assert talk.place == ("sign_up", "review")
    talk.say("asdf qwer")
    assert talk.place == ("sign_up", "review") and talk.shows("sign_up:confirm") and "Anna Holm" in talk.text
    assert "12 34 56 78" not in talk.text
    talk.say("qwer asdf")
    assert talk.shows("sign_up:confirm") and "12 34 56 78" in talk.text, "and a person is named"
    talk.tap("sign_up:confirm")
    assert [each.state for each in db.session.scalars(select(Registration))] == [State.CONFIRMED]
