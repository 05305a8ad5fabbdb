"""What is said no to while something is proposed, and at the desk."""

from engage.base.errors import Refusal
from engage.base.i18n import lazy_gettext as _l


class TitleMissing(Refusal):
    """It has no name."""

    code = "proposal_title_missing"
    message = _l("Write in a few words what you propose, for example: Repair café in Guderup.")


class TextMissing(Refusal):
    """It is not told what it is."""

    code = "proposal_text_missing"
    message = _l("Tell us in a few sentences what should happen.")


class NameMissing(Refusal):
    """The name may be shown, but there is none."""

    code = "proposal_name_missing"
    message = _l("Write your name, or choose that we do not show it.")


class NoWayToYou(Refusal):
    """There is no address at which the proposer hears of it."""

    code = "proposal_no_way"
    message = _l("Write your e-mail address, so that we can tell you what becomes of your proposal.")


class TooManyProposals(Refusal):
    """This person, chat, address or network has proposed as much as one may in a day."""

    code = "too_many_proposals"
    message = _l("You have proposed several things today, and we read them all. Come back tomorrow with the next one.")


class NoSuchProposal(Refusal):
    """It is not there, or it is not for who asks."""

    code = "no_such_proposal"
    message = _l("We cannot find that proposal any more.")


class NothingAsked(Refusal):
    """The desk waits for no answer."""

    code = "proposal_nothing_asked"
    message = _l("We do not wait for an answer any more. Your words were not sent.")


class WordsMissing(Refusal):
    """An answer, a question or a no without words."""

    code = "proposal_words_missing"
    message = _l("Write a few words.")


class OverAlready(Refusal):
    """It is published, declined or taken back."""

    code = "proposal_over"
    message = _l("This proposal has been dealt with already.")


class MovedOn(Refusal):
    """Somebody else did something with it meanwhile."""

    code = "proposal_moved_on"
    message = _l("This proposal was changed while you looked at it. See how it stands now.")


class OrganisationMissing(Refusal):
    """A draft belongs to an organisation; and who has several looks after a proposal as one of them."""

    code = "proposal_organisation_missing"
    message = _l("Choose the organisation.")


class NotShown(Refusal):
    """The public does not see it, or not any more."""

    code = "proposal_not_shown"
    message = _l("This proposal is not shown any more.")
