"""What is pressed at the door, form by form: in, out, not there, taken back, and who comes without a sign-up."""

import hashlib

from flask import Response, request

from engage.activities.typed import line
from engage.base.clock import utc_now
from engage.base.db import transaction
from engage.base.errors import Refusal
from engage.registrations.attendance import Answer, Code, Noted, Scan, Way, check_in, scan_of, undo, walk_in
from engage.registrations.attendance.checking import LONGEST_NONCE
from engage.web.at_door import page
from engage.web.at_door.posts import Post

_KINDS = {"in": Noted.ENTRY, "anyway": Noted.ENTRY, "out": Noted.EXIT, "absent": Noted.ABSENT}
_DONE = {
    Code.OK: "checked_in", Code.LEFT: "checked_out", Code.ABSENT: "marked_absent", Code.UNDONE: "check_in_undone",
}  # fmt: skip


def act(post: Post) -> Response:
    """Do what the form says, and show the page with the answer. Sent once more, it is the same answer."""
    do, sign_up = request.form.get("do", ""), request.form.get("sign_up", "")[:16]
    nonce = f"{request.form.get('nonce', '')[:12]}.{sign_up or _typed()}.{do[:6]}"
    try:
        if do == "walk_in":
            answer = _walk_in(post, nonce)
        elif do == "undo" and sign_up and (of := request.form.get("of", "")[:LONGEST_NONCE]):
            answer = _undone(post, sign_up, of)
        elif do in _KINDS and sign_up:
            kind = _KINDS[do]
            # What is chosen in the line says how many come, or how many leave.
            named = {Noted.ENTRY: "seats", Noted.EXIT: "leaving"}
            seats = _seats(named[kind]) if kind in named else None
            anyway = do == "anyway"
            scan = Scan(nonce, Way.LIST, sign_up=sign_up, kind=kind, seats=seats, anyway=anyway, asks=anyway)
            answer = noted(post, scan)
        else:
            return _found(post, nonce)
    except Refusal as refusal:
        return page.show(post, error=str(refusal), status=409)
    return page.show(post, answer)


def noted(post: Post, scan: Scan) -> Answer:
    """Note a scan in a transaction of its own, with a line in the log."""
    now = utc_now()
    with transaction():
        answer = check_in(post.occurrence.id, scan, keeper=post.keeper, now=now)
        record(post, answer)
    return answer


def record(post: Post, answer: Answer) -> None:
    """A line in the log for what was noted; what was refused, or noted before, changed nothing."""
    if answer.code in _DONE and answer.registration is not None and not answer.again:
        post.record(_DONE[answer.code], utc_now(), sign_up=answer.registration.public_id)


def _found(post: Post, nonce: str) -> Response:
    """A code or a name: one ticket for one is let in at once, all else is shown to be chosen from."""
    scan = scan_of(line(request.form.get("find", "")), nonce)
    if not (scan.ticket or scan.code):
        return page.show(post)
    answer = noted(post, scan)
    # Eight letters may be a name as well as a code.
    return page.show(post, answer if scan.ticket or answer.code != Code.UNKNOWN else None)


def _undone(post: Post, sign_up: str, of: str) -> Answer:
    now = utc_now()
    with transaction():
        answer = undo(post.occurrence.id, sign_up, keeper=post.keeper, now=now, of=of)
        record(post, answer)
    return answer


def _walk_in(post: Post, nonce: str) -> Answer:
    now = utc_now()
    with transaction():
        answer = walk_in(
            post.occurrence.id,
            request.form.get("name", ""),
            _seats() or 1,
            keeper=post.keeper,
            nonce=nonce,
            now=now,
            role=request.form.get("role", "")[:12],
            may_override=post.may_override,
            reason=request.form.get("reason", ""),
        )
        if answer.registration is not None and not answer.again:
            post.record("walked_in", now, sign_up=answer.registration.public_id)
    return answer


def _typed() -> str:
    """What was typed, in few signs: who goes back and types something else asks for something else."""
    told = [request.form.get(name, "") for name in ("find", "name", "seats", "role")]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:16]


def _seats(name: str = "seats") -> int | None:
    text = request.form.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else None
