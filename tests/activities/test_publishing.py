"""From a draft to the public: what is written, what is missing, who decides, and what can never be undone."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text

from engage.accounts import User
from engage.accounts.audit import AuditEntry
from engage.activities import filled_in, places, publishing, shifts, writing
from engage.activities.draft import KEEP, ActivityInput, NewPlace, When, Where, Words
from engage.activities.models import Activity, ActivityState, Kind, Occurrence, Place, SignUpMode
from engage.activities.shifts import RoleInput
from engage.base.db import db
from engage.web.organiser import form
from tests.accounts.cast import account
from tests.conftest import NOW
from tests.town import Town

LATER = NOW + timedelta(days=7)


@pytest.fixture
def writer(town: Town) -> User:
    return account("Bente Lund", member_of=[town.organisation()])


@pytest.fixture
def draft(writer: User) -> Activity:
    made = publishing.create(writer.memberships[0].organisation_id, writer.id, NOW)
    db.session.commit()
    return made


def whole(**more: object) -> ActivityInput:
    """An activity that lacks nothing."""
    told = ActivityInput(
        words={"da": Words("Strandrensning", "Vi samler plastik på stranden.", "Tag handsker med.")},
        kind=Kind.VOLUNTEER,
        sign_up=SignUpMode.REGISTRATION,
        audiences=("families",),
        spoken_languages=("da",),
        dimensions=("environmental",),
        sdgs=(14,),
        where=Where(new=NewPlace("Fluepapiret", "Strandvej 1", "6400", "Byen")),
        when=When(LATER, LATER + timedelta(hours=2)),
        capacity=20,
    )
    return replace(told, **more)  # type: ignore[arg-type]


def log(activity: Activity) -> list[str]:
    entries = select(AuditEntry).where(AuditEntry.about == f"activity:{activity.public_id}").order_by(AuditEntry.id)
    return [entry.action for entry in db.session.scalars(entries)]


def fields(activity: Activity, now: datetime = NOW) -> list[str]:
    return [problem.field for problem in publishing.missing(activity, now)]


def published(draft: Activity, writer: User) -> Activity:
    publishing.save(draft, whole(), writer.id, NOW)
    publishing.submit(draft, writer.id, NOW)
    publishing.approve(draft, writer.id, NOW)
    db.session.commit()
    return draft


def test_an_empty_draft_says_everything_that_is_missing_in_the_order_of_the_form(draft: Activity) -> None:
    wanted = ["title_da", "summary_da", "day", "place", "audiences", "spoken", "sdgs", "dimensions"]
    assert fields(draft) == wanted


def test_a_whole_activity_goes_from_draft_to_the_public(draft: Activity, writer: User) -> None:
    changed = publishing.save(draft, whole(), writer.id, NOW)
    assert {"title_da", "when", "place_id", "capacity", "sdgs"} <= changed
    assert draft.slug == "strandrensning" and draft.version == 1 and fields(draft) == []
    date = draft.occurrences[0]
    assert (date.starts_at, date.place.name, date.pool.capacity) == (LATER, "Fluepapiret", 20)
    publishing.submit(draft, writer.id, NOW)
    assert draft.state == ActivityState.IN_REVIEW and draft.submitted_at == NOW
    publishing.approve(draft, writer.id, NOW)
    assert draft.state == ActivityState.PUBLISHED and draft.published_at == NOW
    assert log(draft) == ["activity.created", "activity.changed", "activity.submitted", "activity.published"]


def test_saving_the_same_again_changes_and_records_nothing(draft: Activity, writer: User) -> None:
    publishing.save(draft, whole(), writer.id, NOW)
    assert publishing.save(draft, whole(), writer.id, NOW) == frozenset()
    assert draft.version == 1 and log(draft).count("activity.changed") == 1


def test_a_run_of_automatic_saves_by_one_person_is_one_entry_in_the_log(
    draft: Activity, writer: User, town: Town
) -> None:
    for number in range(4):
        words = {"da": Words(f"Klima {number}")}
        publishing.save(draft, ActivityInput(words=words, automatic=True), writer.id, NOW)
    assert draft.version == 4 and log(draft).count("activity.changed") == 1
    other = account("Ole Dam", member_of=[writer.memberships[0].organisation])
    publishing.save(draft, ActivityInput(words={"da": Words("Klima, igen")}, automatic=True), other.id, NOW)
    assert log(draft).count("activity.changed") == 2


def test_what_is_kept_stays_and_what_is_emptied_goes(draft: Activity, writer: User) -> None:
    publishing.save(draft, whole(price=4000), writer.id, NOW)
    publishing.save(draft, ActivityInput(words={"de": Words("Strandputz", "Plastik sammeln.")}), writer.id, NOW)
    assert {text.language for text in draft.texts} == {"da", "de"} and draft.price == 4000 and draft.sdgs == [14]
    publishing.save(draft, ActivityInput(words={"de": Words()}, when=None), writer.id, NOW)
    assert {text.language for text in draft.texts} == {"da"} and draft.occurrences == []
    assert db.session.scalar(select(Occurrence.id)) is None


def test_a_language_that_was_begun_must_be_finished(draft: Activity, writer: User) -> None:
    publishing.save(
        draft, whole(words={"da": Words("Klima", "Om klima."), "de": Words("", "", "Kommt!")}), writer.id, NOW
    )
    assert fields(draft) == ["title_de", "summary_de"]


def test_the_second_who_saves_is_told_who_was_first_and_loses_nothing(draft: Activity, writer: User) -> None:
    other = account("Ole Dam", member_of=[writer.memberships[0].organisation])
    version = draft.version
    publishing.save(draft, ActivityInput(words={"da": Words("Oles titel")}, version=version), other.id, NOW)
    db.session.commit()
    with pytest.raises(publishing.ChangedMeanwhile) as refused:
        publishing.save(draft, ActivityInput(words={"da": Words("Bentes titel")}, version=version), writer.id, NOW)
    assert "Ole Dam" in str(refused.value)
    assert draft.texts[0].title == "Oles titel"


def test_what_is_in_review_is_not_changed_until_it_is_taken_back(draft: Activity, writer: User) -> None:
    publishing.save(draft, whole(), writer.id, NOW)
    publishing.submit(draft, writer.id, NOW)
    with pytest.raises(publishing.InReview):
        publishing.save(draft, ActivityInput(price=100), writer.id, NOW)
    publishing.withdraw(draft, writer.id, NOW)
    publishing.save(draft, ActivityInput(price=100), writer.id, NOW)
    assert draft.state == ActivityState.DRAFT and draft.price == 100
    with pytest.raises(publishing.NotInReview):
        publishing.withdraw(draft, writer.id, NOW)


def test_what_lacks_something_is_not_handed_in_and_the_refusal_names_it(draft: Activity, writer: User) -> None:
    publishing.save(draft, whole(sdgs=(), where=Where()), writer.id, NOW)
    with pytest.raises(publishing.NotReady) as refused:
        publishing.submit(draft, writer.id, NOW)
    assert [problem.field for problem in refused.value.problems] == ["place", "sdgs"]
    assert draft.state == ActivityState.DRAFT


def test_a_date_that_went_by_in_the_queue_is_not_published(draft: Activity, writer: User) -> None:
    publishing.save(draft, whole(), writer.id, NOW)
    publishing.submit(draft, writer.id, NOW)
    with pytest.raises(publishing.NotReady):
        publishing.approve(draft, writer.id, LATER + timedelta(hours=1))


def test_what_is_sent_back_tells_why_and_may_be_handed_in_again(draft: Activity, writer: User) -> None:
    publishing.save(draft, whole(), writer.id, NOW)
    publishing.submit(draft, writer.id, NOW)
    with pytest.raises(publishing.NoReason):
        publishing.send_back(draft, "  ", writer.id, NOW)
    publishing.send_back(draft, "Skriv, hvor man mødes.", writer.id, NOW)
    assert (draft.state, draft.review_words) == (ActivityState.DRAFT, "Skriv, hvor man mødes.")
    publishing.submit(draft, writer.id, NOW)
    assert draft.review_words == ""


def test_of_what_is_published_texts_change_at_once_and_dates_do_not(draft: Activity, writer: User) -> None:
    published(draft, writer)
    changed = publishing.save(draft, ActivityInput(words={"da": Words("Ren strand", "Kom med.")}), writer.id, LATER)
    assert changed == {"title_da", "summary_da", "body_da"} and draft.state == ActivityState.PUBLISHED
    assert draft.slug == "strandrensning", "an address that was given out stays"
    for told in (ActivityInput(when=None), ActivityInput(where=Where()), ActivityInput(capacity=3)):
        with pytest.raises(publishing.DatesStandElsewhere):
            publishing.save(draft, told, writer.id, NOW)


def test_a_draft_follows_its_one_date_and_a_second_date_goes_its_own_way(
    draft: Activity, writer: User, town: Town
) -> None:
    publishing.save(draft, whole(), writer.id, NOW)
    moved = When(LATER + timedelta(days=1), LATER + timedelta(days=1, hours=3))
    publishing.save(
        draft, whole(when=moved, where=Where(online_url="https://example.org/m"), capacity=None), writer.id, NOW
    )
    (date,) = draft.occurrences
    assert (date.starts_at, date.place_id, date.online_url, date.pool.capacity) == (
        moved.starts_at, None, "https://example.org/m", None,
    )  # fmt: skip
    town.occurrence(draft)
    with pytest.raises(publishing.DatesStandElsewhere):
        publishing.save(draft, ActivityInput(when=None), writer.id, NOW)


def test_a_new_place_is_not_kept_twice(draft: Activity, writer: User) -> None:
    publishing.save(draft, whole(), writer.id, NOW)
    again = publishing.create(draft.organisation_id, writer.id, NOW)
    publishing.save(
        again, whole(where=Where(new=NewPlace(" fluepapiret ", "STRANDVEJ 1", "6400", "byen"))), writer.id, NOW
    )
    assert again.place_id == draft.place_id and db.session.query(Place).count() == 1


def test_a_copy_has_everything_but_the_dates_and_is_nobodys_shadow(draft: Activity, writer: User) -> None:
    published(draft, writer)
    made = publishing.copy(draft, writer.id, LATER)
    assert made.state == ActivityState.DRAFT and made.public_id != draft.public_id and made.occurrences == []
    assert fields(made, LATER) == ["day"]
    publishing.save(made, ActivityInput(words={"da": Words("Ny titel", "Ny.")}, sdgs=(4,)), writer.id, LATER)
    assert draft.texts[0].title == "Strandrensning" and draft.sdgs == [14]


def test_a_draft_can_be_deleted_and_what_was_published_cannot(draft: Activity, writer: User) -> None:
    publishing.save(draft, whole(), writer.id, NOW)
    publishing.delete_draft(draft, writer.id, NOW)
    db.session.commit()
    assert db.session.scalar(select(Activity.id)) is None and db.session.scalar(select(Occurrence.id)) is None
    other = published(publishing.create(writer.memberships[0].organisation_id, writer.id, NOW), writer)
    with pytest.raises(publishing.NotADraft):
        publishing.delete_draft(other, writer.id, NOW)


def test_what_has_guests_is_never_deleted(draft: Activity, writer: User, town: Town) -> None:
    published(draft, writer)
    town.signed_up(draft.occurrences[0])
    # However it may have become a draft without a past: the sign-up itself forbids it.
    draft.state, draft.published_at = ActivityState.DRAFT, None
    db.session.commit()
    with pytest.raises(publishing.HasGuests):
        publishing.delete_draft(draft, writer.id, NOW)
    db.session.commit()
    assert db.session.get(Activity, draft.id) is not None


def revision() -> int:
    return int(db.session.scalar(text("SELECT coalesce(sum(number), 0) FROM revision WHERE name = 'activities'")))


def test_writing_a_draft_leaves_the_public_memory_alone_and_publishing_does_not(draft: Activity, writer: User) -> None:
    publishing.save(draft, whole(where=Where(online_url="https://example.org")), writer.id, NOW)
    db.session.commit()
    before = revision()
    publishing.save(draft, ActivityInput(words={"da": Words("Noget andet", "Kort.")}, price=100), writer.id, NOW)
    publishing.submit(draft, writer.id, NOW)
    db.session.commit()
    assert revision() == before
    publishing.approve(draft, writer.id, NOW)
    db.session.commit()
    seen = revision()
    assert seen > before
    publishing.save(draft, ActivityInput(words={"da": Words("Rettet", "Kort.")}), writer.id, NOW)
    db.session.commit()
    texts = revision()
    assert texts > seen
    draft.occurrences[0].starts_at -= timedelta(hours=1)
    db.session.commit()
    assert revision() > texts


def shown(activity: Activity) -> ActivityInput:
    """What the page's form says when nothing is touched in it."""
    return filled_in.read(dict(form.values_of(activity).lists()), ("da", "de", "en"))[0]


@pytest.mark.parametrize(
    ("hours", "from_hour"),
    [(24, 0), (72, 0), (30, 10), (13, 19)],
)
def test_a_date_the_short_form_cannot_say_is_left_to_the_long_one(
    draft: Activity, writer: User, hours: int, from_hour: int
) -> None:
    """A whole day, three days, until the next afternoon, a night at the school: what an import or the dates' page made."""
    publishing.save(draft, whole(), writer.id, NOW)
    begins = datetime(2026, 3, 20, from_hour, tzinfo=ZoneInfo("Europe/Copenhagen"))
    date = draft.occurrences[0]
    date.starts_at, date.ends_at = begins, begins + timedelta(hours=hours)
    db.session.commit()
    assert not writing.has_plain_date(draft)


@pytest.mark.parametrize("hours", [0, 2, 7])
def test_an_evening_and_a_date_without_an_end_are_plain(draft: Activity, writer: User, hours: int) -> None:
    begins = datetime(2026, 3, 20, 20, tzinfo=ZoneInfo("Europe/Copenhagen"))
    publishing.save(draft, whole(when=When(begins, begins + timedelta(hours=hours))), writer.id, NOW)
    assert writing.has_plain_date(draft)


def test_saving_the_page_as_it_stands_changes_nothing(draft: Activity, writer: User) -> None:
    """A meeting that one can also join on the net, and a date that got its place and number on the page of dates."""
    publishing.save(draft, whole(where=KEEP, capacity=KEEP), writer.id, NOW)
    date = draft.occurrences[0]
    date.place_id, date.online_url = places.find_or_create("Huset"), "https://example.org/moede"
    date.pool.capacity = 12
    draft.place_id, draft.online_url = date.place_id, date.online_url
    db.session.commit()
    before = (date.starts_at, date.ends_at, date.place_id, date.online_url, date.pool.capacity)
    told = replace(shown(draft), words={"da": Words("Et andet navn", "Om klima.")})
    publishing.save(draft, told, writer.id, NOW)
    publishing.save(draft, replace(shown(draft), when=When(LATER, LATER + timedelta(hours=3))), writer.id, NOW)
    db.session.commit()
    assert (LATER, LATER + timedelta(hours=3), *before[2:]) == (
        date.starts_at, date.ends_at, date.place_id, date.online_url, date.pool.capacity,
    )  # fmt: skip


def test_what_a_draft_date_has_of_its_own_stays_when_another_thing_of_it_is_changed(
    draft: Activity, writer: User
) -> None:
    publishing.save(draft, whole(where=KEEP, capacity=KEEP), writer.id, NOW)
    date = draft.occurrences[0]
    date.place_id, date.pool.capacity = places.find_or_create("Huset"), 12
    db.session.commit()
    publishing.save(draft, ActivityInput(when=When(LATER, LATER + timedelta(hours=3))), writer.id, NOW)
    assert (date.place_id is not None, date.pool.capacity) == (True, 12)
    publishing.save(draft, ActivityInput(capacity=30), writer.id, NOW)
    assert (date.place_id is not None, date.pool.capacity) == (True, 30)


def test_the_first_date_of_an_activity_with_roles_is_made_where_roles_are_known(draft: Activity, writer: User) -> None:
    shifts.add_role(draft.id, RoleInput({"da": "Vært"}, capacity=3), now=NOW)
    assert not writing.has_plain_date(draft)
    with pytest.raises(publishing.DatesStandElsewhere):
        publishing.save(draft, whole(), writer.id, NOW)


def test_a_copy_has_the_roles_too(draft: Activity, writer: User) -> None:
    shifts.add_role(
        draft.id, RoleInput({"da": "Vært"}, {"da": "Tag imod."}, {"da": "Børneattest"}, capacity=3), now=NOW
    )
    gone = shifts.add_role(draft.id, RoleInput({"da": "Kok"}), now=NOW)
    shifts.remove_role(gone, now=NOW)
    made = publishing.copy(draft, writer.id, NOW)
    (role,) = shifts.roles(made.id)
    assert (role.names, role.vetting, role.capacity) == ({"da": "Vært"}, {"da": "Børneattest"}, 3)
    assert role.public_id != shifts.roles(draft.id)[0].public_id


@pytest.mark.parametrize(
    ("told", "lacks"),
    [
        (ActivityInput(words={"da": Words("", "", "")}), ["title_da", "summary_da"]),
        (ActivityInput(words={"de": Words("Strandputz")}), ["summary_de"]),
        (ActivityInput(sdgs=(), dimensions=()), ["sdgs", "dimensions"]),
        (ActivityInput(audiences=()), ["audiences"]),
    ],
)
def test_what_the_public_sees_stays_whole(draft: Activity, writer: User, told: ActivityInput, lacks: list[str]) -> None:
    activity = published(draft, writer)
    with pytest.raises(publishing.NotReady) as refusal:
        publishing.save(activity, told, writer.id, NOW)
    assert [problem.field for problem in refusal.value.problems] == lacks
    db.session.rollback()
    # What it lacked before is no reason to refuse another change: its only date is over by then.
    publishing.save(activity, ActivityInput(price=4000), writer.id, LATER + timedelta(days=30))
    assert activity.price == 4000


def test_how_people_join_what_is_published_is_chosen_where_guests_are_thought_of(draft: Activity, writer: User) -> None:
    activity = published(draft, writer)
    with pytest.raises(publishing.DatesStandElsewhere):
        publishing.save(activity, ActivityInput(sign_up=SignUpMode.DROP_IN), writer.id, NOW)
    publishing.save(activity, ActivityInput(sign_up=SignUpMode.REGISTRATION), writer.id, NOW)


def test_a_page_that_was_opened_before_it_was_published_does_not_write_for_the_public(
    draft: Activity, writer: User
) -> None:
    publishing.save(draft, whole(), writer.id, NOW)
    opened = draft.version
    publishing.submit(draft, writer.id, NOW)
    publishing.approve(draft, writer.id, NOW)
    with pytest.raises(publishing.ChangedMeanwhile):
        publishing.save(draft, ActivityInput(words={"da": Words("Halvt skr")}, version=opened), writer.id, NOW)


def test_only_what_was_read_is_approved(draft: Activity, writer: User) -> None:
    publishing.save(draft, whole(), writer.id, NOW)
    publishing.submit(draft, writer.id, NOW)
    read = publishing.as_read(draft)
    publishing.withdraw(draft, writer.id, NOW)
    publishing.save(draft, ActivityInput(words={"da": Words("Noget helt andet", "Køb nu.")}), writer.id, NOW)
    publishing.submit(draft, writer.id, NOW + timedelta(minutes=1))
    with pytest.raises(publishing.NotAsRead):
        publishing.approve(draft, writer.id, NOW, read=read)
    assert draft.state == ActivityState.IN_REVIEW
    publishing.approve(draft, writer.id, NOW, read=publishing.as_read(draft))
    assert draft.state == ActivityState.PUBLISHED
