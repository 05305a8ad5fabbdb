"""Refusals that several rules about sign-ups share. One that belongs to a single rule stands beside it."""

from engage.base.errors import Refusal
from engage.base.i18n import lazy_gettext as _l


class NotOpen(Refusal):
    """The occurrence has begun, is called off, is not published, or takes no sign-ups."""

    code = "not_open"
    message = _l("You cannot sign up for this date any more. See whether another date suits you.")


class NotOpenYet(NotOpen):
    """Sign-up begins later."""

    code = "not_open_yet"
    message = _l("Sign-up opens %(when)s.")


class DateMissing(Refusal):
    """Several dates are there to choose from, and none was chosen."""

    code = "date_missing"
    message = _l("Choose at least one date.")


class NoSuchSignUp(Refusal):
    """The sign-up is gone: it was not confirmed in time, or was erased."""

    code = "no_such_sign_up"
    message = _l("This sign-up is not there any more. It may not have been confirmed in time. You can sign up again.")


class AlreadyBegun(Refusal):
    """It is too late to cancel."""

    code = "already_begun"
    message = _l("This activity has begun, so it cannot be cancelled any more.")


class CancellingClosed(Refusal):
    """The organiser's deadline for cancelling and changing is over, and the activity has not begun."""

    code = "cancelling_closed"
    message = _l("The deadline for changes was %(when)s. Write to the organiser: %(contact)s.")


class WaitingListClosed(Refusal):
    """All seats are taken, and there is no waiting list, or it is full."""

    code = "waiting_list_closed"
    message = _l("All places are taken, and the waiting list is closed. See whether another date suits you.")


class WaitingListTooShort(WaitingListClosed):
    """The group is larger than what is left of the waiting list, which has a maximum."""

    message = _l("Places left on the waiting list: %(number)s. Choose fewer, or see whether another date suits you.")


class TooFewLeft(Refusal):
    """The group is larger than what is left, and has not agreed to wait."""

    code = "too_few_left"
    message = _l("There are fewer places left than you are. Choose fewer, or join the waiting list together.")


class OnlyFewLeft(TooFewLeft):
    """The group is larger than what is left, and cannot wait."""

    message = _l("There are fewer places left than you are, and no waiting list. Choose fewer.")


class SeatsNotOffered(Refusal):
    """An answer to an offer asks for more seats than it has, or for none."""

    code = "seats_not_offered"
    message = _l("Choose between 1 and %(most)s places.")


class TooManyUnconfirmed(Refusal):
    """The address, or the place it is used from, already has as many unconfirmed sign-ups as the cap allows."""

    code = "too_many_unconfirmed"
    message = _l(
        "Some of your sign-ups are still waiting to be confirmed. Open the e-mails we sent and confirm them first. Did you not "
        "get them, or do you need to sign up for more? Write to %(contact)s, and we help."
    )


class TooManySignUps(Refusal):
    """One person has as many coming sign-ups as one person may have."""

    code = "too_many_sign_ups"
    message = _l(
        "You have %(most)s coming sign-ups, which is as many as one person can have. Cancel one first, or write to "
        "%(contact)s if you need more."
    )
