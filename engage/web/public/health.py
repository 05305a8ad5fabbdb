"""Whether the service can take a sign-up right now, for those who watch over it."""

from flask import Response

from engage.base.db import ask
from engage.web.public import blueprint

# One question that fails when the database is away, read-only or not migrated, or the goals are not loaded.
_READY = """
    SELECT current_setting('transaction_read_only') = 'off'
       AND EXISTS (SELECT 1 FROM key_feature)
       AND (SELECT count(*) >= 0 FROM (SELECT 1 FROM pool JOIN registration ON pool_id = pool.id LIMIT 1) AS seats)
       AND (SELECT count(*) >= 0 FROM (SELECT 1 FROM outbox LIMIT 1) AS letters)
"""


@blueprint.get("/healthz")
def health() -> Response:
    """200 "ok" when a sign-up would be taken, 503 otherwise."""
    try:
        row = ask(_READY, {}).fetchone()
        ready = row is not None and row[0]
    except Exception:  # whatever it is, the answer is the same: not now
        ready = False
    text = "ok\n" if ready else "not ready\n"
    return Response(text, status=200 if ready else 503, mimetype="text/plain", headers={"Cache-Control": "no-store"})
