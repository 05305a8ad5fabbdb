"""The signals of the service: every sentence of UNESCO's list that proposes one is answered, or said not to be counted."""

import json
from importlib.resources import files

from flask import Flask

from engage.base.clock import utc_now
from engage.statistics import Scope, signals
from engage.statistics.signals import OF, UNCOUNTED


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
