"""What rows are grouped by that takes more than one step to compute: wall clocks, bins, cohorts.

Each step is a stage (prepared.py), so that what is named often is written out once.
"""

from dataclasses import replace
from fractions import Fraction

from django.utils.translation import gettext as _
from sqlglot import exp

from apps.datasources.compiler.aggregates import identifier
from apps.datasources.compiler.rows import OURS, Asked, Key, edges
from apps.datasources.conditions import wrong
from apps.datasources.frame import FrameColumn
from apps.datasources.query import Cohort, Dimension
from apps.datasources.steps import DAYS, MONTHS

AGE = "age"
FIRST = "at_first"
WHOLE = 2**40  # bins from 0: further off, a number is a bin of its own


def local(asked: Asked, time: exp.Column, name: str) -> exp.Column:
    """The wall clock, in stages: each is named often by the next."""
    at = asked.staged(1, f"at_{name}", asked.dialect.instant_of(time))
    return asked.staged(2, f"local_{name}", asked.dialect.local(at, asked.clock))


# -- bins


def bin_key(asked: Asked, dimension: Dimension, type_: str, meaning: FrameColumn) -> Key:
    """The lower edge of the bin, which is as near to its decimal as a double comes.

    The width is a fraction a / b, and an edge k * a / b. A quotient is rounded, and may be so
    across an edge: the number is compared with the edges themselves.
    """
    check_numbers(type_)
    assert dimension.width is not None  # noqa: S101 - bins.py has chosen it
    width = Fraction(repr(dimension.width))
    above, below = _number(width.numerator), _number(width.denominator)
    most = _number(dimension.width * WHOLE)
    dialect, name = asked.dialect, dimension.name
    number = asked.staged(1, f"number_{name}", dialect.number(identifier(dimension.column)))
    near = f"CASE WHEN ABS(num) < {most} THEN num * {below} / {above} END"
    floor = exp.cast(dialect.floor(dialect.sql(near, num=number)), "double")
    place = asked.staged(2, f"place_{name}", floor)

    def edge(steps: int) -> str:
        return f"(place + {steps}) * {above} / {below}"

    low, high = bounds(dimension)
    cases = []
    if low is not None:
        cases.append(f"WHEN num < {_number(low)} THEN {_number(_before(low, width))}")
    if high is not None:
        cases.append(f"WHEN num >= {_number(high)} THEN {_number(high)}")
    cases += [
        f"WHEN ABS(num) >= {most} THEN num",
        f"WHEN num < {edge(0)} THEN {edge(-1)}",
        f"WHEN num >= {edge(1)} THEN {edge(1)}",
    ]
    text = f"CASE {' '.join(cases)} ELSE {edge(0)} END + 0"  # which makes 0 of -0
    found = replace(meaning, name=name, type="number", bin=dimension.width, low=low, high=high)
    return Key(dialect.sql(text, num=number, place=place), found)


def check_numbers(type_: str) -> None:
    """Raises UserError on "dimensions" for a column that has no numbers."""
    if type_ != "number":
        raise wrong("dimensions", _("Only a column of numbers can be put into bins."))


def bounds(dimension: Dimension) -> tuple[float | None, float | None]:
    """`low` and `high`, moved outward to edges of bins."""
    width = Fraction(repr(dimension.width))
    low, high = dimension.low, dimension.high
    return (
        None if low is None else float(Fraction(repr(low)) // width * width),
        None if high is None else float(-(-Fraction(repr(high)) // width) * width),
    )


def _before(edge: float, width: Fraction) -> float:
    return float((Fraction(repr(edge)) // width - 1) * width)


def _number(value: float) -> str:
    """A double in every dialect: without an exponent, some read a decimal."""
    text = repr(float(value))
    return text if "e" in text else f"{text}e0"


# -- cohorts


def age_keys(asked: Asked, cohort: Cohort, time: FrameColumn) -> list[Key]:
    """The start of the cohort, and how many steps later the row is.

    Steps are told apart on the wall clock, so that one with a change of the clock is as long as
    all others.
    """
    dialect, clock = asked.dialect, asked.clock
    at = asked.staged(1, "at_row", dialect.instant_of(identifier(time.name)))
    key = dialect.key(identifier(cohort.entity), _type_of(asked, cohort.entity))
    first = exp.Window(
        this=exp.Min(this=dialect.instant_of(identifier(time.name))), partition_by=[key]
    )
    starts = []
    for name, moment in (("first", asked.staged(1, FIRST, first)), ("row", at)):
        wall = asked.staged(2, f"local_{name}", dialect.local(moment, clock))
        start = dialect.start(wall, cohort.grain, clock)
        starts.append(asked.staged(3, f"start_{name}", start))
    count, length = dialect.days, DAYS.get(cohort.grain)
    if length is None:
        count, length = dialect.months, MONTHS[cohort.grain]
    born, now = starts
    text = f"ROUND((now - born) / {length})"
    age = exp.cast(dialect.sql(text, now=count(now), born=count(born)), "bigint")
    meaning = FrameColumn(AGE, _("Steps later"), "dimension", "number")
    return [
        Key(dialect.instant(born, clock), time, group=born),
        Key(asked.staged(4, AGE, age), meaning),
    ]


def cohorts_shown(asked: Asked) -> list[exp.Expr]:
    """The first time of an entity is in the window, which has been widened to whole steps."""
    start, end = edges(asked)
    first = identifier(OURS + FIRST)
    return [exp.GTE(this=first, expression=start), exp.LT(this=first.copy(), expression=end)]


def _type_of(asked: Asked, name: str) -> str:
    return asked.definition.column(name, "cohort").type
