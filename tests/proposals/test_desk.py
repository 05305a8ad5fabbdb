"""From an idea to an activity: who may do what with a proposal, and what its proposer is told, once a step."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from engage import people, privacy, proposals
from engage.accounts import Rights, RoleName, User, access
from engage.accounts.audit import AuditEntry
from engage.activities.models import Activity, ActivityState
from engage.base.db import db, transaction
from engage.base.errors import Refusal
from engage.base.limits import TooOften
from engage.outbox import Letter
from engage.people import Address, LinkUsedUp, OneTimeKey
from engage.privacy import telling
from engage.proposals import Proposal, ProposalState, desk, following_up, forgetting, interest, own, refusals
from engage.proposals.models import ProposalInterest, ProposalNote, ProposalPicture
from engage.worker import follow_up_proposals
from tests.accounts.cast import account
from tests.conftest import NOW
from tests.proposals.cast import kinds, letters, person, proposed
from tests.town import Town


@pytest.fixture
def karl(town: Town) -> User:
    return account("Karl Holm", roles=[RoleName.STAFF])


@pytest.fixture
def organiser(town: Town) -> User:
    return account("Olga Ravn", member_of={town.organisation("Biblioteket"): Rights.EDITOR})


@pytest.fixture
def stranger(town: Town) -> User:
    return account("Else Krog", member_of={town.organisation("Museet"): Rights.EDITOR})


def done(act: Any, *facts: Any, **named: Any) -> Any:
    with transaction():
        return act(*facts, now=NOW, **named)


def own_organisation(user: User) -> int:
    return access.organisations_of(user)[0].id


def test_a_proposal_becomes_a_published_activity_and_each_step_is_told_once(town: Town, organiser: User) -> None:
    found = proposed(dimension="social", sdg=12, time="En lørdag", name="Anna Holm")
    name = found.public_id
    done(desk.take_up, name, own_organisation(organiser), by=organiser)
    done(desk.ask_back, name, "Hvor mange kan der være?", by=organiser)
    done(own.answer, found, "Tyve.")
    activity = done(desk.make_draft, name, None, by=organiser)
    assert kinds(found) == ["received", "taken_up", "asked_back", "draft"]
    assert follow_up_proposals(NOW) == 0
    (text,) = activity.texts
    assert (text.title, activity.state, activity.dimensions, activity.sdgs) == (found.title, "draft", ["social"], [12])
    assert "En lørdag" in text.body and "Anna" not in text.body + text.summary
    activity.state, activity.slug = ActivityState.PUBLISHED, "repair"
    db.session.commit()
    assert (follow_up_proposals(NOW), follow_up_proposals(NOW)) == (1, 0)
    *_before, last = letters(found)
    assert kinds(found)[-1] == "published" and last.message["buttons"][0]["url"].endswith(
        f"/{activity.public_id}/repair"
    )
    assert {each.recipient for each in letters(found)} == {"anna@example.org"}
    db.session.refresh(found)
    assert found.state == ProposalState.PUBLISHED
    log = db.session.query(AuditEntry).filter_by(about=f"proposal:{name}").order_by(AuditEntry.id).all()
    assert [each.action for each in log] == [
        f"proposal.{each}" for each in ("taken_up", "asked_back", "draft", "published")
    ]
    assert not any("Anna" in f"{each.facts} {each.by_name}" or "Repair" in str(each.facts) for each in log)


def test_what_is_not_theirs_organisers_neither_see_nor_change(town: Town, organiser: User, stranger: User) -> None:
    name = proposed().public_id
    assert desk.by_public_id(name, stranger) and desk.search(stranger, proposals.OPEN).count == 1
    with pytest.raises(access.NotAllowed):
        done(desk.take_up, name, own_organisation(organiser), by=stranger)
    with pytest.raises(access.NotAllowed):
        done(desk.take_up, name, None, by=stranger)
    with pytest.raises(access.NotAllowed):
        done(desk.decline, name, "Nej tak.", by=stranger)
    with pytest.raises(access.NotAllowed):
        done(desk.show, name, "Titel", "Tekst", by=organiser)
    done(desk.take_up, name, own_organisation(organiser), by=organiser)
    for act in (desk.ask_back, desk.decline):
        with pytest.raises(refusals.NoSuchProposal):
            done(act, name, "Nej tak.", by=stranger)
    with pytest.raises(refusals.NoSuchProposal):
        done(desk.make_draft, name, None, by=stranger)
    assert desk.search(stranger, tuple(ProposalState)).count == 0
    nobody = account("Ingen Ret")
    assert desk.search(nobody, tuple(ProposalState)).count == 0


def test_what_was_answered_to_one_is_not_read_by_the_next(
    town: Town, karl: User, organiser: User, stranger: User
) -> None:
    found = proposed()
    name = found.public_id
    done(desk.take_up, name, own_organisation(organiser), by=organiser)
    done(desk.ask_back, name, "Hvorfor?", by=organiser)
    done(own.answer, found, "Fordi jeg er ensom.")
    assert [each.words for each in desk.notes(found, organiser)] == ["Hvorfor?", "Fordi jeg er ensom."]
    done(desk.give_back, name, by=organiser)
    assert desk.by_public_id(name, stranger) and desk.notes(found, stranger) == []
    done(desk.take_up, name, own_organisation(stranger), by=stranger)
    done(desk.ask_back, name, "Hvornår?", by=stranger)
    assert [each.words for each in desk.notes(found, stranger)] == ["Hvornår?"]
    assert [each.words for each in desk.notes(found, organiser)] == ["Hvorfor?", "Fordi jeg er ensom."]
    assert len(desk.notes(found, karl)) == 3


def test_who_has_several_organisations_says_as_which(town: Town) -> None:
    both = {town.organisation("Biblioteket"): Rights.EDITOR, town.organisation("Museet"): Rights.EDITOR}
    olga = account("Olga Ravn", member_of=both)
    with pytest.raises(refusals.OrganisationMissing):
        done(desk.take_up, proposed().public_id, None, by=olga)


def test_the_lists_are_counted_at_once(town: Town, karl: User, organiser: User, stranger: User) -> None:
    done(desk.take_up, proposed("To").public_id, own_organisation(organiser), by=organiser)
    proposed()
    groups = {"new": (ProposalState.NEW,), "in_hand": proposals.IN_HAND}
    assert desk.tally(karl, groups) == desk.tally(organiser, groups) == {"new": 1, "in_hand": 1}
    assert desk.tally(stranger, groups) == {"new": 1, "in_hand": 0}


def test_of_two_who_act_at_once_the_second_is_told(town: Town, karl: User, organiser: User) -> None:
    name = proposed().public_id
    done(desk.take_up, name, own_organisation(organiser), by=organiser)
    with pytest.raises(refusals.MovedOn):
        done(desk.take_up, name, None, by=karl)
    done(desk.decline, name, "Vi har allerede et.", by=karl)
    for act in (desk.decline, desk.ask_back):
        with pytest.raises(refusals.OverAlready):
            done(act, name, "Nej.", by=karl)
    with pytest.raises(refusals.OverAlready):
        done(own.withdraw, desk.by_public_id(name, karl))


def test_staff_choose_an_organisation_for_a_draft_and_one_deleted_goes_back(town: Town, karl: User) -> None:
    found = proposed()
    done(desk.take_up, found.public_id, None, by=karl)
    with pytest.raises(refusals.OrganisationMissing):
        done(desk.make_draft, found.public_id, None, by=karl)
    house = town.organisation("Kulturhuset")
    db.session.commit()
    activity = done(desk.make_draft, found.public_id, house.id, by=karl)
    db.session.delete(db.session.get(Activity, activity.id))
    db.session.commit()
    assert follow_up_proposals(NOW) == 1
    db.session.refresh(found)
    assert (found.state, found.organisation_id) == (ProposalState.TAKEN_UP, house.id)
    done(desk.give_back, found.public_id, by=karl)
    assert (found.state, found.organisation_id) == (ProposalState.NEW, None)


def test_an_address_is_shown_first_and_the_letter_quotes_nothing(town: Town, karl: User) -> None:
    found = proposed(email="Bo@Example.org")
    assert (found.state, found.person_id, found.email) == (ProposalState.UNPROVEN, None, "bo@example.org")
    assert desk.search(karl, tuple(ProposalState)).count == 0
    letter = db.session.query(Letter).one()
    assert "Repair" not in str(letter.message) and letter.recipient == "bo@example.org"
    secret = letter.message["buttons"][0]["url"].rsplit("/", 1)[1]
    with transaction():
        proposals.confirm(secret, language="da", browser="b", now=NOW)
    assert (found.state, found.email) == (ProposalState.NEW, None) and kinds(found) == ["received"]
    assert desk.search(karl, proposals.OPEN).count == 1
    with pytest.raises(LinkUsedUp), transaction():
        proposals.confirm(secret, language="da", browser="other", now=NOW)


def test_what_nobody_confirms_is_deleted(town: Town) -> None:
    proposed(email="bo@example.org")
    assert db.session.query(OneTimeKey).count() == 1
    with transaction():
        assert forgetting.expire(NOW + timedelta(hours=25)) == 1
    assert db.session.query(Proposal).count() == 0


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"title": " . "}, refusals.TitleMissing),
        ({"text": ""}, refusals.TextMissing),
        ({"shows_name": True}, refusals.NameMissing),
        ({"email": ""}, refusals.NoWayToYou),
        ({"email": "bo"}, people.EmailNotUsable),
    ],
)
def test_what_lacks_is_refused(town: Town, facts: dict[str, Any], refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        proposed(**facts)
    assert db.session.query(Proposal).count() == 0


def test_the_same_twice_is_one_and_a_fourth_a_day_is_too_many(town: Town) -> None:
    assert proposed().id == proposed().id
    proposed("To")
    proposed("Tre")
    with pytest.raises(refusals.TooManyProposals):
        proposed("Fire")
    assert proposed("Fire", now=NOW + timedelta(days=1)).title == "Fire"


def test_others_are_counted_once_and_only_who_wishes_is_told(town: Town, karl: User) -> None:
    found = proposed()
    name, bo = found.public_id, person("bo@example.org", "de")
    with pytest.raises(refusals.NotShown):
        done(interest.would_come, name, "browser:a")
    done(desk.show, name, "Repaircafé", "Godkendte ord.", by=karl)
    done(desk.show, name, "Repaircafé", "Andre godkendte ord.", by=karl)
    assert kinds(found) == ["received", "shown"]
    for who in ("browser:a", "browser:a", "browser:b", "browser:c"):
        done(interest.would_come, name, who)
    done(interest.would_come, name, f"person:{bo}", person_id=bo, hears=True)
    with transaction():
        interest.take_back(name, "browser:c")
    assert interest.counts([found])[found.id] == 3
    rows = db.session.query(ProposalInterest).all()
    assert [each.person_id for each in rows if each.person_id] == [bo]
    done(desk.decline, name, "Hemmelige ord til Anna", by=karl)
    heard = [each for each in letters(found) if "heard" in each.key]
    assert [each.recipient for each in heard] == ["bo@example.org"]
    assert "Hemmelige" not in str(heard[0].message) and heard[0].message["language"] == "de"
    with pytest.raises(refusals.NotShown):
        interest.one_shown(name)


def waited_for(karl: User) -> Proposal:
    """A proposal of Anna's that is shown, and of which Bo wants to hear."""
    found, bo = proposed(), person("bo@example.org", "de")
    done(desk.show, found.public_id, "Repaircafé", "Godkendte ord.", by=karl)
    done(interest.would_come, found.public_id, f"person:{bo}", person_id=bo, hears=True)
    return found


def heard(found: Proposal) -> list[tuple[str, str]]:
    """Who was told that it does not take place, and whether it has left or may leave."""
    return [(each.recipient or "", each.status) for each in letters(found) if "heard" in each.key]


def test_who_waits_is_told_when_it_is_taken_back(town: Town, karl: User) -> None:
    found = waited_for(karl)
    for _twice in range(2):
        done(own.withdraw, found)
    assert heard(found) == [("bo@example.org", "planned")]
    with transaction():
        forgetting.expire(NOW + timedelta(days=2000))
    assert not heard(found), "it is long over, and its letters go with it"


def test_who_waits_is_told_when_nobody_did_anything(town: Town, karl: User) -> None:
    found = waited_for(karl)
    hidden = proposed("Skjult")
    done(desk.show, hidden.public_id, "Skjult", "Ord.", by=karl)
    done(interest.would_come, hidden.public_id, "x", person_id=person("bo@example.org"), hears=True)
    done(desk.hide, hidden.public_id, by=karl)
    with transaction():
        forgetting.expire(NOW + timedelta(days=366))
    assert heard(found) == [("bo@example.org", "planned")] and not heard(hidden)
    assert "Repaircafé" in str(letters(found)[0].message)
    assert not any(each.hears for each in db.session.query(ProposalInterest))


def test_a_mail_that_was_lost_is_sent_again(town: Town) -> None:
    proposed(email="bo@example.org")
    proposed(email="bo@example.org")
    assert db.session.query(Letter).count() == 1, "a form sent twice"
    later = NOW + timedelta(hours=23)
    assert proposed(email="bo@example.org", now=later).state == ProposalState.UNPROVEN
    letter = db.session.query(Letter).order_by(Letter.id.desc()).first()
    assert letter is not None and db.session.query(Letter).count() == 2 and db.session.query(Proposal).count() == 1
    secret = letter.message["buttons"][0]["url"].rsplit("/", 1)[1]
    with transaction():
        assert forgetting.expire(NOW + timedelta(hours=25)) == 0, "a new link has its day"
        _visit, found = proposals.confirm(secret, language="da", browser="b", now=NOW + timedelta(hours=25))
    assert found is not None and found.state == ProposalState.NEW


def test_mails_are_not_sent_without_end(town: Town) -> None:
    with pytest.raises(TooOften):
        for minutes in range(10):
            proposed(email="bo@example.org", now=NOW + timedelta(minutes=2 * minutes))


def test_who_is_erased_is_counted_no_more_whatever_stood_for_them(town: Town, karl: User) -> None:
    found, bo = proposed(), person("bo@example.org")
    done(desk.show, found.public_id, "Repaircafé", "Ord.", by=karl)
    db.session.add(Address(person_id=bo, channel="telegram", identifier="77"))
    for who in (f"person:{bo}", "telegram:77", "telegram:78", "browser:b"):
        done(interest.would_come, found.public_id, who)
    told = [part for part in telling.told(bo) if part.table == "proposal_interest"]
    assert [len(part.items) for part in told] == [2]
    with transaction():
        privacy.erase(bo, now=NOW)
    assert interest.counts([found])[found.id] == 2


def test_one_who_shows_who_they_are_is_still_one_and_is_told_as_promised(town: Town, karl: User) -> None:
    found, bo = proposed(), person("bo@example.org")
    name = found.public_id
    done(desk.show, name, "Repaircafé", "Ord.", by=karl)
    done(interest.would_come, name, "browser:b")
    done(interest.would_come, name, f"person:{bo}", before="browser:b")
    assert not interest.said(found, "browser:b") and interest.said(found, f"person:{bo}")
    done(interest.would_come, name, "telegram:77", person_id=bo, hears=True)
    done(interest.would_come, name, f"person:{bo}", before="telegram:77")
    (row,) = db.session.query(ProposalInterest).all()
    assert (row.hears, row.person_id) == (True, bo)


def test_one_that_cannot_be_told_does_not_keep_the_others_waiting(
    town: Town, karl: User, organiser: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    for title in ("Et", "To"):
        name = proposed(title).public_id
        done(desk.take_up, name, own_organisation(organiser), by=organiser)
        done(desk.make_draft, name, None, by=organiser).state = ActivityState.PUBLISHED
        db.session.commit()
    settle, first = following_up.settle, following_up.due()[0]

    def break_at_first(number: int, now: datetime) -> bool:
        if number == first:
            raise RuntimeError
        return settle(number, now)

    monkeypatch.setattr(following_up, "settle", break_at_first)
    assert follow_up_proposals(NOW) == 1


def test_an_erased_person_leaves_no_word_but_what_was_published(town: Town, karl: User) -> None:
    anna = person()
    open_, out = proposed("Åben", name="Anna"), proposed("Ude", name="Anna")
    for found in (open_, out):
        done(desk.show, found.public_id, f"Vist {found.title}", "Ord", by=karl)
        done(desk.take_up, found.public_id, None, by=karl)
        done(desk.ask_back, found.public_id, "Hvor?", by=karl)
    house = town.organisation("Kulturhuset")
    db.session.commit()
    done(desk.give_back, open_.public_id, by=karl)
    done(own.answer, out, "Her.")
    activity = done(desk.make_draft, out.public_id, house.id, by=karl)
    activity.state = ActivityState.PUBLISHED
    db.session.commit()
    follow_up_proposals(NOW)
    assert {"Åben", "Ude"} <= {dict(each.facts)["Titel"] for each in _told(anna)}
    with transaction():
        privacy.erase(anna, now=NOW)
    for found in (open_, out):
        db.session.refresh(found)
        assert (found.person_id, found.name, found.title, found.text) == (None, None, "", "")
    assert (open_.state, open_.shown_at, open_.shown_title) == (ProposalState.WITHDRAWN, None, "")
    assert (out.state, out.shown_title) == (ProposalState.PUBLISHED, "Vist Ude")
    assert db.session.query(ProposalNote).count() == db.session.query(ProposalPicture).count() == 0
    assert "Anna" not in str([each.message for each in db.session.query(Letter)])


def _told(person_id: int) -> list[telling.Item]:
    return [item for part in telling.told(person_id) if part.table == "proposal" for item in part.items]
