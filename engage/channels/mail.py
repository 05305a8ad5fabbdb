"""E-mail: renders a neutral message as text and HTML, and hands it to the city's SMTP server.

Without a server the development mode keeps mails as files in a local mailbox; any other installation keeps its letters
until it is told of one.
"""

import hashlib
import re
from email.utils import formatdate
from pathlib import Path

from email_validator import EmailNotValidError, validate_email
from markupsafe import escape

from engage.base.clock import utc_now
from engage.base.config import Settings
from engage.base.errors import ChannelError
from engage.base.i18n import gettext as _
from engage.base.i18n import speaking
from engage.base.message import Attachment, Button, Card, Message
from engage.channels import mime
from engage.channels.mime import Mail
from engage.channels.smtp import MailLine

_UNREADABLE = re.compile(r"[\x00-\x1f\x7f]")


class MailChannel:
    """Sends by SMTP as `settings.smtp_url` says, all letters over one line (see `smtp`)."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._line = MailLine(settings.smtp_url) if settings.smtp_url else None

    def send(self, identifier: str, message: Message, *, key: str) -> None:
        """Mail `message` to the address `identifier`; the same `key` always gives the same Message-ID."""
        mail = render(message, to=identifier, key=key, settings=self._settings)
        if self._line is not None:
            self._line.submit(mail)
        elif self._settings.development:
            keep(mail, mailbox(self._settings))
        else:
            raise ChannelError("no mail server is set (ENGAGE_SMTP_URL)", permanent=False, counts=False)

    def rehearse(self) -> None:
        """Render a letter that nobody gets: what that loads is then there before a fork."""
        entry = Attachment("engage.ics", "text/calendar", "Engage")
        letter = Message(("Engage",), "Engage", attachments=(entry,))
        render(letter, to="nobody@example.org", key="", settings=self._settings)

    def rest(self) -> None:
        """Close the line to the server when nothing was sent for a while."""
        if self._line is not None:
            self._line.rest()

    def close(self) -> None:
        """Close the line to the server."""
        if self._line is not None:
            self._line.close()


def render(message: Message, *, to: str, key: str, settings: Settings) -> Mail:
    """`message` as a mail with a plain and an HTML part, an invitation beside them where it has one, and its attachments."""
    city = settings.city
    sender, recipient = settings.mail_from or city.contact["email"], _for_the_wire(to)
    message_id = f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@{sender.rpartition('@')[2]}>"
    heads = [
        mime.words("Subject", " ".join(_UNREADABLE.sub(" ", message.subject).split())),
        f"From: {mime.mailbox(city.title, sender)}\n",
        mime.words("To", recipient),
        mime.header("Date", formatdate(localtime=False)),
        mime.header("Message-ID", message_id),
        mime.header("Auto-Submitted", "auto-generated"),
    ]
    if message.unsubscribe:
        # RFC 8058: the mail program may press for its reader, by a POST; opening the address only shows a page. In one piece: in
        # encoded words (RFC 2047) no program finds an address (RFC 2369, 2).
        heads.append(mime.header("List-Unsubscribe", f"<{message.unsubscribe}>"))
        heads.append(mime.header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
    heads.append(mime.header("Content-Language", message.language))
    heads.append("MIME-Version: 1.0\n")
    return Mail(sender, recipient, message_id, "".join(heads).encode() + _body(message, settings))


def _body(message: Message, settings: Settings) -> bytes:
    said = [mime.text("plain", as_text(message, settings.city.title)), mime.text("html", as_html(message, settings))]
    invitations = [_invitation(attachment) for attachment in message.attachments if _scheduling(attachment)]
    body = mime.several("alternative", [*said, *invitations])
    if not message.attachments:
        return body
    return mime.several("mixed", [body, *(_file(attachment) for attachment in message.attachments)])


def _scheduling(attachment: Attachment) -> bool:
    """Whether it is a calendar file that asks to be carried out (RFC 5546), and no mere copy of something published."""
    return attachment.content_type.startswith("text/calendar") and _parameters(attachment).get("method") in {
        "REQUEST",
        "CANCEL",
    }


def _invitation(attachment: Attachment) -> bytes:
    """The same said a third way (RFC 6047, 2.4): Gmail, Outlook and Apple carry out a calendar part that stands beside the
    text, and only there; the method must be in its header too. Bytes, since its lines end with CR LF whatever a mail's do.
    """
    return mime.file("text/calendar", _parameters(attachment), attachment.text.encode())


def _file(attachment: Attachment) -> bytes:
    """What can be opened or kept as a file. An invitation is so of another kind (RFC 6047, 2.4), lest it be taken in twice."""
    kind, parameters = attachment.content_type.partition(";")[0], _parameters(attachment)
    if _scheduling(attachment):
        kind, parameters = "application/ics", {}
    return mime.file(kind, parameters, attachment.text.encode(), attachment.filename)


def _parameters(attachment: Attachment) -> dict[str, str]:
    """The parameters of its content type."""
    parts = attachment.content_type.split(";")[1:]
    return {name.strip(): value.strip() for name, _, value in (part.partition("=") for part in parts) if value}


def _for_the_wire(address: str) -> str:
    """`address` with its domain as DNS has it: few servers take one with an æ (RFC 6531), all take its ASCII form (RFC 5890)."""
    try:
        checked = validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise ChannelError("no usable address", permanent=True) from error
    return f"{checked.local_part}@{checked.ascii_domain}"


def as_text(message: Message, signature: str) -> str:
    """The plain part: paragraphs, cards as lines, buttons as addresses."""
    parts = list(message.text)
    for card in message.cards:
        parts += [f"{card.heading.upper()}"] if card.heading else []
        parts += ["\n".join(filter(None, (card.title, *card.lines, card.url)))]
    parts += [f"{button.label}:\n{button.url}" for button in _buttons(message) if button.url]
    if message.unsubscribe:
        parts.append(f"{_stop(message)}:\n{message.unsubscribe}")
    return "\n\n".join([*parts, f"-- \n{signature}"]) + "\n"


def _buttons(message: Message) -> tuple[Button, ...]:
    """What can be pressed: the ticket last, which other channels show as a picture."""
    if not message.code:
        return message.buttons
    with speaking(message.language):
        return (*message.buttons, Button(_("See your ticket"), url=message.code))


def _stop(message: Message) -> str:
    with speaking(message.language):
        return _("Get no more e-mails of this kind")


def as_html(message: Message, settings: Settings) -> str:
    """The HTML part: one calm column that reads well in any mail program, in the city's colours, with no remote image."""
    theme = settings.city.theme
    sea, ground, ink = theme.get("action", "#0B4F6C"), theme.get("ground", "#FBF8F3"), theme.get("ink", "#1B2A33")
    paragraphs = "".join(f'<p style="margin:0 0 16px">{escape(text)}</p>' for text in message.text)
    cards = "".join(_card(card, sea) for card in message.cards)
    buttons = "".join(
        f'<p style="margin:0 0 12px"><a href="{escape(button.url or "")}" style="display:inline-block;padding:12px 20px;'
        + (f"background:{sea};color:#FFFFFF" if index == 0 else f"border:1px solid {sea};color:{sea}")
        + f';text-decoration:none;border-radius:4px">{escape(button.label)}</a></p>'
        for index, button in enumerate(b for b in _buttons(message) if b.url)
    )
    return (
        f'<!DOCTYPE html><html lang="{escape(message.language)}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(message.subject)}</title></head>"
        f"<body style=\"margin:0;background:{ground};color:{ink};font:16px/24px 'IBM Plex Sans',Arial,sans-serif\">"
        '<div style="max-width:560px;margin:0 auto;padding:24px 16px">'
        f'<p style="margin:0 0 24px;font-weight:600;color:{sea}">{escape(settings.city.title)}</p>'
        f'<div style="background:#FFFFFF;padding:24px;border-radius:6px">'
        f'<h1 style="margin:0 0 16px;font-size:22px;line-height:28px">{escape(message.subject)}</h1>'
        f"{paragraphs}{cards}{buttons}</div>{_footer(message, sea)}</div></body></html>"
    )


def _footer(message: Message, sea: str) -> str:
    if not message.unsubscribe:
        return ""
    link = f'<a href="{escape(message.unsubscribe)}" style="color:{sea}">{escape(_stop(message))}</a>'
    return f'<p style="margin:16px 0 0;font-size:14px;line-height:20px">{link}</p>'


def _card(card: Card, sea: str) -> str:
    title = (
        f'<a href="{escape(card.url)}" style="color:{sea}">{escape(card.title)}</a>' if card.url else escape(card.title)
    )
    lines = "<br>".join(str(escape(line)) for line in card.lines)
    style = f"margin:0 0 16px;padding:4px 0 4px 16px;border-left:4px solid {sea}"
    heading = (
        f'<h2 style="margin:24px 0 12px;font-size:18px;line-height:24px">{escape(card.heading)}</h2>'
        if card.heading
        else ""
    )
    language = f' lang="{escape(card.language)}"' if card.language else ""
    return f'{heading}<div style="{style}"><strong{language}>{title}</strong><br>{lines}</div>'


def mailbox(settings: Settings) -> Path:
    """The folder of the development mailbox."""
    return settings.var / "mailbox"


def keep(mail: Mail, folder: Path) -> None:
    """Write `mail` into the development mailbox, named so that the newest sorts last."""
    folder.mkdir(parents=True, exist_ok=True)
    name = hashlib.sha256(mail.message_id.encode()).hexdigest()[:16]
    # By the moment, and not by a number: to find the next one the whole folder would be read for each mail.
    final = folder / f"{utc_now():%Y%m%d%H%M%S%f}-{name}.eml"
    draft = final.with_suffix(".part")
    draft.write_bytes(mail.content)
    draft.rename(final)
