"""What citizens propose, in the words staff approved, and how many would come: a number, never names."""

from dataclasses import dataclass

from flask import Response, abort, flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from engage import people
from engage.base import i18n, links
from engage.base.clock import utc_now
from engage.base.db import transaction
from engage.base.errors import Refusal
from engage.base.i18n import gettext as _
from engage.base.i18n import ngettext
from engage.base.limits import TooOften
from engage.proposals import Proposal, ProposalState, interest
from engage.proposals.refusals import NotShown
from engage.web import visiting
from engage.web.public import blueprint
from engage.web.who import client_key

Answer = str | Response | AnyResponse | tuple[str, int]


@dataclass(frozen=True, slots=True)
class ShownView:
    """A proposal as the public reads it."""

    name: str
    title: str
    paragraphs: tuple[str, ...]
    language: str
    by: str
    count: str
    open: bool
    activity_url: str


@blueprint.get(links.PROPOSALS)
def proposals() -> str:
    """Those that are shown, the latest first."""
    found = interest.shown()
    counts = interest.counts(found)
    return render_template("public/proposals.html", proposals=[_view(each, counts[each.id]) for each in found])


@blueprint.get(links.PROPOSAL)
def proposal(proposal: str) -> str:
    """One of them, and the button."""
    return _page(_found(proposal))


@blueprint.post(links.PROPOSAL + "/jeg-kommer")
def would_come(proposal: str) -> Answer:
    """Count this person or browser; where they leave a way, tell them how it ends."""
    found, visit, now, email = _found(proposal), visiting.current(), utc_now(), request.form.get("email", "").strip()
    who, hears, client = _who(), request.form.get("hears") == "1", client_key()
    person = visit.address.person_id if visit else None
    try:
        with transaction():
            interest.would_come(
                proposal,
                who,
                now=now,
                person_id=person,
                hears=hears and visit is not None,
                client=client,
                before=_before(),
            )
            if visit is None and email:
                language = i18n.current_language()
                session["link_sent_to"] = interest.ask_to_hear(
                    proposal, who, email, language=language, client=client, now=now
                )
    except people.EmailNotUsable as refusal:
        return _page(found, [("email", str(refusal))], email), 422
    except TooOften as refusal:
        return _page(found, [("", str(refusal))], email), 429
    except Refusal as refusal:
        return _page(found, [("", str(refusal))], email), 409
    if visit is None and email:
        return redirect(url_for("entrance.sent"), 303)
    flash(_("You are counted. It is no sign-up yet: that comes when there is a date."), "success")
    return redirect(url_for(".proposal", proposal=proposal), 303)


@blueprint.post(links.PROPOSAL + "/jeg-kommer-ikke")
def would_not_come(proposal: str) -> Answer:
    """Count them no more."""
    _found(proposal)
    with transaction():
        interest.take_back(proposal, _who(), _before())
    flash(_("You are not counted any more."), "success")
    return redirect(url_for(".proposal", proposal=proposal), 303)


def _who() -> str:
    visit = visiting.current()
    return f"person:{visit.address.person_id}" if visit else f"browser:{visiting.browser()}"


def _before() -> str:
    """What stood for who is here until they came in: their browser."""
    return f"browser:{visiting.browser()}" if visiting.current() and "browser" in session else ""


def _found(name: str) -> Proposal:
    try:
        return interest.one_shown(name)
    except NotShown:
        abort(404)


def _page(found: Proposal, errors: list[tuple[str, str]] | None = None, email: str = "") -> str:
    # A browser is given a name only once it has something to say.
    known = visiting.current() is not None
    said = interest.said(found, _who(), _before()) if known or "browser" in session else False
    return render_template(
        "public/proposal.html",
        proposal=_view(found, interest.counts([found])[found.id]),
        said=said,
        known=known,
        email=email,
        errors=errors or [],
    )


def _view(found: Proposal, count: int) -> ShownView:
    activity = found.activity if found.state == ProposalState.PUBLISHED else None
    return ShownView(
        name=found.public_id,
        title=found.shown_title,
        paragraphs=tuple(each for each in found.shown_text.split("\n\n") if each.strip()),
        language=found.language,
        by=(found.name or "") if found.shows_name else "",
        count=ngettext("%(number)s would come", "%(number)s would come", count),
        open=found.state != ProposalState.PUBLISHED,
        activity_url=url_for(".activity", activity=activity.public_id, slug=activity.slug) if activity else "",
    )
