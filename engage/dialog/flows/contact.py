"""Who signs up: the name, and the e-mail address where the chat itself cannot reach them. Part of signing up.

[notice] name -> email
"""

import re
from typing import Any

from engage import people
from engage.base.config import current_settings
from engage.base.i18n import gettext as _
from engage.base.message import Button
from engage.dialog.turn import Turn
from engage.dialog.understanding import Intent
from engage.registrations import mine

_EMAIL = re.compile(r"[^\s<>,;]+@[^\s<>,;]+")
_SAID_BEFORE_A_NAME = re.compile(
    r"^(hej,?\s+)?(jeg hedder|mit navn er|jeg er|my name is|i am|i'm|ich heiße|ich heisse|mein name ist|ich bin)\s+",
    re.IGNORECASE,
)

_MOST_NAMES = 8
_AT = re.compile(
    r"\s*(?:\((?:a|at|æt)\)|\[(?:a|at)\]|\bsnabel[- ]?a\b|\bklammeraffe\b|(?<=\S) at (?=\S))\s*", re.IGNORECASE
)
_POINT = re.compile(r"\s*(?:\((?:dot|punkt|punktum)\)|\b(?:dot|punkt|punktum)\b)\s*", re.IGNORECASE)
_COMMA = re.compile(r"(@[\w.-]+),\s?([a-z]{2,})", re.IGNORECASE)
# Mailboxes that many people here have; of others no slip can be told.
_PROVIDERS = (
    "gmail.com", "hotmail.com", "hotmail.dk", "outlook.com", "outlook.dk", "yahoo.com", "yahoo.dk", "icloud.com", "live.dk",
    "live.com", "mail.dk", "stofanet.dk", "gmx.de", "web.de", "t-online.de", "googlemail.com", "me.com", "msn.com", "gmx.net",
    "yahoo.de", "hotmail.de",
)  # fmt: skip


def needs_email(turn: Turn) -> bool:
    """Whether this channel cannot reach the person later on."""
    return not turn.abilities.reaches_later


def known(turn: Turn) -> dict[str, Any]:
    """What is known of them: from this sign-up, an earlier one in this talk, or their own page that the talk is linked with."""
    draft = turn.data["sign_up"]
    found = _linked(turn)
    found.update(turn.data.get("contact", {}))
    found.update({name: draft[name] for name in ("name", "email") if draft.get(name)})
    return found


def _linked(turn: Turn) -> dict[str, Any]:
    """Who is linked has shown their address already, and said their name on the web."""
    person = turn.conversation.person_id
    shown = mine.contact(person) if person is not None else None
    return {"name": shown[0], "email": shown[1]} if shown else {}


def missing(turn: Turn) -> str | None:
    """The step that asks for the first thing that is not known."""
    found = known(turn)
    if not found.get("name"):
        return "name"
    return "email" if needs_email(turn) and not found.get("email") else None


def ask_name(turn: Turn, flow: str, page: str) -> None:
    """The notice stands before the first personal datum; which version was shown is kept."""
    settings, city = current_settings(), current_settings().city
    turn.ask(flow, "name")
    if turn.conversation.notice_version != city.notice_version:
        turn.conversation.notice_version, turn.conversation.notice_at = city.notice_version, turn.now
        words = (
            _(
                "Before I ask: %(controller)s uses your name and e-mail for this sign-up, so that the organiser knows who "
                "comes and we can reach you. Both are deleted %(days)s days after the activity.",
                controller=city.controller,
                days=city.keep_sign_ups.days,
            )
            if needs_email(turn)
            else _(
                "Before I ask: %(controller)s uses your name for this sign-up, so that the organiser knows who comes, and "
                "writes to you in this chat. Your name is deleted %(days)s days after the activity.",
                controller=city.controller,
                days=city.keep_sign_ups.days,
            )
        )
        turn.say(words, buttons=(Button(_("Read more about your data"), url=settings.links.privacy()),))
    buttons = (Button(_("Sign up on the web instead"), url=page), turn.once(_("Cancel"), "menu:leave"))
    turn.say(_("What is your name?"), buttons=buttons)


def take_name(turn: Turn, draft: dict[str, Any]) -> bool | None:
    """Any words are a name, apart from a greeting or a wish that clearly is something else (None then)."""
    heard = turn.understanding
    assert heard is not None
    if heard.intent in {Intent.GREET, Intent.MINE, Intent.CANCEL, Intent.SIGN_UP}:
        return None
    if turn.text.endswith("?") or len(turn.text.split()) > _MOST_NAMES:
        turn.say(
            _("Write your name, so that the organiser knows who is coming."),
            buttons=(turn.once(_("Cancel"), "menu:leave"),),
        )
        return False
    name = _SAID_BEFORE_A_NAME.sub("", turn.text).strip(" .!")[:120]
    if not any(each.isalpha() for each in name) or _EMAIL.search(name):
        turn.say(
            _("Write your name, so that the organiser knows who is coming."),
            buttons=(turn.once(_("Cancel"), "menu:leave"),),
        )
        return False
    draft["name"] = name
    return True


def ask_email(turn: Turn, flow: str) -> None:
    """Where to write to."""
    turn.ask(flow, "email")
    turn.say(
        _("What is your e-mail address? This page cannot reach you when it is closed, so we write to you there."),
        buttons=(turn.once(_("Cancel"), "menu:leave"),),
    )


def take_email(turn: Turn, draft: dict[str, Any]) -> bool | None:
    """An address somewhere in what was typed; anything else gets a friendly example, and other wishes are heard (None)."""
    typed = _as_typed(turn.text)
    found = _EMAIL.search(typed)
    heard = turn.understanding
    assert heard is not None
    if found is None and heard.intent in {Intent.MINE, Intent.CANCEL, Intent.GREET}:
        return None
    try:
        draft["email"] = people.normalise_email(found.group(0).rstrip(".") if found else typed)
    except people.EmailNotUsable as refusal:
        turn.say(str(refusal), buttons=(turn.once(_("Cancel"), "menu:leave"),))
        return False
    if other := _meant(draft["email"]):
        turn.say(
            _("You wrote %(typed)s. If you meant %(other)s, write it once more.", typed=draft["email"], other=other)
        )
    return True


def _as_typed(text: str) -> str:
    """An address as people write or say it: "anna (a) mail.dk", "tom at example dot com", a comma for the point."""
    if "@" not in text:
        text = _AT.sub("@", text, count=1)
        text = _POINT.sub(".", text) if "@" in text else text
    return _COMMA.sub(r"\1.\2", text)


def _meant(email: str) -> str:
    """The address with a provider's name one slip away from what was typed; "" where there is none."""
    name, _at, provider = email.rpartition("@")
    if provider in _PROVIDERS:
        return ""
    other = next((each for each in _PROVIDERS if each[0] == provider[:1] and _one_slip(provider, each)), "")
    return f"{name}@{other}" if other else ""


def _one_slip(typed: str, meant: str) -> bool:
    """Whether one letter is missing, too many, another one, or two stand the wrong way round."""
    if abs(len(typed) - len(meant)) > 1:
        return False
    at = next(
        (i for i, (one, two) in enumerate(zip(typed, meant, strict=False)) if one != two), min(len(typed), len(meant))
    )
    ends = (
        (typed[at + 1 :], meant[at:]), (typed[at:], meant[at + 1 :]), (typed[at + 1 :], meant[at + 1 :]),
        (typed[at + 1 : at + 2] + typed[at : at + 1] + typed[at + 2 :], meant[at:]),
    )  # fmt: skip
    return any(one == two for one, two in ends)
