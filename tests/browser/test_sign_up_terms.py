"""How people sign up, set by an organiser: on a phone without JavaScript, on a desk with it, and no page with a violation."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from engage.accounts import Organisation
from engage.activities import asking, questionnaire
from engage.activities.asking import QuestionKind
from engage.activities.models import Activity, ActivityState, Kind, SignUpMode
from engage.activities.question_draft import Condition, OptionInput, QuestionInput
from engage.activities.terms import AskedOfEach, Party, WaitingMode
from engage.base.clock import utc_now
from engage.base.db import db
from tests.browser.conftest import DESK, PHONE, Open, picture
from tests.browser.test_accessibility import look
from tests.town import Town

CHILD = QuestionInput(QuestionKind.YES_NO, {"da": "Har du børn med?", "en": "Do you bring children?"})
FOOD = QuestionInput(
    QuestionKind.SEVERAL,
    {"da": "Hvad spiser I?", "de": "Was esst ihr?"},
    {"da": "Så vi køber ind til alle."},
    [OptionInput({"da": words}) for words in ("Fisk", "Kød", "Grønt")],
)


@pytest.fixture
def made(places: SimpleNamespace, organisation: Organisation) -> Activity:
    """A course of three dates with every term changed and a chain of questions."""
    town = Town(utc_now())
    activity = town.activity(
        "Smedekursus for familier",
        organisation=organisation,
        sign_up=SignUpMode.WHOLE_COURSE,
        waiting_mode=WaitingMode.OFFER,
        cancel_before=2 * 1440,
        approval=True,
        asked_of_each=AskedOfEach.NAME_AND_AGE,
        age_from=8,
        least_participants=4,
    )
    for week in (1, 2, 3):
        town.occurrence(activity, starts_in=timedelta(weeks=week))
    now = utc_now()
    child = questionnaire.add(activity.id, CHILD, now=now)
    age = QuestionInput(
        QuestionKind.NUMBER,
        {"da": "Hvor gammel er den yngste?"},
        required=True,
        shown_when=Condition(child.public_id, True),
    )
    for wanted in (age, FOOD, QuestionInput(QuestionKind.TEXT, {"da": "Er der noget, vi skal tage hensyn til?"})):
        questionnaire.add(activity.id, wanted, now=now)
    db.session.commit()
    return activity


def path(activity: Activity) -> str:
    return f"/organiser/aktiviteter/{activity.public_id}/tilmelding"


def test_no_page_of_the_terms_has_a_violation(room: Open, made: Activity) -> None:
    seen = room(axe=True)
    page, found = seen.open(path(made)), []
    found += look(seen, "terms")
    page.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true })")
    found += look(seen, "terms-open")
    page.check("#sign_up-drop_in", force=True)
    picture(page, "terms-drop-in")
    asked = asking.asked(made.id)
    for name, address in {
        "question-new": "/spoergsmaal/ny",
        "question": f"/spoergsmaal/{asked[2].public_id}",
        "question-because": f"/spoergsmaal/{asked[1].public_id}",
        "terms-preview": "/forhaandsvisning",
    }.items():
        seen.open(path(made) + address)
        found += look(seen, name)
    made.party, made.asked_of_each, made.approval = Party.CLASS, AskedOfEach.NOTHING, False
    db.session.commit()
    seen.open(path(made))
    found += look(seen, "terms-class", dark=False)
    seen.open(path(made) + "/forhaandsvisning?lang=de")
    found += look(seen, "terms-preview-class", dark=False)
    assert found == []


def test_no_page_with_mistakes_has_a_violation(room: Open, made: Activity) -> None:
    seen = room(axe=True)
    page = seen.open(path(made))
    page.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true })")
    page.check("#opens-day", force=True)
    for field, words in {
        "closes_number": "x",
        "age_to": "5",
        "group_least": "9",
        "group_most": "3",
        "offer_hours": "999",
    }.items():
        page.fill(f"#{field}", words)
    page.click(".terms-save")
    page.wait_for_selector("[data-error-summary]")
    assert look(seen, "terms-errors") == []
    page = seen.open(path(made) + "/spoergsmaal/ny")
    page.check("#kind-choice", force=True)
    page.fill("#option_0_da", "Ja")
    page.locator(".question-form .button-primary").click()
    page.wait_for_selector("[data-error-summary]")
    assert look(seen, "question-errors") == []


def test_what_belongs_to_a_choice_is_there_only_with_it(room: Open, made: Activity) -> None:
    page = room().open(path(made))
    page.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true })")
    assert page.is_visible("#join_until") and page.is_visible("#offer_hours")
    page.check("#waiting_mode-auto", force=True)
    assert not page.is_visible("#offer_hours") and page.is_visible("#waiting_most")
    page.uncheck("#waiting_list", force=True)
    assert not page.is_visible("#waiting_most")
    page.check("#sign_up-registration", force=True)
    assert not page.is_visible("#join_until")
    page.check("#sign_up-drop_in", force=True)
    assert not page.is_visible("#part-terms")


def test_lines_for_answers_are_added_without_asking_the_server(room: Open, made: Activity) -> None:
    page = room().open(path(made) + "/spoergsmaal/ny")
    page.fill("#label_da", "Hvilken dag?")
    page.check("#kind-choice", force=True)
    before = page.locator("[data-option-line]").count()
    page.click("[data-more-lines]")
    assert page.locator("[data-option-line]").count() == before + 1
    assert page.evaluate("document.activeElement.id") == f"option_{before}_da"
    page.keyboard.type("Fredag")
    page.fill("#option_0_da", "Torsdag")
    page.locator(".question-form .button-primary").click()
    page.wait_for_url("**/tilmelding#questions")
    db.session.rollback()
    last = asking.asked(made.id)[-1]
    assert [each["labels"]["da"] for each in last.offered] == ["Torsdag", "Fredag"]


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_a_question_is_asked_when_its_reason_is_given(room: Open, made: Activity, width: int) -> None:
    page = room(width=width).open(path(made) + "/forhaandsvisning")
    child, age = (each.field for each in asking.asked(made.id)[:2])
    assert not page.is_visible(f"#{age}") and page.is_disabled(f"#{age}")
    page.check(f"#{child}-yes", force=True)
    assert page.is_visible(f"#{age}") and page.is_enabled(f"#{age}")
    page.check(f"#{child}-no", force=True)
    assert not page.is_visible(f"#{age}")
    assert page.locator(".because:visible").count() == 0


def test_without_a_script_each_question_says_of_whom_it_is_asked(room: Open, made: Activity) -> None:
    page = room(width=PHONE, script=False).open(path(made) + "/forhaandsvisning")
    assert page.is_visible(f"#{asking.asked(made.id)[1].field}")
    assert "Har du børn med?" in page.locator(".because").inner_text()
    picture(page, "terms-preview-plain-390")


def test_an_organiser_sets_it_all_on_a_phone_without_a_script(
    room: Open,
    places: SimpleNamespace,
    organisation: Organisation,
) -> None:
    activity = Town(utc_now()).activity(
        "Ny tur", organisation=organisation, state=ActivityState.DRAFT, kind=Kind.LEARNING
    )
    page = room(width=PHONE, script=False).open(path(activity))
    page.locator("summary").first.click()
    page.fill("#cancel_number", "2")
    page.select_option("#cancel_unit", "weeks")
    page.click(".terms-save")
    page.wait_for_selector(".alert-success")
    picture(page, "terms-plain-390")
    page.locator("section[aria-labelledby=questions] a.button-secondary").click()
    page.fill("#label_da", "Hvad vil du lære?")
    page.check("#kind-several", force=True)
    page.fill("#option_0_da", "At sy")
    page.locator("[data-more-lines]").click()
    page.fill("#option_5_da", "At strikke")
    page.locator(".question-form .button-primary").click()
    page.wait_for_selector(".alert-success")
    db.session.rollback()
    db.session.refresh(activity)
    (asks,) = asking.asked(activity.id)
    assert activity.cancel_before == 14 * 1440
    assert [each["labels"]["da"] for each in asks.offered] == ["At sy", "At strikke"]
