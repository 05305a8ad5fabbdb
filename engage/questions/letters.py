"""The answer on its way: to the chat the question came from, and by e-mail where that chat cannot be relied on."""

from datetime import datetime, timedelta

from engage import outbox, people
from engage.base.config import current_settings
from engage.base.i18n import gettext as _
from engage.base.i18n import ngettext, speaking
from engage.base.message import Button, Message
from engage.channels import CHANNELS, abilities, webchat
from engage.outbox import Priority
from engage.people import reaching
from engage.questions.models import CitizenQuestion

A_DAY = timedelta(days=1)


def about(question: CitizenQuestion) -> str:
    """What the letters about a question are about."""
    return f"question:{question.public_id}"


def ways(question: CitizenQuestion) -> list[tuple[str, str]]:
    """Where an answer can go now, as (channel, identifier): the chat, if it is still there and wants letters, then e-mail."""
    found = []
    if question.identifier and question.channel in CHANNELS and _is_there(question.channel, question.identifier):
        found.append((question.channel, question.identifier))
    if email := _email(question):
        found.append(("email", email))
    return found


def answered(question: CitizenQuestion, now: datetime) -> bool:
    """Queue the answer for who asked, in their language; False where there is no way to them.

    A chat on a page that may be closed is written to, and the e-mail address as well; any other chat comes first, and e-mail is
    for when it is closed to us.
    """
    found = ways(question)
    if not found:
        return False
    channel = found[0][0]
    if len(found) == 1 or abilities.of(channel).reaches_later:
        _put(question, found, "answer", now)
    else:
        _put(question, found[:1], "answer", now)
        _put(question, found[1:], "mail", now)
    return True


def tell_desk(number: int, now: datetime) -> None:
    """Tell who looks after the questions that `number` of them wait: once a day at most, and none of their words."""
    settings = current_settings()
    city = settings.city
    if not city.questions_email:
        return
    day = now.astimezone(city.zone).date().isoformat()
    with speaking(city.languages[0]):
        letter = Message(
            subject=_("Citizens have asked something"),
            text=(
                ngettext("%(number)s question waits for an answer", "%(number)s questions wait for an answer", number),
                _("We tell you once a day at most."),
            ),
            buttons=(Button(_("See the questions"), url=settings.links.desk()),),
            language=city.languages[0],
        )
    outbox.put(
        letter,
        [("email", city.questions_email)],
        key=f"question-desk:{day}",
        about=f"question-desk:{day}",
        now=now,
        good_until=now + A_DAY,
    )


def message(question: CitizenQuestion, *, quoted: bool, mailed: bool = True) -> Message:
    """The answer as a letter; also for staff to look at before it is sent. `quoted` says the question back; where it may be
    `mailed`, one asks again by our page, in chats by talking."""
    settings = current_settings()
    with speaking(question.language):
        answer = tuple(each for each in question.answer.split("\n\n") if each.strip())
        opening = (
            (_("You asked us:"), _short(question.text), _("Our answer:"))
            if quoted
            else (
                _("Hello,"),
                _("On %(title)s somebody asked us a question, and gave this address for the answer. Here it is:",
                  title=settings.city.title),
            )
        )  # fmt: skip
        contact = settings.links.contact() if mailed else None
        signed = str(settings.city.contact.get("name") or settings.city.authority)
        closing = () if quoted else (_not_you(),)
        return Message(
            subject=_("The answer to your question"),
            text=(*opening, *answer, _("Kind regards, %(name)s", name=signed), *closing),
            buttons=(
                Button(_("That helped"), action=f"human:helped:{question.public_id}"),
                Button(_("Ask again"), action=f"human:again:{question.public_id}", url=contact),
            ),
            language=question.language,
        )


def _put(question: CitizenQuestion, addresses: list[tuple[str, str]], kind: str, now: datetime) -> None:
    # A letter that falls back from a chat to an address nobody has proven must say no more there than one sent to it at once.
    quoted = all(channel != "email" or _is_proven(question, identifier) for channel, identifier in addresses)
    outbox.put(
        message(question, quoted=quoted, mailed=any(channel == "email" for channel, _identifier in addresses)),
        addresses,
        key=f"question:{question.public_id}:{kind}",
        about=about(question),
        now=now,
        priority=Priority.AWAITED,
    )


def _not_you() -> str:
    days = current_settings().city.keep_questions.days
    return ngettext(
        "Was it not you? Then you need not do anything. We delete the address after %(number)s day.",
        "Was it not you? Then you need not do anything. We delete the address after %(number)s days.",
        days,
    )


def _short(text: str) -> str:
    return text if len(text) <= 500 else f"{text[:500].rstrip()} …"


def _is_there(channel: str, identifier: str) -> bool:
    if channel == "webchat":
        return bool(webchat.lines(identifier, most=1))  # deleted some days after the last word
    return reaching.is_on(channel, identifier)


def _email(question: CitizenQuestion) -> str | None:
    if question.email:
        return question.email
    proven = people.proven_emails(question.person_id) if question.person_id is not None else []
    return proven[0] if proven else None


def _is_proven(question: CitizenQuestion, email: str) -> bool:
    return question.person_id is not None and people.has_proven(question.person_id, "email", email)
