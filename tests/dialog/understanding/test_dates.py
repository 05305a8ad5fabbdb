"""What words for days mean on other days than the Wednesday of the phrase files, and where people differ."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from engage.dialog.understanding import Understanding, understand

ZONE = ZoneInfo("Europe/Copenhagen")
WEDNESDAY, SATURDAY, SUNDAY = date(2026, 3, 4), date(2026, 3, 7), date(2026, 3, 8)
NEW_YEARS_EVE = date(2026, 12, 31)


def ask(text: str, on: date = WEDNESDAY, language: str = "da", country: str = "DK") -> Understanding:
    now = datetime(on.year, on.month, on.day, 10, tzinfo=ZONE)
    return understand(text, language=language, now=now, country=country)


def days(text: str, on: date = WEDNESDAY, language: str = "da") -> tuple[str | None, str | None]:
    answer = ask(text, on, language).as_json()
    return answer["from"], answer["to"]


@pytest.mark.parametrize(
    ("language", "text"),
    [("da", "hvad sker der i weekenden"), ("en", "what's on this weekend"), ("de", "was ist am Wochenende los")],
)
def test_the_weekend_is_what_is_left_of_it(language: str, text: str) -> None:
    assert days(text, SATURDAY, language) == ("2026-03-07", "2026-03-08")
    assert days(text, SUNDAY, language) == ("2026-03-08", "2026-03-08")


@pytest.mark.parametrize("text", ["i weekenden", "noget om klima i weekenden", "denne weekend"])
def test_who_speaks_of_the_weekend_on_a_sunday_is_shown_the_coming_one_too(text: str) -> None:
    assert ask(text, SATURDAY).alternatives == ()
    answer = ask(text, SUNDAY)
    assert (answer.first, answer.last) == (SUNDAY, SUNDAY)
    assert answer.alternatives == ((date(2026, 3, 14), date(2026, 3, 15)),)


def test_next_weekend_said_on_a_weekend_is_only_the_following_one() -> None:
    answer = ask("næste weekend", SATURDAY)
    assert (answer.first, answer.last) == (date(2026, 3, 14), date(2026, 3, 15))
    assert answer.alternatives == ()


def test_a_weekday_said_on_that_day_means_next_week_with_today_beside_it() -> None:
    answer = ask("noget på onsdag", WEDNESDAY)
    assert answer.first == date(2026, 3, 11)
    assert answer.alternatives == ((WEDNESDAY, WEDNESDAY),)


def test_this_weekday_said_on_that_day_means_today() -> None:
    assert days("this Wednesday", WEDNESDAY, "en") == ("2026-03-04", "2026-03-04")


@pytest.mark.parametrize(
    ("language", "text"), [("da", "næste lørdag"), ("en", "next Saturday"), ("de", "nächsten Samstag")]
)
def test_next_saturday_shows_both_saturdays(language: str, text: str) -> None:
    answer = ask(text, WEDNESDAY, language)
    assert (answer.first, answer.last) == (date(2026, 3, 14), date(2026, 3, 14))
    assert answer.alternatives == ((SATURDAY, SATURDAY),)


def test_next_monday_is_one_monday_only() -> None:
    answer = ask("næste mandag")
    assert (answer.first, answer.alternatives) == (date(2026, 3, 9), ())


def test_two_weeks_from_now_is_a_day_and_perhaps_its_week() -> None:
    answer = ask("om to uger")
    assert answer.first == answer.last == date(2026, 3, 18)
    assert answer.alternatives == ((date(2026, 3, 16), date(2026, 3, 22)),)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("i morgen", ("2027-01-01", "2027-01-01")),
        ("næste uge", ("2027-01-04", "2027-01-10")),
        ("næste måned", ("2027-01-01", "2027-01-31")),
        ("uge 1", ("2027-01-04", "2027-01-10")),
        ("i januar", ("2027-01-01", "2027-01-31")),
        ("nytårsaften", ("2026-12-31", "2026-12-31")),
        ("i vinter", ("2026-12-31", "2027-02-28")),
        ("24. december", ("2027-12-24", "2027-12-24")),
    ],
)
def test_the_year_turns(text: str, expected: tuple[str, str]) -> None:
    assert days(text, NEW_YEARS_EVE) == expected


def test_week_53_is_the_next_year_that_has_one() -> None:
    assert days("uge 53", WEDNESDAY) == ("2026-12-28", "2027-01-03")


@pytest.mark.parametrize("text", ["uge 60", "den 45.", "30/2", "12.13.2026"])
def test_days_that_do_not_exist_are_no_dates(text: str) -> None:
    assert days(text) == (None, None)


def test_a_day_the_month_does_not_have_leaves_the_month() -> None:
    assert days("31. juni") == ("2026-06-01", "2026-06-30")


@pytest.mark.parametrize("text", ["1. marts 2020", "3/3/2026", "1.1.2026"])
def test_days_that_are_over_are_not_offered(text: str) -> None:
    assert days(text) == (None, None)


def test_the_29th_of_february_waits_for_a_leap_year() -> None:
    assert days("29. februar") == ("2028-02-29", "2028-02-29")


def test_easter_is_a_day_longer_where_maundy_thursday_is_a_holiday() -> None:
    assert ask("an Ostern", language="de", country="DK").first == date(2026, 4, 2)
    assert ask("an Ostern", language="de", country="DE").first == date(2026, 4, 3)


def test_a_bank_holiday_is_the_countrys_next_one() -> None:
    assert ask("on the next bank holiday", language="en", country="GB").first == date(2026, 4, 3)
    assert ask("på næste helligdag", country="DK").first == date(2026, 4, 2)


@pytest.mark.parametrize(
    ("language", "text", "part"),
    [
        ("da", "noget i aften", "evening"),
        ("da", "lørdag formiddag", "morning"),
        ("en", "Friday at 7pm", "19:00"),
        ("en", "tomorrow afternoon", "afternoon"),
        ("de", "morgen früh", "morning"),
        ("de", "am Samstagabend", "evening"),
        ("de", "Freitag um 19.30 Uhr", "19:30"),
        ("da", "fredag kl. 17.30", "17:30"),
    ],
)
def test_the_part_of_the_day_is_kept(language: str, text: str, part: str) -> None:
    assert ask(text, language=language).day_part == part


def test_an_open_range_has_no_end() -> None:
    assert days("fra fredag") == ("2026-03-06", None)
    assert days("ab Mai", language="de") == ("2026-05-01", None)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "march of the penguins"),
        ("en", "sun park"),
        ("en", "may I bring a friend"),
        ("de", "Mai Thai Kochkurs"),
        ("de", "so ein Kochkurs"),
        ("de", "Do it yourself Workshop"),
        ("da", "min mand og min søn"),
        ("da", "sol og vind"),
        ("da", "kurser for børn på 8 år"),
        ("da", "mål 4"),
        ("en", "the fall of Rome"),
        ("en", "goal 12"),
    ],
)
def test_false_friends_are_no_dates(language: str, text: str) -> None:
    assert days(text, language=language) == (None, None)


@pytest.mark.parametrize("text", ["godmorgen", "god weekend", "god aften", "glædelig jul"])
def test_greetings_are_no_dates(text: str) -> None:
    assert days(text) == (None, None)
