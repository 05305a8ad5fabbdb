"""Seats of several dates are held by one form; limits that were met, and staff may lift; imports that a worker carries out."""

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
    op.add_column("import_run", sa.Column("asked_by_id", sa.Integer(), nullable=True))
    op.add_column("import_run", sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("import_run", sa.Column("takes_goals", sa.Boolean(), server_default="false", nullable=False))
    op.create_foreign_key(
        op.f("fk_import_run_asked_by_id_account"), "import_run", "account", ["asked_by_id"], ["id"], ondelete="SET NULL"
    )
    op.create_table(
        "import_progress",
        sa.Column("run_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("total", sa.Integer(), server_default="0", nullable=False),
        sa.Column("stopped", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("failed", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_import_progress")),
    )
    op.create_index("ix_limit_met_last_at", "limit_met", ["last_at"])


def downgrade() -> None:
    op.drop_table("limit_met")
    op.drop_table("import_progress")
    op.execute("UPDATE import_run SET state = 'planned' WHERE state IN ('queued', 'running')")
    for name in ("takes_goals", "asked_at", "asked_by_id"):
        op.drop_column("import_run", name)
    op.execute(
        "DELETE FROM seat_hold AS later USING seat_hold AS first WHERE first.key = later.key AND first.id < later.id"
    )
    op.drop_constraint(op.f("uq_seat_hold_key_pool_id"), "seat_hold", type_="unique")
    op.create_unique_constraint(op.f("uq_seat_hold_key"), "seat_hold", ["key"])
