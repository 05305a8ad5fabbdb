"""A number that rises when published words do, so that who remembers them need not read them again because a date was moved."""

from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

_PUBLIC = "state IN ('published', 'called_off')"
_ROWS = {"INSERT": ("new_rows",), "UPDATE": ("old_rows", "new_rows"), "DELETE": ("old_rows",)}
# An activity's words are the same while it stays published.
_APPEARS = (
    f"EXISTS (SELECT 1 FROM old_rows JOIN new_rows USING (id) WHERE (old_rows.{_PUBLIC}) <> (new_rows.{_PUBLIC}))"  # noqa: S608
)


def _function(table: str, event: str, *, texts: bool) -> str:
    """The function of 0004, which raises the number of what is public; `texts`: and then that of the words.

    Always in this order and after one another, so that no two transactions wait for each other.
    """
    joined = "" if table == "activity" else " JOIN activity ON activity.id = activity_id"
    public = _PUBLIC if table == "activity" else f"activity.{_PUBLIC}"
    seen = " OR ".join(f"EXISTS (SELECT 1 FROM {rows}{joined} WHERE {public})" for rows in _ROWS[event])  # noqa: S608
    also = f"""
    IF {_APPEARS if (table, event) == ("activity", "UPDATE") else "true"} THEN
      INSERT INTO revision (name, number) VALUES ('texts', 1)
      ON CONFLICT (name) DO UPDATE SET number = revision.number + 1;
    END IF;"""  # noqa: S608
    return f"""
CREATE OR REPLACE FUNCTION rise_for_{table}_{event.lower()}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF {seen} THEN
    INSERT INTO revision (name, number) VALUES ('activities', 1)
    ON CONFLICT (name) DO UPDATE SET number = revision.number + 1;{also if texts else ""}
  END IF;
  RETURN NULL;
END $$
"""  # noqa: S608


def _replace(*, texts: bool) -> None:
    for table in ("activity", "activity_text"):
        for event in _ROWS:
            op.execute(_function(table, event, texts=texts))


def upgrade() -> None:
    _replace(texts=True)


def downgrade() -> None:
    _replace(texts=False)
    op.execute("DELETE FROM revision WHERE name = 'texts'")
