"""The gallery's examples: what they ask, and what a kind without one says."""

import orjson
import pytest
from django.urls import reverse

from apps.datasources.models import Metric
from apps.widgets.kinds import KINDS


def example(client, kind):
    response = client.get(reverse("dashboards:gallery_data", args=[kind]))
    return response.status_code, orjson.loads(response.content)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("image", "Choose a picture."),
        ("iframe", "Write an address that begins with https://."),
        ("custom", "Choose a module. Admins upload them under Drawing modules."),
        ("map", "Nothing here can show it: it takes 1 to 2 measures, 1 group."),
        ("insight", "Nothing here can show it: it takes a metric."),
    ],
)
def test_a_kind_without_an_example_says_what_a_card_of_it_needs_first(
    client, editor, orders, kind, said
):
    client.force_login(editor)
    assert example(client, kind)[1]["detail"] == said


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"image", "iframe", "custom", "map"}))
def test_every_other_kind_has_an_example_where_there_is_a_metric(client, editor, orders, kind):
    Metric.objects.create(
        workspace=orders.workspace,
        slug="daily-revenue",
        name="Revenue",
        dataset=orders,
        measure=orders.measures.get(name="revenue"),
        grain="day",
        owner=editor,
    )
    client.force_login(editor)
    status, told = example(client, kind)
    assert status in (200, 404)
    assert status == 200 or "it takes" in told["detail"]
    if kind == "forecast_card":
        assert status == 200


def test_only_admins_are_shown_the_way_to_drawing_modules(client, editor, admin_user, orders):
    for user, is_shown in ((editor, False), (admin_user, True)):
        client.force_login(user)
        page = client.get(reverse("dashboards:gallery")).content.decode()
        assert (reverse("widgets:modules") in page) is is_shown
