"""The dates of an activity in the organiser's room, walked through as an organiser would: without JavaScript."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from engage.accounts import Rights
from engage.accounts.audit import AuditEntry
from engage.activities import dates, series
from engage.activities.models import Activity, ActivityState, Kind, Occurrence, OccurrenceState
from engage.base.clock import utc_now
from engage.base.db import db
from engage.registrations import State
from tests.accounts.cast import account, signed_in
from tests.town import Town
from tests.web.conftest import Visitor, address, letters
from tests.web.page import Element, parse


@pytest.fixture
def activity(town: Town) -> Activity:
    return town.activity(kind=Kind.VOLUNTEER, capacity=8, place=town.place())


@pytest.fixture
def organiser(app: Flask, activity: Activity) -> Visitor:
    """An editor of the activity's organisation."""
    return Visitor(signed_in(app, account(member_of=[activity.organisation])))


def room(activity: Activity) -> str:
    return f"/organiser/aktiviteter/{activity.public_id}/datoer"


def day(weeks: int) -> str:
    return (utc_now().date() + timedelta(weeks=weeks)).isoformat()


def rows(activity: Activity) -> list[Occurrence]:
    db.session.expire_all()
    return dates.of(activity.id)


def form(page: Element, action: str, method: str = "post") -> Element:
    (found,) = [each for each in page.all("form") if each.get("action") == action and each.get("method") == method]
    return found


def shown(organiser: Visitor, activity: Activity, **fields: object) -> Element:
    """The series page with the dates these fields give."""
    return organiser.get(f"{room(activity)}/serie?{urlencode({**course(activity), **fields}, doseq=True)}")


def course(activity: Activity) -> dict[str, object]:
    return {
        "frequency": "weekly", "weekdays": ["1", "3"], "interval": "1", "first": day(1), "end": "count", "count": "6",
        "begins": "18.00", "ends": "20.00", "place": str(activity.place_id), "capacity": "12",
    }  # fmt: skip


def save(organiser: Visitor, page: Element, action: str, **without: object) -> None:
    """Press the button under the dates shown, with every day still ticked that is not named in `but`."""
    but = set(without.get("but", ()))  # type: ignore[call-overload]
    sent: MultiDict[str, str] = MultiDict()
    for each in form(page, action).all("input"):
        if each.get("type") != "checkbox" or (each.has("checked") and each.get("value") not in but):
            sent.add(each.get("name"), each.get("value"))
    answer = organiser.client.post(action, data=sent)
    assert answer.status_code == 303, answer.text[-2000:]


def test_one_date_is_added(organiser: Visitor, activity: Activity) -> None:
    page = organiser.get(f"{room(activity)}/ny")
    assert page.one("select", id="place").one("option", selected="").get("value") == str(activity.place_id)
    assert page.one("input", id="capacity").get("value") == "8"
    fields = {"day": day(1), "begins": "19", "ends": "1.30", "capacity": ""}
    organiser.submit(page, f"{room(activity)}/ny", fields, status=303)
    (added,) = rows(activity)
    assert (added.ends_at - added.starts_at, added.pool.capacity) == (timedelta(hours=6.5), None)
    assert organiser.get(room(activity)).all("li", class_="own-date")


def test_what_is_missing_is_said_beside_its_field_and_the_rest_is_kept(organiser: Visitor, activity: Activity) -> None:
    action = f"{room(activity)}/ny"
    sent = {"day": "31.2.2027", "begins": "25", "ends": "", "place": "", "online_url": "x", "capacity": "mange"}
    page = parse(organiser.submit(organiser.get(action), action, sent, status=422).text)
    assert {link.get("href") for link in page.one("div", class_="alert-error").all("a")} == {
        "#day", "#begins", "#ends", "#place", "#online_url", "#capacity",
    }  # fmt: skip
    assert page.one("input", id="capacity").get("value") == "mange"
    assert page.one("input", id="begins").get("aria-invalid") == "true"
    sent = {"day": "1.1.2024", "begins": "10", "ends": "12", "place": str(activity.place_id)}
    page = parse(organiser.submit(organiser.get(action), action, sent, status=422).text)
    assert page.one("div", class_="alert-error").all("a", href="#day")
    assert rows(activity) == []


def test_a_series_is_looked_at_then_saved_with_the_days_that_are_ticked(organiser: Visitor, activity: Activity) -> None:
    page = shown(organiser, activity)
    boxes = page.all("input", name="keep")
    assert len(boxes) == 6 and all(box.has("checked") for box in boxes)
    assert rows(activity) == [], "looking saves nothing"
    save(organiser, page, f"{room(activity)}/serie", but=[boxes[2].get("value")])
    there = rows(activity)
    assert [each.series_day.isoformat() for each in there if each.series_day] == [
        box.get("value") for box in boxes if box is not boxes[2]
    ]  # fmt: skip
    assert {each.starts_at.astimezone(each.timezone).hour for each in there} == {18}
    assert {each.pool.capacity for each in there} == {12}


def test_the_button_pressed_twice_adds_the_series_once(organiser: Visitor, activity: Activity) -> None:
    page = shown(organiser, activity)
    save(organiser, page, f"{room(activity)}/serie")
    sent = form(page, f"{room(activity)}/serie").fields()
    assert organiser.client.post(f"{room(activity)}/serie", data=sent).status_code == 422
    assert len(rows(activity)) == 6


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"frequency": "daily", "count": "3"}, 3),
        ({"frequency": "monthly_day", "month_day": "-1", "count": "4"}, 4),
        ({"frequency": "monthly_weekday", "nth": "-1", "nth_weekday": "4", "count": "5"}, 5),
        ({"frequency": "dates", "days": "1.6.2027, 8.6.2027\n2027-06-15"}, 3),
        ({"interval": "2", "count": "7"}, 7),
    ],
)
def test_every_rhythm_shows_its_dates(
    organiser: Visitor, activity: Activity, fields: dict[str, str], expected: int
) -> None:
    assert len(shown(organiser, activity, **fields).all("input", name="keep")) == expected


def test_months_without_the_day_and_holidays_are_pointed_out(organiser: Visitor, activity: Activity) -> None:
    page = shown(organiser, activity, frequency="monthly_day", month_day="31", count="5")
    assert len(page.all("p", class_="notice")) == 1
    year = utc_now().year + 1
    page = shown(organiser, activity, frequency="dates", days=f"25.12.{year}, 27.12.{year}")
    (flagged,) = page.all("div", class_="choice")[-2:-1]
    assert flagged.all("span", class_="label-urgent")
    assert len(page.all("span", class_="label-urgent")) == 1


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"weekdays": []}, "weekdays"), ({"count": "0"}, "count"), ({"count": "201"}, "count"), ({"first": ""}, "first"),
        ({"end": "until", "until": "i morgen"}, "until"), ({"frequency": "dates", "days": ""}, "days"),
        ({"frequency": "dates", "days": "32.1.2027"}, "days"), ({"frequency": "hourly"}, "frequency"),
        ({"end": "until", "until": "2020-01-01"}, "frequency"), ({"interval": "99"}, "frequency"),
        ({"frequency": "monthly_weekday", "nth": "9"}, "frequency"), ({"begins": "kl. 18"}, "begins"),
        ({"frequency": "monthly_day", "month_day": "x"}, "frequency"), ({"first": "9999-12-31"}, "first"),
    ],
)  # fmt: skip
def test_a_series_that_makes_no_sense_is_explained(
    organiser: Visitor, activity: Activity, fields: dict[str, str], field: str
) -> None:
    path = f"{room(activity)}/serie?{urlencode({**course(activity), **fields}, doseq=True)}"
    page = organiser.get(path, status=422)
    assert page.one("div", class_="alert-error").all("a", href=f"#{field}")
    assert not page.all("input", name="keep")


@pytest.fixture
def six(organiser: Visitor, activity: Activity) -> list[Occurrence]:
    """A course of six dates, saved through the pages."""
    save(organiser, shown(organiser, activity), f"{room(activity)}/serie")
    return rows(activity)


def test_guests_are_named_before_they_are_told_and_told_once(
    organiser: Visitor, activity: Activity, six: list[Occurrence], town: Town
) -> None:
    guest = town.signed_up(six[2])
    town.signed_up(six[3])
    before = len(letters())
    action = f"{room(activity)}/{six[2].public_id}"
    sent = {"begins": "17.00", "scope": "following"}
    page = parse(organiser.submit(organiser.get(action), action, sent, status=200).text)
    assert (len(letters()), rows(activity)[2].sequence) == (before, 0), "nothing is saved or sent yet"
    organiser.submit(page, action, {"words": "Vi begynder før."}, status=303)
    told = letters()[before:]
    assert len(told) == 2 and any("Vi begynder før." in part for part in told[0].message["text"])
    assert [each.starts_at.astimezone(each.timezone).hour for each in rows(activity)] == [18, 18, 17, 17, 17, 17]
    assert guest.state == State.CONFIRMED


def test_a_date_changed_alone_keeps_its_own_and_the_page_says_so(
    organiser: Visitor, activity: Activity, six: list[Occurrence]
) -> None:
    alone, second = (f"{room(activity)}/{each.public_id}" for each in six[:2])
    organiser.submit(organiser.get(alone), alone, {"begins": "16.00"}, status=303)
    before = organiser.get(room(activity)).all("ul", class_="points")
    assert len(before) == 1
    organiser.submit(organiser.get(second), second, {"begins": "17.00", "scope": "all"}, status=303)
    assert organiser.get(room(activity)).one("div", class_="alert-success")
    hours = [each.starts_at.astimezone(each.timezone).hour for each in rows(activity)]
    assert hours == [16, 17, 17, 17, 17, 17]


def test_one_date_can_be_called_something_of_its_own(
    organiser: Visitor, visitor: Visitor, activity: Activity, six: list[Occurrence]
) -> None:
    action = f"{room(activity)}/{six[1].public_id}"
    organiser.submit(
        organiser.get(action), action, {"own_title_da": "Åbent hus", "begins": "17.00", "scope": "all"}, status=303
    )
    assert [each.titles for each in rows(activity)] == [{}, {"da": "Åbent hus"}, {}, {}, {}, {}]
    assert six[1].sequence == 2, "its time and its title"
    assert "Åbent hus" in organiser.get(room(activity)).one("main").text
    assert visitor.get(address(six[1])).one("h1").text == "Åbent hus"
    assert visitor.get(address(six[2])).one("h1").text == "Klimacafé"
    page = organiser.get(action)
    assert page.one("input", id="own_title_da").get("value") == "Åbent hus"
    organiser.submit(page, action, {"own_title_da": ""}, status=303)
    assert rows(activity)[1].titles == {}


def test_a_date_with_sign_ups_is_called_off_and_one_without_goes(
    organiser: Visitor, activity: Activity, six: list[Occurrence], town: Town
) -> None:
    guest = town.signed_up(six[4])
    action = f"{room(activity)}/{six[3].public_id}/fjern"
    page = organiser.get(action)
    assert [each.get("value") for each in page.all("input", name="scope")] == ["this", "following", "all"]
    organiser.submit(page, action, {"scope": "following", "do": "remove", "words": "Ingen tid."}, status=303)
    assert [each.state for each in rows(activity)] == [OccurrenceState.SCHEDULED] * 3 + [OccurrenceState.CANCELLED]
    assert guest.state == State.CANCELLED_WITH_EVENT
    action = f"{room(activity)}/{six[0].public_id}/fjern"
    organiser.submit(organiser.get(action), action, {"do": "call_off"}, status=303)
    assert rows(activity)[0].state == OccurrenceState.CANCELLED
    organiser.client.get(f"{room(activity)}/{six[0].public_id}")
    assert organiser.client.get(action).status_code == 302, "what is called off cannot be called off again"


def test_a_shorter_series_shows_whom_it_concerns_first(
    organiser: Visitor, activity: Activity, six: list[Occurrence], town: Town
) -> None:
    town.signed_up(six[5])
    (found,) = {each.series_id for each in six}
    public_id = db.session.get_one(series.Series, found).public_id
    action = f"{room(activity)}/serie/{public_id}"
    page = organiser.get(action)
    fields = form(page, f"{action}#days-shown", "get").fields()
    ticked = [each.get("value") for each in page.all("input", name="weekdays") if each.has("checked")]
    assert (fields["count"], ticked) == ("6", ["1", "3"])
    page = organiser.get(f"{action}?{urlencode({**fields, 'weekdays': ticked, 'count': '4'}, doseq=True)}")
    assert len(page.one("section", id="days-shown").one("ul", class_="points").all("li")) == 2
    assert len(rows(activity)) == 6
    before = len(letters())
    sent = MultiDict((each.get("name"), each.get("value")) for each in form(page, action).all("input"))
    assert organiser.client.post(action, data=sent).status_code == 303
    states = [each.state for each in rows(activity)]
    assert states == [OccurrenceState.SCHEDULED] * 4 + [OccurrenceState.CANCELLED]
    assert len(letters()) == before + 1


def test_roles_are_written_in_two_languages_and_shown_to_the_public(
    organiser: Visitor, activity: Activity, six: list[Occurrence]
) -> None:
    action = f"{room(activity)}/opgaver/ny"
    fields = {
        "name_da": "Børnehjørnet", "name_de": "Kinderecke", "text_da": "Leg og læs højt.", "vetting_da": "Børneattest",
        "needed": "3", "begins": "17.30", "ends": "19.00",
    }  # fmt: skip
    organiser.submit(organiser.get(action), action, fields, status=303)
    assert {each.pool.capacity for each in rows(activity)} == {3}
    public = f"/aktiviteter/{activity.public_id}/{activity.slug}/{six[0].public_id}"
    assert "Kinderecke" in organiser.get(f"{public}?lang=de").one("section", id="roles").text
    organiser.get("/?lang=da")
    told = organiser.get(public).one("section", id="roles").text
    assert all(words in told for words in ("Børnehjørnet", "Leg og læs højt.", "Børneattest", "3", "17.30"))
    page = organiser.get(f"{room(activity)}/{six[0].public_id}")
    (field,) = [each for each in page.all("input") if each.get("name").startswith("people_")]
    organiser.submit(page, f"{room(activity)}/{six[0].public_id}", {field.get("name"): "5"}, status=303)
    assert [each.pool.capacity for each in rows(activity)] == [5] + [3] * 5


def test_a_role_is_changed_and_removed_and_needs_a_name(
    organiser: Visitor, activity: Activity, six: list[Occurrence]
) -> None:
    action = f"{room(activity)}/opgaver/ny"
    page = parse(organiser.submit(organiser.get(action), action, {"needed": "x", "begins": "9"}, status=422).text)
    assert {link.get("href") for link in page.one("div", class_="alert-error").all("a")} == {"#needed", "#begins"}
    page = parse(organiser.submit(organiser.get(action), action, {"needed": "2"}, status=422).text)
    assert page.one("div", class_="alert-error").all("a", href="#name_da")
    organiser.submit(organiser.get(action), action, {"name_da": "Grill", "needed": "2"}, status=303)
    (role,) = [
        each.get("href") for each in organiser.get(room(activity)).all("a") if "/opgaver/" in each.get("href")
        and not each.get("href").endswith("/ny")
    ]  # fmt: skip
    organiser.submit(organiser.get(role), role, {"needed": "7"}, status=303)
    assert {each.pool.capacity for each in rows(activity)} == {7}
    organiser.submit(organiser.get(role), f"{role}/fjern", {}, status=303)
    assert organiser.client.get(role).status_code == 404
    assert not any(each.role_pools for each in rows(activity))


def test_every_change_stands_in_the_log(organiser: Visitor, activity: Activity, six: list[Occurrence]) -> None:
    action = f"{room(activity)}/{six[0].public_id}"
    organiser.submit(organiser.get(action), action, {"begins": "16.00"}, status=303)
    organiser.submit(organiser.get(f"{action}/fjern"), f"{action}/fjern", {"do": "call_off"}, status=303)
    entries = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    actions = [each.action for each in entries if each.about == f"activity:{activity.public_id}"]
    assert actions == ["dates.series_added", "dates.changed", "dates.called_off"]


@pytest.mark.parametrize("path", ["", "/ny", "/serie", "/opgaver/ny", "/{date}", "/{date}/fjern", "/serie/{series}"])
def test_nobody_sees_or_changes_dates_that_are_not_theirs(
    app: Flask, town: Town, activity: Activity, six: list[Occurrence], path: str
) -> None:
    whole = db.session.get_one(series.Series, six[0].series_id)
    address = room(activity) + path.format(date=six[0].public_id, series=whole.public_id)
    other = account(member_of=[town.organisation("En anden")])
    check_in = account(member_of={activity.organisation: Rights.CHECK_IN})
    for stranger in (other, check_in):
        client = Visitor(signed_in(app, stranger)).client
        assert client.get(address).status_code == 404
    assert app.test_client().get(address).status_code in {302, 303, 401, 403}
    mine = town.activity(organisation=other.memberships[0].organisation)
    elsewhere = room(mine) + path.format(date=six[0].public_id, series=whole.public_id)
    if "{" in path:
        assert Visitor(signed_in(app, other)).client.get(elsewhere).status_code == 404


def test_dates_stay_as_they_are_while_staff_look_at_them(
    organiser: Visitor, activity: Activity, six: list[Occurrence]
) -> None:
    activity.state = ActivityState.IN_REVIEW
    db.session.commit()
    answer = organiser.client.get(room(activity))
    assert (answer.status_code, answer.location) == (302, f"/organiser/aktiviteter/{activity.public_id}")


def test_two_who_change_a_date_at_once_see_each_other(organiser: Visitor, activity: Activity, town: Town) -> None:
    date = town.occurrence(activity, capacity=8)
    path = f"{room(activity)}/{date.public_id}"
    old = form(organiser.get(path), path).fields()
    organiser.submit(organiser.get(path), path, {"begins": "06:00", "ends": "07:00"}, status=303)
    moved = rows(activity)[0].starts_at
    page = parse(organiser.client.post(path, data={**old, "capacity": "20"}).text)
    db.session.expire_all()
    assert (rows(activity)[0].starts_at, rows(activity)[0].pool.capacity) == (moved, 8)
    assert page.one("div", class_="alert-error") and page.one("input", id="capacity").get("value") == "20"
    organiser.submit(page, path, {}, status=303)
    assert (rows(activity)[0].starts_at == moved, rows(activity)[0].pool.capacity) == (False, 20)
