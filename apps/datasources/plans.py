"""All that is asked for one answer, and how the parts become it.

Most questions are one statement. What is computed from other measures, and a comparison, need
further ones: totals without dimensions, the step before the window, the same steps a year ago,
the span before. `plan` compiles them, `answered` runs them and puts the answer together.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc
from django.utils.translation import gettext as _

from apps.core.window import Window
from apps.datasources.calculations import DERIVED, OVER_TIME, Known, Place, calculated, places_of
from apps.datasources.compare import set_beside, span_compared, with_before
from apps.datasources.compiler import Compiled, compile_query
from apps.datasources.compiler.aggregates import alias_of
from apps.datasources.compiler.statement import measure_column, orders_of
from apps.datasources.conditions import Condition, wrong
from apps.datasources.definition import Definition, MeasureDef
from apps.datasources.frame import FrameColumn, typed
from apps.datasources.gaps import fill_gaps
from apps.datasources.query import Order, Query
from apps.datasources.rollups import matching
from apps.datasources.rollups.shapes import Rollup
from apps.datasources.steps import Steps

Run = Callable[[Compiled], pa.Table]
ADDABLE = ("count", "sum")


@dataclass(frozen=True, slots=True)
class Derived:
    """A measure to compute, and the asked measure that is its base."""

    measure: MeasureDef
    base: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The statements of one question. is_late: it is sorted and cut only when all is computed."""

    query: Query
    main: Compiled
    steps: Steps | None = None
    derived: tuple[Derived, ...] = ()
    total: Compiled | None = None
    step_before: Compiled | None = None
    year_ago: Compiled | None = None
    compared: "Plan | None" = None
    is_late: bool = False

    @property
    def statements(self) -> tuple[Compiled, ...]:
        """Every statement that is run, the main one first."""
        found = [self.main, self.total, self.step_before, self.year_ago]
        more = self.compared.statements if self.compared else ()
        return (*(each for each in found if each), *more)

    @property
    def rollup(self) -> Rollup | None:
        """What answers in place of the rows, if anything of it does."""
        return next((each.rollup for each in self.statements if each.rollup), None)

    @property
    def explained(self) -> Compiled:
        """The main statement, with all others beside it."""
        return replace(self.main, also=self.statements[1:])


@dataclass(frozen=True, slots=True)
class Answer:
    """Rows, what their columns mean, and whether there were more."""

    table: pa.Table
    columns: tuple[FrameColumn, ...]
    truncated: bool


def plan(
    query: Query,
    definition: Definition,
    policies: tuple[Condition, ...],
    hidden: frozenset[str] = frozenset(),
    *,
    top_of: Window | None = None,
) -> Plan:
    """Compile all that the answer needs. Raises UserError with the wrong field.

    policies, hidden, top_of: as for compile_query; they hold for each of the statements.
    """
    seen = definition.without(hidden)
    asked = [seen.measure(name) for name in query.measures]
    if query.top and seen.measure(query.top.by, "top").aggregate in DERIVED:
        raise wrong("top", _("Rank by a measure that is not computed from another one."))
    chosen = [each for each in asked if each.aggregate in DERIVED]
    if query.cohort and chosen:
        message = _("“%(name)s” is computed from another measure, which cohorts cannot have.")
        raise wrong("measures", message % {"name": chosen[0].label})
    if not chosen and not query.compare:
        compiled = _compiled(query, definition, policies, hidden, top_of)
        return Plan(query, compiled)
    steps = steps_of(query, definition)
    derived, definition = _derived(chosen, query, definition, seen)
    late = _is_late(query, chosen)
    base = _base(query, asked, derived, is_late=late)

    def compiled_for(question: Query) -> Compiled:
        window = top_of or query.window
        return _compiled(question, definition, policies, hidden, window)

    return Plan(
        query=query,
        main=_compiled(base, definition, policies, hidden, top_of),
        steps=steps,
        derived=derived,
        is_late=late,
        **_further(base, derived, steps, compiled_for),
        compared=_compared(query, steps, definition, policies, hidden, top_of),
    )


def answered(plan: Plan, run: Run) -> Answer:
    """Run the statements and put the answer together."""
    main, truncated = _rows(plan.main, run)
    if not plan.derived and plan.compared is None:
        return Answer(fill_gaps(main, plan.query, plan.main.columns), plan.main.columns, truncated)
    query, columns = plan.query, plan.main.columns
    if not query.limit:
        main = fill_gaps(main, query, columns)
    table, columns, is_cut = _with_derived(plan, main, run)
    truncated = truncated or is_cut
    if plan.compared is not None and plan.compared.query.window:
        before = answered(plan.compared, run)
        table = set_beside(
            table,
            before.table,
            columns,
            query,
            plan.compared.query.window,
            plan.steps,
            with_gone=not (truncated or query.limit),
        )
        truncated = truncated or before.truncated
        columns = with_before(columns)
        if plan.steps and not query.order:
            table = fill_gaps(table.sort_by(query.time), query, columns)
    if plan.is_late:
        table = _sorted(table, query, columns)
        if query.limit and table.num_rows > query.limit:
            table, truncated = table.slice(0, query.limit), True
    if query.limit:  # which counts rows, not gaps
        table = fill_gaps(table, query, columns)
    return Answer(table, columns, truncated)


def ends_alone(query: Query, definition: Definition) -> bool:
    """Whether the last steps of the answer can be asked by themselves and set behind the others.

    Not where they rest on the whole window: on its sum, its top, its lowest and highest number, or
    the span before it.
    """
    if query.cohort or any(each.bins for each in query.dimensions):
        return False
    whole = {"running_total", "share"}
    aggregates = {definition.measure(name).aggregate for name in query.measures}
    return not (query.compare or query.top or aggregates & whole)


def steps_of(query: Query, definition: Definition) -> Steps | None:
    """The calendar of the question's steps."""
    if not query.grain:
        return None
    return Steps(query.grain, query.timezone, definition.week_start, definition.fiscal_year_start)


# -- compiling


def _compiled(
    query: Query,
    definition: Definition,
    policies: tuple[Condition, ...],
    hidden: frozenset[str],
    top_of: Window | None,
) -> Compiled:
    """One statement, over a roll-up where one answers it exactly."""
    if definition.rollups:
        found = matching.rolled(query, definition, policies, top_of)
        definition = replace(definition, rollups=(), rolled=found)
    return compile_query(query, definition, policies, hidden, top_of=top_of)


def _derived(
    chosen: list[MeasureDef], query: Query, definition: Definition, seen: Definition
) -> tuple[tuple[Derived, ...], Definition]:
    """What to compute from which base; a base over fewer rows is one more measure."""
    found, more = [], []
    for measure in chosen:
        base = seen.measure(measure.base)
        if base.aggregate in DERIVED:
            message = _("“%(name)s” is computed from a measure that is computed itself.")
            raise wrong("measures", message % {"name": measure.label})
        if measure.aggregate in OVER_TIME and not query.grain:
            message = _("“%(name)s” needs steps of time: choose a grain.")
            raise wrong("measures", message % {"name": measure.label})
        if measure.aggregate == "running_total" and base.aggregate not in ADDABLE:
            message = _("“%(name)s” adds up, and only sums and numbers of rows can be added.")
            raise wrong("measures", message % {"name": measure.label})
        if measure.filters:
            base = replace(base, name=f"{measure.name}__base", also=(*base.also, measure.name))
            more.append(base)
        found.append(Derived(measure, base.name))
    if more:
        definition = replace(definition, measures=(*definition.measures, *more))
    return tuple(found), definition


def _is_late(query: Query, chosen: list[MeasureDef]) -> bool:
    """Whether the answer can be sorted and cut only when everything is computed."""
    names = {each.name for each in chosen}
    over_time = any(each.aggregate in OVER_TIME for each in chosen)
    return over_time or any(order.by in names for order in query.order)


def _base(
    query: Query, asked: list[MeasureDef], derived: tuple[Derived, ...], *, is_late: bool
) -> Query:
    """The question that is asked of the source: bases in the place of what comes of them."""
    bases = {each.measure.name: each.base for each in derived}
    measures = tuple(dict.fromkeys(bases.get(each.name, each.name) for each in asked))
    order = tuple(Order(bases.get(o.by, o.by), o.descending) for o in query.order)
    if is_late and query.grain:  # should it be cut, then at its end
        order = ()
    order = tuple({each.by: each for each in reversed(order)}.values())[::-1]
    limit = None if is_late else query.limit
    return replace(query, measures=measures, order=order, limit=limit, compare=None)


def _further(
    base: Query,
    derived: tuple[Derived, ...],
    steps: Steps | None,
    compiled: Callable[[Query], Compiled],
) -> dict[str, Compiled]:
    """The statements about what stands outside of the answer."""
    found: dict[str, Compiled] = {}

    def bases(*aggregates: str) -> tuple[str, ...]:
        names = (each.base for each in derived if each.measure.aggregate in aggregates)
        return tuple(dict.fromkeys(names))

    plain = replace(base, order=(), limit=None)
    if shared := bases("share"):
        grain = base.grain if base.dimensions else None
        total = replace(plain, measures=shared, dimensions=(), top=None, grain=grain)
        found["total"] = compiled(total)
    if steps is None or base.window is None:
        return found
    if changed := bases("change", "growth"):
        first = steps.holding(base.window.start)
        window = Window(steps.start(steps.moved(first, -1)), steps.start(first))
        found["step_before"] = compiled(replace(plain, measures=changed, window=window))
    if grown := bases("growth_year"):
        window = steps.year_before(base.window)
        found["year_ago"] = compiled(replace(plain, measures=grown, window=window))
    return found


def _compared(
    query: Query,
    steps: Steps | None,
    definition: Definition,
    policies: tuple[Condition, ...],
    hidden: frozenset[str],
    top_of: Window | None,
) -> Plan | None:
    """The same question about the span before, whole; of the top, the groups of now."""
    if not query.compare:
        return None
    window = span_compared(query, steps)
    then = replace(query, window=window, compare=None, order=(), limit=None)
    return plan(then, definition, policies, hidden, top_of=top_of or query.window)


# -- putting together


def _rows(compiled: Compiled, run: Run) -> tuple[pa.Table, bool]:
    """The rows in the types that their columns have, and whether there were more."""
    table = run(compiled)
    own = {alias_of(c.name, at): c.name for at, c in enumerate(compiled.columns)}
    table = table.rename_columns([own.get(name, name) for name in table.column_names])
    is_cut = table.num_rows > compiled.limit
    if is_cut:
        table = table.slice(0, compiled.limit)
    return typed(table, compiled.columns), is_cut


def _with_derived(
    plan: Plan, main: pa.Table, run: Run
) -> tuple[pa.Table, tuple[FrameColumn, ...], bool]:
    """The asked measures in their order, computed ones among them."""
    if not plan.derived:
        return main, plan.main.columns, False
    query, steps = plan.query, plan.steps
    keys = [c for c in plan.main.columns if c.role != "measure"]
    names = [c.name for c in keys if c.role in ("dimension", "flag")]
    places = places_of(main, query, names, steps)
    others, is_cut = _outside(plan, names, run)
    computed = {each.measure.name: each for each in plan.derived}
    plain = {c.name: c for c in plan.main.columns}
    table, columns = main.select([c.name for c in keys]), [*keys]
    for name in query.measures:
        if name not in computed:
            table = table.append_column(name, main.column(name))
            columns.append(plain[name])
            continue
        each = computed[name]
        here = dict(zip(places, main.column(each.base).to_pylist(), strict=True))
        known = Known(here, **{at: found.get(each.base, {}) for at, found in others.items()})
        column = calculated(each.measure, places, known, query, steps)
        table = table.append_column(name, column)
        columns.append(measure_column(each.measure))
    return table, tuple(columns), is_cut


def _outside(
    plan: Plan, names: list[str], run: Run
) -> tuple[dict[str, dict[str, dict[Place, float | None]]], bool]:
    """The values of bases outside of the answer: what kind -> base -> place -> value."""
    found, is_cut = {}, False
    asked = {"totals": plan.total, "before": plan.step_before, "year_ago": plan.year_ago}
    for kind, compiled in asked.items():
        if compiled is None:
            continue
        table, is_short = _rows(compiled, run)
        is_cut = is_cut or is_short
        has_time = any(c.role == "time" for c in compiled.columns)
        steps = plan.steps if has_time else None
        keys = [] if kind == "totals" else names
        places = places_of(table, plan.query, keys, steps)
        found[kind] = {
            c.name: dict(zip(places, table.column(c.name).to_pylist(), strict=True))
            for c in compiled.columns
            if c.role == "measure"
        }
    return found, is_cut


def _sorted(table: pa.Table, query: Query, columns: tuple[FrameColumn, ...]) -> pa.Table:
    if not query.order:
        return table
    orders = [
        (order.by, "descending" if order.descending else "ascending", "at_end")
        for order in orders_of(query, list(columns))
    ]
    return table.take(pc.sort_indices(table, sort_keys=orders))
