"""A citizen on their own page, for tests: comes in by the link of a letter."""

from flask import Flask

from engage.base.clock import utc_now
from engage.base.db import transaction
from engage.registrations import entrance
from tests.web.conftest import Visitor, browser, letters, path_of

ANNA = "anna@example.org"


def come_in(app: Flask, email: str = ANNA) -> Visitor:
    """A browser in which the owner of `email` has come in."""
    visitor = Visitor(browser(app))
    with transaction():
        entrance.ask(email, language="da", client=email, now=utc_now())
    path = path_of(letters()[-1].message["buttons"][0]["url"])
    visitor.submit(visitor.get(path), path, {}, status=303)
    return visitor
