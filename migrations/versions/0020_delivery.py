"""What must be told by phone, who sends, and messages to all who take part."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_TO_PHONE = sa.text("must_arrive AND phoned_at IS NULL AND status IN ('failed', 'set_aside', 'held')")
_PLANNED = sa.text("status = 'planned' AND good_until IS NOT NULL")


def upgrade() -> None:
    op.add_column("registration", sa.Column("phone", sa.String(length=40), nullable=True))
    with op.batch_alter_table("outbox") as outbox:
        outbox.add_column(sa.Column("must_arrive", sa.Boolean(), server_default="false", nullable=False))
        outbox.add_column(sa.Column("phoned_at", sa.DateTime(timezone=True), nullable=True))
        outbox.add_column(sa.Column("phoned_by", sa.Integer(), nullable=True))
        outbox.add_column(sa.Column("phone_note", sa.Text(), server_default="", nullable=False))
    op.create_index("ix_outbox_to_phone", "outbox", ["id"], postgresql_where=_TO_PHONE)
    op.create_index("ix_outbox_good_until", "outbox", ["good_until"], postgresql_where=_PLANNED)
    _broadcasts()


def _broadcasts() -> None:
    op.create_table(
        "broadcast",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("activity_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("occurrence_ids", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("states", postgresql.ARRAY(sa.String(length=24)), nullable=False),
        sa.Column("role", sa.String(length=16), server_default="", nullable=False),
        sa.Column("texts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("good_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_broadcast_account_id_account"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activity.id"], name=op.f("fk_broadcast_activity_id_activity"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcast")),
        sa.UniqueConstraint("public_id", name=op.f("uq_broadcast_public_id")),
    )
    op.create_index("ix_broadcast_account_id", "broadcast", ["account_id"])
    op.create_index("ix_broadcast_activity_id", "broadcast", ["activity_id", "made_at"])
    op.create_index("ix_broadcast_sending", "broadcast", ["id"], postgresql_where=sa.text("state = 'sending'"))
    op.create_table(
        "broadcast_share",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("broadcast_id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["broadcast_id"],
            ["broadcast.id"],
            name=op.f("fk_broadcast_share_broadcast_id_broadcast"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_broadcast_share_registration_id_registration"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcast_share")),
        sa.UniqueConstraint(
            "broadcast_id", "registration_id", name=op.f("uq_broadcast_share_broadcast_id_registration_id")
        ),
    )
    op.create_index("ix_broadcast_share_registration_id", "broadcast_share", ["registration_id"])
    op.create_index(
        "ix_broadcast_share_due",
        "broadcast_share",
        ["broadcast_id", "due_at", "id"],
        postgresql_where=sa.text("state = 'planned'"),
    )


def downgrade() -> None:
    op.drop_table("broadcast_share")
    op.drop_table("broadcast")
    op.drop_index("ix_outbox_good_until", table_name="outbox")
    op.drop_index("ix_outbox_to_phone", table_name="outbox")
    with op.batch_alter_table("outbox") as outbox:
        for name in ("phone_note", "phoned_by", "phoned_at", "must_arrive"):
            outbox.drop_column(name)
    op.drop_column("registration", "phone")
