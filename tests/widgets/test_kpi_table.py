"""KPI tables: which questions they ask."""

import pytest

from apps.core.errors import UserError
from apps.datasources.definition import definition
from apps.widgets.kinds import KINDS
from apps.widgets.view import View

VIEW = View("2024-02-01", "2024-03-01")
KPI = KINDS["kpi_table"]


def asked(dataset, template, options=None):
    shape = definition(dataset.pk, dataset.version)
    return KPI.queries(template, KPI.options.cleaned(options or {}), shape, VIEW)


def test_figures_before_and_course_are_asked_for(orders):
    found = asked(orders, {"measures": ["revenue", "cost_share"]})
    assert set(found) == {"main", "previous", "trend"}
    assert found["previous"].window.end == found["main"].window.start
    assert found["trend"].grain
    assert set(asked(orders, {"measures": ["revenue"]}, {"compare": "", "sparkline": False})) == {
        "main"
    }


def test_rows_by_a_group_are_of_one_measure(orders):
    assert asked(orders, {"measures": ["revenue"], "dimensions": ["region"]})
    with pytest.raises(UserError, match="one measure") as error:
        asked(orders, {"measures": ["revenue", "cost"], "dimensions": ["region"]})
    assert error.value.field == "measures"
