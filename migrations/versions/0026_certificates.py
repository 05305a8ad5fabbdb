"""Certificates of attendance and of volunteers' hours."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "certificate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(24), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer()),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("name_checkable", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.Column("issued_at", _MOMENT, nullable=False),
        sa.Column("revoked_at", _MOMENT),
        sa.CheckConstraint("name <> '' OR NOT name_checkable", name="ck_certificate_a_name_to_check"),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_certificate_person_id_person", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name="fk_certificate_registration_id_registration",
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_certificate"),
        sa.UniqueConstraint("public_id", name="uq_certificate_public_id"),
    )
    for column in ("person_id", "registration_id", "issued_at"):
        op.create_index(f"ix_certificate_{column}", "certificate", [column])
    op.create_table(
        "credential_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(43), nullable=False),
        sa.Column("public_key", sa.String(43), nullable=False),
        sa.Column("first_used_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_credential_key"),
        sa.UniqueConstraint("name", name="uq_credential_key_name"),
    )
    op.create_table(
        "certificate_count",
        sa.Column("year", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("year", "kind", name="pk_certificate_count"),
    )


def downgrade() -> None:
    for table in ("certificate_count", "credential_key", "certificate"):
        op.drop_table(table)
