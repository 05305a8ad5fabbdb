"""What each process remembers of what is coming: read again when it changed, and only then."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from sqlalchemy import event, text

from engage.activities.catalogue import catalogue
from engage.activities.coming import Catalogue
from engage.activities.models import ActivityState
from engage.base import revisions
from engage.base.db import ask as db_ask
from engage.base.db import db
from tests.conftest import NOW
from tests.town import Town


@contextmanager
def asking() -> Iterator[list[str]]:
    """The statements sent to the database inside the block."""
    said: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        said.append(statement)

    def asked(statement: str, facts: dict[str, Any]) -> Any:
        said.append(statement)
        return db_ask(statement, facts)  # type: ignore[arg-type]

    event.listen(db.engine, "before_cursor_execute", note)
    with patch.object(revisions, "ask", asked):  # which asks by the driver alone
        yield said
    event.remove(db.engine, "before_cursor_execute", note)


def again(before: Catalogue) -> bool:
    """Whether it was read anew since `before`."""
    return catalogue(NOW) is not before


def test_while_nothing_changes_one_small_query_is_all(town: Town) -> None:
    town.occurrence()
    before = catalogue(NOW)
    with asking() as said:
        assert not again(before)
    assert len(said) == 1
    assert "revision" in said[0]


def test_the_texts_are_read_again_only_when_words_may_have_changed(town: Town) -> None:
    """All that is published is looked through for its words, which takes as long as everything else together."""
    date_, other = town.occurrence(), town.occurrence(town.activity("Keramik"))
    draft = town.occurrence(town.activity("Sejlads", state=ActivityState.DRAFT)).activity

    def words_after(change: Callable[[], object]) -> tuple[bool, Catalogue]:
        known = catalogue(NOW)
        change()
        db.session.commit()
        with asking() as said:
            assert again(known)
        return any("activity_text" in each for each in said), catalogue(NOW)

    moved = words_after(lambda: setattr(date_, "starts_at", date_.starts_at + timedelta(hours=1)))
    assert moved[0] is False and "keramik" in moved[1].words
    assert words_after(lambda: setattr(date_.activity, "audiences", ["seniors"]))[0] is False
    renamed = words_after(lambda: setattr(other.activity.texts[0], "title", "Glaskunst"))
    assert renamed[0] and "glaskunst" in renamed[1].words and "keramik" not in renamed[1].words
    assert any(each.startswith("glaskunst") for each in renamed[1].lexemes)
    published = words_after(lambda: setattr(draft, "state", ActivityState.PUBLISHED))
    assert published[0] and "sejlads" in published[1].words
    named = words_after(lambda: setattr(date_.place, "name", "Havnekontoret"))
    assert named[0] and "havnekontoret" in named[1].words
    gone = words_after(lambda: setattr(draft, "state", ActivityState.DRAFT))
    assert gone[0] and "sejlads" not in gone[1].words


def test_a_new_date_of_what_had_none_brings_its_words(town: Town) -> None:
    town.occurrence()
    late = town.activity("Orgelmusik")
    assert "orgelmusik" not in catalogue(NOW).words
    town.occurrence(late)
    assert "orgelmusik" in catalogue(NOW).words


def test_it_is_read_again_when_anything_it_knows_changes(town: Town) -> None:
    date_ = town.occurrence(town.activity(state=ActivityState.DRAFT))
    changes = [
        (lambda: setattr(date_.activity, "state", ActivityState.PUBLISHED), "published"),
        (lambda: setattr(date_.activity.texts[0], "title", "Havdag"), "a new title"),
        (lambda: setattr(date_, "starts_at", NOW + timedelta(days=1)), "moved"),
        (lambda: setattr(date_.place, "town", "Broager"), "the place moved"),
        (lambda: setattr(date_.activity.organisation, "name", "Skolen"), "the organiser's name"),
        (lambda: db.session.delete(date_), "deleted"),
    ]
    for change, what in changes:
        before = catalogue(NOW)
        change()
        db.session.commit()
        assert again(before), what


def test_a_new_date_is_found_at_once(town: Town) -> None:
    course = town.activity()
    assert len(catalogue(NOW).dates) == 0
    town.occurrence(course)
    assert len(catalogue(NOW).dates) == 1


def test_signing_up_and_other_seats_leave_it_as_it_is(town: Town) -> None:
    date_ = town.occurrence(capacity=3)
    before = catalogue(NOW)
    town.signed_up(date_)
    date_.pool.capacity = 9
    db.session.commit()
    assert not again(before)


def test_a_change_that_is_taken_back_leaves_it_as_it_is(town: Town) -> None:
    date_ = town.occurrence()
    before = catalogue(NOW)
    date_.activity.price = 500
    db.session.flush()
    db.session.rollback()
    assert not again(before)


def test_a_change_past_the_models_is_seen_too(town: Town) -> None:
    town.occurrence()
    before = catalogue(NOW)
    db.session.execute(text("UPDATE activity SET price = 4000"))
    db.session.commit()
    assert again(before)
    assert catalogue(NOW).masks["free"] == {}


def test_what_is_over_leaves_the_memory_within_the_hour(town: Town) -> None:
    town.occurrence(starts_in=timedelta(minutes=10), hours=0.25)
    before = catalogue(NOW)
    assert catalogue(NOW + timedelta(minutes=59)) is before
    assert len(catalogue(NOW + timedelta(hours=1)).dates) == 0


def test_only_what_was_published_lends_its_words(town: Town) -> None:
    town.occurrence(town.activity("Havdag"))
    town.occurrence(town.activity("Hemmeligheden", state=ActivityState.DRAFT))
    memory = catalogue(NOW)
    known = " ".join((*memory.lexemes, *memory.words))
    assert "havdag" in known
    assert "hemmelig" not in known
