"""Proposing an activity by talk: from the idea to what is published, with each step told in the same chat, in three languages."""

from typing import Any

import pytest

from engage.accounts import Rights, RoleName, User, access
from engage.activities.models import ActivityState
from engage.activities.pictures import NotAPicture, Prepared
from engage.base.db import db, transaction
from engage.base.errors import FetchFirst
from engage.dialog.models import Conversation
from engage.dialog.pictures import PictureNotFetched
from engage.outbox import Letter
from engage.proposals import Proposal, ProposalState, desk
from engage.proposals.models import ProposalInterest, ProposalPicture
from engage.worker import follow_up_proposals
from tests.accounts.cast import account
from tests.conftest import NOW
from tests.dialog.talk import Talk
from tests.proposals.cast import kinds, letters, proposed
from tests.town import Town

WANTS = {
    "da": ("jeg har en idé", "kan I ikke lave et kursus om bier?"),
    "en": ("I'd like to propose an activity", "I have an idea"),
    "de": ("ich habe eine Idee", "ich möchte einen Kurs vorschlagen"),
}
PICTURE = Prepared(large=b"large", small=b"small", width=640, height=480)
NO_PICTURE = {"da": "spring over", "en": "skip", "de": "nein danke"}
PUBLISHED = {
    "da": "er blevet til en aktivitet",
    "en": "has become an activity",
    "de": "ist eine Veranstaltung geworden",
}


@pytest.fixture
def karl(town: Town) -> User:
    return account("Karl Holm", roles=[RoleName.STAFF])


@pytest.fixture
def olga(town: Town) -> User:
    return account("Olga Ravn", member_of={town.organisation(): Rights.EDITOR})


def proposal() -> Proposal:
    db.session.expire_all()
    return db.session.query(Proposal).one()


def done(act: Any, *facts: Any, **named: Any) -> Any:
    with transaction():
        return act(*facts, now=NOW, **named)


@pytest.mark.parametrize("language", ["da", "en", "de"])
def test_an_idea_becomes_an_activity_and_each_step_is_told_in_the_chat(town: Town, olga: User, language: str) -> None:
    talk = Talk(channel="telegram", identifier="77", language=language)
    talk.say(WANTS[language][0])
    assert talk.place == ("propose", "title") and "Guderup" in talk.text
    talk.say("Bier / bees / Bienen i Nordborg").say("Vi bygger bihoteller.\nAlle kan være med, også hjælp til børn.")
    assert talk.place == ("propose", "picture")
    talk.say(NO_PICTURE[language]).tap("propose:help:yes").tap("propose:more:yes").say("Familier").tap(
        "propose:skip:time"
    ).say("Nordborg Slot")
    talk.tap("propose:theme:environmental").tap("propose:shows:no")
    assert talk.place == ("propose", "sure") and "Nordborg Slot" in talk.text
    talk.tap("propose:send")
    found = proposal()
    assert (found.state, found.language, found.can_help, found.shows_name) == (ProposalState.NEW, language, True, False)
    assert (found.whom, found.time, found.place, found.dimension) == ("Familier", "", "Nordborg Slot", "environmental")
    assert letters(found) == [], "the chat has said so"
    done(desk.take_up, found.public_id, access.organisations_of(olga)[0].id, by=olga)
    done(desk.ask_back, found.public_id, "Hvor mange?", by=olga)
    asked = letters(found)[-1]
    assert (asked.channel, asked.recipient, asked.message["language"]) == ("telegram", "77", language)
    talk.press(asked.message["buttons"][0]["action"])
    assert "Hvor mange?" in talk.text
    talk.say("20, og jeg kan komme og hjælpe på lørdag")
    assert proposal().state == ProposalState.ANSWERED and proposal().notes[-1].words.startswith("20")
    activity = done(desk.make_draft, found.public_id, None, by=olga)
    assert "Nordborg Slot" in activity.texts[0].body
    activity.state = ActivityState.PUBLISHED
    db.session.commit()
    follow_up_proposals(NOW)
    assert kinds(found) == ["taken_up", "asked_back", "draft", "published"]
    assert PUBLISHED[language] in str(letters(found)[-1].message["text"])
    assert {each.recipient for each in letters(found)} == {"77"}


@pytest.mark.parametrize(("language", "words"), [(code, each) for code, all_ in WANTS.items() for each in all_])
def test_an_idea_is_heard(town: Town, language: str, words: str) -> None:
    assert Talk(identifier=words, language=language).say(words).place == ("propose", "title")


@pytest.mark.parametrize("channel", ["webchat", "console"])
def test_a_chat_that_reaches_nobody_asks_for_an_address_and_the_mail_proves_it(town: Town, channel: str) -> None:
    talk = Talk(channel=channel).press("propose:start").say("Bier").say("Vi bygger bihoteller.").say("nej").say("nej")
    talk.say("ja").say("Jeg hedder Anna Holm")
    assert talk.place == ("propose", "email")
    talk.say("ingen").say("anna@example.org")
    assert "Anna Holm" in talk.text
    talk.say("ja")
    assert "anna@example.org" in talk.text
    found = proposal()
    assert (found.state, found.name, found.shows_name) == (ProposalState.UNPROVEN, "Anna Holm", True)
    letter = db.session.query(Letter).one()
    assert letter.recipient == "anna@example.org" and "/foreslaa/bekraeft/" in str(letter.message["buttons"])


def test_nobody_answers_for_another(town: Town, karl: User) -> None:
    found = proposed()
    done(desk.take_up, found.public_id, None, by=karl)
    done(desk.ask_back, found.public_id, "Hvor?", by=karl)
    talk = Talk(channel="telegram", identifier="88").press(f"propose:answer:{found.public_id}")
    assert talk.place[0] != "propose" and "Hvor?" not in talk.text


def test_one_chat_would_come_once_and_may_wish_to_hear(town: Town, karl: User) -> None:
    found = proposed()
    done(desk.show, found.public_id, "Repaircafé", "Vi reparerer.", by=karl)
    talk = Talk(channel="telegram", identifier="88").press("ideas:show")
    talk.tap("ideas:come").press(f"ideas:come:{found.public_id}").tap("ideas:hear")
    (row,) = db.session.query(ProposalInterest).all()
    assert row.hears and row.person_id == db.session.query(Conversation).filter_by(identifier="88").one().person_id
    Talk(identifier="web").press("ideas:show").tap("ideas:come")
    assert db.session.query(ProposalInterest).filter_by(person_id=None).count() == 1
    talk.press("ideas:show").tap("ideas:not")
    assert db.session.query(ProposalInterest).count() == 1


def test_a_chat_that_reaches_nobody_promises_no_letter(town: Town, karl: User) -> None:
    found = proposed()
    done(desk.show, found.public_id, "Repaircafé", "Vi reparerer.", by=karl)
    talk = Talk(identifier="web", language="en").press(f"ideas:hear:{found.public_id}")
    (row,) = db.session.query(ProposalInterest).all()
    assert not row.hears and row.person_id is None
    assert "We write to you once" not in talk.text and "Leave your e-mail address" in talk.text
    assert f"/forslag/{found.public_id}" in str(talk.buttons)


def test_a_picture_goes_along_once_the_door_has_got_it(town: Town) -> None:
    talk = Talk(channel="telegram", identifier="77").press("propose:start")
    assert "Guderup" in talk.picture("p1").text and talk.place == ("propose", "title"), "too early: asked once more"
    talk.say("Bier").say("Vi bygger bihoteller.")
    with pytest.raises(FetchFirst) as wanted:
        talk.picture("p1")
    assert wanted.value.name == "p1" and talk.place == ("propose", "picture"), "nothing was changed"
    refused = talk.picture("p1", NotAPicture())
    assert str(NotAPicture.message) in refused.text and talk.place == ("propose", "picture")
    talk.picture("p1", PICTURE).tap("propose:help:no")
    talk.picture("p2", PICTURE).tap("propose:more:no").tap("propose:shows:no")
    talk.fetched = {}
    with pytest.raises(FetchFirst):
        talk.tap("propose:send")
    talk.fetched = {"p2": PICTURE}
    talk.tap("propose:send")
    (kept,) = db.session.query(ProposalPicture).all()
    assert (kept.large, kept.small, kept.width) == (PICTURE.large, PICTURE.small, 640)


def test_what_cannot_be_fetched_any_more_does_not_keep_the_proposal_back(town: Town) -> None:
    talk = Talk(channel="telegram", identifier="77").press("propose:start").say("Bier").say("Vi bygger bihoteller.")
    talk.picture("p1", PICTURE).say("nej").say("nej").say("nej")
    assert talk.place == ("propose", "sure")
    talk.fetched = {"p1": PictureNotFetched()}
    talk.tap("propose:send")
    assert talk.place == ("propose", "sure") and db.session.query(Proposal).count() == 0
    talk.tap("propose:send")
    assert db.session.query(Proposal).count() == 1 and db.session.query(ProposalPicture).count() == 0


def test_a_cancelled_proposal_leaves_nothing_in_the_talk(town: Town) -> None:
    talk = Talk(channel="telegram", identifier="77").press("propose:start").say("Bier").say("Vi bygger bihoteller.")
    talk.picture("p1", PICTURE).say("annuller")
    assert "bihoteller" not in str(talk.row().data) and "p1" not in str(talk.row().data)
    talk.picture("p1")
    assert talk.place == ("", "")
