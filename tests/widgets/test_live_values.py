"""`{{ measure }}` in a text: what it asks, what it refuses, and to whom it stays unseen."""

import re

import pytest

from apps.core.errors import UserError
from apps.widgets import services
from apps.widgets.cards import card_data
from apps.widgets.kinds import KINDS
from apps.widgets.kinds import live_values as values
from apps.widgets.models import Widget
from apps.widgets.services import WidgetSpec
from apps.widgets.view import View

VIEW = View("2024-01-01", "2024-02-01")


def checked(text, editor, dataset=None):
    spec = WidgetSpec("Words", "markdown", dataset and dataset.pk, options={"text": text})
    return services.checked(spec, editor, editor.memberships.get().workspace, VIEW)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("{{ revenue }} and {{revenue|change}}, {{ orders | short }}", ["revenue", "orders"]),
        ("{{ window }} {{ from }} {{ updated }}", []),
        ("`{{ revenue }}` and ```\n{{ orders }}\n```", []),
        ("| {{ revenue \\| change }} |", ["revenue"]),
        ("{ revenue } {{ }} {{ a\nb }} {{{ revenue }}}", ["revenue"]),
    ],
)
def test_names_are_read_from_the_text(text, names):
    assert values.measures_in(text) == names


def test_a_text_without_slots_asks_nothing(editor, orders):
    spec = checked("# Hello", editor, orders)
    widget = services.fill(Widget(workspace=orders.workspace), spec)
    assert card_data(widget, VIEW, editor).body.startswith(b'{"frames":{},')


def test_a_text_needs_no_dataset(editor):
    assert checked("# Hello {{ window }}", editor).dataset_id is None


def test_a_slot_is_answered_by_one_row_and_a_change_by_the_period_before(editor, orders):
    spec = checked("{{ revenue }} {{ revenue | change }}", editor, orders)
    widget = services.fill(Widget(workspace=orders.workspace), spec)
    body = card_data(widget, VIEW, editor).body
    assert re.search(rb'"main":\{.*"name":"revenue"', body)
    assert b'"previous":' in body


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{ revenu }}", "no measure “revenu”"),
        ("{{ revenue | double }}", "change, before, short"),
    ],
)
def test_a_wrong_slot_is_named_with_what_could_stand_there(text, said, editor, orders):
    with pytest.raises(UserError, match=said) as error:
        checked(text, editor, orders)
    assert error.value.field == "options.text"


def test_a_slot_without_a_dataset_asks_for_one(editor):
    with pytest.raises(UserError, match="Choose the dataset") as error:
        checked("{{ revenue }}", editor)
    assert error.value.field == "options.text"


def test_too_many_measures_are_refused(editor, orders):
    with pytest.raises(UserError, match="at most 20"):
        checked(" ".join(f"{{{{ m{n} }}}}" for n in range(21)), editor, orders)


def test_the_names_in_a_text_are_names_that_hiding_looks_at():
    found = KINDS["markdown"].options.named_in({"text": "{{ revenue }} {{ window }}"})
    assert found == {"columns": [], "measures": ["revenue"]}


def test_the_form_of_a_text_offers_no_measures_for_the_text_names_them(client, editor, orders):
    client.force_login(editor)
    asked = {"workspace": orders.workspace.pk, "dataset": orders.pk}
    page = client.post("/w/fields/", asked | {"kind": "markdown"}).content.decode()
    assert 'name="o-text"' in page
    assert 'name="measures"' not in page
    page = client.post("/w/fields/", asked | {"kind": "kpi_table"}).content.decode()
    assert 'name="measures"' in page
