"""Another e-mail address: the new one confirms, the old one is told and can stop it, also afterwards."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from engage.accounts import User, audit, moving, sessions
from engage.accounts.models import Factor
from engage.accounts.moving import ChangeIsOver, DirectoryRules, EmailChange, EmailTaken, SameEmail
from engage.base.db import db
from engage.base.tokens import LinkNotValid
from engage.outbox import Letter
from engage.people import EmailNotUsable
from tests.accounts.cast import account
from tests.conftest import NOW
from tests.town import Town

OLD, NEW = "bente@example.org", "bente.lund@example.org"
HOUR = timedelta(hours=1)


@pytest.fixture
def bente(town: Town) -> User:
    user = account("Bente Lund", email=OLD, language="en")
    user.password = "a hash"
    db.session.commit()
    return user


def letters(to: str) -> list[Letter]:
    """What was written to an address, oldest first."""
    every = db.session.scalars(select(Letter).order_by(Letter.id))
    return [each for each in every if each.addresses[0]["identifier"] == to]


def token(letter: Letter) -> str:
    """The token in the address its button leads to."""
    return str(letter.message["buttons"][0]["url"]).split("/ny-adresse/")[1].removesuffix("/stop")


def ask(user: User, email: str = NEW) -> tuple[str, str]:
    """Ask; returns the token that went to the new address, and the one that went to the old."""
    moving.ask(user, email, now=NOW)
    db.session.commit()
    return token(letters(email)[-1]), token(letters(user.email)[-1])


def actions() -> list[str]:
    return [entry.action for entry in reversed(audit.search().entries)]


def test_nothing_moves_before_the_new_address_confirms(bente: User) -> None:
    confirming, _stopping = ask(bente, " Bente.Lund@Example.org ".strip().lower())
    assert bente.email == OLD
    moving.confirm(moving.opened(confirming, NOW + HOUR), now=NOW + HOUR)
    db.session.commit()
    assert bente.email == NEW
    assert [letter.message["subject"] for letter in letters(OLD)] == [letters(OLD)[0].message["subject"]] * 2
    assert actions() == ["account.email_asked", "account.email_changed"]
    assert not any(OLD in str(entry.facts) or NEW in str(entry.facts) for entry in audit.search().entries)
    with pytest.raises(ChangeIsOver):
        moving.opened(confirming, NOW + HOUR)


def test_an_account_that_moved_is_signed_out_everywhere_and_old_links_are_void(bente: User) -> None:
    name = sessions.begin(bente, [Factor.PASSWORD], "Firefox", "Linux", NOW)
    before = bente.fs_uniquifier
    confirming, _stopping = ask(bente)
    moving.confirm(moving.opened(confirming, NOW), now=NOW)
    db.session.commit()
    assert bente.fs_uniquifier != before
    assert sessions.find(name, before, NOW) is None and sessions.find(name, bente.fs_uniquifier, NOW) is None


def test_the_old_address_stops_it(bente: User) -> None:
    confirming, stopping = ask(bente)
    assert moving.stop(moving.stoppable(stopping, NOW + HOUR), now=NOW + HOUR) is False
    db.session.commit()
    assert (bente.email, bente.password) == (OLD, "a hash"), "nobody got in, so nothing else changes"
    with pytest.raises(ChangeIsOver):
        moving.opened(confirming, NOW + HOUR)
    assert moving.stop(moving.stoppable(stopping, NOW + HOUR), now=NOW + HOUR) is False, "pressed twice"
    assert actions() == ["account.email_asked", "account.email_stopped"]


def test_the_old_address_undoes_it_with_all_that_came_after(bente: User) -> None:
    confirming, stopping = ask(bente)
    moving.confirm(moving.opened(confirming, NOW), now=NOW)
    further, _theirs = ask(bente, "elsewhere@example.org")
    moving.confirm(moving.opened(further, NOW), now=NOW)
    waiting, _theirs = ask(bente, "third@example.org")
    name = sessions.begin(bente, [Factor.PASSWORD], "Firefox", "Linux", NOW)
    intruder = bente.fs_uniquifier
    days = timedelta(days=6)
    assert moving.stop(moving.stoppable(stopping, NOW + days), now=NOW + days) is True
    db.session.commit()
    assert (bente.email, bente.password) == (OLD, None)
    assert sessions.find(name, intruder, NOW) is None and not sessions.of(bente)
    with pytest.raises(ChangeIsOver):
        moving.opened(waiting, NOW)
    assert "/konto/ny-adgangskode" in letters(OLD)[-1].message["buttons"][0]["url"]
    assert actions()[-1] == "account.email_put_back"


def test_the_links_are_each_good_for_one_thing_and_a_while(bente: User) -> None:
    confirming, stopping = ask(bente)
    for wrong in (stopping, "nonsense"):
        with pytest.raises(LinkNotValid):
            moving.opened(wrong, NOW)
    with pytest.raises(LinkNotValid):
        moving.stoppable(confirming, NOW)
    with pytest.raises(ChangeIsOver):
        moving.opened(confirming, NOW + moving.CONFIRM_WITHIN)
    with pytest.raises(ChangeIsOver):
        moving.stoppable(stopping, NOW + moving.STOP_WITHIN)


def test_asking_again_makes_the_earlier_link_useless(bente: User) -> None:
    earlier, _stopping = ask(bente)
    later, _stopping = ask(bente, "other@example.org")
    with pytest.raises(ChangeIsOver):
        moving.opened(earlier, NOW)
    moving.confirm(moving.opened(later, NOW), now=NOW)
    assert bente.email == "other@example.org"


def test_an_address_that_has_an_account_is_told_and_nobody_else_learns_of_it(bente: User) -> None:
    account("Carl", email="carl@example.org")
    moving.ask(bente, "carl@example.org", now=NOW)
    db.session.commit()
    (letter,) = letters("carl@example.org")
    assert all("ny-adresse" not in button["url"] for button in letter.message["buttons"])
    told = [each.message["subject"] for each in letters(OLD)]
    moving.ask(bente, "nobody@example.org", now=NOW)
    assert [each.message["subject"] for each in letters(OLD)] == told * 2


def test_an_address_that_was_taken_meanwhile_is_refused(bente: User) -> None:
    confirming, _stopping = ask(bente)
    account("Quicker", email=NEW)
    with pytest.raises(EmailTaken):
        moving.confirm(moving.opened(confirming, NOW), now=NOW)
    db.session.rollback()
    assert bente.email == OLD


def test_what_is_no_address_or_the_same_one_is_refused(bente: User) -> None:
    with pytest.raises(SameEmail):
        moving.ask(bente, "BENTE@example.org", now=NOW)
    with pytest.raises(EmailNotUsable):
        moving.ask(bente, "bente", now=NOW)
    assert not db.session.scalars(select(EmailChange)).all() and not letters(OLD)


def test_whom_the_directory_vouches_for_has_the_directorys_address(bente: User) -> None:
    confirming, _stopping = ask(bente)
    bente.city_subject = "https://login.example b-1"
    db.session.commit()
    with pytest.raises(DirectoryRules):
        moving.ask(bente, "other@example.org", now=NOW)
    with pytest.raises(ChangeIsOver):
        moving.opened(confirming, NOW)


def test_a_closed_account_does_not_move(bente: User) -> None:
    confirming, _stopping = ask(bente)
    bente.active = False
    db.session.commit()
    with pytest.raises(ChangeIsOver):
        moving.opened(confirming, NOW)
