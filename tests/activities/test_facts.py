"""One date as every door shows it: in the best language there is, with the contact that answers."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from engage.activities import facts
from engage.activities.models import ActivityState, OccurrenceState
from engage.base.config import City, Settings
from engage.base.db import db
from tests.conftest import NOW
from tests.town import Town


@pytest.mark.parametrize(
    ("texts", "wanted", "shown"),
    [
        ({"da": "Hav", "de": "Meer", "en": "Sea"}, "de", "de"),
        ({"da": "Hav", "en": "Sea"}, "de", "da"),
        ({"de": "Meer", "en": "Sea"}, "da", "de"),
        ({"en": "Sea"}, "da", "en"),
    ],
)
def test_words_are_in_the_language_wanted_or_honestly_in_another(
    town: Town, texts: dict[str, str], wanted: str, shown: str
) -> None:
    date_ = town.occurrence(town.activity(texts=texts))
    found = facts.occurrence(date_.public_id, wanted)
    assert found is not None
    assert (found.language, found.title) == (shown, texts[shown])


def test_another_city_falls_back_to_its_own_language_first(
    town: Town, settings: Settings, set_settings: Callable[..., None]
) -> None:
    there = City({**settings.city.facts, "city": {**settings.city.facts["city"], "default_language": "de"}})
    set_settings(city=there)
    date_ = town.occurrence(town.activity(texts={"da": "Hav", "de": "Meer"}))
    (found,) = facts.occurrences([date_.id], "en")
    assert found.title == "Meer"


def test_dates_come_in_the_order_asked_for_and_unknown_ones_are_passed_over(town: Town) -> None:
    first, second = town.occurrence(), town.occurrence()
    found = facts.occurrences([second.id, 999_999, first.id], "da")
    assert [each.occurrence_id for each in found] == [second.id, first.id]
    assert facts.occurrences([], "da") == []
    assert facts.occurrence("nosuch", "da") is None


def test_the_whole_text_is_read_only_for_a_page_of_its_own(town: Town) -> None:
    date_ = town.occurrence(town.activity(body="Langt."))
    whole, short = facts.occurrence(date_.public_id, "da"), facts.occurrences([date_.id], "da")[0]
    assert whole is not None
    assert (whole.body, short.body) == ("Langt.", "")
    assert replace(whole, body="") == short


def test_who_answers_is_the_activitys_own_contact_or_else_the_organisers(town: Town) -> None:
    own = town.occurrence(town.activity(contact_email="kursus@example.org", contact_phone="87 65 43 21"))
    none = town.occurrence(town.activity())
    found = facts.occurrences([own.id, none.id], "da")
    assert [each.contact_email for each in found] == ["kursus@example.org", "bibliotek@example.org"]
    assert [each.contact_phone for each in found] == ["87 65 43 21", "12 34 56 78"]


def test_a_date_on_the_net_has_no_place_and_a_place_has_an_address(town: Town) -> None:
    online = town.occurrence(online_url="https://x.example.org")
    there = town.occurrence()
    both = town.occurrence(place=town.place(), online_url="https://x.example.org")
    found = facts.occurrences([online.id, there.id, both.id], "da")
    assert [each.online for each in found] == [True, False, False]
    assert [each.address for each in found] == ["", *["Nørre Havnegade 15, 6400 " + there.place.town] * 2]  # type: ignore[union-attr]
    assert found[0].place_accessibility == {}


def test_places_are_as_they_are_now(town: Town) -> None:
    date_ = town.occurrence(capacity=4)
    town.signed_up(date_, seats=3)
    town.signed_up(date_, seats=2)
    (found,) = facts.occurrences([date_.id], "da")
    assert (found.seats.capacity, found.seats.occupied, found.seats.waiting) == (4, 3, 2)


def test_the_next_date_is_one_that_stands_and_is_not_over(town: Town) -> None:
    course = town.activity()
    town.occurrence(course, starts_in=timedelta(days=-5))
    town.occurrence(course, starts_in=timedelta(days=1), state=OccurrenceState.CANCELLED)
    stands = town.occurrence(course, starts_in=timedelta(days=2))
    town.occurrence(course, starts_in=timedelta(days=9))
    assert facts.next_date(course.public_id, NOW) == stands.public_id
    going_on = town.occurrence(course, starts_in=timedelta(hours=-1))
    assert facts.next_date(course.public_id, NOW) == going_on.public_id


def test_the_next_date_is_a_cancelled_one_when_there_is_no_other_and_the_last_when_all_are_over(town: Town) -> None:
    called_off = town.activity()
    town.occurrence(called_off, starts_in=timedelta(days=-5))
    cancelled = town.occurrence(called_off, starts_in=timedelta(days=1), state=OccurrenceState.CANCELLED)
    assert facts.next_date(called_off.public_id, NOW) == cancelled.public_id
    over = town.activity()
    town.occurrence(over, starts_in=timedelta(days=-9))
    last = town.occurrence(over, starts_in=timedelta(days=-2))
    assert facts.next_date(over.public_id, NOW) == last.public_id
    assert facts.next_date("nosuch", NOW) is None


def test_other_dates_are_the_coming_ones_of_the_same_activity(town: Town) -> None:
    course = town.activity()
    shown = town.occurrence(course, starts_in=timedelta(days=1))
    town.occurrence(course, starts_in=timedelta(days=-1))
    town.occurrence()
    later = town.occurrence(course, starts_in=timedelta(days=3))
    cancelled = town.occurrence(course, starts_in=timedelta(days=2), state=OccurrenceState.CANCELLED)
    (found,) = facts.occurrences([shown.id], "da")
    others = facts.other_dates(found, NOW)
    assert [(each[0], each[3]) for each in others] == [(cancelled.public_id, True), (later.public_id, False)]
    assert len(facts.other_dates(found, NOW, most=1)) == 1


@pytest.mark.parametrize(
    ("state", "published", "called_off"),
    [
        (ActivityState.DRAFT, False, False),
        (ActivityState.IN_REVIEW, False, False),
        (ActivityState.PUBLISHED, True, False),
        (ActivityState.CALLED_OFF, True, True),
    ],
)
def test_a_door_can_tell_what_may_be_shown_and_what_will_not_be_held(
    town: Town, state: ActivityState, published: bool, called_off: bool
) -> None:
    date_ = town.occurrence(town.activity(state=state))
    (found,) = facts.occurrences([date_.id], "da")
    assert (found.published, found.called_off) == (published, called_off)
    date_.state = OccurrenceState.CANCELLED
    db.session.commit()
    assert facts.occurrences([date_.id], "da")[0].called_off
