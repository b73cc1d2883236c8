"""KINDS: the table of contents of everything that can be drawn."""

from apps.widgets.kinds.alert_board import AlertBoard
from apps.widgets.kinds.anomaly_feed import AnomalyFeed
from apps.widgets.kinds.bar import Bar
from apps.widgets.kinds.base import Family, Kind, Shape
from apps.widgets.kinds.big_number import BigNumber
from apps.widgets.kinds.custom import Custom
from apps.widgets.kinds.driver_tree import DriverTree
from apps.widgets.kinds.filter_control import FilterControl
from apps.widgets.kinds.heatmap import Heatmap
from apps.widgets.kinds.iframe import Iframe
from apps.widgets.kinds.image import Image
from apps.widgets.kinds.insight import Insight
from apps.widgets.kinds.line import Line
from apps.widgets.kinds.markdown import Markdown
from apps.widgets.kinds.pie import Pie
from apps.widgets.kinds.scatter import Scatter
from apps.widgets.kinds.section import Section
from apps.widgets.kinds.table import Table

_ALL: list[Kind] = [
    BigNumber(),
    Line(),
    Bar(),
    Pie(),
    Heatmap(),
    Scatter(),
    Table(),
    Insight(),
    Markdown(),
    Section(),
    Image(),
    Iframe(),
    FilterControl(),
    AnomalyFeed(),
    AlertBoard(),
    DriverTree(),
    Custom(),
]

KINDS: dict[str, Kind] = {kind.slug: kind for kind in _ALL}

__all__ = ["KINDS", "Family", "Kind", "Shape"]
