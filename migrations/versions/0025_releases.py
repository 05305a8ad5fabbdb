"""Closed months, frozen and made safe, and the good examples of the report."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "release",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("first_month", sa.Date(), nullable=False),
        sa.Column("last_month", sa.Date(), nullable=False),
        sa.Column("least", sa.Integer(), nullable=False),
        sa.Column("released_at", _MOMENT, nullable=False),
        sa.CheckConstraint("last_month >= first_month", name="ck_release_months_in_order"),
        sa.PrimaryKeyConstraint("id", name="pk_release"),
        sa.UniqueConstraint("first_month", name="uq_release_first_month"),
        sa.UniqueConstraint("last_month", name="uq_release_last_month"),
    )
    _make_counted("release_atom", *(sa.Column(name, sa.Integer(), nullable=False) for name in ("sign_ups", "seats")),
                  sa.Column("minutes", sa.Integer()))  # fmt: skip
    op.create_table(
        "release_part",
        sa.Column("atom_id", sa.Integer(), nullable=False),
        sa.Column("split", sa.String(12), nullable=False),
        sa.Column("value", sa.String(40), nullable=False),
        sa.Column("sign_ups", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["atom_id"], ["release_atom.id"], name="fk_release_part_atom_id_release_atom", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("atom_id", "split", "value", name="pk_release_part"),
    )
    _make_counted("release_dates", sa.Column("dates", sa.Integer(), nullable=False))
    op.create_table(
        "good_example",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("activity_id", sa.Integer(), nullable=False),
        sa.Column("danish", sa.Text(), nullable=False),
        sa.Column("english", sa.Text(), server_default="", nullable=False),
        sa.Column("written_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activity.id"], name="fk_good_example_activity_id_activity", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_good_example"),
        sa.UniqueConstraint("activity_id", name="uq_good_example_activity_id"),
    )


def _make_counted(table: str, *columns: sa.Column[int]) -> None:
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("release_id", sa.Integer(), nullable=False),
        sa.Column("profile", JSONB(), nullable=False),
        *columns,
        sa.ForeignKeyConstraint(
            ["release_id"], ["release.id"], name=f"fk_{table}_release_id_release", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
    )
    op.create_index(f"ix_{table}_release_id", table, ["release_id"])


def downgrade() -> None:
    # Released again, months would be counted anew: what was forgotten or corrected since is the difference.
    if op.get_bind().scalar(sa.text("SELECT EXISTS (SELECT FROM release)")):
        raise RuntimeError(
            "Months are released. What is published can not be taken back, so this step has no way back."
        )
    for table in ("good_example", "release_dates", "release_part", "release_atom", "release"):
        op.drop_table(table)
