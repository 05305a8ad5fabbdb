"""What citizens ask, and what is answered."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _make_answers()
    _make_questions()


def _by_an_account(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["account.id"], name=f"fk_{table}_{column}_account", ondelete="SET NULL")


def _make_answers() -> None:
    op.create_table(
        "approved_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(16), nullable=False),
        sa.Column("key", sa.String(60)),
        sa.Column("topic", sa.String(20), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("questions", postgresql.JSONB(), nullable=False),
        sa.Column("wordings", postgresql.JSONB(), nullable=False),
        sa.Column("answers", postgresql.JSONB(), nullable=False),
        sa.Column("url", sa.String(300), server_default="", nullable=False),
        sa.Column("shown", sa.Integer(), server_default="0", nullable=False),
        sa.Column("helped", sa.Integer(), server_default="0", nullable=False),
        sa.Column("not_helped", sa.Integer(), server_default="0", nullable=False),
        sa.Column("made_by_id", sa.Integer()),
        sa.Column("approved_by_id", sa.Integer()),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.Column("approved_at", _MOMENT),
        sa.Column("withdrawn_at", _MOMENT),
        _by_an_account("approved_answer", "made_by_id"),
        _by_an_account("approved_answer", "approved_by_id"),
        sa.PrimaryKeyConstraint("id", name="pk_approved_answer"),
        sa.UniqueConstraint("public_id", name="uq_approved_answer_public_id"),
        sa.UniqueConstraint("key", name="uq_approved_answer_key"),
    )
    for column in ("state", "made_by_id", "approved_by_id"):
        op.create_index(f"ix_approved_answer_{column}", "approved_answer", [column])


def _make_questions() -> None:
    op.create_table(
        "citizen_question",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(16), nullable=False),
        sa.Column("person_id", sa.Integer()),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("identifier", sa.String(254)),
        sa.Column("email", sa.String(254)),
        sa.Column("name", sa.String(120)),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("notice_version", sa.String(20)),
        sa.Column("activity_id", sa.Integer()),
        sa.Column("after_id", sa.Integer()),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("taken_by_id", sa.Integer()),
        sa.Column("answered_by_id", sa.Integer()),
        sa.Column("answer", sa.Text(), server_default="", nullable=False),
        sa.Column("helped", sa.Boolean()),
        sa.Column("asked_at", _MOMENT, nullable=False),
        sa.Column("taken_at", _MOMENT),
        sa.Column("answered_at", _MOMENT),
        sa.Column("closed_at", _MOMENT),
        sa.Column("forgotten_at", _MOMENT),
        sa.CheckConstraint(
            "state <> 'taken' OR taken_at IS NOT NULL", name=op.f("ck_citizen_question_taken_at_some_time")
        ),
        sa.CheckConstraint(
            "(state = 'answered') = (answered_at IS NOT NULL)", name=op.f("ck_citizen_question_answered_at_some_time")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_citizen_question_person_id_person", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activity.id"], name="fk_citizen_question_activity_id_activity", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["after_id"],
            ["citizen_question.id"],
            name="fk_citizen_question_after_id_citizen_question",
            ondelete="SET NULL",
        ),
        _by_an_account("citizen_question", "taken_by_id"),
        _by_an_account("citizen_question", "answered_by_id"),
        sa.PrimaryKeyConstraint("id", name="pk_citizen_question"),
        sa.UniqueConstraint("public_id", name="uq_citizen_question_public_id"),
    )
    for column in ("person_id", "activity_id", "after_id", "taken_by_id", "answered_by_id", "email"):
        op.create_index(f"ix_citizen_question_{column}", "citizen_question", [column])
    op.create_index("ix_citizen_question_chat", "citizen_question", ["channel", "identifier"])
    waits = sa.text("state IN ('open', 'taken')")
    op.create_index("ix_citizen_question_waiting", "citizen_question", ["asked_at"], postgresql_where=waits)


def downgrade() -> None:
    op.drop_table("citizen_question")
    op.drop_table("approved_answer")
