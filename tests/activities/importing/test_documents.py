"""Feeds in JSON: the list is found, the paths are guessed, and HTML becomes text."""

import json

import pytest

from engage.activities.importing.events import CannotRead
from tests.activities.importing.files import at, only, read, reasons

LIBRARY = [
    {
        "nid": "901",
        "url": "https://bibliotek.example.org/laesehest",
        "title": "Læsehest for en dag",
        "language": "und",
        "lead": "Læs højt for en hest.",
        "body": "<p><strong>Læs højt for en hest.</strong></p>\n<p>Kom kl. 15.<br />\nTag en &quot;ven&quot; med.</p><ul><li>Bog</li><li>Gulerod</li></ul>",
        "date": {"start": "2026-03-10T14:30:00+00:00", "stop": "2026-03-10T15:00:00+00:00"},
        "location": {
            "name": "Biblioteket", "thoroughfare": "Storegade 3", "postal_code": "6400", "locality": "Byen",
            "coordinates": {"lat": "54.91", "lon": "9.79"},
        },
        "price": "0",
        "targets": {"name": "For børn"},
        "tags": ["heste", "bøger"],
    }
]  # fmt: skip


def document(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def test_a_library_feed_is_read_without_anybody_mapping_it() -> None:
    event = only(read(document(LIBRARY)))
    assert (event.external_id, event.url) == ("901", "https://bibliotek.example.org/laesehest")
    assert (event.starts_at, event.ends_at) == (at("2026-03-10 14:30"), at("2026-03-10 15:00"))
    assert event.place is not None
    place = event.place
    assert (place.name, place.street, place.postal_code, place.town, place.longitude) == ("Biblioteket", "Storegade 3", "6400", "Byen", 9.79)  # fmt: skip
    assert event.price == 0
    words = event.words[""]
    assert (words.title, words.summary) == ("Læsehest for en dag", "Læs højt for en hest.")
    assert words.body == 'Kom kl. 15.\nTag en "ven" med.\n\n- Bog\n- Gulerod'


@pytest.mark.parametrize("path", [("events",), ("data", "items"), ("result", "page", "nodes")])
def test_the_list_is_found_wherever_it_stands(path: tuple[str, ...]) -> None:
    value: object = LIBRARY
    for name in reversed(path):
        value = {name: value, "meta": {"count": 1, "links": [{"rel": "self"}]}}
    reading = read(document(value))
    assert reading.mapping["list"] == ".".join(path)
    assert only(reading).external_id == "901"


def test_a_person_may_say_where_everything_stands() -> None:
    feed = {"a": {"b": [{"x": {"hvad": "Kor"}, "tider": [{"fra": "2026-03-10 19:00", "til": "2026-03-10 21:00"}]}]}}
    chosen = {"list": "a.b", "title": "x.hvad", "start": "tider.0.fra", "end": "tider.0.til"}
    event = only(read(document(feed), chosen))
    assert (event.title, event.starts_at, event.ends_at) == ("Kor", at("2026-03-10 18:00"), at("2026-03-10 20:00"))


def test_texts_by_language_are_mapped_by_path() -> None:
    feed = [{"id": 7, "t": {"da": "Kor", "de": "Chor"}, "start": 1773165600}]
    event = only(
        read(document(feed), {"id": "id", "title.da": "t.da", "title.de": "t.de", "title": "t.da", "start": "start"})
    )
    assert {language: words.title for language, words in event.words.items()} == {"da": "Kor", "de": "Chor"}
    assert event.starts_at == at("2026-03-10 18:00")


def test_an_entry_that_lacks_something_is_told_with_its_number() -> None:
    reading = read(
        document([*LIBRARY, {"title": "Uden dato"}, "ikke et arrangement", {"date": {"start": "2026-03-11T10:00"}}])
    )
    assert reasons(reading) == {2: "date_missing", 3: "title_missing", 4: "title_missing"}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"[" * 100_000, "too_deep"), (b'{"a":' * 60 + b"1" + b"}" * 60, "too_deep"), (b'{"a": 1', "json_unreadable"),
        (b'{"a": 1}', "list_missing"), (b"[1, 2]", "list_missing"), (b'[{"title":' + b"9" * 5000 + b"}]", "json_unreadable"),
    ],
)  # fmt: skip
def test_a_document_without_a_list_or_without_an_end_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(CannotRead) as refused:
        read(content)
    assert refused.value.note.code == reason


def test_a_path_that_leads_nowhere_is_no_error() -> None:
    reading = read(document(LIBRARY), {"list": "", "title": "title.x.9", "start": "date.start"})
    assert reasons(reading) == {1: "title_missing"}


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<script>alert(1)</script>Hej", "Hej"), ("Hej <b>du</b> &amp; jeg", "Hej du & jeg"), ("1 < 2 og 3 > 2", "1 < 2 og 3 > 2"),
        ('<a href="javascript:alert(1)">klik</a>', "klik"), ("<p>A</p><p>B</p>", "A\n\nB"), ("a<br>b", "a\nb"), ("<style>p{}</style><p>A", "A"),
        ('<a href="https://example.org">https://example.org</a>', "https://example.org"), ("Hej<img src=x onerror=alert(1)>", "Hej"),
    ],
)  # fmt: skip
def test_html_becomes_text_and_text_stays_text(html: str, text: str) -> None:
    from engage.activities.importing.reading import texts

    assert texts.plain(html) == text


def test_letters_no_database_keeps_are_dropped_wherever_they_stand() -> None:
    content = (
        b'{"events": [{"id": "1\\u0000", "title": "Kor\\u0000 \\ud83c\\udfb5 \\ud800", "start": "2026-03-10T19:00", '
        b'"place": "Hu\\udc00set\\u0000", "phone": "12\\u000034", "x\\u0000y\\ud800": "\\u0001\\udfff"}]}'
    )
    found = read(content, {"title": "title", "start": "start", "id": "id", "place": "place", "contact_phone": "phone"})
    event = only(found)
    assert (event.title, event.external_id, event.contact_phone) == ("Kor 🎵", "1", "1234")
    assert event.place and event.place.name == "Huset"
    for text in (*found.columns, *found.examples, *found.examples.values()):
        assert text.isprintable(), text.encode()


def lists(value: object) -> list[tuple[str, int, tuple[str, ...]]]:
    return [(each.path, each.number, each.examples) for each in read(document(value)).lists]


def test_the_lists_of_a_document_are_proposed_the_likeliest_first() -> None:
    value = {
        "links": [{"rel": "self"}, {"rel": "next"}, {"rel": "last"}],
        "venues": [{"title": "Salen"}, {"title": "Haven"}],
        "programme": [{"title": "Kor", "start": "2026-03-10 19:00"}],
    }
    assert lists(value) == [
        ("programme", 1, ("Kor",)),
        ("links", 3, ("self", "next")),
        ("venues", 2, ("Salen", "Haven")),
    ]


def test_entries_that_stand_by_day_are_one_list() -> None:
    days = [
        {"day": str(number), "events": [{"title": f"Kor {number}", "start": f"2026-03-1{number} 19:00"}]}
        for number in (0, 1)
    ]
    reading = read(document({"days": days}))
    assert reading.mapping["list"] == "days.*.events" and len(reading.events) == 2
    assert read(document(days)).lists[0].path == "*.events"
    assert [event.position for event in reading.events] == [1, 2]


def test_an_event_is_not_taken_apart_into_what_it_consists_of() -> None:
    value = [{"title": "Kor", "start": "2026-03-10 19:00", "items": [{"title": "Noder", "date": "2026-03-10"}] * 5}]
    assert read(document(value)).mapping["list"] == ""


def test_a_list_that_is_not_there_is_told_with_those_that_are() -> None:
    reading = read(document({"events": LIBRARY}), {"list": "data.events", "title": "title"})
    assert [(note.code, note.facts["path"]) for note in reading.notes] == [("list_not_there", "data.events")]
    assert not reading.events and [each.path for each in reading.lists] == ["events"]
    assert reading.mapping == {"list": "data.events", "title": "title"}


def test_a_chosen_list_that_is_empty_out_of_season_is_no_mistake() -> None:
    reading = read(document({"events": []}), {"list": "events", "title": "title", "start": "date.start"})
    assert (reading.events, reading.notes, reading.mapping["list"]) == ((), (), "events")


def test_the_first_sentences_of_a_long_text_are_its_summary() -> None:
    first = "Er din mobil gået i stykker? Så kom til reparationscafé hver 1. lørdag kl. 14, også når det regner."
    text = f"{first} {'Vi hjælper dig med alt fra lamper til bukser ' * 6}og har altid kaffe på kanden. Vel mødt!"
    words = only(read(document([{"title": "Reparation", "start": "2026-03-10 14:00", "body": text}]))).words[""]
    assert (words.summary, words.body) == (first, text)
    endless = only(read(document([{"title": "Ord", "start": "2026-03-10 14:00", "body": "ord " * 200}]))).words[""]
    assert len(endless.summary) <= 300 and endless.summary.endswith("…")
