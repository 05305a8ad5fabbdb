"""Bringing events in: once and again, with what people here changed, with guests, and back out."""

import threading
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import event, text

from engage.accounts.audit import AuditEntry
from engage.activities import filled_in, pictures, publishing
from engage.activities.importing import runs
from engage.activities.importing.models import ImportItem, ImportRun, ImportSource, Then
from engage.activities.models import (
    Activity,
    ActivityState,
    Kind,
    Occurrence,
    OccurrenceState,
    Picture,
    Place,
    SignUpMode,
)
from engage.activities.shifts import RoleInput
from engage.base.db import db, transaction
from engage.outbox import Letter
from engage.registrations import Registration, State, changes, importing
from engage.web.organiser import form
from tests.activities.importing.conftest import Importer, activities, dates, notes, publish_all, verdicts
from tests.activities.importing.files import at, calendar, entry
from tests.conftest import NOW
from tests.town import Town

ABOUT = "DESCRIPTION:En aften om klima og genbrug. Kom og hør."
WHERE = "LOCATION:Multihuset\\, Storegade 3\\, 6400 Byen"


def one(title: str = "Klimacafé", start: str = "20260310T190000", end: str = "20260310T210000", *more: str) -> bytes:
    return calendar(entry("a", title, start, end, ABOUT, WHERE, *more))


def weekly(count: int = 3, *more: str, hour: int = 19) -> bytes:
    start, end = f"20260310T{hour}0000", f"20260310T{hour + 2}0000"
    return calendar(entry("w", "Kor", start, end, ABOUT, WHERE, f"RRULE:FREQ=WEEKLY;COUNT={count}", *more))


def test_a_new_event_becomes_a_draft_with_all_the_source_tells_and_no_goals(importer: Importer) -> None:
    run = importer.bring_in(one("Klimacafé", "20260310T190000", "20260310T210000", "URL:https://example.org/k"))
    (activity,), (date,) = activities(), dates()
    assert verdicts(run) == ["new"]
    assert (activity.state, activity.sdgs, activity.dimensions) == (ActivityState.DRAFT, [], [])
    (text,) = activity.texts
    assert (text.language, text.title, text.summary) == ("da", "Klimacafé", "En aften om klima og genbrug. Kom og hør.")
    assert text.body == "https://example.org/k"
    assert (activity.organisation_id, activity.audiences, activity.spoken_languages) == (
        importer.organisation.id,
        ["adults"],
        ["da"],
    )
    assert (date.starts_at, date.ends_at) == (at("2026-03-10 18:00"), at("2026-03-10 20:00"))
    assert date.place is not None
    assert (date.place.name, date.place.street, date.place.postal_code) == ("Multihuset", "Storegade 3", "6400")
    assert (activity.slug, activity.sign_up) == ("klimacafe", SignUpMode.DROP_IN)


def test_with_the_goals_confirmed_it_goes_to_review(importer: Importer) -> None:
    importer.bring_in(one(), take_proposals=True)
    (activity,) = activities()
    assert activity.state == ActivityState.IN_REVIEW
    assert 13 in activity.sdgs


def test_an_organisation_the_city_trusts_publishes_and_another_does_not(importer: Importer) -> None:
    importer.bring_in(one(), then=Then.PUBLISH, take_proposals=True)
    assert activities()[0].state == ActivityState.IN_REVIEW
    db.session.get_one(type(importer.organisation), importer.organisation.id).trusted = True
    db.session.commit()
    importer.bring_in(
        calendar(entry("b", "Havcafé", "20260311T190000", "20260311T210000", ABOUT, WHERE)),
        then=Then.PUBLISH,
        take_proposals=True,
    )
    assert activities()[1].state == ActivityState.PUBLISHED
    assert activities()[1].published_at == NOW


def test_what_has_no_clear_price_stays_a_draft(importer: Importer) -> None:
    content = "Titel;Dato;Tid;Sted;Tekst;Pris\nKlimakor;10.3.2026;19-21;Huset;Vi synger om klima.;12 €\n".encode()
    run = importer.bring_in(content, take_proposals=True)
    assert notes(run) == {"price_unclear"}
    assert activities()[0].state == ActivityState.DRAFT


def test_looking_changes_nothing(importer: Importer) -> None:
    run = importer.look(one())
    assert verdicts(run) == ["new"]
    assert (activities(), db.session.query(ImportItem).count(), db.session.query(Place).count()) == ([], 0, 0)


def test_the_same_file_again_changes_nothing(importer: Importer) -> None:
    importer.bring_in(weekly())
    before = [(date.id, date.updated_at, date.sequence) for date in dates()]
    again = importer.bring_in(weekly())
    assert verdicts(again) == ["unchanged"]
    assert [(date.id, date.updated_at, date.sequence) for date in dates()] == before
    assert len(activities()) == 1


def test_a_run_can_be_carried_out_only_once(importer: Importer) -> None:
    run = importer.bring_in(one())
    with pytest.raises(importing.AlreadyApplied), transaction():
        importing.apply(run.id, runs.read(one(), {}, NOW, NOW), then=Then.REVIEW, by_id=None, now=NOW)
    assert len(activities()) == 1


def test_a_series_is_one_activity_with_its_dates(importer: Importer) -> None:
    run = importer.bring_in(weekly(4))
    assert len(activities()) == 1
    assert [date.starts_at for date in dates()] == [
        at("2026-03-10 18:00"),
        at("2026-03-17 18:00"),
        at("2026-03-24 18:00"),
        at("2026-03-31 17:00"),
    ]
    assert (run.rows[0]["dates"], run.rows[0]["position"]) == (4, 3)


def test_what_the_source_changed_is_changed(importer: Importer) -> None:
    importer.bring_in(one())
    run = importer.bring_in(one("Klimacafé for alle", "20260310T180000", "20260310T200000"))
    assert verdicts(run) == ["changed"]
    assert set(run.rows[0]["changed"]) == {"title.da", "starts_at", "ends_at"}
    (activity,), (date,) = activities(), dates()
    assert activity.texts[0].title == "Klimacafé for alle"
    assert date.starts_at == at("2026-03-10 17:00")
    assert verdicts(importer.bring_in(one("Klimacafé for alle", "20260310T180000", "20260310T200000"))) == ["unchanged"]


def test_what_somebody_here_changed_by_hand_keeps_its_own_and_says_so(importer: Importer) -> None:
    importer.bring_in(one())
    activities()[0].texts[0].title = "Vores klimacafé"
    db.session.commit()
    run = importer.bring_in(one("Klimacafé i ny form", "20260311T190000", "20260311T210000"))
    assert (verdicts(run), run.rows[0]["kept"]) == (["changed"], ["title.da"])
    assert activities()[0].texts[0].title == "Vores klimacafé"
    assert dates()[0].starts_at == at("2026-03-11 18:00")
    # Told once: until the source says something new, there is nothing to tell.
    again = importer.bring_in(one("Klimacafé i ny form", "20260311T190000", "20260311T210000"))
    assert (verdicts(again), again.rows[0]["kept"]) == (["unchanged"], [])


def test_what_the_source_never_spoke_of_is_left_alone(importer: Importer) -> None:
    importer.bring_in(one())
    activity = activities()[0]
    activity.price, activity.sdgs, activity.contact_email = 5000, [4], "os@example.org"
    db.session.commit()
    importer.bring_in(one("Andet navn"))
    (activity,) = activities()
    assert (activity.price, activity.sdgs, activity.contact_email) == (5000, [4], "os@example.org")


def test_guests_of_a_moved_date_are_told_and_stay_signed_up(importer: Importer, town: Town) -> None:
    with transaction():
        importer.source.sign_up = SignUpMode.REGISTRATION
    importer.bring_in(one())
    publish_all()
    guest = town.signed_up(dates()[0]).id
    before = db.session.query(Letter).count()
    run = importer.look(one("Klimacafé", "20260311T190000", "20260311T210000"))
    assert "guests_told" in notes(run)
    importer.bring_in(one("Klimacafé", "20260311T190000", "20260311T210000"))
    assert dates()[0].starts_at == at("2026-03-11 18:00")
    assert dates()[0].sequence == 1
    assert db.session.query(Letter).count() == before + 1
    assert db.session.get_one(Registration, guest).state == State.CONFIRMED


def test_what_the_source_calls_off_is_called_off_and_guests_are_told(importer: Importer, town: Town) -> None:
    with transaction():
        importer.source.sign_up = SignUpMode.REGISTRATION
    importer.bring_in(one())
    publish_all()
    guest = town.signed_up(dates()[0]).id
    run = importer.bring_in(one("Klimacafé", "20260310T190000", "20260310T210000", "STATUS:CANCELLED"))
    assert run.rows[0]["changed"] == ["cancelled"]
    assert dates()[0].state == OccurrenceState.CANCELLED
    assert db.session.get_one(Registration, guest).state == State.CANCELLED_WITH_EVENT
    assert verdicts(importer.bring_in(one("Klimacafé", "20260310T190000", "20260310T210000", "STATUS:CANCELLED"))) == [
        "unchanged"
    ]


def test_what_the_source_called_off_it_may_take_back(importer: Importer, town: Town) -> None:
    with transaction():
        importer.source.sign_up = SignUpMode.REGISTRATION
    importer.bring_in(one())
    publish_all()
    guest = town.signed_up(dates()[0]).id
    importer.bring_in(one("Klimacafé", "20260310T190000", "20260310T210000", "STATUS:CANCELLED"))
    before = db.session.query(Letter).count()
    run = importer.look(one("Klimacafé", "20260310T200000", "20260310T220000"))
    assert (verdicts(run), notes(run)) == (["changed"], {"goes_ahead"})
    importer.bring_in(one("Klimacafé", "20260310T200000", "20260310T220000"))
    (date,) = dates()
    assert (date.state, date.starts_at) == (OccurrenceState.SCHEDULED, at("2026-03-10 19:00"))
    assert db.session.query(Letter).count() == before + 1
    assert db.session.get_one(Registration, guest).state == State.CANCELLED_WITH_EVENT, "asked, not signed up"
    assert verdicts(importer.bring_in(one("Klimacafé", "20260310T200000", "20260310T220000"))) == ["unchanged"]


def test_a_guest_of_several_dates_gets_one_letter_of_an_import(importer: Importer, town: Town) -> None:
    with transaction():
        importer.source.sign_up = SignUpMode.REGISTRATION
    importer.bring_in(weekly(3))
    publish_all()
    for date in dates():
        town.signed_up(date, email="anna@example.org")
    before = db.session.query(Letter).count()
    importer.bring_in(weekly(3, hour=18))
    (letter,) = db.session.query(Letter).order_by(Letter.id).all()[before:]
    assert len(letter.message["cards"]) == 3
    (file,) = letter.message["attachments"]
    assert file["text"].count("BEGIN:VEVENT") == 3


def changed_alone(title: str, *more: str) -> str:
    """The second date of the weekly choir, changed by itself."""
    return entry(
        "w", title, "20260317T190000", "20260317T210000", ABOUT, WHERE,
        "RECURRENCE-ID;TZID=Europe/Copenhagen:20260317T190000", *more,
    )  # fmt: skip


def with_change(title: str, *more: str, count: int = 3) -> bytes:
    return weekly(count).replace(b"END:VCALENDAR", changed_alone(title, *more).encode() + b"END:VCALENDAR")


def test_a_date_with_a_title_of_its_own_keeps_it(importer: Importer) -> None:
    run = importer.bring_in(with_change("Kor med orkester"))
    (activity,) = activities()
    assert [text.title for text in activity.texts] == ["Kor"]
    assert [date.titles for date in dates()] == [{}, {"da": "Kor med orkester"}, {}]
    assert verdicts(importer.bring_in(with_change("Kor med orkester"))) == ["unchanged"] * len(run.rows)
    run = importer.bring_in(with_change("Kor og bigband"))
    assert [row["changed"] for row in run.rows if row["verdict"] == "changed"] == [["own_title"]]
    assert (dates()[1].titles, dates()[1].sequence) == ({"da": "Kor og bigband"}, 1)
    importer.bring_in(weekly(3))
    assert dates()[1].titles == {}, "it is one of them again"


def test_a_title_somebody_here_gave_a_date_is_kept(importer: Importer) -> None:
    importer.bring_in(with_change("Kor med orkester"))
    dates()[1].titles = {"da": "Vores store aften"}
    db.session.commit()
    run = importer.bring_in(with_change("Kor og bigband"))
    assert [row["kept"] for row in run.rows if row["kept"]] == [["own_title"]]
    assert dates()[1].titles == {"da": "Vores store aften"}


def test_where_only_a_changed_date_is_left_the_activity_keeps_its_own_words(importer: Importer) -> None:
    importer.bring_in(with_change("Kor med orkester", count=2))
    importer.now = at("2026-03-12 12:00")
    importer.bring_in(with_change("Kor med orkester", count=2))
    assert [text.title for text in activities()[0].texts] == ["Kor"]
    assert dates()[1].titles == {"da": "Kor med orkester"}
    other = Importer(importer.organisation, importer.source_id, at("2026-03-12 12:00"))
    with transaction():
        other.source_id = runs.source_named(other.organisation.id, "Anden liste", by_id=None, now=NOW).id
    other.bring_in(with_change("Kor med orkester", count=2))
    assert [text.title for text in activities()[1].texts] == ["Kor"], "new, and still by its common name"


def test_what_was_called_off_before_we_had_it_is_left_out(importer: Importer) -> None:
    run = importer.bring_in(one("Klimacafé", "20260310T190000", "20260310T210000", "STATUS:CANCELLED"))
    assert (verdicts(run), notes(run), activities()) == (["left_out"], {"cancelled_unknown"}, [])


def test_what_was_called_off_here_stays_so(importer: Importer) -> None:
    importer.bring_in(one())
    dates()[0].state = OccurrenceState.CANCELLED
    db.session.commit()
    run = importer.bring_in(one("Klimacafé", "20260311T190000", "20260311T210000"))
    assert "called_off_here" in notes(run)
    assert (dates()[0].state, dates()[0].starts_at) == (OccurrenceState.CANCELLED, at("2026-03-10 18:00"))


def test_what_is_gone_from_the_source_is_listed_and_stays(importer: Importer) -> None:
    importer.bring_in(calendar(entry("a", "Kor"), entry("b", "Fest", "20260311T190000", "20260311T210000")))
    run = importer.bring_in(calendar(entry("a", "Kor")))
    assert verdicts(run) == ["unchanged", "vanished"]
    assert (run.rows[1]["title"], run.rows[1]["activity"]) == ("Fest", activities()[1].public_id)
    assert len(dates()) == 2


def test_a_date_that_left_its_series_is_listed(importer: Importer) -> None:
    importer.bring_in(weekly(3))
    run = importer.bring_in(weekly(3, "EXDATE;VALUE=DATE:20260317"))
    assert verdicts(run) == ["unchanged", "vanished"]
    assert len(dates()) == 3


def test_what_was_deleted_here_does_not_come_back(importer: Importer) -> None:
    importer.bring_in(one())
    db.session.delete(activities()[0])
    db.session.commit()
    run = importer.bring_in(one())
    assert (verdicts(run), notes(run), activities()) == (["left_out"], {"deleted_here"}, [])


def test_a_series_that_gets_longer_gets_its_new_dates(importer: Importer) -> None:
    importer.bring_in(weekly(2))
    run = importer.bring_in(weekly(4))
    assert (verdicts(run), run.rows[0]["changed"], run.rows[0]["new_dates"]) == (["changed"], ["dates"], 2)
    assert (len(activities()), len(dates())) == (1, 4)


def test_a_whole_series_that_moves_by_an_hour_is_moved_and_not_doubled(importer: Importer) -> None:
    importer.bring_in(weekly(3))
    ids = [date.id for date in dates()]
    run = importer.bring_in(weekly(3, hour=18))
    assert set(run.rows[0]["changed"]) == {"starts_at", "ends_at"}
    assert [date.id for date in dates()] == ids
    assert [date.starts_at.hour for date in dates()] == [17, 17, 17]
    assert verdicts(importer.bring_in(weekly(3, hour=18))) == ["unchanged"]


def test_one_date_becomes_a_series_and_a_series_becomes_one_date(importer: Importer) -> None:
    single = calendar(entry("w", "Kor", "20260310T190000", "20260310T210000", ABOUT, WHERE))
    importer.bring_in(single)
    kept = dates()[0].id
    importer.bring_in(weekly(3))
    assert (len(activities()), dates()[0].id, len(dates())) == (1, kept, 3)
    run = importer.bring_in(single)
    assert verdicts(run) == ["unchanged", "vanished", "vanished"]
    assert verdicts(importer.bring_in(weekly(3))) == ["unchanged"]
    assert (len(activities()), len(dates())) == (1, 3)


def test_a_date_that_has_begun_stays_as_it_was(importer: Importer) -> None:
    importer.bring_in(one())
    importer.now = at("2026-03-10 18:30")
    run = importer.bring_in(one("Klimacafé", "20260312T190000", "20260312T210000"))
    assert "begun_already" in notes(run)
    assert dates()[0].starts_at == at("2026-03-10 18:00")


def test_a_date_is_never_moved_into_the_past(importer: Importer) -> None:
    importer.bring_in(one())
    run = importer.look(one("Klimacafé", "20260303T190000", "20260303T210000"), first=NOW - timedelta(days=30))
    assert "moved_into_past" in notes(run)


def test_what_is_over_comes_in_only_when_it_is_asked_for(importer: Importer) -> None:
    past = one("Klimacafé", "20260203T190000", "20260203T210000")
    assert verdicts(importer.look(past)) == ["left_out"]
    assert verdicts(importer.bring_in(past, first=NOW - timedelta(days=60))) == ["new"]
    assert dates()[0].starts_at == at("2026-02-03 18:00")


def test_two_lists_may_use_the_same_numbers(importer: Importer) -> None:
    importer.bring_in(b"Nr;Titel;Dato\n1;Kor;10.3.2026\n")
    with transaction():
        importer.source_id = runs.source_named(importer.organisation.id, "En anden", by_id=None, now=NOW).id
    assert verdicts(importer.bring_in(b"Nr;Titel;Dato\n1;Fest;11.3.2026\n")) == ["new"]
    assert len(activities()) == 2


def test_the_language_is_told_from_the_words_and_may_be_chosen(importer: Importer) -> None:
    german = calendar(
        entry(
            "g",
            "Reparaturcafé",
            "20260310T190000",
            "20260310T210000",
            "DESCRIPTION:Wir reparieren und reden mit der Nachbarschaft.",
        )
    )
    importer.bring_in(german)
    assert activities()[0].texts[0].language == "de"
    with transaction():
        importer.source.language = "en"
    importer.bring_in(calendar(entry("h", "Café")))
    assert activities()[1].texts[0].language == "en"


def test_taking_back_deletes_what_was_made_and_leaves_no_trace_of_it(importer: Importer) -> None:
    run = importer.take_back(importer.bring_in(weekly(3), take_proposals=True))
    assert (run.undone["activities"], run.undone["dates"], run.undone["stays"]) == (1, 3, [])
    assert (activities(), dates(), db.session.query(Place).count(), db.session.query(ImportItem).count()) == (
        [],
        [],
        0,
        0,
    )
    assert verdicts(importer.bring_in(weekly(3))) == ["new"]
    with pytest.raises(importing.NotApplied), transaction():
        importing.undo(run.id, by_id=None, now=NOW)


def test_taking_back_leaves_what_somebody_signed_up_for_and_says_so(importer: Importer, town: Town) -> None:
    with transaction():
        importer.source.sign_up = SignUpMode.REGISTRATION
    run = importer.bring_in(weekly(3))
    publish_all()
    taken = dates()[1]
    town.signed_up(taken)
    kept = taken.id
    done = importer.take_back(run)
    assert [(each["title"], each["reason"]) for each in done.undone["stays"]] == [("Kor", "guests")]
    assert [date.id for date in dates()] == [kept]


def test_taking_back_leaves_what_somebody_worked_on(importer: Importer) -> None:
    run = importer.bring_in(calendar(entry("a", "Kor"), entry("b", "Fest", "20260311T190000", "20260311T210000")))
    activities()[0].texts[0].title = "Vores kor"
    db.session.commit()
    done = importer.take_back(run)
    assert [each["reason"] for each in done.undone["stays"]] == ["worked_on"]
    assert [activity.texts[0].title for activity in activities()] == ["Vores kor"]


def test_taking_back_a_second_import_leaves_the_first(importer: Importer) -> None:
    importer.bring_in(weekly(2))
    done = importer.take_back(importer.bring_in(weekly(4)))
    assert (done.undone["activities"], done.undone["dates"]) == (0, 2)
    assert (len(activities()), len(dates())) == (1, 2)


def test_doing_and_taking_back_stand_in_the_log(importer: Importer) -> None:
    run = importer.take_back(importer.bring_in(one()))
    found = db.session.query(AuditEntry).filter(AuditEntry.about == f"import:{run.public_id}").order_by(AuditEntry.id)
    assert [(each.action, each.facts["source"]) for each in found] == [
        ("import.applied", "Foråret"),
        ("import.undone", "Foråret"),
    ]


def test_a_place_that_is_known_is_not_made_twice(importer: Importer) -> None:
    importer.bring_in(
        calendar(
            entry("a", "Kor", "20260310T190000", "20260310T210000", WHERE),
            entry("b", "Fest", "20260311T190000", "20260311T210000", WHERE.upper().replace("LOCATION", "LOCATION")),
        )
    )
    assert db.session.query(Place).count() == 1


def test_files_nobody_brought_in_are_forgotten(importer: Importer) -> None:
    done, looked = importer.bring_in(one()), importer.look(one("Andet"))
    done_id, looked_id = done.id, looked.id
    with transaction():
        empty = runs.source_named(importer.organisation.id, "Aldrig brugt", by_id=None, now=NOW).id
        assert runs.expire(NOW + timedelta(days=2)) == 1
    db.session.expire_all()
    assert db.session.get(ImportRun, looked_id) is None
    assert db.session.get(ImportSource, empty) is None
    assert db.session.get_one(ImportRun, done_id).content is None


def test_noise_of_others_is_not_touched(importer: Importer, town: Town) -> None:
    other = town.occurrence(town.activity("Klimacafé"))
    importer.take_back(importer.bring_in(one()))
    assert [date.id for date in db.session.query(Occurrence)] == [other.id]
    assert db.session.query(Activity).count() == 1


def table(*rows: str) -> bytes:
    return "\n".join(("id;Titel;Dato;Start;Slut;Pris;Sted", *rows)).encode()


def test_a_price_that_is_told_later_is_taken(importer: Importer) -> None:
    """No price was ever said, so that "free of charge" is nobody's word here, and nothing anybody would keep."""
    importer.bring_in(table("1;Kor;10.3.2026;19.00;21.00;;"))
    run = importer.bring_in(table("1;Kor;10.3.2026;19.00;21.00;50 kr.;"))
    assert (run.rows[0]["changed"], run.rows[0]["kept"]) == (["price"], [])
    assert activities()[0].price == 5000
    activities()[0].price = 0
    db.session.commit()
    run = importer.bring_in(table("1;Kor;10.3.2026;19.00;21.00;60 kr.;"))
    assert run.rows[0]["kept"] == ["price"]
    assert activities()[0].price == 0


def test_dates_that_come_later_have_the_roles_of_the_others(importer: Importer) -> None:
    importer.bring_in(weekly(2))
    (activity,) = activities()
    activity.kind = Kind.VOLUNTEER
    with transaction():
        changes.add_role(activity.id, RoleInput({"da": "Vært"}, capacity=3), now=NOW)
    importer.bring_in(weekly(3))
    assert [[pool.capacity for pool in date.role_pools] for date in dates()] == [[3], [3], [3]]
    assert [date.pool.capacity for date in dates()] == [3, 3, 3]


def test_taking_back_lets_the_picture_go_too(importer: Importer) -> None:
    run = importer.bring_in(one())
    with transaction():
        pictures.put(activities()[0], pictures.Prepared(b"large", b"small", 300, 200), NOW)
    importer.take_back(run)
    assert activities() == []
    assert db.session.query(Picture).count() == 0


def test_pools_are_locked_in_the_order_everybody_locks_them_in(app: Flask, importer: Importer) -> None:
    """An import walks through its file; whoever changes the same dates at once must not wait for it in a circle."""
    importer.bring_in(calendar(entry("b", "Fest", "20260312T190000", "20260312T210000"), entry("a", "Kor")))
    first, second = sorted(date.id for date in dates())
    both = calendar(entry("a", "Kor", "20260310T180000"), entry("b", "Fest", "20260312T180000", "20260312T210000"))
    run_id, found = importer._read(both, None)
    done = threading.Event()

    def bring_in() -> None:
        with app.app_context(), transaction():
            importing.apply(run_id, found, then=Then.REVIEW, by_id=None, now=NOW)
        done.set()

    take = text("SELECT FROM pool WHERE occurrence_id = :number FOR UPDATE")
    with db.engine.connect() as other:
        other.execute(take, {"number": first})
        thread = threading.Thread(target=bring_in)
        thread.start()
        thread.join(0.5)
        assert thread.is_alive(), "it waits for the lock"
        other.execute(take, {"number": second})
        other.commit()
    thread.join(10)
    assert done.is_set()
    assert [f"{date.starts_at:%H}" for date in dates()] == ["17", "17"]


def test_what_was_imported_can_be_saved_on_its_page_as_it_stands(importer: Importer) -> None:
    """Or an imported draft could never be handed in before somebody had found out what the page has against it."""
    words = " ".join(["Vi mødes og taler om klima."] * 700)
    importer.bring_in(
        # Some programs write an é as an e and an accent, which our forms make one letter.
        f"Titel;Dato;Start;Slut;Tekst;Telefon;Mail;Link\nCafe\u0301kor;10.3.2026;19.00;21.00;{words};Tlf. 12 34 56 78 (Ole);"
        "Skriv til <ole@example.org>;https://example.org/kor\n".encode()
    )
    (activity,) = activities()
    assert (activity.contact_phone, activity.contact_email) == ("12 34 56 78", "ole@example.org")
    assert len(activity.texts[0].body) > 18_000
    told, problems = filled_in.read(dict(form.values_of(activity).lists()), ("da", "en", "de"))
    assert [problem.field for problem in problems] == []
    assert publishing.save(activity, told, None, NOW) == frozenset()


def test_what_somebody_is_saving_at_this_moment_is_kept_too(app: Flask, importer: Importer) -> None:
    importer.bring_in(one())
    number = activities()[0].id
    run_id, found = importer._read(one("Klimacafé i ny form"), None)
    done = threading.Event()

    def bring_in() -> None:
        with app.app_context(), transaction():
            importing.apply(run_id, found, then=Then.REVIEW, by_id=None, now=NOW)
        done.set()

    with db.engine.connect() as other:
        facts = {"number": number}
        other.execute(text("SELECT FROM activity WHERE id = :number FOR UPDATE"), facts)
        other.execute(text("UPDATE activity_text SET title = 'Vores klimacafé' WHERE activity_id = :number"), facts)
        other.execute(text("UPDATE activity SET version = version + 1 WHERE id = :number"), facts)
        thread = threading.Thread(target=bring_in)
        thread.start()
        thread.join(0.5)
        assert thread.is_alive(), "it waits for who saves"
        other.commit()
    thread.join(10)
    assert done.is_set()
    (activity,) = activities()
    assert activity.texts[0].title == "Vores klimacafé"
    run = db.session.get_one(ImportRun, run_id)
    assert run.rows[0]["kept"] == ["title.da"]


def test_each_moved_date_asks_as_little_whether_a_few_are_moved_or_many(importer: Importer) -> None:
    def rows(number: int, end: str) -> bytes:
        return table(*(f"{each};Møde {each};{10 + each % 15}.3.2026;19.00;{end};;Huset" for each in range(number)))

    def asked(number: int, end: str) -> int:
        seen: list[str] = []
        listen = lambda *facts: seen.append(facts[2])  # noqa: E731
        importer.bring_in(rows(number, "21.00"))
        event.listen(db.engine, "before_cursor_execute", listen)
        try:
            importer.bring_in(rows(number, end))
        finally:
            event.remove(db.engine, "before_cursor_execute", listen)
        return len(seen)

    assert (asked(16, "22.00") - asked(8, "22.30")) / 8 < 14


def test_forgetting_files_writes_only_where_there_is_one(importer: Importer) -> None:
    importer.bring_in(one())
    written = text("SELECT xmin::text FROM import_run")
    before = db.session.scalar(written)
    with transaction():
        runs.expire(NOW + timedelta(days=2))
    assert db.session.scalar(written) == before


def test_two_who_bring_in_a_list_of_one_name_at_once_have_one_source(app: Flask, importer: Importer) -> None:
    number, found = importer.organisation.id, []

    def name_it() -> None:
        with app.app_context(), transaction():
            found.append(runs.source_named(number, "Efteråret", by_id=None, now=NOW).id)

    with transaction():
        mine = runs.source_named(number, "Efteråret", by_id=None, now=NOW).id
        thread = threading.Thread(target=name_it)
        thread.start()
        thread.join(0.5)
        assert thread.is_alive(), "it waits for the name"
    thread.join(10)
    assert found == [mine]
