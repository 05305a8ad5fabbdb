"""The terms of sign-up in words, as an organiser reads them: one or two sentences for each part."""

from engage.activities.terms import USUAL, AskedOfEach, Party, TermsInput, WaitingMode
from engage.base import wording
from engage.base.config import current_settings
from engage.base.i18n import gettext as _
from engage.base.i18n import ngettext
from engage.web.organiser.terms_form import period


def said(told: TermsInput) -> dict[str, str]:
    """Each part of the terms in words, by its name in the form."""
    return {
        "window": f"{_sign_up(told)} {_cancelling(told)}",
        "waiting": _waiting(told),
        "approval": _approval(told),
        "who": " ".join([_who(told), *_limits(told)]),
        "whom": _whom(told),
    }


def usual(told: TermsInput) -> str:
    """What the usual terms are, where nothing was changed of them; else nothing."""
    if told != USUAL:
        return ""
    return _(
        "These are the usual terms: people can sign up and cancel until it begins, there is a waiting list when it is full, "
        "and nobody needs your approval."
    )


def advice(told: TermsInput) -> list[str]:
    """What an organiser might not have thought of."""
    found = []
    if told.party == Party.CLASS and not told.approval:
        found.append(_("A class takes many places at once. Most organisers approve classes before they have them."))
    if told.least_participants and told.waiting_mode == WaitingMode.MANUAL:
        found.append(_("You give free places yourself, so look at the waiting list when too few come."))
    return found


def said_period(minutes: int) -> str:
    r""" "2 days"."""
    number, unit = period(minutes)
    words = {
        "weeks": lambda: ngettext("%(number)s week", "%(number)s weeks", number),
        "days": lambda: ngettext("%(number)s day", "%(number)s days", number),
        "hours": lambda: ngettext("%(number)s hour", "%(number)s hours", number),
        "minutes": lambda: ngettext("%(number)s minute", "%(number)s minutes", number),
    }
    return words[unit]()


def _sign_up(told: TermsInput) -> str:
    closes = said_period(told.sign_up_closes_before)
    if told.sign_up_opens_at is None:
        if not told.sign_up_closes_before:
            return _("Sign-up is open until it begins.")
        return _("Sign-up closes %(period)s before it begins.", period=closes)
    opens = wording.deadline(told.sign_up_opens_at, current_settings().city.zone)
    if not told.sign_up_closes_before:
        return _("Sign-up opens %(when)s and is open until it begins.", when=opens)
    return _("Sign-up opens %(when)s and closes %(period)s before it begins.", when=opens, period=closes)


def _cancelling(told: TermsInput) -> str:
    if not told.cancel_before:
        return _("People can cancel until it begins.")
    return _("People can cancel until %(period)s before.", period=said_period(told.cancel_before))


def _waiting(told: TermsInput) -> str:
    if not told.waiting_list:
        return _("There is no waiting list when it is full.")
    modes = {
        WaitingMode.OFFER: _("The first in line is asked when a place is free."),
        WaitingMode.AUTO: _("The first in line gets a free place at once."),
        WaitingMode.BROADCAST: _("Everybody in line is told of a free place, and the first to take it has it."),
        WaitingMode.MANUAL: _("You choose who gets a free place."),
    }
    parts = [_("There is a waiting list when it is full."), modes[told.waiting_mode]]
    if told.waiting_mode == WaitingMode.OFFER and told.offer_hours:
        parts.append(
            ngettext("They have %(number)s hour to answer.", "They have %(number)s hours to answer.", told.offer_hours)
        )
    if told.waiting_most:
        parts.append(
            ngettext("It takes at most %(number)s person.", "It takes at most %(number)s people.", told.waiting_most)
        )
    return " ".join(parts)


def _approval(told: TermsInput) -> str:
    if not told.approval:
        return _("Nobody needs your approval.")
    parts = [_("You approve each sign-up.")]
    if told.approval_holds_seat:
        parts.append(_("A place is kept while you decide."))
    if told.approves_edits:
        parts.append(_("What people change afterwards, you approve again."))
    return " ".join(parts)


def _who(told: TermsInput) -> str:
    if told.party == Party.CLASS:
        return _("Classes sign up, with their teacher.")
    asked = {
        AskedOfEach.NOTHING: _("People sign up themselves and those they bring."),
        AskedOfEach.AGE: _("People sign up themselves and those they bring, with the age of each."),
        AskedOfEach.NAME: _("People sign up themselves and those they bring, with the name of each."),
        AskedOfEach.NAME_AND_AGE: _("People sign up themselves and those they bring, with the name and age of each."),
    }
    return asked[told.asked_of_each]


def _whom(told: TermsInput) -> str:
    if not told.asks_whom:
        return _("Nothing is asked for the city's statistics.")
    return _("Whoever signs up may say an age band and a part of town.")


def _limits(told: TermsInput) -> list[str]:
    found = []
    if told.group_least and told.group_most:
        found.append(_("From %(least)s to %(most)s together.", least=told.group_least, most=told.group_most))
    elif told.group_least:
        found.append(_("At least %(least)s together.", least=told.group_least))
    elif told.group_most:
        found.append(_("At most %(most)s together.", most=told.group_most))
    if told.age_from is not None and told.age_to is not None:
        found.append(_("For ages %(age_from)s to %(age_to)s.", age_from=told.age_from, age_to=told.age_to))
    elif told.age_from is not None:
        found.append(_("From the age of %(age_from)s.", age_from=told.age_from))
    elif told.age_to is not None:
        found.append(_("Up to the age of %(age_to)s.", age_to=told.age_to))
    if told.least_participants:
        found.append(
            ngettext(
                "It is held when at least %(number)s person comes.",
                "It is held when at least %(number)s people come.",
                told.least_participants,
            )
        )
    return found
