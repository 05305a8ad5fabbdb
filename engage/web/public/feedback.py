"""How it was, and what one will do now: told on a page that the link in our letter opens, without login."""

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from engage.base import links
from engage.base.clock import utc_now
from engage.base.i18n import gettext as _
from engage.registrations import feedback as rules
from engage.web import telling
from engage.web.public import blueprint


@blueprint.get(links.FEEDBACK)
def feedback(token: str) -> str:
    """The form, with what was said before."""
    return _page(telling.form(rules.opened(token), utc_now()))


@blueprint.post(links.FEEDBACK)
def give_feedback(token: str) -> Response | tuple[str, int]:
    """Keep it, in the place of what was said before."""
    refused = telling.send(rules.opened(token), utc_now())
    if refused is not None:
        return _page(refused), 422
    flash(_("Thank you. What you told us is kept."), "success")
    return redirect(url_for(".feedback", token=token), 303)


def _page(form: telling.FormView) -> str:
    return render_template("public/feedback.html", form=form)
