"""The questions of kinds that show how numbers are distributed, answered over all rows."""

import pytest
from django.urls import reverse

from apps.core.errors import Denied, UserError
from apps.datasources import engine, hiding, services
from apps.datasources.access import scope_of
from apps.widgets import services as widgets
from apps.widgets.kinds import KINDS
from apps.widgets.view import View

ALL = View(time_from="2024-01-01", time_to="2024-12-31", timezone="UTC")
ROWS = 240


@pytest.fixture
def ask(orders, viewer):
    """Frames by name of one card."""

    def asked(slug, template=None, user=viewer, **options):
        kind, scope = KINDS[slug], scope_of(user, orders.pk)
        cleaned = kind.options.cleaned(options)
        found = kind.queries(template or {}, cleaned, hiding.shape_of(scope), ALL)
        kind.check(found["main"])
        return {name: engine.answer(query, user) for name, query in found.items()}

    return asked


def test_the_bars_of_a_histogram_are_all_rows(ask):
    frames = ask("histogram", column="amount", bins=5)
    bins = frames["main"]
    assert sum(bins.column("count()")) == ROWS
    assert bins.columns[0].bin == 1  # finer than they are drawn
    assert frames["stats"].column("count()") == [ROWS]
    assert frames["stats"].column("median(amount)") == [7.5]


def test_ends_of_ones_own_keep_what_lies_beyond(ask):
    bins = ask("histogram", column="amount", bins=5, low=8, high=14)["main"]
    assert sum(bins.column("count()")) == ROWS
    column = bins.columns[0]
    assert (column.bin, column.low, column.high) == (2, 8, 14)
    assert bins.column("amount_bin")[0] == 6
    assert bins.column("count()")[0] == 120


def test_groups_beyond_the_largest_are_one_more(ask, orders):
    bins = ask("histogram", {"dimensions": ["cost"]}, column="amount")["main"]
    assert sum(bins.column("count()")) == ROWS
    assert [column.role for column in bins.columns] == ["dimension", "flag", "dimension", "measure"]


def test_without_a_column_the_first_of_numbers_is_meant(ask):
    assert ask("histogram")["main"].columns[0].name == "amount_bin"


def test_filters_of_the_card_hold_for_each_of_its_questions(ask):
    west = [{"column": "region", "op": "eq", "values": ["West"]}]
    for slug, options in (("histogram", {}), ("box", {"style": "violin"}), ("ridgeline", {})):
        frames = ask(slug, {"filters": west, "dimensions": ["region"]}, **options)
        for name, frame in frames.items():
            assert sum(frame.column("count()")) == ROWS / 2, (slug, name)


def test_boxes_have_their_quartiles_and_violins_their_bins(ask):
    frames = ask("box", {"dimensions": ["region"]}, column="amount", style="violin")
    main = frames["main"]
    assert dict(zip(main.column("region"), main.column("p25(amount)"), strict=True)) == {
        "West": 11,
        "East": 5,
    }
    assert sorted(main.column("max(amount)")) == [5, 16]
    assert sum(frames["bins"].column("count()")) == ROWS
    assert frames["all"].column("count_distinct(region)") == [2]
    assert "bins" not in ask("box", {"dimensions": ["region"]})


def test_a_swarm_has_as_many_dots_as_wanted_and_tells_how_many_there_are(ask):
    frames = ask("beeswarm", {"measures": ["revenue"], "dimensions": ["region"]}, limit=1)
    assert frames["main"].column("region") == ["West"]
    assert frames["main"].truncated
    assert frames["all"].column("count_distinct(region)") == [2]


def test_a_dot_may_be_a_row(ask):
    frames = ask("beeswarm", {"dimensions": ["region"]}, column="amount", limit=30)
    assert [column.name for column in frames["main"].columns] == ["amount", "region"]
    assert frames["main"].column("amount")[:2] == [16, 16]
    assert frames["main"].truncated
    assert frames["all"].column("count()") == [ROWS]


def test_cohorts_follow_whom_they_are_told_to(ask):
    frame = ask("cohort", entity="region", grain="month")["main"]
    assert frame.column("age") == [0, 1, 2, 3]
    assert frame.column("count_distinct(region)") == [2, 2, 2, 2]
    assert ask("cohort", entity="region", measure="revenue")["main"].columns[-1].name == "revenue"


@pytest.mark.parametrize(
    ("slug", "options", "field"),
    [
        ("histogram", {"bins": 0}, "options.bins"),
        ("histogram", {"low": 5, "high": 5}, "options.high"),
        ("histogram", {"column": "region"}, "dimensions"),
        ("cohort", {}, "options.entity"),
        ("beeswarm", {}, "measures"),
        ("cohort", {"entity": "region", "grain": "minute"}, "options.grain"),
        ("box", {"limit": 1000}, "options.limit"),
    ],
)
def test_what_is_wrong_names_its_option(ask, slug, options, field):
    with pytest.raises(UserError) as refused:
        ask(slug, **options)
    assert refused.value.field == field


def test_an_option_cannot_name_what_is_hidden(ask, orders, viewer):
    services.set_policy(orders, "hide", "viewer", [], hidden_columns=["amount"])
    viewer.refresh_from_db()
    for options in ({"column": "amount"}, {"column": "nothing"}):
        with pytest.raises(UserError) as refused:
            ask("histogram", **options)
        assert refused.value.field == "dimensions"
    assert ask("histogram")["main"].columns[0].name == "cost_bin"
    named = KINDS["histogram"].options.named_in({"column": "amount"})
    with pytest.raises(Denied):
        hiding.check_question(named, scope_of(viewer, orders.pk))


@pytest.mark.parametrize("slug", ["histogram", "box", "ridgeline", "cohort"])
def test_the_form_offers_columns_in_place_of_measures(client, orders, editor, workspace, slug):
    client.force_login(editor)
    sent = {"workspace": workspace.pk, "kind": slug, "dataset": orders.pk}
    text = client.post(reverse("widgets:fields"), sent).content.decode()
    assert 'name="measures"' not in text
    assert '<option value="amount">' in text or slug == "cohort"
    assert '<option value="region">' in text


@pytest.mark.parametrize(
    ("slug", "query", "options"),
    [
        ("histogram", {"measures": ["revenue"]}, {"column": "cost"}),  # of the kind before
        ("box", {"dimensions": [{"column": "ordered_at", "part": "weekday"}]}, {"style": "violin"}),
        ("ridgeline", {"dimensions": ["region"]}, {}),
        ("beeswarm", {"measures": ["revenue"], "dimensions": ["region", "cost"]}, {}),
        ("cohort", {}, {"entity": "region", "measure": "revenue"}),
    ],
)
def test_a_card_of_each_can_be_kept(orders, editor, workspace, slug, query, options):
    spec = widgets.WidgetSpec("Title", slug, orders.pk, None, query, options)
    kept = widgets.checked(spec, editor, workspace, ALL)
    assert kept.options == KINDS[slug].options.cleaned(options)
