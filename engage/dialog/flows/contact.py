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
    found = _EMAIL.search(turn.text)
    heard = turn.understanding
    assert heard is not None
    if found is None and heard.intent in {Intent.MINE, Intent.CANCEL, Intent.GREET}:
        return None
    try:
        draft["email"] = people.normalise_email(found.group(0).rstrip(".") if found else turn.text)
    except people.EmailNotUsable as refusal:
        turn.say(str(refusal), buttons=(turn.once(_("Cancel"), "menu:leave"),))
        return False
    return True
