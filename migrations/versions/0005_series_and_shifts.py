"""Series of dates, and roles of volunteer activities with places of their own on each date."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# `count_registration` (0002) counts what changed into the pool a registration is in now. When it comes from another one, as
# when somebody takes another role, what it counted there before goes along.
MOVED = """
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

_JSON = postgresql.JSONB(astext_type=sa.Text())


def upgrade() -> None:
    _add_series()
    _add_roles()
    _let_occurrences_belong_to_series()
    _let_roles_have_pools()
    op.execute(MOVED)
    op.execute(
        "CREATE TRIGGER move_registration AFTER UPDATE OF pool_id ON registration FOR EACH ROW "
        "WHEN (OLD.pool_id <> NEW.pool_id) EXECUTE FUNCTION move_registration()"
    )


def _add_series() -> None:
    op.create_table(
        "series",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("activity_id", sa.Integer(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("rule", sa.String(length=200), nullable=False),
        sa.Column("days", sa.ARRAY(sa.Date()), nullable=False),
        sa.Column("excluded", sa.ARRAY(sa.Date()), nullable=False),
        sa.Column("begins", sa.Time(), nullable=False),
        sa.Column("ends", sa.Time(), nullable=False),
        sa.Column("nights", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("zone", sa.String(length=60), nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=True),
        sa.Column("online_url", sa.String(length=300), server_default="", nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("capacity >= 0", name=op.f("ck_series_capacity_not_negative")),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activity.id"], name=op.f("fk_series_activity_id_activity"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_series_place_id_place")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series")),
        sa.UniqueConstraint("public_id", name=op.f("uq_series_public_id")),
    )
    for column in ("activity_id", "place_id"):
        op.create_index(f"ix_series_{column}", "series", [column])


def _add_roles() -> None:
    op.create_table(
        "shift_role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("activity_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("names", _JSON, nullable=False),
        sa.Column("texts", _JSON, nullable=False),
        sa.Column("vetting", _JSON, nullable=False),
        sa.Column("begins", sa.Time(), nullable=True),
        sa.Column("ends", sa.Time(), nullable=True),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("capacity >= 0", name=op.f("ck_shift_role_capacity_not_negative")),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activity.id"], name=op.f("fk_shift_role_activity_id_activity"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift_role")),
        sa.UniqueConstraint("public_id", name=op.f("uq_shift_role_public_id")),
    )
    op.create_index("ix_shift_role_activity_id", "shift_role", ["activity_id"])


def _let_occurrences_belong_to_series() -> None:
    op.add_column("occurrence", sa.Column("series_id", sa.Integer(), nullable=True))
    op.add_column("occurrence", sa.Column("series_day", sa.Date(), nullable=True))
    op.add_column("occurrence", sa.Column("overrides", sa.ARRAY(sa.Text()), server_default="{}", nullable=False))
    op.create_foreign_key(
        "fk_occurrence_series_id_series", "occurrence", "series", ["series_id"], ["id"], ondelete="SET NULL"
    )
    # Checked at the end of a transaction: when a series moves by a day, each date takes the day of the next.
    op.create_unique_constraint(
        "uq_occurrence_series_id_series_day",
        "occurrence",
        ["series_id", "series_day"],
        deferrable=True,
        initially="DEFERRED",
    )


def _let_roles_have_pools() -> None:
    op.add_column("pool", sa.Column("role_id", sa.Integer(), nullable=True))
    op.create_foreign_key("fk_pool_role_id_shift_role", "pool", "shift_role", ["role_id"], ["id"])
    op.create_index("ix_pool_role_id", "pool", ["role_id"])
    op.drop_constraint("uq_pool_occurrence_id", "pool")
    op.create_unique_constraint("uq_pool_occurrence_id_role_id", "pool", ["occurrence_id", "role_id"])
    op.create_index(
        "uq_pool_occurrence_id", "pool", ["occurrence_id"], unique=True, postgresql_where=sa.text("role_id IS NULL")
    )


def downgrade() -> None:
    # Seats in roles have nowhere to stand before this: their sign-ups move to the date's own pool, which counts them.
    op.execute(
        "UPDATE registration SET pool_id = own.id FROM pool AS given, pool AS own WHERE given.id = registration.pool_id "
        "AND given.role_id IS NOT NULL AND own.occurrence_id = given.occurrence_id AND own.role_id IS NULL"
    )
    op.execute("DROP TRIGGER move_registration ON registration")
    op.execute("DROP FUNCTION move_registration()")
    op.execute("DELETE FROM pool WHERE role_id IS NOT NULL")
    op.drop_index("uq_pool_occurrence_id", "pool")
    op.drop_constraint("uq_pool_occurrence_id_role_id", "pool")
    op.create_unique_constraint("uq_pool_occurrence_id", "pool", ["occurrence_id"])
    op.drop_column("pool", "role_id")
    op.drop_constraint("uq_occurrence_series_id_series_day", "occurrence")
    for column in ("overrides", "series_day", "series_id"):
        op.drop_column("occurrence", column)
    op.drop_table("shift_role")
    op.drop_table("series")
