"""What is looked at: a period, and as far as named a part of the city."""

from dataclasses import dataclass
from datetime import date, timedelta

from engage.base.errors import Refusal
from engage.base.i18n import lazy_gettext as _l


class PeriodBackwards(Refusal):
    """The period ends before it begins."""

    code = "period_backwards"
    message = _l("The period ends before it begins. Choose a last day that is not before the first one.")


@dataclass(frozen=True, slots=True)
class Scope:
    """What is looked at: the dates held on the days from `from_` to `to`, both included, as far as all that is named applies.

    Days are those of each date's own clock. Raises `PeriodBackwards`.
    """

    from_: date
    to: date
    organisation_id: int | None = None
    place_id: int | None = None
    audience: str = ""
    kind: str = ""
    initiative_id: int | None = None

    def __post_init__(self) -> None:
        if self.to < self.from_:
            raise PeriodBackwards

    @property
    def narrowed(self) -> bool:
        """Whether it is about a part of the city only."""
        return bool(self.organisation_id or self.place_id or self.audience or self.kind or self.initiative_id)

    @property
    def years(self) -> tuple[int, ...]:
        """The calendar years it consists of; empty where it begins or ends within one."""
        whole = (self.from_.month, self.from_.day, self.to.month, self.to.day) == (1, 1, 12, 31)
        return tuple(range(self.from_.year, self.to.year + 1)) if whole else ()

    @property
    def before(self) -> "Scope":
        """The same period before: the same days so many whole years earlier as it takes not to overlap, since autumn is to be
        compared with autumn."""
        back = 1
        while _earlier(self.to, back) >= self.from_:
            back += 1
        return self.of(_earlier(self.from_, back), _earlier(self.to, back, last=True))

    def of(self, from_: date, to: date) -> "Scope":
        """The same for other days."""
        return Scope(
            from_, to, self.organisation_id, self.place_id, self.audience, self.kind, self.initiative_id
        )  # fmt: skip


def _earlier(day: date, years: int, *, last: bool = False) -> date:
    """The same day in an earlier year. The end of February stays its end, so that a month is compared with a month."""
    if last and day.month == 2 and (day + timedelta(days=1)).month == 3:
        return date(day.year - years, 3, 1) - timedelta(days=1)
    if (day.month, day.day) == (2, 29):
        return date(day.year - years, 2, 28)
    return day.replace(year=day.year - years)
