"""The yearly cycle: chosen Key Features, indicators, values; and who compared the list with the document."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_AMOUNT = sa.Numeric(18, 4)
_TEXTS = postgresql.JSONB()


def upgrade() -> None:
    op.add_column("key_feature", sa.Column("verified_at", _MOMENT))
    op.add_column("key_feature", sa.Column("corrected_at", _MOMENT))
    op.create_table(
        "chosen_feature",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("key_feature_id", sa.String(60), nullable=False),
        sa.Column("aim", sa.Text(), server_default="", nullable=False),
        sa.Column("chosen_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["key_feature_id"], ["key_feature.id"], name="fk_chosen_feature_key_feature_id_key_feature"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_chosen_feature"),
        sa.UniqueConstraint("year", "key_feature_id", name="uq_chosen_feature_year_key_feature_id"),
    )
    op.create_index("ix_chosen_feature_key_feature_id", "chosen_feature", ["key_feature_id"])
    _indicators()


def _indicators() -> None:
    op.create_table(
        "indicator",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(12), nullable=False),
        sa.Column("key_feature_id", sa.String(60), nullable=False),
        sa.Column("names", _TEXTS, nullable=False),
        sa.Column("units", _TEXTS, nullable=False),
        sa.Column("definition", sa.Text(), server_default="", nullable=False),
        sa.Column("better", sa.String(4), nullable=False),
        sa.Column("baseline_value", _AMOUNT),
        sa.Column("baseline_on", sa.Date()),
        sa.Column("baseline_source", sa.String(200), server_default="", nullable=False),
        sa.Column("target_value", _AMOUNT),
        sa.Column("target_on", sa.Date()),
        sa.Column("version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("retired_at", _MOMENT),
        sa.CheckConstraint("(baseline_value IS NULL) = (baseline_on IS NULL)", name="ck_indicator_baseline_has_a_day"),
        sa.CheckConstraint("(target_value IS NULL) = (target_on IS NULL)", name="ck_indicator_target_has_a_day"),
        sa.ForeignKeyConstraint(["key_feature_id"], ["key_feature.id"], name="fk_indicator_key_feature_id_key_feature"),
        sa.PrimaryKeyConstraint("id", name="pk_indicator"),
        sa.UniqueConstraint("public_id", name="uq_indicator_public_id"),
    )
    op.create_index("ix_indicator_key_feature_id", "indicator", ["key_feature_id"])
    op.create_table(
        "measurement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(12), nullable=False),
        sa.Column("indicator_id", sa.Integer(), nullable=False),
        sa.Column("value", _AMOUNT, nullable=False),
        sa.Column("measured_on", sa.Date(), nullable=False),
        sa.Column("source", sa.String(200), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("entered_at", _MOMENT, nullable=False),
        sa.Column("struck_at", _MOMENT),
        sa.Column("struck_reason", sa.String(200), server_default="", nullable=False),
        sa.CheckConstraint("(struck_at IS NULL) = (struck_reason = '')", name="ck_measurement_struck_with_a_reason"),
        sa.ForeignKeyConstraint(
            ["indicator_id"], ["indicator.id"], name="fk_measurement_indicator_id_indicator", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_measurement"),
        sa.UniqueConstraint("public_id", name="uq_measurement_public_id"),
    )
    op.create_index("ix_measurement_indicator_id", "measurement", ["indicator_id", "measured_on"])
    op.create_index(
        "uq_measurement_day",
        "measurement",
        ["indicator_id", "measured_on"],
        unique=True,
        postgresql_where=sa.text("struck_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("measurement")
    op.drop_table("indicator")
    op.drop_table("chosen_feature")
    op.drop_column("key_feature", "corrected_at")
    op.drop_column("key_feature", "verified_at")
