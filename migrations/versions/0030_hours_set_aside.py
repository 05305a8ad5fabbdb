"""A correction of volunteers' hours outlives the check-ins it was about, so that one press at the door loses nothing."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hours_set_aside",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("occurrence_id", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("by_id", sa.Integer()),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registration.id"], name="fk_hours_set_aside_registration_id_registration",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["occurrence_id"], ["occurrence.id"], name="fk_hours_set_aside_occurrence_id_occurrence", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["by_id"], ["account.id"], name="fk_hours_set_aside_by_id_account", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_hours_set_aside"),
        sa.UniqueConstraint(
            "registration_id", "occurrence_id", name="uq_hours_set_aside_registration_id_occurrence_id"
        ),
    )  # fmt: skip
    op.create_index("ix_hours_set_aside_occurrence_id", "hours_set_aside", ["occurrence_id"])
    op.create_index("ix_hours_set_aside_by_id", "hours_set_aside", ["by_id"])


def downgrade() -> None:
    op.drop_table("hours_set_aside")
