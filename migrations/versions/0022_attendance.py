"""Who came: check-ins, attendance, volunteers' hours, links for helpers at the door, and chats of accounts."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


# A ticket that was sent to one address is worth nothing once the sign-up is somebody's at another.
_RENEW = """
CREATE FUNCTION renew_ticket() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.ticket_turn := OLD.ticket_turn + 1;
  RETURN NEW;
END $$
"""
_RENEWS = """
CREATE TRIGGER renew_ticket BEFORE UPDATE OF email ON registration FOR EACH ROW
  WHEN (OLD.email IS NOT NULL AND NEW.email IS NOT NULL AND OLD.email <> NEW.email)
  EXECUTE FUNCTION renew_ticket()
"""


def upgrade() -> None:
    op.add_column("registration", sa.Column("walk_in", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("registration", sa.Column("ticket_turn", sa.SmallInteger(), server_default="0", nullable=False))
    _make_links()
    _make_check_ins()
    _make_attendance()
    _make_chats()
    op.execute(_RENEW)
    op.execute(_RENEWS)


def _to(table: str, column: str, other: str, gone: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=f"fk_{table}_{column}_{other}", ondelete=gone)


def _make_links() -> None:
    op.create_table(
        "door_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(16), nullable=False),
        sa.Column("occurrence_id", sa.Integer(), nullable=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.Column("label", sa.String(60), nullable=False),
        sa.Column("made_by_id", sa.Integer()),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("revoked_at", _MOMENT),
        _to("door_link", "occurrence_id", "occurrence", "CASCADE"),
        _to("door_link", "made_by_id", "account", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_door_link"),
        sa.UniqueConstraint("public_id", name="uq_door_link_public_id"),
        sa.UniqueConstraint("hash", name="uq_door_link_hash"),
    )
    op.create_index("ix_door_link_occurrence_id", "door_link", ["occurrence_id"])
    op.create_index("ix_door_link_made_by_id", "door_link", ["made_by_id"])


def _make_check_ins() -> None:
    op.create_table(
        "check_in",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("public_id", sa.String(16), nullable=False),
        sa.Column("nonce", sa.String(40), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("occurrence_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(6), nullable=False),
        sa.Column("seats", sa.SmallInteger(), nullable=False),
        sa.Column("happened_at", _MOMENT, nullable=False),
        sa.Column("received_at", _MOMENT, nullable=False),
        sa.Column("way", sa.String(8), nullable=False),
        sa.Column("account_id", sa.Integer()),
        sa.Column("door_link_id", sa.Integer()),
        sa.Column("conflict", sa.String(24), server_default="", nullable=False),
        sa.Column("undone_at", _MOMENT),
        sa.Column("undone_by_id", sa.Integer()),
        sa.CheckConstraint("(kind = 'absent') = (seats = 0)", name="ck_check_in_nobody_when_absent"),
        _to("check_in", "registration_id", "registration", "CASCADE"),
        _to("check_in", "occurrence_id", "occurrence", "CASCADE"),
        _to("check_in", "account_id", "account", "SET NULL"),
        _to("check_in", "door_link_id", "door_link", "SET NULL"),
        _to("check_in", "undone_by_id", "account", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_check_in"),
        sa.UniqueConstraint("public_id", name="uq_check_in_public_id"),
        sa.UniqueConstraint("nonce", name="uq_check_in_nonce"),
    )
    for column in ("registration_id", "occurrence_id", "account_id", "door_link_id", "undone_by_id"):
        op.create_index(f"ix_check_in_{column}", "check_in", [column])


def _make_attendance() -> None:
    op.create_table(
        "attendance",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("occurrence_id", sa.Integer(), nullable=False),
        sa.Column("seats", sa.SmallInteger(), nullable=False),
        sa.Column("first_in_at", _MOMENT),
        sa.Column("last_out_at", _MOMENT),
        sa.Column("minutes", sa.Integer()),
        sa.Column("corrected_minutes", sa.Integer()),
        sa.Column("corrected_by_id", sa.Integer()),
        sa.Column("corrected_reason", sa.String(200), server_default="", nullable=False),
        sa.Column("marked_at", _MOMENT, nullable=False),
        sa.CheckConstraint("seats >= 0", name="ck_attendance_seats_not_negative"),
        sa.CheckConstraint(
            "(corrected_minutes IS NULL) = (corrected_reason = '')", name="ck_attendance_corrected_with_a_reason"
        ),
        _to("attendance", "registration_id", "registration", "CASCADE"),
        _to("attendance", "occurrence_id", "occurrence", "CASCADE"),
        _to("attendance", "corrected_by_id", "account", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_attendance"),
        sa.UniqueConstraint(
            "registration_id", "occurrence_id", name="uq_attendance_registration_id_occurrence_id"
        ),
    )  # fmt: skip
    op.create_index("ix_attendance_occurrence_id", "attendance", ["occurrence_id"])
    op.create_index("ix_attendance_corrected_by_id", "attendance", ["corrected_by_id"])


def _make_chats() -> None:
    op.create_table(
        "account_chat",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(16), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(32)),
        sa.Column("channel", sa.String(20)),
        sa.Column("identifier", sa.String(254)),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("claimed_at", _MOMENT),
        sa.Column("confirmed_at", _MOMENT),
        _to("account_chat", "user_id", "account", "CASCADE"),
        sa.CheckConstraint(
            "(channel IS NULL) = (claimed_at IS NULL) AND (identifier IS NULL) = (claimed_at IS NULL)",
            name="ck_account_chat_claimed_by_a_chat",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_account_chat"),
        sa.UniqueConstraint("public_id", name="uq_account_chat_public_id"),
        sa.UniqueConstraint("code_hash", name="uq_account_chat_code_hash"),
    )
    op.create_index("ix_account_chat_user_id", "account_chat", ["user_id"])
    op.create_index(
        "uq_account_chat_confirmed",
        "account_chat",
        ["channel", "identifier"],
        unique=True,
        postgresql_where=sa.text("confirmed_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER renew_ticket ON registration")
    op.execute("DROP FUNCTION renew_ticket()")
    for table in ("account_chat", "attendance", "check_in", "door_link"):
        op.drop_table(table)
    op.drop_column("registration", "ticket_turn")
    op.drop_column("registration", "walk_in")
