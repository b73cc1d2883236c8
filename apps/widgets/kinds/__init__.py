"""KINDS: the table of contents of everything that can be drawn."""

from apps.widgets.kinds.bar import Bar
from apps.widgets.kinds.base import Family, Kind, Shape
from apps.widgets.kinds.big_number import BigNumber
from apps.widgets.kinds.editable_grid import EditableGrid
from apps.widgets.kinds.heatmap import Heatmap
from apps.widgets.kinds.insight import Insight
from apps.widgets.kinds.kpi_table import KpiTable
from apps.widgets.kinds.line import Line
from apps.widgets.kinds.pie import Pie
from apps.widgets.kinds.pivot import Pivot
from apps.widgets.kinds.scatter import Scatter
from apps.widgets.kinds.table import Table

_ALL: list[Kind] = [
    BigNumber(),
    Line(),
    Bar(),
    Pie(),
    Heatmap(),
    Scatter(),
    Table(),
    Pivot(),
    KpiTable(),
    EditableGrid(),
    Insight(),
]

KINDS: dict[str, Kind] = {kind.slug: kind for kind in _ALL}

__all__ = ["KINDS", "Family", "Kind", "Shape"]
