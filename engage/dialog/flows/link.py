"""Linking this chat with the person's own page, so that both show the same.

wanted -> start -> email -> (a letter; the page behind its link says yes)
wanted with a code, open (a deep link) -> bring -> sure -> (the page says yes)
wanted when linked -> unlink -> parted
"""

import re

from engage import people
from engage.base import tokens
from engage.base.config import current_settings
from engage.base.i18n import gettext as _
from engage.base.message import Button
from engage.dialog import standing
from engage.dialog.answers import either
from engage.dialog.flows import menu
from engage.dialog.forgetting import forget_said
from engage.dialog.turn import Turn
from engage.dialog.understanding import Intent
from engage.registrations import linking

FLOW = "link"
_EMAIL = re.compile(r"[^\s<>,;]+@[^\s<>,;]+")
# "link k7mq-p3xd", as it stands on the page in any of its languages; the hyphen may be left out.
_CODE = re.compile(r"(?:/?(?:link|forbind|verbinde)\s+)?([2-9a-hjkmnp-z]{4}[- ]?[2-9a-hjkmnp-z]{4})", re.IGNORECASE)


def command(text: str) -> str | None:
    """The action of the command that brings a code, if the text is one, whatever language is spoken."""
    found = _CODE.fullmatch(text)
    # A code alone may be a word of eight letters, so that it counts only after the command's word.
    return f"{FLOW}:open:{found[1]}" if found and found[1] != text else None


def wanted(turn: Turn, _argument: str) -> None:
    """Somebody wants to link."""
    turn.conversation.misunderstood = 0
    start(turn, "")


def unwanted(turn: Turn, _argument: str) -> None:
    """Somebody wants to unlink."""
    turn.conversation.misunderstood = 0
    unlink(turn, "")


def start(turn: Turn, _argument: str) -> None:
    """Ask for the address, and say what linking means; or tell that it is done."""
    email = linking.linked_email(turn.conversation.person_id)
    if email is not None:
        turn.done()
        turn.say(
            _("This chat is linked with My page of %(email)s.", email=email),
            buttons=(Button(_("My sign-ups"), action="mine:show"), Button(_("Unlink"), action="link:unlink")),
        )
        return
    turn.ask(FLOW, "email")
    turn.say(
        _("Then you see here what you signed up for on the web, and there what you signed up for here."),
        _("Only do it in a chat that nobody else uses. What is your e-mail address?"),
        buttons=(turn.once(_("Cancel"), "menu:leave"),),
    )


def take_email(turn: Turn) -> bool:
    """An address: a letter is sent there, whoever it belongs to. Other wishes are heard."""
    typed = _EMAIL.search(turn.text)
    heard = turn.understanding
    assert heard is not None
    code = _CODE.fullmatch(turn.text)
    # As the page shows it, with a hyphen; without one, a word of eight letters may be anything.
    if code is not None and any(letter.isdigit() or letter == "-" for letter in code[1]):
        bring(turn, code[1])
        return True
    if typed is None and heard.intent in {Intent.MINE, Intent.CANCEL, Intent.GREET, Intent.UNLINK}:
        return False
    conversation = turn.conversation
    try:
        email, person = linking.ask(
            typed.group(0).rstrip(".") if typed else turn.text,
            conversation.channel,
            conversation.identifier,
            language=conversation.language,
            client=turn.incoming.client or _chat(turn),
            now=turn.now,
        )
    except people.EmailNotUsable as refusal:
        turn.say(str(refusal), buttons=(turn.once(_("Cancel"), "menu:leave"),))
        return True
    conversation.person_id = person
    turn.done()
    turn.say(
        _("I have sent an e-mail to %(email)s.", email=email),
        _("Open it, press the button and say yes on the page. I tell you here when it is done."),
        buttons=menu.first_buttons()[:3],
    )
    return True


def bring(turn: Turn, secret: str) -> None:
    """A code, or a deep link's secret, from somebody's page: say whose it is, and ask."""
    turn.conversation.misunderstood = 0
    link = linking.found(secret, _chat(turn), now=turn.now)
    target = linking.target(link)
    turn.data["link"] = link.id
    turn.ask(FLOW, "sure")
    turn.say(
        _("Link this chat with My page of %(name)s (%(email)s)?", name=target.name, email=target.email)
        if target.name
        else _("Link this chat with My page of %(email)s?", email=target.email),
        _(
            "Whoever reads that e-mail then sees and changes what you sign up for here, and you what they signed up for."
        ),
        _("Say yes only if you have got the code yourself just now. If somebody sent it to you, say no."),
        buttons=(turn.once(_("Yes, link it"), "link:answer"), turn.once(_("No"), "link:refuse")),
    )


def take_sure(turn: Turn) -> bool:
    """A typed yes or no."""
    return either(turn.text, yes=lambda: answer(turn, ""), no=lambda: refuse(turn, ""))


def answer(turn: Turn, _argument: str) -> None:
    """This side says yes; the page is asked next."""
    number = turn.data.pop("link", None)
    if not isinstance(number, int):
        menu.stale(turn, "")
        return
    conversation = turn.conversation
    conversation.person_id = linking.answer(
        number, conversation.channel, conversation.identifier, language=conversation.language, now=turn.now
    )
    turn.done()
    turn.say(
        _("Good. Now say yes on My page too, there where you got the code."),
        _("I tell you here when it is done."),
        buttons=menu.first_buttons()[:3],
    )


def refuse(turn: Turn, _argument: str) -> None:
    """Nothing was linked."""
    turn.data.pop("link", None)
    turn.done()
    turn.say(_("All right, nothing was linked."), buttons=menu.first_buttons()[:3])


def unlink(turn: Turn, _argument: str) -> None:
    """Ask once more, and say what stays."""
    email = linking.linked_email(turn.conversation.person_id)
    if email is None:
        turn.done()
        turn.say(str(linking.NotLinked()), buttons=(Button(_("Link it"), action="link:start"),))
        return
    turn.ask(FLOW, "part")
    turn.say(
        _("Unlink this chat from %(email)s? Your sign-ups stay as they are; you find them on My page.", email=email),
        _("What we have said to each other here is deleted."),
        buttons=(turn.once(_("Yes, unlink it"), "link:part"), turn.once(_("No"), "link:keep")),
    )


def take_part(turn: Turn) -> bool:
    """A typed yes or no."""
    return either(turn.text, yes=lambda: part(turn, ""), no=lambda: keep(turn, ""))


def part(turn: Turn, _argument: str) -> None:
    """Unlink it; the talk goes on with nobody."""
    conversation = turn.conversation
    linking.unlink_chat(conversation.channel, conversation.identifier, now=turn.now)
    conversation.person_id = standing.person_of(conversation)
    if people.proven_emails(conversation.person_id or 0):
        conversation.person_id = None
    turn.data.clear()
    conversation.notice_version = conversation.notice_at = None
    turn.done()
    forget_said(conversation.channel, conversation.identifier)
    turn.say(_("This chat is unlinked. It knows nothing of you any more."), buttons=menu.first_buttons()[:3])


def keep(turn: Turn, _argument: str) -> None:
    """It stays linked."""
    turn.done()
    turn.say(_("All right, it stays linked."), buttons=(Button(_("My sign-ups"), action="mine:show"),))


def _chat(turn: Turn) -> str:
    """A name for this chat that tells nobody which it is."""
    name = f"{turn.conversation.channel}:{turn.conversation.identifier}"
    return tokens.stand_in(current_settings().secret_key, name)


ACTIONS = {
    "start": start, "open": bring, "answer": answer, "refuse": refuse, "unlink": unlink, "part": part, "keep": keep,
}  # fmt: skip
STEPS = {"email": take_email, "sure": take_sure, "part": take_part}
