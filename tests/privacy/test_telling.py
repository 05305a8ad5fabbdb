"""Telling: what a person reads of themselves, what they take along, and that it is nobody else's."""

import json
from datetime import timedelta

from engage import people, privacy
from engage.accounts import audit
from engage.base import i18n
from engage.base.db import db
from engage.base.declared import OF_CITIZENS
from engage.people.models import Address
from tests.accounts.cast import account
from tests.conftest import NOW
from tests.dialog.talk import Talk
from tests.privacy.whole_life import EMAIL, MARKER, live
from tests.town import Town


def test_the_file_holds_every_column_that_may_be_told(town: Town) -> None:
    told = privacy.as_json(live(town), now=NOW)
    json.dumps(told)
    for holding in privacy.holdings():
        if not set(holding.personal) & OF_CITIZENS or holding.table not in told["data"]:
            continue
        names = {name for row in told["data"][holding.table] for name in row}
        assert not names & set(holding.unshown.split()), holding.table
        for name in holding.labels:
            if any(row.get(name) for row in told["data"][holding.table]):
                assert name in names
    data = told["data"]
    first = next(row for row in data["registration"] if row.get("answers"))
    assert first["name"] == f"{MARKER} Holm"
    assert (
        first["companions"] == [{"name": MARKER}, {"name": f"{MARKER} to"}] or first["companions"][0]["name"] == MARKER
    )
    assert {row["channel"] for row in data["address"]} == {"email", "telegram", "webchat", "sms"}


def test_the_page_says_it_in_words_of_three_languages(town: Town) -> None:
    person = live(town)
    for language in ("da", "en", "de"):
        with i18n.speaking(language):
            sections = {each.table: each for each in privacy.told(person)}
        whole = str(sections)
        for part in (
            "Hvad spiser du? ikke qzmarker",
            "qzmarker er kørestolsbruger",
            "Klimacafé",
            EMAIL,
            "jeg er qzmarker",
        ):
            assert part in whole, (language, part)
        assert "LazyText" not in whole


def test_a_chat_that_is_linked_with_nobody_is_told_here(town: Town) -> None:
    people.find_or_create("webchat", "anna", language="da", now=NOW)
    db.session.commit()
    talk = Talk().say("hvad ved du om mig?")
    assert not talk.shows("privacy:send")
    assert talk.shows("privacy:ask")
    assert "anna" in talk.text, "the name we know the chat by is told too"
    talk.tap("privacy:ask").tap("privacy:forget")
    assert db.session.query(Address).count() == 0


def test_who_looked_at_a_list_is_told_without_a_name_and_only_since_one_stood_on_it(town: Town) -> None:
    staff, date = account(), town.occurrence()
    for minutes in (-10, 10):
        at = NOW + timedelta(minutes=minutes)
        audit.record(staff, "guests.seen", "activity:x", {"occurrence": date.public_id}, at)
    audit.record(staff, "guests.seen", "activity:y", {"occurrence": town.occurrence().public_id}, NOW)
    registration = town.signed_up(date)
    assert registration.person_id is not None
    (section,) = [each for each in privacy.told(registration.person_id) if each.table == "audit"]
    assert len(section.items) == 1
    assert staff.name not in str(section)
    assert staff.name not in str(privacy.as_json(registration.person_id, now=NOW))
