"""What a person is told: each mail in the person's language, with links that lead where they say."""

from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from urllib.parse import urlsplit

import icalendar
import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.exceptions import NotFound

from engage import registrations
from engage.activities.models import Occurrence, SignUpMode
from engage.activities.terms import WaitingMode
from engage.base import tokens
from engage.base.config import Settings
from engage.base.db import db, transaction
from engage.base.i18n import speaking
from engage.base.message import Message
from engage.channels.mail import as_text, render
from engage.channels.mime import Mail
from engage.outbox import Letter, Priority
from engage.registrations import Registration, notices
from engage.registrations.wording import state_words
from tests.conftest import NOW
from tests.town import Town

LANGUAGES = ("da", "en", "de")
TITLES = {"da": "Havdag", "en": "Sea day", "de": "Meerestag"}


def letters() -> list[Letter]:
    db.session.expire_all()
    return list(db.session.scalars(select(Letter).order_by(Letter.id)))


def as_read(mail: Mail) -> EmailMessage:
    found = message_from_bytes(bytes(mail), policy=policy.default)
    assert isinstance(found, EmailMessage)
    return found


def last() -> Message:
    return Message.from_json(letters()[-1].message)


def confirm_address(town: Town, date_: Occurrence, language: str) -> None:
    town.signed_up(date_, confirmed=False, language=language)


def confirmed(town: Town, date_: Occurrence, language: str) -> None:
    town.signed_up(date_, language=language)


def waits(town: Town, date_: Occurrence, language: str) -> None:
    town.signed_up(date_, seats=10)
    town.signed_up(date_, language=language)


def moved_up(town: Town, date_: Occurrence, language: str) -> None:
    first = town.signed_up(date_, seats=10)
    town.signed_up(date_, language=language)
    registrations.cancel(first.public_id, now=NOW)
    db.session.commit()


def cancelled(town: Town, date_: Occurrence, language: str) -> None:
    registrations.cancel(town.signed_up(date_, language=language).public_id, now=NOW)
    db.session.commit()


def already(town: Town, date_: Occurrence, language: str) -> None:
    mine = town.signed_up(date_, language=language)
    registrations.sign_up(date_.id, town.application(email=mine.email, language=language), now=NOW)
    db.session.commit()


MAILS: dict[str, tuple[Callable[[Town, Occurrence, str], None], str | None]] = {
    "confirm": (confirm_address, None),
    "confirmed": (confirmed, "REQUEST"),
    "waits": (waits, None),
    "moved-up": (moved_up, "REQUEST"),
    "cancelled": (cancelled, "CANCEL"),
    "already": (already, None),
}


def test_who_waits_is_told_their_number_and_how_long_they_will_have_to_answer(town: Town, settings: Settings) -> None:
    date_ = town.occurrence(town.activity(waiting_mode="offer", offer_hours=36), capacity=1)
    for _each in range(3):
        town.signed_up(date_, language="en")
    assert "number 2 on the waiting list" in as_text(last(), "") and "36 hours to answer" in as_text(last(), "")


def pages(message: Message) -> list[str]:
    """The addresses in a message."""
    cards = [card.url for card in message.cards]
    return [url for url in (*cards, *(button.url for button in message.buttons)) if url]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", MAILS)
def test_each_mail_is_whole_in_each_language(town: Town, settings: Settings, kind: str, language: str) -> None:
    make, method = MAILS[kind]
    date_ = town.occurrence(town.activity(texts=TITLES))
    make(town, date_, language)
    message = next(
        Message.from_json(each.message) for each in reversed(letters()) if each.message["language"] == language
    )
    assert message.language == language
    assert TITLES[language] in message.subject
    assert message.cards[0].title == TITLES[language]
    assert message.buttons
    words = as_text(message, settings.city.title)
    assert "%(" not in words
    assert "None" not in words
    assert "2026" in words, "a mail is read at any time, so the year is told"
    assert [f"method={method}" in each.content_type for each in message.attachments] == ([True] if method else [])
    mail = as_read(render(message, to="anna@example.org", key="k", settings=settings))
    assert mail.get_body(("html",)) is not None


@pytest.mark.parametrize("kind", MAILS)
def test_every_link_in_a_mail_leads_to_a_page(town: Town, app: Flask, settings: Settings, kind: str) -> None:
    town_pages = app.url_map.bind(settings.host)
    date_ = town.occurrence(town.activity())
    MAILS[kind][0](town, date_, "da")
    message = last()
    assert pages(message)
    for url in pages(message):
        assert url.startswith(settings.base_url + "/")
        try:
            endpoint, _values = town_pages.match(urlsplit(url).path)
        except NotFound:
            pytest.fail(f"{kind} leads nowhere: {urlsplit(url).path}")
        assert endpoint.startswith("public.")


def test_the_link_to_confirm_can_do_nothing_else_and_the_one_to_manage_cannot_confirm(
    town: Town, settings: Settings
) -> None:
    registration = town.signed_up(town.occurrence(), confirmed=False)
    token = notices.confirm_link(registration.public_id).rpartition("/")[2]
    assert tokens.unsign(settings.secret_key, notices.CONFIRM, token) == registration.public_id
    with pytest.raises(tokens.LinkNotValid):
        tokens.unsign(settings.secret_key, notices.MANAGE, token)
    with pytest.raises(tokens.LinkNotValid):
        tokens.unsign(settings.secret_key, notices.CONFIRM, notices.manage_token(registration.public_id))


def test_before_the_address_is_proven_a_mail_can_cancel_and_show_nothing(town: Town) -> None:
    registration = town.signed_up(town.occurrence(), confirmed=False)
    assert not any(notices.manage_token(registration.public_id) in url for url in pages(last()))
    assert last().attachments == ()


def test_a_mail_to_confirm_is_of_no_use_when_the_time_is_up(town: Town) -> None:
    registration = town.signed_up(town.occurrence(), confirmed=False)
    (letter,) = letters()
    assert letter.good_until == registration.expires_at
    assert letter.priority == Priority.AWAITED
    assert letter.addresses == [{"channel": "email", "identifier": registration.email}]


def test_who_signs_up_again_and_again_is_written_to_once_an_hour(town: Town) -> None:
    date_ = town.occurrence()
    town.signed_up(date_, email="anna@example.org")
    before = len(letters())
    for minutes in (0, 1, 30, 59, 60, 61):
        registrations.sign_up(
            date_.id, town.application(email="anna@example.org"), now=NOW + timedelta(minutes=minutes)
        )
        db.session.commit()
    assert len(letters()) == before + 2


def test_who_never_proved_the_address_is_not_told_of_the_cancelling(town: Town) -> None:
    registration = town.signed_up(town.occurrence(), confirmed=False)
    registrations.cancel(registration.public_id, now=NOW)
    db.session.commit()
    assert [letter.status for letter in letters()] == ["withdrawn"]


def test_the_calendar_entry_of_a_sign_up_keeps_its_name_and_counts_its_changes(town: Town) -> None:
    date_ = town.occurrence(town.activity(), capacity=1)
    first, second = town.signed_up(date_), town.signed_up(date_)
    registrations.cancel(first.public_id, now=NOW)
    registrations.cancel(second.public_id, now=NOW)
    db.session.commit()
    found: dict[str, list[tuple[str, int, str]]] = {}
    for letter in letters():
        for attachment in letter.message["attachments"]:
            (event,) = icalendar.Calendar.from_ical(attachment["text"]).walk("VEVENT")
            entry = (str(event["UID"]), int(event["SEQUENCE"]), str(event["STATUS"]))
            found.setdefault(letter.about, []).append(entry)
    name = f"occ-{date_.public_id}@127.0.0.1"
    assert found[f"registration:{first.public_id}"] == [(name, 0, "CONFIRMED"), (name, 1, "CANCELLED")]
    assert found[f"registration:{second.public_id}"] == [(name, 1, "CONFIRMED"), (name, 2, "CANCELLED")]


@pytest.mark.parametrize(
    ("kind", "method", "status"), [("waiting", "PUBLISH", "TENTATIVE"), ("confirmed", "PUBLISH", "CONFIRMED")]
)
def test_the_file_on_the_page_tells_how_the_sign_up_stands(town: Town, kind: str, method: str, status: str) -> None:
    date_ = town.occurrence(capacity=1)
    if kind == "waiting":
        town.signed_up(date_)
    file = notices.calendar_file(town.signed_up(date_), now=NOW)
    calendar = icalendar.Calendar.from_ical(file.text)
    assert (str(calendar["METHOD"]), str(calendar.walk("VEVENT")[0]["STATUS"])) == (method, status)
    assert "ATTENDEE" not in file.text, "a file that is downloaded may be shared"


def test_a_name_is_a_name_whatever_it_says(town: Town, settings: Settings) -> None:
    registration = town.signed_up(
        town.occurrence(), name='<a href="https://evil.example.org">100 %(title)s</a>\x00\ud800'
    )
    assert registration.name == '<a href="https://evil.example.org">100 %(title)s</a>'
    mail = as_read(render(last(), to="anna@example.org", key="k", settings=settings))
    html = mail.get_body(("html",))
    assert html is not None
    assert '<a href="https://evil' not in html.get_content()


@pytest.mark.parametrize("name", ["\x00", "\ud800 \x07", "\t\n"])
def test_a_name_without_a_letter_is_no_name(town: Town, name: str) -> None:
    with pytest.raises(registrations.NameMissing):
        town.signed_up(town.occurrence(), name=name)


def test_a_mail_is_worded_in_its_own_language_whoever_sends_it(town: Town) -> None:
    """Who cancels speaks Danish, who is moved up German."""
    date_ = town.occurrence(town.activity(texts=TITLES), capacity=1)
    first = town.signed_up(date_)
    second = town.signed_up(date_, language="de")
    with speaking("da"):
        registrations.cancel(first.public_id, now=NOW)
        db.session.commit()
    mine = [letter for letter in letters() if letter.about == f"registration:{second.public_id}"]
    assert TITLES["de"] in mine[-1].message["subject"]
    assert db.session.get_one(Registration, second.id).language == "de"


@pytest.mark.parametrize(("seats", "words"), [(1, "You have your place."), (3, "You have your places.")])
def test_who_comes_as_several_is_told_of_their_places(town: Town, seats: int, words: str) -> None:
    confirmed_of = town.signed_up(town.occurrence(), seats=seats, language="en")
    assert any(words in line for line in last().text)
    with speaking("en"):
        assert state_words(confirmed_of) == words


def test_each_of_several_dates_has_its_own_deadline_in_the_letter(town: Town) -> None:
    activity = town.activity(sign_up=SignUpMode.SEVERAL_DATES, cancel_before=24 * 60)
    dates = [town.occurrence(activity, starts_in=timedelta(days=days)).id for days in (3, 10)]
    application = town.application(language="en")
    with transaction():
        first, _second = registrations.sign_up_for_several(dates, application, now=NOW)
        registrations.confirm(db.session.get_one(Registration, first.registration_id).public_id, now=NOW)
    told = [[line for line in card.lines if "change or cancel" in line] for card in last().cards]
    assert told == [
        ["You can change or cancel it until Friday 6 March, 10:00."],
        ["You can change or cancel it until Friday 13 March, 10:00."],
    ]


def test_who_signs_up_after_the_deadline_is_not_told_to_cancel_but_whom_to_write_to(town: Town) -> None:
    activity = town.activity(cancel_before=14 * 24 * 60)
    town.signed_up(town.occurrence(activity), language="en")
    (said,) = [line for line in last().text if "cannot come" in line]
    assert said == "If you cannot come, write to the organiser: bibliotek@example.org."
    assert [button.label for button in last().buttons] == ["See your sign-up"]


def test_who_signs_up_is_told_how_many_are_still_needed(town: Town) -> None:
    date = town.occurrence(town.activity(least_participants=3))
    first = town.signed_up(date, language="en")
    assert "It goes ahead when 2 more people have signed up." in last().text
    with speaking("en"):
        assert state_words(first) == "You have your place. It goes ahead when 2 more people have signed up."
    town.signed_up(date, seats=2, language="en")
    assert not any("goes ahead" in line for line in last().text)
    with speaking("en"):
        assert state_words(first) == "You have your place."


@pytest.mark.parametrize(("seats", "fewer", "told"), [(3, False, True), (3, True, False), (1, False, False)])
def test_a_group_that_waits_together_is_told_what_that_means(town: Town, seats: int, fewer: bool, told: bool) -> None:
    date = town.occurrence(town.activity(waiting_mode=WaitingMode.OFFER), capacity=1)
    town.signed_up(date)
    town.signed_up(date, seats=seats, takes_fewer=fewer, language="en")
    assert any("You need 3 places at once." in line for line in last().text) == told
    assert [button.label for button in last().buttons] == ["See your sign-up", "Leave the waiting list"]
