"""Being written to by SMS: the number, the code that was sent there, and taking it back."""

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engage.base import i18n, links
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import transaction
from engage.base.errors import Refusal
from engage.base.i18n import gettext as _
from engage.base.limits import TooOften
from engage.people import phones
from engage.registrations import phone
from engage.web.mine import blueprint
from engage.web.who import current_visit

_HERE = links.MINE + "/sms"


@blueprint.get(_HERE, endpoint="phone")
def page() -> str:
    """The number, or where to write one, or the code that is waited for."""
    return _page({}, ())


@blueprint.post(_HERE)
def ask_for_code() -> Response | tuple[str, int]:
    """Send a code to the number that was typed."""
    typed = request.form.get("phone", "")
    try:
        with transaction():
            phone.ask(current_visit(), typed, language=i18n.current_language(), now=utc_now())
    except TooOften:
        raise
    except Refusal as refusal:
        return _page({"phone": typed}, (("phone", str(refusal)),)), 422
    return redirect(url_for(".phone"), 303)


@blueprint.post(_HERE + "/kode")
def prove_number() -> Response | tuple[str, int]:
    """The code came back."""
    try:
        with transaction():
            proven = phone.prove(current_visit(), request.form.get("code", ""), now=utc_now())
    except TooOften:
        raise
    except Refusal as refusal:
        return _page({}, (("code", str(refusal)),)), 422
    shown = phones.shown(proven, current_settings().city.calling_country)
    flash(_("From now on we write to you by SMS, to %(number)s.", number=shown), "success")
    return redirect(url_for(".phone"), 303)


@blueprint.post(_HERE + "/fortryd")
def other_number() -> Response:
    """Not this number: write another one."""
    with transaction():
        phone.forget_codes(current_visit())
    return redirect(url_for(".phone"), 303)


@blueprint.post(_HERE + "/fjern")
def forget_number() -> Response:
    """No SMS any more."""
    with transaction():
        phone.forget(current_visit().address.person_id, now=utc_now())
    flash(_("The number is deleted. We write to you in other ways."), "success")
    return redirect(url_for(".phone"), 303)


def _page(values: dict[str, str], errors: tuple[tuple[str, str], ...]) -> str:
    visit, country = current_visit(), current_settings().city.calling_country
    own, waiting = phone.number(visit.address.person_id), phone.waiting(visit, now=utc_now())
    return render_template(
        "mine/phone.html",
        sends=current_settings().sms is not None,
        number=phones.shown(own, country) if own else "",
        stopped=str(phone.SaidStop()) if phone.has_said_stop(visit.address.person_id) else "",
        chosen=phone.is_chosen(visit.address.person_id),
        waiting=phones.shown(waiting, country) if waiting else "",
        values=values,
        errors=errors,
    )
