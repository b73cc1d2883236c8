"""A dataset as the compiler sees it: frozen, hashable, kept in memory per version."""

from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import orjson
from django.utils.translation import gettext as _

from apps.core.errors import NotFound, UserError
from apps.datasources import adhoc
from apps.datasources.models import Dataset, Extract, Measure, Source
from apps.datasources.query import Condition, leaves, read_filters
from apps.datasources.rollups.shapes import Rolled, Rollup


@dataclass(frozen=True, slots=True)
class ColumnDef:
    """One column that exists. `name` comes from introspection, never from a request."""

    name: str
    label: str
    type: str
    unit: str
    format: str
    parent: str = ""


ADDS_UP = ("sum", "count")


@dataclass(frozen=True, slots=True)
class MeasureDef:
    """One measure; a ratio names two others, and what is computed from one names its `base`.

    `also` names measures whose filters hold for this one as well: those that it is a part of.
    """

    name: str
    label: str
    aggregate: str
    column: str
    numerator: str
    denominator: str
    unit: str
    format: str
    good: str
    base: str = ""
    percentile: float | None = None
    filters: tuple[Condition, ...] = ()
    also: tuple[str, ...] = ()

    @property
    def adds_up(self) -> bool:
        """Whether the values of two groups together are the sum of theirs.

        Averages, ratios, highest and different values are not: those of all rows are asked for.
        """
        return self.aggregate in ADDS_UP


@dataclass(frozen=True, slots=True)
class Definition:
    """A dataset's shape at one version.

    Its rows come from `relation`, or from `sql` where that is not empty. A dataset with an extract
    is asked as DuckDB over the extract's file, whatever its source is. `options` is the JSON of
    the dataset's options. Weeks begin on `week_start` (0 is Monday), fiscal years in the month
    `fiscal_year_start`. Of `rollups`, which may be asked in place of the rows, plans.py chooses
    the one that is: `rolled`. `gone` are the measures that are hidden with their columns: their
    names mean nothing else to whom they are hidden from.
    """

    dataset_id: int
    workspace_id: int
    version: int
    source_id: int
    source_kind: str
    is_stream: bool
    relation: str
    time_column: str
    columns: tuple[ColumnDef, ...]
    measures: tuple[MeasureDef, ...]
    sql: str = ""
    options: str = "{}"
    week_start: int = 0
    fiscal_year_start: int = 1
    hidden: frozenset[str] = field(default=frozenset())
    gone: frozenset[str] = field(default=frozenset())
    rollups: tuple[Rollup, ...] = ()
    rolled: Rolled | None = None

    def without(self, hidden: frozenset[str]) -> "Definition":
        """As somebody sees it from whom columns are hidden, with every measure made of them."""
        if not hidden:
            return self
        columns = tuple(
            replace(each, parent="") if each.parent in hidden else each
            for each in self.columns
            if each.name not in hidden
        )
        gone = {each.name for each in self.measures if _uses(each, hidden)}
        while more := {m.name for m in self.measures if m.name not in gone and _parts(m) & gone}:
            gone |= more
        measures = tuple(each for each in self.measures if each.name not in gone)
        time = "" if self.time_column in hidden else self.time_column
        return replace(
            self,
            columns=columns,
            measures=measures,
            time_column=time,
            hidden=hidden,
            gone=frozenset(gone),
        )

    def column(self, name: str, field: str) -> ColumnDef:
        """The column of that name; UserError on `field` with what there is."""
        for column in self.columns:
            if column.name == name:
                return column
        raise UnknownName(name, [column.name for column in self.columns], field)

    def measure(self, name: str, field: str = "measures") -> MeasureDef:
        """The measure of that name, or the one that the name says (adhoc.py).

        Raises UserError on `field` with what there is.
        """
        for measure in self.measures:
            if measure.name == name:
                return measure
        written = adhoc.read(name) if name not in self.gone else None
        if written is None:
            raise UnknownName(name, [measure.name for measure in self.measures], field)
        return self._written(written, field)

    def _written(self, written: adhoc.Written, field: str) -> MeasureDef:
        column = self.column(written.column, field) if written.column else None
        has_unit = column and written.aggregate not in adhoc.WITHOUT_UNIT
        return MeasureDef(
            name=written.name,
            label=written.label(column.label if column else ""),
            aggregate=written.aggregate,
            column=written.column,
            numerator="",
            denominator="",
            unit=column.unit if column and has_unit else "",
            format=column.format if column and has_unit else "",
            good="",
            percentile=written.percent,
        )


@lru_cache(maxsize=512)
def definition(dataset_id: int, version: int) -> Definition:
    """Read once per dataset version and process. Raises NotFound.

    The version is only a key: should the row have moved on meanwhile, the newer shape is as good,
    for its answers are kept under the older version for a moment only.
    """
    found = Dataset.objects.select_related("source", "workspace", "extract").filter(pk=dataset_id)
    dataset = found.first()
    if dataset is None:
        raise NotFound(_("There is no such dataset."), field="dataset")
    return Definition(
        dataset_id=dataset.pk,
        workspace_id=dataset.workspace_id,
        version=version,
        is_stream=dataset.is_live,
        time_column=dataset.time_column,
        columns=tuple(
            ColumnDef(c.name, c.label, c.type, c.unit, c.format, c.parent.name if c.parent else "")
            for c in dataset.columns.select_related("parent")
        ),
        measures=tuple(
            measure_of(m)
            for m in dataset.measures.select_related("numerator", "denominator", "base")
        ),
        week_start=dataset.workspace.week_start,
        fiscal_year_start=dataset.workspace.fiscal_year_start,
        **_rows(dataset),
    )


def _rows(dataset: Dataset) -> dict[str, Any]:
    """Where its rows are: in a source, or in the copy that was taken of them."""
    extract: Extract | None = getattr(dataset, "extract", None)
    if extract and extract.file:
        kind = Source.Kind.DUCKDB
        return {"source_id": dataset.source_id, "source_kind": kind, "relation": extract.file}
    return {
        "source_id": dataset.source_id,
        "source_kind": dataset.source.kind,
        "relation": dataset.relation,
        "sql": dataset.sql,
        "options": orjson.dumps(dataset.options, option=orjson.OPT_SORT_KEYS).decode(),
    }


def measure_of(m: Measure) -> MeasureDef:
    """A measure as the compiler sees it; it need not be kept."""
    return MeasureDef(
        m.name,
        m.label,
        m.aggregate,
        m.column,
        m.numerator.name if m.numerator else "",
        m.denominator.name if m.denominator else "",
        m.unit,
        m.format,
        m.good,
        m.base.name if m.base else "",
        m.percentile,
        read_filters(m.filters),
    )


def _parts(measure: MeasureDef) -> set[str]:
    return {measure.numerator, measure.denominator, measure.base} - {""}


def _uses(measure: MeasureDef, hidden: frozenset[str]) -> bool:
    return measure.column in hidden or any(
        each.column in hidden for each in leaves(measure.filters)
    )


class UnknownName(UserError):
    """A name that is not there. `brief` is for others than who asked: they may see fewer names."""

    code = "unknown_column"

    def __init__(self, name: str, known: list[str], field: str) -> None:
        values = {"name": name[:60], "known": ", ".join(sorted(known)[:20])}
        self.brief = _("There is no “%(name)s” in this dataset.") % values
        message = _("There is no “%(name)s” in this dataset. There are: %(known)s.")
        super().__init__(message % values, field=field)


def brief(error: UserError) -> str:
    """An error's words for others than who asked."""
    return error.brief if isinstance(error, UnknownName) else error.message
