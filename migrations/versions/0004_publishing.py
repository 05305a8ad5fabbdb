"""What publishing keeps of an activity, its picture, and revisions that rise only for what the public can see."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# A draft is saved every few seconds while somebody writes. That must not make every process read the whole calendar anew,
# so these tables raise the number only when a row belongs to an activity the public sees, before or after.
_PUBLIC = "state IN ('published', 'called_off')"
_CHILDREN = ("activity_text", "occurrence")
_WRITERS = ("created_by_id", "updated_by_id")
_EVENTS = {
    "INSERT": ("NEW TABLE AS new_rows", ("new_rows",)),
    "UPDATE": ("OLD TABLE AS old_rows NEW TABLE AS new_rows", ("old_rows", "new_rows")),
    "DELETE": ("OLD TABLE AS old_rows", ("old_rows",)),
}


def _function(table: str, event: str) -> str:
    """What raises the number when rows of `table` were touched; written from the names above, never from anybody's words."""
    joined = "" if table == "activity" else " JOIN activity ON activity.id = activity_id"
    public = _PUBLIC if table == "activity" else f"activity.{_PUBLIC}"
    seen = " OR ".join(f"EXISTS (SELECT 1 FROM {rows}{joined} WHERE {public})" for rows in _EVENTS[event][1])  # noqa: S608
    return f"""
CREATE FUNCTION rise_for_{table}_{event.lower()}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF {seen} THEN
    INSERT INTO revision (name, number) VALUES ('activities', 1)
    ON CONFLICT (name) DO UPDATE SET number = revision.number + 1;
  END IF;
  RETURN NULL;
END $$
"""  # noqa: S608


def upgrade() -> None:
    op.create_table(
        "picture",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("large", sa.LargeBinary(), nullable=False),
        sa.Column("large_hash", sa.String(length=16), nullable=False),
        sa.Column("small", sa.LargeBinary(), nullable=False),
        sa.Column("small_hash", sa.String(length=16), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_picture_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_picture")),
        sa.UniqueConstraint("public_id", name=op.f("uq_picture_public_id")),
    )
    op.create_index("ix_picture_organisation_id", "picture", ["organisation_id"])
    for column in _columns():
        op.add_column("activity", column)
    op.create_foreign_key("fk_activity_place_id_place", "activity", "place", ["place_id"], ["id"])
    op.create_foreign_key(
        "fk_activity_picture_id_picture", "activity", "picture", ["picture_id"], ["id"], ondelete="SET NULL"
    )
    for name in _WRITERS:
        op.create_foreign_key(f"fk_activity_{name}_account", "activity", "account", [name], ["id"], ondelete="SET NULL")
    for name in ("place_id", "picture_id", *_WRITERS):
        op.create_index(f"ix_activity_{name}", "activity", [name])
    for table in ("activity", *_CHILDREN):
        op.execute(f"DROP TRIGGER rise_revision ON {table}")
        for event, (rows, _tables) in _EVENTS.items():
            op.execute(_function(table, event))
            op.execute(
                f"CREATE TRIGGER rise_revision_{event.lower()} AFTER {event} ON {table} REFERENCING {rows} "
                f"FOR EACH STATEMENT EXECUTE FUNCTION rise_for_{table}_{event.lower()}()"
            )


def _columns() -> list[sa.Column]:
    texts = postgresql.JSONB(astext_type=sa.Text())
    moment = sa.DateTime(timezone=True)
    return [
        sa.Column("place_id", sa.Integer(), nullable=True),
        sa.Column("online_url", sa.String(length=300), server_default="", nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("picture_id", sa.Integer(), nullable=True),
        sa.Column("picture_alt", texts, server_default="{}", nullable=False),
        sa.Column("version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("updated_by_id", sa.Integer(), nullable=True),
        sa.Column("review_words", sa.Text(), server_default="", nullable=False),
        sa.Column("submitted_at", moment, nullable=True),
        sa.Column("sent_back_at", moment, nullable=True),
        sa.Column("published_at", moment, nullable=True),
    ]


def downgrade() -> None:
    for table in ("activity", *_CHILDREN):
        for event in _EVENTS:
            op.execute(f"DROP TRIGGER rise_revision_{event.lower()} ON {table}")
            op.execute(f"DROP FUNCTION rise_for_{table}_{event.lower()}()")
        op.execute(
            f"CREATE TRIGGER rise_revision AFTER INSERT OR UPDATE OR DELETE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION rise_revision('activities')"
        )
    for name in _WRITERS:
        op.drop_constraint(f"fk_activity_{name}_account", "activity", type_="foreignkey")
    op.drop_constraint("fk_activity_picture_id_picture", "activity", type_="foreignkey")
    op.drop_constraint("fk_activity_place_id_place", "activity", type_="foreignkey")
    for column in reversed(_columns()):
        op.drop_column("activity", column.name)
    op.drop_table("picture")
