"""What is reminded of, and when; and what people say afterwards.

Triggers note which dates' times must be worked out anew. They are on dates, activities and rules alone: signing up writes nothing
more than before.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_TABLES = ("feedback", "reminding", "reminder_stale", "reminder_time", "reminder_rule")

_NOTE_DATE = """
CREATE FUNCTION note_stale_date() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO reminder_stale (occurrence_id) VALUES (NEW.id);
  RETURN NULL;
END $$
"""
_NOTE_ACTIVITY = """
CREATE FUNCTION note_stale_activity() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO reminder_stale (occurrence_id) SELECT id FROM occurrence WHERE activity_id = NEW.id ORDER BY id;
  RETURN NULL;
END $$
"""
_NOTE_RULE = """
CREATE FUNCTION note_stale_rule() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO reminder_stale (occurrence_id)
  SELECT id FROM occurrence WHERE activity_id = coalesce(NEW.activity_id, OLD.activity_id) ORDER BY id;
  RETURN NULL;
END $$
"""


def upgrade() -> None:
    _make_rules()
    _make_remindings()
    _make_feedback()
    op.create_index(
        "ix_person_quiet",
        "person",
        [sa.text("(wishes -> 'quiet')")],
        postgresql_where=sa.text("jsonb_typeof(wishes -> 'quiet') = 'array'"),
    )
    op.execute(_NOTE_DATE)
    op.execute(_NOTE_ACTIVITY)
    op.execute(_NOTE_RULE)
    op.execute(
        "CREATE TRIGGER note_stale AFTER INSERT OR UPDATE OF starts_at, ends_at, zone, state ON occurrence "
        "FOR EACH ROW EXECUTE FUNCTION note_stale_date()"
    )
    op.execute(
        "CREATE TRIGGER note_stale AFTER UPDATE OF state, sign_up, sign_up_closes_before ON activity FOR EACH ROW "
        "WHEN (OLD.state <> NEW.state OR OLD.sign_up <> NEW.sign_up"
        " OR OLD.sign_up_closes_before <> NEW.sign_up_closes_before) EXECUTE FUNCTION note_stale_activity()"
    )
    op.execute(
        "CREATE TRIGGER note_stale AFTER INSERT OR UPDATE OR DELETE ON reminder_rule "
        "FOR EACH ROW EXECUTE FUNCTION note_stale_rule()"
    )
    # The sign-up form tells what a rule makes of silence.
    op.execute(
        "CREATE TRIGGER rise_revision AFTER INSERT OR UPDATE OR DELETE ON reminder_rule "
        "FOR EACH STATEMENT EXECUTE FUNCTION rise_revision('activities')"
    )
    # What has begun already is let be: nobody expects a letter about it.
    op.execute("INSERT INTO reminder_stale (occurrence_id) SELECT id FROM occurrence WHERE starts_at > now()")


def _make_rules() -> None:
    op.create_table(
        "reminder_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("activity_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(16), nullable=False),
        sa.Column("anchor", sa.String(10), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("unit", sa.String(6), nullable=False),
        sa.Column("after", sa.Boolean(), nullable=False),
        sa.Column("clock", sa.Time()),
        sa.Column("on_at", _MOMENT),
        sa.Column("early_days", sa.SmallInteger()),
        sa.Column("roles", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("unanswered_only", sa.Boolean(), nullable=False),
        sa.Column("way", sa.String(6), nullable=False),
        sa.Column("dates", sa.String(6), nullable=False),
        sa.Column("texts", postgresql.JSONB(), nullable=False),
        sa.Column("asks", sa.Boolean(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("release_hours", sa.SmallInteger()),
        sa.Column("release_since", _MOMENT),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.Column("send_late_at", _MOMENT),
        sa.CheckConstraint("number >= 0", name="ck_reminder_rule_number_not_negative"),
        sa.CheckConstraint(
            "(anchor = 'absolute') = (on_at IS NOT NULL)", name="ck_reminder_rule_absolute_has_an_instant"
        ),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activity.id"], name="fk_reminder_rule_activity_id_activity", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_reminder_rule"),
        sa.UniqueConstraint("activity_id", "key", name="uq_reminder_rule_activity_id_key"),
    )


def _make_remindings() -> None:
    op.create_table(
        "reminder_time",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("occurrence_id", sa.Integer(), nullable=False),
        sa.Column("rule_key", sa.String(16), nullable=False),
        sa.Column("starts_at", _MOMENT, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("due_at", _MOMENT, nullable=False),
        sa.Column("useful_until", _MOMENT, nullable=False),
        sa.Column("done_at", _MOMENT),
        sa.ForeignKeyConstraint(
            ["occurrence_id"], ["occurrence.id"], name="fk_reminder_time_occurrence_id_occurrence", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_reminder_time"),
        sa.UniqueConstraint("occurrence_id", "rule_key", name="uq_reminder_time_occurrence_id_rule_key"),
    )
    op.create_index("ix_reminder_time_due_at", "reminder_time", ["due_at"], postgresql_where=sa.text("done_at IS NULL"))
    op.create_table(
        "reminder_stale",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("occurrence_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_reminder_stale"),
    )
    op.create_table(
        "reminding",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("occurrence_id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("rule_key", sa.String(16), nullable=False),
        sa.Column("starts_at", _MOMENT, nullable=False),
        sa.Column("due_at", _MOMENT, nullable=False),
        sa.Column("useful_until", _MOMENT, nullable=False),
        sa.Column("lane", sa.SmallInteger(), nullable=False),
        sa.Column("status", sa.String(8), server_default="planned", nullable=False),
        sa.Column("reason", sa.String(16), server_default="", nullable=False),
        sa.Column("letter_id", sa.Integer()),
        sa.Column("settled_at", _MOMENT),
        sa.Column("answer", sa.String(8), server_default="", nullable=False),
        sa.Column("answered_at", _MOMENT),
        sa.ForeignKeyConstraint(
            ["occurrence_id"], ["occurrence.id"], name="fk_reminding_occurrence_id_occurrence", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registration.id"], name="fk_reminding_registration_id_registration",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_reminding"),
        sa.UniqueConstraint(
            "registration_id", "occurrence_id", "rule_key", "starts_at",
            name="uq_reminding_registration_id_occurrence_id_rule_key_starts_at",
        ),
    )  # fmt: skip
    op.create_index(
        "ix_reminding_lane_due_at", "reminding", ["lane", "due_at"], postgresql_where=sa.text("status = 'planned'")
    )
    op.create_index("ix_reminding_occurrence_id", "reminding", ["occurrence_id", "rule_key"])


def _make_feedback() -> None:
    op.create_table(
        "feedback",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(16), nullable=False),
        sa.Column("occurrence_id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer()),
        sa.Column("rating", sa.SmallInteger(), nullable=False),
        sa.Column("words", sa.Text(), server_default="", nullable=False),
        sa.Column("deeds", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("pledge", sa.Text(), server_default="", nullable=False),
        sa.Column("named", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("dimensions", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("sdgs", postgresql.ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column("given_at", _MOMENT, nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.CheckConstraint("rating BETWEEN 1 AND 5", name="ck_feedback_one_to_five"),
        sa.ForeignKeyConstraint(
            ["occurrence_id"], ["occurrence.id"], name="fk_feedback_occurrence_id_occurrence", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registration.id"], name="fk_feedback_registration_id_registration",
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_feedback"),
        sa.UniqueConstraint("public_id", name="uq_feedback_public_id"),
    )  # fmt: skip
    op.create_index("ix_feedback_occurrence_id", "feedback", ["occurrence_id"])
    op.create_index(
        "uq_feedback_registration_id", "feedback", ["registration_id"], unique=True,
        postgresql_where=sa.text("registration_id IS NOT NULL"),
    )  # fmt: skip


def downgrade() -> None:
    op.execute("DROP TRIGGER rise_revision ON reminder_rule")
    for table in ("occurrence", "activity", "reminder_rule"):
        op.execute(f"DROP TRIGGER note_stale ON {table}")
    op.execute("DROP FUNCTION note_stale_date()")
    op.execute("DROP FUNCTION note_stale_activity()")
    op.execute("DROP FUNCTION note_stale_rule()")
    op.drop_index("ix_person_quiet", "person")
    for table in _TABLES:
        op.drop_table(table)
