"""What we hold of the person of this talk: told, and deleted, in two taps.

notice;  export_me -> send;  forget_me -> sure -> deleted
"""

import json

from engage import people, privacy, questions
from engage.base import tokens, wording
from engage.base.config import current_settings
from engage.base.i18n import gettext as _
from engage.base.i18n import ngettext
from engage.base.message import Attachment, Button, Message
from engage.dialog.answers import either
from engage.dialog.flows import menu, mine
from engage.dialog.forgetting import forget_said
from engage.dialog.turn import Turn
from engage.registrations import entrance, linking

FLOW = "privacy"
# What stands in this talk before their eyes, or was said above.
_SEEN_HERE = frozenset({"webchat_line", "inbox", "conversation"})
_LETTERS = "outbox"
# Of each kind the first ones are told; all of them stand on the page and in the file.
_MOST = 12


def notice(turn: Turn, _argument: str) -> None:
    """Who keeps what, for how long, and what one can do about it."""
    settings = current_settings()
    turn.done()
    turn.say(
        _("%(controller)s answers for what is kept about you here.", controller=settings.city.controller),
        _(
            "We keep what a sign-up needs, until %(days)s days after the activity. What we have said to each other goes after "
            "%(talk_days)s days.",
            days=settings.city.keep_sign_ups.days,
            talk_days=settings.city.keep_talks.days,
        ),
        buttons=(
            Button(_("What do you know about me?"), action="privacy:export"),
            Button(_("Delete my data"), action="privacy:ask"),
            Button(_("Read more about your data"), url=settings.links.privacy()),
        ),
    )


def export_me(turn: Turn, _argument: str) -> None:
    """Tell all that is kept about this talk's person, and where to get it as a file."""
    turn.done()
    person, contact = turn.conversation.person_id, turn.data.get("contact", {})
    known = ", ".join(contact[name] for name in ("name", "email") if contact.get(name))
    turn.say(
        _("This is what we keep about you from this chat:"),
        _("Name and e-mail: %(contact)s", contact=known) if known else _("No name and no e-mail."),
        ngettext(
            "What we have said to each other here, until %(number)s day after the last word.",
            "What we have said to each other here, until %(number)s days after the last word.",
            current_settings().city.keep_talks.days,
        ),
        cards=tuple(mine.card(entry, turn.now) for entry in mine.of_talk(turn)),
    )
    # Where a file goes along, what was written to them stands there: most of it they have just read.
    passed_over = _SEEN_HERE | ({_LETTERS} if turn.abilities.takes_files else set())
    sections = [each for each in privacy.told(person) if each.table not in passed_over] if person is not None else []
    for section in sections:
        turn.say(section.title, *map(_in_words, section.items[:_MOST]), *_more(len(section.items) - _MOST))
    if all(each.table != "citizen_question" for each in sections):
        asked = questions.asking.asked_in(turn.conversation.channel, turn.conversation.identifier)
        if asked:
            turn.say(_("Your questions to us"), *(_question(each) for each in asked[-_MOST:]))
    if person is not None and turn.abilities.takes_files:
        turn.said.append(_file(turn, person))
    ways = (Button(_("Delete my data"), action="privacy:ask"), Button(_("Read more about your data"), url=_page()))
    if linking.linked_email(person):
        turn.say(
            _("I can also send you an e-mail with a link to all of it, to read and to download as a file."),
            buttons=(turn.once(_("Yes, send it"), "privacy:send"), *ways),
        )
    else:
        turn.say(_("You can have all of it deleted, here and now."), buttons=ways)


def _question(asked: questions.CitizenQuestion) -> str:
    return "\n".join(each for each in (wording.quoted(asked.text), asked.email, asked.answer) if each)


def _file(turn: Turn, person: int) -> Message:
    """All of it as a file that programs can read (GDPR article 20)."""
    told = json.dumps(privacy.as_json(person, now=turn.now), ensure_ascii=False, indent=2)
    name = f"{current_settings().host}-{turn.now:%Y-%m-%d}.json"
    words = _("Here is all of it as a file, to keep or to take somewhere else.")
    return Message(text=(words,), attachments=(Attachment(name, "application/json", told),), language=turn.language)


def _in_words(item: privacy.Item) -> str:
    facts = "\n".join(f"{label}: {words}" for label, words in item.facts)
    return f"{item.heading}\n{facts}" if item.heading else facts


def _more(number: int) -> tuple[str, ...]:
    return (ngettext("… and %(number)s more.", "… and %(number)s more.", number),) if number > 0 else ()


def _page() -> str:
    return current_settings().links.privacy()


def send(turn: Turn, _argument: str) -> None:
    """Send the link to the address that this chat is linked with, and to no other."""
    turn.done()
    person, conversation = turn.conversation.person_id, turn.conversation
    emails = people.proven_emails(person) if person is not None else []
    if not emails:
        menu.stale(turn, "")
        return
    chat = f"{conversation.channel}:{conversation.identifier}"
    client = turn.incoming.client or tokens.stand_in(current_settings().secret_key, chat)
    entrance.ask(emails[0], language=turn.language, client=client, now=turn.now, to_data=True)
    turn.say(_("I have sent an e-mail to %(email)s.", email=people.masked(emails[0])), buttons=menu.first_buttons()[:3])


def forget_me(turn: Turn, _argument: str) -> None:
    """Ask once more, and say what goes."""
    turn.ask(FLOW, "sure")
    turn.say(
        _(
            "I will delete your name, your e-mail and this conversation, and cancel what you have signed up for here. Shall I?"
        ),
        buttons=(turn.once(_("Yes, delete it"), "privacy:forget"), turn.once(_("No, keep my data"), "privacy:keep")),
    )


def take_sure(turn: Turn) -> bool:
    """A typed yes or no."""
    return either(turn.text, yes=lambda: forget(turn, ""), no=lambda: keep(turn, ""))


def forget(turn: Turn, _argument: str) -> None:
    """Delete it."""
    conversation = turn.conversation
    if conversation.person_id is not None:
        person, conversation.person_id = conversation.person_id, None
        turn.talk.write()  # for who erases looks for talks of that person
        privacy.erase(person, now=turn.now)
    questions.forget_chat(conversation.channel, conversation.identifier, turn.now)
    turn.data.clear()
    conversation.notice_version = conversation.notice_at = None
    turn.done()
    forget_said(conversation.channel, conversation.identifier)
    turn.say(_("It is deleted. You are welcome to come back."), buttons=menu.first_buttons()[:3])


def keep(turn: Turn, _argument: str) -> None:
    """Nothing was deleted."""
    turn.done()
    turn.say(_("All right, nothing was deleted."), buttons=menu.first_buttons()[:3])


ACTIONS = {"notice": notice, "export": export_me, "send": send, "ask": forget_me, "forget": forget, "keep": keep}
STEPS = {"sure": take_sure}
