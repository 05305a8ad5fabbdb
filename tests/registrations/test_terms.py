"""Choosing the terms of sign-up: what an activity's dates and questions make impossible, what follows, and who is served."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from engage.activities import questionnaire, terms
from engage.activities.asking import QuestionKind
from engage.activities.models import Activity, Occurrence, SignUpMode
from engage.activities.question_draft import OptionInput, QuestionInput
from engage.activities.terms import USUAL, AskedOfEach, Party, TermNotUsable, TermsInput, WaitingMode
from engage.base.db import db
from engage.registrations import answered, waiting
from engage.registrations import terms as choosing
from engage.registrations.answered import KindIsFixed
from tests.conftest import NOW
from tests.town import Town


@pytest.fixture
def date(town: Town) -> Occurrence:
    """A date a week from now, with ten places."""
    return town.occurrence(town.activity(waiting_mode=WaitingMode.OFFER))


def refused(activity: Activity, wanted: TermsInput, **facts: Any) -> list[str]:
    return [field for field, refusal in choosing.problems(activity.id, wanted, now=NOW, **facts) if str(refusal)]


def test_terms_are_kept_and_what_changed_is_named(date: Occurrence) -> None:
    wanted = TermsInput(approval=True, age_from=12, cancel_before=2 * 1440, sign_up_opens_at=NOW, waiting_most=20)
    changed = choosing.choose_terms(date.activity_id, wanted, now=NOW)
    assert changed == {"approval", "age_from", "cancel_before", "sign_up_opens_at", "waiting_most"}
    db.session.commit()
    assert terms.of(date.activity) == wanted
    assert choosing.choose_terms(date.activity_id, wanted, now=NOW + timedelta(hours=1)) == frozenset()
    assert date.activity.updated_at == NOW, "nothing changed, so no page is drawn anew"


def test_nothing_is_kept_of_terms_that_contradict_themselves(date: Occurrence) -> None:
    with pytest.raises(TermNotUsable):
        choosing.choose_terms(date.activity_id, TermsInput(approval=True, age_from=9, age_to=8), now=NOW)
    assert terms.of(date.activity) == USUAL


def test_sign_up_opens_before_it_closes(date: Occurrence) -> None:
    days = timedelta(days=1)
    closes = TermsInput(sign_up_closes_before=2 * 1440)
    late, early = (replace(closes, sign_up_opens_at=date.starts_at - number * days) for number in (2, 3))
    assert refused(date.activity, late) == ["sign_up_opens_at"]
    assert refused(date.activity, early) == []
    ((_field, refusal),) = choosing.problems(date.activity_id, late, now=NOW)
    assert "9. marts kl. 10" in str(refusal), "it says until when one could sign up"


def test_it_is_enough_that_some_date_can_be_signed_up_for(town: Town, date: Occurrence) -> None:
    opens = TermsInput(sign_up_opens_at=date.starts_at + timedelta(days=1))
    assert refused(date.activity, opens) == ["sign_up_opens_at"]
    town.occurrence(date.activity, starts_in=timedelta(days=30))
    assert refused(date.activity, opens) == []


def test_a_course_closes_with_the_last_date_it_can_be_joined_on(town: Town, date: Occurrence) -> None:
    for weeks in (2, 3):
        town.occurrence(date.activity, starts_in=timedelta(weeks=weeks))
    opens = TermsInput(sign_up_opens_at=date.starts_at + timedelta(days=1))
    course = {"mode": SignUpMode.WHOLE_COURSE}
    assert refused(date.activity, opens, **course) == ["sign_up_opens_at"]
    assert refused(date.activity, replace(opens, join_until=2), **course) == []
    assert refused(date.activity, TermsInput(join_until=4), **course) == ["join_until"]
    assert refused(date.activity, TermsInput(join_until=4)) == [], "it says nothing where there is no course"


def test_no_date_holds_as_many_as_must_come(town: Town, date: Occurrence) -> None:
    assert refused(date.activity, TermsInput(least_participants=11)) == ["least_participants"]
    assert refused(date.activity, TermsInput(group_least=11)) == ["group_least"]
    assert refused(date.activity, TermsInput(least_participants=10, group_least=10)) == []
    town.occurrence(date.activity, capacity=None)
    assert refused(date.activity, TermsInput(least_participants=11)) == []


def test_without_dates_or_sign_up_nothing_stands_against_it(town: Town) -> None:
    wanted = TermsInput(sign_up_opens_at=NOW + timedelta(days=400), least_participants=500, join_until=9)
    assert refused(town.activity(), wanted) == []
    date = town.occurrence(town.activity(sign_up=SignUpMode.DROP_IN))
    assert refused(date.activity, wanted) == []


def test_of_a_class_nobody_is_asked_for_each_child(date: Occurrence) -> None:
    wanted = TermsInput(party=Party.CLASS, asked_of_each=AskedOfEach.NAME_AND_AGE, group_least=5)
    choosing.choose_terms(date.activity_id, wanted, now=NOW)
    assert date.activity.asked_of_each == AskedOfEach.NOTHING


def test_who_gets_a_free_seat_at_once_answers_what_must_be_answered_before(date: Occurrence) -> None:
    auto = TermsInput(waiting_mode=WaitingMode.AUTO)
    choosing.choose_terms(date.activity_id, auto, now=NOW)
    assert not date.activity.asks_when_waiting, "there is nothing to ask"
    questionnaire.add(date.activity_id, QuestionInput(QuestionKind.TEXT, {"da": "Allergi?"}, required=True), now=NOW)
    assert date.activity.asks_when_waiting
    choosing.choose_terms(date.activity_id, replace(auto, asks_when_waiting=False), now=NOW)
    assert date.activity.asks_when_waiting
    choosing.choose_terms(date.activity_id, TermsInput(waiting_mode=WaitingMode.OFFER), now=NOW)
    assert not date.activity.asks_when_waiting


def test_who_waits_for_a_coming_date_is_served_once_for_each(
    town: Town, date: Occurrence, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = town.occurrence(date.activity, capacity=0)
    town.signed_up(full)
    served: list[int] = []
    monkeypatch.setattr(waiting, "serve_date", lambda number, *, now: served.append(number))
    choosing.choose_terms(date.activity_id, TermsInput(waiting_mode=WaitingMode.AUTO), now=NOW)
    assert served == [full.id]
    choosing.choose_terms(date.activity_id, TermsInput(waiting_mode=WaitingMode.AUTO), now=NOW)
    assert served == [full.id], "nothing changed"


def test_how_many_answered_is_counted_for_each_question(town: Town, date: Occurrence) -> None:
    one, other = town.signed_up(date), town.signed_up(date)
    one.answers, other.answers = {"a": True, "b": "x"}, {"a": False}
    town.signed_up(town.occurrence()).answers = {"a": True}
    gone = town.signed_up(date)
    gone.answers, gone.state = {"c": 1}, "cancelled_by_person"  # type: ignore[assignment]
    db.session.commit()
    assert answered.answered(date.activity_id) == {"a": 2, "b": 1}
    assert answered.answered(date.activity_id, live=False) == {"a": 2, "b": 1, "c": 1}


def test_the_kind_of_a_question_stays_once_somebody_has_answered(town: Town, date: Occurrence) -> None:
    asks = questionnaire.add(date.activity_id, QuestionInput(QuestionKind.TEXT, {"da": "Hvad?"}), now=NOW)
    as_choice = QuestionInput(
        QuestionKind.CHOICE, {"da": "Hvad?"}, options=[OptionInput({"da": each}) for each in "ab"]
    )
    answered.change_question(date.activity_id, asks.public_id, as_choice, now=NOW)
    town.signed_up(date).answers = {asks.public_id: "1"}
    db.session.flush()
    with pytest.raises(KindIsFixed):
        answered.change_question(
            date.activity_id, asks.public_id, QuestionInput(QuestionKind.TEXT, {"da": "Hvad?"}), now=NOW
        )
    renamed = replace(as_choice, labels={"da": "Hvad nu?"}, options=[OptionInput({"da": each}, each) for each in "12"])
    answered.change_question(date.activity_id, asks.public_id, renamed, now=NOW)
    assert asks.labels == {"da": "Hvad nu?"}


def test_a_question_that_somebody_took_away_meanwhile_is_not_changed(date: Occurrence) -> None:
    wanted = QuestionInput(QuestionKind.TEXT, {"da": "Hvad?"})
    asks = questionnaire.add(date.activity_id, wanted, now=NOW)
    questionnaire.remove(asks, now=NOW)
    with pytest.raises(questionnaire.NoSuchQuestion):
        answered.change_question(date.activity_id, asks.public_id, wanted, now=NOW)
