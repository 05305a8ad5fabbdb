"""My page, linking: one-time secrets, citizens' visits, links between chats and the web, own calendars, what was merged."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("person", sa.Column("wishes", postgresql.JSONB(), server_default="{}", nullable=False))
    op.create_index("ix_registration_email", "registration", ["email"])
    _make_keys()
    _make_visits()
    _make_calendars()
    _make_merges()


def _make_keys() -> None:
    op.create_table(
        "one_time_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(16), nullable=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.Column("purpose", sa.String(12), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("used_at", _MOMENT),
        sa.Column("browser", sa.LargeBinary(32)),
        sa.PrimaryKeyConstraint("id", name="pk_one_time_key"),
        sa.UniqueConstraint("public_id", name="uq_one_time_key_public_id"),
        sa.UniqueConstraint("hash", name="uq_one_time_key_hash"),
    )
    op.create_index("ix_one_time_key_email", "one_time_key", ["email"])
    op.create_index("ix_one_time_key_expires_at", "one_time_key", ["expires_at"])


def _make_visits() -> None:
    op.create_table(
        "citizen_visit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.Column("address_id", sa.Integer(), nullable=False),
        sa.Column("began_at", _MOMENT, nullable=False),
        sa.Column("ends_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["address_id"], ["address.id"], name="fk_citizen_visit_address_id_address", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_citizen_visit"),
        sa.UniqueConstraint("hash", name="uq_citizen_visit_hash"),
    )
    op.create_index("ix_citizen_visit_address_id", "citizen_visit", ["address_id"])
    op.create_index("ix_citizen_visit_ends_at", "citizen_visit", ["ends_at"])
    op.create_table(
        "chat_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("visit_id", sa.Integer(), nullable=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("channel", sa.String(20)),
        sa.Column("identifier", sa.String(64)),
        sa.Column("answered_at", _MOMENT),
        sa.CheckConstraint("(channel IS NULL) = (answered_at IS NULL)", name="ck_chat_link_answered_by_a_chat"),
        sa.CheckConstraint("(channel IS NULL) = (identifier IS NULL)", name="ck_chat_link_chat_is_named"),
        sa.ForeignKeyConstraint(
            ["visit_id"], ["citizen_visit.id"], name="fk_chat_link_visit_id_citizen_visit", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_chat_link"),
        sa.UniqueConstraint("visit_id", name="uq_chat_link_visit_id"),
        sa.UniqueConstraint("hash", name="uq_chat_link_hash"),
    )
    op.create_index("ix_chat_link_expires_at", "chat_link", ["expires_at"])
    op.create_index(
        "uq_chat_link_code_hash",
        "chat_link",
        ["code_hash"],
        unique=True,
        postgresql_where=sa.text("answered_at IS NULL"),
    )


def _make_calendars() -> None:
    op.create_table(
        "own_calendar",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(24), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("read_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_own_calendar_person_id_person", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_own_calendar"),
        sa.UniqueConstraint("public_id", name="uq_own_calendar_public_id"),
    )
    op.create_index("ix_own_calendar_person_id", "own_calendar", ["person_id"])
    op.create_index("ix_own_calendar_read_at", "own_calendar", ["read_at"])


def _make_merges() -> None:
    op.create_table(
        "person_merge",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(16), nullable=False),
        sa.Column("kept_id", sa.Integer(), nullable=False),
        sa.Column("gone_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("moved", postgresql.JSONB(), nullable=False),
        sa.Column("doubles", postgresql.JSONB(), nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("undone_at", _MOMENT),
        sa.CheckConstraint("kept_id <> gone_id", name="ck_person_merge_two_persons"),
        sa.ForeignKeyConstraint(["kept_id"], ["person.id"], name="fk_person_merge_kept_id_person", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["gone_id"], ["person.id"], name="fk_person_merge_gone_id_person", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_person_merge"),
        sa.UniqueConstraint("public_id", name="uq_person_merge_public_id"),
    )
    op.create_index("ix_person_merge_kept_id", "person_merge", ["kept_id"])
    op.create_index("ix_person_merge_gone_id", "person_merge", ["gone_id"])
    op.create_index("ix_person_merge_made_at", "person_merge", ["made_at"])


def downgrade() -> None:
    for table in ("person_merge", "own_calendar", "chat_link", "citizen_visit", "one_time_key"):
        op.drop_table(table)
    op.drop_index("ix_registration_email", "registration")
    op.drop_column("person", "wishes")
