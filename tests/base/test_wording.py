"""Dates, times, prices and lists as people write them in three languages."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from engage.base import wording
from engage.base.i18n import speaking

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
NOW = datetime(2026, 2, 1, 9, 0, tzinfo=UTC)
SATURDAY = date(2026, 3, 7)


def local(year: int, month: int, day: int, hour: int = 0, minute: int = 0, *, fold: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=COPENHAGEN, fold=fold).astimezone(UTC)


def when(language: str, starts_at: datetime, ends_at: datetime, now: datetime | None = NOW) -> str:
    with speaking(language):
        return wording.when(starts_at, ends_at, COPENHAGEN, now)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("da", "lørdag den 7. marts kl. 10.00-14.30"),
        ("en", "Saturday 7 March, 10:00-14:30"),
        ("de", "Samstag, 7. März, 10:00–14:30 Uhr"),
    ],
)
def test_a_date_is_written_as_each_language_does(language: str, words: str) -> None:
    assert when(language, local(2026, 3, 7, 10), local(2026, 3, 7, 14, 30)) == words


def test_an_hour_has_no_leading_zero_and_a_point_in_danish() -> None:
    assert when("da", local(2026, 3, 7, 8, 5), local(2026, 3, 7, 9)).endswith("kl. 8.05-9.00")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("da", "fredag den 6. marts kl. 17.00 - søndag den 8. marts kl. 12.00"),
        ("en", "Friday 6 March, 17:00 - Sunday 8 March, 12:00"),
        ("de", "Freitag, 6. März, 17:00 Uhr - Sonntag, 8. März, 12:00 Uhr"),
    ],
)
def test_what_lasts_over_days_names_both(language: str, words: str) -> None:
    assert when(language, local(2026, 3, 6, 17), local(2026, 3, 8, 12)) == words


def test_an_end_at_midnight_belongs_to_the_day_before() -> None:
    assert when("da", local(2026, 3, 7, 20), local(2026, 3, 8)) == "lørdag den 7. marts kl. 20.00-24.00"
    assert when("da", local(2026, 3, 6, 20), local(2026, 3, 8)).endswith("- lørdag den 7. marts kl. 24.00")
    assert (
        wording.last_day(local(2026, 3, 7, 20).astimezone(COPENHAGEN), local(2026, 3, 8).astimezone(COPENHAGEN))
        == SATURDAY
    )


def test_a_minute_past_midnight_is_the_next_day() -> None:
    assert "søndag den 8. marts kl. 0.01" in when("da", local(2026, 3, 7, 20), local(2026, 3, 8, 0, 1))


def test_without_an_end_only_the_start_is_told() -> None:
    assert when("da", local(2026, 3, 7, 10), local(2026, 3, 7, 10)) == "lørdag den 7. marts kl. 10.00"
    assert when("da", local(2026, 3, 7), local(2026, 3, 7)) == "lørdag den 7. marts kl. 0.00"


def test_the_year_is_told_when_it_is_not_this_one() -> None:
    start, end = local(2027, 1, 2, 10), local(2027, 1, 2, 11)
    assert when("da", start, end) == "lørdag den 2. januar 2027 kl. 10.00-11.00"
    assert "2027" not in when("da", start, end, local(2027, 1, 1))
    assert "2027" in when("da", start, end, None), "a mail is read at any time"


def test_this_year_is_that_of_the_place_not_of_greenwich() -> None:
    new_year_in_denmark = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    assert "2027" not in when("da", local(2027, 1, 2, 10), local(2027, 1, 2, 11), new_year_in_denmark)


@pytest.mark.parametrize(
    ("starts_at", "minutes", "words"),
    [
        # 29 March 2026: 02.00 becomes 03.00.
        (datetime(2026, 3, 29, 0, 30, tzinfo=UTC), 60, "søndag den 29. marts kl. 1.30-3.30"),
        # 25 October 2026: 03.00 becomes 02.00 once more.
        (datetime(2026, 10, 24, 23, 0, tzinfo=UTC), 180, "søndag den 25. oktober kl. 1.00-3.00"),
        (datetime(2026, 10, 25, 0, 50, tzinfo=UTC), 20, "søndag den 25. oktober kl. 2.50-2.10"),
    ],
)
def test_the_clock_is_the_one_on_the_wall_when_summer_time_begins_and_ends(
    starts_at: datetime, minutes: int, words: str
) -> None:
    assert when("da", starts_at, starts_at + timedelta(minutes=minutes)) == words


def test_short_forms_have_a_point_where_the_language_has_one() -> None:
    found = {}
    for language in ("da", "en", "de"):
        with speaking(language):
            found[language] = wording.short_date(SATURDAY)
    assert found == {"da": "lør 7. mar", "en": "Sat 7 Mar", "de": "Sa 7. März"}


@pytest.mark.parametrize(
    ("day", "number"),
    [(date(2026, 12, 31), 53), (date(2027, 1, 3), 53), (date(2027, 1, 4), 1), (date(2024, 12, 30), 1), (SATURDAY, 10)],
)
def test_week_numbers_are_those_danes_plan_by(day: date, number: int) -> None:
    assert wording.week_number(day) == number


def test_a_heading_is_a_day_with_a_capital() -> None:
    with speaking("da"):
        assert wording.day_heading(SATURDAY, date(2026, 3, 1)) == "Lørdag den 7. marts"
        assert wording.day_heading(date(2027, 3, 7), date(2026, 3, 1)) == "Søndag den 7. marts 2027"
    with speaking("en"):
        assert wording.day_heading(SATURDAY, SATURDAY) == "Today"
        assert wording.day_heading(SATURDAY + timedelta(days=1), SATURDAY) == "Tomorrow"


@pytest.mark.parametrize(
    ("language", "first", "last", "words"),
    [
        ("en", SATURDAY, SATURDAY, "Saturday 7 March"),
        ("en", date(2026, 3, 1), date(2026, 3, 1), "today"),
        ("en", date(2026, 3, 2), date(2026, 3, 2), "tomorrow"),
        ("de", date(2026, 2, 27), date(2026, 2, 27), "Freitag, 27. Februar"),
        ("da", date(2027, 2, 27), date(2027, 2, 27), "lørdag den 27. februar 2027"),
        ("en", date(2026, 3, 9), date(2026, 3, 15), "9 to 15 March"),
        ("en", date(2026, 3, 30), date(2026, 4, 5), "30 March to 5 April"),
        ("en", date(2026, 12, 30), date(2027, 1, 2), "30 December to 2 January 2027"),
        ("en", date(2027, 3, 9), date(2027, 3, 15), "9 to 15 March 2027"),
        ("en", date(2025, 12, 1), date(2026, 3, 15), "1 December 2025 to 15 March"),
        ("en", SATURDAY, None, "from 7 March"),
        ("en", None, SATURDAY, "until 7 March"),
        ("en", None, None, ""),
    ],
)
def test_a_period_is_said_back_as_people_say_it(
    language: str, first: date | None, last: date | None, words: str
) -> None:
    with speaking(language):
        assert wording.period(first, last, date(2026, 3, 1)) == words


def test_a_list_ends_with_an_and() -> None:
    with speaking("en"):
        assert [wording.listing(items) for items in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
            "",
            "a",
            "a and b",
            "a, b and c",
        ]


def test_a_price_is_written_in_kroner() -> None:
    with speaking("en"):
        assert [wording.price(amount) for amount in (0, 4000, 1250, 5)] == [
            "Free of charge",
            "40 kr.",
            "12.50 kr.",
            "0.05 kr.",
        ]
    with speaking("da"):
        assert wording.price(1250) == "12,50 kr."


def test_a_deadline_is_one_exact_local_time() -> None:
    with speaking("da"):
        assert wording.deadline(local(2026, 3, 29, 3), COPENHAGEN) == "søndag den 29. marts kl. 3.00"
    with speaking("de"):
        assert wording.deadline(local(2026, 3, 29, 3), COPENHAGEN) == "Sonntag, 29. März, 3:00 Uhr"


def test_a_record_tells_its_day_with_the_year_and_without_the_weekday() -> None:
    there = {"da": "29. marts 2026 kl. 3.00", "de": "29. März 2026, 3:00 Uhr", "en": "29 March 2026, 3:00"}
    for language, words in there.items():
        with speaking(language):
            assert wording.dated_instant(local(2026, 3, 29, 3), COPENHAGEN) == words


def test_the_last_letters_of_the_danish_alphabet_come_last() -> None:
    towns = ["Åbenrå", "Ærø", "Øster Løgum", "Zealand", "aalborg", "Édith", "Ebeltoft", "ærø"]
    ordered = sorted(towns, key=wording.alphabetical)
    assert ordered == ["aalborg", "Ebeltoft", "Édith", "Zealand", "Ærø", "ærø", "Øster Løgum", "Åbenrå"]


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Rent vand i åen", "rent-vand-i-aaen"),
        ("  Grøn Ærø & Co.  ", "groen-aeroe-co"),
        ("Straße über Köln", "strasse-ueber-koeln"),
        ("Café À la carte", "cafe-a-la-carte"),
        ("日本語", "-"),
        ("🌱", "-"),
        ("../../etc/passwd?<script>", "etc-passwd-script"),
    ],
)
def test_a_title_becomes_a_readable_part_of_an_address(title: str, slug: str) -> None:
    assert wording.slug(title) == slug


def test_an_address_part_is_never_too_long_nor_ends_with_a_dash() -> None:
    found = wording.slug("et ord " * 40)
    assert len(found) <= 60
    assert not found.endswith("-")
