"""Terms of sign-up, as values: what can be said, and what cannot because it contradicts itself."""

from dataclasses import fields, replace

import pytest

from engage.activities import terms
from engage.activities.models import Activity
from engage.activities.terms import USUAL, Terms, TermsInput, WaitingMode
from tests.town import Town


def test_every_column_of_the_terms_can_be_said() -> None:
    assert set(terms.NAMES) == set(Terms.__annotations__)


def test_the_usual_terms_are_what_a_new_activity_has(town: Town) -> None:
    assert terms.of(town.activity(waiting_mode=WaitingMode.OFFER)) == USUAL
    assert terms.problems(USUAL) == []
    assert all(hasattr(Activity, field.name) for field in fields(TermsInput))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sign_up_closes_before", -1), ("sign_up_closes_before", 366 * 1440 + 1), ("cancel_before", 10**9),
        ("waiting_most", 0), ("waiting_most", 10_001), ("offer_hours", 0), ("offer_hours", 337),
        ("least_participants", 0), ("age_from", -1), ("age_to", 121), ("group_least", 0), ("group_most", 1001),
        ("join_until", 0), ("join_until", 201),
    ],
)  # fmt: skip
def test_a_number_nobody_can_mean_is_refused_beside_its_field(name: str, value: int) -> None:
    ((field, refusal),) = terms.problems(replace(USUAL, **{name: value}))  # type: ignore[arg-type]
    assert field == name and str(refusal)


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (TermsInput(age_from=12, age_to=6), "age_to"),
        (TermsInput(age_from=1, age_to=0), "age_to"),
        (TermsInput(group_least=20, group_most=10), "group_most"),
    ],
)
def test_what_contradicts_itself_is_refused_with_both_numbers(wanted: TermsInput, field: str) -> None:
    ((where, refusal),) = terms.problems(wanted)
    assert where == field
    numbers = [wanted.age_from, wanted.age_to] if field == "age_to" else [wanted.group_least, wanted.group_most]
    assert all(str(number) in str(refusal) for number in numbers)


@pytest.mark.parametrize(
    "wanted", [TermsInput(age_from=6, age_to=6), TermsInput(age_to=6), TermsInput(group_least=1, group_most=1)]
)
def test_equal_and_half_open_limits_make_sense(wanted: TermsInput) -> None:
    assert terms.problems(wanted) == []
