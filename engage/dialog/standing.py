"""Where a talk stands: its row, read under a lock at the beginning of a turn and written once at its end.

By hand, since every turn does both, and the mapper would write it anew before each question a step asks of the database. So what
a step changes of its talk is not in the row before the turn is over, save by `write`.
"""

from typing import Any, LiteralString

from psycopg.types.json import Jsonb

from engage.base.db import ask
from engage.dialog.models import Conversation

_COLUMNS = (
    "id", "channel", "identifier", "person_id", "language", "language_chosen", "flow", "step", "data", "version", "misunderstood",
    "notice_version", "notice_at", "started_at", "spoke_at",
)  # fmt: skip
_LOCKED: LiteralString = """
SELECT id, channel, identifier, person_id, language, language_chosen, flow, step, data, version, misunderstood, notice_version,
       notice_at, started_at, spoke_at
  FROM conversation WHERE channel = %(channel)s AND identifier = %(identifier)s FOR UPDATE
"""
_WRITE: LiteralString = """
UPDATE conversation SET language = %(language)s, language_chosen = %(language_chosen)s, flow = %(flow)s, step = %(step)s,
       data = %(data)s, version = %(version)s, misunderstood = %(misunderstood)s, spoke_at = %(spoke_at)s
 WHERE id = %(id)s
"""
# As above, and the whole transaction is not waited for: see `engine.handle`.
_WRITE_QUICKLY: LiteralString = (
    "WITH quick AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))"  # noqa: S608  (constants)
    + _WRITE.replace(" WHERE id", " FROM quick WHERE id")
)
# Who somebody is may be changed beside the turn, when two become one: only what a step itself has said of that is written.
_WHO: LiteralString = "UPDATE conversation SET person_id = %(person_id)s WHERE id = %(id)s"
_NOTICE: LiteralString = """
UPDATE conversation SET notice_version = %(notice_version)s, notice_at = %(notice_at)s WHERE id = %(id)s
"""


class Standing:
    """A talk as it was read, beside the object that the steps of a turn change. The session knows nothing of that object."""

    def __init__(self, facts: dict[str, Any]) -> None:
        self._person, self._notice = facts["person_id"], facts["notice_version"]
        self.conversation = Conversation(**facts)

    def write(self, *, quickly: bool = False) -> None:
        """Put down where the talk stands now; `quickly`, nobody waits for the disk when the transaction ends."""
        talk = self.conversation
        facts = {name: getattr(talk, name) for name in _COLUMNS}
        ask(_WRITE_QUICKLY if quickly else _WRITE, {**facts, "data": Jsonb(facts["data"])})
        if talk.person_id != self._person:
            ask(_WHO, facts)
            self._person = talk.person_id
        if talk.notice_version != self._notice:
            ask(_NOTICE, facts)
            self._notice = talk.notice_version


def locked(channel: str, identifier: str) -> Standing | None:
    """The talk's row as it is now, locked: two things said at once are answered one after the other."""
    row = ask(_LOCKED, {"channel": channel, "identifier": identifier}).fetchone()
    return Standing(dict(zip(_COLUMNS, row, strict=True))) if row else None


def person_of(conversation: Conversation) -> int | None:
    """Whose talk it is by its row, where something beside the turn may have said so."""
    row = ask("SELECT person_id FROM conversation WHERE id = %(id)s", {"id": conversation.id}).fetchone()
    return row[0] if row else None
