"""A dataset as the compiler sees it: frozen, hashable, kept in memory per version."""

from dataclasses import dataclass
from functools import lru_cache

from django.utils.translation import gettext as _

from apps.core.errors import NotFound, UserError
from apps.datasources.models import Dataset


@dataclass(frozen=True, slots=True)
class ColumnDef:
    """One column that exists. `name` comes from introspection, never from a request."""

    name: str
    label: str
    type: str
    unit: str
    format: str


@dataclass(frozen=True, slots=True)
class MeasureDef:
    """One measure; a ratio names two others."""

    name: str
    label: str
    aggregate: str
    column: str
    numerator: str
    denominator: str
    unit: str
    format: str
    good: str


@dataclass(frozen=True, slots=True)
class Definition:
    """A dataset's shape at one version."""

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

    def column(self, name: str, field: str) -> ColumnDef:
        """The column of that name; UserError on `field` with what there is."""
        for column in self.columns:
            if column.name == name:
                return column
        raise _unknown(field, name, [column.name for column in self.columns])

    def measure(self, name: str, field: str = "measures") -> MeasureDef:
        """The measure of that name; UserError on `field` with what there is."""
        for measure in self.measures:
            if measure.name == name:
                return measure
        raise _unknown(field, name, [measure.name for measure in self.measures])


@lru_cache(maxsize=512)
def definition(dataset_id: int, version: int) -> Definition:
    """Read once per dataset version and process. Raises NotFound.

    The version is only a key: should the row have moved on meanwhile, the newer shape is as good,
    for its answers are kept under the older version for a moment only.
    """
    dataset = Dataset.objects.select_related("source").filter(pk=dataset_id).first()
    if dataset is None:
        raise NotFound(_("There is no such dataset."), field="dataset")
    return Definition(
        dataset_id=dataset.pk,
        workspace_id=dataset.workspace_id,
        version=version,
        source_id=dataset.source_id,
        source_kind=dataset.source.kind,
        is_stream=dataset.is_live,
        relation=dataset.relation,
        time_column=dataset.time_column,
        columns=tuple(
            ColumnDef(c.name, c.label, c.type, c.unit, c.format) for c in dataset.columns.all()
        ),
        measures=tuple(
            MeasureDef(
                m.name,
                m.label,
                m.aggregate,
                m.column,
                m.numerator.name if m.numerator else "",
                m.denominator.name if m.denominator else "",
                m.unit,
                m.format,
                m.good,
            )
            for m in dataset.measures.select_related("numerator", "denominator")
        ),
    )


def _unknown(field: str, name: str, known: list[str]) -> UserError:
    message = _("There is no “%(name)s” in this dataset. There are: %(known)s.")
    shown = ", ".join(sorted(known)[:20])
    return UserError(
        message % {"name": name[:60], "known": shown}, field=field, code="unknown_column"
    )
