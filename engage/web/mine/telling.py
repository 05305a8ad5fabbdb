"""How it was, and what one will do now, told on one's own page. Only what is one's own is ever found."""

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from engage.base import links
from engage.base.clock import utc_now
from engage.base.i18n import gettext as _
from engage.web import telling
from engage.web.mine import blueprint
from engage.web.mine.registration import own

_TELL = links.MINE + "/hvordan-var-det/<registration>"


@blueprint.get(_TELL)
def tell_page(registration: str) -> str:
    """The form, with what was said before."""
    return _page(telling.form(own(registration).registration, utc_now()))


@blueprint.post(_TELL)
def tell(registration: str) -> Response | tuple[str, int]:
    """Keep it."""
    refused = telling.send(own(registration).registration, utc_now())
    if refused is not None:
        return _page(refused), 422
    flash(_("Thank you. What you told us is kept."), "success")
    return redirect(url_for(".past"), 303)


def _page(form: telling.FormView) -> str:
    return render_template("mine/telling.html", form=form)
