"""Accounts move to another address, and are erased when they have been closed for long; letters that kill are set aside."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# As before a line can only be added, and deleted by the job that opens the door for its own transaction. Through the same
# door a name may be taken out of a line when the account behind it is erased; nothing else of a line ever changes.
PROTECT = """
CREATE OR REPLACE FUNCTION protect_audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('engage.audit_expiry', true) = 'on' THEN
    IF TG_OP = 'DELETE' THEN
      RETURN OLD;
    END IF;
    IF (NEW.id, NEW.at, NEW.by_id, NEW.action, NEW.about) IS NOT DISTINCT FROM (OLD.id, OLD.at, OLD.by_id, OLD.action, OLD.about)
      AND NEW.by_name IN ('', OLD.by_name) AND NEW.facts IN (OLD.facts, OLD.facts - 'email') THEN
      RETURN NEW;
    END IF;
  END IF;
  RAISE EXCEPTION 'the audit log is append only' USING ERRCODE = 'insufficient_privilege';
END $$
"""
BEFORE = """
CREATE OR REPLACE FUNCTION protect_audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND current_setting('engage.audit_expiry', true) = 'on' THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'the audit log is append only' USING ERRCODE = 'insufficient_privilege';
END $$
"""
# An account that was closed before this was noted has been closed since the log says so.
CLOSED_SINCE = """
UPDATE account SET closed_at = COALESCE(
  (SELECT max(at) FROM audit WHERE action = 'account.closed' AND about = 'account:' || account.public_id), now())
WHERE NOT active
"""


def upgrade() -> None:
    op.add_column("account", sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(CLOSED_SINCE)
    op.create_table(
        "email_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("old_email", sa.String(length=254), nullable=False),
        sa.Column("new_email", sa.String(length=254), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["account.id"], name="fk_email_change_user_id_account", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_email_change"),
        sa.UniqueConstraint("public_id", name="uq_email_change_public_id"),
    )
    op.create_index("ix_email_change_user_id", "email_change", ["user_id"])
    op.add_column("outbox", sa.Column("abandoned", sa.SmallInteger(), server_default="0", nullable=False))
    op.create_index("ix_outbox_set_aside", "outbox", ["id"], postgresql_where=sa.text("status = 'set_aside'"))
    op.execute(PROTECT)


def downgrade() -> None:
    op.execute(BEFORE)
    op.drop_index("ix_outbox_set_aside", table_name="outbox")
    op.execute("UPDATE outbox SET status = 'failed' WHERE status = 'set_aside'")
    op.drop_column("outbox", "abandoned")
    op.drop_table("email_change")
    op.drop_column("account", "closed_at")
