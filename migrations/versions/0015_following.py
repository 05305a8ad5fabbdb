"""What a citizen follows."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("person", sa.Column("digest_due_at", _MOMENT))
    op.add_column("person", sa.Column("digest_sent_at", _MOMENT))
    op.create_index("ix_person_digest_due_at", "person", ["digest_due_at"])
    op.create_table(
        "followed",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(16), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("criteria", postgresql.JSONB(), nullable=False),
        sa.Column("since", _MOMENT, nullable=False),
        sa.Column("told_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_followed_person_id_person", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_followed"),
        sa.UniqueConstraint("public_id", name="uq_followed_public_id"),
    )
    op.create_index("ix_followed_person_id", "followed", ["person_id"])


def downgrade() -> None:
    op.drop_table("followed")
    op.drop_index("ix_person_digest_due_at", "person")
    op.drop_column("person", "digest_sent_at")
    op.drop_column("person", "digest_due_at")
