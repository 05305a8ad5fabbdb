"""Who is not reached: whether an activity asks for an age band and a part of town, and the city's population.

`read_room` and `lock_room` tell the switch with the other terms, so that a sign-up asks nothing more of the database.
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_LAST, _WITH = "activity.asks_when_waiting\n", "activity.asks_when_waiting, activity.asks_whom\n"


def _tell(before: str, after: str) -> None:
    """Let both functions tell what stands in `after` where they told what stands in `before`."""
    op.execute("SET LOCAL check_function_bodies = off")  # on the way down they are changed before their type is
    for name in ("read_room", "lock_room"):
        query = sa.text("SELECT pg_get_functiondef(CAST(:name AS regprocedure))")
        written = op.get_bind().execute(query, {"name": f"{name}(integer, varchar)"}).scalar_one()
        assert written.count(before) == 1, f"{name} is another than this step knows"
        op.get_bind().exec_driver_sql(written.replace(before, after))


def upgrade() -> None:
    op.add_column("activity", sa.Column("asks_whom", sa.Boolean(), server_default="false", nullable=False))
    op.execute("ALTER TYPE seat_room ADD ATTRIBUTE asks_whom boolean")
    _tell(_LAST, _WITH)
    op.create_table(
        "population",
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("kind", sa.String(4), nullable=False),
        sa.Column("key", sa.String(40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(200), server_default="", nullable=False),
        sa.CheckConstraint("number >= 0", name="ck_population_no_less_than_nobody"),
        sa.PrimaryKeyConstraint("year", "kind", "key", name="pk_population"),
    )


def downgrade() -> None:
    op.drop_table("population")
    _tell(_WITH, _LAST)
    op.execute("ALTER TYPE seat_room DROP ATTRIBUTE asks_whom")
    op.drop_column("activity", "asks_whom")
