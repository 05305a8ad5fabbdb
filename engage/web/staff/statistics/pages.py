"""The other questions of staff: by goals, by Key Features, who and how, from sign-up to attendance, and what people said."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from flask import request, url_for
from sqlalchemy import select

from engage import statistics
from engage.accounts import Organisation
from engage.activities.choices import audience_name
from engage.activities.models import Activity, Initiative, Place
from engage.base.config import current_settings
from engage.base.db import db
from engage.base.i18n import gettext as _
from engage.base.i18n import in_language
from engage.goals.reference import reference
from engage.registrations import feedback
from engage.registrations.facts import AGE, AREA
from engage.statistics import Figures, Line
from engage.web.staff import blueprint, reached, said
from engage.web.staff.statistics import drawn, seen
from engage.web.staff.statistics.drawn import Cell, Row
from engage.web.staff.statistics.looked_at import LookedAt, kind_name

# So many organisations, places and initiatives stand on the page; the rest one press further.
_FIRST = 10


@blueprint.get("/statistik/maal")
def statistics_goals() -> str:
    """The 4 dimensions, the 17 goals, and what of the one is in the other."""
    here, now = seen.look("goals")
    scope, facts = here.scope, reference()
    figures, found = statistics.together(scope, "dimension", "sdg", now=now)
    dimensions, goals = found["dimension"], found["sdg"]
    matrix = statistics.matrix(scope, now=now)
    most = drawn.most(matrix.cells.values())
    return seen.shown(
        "goals",
        here,
        figures,
        dimensions=_rows(dimensions, here, "dimension"),
        goals=_rows(goals, here, "goal"),
        matrix=[
            (
                each.number,
                each.title,
                [_cell(here, matrix.cell(key, each.number), most, dimension=key, goal=each.number) for key in facts.dimensions],
            )
            for each in facts.sdgs.values()
        ],
        dimension_names=[(key, each.name) for key, each in facts.dimensions.items()],
        white_goals=[each.name for each in goals if not each.figures.dates],
        white_dimensions=[each.name for each in dimensions if not each.figures.dates],
    )  # fmt: skip


@blueprint.get("/statistik/key-features")
def statistics_features() -> str:
    """The 42 in their 12 focal points, as UNESCO draws them: a temple."""
    here, now = seen.look("features")
    facts = reference()
    figures, found = statistics.together(here.scope, "key_feature", now=now)
    lines = {each.key: each.figures for each in found["key_feature"]}
    most = drawn.most(lines.values())
    points: dict[str, list[tuple[str, list[Cell]]]] = {area: [] for area in facts.areas}
    for point in facts.focal_points.values():
        own = [each for each in facts.features.values() if each.focal_point == point.id]
        cells = [
            drawn.cell(
                each.short_title, seen.activities_url(here, feature=each.id), lines.get(each.id, Figures()), most
            )
            for each in own
        ]
        points[point.area].append((point.title, cells))
    white = [each for each in facts.features.values() if not lines.get(each.id, Figures()).dates]
    return seen.shown(
        "features",
        here,
        figures,
        areas=[(area, in_language(titles), points[area]) for area, titles in facts.areas.items()],
        lit=len(facts.features) - len(white),
        of=len(facts.features),
        white=[(each.short_title, url_for("staff.feature", feature=each.id)) for each in white],
        shades=range(1, drawn.SHADES + 1),
    )


@blueprint.get("/statistik/hvem")
def statistics_whom() -> str:
    """Whom it was for, who held it where, and by which way people came."""
    here, now = seen.look("whom")
    scope = here.scope
    figures, found = statistics.together(scope, "audience", "kind", "organisation", "initiative", now=now)
    audiences, organisations, places = found["audience"], found["organisation"], statistics.by_place(scope, now=now)
    every = request.args.get("alle") == "1"
    return seen.shown(
        "whom",
        here,
        figures,
        audiences=_rows(audiences, here, "audience", audience_name),
        unreached=[audience_name(each.key) for each in audiences if not each.figures.dates],
        empty=[audience_name(each.key) for each in audiences if each.figures.dates and not each.figures.took_part],
        kinds=_rows(found["kind"], here, "kind", kind_name),
        organisations=_named(organisations, here, "organisation", Organisation, every=every),
        places=_named(places, here, "place", Place, every=every),
        initiatives=_named(found["initiative"], here, "initiative", Initiative, every=every),
        more_url="" if every or max(map(len, (organisations, places))) <= _FIRST else _with(here, alle=1),
        channels=_channels(figures),
        reaches=[
            reached.view(
                kind, title, statistics.reached(scope, kind, now=now), _("How many live in each part is not known yet.")
            )
            for kind, title in (
                (AGE, _("Age, where somebody was asked")),
                (AREA, _("Part of town, where somebody was asked")),
            )
        ],
        small=drawn.number(current_settings().city.small_area),
    )


@blueprint.get("/statistik/fremmoede")
def statistics_attendance() -> str:
    """From sign-up to attendance: how full it was, who waited, who gave up and who stayed away."""
    here, now = seen.look("attendance")
    funnel, pressure = statistics.funnel(here.scope, now=now), statistics.pressure(here.scope, now=now)
    figures, over = pressure.figures, funnel.figures
    steps = [
        (_("Signed up"), funnel.signed_up),
        (_("Had a place"), funnel.placed),
        (_("Kept it"), funnel.kept),
        (_("Took part"), funnel.took_part),
    ]
    return seen.shown(
        "attendance",
        here,
        figures,
        steps=drawn.parts(steps),
        presumed_sign_ups=drawn.number(funnel.presumed) if funnel.presumed else "",
        rates=_rates(over),
        waiting=[
            (_("Dates that were full"), drawn.number(figures.full_dates)),
            (_("Dates with a waiting list"), drawn.number(figures.waited_dates)),
            (_("People in a waiting list who have no place"), drawn.number(figures.waiting_seats)),
            (_("Offers of a place that were declined or ran out"), drawn.number(figures.offers_lost)),
        ],
        endings=[
            (_("Cancelled by the person"), drawn.number(figures.cancelled)),
            (_("Ended by staff or the organiser"), drawn.number(figures.removed)),
            (_("Not approved by the organiser"), drawn.number(figures.declined)),
            (_("Called off with the date"), drawn.number(figures.called_off)),
        ],
        hours=drawn.one_decimal(figures.hours),
        presumed_hours=drawn.one_decimal(figures.planned_minutes / 60) if figures.presumes_hours else "",
        wanted=_activities(pressure.wanted),
    )  # fmt: skip


def _rates(over: Figures) -> list[tuple[str, str, str]]:
    """(what it is a share of, the share, the numbers behind it), of dates that are over: those that come fill up still."""
    filled, capacity, absent, marked, early, late = (
        drawn.number(each)
        for each in (
            over.filled, over.capacity, over.absent, over.marked, over.gave_up - over.gave_up_late, over.gave_up_late,
        )
    )  # fmt: skip
    return [
        (
            _("of the places were taken"),
            drawn.share(over.fill_rate),
            _("%(filled)s of %(capacity)s, where there is a limit", filled=filled, capacity=capacity),
        ),
        (
            _("stayed away"),
            drawn.share(over.no_show_rate),
            _("%(absent)s of the %(marked)s who were noted as there or away", absent=absent, marked=marked),
        ),
        (
            _("gave up their place"),
            drawn.share(over.cancelled_rate),
            _("%(early)s in good time, %(late)s in the last day", early=early, late=late),
        ),
    ]


@blueprint.get("/statistik/udbytte")
def statistics_voices() -> str:
    """What people said of it, and what they mean to do now."""
    here, now = seen.look("voices")
    voices = statistics.voices(here.scope, now=now)
    words, deeds = feedback.ratings(), feedback.deed_words()
    enough = voices.answers >= feedback.LEAST_FOR_AVERAGE
    return seen.shown(
        "voices",
        here,
        statistics.totals(here.scope, now=now),
        answers=voices.answers,
        counted=drawn.number(voices.answers),
        enough=enough,
        least=feedback.LEAST_FOR_AVERAGE,
        average=drawn.one_decimal(voices.average) if enough and voices.average is not None else "",
        ratings=drawn.parts([(words[each], voices.ratings[each]) for each in feedback.SCALE], voices.answers) if enough else [],
        deeds=drawn.parts([(deeds[each], voices.deeds[each]) for each in feedback.DEEDS], voices.answers) if enough else [],
        pledges=drawn.number(voices.pledges),
    )  # fmt: skip


@blueprint.get("/statistik/aktiviteter")
def statistics_activities() -> str:
    """The activities behind a number."""
    facts = reference()
    dimension, feature, goal = (request.args.get(name, "") for name in ("dimension", "feature", "goal"))
    dimension, feature = (
        dimension if dimension in facts.dimensions else "",
        feature if feature in facts.features else "",
    )
    sdg = int(goal) if goal.isascii() and goal.isdecimal() and len(goal) < 3 and int(goal) in facts.sdgs else None
    also = {"dimension": dimension, "goal": sdg, "feature": feature}
    also = {name: value for name, value in also.items() if value}
    here, now = seen.look("activities", also)
    found = statistics.behind(
        here.scope, dimension=dimension, sdg=sdg, key_feature=feature, page=said.asked_page(), now=now
    )
    marks = []
    if dimension:
        marks.append(facts.dimensions[dimension].name)
    if sdg:
        marks.append(_("Goal %(number)s: %(title)s", number=sdg, title=facts.sdgs[sdg].title))
    if feature:
        marks.append(facts.features[feature].short_title)
    return seen.shown(
        "activities",
        here,
        statistics.totals(here.scope, now=now),
        about=marks,
        also=also,
        total=drawn.activities(found.whole),
        rows=_activities(found.lines),
        pages=said.pages(seen.PAGES["activities"], found.page, found.pages, {*here.kept, *also}),
    )


def _rows(lines: Iterable[Line], here: LookedAt, argument: str, named: Callable[[str], str] | None = None) -> list[Row]:
    lines = list(lines)
    most = drawn.most(each.figures for each in lines)
    return [
        drawn.row(
            named(each.key) if named else each.name,
            seen.activities_url(here, **{argument: each.key}),
            each.figures,
            most,
            sdg=int(each.key) if argument == "goal" else 0,
            dimension=each.key if argument == "dimension" else "",
        )
        for each in lines
    ]


def _named(lines: Iterable[Line], here: LookedAt, argument: str, model: Any, *, every: bool) -> list[Row]:
    """Lines of what has a number inside and another name in addresses; those with nothing but called-off dates are left out."""
    lines = [each for each in lines if each.figures.dates]
    lines = lines if every else lines[:_FIRST]
    column = model.key if model is Initiative else model.public_id
    rows = db.session.execute(select(model.id, column).where(model.id.in_([int(each.key) for each in lines])))
    names = {str(row[0]): row[1] for row in rows}
    most = drawn.most(each.figures for each in lines)
    return [
        drawn.row(each.name, seen.activities_url(here, **{argument: names.get(each.key, "")}), each.figures, most)
        for each in lines
    ]


def _cell(here: LookedAt, figures: Figures, most: int, **also: Any) -> Cell:
    return drawn.cell("", seen.activities_url(here, **also) if figures.dates else "", figures, most)


def _channels(figures: Figures) -> list[drawn.Part]:
    names = {
        "web": _("The website"),
        "telegram": _("Telegram"),
        "webchat": _("The chat on the website"),
        "phone": _("By phone, typed in by staff"),
        "door": _("At the door"),
        "other": _("Another way"),
    }
    return drawn.parts(
        [
            (names[each.key], each.seats)
            for each in statistics.channels(figures)
            if each.seats or each.key in {"web", "telegram", "webchat"}
        ],
        figures.places,
    )


def _activities(lines: Iterable[Line]) -> list[tuple[str, str, Mapping[str, str]]]:
    """(title, address, figures in words) of activities; the organiser's page is where staff look into one."""
    lines = list(lines)
    rows = db.session.execute(
        select(Activity.id, Activity.public_id).where(Activity.id.in_([int(each.key) for each in lines]))
    )
    names = {str(row[0]): row[1] for row in rows}
    return [
        (
            each.name or _("An activity without a title"),
            url_for("organiser.activity", activity=names[each.key]) if each.key in names else "",
            {
                "took_part": drawn.number(each.figures.took_part),
                "places": drawn.number(each.figures.places),
                "dates": drawn.number(each.figures.dates),
                "filled": drawn.share(each.figures.fill_rate),
                "waiting": drawn.number(each.figures.waiting_seats),
            },
        )
        for each in lines
    ]  # fmt: skip


def _with(here: LookedAt, **also: Any) -> str:
    return url_for(seen.PAGES["whom"], **here.kept, **also)
