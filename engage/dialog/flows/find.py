"""Finding activities in a talk.

search | when | audience | kind -> cards (5 a time) -> more | drop (loosen) | show (one card) -> sign_up
"""

import re
from datetime import date, datetime, timedelta
from typing import Any

from engage import following
from engage.activities import calendar, remembered
from engage.activities.calendar import Filters, Found
from engage.activities.facts import OccurrenceFacts
from engage.base import wording
from engage.base.config import current_settings
from engage.base.i18n import gettext as _
from engage.base.i18n import ngettext
from engage.base.message import Button
from engage.dialog.answers import plain
from engage.dialog.flows import dates, menu
from engage.dialog.turn import Turn
from engage.dialog.understanding import Understanding
from engage.goals.reference import reference
from engage.registrations.cards import card as card
from engage.registrations.cards import may_sign_up as may_sign_up
from engage.registrations.cards import place as place
from engage.registrations.cards import places as places
from engage.registrations.cards import takes_sign_ups as takes_sign_ups

PER_PAGE = 5
_LEAVES_OUT = re.compile(
    r"\b(?:ikke (?:er |handler |noget )?(?:om|med)|undtagen|bortset fra|alt andet end|not (?:about|with)|except|anything but"
    r"|nichts? (?:über|mit)|außer|alles andere als)\b"
)
_FACETS = {"goal": "sdgs", "dimension": "dimensions", "kind": "kind", "audience": "audience", "free": "free"}


def search(turn: Turn, _argument: str) -> None:
    """Look for what the sentence asked for."""
    heard = turn.understanding
    assert heard is not None
    turn.conversation.misunderstood = 0
    other = [day for day in heard.alternatives if day != (heard.first, heard.last)]
    wanted = asked_for(heard)
    if _LEAVES_OUT.search(plain(turn.text)) and any(wanted[name] for name in ("words", "topic", "goal", "dimension")):
        # Shown as what was wished for it would be the very opposite.
        wanted |= {"words": "", "topic": "", "goal": [], "dimension": []}
        turn.say(_("I cannot leave a topic out, so here is everything else you asked for."))
    _look(turn, wanted, other)


def asked_for(heard: Understanding) -> dict[str, Any]:
    """What a sentence asks for, as the talk remembers it."""
    return {
        "words": " ".join(heard.words),
        "topic": " ".join(heard.topics),
        "first": heard.first.isoformat() if heard.first else None,
        "last": heard.last.isoformat() if heard.last else None,
        "goal": [str(number) for number in heard.sdgs],
        "dimension": list(heard.dimensions),
        "kind": [heard.kind] if heard.kind else [],
        "audience": [heard.audience] if heard.audience else [],
        "free": ["1"] if heard.free_only else [],
        "part": heard.day_part,
    }


def hits(heard: Understanding, *, now: datetime, most: int) -> list[int]:
    """The next dates of what a sentence asks for, without a talk: for who asks from elsewhere."""
    zone = current_settings().city.zone
    found = calendar.find(filters_of(asked_for(heard)), now=now, zone=zone, per_page=most, counting=False)
    return [hit.occurrence_id for hit in found.hits]


def ways(turn: Turn, _argument: str) -> None:
    """The quick ways to find something, for who does not know what to write."""
    turn.done()
    buttons = [
        Button(_("Today"), action="find:when:today"),
        Button(_("This week"), action="find:when:week"),
        Button(_("This weekend"), action="find:when:weekend"),
        Button(_("For children"), action="find:audience:children"),
        Button(_("Lend a hand"), action="find:kind:volunteer"),
    ]
    if turn.abilities.knows_where:
        buttons.append(Button(_("Near me"), action="near:ask"))
    turn.say(
        _("What are you looking for? Write a day, a topic, or for whom, or press a button."), buttons=tuple(buttons)
    )


def when(turn: Turn, which: str) -> None:
    """A quick choice of days."""
    today = turn.now.astimezone(current_settings().city.zone).date()
    sunday = today + timedelta(days=6 - today.weekday())
    days = {
        "today": (today, today),
        "week": (today, max(sunday, today + timedelta(days=2))),
        "weekend": (max(today, sunday - timedelta(days=1)), sunday),
    }
    first, last = days.get(which, days["week"])
    _look(turn, {"first": first.isoformat(), "last": last.isoformat()})


def between(turn: Turn, days: str) -> None:
    """The other reading of an ambiguous date, with everything else as it was."""
    first, _comma, last = days.partition(",")
    _look(turn, {**turn.data.get("find", {}), "first": _day(first) and first, "last": _day(last) and last})


def audience(turn: Turn, who: str) -> None:
    """What suits somebody."""
    _look(turn, {"audience": [who]})


def kind(turn: Turn, which: str) -> None:
    """Learning or volunteering."""
    _look(turn, {"kind": [which]})


def more(turn: Turn, page: str) -> None:
    """The next few."""
    number = int(page) if page.isdecimal() and len(page) < 4 else 1
    _look(turn, turn.data.get("find", {}), page=number)


def drop(turn: Turn, what: str) -> None:
    """Look again without one of the wishes."""
    wanted = dict(turn.data.get("find", {}))
    for name in ("first", "last", "part") if what == "dates" else (what,):
        wanted.pop(name, None)
    _look(turn, wanted)


def again(turn: Turn, _argument: str) -> None:
    """Back to the list, where they were in it."""
    _look(turn, turn.data.get("find", {}), page=int(turn.data.get("page", 1)))


def show(turn: Turn, public_id: str) -> None:
    """One activity, and what one can do with it."""
    found = remembered.occurrence(public_id, turn.language)
    if found is None or not found.published:
        turn.say(_("I cannot find that activity any more."), buttons=menu.first_buttons()[:3])
        return
    turn.done()
    turn.data["focus"] = [public_id]
    paragraphs = (found.summary,) if found.summary else ()
    turn.say(
        *paragraphs,
        cards=(card(found, turn.now, full=True),),
        buttons=(
            *dates.button(turn, found),
            Button(_("Back to the list") if "find" in turn.data else _("Find more"), action="find:again"),
        ),
    )


def _look(turn: Turn, wanted: dict[str, Any], other_days: list[tuple[date, date]] | None = None, page: int = 1) -> None:
    turn.done()
    zone = current_settings().city.zone
    found = calendar.find(filters_of(wanted), now=turn.now, zone=zone, page=page, per_page=PER_PAGE, counting=False)
    shown = remembered.occurrences([hit.occurrence_id for hit in found.hits], turn.language)
    turn.data["find"], turn.data["page"], turn.data["focus"] = wanted, page, [each.occurrence for each in shown]
    heading, today = said_back(wanted, turn), turn.now.astimezone(zone).date()
    days = tuple(
        Button(wording.period(first, last, today), action=f"find:between:{first.isoformat()},{last.isoformat()}")
        for first, last in (other_days or [])[:2]
    )
    if not shown:
        told = _to_follow(turn, wanted, _("Hear of it when there is one"))
        ways_on = (*days, *_at_any_time(turn, wanted), *_loosen(found))[: 4 - len(told)]
        turn.say(_("I found nothing for: %(wish)s.", wish=heading), buttons=(*ways_on, *told))
        return
    count = ngettext("%(number)s activity", "%(number)s activities", found.total)
    buttons = [*days, *turning(turn, "find", page, found.total), *_to_follow(turn, wanted, _("Follow this"))]
    if wanted.get("first") or wanted.get("last") or wanted.get("part"):
        buttons.append(Button(_("All dates"), action="find:drop:dates"))
    turn.say(
        " · ".join(part for part in (heading, count, which_page(turn, page, found.total)) if part),
        cards=tuple(card(each, turn.now) for each in shown),
        buttons=tuple(buttons[:4]),
    )


def _at_any_time(turn: Turn, wanted: dict[str, Any]) -> tuple[Button, ...]:
    """The same days without the time of day, where that finds something."""
    if not wanted.get("part") or not wanted.get("first"):
        return ()
    zone = current_settings().city.zone
    found = calendar.find(filters_of({**wanted, "part": ""}), now=turn.now, zone=zone, per_page=1, counting=False)
    label = _("At any time of day (%(number)s)", number=found.total)
    return (Button(label, action="find:drop:part"),) if found.total else ()


def named(found: OccurrenceFacts) -> str:
    """A date on a button: what it is called, and its day."""
    return f"{found.title}, {wording.short_date(found.starts_at.astimezone(found.zone))}"


def which_page(turn: Turn, page: int, total: int) -> str:
    """Where in a long list somebody is, who sees one page at a time in the same place."""
    pages = -(-total // PER_PAGE)
    paged = pages > 1 and turn.abilities.changes_in_place
    return _("page %(page)s of %(pages)s", page=page, pages=pages) if paged else ""


def _to_follow(turn: Turn, wanted: dict[str, Any], label: str) -> list[Button]:
    """The button to hear of what is new of this, where the search is about something, and not about a day alone."""
    return [turn.once(label, "topics:follow")] if following.of_filters(filters_of(wanted)) else []


def turning(turn: Turn, flow: str, page: int, total: int) -> list[Button]:
    """The buttons to the next few of a list, and back where what was shown is gone."""
    back = [Button(_("Back"), action=f"{flow}:more:{page - 1}")] if page > 1 and turn.abilities.changes_in_place else []
    more = [Button(_("Show more"), action=f"{flow}:more:{page + 1}")] if total > page * PER_PAGE else []
    return [*back, *more]


def filters_of(wanted: dict[str, Any]) -> Filters:
    """The search that the talk remembers."""
    chosen = {facet: frozenset(wanted.get(facet) or ()) for facet in _FACETS}
    return Filters(
        words=wanted.get("words") or "",
        topic=wanted.get("topic") or "",
        part=wanted.get("part") or "",
        first=_day(wanted.get("first")),
        last=_day(wanted.get("last")),
        chosen={facet: values for facet, values in chosen.items() if values},
    )


def _day(text: str | None) -> date | None:
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError:
        return None
    # A made-up button may name a day at the end of time, from which there is no next one.
    return day if day and 1900 < day.year < 2200 else None


def said_back(wanted: dict[str, Any], turn: Turn) -> str:
    """What was understood: "lørdag den 7. marts · Klimaindsats · børn"."""
    goals, today = reference(), turn.now.astimezone(current_settings().city.zone).date()
    parts = [wording.period(_day(wanted.get("first")), _day(wanted.get("last")), today)]
    parts += [_part(wanted["part"])] if wanted.get("part") else []
    parts += [goals.sdgs[int(number)].title for number in wanted.get("goal", ()) if int(number) in goals.sdgs]
    parts += [goals.dimensions[name].name for name in wanted.get("dimension", ()) if name in goals.dimensions]
    kinds = {"volunteer": _("volunteering"), "learning": _("learning")}
    parts += [kinds.get(name, name) for name in wanted.get("kind", ())]
    parts += [_audience(name) for name in wanted.get("audience", ())]
    parts += [_("free of charge")] if wanted.get("free") else []
    parts += [wording.quoted(wanted["words"])] if wanted.get("words") else []
    return " · ".join(part for part in parts if part)


def _part(part: str) -> str:
    """A part of the day, or the time that was said."""
    names = {"morning": _("in the morning"), "afternoon": _("in the afternoon"), "evening": _("in the evening")}
    return names.get(part, part)


def _audience(code: str) -> str:
    names = {
        "children": _("for children"),
        "youth": _("for young people"),
        "families": _("for families"),
        "seniors": _("for seniors"),
        "adults": _("for adults"),
    }
    return names.get(code, code)


def _loosen(found: Found) -> list[Button]:
    """At most three ways to find something after all."""
    names = {
        "words": _("Without the words"),
        "dates": _("All dates"),
        "goal": _("All topics"),
        "dimension": _("All dimensions"),
        "kind": _("Everything"),
        "audience": _("For everybody"),
        "free": _("Also with a price"),
    }
    ways = [
        Button(f"{names[each.what]} ({each.count})", action=f"find:drop:{each.what}")
        for each in found.loosenings
        if each.what in names
    ]
    return ways or [Button(_("This week"), action="find:when:week")]


ACTIONS = {
    "ways": ways, "when": when, "between": between, "audience": audience, "kind": kind, "more": more, "drop": drop,
    "again": again, "show": show,
}  # fmt: skip
STEPS: dict[str, object] = {}
