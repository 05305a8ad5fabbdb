"""Seats of several dates are held by one form."""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_constraint(op.f("uq_seat_hold_key"), "seat_hold", type_="unique")
    op.create_unique_constraint(op.f("uq_seat_hold_key_pool_id"), "seat_hold", ["key", "pool_id"])


def downgrade() -> None:
    op.execute(
        "DELETE FROM seat_hold AS later USING seat_hold AS first WHERE first.key = later.key AND first.id < later.id"
    )
    op.drop_constraint(op.f("uq_seat_hold_key_pool_id"), "seat_hold", type_="unique")
    op.create_unique_constraint(op.f("uq_seat_hold_key"), "seat_hold", ["key"])
