"""A page that is kept is never older than what it shows."""

import gzip
import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from engage import registrations
from engage.activities.models import Occurrence
from engage.base import clock
from engage.base.db import db, read_and_write, read_only, transaction
from engage.web import remembered
from tests.town import Town
from tests.web.conftest import browser

_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def _places(page: str) -> set[str]:
    """The numbers of places that a page speaks of."""
    return set(re.findall(r"\d+", " ".join(re.findall(r'<span class="[^"]*places-few">(.*?)</span>', page, re.DOTALL))))


def _address(occurrence: Occurrence) -> str:
    activity = occurrence.activity
    return f"/aktiviteter/{activity.public_id}/{activity.slug}/{occurrence.public_id}"


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that were rendered, in order."""
    found: list[str] = []
    real = remembered._kept

    def noting(render: object) -> object:
        kept = real(render)  # type: ignore[arg-type]
        found.append("page")
        return kept

    monkeypatch.setattr(remembered, "_kept", noting)
    return found


@pytest.mark.parametrize("list_too", [False, True], ids=["activity", "list"])
def test_a_page_is_rendered_once_while_nothing_it_shows_changes(
    town: Town, client: FlaskClient, rendered: list[str], list_too: bool
) -> None:
    occurrence = town.occurrence()
    address = "/aktiviteter" if list_too else _address(occurrence)
    first, second = client.get(address), client.get(address)
    assert _TOKEN.sub("", first.text) == _TOKEN.sub("", second.text)
    assert len(rendered) == 1


@pytest.mark.parametrize("address_of", [_address, lambda _occurrence: "/aktiviteter"], ids=["activity", "list"])
def test_a_taken_seat_shows_at_once(town: Town, client: FlaskClient, address_of: object) -> None:
    occurrence = town.occurrence(capacity=4)
    address = address_of(occurrence)  # type: ignore[operator]
    assert _places(client.get(address).text) == {"4"}
    town.signed_up(occurrence, seats=1)
    assert _places(client.get(address).text) == {"3"}


@pytest.mark.parametrize("address_of", [_address, lambda _occurrence: "/aktiviteter"], ids=["activity", "list"])
def test_a_changed_title_shows_at_once(town: Town, client: FlaskClient, address_of: object) -> None:
    occurrence = town.occurrence(town.activity("Klimacafé"))
    address = address_of(occurrence)  # type: ignore[operator]
    assert "Klimacafé" in client.get(address).text
    occurrence.activity.texts[0].title = "Havcafé"
    db.session.commit()
    page = client.get(address).text
    assert "Havcafé" in page
    assert "Klimacafé" not in page


def test_a_new_date_appears_in_a_list_that_was_kept(town: Town, client: FlaskClient) -> None:
    town.occurrence(town.activity("Klimacafé"))
    client.get("/aktiviteter")
    town.occurrence(town.activity("Havcafé"))
    assert "Havcafé" in client.get("/aktiviteter").text


def test_what_is_over_by_the_clock_alone_is_not_shown_as_coming(
    town: Town, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    occurrence = town.occurrence(starts_in=timedelta(minutes=5), hours=0.5)
    address = _address(occurrence)
    assert _TOKEN.search(client.get(address).text)
    assert occurrence.activity.public_id in client.get("/aktiviteter").text
    later = town.now + timedelta(hours=1)
    for module in ("engage.web.remembered", "engage.web.public.activity", "engage.web.public.listing"):
        monkeypatch.setattr(f"{module}.utc_now", lambda: later)
    assert clock.utc_now() < later
    assert not _TOKEN.search(client.get(address).text)
    assert occurrence.activity.public_id not in client.get("/aktiviteter").text


def test_each_visitor_gets_a_token_of_their_own_in_the_same_page(app: Flask, town: Town) -> None:
    address = _address(town.occurrence())
    tokens = [_TOKEN.findall(browser(app).get(address).text) for _visitor in range(2)]
    assert len(tokens[0]) == len(tokens[1]) == 1
    assert tokens[0] != tokens[1]
    assert remembered.token() not in tokens[0] + tokens[1]


def test_a_form_from_a_kept_page_can_be_sent(app: Flask, town: Town) -> None:
    occurrence = town.occurrence()
    for number in range(2):
        visitor = browser(app)
        token = _TOKEN.findall(visitor.get(_address(occurrence)).text)[0]
        form = {"csrf_token": token, "name": "Anna", "email": f"anna{number}@example.org", "seats": "1"}
        assert visitor.post(f"{_address(occurrence)}/tilmeld", data=form).status_code == 303


def test_languages_are_kept_apart(town: Town, client: FlaskClient) -> None:
    address = _address(town.occurrence())
    assert '<html lang="da"' in client.get(address).text
    assert '<html lang="en"' in client.get(f"{address}?lang=en").text
    assert '<html lang="en"' in client.get(address).text


@pytest.mark.parametrize("address_of", [_address, lambda _occurrence: "/aktiviteter"], ids=["activity", "list"])
def test_a_page_is_sent_compressed_only_to_who_takes_it(town: Town, client: FlaskClient, address_of: object) -> None:
    address = address_of(town.occurrence())  # type: ignore[operator]
    plain = client.get(address, headers={"Accept-Encoding": "identity"})
    small = client.get(address, headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers
    assert small.headers["Content-Encoding"] == "gzip"
    assert len(small.data) < len(plain.data) / 2
    assert _TOKEN.sub("", gzip.decompress(small.data).decode()) == _TOKEN.sub("", plain.text)
    assert "Accept-Encoding" in plain.headers["Vary"]


def test_what_is_changed_while_only_reading_is_still_one_transaction(app: Flask, town: Town) -> None:
    occurrence = town.occurrence()
    read_only()
    try:
        with pytest.raises(ZeroDivisionError), transaction():
            registrations.sign_up(occurrence.id, town.application(), now=town.now)
            raise ZeroDivisionError
        assert db.session.query(registrations.Registration).count() == 0
        with transaction():
            registrations.sign_up(occurrence.id, town.application(), now=town.now)
        assert db.session.query(registrations.Registration).count() == 1
    finally:
        read_and_write()
