"""Certificates as staff see them: found by the number on the paper, taken back with a reason, and valid again after a mistake.

Whose it is stands nowhere here: who shows a certificate shows who they are.
"""

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engage.accounts import audit
from engage.activities import typed
from engage.base.clock import utc_now
from engage.base.db import transaction
from engage.base.errors import Refusal
from engage.base.i18n import gettext as _
from engage.registrations import certificates
from engage.registrations.certificates.taking_back import LONGEST_REASON
from engage.web import certificate_view
from engage.web.staff import blueprint
from engage.web.who import current_account


@blueprint.get("/beviser")
def find_certificate() -> str:
    """Ask for the number."""
    return render_template("staff/certificate_find.html", typed="", errors=())


@blueprint.post("/beviser")
def found_certificate() -> Response | tuple[str, int]:
    """Go to the certificate with this number, which may be typed with all of its address."""
    words = typed.line(request.form.get("number", ""))[:300]
    number = words.partition("?")[0].rstrip("/").rpartition("/")[2].strip().lower()
    try:
        certificates.public(number)
    except Refusal as refusal:
        errors = (("number", str(refusal)),)
        return render_template("staff/certificate_find.html", typed=words, errors=errors), 404
    return redirect(url_for(".certificate", certificate=number), 303)


@blueprint.get("/beviser/<certificate>")
def certificate(certificate: str) -> str:
    """What it certifies, whether it is valid, and the way to change that."""
    return _page(certificate)


@blueprint.post("/beviser/<certificate>/tilbage")
def take_certificate_back(certificate: str) -> Response | tuple[str, int]:
    """It is valid no more, and its person is told why."""
    now = utc_now()
    reason = typed.paragraphs(request.form.get("reason", ""))
    try:
        with transaction():
            found = certificates.take_back(certificate, reason, now=now)
            audit.record(current_account(), "certificate.taken_back", f"certificate:{found.id}", {}, now)
    except certificates.NoReason as refusal:
        return _page(certificate, (("reason", str(refusal)),)), 422
    flash(_("The certificate is no longer valid. Who it was issued to is told, with the reason."), "success")
    return redirect(url_for(".certificate", certificate=certificate), 303)


@blueprint.post("/beviser/<certificate>/gyldigt")
def give_certificate_back(certificate: str) -> Response:
    """It is valid again."""
    now = utc_now()
    with transaction():
        found = certificates.give_back(certificate, now=now)
        audit.record(current_account(), "certificate.given_back", f"certificate:{found.id}", {}, now)
    flash(_("The certificate is valid again. Who it was issued to is told."), "success")
    return redirect(url_for(".certificate", certificate=certificate), 303)


def _page(certificate: str, errors: tuple[tuple[str, str], ...] = ()) -> str:
    return render_template(
        "staff/certificate.html",
        certificate=certificate_view.view(certificates.public(certificate)),
        reason=request.form.get("reason", ""),
        longest=LONGEST_REASON,
        errors=errors,
    )
