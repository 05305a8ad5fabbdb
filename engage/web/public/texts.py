"""Pages of plain text: privacy, accessibility, and what machines ask for."""

from flask import Response, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from engage.accounts import directory, sessions
from engage.base import links
from engage.base.config import current_settings
from engage.web.public import blueprint


@blueprint.get(links.PRIVACY)
def privacy() -> str:
    """What is kept of a person, why, and how long."""
    city = current_settings().city
    minutes = int(current_settings().confirm_within.total_seconds() // 60)
    return render_template(
        "public/privacy.html",
        days=city.keep_sign_ups.days,
        answer_days=city.keep_answers.days,
        own_page_days=city.keep_own_pages.days,
        calendar_days=city.keep_calendars.days,
        visit_hours=current_settings().my_page_hours,
        telegram=current_settings().telegram is not None,
        certificate_days=city.keep_certificates.days,
        question_days=city.keep_questions.days,
        sms=current_settings().sms is not None,
        talk_days=city.keep_talks.days,
        message_days=city.keep_messages.days,
        minutes=minutes,
        log_days=city.keep_audit.days,
        closed_days=city.keep_closed_accounts.days,
        session_days=sessions.LONGEST.days,
        city_sign_in=directory.is_set_up(),
    )


@blueprint.get("/tilgaengelighed")
def accessibility() -> str:
    """How accessible the service is, and where the statement stands."""
    return render_template("public/accessibility.html")


@blueprint.get("/was")
def was() -> AnyResponse:
    """The short address Danish law asks for (webtilgængelighedsloven): leads to the published statement."""
    return redirect(current_settings().city.statement_url or url_for(".accessibility"))


@blueprint.get("/robots.txt")
def robots() -> Response:
    """Search engines may read what is published; links with a secret are kept out."""
    closed = ("/bekraeft/", "/tilmelding/", "/tilbud/", "/bevis/", "/chat", "/mine")
    text = "User-agent: *\n" + "".join(f"Disallow: {path}\n" for path in closed)
    return Response(text, mimetype="text/plain")
