"""What is kept how long: when a person was last on their own page, and when we wrote that we are about to forget them."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("person", sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("person", sa.Column("warned_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("person", "warned_at")
    op.drop_column("person", "seen_at")
