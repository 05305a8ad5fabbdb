"""What comes in from a chat, and where what goes out to one stands."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_OPEN = sa.text("status IN ('planned', 'sending', 'held')")
_PLANNED = sa.text("status = 'planned'")
_WAITING = sa.text("state = 'waiting'")


def upgrade() -> None:
    _make_inbox()
    _widen_outbox()
    op.add_column("person", sa.Column("optional_off_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("address", sa.Column("off_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("address", sa.Column("off_reason", sa.String(length=20), server_default="", nullable=False))
    op.create_table(
        "pace",
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("free_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_pace"),
        prefixes=["UNLOGGED"],
    )
    op.create_table(
        "telegram_bot",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("inline", sa.Boolean(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_telegram_bot"),
    )


def _make_inbox() -> None:
    op.create_table(
        "inbox",
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("arrived", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("lane", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=8), server_default="waiting", nullable=False),
        sa.Column("body", postgresql.JSONB(), nullable=True),
        sa.Column("failures", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(length=80), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("source", "number", name="pk_inbox"),
    )
    op.create_index("ix_inbox_waiting", "inbox", ["arrived"], postgresql_where=_WAITING)
    op.create_index("ix_inbox_waiting_lane", "inbox", ["lane", "number"], postgresql_where=_WAITING)
    op.create_index("ix_inbox_settled_at", "inbox", ["settled_at"])


def _widen_outbox() -> None:
    op.add_column("outbox", sa.Column("channel", sa.String(length=20), server_default="", nullable=False))
    op.add_column("outbox", sa.Column("recipient", sa.String(length=254), server_default="", nullable=False))
    op.add_column("outbox", sa.Column("step", sa.SmallInteger(), server_default="0", nullable=False))
    op.add_column("outbox", sa.Column("part", sa.SmallInteger(), server_default="0", nullable=False))
    op.add_column("outbox", sa.Column("place", sa.String(length=40), server_default="", nullable=False))
    op.add_column("outbox", sa.Column("claimed_by", sa.Integer(), nullable=True))
    op.add_column("outbox", sa.Column("unanswered", sa.SmallInteger(), server_default="0", nullable=False))
    # Letters already on their way go on from their first address.
    op.execute(
        "UPDATE outbox SET channel = addresses->0->>'channel', recipient = addresses->0->>'identifier'"
        " WHERE status IN ('planned', 'sending') AND jsonb_array_length(addresses) > 0"
    )
    op.create_index(
        "ix_outbox_channel_due", "outbox", ["channel", "priority", "due_at", "id"], postgresql_where=_PLANNED
    )
    op.create_index("ix_outbox_recipient", "outbox", ["channel", "recipient"], postgresql_where=_OPEN)


def downgrade() -> None:
    # What the code before this does not know; nobody sends these by themselves, so they are over for it.
    op.execute(
        "UPDATE outbox SET status = 'failed', settled_at = coalesce(settled_at, now()) WHERE status IN ('held', 'set_aside')"
    )
    op.drop_index("ix_outbox_recipient", "outbox")
    op.drop_index("ix_outbox_channel_due", "outbox")
    for column in ("unanswered", "claimed_by", "place", "part", "step", "recipient", "channel"):
        op.drop_column("outbox", column)
    op.drop_column("address", "off_reason")
    op.drop_column("address", "off_at")
    op.drop_column("person", "optional_off_at")
    for table in ("telegram_bot", "pace", "inbox"):
        op.drop_table(table)
