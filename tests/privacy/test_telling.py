"""Telling: what a person reads of themselves, what they take along, and that it is nobody else's."""

import json
from datetime import date, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select

from engage import people, privacy
from engage.accounts import audit
from engage.base import i18n
from engage.base.db import Base, db
from engage.base.declared import OF_CITIZENS, Holding
from engage.people.models import Address
from tests.accounts.cast import account
from tests.conftest import NOW
from tests.dialog.talk import Talk
from tests.privacy.test_declared import OF_NOBODY_KNOWN
from tests.privacy.whole_life import EMAIL, live
from tests.town import Town

# What stands in a person's rows and is not told them: numbers that mean something to the database alone,
NUMBERS = {
    "address.person_id", "certificate.person_id", "chat_link.visit_id", "citizen_question.person_id",
    "citizen_visit.address_id",
    "conversation.person_id", "feedback.registration_id", "followed.person_id", "own_calendar.person_id",
    "person_merge.gone_id", "person_merge.kept_id", "proposal.person_id", "proposal_interest.person_id",
    "registration.person_id",
}  # fmt: skip
# names and hashes that open doors,
SECRETS = {
    "chat_link.code_hash", "chat_link.hash", "citizen_visit.hash", "followed.public_id", "limit_met.key",
    "one_time_key.hash", "one_time_key.public_id", "own_calendar.public_id", "outbox.key", "outbox.place",
    "proposal_interest.key",
}  # fmt: skip
# what a server said of a letter, the name of a chat that stands among the addresses, and a picture, which their page shows.
ELSEWHERE = {
    "outbox.last_error", "citizen_question.identifier", "proposal_picture.large", "proposal_picture.small",
}  # fmt: skip
# Columns in which `whole_life` has nothing: moments of what did not happen in it, and what only strangers' rows have.
EMPTY = {
    "address.off_at", "conversation.notice_at", "conversation.notice_version", "one_time_key.browser",
    "one_time_key.used_at", "outbox.phoned_at", "outbox.settled_at", "person.digest_sent_at",
    "person.last_place_year", "person.optional_off_at",
    "person.warned_at", "person_merge.undone_at", "registration.client",
}  # fmt: skip


def kept(holding: Holding, person: int) -> list[dict[str, Any]]:
    """A person's rows as they stand in the table."""
    if holding.theirs is None:
        return []
    table = Base.metadata.tables[holding.table]
    rows = db.session.execute(select(table).where(holding.theirs(person)).order_by(*table.primary_key.columns))
    return [dict(row) for row in rows.mappings()]


def test_the_file_holds_every_column_that_may_be_told(town: Town) -> None:
    person = live(town)
    told = json.loads(json.dumps(privacy.as_json(person, now=NOW)))["data"]
    without, untold, empty = set(), set(), set()
    for holding in privacy.holdings():
        personal = {name for name, purpose in holding.purposes.items() if purpose in OF_CITIZENS}
        rows, shown = kept(holding, person), told.get(holding.table, [])
        assert len(shown) == len(rows), holding.table
        if personal and not rows:
            without.add(holding.table)
            continue
        for name in personal:
            place = f"{holding.table}.{name}"
            values = [row[name] for row in rows]
            said = [each.get(name) for each in shown]
            if all(value is None for value in values):
                empty.add(place)
            elif not any(name in each for each in shown):
                untold.add(place)
            elif holding.tidy is None:
                assert said == [each.isoformat() if isinstance(each, date) else each for each in values], place
    assert without == OF_NOBODY_KNOWN
    assert untold == NUMBERS | SECRETS | ELSEWHERE
    assert empty == EMPTY, "fill it in `whole_life`, or nothing is tried of it"
    assert {row["channel"] for row in told["address"]} == {"email", "telegram", "webchat", "sms"}


def test_every_table_that_leads_to_a_person_is_told(app: Flask) -> None:
    leading, tables = {"person"}, Base.metadata.tables.values()
    while (
        more := {each.name for each in tables if {key.column.table.name for key in each.foreign_keys} & leading}
        - leading
    ):
        leading |= more
    told = {each.table for each in privacy.holdings() if each.theirs is not None}
    # Whose message is told among the letters, and what was taken back with the certificate.
    assert leading - told == {"broadcast_share", "certificate_taken_back"}


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
