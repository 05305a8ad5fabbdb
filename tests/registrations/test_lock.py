"""What a sign-up that waited for the lock sees when it gets it."""

import threading

import pytest
from flask import Flask
from sqlalchemy import text

from engage import registrations
from engage.base.db import db, transaction
from tests.conftest import NOW
from tests.town import Town


def test_nobody_gets_a_seat_on_a_date_called_off_while_they_waited_for_the_lock(app: Flask, town: Town) -> None:
    date, application = town.occurrence(), town.application()
    number, refused = date.id, threading.Event()
    db.session.commit()

    def sign_up() -> None:
        with app.app_context():
            with pytest.raises(registrations.NotOpen), transaction():
                registrations.sign_up(number, application, now=NOW)
            refused.set()

    with db.engine.connect() as other:
        other.execute(text("SELECT FROM pool WHERE occurrence_id = :number FOR UPDATE"), {"number": number})
        other.execute(text("UPDATE occurrence SET state = 'cancelled' WHERE id = :number"), {"number": number})
        thread = threading.Thread(target=sign_up)
        thread.start()
        thread.join(0.5)
        assert thread.is_alive(), "it waits for the lock"
        other.commit()
    thread.join(10)
    assert refused.is_set()
