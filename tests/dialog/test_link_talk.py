"""Linking in the talk: from either side, with words or buttons, in three languages, and back again."""

import pytest
from flask import Flask

from bots.telegram import commands
from engage import people
from engage.base.db import db
from engage.base.message import Message
from engage.channels import webchat
from engage.channels.telegram import links as telegram_links
from engage.channels.webchat import Sender
from engage.dialog import Incoming
from engage.dialog.models import Conversation
from engage.outbox import Letter
from engage.people import Visit, visits
from engage.registrations import Registration, State, entrance, linking
from tests.conftest import NOW
from tests.dialog.talk import Talk
from tests.town import Town

ANNA = "anna@example.org"


@pytest.fixture
def talk(app: Flask) -> Talk:
    return Talk()


def visit(email: str = ANNA) -> Visit:
    name = entrance.let_in(email, language="da", now=NOW)
    db.session.commit()
    found = visits.find(name, NOW)
    assert found is not None
    return found


def code(here: Visit) -> str:
    made = linking.begin(here, now=NOW)
    db.session.commit()
    return f"{made.code[:4]}-{made.code[4:]}"


def letters() -> list[Letter]:
    db.session.expire_all()
    return list(db.session.query(Letter).order_by(Letter.id))


def linked(talk: Talk, here: Visit) -> None:
    talk.say(f"link {code(here)}").say("ja")
    assert linking.confirm(here, now=NOW) is not None
    db.session.commit()


def test_a_code_from_the_page_names_its_owner_and_asks(town: Town, talk: Talk) -> None:
    town.signed_up(town.occurrence(), name="Anna Holm", email=ANNA)
    here = visit()
    talk.say(f"link {code(here)}")
    assert "Anna" in talk.text and "a•••@example.org" in talk.text
    assert "Holm" not in talk.text and ANNA not in talk.text
    assert talk.place == ("link", "sure")
    talk.tap("link:answer")
    waiting = linking.waiting(here, now=talk.now)
    assert waiting is not None and (waiting.channel, waiting.identifier) == ("webchat", "anna")
    assert talk.row().person_id == people.person_at("webchat", "anna")


@pytest.mark.parametrize("words", ["link {}", "LINK {}", "/link {}", "forbind {}", "verbinde {}"])
@pytest.mark.parametrize("language", ["da", "en", "de"])
def test_the_command_is_read_in_every_language_and_changes_none(talk: Talk, words: str, language: str) -> None:
    talk.language = language
    talk.say(words.format(code(visit())))
    assert talk.shows("link:answer") and talk.row().language == language


def test_a_deep_links_secret_is_an_action(talk: Talk) -> None:
    made = linking.begin(visit(), now=NOW)
    db.session.commit()
    talk.press(f"link:open:{made.token}")
    assert talk.shows("link:answer")
    longest = max(len((button.action or "").encode()) for button in talk.buttons)
    assert longest <= 64, "what a channel lets a button carry"


def test_saying_no_links_nothing(talk: Talk) -> None:
    here = visit()
    talk.say(f"link {code(here)}").say("nej")
    waiting = linking.waiting(here, now=talk.now)
    assert waiting is not None and waiting.answered_at is None
    assert talk.place == ("", "")


def test_a_wrong_or_old_code_is_told_kindly_and_guessing_ends(talk: Talk) -> None:
    for _guess in range(6):
        talk.say("link abcd-2345")
        assert "ti minutter" in talk.text
    talk.say("link abcd-2346")
    assert "meget på én gang" in talk.text


def test_when_the_page_says_yes_the_chat_shows_all_and_says_so(town: Town, talk: Talk) -> None:
    town.signed_up(town.occurrence(town.activity("Strandrensning")), email=ANNA)
    linked(talk, visit())
    told = [each for each in letters() if each.addresses[0]["channel"] == "webchat"]
    assert [each.addresses[0]["identifier"] for each in told] == ["anna"]
    talk.say("mine tilmeldinger")
    assert "Strandrensning" in talk.text
    talk.tap("cancel:ask").tap("cancel:confirm")
    talk.say("mine tilmeldinger")
    assert "Strandrensning" not in talk.text


def test_who_has_nothing_here_is_offered_to_link(talk: Talk) -> None:
    talk.say("mine tilmeldinger")
    talk.tap("link:start")
    assert talk.place == ("link", "email")


@pytest.mark.parametrize(("words", "language"), [("link mig", "da"), ("link me", "en"), ("verknüpfe mich", "de")])
def test_link_me_asks_for_the_address_and_a_letter_goes_there(talk: Talk, words: str, language: str) -> None:
    talk.language = language
    talk.say(words)
    assert talk.place == ("link", "email")
    talk.say(f"{ANNA}.")
    (letter,) = letters()
    assert letter.addresses == [{"channel": "email", "identifier": ANNA}]
    assert letter.message["language"] == language
    assert talk.place == ("", "") and talk.row().person_id == people.person_at("webchat", "anna")


def test_the_answer_is_the_same_whether_the_address_is_known(town: Town, app: Flask) -> None:
    town.signed_up(town.occurrence(), email=ANNA)
    said = []
    for number, email in enumerate((ANNA, "stranger@example.org")):
        talk = Talk(identifier=f"talk{number}").say("link mig").say(email)
        said.append(talk.text.replace(email, "…"))
        talk.say("mine tilmeldinger")
        assert "Klimacafé" not in talk.text, "a typed address shows nothing"
    assert said[0] == said[1]


def test_what_is_no_address_is_asked_again_and_other_wishes_are_heard(talk: Talk) -> None:
    talk.say("link mig").say("ved ikke")
    assert talk.place == ("link", "email") and letters() == []
    talk.say("annuller")
    assert talk.place == ("", "")


@pytest.mark.parametrize("made", ["k7mqp3xd", "kxmqpwxd"])
def test_where_an_address_is_asked_a_code_will_do_also_one_of_letters_alone(
    talk: Talk, made: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linking, "public_id", lambda _length: made)
    talk.say("link mig").say(code(visit()))
    assert talk.shows("link:answer")


def test_links_by_letter_are_sent_only_so_often(talk: Talk) -> None:
    for _time in range(3):
        talk.say("link mig").say(ANNA)
    talk.say("link mig").say(ANNA)
    assert len(letters()) == 3 and "meget på én gang" in talk.text


def test_a_linked_chat_says_with_whom_and_can_be_unlinked(town: Town, talk: Talk) -> None:
    own = town.signed_up(town.occurrence(), email=ANNA)
    linked(talk, visit())
    webchat.say("anna", Sender.CITY, Message(text=("Strandrensning",)), talk.now)
    db.session.commit()
    talk.say("link mig")
    assert "a•••@example.org" in talk.text
    talk.tap("link:unlink").tap("link:part")
    assert people.person_at("webchat", "anna") != people.person_at("email", ANNA)
    assert webchat.lines("anna") == []
    assert "contact" not in talk.row().data
    talk.say("mine tilmeldinger")
    assert "Klimacafé" not in talk.text
    db.session.expire_all()
    assert own.state == State.CONFIRMED


def test_unlinking_long_after_the_talk_goes_on_with_nobody(talk: Talk) -> None:
    linked(talk, visit())
    talk.now = talk.now.replace(month=4)
    talk.say("frakobl chatten").say("ja")
    assert talk.row().person_id is None and people.person_at("webchat", "anna") is None
    talk.say("frakobl chatten")
    assert talk.shows("link:start")


def test_a_talk_that_begins_anew_still_knows_whose_it_is(talk: Talk) -> None:
    here = visit()
    linked(talk, here)
    db.session.query(Conversation).delete()
    db.session.commit()
    talk.say("hej")
    assert talk.row().person_id == here.address.person_id


def test_a_made_up_button_of_another_talk_does_nothing(app: Flask, talk: Talk) -> None:
    here = visit()
    other = Talk(identifier="thief")
    talk.say(f"link {code(here)}")
    stolen = talk.action("link:answer")
    other.press(stolen)
    waiting = linking.waiting(here, now=talk.now)
    assert waiting is not None and waiting.answered_at is None


def test_the_same_works_on_any_channel(town: Town, app: Flask) -> None:
    town.signed_up(town.occurrence(town.activity("Strandrensning")), email=ANNA)
    for channel in ("console", "telegram"):
        here = visit()
        talk = Talk(identifier="4711", channel=channel)
        linked(talk, here)
        assert "Strandrensning" in talk.say("mine tilmeldinger").text


def test_telegrams_deep_link_leads_to_the_question(app: Flask, talk: Talk) -> None:
    made = linking.begin(visit(), now=NOW)
    db.session.commit()
    payload = f"l_{made.token}"
    assert telegram_links.may_be_told(payload)
    heard = commands.understood(Incoming("telegram", "4711", f"/start {payload}", language="da"), now=NOW)
    assert heard.action == f"link:open:{made.token}" and heard.text == ""
    assert commands.landing("l_", "da", NOW) is None


def test_who_is_linked_signs_up_without_being_asked_who_they_are_and_has_the_place_at_once(
    town: Town, talk: Talk
) -> None:
    town.signed_up(town.occurrence(), name="Anna Holm", email=ANNA)
    linked(talk, visit())
    date = town.occurrence(town.activity("Strandrensning"))
    talk.press(f"sign_up:start:{date.public_id}")
    talk.tap("sign_up:seats:2")
    assert "Anna Holm" in talk.text and ANNA in talk.text
    talk.tap("sign_up:confirm")
    own = db.session.query(Registration).filter_by(occurrence_id=date.id).one()
    assert (own.state, own.email, own.person_id) == (State.CONFIRMED, ANNA, people.person_at("email", ANNA))


def test_who_is_linked_may_give_another_name(town: Town, talk: Talk) -> None:
    town.signed_up(town.occurrence(), name="Anna Holm", email=ANNA)
    linked(talk, visit())
    date = town.occurrence(town.activity("Strandrensning"))
    talk.press(f"sign_up:start:{date.public_id}").tap("sign_up:seats:1").tap("sign_up:change")
    talk.tap("sign_up:revise:name")
    assert talk.place == ("sign_up", "name")
