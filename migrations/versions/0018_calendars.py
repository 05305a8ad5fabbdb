"""What a calendar must know of a change: dates that were public and are taken away without a trace."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

# What nobody ever saw leaves nothing, nor does what was over. The rows let themselves go, so that no job has to.
REMEMBER = """
CREATE FUNCTION remember_removed_date() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO removed_date (public_id, activity_id, organisation_id, titles, starts_at, ends_at, zone, sequence, removed_at)
  SELECT OLD.public_id, activity.id, activity.organisation_id,
         coalesce((SELECT jsonb_object_agg(language, title) FROM activity_text WHERE activity_id = activity.id), '{}')
           || OLD.titles,
         OLD.starts_at, OLD.ends_at, OLD.zone, OLD.sequence + 1, now()
    FROM activity
   WHERE activity.id = OLD.activity_id AND activity.state IN ('published', 'called_off') AND OLD.ends_at > now()
  ON CONFLICT (public_id) DO NOTHING;
  DELETE FROM removed_date WHERE removed_at < now() - interval '30 days';
  RETURN OLD;
END $$
"""


def upgrade() -> None:
    op.create_table(
        "removed_date",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("activity_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("titles", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("zone", sa.String(length=60), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_removed_date_organisation_id_organisation"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_removed_date")),
        sa.UniqueConstraint("public_id", name=op.f("uq_removed_date_public_id")),
    )
    op.create_index(op.f("ix_removed_date_organisation_id"), "removed_date", ["organisation_id"])
    op.create_index(op.f("ix_removed_date_removed_at"), "removed_date", ["removed_at"])
    op.execute(REMEMBER)
    op.execute(
        "CREATE TRIGGER remember_removed_date BEFORE DELETE ON occurrence "
        "FOR EACH ROW EXECUTE FUNCTION remember_removed_date()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER remember_removed_date ON occurrence")
    op.execute("DROP FUNCTION remember_removed_date()")
    op.drop_table("removed_date")
