"""What makes a sign-up cheap: a person found or made in the database, a lean way to lock a date, and indexes that fit.

The indexes fit also while PostgreSQL has not yet counted the rows of a table that fills in an afternoon: it then takes every
partial index for a small one, and of two it reads a wrong one from end to end as readily as it looks into the right one.
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_LIVE = "state IN ('pending_email', 'pending_approval', 'confirmed', 'waiting', 'offered')"
_UNVERIFIED = "verified_at IS NULL AND state IN ('pending_email', 'waiting')"

# A look, and a person only where the address is new. `ON CONFLICT DO NOTHING` closes the race of two first sign-ups with the same
# address: it waits for the other, and who lost takes the person back and looks again, at what the other left.
_FIND_OR_MAKE_PERSON = """
CREATE FUNCTION find_or_make_person(wanted_channel varchar, wanted varchar, spoken varchar, moment timestamptz)
RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  its integer;
BEGIN
  LOOP
    SELECT person.id INTO its FROM address JOIN person ON person.id = address.person_id
     WHERE address.channel = wanted_channel AND address.identifier = wanted FOR KEY SHARE OF person;
    IF FOUND THEN RETURN its; END IF;
    INSERT INTO person (language, created_at) VALUES (spoken, moment) RETURNING id INTO its;
    INSERT INTO address (person_id, channel, identifier) VALUES (its, wanted_channel, wanted)
    ON CONFLICT (channel, identifier) DO NOTHING;
    IF FOUND THEN RETURN its; END IF;
    DELETE FROM person WHERE id = its;
  END LOOP;
END $$
"""

# A date that belongs to no course, asked for without a role, is what nearly everybody signs up for: what `read_room` tells of
# it, without what only courses and roles need. Both must tell the same; `tests/registrations/test_lock.py` compares them.
_READ_DATE = """
SELECT pool.id, activity.id, false, pool.capacity, pool.reserved, pool.occupied, pool.waiting, pool.unverified,
       occurrence.starts_at, occurrence.starts_at, occurrence.starts_at, occurrence.zone,
       activity.state = 'published' AND occurrence.state = 'scheduled', activity.sign_up,
       EXISTS (SELECT FROM pool AS other JOIN shift_role AS needed ON needed.id = other.role_id
                WHERE other.occurrence_id = date AND needed.removed_at IS NULL),
       false,
       EXISTS (SELECT FROM sign_up_question AS question
                WHERE question.activity_id = activity.id AND question.removed_at IS NULL),
       activity.kind = 'volunteer', (SELECT coalesce(sum(number), 0)::bigint FROM revision),
       activity.sign_up_opens_at, activity.sign_up_closes_before, activity.cancel_before, activity.waiting_list,
       activity.waiting_mode, activity.waiting_most, activity.offer_hours, activity.approval,
       activity.approval_holds_seat, activity.approves_edits, activity.age_from, activity.age_to, activity.party,
       activity.asked_of_each, activity.group_least, activity.group_most, activity.asks_when_waiting
  FROM occurrence JOIN activity ON activity.id = occurrence.activity_id
  JOIN pool ON pool.occurrence_id = occurrence.id AND pool.role_id IS NULL
 WHERE occurrence.id = date AND activity.sign_up <> 'whole_course'
"""

# One lock for all seats of a date, its roles' too; a course has one for all its dates. What is read after the lock has a
# snapshot of its own, so it is what the last holder left, also when they made the date one of a course meanwhile.
_LOCK_ROOM = f"""
CREATE OR REPLACE FUNCTION lock_room(date integer, role varchar) RETURNS SETOF seat_room LANGUAGE plpgsql AS $$
DECLARE
  of_course integer;
BEGIN
  IF date IS NULL THEN RETURN; END IF;
  PERFORM FROM pool JOIN occurrence ON occurrence.id = pool.occurrence_id JOIN activity ON activity.id = occurrence.activity_id
    WHERE pool.occurrence_id = date AND pool.role_id IS NULL AND activity.sign_up <> 'whole_course' FOR UPDATE OF pool;
  IF FOUND AND role = '' THEN
    RETURN QUERY {_READ_DATE};
    IF FOUND THEN RETURN; END IF;
  END IF;
  SELECT activity.id INTO of_course FROM occurrence JOIN activity ON activity.id = occurrence.activity_id
   WHERE occurrence.id = date AND activity.sign_up = 'whole_course';
  IF FOUND THEN
    INSERT INTO pool (course_id) VALUES (of_course) ON CONFLICT DO NOTHING;
    PERFORM FROM pool WHERE course_id = of_course FOR UPDATE;
  END IF;
  RETURN QUERY SELECT * FROM read_room(date, role);
END $$
"""  # noqa: S608  (constants)

_LOCK_ROOM_BEFORE = """
CREATE OR REPLACE FUNCTION lock_room(date integer, role varchar) RETURNS SETOF seat_room LANGUAGE plpgsql AS $$
DECLARE
  of_course integer;
BEGIN
  SELECT activity.id INTO of_course FROM occurrence JOIN activity ON activity.id = occurrence.activity_id
   WHERE occurrence.id = date AND activity.sign_up = 'whole_course';
  IF of_course IS NULL THEN
    PERFORM FROM pool WHERE occurrence_id = date AND role_id IS NULL FOR UPDATE;
  ELSE
    INSERT INTO pool (course_id) VALUES (of_course) ON CONFLICT DO NOTHING;
    PERFORM FROM pool WHERE course_id = of_course FOR UPDATE;
  END IF;
  RETURN QUERY SELECT * FROM read_room(date, role);
END $$
"""


def _index_live_people(columns: list[str]) -> None:
    op.drop_index("uq_registration_live_person", "registration")
    op.create_index(
        "uq_registration_live_person", "registration", columns, unique=True, postgresql_where=sa.text(_LIVE)
    )


def upgrade() -> None:
    op.execute(_FIND_OR_MAKE_PERSON)
    op.execute(_LOCK_ROOM)
    _index_live_people(["person_id", "pool_id"])
    op.drop_index("ix_registration_unverified_client", "registration")
    op.create_index(
        "ix_registration_client", "registration", ["client"], postgresql_where=sa.text("client IS NOT NULL")
    )


def downgrade() -> None:
    op.drop_index("ix_registration_client", "registration")
    op.create_index(
        "ix_registration_unverified_client", "registration", ["client"], postgresql_where=sa.text(_UNVERIFIED)
    )
    _index_live_people(["pool_id", "person_id"])
    op.execute(_LOCK_ROOM_BEFORE)
    op.execute("DROP FUNCTION find_or_make_person(varchar, varchar, varchar, timestamptz)")
