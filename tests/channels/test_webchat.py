"""What was said in a web chat stands in rows."""

from datetime import timedelta

from flask import Flask

from engage.base.db import db
from engage.base.message import Message
from engage.channels import webchat
from engage.channels.webchat import Sender, WebchatChannel
from tests.conftest import NOW


def say(talk: str, *texts: str, sender: Sender = Sender.CITIZEN) -> None:
    for number, text in enumerate(texts):
        webchat.say(talk, sender, Message((text,)), NOW + timedelta(seconds=number))
    db.session.commit()


def texts(talk: str, after: int = 0, most: int = 60) -> list[str]:
    return [Message.from_json(line.message).text[0] for line in webchat.lines(talk, after, most)]


def test_a_talk_is_read_in_the_order_it_was_said_and_apart_from_others(app: Flask) -> None:
    say("anna", "hej", "noget om klima")
    say("bo", "hallo")
    say("anna", "i weekenden")
    assert texts("anna") == ["hej", "noget om klima", "i weekenden"]


def test_only_what_is_new_is_read_again(app: Flask) -> None:
    say("anna", "et", "to", "tre")
    first = webchat.lines("anna")[0].id
    assert texts("anna", after=first) == ["to", "tre"]
    assert texts("anna", after=first + 2) == []


def test_of_a_long_talk_the_end_is_shown(app: Flask) -> None:
    say("anna", *(str(number) for number in range(10)))
    assert texts("anna", most=3) == ["7", "8", "9"]


def test_a_letter_sent_to_a_talk_is_the_citys_next_line(app: Flask) -> None:
    say("anna", "hej")
    WebchatChannel().send("anna", Message(("Du har fået en plads.",)), key="k")
    last = webchat.lines("anna")[-1]
    assert (last.sender, texts("anna")) == (Sender.CITY, ["hej", "Du har fået en plads."])


def test_forgetting_a_talk_leaves_the_others(app: Flask) -> None:
    say("anna", "hej"), say("bo", "hallo")
    webchat.forget("anna")
    db.session.commit()
    assert (texts("anna"), texts("bo")) == ([], ["hallo"])
