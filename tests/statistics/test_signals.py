"""The signals of the service: every sentence of UNESCO's list that proposes one is answered, or said not to be counted."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from importlib.resources import files

from flask import Flask

from engage.activities.models import Activity, ActivityState, Kind
from engage.base.clock import utc_now
from engage.base.db import db, transaction
from engage.registrations.certificates import CertificateKind, counting
from engage.statistics import Scope, signals
from engage.statistics.signals import OF, UNCOUNTED
from tests.town import Town

LATER = datetime(2027, 2, 1, tzinfo=UTC)


def test_every_proposed_signal_is_counted_or_said_not_to_be(app: Flask) -> None:
    listed = json.loads((files("engage.goals") / "data" / "key_features.json").read_text("utf-8"))["key_features"]
    proposed = {each["id"] for each in listed if each["app_signal"]}
    assert set(OF) | UNCOUNTED == proposed
    assert not set(OF) & UNCOUNTED


def test_an_empty_city_tells_zero_and_no_shares(app: Flask) -> None:
    now = utc_now()
    found = signals(OF, Scope(now.date().replace(month=1, day=1), now.date().replace(month=12, day=31)), now=now)
    assert set(found) == set(OF)
    for lines in found.values():
        assert [each.code for each in lines]
        assert all(each.value in ((None,) if each.unit == "share" else (0,)) for each in lines)
        assert all(each.before is None for each in lines)


def test_places_are_shared_by_what_was_public_and_held_there_in_the_scope(town: Town) -> None:
    year, place = Scope(date(2026, 1, 1), date(2026, 12, 31)), town.place("Fælleshuset")

    def held(organisation: str, starts_at: datetime) -> Activity:
        found = town.activity(organisation=town.organisation(organisation))
        town.occurrence(found, starts_at=starts_at, place=place)
        return found

    # In Denmark it is already New Year's Day; the other's is still in the year.
    held("Biblioteket", datetime(2025, 12, 31, 23, 30, tzinfo=UTC))
    second = held("Museet", datetime(2026, 12, 31, 22, 30, tzinfo=UTC))
    held("Museet", datetime(2026, 12, 31, 23, 30, tzinfo=UTC))
    db.session.flush()
    assert shared(year) == (1, 2)
    assert shared(year, datetime(2026, 12, 1, tzinfo=UTC)) == (0, 0), "one of them is still to come"
    (free,) = signals(["kf-barriers"], year, now=LATER)["kf-barriers"]
    assert free.value == 1, "both cost nothing"
    assert shared(replace(year, kind=Kind.VOLUNTEER.value)) == (0, 0)
    second.state = ActivityState.DRAFT
    db.session.flush()
    assert shared(year) == (0, 0)


def shared(scope: Scope, now: datetime = LATER) -> tuple[float | None, float | None]:
    found = {each.code: each.value for each in signals(["kf-resources"], scope, now=now)["kf-resources"]}
    return found["shared_places"], found["shared_activities"]


def test_certificates_are_told_of_whole_years_of_the_whole_city(app: Flask) -> None:
    with transaction():
        counting.count(CertificateKind.ATTENDANCE, datetime(2026, 5, 1, tzinfo=UTC), 3)
        counting.count(CertificateKind.HOURS, datetime(2025, 5, 1, tzinfo=UTC))
    year = Scope(date(2026, 1, 1), date(2026, 12, 31))
    assert issued(year) == [3, 0]
    assert issued(Scope(date(2025, 1, 1), date(2026, 12, 31))) == [3, 1]
    assert issued(replace(year, kind=Kind.VOLUNTEER.value)) == [None, None]
    assert issued(Scope(date(2026, 1, 1), date(2026, 6, 30))) == [None, None]


def issued(scope: Scope) -> list[float | None]:
    return [each.value for each in signals(["kf-recognition"], scope, now=utc_now())["kf-recognition"]]


def test_what_is_still_to_come_was_not_held(town: Town) -> None:
    year, now = Scope(date(2026, 1, 1), date(2026, 12, 31)), datetime(2026, 6, 1, tzinfo=UTC)
    for month in (3, 9):
        town.occurrence(town.activity(f"{month}"), starts_at=datetime(2026, month, 3, 9, tzinfo=UTC))
    db.session.commit()
    (activities, dates) = signals(["kf-public-events"], year, now=now)["kf-public-events"]
    assert (activities.value, dates.value) == (1, 1)
    (esd, _people) = signals(["kf-esd"], year, now=now)["kf-esd"]
    assert esd.value == 1
