"""Editable grids over the API: read, write with versions, history."""

import pytest

from apps.dashboards import services as dashboards
from apps.widgets.services import WidgetSpec

WEST = {"row": "West", "column": "2026-01", "value": 12.5, "version": 0}


@pytest.fixture
def address(orders, editor, workspace):
    board = dashboards.create_dashboard(editor, workspace, title="Plans")
    query = {"measures": ["revenue"], "dimensions": ["region"]}
    options = {"start": "2026-01", "count": 3}
    spec = WidgetSpec("Targets", "editable_grid", orders.pk, query=query, options=options)
    return f"widgets/{dashboards.add_widget(board, editor, spec).widget.pk}/grid/"


def test_cells_are_written_read_and_told(caller, address, editor, viewer):
    client = caller(editor)
    assert client.ask("PATCH", address, {"cells": [WEST]}).json()["cells"][0]["version"] == 1
    assert client.ask("GET", address).json() == {"cells": [WEST | {"version": 1}]}
    past = client.ask("GET", f"{address}history/?row=West&column=2026-01").json()["changes"]
    assert [(each["by"], each["from"], each["to"]) for each in past] == [
        ("editor@example.com", None, 12.5)
    ]
    reader = caller(viewer)
    assert reader.ask("GET", address).status_code == 200
    assert reader.ask("PATCH", address, {"cells": [WEST | {"version": 1}]}).status_code == 403


def test_an_older_version_is_a_conflict(caller, address, editor):
    client = caller(editor)
    client.ask("PATCH", address, {"cells": [WEST]})
    answer = client.ask("PATCH", address, {"cells": [WEST | {"value": 3}]})
    assert answer.status_code == 409
    assert answer.json()["code"] == "conflict"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "cells"),
        ([], "cells"),
        ({"cells": [WEST | {"value": "x"}]}, "cells.0.value"),
        ({"cells": [WEST | {"row": "North"}]}, "cells.0.row"),
    ],
)
def test_a_wrong_cell_is_named(caller, address, editor, body, field):
    answer = caller(editor).ask("PATCH", address, body)
    assert answer.status_code == 400
    assert answer.json()["field"] == field
