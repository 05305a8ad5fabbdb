"""What the templates of the public pages are given: words and addresses, ready to show. Templates hold no rules."""

from dataclasses import dataclass

from engage.goals.reference import DimensionFacts, FeatureFacts, SdgFacts
from engage.registrations import Places


@dataclass(frozen=True, slots=True)
class Leaf:
    """A day as a calendar leaf; `iso` is for the `datetime` attribute."""

    weekday: str
    day: str
    month: str
    iso: str


@dataclass(frozen=True, slots=True)
class PlacesView:
    """What is said of places: "12 places left", "few places left", "waiting list"; empty when nothing is to be said."""

    code: Places | None
    words: str


@dataclass(frozen=True, slots=True)
class PictureView:
    """A picture: the addresses of its two sizes, the larger one's size in pixels, and what it shows."""

    url: str
    small_url: str
    width: int
    height: int
    alt: str


@dataclass(frozen=True, slots=True)
class CardView:
    """An activity in a list. `language` is that of the title and summary; `translated` is False when it is not the page's."""

    url: str
    title: str
    summary: str
    language: str
    translated: bool
    leaf: Leaf
    time: str  # "kl. 10.00-14.00"
    where: str  # "Havnehuset, Havnby" or "Online"
    organisation: str
    volunteer: bool
    free_of_charge: bool
    price: str
    places: PlacesView
    called_off: bool
    more_dates: str  # "og 5 datoer til", or ""
    spoken: str  # "på engelsk", or "" when it is held in the page's language
    dimensions: tuple[DimensionFacts, ...]
    sdgs: tuple[SdgFacts, ...]
    picture: PictureView | None = None


@dataclass(frozen=True, slots=True)
class DayView:
    """A day's activities under its heading ("I dag", "Lørdag den 4. marts")."""

    heading: str
    week: str  # "uge 9"
    iso: str
    cards: tuple[CardView, ...]


@dataclass(frozen=True, slots=True)
class ChoiceView:
    """One choice of a facet: `name`/`value` are the form field's, `count` what choosing it would show."""

    value: str
    label: str
    count: int
    chosen: bool
    url: str  # the list with this choice switched
    colour: str = ""  # an SDG's
    text_colour: str = ""


@dataclass(frozen=True, slots=True)
class FacetView:
    """A group of choices: `name` is the query parameter."""

    name: str
    title: str
    choices: tuple[ChoiceView, ...]
    open: bool  # shown unfolded


@dataclass(frozen=True, slots=True)
class TagView:
    """A chosen filter, as a tag that removes it."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class DateView:
    """Another date of the same activity."""

    url: str
    when: str
    called_off: bool


@dataclass(frozen=True, slots=True)
class RoleView:
    """Something volunteers do on a date. `language` is that of the words, which may not be the page's."""

    name: str
    language: str
    text: str
    needed: str  # "3 personer"
    missing: str  # "mangler 2", or ""
    hours: str  # "kl. 17.30-19.00", or "" when it lasts as long as the date
    vetting: str


@dataclass(frozen=True, slots=True)
class ClosedView:
    """Why nobody can sign up, as a heading and what to do."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class ActivityView:
    """An activity's own page for one of its dates."""

    card: CardView
    paragraphs: tuple[str, ...]
    when: str  # "lørdag den 4. marts kl. 10.00-14.00"
    week: str
    starts_iso: str
    ends_iso: str
    place: str
    address: str
    map_url: str  # a link to a map, or ""
    online_url: str
    accessibility: tuple[tuple[str, str], ...]  # (words, language)
    audiences: tuple[str, ...]
    for_whom: tuple[str, ...]
    spoken_languages: tuple[str, ...]
    price: str
    initiative: str
    organisation: str
    organisation_url: str
    contact_email: str
    contact_phone: str
    ask_url: str  # our form, which then knows what is asked about
    features: tuple[FeatureFacts, ...]
    dates: tuple[DateView, ...]
    sign_up_url: str  # where the form posts to
    takes_sign_ups: bool
    drop_in: bool
    over: bool
    calendar_url: str  # the date as an .ics file
    picture: PictureView | None
    structured_data: str  # schema.org JSON, escaped for a script element
    roles: tuple[RoleView, ...] = ()
    ages: str = ""  # "Fra 13 til 17 år."
    terms: tuple[str, ...] = ()  # what to know before signing up, in sentences
    closed: ClosedView | None = None
    course: tuple[str, ...] = ()  # the dates of a course
