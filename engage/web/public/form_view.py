"""The sign-up form as its template is given it: words and addresses, ready to show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from engage.activities.shifts import Need
from engage.base import i18n, wording
from engage.base.config import current_settings
from engage.base.i18n import gettext as _
from engage.base.i18n import ngettext
from engage.registrations import conditions
from engage.registrations.conditions import Way
from engage.registrations.pools import Room
from engage.web import party
from engage.web.party import Errors, PartyView
from engage.web.public.form import Asked, Filled, may_be_kept


@dataclass(frozen=True, slots=True)
class RoleChoice:
    """A role to choose: what it is, and whether hands are missing. `language` is that of its name."""

    value: str
    name: str
    language: str
    hours: str
    need: str  # "Mangler 3", "Venteliste"
    vetting: str
    open: bool
    chosen: bool


@dataclass(frozen=True, slots=True)
class DateChoice:
    """A date to choose among several."""

    value: str
    when: str
    places: str
    open: bool
    chosen: bool


@dataclass(frozen=True, slots=True)
class FormView:
    """The form with what stands in it. What is not asked is empty."""

    waiting: bool
    asks_to_wait: bool
    waits: bool
    asks_fewer: bool  # whether a group that waits may be offered a part
    takes_fewer: bool
    name: str
    email: str
    roles: tuple[RoleChoice, ...]
    dates: tuple[DateChoice, ...]
    asks_vetting: bool
    vetted_on: str
    party: PartyView
    button: str
    buttons: Mapping[int, str]  # what the button says for each number to choose, or for the largest
    notice: str
    needs_script: bool
    kept_until: str = ""
    may_be_kept: bool = False  # there are few places, and much to fill in
    could_not_be_kept: bool = False
    more_lines: bool = False
    errors: Errors = ()
    error: Mapping[str, str] = field(default_factory=dict)


def view(
    form: Asked,
    filled: Filled,
    now: datetime,
    errors: Errors = (),
    *,
    asks_to_wait: bool = False,
    more_lines: bool = False,
    kept_in_vain: bool = False,
) -> FormView | None:
    """The form as the page shows it; None where nobody can sign up now."""
    way = form.conditions.way(now)
    if way not in {Way.SEATS, Way.LINE}:
        return None
    room, waiting = form.conditions.room, way == Way.LINE
    put_off = waiting and not room.asks_when_waiting
    shown = party.view(room, filled.party, () if put_off else form.questions, put_off=put_off and bool(form.questions))
    roles = _roles(form, filled, now)
    choices = shown.seat_choices or (shown.most,)
    return FormView(
        waiting=waiting,
        asks_to_wait=asks_to_wait,
        waits=filled.waits,
        asks_fewer=(waiting or asks_to_wait) and shown.most > 1 and not form.is_class,
        takes_fewer=filled.takes_fewer,
        name=filled.name,
        email=filled.email,
        roles=roles,
        dates=_dates(form, filled, now),
        asks_vetting=any(each.vetting for each in roles),
        vetted_on=filled.vetted_on,
        party=shown,
        button=_button(form, waiting, filled.party.number),
        buttons={number: _button(form, waiting, number) for number in choices},
        notice=_notice(shown.asks),
        needs_script=shown.asks_of_each or any(each.vetting for each in roles),
        kept_until=_kept_until(form, now),
        may_be_kept=may_be_kept(form, now) and not kept_in_vain,
        could_not_be_kept=kept_in_vain and not form.holds,
        more_lines=more_lines,
        errors=errors,
        error=dict(reversed(errors)),
    )


def _button(form: Asked, waiting: bool, number: int) -> str:
    """What pressing the button does; the script on the page keeps it true when another number is chosen."""
    if form.is_class:
        return _("Put the class on the waiting list") if waiting else _("Sign up the class")
    if number < 2:
        return _("Join the waiting list") if waiting else _("Sign up")
    if waiting:
        return ngettext(
            "Put %(number)s person on the waiting list", "Put %(number)s people on the waiting list", number
        )
    return ngettext("Sign up %(number)s person", "Sign up %(number)s people", number)


def _notice(more: bool) -> str:
    days = current_settings().city.keep_sign_ups.days
    if more:
        return _(
            "We use what you write for this sign-up only, and delete it %(days)s days after the activity.", days=days
        )
    return _(
        "We use your name and e-mail for this sign-up only, and delete them %(days)s days after the activity.",
        days=days,
    )


def _kept_until(form: Asked, now: datetime) -> str:
    holds = [each for each in form.holds if each.expires_at > now]
    if not holds:
        return ""
    local = min(each.expires_at for each in holds).astimezone(form.facts.zone)
    return ngettext(
        "We keep %(number)s place for you until %(time)s, while you finish.",
        "We keep %(number)s places for you until %(time)s, while you finish.",
        sum(each.seats for each in holds),
        time=wording.clock(local),
    )


def _roles(form: Asked, filled: Filled, now: datetime) -> tuple[RoleChoice, ...]:
    """The roles of the date, those that lack most hands first."""
    rooms = {room.role: room for room in form.conditions.roles}
    pairs = [(need, rooms[need.role.public_id]) for need in form.needs if need.role.public_id in rooms]
    pairs.sort(key=lambda pair: -(pair[1].left or 0))
    return tuple(_role(need, room, form, filled, now) for need, room in pairs)


def _role(need: Need, room: Room, form: Asked, filled: Filled, now: datetime) -> RoleChoice:
    role, rooms = need.role, [room]
    if form.several:  # each date tells its own need
        rooms = [each for date in form.dates for each in form.rooms_on(date) if each.role == room.role] or rooms
    return RoleChoice(
        value=role.public_id,
        name=i18n.in_language(role.names),
        language=language_of(role.names),
        hours=wording.clock_range(role.begins, role.ends) if role.begins and role.ends else "",
        need="" if form.several else need_words(room, now),
        vetting=i18n.in_language(role.vetting),
        open=any(conditions.way_into(each, 1, now) != Way.FULL for each in rooms),
        chosen=filled.role == role.public_id,
    )


def need_words(room: Room, now: datetime) -> str:
    """How many hands are missing, for who thinks of helping."""
    if room.left is None:
        return _("As many as come")
    if conditions.way_into(room, 1, now) == Way.SEATS:
        return ngettext("%(number)s more needed", "%(number)s more needed", room.left)
    return _("Waiting list") if room.may_wait(1) else _("Enough helpers")


def language_of(words: Mapping[str, str]) -> str:
    """The language in which `in_language` words this."""
    language = i18n.current_language()
    return language if words.get(language) else next((code for code, text in words.items() if text), language)


def _dates(form: Asked, filled: Filled, now: datetime) -> tuple[DateChoice, ...]:
    """The dates to choose from; what is closed or full without a list can be seen, and not chosen."""
    found = []
    for each in form.dates if form.several else ():
        rooms = form.rooms_on(each)
        ways = [conditions.way_into(room, form.conditions.smallest, now) for room in rooms]
        way = conditions.best(ways) if rooms[0].is_open(now) else Way.CLOSED
        found.append(
            DateChoice(
                value=each.occurrence,
                when=wording.when(each.starts_at, each.ends_at, each.zone, now),
                places=_("Called off") if each.cancelled else _needs(form, rooms, way, now) or _places(rooms[0], way),
                open=way in {Way.SEATS, Way.LINE},
                chosen=each.occurrence in filled.dates,
            )
        )
    return tuple(found)


def _needs(form: Asked, rooms: Sequence[Room], way: Way, now: datetime) -> str:
    """How many hands are missing on a date, role by role where there are several; "" where it has none or is closed."""
    if way == Way.CLOSED or not rooms[0].role:
        return ""
    names = {need.role.public_id: i18n.in_language(need.role.names) for need in form.needs}
    if len(rooms) == 1:
        return need_words(rooms[0], now)
    return ", ".join(f"{names.get(room.role, '')}: {_still_needed(room, now)}" for room in rooms)


def _still_needed(room: Room, now: datetime) -> str:
    """The same as `need_words`, after the role's name."""
    if room.left is None:
        return _("as many as come")
    if conditions.way_into(room, 1, now) == Way.SEATS:
        return ngettext("%(number)s still needed", "%(number)s still needed", room.left)
    return _("waiting list") if room.may_wait(1) else _("enough helpers")


def _places(room: Room, way: Way) -> str:
    if way == Way.CLOSED:
        return _("Sign-up is closed")
    if way == Way.SEATS:
        left = room.left
        return "" if left is None else ngettext("%(number)s place free", "%(number)s places free", left)
    return _("Waiting list") if way == Way.LINE else _("All places are taken")
