"""Sums of whole years that are over, by what one may ask by, so that many years cost no more than few.

The worker fills them within some minutes; until then the years are added up from their activities, as before.
"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

# As in 0023.
MEASURES = (
    "dates", "called_off_dates", "capacity", "filled", "full_dates", "waited_dates", "signed_up", "placed", "confirmed", "places",
    "waiting", "waiting_seats", "pending", "cancelled", "gave_up", "gave_up_late", "removed", "called_off", "declined",
    "offers_lost", "expected", "marked", "attended", "absent", "unchecked", "came", "presumed", "new_people", "first_this_year",
    "by_web", "by_telegram", "by_webchat", "by_phone", "by_door", "minutes", "planned_minutes", "answers", "rated_1", "rated_2",
    "rated_3", "rated_4", "rated_5", "pledges", "deed_tell", "deed_home", "deed_again", "deed_help", "deed_learn",
)  # fmt: skip

# An activity that counts elsewhere from now on, or nowhere: nobody waits for anybody by noting it.
_NOTE_TAGS = """
CREATE FUNCTION note_tags() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO tally_retagged (activity_id) VALUES (OLD.id);
  RETURN NULL;
END $$
"""
# `tally_of` looked up each sign-up's date and pool, for which PostgreSQL read all dates and pools there are: the dates it is
# asked for are at hand, and so are the pools of their courses.
_TALLY_OF = "tally_of(integer[])"
_LEANER = (
    (
        "), noted AS (",
        """), course_pool AS MATERIALIZED (
  SELECT held.id, pool.id AS pool_id FROM held JOIN pool ON pool.course_id = held.activity_id
), noted AS (""",
    ),
    ("AND pool.course_id IS NULL) AS of_the_date", "AND course_pool.id IS NULL) AS of_the_date"),
    (
        """    JOIN occurrence AS first ON first.id = sign_up.occurrence_id
    JOIN pool ON pool.id = sign_up.pool_id
    -- Looked""",
        """    JOIN held AS first ON first.id = sign_up.occurrence_id
    LEFT JOIN course_pool ON course_pool.id = sign_up.occurrence_id AND course_pool.pool_id = sign_up.pool_id
    -- Looked""",
    ),
    (
        """    FROM held JOIN pool ON pool.course_id = held.activity_id
    JOIN registration AS sign_up ON sign_up.pool_id = pool.id AND""",
        """    FROM held JOIN course_pool USING (id)
    JOIN registration AS sign_up ON sign_up.pool_id = course_pool.pool_id AND""",
    ),
)
_TAGS = ("organisation_id", "initiative_id", "kind", "audiences", "dimensions", "sdgs", "key_features")


def upgrade() -> None:
    op.create_table(
        "tally_year",
        sa.Column("axis", sa.String(12), nullable=False),
        sa.Column("audience", sa.String(20), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("initiative_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("year", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("key", sa.String(80), nullable=False),
        sa.Column("held", sa.ARRAY(sa.Integer()), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in MEASURES),
        sa.PrimaryKeyConstraint("axis", "audience", "kind", "initiative_id", "year", "key", name="pk_tally_year"),
    )
    op.create_table(
        "tally_closed",
        sa.Column("year", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("began", sa.Date()),
        sa.Column("ended", sa.Date()),
        sa.PrimaryKeyConstraint("year", name="pk_tally_closed"),
    )
    op.create_table(
        "tally_retagged",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("activity_id", sa.Integer(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tally_retagged"),
    )
    op.create_index("ix_tally_period_place_id", "tally_period", ["place_id", "unit", "first_day"])
    _index_activities("activity_id", "unit", "first_day")
    op.execute(_NOTE_TAGS)
    _rewrite(_TALLY_OF, _LEANER)
    before, after = (", ".join(f"{row}.{name}" for name in _TAGS) for row in ("OLD", "NEW"))
    op.execute(
        f"CREATE TRIGGER note_tags AFTER UPDATE OF {', '.join(_TAGS)} ON activity FOR EACH ROW "
        f"WHEN (({before}) IS DISTINCT FROM ({after})) EXECUTE FUNCTION note_tags()"
    )
    op.execute("CREATE TRIGGER note_gone_tags AFTER DELETE ON activity FOR EACH ROW EXECUTE FUNCTION note_tags()")


def _rewrite(function: str, parts: tuple[tuple[str, str], ...]) -> None:
    """Say a function anew with some of its parts said in another way."""
    said = (
        op.get_bind()
        .execute(sa.text("SELECT pg_get_functiondef(CAST(:name AS regprocedure))"), {"name": function})
        .scalar_one()
    )
    for before, after in parts:
        if said.count(before) != 1:
            raise RuntimeError(f"{function} is not what 0023 made of it")
        said = said.replace(before, after)
    op.execute(said)


def _index_activities(*columns: str) -> None:
    """An organisation's activities are looked up by the days that are asked for, so that those of other years are not read."""
    for table in ("tally_period", "tally_whom_period"):
        op.drop_index(f"ix_{table}_activity_id", table)
        op.create_index(f"ix_{table}_activity_id", table, list(columns))


def downgrade() -> None:
    _rewrite(_TALLY_OF, tuple((after, before) for before, after in _LEANER))
    for name in ("note_gone_tags", "note_tags"):
        op.execute(f"DROP TRIGGER {name} ON activity")
    op.execute("DROP FUNCTION note_tags()")
    op.drop_index("ix_tally_period_place_id", "tally_period")
    _index_activities("activity_id", "unit")
    for table in ("tally_retagged", "tally_closed", "tally_year"):
        op.drop_table(table)
