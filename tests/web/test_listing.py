"""The list: the address tells the filters, every choice tells what it would show, and nothing ever breaks it."""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from urllib.parse import parse_qs, quote, urlsplit
from zoneinfo import ZoneInfo

import hypothesis
import pytest

from engage.activities.catalogue import FACETS
from engage.activities.models import Kind, SignUpMode
from engage.base.clock import utc_now
from tests.town import Town
from tests.web.conftest import Visitor
from tests.web.page import Element

ZONE = ZoneInfo("Europe/Copenhagen")


@pytest.fixture
def season(town: Town) -> Town:
    """Three activities that differ in everything one can filter by."""
    with town.together():
        climate = town.activity(
            "Klimacafé", dimensions=["environmental"], sdgs=[13], key_features=["kf-esd"], audiences=["adults"]
        )
        town.occurrence(climate, place=town.place("Multikulturhuset", "Sønderborg"))
        beach = town.activity(
            "Ryd op på stranden",
            kind=Kind.VOLUNTEER,
            dimensions=["environmental", "social"],
            sdgs=[14],
            key_features=[],
            audiences=["children", "families"],
            spoken_languages=["da", "de"],
            summary="Vi samler skrald.",
        )
        # At noon, so that it ends on the day it begins on, whenever this is run.
        noon = (town.now + timedelta(days=20)).astimezone(ZONE).replace(hour=12)
        town.occurrence(beach, place=town.place("Stranden", "Broager"), starts_at=noon)
        course = town.activity(
            "Regnskab for foreninger",
            dimensions=["economic"],
            sdgs=[8],
            key_features=[],
            audiences=["seniors"],
            spoken_languages=["en"],
            price=4000,
            sign_up=SignUpMode.DROP_IN,
            summary="Bilag og budget.",
        )
        town.occurrence(course, online_url="https://example.org/rum", starts_in=timedelta(days=40))
    return town


def titles(page: Element) -> list[str]:
    return [each.text for each in page.all("h3", class_="activity-title")]


def choice(page: Element, facet: str, value: str) -> Element:
    return page.one("input", name=facet, value=value)


def count(page: Element, facet: str, value: str) -> int:
    box = choice(page, facet, value)
    label = page.one("label", **{"for": box.get("id")})
    return int(label.one("span", class_="choice-count").text)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("dimension=economic", ["Regnskab for foreninger"]),
        ("dimension=social&dimension=economic", ["Ryd op på stranden", "Regnskab for foreninger"]),
        ("goal=13", ["Klimacafé"]),
        ("feature=kf-esd", ["Klimacafé"]),
        ("kind=volunteer", ["Ryd op på stranden"]),
        ("kind=learning", ["Klimacafé", "Regnskab for foreninger"]),
        ("audience=families", ["Ryd op på stranden"]),
        ("town=Broager", ["Ryd op på stranden"]),
        ("town=online", ["Regnskab for foreninger"]),
        ("free=1", ["Klimacafé", "Ryd op på stranden"]),
        ("spoken=de", ["Ryd op på stranden"]),
        ("q=skrald", ["Ryd op på stranden"]),
        ("q=budgetter", ["Regnskab for foreninger"]),
        ("dimension=environmental&kind=learning", ["Klimacafé"]),
        ("kind=volunteer&q=klimacaf%C3%A9", []),
    ],
)
def test_each_filter_in_the_address_shows_what_fits_and_nothing_else(
    season: Town, visitor: Visitor, query: str, expected: list[str]
) -> None:
    assert titles(visitor.get(f"/aktiviteter?{query}")) == expected


def test_dates_in_the_address_are_local_days_with_both_ends_included(season: Town, visitor: Visitor) -> None:
    day = (utc_now() + timedelta(days=20)).astimezone(ZONE).date()
    assert titles(visitor.get(f"/aktiviteter?fra={day}&til={day}")) == ["Ryd op på stranden"]
    assert titles(visitor.get(f"/aktiviteter?fra={day + timedelta(days=1)}")) == ["Regnskab for foreninger"]
    assert titles(visitor.get(f"/aktiviteter?til={day - timedelta(days=1)}")) == ["Klimacafé"]
    page = visitor.get(f"/aktiviteter?fra={day}")
    assert page.one("input", id="fra").get("value") == day.isoformat()


def test_the_count_beside_a_choice_is_what_choosing_it_shows(season: Town, visitor: Visitor) -> None:
    page = visitor.get("/aktiviteter?dimension=environmental")
    boxes = [box for box in page.all("input", type="checkbox") if box.get("name") != "dimension"]
    assert len(boxes) > 30
    for box in boxes:
        shown = count(page, box.get("name"), box.get("value"))
        if shown:
            narrowed = f"/aktiviteter?dimension=environmental&{box.get('name')}={quote(box.get('value'))}"
            assert len(titles(visitor.get(narrowed))) == shown
    assert count(page, "kind", "volunteer") == 1
    assert count(page, "goal", "8") == 0, "a choice with nothing stays visible and says 0"


def test_choices_of_the_same_facet_are_counted_as_alternatives(season: Town, visitor: Visitor) -> None:
    page = visitor.get("/aktiviteter?dimension=economic")
    assert choice(page, "dimension", "economic").has("checked")
    assert count(page, "dimension", "environmental") == 2


def test_a_chosen_filter_stands_as_a_tag_that_removes_itself(season: Town, visitor: Visitor) -> None:
    query = "q=skrald&fra=2026-01-01&dimension=environmental&kind=volunteer&town=Broager"
    page = visitor.get(f"/aktiviteter?{query}")
    tags = page.all("a", class_="tag-chosen")
    assert len(tags) == 5
    for tag in tags:
        without = visitor.get(tag.get("href"))
        left = without.all("a", class_="tag-chosen")
        assert len(left) == 4
        assert tag.text not in {each.text for each in left}


def test_the_address_of_a_tag_goes_back_to_the_first_page(season: Town, visitor: Visitor) -> None:
    page = visitor.get("/aktiviteter?dimension=environmental&page=1")
    assert page.one("a", class_="tag-chosen").get("href") == "/aktiviteter"


def test_the_list_comes_in_pages_that_keep_the_filters(town: Town, visitor: Visitor) -> None:
    for number in range(45):
        town.occurrence(town.activity(f"Nummer {number:02d}"), starts_in=timedelta(days=number + 1))
    first = visitor.get("/aktiviteter?kind=learning")
    assert len(titles(first)) == 20
    seen = titles(first)
    following = first.one("a", rel="next").get("href")
    assert parse_qs(urlsplit(following).query) == {"kind": ["learning"], "page": ["2"]}
    second = visitor.get(following)
    third = visitor.get(second.one("a", rel="next").get("href"))
    seen += titles(second) + titles(third)
    assert seen == [f"Nummer {number:02d}" for number in range(45)]
    assert not third.all("a", rel="next")
    assert third.one("a", aria_current="page", class_="current-page").text == "3"
    assert visitor.get(third.one("a", rel="prev").get("href")).text == second.text


def test_an_empty_result_tells_what_to_loosen_and_how_much_that_finds(season: Town, visitor: Visitor) -> None:
    page = visitor.get("/aktiviteter?kind=volunteer&dimension=economic")
    assert titles(page) == []
    suggestions = page.one("section", aria_labelledby="nothing").all("a", class_="tag")
    assert len(suggestions) == 2
    for suggestion in suggestions:
        promised = int(suggestion.text.rpartition("(")[2].rstrip(")"))
        assert len(titles(visitor.get(suggestion.get("href")))) == promised == 1


def test_an_empty_town_has_a_page_all_the_same(town: Town, visitor: Visitor) -> None:
    assert titles(visitor.get("/aktiviteter")) == []
    assert visitor.get("/").one("h1").text


def test_a_misspelled_search_finds_and_says_what_was_searched_for(season: Town, visitor: Visitor) -> None:
    page = visitor.get("/aktiviteter?q=regnskb")
    assert titles(page) == ["Regnskab for foreninger"]
    assert "regnskab" in page.one("div", id="activities").text.replace("Regnskab for foreninger", "")
    assert page.one("input", id="q").get("value") == "regnskb"


def test_words_that_nothing_has_together_find_what_has_some(season: Town, visitor: Visitor) -> None:
    page = visitor.get("/aktiviteter?q=skrald+budget")
    assert len(titles(page)) == 2


def test_what_was_searched_for_is_shown_escaped(season: Town, visitor: Visitor) -> None:
    words = '"><script>alert(1)</script>'
    page = visitor.get(f"/aktiviteter?q={quote(words)}")
    assert page.one("input", id="q").get("value") == words
    assert [script for script in page.all("script") if not script.get("src")] == []


def _hostile(number: int) -> Iterator[str]:
    """Query strings nobody means well with, the same ones in every run."""
    chance = random.Random(number)
    names = (*FACETS, "q", "fra", "til", "page", "lang", "drawer", "after", "x")
    values = (
        "", "0", "-1", "1e9", "999999999999999999999", "²", "١٢", "%00", "a%00b", "'; DROP TABLE person; --", "%", "%zz",
        "..", "\\", "'", '"', "''\\'", "<b>", "{{7*7}}", "%ff%fe", "%ed%a0%80", "%F0%9F%98%80", "a" * 900, "& | ! ( )",
        "0001-01-01", "9999-12-31", "2026-02-30", "2026-W10-1", "20260304", "1901-01-01", "2199-12-31", "og", "%0d%0aX: y",
        "environmental", "13", "kf-esd", "online", "da", "xx", "1", "klima OR", "*:*", ":*", "%E2%80%AE", "-" * 50,
    )  # fmt: skip
    for _each in range(number):
        pairs = [
            f"{chance.choice(names)}{chance.choice(('=', '', '[]=', '=='))}{chance.choice(values)}"
            for _pair in range(chance.randint(1, 6))
        ]
        yield "&".join(pairs)


def test_no_query_string_breaks_a_page(season: Town, visitor: Visitor) -> None:
    for query in _hostile(hypothesis.settings().max_examples):
        answer = visitor.client.get("/aktiviteter", query_string=query)
        assert answer.status_code == 200, query
    for query in _hostile(30):
        for path in ("/", "/chat", "/chat/lines", "/privatliv", "/tilmelding/modtaget"):
            assert visitor.client.get(path, query_string=query).status_code < 500, (path, query)


@pytest.mark.parametrize("query", ["fra=0001-01-01", "til=9999-12-31", "fra=2026-13-01", "page=0", "page=x", "goal=99"])
def test_what_makes_no_sense_is_passed_over(season: Town, visitor: Visitor, query: str) -> None:
    page = visitor.get(f"/aktiviteter?{query}")
    assert page.one("h1").text
    assert (titles(page) == []) == (query == "goal=99")


def test_a_page_beyond_the_last_shows_the_last(season: Town, visitor: Visitor) -> None:
    assert len(titles(visitor.get("/aktiviteter?page=400"))) == 3


def test_the_start_page_leads_into_the_list(season: Town, visitor: Visitor) -> None:
    page = visitor.get("/")
    for tile in page.all("a", class_="tile"):
        assert len(titles(visitor.get(tile.get("href")))) == int("".join(filter(str.isdigit, tile.text)))
    goals = [link for link in page.all("a") if "goal=" in link.get("href")]
    assert {parse_qs(urlsplit(link.get("href")).query)["goal"][0] for link in goals} == {str(n) for n in range(1, 18)}
    assert visitor.client.get("/frivillig").location == "/aktiviteter?kind=volunteer"


def test_this_weekend_is_a_saturday_and_a_sunday_or_what_is_left_of_them(season: Town, visitor: Visitor) -> None:
    quick = [link.get("href") for link in visitor.get("/").all("a", class_="tag")]
    (weekend,) = [parse_qs(urlsplit(url).query) for url in quick if "til=" in url][1:]
    first, last = (date.fromisoformat(weekend[name][0]) for name in ("fra", "til"))
    assert first.weekday() in {5, 6} and last.weekday() == 6 and last - first <= timedelta(days=1)
