"""Reviews that are over: who comes too late reads what was decided, by whom and when, and changes nothing."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from flask import Flask

from engage.accounts import RoleName, User, audit
from engage.activities import publishing
from engage.activities.models import Activity, ActivityState
from engage.base.clock import utc_now
from engage.base.db import db, transaction
from tests.accounts.cast import account, signed_in
from tests.town import Town
from tests.web.conftest import Visitor, letters
from tests.web.page import parse

REVIEWS = "/staff/gennemsyn"


@pytest.fixture
def karl(app: Flask) -> Visitor:
    return Visitor(signed_in(app, account("Karl Holm", roles=[RoleName.STAFF])))


@pytest.fixture
def else_krog(app: Flask) -> Visitor:
    return Visitor(signed_in(app, account("Else Krog", roles=[RoleName.ADMIN])))


@pytest.fixture
def writer(town: Town) -> User:
    return account("Bente Lund", member_of=[town.organisation("Naturforeningen")])


@pytest.fixture
def activity(town: Town, writer: User) -> Activity:
    made = town.activity(
        "Ud i engen",
        organisation=writer.memberships[0].organisation,
        created_by_id=writer.id,
        state=ActivityState.IN_REVIEW,
        submitted_at=town.now - timedelta(days=1),
    )
    town.occurrence(made)
    return made


def path(activity: Activity, answer: str = "") -> str:
    return f"{REVIEWS}/{activity.public_id}" + (f"/{answer}" if answer else "")


def decided(visitor: Visitor, activity: Activity) -> str:
    """What the page says was decided; it offers no answer any more."""
    page = visitor.get(path(activity))
    assert not page.all("form", action=path(activity, "godkend"))
    return page.one("p", data_decided="").text


def test_who_comes_too_late_reads_who_approved_it_and_when(
    karl: Visitor, else_krog: Visitor, activity: Activity, town: Town
) -> None:
    page = else_krog.get(path(activity))
    karl.submit(karl.get(path(activity)), path(activity, "godkend"), {}, status=303)
    before = letters()
    answers = [
        else_krog.submit(page, path(activity, "godkend"), {}, status=409),
        else_krog.submit(page, path(activity, "send-tilbage"), {"words": "Skriv hvor vi mødes."}, status=409),
    ]
    for answer in answers:
        assert "Karl Holm" in parse(answer.text).one("p", data_decided="").text
    assert parse(answers[1].text).one("p", data_unsent="").text == "Skriv hvor vi mødes.", "nothing written is lost"
    assert str(utc_now().year) in decided(else_krog, activity)
    assert len(letters()) == len(before) == 1
    db.session.expire_all()
    assert activity.state == ActivityState.PUBLISHED
    assert audit.search(about=f"activity:{activity.public_id}").count == 1


def test_two_reviewers_at_once_one_decides_and_the_other_reads_it(
    karl: Visitor, else_krog: Visitor, activity: Activity
) -> None:
    both = Barrier(2)
    presses = [(karl, "godkend", {}), (else_krog, "send-tilbage", {"words": "Mere, tak."})]
    pages = [visitor.get(path(activity)) for visitor, _answer, _more in presses]

    def press(number: int) -> int:
        visitor, answer, more = presses[number]
        fields = pages[number].one("form", action=path(activity, answer)).fields()
        both.wait()
        return visitor.client.post(path(activity, answer), data={**fields, **more}).status_code

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(press, range(2))) == [303, 409]
    assert len(letters()) == 1
    (entry,) = audit.search(about=f"activity:{activity.public_id}").entries
    db.session.expire_all()
    approved = activity.state == ActivityState.PUBLISHED
    assert entry.action == ("activity.published" if approved else "activity.sent_back")
    assert entry.by_name == ("Karl Holm" if approved else "Else Krog")
    assert bool(activity.review_words) is not approved


def test_sent_back_its_words_are_shown_and_taken_back_is_said(
    karl: Visitor, else_krog: Visitor, activity: Activity, writer: User
) -> None:
    karl.submit(karl.get(path(activity)), path(activity, "send-tilbage"), {"words": "Skriv hvornår."}, status=303)
    assert "Karl Holm" in decided(else_krog, activity)
    assert "Skriv hvornår." in else_krog.get(path(activity)).one("main").text
    with transaction():
        publishing.submit(activity, writer.id, utc_now())
        publishing.withdraw(activity, writer.id, utc_now())
    assert "Bente Lund" in decided(else_krog, activity)


def test_what_needs_no_review_was_never_handed_in_or_was_decided_by_somebody_erased_is_said(
    karl: Visitor, activity: Activity, town: Town, writer: User
) -> None:
    said = {decided(karl, town.activity(state=state)) for state in (ActivityState.DRAFT, ActivityState.PUBLISHED)}
    activity.organisation.trusted, activity.state = True, ActivityState.DRAFT
    db.session.commit()
    with transaction():
        publishing.submit(activity, writer.id, utc_now())
    said.add(decided(karl, activity))
    with transaction():
        audit.forget_names(writer)
        db.session.delete(writer)
    said.add(decided(karl, activity))
    assert len(said) == 4


def test_the_way_on_leads_to_the_next_one_that_waits(karl: Visitor, activity: Activity, town: Town) -> None:
    done = town.activity(state=ActivityState.PUBLISHED)
    assert karl.get(path(done)).one("main").all("a", class_="button-primary")[0].get("href") == path(activity)
    karl.submit(karl.get(path(activity)), path(activity, "godkend"), {}, status=303)
    assert karl.get(path(done)).one("main").all("a", class_="button-primary")[0].get("href") == "/staff/"
    assert karl.get(path(done)).all("a", href=f"/aktiviteter/{done.public_id}/{done.slug}")
