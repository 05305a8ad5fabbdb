"""The line to the mail server: kept open, opened again, closed when idle; and what is known of a letter when it fails."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from engage.base.errors import ChannelError, NoReply, ServerAway
from engage.channels import mime, smtp
from engage.channels.mime import Mail
from engage.channels.smtp import MailLine
from tests.channels.rough import Rough, running


@pytest.fixture(autouse=True)
def asked_again_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "_AWAY_SECONDS", 0.0)


@pytest.fixture
def rough() -> Iterator[Rough]:
    with running() as server:
        yield server


@pytest.fixture
def line(rough: Rough) -> Iterator[MailLine]:
    with closing(MailLine(rough.url)) as found:
        yield found


def mail(text: str = "Hej") -> Mail:
    heads = mime.words("Subject", "Klimacafé") + mime.header("Message-ID", "<1@example.org>")
    return Mail("by@example.org", "anna@example.org", "<1@example.org>", heads.encode() + mime.text("plain", text))


def error(line: MailLine) -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        line.submit(mail())
    return caught.value


def test_several_letters_leave_over_one_line(line: MailLine, rough: Rough) -> None:
    for _number in range(5):
        line.submit(mail())
    assert (rough.connections, len(rough.letters)) == (1, 5)
    line.close()
    assert rough.lines[-1] == "QUIT"


def test_after_very_many_letters_a_new_line_is_opened(
    line: MailLine, rough: Rough, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "_MOST_LETTERS", 2)
    for _number in range(5):
        line.submit(mail())
    assert (rough.connections, len(rough.letters)) == (3, 5)


@pytest.mark.parametrize("answer", ["", "421 idle for too long"])
def test_a_line_that_was_dropped_meanwhile_is_opened_again_and_the_letter_leaves(
    line: MailLine, rough: Rough, answer: str
) -> None:
    line.submit(mail())
    rough.answers["MAIL"] = [answer]
    line.submit(mail())
    assert (rough.connections, len(rough.letters)) == (2, 2)


def test_an_idle_line_is_closed_and_one_in_use_is_not(
    line: MailLine, rough: Rough, monkeypatch: pytest.MonkeyPatch
) -> None:
    line.submit(mail())
    line.rest()
    assert "QUIT" not in rough.lines
    monkeypatch.setattr(smtp, "_IDLE", -1)
    line.rest()
    assert rough.lines[-1] == "QUIT"
    line.submit(mail())
    assert rough.connections == 2


def test_a_refused_letter_leaves_the_line_to_the_next_one(line: MailLine, rough: Rough) -> None:
    rough.answers["RCPT"] = ["550 no such user"]
    assert error(line).permanent
    line.submit(mail())
    assert (rough.connections, len(rough.letters)) == (1, 1)
    assert "RSET" in rough.lines


@pytest.mark.parametrize(
    ("word", "answer", "kind"),
    [
        ("", "421 too busy", ServerAway),
        ("", "554 not you", ServerAway),
        ("", "", ServerAway),
        ("", "…", ServerAway),
        ("EHLO", "", ServerAway),
        ("MAIL", "", ServerAway),
        ("MAIL", "421 closing", ServerAway),
        ("MAIL", "…", ServerAway),
        ("MAIL", "451 not now", ChannelError),
        ("MAIL", "553 not from here", ChannelError),
        ("RCPT", "", ServerAway),
        ("RCPT", "450 greylisted", ChannelError),
        ("DATA", "", ServerAway),
        ("DATA", "451 not now", ChannelError),
        ("content", "", ChannelError),
        (".", "452 disk full", ChannelError),
        (".", "554 looks like spam", ChannelError),
        (".", "421 closing", ServerAway),
        # Only here may the letter have been taken.
        (".", "", NoReply),
        (".", "…", NoReply),
        (".", "drip", NoReply),
    ],
)
def test_whatever_the_server_does_it_is_known_whether_the_letter_may_have_been_taken(
    line: MailLine, rough: Rough, word: str, answer: str, kind: type[ChannelError]
) -> None:
    rough.answers[word] = answer
    with pytest.MonkeyPatch.context() as patience:
        if answer in {"…", "drip"}:  # only here is it waited for in vain: else a busy machine may take its time
            patience.setattr(smtp, "_SECONDS", 0.3)
            patience.setattr(smtp, "_LONGEST", 0.6)
        found = error(line)
    assert type(found) is kind or (word == "content" and type(found) in {ChannelError, NoReply})
    assert not found.permanent
    assert found.counts is (kind is not ServerAway)
    rough.answers.clear()
    line.submit(mail())
    assert rough.letters


def test_a_server_that_is_not_there_is_not_asked_again_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "_AWAY_SECONDS", 60)
    opened: list[object] = []
    monkeypatch.setattr(smtp.MailLine, "_open", lambda self: opened.append(self) or _refuse(self))
    line = MailLine("smtp://127.0.0.1:1")
    for _time in range(5):
        assert isinstance(error(line), ServerAway)
    assert len(opened) == 1


def _refuse(line: MailLine) -> None:
    raise line._away("ConnectionRefusedError")


def test_lines_that_are_one_dot_arrive_as_they_were_written_and_no_byte_is_above_seven_bits(
    line: MailLine, rough: Rough
) -> None:
    line.submit(mail("Hej\n.\n..\n.a\nblåbær\n"))
    (letter,) = rough.letters
    assert letter.isascii()
    line.submit(mail("Hej\n.\n..\n.a\n"))
    assert b"\r\nHej\r\n..\r\n...\r\n..a\r\n" in rough.letters[1]


def test_an_address_no_server_takes_goes_on_to_the_next_one(line: MailLine, rough: Rough) -> None:
    with pytest.raises(ChannelError) as caught:
        line.submit(replace(mail(), recipient="åse@example.org"))
    assert caught.value.permanent and rough.letters == []
