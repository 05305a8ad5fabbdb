"""A reminder as somebody would get it, for who writes its words: nothing is sent."""

from datetime import datetime, timedelta

from engage.activities import facts
from engage.activities.models import Occurrence
from engage.base.i18n import gettext as _
from engage.base.i18n import speaking
from engage.base.message import Message
from engage.registrations.models import State
from engage.registrations.reminders import feedback_letter, instants, letters, timing
from engage.registrations.reminders.fitting import Candidate
from engage.registrations.reminders.letters import Item
from engage.registrations.reminders.rules import Rule


def preview(rule: Rule, occurrence: Occurrence, language: str) -> Message:
    """The letter to a guest of this date, in their language."""
    with speaking(language):
        revision = facts.revision()
        item = Item(_guest(rule, occurrence, language), rule, ())
        if rule.asks_feedback:
            return feedback_letter.worded(item, revision)
        return letters.worded([item], revision, _at(rule, occurrence))


def _at(rule: Rule, occurrence: Occurrence) -> datetime:
    (date,) = timing.dates([occurrence.id])
    at = instants.nominal(rule, date.span)
    return instants.calm(at, date.span, timing.usual_quiet(), since=at - timedelta(days=2)) or at


def _guest(rule: Rule, occurrence: Occurrence, language: str) -> Candidate:
    return Candidate(
        id=0,
        rule_key=rule.key,
        starts_at=occurrence.starts_at,
        useful_until=occurrence.ends_at,
        registration_id=0,
        registration="",
        pool_id=0,
        state=State.CONFIRMED,
        proven=True,
        name=_("Anna Example"),
        email=None,
        language=language,
        seats=1,
        joined_at=occurrence.starts_at,
        person_id=None,
        wishes={},
        optional_off=False,
        occurrence_id=occurrence.id,
        occurrence=occurrence.public_id,
        begins_at=occurrence.starts_at,
        ends_at=occurrence.ends_at,
        zone=occurrence.zone,
        occurrence_state=occurrence.state,
        activity_id=occurrence.activity_id,
        activity_state=occurrence.activity.state,
        coming=False,
        asked_already=False,
        stayed_away=False,
        role={},
    )
