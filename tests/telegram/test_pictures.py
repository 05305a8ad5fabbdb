"""A picture that somebody sends with a proposal: fetched from the Bot API, redrawn, and kept with it."""

import io
from collections.abc import Callable

import pytest
from PIL import Image
from PIL.ExifTags import Base as ExifTag

from bots.telegram.process import Process
from engage.base.db import db
from engage.proposals import Proposal
from engage.proposals.models import ProposalPicture
from tests.telegram.people import Person
from tests.telegram.rules import Refused
from tests.telegram.server import LARGEST_FILE, Telegram
from tests.town import Town

Somebody = Callable[..., Person]


def photograph(width: int = 900) -> bytes:
    """As a camera writes it, with what it knows of its owner."""
    known = Image.Exif()
    known[ExifTag.Make] = "Havnby Kamera"
    out = io.BytesIO()
    Image.new("RGB", (width, 600), "green").save(out, "JPEG", exif=known)
    return out.getvalue()


@pytest.fixture
def anna(bot: Process, town: Town, somebody: Somebody) -> Person:
    """Somebody who is asked for a picture."""
    person = somebody()
    person.say("/start")
    person.reads()
    person.say("jeg har en idé")
    person.reads("Guderup")
    person.say("Bier i Nordborg")
    person.wait(lambda message: "menu:leave" in str(message.rows))
    person.say("Vi bygger bihoteller.")
    person.wait(lambda message: "propose:without" in str(message.rows))
    return person


def kept(anna: Person) -> list[ProposalPicture]:
    """What is kept once the proposal is sent."""
    anna.tap("propose:help:no")
    anna.wait(lambda message: "propose:more" in str(message.rows))
    anna.tap("propose:more:no")
    anna.wait(lambda message: "propose:shows" in str(message.rows))
    anna.tap("propose:shows:no")
    anna.wait(lambda message: "propose:send" in str(message.rows))
    anna.tap("propose:send")
    anna.wait(lambda message: "find:when" in str(message.rows))
    db.session.rollback()
    assert db.session.query(Proposal).count() == 1
    return db.session.query(ProposalPicture).all()


def asked_for_help(anna: Person) -> None:
    anna.wait(lambda message: "propose:help" in str(message.rows))


def test_a_photograph_is_kept_without_what_the_camera_said(anna: Person, telegram: Telegram) -> None:
    name = anna.send_picture(photograph())
    asked_for_help(anna)
    (picture,) = kept(anna)
    assert picture.width == 900 and b"Havnby Kamera" not in picture.large
    assert Image.open(io.BytesIO(picture.large)).format == "WEBP"
    assert {each.params["file_id"] for each in telegram.calls("getFile")} == {name}, "the largest of its sizes"
    assert len(telegram.calls("getFile")) == 1, "fetched once for both turns"


def test_a_file_may_be_a_picture_and_a_refused_one_is_said(anna: Person, telegram: Telegram) -> None:
    anna.send_picture(b"no picture", as_file="image/png")
    anna.reads("JPEG")
    anna.send_picture(b"x", size=LARGEST_FILE + 1, as_file="image/jpeg")
    anna.reads("12 MB")
    telegram.failing("getFile", Refused(500, "Internal Server Error"))
    again = anna.send_picture(photograph(), name="AgACagain")
    anna.wait(lambda message: "propose:without" in str(message.rows))
    telegram.fault = None
    anna.send_picture(photograph(700), as_file="image/jpeg", name=f"{again}2")
    asked_for_help(anna)
    (picture,) = kept(anna)
    assert picture.width == 700


def test_a_picture_nobody_asked_for_is_never_fetched(anna: Person, telegram: Telegram) -> None:
    anna.tap("menu:leave")
    anna.wait(lambda message: "find:when" in str(message.rows))
    anna.send_picture(photograph())
    anna.reads("ord")
    assert not telegram.calls("getFile")
