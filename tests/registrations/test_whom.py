"""What people may say of themselves for statistics: asked only where an organiser wants it, never required, kept in bands."""

import pytest
from sqlalchemy import event

from engage import registrations
from engage.activities.models import Occurrence
from engage.activities.terms import Party, TermsInput
from engage.base.db import db
from engage.outbox import Letter
from engage.registrations import Application, Changes, Registration, terms, whom
from engage.registrations.whom import Said
from tests.conftest import NOW
from tests.town import Town


def applied(date: Occurrence, **facts: str) -> Registration:
    wanted = Application("Anna Holm", "anna@example.org", 2, "da", "web", **facts)  # type: ignore[arg-type]
    outcome = registrations.sign_up(date.id, wanted, now=NOW)
    db.session.expire_all()
    return db.session.get_one(Registration, outcome.registration_id)


def said(registration: Registration) -> tuple[str, str]:
    return registration.age_band, registration.area


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"age_band": "30-49", "area": "6430"}, ("30-49", "6430")),
        ({"age_band": "80+", "area": "outside"}, ("80+", "outside")),
        ({"age_band": "unsaid", "area": "unsaid"}, ("unsaid", "unsaid")),
        ({}, ("unsaid", "unsaid")),
        ({"age_band": "1979-03-14", "area": "Solvej 3"}, ("unsaid", "unsaid")),
    ],
)
def test_an_answer_is_kept_and_nothing_said_keeps_nobody_out(
    town: Town, facts: dict[str, str], expected: tuple[str, str]
) -> None:
    assert said(applied(town.occurrence(town.activity(asks_whom=True)), **facts)) == expected


@pytest.mark.parametrize("facts", [{}, {"asks_whom": True, "party": "class"}], ids=["not asked", "a class"])
def test_what_nobody_asked_for_is_not_kept(town: Town, facts: dict[str, object]) -> None:
    date = town.occurrence(town.activity(**facts))
    school = registrations.SchoolClass("Skolen", "4.b", 20, 2) if "party" in facts else None
    wanted = Application(
        "Anna", "anna@example.org", 1, "da", "web", age_band="30-49", area="6430", school_class=school
    )  # fmt: skip
    registrations.sign_up(date.id, wanted, now=NOW)
    assert said(db.session.query(Registration).one()) == ("", "")


def test_a_sign_up_asks_the_database_no_more_for_it(town: Town) -> None:
    statements: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda _c, _cu, statement, *_r: statements.append(statement))
    counts = []
    for asks in (False, False, True):  # the first one fills what is remembered
        date = town.occurrence(town.activity(asks_whom=asks))
        statements.clear()
        registrations.sign_up(
            date.id, Application("Anna", f"a{len(counts)}@example.org", 1, "da", "web", age_band="30-49"), now=NOW
        )
        counts.append(len(statements))
    assert counts[1] == counts[2] > 0


def test_it_is_changed_without_a_letter_or_a_new_approval(town: Town) -> None:
    date = town.occurrence(town.activity(asks_whom=True, approval=True, approves_edits=True))
    registration = town.signed_up(date)
    before, letters = (registration.state, registration.sequence), db.session.query(Letter).count()
    registrations.change(registration.public_id, Changes(whom=Said("18-29", "6300")), now=NOW)
    assert said(registration) == ("18-29", "6300")
    registrations.change(registration.public_id, Changes(whom=Said("unsaid", "unsaid")), now=NOW)
    registrations.change(registration.public_id, Changes(), now=NOW)
    assert said(registration) == ("unsaid", "unsaid"), "taken back, and left alone where nothing is said of it"
    assert (registration.state, registration.sequence) == before
    assert db.session.query(Letter).count() == letters


def test_bands_hold_every_age_once_and_areas_come_from_the_city_file(town: Town) -> None:
    bands = [whom.band_of(age) for age in range(121)]
    assert list(dict.fromkeys(bands)) == list(whom.BANDS)
    edges = [age for age in range(1, 121) if bands[age] != bands[age - 1]]
    assert edges == [13, 18, 30, 50, 65, 80]
    assert list(whom.areas())[:2] == ["6400", "6430"] and list(whom.areas())[-1] == whom.OUTSIDE


def test_organisers_choose_it_and_a_class_is_never_asked(town: Town) -> None:
    activity = town.activity()
    assert "asks_whom" in terms.choose_terms(activity.id, TermsInput(asks_whom=True), now=NOW)
    assert activity.asks_whom
    assert "asks_whom" in terms.choose_terms(activity.id, TermsInput(asks_whom=True, party=Party.CLASS), now=NOW)
    assert not activity.asks_whom
