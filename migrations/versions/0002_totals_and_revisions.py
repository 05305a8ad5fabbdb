"""Totals of seats kept by a trigger, and revision numbers that rise with each change to what is published."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# What a registration adds to its pool: seats that are taken, seats among them held for an unproven address, and seats
# asked for by those who wait and have proven theirs. The same three sums stand in registrations.pools.correct_totals.
TOTALS = """
CREATE FUNCTION count_registration() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  more_occupied integer := 0;
  more_unverified integer := 0;
  more_waiting integer := 0;
BEGIN
  IF TG_OP <> 'INSERT' THEN
    IF OLD.state IN ('confirmed', 'pending_email') THEN more_occupied := more_occupied - OLD.seats; END IF;
    IF OLD.state = 'pending_email' THEN more_unverified := more_unverified - OLD.seats; END IF;
    IF OLD.state = 'waiting' AND OLD.verified_at IS NOT NULL THEN more_waiting := more_waiting - OLD.seats; END IF;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    IF NEW.state IN ('confirmed', 'pending_email') THEN more_occupied := more_occupied + NEW.seats; END IF;
    IF NEW.state = 'pending_email' THEN more_unverified := more_unverified + NEW.seats; END IF;
    IF NEW.state = 'waiting' AND NEW.verified_at IS NOT NULL THEN more_waiting := more_waiting + NEW.seats; END IF;
  END IF;
  IF more_occupied <> 0 OR more_unverified <> 0 OR more_waiting <> 0 THEN
    UPDATE pool SET occupied = pool.occupied + more_occupied,
                    unverified = pool.unverified + more_unverified,
                    waiting = pool.waiting + more_waiting
     WHERE id = COALESCE(NEW.pool_id, OLD.pool_id);
  END IF;
  RETURN NULL;
END $$
"""

RISE = """
CREATE FUNCTION rise_revision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO revision (name, number) VALUES (TG_ARGV[0], 1)
  ON CONFLICT (name) DO UPDATE SET number = revision.number + 1;
  RETURN NULL;
END $$
"""

WATCHED = {
    "activities": ("activity", "activity_text", "occurrence", "place", "organisation", "initiative"),
    "goals": ("dimension", "sdg", "key_feature_area", "focal_point", "key_feature"),
}


def upgrade() -> None:
    op.execute(TOTALS)
    op.execute(
        "CREATE TRIGGER count_registration AFTER INSERT OR DELETE OR UPDATE OF state, seats, verified_at, pool_id "
        "ON registration FOR EACH ROW EXECUTE FUNCTION count_registration()"
    )
    # Room on each page for the next version of a row that changes with every sign-up (heap-only updates).
    op.execute("ALTER TABLE pool SET (fillfactor = 50)")
    op.execute(RISE)
    for name, tables in WATCHED.items():
        for table in tables:
            op.execute(
                f"CREATE TRIGGER rise_revision AFTER INSERT OR UPDATE OR DELETE ON {table} "
                f"FOR EACH STATEMENT EXECUTE FUNCTION rise_revision('{name}')"
            )


def downgrade() -> None:
    for tables in WATCHED.values():
        for table in tables:
            op.execute(f"DROP TRIGGER rise_revision ON {table}")
    op.execute("DROP FUNCTION rise_revision()")
    op.execute("ALTER TABLE pool RESET (fillfactor)")
    op.execute("DROP TRIGGER count_registration ON registration")
    op.execute("DROP FUNCTION count_registration()")
