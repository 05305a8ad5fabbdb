"""Linking a chat with one's own page: random, short-lived, used once, bound to one visit, and only when both sides say yes."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from engage import people
from engage.base.db import db
from engage.base.limits import TooOften
from engage.outbox import Letter
from engage.people import LinkUsedUp, Visit, onetime, reaching, visits
from engage.people.models import ChatLink
from engage.registrations import entrance, linking
from engage.registrations.linking import CodeNotValid, LinkedElsewhere, NotLinked
from tests.conftest import NOW
from tests.town import Town

ANNA = "anna@example.org"
TEN = timedelta(minutes=10)


def visit(email: str = ANNA) -> Visit:
    name = entrance.let_in(email, language="da", now=NOW)
    db.session.commit()
    found = visits.find(name, NOW)
    assert found is not None
    return found


def answered(secret: str, identifier: str = "talk", channel: str = "webchat") -> int:
    link = linking.found(secret, identifier, now=NOW)
    return linking.answer(link.id, channel, identifier, language="da", now=NOW)


def linked(here: Visit, identifier: str = "talk", channel: str = "webchat") -> None:
    answered(linking.begin(here, now=NOW).code, identifier, channel)
    assert linking.confirm(here, now=NOW) is not None
    db.session.commit()


def secret_in_letter() -> str:
    letter = db.session.query(Letter).order_by(Letter.id.desc()).first()
    assert letter is not None
    return str(letter.message["buttons"][0]["url"]).rpartition("/")[2]


def test_both_sides_say_yes_and_are_one(app: Flask) -> None:
    here = visit()
    made = linking.begin(here, now=NOW)
    link = linking.found(made.code, "talk", now=NOW)
    assert linking.target(link).email == "a•••@example.org"
    person = linking.answer(link.id, "webchat", "talk", language="da", now=NOW)
    assert person != here.address.person_id, "nothing is one before the page says yes"
    assert linking.chats(here.address.person_id) == ()
    merged = linking.confirm(here, now=NOW)
    assert merged is not None
    assert people.person_at("webchat", "talk") == here.address.person_id
    (chat,) = linking.chats(here.address.person_id)
    assert (chat.channel, chat.reaches_later) == ("webchat", False)


def test_the_name_is_told_as_far_as_one_is_called_by_it(town: Town) -> None:
    town.signed_up(town.occurrence(), name="Anna Holm", email=ANNA)
    link = linking.found(linking.begin(visit(), now=NOW).code, "talk", now=NOW)
    assert linking.target(link) == linking.Target("Anna", "a•••@example.org")


def test_the_code_is_read_however_it_is_written_and_the_links_secret_as_well(app: Flask) -> None:
    here = visit()
    made = linking.begin(here, now=NOW)
    for number, spelled in enumerate(
        (made.code.upper(), f"{made.code[:4]}-{made.code[4:]}", f" {made.code} ", made.token)
    ):
        assert linking.found(spelled, f"talk{number}", now=NOW).visit_id == here.id


def test_the_secrets_are_random_and_stand_nowhere(app: Flask) -> None:
    made = linking.begin(visit(), now=NOW)
    assert len(made.token) >= 22 and len(made.code) == 8, "128 bits and more in the link"
    row = db.session.execute(text("SELECT chat_link::text FROM chat_link")).scalar_one()
    assert made.token not in row and made.code not in row
    assert made.code.encode().hex() not in row and onetime.hashed(made.code).hex() not in row, (
        "a table of all codes finds none"
    )


def test_a_code_is_good_for_ten_minutes(app: Flask) -> None:
    made = linking.begin(visit(), now=NOW)
    assert linking.found(made.code, "talk", now=NOW + TEN - timedelta(seconds=1))
    for secret in made.code, made.token:
        with pytest.raises(CodeNotValid):
            linking.found(secret, "talk", now=NOW + TEN)


def test_a_code_is_used_up_by_the_first_chat_that_says_yes(app: Flask) -> None:
    here = visit()
    made = linking.begin(here, now=NOW)
    link = linking.found(made.code, "talk", now=NOW)
    linking.answer(link.id, "webchat", "talk", language="da", now=NOW)
    for secret in made.code, made.token:
        with pytest.raises(CodeNotValid):
            linking.found(secret, "thief", now=NOW)
    with pytest.raises(CodeNotValid):
        linking.answer(link.id, "webchat", "thief", language="da", now=NOW)
    again = linking.answer(link.id, "webchat", "talk", language="da", now=NOW)
    assert again == people.person_at("webchat", "talk"), "saying yes twice is saying it once"


def test_a_new_code_makes_the_old_one_worthless(app: Flask) -> None:
    here = visit()
    old, new = linking.begin(here, now=NOW), linking.begin(here, now=NOW)
    with pytest.raises(CodeNotValid):
        linking.found(old.code, "talk", now=NOW)
    assert linking.found(new.code, "talk", now=NOW)


def test_the_last_word_has_the_visit_that_began_it_and_no_other(app: Flask) -> None:
    here, elsewhere, stranger = visit(), visit(), visit("bo@example.org")
    answered(linking.begin(here, now=NOW).code)
    for other in elsewhere, stranger:
        assert linking.waiting(other, now=NOW) is None
        assert linking.confirm(other, now=NOW) is None
    assert linking.confirm(here, now=NOW) is not None


def test_without_an_answer_there_is_nothing_to_confirm_and_refusing_ends_it(app: Flask) -> None:
    here = visit()
    made = linking.begin(here, now=NOW)
    assert linking.confirm(here, now=NOW) is None
    answered(made.code)
    linking.refuse(here)
    assert linking.confirm(here, now=NOW) is None
    assert people.person_at("webchat", "talk") != here.address.person_id


def test_the_page_has_ten_minutes_too(app: Flask) -> None:
    here = visit()
    answered(linking.begin(here, now=NOW).code)
    assert linking.confirm(here, now=NOW + TEN) is None


def test_confirming_twice_links_once(app: Flask) -> None:
    here = visit()
    linked(here)
    count = db.session.query(Letter).count()
    assert linking.confirm(here, now=NOW) is None
    assert db.session.query(Letter).count() == count


def test_leaving_the_page_takes_the_code_back(app: Flask) -> None:
    name = entrance.let_in(ANNA, language="da", now=NOW)
    here = visits.find(name, NOW)
    assert here is not None
    made = linking.begin(here, now=NOW)
    visits.end(name)
    db.session.expire_all()
    with pytest.raises(CodeNotValid):
        linking.found(made.code, "talk", now=NOW)


def test_one_chat_may_guess_only_so_often(app: Flask) -> None:
    visit()
    for _guess in range(6):
        with pytest.raises(CodeNotValid):
            linking.found("abcd2345", "talk", now=NOW)
    with pytest.raises(TooOften):
        linking.found("abcd2345", "talk", now=NOW)


def test_a_chat_of_somebody_is_not_made_somebody_elses(app: Flask) -> None:
    linked(visit())
    other = visit("bo@example.org")
    with pytest.raises(LinkedElsewhere):
        answered(linking.begin(other, now=NOW).code)
    with pytest.raises(LinkedElsewhere):
        linking.ask("bo@example.org", "webchat", "talk", language="da", client="here", now=NOW)
    assert linking.waiting(other, now=NOW) is not None and linking.confirm(other, now=NOW) is None


def test_one_person_may_have_several_chats(app: Flask) -> None:
    here = visit()
    linked(here), linked(here, "12345", "console")
    assert [each.channel for each in linking.chats(here.address.person_id)] == ["webchat", "console"]


def test_both_ends_are_told_where_they_can_be_reached(app: Flask) -> None:
    here = visit()
    linked(here)
    told = {(each["channel"], each["identifier"]) for letter in db.session.query(Letter) for each in letter.addresses}
    assert told == {("webchat", "talk"), ("email", ANNA)}
    db.session.query(Letter).delete()
    linked(here, "12345", "console")
    assert [each["channel"] for letter in db.session.query(Letter) for each in letter.addresses] == ["email"]


def test_from_the_chat_a_letter_goes_to_the_address_and_its_reader_says_yes(app: Flask) -> None:
    email, person = linking.ask(f" {ANNA.upper()} ", "webchat", "talk", language="da", client="here", now=NOW)
    assert email == ANNA and people.person_at("webchat", "talk") == person
    assert people.person_at("email", ANNA) is None, "nobody is made of what was typed"
    secret = secret_in_letter()
    assert linking.look(secret, now=NOW).facts == {"channel": "webchat", "identifier": "talk"}
    name, merged = linking.follow(secret, browser="one", language="da", now=NOW)
    assert merged is not None and visits.find(name, NOW) is not None
    assert people.person_at("webchat", "talk") == people.person_at("email", ANNA)
    with pytest.raises(LinkUsedUp):
        linking.follow(secret, browser="another", language="da", now=NOW)


def test_a_letters_link_lets_nobody_in_by_the_other_door(app: Flask) -> None:
    linking.ask(ANNA, "webchat", "talk", language="da", client="here", now=NOW)
    with pytest.raises(LinkUsedUp):
        entrance.enter(secret_in_letter(), language="da", browser="one", now=NOW)
    entrance.ask(ANNA, language="da", client="here", now=NOW)
    with pytest.raises(LinkUsedUp):
        linking.follow(secret_in_letter(), browser="one", language="da", now=NOW)


def test_a_known_and_an_unknown_address_are_written_to_alike(town: Town) -> None:
    town.signed_up(town.occurrence(), email=ANNA)
    seen = []
    for email in (ANNA, "stranger@example.org"):
        db.session.query(Letter).delete()
        linking.ask(email, "webchat", email, language="da", client=email, now=NOW)
        (letter,) = db.session.query(Letter)
        seen.append(str(letter.message).replace(secret_in_letter(), "…"))
    assert seen[0] == seen[1]


def test_unlinked_the_chat_is_nobodys_and_the_sign_ups_stay(town: Town) -> None:
    here = visit()
    own = town.signed_up(town.occurrence(), email=ANNA)
    linked(here)
    (chat,) = linking.chats(here.address.person_id)
    assert linking.unlink(here.address.person_id, chat.address_id, now=NOW + timedelta(days=30)) == ("webchat", "talk")
    db.session.commit()
    assert people.person_at("webchat", "talk") is None
    assert own.person_id == here.address.person_id
    with pytest.raises(NotLinked):
        linking.unlink(here.address.person_id, chat.address_id, now=NOW)
    with pytest.raises(NotLinked):
        linking.unlink_chat("webchat", "talk", now=NOW)


def test_unlinked_within_a_week_what_came_along_goes_back(town: Town) -> None:
    here = visit()
    talk = people.find_or_create("webchat", "talk", language="da", now=NOW)
    own = town.signed_up(town.occurrence(), person_id=talk, channel="webchat")
    linked(here)
    linking.unlink_chat("webchat", "talk", now=NOW + timedelta(days=1))
    db.session.commit()
    db.session.expire_all()
    assert own.person_id == talk == people.person_at("webchat", "talk")


def test_nobody_unlinks_a_chat_that_is_not_theirs_and_no_address(app: Flask) -> None:
    here, other = visit(), visit("bo@example.org")
    linked(here)
    (chat,) = linking.chats(here.address.person_id)
    for address_id in (chat.address_id, here.address_id, other.address_id, 10**6):
        with pytest.raises(NotLinked):
            linking.unlink(other.address.person_id, address_id, now=NOW)


def test_links_nobody_finished_are_deleted(app: Flask) -> None:
    linking.begin(visit(), now=NOW)
    assert linking.expire(NOW + TEN) == 0
    assert linking.expire(NOW + TEN + timedelta(seconds=1)) == 1
    assert db.session.query(ChatLink).count() == 0


def test_letters_go_first_to_a_chat_that_can_be_reached_unless_its_person_wants_mail(app: Flask) -> None:
    here = visit()
    linked(here), linked(here, "4711", "telegram")
    person = here.address.person_id
    assert reaching.ways(person, ANNA) == [("telegram", "4711"), ("email", ANNA)], "a closed page reaches nobody"
    linking.hear_by_chat(person, False, now=NOW)
    assert reaching.ways(person, ANNA) == [("email", ANNA)]
    linking.hear_by_chat(person, True, now=NOW)
    assert reaching.ways(person, ANNA)[0] == ("telegram", "4711")
    reaching.turn_off("telegram", "4711", "blocked", NOW)
    linking.hear_by_chat(person, True, now=NOW)
    assert reaching.ways(person, ANNA) == [("email", ANNA)], "who blocked us is not written to by a form"
