"""What is kept of who asks: the question, where its answer goes, and the answer."""

from sqlalchemy import ColumnElement, or_, select

from engage.base.declared import Holding, Purpose
from engage.base.i18n import gettext as _
from engage.base.i18n import lazy_gettext as _l
from engage.people.holdings import at_their_addresses, channel_words
from engage.people.models import Address
from engage.questions.models import CitizenQuestion


def theirs(person_id: int) -> ColumnElement[bool]:
    """Questions they asked as themselves, in one of their chats, or with an address that is known to be theirs."""
    proven = select(Address.identifier).where(
        Address.person_id == person_id, Address.channel == "email", Address.verified_at.is_not(None)
    )
    return or_(
        CitizenQuestion.person_id == person_id,
        at_their_addresses(CitizenQuestion.channel, CitizenQuestion.identifier, person_id),
        CitizenQuestion.email.in_(proven),
    )


def _state(state: str) -> str:
    names = {"answered": _("Answered"), "closed": _("Put away without an answer")}
    return names.get(state, _("Waits for an answer"))


HOLDINGS = (
    Holding(
        "citizen_question",
        plain="id public_id channel language activity_id after_id state taken_by_id answered_by_id helped asked_at taken_at "
        "answered_at closed_at forgotten_at notice_version",
        personal={Purpose.QUESTIONS: "person_id identifier email name text answer"},
        unshown="identifier",
        theirs=theirs,
        title=_l("Your questions to us"),
        labels={
            "asked_at": _l("Asked"),
            "channel": _l("Channel"),
            "name": _l("Name"),
            "email": _l("E-mail"),
            "text": _l("Your question"),
            "state": _l("How it stands"),
            "answered_at": _l("Answered"),
            "answer": _l("Our answer"),
            "notice_version": _l("Privacy text you were shown"),
        },
        words={"channel": channel_words, "state": _state},
    ),
    # Of who wrote and approved it there are numbers of accounts alone, as everywhere.
    Holding(
        "approved_answer",
        plain="id public_id key topic state questions wordings answers url shown helped not_helped made_by_id approved_by_id "
        "made_at changed_at approved_at withdrawn_at",
    ),
)
