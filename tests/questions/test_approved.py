"""Answers for everybody: written by staff, whole in each language, counted, and taken back."""

import pytest
from flask import Flask

from engage.accounts import NotAllowed, RoleName, User, audit
from engage.base.db import db, transaction
from engage.questions import AnswerState, ApprovedAnswer, Topic, approved
from engage.questions.approved import LinkNotUsable, Wanted
from engage.questions.refusals import ChangedMeanwhile, NothingToApprove
from tests.accounts.cast import account
from tests.conftest import NOW
from tests.questions import cast

DOG = Wanted(Topic.TAKING_PART, {"da": "Må jeg tage hund med?"}, {"da": "Ja."}, {"da": ["hund", "hund", ""]})


@pytest.fixture
def karl(app: Flask) -> User:
    return account("Karl Holm", roles=[RoleName.STAFF])


def write(karl: User, wanted: Wanted = DOG, found: ApprovedAnswer | None = None, **facts: str) -> ApprovedAnswer:
    with transaction():
        return approved.save(found, wanted, by=karl, now=NOW, **facts)  # type: ignore[arg-type]


def test_an_answer_is_written_approved_and_withdrawn(karl: User) -> None:
    found = write(karl)
    assert (found.state, found.wordings) == (AnswerState.DRAFT, {"da": ["hund"]})
    assert approved.given(found.public_id) is None
    with transaction():
        approved.approve(found, by=karl, now=NOW)
        approved.approve(found, by=karl, now=NOW)
    assert approved.given(found.public_id) is found
    with transaction():
        approved.withdraw(found, by=karl, now=NOW)
    assert approved.given(found.public_id) is None
    actions = [entry.action for entry in audit.search(about=f"answer:{found.public_id}").entries]
    assert actions == ["answer.withdrawn", "answer.approved", "answer.made"]


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(Topic.DATA, {}, {}),
        Wanted(Topic.DATA, {"da": "Hvad?"}, {}),
        Wanted(Topic.DATA, {"da": "Hvad?"}, {"da": "Det.", "de": "Das."}),
        Wanted(Topic.DATA, {"da": "Hvad?"}, {"da": "Det."}, {"en": ["what"]}),
    ],
)
def test_what_is_half_done_is_not_approved(karl: User, wanted: Wanted) -> None:
    with pytest.raises(NothingToApprove):
        approved.approve(write(karl, wanted), by=karl, now=NOW)


def test_an_approved_answer_is_never_left_half_done(karl: User) -> None:
    found = cast.approved()
    with pytest.raises(NothingToApprove):
        write(karl, Wanted(Topic.DATA, {"da": "Hvad?"}, {}), found)
    db.session.expire_all()
    assert found.answers == {"da": "Ja, i snor."}


def test_of_two_who_change_it_the_second_is_told(karl: User) -> None:
    found = cast.approved()
    read = approved.as_read(found)
    with transaction():
        approved.save(found, DOG, by=karl, now=NOW.replace(hour=10), read=read)
    with pytest.raises(ChangedMeanwhile):
        write(karl, Wanted(Topic.DATA, {"da": "A"}, {"da": "B"}), found, read=read)


@pytest.mark.parametrize("url", ["javascript:alert(1)", "//evil.example", "/\\evil.example", "evil", "/a b"])
def test_a_link_leads_to_a_page(karl: User, url: str) -> None:
    with pytest.raises(LinkNotUsable):
        write(karl, Wanted(Topic.DATA, {"da": "A"}, {"da": "B"}, url=url))


def test_only_staff_write_answers(app: Flask) -> None:
    organiser, found = account(), cast.approved()
    for refused in (
        lambda: write(organiser),
        lambda: approved.approve(found, by=organiser, now=NOW),
        lambda: approved.withdraw(found, by=organiser, now=NOW),
    ):
        with pytest.raises(NotAllowed):
            refused()


def test_whether_it_helps_is_counted_and_does_not_change_the_text(app: Flask) -> None:
    found = cast.approved()
    read = approved.as_read(found)
    with transaction():
        approved.count_shown(found)
        approved.count_helped(found, True)
        approved.count_helped(found, False)
    db.session.expire_all()
    assert (found.shown, found.helped, found.not_helped, approved.as_read(found)) == (1, 1, 1, read)


def test_a_language_that_lacks_gets_one_there_is(app: Flask) -> None:
    assert approved.in_words(cast.approved(), "de") == ("da", "Må jeg tage hund med?", "Ja, i snor.")
