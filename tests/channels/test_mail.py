"""E-mail: what is written into it, and what the mail servers of the world answer."""

import email
import email.policy
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest

from engage.base.config import Settings
from engage.base.errors import ChannelError
from engage.base.message import Attachment, Button, Card, Message
from engage.channels.mail import MailChannel, as_html, as_text, mailbox, render
from engage.channels.mime import Mail
from tests.channels.conftest import PostOffice, closed_port

HOSTILE = "<script>alert(1)</script> & \"citat\" 'x'"
ICS = "BEGIN:VCALENDAR\r\nSUMMARY:Blåbær\r\nEND:VCALENDAR\r\n"
MESSAGE = Message(
    text=("Hej Åse,", "Du har din plads."),
    subject="Du er tilmeldt: Æbler & øl",
    cards=(
        Card("Æbler & øl", ("lørdag den 7. marts kl. 10.00-14.00", "Multikulturhuset"), "https://by.example.org/a"),
    ),
    buttons=(Button("Se din tilmelding", url="https://by.example.org/t?a=1&b=2"), Button("Kun i chatten", action="x")),
    attachments=(Attachment("aebler.ics", "text/calendar; charset=utf-8; method=REQUEST", ICS),),
)
TO = "anna@example.org"


@pytest.fixture
def smtp(settings: Settings, post_office: PostOffice) -> Iterator[MailChannel]:
    with closing(
        MailChannel(replace(settings, smtp_url=post_office.url, mail_from="laering@by.example.org"))
    ) as channel:
        yield channel


def read(mail: Mail) -> EmailMessage:
    """As it is after the wire: bytes, parsed again."""
    parsed = email.message_from_bytes(bytes(mail), policy=email.policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def part(mail: EmailMessage, kind: str) -> str:
    found = mail.get_body((kind,))
    assert found is not None
    return str(found.get_content())


def refusal(channel: MailChannel, to: str = TO) -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        channel.send(to, MESSAGE, key="k")
    return caught.value


def test_a_mail_arrives_with_text_html_and_a_calendar_file(smtp: MailChannel, post_office: PostOffice) -> None:
    smtp.send(TO, MESSAGE, key="registration:abc:confirmed:0")
    (mail,) = post_office.mails
    assert post_office.recipients == [TO]
    assert mail["Subject"] == "Du er tilmeldt: Æbler & øl"
    assert mail["To"] == TO
    assert "laering@by.example.org" in mail["From"]
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Content-Language"] == "da"
    assert "Du har din plads." in part(mail, "plain")
    assert "https://by.example.org/t?a=1&b=2" in part(mail, "plain")
    assert '<html lang="da">' in part(mail, "html")
    assert "Kun i chatten" not in part(mail, "plain") + part(mail, "html"), (
        "what cannot be pressed in a mail is not in it"
    )
    (attached,) = mail.iter_attachments()
    assert attached.get_content_type() == "application/ics"
    assert attached.get_filename() == "aebler.ics"
    assert attached.get_payload(decode=True) == ICS.encode()


def test_an_invitation_stands_beside_the_text_where_calendars_look_for_it(settings: Settings) -> None:
    mail = read(render(MESSAGE, to=TO, key="k", settings=settings))
    assert mail.get_content_type() == "multipart/mixed"
    text = mail.get_body(("related", "html", "plain"))
    (alternative,) = [each for each in mail.walk() if each.get_content_type() == "multipart/alternative"]
    kinds = [each.get_content_type() for each in alternative.iter_parts()]
    assert kinds == ["text/plain", "text/html", "text/calendar"], "the last is the one that says most (RFC 2046, 5.1.4)"
    invitation = list(alternative.iter_parts())[-1]
    assert invitation["Content-Type"].params == {"charset": "utf-8", "method": "REQUEST"}
    assert invitation["Content-Disposition"] is None
    assert invitation.get_payload(decode=True) == ICS.encode(), "its lines end with CR LF"
    assert text is not None and text.get_content_type() == "text/html", "what a person reads is the text"


def test_a_file_that_is_only_published_is_a_file_and_no_invitation(settings: Settings) -> None:
    published = Attachment("alle.ics", "text/calendar; charset=utf-8; method=PUBLISH", ICS)
    mail = read(render(replace(MESSAGE, attachments=(published,)), to=TO, key="k", settings=settings))
    found = [each for each in mail.walk() if each.get_content_type() == "text/calendar"]
    (attached,) = found
    assert attached.get_content_disposition() == "attachment" and attached["Content-Type"].params["method"] == "PUBLISH"


def test_what_citizens_and_organisers_wrote_is_text_and_never_markup(settings: Settings) -> None:
    hostile = Message(
        text=(HOSTILE,),
        subject=HOSTILE,
        cards=(Card(HOSTILE, (HOSTILE,), 'https://x/"><img src=x>'), Card(HOSTILE)),
        buttons=(Button(HOSTILE, url='javascript:"><b>'),),
        language='da"><i>',
    )
    html = part(read(render(replace(hostile, language="da"), to=TO, key="k", settings=settings)), "html")
    for tag in ("<script", "<img", "<b>"):
        assert tag not in html
    assert html.count("&lt;script&gt;") == 7
    assert HOSTILE in part(read(render(replace(hostile, language="da"), to=TO, key="k", settings=settings)), "plain")


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r", "\x0b", "\u2028"])
def test_a_title_cannot_add_a_header_or_a_body(settings: Settings, line_end: str) -> None:
    subject = f"Klima{line_end}Bcc: bo@example.org{line_end}{line_end}<h1>Køb nu</h1>"
    mail = read(render(replace(MESSAGE, subject=subject), to=TO, key="k", settings=settings))
    assert mail["Bcc"] is None
    assert mail["Subject"] == "Klima Bcc: bo@example.org <h1>Køb nu</h1>"


def test_a_recipient_cannot_add_another(settings: Settings) -> None:
    with pytest.raises(ChannelError) as caught:
        render(MESSAGE, to="anna@example.org\nBcc: bo@example.org", key="k", settings=settings)
    assert caught.value.permanent


def test_a_letter_tried_twice_has_one_message_id_and_another_letter_has_another(settings: Settings) -> None:
    first, again, other = (render(MESSAGE, to=TO, key=key, settings=settings).message_id for key in ("a", "a", "b"))
    assert first == again != other
    assert first.startswith("<")
    assert first.endswith(f"@{settings.city.contact['email'].rpartition('@')[2]}>")


def test_no_picture_is_fetched_from_anywhere_when_a_mail_is_opened(settings: Settings) -> None:
    html = part(read(render(MESSAGE, to=TO, key="k", settings=settings)), "html")
    assert not any(sign in html for sign in ("<img", "src=", "url(", "<link", "@import"))


@pytest.mark.parametrize(
    ("answer", "permanent"),
    [
        ("550 5.1.1 no such user", True),
        ("551 moved", True),
        ("553 not a mailbox", True),
        ("450 4.2.0 greylisted", False),
        ("451 4.3.0 try later", False),
        ("552 5.2.2 mailbox full", False),
    ],
)
def test_an_address_that_is_gone_is_told_from_one_that_may_work_later(
    smtp: MailChannel, post_office: PostOffice, answer: str, permanent: bool
) -> None:
    post_office.answers[TO] = answer
    error = refusal(smtp)
    assert error.permanent is permanent
    assert answer[:3] in error.reason
    assert "@" not in error.reason, "a reason is kept and logged, so it names nobody"


@pytest.mark.parametrize("answer", ["451 4.3.0 disk full", "554 5.7.1 looks like spam"])
def test_a_refused_text_says_nothing_against_the_address(
    smtp: MailChannel, post_office: PostOffice, answer: str
) -> None:
    post_office.data_answer = answer
    assert not refusal(smtp).permanent


def test_a_server_that_is_not_there_is_a_passing_error(settings: Settings) -> None:
    with closed_port() as port:
        error = refusal(MailChannel(replace(settings, smtp_url=f"smtp://127.0.0.1:{port}")))
    assert (error.permanent, error.reason) == (False, "ConnectionRefusedError")


def test_a_password_is_never_sent_where_encryption_was_asked_for_and_there_is_none(
    settings: Settings, post_office: PostOffice
) -> None:
    url = post_office.url.replace("smtp://", "smtp+starttls://user:secret@")
    error = refusal(MailChannel(replace(settings, smtp_url=url)))
    assert not error.permanent
    assert post_office.mails == []


@pytest.mark.parametrize("answer", ["421 too busy to say good-bye", ""])
def test_a_server_that_stumbles_over_the_good_bye_has_the_mail(
    smtp: MailChannel, post_office: PostOffice, answer: str
) -> None:
    post_office.quit_answer = answer
    smtp.send(TO, MESSAGE, key="k")
    smtp.close()
    assert len(post_office.mails) == 1


def test_a_danish_domain_is_reached_by_a_server_that_knows_ascii_only(
    smtp: MailChannel, post_office: PostOffice
) -> None:
    smtp.send("info@blåbær.example.org", MESSAGE, key="k")
    assert post_office.recipients == ["info@xn--blbr-roah.example.org"]


def test_without_a_server_the_development_mode_keeps_mails_as_files(settings: Settings, tmp_path: Path) -> None:
    channel = MailChannel(replace(settings, var=tmp_path))
    for key in ("a", "b", "c"):
        channel.send(TO, replace(MESSAGE, subject=key), key=key)
    files = sorted(mailbox(replace(settings, var=tmp_path)).iterdir())
    mails = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in files]
    assert [mail["Subject"] for mail in mails] == ["a", "b", "c"]
    assert all(path.suffix == ".eml" for path in files), "nothing half-written is left"


def test_without_a_server_a_real_installation_keeps_the_letter(settings: Settings, tmp_path: Path) -> None:
    error = refusal(MailChannel(replace(settings, development=False, var=tmp_path)))
    assert not error.permanent
    assert list(tmp_path.iterdir()) == []


def test_what_nobody_has_to_get_can_be_stopped_by_the_mail_program(settings: Settings) -> None:
    link = "https://by.example.org/afmeld-breve/reminders/a.b"
    mail = read(render(replace(MESSAGE, unsubscribe=link), to=TO, key="a", settings=settings))
    assert (mail["List-Unsubscribe"], mail["List-Unsubscribe-Post"]) == (f"<{link}>", "List-Unsubscribe=One-Click")
    assert read(render(MESSAGE, to=TO, key="a", settings=settings))["List-Unsubscribe"] is None
    assert as_text(replace(MESSAGE, unsubscribe=link), "Byen").count(link) == 1 and link not in as_text(MESSAGE, "Byen")
    assert link in as_html(replace(MESSAGE, unsubscribe=link), settings)
    assert Message.from_json(replace(MESSAGE, unsubscribe=link).to_json()).unsubscribe == link
