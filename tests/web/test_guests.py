"""The guests of a date in the organiser's room: seen, answered, moved and added as an organiser would, without JavaScript."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from engage import registrations
from engage.accounts import Rights, RoleName
from engage.accounts.audit import AuditEntry
from engage.activities.asking import Question, QuestionKind
from engage.activities.models import Activity, Kind, Occurrence, Pool, SignUpMode
from engage.activities.plans import ShiftRole
from engage.activities.terms import AskedOfEach, Party, WaitingMode
from engage.base.clock import utc_now
from engage.base.db import db
from engage.registrations import Companion, Registration, SchoolClass, State
from tests.accounts.cast import account, signed_in
from tests.town import Town
from tests.web.conftest import Visitor, letters
from tests.web.page import Element, parse


@pytest.fixture
def activity(town: Town) -> Activity:
    return town.activity(approval=True, approval_holds_seat=True)


@pytest.fixture
def date(town: Town, activity: Activity) -> Occurrence:
    return town.occurrence(activity, capacity=3)


@pytest.fixture
def organiser(app: Flask, activity: Activity) -> Visitor:
    return Visitor(signed_in(app, account("Bente Lund", member_of=[activity.organisation])))


def room(date: Occurrence) -> str:
    return f"/organiser/aktiviteter/{date.activity.public_id}/datoer/{date.public_id}/tilmeldte"


def state(registration: Registration) -> State:
    db.session.expire_all()
    return State(registration.state)


def names(page: Element) -> list[str]:
    return [each.text for each in page.all("h3", class_="own-line-title")]


def said(organiser: Visitor, path: str) -> str:
    return organiser.get(path).one("main").text


def press(visitor: Visitor, page: Element, action: str, **fields: Any) -> None:
    """Send the form on `page` that leads to `action`; what it says afterwards stands on the page it leads to."""
    (form,) = [form for form in page.all("form") if form.get("action") == action]
    sent = MultiDict({**form.fields(), **fields})
    answer = visitor.client.post(action, data=sent)
    assert answer.status_code == 303, answer.text[-2000:]


def logged() -> list[tuple[str, dict[str, Any]]]:
    db.session.expire_all()
    rows = db.session.query(AuditEntry).filter(AuditEntry.action.startswith("guests.")).order_by(AuditEntry.id)
    return [(each.action, each.facts) for each in rows]


def test_the_list_tells_who_comes_with_all_that_was_asked(app: Flask, town: Town) -> None:
    activity = town.activity(asked_of_each=AskedOfEach.NAME_AND_AGE)
    asked = Question(
        public_id="kostvaner", activity_id=activity.id, position=0, kind=QuestionKind.CHOICE, labels={"da": "Kost?"}, hints={},
        options=[{"key": "a", "labels": {"da": "Vegetar"}, "removed": True}], shown_when={},
    )  # fmt: skip
    db.session.add(asked)
    date = town.occurrence(activity, capacity=10)
    who = (Companion("Ida", 7), Companion("Åse", 41))
    guest = town.signed_up(date, name="<b>Åse</b>", seats=2, companions=who)
    guest.answers = {"kostvaner": "a"}
    db.session.commit()
    organiser = Visitor(signed_in(app, account(member_of=[activity.organisation])))
    text = said(organiser, room(date))
    for words in ("<b>Åse</b>", "Ida (7 ", "Åse (41 ", "Kost?", "Vegetar"):
        assert words in text
    page = organiser.get(f"{room(date)}/{guest.public_id}")
    assert page.all("a", href=f"mailto:{guest.email}") and "Vegetar" in page.one("main").text
    assert [action for action, _facts in logged()] == ["guests.seen", "guests.one_seen"]
    assert "Åse" not in str(logged())


def test_several_are_approved_at_once_with_words_and_twice_changes_nothing(
    organiser: Visitor, town: Town, date: Occurrence
) -> None:
    asking = [town.signed_up(date, name=name) for name in ("Anna", "Bo", "Carl")]
    page = organiser.get(room(date))
    assert sorted(names(page)) == ["Anna", "Bo", "Carl"]
    before = len(letters())
    for _twice in range(2):
        press(
            organiser,
            page,
            f"{room(date)}/svar",
            who=[asking[0].public_id, asking[1].public_id],
            words="Vi glæder os.",
            do="approve",
        )
    assert [state(each) for each in asking] == [State.CONFIRMED, State.CONFIRMED, State.PENDING_APPROVAL]
    sent = letters()[before:]
    assert len(sent) == 2 and all("Vi glæder os." in str(each.message) for each in sent)
    page = organiser.get(room(date))
    press(organiser, page, f"{room(date)}/svar", who=[asking[2].public_id], do="turn_down")
    assert state(asking[2]) == State.DECLINED
    press(organiser, page, f"{room(date)}/svar", who=[asking[2].public_id], do="approve")
    assert state(asking[2]) == State.DECLINED and organiser.get(room(date)).all("div", class_="alert-error")


def test_nobody_ticked_is_said_and_does_nothing(organiser: Visitor, town: Town, date: Occurrence) -> None:
    two = [town.signed_up(date), town.signed_up(date)]
    press(organiser, organiser.get(room(date)), f"{room(date)}/svar", do="approve")
    assert organiser.get(room(date)).all("div", class_="alert-error")
    assert {state(each) for each in two} == {State.PENDING_APPROVAL}


def test_the_list_is_narrowed_by_how_they_stand_and_by_name(organiser: Visitor, town: Town, date: Occurrence) -> None:
    guest = town.signed_up(date, name="Anna Holm")
    town.signed_up(date, name="Bo Holm")
    registrations.cancel(guest.public_id, now=utc_now())
    db.session.commit()
    assert names(organiser.get(room(date))) == ["Bo Holm"]
    assert names(organiser.get(f"{room(date)}?vis=slut")) == ["Anna Holm"]
    assert names(organiser.get(f"{room(date)}?q=anna&vis=slut")) == ["Anna Holm"]
    assert names(organiser.get(f"{room(date)}?q=findes+ikke")) == []
    for nonsense in ("vis=x&page=-3", "page=99999", "opgave=x"):
        organiser.get(f"{room(date)}?{nonsense}")


@pytest.fixture
def full(town: Town) -> Occurrence:
    """One place, taken, and three who wait for it."""
    date = town.occurrence(town.activity(waiting_mode=WaitingMode.MANUAL), capacity=1)
    town.signed_up(date, name="Gæst")
    for number, name in enumerate(("Anna", "Bo", "Carl")):
        town.signed_up(date, name=name, seats=1 + number, now=town.now + timedelta(minutes=number))
    return date


@pytest.fixture
def keeper(app: Flask, full: Occurrence) -> Visitor:
    return Visitor(signed_in(app, account("Keld", member_of=[full.activity.organisation])))


def one(date: Occurrence, name: str) -> Registration:
    return db.session.query(Registration).filter_by(occurrence_id=date.id, name=name).one()


def test_the_line_tells_its_order_why_it_stands_and_what_more_places_would_do(
    keeper: Visitor, full: Occurrence
) -> None:
    page = keeper.get(f"{room(full)}/venteliste")
    assert names(page) == ["Anna", "Bo", "Carl"]
    assert [each.text.split()[-1] for each in page.all("p", class_="place-number")] == ["1", "2", "3"]
    box = page.one("section", aria_labelledby="places")
    assert [each.text for each in box.all("p")][:3] != [] and page.one("section", aria_labelledby="line")
    assert page.all("div", class_="alert-info")
    assert box.all("a")[0].get("href") == room(full).removesuffix("/tilmeldte") + "#capacity"


def test_one_is_moved_for_a_reason_that_is_kept(keeper: Visitor, full: Occurrence) -> None:
    carl = one(full, "Carl")
    path = f"{room(full)}/{carl.public_id}"
    press(keeper, keeper.get(path), f"{path}/flyt", place="1", reason="")
    assert names(keeper.get(f"{room(full)}/venteliste")) == ["Anna", "Bo", "Carl"]
    press(keeper, keeper.get(path), f"{path}/flyt", place="x", reason="Kan ikke vente")
    press(keeper, keeper.get(path), f"{path}/flyt", place="1", reason="Kan ikke vente")
    page = keeper.get(f"{room(full)}/venteliste")
    assert names(page) == ["Carl", "Anna", "Bo"] and "Kan ikke vente" in page.text
    assert "Keld" in said(keeper, path)
    assert [action for action, _facts in logged()].count("guests.moved") == 1
    assert "Kan ikke" not in str(logged())


def test_a_place_is_offered_by_hand_when_there_is_one_and_answered_on_the_phone(
    keeper: Visitor, full: Occurrence
) -> None:
    bo, guest = one(full, "Anna"), one(full, "Gæst")
    path = f"{room(full)}/{bo.public_id}"
    press(keeper, keeper.get(path), f"{path}/tilbyd")
    assert state(bo) == State.WAITING and keeper.get(path).all("div", class_="alert-error")
    registrations.cancel(guest.public_id, now=utc_now())
    db.session.commit()
    line = keeper.get(f"{room(full)}/venteliste")
    for _twice in range(2):
        press(keeper, line, f"{path}/tilbyd")
    assert state(bo) == State.OFFERED
    page = keeper.get(path)
    for _twice in range(2):
        press(keeper, page, f"{path}/svar", do="yes")
    assert state(bo) == State.CONFIRMED
    assert not [form for form in keeper.get(path).all("form") if form.get("action") == f"{path}/svar"]


def test_one_is_removed_and_told_why(keeper: Visitor, full: Occurrence) -> None:
    anna = one(full, "Anna")
    path, before = f"{room(full)}/{anna.public_id}", len(letters())
    page = keeper.get(path)
    press(keeper, page, f"{path}/fjern", reason=" ")
    assert state(anna) == State.WAITING
    for _twice in range(2):
        press(keeper, page, f"{path}/fjern", reason="Lokalet er lukket")
    assert state(anna) == State.CANCELLED_BY_STAFF
    (letter,) = letters()[before:]
    assert "Lokalet er lukket" in str(letter.message)


def test_places_are_kept_back(keeper: Visitor, full: Occurrence) -> None:
    path = f"{room(full)}/venteliste"
    for wanted, kept in (("2", 2), ("-1", 2), ("mange", 2), ("0", 0)):
        press(keeper, keeper.get(path), f"{room(full)}/hold-tilbage", reserved=wanted, reason="Til kunstneren")
        db.session.expire_all()
        assert full.pool.reserved == kept
    press(keeper, keeper.get(path), f"{room(full)}/hold-tilbage", reserved="3", reason="  ")
    db.session.expire_all()
    assert full.pool.reserved == 0, "nobody could understand it later"
    told = [facts for action, facts in logged() if action == "guests.reserved"]
    assert [(each["seats"], each["reason"]) for each in told] == [(2, "Til kunstneren"), (0, "Til kunstneren")]


def test_the_places_of_a_course_are_changed_for_all_its_dates(keeper: Visitor, town: Town, full: Occurrence) -> None:
    activity = town.activity(
        organisation=full.activity.organisation,
        sign_up=SignUpMode.WHOLE_COURSE,
        waiting_mode=WaitingMode.AUTO,
        join_until=3,
    )
    dates = [town.occurrence(activity, capacity=2, starts_in=timedelta(days=7 * week)) for week in (-1, 1, 2)]
    guests_ = [town.signed_up(dates[1]) for _each in range(3)]
    assert state(guests_[2]) == State.WAITING
    path = f"{room(dates[1])}/venteliste"
    press(keeper, keeper.get(path), f"{room(dates[1])}/pladser", places="x")
    assert state(guests_[2]) == State.WAITING
    press(keeper, keeper.get(path), f"{room(dates[1])}/pladser", places="3")
    assert state(guests_[2]) == State.CONFIRMED
    db.session.expire_all()
    assert [each.pool.capacity for each in dates] == [3, 3, 3]
    press(keeper, keeper.get(path), f"{room(dates[1])}/pladser", places="1")
    assert [state(each) for each in guests_] == [State.CONFIRMED] * 3, "nobody is put out"
    assert keeper.get(path).one("p", class_="sums-over").text
    assert {"guests.resized"} <= {action for action, _facts in logged()}
    keeper.send(f"{room(full)}/pladser", {"places": "50"}, status=303)
    db.session.expire_all()
    assert full.pool.capacity != 50, "a date's own number is changed with the date"


def test_who_phoned_is_added_once_and_marked(organiser: Visitor, town: Town, date: Occurrence) -> None:
    path = f"{room(date)}/ny"
    page = organiser.get(path)
    answers = [organiser.submit(page, path, {"name": "Åse Lund", "seats": "2"}, status=303) for _twice in range(2)]
    assert answers[0].location == answers[1].location
    (added,) = db.session.query(Registration).filter_by(occurrence_id=date.id)
    assert (added.name, added.seats, added.state, added.channel) == ("Åse Lund", 2, State.CONFIRMED, "desk")
    assert "only by phone" in organiser.get(room(date) + "?lang=en").one("main").text
    assert organiser.get(answers[0].location)
    assert [action for action, _facts in logged()].count("guests.added") == 1


def test_what_is_missing_of_who_phoned_is_said_beside_its_field(organiser: Visitor, date: Occurrence) -> None:
    path = f"{room(date)}/ny"
    answer = organiser.submit(organiser.get(path), path, {"name": " ", "email": "x", "seats": "mange"}, status=422)
    page = parse(answer.text)
    assert {each.get("href") for each in page.one("div", class_="alert-error").all("a")} == {"#name", "#email"}
    assert page.one("input", id="email").get("value") == "x"


def test_beyond_the_places_a_reason_is_asked_for(keeper: Visitor, full: Occurrence) -> None:
    path = f"{room(full)}/ny"
    sent = {"name": "Dorte", "otherwise": "beyond"}
    keeper.submit(keeper.get(path), path, sent, status=422)
    assert db.session.query(Registration).filter_by(name="Dorte").count() == 0
    keeper.submit(keeper.get(path), path, {**sent, "reason": "Holder oplægget"}, status=303)
    assert state(one(full, "Dorte")) == State.CONFIRMED
    keeper.submit(keeper.get(path), path, {"name": "Erik"}, status=303)
    assert state(one(full, "Erik")) == State.WAITING


def test_a_date_with_roles_has_one_line_for_each(app: Flask, town: Town) -> None:
    activity = town.activity(kind=Kind.VOLUNTEER)
    date = town.occurrence(activity, capacity=4)
    for number, name in enumerate(("Kaffe", "Opvask")):
        role = ShiftRole(
            public_id=f"rolle{number + 2}",
            activity_id=activity.id,
            position=number,
            names={"da": name},
            texts={},
            vetting={},
        )
        db.session.add(role)
        db.session.flush()
        db.session.add(Pool(occurrence_id=date.id, role_id=role.id, capacity=1))
    db.session.commit()
    for name, role_name in (("Anna", "rolle2"), ("Bo", "rolle2"), ("Carl", "rolle3")):
        town.signed_up(date, name=name, role=role_name)
    organiser = Visitor(signed_in(app, account(member_of=[activity.organisation])))
    assert sorted(names(organiser.get(room(date)))) == ["Anna", "Bo", "Carl"]
    assert names(organiser.get(f"{room(date)}?opgave=rolle3")) == ["Carl"]
    assert names(organiser.get(f"{room(date)}/venteliste?opgave=rolle2")) == ["Bo"]
    assert names(organiser.get(f"{room(date)}/venteliste?opgave=rolle3")) == []
    organiser.get(f"{room(date)}/venteliste?opgave=findes-ikke", status=404)
    path = f"{room(date)}/ny"
    organiser.submit(organiser.get(path), path, {"name": "Dorte", "role": "rolle3"}, status=303)
    assert state(one(date, "Dorte")) == State.WAITING


def test_a_course_has_one_list_for_all_its_dates(app: Flask, town: Town) -> None:
    activity = town.activity(sign_up=SignUpMode.WHOLE_COURSE)
    first = town.occurrence(activity)
    later = town.occurrence(activity, starts_in=timedelta(days=14))
    if db.session.query(Pool).filter_by(course_id=activity.id).count() == 0:
        db.session.add(Pool(course_id=activity.id, capacity=2))
        db.session.commit()
    town.signed_up(first, name="Anna")
    organiser = Visitor(signed_in(app, account(member_of=[activity.organisation])))
    assert names(organiser.get(room(first))) == names(organiser.get(room(later))) == ["Anna"]


def test_a_class_is_seen_and_added(app: Flask, town: Town) -> None:
    activity = town.activity(party=Party.CLASS)
    date = town.occurrence(activity, capacity=60)
    town.signed_up(date, name="Lærer Lis", school_class=SchoolClass("Ahlmann-Skolen", "5. b", 22, 2))
    organiser = Visitor(signed_in(app, account(member_of=[activity.organisation])))
    assert "5. b, Ahlmann-Skolen: 22" in said(organiser, room(date))
    path = f"{room(date)}/ny"
    sent = {
        "name": "Lærer Bo", "school_class-school": "Skolen", "school_class-class_name": "6. a", "school_class-pupils": "20",
        "school_class-adults": "1",
    }  # fmt: skip
    organiser.submit(organiser.get(path), path, {**sent, "school_class-pupils": "x"}, status=422)
    organiser.submit(organiser.get(path), path, sent, status=303)
    assert one(date, "Lærer Bo").seats == 21


def test_the_dates_and_the_first_page_lead_to_what_waits_for_an_answer(
    organiser: Visitor, town: Town, date: Occurrence
) -> None:
    town.signed_up(date)
    page = organiser.get(room(date).rsplit("/", 2)[0])
    assert page.all("a", href=room(date)) and len(page.all("span", class_="label-urgent")) == 1
    home = organiser.get("/organiser/")
    assert home.one("section", aria_labelledby="needs-you").all("a", href=f"{room(date)}#asks")


def test_who_only_checks_in_neither_sees_nor_decides(app: Flask, town: Town, date: Occurrence) -> None:
    guest = town.signed_up(date)
    helper = Visitor(signed_in(app, account(member_of={date.activity.organisation: Rights.CHECK_IN})))
    for path in ("", "/venteliste", "/ny", f"/{guest.public_id}"):
        helper.get(room(date) + path, status=404)
    for path in (
        "/svar",
        "/hold-tilbage",
        "/pladser",
        "/ny",
        *(f"/{guest.public_id}/{act}" for act in ("fjern", "tilbyd", "flyt", "svar")),
    ):
        helper.send(
            room(date) + path, {"who": guest.public_id, "do": "approve", "reason": "x", "place": "1"}, status=404
        )
    assert state(guest) == State.PENDING_APPROVAL and logged() == []
    assert not helper.get("/organiser/").all("a", href=room(date))


def test_a_guest_of_another_date_is_not_reached_through_ones_own(
    organiser: Visitor, town: Town, date: Occurrence
) -> None:
    other = town.signed_up(town.occurrence(town.activity(approval=True)))
    organiser.get(f"{room(date)}/{other.public_id}", status=404)
    for act in ("fjern", "tilbyd", "flyt", "svar"):
        organiser.send(f"{room(date)}/{other.public_id}/{act}", {"reason": "x", "place": "1", "do": "yes"}, status=404)
    organiser.send(f"{room(date)}/svar", {"who": other.public_id, "do": "approve"}, status=404)
    assert state(other) == State.PENDING_APPROVAL


def test_staff_help_with_every_organisation(app: Flask, town: Town, date: Occurrence) -> None:
    guest = town.signed_up(date)
    staff = Visitor(signed_in(app, account(roles=[RoleName.STAFF])))
    press(staff, staff.get(room(date)), f"{room(date)}/svar", do="approve")
    assert state(guest) == State.CONFIRMED


def test_the_key_of_a_form_never_reaches_another_sign_up(organiser: Visitor, town: Town, date: Occurrence) -> None:
    theirs = town.signed_up(town.occurrence())
    path = f"{room(date)}/ny"
    for key in (theirs.public_id, "../../x", ""):
        organiser.submit(organiser.get(path), path, {"name": f"A{key[:2]}", "key": key}, status=303)
    assert db.session.query(Registration).filter_by(occurrence_id=date.id).count() == 3


def test_only_filters_that_find_somebody_are_shown_and_the_chosen_one(
    organiser: Visitor, town: Town, date: Occurrence
) -> None:
    town.signed_up(date, name="Anna Holm")
    for shown, words in (("", {"All 1", "Ask for your answer 1"}), ("slut", {"All 1", "Cancelled and turned down 0"})):
        page = organiser.get(f"{room(date)}?lang=en&vis={shown}")
        assert words <= {" ".join(each.text.split()) for each in page.one("ul", class_="guest-filters").all("li")}
        assert "Offered a place" not in page.one("ul", class_="guest-filters").text
