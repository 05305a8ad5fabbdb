"""Feeds: read when they are due, the first time for a person to look at, and paused when they fail again and again."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from engage.activities.importing import feeds, runs
from engage.activities.importing.events import CannotRead
from engage.activities.importing.fetching import Asked, Fetched
from engage.activities.importing.models import FeedState, ImportRun, ImportSource, RunState, Then
from engage.base.db import db, transaction
from engage.registrations import importing
from engage.registrations.feeds import read_due
from tests.activities.importing.conftest import Importer, activities, dates
from tests.activities.importing.files import calendar, entry
from tests.conftest import NOW

pytestmark = pytest.mark.usefixtures("read_here")

URL = "https://kalender.example.org/a.ics"
BOTH = calendar(entry("a", "Kor"), entry("b", "Fest", "20260311T190000", "20260311T210000"))


@dataclass
class Net:
    """The wire: gives what stands at the address, and remembers how it was asked."""

    content: bytes | None = calendar(entry("a", "Kor"))
    problem: str = ""
    asked: list[Asked] = field(default_factory=list)

    def __call__(self, url: str, asked: Asked) -> Fetched:
        assert url == URL
        self.asked.append(asked)
        if self.problem:
            raise CannotRead(self.problem, host="kalender.example.org")
        return Fetched(self.content, '"1"', "")


@pytest.fixture
def feed(importer: Importer) -> Importer:
    with transaction():
        feeds.start(importer.source, URL, 24, now=NOW)
    return importer


def only_run() -> ImportRun:
    db.session.expire_all()
    (run,) = db.session.query(ImportRun).filter(ImportRun.state == RunState.PLANNED)
    return run


def carry_out(run: ImportRun) -> None:
    found = runs.read(runs.content(run), {}, run.first_at, NOW)
    with transaction():
        importing.apply(run.id, found, then=Then.REVIEW, by_id=None, now=NOW)


def test_the_first_reading_waits_for_a_person_and_the_next_ones_do_not(feed: Importer) -> None:
    net = Net()
    assert read_due(NOW, net) == 1
    assert activities() == []
    run = only_run()
    assert [row["verdict"] for row in run.rows] == ["new"]
    carry_out(run)
    assert len(activities()) == 1
    net.content = BOTH
    assert read_due(NOW + timedelta(days=1), net) == 1
    assert len(activities()) == 2


def test_until_somebody_looked_the_newest_reading_waits_alone(feed: Importer) -> None:
    read_due(NOW, Net())
    read_due(NOW + timedelta(days=1), Net(BOTH))
    assert [row["verdict"] for row in only_run().rows] == ["new", "new"]
    assert activities() == []


def test_it_is_read_only_when_it_is_due_and_asked_with_what_it_gave(feed: Importer) -> None:
    net = Net()
    assert [read_due(NOW, net), read_due(NOW + timedelta(hours=23), net), read_due(NOW + timedelta(hours=24), net)] == [
        1,
        0,
        1,
    ]
    assert net.asked == [Asked(), Asked('"1"', "")]


def test_a_reading_that_brings_nothing_new_leaves_no_trace(feed: Importer) -> None:
    read_due(NOW, Net())
    carry_out(only_run())
    read_due(NOW + timedelta(days=1), Net(None))
    read_due(NOW + timedelta(days=2), Net())
    db.session.expire_all()
    assert db.session.query(ImportRun).count() == 1
    assert feed.source.checked_at == NOW + timedelta(days=2)


def test_a_failure_is_told_and_after_five_it_is_paused(feed: Importer) -> None:
    net, now, gaps = Net(problem="not_reachable"), NOW, []
    for _ in range(5):
        assert read_due(now, net) == 1
        db.session.expire_all()
        gaps.append(feed.source.next_at - now if feed.source.next_at else None)
        now += timedelta(days=2)
    assert gaps == [timedelta(hours=2), timedelta(hours=4), timedelta(hours=8), timedelta(hours=16), None]
    assert (feed.source.feed, feed.source.problem["code"]) == (FeedState.PAUSED, "not_reachable")
    assert read_due(now, net) == 0
    with transaction():
        feeds.resume(feed.source, now=now)
    net.problem = ""
    assert read_due(now, net) == 1
    assert (feed.source.failures, feed.source.problem) == (0, {})


def test_an_answer_that_is_no_calendar_is_a_failure_in_words(feed: Importer) -> None:
    read_due(NOW, Net(b"<!doctype html>Velkommen"))
    db.session.expire_all()
    assert feed.source.problem["code"] == "web_page"
    # So that the same answer is asked for in full again, when it has been put right.
    assert feed.source.etag == ""


def test_one_feed_that_breaks_does_not_keep_the_others(feed: Importer) -> None:
    with transaction():
        other = runs.source_named(feed.organisation.id, "En anden", by_id=None, now=NOW)
        feeds.start(other, "https://kalender.example.org/b.ics", 24, now=NOW)

    def net(url: str, asked: Asked) -> Fetched:
        if url == URL:
            raise CannotRead("not_found", host="kalender.example.org", status=404)
        return Fetched(BOTH)

    assert read_due(NOW, net) == 2
    assert len(only_run().rows) == 2


def test_two_workers_do_not_read_one_feed_twice(feed: Importer) -> None:
    with transaction():
        assert feeds.claim(feed.source_id, NOW) is not None
    with transaction():
        assert feeds.claim(feed.source_id, NOW) is None
    # Unless the first one was stopped in the middle.
    with transaction():
        assert feeds.claim(feed.source_id, NOW + timedelta(minutes=11)) is not None


def test_what_a_feed_no_longer_has_is_listed_and_stays(feed: Importer) -> None:
    read_due(NOW, Net(BOTH))
    carry_out(only_run())
    read_due(
        NOW + timedelta(days=1),
        Net(calendar(entry("a", "Kor"), entry("c", "Nyt", "20260312T190000", "20260312T210000"))),
    )
    db.session.expire_all()
    latest = db.session.query(ImportRun).order_by(ImportRun.id.desc()).first()
    assert latest is not None
    assert [row["verdict"] for row in latest.rows] == ["unchanged", "new", "vanished"]
    assert len(dates()) == 3


def test_a_wrong_address_is_refused_and_there_are_not_too_many(importer: Importer) -> None:
    with pytest.raises(feeds.AddressRefused), transaction():
        feeds.start(importer.source, "ftp://example.org/", 24, now=NOW)
    with transaction():
        for number in range(feeds.MOST_FEEDS):
            source = runs.source_named(importer.organisation.id, f"Kalender {number}", by_id=None, now=NOW)
            feeds.start(source, URL, 24, now=NOW)
    with pytest.raises(feeds.TooManyFeeds), transaction():
        feeds.start(importer.source, URL, 24, now=NOW)
    assert db.session.query(ImportSource).filter(ImportSource.feed == FeedState.ACTIVE).count() == feeds.MOST_FEEDS


def test_a_defect_met_in_one_feed_is_told_there_and_does_not_keep_the_others(feed: Importer) -> None:
    with transaction():
        other = runs.source_named(feed.organisation.id, "En anden", by_id=None, now=NOW)
        feeds.start(other, "https://kalender.example.org/b.ics", 24, now=NOW)

    def net(url: str, asked: Asked) -> Fetched:
        if url == URL:
            raise RuntimeError("nobody thought of this")
        return Fetched(BOTH)

    assert read_due(NOW, net) == 2
    assert len(only_run().rows) == 2
    assert (feed.source.problem["code"], feed.source.failures) == ("unreadable", 1)


@pytest.mark.parametrize("meanwhile", [feeds.stop, feeds.pause])
def test_what_somebody_stopped_while_it_was_read_is_not_brought_in(feed: Importer, meanwhile: Any) -> None:
    read_due(NOW, Net())
    carry_out(only_run())

    def net(url: str, asked: Asked) -> Fetched:
        with transaction():
            meanwhile(feed.source)
        return Fetched(BOTH, '"2"', "")

    read_due(NOW + timedelta(days=1), net)
    assert len(activities()) == 1
    assert (feed.source.next_at, feed.source.feed == FeedState.ACTIVE) == (None, False)


def test_an_address_that_was_changed_while_it_was_read_is_read_from_the_start(feed: Importer) -> None:
    def net(url: str, asked: Asked) -> Fetched:
        with transaction():
            feeds.pause(feed.source)
            feeds.start(feed.source, "https://kalender.example.org/ny.ics", 24, now=NOW)
        return Fetched(BOTH, '"2"', "")

    read_due(NOW, net)
    db.session.expire_all()
    assert db.session.query(ImportRun).count() == 0
    assert (feed.source.etag, feed.source.next_at) == ("", NOW)


def test_a_reading_nobody_wanted_to_see_is_made_anew(feed: Importer) -> None:
    net = Net()
    read_due(NOW, net)
    with transaction():
        db.session.delete(only_run())
    read_due(NOW + timedelta(days=1), net)
    assert net.asked[-1] == Asked(), "or the server would say for ever that nothing is new"
    assert [row["verdict"] for row in only_run().rows] == ["new"]


def test_what_was_taken_back_does_not_come_back_by_itself(feed: Importer) -> None:
    read_due(NOW, Net())
    run = only_run()
    carry_out(run)
    feed.take_back(run)
    assert activities() == []
    net = Net(BOTH)
    read_due(NOW + timedelta(days=1), net)
    assert activities() == []
    assert [row["verdict"] for row in only_run().rows] == ["new", "new"], (
        "a person looks at it first, as in the beginning"
    )
    carry_out(only_run())
    assert len(activities()) == 2


def test_a_second_feed_of_the_same_name_does_not_take_the_first_ones_place(feed: Importer) -> None:
    with pytest.raises(feeds.FeedNameTaken), transaction():
        feeds.start(feed.source, "https://kalender.example.org/b.ics", 24, now=NOW)
    db.session.expire_all()
    assert feed.source.url == URL


def test_another_address_is_looked_at_by_a_person_first(feed: Importer) -> None:
    read_due(NOW, Net())
    carry_out(only_run())
    with transaction():
        feeds.pause(feed.source)
        feeds.start(feed.source, "https://kalender.example.org/b.ics", 24, now=NOW)
    read_due(NOW, lambda _url, _asked: Fetched(BOTH))
    assert len(activities()) == 1
    assert [row["verdict"] for row in only_run().rows] == ["unchanged", "new"]
