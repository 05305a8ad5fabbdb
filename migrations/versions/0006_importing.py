"""Where imported events come from, what each import did, and which rows events became."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def _json(name: str, default: str | None = "{}") -> sa.Column[object]:
    return sa.Column(name, postgresql.JSONB(astext_type=sa.Text()), server_default=default, nullable=False)


def _instant(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _key(column: str, table: str, other: str, **options: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=f"fk_{table}_{column}_{other}", **options)


def upgrade() -> None:
    op.create_table(
        "import_source",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        _json("mapping"),
        sa.Column("language", sa.String(length=2), server_default="", nullable=False),
        sa.Column("sign_up", sa.String(length=20), nullable=False),
        sa.Column("audiences", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("then", sa.String(length=10), nullable=False),
        sa.Column("feed", sa.String(length=10), nullable=False),
        sa.Column("url", sa.String(length=500), server_default="", nullable=False),
        sa.Column("every_hours", sa.SmallInteger(), server_default="24", nullable=False),
        sa.Column("etag", sa.String(length=200), server_default="", nullable=False),
        sa.Column("last_modified", sa.String(length=60), server_default="", nullable=False),
        _instant("next_at", nullable=True),
        _instant("checked_at", nullable=True),
        sa.Column("failures", sa.SmallInteger(), server_default="0", nullable=False),
        _json("problem"),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        _instant("created_at"),
        _key("organisation_id", "import_source", "organisation"),
        _key("created_by_id", "import_source", "account", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_import_source"),
        sa.UniqueConstraint("organisation_id", "name", name="uq_import_source_organisation_id_name"),
        sa.UniqueConstraint("public_id", name="uq_import_source_public_id"),
    )
    op.create_index("ix_import_source_organisation_id", "import_source", ["organisation_id"])
    op.create_index(
        "ix_import_source_next_at", "import_source", ["next_at"], postgresql_where=sa.text("feed = 'active'")
    )
    op.create_table(
        "import_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("format", sa.String(length=10), nullable=False),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        _instant("first_at"),
        _json("columns", "[]"),
        _json("rows", "[]"),
        _json("notes", "[]"),
        _json("counts"),
        _json("undone"),
        _instant("created_at"),
        _instant("applied_at", nullable=True),
        _instant("undone_at", nullable=True),
        _key("source_id", "import_run", "import_source", ondelete="CASCADE"),
        _key("by_id", "import_run", "account", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_import_run"),
        sa.UniqueConstraint("public_id", name="uq_import_run_public_id"),
    )
    op.create_index("ix_import_run_source_id_created_at", "import_run", ["source_id", "created_at"])
    op.create_table(
        "import_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("external_id", sa.String(length=300), nullable=False),
        sa.Column("recurrence_id", sa.String(length=20), nullable=False),
        sa.Column("activity_id", sa.Integer(), nullable=True),
        sa.Column("occurrence_id", sa.Integer(), nullable=True),
        sa.Column("dated", sa.Boolean(), nullable=False),
        _json("told", None),
        sa.Column("run_id", sa.Integer(), nullable=True),
        _key("source_id", "import_item", "import_source", ondelete="CASCADE"),
        _key("activity_id", "import_item", "activity", ondelete="SET NULL"),
        _key("occurrence_id", "import_item", "occurrence", ondelete="SET NULL"),
        _key("run_id", "import_item", "import_run", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_import_item"),
        sa.UniqueConstraint(
            "source_id", "external_id", "recurrence_id", name="uq_import_item_source_id_external_id_recurrence_id"
        ),
    )
    for column in ("activity_id", "occurrence_id", "run_id"):
        op.create_index(f"ix_import_item_{column}", "import_item", [column])


def downgrade() -> None:
    for table in ("import_item", "import_run", "import_source"):
        op.drop_table(table)
