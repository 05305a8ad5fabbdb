"""How long people may say how it was: from when they have been there until two weeks after the letter that asks."""

from datetime import timedelta

from engage.activities.models import OccurrenceState, SignUpMode
from engage.base.db import db
from engage.registrations import feedback
from tests.conftest import NOW
from tests.town import Town

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def test_of_a_course_one_may_speak_from_its_first_date_until_two_weeks_after_its_last(town: Town) -> None:
    course = town.activity(sign_up=SignUpMode.WHOLE_COURSE)
    dates = [town.occurrence(course, starts_in=timedelta(weeks=1 + number)) for number in range(10)]
    guest = town.signed_up(dates[0])
    first, last = dates[0].ends_at, dates[-1].ends_at
    assert not feedback.may_answer(guest, first - HOUR)
    for at in (first, last, last + 2 * HOUR, last + 14 * DAY):
        assert feedback.may_answer(guest, at), at
    assert not feedback.may_answer(guest, last + 14 * DAY + HOUR)
    dates[-1].state = OccurrenceState.CANCELLED
    db.session.commit()
    assert feedback.may_answer(guest, dates[-2].ends_at + 14 * DAY)
    assert not feedback.may_answer(guest, last + 14 * DAY), "what does not take place counts for nothing"


def test_of_a_date_one_may_speak_for_two_weeks_whatever_else_the_activity_has(town: Town) -> None:
    date = town.occurrence(hours=2)
    town.occurrence(date.activity, starts_in=timedelta(weeks=9))
    guest = town.signed_up(date, now=NOW)
    assert feedback.may_answer(guest, date.ends_at + 14 * DAY)
    assert not feedback.may_answer(guest, date.ends_at + 14 * DAY + HOUR)
