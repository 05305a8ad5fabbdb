"""A form read as values: what people type on any keyboard, what is refused in words, and what is left alone."""

from datetime import date, time, timedelta

import pytest
from flask import Flask

from engage.activities import filled_in
from engage.activities.draft import KEEP, ActivityInput, NewPlace, When, Where, Words
from engage.activities.typed import Unreadable, read_capacity, read_clock, read_day, read_online, read_phone, read_price
from tests.town import Town


def read(**fields: str | list[str]) -> tuple[ActivityInput, list[str]]:
    """The values, and the names of the fields that could not be read."""
    lists = {name: value if isinstance(value, list) else [value] for name, value in fields.items()}
    told, problems = filled_in.read(lists, ("da", "de"))
    assert all(problem.words for problem in problems)
    return told, [problem.field for problem in problems]


@pytest.mark.parametrize("typed", ["2026-03-04", "4.3.2026", "04/03/2026", "4-3-2026", "4. 3. 2026"])
def test_a_day_is_read_as_browsers_and_people_write_it(typed: str) -> None:
    assert read_day(typed) == date(2026, 3, 4)


@pytest.mark.parametrize(("typed", "meant"), [("17:30", time(17, 30)), ("17.30", time(17, 30)), ("9", time(9))])
def test_a_time_is_read_with_a_point_a_colon_or_alone(typed: str, meant: time) -> None:
    assert read_clock(typed) == meant


@pytest.mark.parametrize(
    ("typed", "meant"), [("", 0), ("40", 4000), ("40 kr.", 4000), ("12,50", 1250), ("12.5", 1250), ("0", 0)]
)
def test_a_price_in_kroner_is_kept_in_oere(typed: str, meant: int) -> None:
    assert read_price(typed) == meant


@pytest.mark.parametrize(
    ("reader", "typed"),
    [
        (read_day, "30.2.2026"), (read_day, "i morgen"), (read_clock, "25:00"), (read_clock, "nu"), (read_price, "-1"),
        (read_price, "fyrre"), (read_price, "999999"), (read_capacity, "-5"), (read_capacity, "9999999"),
        (read_capacity, "²"), (read_phone, "ring til Bo"), (read_phone, "1"), (read_online, "javascript:alert(1)"),
        (read_online, "https://"), (read_online, "to ord"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_in_words(reader: object, typed: str) -> None:
    with pytest.raises(Unreadable) as refused:
        reader(typed)  # type: ignore[operator]
    assert str(refused.value)


def test_an_address_on_the_net_gets_the_beginning_it_lacks() -> None:
    assert read_online("meet.example.org/bo") == "https://meet.example.org/bo"
    assert read_capacity("") is None and read_capacity("0") == 0


def test_a_field_the_form_does_not_have_is_left_alone(app: Flask) -> None:
    told, problems = read(title_da="Klima")
    assert problems == [] and told.words == {"da": Words("Klima", *[KEEP] * 5)}
    assert told.price is KEEP and told.when is KEEP and told.where is KEEP and told.sdgs is KEEP


def test_no_box_ticked_is_an_answer_only_where_the_boxes_were_shown(app: Flask) -> None:
    assert read(given=["audiences"])[0].audiences == ()
    assert read(given="sdgs", sdgs=["13", "99", "x", "6"])[0].sdgs == (6, 13)


def test_a_date_needs_day_beginning_and_end(app: Flask) -> None:
    told, problems = read(day="4.3.2026", begins="", ends="")
    assert problems == ["begins", "ends"] and told.when is KEEP
    assert read(day="", begins="", ends="")[0].when is None


def test_an_evening_may_end_at_night_and_nothing_else_ends_before_it_begins(app: Flask) -> None:
    night, _none = read(day="4.3.2026", begins="20", ends="1")
    assert isinstance(night.when, When) and night.when.ends_at - night.when.starts_at == timedelta(hours=5)
    assert read(day="4.3.2026", begins="14", ends="10") == (ActivityInput(), ["ends"])
    assert read(day="4.3.2026", begins="14", ends="14")[1] == ["ends"]


def test_times_are_local_also_across_the_change_of_summer_time(app: Flask) -> None:
    told, _none = read(day="28.3.2026", begins="23:00", ends="04:00")
    assert isinstance(told.when, When)
    begins, ends = told.when.starts_at, told.when.ends_at
    assert (begins.utcoffset(), ends.utcoffset()) == (timedelta(hours=1), timedelta(hours=2))


def test_a_place_is_known_new_or_online(town: Town) -> None:
    place = town.occurrence().place
    assert place is not None
    assert read(where="known", place=str(place.id))[0].where == Where(place_id=place.id)
    assert read(where="known", place="99999")[0].where == Where()
    new, _none = read(
        where="new", place_name="Klubhuset", place_street="Vej 1", place_postal_code="6400", place_town="By"
    )
    assert new.where == Where(new=NewPlace("Klubhuset", "Vej 1", "6400", "By"))
    assert read(where="new", place_name="", place_town="By") == (ActivityInput(), ["place_name"])
    assert read(where="online", online_url="example.org/m")[0].where == Where(online_url="https://example.org/m")


def test_texts_lose_what_is_no_writing_and_keep_their_paragraphs(app: Flask) -> None:
    told, _none = read(title_da="  Rent\x00 vand\n", summary_da="a\tb", body_da="Et\r\n\r\nTo\x07\ud800 ")
    assert told.words["da"].title == "Rent vand" and told.words["da"].summary == "a b"
    assert told.words["da"].body == "Et\n\nTo"


def test_a_text_that_is_too_long_is_told_and_not_cut(app: Flask) -> None:
    told, problems = read(title_da="x" * 161, summary_da="Kort.")
    assert problems == ["title_da"] and told.words["da"].title is KEEP and told.words["da"].summary == "Kort."
