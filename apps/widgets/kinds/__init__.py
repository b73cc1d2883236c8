"""KINDS: the table of contents of everything that can be drawn."""

from apps.widgets.kinds.alert_board import AlertBoard
from apps.widgets.kinds.anomaly_feed import AnomalyFeed
from apps.widgets.kinds.bar import Bar
from apps.widgets.kinds.base import Family, Kind, Shape
from apps.widgets.kinds.beeswarm import Beeswarm
from apps.widgets.kinds.big_number import BigNumber
from apps.widgets.kinds.box import Box
from apps.widgets.kinds.bump import Bump
from apps.widgets.kinds.calendar_heatmap import CalendarHeatmap
from apps.widgets.kinds.cohort import Cohort
from apps.widgets.kinds.combo import Combo
from apps.widgets.kinds.custom import Custom
from apps.widgets.kinds.driver_tree import DriverTree
from apps.widgets.kinds.editable_grid import EditableGrid
from apps.widgets.kinds.filter_control import FilterControl
from apps.widgets.kinds.forecast_card import ForecastCard
from apps.widgets.kinds.funnel import Funnel
from apps.widgets.kinds.gantt import Gantt
from apps.widgets.kinds.gauge import Gauge
from apps.widgets.kinds.heatmap import Heatmap
from apps.widgets.kinds.histogram import Histogram
from apps.widgets.kinds.horizon import Horizon
from apps.widgets.kinds.iframe import Iframe
from apps.widgets.kinds.image import Image
from apps.widgets.kinds.insight import Insight
from apps.widgets.kinds.kpi_table import KpiTable
from apps.widgets.kinds.line import Line
from apps.widgets.kinds.map import Map
from apps.widgets.kinds.map_points import MapPoints
from apps.widgets.kinds.markdown import Markdown
from apps.widgets.kinds.pace import Pace
from apps.widgets.kinds.pareto import Pareto
from apps.widgets.kinds.pie import Pie
from apps.widgets.kinds.pivot import Pivot
from apps.widgets.kinds.ridgeline import Ridgeline
from apps.widgets.kinds.sankey import Sankey
from apps.widgets.kinds.scatter import Scatter
from apps.widgets.kinds.section import Section
from apps.widgets.kinds.state_timeline import StateTimeline
from apps.widgets.kinds.table import Table
from apps.widgets.kinds.treemap import Treemap
from apps.widgets.kinds.waterfall import Waterfall

_ALL: list[Kind] = [
    BigNumber(),
    Gauge(),
    Line(),
    Combo(),
    CalendarHeatmap(),
    Pace(),
    Horizon(),
    StateTimeline(),
    Gantt(),
    ForecastCard(),
    Bump(),
    Bar(),
    Pie(),
    Funnel(),
    Waterfall(),
    Pareto(),
    Histogram(),
    Box(),
    Ridgeline(),
    Beeswarm(),
    Cohort(),
    Treemap(),
    Heatmap(),
    Scatter(),
    Sankey(),
    Table(),
    Pivot(),
    KpiTable(),
    Map(),
    MapPoints(),
    EditableGrid(),
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
