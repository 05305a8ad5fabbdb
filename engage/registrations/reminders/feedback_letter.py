"""The letter that asks how it was, and what one will do now."""

from engage.base import wording
from engage.base.config import current_settings
from engage.base.i18n import gettext as _
from engage.base.message import Button, Card, Message
from engage.people import unsubscribing
from engage.registrations import feedback
from engage.registrations.reminders import letters
from engage.registrations.reminders.letters import Item

KIND = "feedback"


def worded(item: Item, revision: int) -> Message:
    """One short question; the first press answers it."""
    facts = letters.facts_of(item, revision)
    link = current_settings().links.feedback(feedback.token(item.who.registration))
    day = wording.long_date(facts.starts_at.astimezone(facts.zone).date())
    words = letters.organisers_words(item.rule.texts, item.who.language)
    text = (
        _("Hello %(name)s,", name=item.who.name) if item.who.name else _("Hello,"),
        _("Thank you for signing up. How was it? Your answer helps the next ones who come."),
        _("The organiser writes: %(words)s", words=wording.quoted(words)) if words else "",
    )
    labels = feedback.ratings()
    return Message(
        subject=_("How was it? %(title)s", title=facts.title),
        text=tuple(part for part in text if part),
        cards=(Card(facts.title, (day[0].upper() + day[1:],), language=facts.language),),
        buttons=(
            # In a chat one press is the answer; in a mail one way leads to the page where all five stand.
            *(
                Button(labels[number], action=f"feedback:rate:{item.who.registration}.{number}")
                for number in feedback.SCALE
            ),
            Button(_("Tell us on a page"), url=link),
        ),
        language=item.who.language,
        unsubscribe=unsubscribing.link_by(KIND, item.who.address_id),
    )
