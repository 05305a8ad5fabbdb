"""Check-in on the web: the organiser's page without JavaScript, a helper's link, the ticket, and what a device loads and sends."""

import json
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from engage.accounts import Rights
from engage.accounts.audit import AuditEntry
from engage.activities.asking import QuestionKind
from engage.activities.models import Kind, Occurrence
from engage.base.clock import utc_now
from engage.base.db import db
from engage.registrations import Registration, State, notices, tickets
from engage.registrations.attendance import Attendance, CheckIn, door_links
from engage.registrations.attendance.door_links import DoorNotYetOpen
from tests.accounts.cast import account, signed_in
from tests.town import Town
from tests.web.coming_in import come_in
from tests.web.conftest import Visitor, browser, letters, path_of
from tests.web.page import Element, parse

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
_numbers = count(1)
SOON = timedelta(minutes=30)


def today(town: Town, **facts: Any) -> Occurrence:
    """A date that begins in half an hour; people signed up while it was open."""
    return town.occurrence(starts_in=SOON, **facts)


def guest(town: Town, date: Occurrence, **facts: Any) -> Registration:
    found = town.signed_up(date, now=town.now - DAY, **facts)
    db.session.commit()
    return found


def door(date: Occurrence) -> str:
    return f"/organiser/aktiviteter/{date.activity.public_id}/datoer/{date.public_id}/tjek-ind"


def organiser(app: Flask, date: Occurrence, rights: Rights = Rights.EDITOR) -> Visitor:
    return Visitor(signed_in(app, account(member_of={date.activity.organisation: rights})))


def helper(app: Flask, date: Occurrence, now: datetime | None = None) -> tuple[Visitor, str]:
    _link, secret = door_links.make(date.id, "Ida ved døren", by=account().id, now=now or utc_now())
    db.session.commit()
    return Visitor(browser(app)), f"/doer/{secret}"


def press(visitor: Visitor, path: str, fields: dict[str, str], status: int = 200) -> Element:
    page = visitor.get(path)
    token = page.all("input", name="csrf_token")[0].get("value") or ""
    answer = visitor.client.post(path, data={"csrf_token": token, "nonce": f"n{next(_numbers)}", **fields})
    assert answer.status_code == status, answer.text[-1500:]
    return parse(answer.text)


def said(page: Element) -> str:
    (answer,) = page.all("div", **{"data-answer": ""})
    return answer.text


def came(who: Registration) -> int | None:
    db.session.expire_all()
    return db.session.scalar(select(Attendance.seats).where(Attendance.registration_id == who.id))


def last(who: Registration) -> list[str]:
    """What was noted of somebody, by public id, the first first."""
    query = select(CheckIn.public_id).where(CheckIn.registration_id == who.id)
    return list(db.session.scalars(query.order_by(CheckIn.id)))


def test_an_organiser_checks_in_by_ticket_code_name_and_button(app: Flask, town: Town) -> None:
    date = today(town)
    anna, bo, family = (
        guest(town, date, name="Anna Holm"),
        guest(town, date, name="Bo Lund"),
        guest(town, date, name="Familien Dam", seats=3),
    )
    visitor, path = organiser(app, date), door(date)
    page = press(visitor, path, {"do": "find", "find": tickets.link(anna)})
    assert "Anna Holm" in said(page)
    assert came(anna) == 1
    press(visitor, path, {"do": "find", "find": tickets.spoken(tickets.code(bo))})
    assert came(bo) == 1
    again = press(visitor, path, {"do": "find", "find": tickets.token(bo)})
    assert "Bo Lund" in said(again)
    found = press(visitor, path, {"do": "find", "find": "ann"})
    assert [each.text for each in found.all("p", class_="door-line-name")] == ["Anna Holm"]
    assert found.all("button", value="undo")
    press(visitor, path, {"do": "in", "sign_up": family.public_id, "seats": "2"})
    assert came(family) == 2
    press(visitor, path, {"do": "in", "sign_up": family.public_id, "seats": "1"})
    for _twice in range(2):
        press(visitor, path, {"do": "undo", "sign_up": family.public_id, "of": last(family)[-1]})
        assert came(family) == 2, "only what the button was for"
    (back,) = visitor.get(path).all("input", name="of", value=last(family)[0])
    press(visitor, path, {"do": "undo", "sign_up": family.public_id, "of": back.get("value") or ""})
    assert came(family) is None
    press(visitor, path, {"do": "absent", "sign_up": family.public_id})
    assert came(family) == 0
    actions = list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))
    assert {"guests.door_seen", "guests.checked_in", "guests.marked_absent", "guests.check_in_undone"} <= set(actions)
    assert "Anna" not in json.dumps([each.facts for each in db.session.scalars(select(AuditEntry))])


def test_a_form_that_is_sent_once_more_is_noted_once(app: Flask, town: Town) -> None:
    date = today(town)
    family = guest(town, date, seats=4)
    visitor = organiser(app, date)
    for _again in range(2):
        press(visitor, door(date), {"do": "in", "sign_up": family.public_id, "seats": "1", "nonce": "samenonce"})
    assert came(family) == 1
    assert db.session.query(CheckIn).count() == 1


def test_who_goes_back_and_types_something_else_asks_for_something_else(app: Flask, town: Town) -> None:
    date = today(town)
    anna, bo = guest(town, date, name="Anna Holm"), guest(town, date, name="Bo Lund")
    visitor = organiser(app, date)
    for each in (anna, bo):
        page = press(visitor, door(date), {"do": "find", "find": tickets.code(each), "nonce": "samepage"})
        assert each.name in said(page)
    for name, seats in (("Per Ny", "1"), ("Per Ny", "1"), ("Per Ny", "2"), ("Ida Ny", "2")):
        press(visitor, door(date), {"do": "walk_in", "name": name, "seats": seats, "nonce": "samepage"})
    assert db.session.query(CheckIn).count() == 5


def test_what_was_taken_back_and_is_sent_once_more_stays_taken_back(app: Flask, town: Town) -> None:
    date = today(town)
    anna = guest(town, date)
    visitor, entry = organiser(app, date), {"do": "in", "sign_up": anna.public_id, "nonce": "samepage"}
    press(visitor, door(date), entry)
    press(visitor, door(date), {"do": "undo", "sign_up": anna.public_id, "of": last(anna)[-1]})
    (shown,) = press(visitor, door(date), entry).all("div", class_="door-answer")
    assert (shown.get("data-code"), came(anna)) == ("undone", None)
    actions = list(db.session.scalars(select(AuditEntry.action).where(AuditEntry.action.like("guests.check%"))))
    assert sorted(actions) == ["guests.check_in_undone", "guests.checked_in"], "nobody did anything anew"


def test_a_groups_code_asks_how_many_and_tells_what_is_wrong(app: Flask, town: Town) -> None:
    date = today(town)
    family, gone = guest(town, date, name="Familien Dam", seats=3), guest(town, date, name="De Andre", seats=2)
    gone.state = State.CANCELLED_BY_PERSON
    db.session.commit()
    visitor, path = organiser(app, date), door(date)
    asked = press(visitor, path, {"do": "find", "find": tickets.code(family)})
    assert "Familien Dam" in said(asked) and came(family) is None
    assert [each.get("data-id") for each in asked.all("li", class_="door-line-open")] == [family.public_id]
    told = press(visitor, path, {"do": "find", "find": tickets.code(gone)})
    assert told.all("div", **{"data-code": "cancelled"})


def test_of_a_group_with_an_open_question_as_many_are_let_in_as_came(app: Flask, town: Town) -> None:
    date = today(town)
    question = town.question(date.activity, "Har du en allergi?", QuestionKind.YES_NO, required=True)
    family = guest(town, date, name="Familien Dam", seats=3, answers={question.public_id: "yes"})
    family.answers = {}
    db.session.commit()
    visitor, path = organiser(app, date), door(date)
    refused = press(visitor, path, {"do": "in", "sign_up": family.public_id, "seats": "2"})
    (form,) = [each for each in refused.all("form") if each.all("button", value="anyway")]
    sent = {str(each.get("name")): str(each.get("value")) for each in form.all("input", type="hidden")}
    press(visitor, path, {**sent, "do": "anyway"})
    assert came(family) == 2


def test_of_a_group_some_leave_and_the_others_stay(app: Flask, town: Town) -> None:
    date = today(town)
    family = guest(town, date, name="Familien Dam", seats=4)
    visitor, path = organiser(app, date), door(date)
    page = press(visitor, path, {"do": "in", "sign_up": family.public_id, "seats": "4"})
    (select,) = page.all("select", name="leaving")
    assert [each.get("value") for each in select.all("option")] == ["1", "2", "3", "4"]
    left = press(visitor, path, {"do": "out", "sign_up": family.public_id, "leaving": "1"})
    assert "3 af 4" in left.one("li", **{"data-id": family.public_id}).text
    (select,) = left.all("select", name="leaving")
    assert came(family) == 4 and len(select.all("option")) == 3


def test_how_many_are_missing_is_not_how_many_leave(app: Flask, town: Town) -> None:
    date = today(town)
    family = guest(town, date, seats=5)
    visitor, line = organiser(app, date), {"sign_up": family.public_id}
    press(visitor, door(date), {"do": "in", "seats": "1", **line})
    page = press(visitor, door(date), {"do": "out", "seats": "4", **line})
    assert [each.get("data-code") for each in page.all("div", class_="door-answer")] == ["left"]


def test_beyond_the_places_only_with_a_reason_of_who_may(app: Flask, town: Town) -> None:
    date = today(town, capacity=1)
    guest(town, date)
    walk = {"do": "walk_in", "name": "Per Ny", "seats": "1"}
    press(organiser(app, date, Rights.CHECK_IN), door(date), {**walk, "reason": "Kom langvejs fra"}, status=409)
    editor = organiser(app, date)
    press(editor, door(date), walk, status=409)
    page = press(editor, door(date), {**walk, "reason": "Kom langvejs fra"})
    assert "Per Ny" in said(page)
    assert db.session.query(Registration).filter_by(walk_in=True).count() == 1


def test_a_helper_sees_first_names_and_only_this_date(app: Flask, town: Town) -> None:
    date, other = today(town), today(town)
    anna = guest(town, date, name="Anna Birgitte Holm")
    visitor, path = helper(app, date)
    page = visitor.get(path)
    assert "Anna H." in page.text and "Holm" not in page.text
    press(visitor, path, {"do": "in", "sign_up": anna.public_id})
    assert came(anna) == 1
    press(visitor, path, {"do": "in", "sign_up": guest(town, other).public_id})
    assert db.session.query(CheckIn).count() == 1
    assert db.session.scalars(select(CheckIn)).one().door_link_id is not None
    seen = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "guests.door_seen")).first()
    assert seen is not None and seen.by_id is None and seen.facts["door_link"]


def test_a_helper_presses_behind_tls(app: Flask, town: Town) -> None:
    """A page that tells browsers to say nothing of where they come from would have each of its forms refused."""
    date = today(town)
    anna = guest(town, date)
    visitor, path = helper(app, date)
    page = visitor.client.get(path, base_url="https://localhost")
    html = parse(page.text)
    silent = html.all("meta", name="referrer") or page.headers["Referrer-Policy"] == "no-referrer"
    token = html.all("input", name="csrf_token")[0].get("value") or ""
    fields = {"csrf_token": token, "nonce": "behindtls", "do": "in", "sign_up": anna.public_id}
    headers = {} if silent else {"Referer": f"https://localhost{path}"}
    answer = visitor.client.post(path, data=fields, base_url="https://localhost", headers=headers)
    assert (answer.status_code, came(anna)) == (200, 1)


def test_a_link_opens_the_day_before_and_is_closed_when_taken_back(app: Flask, town: Town) -> None:
    far, tomorrow, over = town.occurrence(), town.occurrence(starts_in=20 * HOUR), town.occurrence(starts_in=-3 * DAY)
    visitor, path = helper(app, far)
    assert str(DoorNotYetOpen()) in visitor.get(path, status=404).text
    anna = guest(town, tomorrow)
    visitor, path = helper(app, tomorrow)
    page = press(visitor, path, {"do": "in", "sign_up": anna.public_id})
    assert came(anna) is None and said(page)
    member = organiser(app, tomorrow)
    (link,) = door_links.of_date(tomorrow.id)
    member.send(f"{door(tomorrow)}/links/{link.public_id}/tilbage", {}, status=303)
    visitor.get(path, status=404)
    guest(town, over, name="Grethe Dam") if over.starts_at > utc_now() else None
    visitor, path = helper(app, over)
    assert "Dam" not in visitor.get(path).text, "a day after the end there are no names any more"


def test_who_presses_when_all_is_over_is_told_no_name(app: Flask, town: Town) -> None:
    date = today(town)
    anna = guest(town, date, name="Grethe Dam")
    visitor, path = helper(app, date)
    date.starts_at, date.ends_at = date.starts_at - 3 * DAY, date.ends_at - 3 * DAY
    db.session.commit()
    for how in ({"do": "in", "sign_up": anna.public_id}, {"do": "find", "find": tickets.code(anna)}):
        page = press(visitor, path, how)
        assert [each.get("data-code") for each in page.all("div", class_="door-answer")] == ["closed"]
        assert "Grethe" not in page.text


def test_a_link_is_made_shown_once_and_only_by_who_decides(app: Flask, town: Town) -> None:
    date = today(town)
    visitor = organiser(app, date)
    visitor.send(f"{door(date)}/links", {"label": "Ida"}, status=303)
    page = visitor.get(f"{door(date)}/links")
    (shown,) = page.all("input", id="new")
    assert Visitor(browser(app)).get(path_of(shown.get("value") or ""))
    assert not visitor.get(f"{door(date)}/links").all("input", id="new")
    organiser(app, date, Rights.CHECK_IN).get(f"{door(date)}/links", status=404)


def test_a_ticket_shows_itself_and_leads_who_checks_in_to_the_door(app: Flask, town: Town) -> None:
    date = today(town)
    anna = guest(town, date, name="Anna Holm")
    path = path_of(tickets.link(anna))
    citizen = Visitor(browser(app))
    page = citizen.get(path)
    assert tickets.spoken(tickets.code(anna)) in page.text
    assert "Anna" not in page.text, "a ticket may be handed on"
    assert citizen.client.get(f"{path}/kode.svg").mimetype == "image/svg+xml"
    led = organiser(app, date).client.get(path)
    assert led.status_code == 302 and led.location.startswith(door(date))
    assert organiser(app, today(town)).client.get(path).status_code == 200, "another organisation's door is not theirs"
    visitor, way = helper(app, date)
    visitor.get(way)
    assert visitor.client.get(path).location.startswith(way)
    tickets.renew(anna)
    db.session.commit()
    citizen.get(path, status=404)


def test_a_helpers_own_ticket_is_their_ticket_when_the_date_is_over(app: Flask, town: Town) -> None:
    date, later = today(town), town.occurrence()
    anna, theirs = guest(town, date), guest(town, later)
    visitor, way = helper(app, date)
    visitor.get(way)
    assert visitor.client.get(path_of(tickets.link(theirs))).location.startswith(way), (
        "told there that it is for another date"
    )
    date.starts_at, date.ends_at = date.starts_at - 3 * DAY, date.ends_at - 3 * DAY
    db.session.commit()
    assert visitor.client.get(path_of(tickets.link(theirs))).status_code == 200
    assert visitor.client.get(path_of(tickets.link(anna))).location.startswith(way)


def test_a_new_address_makes_a_new_ticket(town: Town) -> None:
    anna = town.signed_up(town.occurrence())
    old = tickets.token(anna)
    anna.email = "ny@example.org"
    db.session.commit()
    db.session.refresh(anna)
    assert tickets.token(anna) != old


def test_the_ticket_stands_on_the_own_page_and_in_the_mail(app: Flask, town: Town) -> None:
    anna = town.signed_up(town.occurrence())
    page = Visitor(browser(app)).get(f"/tilmelding/{notices.manage_token(anna.public_id)}")
    assert tickets.spoken(tickets.code(anna)) in page.text
    assert any(tickets.token(anna) in json.dumps(each.message) for each in letters())


def test_hours_are_put_right_with_a_reason_the_volunteer_reads(app: Flask, town: Town) -> None:
    date = today(town, activity=town.activity(kind=Kind.VOLUNTEER), hours=3)
    anna, visitor = guest(town, date), organiser(app, date)
    press(visitor, door(date), {"do": "in", "sign_up": anna.public_id})
    hours = f"{door(date)}/timer"
    (label,) = visitor.get(hours).all("label", **{"for": f"h-{anna.public_id}"})
    assert label.text in {"Number of hours", "Antal timer"}, "how long, not at what time"
    visitor.send(f"{hours}/{anna.public_id}", {"hours": "1", "minutes": "30", "reason": "Gik før"}, status=303)
    found = db.session.scalars(select(Attendance)).one()
    assert (found.minutes, found.hours_in_minutes) == (180, 90)
    page = Visitor(browser(app)).get(f"/tilmelding/{notices.manage_token(anna.public_id)}")
    assert "Gik før" in page.text
    date.starts_at, date.ends_at = date.starts_at - timedelta(days=2), date.ends_at - timedelta(days=2)
    db.session.commit()
    past = come_in(app, str(anna.email)).get("/mine/tidligere").one("article").text
    assert "Gik før" in past and "1 time 30 minutter" in past
    assert "Du havde en plads." in past, "what is over is not told as what is to come"


@pytest.mark.parametrize("endpoint", ["", "/liste.json", "/arbejder.js"])
def test_a_secret_that_is_none_opens_nothing(app: Flask, town: Town, endpoint: str) -> None:
    Visitor(browser(app)).get(f"/doer/{'x' * 32}{endpoint}", status=404)


def test_the_worker_is_for_its_page_alone_and_the_camera_too(app: Flask, town: Town) -> None:
    visitor, path = helper(app, today(town))
    worker = visitor.client.get(f"{path}/arbejder.js")
    assert worker.headers["Service-Worker-Allowed"] == path
    assert "javascript" in worker.headers["Content-Type"]
    assert visitor.client.get(path).headers["Permissions-Policy"].startswith("camera=(self)")
    assert visitor.client.get("/").headers["Permissions-Policy"].startswith("camera=()")
    shell = visitor.get(f"{path}?skal=1")
    assert not shell.all("li", class_="door-line"), "what is kept on the device has no names in it"


def test_who_only_checks_in_finds_the_door_from_the_first_page(app: Flask, town: Town) -> None:
    date = today(town)
    visitor = organiser(app, date, Rights.CHECK_IN)
    assert visitor.get("/organiser/").all("a", href=door(date))
    ways = [each.get("href") for each in visitor.get(door(date)).all("a", class_="back")]
    assert ways == ["/organiser/"], "not to a page that is not theirs"
