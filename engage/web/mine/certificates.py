"""One's own certificates: ask for one, see, print and download it, and delete it. Only what is one's own is ever found."""

import json
from dataclasses import dataclass
from datetime import date

from flask import Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from engage.base import links
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import transaction
from engage.base.errors import Refusal
from engage.base.i18n import gettext as _
from engage.registrations import certificates, mine
from engage.registrations.application import LONGEST_NAME
from engage.registrations.certificates import Certificate, HoursPeriodNotPossible, NotEarned, credential
from engage.web import certificate_view, paper
from engage.web.certificate_view import CertificateView
from engage.web.mine import blueprint
from engage.web.mine.registration import own
from engage.web.mine.views import entry_view
from engage.web.own import EntryView
from engage.web.who import current_visit

_HERE = links.OWN_CERTIFICATES
_ONE = _HERE + "/<certificate>"


@dataclass(frozen=True, slots=True)
class _Form:
    """What is typed when a certificate is asked for."""

    name: str = ""
    checkable: bool = False
    first: str = ""
    last: str = ""
    errors: tuple[tuple[str, str], ...] = ()


@blueprint.get(_HERE)
def own_certificates() -> str:
    """Those there are, what one may ask for, and the form for hours."""
    return _overview(_Form())


@blueprint.post(_HERE + "/timer")
def ask_for_hours() -> AnyResponse | tuple[str, int]:
    """State the hours of a period."""
    form, person_id = _read(), current_visit().address.person_id
    try:
        with transaction():
            made = certificates.issue_hours(
                person_id, _day(form.first), _day(form.last), name=form.name, checkable=form.checkable, now=utc_now()
            ).public_id
    except Refusal as refusal:
        field = "last" if isinstance(refusal, HoursPeriodNotPossible) and form.first else "first"
        refused = _Form(form.name, form.checkable, form.first, form.last, ((field, str(refusal)),))
        return _overview(refused), 422
    return _to(made)


@blueprint.get(_HERE + "/om/<registration>")
def ask_certificate(registration: str) -> str | AnyResponse:
    """What shall stand on it. Where there is one already, that is shown."""
    entry = own(registration)
    there = certificates.of_registration(current_visit().address.person_id, entry.registration.id)
    if there is not None:
        return _to(there.public_id)
    found = certificates.earned(entry, now=utc_now())
    if found is None:
        raise NotEarned
    form = _Form(name=entry.registration.name or "")
    return render_template(
        "mine/certificate_ask.html",
        entry=entry_view(entry, utc_now()), came=found.came, form=form, longest=LONGEST_NAME, errors=(),
    )  # fmt: skip


@blueprint.post(_HERE + "/om/<registration>")
def issue_certificate(registration: str) -> AnyResponse:
    """Make it."""
    form = _read()
    with transaction():
        made = certificates.issue(
            current_visit().address.person_id, registration, name=form.name, checkable=form.checkable, now=utc_now()
        ).public_id
    return _to(made)


@blueprint.get(_ONE)
def certificate(certificate: str) -> str:
    """As it looks on paper, with the ways to take it along."""
    return render_template("mine/certificate.html", certificate=_view(_own(certificate)))


@blueprint.get(_ONE + "/kode.svg")
def certificate_code(certificate: str) -> Response:
    """The code that leads to where anybody checks it."""
    image = certificate_view.code(_view(_own(certificate)).address)
    return Response(image, mimetype="image/svg+xml", headers={"Cache-Control": "private, max-age=3600"})


@blueprint.get(_ONE + "/bevis.pdf")
def certificate_pdf(certificate: str) -> Response:
    """As a file to print and to send."""
    found = _valid(certificate)
    return _file(paper.pdf(_view(found), issued_at=found.issued_at), "application/pdf", found, "pdf")


@blueprint.get(_ONE + "/bevis.<kind>")
def certificate_credential(certificate: str, kind: str) -> Response | tuple[str, int]:
    """As an Open Badges 3.0 credential: `jwt` is the signed text alone, `json` the same in an envelope."""
    if kind not in {"jwt", "json"}:
        raise certificates.NoSuchCertificate
    found = _valid(certificate)
    with transaction():  # the first signature of a key keeps its public half
        signed = credential.signed(found, now=utc_now())
    if kind == "jwt":
        return _file(signed.encode(), credential.JWT_TYPE, found, kind)
    return _file(json.dumps(credential.enveloped(signed), indent=2).encode(), "application/vc+ld+json", found, kind)


@blueprint.get(_ONE + "/slet")
def delete_certificate_page(certificate: str) -> str:
    """Ask once more."""
    return render_template("mine/certificate_delete.html", certificate=_view(_own(certificate)))


@blueprint.post(_ONE + "/slet")
def delete_certificate(certificate: str) -> AnyResponse:
    """Delete it: who checks it is told that there is none."""
    with transaction():
        certificates.delete(current_visit().address.person_id, certificate)
    flash(_("The certificate is deleted."), "success")
    return redirect(url_for(".own_certificates"), 303)


def _overview(form: _Form) -> str:
    person_id, now = current_visit().address.person_id, utc_now()
    there = certificates.of_person(person_id)
    had = {each.registration_id for each in there}
    past = mine.entries(person_id, now=now, past=True)
    open_: list[EntryView] = [
        entry_view(each, now)
        for each in past
        if each.registration.id not in had and certificates.earned(each, now=now) is not None
    ]
    helped = any(mark.hours_in_minutes for each in past for mark in each.came)
    return render_template(
        "mine/certificates.html",
        there=[_view(each) for each in there],
        asked=open_,
        helped=helped,
        form=form,
        errors=form.errors,
        kept_days=current_settings().city.keep_sign_ups.days,
        longest=LONGEST_NAME,
    )


def _read() -> _Form:
    sent = request.form
    return _Form(sent.get("name", ""), "checkable" in sent, sent.get("first", ""), sent.get("last", ""))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def _own(certificate: str) -> Certificate:
    return certificates.own(current_visit().address.person_id, certificate)


def _valid(certificate: str) -> Certificate:
    """One to take along. What was taken back can be seen and deleted, and is given to nobody any more."""
    found = _own(certificate)
    if not found.valid:
        raise certificates.NoSuchCertificate
    return found


def _view(certificate: Certificate) -> CertificateView:
    return certificate_view.view(certificate)


def _file(content: bytes, kind: str, certificate: Certificate, ending: str) -> Response:
    response = Response(content, content_type=kind, headers={"Cache-Control": "private, no-store"})
    word = _("certificate")
    name = f"{word}-{certificate.public_id[:8]}.{ending}"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def _to(certificate: str) -> AnyResponse:
    return redirect(url_for(".certificate", certificate=certificate), 303)
