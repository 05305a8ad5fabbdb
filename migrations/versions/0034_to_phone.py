"""Who is to be phoned because somebody marked them so: since when, why, and who did."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

_KEY = "fk_registration_to_phone_by_id_account"


def upgrade() -> None:
    op.add_column("registration", sa.Column("to_phone_at", sa.DateTime(timezone=True)))
    op.add_column("registration", sa.Column("to_phone_why", sa.String(160), server_default="", nullable=False))
    op.add_column("registration", sa.Column("to_phone_by_id", sa.Integer()))
    op.create_foreign_key(_KEY, "registration", "account", ["to_phone_by_id"], ["id"], ondelete="SET NULL")
    marked = sa.text("to_phone_at IS NOT NULL")
    op.create_index("ix_registration_to_phone", "registration", ["pool_id"], postgresql_where=marked)
    by = sa.text("to_phone_by_id IS NOT NULL")
    op.create_index("ix_registration_to_phone_by_id", "registration", ["to_phone_by_id"], postgresql_where=by)


def downgrade() -> None:
    op.drop_index("ix_registration_to_phone_by_id", "registration")
    op.drop_index("ix_registration_to_phone", "registration")
    op.drop_column("registration", "to_phone_by_id")
    op.drop_column("registration", "to_phone_why")
    op.drop_column("registration", "to_phone_at")
