"""What goes by itself: each purpose after its own period, and who has chosen something for good only after a letter."""

from datetime import timedelta

from sqlalchemy import select

from engage import people, privacy, registrations
from engage.activities.models import Pool, SignUpMode
from engage.base.db import db, transaction
from engage.outbox import Letter
from engage.people import Person, Wishes, wishes
from engage.registrations import Registration, State, entrance, own_page
from engage.registrations import forgetting as sign_ups
from tests.conftest import NOW
from tests.town import Town

ANNA = "anna@example.org"


def tidy_up(days: float) -> None:
    for expire in privacy.expiries():
        with transaction():
            expire(NOW + timedelta(days=days))


def one() -> Registration:
    db.session.expire_all()
    return db.session.query(Registration).one()


def test_answers_go_before_the_sign_up_and_both_only_once(town: Town) -> None:
    registration = town.signed_up(town.occurrence(starts_in=timedelta(days=1)), email=ANNA)
    registration.answers, registration.companions = {"q": "nødder"}, [{"name": "Bo", "age": 7}]
    registration.school_class, registration.vetted_on = {"school": "Vestre"}, NOW.date()
    db.session.commit()
    tidy_up(10)
    assert one().answers == {"q": "nødder"}
    with transaction():
        assert sign_ups.expire_answers(NOW + timedelta(days=16)) == 1
        assert sign_ups.expire_answers(NOW + timedelta(days=16)) == 0
    kept = one()
    assert (kept.answers, kept.companions, kept.school_class, kept.vetted_on) == ({}, [], {}, None)
    assert kept.name == "Anna Holm"
    with transaction():
        assert sign_ups.expire(NOW + timedelta(days=32)) == 1
        assert sign_ups.expire(NOW + timedelta(days=32)) == 0
    assert (one().name, one().email, one().seats, one().state) == (None, None, 1, State.CONFIRMED)


def test_a_course_keeps_its_people_until_its_last_date(town: Town) -> None:
    course = town.activity("Kursus", sign_up=SignUpMode.WHOLE_COURSE)
    first = town.occurrence(course, starts_in=timedelta(days=1))
    town.occurrence(course, starts_in=timedelta(days=100))
    pool = Pool(course_id=course.id, capacity=10)
    db.session.add(pool)
    db.session.commit()
    town.signed_up(first, email=ANNA)
    assert one().pool_id == pool.id
    tidy_up(60)
    assert one().name == "Anna Holm"
    tidy_up(140)
    assert one().name is None


def test_what_was_given_up_goes_though_the_date_is_far_away(town: Town) -> None:
    registration = town.signed_up(town.occurrence(starts_in=timedelta(days=300)), email=ANNA)
    with transaction():
        registrations.cancel(registration.public_id, now=NOW)
    tidy_up(29)
    assert one().name == "Anna Holm"
    tidy_up(31)
    assert one().name is None


def a_page_of_ones_own() -> int:
    with transaction():
        entrance.let_in(ANNA, language="da", now=NOW)
        person = people.person_at("email", ANNA)
        assert person is not None
        wishes.wish(person, Wishes(), language="da")
    tidy_up(0.6)  # the visit is over
    return person


def warnings() -> list[Letter]:
    return list(db.session.scalars(select(Letter).where(Letter.about.startswith("own-page:"))))


def test_who_has_wishes_is_kept_for_a_year_and_told_before(town: Town) -> None:
    person = a_page_of_ones_own()
    tidy_up(2)
    tidy_up(330)
    assert warnings() == []
    assert db.session.get(Person, person) is not None
    tidy_up(337)
    (letter,) = warnings()
    assert letter.recipient == ANNA
    tidy_up(338)
    tidy_up(366)
    assert len(warnings()) == 1, "once is enough"
    db.session.expire_all()
    assert db.session.get(Person, person) is not None, "thirty days are thirty days"
    tidy_up(368)
    db.session.expire_all()
    assert db.session.get(Person, person) is None


def test_who_comes_back_after_the_letter_is_kept_for_another_year(town: Town) -> None:
    person = a_page_of_ones_own()
    tidy_up(337)
    with transaction():
        own_page.seen(person, NOW + timedelta(days=340))
    tidy_up(370)
    tidy_up(600)
    assert db.session.get(Person, person) is not None
    assert len(warnings()) == 1


def test_who_signs_up_again_needs_no_visit_to_be_kept(town: Town) -> None:
    person = a_page_of_ones_own()
    tidy_up(337)
    town.signed_up(town.occurrence(starts_in=timedelta(days=345)), email=ANNA, now=NOW + timedelta(days=338))
    tidy_up(339)
    tidy_up(380)
    tidy_up(500)
    db.session.expire_all()
    assert db.session.get(Person, person) is not None


def test_who_was_there_and_chose_nothing_goes_with_the_sign_ups(town: Town) -> None:
    with transaction():
        entrance.let_in(ANNA, language="da", now=NOW)
    tidy_up(1)
    assert people.person_at("email", ANNA) is None
    assert warnings() == []


def test_the_warning_is_written_when_the_worker_was_away_for_long(town: Town) -> None:
    person = a_page_of_ones_own()
    tidy_up(800)
    db.session.expire_all()
    assert db.session.get(Person, person) is not None
    assert len(warnings()) == 1
    tidy_up(831)
    db.session.expire_all()
    assert db.session.get(Person, person) is None
