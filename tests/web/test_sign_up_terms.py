"""How people sign up, on which terms and what they are asked, set by an organiser without JavaScript."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from engage.accounts import Rights, RoleName
from engage.accounts.audit import AuditEntry
from engage.activities import asking, questionnaire, shifts, terms
from engage.activities.asking import QuestionKind
from engage.activities.models import Activity, ActivityState, Kind, SignUpMode
from engage.activities.question_draft import Condition, OptionInput, QuestionInput
from engage.activities.shifts import RoleInput
from engage.activities.terms import USUAL, AskedOfEach, Party, WaitingMode
from engage.base.clock import utc_now
from engage.base.db import db
from tests.accounts.cast import account, signed_in
from tests.town import Town
from tests.web.conftest import Visitor
from tests.web.page import Element, parse

CHILD = QuestionInput(QuestionKind.YES_NO, {"da": "Har du børn med?", "de": "Bringst du Kinder mit?"})
FOOD = QuestionInput(
    QuestionKind.CHOICE, {"da": "Hvad spiser du?"}, options=[OptionInput({"da": each}) for each in ("Fisk", "Kød")]
)


@pytest.fixture
def activity(town: Town) -> Activity:
    """A published activity on the usual terms, with three dates."""
    activity = town.activity(waiting_mode=WaitingMode.OFFER)
    for week in (1, 2, 3):
        town.occurrence(activity, starts_in=timedelta(weeks=week))
    return activity


@pytest.fixture
def organiser(app: Flask, activity: Activity) -> Visitor:
    return Visitor(signed_in(app, account(member_of=[activity.organisation])))


def room(activity: Activity) -> str:
    return f"/organiser/aktiviteter/{activity.public_id}/tilmelding"


def save(
    organiser: Visitor, activity: Activity, *, status: int = 303, but: tuple[str, ...] = (), **fields: str
) -> Element:
    """Fill in the form of the terms as a browser does, radios and boxes as they stand, and send it."""
    page = organiser.get(room(activity))
    (form,) = [each for each in page.all("form") if each.get("action") == room(activity)]
    sent = {}
    for each in form.all("input"):
        if each.get("type") not in {"radio", "checkbox"} or each.has("checked"):
            sent[each.get("name")] = each.get("value")
    for each in form.all("select"):
        chosen = [option for option in each.all("option") if option.has("selected")] or each.all("option")[:1]
        sent[each.get("name")] = chosen[0].get("value")
    sent = {name: value for name, value in {**sent, **fields}.items() if name not in but}
    answer = organiser.client.post(room(activity), data=sent)
    assert answer.status_code == status, answer.text[-2000:]
    db.session.expire_all()
    return parse(answer.text) if status == 422 else page


def wrong(page: Element) -> set[str]:
    return {link.get("href") for link in page.one("div", class_="alert-error").all("a")}


def add(activity: Activity, wanted: QuestionInput) -> str:
    made = questionnaire.add(activity.id, wanted, now=utc_now()).public_id
    db.session.commit()
    return made


def labels(activity: Activity) -> list[str]:
    db.session.expire_all()
    return [each.labels["da"] for each in asking.asked(activity.id)]


def test_the_page_leads_there_from_the_activity_and_its_dates(organiser: Visitor, activity: Activity) -> None:
    for path in ("", "/datoer"):
        page = organiser.get(f"/organiser/aktiviteter/{activity.public_id}{path}")
        assert page.all("a", href=room(activity))


def test_the_usual_terms_are_said_in_a_sentence_and_changed_ones_are_not_called_usual(
    organiser: Visitor, activity: Activity
) -> None:
    usual = organiser.get(room(activity)).one("section", **{"aria-labelledby": "part-terms"}).all("p")
    save(organiser, activity, cancel_number="2", cancel_unit="weeks")
    section = organiser.get(room(activity)).one("section", **{"aria-labelledby": "part-terms"})
    assert len([each for each in section.all("p") if each.text == usual[0].text]) == 0
    assert "2" in section.all("span", class_="term-said")[0].text


def test_saving_what_stands_there_changes_nothing(organiser: Visitor, activity: Activity) -> None:
    save(organiser, activity)
    assert terms.of(activity) == USUAL
    assert db.session.scalars(select(AuditEntry).where(AuditEntry.action.startswith("sign_up"))).all() == []


def test_every_term_is_kept_and_shown_again(organiser: Visitor, activity: Activity) -> None:
    day = (utc_now() + timedelta(days=2)).date().isoformat()
    save(
        organiser, activity,
        opens="day", opens_day=day, opens_clock="9.30", closes_number="3", closes_unit="hours", cancel_number="2",
        cancel_unit="days", waiting_mode="broadcast", waiting_most="20", offer_hours="24", asks_when_waiting="1", approval="1",
        approves_edits="1", asked_of_each="name_and_age", group_least="2", group_most="6", age_from="8", age_to="12",
        least_participants="5", but=("approval_holds_seat",),
    )  # fmt: skip
    kept = terms.of(activity)
    assert kept.sign_up_opens_at is not None
    assert (kept.sign_up_closes_before, kept.cancel_before) == (180, 2880)
    assert (kept.waiting_mode, kept.waiting_most, kept.offer_hours) == (WaitingMode.BROADCAST, 20, 24)
    assert (kept.asks_when_waiting, kept.approval, kept.approval_holds_seat, kept.approves_edits) == (
        True,
        True,
        False,
        True,
    )
    assert (kept.asked_of_each, kept.group_least, kept.group_most) == (AskedOfEach.NAME_AND_AGE, 2, 6)
    assert (kept.age_from, kept.age_to, kept.least_participants) == (8, 12, 5)
    save(organiser, activity)
    assert terms.of(activity) == kept, "the form says what is kept"
    page = organiser.get(room(activity))
    assert page.one("input", id="opens_clock").get("value") == "09:30"
    assert page.one("select", id="closes_unit").one("option", selected="").get("value") == "hours"
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "sign_up.terms_changed")).one()
    assert {"approval", "age_from", "waiting_mode"} <= set(entry.facts["fields"])


def test_an_unticked_waiting_list_is_off(organiser: Visitor, activity: Activity) -> None:
    save(organiser, activity, but=("waiting_list",))
    assert not activity.waiting_list


@pytest.mark.parametrize(
    ("fields", "places"),
    [
        ({"closes_number": "mange"}, {"#closes_number"}), ({"cancel_number": "-1"}, {"#cancel_number"}),
        ({"cancel_number": "9999", "cancel_unit": "weeks"}, {"#cancel_number"}),
        ({"opens": "day"}, {"#opens_day"}), ({"opens": "day", "opens_day": "31.2.2027"}, {"#opens_day"}),
        ({"opens": "day", "opens_day": "2027-01-01", "opens_clock": "25"}, {"#opens_clock"}),
        ({"opens": "day", "opens_day": "0001-01-01"}, {"#opens_day"}),
        ({"opens": "day", "opens_day": "2099-01-01"}, {"#opens_day"}),
        ({"offer_hours": "1000", "waiting_most": "0"}, {"#offer_hours", "#waiting_most"}),
        ({"age_from": "12", "age_to": "6"}, {"#age_to"}), ({"group_least": "9", "group_most": "3"}, {"#group_most"}),
        ({"least_participants": "11"}, {"#least_participants"}), ({"age_from": "١٢"}, {"#age_from"}),
        ({"sign_up": "whole_course", "join_until": "9"}, {"#join_until"}),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_said_beside_its_field_and_nothing_is_kept(
    organiser: Visitor, activity: Activity, fields: dict[str, str], places: set[str]
) -> None:
    page = save(organiser, activity, status=422, approval="1", **fields)
    assert wrong(page) == places
    for place in places:
        assert page.one("input" if place != "#join_until" else "select", id=place[1:]).get("aria-invalid") == "true"
    assert terms.of(activity) == USUAL and activity.sign_up == SignUpMode.REGISTRATION
    name = next(iter(fields))
    if page.all("input", id=name):
        assert page.one("input", id=name).get("value") == fields[name], "what was typed stands there still"


def test_a_part_with_a_mistake_in_it_is_unfolded(organiser: Visitor, activity: Activity) -> None:
    page = save(organiser, activity, status=422, age_from="x")
    assert [each.has("open") for each in page.all("details", class_="term")] == [False, False, False, True, False]


def test_people_join_in_one_of_four_ways(organiser: Visitor, activity: Activity) -> None:
    for mode in (SignUpMode.SEVERAL_DATES, SignUpMode.WHOLE_COURSE, SignUpMode.DROP_IN, SignUpMode.REGISTRATION):
        save(organiser, activity, sign_up=mode, join_until="2")
        assert activity.sign_up == mode
    save(organiser, activity, sign_up="på_gensyn")
    assert activity.sign_up == SignUpMode.REGISTRATION
    assert activity.join_until == 2


def test_the_way_stays_while_people_are_signed_up_and_the_terms_with_it(
    organiser: Visitor, activity: Activity, town: Town
) -> None:
    town.signed_up(activity.occurrences[0])
    page = save(organiser, activity, status=422, sign_up="whole_course", approval="1")
    assert wrong(page) == {"#sign_up"}
    assert (activity.sign_up, activity.approval) == (SignUpMode.REGISTRATION, False)
    assert "1" in organiser.get(room(activity)).one("p", class_="lead").text
    save(organiser, activity, sign_up="several_dates", approval="1")
    assert (activity.sign_up, activity.approval) == (SignUpMode.SEVERAL_DATES, True)


def test_a_class_is_advised_to_be_approved(organiser: Visitor, activity: Activity) -> None:
    save(organiser, activity, party="class", group_least="10", group_most="10")
    assert activity.party == Party.CLASS
    section = organiser.get(room(activity)).one("section", **{"aria-labelledby": "part-terms"})
    advice = [each for each in section.all("p", class_="advice") if "for-class" not in each.get("class")]
    assert len(advice) == 1
    save(organiser, activity, approval="1")
    section = organiser.get(room(activity)).one("section", **{"aria-labelledby": "part-terms"})
    assert [each for each in section.all("p", class_="advice") if "for-class" not in each.get("class")] == []


def test_a_draft_has_terms_too_and_its_publish_page_keeps_how_people_join(
    app: Flask, town: Town, activity: Activity, organiser: Visitor
) -> None:
    draft = town.activity("Udkast", organisation=activity.organisation, state=ActivityState.DRAFT)
    save(organiser, draft, sign_up="whole_course", approval="1")
    assert (draft.sign_up, draft.approval) == (SignUpMode.WHOLE_COURSE, True)
    page = organiser.get(f"/organiser/aktiviteter/{draft.public_id}")
    (chosen,) = [each for each in page.all("input", name="sign_up") if each.has("checked")]
    assert chosen.get("value") == "whole_course"
    plain = town.activity("Enkel", organisation=activity.organisation, state=ActivityState.DRAFT)
    page = organiser.get(f"/organiser/aktiviteter/{plain.public_id}")
    assert [each.get("value") for each in page.all("input", name="sign_up")] == ["registration", "drop_in"]


def test_a_question_is_written_in_each_language_with_its_answers(organiser: Visitor, activity: Activity) -> None:
    action = f"{room(activity)}/spoergsmaal/ny"
    fields = {
        "label_da": "Hvad spiser du?", "label_de": "Was isst du?", "hint_da": "Vi laver mad.", "kind": "several",
        "option_0_da": "Fisk", "option_0_de": "Fisch", "option_2_da": " Kød ", "required": "1",
    }  # fmt: skip
    organiser.submit(organiser.get(action), action, fields, status=303)
    (asks,) = asking.asked(activity.id)
    assert (asks.kind, asks.required, asks.hints) == (QuestionKind.SEVERAL, True, {"da": "Vi laver mad."})
    assert asks.labels == {"da": "Hvad spiser du?", "de": "Was isst du?"}
    assert [each["labels"] for each in asks.options] == [{"da": "Fisk", "de": "Fisch"}, {"da": "Kød"}]
    list_ = organiser.get(room(activity)).one("ol", class_="question-list").text
    assert "Hvad spiser du?" in list_ and "Fisk · Kød" in list_


def test_more_lines_are_given_without_a_script_and_nothing_is_saved_by_that(
    organiser: Visitor, activity: Activity
) -> None:
    action = f"{room(activity)}/spoergsmaal/ny"
    page = organiser.get(action)
    before = len(page.all("fieldset", class_="option-line"))
    fields = {"label_da": "Hvilken dag?", "kind": "choice", "option_0_da": "Torsdag", "do": "more"}
    page = parse(organiser.submit(page, action, fields, status=200).text)
    assert len(page.all("fieldset", class_="option-line")) == before + 3
    assert page.one("input", id="option_0_da").get("value") == "Torsdag"
    assert labels(activity) == [] and not page.all("div", class_="alert-error")
    organiser.submit(page, action, {"kind": "choice", f"option_{before + 2}_da": "Fredag", "do": "save"}, status=303)
    assert [each["labels"]["da"] for each in asking.asked(activity.id)[0].offered] == ["Torsdag", "Fredag"]


def test_what_a_question_lacks_is_said_beside_its_field(organiser: Visitor, activity: Activity) -> None:
    action = f"{room(activity)}/spoergsmaal/ny"
    page = parse(
        organiser.submit(organiser.get(action), action, {"kind": "choice", "option_0_da": "Fisk"}, status=422).text
    )
    assert wrong(page) == {"#label_da", "#options"}
    assert page.one("input", id="option_0_da").get("value") == "Fisk"
    add(activity, CHILD)
    fields = {"label_da": "x", "kind": "text", "shown_when": "opdigtet=yes"}
    page = parse(organiser.submit(organiser.get(action), action, fields, status=422).text)
    assert wrong(page) == {"#shown_when"}
    assert labels(activity) == ["Har du børn med?"]


def test_a_question_is_asked_because_of_an_answer_to_one_before(organiser: Visitor, activity: Activity) -> None:
    child, food = add(activity, CHILD), add(activity, FOOD)
    action = f"{room(activity)}/spoergsmaal/ny"
    page = organiser.get(action)
    offered = [each.get("value") for each in page.one("select", id="shown_when").all("option")]
    assert offered == ["", f"{child}=yes", f"{child}=no", f"{food}=1", f"{food}=2"]
    organiser.submit(page, action, {"label_da": "Hvor gammelt?", "shown_when": f"{child}=yes"}, status=303)
    organiser.submit(organiser.get(action), action, {"label_da": "Hvilken?", "shown_when": f"{food}=1"}, status=303)
    first, second = asking.asked(activity.id)[2:]
    assert (first.shown_when, second.shown_when) == ({"question": child, "is": True}, {"question": food, "is": "1"})
    page = organiser.get(f"{room(activity)}/spoergsmaal/{first.public_id}")
    assert page.one("select", id="shown_when").one("option", selected="").get("value") == f"{child}=yes"
    assert not organiser.get(f"{room(activity)}/spoergsmaal/{child}").all("select", id="shown_when")


def test_a_question_is_changed_and_its_answers_keep_their_keys(organiser: Visitor, activity: Activity) -> None:
    food = add(activity, FOOD)
    action = f"{room(activity)}/spoergsmaal/{food}"
    fields = {"kind": "choice", "label_da": "Hvad spiser I?", "option_0_da": "", "option_2_da": "Grønt"}
    organiser.submit(organiser.get(action), action, fields, status=303)
    (asks,) = asking.asked(activity.id)
    assert asks.labels == {"da": "Hvad spiser I?"}
    assert [(each["key"], each["labels"]["da"], each["removed"]) for each in asks.options] == [
        ("2", "Kød", False), ("3", "Grønt", False), ("1", "Fisk", True),
    ]  # fmt: skip


def test_it_says_how_many_have_answered_and_keeps_the_way_to_answer(
    organiser: Visitor, activity: Activity, town: Town
) -> None:
    food = add(activity, FOOD)
    town.signed_up(activity.occurrences[0]).answers = {food: "1"}
    db.session.commit()
    action = f"{room(activity)}/spoergsmaal/{food}"
    page = organiser.get(action)
    assert "1" in page.one("p", class_="lead").text
    assert "1" in organiser.get(room(activity)).one("ol", class_="question-list").one("strong").text
    assert wrong(parse(organiser.submit(page, action, {"kind": "text"}, status=422).text)) == {"#kind"}
    organiser.submit(page, f"{action}/fjern", {}, status=303)
    assert labels(activity) == []
    assert organiser.client.get(action).status_code == 404


def test_questions_are_put_in_order_and_never_before_their_reason(organiser: Visitor, activity: Activity) -> None:
    child, food = add(activity, CHILD), add(activity, FOOD)
    age = add(activity, QuestionInput(QuestionKind.NUMBER, {"da": "Alder?"}, shown_when=Condition(child, True)))
    action = f"{room(activity)}/spoergsmaal/{food}/flyt"
    organiser.send(action, {"do": "up"}, status=303)
    assert labels(activity) == ["Hvad spiser du?", "Har du børn med?", "Alder?"]
    organiser.send(f"{room(activity)}/spoergsmaal/{age}/flyt", {"do": "up"}, status=303)
    assert organiser.get(room(activity)).all("div", class_="alert-error")
    organiser.send(f"{room(activity)}/spoergsmaal/{child}/fjern", {}, status=303)
    assert organiser.get(room(activity)).all("div", class_="alert-error")
    assert labels(activity) == ["Hvad spiser du?", "Har du børn med?", "Alder?"]
    organiser.send(action, {"do": "down"}, status=303)
    assert labels(activity)[0] == "Har du børn med?"


def test_everything_stands_in_the_log(organiser: Visitor, activity: Activity) -> None:
    action = f"{room(activity)}/spoergsmaal/ny"
    for label in ("Første", "Anden"):
        organiser.submit(organiser.get(action), action, {"label_da": label}, status=303)
    asks = asking.asked(activity.id)[1].public_id
    organiser.send(f"{room(activity)}/spoergsmaal/{asks}/flyt", {"do": "up"}, status=303)
    own = f"{room(activity)}/spoergsmaal/{asks}"
    organiser.submit(organiser.get(own), own, {"label_da": "Ny"}, status=303)
    organiser.submit(organiser.get(own), f"{own}/fjern", {}, status=303)
    save(organiser, activity, approval="1")
    entries = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [each.action for each in entries if each.about == f"activity:{activity.public_id}"] == [
        "sign_up.question_added", "sign_up.question_added", "sign_up.question_moved", "sign_up.question_changed",
        "sign_up.question_removed", "sign_up.terms_changed",
    ]  # fmt: skip


def test_the_form_is_shown_as_people_see_it_and_cannot_be_sent(organiser: Visitor, activity: Activity) -> None:
    child = add(activity, CHILD)
    add(
        activity, QuestionInput(QuestionKind.NUMBER, {"da": "Alder?"}, required=True, shown_when=Condition(child, True))
    )
    add(activity, FOOD)
    save(organiser, activity, asked_of_each="name_and_age", approval="1")
    page = organiser.get(f"{room(activity)}/forhaandsvisning")
    main = page.one("main")
    assert main.all("form") == []
    age = main.one("div", **{"data-because": f"answers-{child}"})
    assert age.get("data-because-value") == "yes" and "Har du børn med?" in age.one("span", class_="because").text
    assert [each.get("value") for each in main.all("input", name=f"answers-{child}")] == ["yes", "no"]
    assert len(main.all("input", id="companions-1-age")) == 1
    save(organiser, activity, party="class")
    main = organiser.get(f"{room(activity)}/forhaandsvisning?lang=de").one("main")
    assert main.all("input", id="school_class-pupils") and not main.all("input", id="companions-0-age")
    assert "Bringst du Kinder mit?" in main.text and main.all("span", lang="da"), "what has no German says so"
    save(organiser, activity, sign_up="drop_in")
    assert organiser.get(f"{room(activity)}/forhaandsvisning").one("main").all("input") == []


def test_who_reviews_an_activity_sees_what_is_asked(app: Flask, organiser: Visitor, activity: Activity) -> None:
    child = add(activity, CHILD)
    add(activity, QuestionInput(QuestionKind.NUMBER, {"da": "Alder?"}, shown_when=Condition(child, True)))
    activity.state = ActivityState.IN_REVIEW
    db.session.commit()
    path = f"/organiser/aktiviteter/{activity.public_id}/forhaandsvisning?frame=1"
    for reader in (organiser, Visitor(signed_in(app, account(roles=[RoleName.STAFF])))):
        (first, second) = reader.get(path).one("section", id="sign-up").all("li")
        assert "Har du børn med?" in first.text and "Alder?" in second.text and "Har du børn med?" in second.text
    activity.sign_up = SignUpMode.DROP_IN
    db.session.commit()
    assert organiser.get(path).one("section", id="sign-up").all("li") == []


def test_each_date_says_how_many_have_signed_up_for_each_role(app: Flask, town: Town) -> None:
    shift = town.occurrence(town.activity(kind=Kind.VOLUNTEER))
    for name, needed in (("Grill", 3), ("Børnehjørnet", None)):
        shifts.add_role(shift.activity_id, RoleInput({"da": name}, capacity=needed), now=utc_now())
    db.session.commit()
    shift.role_pools[0].occupied, shift.role_pools[0].waiting = 2, 1
    db.session.commit()
    organiser = Visitor(signed_in(app, account(member_of=[shift.activity.organisation])))
    line = organiser.get(f"/organiser/aktiviteter/{shift.activity.public_id}/datoer").one("li", class_="own-date").text
    assert "Grill: 2" in line and "3" in line and "Børnehjørnet: 0" in line


@pytest.mark.parametrize("path", ["", "/spoergsmaal/ny", "/spoergsmaal/{question}", "/forhaandsvisning"])
def test_nobody_sees_or_changes_terms_that_are_not_theirs(
    app: Flask, town: Town, activity: Activity, path: str
) -> None:
    question = add(activity, CHILD)
    address = room(activity) + path.format(question=question)
    other = account(member_of=[town.organisation("En anden")])
    check_in = account(member_of={activity.organisation: Rights.CHECK_IN})
    for stranger in (other, check_in):
        visitor = Visitor(signed_in(app, stranger))
        assert visitor.client.get(address).status_code == 404
        if path != "/forhaandsvisning":
            visitor.send(address, {"label_da": "x", "approval": "1"}, status=404)
    assert app.test_client().get(address).status_code in {302, 303, 401, 403}
    mine = town.activity(organisation=other.memberships[0].organisation)
    if "{" in path:
        elsewhere = room(mine) + path.format(question=question)
        for tail in ("", "/flyt", "/fjern"):
            Visitor(signed_in(app, other)).send(elsewhere + tail, {"label_da": "x"}, status=404)
    assert labels(activity) == ["Har du børn med?"] and not activity.approval


def test_terms_stay_as_they_are_while_staff_look_at_the_activity(organiser: Visitor, activity: Activity) -> None:
    activity.state = ActivityState.IN_REVIEW
    db.session.commit()
    assert organiser.client.get(room(activity)).status_code == 302
    organiser.send(room(activity), {"approval": "1"}, status=302)
    assert not activity.approval


def test_the_overview_names_a_course_people_wait_for_once_and_a_date_whose_role_they_wait_for(
    app: Flask, town: Town, activity: Activity
) -> None:
    shift = town.occurrence(town.activity("Grill", kind=Kind.VOLUNTEER, organisation=activity.organisation))
    role = shifts.add_role(shift.activity_id, RoleInput({"da": "Grill"}, capacity=0), now=utc_now())
    activity.sign_up, activity.waiting_mode = SignUpMode.WHOLE_COURSE, WaitingMode.MANUAL
    for date in activity.occurrences:
        date.pool.capacity = 0
    db.session.commit()
    town.signed_up(activity.occurrences[2], seats=3)
    town.signed_up(shift, role=role.public_id, seats=2)
    visitor = Visitor(signed_in(app, account(member_of=[activity.organisation])))
    section = visitor.get("/organiser/").one("section", **{"aria-labelledby": "needs-you"})
    waited_for = sorted(each.get("href").split("/")[3] for each in section.all("a"))
    assert waited_for == sorted([activity.public_id, shift.activity.public_id])
