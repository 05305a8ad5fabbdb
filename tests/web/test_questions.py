"""Asking us on the web, the page of answers, and the desk in the staff's room."""

from typing import Any

import pytest
from flask import Flask

from engage.accounts import RoleName, User, audit
from engage.base.clock import utc_now
from engage.base.db import db, transaction
from engage.questions import AnswerState, ApprovedAnswer, CitizenQuestion, QuestionState, desk
from tests.accounts.cast import account, signed_in
from tests.questions import cast
from tests.town import Town
from tests.web.conftest import Visitor, browser, letters, read

ASK, ANSWERS, DESK, EDITOR = "/kontakt", "/spoergsmaal", "/staff/spoergsmaal", "/staff/svar"


@pytest.fixture
def karl(app: Flask) -> User:
    return account("Karl Holm", roles=[RoleName.STAFF])


@pytest.fixture
def staff(app: Flask, karl: User) -> Visitor:
    return Visitor(signed_in(app, karl))


@pytest.fixture
def colleague(app: Flask) -> Visitor:
    return Visitor(signed_in(app, account("Else Krog", roles=[RoleName.STAFF])))


def question() -> CitizenQuestion:
    db.session.expire_all()
    return db.session.query(CitizenQuestion).one()


def press(visitor: Visitor, path: str, fields: dict[str, str] | None = None, *, status: int = 303) -> Any:
    """Press the button of the page's form that leads to `path`; the page is the one before its last part."""
    return visitor.submit(visitor.get(path.rsplit("/", 1)[0]), path, fields or {}, status=status)


# Citizens ---------------------------------------------------------------------------------------------------------------


def test_a_question_is_asked_by_a_form_and_nobody_is_written_to(visitor: Visitor, town: Town) -> None:
    activity = town.occurrence(town.activity("Klimacafé")).activity
    page = visitor.get(f"{ASK}?aktivitet={activity.public_id}")
    assert "Klimacafé" in page.text
    fields = {"question": "Er der kaffe?\nOg te?", "email": "Anna@Example.org", "name": "Anna"}
    answer = visitor.submit(page, ASK, fields, status=303)
    assert answer.location == f"{ASK}/sendt"
    assert "2" in visitor.get(answer.location).text
    found = question()
    assert (found.text, found.email, found.name) == ("Er der kaffe?\nOg te?", "anna@example.org", "Anna")
    assert (found.activity_id, found.language, found.person_id) == (activity.id, "da", None)
    assert letters() == []


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"question": "", "email": "anna@example.org"}, "question"),
        ({"question": "Er der kaffe?", "email": ""}, "email"),
        ({"question": "Er der kaffe?", "email": "anna"}, "email"),
    ],
)
def test_what_lacks_is_said_beside_it_and_nothing_typed_is_lost(
    visitor: Visitor, fields: dict[str, str], wrong: str
) -> None:
    page = read(visitor.submit(visitor.get(ASK), ASK, fields, status=422), 422)
    assert page.all("a", href=f"#{wrong}")
    assert fields["question"] in page.one("textarea", id="question").text
    assert db.session.query(CitizenQuestion).count() == 0


def test_who_asks_very_often_is_told_to_call(app: Flask, visitor: Visitor, set_settings: Any) -> None:
    set_settings(questions_per_day=1)
    fields = {"question": "Er der kaffe?", "email": "anna@example.org"}
    visitor.submit(visitor.get(ASK), ASK, fields, status=303)
    page = read(visitor.submit(visitor.get(ASK), ASK, {**fields, "email": "bo@example.org"}, status=429), 429)
    assert "12 34 56 78" in page.text


def test_the_page_of_answers_shows_only_what_is_approved(visitor: Visitor, app: Flask) -> None:
    cast.approved("Må jeg tage hund med?", "Ja, i snor.")
    cast.approved("Er det hemmeligt?", "Kladde.", state=AnswerState.DRAFT)
    page = visitor.get(ANSWERS)
    assert "Ja, i snor." in page.text and "Kladde." not in page.text
    assert "Ja, i snor." in visitor.get(f"{ANSWERS}?q=hunden").text
    assert "Ja, i snor." not in visitor.get(f"{ANSWERS}?q=kat").text
    english = visitor.get(f"{ANSWERS}?lang=en")
    assert "This answer is in Danish only." in english.text
    assert any(each.get("lang") == "da" for each in english.all("h3"))


def test_one_browser_says_once_a_day_whether_it_helped(app: Flask, visitor: Visitor) -> None:
    found = cast.approved()
    path = f"{ANSWERS}/{found.public_id}/hjalp"
    first = visitor.send(path, {"helped": "1"}, status=303)
    assert "tak=" in first.location
    assert visitor.send(path, {"helped": "0"}, status=303).location.startswith(ASK)
    db.session.expire_all()
    assert (found.helped, found.not_helped) == (1, 0)
    visitor.send(f"{ANSWERS}/findesikke/hjalp", {"helped": "1"}, status=404)


# Staff ------------------------------------------------------------------------------------------------------------------


def test_staff_take_see_and_send_an_answer(staff: Visitor, karl: User) -> None:
    asked = cast.asked("Er der plads til en barnevogn?", now=utc_now())
    assert "1 " in staff.get("/staff/").one("section", **{"aria-labelledby": "questions"}).text
    path = f"{DESK}/{asked.public_id}"
    assert path in [each.get("href") for each in staff.get(DESK).all("a")]
    press(staff, f"{path}/tag")
    assert path in [each.get("href") for each in staff.get(f"{DESK}?state=mine").all("a")]
    seen = read(press(staff, f"{path}/svar", {"answer": "Ja.\n\nDer er plads.", "do": "preview"}, status=200))
    assert "Der er plads." in seen.one("section", **{"aria-labelledby": "as-read"}).text
    assert question().state == QuestionState.TAKEN and letters() == []
    press(staff, f"{path}/svar", {"answer": "Ja.\n\nDer er plads.", "do": "send"})
    assert question().state == QuestionState.ANSWERED
    (letter,) = letters()
    assert "Der er plads." in letter.message["text"]
    assert "Karl Holm" in staff.get(path).text
    log = staff.get("/staff/log").text
    assert "barnevogn" not in log, "no text of a citizen stands in the log"
    assert audit.search(about=f"question:{asked.public_id}").entries[0].action == "question.answered"


def test_a_colleagues_question_is_refused_kindly_and_may_be_taken_over(
    staff: Visitor, colleague: Visitor, karl: User
) -> None:
    name = cast.asked().public_id
    path = f"{DESK}/{name}"
    form = colleague.get(path)
    press(staff, f"{path}/tag")
    refused = read(colleague.submit(form, f"{path}/svar", {"answer": "Mit svar", "do": "send"}, status=409), 409)
    assert "Karl Holm" in refused.text and "Mit svar" in refused.text and letters() == []
    press(colleague, f"{path}/tag")
    press(colleague, f"{path}/giv-tilbage")
    assert question().state == QuestionState.OPEN


def test_the_second_of_two_answers_is_not_sent_and_not_lost_from_sight(staff: Visitor, colleague: Visitor) -> None:
    path = f"{DESK}/{cast.asked().public_id}"
    form = colleague.get(path)
    press(staff, f"{path}/svar", {"answer": "Det første", "do": "send"})
    refused = read(colleague.submit(form, f"{path}/svar", {"answer": "Det andet", "do": "send"}, status=409), 409)
    assert "Det første" in refused.text and "Det andet" in refused.text
    assert len(letters()) == 1


def test_a_question_is_put_away_and_taken_out_again(staff: Visitor) -> None:
    path = f"{DESK}/{cast.asked().public_id}"
    press(staff, f"{path}/luk")
    assert path in [each.get("href") for each in staff.get(f"{DESK}?state=closed").all("a")]
    press(staff, f"{path}/genaabn")
    assert question().state == QuestionState.OPEN and letters() == []


def test_the_list_is_filtered_by_language_and_words(staff: Visitor) -> None:
    cast.asked("Gibt es eine Führung?", language="de")
    cast.asked("Er der kaffe?", email="bo@example.org")
    assert "kaffe" not in staff.get(f"{DESK}?language=de").one("ul", class_="line-list").text
    assert "kaffe" in staff.get(f"{DESK}?q=KAFFE").one("ul", class_="line-list").text


def test_an_answer_given_once_is_approved_for_everybody(staff: Visitor, visitor: Visitor) -> None:
    asked = cast.asked("Må jeg tage hund med?")
    path = f"{DESK}/{asked.public_id}"
    leads = press(staff, f"{path}/svar", {"answer": "Ja, i snor.", "do": "send_and_keep"})
    form = staff.get(leads.location)
    assert form.one("input", id="question_da").get("value") == "Må jeg tage hund med?"
    saved = staff.submit(form, f"{EDITOR}/nyt", {"wordings_da": "hund\nhunde", "do": "approve"}, status=303)
    assert "Ja, i snor." in visitor.get(ANSWERS).text
    found = db.session.query(ApprovedAnswer).one()
    assert found.wordings == {"da": ["hund", "hunde"]} and saved.location == f"{EDITOR}/{found.public_id}"
    assert (
        "Må jeg tage hund med?" in staff.get(f"{EDITOR}?q=hunden").one("section", **{"aria-labelledby": "tried"}).text
    )
    seen = staff.get(f"{EDITOR}?q=noget for hunde på lørdag").one("section", **{"aria-labelledby": "tried"})
    assert "Må jeg tage hund med?" not in seen.text, "the chat would look for activities"
    nothing = staff.get(f"{EDITOR}?q=kat").one("section", **{"aria-labelledby": "tried"})
    assert nothing.all("p") and not nothing.all("li"), "it is said that no answer fits"
    staff.submit(staff.get(saved.location), f"{saved.location}/traek-tilbage", {}, status=303)
    assert "Ja, i snor." not in visitor.get(ANSWERS).text


def test_a_half_done_answer_stays_a_draft_and_says_why(staff: Visitor) -> None:
    page = read(
        staff.submit(
            staff.get(f"{EDITOR}/nyt"), f"{EDITOR}/nyt", {"question_da": "Hvad?", "do": "approve"}, status=422
        ),
        422,
    )
    assert page.one("input", id="question_da").get("value") == "Hvad?"
    assert db.session.query(ApprovedAnswer).count() == 0
    bad = {"question_da": "Hvad?", "answer_da": "Det.", "url": "javascript:alert(1)", "do": "save"}
    assert read(staff.submit(staff.get(f"{EDITOR}/nyt"), f"{EDITOR}/nyt", bad, status=422), 422).all("a", href="#url")
    good = staff.submit(staff.get(f"{EDITOR}/nyt"), f"{EDITOR}/nyt", {**bad, "url": "/frivillig"}, status=303)
    assert db.session.query(ApprovedAnswer).one().state == AnswerState.DRAFT and good.location.startswith(EDITOR)


def test_two_who_change_the_same_answer(staff: Visitor, colleague: Visitor) -> None:
    path = f"{EDITOR}/{cast.approved().public_id}"
    form = colleague.get(path)
    staff.submit(staff.get(path), path, {"answer_da": "Nej.", "do": "save"}, status=303)
    colleague.submit(form, path, {"answer_da": "Måske.", "do": "save"}, status=409)
    db.session.expire_all()
    assert db.session.query(ApprovedAnswer).one().answers == {"da": "Nej."}


def test_what_is_deleted_is_neither_answered_nor_approved(staff: Visitor, karl: User) -> None:
    asked = cast.asked("Hemmeligt?")
    with transaction():
        desk.answer(asked.public_id, "Svar", by=karl, now=utc_now())
        db.session.get_one(CitizenQuestion, asked.id).forgotten_at = utc_now()
    assert staff.get(f"{EDITOR}/nyt?question={asked.public_id}").one("input", id="question_da").get("value") == ""


def test_a_stranger_finds_no_desk(app: Flask) -> None:
    assert browser(app).get(DESK).status_code == 302
    assert browser(app).get(EDITOR).status_code == 302
