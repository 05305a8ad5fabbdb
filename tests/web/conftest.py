"""A visitor without JavaScript, and a town whose dates lie around today, since the pages ask the clock."""

from collections.abc import Mapping
from contextvars import Context
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from engage.activities.models import Occurrence
from engage.base.clock import utc_now
from engage.base.db import db
from engage.outbox import Letter
from engage.registrations import notices
from tests.town import Town
from tests.web.page import Element, parse


class Browser(FlaskClient):
    """A test client whose requests share nothing with the test but the database, as in a server."""

    def open(self, *args: Any, **options: Any) -> TestResponse:
        return Context().run(super().open, *args, **options)


def browser(app: Flask) -> Browser:
    """A browser of its own, with no cookie yet."""
    return Browser(app, app.response_class, use_cookies=True)


@dataclass
class Visitor:
    """Opens pages and sends forms as a browser would, with the cookies it was given."""

    client: FlaskClient

    def get(self, path: str, *, status: int = 200, **options: object) -> Element:
        """The page at `path`, which must answer with `status`; redirects are not followed."""
        return read(self.client.get(path, **options), status)  # type: ignore[arg-type]

    def send(self, path: str, fields: Mapping[str, str | list[str]], *, status: int, **options: object) -> TestResponse:
        """Send `fields` to `path` with the token of this visitor's own session."""
        token = self.get("/chat").one("input", id="text").parent
        while token is not None and token.tag != "form":
            token = token.parent
        assert token is not None
        data = {"csrf_token": token.fields()["csrf_token"], **fields}
        answer = self.client.post(path, data=data, **options)  # type: ignore[arg-type]
        assert answer.status_code == status, (answer.status_code, answer.text[-2000:])
        return answer

    def submit(self, page: Element, path: str, fields: Mapping[str, str | list[str]], *, status: int) -> TestResponse:
        """Fill in the form on `page` that leads to `path`, and send it."""
        (form,) = [form for form in page.all("form") if form.get("action") == path]
        answer = self.client.post(path, data={**form.fields(), **fields})
        assert answer.status_code == status, (answer.status_code, answer.text[-2000:])
        return answer


def read(answer: TestResponse, status: int = 200) -> Element:
    """The parsed page of an answer with this status."""
    assert answer.status_code == status, (answer.status_code, answer.text[-2000:])
    return parse(answer.text)


def address(date: Occurrence) -> str:
    """The page of a date."""
    return f"/aktiviteter/{date.activity.public_id}/{date.activity.slug}/{date.public_id}"


def letters() -> list[Letter]:
    """All that was ever put into the outbox, oldest first."""
    db.session.expire_all()
    return list(db.session.query(Letter).order_by(Letter.id))


def path_of(url: str) -> str:
    """A full address without its host."""
    return "/" + url.split("/", 3)[3]


@pytest.fixture
def town(app: Flask) -> Town:
    """Makes activities and citizens around the present moment."""
    return Town(utc_now())


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return browser(app)


@pytest.fixture
def visitor(client: FlaskClient) -> Visitor:
    return Visitor(client)


@pytest.fixture
def confirm_path(town: Town) -> str:
    """The path that the mail of a new sign-up leads to."""
    registration = town.signed_up(town.occurrence(), confirmed=False)
    return path_of(notices.confirm_link(registration.public_id))
