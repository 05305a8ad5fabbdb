"""The local mailbox: in the development mode mails are kept as files, and read here. On loopback only."""

from email.message import EmailMessage
from pathlib import Path

from flask import Blueprint, Response, abort, render_template, request, url_for

from engage.base.config import current_settings
from engage.channels.mail import mailbox

blueprint = Blueprint("development", __name__, url_prefix="/dev")
_SHOWN = 200


@blueprint.before_request
def gate() -> None:
    """Only the machine itself may read, even where the development mode was left on behind a proxy."""
    forwarded = any(name in request.headers for name in ("X-Forwarded-For", "Forwarded"))
    host = (
        request.host.rpartition(":")[0] or request.host
    )  # a name that only points here is another site (DNS rebinding)
    ours = request.remote_addr in {"127.0.0.1", "::1"} and host in {"127.0.0.1", "localhost", "[::1]"}
    if not ours or forwarded or not current_settings().development:
        abort(404)


@blueprint.get("/mailbox")
def mails() -> str:
    """The newest mails first."""
    found = [(path.stem, _read(path)) for path in sorted(_folder().glob("*.eml"), reverse=True)[:_SHOWN]]
    rows = tuple(
        {
            "number": name,
            "to": mail["To"],
            "subject": mail["Subject"],
            "date": mail["Date"],
            "url": url_for(".mail", name=name),
        }
        for name, mail in found
    )
    return render_template("development/mailbox.html", mails=rows)


@blueprint.get("/mailbox/<name>")
def mail(name: str) -> str:
    """One mail: its headers, its text and its HTML part in a frame."""
    message = _mail(name)
    text = message.get_body(("plain",))
    attachments = tuple(
        {"name": part.get_filename(), "url": url_for(".attachment", name=name, number=number)}
        for number, part in enumerate(message.iter_attachments())
    )
    return render_template(
        "development/mail.html",
        number=name,
        headers=tuple((key, value) for key, value in message.items() if key != "Content-Type"),
        text=text.get_content() if text else "",
        html_url=url_for(".html", name=name),
        attachments=attachments,
    )


@blueprint.get("/mailbox/<name>/html")
def html(name: str) -> Response:
    """The HTML part as a mail program would show it: styles inline, nothing else allowed."""
    body = _mail(name).get_body(("html",))
    response = Response(body.get_content() if body else "", mimetype="text/html")
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
    )
    return response


@blueprint.get("/mailbox/<name>/attachment/<int:number>")
def attachment(name: str, number: int) -> Response:
    """One attachment, to save."""
    parts = list(_mail(name).iter_attachments())
    if number >= len(parts):
        abort(404)
    part = parts[number]
    disposition = f'attachment; filename="{part.get_filename()}"'
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return Response(content, mimetype=part.get_content_type(), headers={"Content-Disposition": disposition})


def _folder() -> Path:
    return mailbox(current_settings())


def _mail(name: str) -> EmailMessage:
    path = (_folder() / f"{name}.eml").resolve()
    if path.parent != _folder().resolve() or not path.is_file():
        abort(404)
    return _read(path)


def _read(path: Path) -> EmailMessage:
    import email
    import email.policy

    with path.open("rb") as file:
        return email.message_from_binary_file(file, policy=email.policy.default)
