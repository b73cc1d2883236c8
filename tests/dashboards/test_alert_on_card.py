"""From a chart to an alert on it."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse

from apps.dashboards.models import Dashboard, Placement
from apps.widgets.models import Widget


@pytest.fixture
def card(workspace, orders, editor):
    board = Dashboard.objects.create(workspace=workspace, owner=editor, title="Sales", slug="sales")
    widget = Widget.objects.create(
        workspace=workspace,
        title="Revenue in the East",
        kind="line",
        dataset=orders,
        query={
            "measures": ["revenue"],
            "filters": [{"column": "region", "op": "in", "values": ["East"]}],
        },
    )
    Placement.objects.create(dashboard=board, widget=widget, x=0, y=0, w=8, h=6)
    return widget


def test_a_card_leads_to_a_filled_form(client, editor, orders, card):
    client.force_login(editor)
    answer = client.get(reverse("dashboards:card_alert", args=[card.pk]), {"var-region": "East"})
    asked = parse_qs(urlsplit(answer.url).query)
    assert asked["dataset"] == [str(orders.pk)]
    assert asked["measure"] == ["revenue"]
    form = client.get(answer.url).context["form"]
    assert form.initial["name"] == "Revenue in the East"
    assert form.initial["filters"].count("East") == 2
    assert form.initial["threshold"] == "5"


def test_a_strangers_card_leads_nowhere(client, stranger, card):
    client.force_login(stranger)
    assert client.get(reverse("dashboards:card_alert", args=[card.pk])).status_code == 404
