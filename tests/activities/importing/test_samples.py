"""Real calendars and feeds, read in place where they are at hand, and checked date by date against the library's own answer."""

from datetime import UTC, datetime
from pathlib import Path

import icalendar
import pytest
import recurring_ical_events

from engage.activities.importing import sandbox
from engage.activities.importing.events import Options

SAMPLES = Path(__file__).resolve().parents[4] / "shared" / "samples"
FIRST, UNTIL = datetime(2016, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
OPTIONS = Options("Europe/Copenhagen", FIRST, UNTIL)

pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample files are not at hand")


@pytest.mark.parametrize("name", [path.name for path in sorted(SAMPLES.glob("*.ics"))] if SAMPLES.is_dir() else [])
def test_every_date_of_a_sample_calendar_is_where_the_library_puts_it(name: str) -> None:
    content = (SAMPLES / name).read_bytes()
    expected = sorted(
        (_instant(found["DTSTART"].dt), _instant(found["DTEND"].dt), str(found["SUMMARY"]))
        for found in recurring_ical_events.of(icalendar.Calendar.from_ical(content)).between(FIRST, UNTIL)
    )
    reading = sandbox.read(content, OPTIONS)
    mine = sorted((event.starts_at, event.ends_at, event.title) for event in reading.events)
    assert [(start, end) for start, end, _ in mine] == [(start, end) for start, end, _ in expected]
    assert [title for *_, title in mine] == [" ".join(title.split()) for *_, title in expected]
    assert not reading.skipped


def test_every_event_of_a_sample_feed_is_read_without_a_mapping() -> None:
    for path in sorted(SAMPLES.glob("*.json")):
        reading = sandbox.read(path.read_bytes(), OPTIONS)
        assert reading.events
        assert not reading.skipped
        for event in reading.events:
            words = event.words[""]
            assert words.title
            assert words.summary or words.body
            assert "<" not in words.summary + words.body
            assert event.external_id
            assert event.url.startswith("https://")
            assert event.place is not None
            assert event.ends_at > event.starts_at
            assert event.price is not None


def _instant(value: object) -> datetime:
    from datetime import time
    from zoneinfo import ZoneInfo

    if not isinstance(value, datetime):
        value = datetime.combine(value, time(), ZoneInfo("Europe/Berlin"))  # type: ignore[arg-type]
    return value.astimezone(UTC)
