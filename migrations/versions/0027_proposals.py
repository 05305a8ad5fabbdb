"""What citizens propose."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_TABLES = ("proposal_interest", "proposal_picture", "proposal_note", "proposal")


def upgrade() -> None:
    _make_proposals()
    _make_what_hangs_on_them()


def _key(table: str, column: str, of: str, ondelete: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{of}.id"], name=f"fk_{table}_{column}_{of}", ondelete=ondelete)


def _words(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length), server_default="", nullable=False)


def _make_proposals() -> None:
    op.create_table(
        "proposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(16), nullable=False),
        sa.Column("person_id", sa.Integer()),
        sa.Column("email", sa.String(254)),
        sa.Column("name", sa.String(120)),
        sa.Column("shows_name", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("title", sa.String(160), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        _words("whom", 300),
        _words("time", 300),
        _words("place", 300),
        _words("dimension", 20),
        sa.Column("sdg", sa.Integer()),
        sa.Column("can_help", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("notice_version", sa.String(20)),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("step", sa.Integer(), server_default="0", nullable=False),
        sa.Column("organisation_id", sa.Integer()),
        sa.Column("activity_id", sa.Integer()),
        sa.Column("proposed_at", _MOMENT, nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.Column("shown_at", _MOMENT),
        _words("shown_title", 160),
        sa.Column("shown_text", sa.Text(), server_default="", nullable=False),
        sa.Column("forgotten_at", _MOMENT),
        sa.CheckConstraint("(shown_at IS NULL) OR shown_title <> ''", name=op.f("ck_proposal_shown_in_words")),
        _key("proposal", "person_id", "person", "SET NULL"),
        _key("proposal", "organisation_id", "organisation", "SET NULL"),
        _key("proposal", "activity_id", "activity", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_proposal"),
        sa.UniqueConstraint("public_id", name="uq_proposal_public_id"),
    )
    for column in ("person_id", "state", "organisation_id", "activity_id"):
        op.create_index(f"ix_proposal_{column}", "proposal", [column])
    op.create_index("ix_proposal_waiting", "proposal", ["proposed_at"], postgresql_where=sa.text("state = 'new'"))
    op.create_index("ix_proposal_draft", "proposal", ["activity_id"], postgresql_where=sa.text("state = 'draft'"))


def _make_what_hangs_on_them() -> None:
    op.create_table(
        "proposal_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column("from_citizen", sa.Boolean(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer()),
        sa.Column("at", _MOMENT, nullable=False),
        _key("proposal_note", "proposal_id", "proposal", "CASCADE"),
        _key("proposal_note", "by_id", "account", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_proposal_note"),
    )
    for column in ("proposal_id", "by_id"):
        op.create_index(f"ix_proposal_note_{column}", "proposal_note", [column])
    op.create_table(
        "proposal_picture",
        sa.Column("proposal_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("large", sa.LargeBinary(), nullable=False),
        sa.Column("small", sa.LargeBinary(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        _key("proposal_picture", "proposal_id", "proposal", "CASCADE"),
        sa.PrimaryKeyConstraint("proposal_id", name="pk_proposal_picture"),
    )
    op.create_table(
        "proposal_interest",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("person_id", sa.Integer()),
        sa.Column("hears", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("said_at", _MOMENT, nullable=False),
        sa.CheckConstraint("NOT hears OR person_id IS NOT NULL", name=op.f("ck_proposal_interest_hears_somewhere")),
        _key("proposal_interest", "proposal_id", "proposal", "CASCADE"),
        _key("proposal_interest", "person_id", "person", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_proposal_interest"),
        sa.UniqueConstraint("proposal_id", "key", name="uq_proposal_interest_proposal_id_key"),
    )
    op.create_index("ix_proposal_interest_person_id", "proposal_interest", ["person_id"])


def downgrade() -> None:
    for table in _TABLES:
        op.drop_table(table)
