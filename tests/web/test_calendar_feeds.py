"""Calendars anybody may follow: each list is one, it costs little, and what was in it never just vanishes."""

import gzip
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from icalendar import Calendar, Component
from sqlalchemy import event

from engage.activities import series
from engage.activities.models import ActivityState, Kind, Occurrence, OccurrenceState
from engage.activities.removed import RemovedDate
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import db
from engage.registrations import changes
from engage.web import feeds
from tests.town import Town
from tests.web.conftest import Visitor, address, browser, letters, path_of
from tests.web.page import parse

FEED = "/aktiviteter/kalender.ics"


def events(client: FlaskClient, path: str = FEED) -> dict[str, Component]:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text[-500:]
    found = list(Calendar.from_ical(answer.get_data()).walk("VEVENT"))
    return {str(each["uid"]).split("@")[0].removeprefix("occ-"): each for each in found}


def test_every_filter_of_the_list_filters_the_calendar(client: FlaskClient, town: Town) -> None:
    help_, learn = town.activity("Hjælp", kind=Kind.VOLUNTEER, sdgs=[15]), town.activity("Lær", price=5000)
    helping = [town.occurrence(help_, starts_in=timedelta(days=days)) for days in (3, 40)]
    learning = town.occurrence(learn, place=town.place("Slottet", town="Gråsten"))
    draft = town.occurrence(town.activity("Kladde", state=ActivityState.DRAFT))
    assert set(events(client)) == {*(each.public_id for each in helping), learning.public_id}
    assert draft.public_id not in events(client)
    last = (utc_now() + timedelta(days=10)).date().isoformat()
    for query, wanted in (
        ("kind=volunteer", helping),
        ("goal=15", helping),
        ("town=Gr%C3%A5sten", [learning]),
        ("free=1", helping),
        ("q=hj%C3%A6lp", helping),
        (f"kind=volunteer&til={last}", helping[:1]),
        ("kind=volunteer&town=Gr%C3%A5sten", []),
    ):
        assert set(events(client, f"{FEED}?{query}")) == {each.public_id for each in wanted}, query


def test_the_list_leads_to_its_own_calendar(visitor: Visitor, town: Town) -> None:
    town.occurrence(town.activity("Hjælp", kind=Kind.VOLUNTEER))
    page = visitor.get("/aktiviteter?kind=volunteer&lang=da")
    (way,) = [link for link in page.all("a") if "/abonner" in link.get("href")]
    how = visitor.get(way.get("href"))
    shown = how.one("input", id="calendar-address").get("value")
    assert shown == f"{current_settings().base_url}{FEED}?kind=volunteer&lang=da"
    assert len(events(visitor.client, path_of(shown))) == 1
    webcal = how.one("a", href=shown.replace("http:", "webcal:").replace("https:", "webcal:"))
    assert webcal.text
    assert len([link for link in how.all("a") if "google" in link.get("href") or "outlook" in link.get("href")]) == 2
    code = visitor.client.get(how.one("img", alt="En kode, der åbner denne kalender på en telefon").get("src"))
    assert code.status_code == 200 and code.mimetype == "image/svg+xml"
    assert "Du følger: " in how.text and how.one("a", href="/aktiviteter?kind=volunteer").text


def test_nobody_in_it_is_named_and_it_reminds_of_nothing(client: FlaskClient, town: Town) -> None:
    town.signed_up(town.occurrence(), name="Anna Holm", email="anna@example.org")
    text = client.get(FEED).text
    for word in ("Anna", "anna@", "ATTENDEE", "ORGANIZER", "VALARM", "/tilmelding/"):
        assert word not in text, word
    assert "TRANSP:TRANSPARENT" in text, "who follows the city is not busy for all it holds"
    assert {"REFRESH-INTERVAL;VALUE=DURATION:PT4H", "X-PUBLISHED-TTL:PT4H", "METHOD:PUBLISH"} <= set(text.splitlines())


def test_asked_again_it_is_not_written_again_and_not_sent_again(
    app: Flask, client: FlaskClient, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    date_ = town.occurrence()
    first = client.get(FEED, headers={"Accept-Encoding": "gzip"})
    assert first.headers["Content-Encoding"] == "gzip" and date_.public_id in gzip.decompress(first.data).decode()
    plain = client.get(FEED, headers={"Accept-Encoding": "identity"})
    assert plain.data == gzip.decompress(first.data) and plain.headers["ETag"] == first.headers["ETag"]
    assert {"Accept-Encoding"} <= set(first.headers["Vary"].split(", "))
    asked: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *facts: asked.append(facts[2]))
    again = browser(app).get(FEED, headers={"If-None-Match": first.headers["ETag"], "Accept-Encoding": "gzip"})
    assert (again.status_code, again.data) == (304, b"")
    assert len(asked) <= 1 and not any("occurrence" in each for each in asked), asked
    head = client.head(FEED)
    assert (head.status_code, head.data, head.headers["ETag"]) == (200, b"", first.headers["ETag"])
    assert int(head.headers["Content-Length"]) > 300
    # A change is in it at once.
    date_.activity.texts[0].title = "Et nyt navn"
    db.session.commit()
    changed = client.get(FEED, headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200 and "Et nyt navn" in changed.text
    # So is what the clock alone changes.
    over = utc_now() + timedelta(days=8)
    monkeypatch.setattr(feeds, "utc_now", lambda: over)
    monkeypatch.setattr("engage.web.public.calendars.utc_now", lambda: over)
    assert events(client) == {}


def test_two_languages_are_two_calendars_with_the_same_entries(app: Flask, town: Town) -> None:
    date_ = town.occurrence(town.activity(texts={"da": "Klimacafé", "de": "Klimakaffee"}))
    found = {code: events(browser(app), f"{FEED}?lang={code}")[date_.public_id] for code in ("da", "de")}
    assert [str(each["summary"]) for each in found.values()] == ["Klimacafé", "Klimakaffee"]
    assert found["da"]["uid"] == found["de"]["uid"]


def test_called_off_it_stays_thirty_days_and_says_so_in_its_title(client: FlaskClient, town: Town) -> None:
    off = {"state": OccurrenceState.CANCELLED}
    lately = town.occurrence(updated_at=town.now - timedelta(days=29), **off)
    town.occurrence(updated_at=town.now - timedelta(days=31), **off)
    found = events(client, f"{FEED}?goal=13")
    assert set(found) == {lately.public_id}
    assert (found[lately.public_id]["status"], found[lately.public_id]["summary"]) == ("CANCELLED", "Aflyst: Klimacafé")


def test_a_date_that_is_taken_away_is_told_too_if_it_was_public(app: Flask, client: FlaskClient, town: Town) -> None:
    course = town.activity()
    gone, stays = town.occurrence(course, sequence=3), town.occurrence(course, starts_in=timedelta(days=9))
    never = town.occurrence(town.activity("Kladde", state=ActivityState.DRAFT))
    uid = gone.public_id
    before = int(events(client)[uid]["sequence"])
    removed = changes.remove(gone.id, now=utc_now())
    series.delete([db.session.get_one(Occurrence, never.id)], now=utc_now())
    db.session.commit()
    assert removed.deleted == 1
    organiser = f"/arrangoerer/{course.organisation.public_id}/biblioteket/kalender.ics"
    for path in (FEED, f"{FEED}?goal=13", organiser):
        found = events(client, path)
        assert set(found) == {uid, stays.public_id}, path
        assert (found[uid]["status"], found[uid]["summary"]) == ("CANCELLED", "Aflyst: Klimacafé")
        assert int(found[uid]["sequence"]) > before
    assert set(events(client, f"{FEED}?goal=1")) == set(), "not in a calendar it never was in"
    db.session.query(RemovedDate).update({"removed_at": utc_now() - timedelta(days=31)})
    db.session.commit()
    app.extensions.pop("engage.feeds")
    assert set(events(client)) == {stays.public_id}
    # The next one that goes takes along what has been told for long enough.
    changes.remove(stays.id, now=utc_now())
    db.session.commit()
    assert [each.public_id for each in db.session.query(RemovedDate)] == [stays.public_id]


def test_memory_is_bounded_and_who_asks_for_ever_new_ones_is_slowed(
    client: FlaskClient, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.occurrence()
    monkeypatch.setattr(feeds, "_MOST_BYTES", 2000)
    answers = [client.get(f"{FEED}?q=ord{number}").status_code for number in range(42)]
    assert answers[0] == 200 and answers[-1] == 429
    memory = client.application.extensions["engage.feeds"]
    assert 0 < sum(len(each.body) for each in memory._feeds.values()) == memory._bytes <= 2000


def last_sunday(year: int, month: int) -> date:
    last = date(year, month, 31)
    return last - timedelta(days=(last.weekday() + 1) % 7)


@pytest.mark.parametrize("month", [3, 10])
def test_a_night_on_which_clocks_change_has_the_same_hours_on_pages_in_mails_and_calendars(
    visitor: Visitor, town: Town, month: int
) -> None:
    zone, today = ZoneInfo("Europe/Copenhagen"), utc_now().date()
    sunday = next(day for day in (last_sunday(today.year + more, month) for more in (0, 1)) if day > today)
    evening = datetime.combine(sunday - timedelta(days=1), datetime.min.time(), zone).replace(hour=22)
    morning = datetime.combine(sunday, datetime.min.time(), zone).replace(hour=17)
    begins, ends = evening.astimezone(UTC), morning.astimezone(UTC)
    assert ends - begins == timedelta(hours=18 if month == 3 else 20)
    date_ = town.occurrence(starts_at=begins, ends_at=ends)
    town.signed_up(date_, email="anna@example.org")
    page = visitor.get(address(date_)).text
    listed = visitor.get("/aktiviteter").text
    mail = parse(" ".join(str(each.message["cards"]) for each in letters())).text
    for where, text in {"page": page, "list": listed, "mail": mail}.items():
        assert "22.00" in text and "17.00" in text, where
        assert not any(wrong in text for wrong in ("21.00", "23.00", "16.00", "18.00")), where
    for text in (
        visitor.client.get(address(date_) + "/kalender.ics").text,
        visitor.client.get(FEED).text,
        letters()[-1].message["attachments"][0]["text"],
    ):
        assert f"DTSTART;TZID=Europe/Copenhagen:{evening:%Y%m%dT%H%M%S}" in text.splitlines()
        assert f"DTEND;TZID=Europe/Copenhagen:{morning:%Y%m%dT%H%M%S}" in text.splitlines()
