"""Seats of several dates are held by one form; limits that were met, and staff may lift."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_constraint(op.f("uq_seat_hold_key"), "seat_hold", type_="unique")
    op.create_unique_constraint(op.f("uq_seat_hold_key_pool_id"), "seat_hold", ["key", "pool_id"])
    op.create_table(
        "limit_met",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("shown", sa.String(length=120), nullable=False),
        sa.Column("times", sa.Integer(), server_default="1", nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=200), server_default="", nullable=False),
        sa.CheckConstraint(
            "(lifted_until IS NULL) = (lifted_at IS NULL)", name=op.f("ck_limit_met_lifted_at_some_time")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_limit_met")),
        sa.UniqueConstraint("kind", "key", name=op.f("uq_limit_met_kind_key")),
        sa.UniqueConstraint("public_id", name=op.f("uq_limit_met_public_id")),
    )
    op.create_index("ix_limit_met_last_at", "limit_met", ["last_at"])


def downgrade() -> None:
    op.drop_table("limit_met")
    op.execute(
        "DELETE FROM seat_hold AS later USING seat_hold AS first WHERE first.key = later.key AND first.id < later.id"
    )
    op.drop_constraint(op.f("uq_seat_hold_key_pool_id"), "seat_hold", type_="unique")
    op.create_unique_constraint(op.f("uq_seat_hold_key"), "seat_hold", ["key"])
