"""The whole life of a registration: terms of an activity, offers, holds, what was asked and answered, and each step taken.

Seats are counted by `add_to_pool` alone. `lock_room` locks a pool and reads it in one round trip; a plpgsql function that is
VOLATILE takes a new snapshot for each of its statements, so what is read after the lock is what the last holder left.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_LIVE_BEFORE = "state IN ('pending_email', 'confirmed', 'waiting')"
_LIVE = "state IN ('pending_email', 'pending_approval', 'confirmed', 'waiting', 'offered')"
_QUEUED = "state = 'waiting' AND verified_at IS NOT NULL"


def _terms() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("sign_up_opens_at", _MOMENT),
        sa.Column("sign_up_closes_before", sa.Integer(), server_default="0", nullable=False),
        sa.Column("cancel_before", sa.Integer(), server_default="0", nullable=False),
        sa.Column("waiting_list", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("waiting_mode", sa.String(12), server_default="offer", nullable=False),
        sa.Column("waiting_most", sa.Integer()),
        sa.Column("offer_hours", sa.SmallInteger()),
        sa.Column("approval", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("approval_holds_seat", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("approves_edits", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("least_participants", sa.SmallInteger()),
        sa.Column("age_from", sa.SmallInteger()),
        sa.Column("age_to", sa.SmallInteger()),
        sa.Column("party", sa.String(12), server_default="people", nullable=False),
        sa.Column("asked_of_each", sa.String(12), server_default="nothing", nullable=False),
        sa.Column("group_least", sa.SmallInteger()),
        sa.Column("group_most", sa.SmallInteger()),
        sa.Column("join_until", sa.SmallInteger(), server_default="1", nullable=False),
        sa.Column("asks_when_waiting", sa.Boolean(), server_default="false", nullable=False),
    )


def _of_a_sign_up() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("offered_seats", sa.SmallInteger()),
        sa.Column("holds_seat", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("takes_fewer", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("bundle", sa.String(16)),
        sa.Column("answers", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("companions", postgresql.JSONB(), server_default="[]", nullable=False),
        sa.Column("school_class", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("vetted_on", sa.Date()),
        sa.Column("priority", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("blocked_since", _MOMENT),
        sa.Column("skipped", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("unanswered", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("invited_at", _MOMENT),
    )


_ADD = """
CREATE FUNCTION add_to_pool(wanted integer, more_occupied integer, more_unverified integer, more_waiting integer)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  its record;
BEGIN
  IF more_occupied = 0 AND more_unverified = 0 AND more_waiting = 0 THEN RETURN; END IF;
  UPDATE pool SET occupied = occupied + more_occupied, unverified = unverified + more_unverified,
                  waiting = waiting + more_waiting
   WHERE id = wanted RETURNING occurrence_id, role_id, course_id INTO its;
  IF its.role_id IS NOT NULL THEN
    UPDATE pool SET occupied = occupied + more_occupied, unverified = unverified + more_unverified
     WHERE occurrence_id = its.occurrence_id AND role_id IS NULL;
  ELSIF its.course_id IS NOT NULL THEN
    UPDATE pool SET occupied = pool.occupied + more_occupied, unverified = pool.unverified + more_unverified,
                    waiting = pool.waiting + more_waiting
      FROM occurrence WHERE occurrence.activity_id = its.course_id AND pool.occurrence_id = occurrence.id
       AND pool.role_id IS NULL;
  END IF;
END $$
"""

# What a sign-up adds to its pool. The same sums stand in registrations.totals.
_COUNT = """
CREATE OR REPLACE FUNCTION count_registration() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  was integer[] := '{0,0,0}';
  becomes integer[] := '{0,0,0}';
BEGIN
  IF TG_OP <> 'INSERT' THEN
    was := seats_of(OLD.state, OLD.seats, OLD.offered_seats, OLD.holds_seat, OLD.verified_at);
  END IF;
  IF TG_OP <> 'DELETE' THEN
    becomes := seats_of(NEW.state, NEW.seats, NEW.offered_seats, NEW.holds_seat, NEW.verified_at);
  END IF;
  IF TG_OP = 'UPDATE' AND OLD.pool_id <> NEW.pool_id THEN
    PERFORM add_to_pool(OLD.pool_id, -was[1], -was[2], -was[3]);
    was := '{0,0,0}';
  END IF;
  PERFORM add_to_pool(CASE WHEN TG_OP = 'DELETE' THEN OLD.pool_id ELSE NEW.pool_id END,
                      becomes[1] - was[1], becomes[2] - was[2], becomes[3] - was[3]);
  IF TG_OP = 'INSERT' THEN
    INSERT INTO registration_step (registration_id, pool_id, state, seats, at)
    VALUES (NEW.id, NEW.pool_id, NEW.state, NEW.seats, NEW.changed_at);
  ELSIF TG_OP = 'UPDATE' AND (OLD.state <> NEW.state OR OLD.seats <> NEW.seats OR OLD.pool_id <> NEW.pool_id) THEN
    INSERT INTO registration_step (registration_id, pool_id, before, state, seats, at)
    VALUES (NEW.id, NEW.pool_id, OLD.state, NEW.state, NEW.seats, NEW.changed_at);
  END IF;
  RETURN NULL;
END $$
"""

_SEATS_OF = """
CREATE FUNCTION seats_of(state varchar, seats smallint, offered smallint, holds boolean, verified timestamptz)
RETURNS integer[] LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE state
    WHEN 'confirmed' THEN ARRAY[seats, 0, 0]
    WHEN 'pending_email' THEN ARRAY[seats, seats, 0]
    WHEN 'offered' THEN ARRAY[coalesce(offered, seats), 0, 0]
    WHEN 'pending_approval' THEN ARRAY[CASE WHEN holds THEN seats ELSE 0 END, 0, 0]
    WHEN 'waiting' THEN ARRAY[0, 0, CASE WHEN verified IS NULL THEN 0 ELSE seats END]
    ELSE '{0,0,0}' END
$$
"""

_COUNT_HOLD = """
CREATE FUNCTION count_hold() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN PERFORM add_to_pool(OLD.pool_id, -OLD.seats, -OLD.seats, 0); END IF;
  IF TG_OP <> 'DELETE' THEN PERFORM add_to_pool(NEW.pool_id, NEW.seats, NEW.seats, 0); END IF;
  RETURN NULL;
END $$
"""

# A date added to a course that people are signed up for begins with their seats.
_JOIN_COURSE = """
CREATE FUNCTION join_course() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.occurrence_id IS NOT NULL AND NEW.role_id IS NULL THEN
    SELECT course.occupied, course.unverified, course.waiting INTO NEW.occupied, NEW.unverified, NEW.waiting
      FROM occurrence JOIN pool AS course ON course.course_id = occurrence.activity_id
     WHERE occurrence.id = NEW.occurrence_id;
    NEW.occupied := coalesce(NEW.occupied, 0);
    NEW.unverified := coalesce(NEW.unverified, 0);
    NEW.waiting := coalesce(NEW.waiting, 0);
  END IF;
  RETURN NEW;
END $$
"""

_LOCK_DATES = """
CREATE FUNCTION lock_dates(ids integer[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM pool WHERE course_id IN (SELECT activity_id FROM occurrence WHERE id = ANY(ids)) ORDER BY id FOR UPDATE;
  PERFORM FROM pool WHERE occurrence_id = ANY(ids) AND role_id IS NULL ORDER BY occurrence_id FOR UPDATE;
END $$
"""

_ROOM = """
CREATE TYPE seat_room AS (
  pool_id integer, activity_id integer, course boolean, capacity integer, reserved integer, occupied integer,
  waiting integer, unverified integer, starts_at timestamptz, joins_until timestamptz, over_at timestamptz,
  zone varchar, stands boolean, sign_up varchar, has_roles boolean, vetted boolean, asks boolean, volunteer boolean,
  revision bigint, opens_at timestamptz, closes_before integer, cancel_before integer, waiting_list boolean,
  waiting_mode varchar, waiting_most integer, offer_hours smallint, approval boolean, approval_holds_seat boolean,
  approves_edits boolean, age_from smallint, age_to smallint, party varchar, asked_of_each varchar,
  group_least smallint, group_most smallint, asks_when_waiting boolean
)
"""

# What a date's seats depend on, and the terms they are given on. For a course, `capacity` is that of its smallest date.
_READ_ROOM = """
CREATE FUNCTION read_room(date integer, role varchar) RETURNS SETOF seat_room LANGUAGE sql STABLE AS $$
  SELECT pool.id, activity.id, pool.course_id IS NOT NULL,
         CASE WHEN pool.course_id IS NULL THEN pool.capacity ELSE spread.capacity END, pool.reserved, pool.occupied,
         pool.waiting, pool.unverified, occurrence.starts_at,
         CASE WHEN pool.course_id IS NULL THEN occurrence.starts_at ELSE coalesce(spread.joins_until, occurrence.starts_at) END,
         CASE WHEN pool.course_id IS NULL THEN occurrence.starts_at ELSE coalesce(spread.over_at, occurrence.starts_at) END,
         occurrence.zone,
         activity.state = 'published' AND shift_role.removed_at IS NULL
           AND CASE WHEN pool.course_id IS NULL THEN occurrence.state = 'scheduled'
                                               ELSE spread.joins_until IS NOT NULL END,
         activity.sign_up,
         EXISTS (SELECT FROM pool AS other JOIN shift_role AS needed ON needed.id = other.role_id
                  WHERE other.occurrence_id = date AND needed.removed_at IS NULL),
         coalesce(shift_role.vetting, '{}') <> '{}',
         EXISTS (SELECT FROM sign_up_question AS question
                  WHERE question.activity_id = activity.id AND question.removed_at IS NULL),
         activity.kind = 'volunteer', (SELECT coalesce(sum(number), 0)::bigint FROM revision),
         activity.sign_up_opens_at, activity.sign_up_closes_before, activity.cancel_before, activity.waiting_list,
         activity.waiting_mode, activity.waiting_most, activity.offer_hours, activity.approval,
         activity.approval_holds_seat, activity.approves_edits, activity.age_from, activity.age_to, activity.party,
         activity.asked_of_each, activity.group_least, activity.group_most, activity.asks_when_waiting
    FROM occurrence
    JOIN activity ON activity.id = occurrence.activity_id
    JOIN pool ON pool.id = CASE
           WHEN activity.sign_up = 'whole_course' THEN (SELECT id FROM pool WHERE course_id = activity.id)
           WHEN role = '' THEN (SELECT id FROM pool WHERE occurrence_id = date AND role_id IS NULL)
           ELSE (SELECT pool.id FROM pool JOIN shift_role ON shift_role.id = pool.role_id
                  WHERE pool.occurrence_id = date AND shift_role.public_id = role) END
    LEFT JOIN shift_role ON shift_role.id = pool.role_id
    LEFT JOIN LATERAL (
      SELECT min(own.capacity - own.reserved) AS capacity, max(held.starts_at) AS over_at,
             coalesce((array_agg(held.starts_at ORDER BY held.starts_at))[greatest(1, activity.join_until)],
                      max(held.starts_at)) AS joins_until
        FROM occurrence AS held JOIN pool AS own ON own.occurrence_id = held.id AND own.role_id IS NULL
       WHERE held.activity_id = pool.course_id AND held.state = 'scheduled'
    ) AS spread ON pool.course_id IS NOT NULL
   WHERE occurrence.id = date
$$
"""

# One lock for all seats of a date, its roles' too; a course has one for all its dates.
_LOCK_ROOM = """
CREATE FUNCTION lock_room(date integer, role varchar) RETURNS SETOF seat_room LANGUAGE plpgsql AS $$
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

_COUNT_BEFORE = """
CREATE OR REPLACE FUNCTION count_registration() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  more_occupied integer := 0;
  more_unverified integer := 0;
  more_waiting integer := 0;
BEGIN
  IF TG_OP <> 'INSERT' THEN
    IF OLD.state IN ('confirmed', 'pending_email') THEN more_occupied := more_occupied - OLD.seats; END IF;
    IF OLD.state = 'pending_email' THEN more_unverified := more_unverified - OLD.seats; END IF;
    IF OLD.state = 'waiting' AND OLD.verified_at IS NOT NULL THEN more_waiting := more_waiting - OLD.seats; END IF;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    IF NEW.state IN ('confirmed', 'pending_email') THEN more_occupied := more_occupied + NEW.seats; END IF;
    IF NEW.state = 'pending_email' THEN more_unverified := more_unverified + NEW.seats; END IF;
    IF NEW.state = 'waiting' AND NEW.verified_at IS NOT NULL THEN more_waiting := more_waiting + NEW.seats; END IF;
  END IF;
  IF more_occupied <> 0 OR more_unverified <> 0 OR more_waiting <> 0 THEN
    UPDATE pool SET occupied = pool.occupied + more_occupied,
                    unverified = pool.unverified + more_unverified,
                    waiting = pool.waiting + more_waiting
     WHERE id = COALESCE(NEW.pool_id, OLD.pool_id);
  END IF;
  RETURN NULL;
END $$
"""


# Counted what 0002 did not know of; `count_registration` knows it now.
_MOVED_BEFORE = """
CREATE FUNCTION move_registration() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  occupies integer := CASE WHEN OLD.state IN ('confirmed', 'pending_email') THEN OLD.seats ELSE 0 END;
  unverified_there integer := CASE WHEN OLD.state = 'pending_email' THEN OLD.seats ELSE 0 END;
  waits integer := CASE WHEN OLD.state = 'waiting' AND OLD.verified_at IS NOT NULL THEN OLD.seats ELSE 0 END;
BEGIN
  UPDATE pool SET occupied = pool.occupied + part.sign * occupies,
                  unverified = pool.unverified + part.sign * unverified_there,
                  waiting = pool.waiting + part.sign * waits
    FROM (VALUES (OLD.pool_id, -1), (NEW.pool_id, 1)) AS part (pool_id, sign)
   WHERE pool.id = part.pool_id;
  RETURN NULL;
END $$
"""


def _count_by(columns: str) -> None:
    op.execute("DROP TRIGGER count_registration ON registration")
    op.execute(
        f"CREATE TRIGGER count_registration AFTER INSERT OR DELETE OR UPDATE OF {columns} "
        "ON registration FOR EACH ROW EXECUTE FUNCTION count_registration()"
    )


def _index_live(rows: str) -> None:
    for name, column in (("person", "person_id"), ("email", "email")):
        op.drop_index(f"uq_registration_live_{name}", "registration")
        op.create_index(
            f"uq_registration_live_{name}",
            "registration",
            ["pool_id", column],
            unique=True,
            postgresql_where=sa.text(rows),
        )


def upgrade() -> None:
    for column in _terms():
        op.add_column("activity", column)
    _make_offers()
    _make_holds_and_steps()
    _make_questions()
    op.alter_column("pool", "occurrence_id", nullable=True)
    op.add_column("pool", sa.Column("course_id", sa.Integer()))
    op.create_foreign_key("fk_pool_course_id_activity", "pool", "activity", ["course_id"], ["id"], ondelete="CASCADE")
    op.create_check_constraint(op.f("ck_pool_date_or_course"), "pool", "(occurrence_id IS NULL) <> (course_id IS NULL)")
    op.create_check_constraint(op.f("ck_pool_role_on_a_date"), "pool", "role_id IS NULL OR occurrence_id IS NOT NULL")
    op.create_index(
        "uq_pool_course_id", "pool", ["course_id"], unique=True, postgresql_where=sa.text("course_id IS NOT NULL")
    )
    for column in _of_a_sign_up():
        op.add_column("registration", column)
    op.create_check_constraint(
        op.f("ck_registration_offered_a_part"), "registration", "offered_seats BETWEEN 1 AND seats"
    )
    op.create_index(
        "ix_registration_bundle", "registration", ["bundle"], postgresql_where=sa.text("bundle IS NOT NULL")
    )
    _index_live(_LIVE)
    op.drop_index("ix_registration_queue", "registration")
    op.create_index(
        "ix_registration_queue",
        "registration",
        ["pool_id", sa.text("priority DESC"), "joined_at", "id"],
        postgresql_where=sa.text(_QUEUED),
    )
    for statement in (_SEATS_OF, _ADD, _COUNT, _COUNT_HOLD, _JOIN_COURSE, _LOCK_DATES, _ROOM, _READ_ROOM, _LOCK_ROOM):
        op.execute(statement)
    op.execute("DROP TRIGGER move_registration ON registration")
    op.execute("DROP FUNCTION move_registration()")
    _count_by("state, seats, verified_at, pool_id, offered_seats, holds_seat")
    op.execute(
        "CREATE TRIGGER count_hold AFTER INSERT OR DELETE OR UPDATE ON seat_hold "
        "FOR EACH ROW EXECUTE FUNCTION count_hold()"
    )
    op.execute("CREATE TRIGGER join_course BEFORE INSERT ON pool FOR EACH ROW EXECUTE FUNCTION join_course()")


def _make_offers() -> None:
    op.create_table(
        "seat_offer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(24), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("seats", sa.SmallInteger(), nullable=False),
        sa.Column("answered", sa.String(12), nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("delivered_from", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("settled_at", _MOMENT),
        sa.Column("made_by_id", sa.Integer()),
        sa.CheckConstraint("seats > 0", name="ck_seat_offer_some_seats"),
        sa.CheckConstraint("(answered = 'open') = (settled_at IS NULL)", name="ck_seat_offer_settled_when_answered"),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name="fk_seat_offer_registration_id_registration",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["account.id"], name="fk_seat_offer_made_by_id_account", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_seat_offer"),
        sa.UniqueConstraint("public_id", name="uq_seat_offer_public_id"),
    )
    op.create_index("ix_seat_offer_registration_id", "seat_offer", ["registration_id"])
    op.create_index("ix_seat_offer_made_by_id", "seat_offer", ["made_by_id"])
    is_open = sa.text("answered = 'open'")
    op.create_index("uq_seat_offer_open", "seat_offer", ["registration_id"], unique=True, postgresql_where=is_open)
    op.create_index("ix_seat_offer_expires_at", "seat_offer", ["expires_at"], postgresql_where=is_open)


def _make_holds_and_steps() -> None:
    op.create_table(
        "seat_hold",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(90), nullable=False),
        sa.Column("pool_id", sa.Integer(), nullable=False),
        sa.Column("seats", sa.SmallInteger(), nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.CheckConstraint("seats > 0", name="ck_seat_hold_some_seats"),
        sa.ForeignKeyConstraint(["pool_id"], ["pool.id"], name="fk_seat_hold_pool_id_pool", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_seat_hold"),
        sa.UniqueConstraint("key", name="uq_seat_hold_key"),
    )
    op.create_index("ix_seat_hold_pool_id", "seat_hold", ["pool_id"])
    op.create_index("ix_seat_hold_expires_at", "seat_hold", ["expires_at"])
    op.create_table(
        "registration_step",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("pool_id", sa.Integer(), nullable=False),
        sa.Column("before", sa.String(24)),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("seats", sa.SmallInteger(), nullable=False),
        sa.Column("reason", sa.String(200), server_default="", nullable=False),
        sa.Column("account_id", sa.Integer()),
        sa.Column("at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_registration_step"),
    )
    op.create_index("ix_registration_step_registration_id", "registration_step", ["registration_id", "id"])


def _make_questions() -> None:
    op.create_table(
        "sign_up_question",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(12), nullable=False),
        sa.Column("activity_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("labels", postgresql.JSONB(), nullable=False),
        sa.Column("hints", postgresql.JSONB(), nullable=False),
        sa.Column("options", postgresql.JSONB(), nullable=False),
        sa.Column("required", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("shown_when", postgresql.JSONB(), nullable=False),
        sa.Column("removed_at", _MOMENT),
        sa.CheckConstraint("position >= 0", name="ck_sign_up_question_position_not_negative"),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activity.id"], name="fk_sign_up_question_activity_id_activity", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_sign_up_question"),
        sa.UniqueConstraint("public_id", name="uq_sign_up_question_public_id"),
    )
    op.create_index("ix_sign_up_question_activity_id", "sign_up_question", ["activity_id"])
    op.create_index(
        "ix_sign_up_question_asked",
        "sign_up_question",
        ["activity_id", "position"],
        postgresql_where=sa.text("removed_at IS NULL"),
    )


def downgrade() -> None:
    """Sign-ups that the older version knows no state for become the nearest it knows; courses lose theirs."""
    op.execute("UPDATE registration SET state = 'waiting' WHERE state IN ('offered', 'pending_approval')")
    op.execute(
        "UPDATE registration SET state = 'cancelled_by_person' WHERE state IN ('declined', 'offer_declined', 'offer_expired')"
    )
    op.execute(
        "DELETE FROM registration USING pool WHERE pool.id = registration.pool_id AND pool.course_id IS NOT NULL"
    )
    op.execute("DELETE FROM pool WHERE course_id IS NOT NULL")
    op.execute("DROP TRIGGER join_course ON pool")
    for table in ("seat_hold", "seat_offer", "registration_step", "sign_up_question"):
        op.drop_table(table)
    op.execute(_COUNT_BEFORE)
    _count_by("state, seats, verified_at, pool_id")
    op.execute(_MOVED_BEFORE)
    op.execute(
        "CREATE TRIGGER move_registration AFTER UPDATE OF pool_id ON registration FOR EACH ROW "
        "WHEN (OLD.pool_id <> NEW.pool_id) EXECUTE FUNCTION move_registration()"
    )
    for function in (
        "lock_room(integer, varchar)",
        "read_room(integer, varchar)",
        "lock_dates(integer[])",
        "join_course()",
        "count_hold()",
        "add_to_pool(integer, integer, integer, integer)",
        "seats_of(varchar, smallint, smallint, boolean, timestamptz)",
    ):
        op.execute(f"DROP FUNCTION {function}")
    op.execute("DROP TYPE seat_room")
    op.drop_index("ix_registration_queue", "registration")
    op.create_index(
        "ix_registration_queue", "registration", ["pool_id", "joined_at", "id"], postgresql_where=sa.text(_QUEUED)
    )
    _index_live(_LIVE_BEFORE)
    op.drop_index("ix_registration_bundle", "registration")
    for column in _of_a_sign_up():
        op.drop_column("registration", column.name)
    op.drop_constraint("ck_pool_role_on_a_date", "pool")
    op.drop_constraint("ck_pool_date_or_course", "pool")
    op.drop_column("pool", "course_id")
    op.alter_column("pool", "occurrence_id", nullable=False)
    for column in _terms():
        op.drop_column("activity", column.name)
