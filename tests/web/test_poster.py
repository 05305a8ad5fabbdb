"""The poster of an activity: what hangs on the wall, and where its codes lead."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from bots.telegram.commands import understood
from engage.accounts import Organisation
from engage.activities.models import Activity, ActivityState, SignUpMode
from engage.base.clock import utc_now
from engage.base.db import db, transaction
from engage.base.telegram import TelegramSettings
from engage.channels.telegram import known
from engage.dialog import Incoming
from engage.web.organiser.poster import _code
from tests.accounts.cast import account, signed_in
from tests.town import Town
from tests.web.conftest import Visitor
from tests.web.page import Element


@pytest.fixture
def organisation(town: Town) -> Organisation:
    return town.organisation()


@pytest.fixture
def organiser(app: Flask, organisation: Organisation) -> Visitor:
    return Visitor(signed_in(app, account("Bente Lund", member_of=[organisation])))


@pytest.fixture
def a_bot(set_settings: Callable[..., None]) -> None:
    set_settings(telegram=TelegramSettings("7:abc"))
    with transaction():
        known.remember(7, "havnby_bot", inline=True, now=utc_now())


def poster(organiser: Visitor, activity: Activity, language: str = "") -> Element:
    tail = f"?sprog={language}" if language else ""
    page = organiser.get(f"/organiser/aktiviteter/{activity.public_id}/opslag{tail}")
    return page.one("article", class_="poster")


def pictures(paper: Element) -> list[str]:
    return [each.get("src") for each in paper.all("img")]


def test_it_says_what_when_and_where_and_leads_to_the_page(
    town: Town, organisation: Organisation, organiser: Visitor
) -> None:
    activity = town.activity("Repair-café", organisation=organisation)
    place = town.place()
    first = town.occurrence(activity, starts_in=timedelta(days=3), place=place)
    first.titles = {"da": "Åbent hus"}
    db.session.commit()
    town.occurrence(activity, starts_in=timedelta(days=10))
    town.occurrence(activity, starts_in=-timedelta(days=10))
    paper = poster(organiser, activity)
    assert paper.one("h2").text == "Repair-café", "and not what its next date alone is called"
    assert len(paper.one("ul", class_="poster-dates").all("li")) == 2, "what is over is not told"
    address = paper.one("p", class_="poster-address").text
    assert activity.public_id in address and pictures(paper) == [_code(address).picture]
    answer = organiser.client.get("/" + address.split("/", 3)[3], follow_redirects=True)
    assert answer.status_code == 200 and "Åbent hus" in answer.text
    assert place.name in paper.text


@pytest.mark.usefixtures("a_bot")
def test_with_a_bot_there_is_a_code_into_the_talk_that_shows_the_next_date(
    town: Town, organisation: Organisation, organiser: Visitor
) -> None:
    activity = town.activity(organisation=organisation)
    date = town.occurrence(activity, starts_in=timedelta(days=3))
    payload = f"e_{activity.public_id}_sposter"
    assert pictures(poster(organiser, activity))[1:] == [_code(f"https://t.me/havnby_bot?start={payload}").picture]
    said = understood(Incoming("telegram", "7", f"/start {payload}"), now=utc_now())
    assert said.action == f"find:show:{date.public_id}"
    activity.sign_up = SignUpMode.DROP_IN
    db.session.commit()
    assert len(pictures(poster(organiser, activity))) == 1, "who just comes need not talk with anybody"


def test_it_speaks_each_language_the_activity_is_written_in(
    town: Town, organisation: Organisation, organiser: Visitor
) -> None:
    activity = town.activity(texts={"da": "Klimacafé", "en": "Climate café"}, organisation=organisation)
    town.occurrence(activity)
    danish, english = poster(organiser, activity, "da"), poster(organiser, activity, "en")
    assert (danish.get("lang"), english.get("lang")) == ("da", "en")
    assert (danish.one("h2").text, english.one("h2").text) == ("Klimacafé", "Climate café")
    when = [paper.one("ul", class_="poster-dates").text for paper in (danish, english)]
    assert when[0].split()[0].endswith("dag") and when[1].split()[0].endswith("day"), "Mandag, Monday"
    assert poster(organiser, activity, "de").get("lang") == "da", "one it is not written in is no language of it"


def test_its_languages_are_not_taken_for_those_of_the_site(
    town: Town, organisation: Organisation, organiser: Visitor
) -> None:
    activity = town.activity(texts={"da": "Klimacafé", "en": "Climate café"}, organisation=organisation)
    town.occurrence(activity)
    page = organiser.get(f"/organiser/aktiviteter/{activity.public_id}/opslag")
    assert len(page.one("nav", class_="languages").all("a")) == 3
    assert len(page.one("ul", class_="poster-languages").all("a")) == 2


def test_there_is_none_without_a_date_to_come_and_before_it_is_public_it_says_so(
    town: Town, organisation: Organisation, organiser: Visitor
) -> None:
    activity = town.activity(organisation=organisation, state=ActivityState.DRAFT)
    path = f"/organiser/aktiviteter/{activity.public_id}/opslag"
    town.occurrence(activity, starts_in=-timedelta(days=2))
    assert not organiser.get(path).all("article", class_="poster")
    town.occurrence(activity, starts_in=timedelta(days=2))
    page = organiser.get(path)
    assert page.all("article", class_="poster") and page.all("p", class_="notice")
    activity.state = ActivityState.PUBLISHED
    db.session.commit()
    assert not organiser.get(path).all("p", class_="notice")
