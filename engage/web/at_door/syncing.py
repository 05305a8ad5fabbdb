"""What a device at the door loads, so that it works without a connection, and what it sends once it has one."""

from datetime import UTC, datetime
from typing import Any

from flask import Response, jsonify, make_response, request
from flask_wtf.csrf import generate_csrf

from engage.base.clock import utc_now
from engage.base.db import transaction
from engage.base.errors import Refusal
from engage.registrations.application import LONGEST_NAME
from engage.registrations.attendance import Answer, Code, Noted, Scan, Way, check_in, lists, undo, walk_in
from engage.registrations.attendance.checking import CHAT_NONCES, LONGEST_NONCE
from engage.web import statics
from engage.web.assets import load_manifest
from engage.web.at_door import acting, page
from engage.web.at_door.posts import Post

MOST_AT_ONCE = 100
_WAYS = {each.value for each in (Way.SCAN, Way.CODE, Way.NAME, Way.LIST)}
_KINDS = {each.value for each in Noted}


def listed(post: Post) -> Response:
    """The list of one date for a device: hashes of tickets, names, seats, and how each stands. Noted in the log."""
    now = utc_now()
    with transaction():
        post.record("door_loaded", now)
    edition = _edition(post)  # before the rows: what changes in between is loaded once more
    rows = lists.sheet(post.occurrence, full_names=post.full_names) if post.shows_names else []
    return _json({**_now(now), "rows": rows, "names": post.shows_names, "edition": edition})


def sync(post: Post) -> Response:
    """Take what was noted, each by itself: one that cannot be read keeps no other from being taken. All get an answer."""
    told = request.get_json(silent=True)
    items = told.get("items") if isinstance(told, dict) else None
    if not isinstance(items, list) or len(items) > MOST_AT_ONCE:
        return _json({"error": "not_readable"}, 400)
    results = [_taken(post, item) for item in items]
    now = utc_now()
    every = lists.lines(post.occurrence, full_names=post.full_names)
    standing = [
        {
            "id": each.public_id,
            "came": each.came,
            "inside": each.inside,
            "at": each.at.isoformat() if each.at else None,
            "last": each.last,
        }
        for each in every
        if each.came is not None
    ]
    wrong = [
        {"id": each.registration_public_id, "code": each.code, "at": each.at.isoformat()}
        for each in lists.conflicts(post.occurrence, full_names=False)
    ]
    told = {"results": results, "standing": standing, "conflicts": wrong, "edition": _edition(post)}
    return _json({**_now(now), **told})


def worker(post: Post) -> Response:
    """The service worker, which is good for this page alone."""
    response = statics.static(load_manifest()["check-in-worker.js"])
    response = make_response(response)
    response.headers["Service-Worker-Allowed"] = post.url()
    response.headers["Cache-Control"] = "no-cache"
    return response


def _edition(post: Post) -> str:
    """By which a device knows that its list is not the newest; "" where it gets none."""
    return lists.edition(post.occurrence) if post.shows_names else ""


def _now(now: datetime) -> dict[str, Any]:
    """The clock, by which a device puts its own right, and the token its next form shows."""
    return {"now": int(now.timestamp() * 1000), "csrf": generate_csrf()}


def _json(facts: dict[str, Any], status: int = 200) -> Response:
    response = make_response(jsonify(facts), status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _taken(post: Post, item: Any) -> dict[str, Any]:
    nonce = item.get("nonce") if isinstance(item, dict) else None
    if not isinstance(nonce, str) or not 8 <= len(nonce) <= LONGEST_NONCE or nonce.startswith(CHAT_NONCES):
        return {"nonce": nonce, "error": "not_readable"}
    now = utc_now()
    try:
        with transaction():
            answer = _done(post, item, nonce, now)
            acting.record(post, answer)
            return {"nonce": nonce, **_told(post, answer)}
    except Refusal as refusal:
        return {"nonce": nonce, "error": refusal.code, "words": str(refusal)}


def _done(post: Post, item: dict[str, Any], nonce: str, now: datetime) -> Answer:
    sign_up, kind = _text(item, "id", 16), _text(item, "kind", 8)
    if kind == "undo":
        of = _text(item, "of", LONGEST_NONCE)  # what is not named could be another thing each time this arrives
        if not of:
            return Answer(Code.NOTHING_TO_UNDO)
        pressed = _instant(item.get("at"))
        return undo(post.occurrence.id, sign_up, keeper=post.keeper, now=now, of=of, at=pressed)
    seats = _number(item.get("seats"))
    if kind == "walk_in":
        at = _instant(item.get("at")) if item.get("letIn") is True else None
        return walk_in(
            post.occurrence.id, _text(item, "name", LONGEST_NAME), seats or 1, keeper=post.keeper, nonce=nonce, now=now,
            role=_text(item, "role", 12), let_in_at=at, may_override=post.may_override, reason=_text(item, "reason", 200),
        )  # fmt: skip
    scan = Scan(
        nonce,
        Way(way) if (way := _text(item, "way", 8)) in _WAYS else Way.LIST,
        ticket=_text(item, "ticket", 200) if not sign_up else "",
        code=_text(item, "code", 20) if not sign_up else "",
        sign_up=sign_up,
        kind=Noted(kind) if kind in _KINDS else Noted.ENTRY,
        seats=seats,
        happened_at=_instant(item.get("at")),
        let_in=item.get("letIn") is True,
        anyway=item.get("anyway") is True,
        asks=item.get("asks") is True,
    )
    return check_in(post.occurrence.id, scan, keeper=post.keeper, now=now)


def _told(post: Post, answer: Answer) -> dict[str, Any]:
    shown = page.view(post, answer)
    return {
        "code": answer.code,
        "look": shown.look,
        "words": shown.words,
        "name": shown.name if post.shows_names else "",
        "facts": shown.facts,
        "id": shown.sign_up,
        "inside": answer.inside,
        "of": answer.of,
        "conflict": answer.conflict,
    }


def _text(item: dict[str, Any], name: str, longest: int) -> str:
    value = item.get(name)
    return value[:longest].replace("\0", "") if isinstance(value, str) else ""


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 1000 else None


def _instant(value: Any) -> datetime | None:
    """A moment in milliseconds, as devices tell it."""
    if not isinstance(value, int | float) or not 0 < value < 4e12:
        return None
    return datetime.fromtimestamp(value / 1000, UTC)
