"""What the clock frees goes on to who waits, line by line: one that cannot be served keeps no other from it."""

from datetime import timedelta

from sqlalchemy import update
from structlog.testing import capture_logs

from engage import registrations, worker
from engage.activities.models import Activity, Occurrence
from engage.activities.terms import WaitingMode
from engage.base.db import db
from engage.registrations import Registration, State, holds
from engage.registrations.models import Hold
from tests.conftest import NOW
from tests.town import Town

# What no database can add one to, so that moving this one up fails there.
_FULL_TO_THE_BRIM = 2**31 - 1
LATER = NOW + timedelta(days=3)


def spoil(waits: Registration) -> Registration:
    """Nobody can move this one up."""
    activity = db.session.get_one(Occurrence, waits.occurrence_id).activity_id
    db.session.execute(update(Activity).where(Activity.id == activity).values(waiting_mode=WaitingMode.AUTO))
    waits.sequence = _FULL_TO_THE_BRIM
    db.session.commit()
    return waits


def states(*found: Registration) -> list[State]:
    db.session.expire_all()
    return [State(each.state) for each in found]


def test_a_line_that_breaks_keeps_no_other_offer_from_running_out(town: Town) -> None:
    lives = []
    for _life in range(3):
        date = town.occurrence(town.activity(waiting_mode=WaitingMode.OFFER), capacity=1, starts_in=timedelta(days=20))
        guest, asked, waits = (town.signed_up(date) for _person in range(3))
        registrations.cancel(guest.public_id, now=NOW)
        lives.append((asked, waits))
    (one, _first), (two, spoilt), (three, _last) = lives
    pool = spoil(spoilt).pool_id
    with capture_logs() as said:
        assert worker.expire_offers(LATER) == 3
    assert states(one, two, three) == [State.OFFER_EXPIRED] * 3
    assert states(*(waits for _asked, waits in lives)) == [State.OFFERED, State.WAITING, State.OFFERED]
    assert [(each["event"], each["pool"]) for each in said] == [("serving_broke", pool)]


def test_a_line_that_breaks_keeps_no_other_hold_and_no_unproven_sign_up_from_running_out(town: Town) -> None:
    for job, take in ((worker.expire_holds, "hold"), (worker.expire_unconfirmed, "sign up")):
        waiting = []
        for number in range(3):
            date = town.occurrence(capacity=2)
            town.signed_up(date)
            if take == "hold":
                assert holds.hold(date.id, 1, f"form-{number}", now=NOW) is not None
            else:
                town.signed_up(date, confirmed=False)
            waiting.append(town.signed_up(date))
        spoil(waiting[1])
        assert job(LATER) == 3, take
        assert states(*waiting) == [State.CONFIRMED, State.WAITING, State.CONFIRMED], take
    assert db.session.query(Hold).count() == 0
    assert db.session.query(Registration).filter(Registration.verified_at.is_(None)).count() == 0
