"""What happened, without the person: sums of each date, month and year, kept when everybody in them is forgotten.

`tally` has one row a date; `tally_period` sums them by month and by year, activity and place; `tally_whom` and its sums are the
age bands and parts of town, where those were asked. A trigger notes in `tally_stale` which dates have changed, in the transaction
of the change itself; `tallies` counts those anew. How a date is counted stands once, in the database's function `tally_of`.

`tally_year` sums up whole years that are over by what one may ask by, whatever number of activities there was (`closed_years`);
`tally_closed` says of which years it is true, and a trigger notes in `tally_retagged` which activities count elsewhere by now.
"""

from datetime import timedelta

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    Date,
    DateTime,
    Identity,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    func,
)

from engage.base.db import Base

# What is counted of a date. "Sign-ups" are proven ones, "seats" the people in them; a course's sign-ups count at the first
# date they are for, seats and attendance on each date that they are for.
MEASURES = (
    "dates",  # 1 where it is held or was
    "called_off_dates",
    "capacity",  # seats, where there is a limit
    "filled",  # seats taken of those
    "full_dates",
    "waited_dates",  # with somebody in the line
    "signed_up",  # sign-ups
    "placed",  # sign-ups that ever had a place
    "confirmed",  # sign-ups that have one
    "places",  # the seats of those
    "waiting",  # sign-ups in the line: of a date that is over, those that got nothing
    "waiting_seats",
    "pending",  # sign-ups the organiser or their person has yet to decide on
    "cancelled",  # sign-ups their person gave up, with a place or without
    "gave_up",  # sign-ups among those that had a place
    "gave_up_late",  # of those, in the last day before
    "removed",  # sign-ups staff or the organiser ended
    "called_off",  # sign-ups that ended with their date
    "declined",  # sign-ups the organiser said no to
    "offers_lost",  # sign-ups whose offer of a place was declined or ran out
    "expected",  # seats on this date, a course's on each of its dates
    "marked",  # seats of those who were noted as there or away
    "attended",  # seats that came
    "absent",  # seats that were expected, noted, and did not come
    "unchecked",  # seats expected on a date on which nobody was noted at all
    "came",  # sign-ups of which somebody came
    "presumed",  # sign-ups with a place on a date on which nobody was noted
    "new_people",  # sign-ups that are somebody's first place ever
    "first_this_year",  # sign-ups that are somebody's first place of the date's year
    "by_web",  # seats with a place, by the way they signed up; these and the next four
    "by_telegram",
    "by_webchat",
    "by_phone",
    "by_door",
    "minutes",  # that volunteers were there
    "planned_minutes",  # of volunteers on dates on which nobody was noted: the length of the date for each seat
    "answers",  # to how it was
    "rated_1",
    "rated_2",
    "rated_3",
    "rated_4",
    "rated_5",
    "pledges",  # answers that say what one will do
    "deed_tell",
    "deed_home",
    "deed_again",
    "deed_help",
    "deed_learn",
)
MONTH, YEAR = "m", "y"
AGE, AREA = "age", "area"
# What stands in `registration.age_band` and `area` where somebody was asked and would rather not say; '' is not asked.
UNSAID = "unsaid"
# From when on it is late to give up a place.
LATE = timedelta(hours=24)


def _sums() -> list[Column[int]]:
    return [Column(name, Integer, nullable=False) for name in MEASURES]


tally = Table(
    "tally",
    Base.metadata,
    Column("occurrence_id", Integer, primary_key=True, autoincrement=False),
    Column("activity_id", Integer, nullable=False),
    Column("place_id", Integer),
    Column("day", Date, nullable=False),
    Column("over_at", DateTime(timezone=True), nullable=False),
    *_sums(),
    Index("ix_tally_day", "day"),
    Index("ix_tally_activity_id", "activity_id", "day"),
)

tally_period = Table(
    "tally_period",
    Base.metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("unit", String(1), nullable=False),
    Column("first_day", Date, nullable=False),
    Column("activity_id", Integer, nullable=False),
    Column("place_id", Integer),
    *_sums(),
    Index("ix_tally_period_unit", "unit", "first_day"),
    Index("ix_tally_period_activity_id", "activity_id", "unit", "first_day"),
    Index("ix_tally_period_place_id", "place_id", "unit", "first_day"),
)

tally_whom = Table(
    "tally_whom",
    Base.metadata,
    Column("occurrence_id", Integer, primary_key=True, autoincrement=False),
    Column("part", String(4), primary_key=True),
    Column("value", String(40), primary_key=True),
    Column("sign_ups", Integer, nullable=False),
    Column("seats", Integer, nullable=False),
)

tally_whom_period = Table(
    "tally_whom_period",
    Base.metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("unit", String(1), nullable=False),
    Column("first_day", Date, nullable=False),
    Column("activity_id", Integer, nullable=False),
    Column("place_id", Integer),
    Column("part", String(4), nullable=False),
    Column("value", String(40), nullable=False),
    Column("sign_ups", Integer, nullable=False),
    Column("seats", Integer, nullable=False),
    Index("ix_tally_whom_period_unit", "unit", "first_day"),
    Index("ix_tally_whom_period_activity_id", "activity_id", "unit", "first_day"),
)

# A date to be counted anew; with a sign-up, also which of its person's places was the first.
tally_stale = Table(
    "tally_stale",
    Base.metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("occurrence_id", Integer, nullable=False),
    Column("registration_id", Integer),
    Column("noted_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

# A year by one of `closed_years.AXES`, of all activities or of those of an audience, a kind, an initiative or any of them
# together ('' and 0 are all). `held` counts activities so that years can be added up without counting one twice: its first number
# is how many held something that year, the next how many of those held nothing the year before, the next nothing in two years
# before ...
tally_year = Table(
    "tally_year",
    Base.metadata,
    Column("axis", String(12), primary_key=True),
    Column("audience", String(20), primary_key=True),
    Column("kind", String(20), primary_key=True),
    Column("initiative_id", Integer, primary_key=True, autoincrement=False),
    Column("year", SmallInteger, primary_key=True, autoincrement=False),
    Column("key", String(80), primary_key=True),
    Column("held", ARRAY(Integer), nullable=False),
    *_sums(),
)

# Years of which `tally_year` says what the other sums say, with the first and the last day on which there is a date.
tally_closed = Table(
    "tally_closed",
    Base.metadata,
    Column("year", SmallInteger, primary_key=True, autoincrement=False),
    Column("began", Date),
    Column("ended", Date),
)

# Activities that were given to another organisation, audience, goal ... or deleted since.
tally_retagged = Table(
    "tally_retagged",
    Base.metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("activity_id", Integer, nullable=False),
    Column("noted_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)

TABLES = (tally, tally_period, tally_whom, tally_whom_period, tally_stale, tally_year, tally_closed, tally_retagged)
