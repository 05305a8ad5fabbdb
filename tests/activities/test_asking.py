"""What is asked of who signs up, and which answers are taken: typed values, conditions and chains of them, and what was kept."""

from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engage.activities import asking
from engage.activities.asking import AnswerMissing, AnswerNotUsable, Question, QuestionKind
from engage.activities.heard import heard
from engage.base import i18n

FISH, MEAT, NOTHING = (
    {"key": "1", "labels": {"da": "Fisk", "en": "Fish"}, "removed": False},
    {"key": "2", "labels": {"da": "Kød"}, "removed": False},
    {"key": "3", "labels": {"da": "Ingenting"}, "removed": True},
)


def question(name: str, kind: QuestionKind = QuestionKind.TEXT, **facts: Any) -> Question:
    """A question that nobody stored."""
    options = [FISH, MEAT, NOTHING] if kind.has_options else []
    values = {"labels": {"da": name}, "hints": {}, "options": options, "required": False, "shown_when": {}}
    return Question(public_id=name, kind=kind, **{**values, **facts})


def when(name: str, value: object) -> dict[str, object]:
    return {"question": name, "is": value}


@pytest.mark.parametrize(
    ("kind", "raw", "kept"),
    [
        (QuestionKind.TEXT, "  Jeg er\r\nvegetar \x00 ", "Jeg er\nvegetar"), (QuestionKind.TEXT, " \n ", None),
        (QuestionKind.CHOICE, "2", "2"), (QuestionKind.CHOICE, "", None),
        (QuestionKind.SEVERAL, ["2", "1", "2"], ["1", "2"]), (QuestionKind.SEVERAL, [], None),
        (QuestionKind.SEVERAL, "1", ["1"]), (QuestionKind.SEVERAL, [""], None),
        (QuestionKind.YES_NO, "no", False), (QuestionKind.YES_NO, True, True), (QuestionKind.YES_NO, "", None),
        (QuestionKind.NUMBER, " 12 ", 12), (QuestionKind.NUMBER, 0, 0), (QuestionKind.NUMBER, "", None),
    ],
)  # fmt: skip
def test_each_kind_is_read_as_its_own_value(kind: QuestionKind, raw: object, kept: object) -> None:
    assert asking.read(question("q", kind), raw) == kept
    assert asking.checked([question("q", kind)], {"q": raw}) == ({} if kept is None else {"q": kept})


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        (QuestionKind.TEXT, 3), (QuestionKind.TEXT, ["a"]), (QuestionKind.TEXT, "a" * 1001),
        (QuestionKind.CHOICE, "3"), (QuestionKind.CHOICE, "9"), (QuestionKind.CHOICE, ["1"]), (QuestionKind.CHOICE, True),
        (QuestionKind.SEVERAL, ["1", "3"]), (QuestionKind.SEVERAL, {"1": 1}), (QuestionKind.SEVERAL, [["1"]]),
        (QuestionKind.SEVERAL, 1), (QuestionKind.YES_NO, "måske"), (QuestionKind.YES_NO, 1), (QuestionKind.YES_NO, []),
        (QuestionKind.NUMBER, "tre"), (QuestionKind.NUMBER, "2,5"), (QuestionKind.NUMBER, "-1"), (QuestionKind.NUMBER, True),
        (QuestionKind.NUMBER, 1_000_001), (QuestionKind.NUMBER, "9" * 4400), (QuestionKind.NUMBER, 2.5),
    ],
)  # fmt: skip
def test_what_is_no_answer_to_the_question_is_refused_by_its_name(kind: QuestionKind, raw: object) -> None:
    with pytest.raises(AnswerNotUsable) as refused:
        asking.checked([question("Hvad vil du spise?", kind)], {"Hvad vil du spise?": raw})
    assert refused.value.code == "answer_not_usable"
    assert "Hvad vil du spise?" in str(refused.value)


@pytest.mark.parametrize("kind", list(QuestionKind))
@pytest.mark.parametrize("raw", [None, "", " "])
def test_what_must_be_answered_is_asked_for_by_its_name(kind: QuestionKind, raw: str | None) -> None:
    if raw == " " and kind in {QuestionKind.CHOICE, QuestionKind.SEVERAL, QuestionKind.YES_NO}:
        raw = None
    ((field, refusal),) = asking.problems([question("q", kind, required=True)], {"q": raw})
    assert (field, refusal.code, type(refusal)) == ("q", "answer_missing", AnswerMissing)
    with i18n.speaking("en"):
        assert "“q”" in str(refusal)


def test_a_refusal_is_worded_for_who_reads_it(app: Flask) -> None:
    asks = question("x", required=True, labels={"da": "Hvorfor?", "de": "Warum?"})
    ((_field, refusal),) = asking.problems([asks], {})
    for language, word in (("da", "Hvorfor?"), ("de", "Warum?"), ("en", "Hvorfor?")):
        with i18n.speaking(language):
            assert word in str(refusal)


def test_a_question_is_asked_only_of_who_gave_its_reason() -> None:
    child = question("child", QuestionKind.YES_NO)
    age = question("age", QuestionKind.NUMBER, required=True, shown_when=when("child", True))
    for answers in ({}, {"child": "no"}, {"child": False}, {"child": ""}, {"child": "pjat"}):
        assert not asking.visible(age, answers)
    for answers in ({"child": "yes"}, {"child": True}):
        assert asking.visible(age, answers)
        assert [each[0] for each in asking.problems([child, age], answers)] == ["age"]
    assert asking.problems([child, age], {"child": "no"}) == []
    assert asking.checked([child, age], {"child": "no", "age": "9"}) == {"child": False}, "it was not asked"


def test_no_is_a_reason_too_and_is_not_the_same_as_no_answer() -> None:
    why = question("why", shown_when=when("comes", False))
    assert asking.visible(why, {"comes": False}) and asking.visible(why, {"comes": "no"})
    assert not asking.visible(why, {}) and not asking.visible(why, {"comes": None})


def test_among_several_choices_the_reason_is_one_of_them() -> None:
    which = question("which", shown_when=when("food", "1"))
    assert asking.visible(which, {"food": ["2", "1"]}) and asking.visible(which, {"food": "1"})
    assert not asking.visible(which, {"food": ["2"]}) and not asking.visible(which, {"food": "12"})


def test_a_chain_falls_with_its_first_link() -> None:
    questions = [
        question("a", QuestionKind.YES_NO),
        question("b", QuestionKind.CHOICE, shown_when=when("a", True)),
        question("c", required=True, shown_when=when("b", "1")),
    ]
    whole = {"a": True, "b": "1", "c": "Torsk"}
    assert asking.checked(questions, whole) == whole
    assert asking.checked(questions, {**whole, "a": False}) == {"a": False}, "b was not asked, so c has no reason"
    assert [each.public_id for each in asking.shown(questions, {"a": "yes", "b": "2"})] == ["a", "b"]
    assert [field for field, _ in asking.problems(questions, {"a": True, "b": "9"})] == ["b"]


def test_a_removed_option_stays_valid_for_who_chose_it_and_for_nobody_else() -> None:
    one, several = question("one", QuestionKind.CHOICE), question("several", QuestionKind.SEVERAL)
    kept = {"one": "3", "several": ["3", "1"]}
    assert asking.checked([one, several], {"one": "3", "several": ["1", "3"]}, kept) == {
        "one": "3",
        "several": ["1", "3"],
    }
    assert [each["key"] for each in one.offered_to("3")] == ["1", "2", "3"]
    assert [each["key"] for each in one.offered] == ["1", "2"]
    for answers in ({"one": "3"}, {"several": ["3"]}):
        with pytest.raises(AnswerNotUsable):
            asking.checked([one, several], answers, {"one": "1"})


def test_what_was_kept_of_a_question_that_is_gone_stays_and_what_is_no_question_is_left_out() -> None:
    kept = {"gone": "Ja tak", "q": "Før"}
    assert asking.checked([question("q")], {"q": "Nu", "gone": "x", "other": "y"}, kept) == {
        "gone": "Ja tak",
        "q": "Nu",
    }
    assert asking.checked([question("q")], {}, kept) == {"gone": "Ja tak"}, "an answer taken back is gone"


def test_a_talk_asks_one_at_a_time_and_passes_over_what_is_not_asked() -> None:
    questions = [
        question("a", QuestionKind.YES_NO),
        question("b", shown_when=when("a", True)),
        question("c", QuestionKind.NUMBER),
    ]
    order, answers = [], dict[str, Any]()
    while (asks := asking.following(questions, answers)) is not None:
        order.append(asks.public_id)
        answers[asks.public_id] = {"a": "no"}.get(asks.public_id)
    assert order == ["a", "c"]
    assert asking.following(questions, {"a": "yes"}) is questions[1]


def test_a_form_is_read_by_the_names_of_its_fields() -> None:
    questions = [question("a", QuestionKind.SEVERAL), question("b"), question("c", QuestionKind.NUMBER)]
    fields = {"answers-a": ["1", "2"], "answers-b": ["x", "y"], "name": ["Anna"], "answers-z": ["1"]}
    assert asking.filled_in(questions, fields) == {"a": ["1", "2"], "b": "x"}


@pytest.mark.parametrize(
    ("kind", "words", "value"),
    [
        (QuestionKind.YES_NO, "Ja tak", True), (QuestionKind.YES_NO, "nein.", False), (QuestionKind.YES_NO, "No, thanks", False),
        (QuestionKind.NUMBER, "3 stk.", 3), (QuestionKind.NUMBER, "vi er 12", 12), (QuestionKind.TEXT, "Nej", "Nej"),
        (QuestionKind.CHOICE, "fisk", "1"), (QuestionKind.CHOICE, "Fish", "1"), (QuestionKind.CHOICE, "2", "2"),
        (QuestionKind.CHOICE, "fis", "1"), (QuestionKind.SEVERAL, "fisk og kød", ["1", "2"]),
        (QuestionKind.SEVERAL, "2, 1", ["1", "2"]), (QuestionKind.SEVERAL, "Kød", ["2"]), (QuestionKind.SEVERAL, "1 og 2", ["1", "2"]),
    ],
)  # fmt: skip
def test_a_typed_answer_is_understood(kind: QuestionKind, words: str, value: object) -> None:
    asks = question("q", kind)
    assert asking.read(asks, heard(asks, words)) == value


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (QuestionKind.YES_NO, "måske"), (QuestionKind.YES_NO, ""), (QuestionKind.CHOICE, "3"), (QuestionKind.CHOICE, "ingenting"),
        (QuestionKind.CHOICE, "f"), (QuestionKind.CHOICE, ""), (QuestionKind.CHOICE, "0"), (QuestionKind.SEVERAL, "fisk og is"),
        (QuestionKind.NUMBER, "mange"), (QuestionKind.NUMBER, "2 eller 3"),
    ],
)  # fmt: skip
def test_a_typed_answer_that_is_none_is_refused(kind: QuestionKind, words: str) -> None:
    asks = question("q", kind)
    with pytest.raises(AnswerNotUsable):
        asking.read(asks, heard(asks, words))


def test_words_go_before_numbers_where_an_option_is_called_by_a_number() -> None:
    options = [{"key": key, "labels": {"da": words}} for key, words in (("1", "2"), ("2", "1"))]
    asks = question("q", QuestionKind.CHOICE, options=options)
    assert heard(asks, "2") == "1"


def test_who_chose_what_was_removed_may_name_it_again() -> None:
    asks = question("q", QuestionKind.CHOICE)
    assert heard(asks, "Ingenting", "3") == "3"


_ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["1", "2", "3", "yes"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=5,
)


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=200)
@given(st.dictionaries(st.sampled_from("abcdef"), _ANYTHING))
def test_whatever_is_sent_is_either_refused_or_kept_as_it_will_be_taken_again(answers: dict[str, Any]) -> None:
    kinds = list(QuestionKind)
    questions = [question(name, kind) for name, kind in zip("abcde", kinds, strict=True)]
    questions[4].shown_when = when("c", "2")
    try:
        kept = asking.checked(questions, answers)
    except AnswerNotUsable:
        assert asking.problems(questions, answers)
        return
    assert not asking.problems(questions, answers)
    assert asking.checked(questions, kept) == kept
    assert set(kept) <= {each.public_id for each in asking.shown(questions, kept)}
