"""The demo city and the default city file: every reference resolves, the season is wide, the words are kind and plain."""

import re
import tomllib
from collections import Counter
from datetime import date, timedelta
from importlib.resources import files
from statistics import median
from typing import Any

import pytest

from tests.goals.test_data import KEY_FEATURES, LEAST_CONTRAST, contrast

LANGUAGES = {"da", "en", "de"}
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
AUDIENCES = {"children", "youth", "adults", "families", "seniors"}
ARENAS = {"private_life", "work", "public_space"}
RESERVED = ("example.org", "example.com", "example.net")


def read() -> dict[str, list[dict[str, Any]]]:
    """All files of the demo as one document: kind of entry to its entries."""
    whole: dict[str, list[dict[str, Any]]] = {}
    folder = files("engage") / "demo"
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".toml"):
            for kind, entries in tomllib.loads(entry.read_text("utf-8")).items():
                whole.setdefault(kind, []).extend(entries)
    return whole


DEMO = read()
TOWNS = {
    "6300": "Gråsten", "6310": "Broager", "6320": "Egernsund", "6400": "Sønderborg", "6430": "Nordborg", "6440": "Augustenborg",
    "6470": "Sydals",
}  # fmt: skip
CITY = tomllib.loads((files("engage") / "city" / "default.toml").read_text("utf-8"))
ACTIVITIES = DEMO["activity"]
COMING = [a for a in ACTIVITIES if "weeks" in a["occurrence"][0]]
PAST = [a for a in ACTIVITIES if "date" in a["occurrence"][0]]
TODAYS = [date(2026, 11, 23) + timedelta(days=n) for n in range(7)]


def days(entry: dict[str, Any], today: date) -> list[date]:
    """The dates an occurrence entry stands for; a day of this week that is before `today` moves on a week."""
    if "date" in entry:
        return [date.fromisoformat(entry["date"])]
    monday = today - timedelta(days=today.weekday())
    first = monday + timedelta(weeks=entry["weeks"], days=WEEKDAYS.index(entry["weekday"]))
    if first < today:
        first += timedelta(weeks=1)
    every = timedelta(weeks=entry.get("every_weeks", 1))
    return [first + n * every for n in range(entry.get("repeat", 1))]


def dates(activity: dict[str, Any], today: date) -> list[tuple[date, str, str]]:
    return [(day, o["time"], o.get("place", "")) for o in activity["occurrence"] for day in days(o, today)]


def texts(language: str, activities: list[dict[str, Any]] = ACTIVITIES) -> list[str]:
    return [f"{a['summary'][language]} {a['body'][language]}" for a in activities if language in a["title"]]


def lix(text: str) -> float:
    """Björnsson's readability index: words per sentence plus the percentage of words of more than 6 letters."""
    words = re.findall(r"[\w'-]+", text)
    sentences = len(re.findall(r"[.:?](?=\s|$)", text))
    return len(words) / sentences + 100 * sum(len(word) > 6 for word in words) / len(words)


def by_key(activity: dict[str, Any]) -> str:
    return str(activity["key"])


def test_the_demo_is_large_enough_to_look_like_a_season() -> None:
    assert len(DEMO["organisation"]) >= 14
    assert len(DEMO["place"]) >= 20
    assert len(COMING) >= 66
    kinds = Counter(activity["kind"] for activity in COMING)
    assert kinds["learning"] >= 45
    assert kinds["volunteer"] >= 20
    assert sum(len(dates(activity, TODAYS[0])) for activity in COMING) >= 160


def test_keys_are_unique_and_fit_for_addresses() -> None:
    for kind in ("organisation", "place", "initiative", "activity"):
        keys = [entry["key"] for entry in DEMO[kind]]
        assert len(set(keys)) == len(keys)
        assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", key) for key in keys)


@pytest.mark.parametrize("activity", ACTIVITIES, ids=by_key)
def test_every_reference_of_an_activity_resolves(activity: dict[str, Any]) -> None:
    known = {kind: {entry["key"] for entry in DEMO[kind]} for kind in ("organisation", "place", "initiative")}
    assert activity["organisation"] in known["organisation"]
    assert activity.get("initiative") in known["initiative"] | {None}
    assert {o["place"] for o in activity["occurrence"] if "place" in o} <= known["place"]
    assert all("place" in o or "online" in o for o in activity["occurrence"])
    assert set(activity["key_features"]) <= {feature["id"] for feature in KEY_FEATURES}
    assert set(activity["sdgs"]) <= set(range(1, 18))
    assert set(activity["dimensions"]) <= {"environmental", "cultural", "economic", "social"}


@pytest.mark.parametrize("activity", ACTIVITIES, ids=by_key)
def test_an_activitys_choices_are_among_the_known_ones(activity: dict[str, Any]) -> None:
    assert activity["kind"] in {"learning", "volunteer"}
    assert activity["sign_up"] in {"registration", "drop_in"}
    assert activity["audiences"]
    assert set(activity["audiences"]) <= AUDIENCES
    assert set(activity["for_whom"]) <= {"citizen", "company", "institution"}
    assert set(activity["arenas"]) <= ARENAS
    assert set(activity["languages"]) <= LANGUAGES
    assert activity["sdgs"]
    assert activity["dimensions"]


@pytest.mark.parametrize("activity", ACTIVITIES, ids=by_key)
def test_each_language_has_title_summary_and_two_to_four_paragraphs(activity: dict[str, Any]) -> None:
    assert set(activity["title"]) == set(activity["summary"]) == set(activity["body"]) <= LANGUAGES
    for language, summary in activity["summary"].items():
        assert 0 < len(summary) <= 140, (language, len(summary))
        assert 2 <= len(activity["body"][language].strip().split("\n\n")) <= 4
    assert set(activity.get("price_note", {})) <= LANGUAGES
    assert set(activity.get("accessibility", {})) <= LANGUAGES


@pytest.mark.parametrize("activity", ACTIVITIES, ids=by_key)
def test_no_text_shouts(activity: dict[str, Any]) -> None:
    parts = [text for key in ("title", "summary", "body", "price_note") for text in activity.get(key, {}).values()]
    assert not [part for part in parts if "!" in part]


def test_danish_is_nearly_everywhere_english_often_german_in_half() -> None:
    share = {language: len(texts(language, COMING)) / len(COMING) for language in LANGUAGES}
    only_other = [activity["key"] for activity in COMING if "da" not in activity["title"]]
    assert 3 <= len(only_other) <= 4
    assert 0.65 <= share["en"] <= 0.80
    assert 0.40 <= share["de"] <= 0.60


def test_danish_reads_easily() -> None:
    scores = [lix(text) for text in texts("da")]
    assert max(scores) < 35
    assert median(scores) < 28


def test_coming_activities_cover_every_goal_twice_and_every_dimension_well() -> None:
    goals = Counter(number for activity in COMING for number in activity["sdgs"])
    assert [number for number in range(1, 18) if goals[number] < 2] == []
    dimensions = Counter(dimension for activity in COMING for dimension in activity["dimensions"])
    assert min(dimensions[d] for d in ("environmental", "cultural", "economic", "social")) >= 12
    assert len({feature for activity in COMING for feature in activity["key_features"]}) >= 30


def test_everybody_finds_something() -> None:
    for field, values in (("audiences", AUDIENCES), ("arenas", ARENAS), ("languages", LANGUAGES)):
        counts = Counter(value for activity in COMING for value in activity[field])
        assert min(counts[value] for value in values) >= 10, field
    whom = Counter(value for activity in COMING for value in activity["for_whom"])
    assert min(whom[value] for value in ("citizen", "company", "institution")) >= 5


def test_every_state_a_date_can_be_in_is_there() -> None:
    entries = [entry for activity in COMING for entry in activity["occurrence"]]
    sized = [entry for entry in entries if "capacity" in entry]
    free = [entry["capacity"] - entry.get("prefilled", 0) for entry in sized]
    assert min(free) >= 0
    assert sum(left == 0 for left in free) >= 5
    assert sum(0 < left <= 3 for left in free) >= 5
    assert len([entry for entry in entries if entry.get("waiting")]) >= 5
    assert all(entry["prefilled"] == entry["capacity"] for entry in entries if entry.get("waiting"))
    assert len([entry for entry in entries if entry.get("cancelled")]) >= 4
    assert len([entry for entry in entries if entry.get("online")]) >= 4
    assert [entry for entry in entries if entry.get("ends_next_day")]
    assert {min(entry["capacity"] for entry in sized), max(entry["capacity"] for entry in sized)} == {5, 200}
    assert [activity for activity in COMING if activity["price"]]


@pytest.mark.parametrize("today", TODAYS, ids=lambda day: WEEKDAYS[day.weekday()])
def test_whatever_day_it_is_the_list_is_lively_and_no_date_stands_twice(today: date) -> None:
    coming = [(day, activity["key"]) for activity in COMING for day, _, _ in dates(activity, today)]
    # Whether a date of today itself stays or moves on is the loader's choice: neither may make two dates one.
    for start in (today, today + timedelta(days=1)):
        assert all(len(set(dates(a, start))) == len(dates(a, start)) for a in COMING)
    assert min(day for day, _ in coming) >= today
    assert len({key for day, key in coming if day < today + timedelta(weeks=3)}) >= 40
    saturday = today + timedelta(days=(5 - today.weekday()) % 7) if today.weekday() < 6 else today - timedelta(days=1)
    for weekend in (saturday, saturday + timedelta(weeks=1)):
        on = {key for day, key in coming if day in (weekend, weekend + timedelta(days=1))}
        assert len(on) >= 5, weekend
    assert max(day for day, _ in coming) > today + timedelta(weeks=14)
    assert {day.weekday() for day, _ in coming} == set(range(7))


@pytest.mark.parametrize("activity", ACTIVITIES, ids=by_key)
def test_times_are_written_with_a_point_and_end_after_they_begin(activity: dict[str, Any]) -> None:
    for entry in activity["occurrence"]:
        match = re.fullmatch(r"(\d{1,2})\.(\d{2})-(\d{1,2})\.(\d{2})", entry["time"])
        assert match, entry["time"]
        begin_hour, begin_minute, end_hour, end_minute = map(int, match.groups())
        assert max(begin_hour, end_hour) < 24
        assert entry.get("ends_next_day") or (begin_hour, begin_minute) < (end_hour, end_minute)


def test_every_organisation_and_every_place_is_used() -> None:
    assert {a["organisation"] for a in ACTIVITIES} == {o["key"] for o in DEMO["organisation"]}
    assert {o.get("place") for a in ACTIVITIES for o in a["occurrence"]} >= {p["key"] for p in DEMO["place"]}


def test_the_past_is_the_leaflets_programme_of_2017() -> None:
    held = [day for activity in PAST for entry in activity["occurrence"] for day in days(entry, TODAYS[0])]
    assert {day.year for day in held} == {2017}
    assert {day.month for day in held} >= {1, 2, 3, 4, 5, 6, 7, 9}


def test_addresses_are_reserved_and_telephone_numbers_made_up() -> None:
    whole = repr(DEMO) + repr(CITY)
    emails = re.findall(r"[\w.-]+@([\w.-]+)", whole)
    assert emails
    assert set(emails) <= set(RESERVED)
    numbers = [o["phone"] for o in DEMO["organisation"]] + [a["contact_phone"] for a in ACTIVITIES]
    assert all(re.fullmatch(r"12 34 56 \d\d", number) for number in [*numbers, CITY["contact"]["phone"]])
    hosts = re.findall(r"https?://([\w.-]+)", repr(DEMO))
    assert set(hosts) <= set(RESERVED)


@pytest.mark.parametrize("place", DEMO["place"], ids=by_key)
def test_a_place_lies_in_the_citys_area_and_says_how_to_get_in(place: dict[str, Any]) -> None:
    assert place["town"] == TOWNS[place["postal_code"]]
    assert set(place["accessibility"]) == LANGUAGES
    assert 54.8 < place["latitude"] < 55.1
    assert 9.5 < place["longitude"] < 10.1


def test_the_default_citys_colours_can_be_read_on_card_and_ground() -> None:
    theme = CITY["theme"]
    for name in ("ink", "muted", "action", "urgent"):
        assert min(contrast(theme[name], theme["card"]), contrast(theme[name], theme["ground"])) >= LEAST_CONTRAST
    for colours in theme["dimensions"].values():
        assert contrast(colours["text"], colours["ground"]) >= LEAST_CONTRAST


def test_the_default_citys_texts_stand_in_every_language_it_offers() -> None:
    for text in (CITY["city"]["tagline"], CITY["contact"]["opening_hours"]):
        assert set(text) == set(CITY["city"]["languages"])
    assert CITY["city"]["default_language"] in CITY["city"]["languages"]
