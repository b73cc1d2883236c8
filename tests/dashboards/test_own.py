"""What one card shows otherwise than its page: bounds, and the view that follows."""

import orjson
import pytest
from django.http import QueryDict

from apps.core.errors import UserError
from apps.dashboards import own
from apps.widgets.view import View

PATH = [["country", "France", "city"], ["city", "Paris", "street"]]


def test_a_drilled_card_is_narrowed_and_groups_by_the_finest_column():
    view = View("now-7d", "now", filters=(("region", ("West",)),), compare="previous")
    drilled = own.view_of(view, {"7": {"path": PATH}}, 7)
    assert dict(drilled.filters) == {
        "region": ("West",),
        "country": ("France",),
        "city": ("Paris",),
    }
    assert drilled.drill == (("country", "street"),)
    assert drilled.compare == "previous"
    assert own.view_of(view, {"7": {"compare": "off"}}, 7).compare == "off"
    assert own.view_of(view, {"7": {"compare": "off"}}, 8) is view
    assert own.words({"7": {"path": PATH}}, 7) == "France › Paris"


def test_an_address_is_read_and_nonsense_in_it_passed_over():
    good = orjson.dumps({"compare": "year", "path": PATH}).decode()
    params = QueryDict(mutable=True)
    params.update(
        {"card-7": good, "card-8": "{", "card-x": good, "card-9": '{"compare":"sideways"}'}
    )
    assert own.from_params(params) == {"7": {"compare": "year", "path": PATH}}


@pytest.mark.parametrize(
    "data",
    [
        [],
        {"x": {}},
        {"²": {}},
        {"7": []},
        {"7": {"compare": "sideways"}},
        {"7": {"compare": ["year"]}},
        {"7": {"path": "abc"}},
        {"7": {"path": [["a", "b"]]}},
        {"7": {"path": [["a", 1, "c"]]}},
        {"7": {"path": [["a", "b" * 501, "c"]]}},
        {"7": {"path": [["a", "b", "c"]] * 11}},
        {str(number): {} for number in range(101)},
    ],
)
def test_what_is_no_state_of_a_card_is_refused(data):
    with pytest.raises(UserError) as error:
        own.checked(data)
    assert error.value.field == "cards"
