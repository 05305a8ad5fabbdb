"""Numbers that said STOP before anybody here knew them."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sms_stopped",
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_sms_stopped")),
    )


def downgrade() -> None:
    op.drop_table("sms_stopped")
