"""The form asks what the activity asks, and says beside each field what is missing."""

import pytest

from engage.activities.asking import Question, QuestionKind
from engage.activities.models import Activity, Kind, Occurrence
from engage.activities.question_draft import Condition
from engage.activities.terms import AskedOfEach, Party, WaitingMode
from engage.base import i18n
from engage.base.db import db
from engage.base.i18n import gettext as _
from engage.registrations import Registration, State
from tests.town import Town
from tests.web.conftest import Visitor, address
from tests.web.page import Element, parse

ANNA = {"name": "Anna Holm", "email": "anna@example.org"}


def sent(visitor: Visitor, date: Occurrence, fields: dict[str, str], status: int = 303) -> Element:
    """The form of a date with these fields, sent; the page that comes then."""
    path = address(date) + "/tilmeld"
    answer = visitor.submit(visitor.get(address(date)), path, {**ANNA, **fields}, status=status)
    return parse(answer.text) if status == 422 else visitor.get(answer.location)


def only() -> Registration:
    db.session.expire_all()
    return db.session.query(Registration).one()


def problems(page: Element) -> dict[str, str]:
    """The field that each line of the summary leads to, with its words; and each is said beside its field too."""
    found = {}
    for line in page.one("div", data_error_summary="").all("li"):
        links = line.all("a")
        name = links[0].get("href").removeprefix("#") if links else ""
        found[name] = line.text
        if name:
            field = page.one(id=name)
            assert field.tag != "fieldset" or field.has("tabindex"), f"#{name} cannot take the focus"
            assert line.text in page.one(id=f"{name}-error").text
    return found


def test_a_plain_form_asks_no_more_than_before(town: Town, visitor: Visitor) -> None:
    page = visitor.get(address(town.occurrence()))
    (form,) = [each for each in page.all("form") if each.get("action").endswith("/tilmeld")]
    assert set(form.fields()) == {"csrf_token", "name", "email", "seats"}
    assert not [each for each in page.all("script") if "form-" in each.get("src")]
    assert not page.all("ul", class_="terms")


def test_a_group_has_a_least_and_a_most(town: Town, visitor: Visitor) -> None:
    date = town.occurrence(town.activity(group_least=2, group_most=5), capacity=50)
    page = visitor.get(address(date))
    select = page.one("select", id="seats")
    assert [option.get("value") for option in select.all("option")] == ["2", "3", "4", "5"]
    assert page.one(id="seats-hint").text == _("From %(least)s to %(most)s people.", least=2, most=5)
    again = sent(visitor, date, {"seats": "6"}, 422)
    assert set(problems(again)) == {"seats"} and "2" in problems(again)["seats"] and "5" in problems(again)["seats"]
    sent(visitor, date, {"seats": "4"})
    assert only().seats == 4


def test_a_large_group_is_written_and_not_chosen(town: Town, visitor: Visitor) -> None:
    date = town.occurrence(town.activity(group_least=10, group_most=40), capacity=100)
    field = visitor.get(address(date)).one("input", id="seats")
    assert (field.get("value"), field.get("inputmode")) == ("10", "numeric")
    sent(visitor, date, {"seats": "33"})
    assert only().seats == 33


def test_a_group_larger_than_usual_can_name_everybody(town: Town, visitor: Visitor) -> None:
    date = town.occurrence(town.activity(group_least=2, group_most=40, asked_of_each=AskedOfEach.NAME), capacity=100)
    names = {f"companions-{number}-name": f"Barn {number}" for number in range(35)}
    sent(visitor, date, {"seats": "35", **names})
    assert len(only().companions) == 35
    again = sent(visitor, town.occurrence(date.activity), {"seats": "9999"}, 422)
    assert len(again.all("fieldset", class_="companion")) == 40, "no more lines than there may be people"


@pytest.fixture
def classes(town: Town) -> Occurrence:
    """A date for classes of ten to thirty."""
    return town.occurrence(town.activity(party=Party.CLASS, group_least=10, group_most=30), capacity=60)


def test_a_class_signs_up_with_its_teacher(classes: Occurrence, visitor: Visitor) -> None:
    page = visitor.get(address(classes))
    assert not [each for each in page if each.get("id") == "seats"]
    told = {"school": "Havneskolen", "class_name": "4.b", "pupils": "22", "adults": "2"}
    sent(visitor, classes, {f"school_class-{name}": value for name, value in told.items()})
    registration = only()
    assert registration.seats == 24
    assert registration.school_class == {"school": "Havneskolen", "class": "4.b", "pupils": 22, "adults": 2}


def test_each_part_of_a_class_that_is_missing_is_said_at_its_field(classes: Occurrence, visitor: Visitor) -> None:
    again = sent(visitor, classes, {"school_class-pupils": "mange"}, 422)
    found = problems(again)
    assert list(found) == [f"school_class-{name}" for name in ("school", "class_name", "pupils", "adults")]
    assert len(set(found.values())) == 4, "each says what to write there"
    assert again.one("input", id="school_class-pupils").get("value") == "mange"


def test_a_class_that_is_too_large_is_told_at_its_pupils(classes: Occurrence, visitor: Visitor) -> None:
    told = {"school": "Havneskolen", "class_name": "4.b", "pupils": "40", "adults": "2"}
    again = sent(visitor, classes, {f"school_class-{name}": value for name, value in told.items()}, 422)
    assert list(problems(again)) == ["school_class-pupils"]


def test_names_and_ages_are_asked_of_each_where_the_organiser_wants_them(town: Town, visitor: Visitor) -> None:
    date = town.occurrence(town.activity(asked_of_each=AskedOfEach.NAME_AND_AGE, age_from=6, age_to=12))
    page = visitor.get(address(date))
    assert page.one("input", id="companions-0-name") and not page.all("input", id="companions-1-name")
    ages = _("From %(age_from)s to %(age_to)s years.", age_from=6, age_to=12)
    assert ages in page.one("dl", class_="facts").text, "told among the facts"
    assert ages in page.one("div", id="companions").text, "and where the ages are written"
    fields = {"seats": "2", "companions-0-name": "Bo", "companions-0-age": "13", "companions-1-name": " ", "rows": "2"}
    again = sent(visitor, date, fields, 422)
    assert list(problems(again)) == ["companions-0-age", "companions-1-name", "companions-1-age"]
    assert again.one("input", id="companions-0-name").get("value") == "Bo"
    sent(visitor, date, {**fields, "companions-0-age": "12", "companions-1-name": "Ida", "companions-1-age": "6"})
    assert only().companions == [{"name": "Bo", "age": 12}, {"name": "Ida", "age": 6}]


def test_without_a_script_the_form_comes_back_with_the_lines_it_lacks_and_no_reproach(
    town: Town, visitor: Visitor
) -> None:
    date = town.occurrence(town.activity(asked_of_each=AskedOfEach.NAME))
    again = sent(visitor, date, {"seats": "3", "companions-0-name": "Bo"}, 422)
    assert not again.all("div", data_error_summary="")
    assert again.one("a", href="#companions")
    assert [again.one("input", id=f"companions-{number}-name").get("value") for number in range(3)] == ["Bo", "", ""]
    (form,) = [each for each in again.all("form") if each.get("action").endswith("/tilmeld")]
    assert form.fields()["rows"] == "3"
    # The second time they were there to be filled in.
    fields = {**form.fields(), "companions-1-name": "Ida"}
    answer = visitor.client.post(address(date) + "/tilmeld", data=fields)
    assert answer.status_code == 422
    assert list(problems(parse(answer.text))) == ["companions-2-name"]


@pytest.fixture
def curious(town: Town) -> tuple[Activity, list[Question]]:
    """An activity that asks one of each kind; the last one only of who comes by car."""
    activity = town.activity()
    food = town.question(activity, "Hvad vil du spise?", QuestionKind.CHOICE, options=["Fisk", "Kød"], required=True)
    car = town.question(activity, "Kommer du i bil?", QuestionKind.YES_NO)
    several = town.question(activity, "Hvad kan du tage med?", QuestionKind.SEVERAL, options=["Kage", "Kaffe", "Saft"])
    number = town.question(activity, "Hvor mange gange har du været med?", QuestionKind.NUMBER)
    text = town.question(
        activity, "Hvilken nummerplade?", QuestionKind.TEXT, required=True, shown_when=Condition(car.public_id, True)
    )
    return activity, [food, car, several, number, text]


def test_the_organisers_questions_stand_on_the_page_and_their_answers_are_kept(
    town: Town, visitor: Visitor, curious: tuple[Activity, list[Question]]
) -> None:
    activity, (food, car, several, number, text) = curious
    date = town.occurrence(activity)
    page = visitor.get(address(date))
    assert "Kommer du i bil?" in page.one("span", class_="because").text, "it says of whom it is asked"
    keys = [option["key"] for option in food.options]
    again = sent(visitor, date, {car.field: "yes", number.field: "tre"}, 422)
    assert set(problems(again)) == {food.field, number.field, text.field}
    assert again.one("input", name=car.field, value="yes").has("checked"), "what was answered is kept"
    assert again.one("input", id=number.field).get("value") == "tre"
    cakes = [option["key"] for option in several.options][:2]
    path = address(date) + "/tilmeld"
    fields: dict[str, str | list[str]] = {
        **ANNA, food.field: keys[1], car.field: "yes", number.field: "3", text.field: "AB 12 345", several.field: cakes,
    }  # fmt: skip
    visitor.submit(visitor.get(address(date)), path, fields, status=303)
    assert only().answers == {
        food.public_id: keys[1], car.public_id: True, several.public_id: cakes, number.public_id: 3, text.public_id: "AB 12 345",
    }  # fmt: skip


def test_a_question_that_is_not_asked_of_who_answered_so_is_dropped(
    town: Town, visitor: Visitor, curious: tuple[Activity, list[Question]]
) -> None:
    activity, (food, car, _several, _number, text) = curious
    date = town.occurrence(activity)
    key = food.options[0]["key"]
    sent(visitor, date, {food.field: key, car.field: "no", text.field: "AB 12 345"})
    assert only().answers == {food.public_id: key, car.public_id: False}


def test_who_waits_is_asked_when_there_is_a_place(town: Town, visitor: Visitor) -> None:
    activity = town.activity(waiting_mode=WaitingMode.OFFER)
    question = town.question(activity, required=True)
    date = town.occurrence(activity, capacity=1)
    town.signed_up(date, answers={question.public_id: "Fisk"})
    page = visitor.get(address(date))
    assert not [each for each in page if each.get("name") == question.field]
    sent(visitor, date, {})
    db.session.expire_all()
    waiting = db.session.query(Registration).filter_by(email="anna@example.org").one()
    assert (waiting.state, waiting.answers) == (State.WAITING, {})


def test_what_the_form_uses_is_told_before_it_is_filled_in(town: Town, visitor: Visitor) -> None:
    plain = visitor.get(address(town.occurrence()))
    asking = visitor.get(address(town.occurrence(town.activity(asked_of_each=AskedOfEach.NAME))))
    notices = [page.all("p", class_="notice")[0].text for page in (plain, asking)]
    assert notices[0] != notices[1], "names and ages are more than a name and an address"


@pytest.mark.parametrize("language", ["da", "en", "de"])
def test_every_refusal_of_the_form_is_said_in_the_language_of_the_page(
    town: Town, visitor: Visitor, language: str
) -> None:
    helping = town.activity(kind=Kind.VOLUNTEER)
    date = town.occurrence(helping)
    town.role(helping, vetting={"da": "Børneattest"})
    classes = town.occurrence(town.activity(party=Party.CLASS))
    children = town.occurrence(town.activity(asked_of_each=AskedOfEach.NAME_AND_AGE, age_from=6, age_to=12))
    asking = town.activity()
    question = town.question(asking, kind=QuestionKind.NUMBER, required=True)
    visitor.get(f"/?lang={language}")
    said: dict[str, str] = {}
    nothing = {"name": "", "email": "", "seats": "0"}
    rows = {
        "companions-0-name": "Bo",
        "companions-0-age": "30",
        "companions-1-name": "",
        "companions-1-age": "",
        "rows": "2",
    }
    for where, fields in (
        (date, {**nothing, "role": ""}),
        (classes, nothing),
        (children, {**nothing, **rows, "seats": "2"}),
        (town.occurrence(asking), {question.field: "x"}),
    ):
        said |= problems(sent(visitor, where, fields, 422))
    assert set(said) >= {
        "name", "email", "seats", "role", "school_class-school", "school_class-class_name", "school_class-pupils",
        "school_class-adults", "companions-0-age", "companions-1-name", "companions-1-age", question.field,
    }  # fmt: skip
    with i18n.speaking(language):
        assert said["name"] == _("Write your name, so that the organiser knows who is coming.")
        assert said["role"] == _("Choose what you want to help with.")
        assert said["school_class-school"] == _("Write the name of the school.")
        second = _("Person %(number)s", number=2)
        assert said["companions-1-name"] == f"{second}: {_('Write the name of everybody who comes.')}"
