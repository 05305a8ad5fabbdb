""" "Do you still come?", opened by the link in a reminder: yes is a press here, no leads to cancelling as always."""

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from engage.base import links
from engage.base.clock import utc_now
from engage.base.db import transaction
from engage.registrations import mine, notices
from engage.registrations.reminders import answers
from engage.registrations.reminders.models import Reminding
from engage.web.public import blueprint
from engage.web.public.registration import view


@blueprint.get(links.COMING)
def coming(token: str) -> str:
    """The date, and the two answers. Mail scanners open this too, so it changes nothing."""
    return _page(answers.asked(token))


@blueprint.post(links.COMING)
def come(token: str) -> Response | tuple[str, int]:
    """Yes. Once is as good as twice."""
    asked = answers.asked(token)
    try:
        with transaction():
            answers.say_coming(asked, now=utc_now())
    except answers.NotYoursToCome as refusal:
        return _page(asked, str(refusal)), 409
    return redirect(url_for(".coming", token=token), 303)


def _page(asked: Reminding, problem: str = "") -> str:
    now = utc_now()
    entry = mine.opened(asked.registration.public_id, now=now)
    token = notices.manage_token(asked.registration.public_id)
    return render_template(
        "public/coming.html",
        entry=view(entry),
        open=answers.may_say(asked, now),
        said=asked.answer == answers.COMING,
        problem=problem,
        cancel_url=url_for("public.cancel_page", token=token) if entry.may_change(now) else "",
    )
