"""What people said of an activity afterwards, in the organiser's room: numbers when there are enough, and words without names."""

from flask import render_template, url_for

from engage.base import i18n
from engage.base.clock import utc_now
from engage.base.i18n import gettext as _
from engage.base.i18n import ngettext
from engage.registrations import feedback
from engage.web.organiser import blueprint, doors
from engage.web.organiser.dates import title


@blueprint.get("/aktiviteter/<activity>/tilbagemeldinger")
def told(activity: str) -> str:
    """All dates together."""
    own = doors.own_activity(activity)
    found = feedback.summary(own.id, now=utc_now())
    ratings, deeds = feedback.ratings(), feedback.deed_words()
    return render_template(
        "organiser/told.html",
        title=title(own),
        answers=ngettext("%(number)s answer", "%(number)s answers", found.answers),
        asked=ngettext("of %(number)s sign-up", "of %(number)s sign-ups", found.asked),
        any=bool(found.answers),
        enough=found.average is not None,
        average=_number(found.average),
        least=feedback.LEAST_FOR_AVERAGE,
        counts=[(ratings[number], count, number) for number, count in found.counts.items()],
        deeds=[(deeds[key], count) for key, count in found.deeds.items() if count],
        words=found.words,
        back_url=url_for(".reminders", activity=own.public_id),
    )


def _number(average: float | None) -> str:
    if average is None:
        return ""
    point = "." if i18n.current_language() == "en" else ","
    return _("%(number)s of 5", number=f"{average:.1f}".replace(".", point))
