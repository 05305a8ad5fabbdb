"""From an activity's page to the bot: a link, and a code to scan, as soon as the bot has said who it is."""

from collections.abc import Callable
from datetime import timedelta

from flask import Flask

from engage.activities.models import SignUpMode
from engage.base.clock import utc_now
from engage.base.db import transaction
from engage.base.telegram import TelegramSettings
from engage.channels.telegram import known, links
from tests.town import Town
from tests.web.conftest import Visitor, address
from tests.web.page import Element


def link(page: Element) -> list[str]:
    return [each.get("href") for each in page.all("a") if each.get("href").startswith("https://t.me/")]


def named(name: str) -> None:
    with transaction():
        known.remember(7, name, inline=True, now=utc_now())


def test_a_page_leads_to_the_bot_once_it_has_a_name(
    town: Town, visitor: Visitor, set_settings: Callable[..., None], app: Flask
) -> None:
    date = town.occurrence()
    assert not link(visitor.get(address(date)))
    set_settings(telegram=TelegramSettings("7:abc"))
    assert not link(visitor.get(address(date)))
    named("havnby_bot")
    page = visitor.get(address(date))
    assert link(page) == [f"https://t.me/havnby_bot?start=e_{date.public_id}_sweb"], "also a page that was kept"
    named("sydby_bot")
    assert "sydby_bot" in link(visitor.get(address(date)))[0]
    code = page.one("img", loading="lazy")
    assert code.get("alt")
    picture = visitor.client.get(code.get("src"))
    assert (picture.status_code, picture.mimetype) == (200, "image/svg+xml")
    assert picture.data.startswith(b"<?xml") and b"viewBox" in picture.data
    set_settings(telegram=None)
    assert visitor.client.get(code.get("src")).status_code == 404


def test_where_one_cannot_sign_up_nothing_leads_there(
    town: Town, visitor: Visitor, set_settings: Callable[..., None]
) -> None:
    set_settings(telegram=TelegramSettings("7:abc"))
    named("havnby_bot")
    drop_in = town.occurrence(town.activity(sign_up=SignUpMode.DROP_IN))
    over = town.occurrence(starts_in=-timedelta(days=2))
    for date in (drop_in, over):
        assert not link(visitor.get(address(date)))


def test_what_a_link_tells_is_read_again() -> None:
    payload = links.to_date("abcd2345", "web")
    assert links.may_be_told(payload) and links.date_in(payload) == "abcd2345"
    assert links.date_in("e_abcd2345") == "abcd2345"
    assert [links.date_in(odd) for odd in ("", "e", "e_", "l_token", "x_abcd2345")] == [None] * 5
    assert not any(links.may_be_told(odd) for odd in ("", "a b", "æ", "a" * 65, "a&start=b"))
    assert links.link("", payload) == ""
