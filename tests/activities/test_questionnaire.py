"""An organiser's questions: written, changed, put in order, taken away and copied, without losing an answer or a reason."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from engage.activities import asking, publishing, questionnaire
from engage.activities.asking import Question, QuestionKind
from engage.activities.models import Activity
from engage.activities.question_draft import (
    MOST_OPTIONS,
    MOST_QUESTIONS,
    AskedBecauseOfThis,
    Condition,
    ConditionNotUsable,
    OptionInput,
    QuestionInput,
    QuestionWordsMissing,
    SameOptionTwice,
    TooFewOptions,
    TooManyOptions,
    TooManyQuestions,
    problems,
)
from engage.activities.terms import WaitingMode
from engage.base.db import db
from engage.base.errors import Refusal
from tests.conftest import NOW
from tests.town import Town

FOOD = QuestionInput(
    QuestionKind.CHOICE,
    {"da": "Hvad vil du spise?", "en": " "},
    options=[OptionInput({"da": "Fisk", "en": "Fish"}), OptionInput({"da": "Kød"}), OptionInput({"da": " "})],
)
CHILD = QuestionInput(QuestionKind.YES_NO, {"da": "Har du et barn med?"})


@pytest.fixture
def activity(town: Town) -> Activity:
    return town.activity()


@pytest.fixture
def ask(activity: Activity) -> Callable[[QuestionInput], Question]:
    """Adds a question to the activity."""
    return lambda wanted: questionnaire.add(activity.id, wanted, now=NOW)


Ask = Callable[[QuestionInput], Question]


def words(labels: str, **facts: Any) -> QuestionInput:
    return QuestionInput(QuestionKind.TEXT, {"da": labels}, **facts)


def names(activity: Activity) -> list[str]:
    return [each.labels["da"] for each in asking.asked(activity.id)]


def keys(question: Question) -> list[tuple[str, str, bool]]:
    return [(each["key"], each["labels"]["da"], each["removed"]) for each in question.options]


def test_questions_are_asked_in_the_order_they_were_added_with_what_is_written(activity: Activity, ask: Ask) -> None:
    food = ask(FOOD)
    ask(CHILD)
    assert names(activity) == ["Hvad vil du spise?", "Har du et barn med?"]
    assert food.labels == {"da": "Hvad vil du spise?"}
    assert keys(food) == [("1", "Fisk", False), ("2", "Kød", False)]


def test_a_change_is_seen_on_pages_that_are_remembered(activity: Activity, ask: Ask) -> None:
    question = ask(CHILD)
    before = activity.updated_at
    questionnaire.change(question, replace(CHILD, required=True), now=before + timedelta(hours=1))
    assert activity.updated_at == before + timedelta(hours=1)


@pytest.mark.parametrize(
    ("wanted", "field", "kind"),
    [
        (QuestionInput(QuestionKind.TEXT, {"da": " "}), "label", QuestionWordsMissing),
        (replace(FOOD, options=FOOD.options[:1]), "options", TooFewOptions),
        (QuestionInput(QuestionKind.SEVERAL, {"da": "?"}), "options", TooFewOptions),
        (replace(FOOD, options=[OptionInput({"da": each}) for each in ("Fisk", "fisk ")]), "options", SameOptionTwice),
        (
            replace(FOOD, options=[OptionInput({"da": str(each)}) for each in range(MOST_OPTIONS + 1)]),
            "options",
            TooManyOptions,
        ),
        (words("x", shown_when=Condition("nothing", True)), "shown_when", ConditionNotUsable),
    ],
)
def test_what_makes_no_sense_is_refused_beside_its_field(
    activity: Activity, ask: Ask, wanted: QuestionInput, field: str, kind: type[Refusal]
) -> None:
    ((where, refusal),) = problems(activity.id, wanted)
    assert (where, type(refusal)) == (field, kind)
    assert str(refusal)
    with pytest.raises(kind):
        ask(wanted)


def test_one_box_to_tick_is_enough(ask: Ask) -> None:
    assert len(ask(replace(FOOD, kind=QuestionKind.SEVERAL, options=FOOD.options[:1])).offered) == 1


def test_an_activity_asks_no_more_than_a_form_can_bear(ask: Ask) -> None:
    for number in range(MOST_QUESTIONS):
        ask(words(str(number)))
    with pytest.raises(TooManyQuestions):
        ask(words("one more"))


def test_options_keep_their_keys_whatever_they_are_called_and_wherever_they_stand(ask: Ask) -> None:
    food = ask(FOOD)
    wanted = [OptionInput({"da": "Is"}), OptionInput({"da": "Kød og ben"}, "2")]
    questionnaire.change(food, replace(FOOD, options=wanted), now=NOW)
    assert keys(food) == [("3", "Is", False), ("2", "Kød og ben", False), ("1", "Fisk", True)]


def test_an_option_written_again_is_the_one_it_was(ask: Ask) -> None:
    food = ask(FOOD)
    kept = [OptionInput({"da": "Kød"}, "2"), OptionInput({"da": "Is"})]
    questionnaire.change(food, replace(FOOD, options=kept), now=NOW)
    again = [OptionInput({"da": "Kød"}, "2"), OptionInput({"da": "fisk", "en": "Fish"}), OptionInput({"da": "Is"}, "3")]
    questionnaire.change(food, replace(FOOD, options=again), now=NOW)
    assert keys(food) == [("2", "Kød", False), ("1", "fisk", False), ("3", "Is", False)]


def test_a_key_that_was_made_up_or_given_twice_becomes_a_new_one(ask: Ask) -> None:
    food = ask(FOOD)
    wanted = [OptionInput({"da": each}, key) for each, key in (("A", "2"), ("B", "2"), ("C", "x"))]
    questionnaire.change(food, replace(FOOD, options=wanted), now=NOW)
    assert keys(food)[:3] == [("2", "A", False), ("3", "B", False), ("4", "C", False)]


def test_a_question_is_asked_because_of_an_answer_to_one_before_it(activity: Activity, ask: Ask) -> None:
    food, child = ask(FOOD), ask(CHILD)
    fish = ask(words("Hvilken?", shown_when=Condition(food.public_id, "1")))
    assert fish.shown_when == {"question": food.public_id, "is": "1"}
    assert asking.visible(fish, {food.public_id: "1"})
    age = ask(words("Hvor gammelt?", shown_when=Condition(child.public_id, False)))
    assert asking.visible(age, {child.public_id: False})
    for reason in (
        Condition(food.public_id, "9"), Condition(food.public_id, True), Condition(child.public_id, "yes"),
        Condition(fish.public_id, "x"), Condition(age.public_id, True),
    ):  # fmt: skip
        with pytest.raises(ConditionNotUsable):
            questionnaire.change(fish, words("Hvilken?", shown_when=reason), now=NOW)
    with pytest.raises(ConditionNotUsable):
        questionnaire.change(food, replace(FOOD, shown_when=Condition(child.public_id, True)), now=NOW)


def test_questions_of_another_activity_are_no_reason(town: Town, ask: Ask) -> None:
    elsewhere = questionnaire.add(town.activity().id, CHILD, now=NOW)
    with pytest.raises(ConditionNotUsable):
        ask(words("x", shown_when=Condition(elsewhere.public_id, True)))


def test_the_order_is_changed_one_place_at_a_time_and_ends_at_the_ends(activity: Activity, ask: Ask) -> None:
    for name in "abc":
        ask(words(name))
    third = asking.asked(activity.id)[2]
    for up, expected in ((True, "acb"), (True, "cab"), (True, "cab"), (False, "acb"), (False, "abc"), (False, "abc")):
        questionnaire.move(third, up=up, now=NOW)
        assert "".join(names(activity)) == expected


def test_no_question_comes_before_its_reason(activity: Activity, ask: Ask) -> None:
    child = ask(CHILD)
    age = ask(words("Hvor gammelt?", shown_when=Condition(child.public_id, True)))
    for question, up in ((age, True), (child, False)):
        with pytest.raises(questionnaire.AskedTooEarly) as refused:
            questionnaire.move(question, up=up, now=NOW)
        assert "Hvor gammelt?" in str(refused.value) and "barn med" in str(refused.value)
    assert names(activity)[0] == "Har du et barn med?"


def test_a_reason_cannot_go_while_something_is_asked_because_of_it(activity: Activity, ask: Ask) -> None:
    food, child = ask(FOOD), ask(CHILD)
    for reason in (Condition(food.public_id, "1"), Condition(child.public_id, True)):
        ask(words("Fordi", shown_when=reason))
    without_fish = replace(FOOD, options=[OptionInput({"da": "Kød"}, "2"), OptionInput({"da": "Is"})])
    as_text = replace(CHILD, kind=QuestionKind.TEXT)
    for act in (
        lambda: questionnaire.remove(food, now=NOW), lambda: questionnaire.remove(child, now=NOW),
        lambda: questionnaire.change(food, without_fish, now=NOW), lambda: questionnaire.change(child, as_text, now=NOW),
    ):  # fmt: skip
        with pytest.raises(AskedBecauseOfThis) as refused:
            act()
        assert "Fordi" in str(refused.value)
    without_meat = replace(FOOD, options=[OptionInput({"da": "Torsk"}, "1"), OptionInput({"da": "Is"})])
    questionnaire.change(food, without_meat, now=NOW)
    questionnaire.change(child, replace(CHILD, labels={"da": "Kommer der et barn?"}), now=NOW)


def test_what_is_taken_away_is_not_asked_and_stays_readable(activity: Activity, ask: Ask) -> None:
    child = ask(CHILD)
    ask(FOOD)
    questionnaire.remove(child, now=NOW)
    assert names(activity) == ["Hvad vil du spise?"]
    assert db.session.get(Question, child.id) is not None
    with pytest.raises(questionnaire.NoSuchQuestion):
        questionnaire.find(activity.id, child.public_id)
    assert ask(words("ny")).position == 2


def test_a_question_is_found_by_its_name_in_its_own_activity_only(town: Town, activity: Activity, ask: Ask) -> None:
    child = ask(CHILD)
    assert questionnaire.find(activity.id, child.public_id).id == child.id
    with pytest.raises(questionnaire.NoSuchQuestion):
        questionnaire.find(town.activity().id, child.public_id)


def test_a_copy_asks_the_same_for_the_same_reasons_and_knows_nothing_of_the_answers(
    town: Town, activity: Activity, ask: Ask
) -> None:
    activity.waiting_mode, activity.age_from, activity.sign_up_opens_at = WaitingMode.BROADCAST, 12, NOW
    gone, food = ask(words("væk")), ask(FOOD)
    ask(words("Hvilken?", required=True, shown_when=Condition(food.public_id, "2")))
    questionnaire.remove(gone, now=NOW)
    questionnaire.change(
        food, replace(FOOD, options=[OptionInput({"da": "Kød"}, "2"), OptionInput({"da": "Is"})]), now=NOW
    )
    made = publishing.copy(activity, None, NOW)
    db.session.commit()
    copied = asking.asked(made.id)
    assert names(made) == ["Hvad vil du spise?", "Hvilken?"]
    assert keys(copied[0]) == [("2", "Kød", False), ("3", "Is", False)]
    assert copied[1].shown_when == {"question": copied[0].public_id, "is": "2"} and copied[1].required
    assert {each.public_id for each in copied} & {food.public_id} == set()
    assert (made.waiting_mode, made.age_from) == (WaitingMode.BROADCAST, 12)
    assert made.sign_up_opens_at is None, "it belongs to the dates, which are not copied"


def test_who_gets_a_seat_at_once_from_the_list_has_answered_what_must_be_answered(activity: Activity, ask: Ask) -> None:
    activity.waiting_mode = WaitingMode.AUTO
    child = ask(CHILD)
    assert not activity.asks_when_waiting
    questionnaire.change(child, replace(CHILD, required=True), now=NOW)
    assert activity.asks_when_waiting
