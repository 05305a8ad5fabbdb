"""The list of what is coming: the address tells the filters, and every choice tells what it would show."""

from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlencode

from flask import Response, render_template, request, url_for
from werkzeug.datastructures import MultiDict

from engage.activities import calendar, facts, needs
from engage.activities.calendar import PER_PAGE, Filters, Found
from engage.activities.catalogue import FACETS, ONLINE
from engage.activities.needs import Lack
from engage.base import i18n, wording
from engage.base.clock import utc_now
from engage.base.config import current_settings
from engage.base.i18n import gettext as _
from engage.base.i18n import ngettext
from engage.goals.reference import Reference, reference
from engage.web import cards, remembered
from engage.web.public import blueprint
from engage.web.remembered import Rendered
from engage.web.views import ChoiceView, FacetView, TagView

# Facets that stand unfolded from the start; the others unfold when something of them is chosen.
_OPEN = {"dimension", "kind", "audience"}
_ADDRESS = "/aktiviteter"  # a list has a hundred links to itself: building each by `url_for` took as long as finding
_NEEDED = "needed"
_LONGEST_SEARCH = 200
_MOST_PAGES = 500


@dataclass(frozen=True, slots=True)
class PagesView:
    """Where in the list one is; `links` are (number, address), with 0 for a gap."""

    number: int
    count: int
    previous_url: str
    next_url: str
    links: tuple[tuple[int, str], ...]


@blueprint.get(_ADDRESS)
def activities() -> Response:
    """The list, filtered as the address says."""
    # Where hands are missing changes with each sign-up, also for dates that are not on this page.
    lacks = needs.most_needed(utc_now()) if request.args.get(_NEEDED) else None
    return remembered.page(lambda: _rendered(lacks), besides=lacks)


def _rendered(lacks: tuple[Lack, ...] | None) -> Rendered:
    revision = facts.revision()
    now, zone = utc_now(), current_settings().city.zone
    filters = filters_of(request.args)
    number = _page_number(request.args.get("page", ""))
    found = calendar.find(filters, now=now, zone=zone, page=number, lacks=lacks)
    if found.total and not found.hits:  # an old address of a list that was longer then
        number = -(-found.total // PER_PAGE)
        found = calendar.find(filters, now=now, zone=zone, page=number, lacks=lacks)
    known = facts.occurrences([hit.occurrence_id for hit in found.hits], i18n.current_language())
    hits = {hit.occurrence_id: hit for hit in found.hits}
    pairs = [(each, hits[each.occurrence_id]) for each in known]
    html = render_template(
        "public/activities.html",
        days=cards.days([(each, hit.more) for each, hit in pairs], now)
        if lacks is None
        else (cards.most_needed(pairs),)
        if pairs
        else (),
        facets=_facets(filters, found),
        tags=_tags(filters),
        total_words=ngettext("%(number)s activity", "%(number)s activities", found.total),
        pages=_pages(filters, number, -(-found.total // PER_PAGE)),
        suggestions=_suggestions(filters, found),
        needed_url=_url(replace(filters, needed=True)) if _may_need(filters) and not filters.needed else "",
        needed=filters.needed,
        spelling=TagView(found.corrected, _url(filters)) if found.corrected else None,
        order_note=_("No activity has all the words. These have some of them.") if found.partly else "",
        q=filters.words,
        from_value=filters.first.isoformat() if filters.first else "",
        to_value=filters.last.isoformat() if filters.last else "",
        activities_url=url_for(".activities"),
        clear_url=url_for(".activities"),
        chat_url=url_for("chat.page"),
        subscribe_url=_url(filters).replace(_ADDRESS, _ADDRESS + "/abonner", 1),
    )
    return Rendered(html, revision, known, calendar.good_until(now=now, zone=zone))


def filters_of(arguments: MultiDict[str, str]) -> Filters:
    """The filters an address asks for; what makes no sense is passed over."""
    chosen = {facet: frozenset(value[:60] for value in arguments.getlist(facet) if value) for facet in FACETS}
    return Filters(
        words=" ".join(arguments.get("q", "").split())[:_LONGEST_SEARCH],
        first=_day(arguments.get("fra", "")),
        last=_day(arguments.get("til", "")),
        chosen={facet: values for facet, values in chosen.items() if values},
        needed=bool(arguments.get(_NEEDED)),
    )


def _may_need(filters: Filters) -> bool:
    """Whether the list is about helping."""
    return filters.of("kind") == {"volunteer"}


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1900 < day.year < 2200 else None


def _page_number(text: str) -> int:
    return min(max(int(text), 1), _MOST_PAGES) if text.isdecimal() and len(text) < 6 else 1


def _url(filters: Filters, page: int = 1) -> str:
    """The address of the list with these filters."""
    pairs = [("q", filters.words)] if filters.words else []
    pairs += [("fra", filters.first.isoformat())] if filters.first else []
    pairs += [("til", filters.last.isoformat())] if filters.last else []
    pairs += [(facet, value) for facet in FACETS for value in sorted(filters.of(facet))]
    pairs += [(_NEEDED, "1")] if filters.needed else []
    pairs += [("page", str(page))] if page > 1 else []
    return _ADDRESS + (f"?{urlencode(pairs)}" if pairs else "")


def _switched(filters: Filters, facet: str, value: str) -> Filters:
    values = filters.of(facet) ^ {value}
    return replace(filters, chosen={**filters.chosen, facet: values})


def _facets(filters: Filters, found: Found) -> tuple[FacetView, ...]:
    titles = {
        "dimension": _("Dimension"),
        "kind": _("What"),
        "audience": _("For whom"),
        "goal": _("Global goals"),
        "town": _("Where"),
        "free": _("Price"),
        "spoken": _("Language"),
        "feature": _("Key Features"),
    }
    goals = reference()
    facets = []
    for facet, title in titles.items():
        labels = _labels(facet, goals, found.counts[facet])
        chosen = filters.of(facet)
        choices = tuple(
            ChoiceView(
                value=value,
                label=label,
                count=found.counts[facet].get(value, 0),
                chosen=value in chosen,
                url=_url(_switched(filters, facet, value)),
                colour=goals.sdgs[int(value)].colour if facet == "goal" else "",
                text_colour=goals.sdgs[int(value)].text_colour if facet == "goal" else "",
            )
            for value, label in labels.items()
        )
        facets.append(FacetView(facet, title, choices, facet in _OPEN or bool(chosen)))
    return tuple(facets)


def _labels(facet: str, goals: Reference, counts: dict[str, int]) -> dict[str, str]:
    """The choices of a facet by value, in their own order. Towns and languages are those that are published."""
    if facet == "dimension":
        return {each.id: each.name for each in goals.dimensions.values()}
    if facet == "goal":
        return {str(each.number): f"{each.number}. {each.title}" for each in goals.sdgs.values()}
    if facet == "feature":
        return {each.id: each.short_title for each in goals.features.values()}
    if facet == "kind":
        return {"learning": _("Learn something"), "volunteer": _("Lend a hand")}
    if facet == "audience":
        return {code: audience_name(code) for code in ("children", "youth", "adults", "families", "seniors")}
    if facet == "free":
        return {"1": _("Free of charge")}
    if facet == "spoken":
        return {code: _capital(wording.spoken_name(code)) for code in sorted(counts)}
    towns = sorted((town for town in counts if town != ONLINE), key=wording.alphabetical)
    return {**{town: town for town in towns}, **({ONLINE: _("Online")} if ONLINE in counts else {})}


def audience_name(code: str) -> str:
    """Whom an activity suits, in a word."""
    names = {
        "children": _("Children"),
        "youth": _("Young people"),
        "adults": _("Adults"),
        "families": _("Families"),
        "seniors": _("Seniors"),
    }
    return names.get(code, code)


def _capital(word: str) -> str:
    return word[:1].upper() + word[1:]


def _tags(filters: Filters) -> tuple[TagView, ...]:
    """Each chosen filter, with the address of the list without it."""
    goals = reference()
    tags = []
    if filters.words:
        tags.append(TagView(wording.quoted(filters.words), _url(_without(filters, "words"))))
    if filters.first or filters.last:
        today = utc_now().astimezone(current_settings().city.zone).date()
        words = wording.period(filters.first, filters.last, today)
        tags.append(TagView(_capital(words), _url(_without(filters, "dates"))))
    if filters.needed:
        tags.append(TagView(_("Where help is most needed"), _url(_without(filters, "needed"))))
    for facet in FACETS:
        labels = _labels(facet, goals, dict.fromkeys(filters.of(facet), 0))
        tags += [
            TagView(labels.get(value, value), _url(_switched(filters, facet, value)))
            for value in sorted(filters.of(facet))
        ]
    return tuple(tags)


def _without(filters: Filters, what: str) -> Filters:
    if what == "words":
        return replace(filters, words="")
    if what == "dates":
        return replace(filters, first=None, last=None)
    if what == "needed":
        return replace(filters, needed=False)
    return filters.without(what)


def _suggestions(filters: Filters, found: Found) -> tuple[TagView, ...]:
    """What to loosen when nothing is there, and how much that would find."""
    names = {
        "words": _("Search without words"),
        "dates": _("All dates"),
        "needed": _("Also where there are enough hands"),
        "dimension": _("All dimensions"),
        "goal": _("All goals"),
        "feature": _("All Key Features"),
        "kind": _("Both learning and volunteering"),
        "audience": _("For everybody"),
        "town": _("Everywhere"),
        "free": _("Also with a price"),
        "spoken": _("All languages"),
    }
    return tuple(
        TagView(f"{names[each.what]} ({each.count})", _url(_without(filters, each.what))) for each in found.loosenings
    )


def _pages(filters: Filters, number: int, count: int) -> PagesView:
    near = [each for each in range(1, count + 1) if each in {1, count} or abs(each - number) <= 2]
    links: list[tuple[int, str]] = []
    for each in near:
        if links and each - links[-1][0] > 1:
            links.append((0, ""))
        links.append((each, _url(filters, each)))
    return PagesView(
        number=number,
        count=count,
        previous_url=_url(filters, number - 1) if 1 < number <= count else "",
        next_url=_url(filters, number + 1) if number < count else "",
        links=tuple(links),
    )


# For what is made of the same filters (`calendars`).
list_address, tags_of = _url, _tags
