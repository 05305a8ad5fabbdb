"""Facts of sign-ups without the person, and their sums.

`tally_of` says once how a date is counted; the worker puts what it returns into `tally`, whoever reads calls it for the dates
that changed since, and here it fills the table for what there is already. Triggers note in `tally_stale` what has changed. An
unproven sign-up, which is what nearly everybody begins with, notes nothing.
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)

MEASURES = (
    "dates", "called_off_dates", "capacity", "filled", "full_dates", "waited_dates", "signed_up", "placed", "confirmed", "places",
    "waiting", "waiting_seats", "pending", "cancelled", "gave_up", "gave_up_late", "removed", "called_off", "declined",
    "offers_lost", "expected", "marked", "attended", "absent", "unchecked", "came", "presumed", "new_people", "first_this_year",
    "by_web", "by_telegram", "by_webchat", "by_phone", "by_door", "minutes", "planned_minutes", "answers", "rated_1", "rated_2",
    "rated_3", "rated_4", "rated_5", "pledges", "deed_tell", "deed_home", "deed_again", "deed_help", "deed_learn",
)  # fmt: skip

# A date is counted whole, from the rows themselves, so counting it twice does no harm.
_TALLY_OF = """
CREATE FUNCTION tally_of(ids integer[]) RETURNS SETOF tally LANGUAGE sql STABLE AS $$
WITH held AS MATERIALIZED (
  SELECT occurrence.id, occurrence.activity_id, occurrence.place_id, occurrence.starts_at, occurrence.ends_at,
         (occurrence.starts_at AT TIME ZONE occurrence.zone)::date AS day,
         occurrence.state = 'scheduled' AND activity.state = 'published' AS stands,
         activity.published_at IS NOT NULL OR activity.state IN ('published', 'called_off') AS public,
         activity.kind = 'volunteer' AS volunteers, activity.sign_up = 'drop_in' AS drop_in, seats.capacity
    FROM occurrence JOIN activity ON activity.id = occurrence.activity_id
    LEFT JOIN LATERAL (
      -- A date's own number; where it has none, that of its roles, if each of them has one.
      SELECT coalesce(max(pool.capacity - pool.reserved) FILTER (WHERE pool.role_id IS NULL),
                      CASE WHEN bool_and(pool.capacity IS NOT NULL) FILTER (WHERE role.id IS NOT NULL)
                           THEN sum(pool.capacity) FILTER (WHERE role.id IS NOT NULL) END) AS capacity
        FROM pool LEFT JOIN shift_role AS role ON role.id = pool.role_id
         AND (role.removed_at IS NULL OR pool.occupied > 0)
       WHERE pool.occurrence_id = occurrence.id
    ) AS seats ON true
   WHERE occurrence.id = ANY(ids)
), noted AS (
  SELECT attendance.occurrence_id AS id, sum(attendance.seats) AS attended,
         sum(registration.seats) FILTER (WHERE registration.state = 'confirmed') AS marked,
         sum(greatest(registration.seats - attendance.seats, 0)) FILTER (WHERE registration.state = 'confirmed') AS absent,
         sum(coalesce(attendance.corrected_minutes, attendance.minutes)) AS minutes
    FROM attendance JOIN registration ON registration.id = attendance.registration_id
   WHERE attendance.occurrence_id = ANY(ids)
   GROUP BY attendance.occurrence_id
), own AS (
  SELECT sign_up.occurrence_id AS id,
         count(*) AS signed_up,
         count(*) FILTER (WHERE sign_up.placed_at IS NOT NULL) AS placed,
         count(*) FILTER (WHERE sign_up.state = 'confirmed') AS confirmed,
         sum(sign_up.seats) FILTER (WHERE sign_up.state = 'confirmed') AS places,
         sum(sign_up.seats) FILTER (WHERE sign_up.state = 'confirmed' AND pool.course_id IS NULL) AS of_the_date,
         count(*) FILTER (WHERE sign_up.state = 'waiting') AS waiting,
         sum(sign_up.seats) FILTER (WHERE sign_up.state = 'waiting') AS waiting_seats,
         count(*) FILTER (WHERE sign_up.state IN ('pending_approval', 'offered')) AS pending,
         count(*) FILTER (WHERE sign_up.state = 'cancelled_by_person') AS cancelled,
         count(*) FILTER (WHERE sign_up.state = 'cancelled_by_person' AND sign_up.placed_at IS NOT NULL) AS gave_up,
         count(*) FILTER (WHERE sign_up.state = 'cancelled_by_person' AND sign_up.placed_at IS NOT NULL
                            AND sign_up.changed_at > first.starts_at - interval '24 hours') AS gave_up_late,
         count(*) FILTER (WHERE sign_up.state = 'cancelled_by_staff') AS removed,
         count(*) FILTER (WHERE sign_up.state = 'cancelled_with_event') AS called_off,
         count(*) FILTER (WHERE sign_up.state = 'declined') AS declined,
         count(*) FILTER (WHERE sign_up.state IN ('offer_declined', 'offer_expired')) AS offers_lost,
         count(*) FILTER (WHERE noted.came) AS came,
         count(*) FILTER (WHERE sign_up.state = 'confirmed' AND noted.came IS NULL) AS unnoted,
         count(*) FILTER (WHERE sign_up.is_new) AS new_people,
         count(*) FILTER (WHERE sign_up.first_this_year) AS first_this_year,
         sum(sign_up.seats) FILTER (WHERE sign_up.walk_in AND sign_up.state = 'confirmed') AS by_door,
         sum(sign_up.seats) FILTER (WHERE NOT sign_up.walk_in AND sign_up.state = 'confirmed'
                                      AND sign_up.channel = 'web') AS by_web,
         sum(sign_up.seats) FILTER (WHERE NOT sign_up.walk_in AND sign_up.state = 'confirmed'
                                      AND sign_up.channel = 'telegram') AS by_telegram,
         sum(sign_up.seats) FILTER (WHERE NOT sign_up.walk_in AND sign_up.state = 'confirmed'
                                      AND sign_up.channel = 'webchat') AS by_webchat,
         sum(sign_up.seats) FILTER (WHERE NOT sign_up.walk_in AND sign_up.state = 'confirmed'
                                      AND sign_up.channel = 'desk') AS by_phone
    FROM registration AS sign_up
    JOIN occurrence AS first ON first.id = sign_up.occurrence_id
    JOIN pool ON pool.id = sign_up.pool_id
    -- Looked up by the sign-up, which costs the same for a few dates and for all of them.
    LEFT JOIN LATERAL (
      SELECT bool_or(attendance.seats > 0) AS came FROM attendance WHERE attendance.registration_id = sign_up.id
    ) AS noted ON sign_up.state = 'confirmed'
   WHERE sign_up.occurrence_id = ANY(ids) AND (sign_up.verified_at IS NOT NULL OR sign_up.state = 'confirmed')
   GROUP BY sign_up.occurrence_id
), course AS (
  -- Who is signed up for a course comes to each of its dates from their first one on.
  SELECT held.id, sum(sign_up.seats) AS seats
    FROM held JOIN pool ON pool.course_id = held.activity_id
    JOIN registration AS sign_up ON sign_up.pool_id = pool.id AND sign_up.state = 'confirmed'
    JOIN occurrence AS first ON first.id = sign_up.occurrence_id
   WHERE held.stands AND first.starts_at <= held.starts_at
   GROUP BY held.id
), said AS (
  SELECT occurrence_id AS id, count(*) AS answers,
         count(*) FILTER (WHERE rating = 1) AS rated_1, count(*) FILTER (WHERE rating = 2) AS rated_2,
         count(*) FILTER (WHERE rating = 3) AS rated_3, count(*) FILTER (WHERE rating = 4) AS rated_4,
         count(*) FILTER (WHERE rating = 5) AS rated_5, count(*) FILTER (WHERE pledged) AS pledges,
         count(*) FILTER (WHERE 'tell' = ANY(deeds)) AS deed_tell, count(*) FILTER (WHERE 'home' = ANY(deeds)) AS deed_home,
         count(*) FILTER (WHERE 'again' = ANY(deeds)) AS deed_again, count(*) FILTER (WHERE 'help' = ANY(deeds)) AS deed_help,
         count(*) FILTER (WHERE 'learn' = ANY(deeds)) AS deed_learn
    FROM feedback WHERE occurrence_id = ANY(ids)
   GROUP BY occurrence_id
), seated AS (
  SELECT held.*, coalesce(own.of_the_date, 0) + coalesce(course.seats, 0) AS expected,
         CASE WHEN held.stands AND NOT held.drop_in THEN held.capacity END AS offered,
         round(extract(epoch FROM held.ends_at - held.starts_at) / 60) AS length
    FROM held LEFT JOIN own ON own.id = held.id LEFT JOIN course ON course.id = held.id
)
SELECT seated.id, seated.activity_id, seated.place_id, seated.day, seated.ends_at,
       seated.stands::int, (seated.public AND NOT seated.stands)::int, coalesce(seated.offered, 0)::int,
       CASE WHEN seated.offered IS NULL THEN 0 ELSE seated.expected END::int,
       (seated.offered > 0 AND seated.expected >= seated.offered IS TRUE)::int, (coalesce(own.waiting, 0) > 0)::int,
       coalesce(own.signed_up, 0)::int, coalesce(own.placed, 0)::int, coalesce(own.confirmed, 0)::int,
       coalesce(own.places, 0)::int, coalesce(own.waiting, 0)::int, coalesce(own.waiting_seats, 0)::int,
       coalesce(own.pending, 0)::int, coalesce(own.cancelled, 0)::int, coalesce(own.gave_up, 0)::int,
       coalesce(own.gave_up_late, 0)::int, coalesce(own.removed, 0)::int, coalesce(own.called_off, 0)::int,
       coalesce(own.declined, 0)::int, coalesce(own.offers_lost, 0)::int, seated.expected::int, coalesce(noted.marked, 0)::int,
       coalesce(noted.attended, 0)::int, coalesce(noted.absent, 0)::int,
       CASE WHEN noted.id IS NULL THEN seated.expected ELSE 0 END::int, coalesce(own.came, 0)::int,
       CASE WHEN noted.id IS NULL THEN coalesce(own.unnoted, 0) ELSE 0 END::int,
       coalesce(own.new_people, 0)::int, coalesce(own.first_this_year, 0)::int,
       coalesce(own.by_web, 0)::int, coalesce(own.by_telegram, 0)::int, coalesce(own.by_webchat, 0)::int,
       coalesce(own.by_phone, 0)::int, coalesce(own.by_door, 0)::int, coalesce(noted.minutes, 0)::int,
       CASE WHEN noted.id IS NULL AND seated.volunteers THEN seated.expected * seated.length ELSE 0 END::int,
       coalesce(said.answers, 0)::int, coalesce(said.rated_1, 0)::int, coalesce(said.rated_2, 0)::int,
       coalesce(said.rated_3, 0)::int, coalesce(said.rated_4, 0)::int, coalesce(said.rated_5, 0)::int,
       coalesce(said.pledges, 0)::int, coalesce(said.deed_tell, 0)::int, coalesce(said.deed_home, 0)::int,
       coalesce(said.deed_again, 0)::int, coalesce(said.deed_help, 0)::int, coalesce(said.deed_learn, 0)::int
  FROM seated LEFT JOIN own ON own.id = seated.id LEFT JOIN noted ON noted.id = seated.id LEFT JOIN said ON said.id = seated.id
$$
"""

_WHOM_OF = """
CREATE FUNCTION tally_whom_of(ids integer[]) RETURNS SETOF tally_whom LANGUAGE sql STABLE AS $$
  SELECT occurrence_id, 'age'::varchar, age_band, count(*)::int, sum(seats)::int FROM registration
   WHERE occurrence_id = ANY(ids) AND state = 'confirmed' AND age_band <> '' GROUP BY occurrence_id, age_band
  UNION ALL
  SELECT occurrence_id, 'area'::varchar, area, count(*)::int, sum(seats)::int FROM registration
   WHERE occurrence_id = ANY(ids) AND state = 'confirmed' AND area <> '' GROUP BY occurrence_id, area
$$
"""

# What one date of a course has to do with, all its dates have.
_STALE_DATES = """
CREATE FUNCTION stale_dates() RETURNS SETOF integer LANGUAGE sql STABLE ROWS 50 AS $$
  SELECT occurrence_id FROM tally_stale
  UNION
  SELECT other.id FROM tally_stale JOIN occurrence ON occurrence.id = tally_stale.occurrence_id
    JOIN pool ON pool.course_id = occurrence.activity_id JOIN occurrence AS other ON other.activity_id = occurrence.activity_id
$$
"""

# Whether a place is somebody's first one, ever and in the year of its date, is told when they get it, and handed on to another of
# their places when they lose it. Two that happen at the same moment to one person must not both look before the other has
# written: whoever does not get the person's number leaves it to the worker, and nobody waits for anybody. There are 256 numbers,
# so that calling off what thousands come to does not take more locks than the database has.
_FIRST = """
CREATE FUNCTION note_first() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  its_year integer;
  remembered integer;
  heir integer;
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.state = 'confirmed' THEN
    IF NEW.person_id IS NOT NULL AND (NEW.is_new OR NEW.first_this_year) THEN
      IF pg_try_advisory_xact_lock(4217, NEW.person_id & 255) THEN
        IF NEW.is_new THEN
          SELECT id INTO heir FROM registration
           WHERE person_id = NEW.person_id AND state = 'confirmed' AND id <> NEW.id ORDER BY placed_at, id LIMIT 1
             FOR UPDATE SKIP LOCKED;
          UPDATE registration SET is_new = true WHERE id = heir;
        END IF;
        IF NEW.first_this_year THEN
          SELECT extract(year FROM starts_at AT TIME ZONE zone) INTO its_year FROM occurrence WHERE id = NEW.occurrence_id;
          SELECT other.id INTO heir FROM registration AS other JOIN occurrence ON occurrence.id = other.occurrence_id
           WHERE other.person_id = NEW.person_id AND other.state = 'confirmed' AND other.id <> NEW.id
             AND extract(year FROM occurrence.starts_at AT TIME ZONE occurrence.zone) = its_year
           ORDER BY other.placed_at, other.id LIMIT 1 FOR UPDATE OF other SKIP LOCKED;
          UPDATE registration SET first_this_year = true WHERE id = heir;
        END IF;
      END IF;
      INSERT INTO tally_stale (occurrence_id, registration_id) VALUES (NEW.occurrence_id, NEW.id);
    END IF;
    NEW.is_new := NULL;
    NEW.first_this_year := NULL;
  ELSE
    NEW.placed_at := coalesce(NEW.placed_at, NEW.changed_at);
    IF NEW.person_id IS NULL THEN RETURN NEW; END IF;
    IF NOT pg_try_advisory_xact_lock(4217, NEW.person_id & 255) THEN
      INSERT INTO tally_stale (occurrence_id, registration_id) VALUES (NEW.occurrence_id, NEW.id);
      RETURN NEW;
    END IF;
    SELECT extract(year FROM starts_at AT TIME ZONE zone) INTO its_year FROM occurrence WHERE id = NEW.occurrence_id;
    SELECT last_place_year INTO remembered FROM person WHERE id = NEW.person_id;
    NEW.is_new := remembered IS NULL AND NOT EXISTS (
      SELECT FROM registration WHERE person_id = NEW.person_id AND state = 'confirmed' AND id <> NEW.id);
    NEW.first_this_year := remembered IS DISTINCT FROM its_year AND NOT EXISTS (
      SELECT FROM registration AS other JOIN occurrence ON occurrence.id = other.occurrence_id
       WHERE other.person_id = NEW.person_id AND other.state = 'confirmed' AND other.id <> NEW.id
         AND extract(year FROM occurrence.starts_at AT TIME ZONE occurrence.zone) = its_year);
  END IF;
  RETURN NEW;
END $$
"""

# Says anew which of a person's places is the first one; only the worker calls it. False when somebody is at it: nothing is waited
# for, so that the worker, which does this for one person after the other, never stands in anybody's circle.
_SETTLE = """
CREATE FUNCTION settle_first(its integer) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  remembered integer;
  got integer[];
BEGIN
  IF NOT pg_try_advisory_xact_lock(4217, its & 255) THEN RETURN false; END IF;
  got := ARRAY(SELECT id FROM registration WHERE person_id = its AND state = 'confirmed' FOR UPDATE SKIP LOCKED);
  IF EXISTS (SELECT FROM registration WHERE person_id = its AND state = 'confirmed' AND id <> ALL(got)) THEN
    RETURN false;
  END IF;
  SELECT last_place_year INTO remembered FROM person WHERE id = its;
  WITH place AS (
    SELECT registration.id, remembered IS NULL AND row_number() OVER (ORDER BY placed_at, registration.id) = 1 AS ever,
           remembered IS DISTINCT FROM year.number
             AND row_number() OVER (PARTITION BY year.number ORDER BY placed_at, registration.id) = 1 AS of_year
      FROM registration JOIN occurrence ON occurrence.id = registration.occurrence_id
      CROSS JOIN LATERAL (SELECT extract(year FROM starts_at AT TIME ZONE zone)::integer AS number) AS year
     WHERE person_id = its AND registration.state = 'confirmed'
  )
  UPDATE registration SET is_new = place.ever, first_this_year = place.of_year FROM place
   WHERE registration.id = place.id AND (registration.is_new, registration.first_this_year)
         IS DISTINCT FROM (place.ever, place.of_year);
  RETURN true;
END $$
"""

# Sign-ups that became somebody else's: both persons' places are looked at anew.
_NOTE_PERSON = """
CREATE FUNCTION note_whose() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO tally_stale (occurrence_id, registration_id) VALUES (NEW.occurrence_id, NEW.id);
  INSERT INTO tally_stale (occurrence_id, registration_id)
  SELECT occurrence_id, id FROM registration WHERE person_id = OLD.person_id AND state = 'confirmed' LIMIT 1;
  RETURN NULL;
END $$
"""

_NOTE_SIGN_UP = """
CREATE FUNCTION note_sign_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    INSERT INTO tally_stale (occurrence_id) VALUES (OLD.occurrence_id);
    IF TG_OP = 'DELETE' OR OLD.occurrence_id = NEW.occurrence_id THEN RETURN NULL; END IF;
  END IF;
  INSERT INTO tally_stale (occurrence_id) VALUES (NEW.occurrence_id);
  RETURN NULL;
END $$
"""

_NOTE_DATE = """
CREATE FUNCTION note_date() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    INSERT INTO tally_stale (occurrence_id) VALUES (OLD.id);
    RETURN NULL;
  END IF;
  INSERT INTO tally_stale (occurrence_id) VALUES (NEW.id);
  IF TG_OP = 'UPDATE' AND extract(year FROM OLD.starts_at AT TIME ZONE OLD.zone)
                       <> extract(year FROM NEW.starts_at AT TIME ZONE NEW.zone) THEN
    INSERT INTO tally_stale (occurrence_id, registration_id)
    SELECT occurrence_id, id FROM registration
     WHERE occurrence_id = NEW.id AND state = 'confirmed' AND person_id IS NOT NULL;
  END IF;
  RETURN NULL;
END $$
"""

_NOTE_SEATS = """
CREATE FUNCTION note_seats() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.occurrence_id IS NOT NULL THEN INSERT INTO tally_stale (occurrence_id) VALUES (NEW.occurrence_id); END IF;
  RETURN NULL;
END $$
"""

_NOTE_ACTIVITY = """
CREATE FUNCTION note_activity() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO tally_stale (occurrence_id) SELECT id FROM occurrence WHERE activity_id = NEW.id;
  RETURN NULL;
END $$
"""

_NOTE_ROLE = """
CREATE FUNCTION note_role() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO tally_stale (occurrence_id) SELECT id FROM occurrence WHERE activity_id = NEW.activity_id;
  RETURN NULL;
END $$
"""

# What somebody wrote goes when they are forgotten; that they meant to do something stays.
_KEEP_PLEDGE = """
CREATE FUNCTION keep_pledge() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.registration_id IS NOT NULL OR TG_OP = 'INSERT' THEN
    NEW.pledged := NEW.pledge <> '' OR NEW.deeds <> '{}';
  END IF;
  RETURN NEW;
END $$
"""

_FUNCTIONS = {
    "tally_of(integer[])": _TALLY_OF,
    "tally_whom_of(integer[])": _WHOM_OF,
    "stale_dates()": _STALE_DATES,
    "note_first()": _FIRST,
    "settle_first(integer)": _SETTLE,
    "note_whose()": _NOTE_PERSON,
    "note_sign_up()": _NOTE_SIGN_UP,
    "note_date()": _NOTE_DATE,
    "note_seats()": _NOTE_SEATS,
    "note_activity()": _NOTE_ACTIVITY,
    "note_role()": _NOTE_ROLE,
    "keep_pledge()": _KEEP_PLEDGE,
}

_PROVEN = "({row}.verified_at IS NOT NULL OR {row}.state = 'confirmed')"
_COUNTED = "state, seats, occurrence_id, pool_id, verified_at, walk_in, is_new, first_this_year, age_band, area"
_DATED = "starts_at, ends_at, zone, place_id, state, activity_id"
# By table: name, when, for which rows, and what is done.
_TRIGGERS = (
    ("registration", "note_first", "BEFORE INSERT", "NEW.state = 'confirmed'", "note_first"),
    (
        "registration",
        "note_first_again",
        "BEFORE UPDATE OF state",
        "OLD.state <> NEW.state AND 'confirmed' IN (OLD.state, NEW.state)",
        "note_first",
    ),
    (
        "registration",
        "note_whose",
        "AFTER UPDATE OF person_id",
        "NEW.person_id IS DISTINCT FROM OLD.person_id AND NEW.person_id IS NOT NULL AND NEW.state = 'confirmed'",
        "note_whose",
    ),
    ("registration", "note_new_sign_up", "AFTER INSERT", _PROVEN.format(row="NEW"), "note_sign_up"),
    ("registration", "note_sign_up", f"AFTER UPDATE OF {_COUNTED}", _PROVEN.format(row="NEW"), "note_sign_up"),
    ("registration", "note_gone_sign_up", "AFTER DELETE", _PROVEN.format(row="OLD"), "note_sign_up"),
    ("attendance", "note_attendance", "AFTER INSERT OR UPDATE OR DELETE", "", "note_sign_up"),
    ("feedback", "keep_pledge", "BEFORE INSERT OR UPDATE", "", "keep_pledge"),
    (
        "feedback",
        "note_feedback",
        "AFTER INSERT OR DELETE OR UPDATE OF rating, deeds, pledged, occurrence_id",
        "",
        "note_sign_up",
    ),
    ("occurrence", "note_date", f"AFTER INSERT OR DELETE OR UPDATE OF {_DATED}", "", "note_date"),
    ("pool", "note_seats", "AFTER INSERT OR UPDATE OF capacity, reserved", "", "note_seats"),
    (
        "activity",
        "note_activity",
        "AFTER UPDATE OF state, sign_up, kind",
        "(OLD.state, OLD.sign_up, OLD.kind) IS DISTINCT FROM (NEW.state, NEW.sign_up, NEW.kind)",
        "note_activity",
    ),
    ("shift_role", "note_role", "AFTER UPDATE", "OLD.removed_at IS DISTINCT FROM NEW.removed_at", "note_role"),
)

# Of sign-ups that were there before, as far as it is still known who they are.
_LOOK_BACK = """
UPDATE registration SET placed_at = coalesce(
  (SELECT min(at) FROM registration_step WHERE registration_id = registration.id AND state = 'confirmed'),
  CASE WHEN state = 'confirmed' THEN changed_at END)
"""
_FIRSTS = """
WITH place AS (
  SELECT registration.id, row_number() OVER (PARTITION BY person_id ORDER BY placed_at, registration.id) = 1 AS ever,
         row_number() OVER (PARTITION BY person_id, extract(year FROM starts_at AT TIME ZONE zone)
                            ORDER BY placed_at, registration.id) = 1 AS of_year
    FROM registration JOIN occurrence ON occurrence.id = registration.occurrence_id
   WHERE person_id IS NOT NULL AND registration.state = 'confirmed'
)
UPDATE registration SET is_new = place.ever, first_this_year = place.of_year FROM place WHERE registration.id = place.id
"""
_FILL = """
INSERT INTO tally SELECT * FROM tally_of(ARRAY(SELECT id FROM occurrence))
"""


def _sums() -> list[sa.Column[int]]:
    return [sa.Column(name, sa.Integer(), nullable=False) for name in MEASURES]


def upgrade() -> None:
    for column in (
        sa.Column("placed_at", _MOMENT),
        sa.Column("is_new", sa.Boolean()),
        sa.Column("first_this_year", sa.Boolean()),
        sa.Column("age_band", sa.String(8), server_default="", nullable=False),
        sa.Column("area", sa.String(40), server_default="", nullable=False),
    ):
        op.add_column("registration", column)
    op.add_column("person", sa.Column("last_place_year", sa.SmallInteger()))
    op.add_column("feedback", sa.Column("pledged", sa.Boolean(), server_default="false", nullable=False))
    _make_tables()
    op.execute("UPDATE feedback SET pledged = pledge <> '' OR deeds <> '{}'")
    op.execute(_LOOK_BACK)
    op.execute(_FIRSTS)
    for statement in _FUNCTIONS.values():
        op.execute(statement)
    for table, name, when, which, what in _TRIGGERS:
        condition = f"WHEN ({which}) " if which else ""
        op.execute(f"CREATE TRIGGER {name} {when} ON {table} FOR EACH ROW {condition}EXECUTE FUNCTION {what}()")
    op.execute(_FILL)
    for unit, long in (("m", "month"), ("y", "year")):
        sums = ", ".join(f"sum({name})" for name in MEASURES)
        op.execute(
            f"INSERT INTO tally_period (unit, first_day, activity_id, place_id, {', '.join(MEASURES)}) "  # noqa: S608
            f"SELECT '{unit}', date_trunc('{long}', day)::date, activity_id, place_id, {sums} FROM tally GROUP BY 2, 3, 4"
        )


def _said() -> list[sa.Column[object]]:
    return [
        sa.Column("part", sa.String(4), nullable=False),
        sa.Column("value", sa.String(40), nullable=False),
        sa.Column("sign_ups", sa.Integer(), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
    ]


def _make_tables() -> None:
    op.create_table(
        "tally",
        sa.Column("occurrence_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("activity_id", sa.Integer(), nullable=False),
        sa.Column("place_id", sa.Integer()),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("over_at", _MOMENT, nullable=False),
        *_sums(),
        sa.PrimaryKeyConstraint("occurrence_id", name="pk_tally"),
    )
    op.create_index("ix_tally_day", "tally", ["day"])
    op.create_index("ix_tally_activity_id", "tally", ["activity_id", "day"])
    _make_period("tally_period", *_sums())
    op.create_table(
        "tally_whom",
        sa.Column("occurrence_id", sa.Integer(), autoincrement=False, nullable=False),
        *_said(),
        sa.PrimaryKeyConstraint("occurrence_id", "part", "value", name="pk_tally_whom"),
    )
    _make_period("tally_whom_period", *_said())
    op.create_table(
        "tally_stale",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("occurrence_id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer()),
        sa.Column("noted_at", _MOMENT, server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tally_stale"),
    )


def _make_period(table: str, *columns: sa.Column[object]) -> None:
    op.create_table(
        table,
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("unit", sa.String(1), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("activity_id", sa.Integer(), nullable=False),
        sa.Column("place_id", sa.Integer()),
        *columns,
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
    )
    op.create_index(f"ix_{table}_unit", table, ["unit", "first_day"])
    op.create_index(f"ix_{table}_activity_id", table, ["activity_id", "unit"])


def downgrade() -> None:
    for table, name, _when, _which, _what in _TRIGGERS:
        op.execute(f"DROP TRIGGER {name} ON {table}")
    for name in _FUNCTIONS:
        op.execute(f"DROP FUNCTION {name}")
    for table in ("tally_stale", "tally_whom_period", "tally_whom", "tally_period", "tally"):
        op.drop_table(table)
    op.drop_column("feedback", "pledged")
    op.drop_column("person", "last_place_year")
    for column in ("area", "age_band", "first_this_year", "is_new", "placed_at"):
        op.drop_column("registration", column)
