"""Measures of every aggregate as they are defined, columns with their hierarchies, examples."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from apps.datasources import services
from apps.datasources.hierarchies import chains, cycle_in
from apps.datasources.models import COMPOSED, DERIVED, Measure


def page(client, user, url, **data):
    client.force_login(user)
    return client.get(url, data, headers={"Accept": "text/html"})


def post(client, user, url, data):
    client.force_login(user)
    return client.post(url, data, headers={"Accept": "text/html"})


def of(name, thing):
    return reverse(f"datasources:{name}", args=[thing.pk])


def sent(orders, aggregate, **more):
    """A form for that aggregate, filled in rightly."""
    named = {each.name: each.pk for each in orders.measures.all()}
    data = {"label": "Mine", "aggregate": aggregate, "format": "decimal"}
    if aggregate == "ratio":
        data |= {"numerator": named["cost"], "denominator": named["revenue"]}
    elif aggregate in DERIVED:
        data["base"] = named["revenue"]
    elif aggregate != "count":
        data["column"] = "amount"
    if aggregate == "percentile":
        data["percentile"] = "95"
    return data | more


@pytest.mark.parametrize("aggregate", Measure.Aggregate.values)
def test_each_aggregate_is_defined_by_the_form_and_told_in_words(
    client, analyst, orders, aggregate
):
    response = post(client, analyst, of("new_measure", orders), sent(orders, aggregate))
    assert response.status_code == 302, response.context["form"].errors
    made = orders.measures.get(name="mine")
    made.full_clean()
    assert made.aggregate == aggregate
    assert "Mine" in page(client, analyst, "/data/orders/").text


def test_conditions_belong_to_a_measure_and_are_told(client, analyst, orders):
    more = {"column-0": "region", "op-0": "in", "values-0": "West"}
    assert post(client, analyst, of("new_measure", orders), sent(orders, "sum", **more))
    made = orders.measures.get(name="mine")
    assert made.filters == [{"column": "region", "op": "in", "values": ["West"]}]
    told = "Sum of Amount where Region is one of “West”"
    assert told in page(client, analyst, "/data/orders/").text
    again = sent(orders, "sum", **{"column-0": ""})
    assert post(client, analyst, of("edit_measure", made), again).status_code == 302
    made.refresh_from_db()
    assert made.filters == []


@pytest.mark.parametrize(
    ("aggregate", "written"),
    [
        ("growth", "percent"),
        ("growth_year", "percent"),
        ("share", "percent"),
        ("count", "integer"),
        ("count_distinct", "integer"),
        ("running_total", "currency"),  # as revenue, its base
        ("ratio", "decimal"),
    ],
)
def test_a_new_measure_is_written_as_usual_for_its_kind(
    client, analyst, orders, aggregate, written
):
    orders.measures.filter(name="revenue").update(format="currency")
    asked = page(client, analyst, of("new_measure", orders)).context["form"]
    assert asked["format"].value() == ""
    post(client, analyst, of("new_measure", orders), sent(orders, aggregate, format=""))
    made = orders.measures.get(name="mine")
    assert made.format == written
    assert (
        page(client, analyst, of("edit_measure", made)).context["form"]["format"].value() == written
    )
    said = post(
        client, analyst, of("edit_measure", made), sent(orders, aggregate, format="compact")
    )
    assert said.status_code == 302
    made.refresh_from_db()
    assert made.format == "compact"


@pytest.mark.parametrize(
    ("aggregate", "change", "field"),
    [
        ("percentile", {"percentile": ""}, "percentile"),
        ("percentile", {"percentile": "101"}, "percentile"),
        ("percentile", {"percentile": "-1"}, "percentile"),
        ("percentile", {"percentile": "nan"}, "percentile"),
        ("percentile", {"column": "region"}, "column"),
        ("ratio", {"denominator": ""}, "denominator"),
        ("running_total", {"base": ""}, "base"),
        ("share", {"base": "9999"}, "base"),
        ("sum", {"column-0": "amount", "op-0": "eq", "values-0": "many"}, "values-0"),
    ],
)
def test_what_does_not_fit_is_told_at_its_field(client, analyst, orders, aggregate, change, field):
    data = sent(orders, aggregate, **change)
    response = post(client, analyst, of("new_measure", orders), data)
    assert response.status_code == 422
    assert field in response.context["form"].errors


@pytest.mark.parametrize("aggregate", sorted(COMPOSED))
def test_what_is_made_of_measures_does_not_nest(orders, aggregate):
    revenue, share = (orders.measures.get(name=name) for name in ("revenue", "cost_share"))
    growth = Measure.objects.create(
        dataset=orders, name="g", label="G", aggregate="growth", base=revenue
    )
    parts = {"numerator": growth, "denominator": revenue} if aggregate == "ratio" else {}
    wrong = {"base": growth} | parts
    with pytest.raises(ValidationError):
        Measure(dataset=orders, name="n", label="N", aggregate=aggregate, **wrong).full_clean()
    if aggregate in DERIVED:  # the growth of a ratio is a good question
        Measure(dataset=orders, name="n", label="N", aggregate=aggregate, base=share).full_clean()


def test_a_part_of_another_cannot_become_a_measure_of_it(orders):
    share, revenue = (orders.measures.get(name=name) for name in ("cost_share", "revenue"))
    cost = orders.measures.get(name="cost")
    revenue.aggregate, revenue.base, revenue.column = "growth", cost, ""
    with pytest.raises(ValidationError, match="Cost share"):
        revenue.full_clean()
    share.aggregate, share.base = "growth", share
    with pytest.raises(ValidationError):
        share.full_clean()


def test_a_measure_that_is_the_base_of_another_stays(client, analyst, orders):
    post(client, analyst, of("new_measure", orders), sent(orders, "growth"))
    response = post(client, analyst, of("delete_measure", orders.measures.get(name="revenue")), {})
    text = client.get(response["Location"], headers={"Accept": "text/html"}).text
    assert "Mine" in text
    assert orders.measures.filter(name="revenue").exists()


# -- what it gives now


def example(client, user, orders, data, measure=None):
    url = of("example", orders) + (f"?measure={measure}" if measure else "")
    return post(client, user, url, data).text


def test_an_example_is_computed_before_anything_is_kept(client, analyst, orders):
    share = example(client, analyst, orders, sent(orders, "share", format=""))
    assert "26.1\xa0% in the last whole month" in share
    text = example(client, analyst, orders, sent(orders, "max", unit="€", format="currency"))
    assert "<b>€\u00a016</b>" in text
    assert "16" in example(client, analyst, orders, sent(orders, "max", label=""))
    assert not orders.measures.filter(name__in=["mine", "example_of_it"]).exists()


def test_an_example_of_a_kept_measure_follows_what_is_typed(client, analyst, orders):
    revenue = orders.measures.get(name="revenue")
    text = example(client, analyst, orders, sent(orders, "min"), measure=revenue.pk)
    assert "<b>5</b>" in text
    revenue.refresh_from_db()
    assert revenue.aggregate == "sum"


def test_an_example_is_of_the_rows_one_sees(client, analyst, orders):
    rows = [{"column": "region", "op": "in", "values": ["East"]}]
    services.set_policy(orders, "E", "analyst", rows)
    analyst.refresh_from_db()
    assert "<b>5</b>" in example(client, analyst, orders, sent(orders, "max"))


def test_an_unfinished_measure_has_no_example(client, analyst, viewer, orders):
    assert "now" not in example(client, analyst, orders, sent(orders, "sum", column=""))
    assert post(client, viewer, of("example", orders), {}).status_code == 404


# -- columns


def words(client, analyst, orders, **change):
    form = page(client, analyst, of("columns", orders)).context["form"]
    data = {f.name: f.value() for f in form if f.value() not in (None, "", False)}
    for key, value in change.items():
        name, _, column = key.partition("__")
        data[f"{name}-{orders.columns.get(name=column).pk}"] = value
    return post(client, analyst, of("columns", orders), data)


def test_a_hierarchy_is_kept_and_shown_as_a_way_down(client, analyst, orders):
    change = {"parent__region": "cost", "parent__amount": "region", "is_private__region": "on"}
    assert words(client, analyst, orders, **change).status_code == 302
    region = orders.columns.get(name="region")
    assert (region.parent.name, region.is_private) == ("cost", True)
    text = page(client, analyst, "/data/orders/").text
    assert text.index("<b>Cost</b>") < text.index("<b>Region</b>") < text.index("<b>Amount</b>")


def test_a_hierarchy_that_goes_in_a_circle_is_refused_with_the_circle(client, analyst, orders):
    response = words(client, analyst, orders, parent__region="amount", parent__amount="region")
    assert response.status_code == 422
    assert "Region → Amount → Region" in response.text
    assert not orders.columns.exclude(parent=None).exists()


def test_a_column_is_not_its_own_parent(client, analyst, orders):
    assert words(client, analyst, orders, parent__region="region").status_code == 422


@pytest.mark.parametrize(
    ("parents", "cycle"),
    [
        ({}, []),
        ({"a": ""}, []),
        ({"a": "a"}, ["a", "a"]),
        ({"a": "b", "b": "c", "c": ""}, []),
        ({"x": "a", "a": "b", "b": "a"}, ["a", "b", "a"]),
        ({"a": "gone"}, []),
    ],
)
def test_the_first_circle_is_found(parents, cycle):
    assert cycle_in(parents) == cycle


def test_each_way_down_begins_on_top():
    parents = {"city": "region", "region": "country", "country": "", "zip": "region", "n": ""}
    assert chains(parents) == [["country", "region", "city"], ["country", "region", "zip"]]


# -- with the compiler's percentiles, conditions and derived measures


@pytest.mark.parametrize("aggregate", Measure.Aggregate.values)
def test_each_aggregate_has_an_example(client, analyst, orders, aggregate):
    text = example(client, analyst, orders, sent(orders, aggregate))
    assert "now <b>" in text, text
    assert "<b>–" not in text or aggregate == "growth_year"  # there is no year before


def test_an_example_heeds_conditions(client, analyst, orders):
    more = {"column-0": "region", "op-0": "in", "values-0": "East"}
    assert "<b>5</b>" in example(client, analyst, orders, sent(orders, "max", **more))
