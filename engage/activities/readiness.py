"""What an activity still lacks before anybody may see it, each thing with the form field it belongs to."""

from collections.abc import Iterator
from datetime import datetime

from engage.activities.draft import Problem
from engage.activities.models import Activity, ActivityText, OccurrenceState
from engage.base.config import current_settings
from engage.base.errors import Refusal
from engage.base.i18n import LazyText
from engage.base.i18n import lazy_gettext as _l


class Missing(Refusal):
    """One thing that is not there yet; `code` is the field's name."""

    def __init__(self, field: str, message: LazyText) -> None:
        super().__init__()
        self.code, self.message = f"missing_{field}", message


def missing(activity: Activity, now: datetime) -> tuple[Problem, ...]:
    """Everything that is missing, in the order of the form; empty when the activity may be handed in."""
    return tuple(Problem(field, Missing(field, words)) for field, words in _lacks(activity, now))


def main_language(activity: Activity) -> str:
    """The language the activity is written in first: the city's first one that has a title, or the first that has text."""
    written = {text.language: text for text in activity.texts}
    order = [*current_settings().city.languages, *sorted(written)]
    titled = (code for code in order if code in written and written[code].title)
    return next(titled, next((code for code in order if code in written), ""))


def _lacks(activity: Activity, now: datetime) -> Iterator[tuple[str, LazyText]]:
    yield from _words(activity)
    yield from _dates(activity, now)
    if activity.place_id is None and not activity.online_url and _placeless(activity):
        yield "place", _l("Choose a place, or say that it is online.")
    if not activity.audiences:
        yield "audiences", _l("Tick whom it suits.")
    if not activity.spoken_languages:
        yield "spoken", _l("Tick which language is spoken.")
    if not activity.sdgs:
        yield "sdgs", _l("Tick at least one goal.")
    if not activity.dimensions:
        yield "dimensions", _l("Tick at least one dimension.")
    if activity.picture_id is not None:
        for text in activity.texts:
            if not activity.picture_alt.get(text.language):
                yield f"picture_alt_{text.language}", _l("Describe the picture, for those who cannot see it.")
    organisation = activity.organisation
    if not (activity.contact_email or activity.contact_phone or organisation.email or organisation.phone):
        yield "contact_email", _l("Give an e-mail address or a telephone number for questions.")


def _words(activity: Activity) -> Iterator[tuple[str, LazyText]]:
    """Each language that was begun needs a title and a summary; one language is enough."""
    if not activity.texts:
        language = current_settings().city.languages[0]
        yield f"title_{language}", _l("Write a title.")
        yield f"summary_{language}", _l("Write one or two sentences on what happens.")
    for text in sorted(activity.texts, key=_order):
        if not text.title:
            yield f"title_{text.language}", _l("Write a title.")
        if not text.summary:
            yield f"summary_{text.language}", _l("Write one or two sentences on what happens.")


def _order(text: ActivityText) -> int:
    languages = current_settings().city.languages
    return languages.index(text.language) if text.language in languages else len(languages)


def _dates(activity: Activity, now: datetime) -> Iterator[tuple[str, LazyText]]:
    if not activity.occurrences:
        yield "day", _l("Choose a date and a time.")
    elif not any(each.starts_at > now and each.state == OccurrenceState.SCHEDULED for each in activity.occurrences):
        yield "day", _l("Choose a date that is still to come.")


def _placeless(activity: Activity) -> bool:
    """Whether some date says nothing of where; each date may have a place of its own."""
    dates = activity.occurrences
    return not dates or any(each.place_id is None and not each.online_url for each in dates)
