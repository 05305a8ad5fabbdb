"""What a device at the door loads and sends, and how several of them meet."""

import json
from typing import Any

from flask import Flask
from sqlalchemy import select

from engage.base.clock import utc_now
from engage.base.db import db
from engage.registrations import State, tickets
from engage.registrations.attendance import CheckIn
from tests.town import Town
from tests.web.conftest import Visitor
from tests.web.test_check_in import came, door, guest, helper, last, organiser, today


def loaded(visitor: Visitor, path: str) -> dict[str, Any]:
    return visitor.client.get(f"{path}/liste.json").get_json()  # type: ignore[no-any-return]


def send(visitor: Visitor, path: str, items: list[dict[str, Any]]) -> dict[str, Any]:
    headers = {"X-CSRFToken": loaded(visitor, path)["csrf"]}
    answer = visitor.client.post(f"{path}/synk", json={"items": items}, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.get_json()  # type: ignore[no-any-return]


def test_a_device_loads_hashes_and_its_scans_are_taken_one_by_one(app: Flask, town: Town) -> None:
    date = today(town)
    anna, bo = guest(town, date, name="Anna Holm"), guest(town, date, name="Bo Lund")
    visitor, path = helper(app, date)
    sheet = json.dumps(loaded(visitor, path))
    assert "Anna H." in sheet and "Holm" not in sheet and "@" not in sheet
    assert tickets.token(anna) not in sheet and tickets.code(anna) not in sheet
    at = int(utc_now().timestamp() * 1000)
    items = [
        {"nonce": "scan-0001", "id": anna.public_id, "kind": "entry", "way": "scan", "at": at - 60_000, "letIn": True},
        {"nonce": "broken"},
        {"nonce": "scan-0002", "ticket": "x.y", "kind": "entry", "at": at},
        {"nonce": "scan-0001", "id": anna.public_id, "kind": "entry", "at": at, "letIn": True},
        {"nonce": "scan-0003", "id": bo.public_id, "kind": "absent", "at": at},
        None,
    ]
    told = send(visitor, path, items)  # type: ignore[arg-type]
    codes = [each.get("code") or each.get("error") for each in told["results"]]
    assert codes == ["ok", "not_readable", "unknown", "ok", "absent", "not_readable"]
    assert (came(anna), came(bo)) == (1, 0)
    assert [each["came"] for each in told["standing"]] == [1, 0]
    assert send(visitor, path, items[:1])["results"][0]["code"] == "ok"
    undone = send(visitor, path, [{"nonce": "scan-0004", "id": anna.public_id, "kind": "undo", "of": "scan-0001"}])
    assert undone["results"][0]["code"] == "undone" and came(anna) is None


def test_a_groups_ticket_that_is_not_on_the_device_is_asked_about(app: Flask, town: Town) -> None:
    date = today(town)
    family = guest(town, date, name="Familien Dam", seats=3)
    visitor, path = helper(app, date)
    item = {"nonce": "scan-0001", "ticket": tickets.token(family), "kind": "entry", "way": "scan", "asks": True}
    (told,) = send(visitor, path, [item])["results"]
    assert (told["code"], told["look"], told["id"], told["of"]) == ("how_many", "look", family.public_id, 3)
    assert came(family) is None
    (told,) = send(visitor, path, [{**item, "seats": 2}])["results"]
    assert (told["code"], came(family)) == ("ok", 2)


def test_a_device_brings_no_nonce_of_a_chat_nor_of_another_date(app: Flask, town: Town) -> None:
    one, other = today(town), today(town)
    anna, bo = guest(town, one, name="Anna Holm"), guest(town, other)
    visitor, path = helper(app, one)
    entry = {"kind": "entry", "at": int(utc_now().timestamp() * 1000)}
    told = send(
        visitor,
        path,
        [{"nonce": "chat-1234", "id": anna.public_id, **entry}, {"nonce": "scan-0001", "id": anna.public_id, **entry}],
    )["results"]
    assert [each.get("code") or each["error"] for each in told] == ["not_readable", "ok"]
    stranger, way = helper(app, other)
    (told,) = send(stranger, way, [{"nonce": "scan-0001", "id": bo.public_id, **entry}])["results"]
    assert (told["code"], told["name"], told["id"]) == ("unknown", "", "")


def test_an_undo_that_arrives_twice_takes_back_what_it_names_and_nothing_else(app: Flask, town: Town) -> None:
    date = today(town)
    family = guest(town, date, seats=3)
    visitor, path = helper(app, date)
    entries = [
        {"nonce": f"entry-00{number}", "id": family.public_id, "kind": "entry", "seats": 1} for number in range(3)
    ]
    stands = send(visitor, path, entries)["standing"][0]
    assert stands["came"] == 3
    undo = {"nonce": "undo-0001", "id": family.public_id, "kind": "undo", "of": stands["last"]}
    for _lost in range(2):
        result = send(visitor, path, [undo])["results"][0]
        assert (result["code"], result["inside"], came(family)) == ("undone", 2, 2)
    assert send(visitor, path, [{**undo, "of": "entry-000"}])["results"][0]["code"] == "undone"
    assert came(family) == 1
    for nothing in ("", "entry-000-of-another"):
        send(visitor, path, [{**undo, "of": nothing}])
        assert came(family) == 1
    assert loaded(visitor, path)["rows"][0]["last"] == last(family)[1]


def test_a_device_sees_that_one_cancelled_and_another_moved_up(app: Flask, town: Town) -> None:
    date = today(town, capacity=1)
    anna = guest(town, date, name="Anna Holm")
    bo = guest(town, date, name="Bo Lund")
    assert (anna.state, bo.state) == (State.CONFIRMED, State.WAITING)
    visitor, path = helper(app, date)
    first = loaded(visitor, path)["edition"]
    assert send(visitor, path, [])["edition"] == first
    anna.state, bo.state = State.CANCELLED_BY_PERSON, State.CONFIRMED
    db.session.commit()
    then = send(visitor, path, [{"nonce": "scan-0001", "id": bo.public_id, "kind": "entry"}])["edition"]
    assert then == loaded(visitor, path)["edition"] != first
    assert send(visitor, path, [])["edition"] == then, "who comes changes nothing of who is on the list"


def test_two_devices_meet_and_the_later_one_is_shown_as_a_double(app: Flask, town: Town) -> None:
    date = today(town)
    anna = guest(town, date, name="Anna Holm")
    (one, path), (two, other) = helper(app, date), helper(app, date)
    at = int(utc_now().timestamp() * 1000)
    for visitor, way, nonce, when in ((one, path, "device-one", at), (two, other, "device-two", at - 90_000)):
        told = send(visitor, way, [{"nonce": nonce, "id": anna.public_id, "kind": "entry", "at": when, "letIn": True}])
        assert told["results"][0]["code"] == "ok"
    assert came(anna) == 1
    conflicts = {each.nonce: each.conflict for each in db.session.scalars(select(CheckIn))}
    assert conflicts == {"device-one": "already_in", "device-two": ""}
    assert "Anna Holm" in organiser(app, date).get(door(date)).all("section", **{"data-conflicts": ""})[0].text
