"""Certificates that staff took back: why, and which numbers stay so when the certificate itself is deleted."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("certificate", sa.Column("revoked_reason", sa.Text(), server_default="", nullable=False))
    op.create_table(
        "certificate_taken_back",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("registration_id", sa.Integer()),
        sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name="fk_certificate_taken_back_registration_id_registration",
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("number", name="pk_certificate_taken_back"),
    )
    op.create_index("ix_certificate_taken_back_registration_id", "certificate_taken_back", ["registration_id"])
    # What was taken back before there was a page for it stays so.
    op.execute(
        "INSERT INTO certificate_taken_back (number, registration_id, taken_back_at) "
        "SELECT id, registration_id, revoked_at FROM certificate WHERE revoked_at IS NOT NULL"
    )


def downgrade() -> None:
    op.drop_table("certificate_taken_back")
    op.drop_column("certificate", "revoked_reason")
