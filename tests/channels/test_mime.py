"""Mails put together by hand are read by the standard library as they were meant, whatever is written into them."""

import email
import email.policy
from email.message import EmailMessage

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engage.channels import mime

ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp", "Zs"]) | st.just(" "), max_size=300)
LONG = "Æbler og øl på en bro, der er længere end alle andre broer i byen, og så videre " * 4


def read(content: bytes) -> EmailMessage:
    found = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(found, EmailMessage)
    return found


@given(ANY)
@example("Hej\r\n.\r\n..\rFrom Anna\n\n")
@example(LONG)
@example("x" * 2000)
@example(" \n\t\n= =20 --=_\n")
def test_a_text_arrives_as_it_was_written(said: str) -> None:
    raw = mime.text("plain", said)
    assert raw.isascii() and b"\r" not in raw and max(map(len, raw.split(b"\n"))) <= 76
    expected = said.replace("\r\n", "\n").replace("\r", "\n")
    assert read(raw).get_content() == expected + ("" if expected.endswith("\n") else "\n")


@given(WORDS.map(lambda said: " ".join(said.split())))
@example(LONG.strip())
@example("=?utf-8?q?Bcc?= and =?x")
@example("plain words " * 30)
@example("a" * 400)
def test_the_words_of_a_header_arrive_as_they_were_written(said: str) -> None:
    said = said.strip()
    raw = mime.words("Subject", said).encode("ascii")
    assert max(map(len, raw.split(b"\n"))) <= max(
        80, len("Subject: ") + max(map(len, said.encode().split()), default=0)
    )
    mail = read(raw + b"\nx")
    assert mail.keys() == ["Subject"]
    assert " ".join(mail["Subject"].split()) == said


@pytest.mark.parametrize("value", ["a\nBcc: b", "a\r\n\r\nb", "a\x00", "a\x0b"])
def test_no_header_becomes_two(value: str) -> None:
    for make in (mime.words, mime.header):
        with pytest.raises(ValueError, match="not for a header"):
            make("Subject", value)
    with pytest.raises(ValueError, match="not for a header"):
        mime.file("text/calendar", {"method": value}, b"")
    with pytest.raises(ValueError, match="not for a header"):
        mime.file("text/calendar", {}, b"", value)


@given(st.binary(max_size=400))
def test_a_file_arrives_byte_for_byte_under_its_name(content: bytes) -> None:
    for name in ("aebler.ics", 'æbler "og" øl.ics'):
        found = read(mime.file("application/ics", {}, content, name))
        assert (found.get_filename(), found.get_payload(decode=True)) == (name, content)


def test_parts_stand_in_each_other_whatever_they_say() -> None:
    inner = mime.several("alternative", [mime.text("plain", "--=_\n--"), mime.text("html", "<p>æ</p>")])
    mail = read(mime.several("mixed", [inner, mime.file("text/calendar", {"method": "PUBLISH"}, b"x\r\n", "x.ics")]))
    kinds = [part.get_content_type() for part in mail.walk()]
    assert kinds == ["multipart/mixed", "multipart/alternative", "text/plain", "text/html", "text/calendar"]
    assert [part.get_content() for part in mail.walk() if part.get_content_type() == "text/plain"] == ["--=_\n--\n"]
    assert not mail.defects


@pytest.mark.parametrize("name", ["Byen", "Sønderborg, læringsby", 'By "A"'])
def test_whom_a_mail_is_from_is_a_name_and_an_address(name: str) -> None:
    (sender,) = read(f"From: {mime.mailbox(name, 'laering@by.example.org')}\n\nx".encode("ascii"))["From"].addresses
    assert (sender.display_name, sender.addr_spec) == (name, "laering@by.example.org")
