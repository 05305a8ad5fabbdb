"""The desk of proposals, as it is in the rooms of staff and organisers: what is open, one of them, and each step.

Organisers never see an address: what they ask goes through us. `add_routes` opens it in a room.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from engage.accounts import Rights, access
from engage.activities.models import Activity
from engage.base import wording
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import transaction
from engage.base.errors import Refusal
from engage.base.i18n import LazyText, ngettext
from engage.base.i18n import gettext as _
from engage.base.i18n import lazy_gettext as _l
from engage.people.holdings import channel_words
from engage.proposals import IN_HAND, Proposal, ProposalState, desk, interest
from engage.proposals.models import OPEN, ProposalNote
from engage.proposals.refusals import NoSuchProposal, OrganisationMissing, TitleMissing, WordsMissing
from engage.proposals.wording import state
from engage.web.organiser import doors
from engage.web.public.propose import theme_of
from engage.web.who import current_account

Answer = str | Response | AnyResponse | tuple[str, int]
_LISTS: Mapping[str, tuple[LazyText, tuple[ProposalState, ...]]] = {
    "new": (_l("Open to take up"), (ProposalState.NEW,)),
    "in_hand": (_l("In hand"), IN_HAND),
    "draft": (_l("Drafts"), (ProposalState.DRAFT,)),
    "over": (_l("Settled"), (ProposalState.PUBLISHED, ProposalState.DECLINED, ProposalState.WITHDRAWN)),
}
_DONE = {
    "taken_up": _l("Taken up. The proposer is told."),
    "given_back": _l("Given back. Others can take it up."),
    "asked": _l("Your question is on its way. The answer appears here."),
    "declined": _l("Declined. The proposer reads your words."),
    "shown": _l("Everybody can see it now."),
    "hidden": _l("It is not shown any more."),
}


@dataclass(frozen=True, slots=True)
class LineView:
    """A proposal in the list."""

    url: str
    title: str
    language: str
    state: str
    since: str
    taker: str
    count: str


@dataclass(frozen=True, slots=True)
class NoteView:
    """What was said, by whom."""

    words: str
    language: str
    who: str
    when: str


def add_routes(blueprint: Blueprint) -> None:
    """Open the desk in the room of this blueprint."""
    room = blueprint.name

    @blueprint.get("/forslag")
    def proposals() -> str:
        """What citizens propose."""
        return list_page(room)

    @blueprint.get("/forslag/<proposal>")
    def proposal(proposal: str) -> str:
        """One proposal, and what can be done with it."""
        return page(room, proposal)

    @blueprint.post("/forslag/<proposal>/<step>")
    def act_on_proposal(proposal: str, step: str) -> Answer:
        """Take it up, ask, decline, make a draft of it, and so on."""
        return act(room, proposal, step)

    @blueprint.get("/forslag/<proposal>/billede")
    def proposal_picture(proposal: str) -> Response:
        """The picture that came along."""
        return picture(proposal)


def list_page(room: str) -> str:
    """Those of one state, the longest waiting first."""
    by, chosen = current_account(), request.args.get("state", "new")
    chosen = chosen if chosen in _LISTS else "new"
    asked = request.args.get("page", "")
    found = desk.search(by, _LISTS[chosen][1], page=int(asked) if asked.isdecimal() and len(asked) < 5 else 1)
    counts = interest.counts(found.proposals)
    here = f"{room}.proposals"
    count_of = desk.tally(by, {code: states for code, (_words, states) in _LISTS.items()})
    return render_template(
        "proposals/list.html",
        base=f"{room}/base.html",
        here=here,
        state=chosen,
        states=[(code, str(words), count_of[code]) for code, (words, _states) in _LISTS.items()],
        lines=[_line(each, room, counts[each.id]) for each in found.proposals],
        newer_url=url_for(here, state=chosen, page=found.number - 1) if found.number > 1 else "",
        older_url=url_for(here, state=chosen, page=found.number + 1) if found.number < found.pages else "",
    )


def page(room: str, name: str, errors: Sequence[tuple[str, str]] = (), values: Mapping[str, str] | None = None) -> str:
    """One proposal, and what can be done with it now."""
    by = current_account()
    found = _found(name)
    is_staff, handles = access.may_review(by), desk.may_handle(found, by)
    return render_template(
        "proposals/one.html",
        base=f"{room}/base.html",
        room=room,
        proposal=found,
        line=_line(found, room, interest.counts([found])[found.id]),
        channel=channel_words(found.channel),
        name=found.name if found.shows_name else None,
        theme=theme_of(found),
        spoken=wording.spoken_name(found.language),
        notes=[_note(each, found.language) for each in desk.notes(found, by)],
        picture_url=url_for(f"{room}.proposal_picture", proposal=name) if desk.has_picture(found) else "",
        activity_url=_activity_url(found.activity) if handles else "",
        may_take=found.state == ProposalState.NEW,
        organisations=_organisations(),
        handles=handles,
        in_hand=handles and found.state in IN_HAND,
        may_ask=handles and found.state in {ProposalState.TAKEN_UP, ProposalState.ANSWERED},
        may_decline=handles and found.state in OPEN,
        is_staff=is_staff,
        may_show=is_staff and found.state in OPEN,
        values=values or {},
        unsent=_unsent(found, handles, values or {}),
        longest=desk.LONGEST_WORDS,
        errors=errors,
    )


def act(room: str, name: str, step: str) -> Answer:
    """Do one step, and say what came of it."""
    if step not in _STEPS:
        abort(404)
    try:
        with transaction():
            made = _STEPS[step](name)
    except NoSuchProposal:
        abort(404)
    except (WordsMissing, TitleMissing, OrganisationMissing) as refusal:
        return page(room, name, [(_field(refusal, step), str(refusal))], _typed(step)), 422
    except access.NotAllowed:
        raise
    except Refusal as refusal:
        return page(room, name, [("", str(refusal))], _typed(step)), 409
    if isinstance(made, Activity):
        flash(_("The draft has the words of the proposal. Go on writing it here."), "success")
        return redirect(_activity_url(made), 303)
    flash(str(_DONE[step]), "success")
    # What was given back or declined may be somebody else's from now on.
    return redirect(url_for(f"{room}.proposal", proposal=name), 303)


def _field(refusal: Refusal, step: str) -> str:
    """The id of what has to be mended."""
    if isinstance(refusal, OrganisationMissing):
        return "draft-organisation" if step == "drafted" else "take-organisation"
    return "shown_title" if isinstance(refusal, TitleMissing) else step


def _typed(step: str) -> Mapping[str, str]:
    """What was typed. The words of a question and of a no are named alike, and each stands again where it was written."""
    return {**request.form.to_dict(), step: request.form.get("words", "")}


def picture(name: str) -> Response:
    """The picture that came along."""
    content = desk.picture(_found(name))
    if content is None:
        abort(404)
    return Response(content, mimetype="image/webp", headers={"Cache-Control": "private, no-store"})


def _unsent(found: Proposal, handles: bool, values: Mapping[str, str]) -> str:
    """Words whose form is gone, since somebody else did something meanwhile: they can be copied."""
    may_ask = handles and found.state in {ProposalState.TAKEN_UP, ProposalState.ANSWERED}
    gone = {"asked": not may_ask, "declined": not (handles and found.state in OPEN)}
    return next((values[step] for step, is_gone in gone.items() if is_gone and values.get(step)), "")


def _take_up(name: str) -> Proposal:
    return desk.take_up(name, _organisation_id(), by=current_account(), now=utc_now())


def _ask(name: str) -> Proposal:
    return desk.ask_back(name, request.form.get("words", ""), by=current_account(), now=utc_now())


def _decline(name: str) -> Proposal:
    return desk.decline(name, request.form.get("words", ""), by=current_account(), now=utc_now())


def _show(name: str) -> Proposal:
    title, text = request.form.get("shown_title", ""), request.form.get("shown_text", "")
    return desk.show(name, title, text, by=current_account(), now=utc_now())


_STEPS: Mapping[str, Any] = {
    "taken_up": _take_up,
    "given_back": lambda name: desk.give_back(name, by=current_account(), now=utc_now()),
    "asked": _ask,
    "declined": _decline,
    "drafted": lambda name: desk.make_draft(name, _organisation_id(), by=current_account(), now=utc_now()),
    "shown": _show,
    "hidden": lambda name: desk.hide(name, by=current_account(), now=utc_now()),
}


def _organisation_id() -> int | None:
    """The organisation the form names; one's only one where it names none. Answers 404 when it is not theirs."""
    asked = request.form.get("organisation", "")
    if asked:
        return doors.named_organisation(asked).id
    by = current_account()
    own = [] if access.may_review(by) else access.organisations_of(by, Rights.EDITOR)
    return own[0].id if len(own) == 1 else None


def _organisations() -> list[tuple[str, str]]:
    by = current_account()
    found = doors.own_organisations(by) if access.may_review(by) else access.organisations_of(by, Rights.EDITOR)
    return [(each.public_id, each.name) for each in found]


def _found(name: str) -> Proposal:
    try:
        return desk.by_public_id(name, current_account())
    except NoSuchProposal:
        abort(404)


def _activity_url(activity: Activity | None) -> str:
    return url_for("organiser.activity", activity=activity.public_id) if activity is not None else ""


def _note(note: ProposalNote, language: str) -> NoteView:
    """Who asks is told which language the proposer reads, so that both write in it."""
    who = _("The proposer") if note.from_citizen else _("To the proposer")
    return NoteView(note.words, language, who, wording.dated_instant(note.at, current_settings().city.zone))


def _line(found: Proposal, room: str, count: int) -> LineView:
    return LineView(
        url=url_for(f"{room}.proposal", proposal=found.public_id),
        title=found.title or _("The text is deleted"),
        language=found.language,
        state=state(found.state),
        since=wording.dated_instant(found.proposed_at, current_settings().city.zone),
        taker=found.organisation.name if found.organisation is not None else "",
        count=ngettext("%(number)s would come", "%(number)s would come", count) if found.shown_at else "",
    )
