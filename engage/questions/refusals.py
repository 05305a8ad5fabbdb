"""What the desk says no to."""

from engage.base.errors import Refusal
from engage.base.i18n import lazy_gettext as _l


class NoQuestion(Refusal):
    """Nothing was asked."""

    code = "no_question"
    message = _l("Write your question in a few words, so that we can answer it.")


class TooManyQuestions(Refusal):
    """This chat, browser or address has asked as much as one may in a day."""

    code = "too_many_questions"
    message = _l(
        "You have asked several questions today, and we read them all. Call %(phone)s, or write again tomorrow."
    )


class NoWayBack(Refusal):
    """There is no address to which the answer could go."""

    code = "no_way_back"
    message = _l("Write your e-mail address, so that we can answer you.")


class NoSuchQuestion(Refusal):
    """It is not there, or it is somebody else's."""

    code = "no_such_question"
    message = _l("I cannot find that question any more.")


class TakenByOther(Refusal):
    """A colleague is answering it."""

    code = "taken_by_other"
    message = _l("%(name)s is answering this question. Take it over if you have agreed on that.")


class OverAlready(Refusal):
    """It was answered or closed meanwhile."""

    code = "over_already"
    message = _l("This question was answered or closed while you were writing. Your words were not sent.")


class NoAnswer(Refusal):
    """The answer is empty."""

    code = "no_answer"
    message = _l("Write an answer.")


class NotReachable(Refusal):
    """The chat is deleted or closed, and there is no e-mail address."""

    code = "not_reachable"
    message = _l("This person cannot be reached any more: their chat is deleted, and they gave no e-mail address.")


class ChangedMeanwhile(Refusal):
    """A colleague saved the same text."""

    code = "changed_meanwhile"
    message = _l("A colleague changed this while you were writing. Open it anew, and put your change in again.")


class NothingToApprove(Refusal):
    """No language has both a question and an answer, or one has only one of them."""

    code = "nothing_to_approve"
    message = _l("Write both the question and the answer in at least one language, and leave none half done.")
