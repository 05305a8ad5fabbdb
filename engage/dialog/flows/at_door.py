"""Who comes, leaves or is not there: noted in a chat by buttons, by a code, by a name, or in words. Part of `door`.

who (a code, a name, "Anna leaves") -> [which of these, how many] -> who
missing -> absent | leaving -> out -> who

A button says in which turn it was made, so that pressing it twice notes one thing.
"""

from collections.abc import Sequence

from engage.base.i18n import gettext as _
from engage.base.message import Button
from engage.dialog.answers import plain
from engage.dialog.flows import door, posts, walk_in
from engage.dialog.flows.door_answers import ask, go_on, there, told, ways, which
from engage.dialog.flows.posts import WHO, Post, here, nonce
from engage.dialog.turn import Turn
from engage.dialog.understanding import Intent, at_door
from engage.dialog.understanding.at_door import Doing, Told
from engage.registrations.attendance import Code, Noted, Scan, Way, check_in, lists, scan_of, undo, words_of
from engage.registrations.attendance.lists import Line

_KINDS = {"in": Noted.ENTRY, "anyway": Noted.ENTRY, "out": Noted.EXIT, "absent": Noted.ABSENT}
_WAYS = {Doing.IN: "in", Doing.OUT: "out", Doing.ABSENT: "absent", Doing.UNDO: "back", Doing.ASKED: "in"}


def take_who(turn: Turn) -> bool:
    """A code, a name, or what is to be noted. Other wishes are heard when nobody is called that."""
    post = here(turn)
    if post is None:
        return True
    scan, every = scan_of(turn.text, nonce(turn)), post.lines()
    if scan.ticket or scan.code:
        answer = check_in(post.occurrence.id, scan, keeper=post.keeper, now=turn.now)
        if scan.ticket or answer.code != Code.UNKNOWN:
            told(turn, post, answer)
            return True
    found, wish = lists.search(every, turn.text), at_door.heard(turn.text)
    if wish is not None and not any(_is_named(each, turn.text) for each in found):
        return _wished(turn, post, every, wish)
    if not found and turn.understanding is not None and turn.understanding.intent != Intent.UNKNOWN:
        return False
    _one_of(turn, post, found, Told(Doing.IN, None, turn.text))
    return True


def _wished(turn: Turn, post: Post, every: Sequence[Line], wish: Told) -> bool:
    """Do what was told in words; False where that was about nobody here, and may be another wish."""
    if wish.doing == Doing.WALK_IN:
        walk_in.begin(turn, post, wish.name, wish.seats)
    elif wish.doing == Doing.LIST:
        door.date(turn, post.occurrence.public_id)
    elif wish.name:
        found = lists.search(every, wish.name)
        if not found and turn.understanding is not None and turn.understanding.intent != Intent.UNKNOWN:
            return False
        _one_of(turn, post, found, wish)
    elif wish.doing == Doing.UNDO:
        _undo_the_last(turn)
    elif wish.doing == Doing.ABSENT:
        missing(turn, "")
    elif wish.doing == Doing.OUT:
        leaving(turn, "")
    else:
        return False
    return True


def _one_of(turn: Turn, post: Post, found: Sequence[Line], wish: Told) -> None:
    """Note it where it is clear who is meant and how many; else ask."""
    way = _WAYS[wish.doing]
    only = found[0] if len(found) == 1 else None
    if only is None and not found:
        _nobody(turn, wish)
    elif only is None or not _is_called(only, wish.name) or wish.doing == Doing.ASKED:
        which(turn, found, way)
    elif way == "back":
        _take_back(turn, post, only.public_id, only.last)
    elif way == "absent" and only.came == 0:
        turn.say(f"{words_of(Code.ABSENT)}: {only.name}", buttons=(*ways(turn, only, "back"), *go_on()))
    elif way == "absent":
        _noted(turn, post, Scan(nonce(turn), Way.CHAT, sign_up=only.public_id, kind=Noted.ABSENT))
    elif wish.seats is not None or there(only, way) == 1:
        _noted(turn, post, Scan(nonce(turn), Way.CHAT, sign_up=only.public_id, kind=_KINDS[way], seats=wish.seats))
    else:
        which(turn, found, way)


def _nobody(turn: Turn, wish: Told) -> None:
    buttons: tuple[Button, ...] = ()
    if wish.doing == Doing.IN and len(wish.name.split()) <= 4:
        turn.data["walk_in"] = {"name": wish.name, "seats": wish.seats}
        buttons = (turn.once(_("%(name)s, without a sign-up", name=wish.name[:40]), "walk_in:named"),)
    turn.say(
        _("Nobody on the list is called that. Write a code, or at least three letters of a name."),
        buttons=(*buttons, Button(_("That is all"), action="door:stop")),
    )


def in_(turn: Turn, argument: str) -> None:
    """A button: so many of one sign-up came."""
    _pressed(turn, argument, "in")


def out(turn: Turn, argument: str) -> None:
    """A button: so many of one sign-up leave; of a group it is asked how many."""
    _pressed(turn, argument, "out")


def anyway(turn: Turn, argument: str) -> None:
    """A button: they are let in though a question was not answered; of a group it is asked how many."""
    _pressed(turn, argument, "anyway")


def absent(turn: Turn, argument: str) -> None:
    """A button: somebody did not come."""
    _pressed(turn, argument, "absent")


def _pressed(turn: Turn, argument: str, way: str) -> None:
    post = here(turn)
    if post is None:
        return
    sign_up, _point, rest = argument.partition(".")
    number, _point, _made = rest.partition(".")
    seats = int(number) if number.isdecimal() else None
    if way == "out" and seats is None:
        found = [each for each in post.lines() if each.public_id == sign_up]
        if found and found[0].inside > 1:
            which(turn, found, way)
            return
    scan = Scan(
        nonce(turn, f"{way} {argument}"), Way.CHAT, sign_up=sign_up, kind=_KINDS[way], seats=seats,
        anyway=way == "anyway", asks=way == "anyway",
    )  # fmt: skip
    _noted(turn, post, scan, way)


def back(turn: Turn, argument: str) -> None:
    """Take back what the button was about, once, however often it is pressed."""
    post = here(turn)
    if post is not None:
        sign_up, _point, of = argument.partition(".")
        _take_back(turn, post, sign_up, of)


def one(turn: Turn, sign_up: str) -> None:
    """A button: what can be noted of this one now."""
    post = here(turn)
    found = [each for each in post.lines() if each.public_id == sign_up] if post is not None else []
    if post is not None and found:
        which(turn, found)
    elif post is not None:
        door.date(turn, post.occurrence.public_id)


def missing(turn: Turn, _argument: str) -> None:
    """Who of those that are not marked did not come?"""
    post = here(turn)
    if post is None:
        return
    found = [each for each in post.lines() if each.expected and each.came is None]
    turn.ask(posts.FLOW, WHO)
    if not found:
        turn.say(_("Everybody on the list is marked."), buttons=go_on())
        return
    ask(turn, _("Who did not come?"), found, "absent")


def leaving(turn: Turn, _argument: str) -> None:
    """Who of those that are there leaves?"""
    post = here(turn)
    if post is None:
        return
    found = [each for each in post.lines() if each.inside]
    turn.ask(posts.FLOW, WHO)
    if not found:
        turn.say(_("Nobody is checked in."), buttons=go_on())
        return
    ask(turn, _("Who leaves?"), found, "out", whole=True)


def leave(turn: Turn) -> None:
    """Somebody wants out: "undo" is about what was noted last, all else about the list."""
    if plain(turn.text) == "fortryd" and turn.data.get("door_last"):
        _undo_the_last(turn)
    else:
        door.stop(turn, "")


def _undo_the_last(turn: Turn) -> None:
    last = str(turn.data.get("door_last", ""))
    if last:
        back(turn, last)
    else:
        turn.say(words_of(Code.NOTHING_TO_UNDO), buttons=go_on())


def _is_called(each: Line, text: str) -> bool:
    """Whether each typed word begins a word of the name: letters within one may be somebody else's, who is not on the list."""
    words = each.name.casefold().replace("-", " ").replace(".", "").split()
    typed = text.casefold().replace("-", " ").split()
    return all(
        any(word.startswith(part) or (len(word) == 1 and part.startswith(word)) for word in words) for part in typed
    )


def _is_named(each: Line, text: str) -> bool:
    """Whether each typed word is a word of the name, whole: then nothing else was told."""
    return set(plain(text).split()) <= set(plain(each.name).split())


def _take_back(turn: Turn, post: Post, sign_up: str, of: str) -> None:
    told(turn, post, undo(post.occurrence.id, sign_up, keeper=post.keeper, now=turn.now, of=of))


def _noted(turn: Turn, post: Post, scan: Scan, way: str = "in") -> None:
    told(turn, post, check_in(post.occurrence.id, scan, keeper=post.keeper, now=turn.now), way=way)


ACTIONS = {
    **door.ACTIONS,
    "in": in_, "out": out, "anyway": anyway, "back": back, "absent": absent, "one": one, "missing": missing, "leaving": leaving,
}  # fmt: skip
STEPS = {WHO: take_who}
