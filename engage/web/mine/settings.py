"""What one wishes of us: the language, by which way, which reminders, and when it shall be quiet."""

from datetime import time

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engage import people
from engage.base import i18n, links
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.db import db, transaction
from engage.base.errors import Refusal
from engage.base.i18n import gettext as _
from engage.people import Person, Reminder, Wishes, wishes
from engage.registrations import linking, mine, phone
from engage.web.language import choose_for_good
from engage.web.mine import blueprint
from engage.web.who import current_visit

_HERE = links.MINE + "/oensker"
# Whole hours are enough to say when it shall be quiet, and make a short list.
_REACHES = ("chat", "sms", "email")
_HOURS = tuple(f"{hour:02d}:00" for hour in range(24))


@blueprint.get(_HERE)
def settings() -> str:
    """The wishes as they are."""
    person = db.session.get_one(Person, current_visit().address.person_id)
    return _page(wishes.of(person.id), person.language, ())


@blueprint.post(_HERE)
def change_settings() -> Response | tuple[str, int]:
    """Keep what was chosen."""
    person_id = current_visit().address.person_id
    wished, language = _read(), request.form.get("language", "")
    if language not in current_settings().city.languages:
        language = i18n.current_language()
    try:
        with transaction():
            wishes.wish(person_id, wished, language=language)
            mine.speak(person_id, language)
            if (reach := request.form.get("reach")) in _REACHES:
                phone.hear_by(person_id, reach, now=utc_now())
    except Refusal as refusal:
        return _page(wished, language, (("quiet_from", str(refusal)),)), 422
    choose_for_good(language)
    flash(_("Your wishes are saved."), "success")
    return redirect(url_for(".settings"), 303)


def _read() -> Wishes:
    quiet = [request.form.get(f"quiet_{end}", "") for end in ("from", "until")]
    chosen = set(request.form.getlist("reminders"))
    return Wishes(
        reminders=frozenset(each for each in Reminder if each in chosen),
        quiet=(time.fromisoformat(quiet[0]), time.fromisoformat(quiet[1])) if set(quiet) <= set(_HOURS) else None,
    )


def _page(wished: Wishes, language: str, errors: tuple[tuple[str, str], ...]) -> str:
    quiet = wished.quiet or (current_settings().quiet_from, current_settings().quiet_until)
    return render_template(
        "mine/settings.html",
        errors=errors,
        # `language` itself is the page's.
        chosen_language=language,
        language_names=[(code, i18n.NAMES.get(code, code)) for code in current_settings().city.languages],
        reaches=_reaches(current_visit().address.person_id),
        has_phone=phone.number(current_visit().address.person_id) is not None,
        phone_url=url_for(".phone") if current_settings().sms else "",
        reminders=[(each.value, words, each in wished.reminders) for each, words in _reminders()],
        hours=[(hour, hour.replace(":", ".") if i18n.current_language() == "da" else hour) for hour in _HOURS],
        quiet_from=quiet[0].strftime("%H:%M"),
        quiet_until=quiet[1].strftime("%H:%M"),
    )


def _reaches(person_id: int) -> tuple[tuple[str, str, bool], ...]:
    """(value, words, chosen) for the ways one can be reached; for who has a chat or a number."""
    chats = [each for each in linking.chats(person_id) if each.reaches_later]
    by_sms, by_chat = phone.is_chosen(person_id), any(each.is_on for each in chats)
    ways = [("chat", _("In the chat"), by_chat)] if chats else []
    if phone.number(person_id) and not phone.has_said_stop(person_id):
        ways.append(("sms", _("By SMS"), by_sms and not by_chat))
    return (*ways, ("email", _("By e-mail"), not (by_chat or by_sms))) if ways else ()


def _reminders() -> tuple[tuple[people.Reminder, str], ...]:
    return (
        (Reminder.WEEK, _("A week before")),
        (Reminder.DAY, _("The day before")),
        (Reminder.HOURS, _("Two hours before, in the chat")),
    )
