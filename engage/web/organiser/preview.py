"""How an activity will look: its own page, its card in the calendar, and its card in the chat."""

from dataclasses import dataclass, replace
from datetime import datetime

from flask import render_template, request, url_for

from engage.activities import asking
from engage.activities import facts as activity_facts
from engage.activities.facts import OccurrenceFacts
from engage.activities.models import Activity, SignUpMode
from engage.base import i18n
from engage.base.clock import utc_now
from engage.base.message import Card
from engage.dialog.flows import find
from engage.web import asked, cards
from engage.web.organiser import blueprint, doors
from engage.web.public import activity_view
from engage.web.views import CardView


@dataclass(frozen=True, slots=True)
class Previews:
    """The two cards as they stand now; none while there is no title or date to show."""

    card: CardView | None
    chat: Card | None
    page_url: str
    frame_url: str
    languages: tuple[tuple[str, str, str], ...]  # code, name, address of the page in it


def previews(activity: Activity, now: datetime) -> Previews:
    """The cards of the activity's next date, in the language spoken now."""
    facts = _facts(activity, now)
    page_url = url_for("organiser.preview", activity=activity.public_id)
    written = [text.language for text in activity.texts if text.title]
    return Previews(
        card=replace(cards.card(facts), url=page_url) if facts else None,
        chat=find.card(facts, now) if facts else None,
        page_url=page_url if facts else "",
        frame_url=url_for("organiser.preview", activity=activity.public_id, frame="1") if facts else "",
        languages=tuple((code, i18n.NAMES.get(code, code), f"{page_url}?sprog={code}") for code in sorted(written)),
    )


@blueprint.get("/aktiviteter/<activity>/forhaandsvisning")
def preview(activity: str) -> str:
    """The activity's page as the public will see it, in one of its languages; nothing on it can be sent."""
    own, now = doors.own_activity(activity), utc_now()
    written = {text.language for text in own.texts}
    wanted = request.args.get("sprog", "")
    with i18n.speaking(wanted if wanted in written & set(i18n.NAMES) else i18n.current_language()):
        facts = _facts(own, now)
        if facts is None:
            return render_template("organiser/nothing_yet.html", back_url=url_for(".activity", activity=activity))
        others = activity_facts.other_dates(facts, now)
        return render_template(
            "organiser/preview.html",
            activity=activity_view.view(facts, others, now),
            framed=bool(request.args.get("frame")),
            back_url=url_for(".activity", activity=activity),
            form=None,
            errors=(),
            questions=() if own.sign_up == SignUpMode.DROP_IN else asked.views(asking.asked(own.id)),
        )


def _facts(activity: Activity, now: datetime) -> OccurrenceFacts | None:
    """The date one would show: the next one, or the last; None while there is no title or no date."""
    if not activity.occurrences or not any(text.title for text in activity.texts):
        return None
    coming = [each for each in activity.occurrences if each.ends_at > now]
    chosen = (coming or activity.occurrences[-1:])[0]
    return activity_facts.occurrence(chosen.public_id, i18n.current_language())
