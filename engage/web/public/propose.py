"""Proposing an activity by a form, its confirmation, and the page of its proposer, which a link in each letter opens."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Response, flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from engage import people, proposals
from engage.activities import pictures
from engage.activities.pictures import Prepared
from engage.base import i18n, links
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import transaction
from engage.base.errors import Refusal
from engage.base.i18n import gettext as _
from engage.base.limits import TooOften
from engage.goals.reference import reference
from engage.people import LinkUsedUp, Purpose, onetime
from engage.proposals import Proposal, ProposalState, Proposed, interest, own, proposing
from engage.proposals import letters as proposal_letters
from engage.proposals.refusals import (
    NameMissing,
    NoSuchProposal,
    NotShown,
    NoWayToYou,
    TextMissing,
    TitleMissing,
    TooManyProposals,
    WordsMissing,
)
from engage.proposals.wording import state
from engage.web import visiting
from engage.web.mine import entrance
from engage.web.public import blueprint
from engage.web.security import larger_body
from engage.web.who import client_key

Answer = str | Response | AnyResponse | tuple[str, int]
_LARGEST_BODY = pictures.MOST_BYTES + 256 * 1024
_FIELDS = ("title", "text", "whom", "time", "place", "theme", "can_help", "name", "shows_name", "email")
# Beside which field a refusal stands.
_BESIDE: tuple[tuple[type[Refusal], str], ...] = (
    (TitleMissing, "title"), (TextMissing, "text"), (NameMissing, "name"), (NoWayToYou, "email"),
    (people.EmailNotUsable, "email"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class NoteView:
    """What was said about a proposal: by its proposer, or to them."""

    words: str
    own: bool


@blueprint.get(links.PROPOSE)
def propose_page() -> str:
    """The form; where its proposer is known from My page, no address is asked for."""
    return _form({}, [])


@blueprint.post(links.PROPOSE)
@larger_body(_LARGEST_BODY)
def propose() -> Answer:
    """Hand it in; to an address that nobody has shown to be theirs, a link goes first."""
    values = {name: request.form.get(name, "") for name in _FIELDS}
    visit = visiting.current()
    try:
        picture = _picture()  # some tenths of a second of computing, before any transaction is open
    except Refusal as refusal:
        return _form(values, [("picture", str(refusal))]), 422
    try:
        with transaction():
            found = proposals.propose(
                _proposed(values, visit.address.person_id if visit else None, picture), now=utc_now()
            )
    except (TooManyProposals, TooOften) as refusal:
        return _form(values, [("", str(refusal))]), 429
    except Refusal as refusal:
        return _form(values, [(_field(refusal), str(refusal))]), 422
    if found.person_id is None:
        session["link_sent_to"] = found.email
        return redirect(url_for(".proposed"), 303)
    flash(_("Thank you. Organisers and the city can read your proposal now."), "success")
    return redirect(url_for(".own_proposal", token=proposal_letters.token(found)), 303)


@blueprint.get(links.PROPOSE + "/sendt")
def proposed() -> str:
    """Where the link went, and what comes next."""
    return render_template("public/proposed.html", email=session.get("link_sent_to", ""))


@blueprint.get(links.CONFIRM_PROPOSAL)
def confirm_proposal_page(token: str) -> str | tuple[str, int] | AnyResponse:
    """The page a mail leads to; its button sends the proposal, or asks to be told of one."""
    try:
        key = onetime.look(Purpose.PROPOSE, token, utc_now())
        found = None if "hear" in key.facts else proposing.look(token, now=utc_now())
    except LinkUsedUp as refusal:
        return entrance.used_up(refusal)
    visiting.browser()
    return render_template("public/propose_confirm.html", proposal=found, hears="hear" in key.facts, email=key.email)


@blueprint.post(links.CONFIRM_PROPOSAL)
def confirm_proposal(token: str) -> str | tuple[str, int] | AnyResponse:
    """Yes; and come in, as who reads the mail has shown who they are."""
    now, language, browser = utc_now(), i18n.current_language(), visiting.browser()
    try:
        if "hear" in onetime.facts_of(Purpose.PROPOSE, token):
            with transaction():
                visit, name = interest.hear(token, language=language, browser=browser, now=now)
            visiting.begin(visit)
            flash(_("We write to you once, when we know whether it takes place."), "success")
            return redirect(url_for(".proposal", proposal=name), 303)
        with transaction():
            visit, found = proposals.confirm(token, language=language, browser=browser, now=now)
    except LinkUsedUp as refusal:
        return entrance.used_up(refusal)
    except NotShown as refusal:
        flash(str(refusal), "warning")
        return redirect(url_for(".proposals"), 303)
    visiting.begin(visit)
    if found is None:
        flash(str(NoSuchProposal.message), "warning")
        return redirect(url_for(".propose_page"), 303)
    flash(_("Thank you. Organisers and the city can read your proposal now."), "success")
    return redirect(url_for(".own_proposal", token=proposal_letters.token(found)), 303)


@blueprint.get(links.OWN_PROPOSAL)
def own_proposal(token: str) -> Answer:
    """Where it stands, for who has its link."""
    return _own_page(token)


@blueprint.post(links.OWN_PROPOSAL + "/svar")
def answer_proposal(token: str) -> Answer:
    """Answer what the desk asked."""
    words = request.form.get("words", "")
    try:
        with transaction():
            own.answer(own.by_token(token), words, now=utc_now())
    except WordsMissing as refusal:
        return _own_page(token, [("words", str(refusal))], 422, words)
    except NoSuchProposal:
        return _own_page(token)
    except Refusal as refusal:
        return _own_page(token, [("", str(refusal))], 409, words)
    flash(_("Thank you. Your answer is sent."), "success")
    return redirect(url_for(".own_proposal", token=token), 303)


@blueprint.post(links.OWN_PROPOSAL + "/billede")
@larger_body(_LARGEST_BODY)
def picture_proposal(token: str) -> Answer:
    """Add a picture, or send another one in its place."""
    try:
        picture = _picture()
    except Refusal as refusal:
        return _own_page(token, [("picture", str(refusal))], 422)
    if picture is None:
        return _own_page(token, [("picture", _("Choose a picture first."))], 422)
    try:
        with transaction():
            own.put_picture(own.by_token(token), picture)
    except NoSuchProposal:
        return _own_page(token)
    except Refusal as refusal:
        return _own_page(token, [("", str(refusal))], 409)
    flash(_("Thank you, the picture goes with your proposal now."), "success")
    return redirect(url_for(".own_proposal", token=token), 303)


@blueprint.post(links.OWN_PROPOSAL + "/traek-tilbage")
def withdraw_proposal(token: str) -> Answer:
    """Take it back."""
    try:
        with transaction():
            own.withdraw(own.by_token(token), now=utc_now())
    except NoSuchProposal:
        return _own_page(token)
    except Refusal as refusal:
        return _own_page(token, [("", str(refusal))], 409)
    flash(_("Your proposal is taken back."), "success")
    return redirect(url_for(".own_proposal", token=token), 303)


def _own_page(
    token: str, errors: Sequence[tuple[str, str]] = (), status: int = 200, typed: str = ""
) -> tuple[str, int]:
    try:
        found = own.by_token(token)
    except NoSuchProposal as refusal:
        return render_template("public/message.html", title=_("Your proposal"), text=str(refusal), actions=()), 404
    activity = found.activity
    is_public = activity is not None and found.state == ProposalState.PUBLISHED
    page = render_template(
        "public/own_proposal.html",
        proposal=found,
        token=token,
        state=state(found.state),
        taker=found.organisation.name if found.organisation is not None else "",
        notes=[NoteView(each.words, each.from_citizen) for each in found.notes],
        theme=theme_of(found),
        asked=found.state == ProposalState.ASKED_BACK,
        may_withdraw=found.state in proposals.OPEN,
        activity_url=url_for(".activity", activity=activity.public_id, slug=activity.slug)
        if activity and is_public
        else "",
        shown_url=url_for(".proposal", proposal=found.public_id) if found.shown_at is not None else "",
        has_picture=own.has_picture(found),
        typed=typed,
        longest=own.LONGEST_ANSWER,
        errors=errors,
    )
    return page, status


def theme_of(proposal: Proposal) -> str:
    """The dimension or goal it was said to fit."""
    goals = reference()
    goal = goals.sdgs.get(proposal.sdg or 0)
    if goal is not None:
        return f"{goal.number} {goal.title}"
    return goals.dimensions[proposal.dimension].name if proposal.dimension in goals.dimensions else ""


def _form(values: dict[str, str], errors: list[tuple[str, str]]) -> str:
    visit, goals, city = visiting.current(), reference(), current_settings().city
    return render_template(
        "public/propose.html",
        values=values,
        errors=errors,
        known=visit.address.identifier if visit else "",
        dimensions=[(f"d-{each.id}", each.name) for each in goals.dimensions.values()],
        sdgs=[(f"g-{each.number}", f"{each.number} {each.title}") for each in goals.sdgs.values()],
        longest=proposing.LONGEST_TEXT,
        days=city.keep_questions.days,
        controller=city.controller,
        shown=bool(interest.shown(1)),
    )


def _proposed(values: dict[str, str], person_id: int | None, picture: Prepared | None) -> Proposed:
    kind, _dash, theme = values["theme"].partition("-")
    return Proposed(
        title=values["title"],
        text=values["text"],
        whom=values["whom"],
        time=values["time"],
        place=values["place"],
        dimension=theme if kind == "d" else "",
        sdg=int(theme) if kind == "g" and theme.isdecimal() and len(theme) < 3 else None,
        can_help=values["can_help"] == "yes",
        name=values["name"],
        shows_name=values["shows_name"] == "yes",
        email="" if person_id is not None else values["email"],
        person_id=person_id,
        picture=picture,
        language=i18n.current_language(),
        channel="web",
        client=client_key(),
        notice_version=current_settings().city.notice_version,
    )


def _picture() -> Prepared | None:
    file = request.files.get("picture")
    if file is None or not file.filename:
        return None
    return pictures.prepare(file.stream.read(pictures.MOST_BYTES + 1))


def _field(refusal: Refusal) -> str:
    return next((field for kind, field in _BESIDE if isinstance(refusal, kind)), "")
