"""An offer opened by the link in its mail: what, until when exactly, yes, fewer or no; and what became of it afterwards."""

from datetime import datetime, timedelta

import pytest
from flask import Flask

from engage import registrations
from engage.activities.models import Occurrence
from engage.activities.terms import AskedOfEach, WaitingMode
from engage.base import i18n, tokens
from engage.base.clock import utc_now
from engage.base.config import Settings
from engage.base.db import db
from engage.base.i18n import gettext as _
from engage.base.wording import deadline
from engage.registrations import Companion, Registration, State, notices
from engage.registrations.models import Answered, Offer
from tests.town import Town
from tests.web.conftest import Visitor, browser, letters, path_of
from tests.web.page import Element, parse

DAY = timedelta(days=1)


def offered(town: Town, seats: int = 1, **facts: object) -> tuple[Registration, Offer]:
    """Somebody who waited for so many seats, which are offered to them now."""
    date, answers, companions = _full(town, seats, facts)
    guest = town.signed_up(date, seats=seats, answers=answers, companions=companions)
    waiting = town.signed_up(date, seats=seats, name="Anna Holm", companions=companions)
    registrations.cancel(guest.public_id, now=town.now)
    db.session.commit()
    offer = registrations.open_offer(waiting)
    assert offer is not None
    return waiting, offer


def _full(town: Town, seats: int, facts: dict[str, object]) -> tuple[Occurrence, dict[str, str], tuple[Companion, ...]]:
    asks, companions = facts.pop("asks", False), facts.pop("companions", ())
    activity = town.activity(waiting_mode=WaitingMode.OFFER, **facts)
    answers = {town.question(activity, required=True).public_id: "Fisk"} if asks else {}
    return town.occurrence(activity, capacity=seats, starts_in=20 * DAY), answers, companions  # type: ignore[return-value]


def path_to(offer: Offer) -> str:
    return f"/tilbud/{notices.offer_token(offer.public_id)}"


def own_page(registration: Registration) -> str:
    return f"/tilmelding/{notices.manage_token(registration.public_id)}"


def fresh(registration: Registration) -> Registration:
    db.session.expire_all()
    return db.session.get_one(Registration, registration.id)


def run_out(offer: Offer) -> None:
    """Let the time of the offer be over, and somebody have noticed."""
    offer.expires_at = utc_now() - timedelta(hours=1)
    db.session.commit()
    registrations.expire_offers(utc_now())
    db.session.commit()


def lead(page: Element) -> str:
    return page.one("p", class_="lead").text


def test_the_mail_leads_to_the_page_and_opening_it_changes_nothing(town: Town, visitor: Visitor) -> None:
    waiting, offer = offered(town)
    (letter,) = [each for each in letters() if "offer:" in each.key]
    path = path_of(letter.message["buttons"][0]["url"])
    assert path == path_to(offer)
    before = len(letters())
    page = visitor.get(path)
    visitor.client.head(path)
    assert deadline(offer.expires_at, waiting.occurrence.timezone) in lead(page)
    assert waiting.occurrence.activity.texts[0].title in page.text
    assert (fresh(waiting).state, len(letters())) == (State.OFFERED, before)
    assert "private" in visitor.client.get(path).headers["Cache-Control"]
    assert "Disallow: /tilbud/" in visitor.client.get("/robots.txt").text


def test_yes_gives_the_place_and_twice_is_as_good_as_once(town: Town, visitor: Visitor) -> None:
    waiting, offer = offered(town)
    page = visitor.get(path_to(offer))
    first = visitor.submit(page, path_to(offer), {}, status=303)
    count = len(letters())
    assert visitor.submit(page, path_to(offer), {}, status=303).location == first.location == own_page(waiting)
    assert fresh(waiting).state == State.CONFIRMED
    assert len(letters()) == count, "one letter says it once"
    answered = visitor.get(path_to(offer))
    assert lead(answered) == _("You said yes to the place.")
    assert not answered.all("form", action=path_to(offer)) and answered.all("a", href=own_page(waiting))


def test_no_lets_it_go_to_the_next_and_twice_is_as_good_as_once(town: Town, visitor: Visitor) -> None:
    waiting, offer = offered(town)
    following = town.signed_up(waiting.occurrence)
    page = visitor.get(path_to(offer))
    for _time in range(2):
        answer = visitor.submit(page, path_to(offer) + "/nej", {}, status=303)
    assert answer.location == path_to(offer)
    assert (fresh(waiting).state, fresh(following).state) == (State.OFFER_DECLINED, State.OFFERED)
    said = visitor.get(path_to(offer))
    assert lead(said) == _("Thank you for telling us. The place goes to the next in line.")
    assert said.all("form", action=own_page(waiting) + "/venteliste"), "they may change their mind"


def test_fewer_may_be_taken_than_are_offered(town: Town, visitor: Visitor) -> None:
    waiting, offer = offered(town, seats=3)
    following = town.signed_up(waiting.occurrence)
    page = visitor.get(path_to(offer))
    assert [each.get("value") for each in page.one("select", id="take").all("option")] == ["3", "2", "1"]
    visitor.submit(page, path_to(offer), {"take": "2"}, status=303)
    assert (fresh(waiting).seats, fresh(following).state) == (2, State.OFFERED)


@pytest.mark.parametrize("take", ["0", "4", "-1", "99999", "x"])
def test_no_number_takes_more_than_is_offered(town: Town, visitor: Visitor, take: str) -> None:
    waiting, offer = offered(town, seats=3)
    answer = visitor.client.post(
        path_to(offer),
        data={**visitor.get(path_to(offer)).all("form", action=path_to(offer))[0].fields(), "take": take},
    )
    own = fresh(waiting)
    assert (answer.status_code, own.state) in {(422, State.OFFERED), (303, State.CONFIRMED)}
    assert own.seats == 3


def test_what_was_put_off_is_asked_before_there_is_a_place(town: Town, visitor: Visitor) -> None:
    waiting, offer = offered(town, asks=True)
    page = visitor.get(path_to(offer))
    (field,) = [each.get("name") for each in page.all("textarea")]
    again = parse(visitor.submit(page, path_to(offer), {field: " "}, status=422).text)
    assert again.one("div", data_error_summary="").one("a").get("href") == f"#{field}"
    assert fresh(waiting).state == State.OFFERED
    visitor.submit(again, path_to(offer), {field: "Kød"}, status=303)
    assert list(fresh(waiting).answers.values()) == ["Kød"]


def test_who_comes_follows_the_number_that_is_taken(town: Town, visitor: Visitor) -> None:
    both = (Companion("Bo"), Companion("Ida"))
    waiting, offer = offered(town, seats=2, asked_of_each=AskedOfEach.NAME, companions=both)
    page = visitor.get(path_to(offer))
    assert page.one("input", id="companions-1-name").get("value") == "Ida"
    visitor.submit(page, path_to(offer), {"take": "1", "companions-0-name": "Ida"}, status=303)
    own = fresh(waiting)
    assert (own.seats, own.companions) == (1, [{"name": "Ida", "age": None}])


def test_an_offer_that_ran_out_says_so_and_offers_the_line_again(town: Town, visitor: Visitor) -> None:
    waiting, offer = offered(town)
    following = town.signed_up(waiting.occurrence)
    page = visitor.get(path_to(offer))
    run_out(offer)
    assert fresh(following).state == State.OFFERED
    late = visitor.submit(page, path_to(offer), {}, status=303)
    assert late.location == path_to(offer)
    gone = visitor.get(path_to(offer))
    assert deadline(offer.expires_at, waiting.occurrence.timezone) in lead(gone)
    assert not gone.all("form", action=path_to(offer))
    again = own_page(waiting) + "/venteliste"
    visitor.submit(gone, again, {}, status=303)
    assert fresh(waiting).state == State.WAITING
    assert "1" in visitor.get(own_page(waiting)).one("p", class_="alert-heading").text


def test_before_anybody_noticed_that_it_ran_out_it_is_over_all_the_same(town: Town, visitor: Visitor) -> None:
    waiting, offer = offered(town)
    following = town.signed_up(waiting.occurrence)
    offer.expires_at = utc_now() - timedelta(hours=1)
    db.session.commit()
    page = visitor.get(path_to(offer))
    assert not page.all("form", action=path_to(offer)), "somebody else waits for it"
    visitor.send(path_to(offer), {}, status=303)
    assert fresh(waiting).state == State.OFFERED
    visitor.send(own_page(waiting) + "/venteliste", {}, status=303)
    assert (fresh(waiting).state, fresh(following).state) == (State.WAITING, State.OFFERED)


def test_a_late_yes_counts_while_nobody_else_wants_the_place(town: Town, visitor: Visitor) -> None:
    waiting, offer = offered(town)
    offer.expires_at = utc_now() - timedelta(hours=1)
    db.session.commit()
    page = visitor.get(path_to(offer))
    assert deadline(offer.expires_at, waiting.occurrence.timezone) in lead(page)
    visitor.submit(page, path_to(offer), {}, status=303)
    assert fresh(waiting).state == State.CONFIRMED
    assert db.session.get_one(Offer, offer.id).answered == Answered.EXPIRED


def test_who_is_asked_again_may_answer_by_the_first_letter_and_no_offer_is_left_open(
    town: Town, visitor: Visitor
) -> None:
    waiting, offer = offered(town)
    run_out(offer)
    db.session.expire_all()
    assert fresh(waiting).state == State.OFFERED, "nobody else waits, so they are asked once more"
    new = registrations.open_offer(fresh(waiting))
    assert new is not None
    assert visitor.get(path_to(offer)).all("form", action=path_to(new)), "the page asks about what is offered now"
    visitor.send(path_to(offer), {}, status=303)
    assert fresh(waiting).state == State.CONFIRMED
    states = [each.answered for each in db.session.query(Offer).order_by(Offer.id)]
    assert states == [Answered.EXPIRED, Answered.ACCEPTED]


def test_what_was_cancelled_meanwhile_is_not_offered_any_more(town: Town, visitor: Visitor) -> None:
    waiting, offer = offered(town)
    page = visitor.get(path_to(offer))
    registrations.cancel(waiting.public_id, now=utc_now())
    db.session.commit()
    visitor.submit(page, path_to(offer), {}, status=303)
    assert fresh(waiting).state == State.CANCELLED_BY_PERSON
    assert not visitor.get(path_to(offer)).all("form", action=path_to(offer))


def test_a_token_for_another_thing_or_of_another_key_opens_nothing(
    town: Town, visitor: Visitor, settings: Settings
) -> None:
    waiting, offer = offered(town)
    for token in (
        notices.manage_token(waiting.public_id), tokens.sign(settings.secret_key, notices.OFFER, waiting.public_id) + "x",
        tokens.sign("another key that is long enough to be one", notices.OFFER, offer.public_id), offer.public_id, "x",
    ):  # fmt: skip
        visitor.get(f"/tilbud/{token}", status=404)
        visitor.send(f"/tilbud/{token}", {}, status=404)
    unknown = tokens.sign(settings.secret_key, notices.OFFER, "nothing")
    visitor.get(f"/tilbud/{unknown}", status=409)
    visitor.client.post(path_to(offer))  # without the form's own token
    assert fresh(waiting).state == State.OFFERED


@pytest.mark.parametrize("language", ["da", "en", "de"])
def test_the_page_is_in_the_language_of_its_reader(app: Flask, town: Town, language: str) -> None:
    _waiting, offer = offered(town)
    reader = Visitor(browser(app))
    page = reader.get(f"{path_to(offer)}?lang={language}")
    assert page.one("html").get("lang") == language
    with i18n.speaking(language):
        assert page.one("form", action=path_to(offer)).one("button").text == _("Yes, I am coming")


def test_the_exact_end_is_told_in_the_zone_of_the_activity(town: Town, visitor: Visitor) -> None:
    _waiting, offer = offered(town)
    offer.expires_at = datetime.fromisoformat("2030-07-01T08:00:00+00:00")
    db.session.commit()
    assert "10.00" in lead(visitor.get(path_to(offer)))
