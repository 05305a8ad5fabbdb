"""When a date or an activity was called off, a date's own title, and the lists found in a feed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def _json(name: str, default: str) -> sa.Column[object]:
    return sa.Column(name, postgresql.JSONB(astext_type=sa.Text()), server_default=default, nullable=False)


def upgrade() -> None:
    op.add_column("activity", sa.Column("called_off_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("occurrence", sa.Column("called_off_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("occurrence", _json("titles", "{}"))
    op.add_column("import_run", _json("lists", "[]"))


def downgrade() -> None:
    op.drop_column("import_run", "lists")
    op.drop_column("occurrence", "titles")
    op.drop_column("occurrence", "called_off_at")
    op.drop_column("activity", "called_off_at")
