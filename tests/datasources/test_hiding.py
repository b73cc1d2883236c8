"""Names that a policy hides stand in nothing that a person gets from whom they are hidden."""

from datetime import UTC, datetime, timedelta

import orjson
import pyarrow as pa
import pytest
from django.urls import resolve, reverse

from apps.alerts.models import Incident, Rule
from apps.core.errors import Denied
from apps.dashboards.models import Dashboard
from apps.datasources import engine, hiding, services
from apps.datasources.access import scope_of
from apps.datasources.models import Dataset, Metric, RowPolicy, Source
from apps.datasources.query import Query
from tests.api.conftest import Caller
from tests.dashboards.boards import add_card

START = datetime(2024, 1, 1, tzinfo=UTC)
SECRETS = ("zebra", "okapi", "tapir")  # columns, and what labels and measures are made of
HIDDEN = ["zebra", "okapi", "tapir"]
OWN = [{"column": "okapi", "op": "in", "values": ["kept"]}]  # a policy may name what it hides
FACES = ("viewer", "editor", "analyst")


@pytest.fixture
def animals(workspace):
    """Columns at, town, tapir, size, zebra, okapi; the town drills down from the tapir."""
    count = 60
    table = pa.table(
        {
            "at": pa.array([START + timedelta(days=n) for n in range(count)], pa.timestamp("ms")),
            "town": ["Ulm", "Bonn"] * (count // 2),
            "tapir": ["north", "south"] * (count // 2),
            "size": [float(n) for n in range(count)],
            "zebra": [float(n) for n in range(count)],
            "okapi": ["kept"] * count,
        }
    )
    where = [{"column": "okapi", "op": "eq", "values": ["kept"]}]
    dataset = services.register_upload(
        workspace,
        name="Animals",
        slug="animals",
        table=table,
        time_column="at",
        measures=[
            {"name": "rows", "label": "Rows", "aggregate": "count", "format": "integer"},
            {"name": "sizes", "label": "Sizes", "aggregate": "sum", "column": "size"},
            {"name": "zebras", "label": "Zebras", "aggregate": "sum", "column": "zebra"},
            {"name": "zebra_share", "label": "Zebra share", "aggregate": "ratio"}
            | {"numerator": "zebras", "denominator": "sizes"},
            {"name": "okapis", "label": "Okapis", "aggregate": "count"},
        ],
    )
    dataset.measures.filter(name="okapis").update(filters=where)
    upper = dataset.columns.get(name="tapir")
    dataset.columns.filter(name="town").update(parent=upper)
    services.touch_dataset(dataset)
    return dataset


@pytest.fixture
def world(animals, workspace, admin_user):
    """Cards, metrics, rules and filters that an admin made of everything."""
    board = Dashboard.objects.create(
        workspace=workspace,
        owner=admin_user,
        title="Zoo",
        slug="zoo",
        time_from="2024-01-01",
        time_to="2024-03-01",
        filters=[
            {"name": "okapi", "label": "Okapi", "column": "okapi"},
            {"name": "town", "label": "Town", "column": "town"},
        ],
    )
    place = (0, 0, 6, 6)
    asked = [
        {"measures": ["zebras"]},
        {"measures": ["zebra_share"], "dimensions": ["town"]},
        {"measures": ["rows"], "dimensions": ["tapir"]},
        {"measures": ["rows"], "filters": [{"any": [{"column": "okapi", "op": "not_null"}]}]},
        {"measures": ["max(zebra)"]},
        {"measures": ["rows"], "dimensions": ["town"], "top": {"limit": 1, "by": "sum(zebra)"}},
        {"measures": ["rows"], "dimensions": [{"column": "zebra", "bins": 5}]},
        {"measures": ["rows"], "time": "at", "cohort": {"entity": "okapi", "grain": "week"}},
    ]
    cards = [add_card(board, animals, f"Card {n}", "bar", place, q) for n, q in enumerate(asked)]
    open_ = add_card(board, animals, "Open", "bar", place, {"measures": ["rows"]})
    measures = {each.name: each for each in animals.measures.all()}
    of = {"workspace": workspace, "dataset": animals, "owner": admin_user}
    metrics = [
        Metric.objects.create(**of, name="Zebras", slug="m1", measure=measures["zebras"]),
        Metric.objects.create(
            **of,
            name="Okapi rows",
            slug="m2",
            measure=measures["rows"],
            filters=[{"column": "okapi", "op": "not_null", "values": []}],
        ),
    ]
    asked = [{"measures": ["zebras"]}, {"measures": ["rows"], "filters": OWN}]
    rules = [
        Rule.objects.create(**of, name=f"Rule {n}", query=query, threshold=1)
        for n, query in enumerate(asked)
    ]
    for rule in rules:
        Incident.objects.create(rule=rule, opened_at=START, value=7, threshold=1, peak=7)
    services.set_policy(animals, "Hide", "", OWN, hidden_columns=HIDDEN, attribute="out")
    return {"board": board, "cards": [c.widget for c in cards], "open": open_.widget} | {
        "metrics": metrics,
        "rules": rules,
    }


@pytest.fixture(params=FACES)
def reader(request, workspace):
    user = request.getfixturevalue(request.param)
    user.attributes = {"out": "yes"}
    user.save()
    return user


def told(response):
    """All of an answer, as text: body and where it leads."""
    return (response.text + response.headers.get("Location", "")).casefold()


def assert_quiet(response, of):
    text = told(response)
    for name in SECRETS:
        assert name not in text, (of, name, text[max(0, text.find(name) - 200) :][:400])


def addresses(world, animals):
    """Pages that name columns, measures or metrics of the dataset, or things made of them."""
    hidden = animals.columns.filter(name__in=HIDDEN)
    yield from ("/", "/d/", "/data/", "/data/animals/", "/data/animals/rows/")
    yield from ("/data/animals/profile/", "/explore/", "/explore/?dataset=animals")
    yield from (f"/data/animals/profile/{column.pk}/" for column in hidden)
    yield from (f"/explore/values/?dataset=animals&column={n}" for n in ("town", "size"))
    yield from ("/d/zoo/", "/d/zoo/?edit=1", "/d/zoo/settings/", "/d/zoo/widgets/")
    yield from (
        "/d/zoo/filter/town/",
        "/sql/",
        "/alerts/",
        "/alerts/new/",
        "/insights/",
        "/reports/",
    )
    yield from ("/search/?q=zeb", "/search/?q=oka", "/search/?q=rows")
    for widget in [*world["cards"], world["open"]]:
        for page in ("data/", "data.csv", "query/", "alert/", "explore/", "card/", "edit/"):
            yield f"/w/{widget.pk}/{page}"
    for metric in world["metrics"]:
        yield f"/insights/metrics/{metric.pk}/"
    for rule in world["rules"]:
        yield f"/alerts/{rule.pk}/"
        yield f"/alerts/incidents/{rule.incidents.get().pk}/"
    for page in ("edit", "columns", "columns/again", "copy", "condition", "measures", "metrics"):
        yield f"/data/datasets/{animals.pk}/{page}/"
    for measure in animals.measures.exclude(name__in=["rows", "sizes"]):
        yield f"/data/measures/{measure.pk}/"
    yield f"/data/policies/{RowPolicy.objects.get().pk}/"


def test_no_page_names_what_is_hidden(client, world, animals, reader):
    client.force_login(reader)
    for url in addresses(world, animals):
        resolve(url.partition("?")[0])  # raises for an address that is none
        assert_quiet(client.get(url, headers={"Accept": "text/html"}), url)


def test_an_admin_from_whom_nothing_is_hidden_reads_all_of_it(client, world, animals, admin_user):
    client.force_login(admin_user)
    for url in ("/data/animals/", "/d/zoo/", "/alerts/", "/explore/?dataset=animals"):
        assert "zebra" in told(client.get(url)) or "okapi" in told(client.get(url)), url


def test_neither_does_the_api(world, animals, reader):
    caller = Caller(reader)
    rows = [("widgets", each.pk) for each in world["cards"]]
    rows += [("metrics", each.pk) for each in world["metrics"]]
    rows += [("rules", each.pk) for each in world["rules"]]
    rows += [("measures", each.pk) for each in animals.measures.all()]
    rows += [("datasets", animals.pk), ("dashboards", world["board"].pk)]
    for path in ("datasets/", "measures/", "metrics/", "widgets/", "dashboards/", "rules/"):
        assert_quiet(caller.ask("GET", path), path)
    for path in ("incidents/", "policies/", "insights/", "forecasts/", "sources/"):
        assert_quiet(caller.ask("GET", path), path)
    for name, pk in rows:
        assert_quiet(caller.ask("GET", f"{name}/{pk}/"), (name, pk))
    for widget in world["cards"]:
        assert_quiet(caller.ask("GET", f"widgets/{widget.pk}/data/"), widget.pk)
        changed = caller.ask("PATCH", f"widgets/{widget.pk}/", {"title": "x"}, If_Match="*")
        assert_quiet(changed, widget.pk)
    seen = {
        each["name"]
        for each in caller.ask("GET", f"measures/?dataset={animals.pk}").json()["results"]
    }
    assert seen == {"rows", "sizes"}


def test_a_wrong_name_is_answered_with_what_there_is_for_the_reader(world, animals, reader):
    caller = Caller(reader)
    for part in ({"measures": ["nothing"]}, {"columns": ["nothing"]}):
        response = caller.ask("POST", "query/", {"dataset": animals.pk, **part})
        assert response.status_code == 400
        assert_quiet(response, part)
    cohort = {"time": "at", "cohort": {"entity": "zebra", "grain": "week"}}
    for part in (
        {"measures": ["zebras"]},
        {"columns": ["zebra"]},
        {"measures": ["max(zebra)"]},
        {"measures": ["rows"], "dimensions": [{"column": "zebra", "bins": 5}]},
        {"measures": ["rows"], **cohort},
    ):  # as what does not exist
        problem = caller.ask("POST", "query/", {"dataset": animals.pk, **part}).json()
        assert problem["code"] == "unknown_column"
        assert "tapir" not in problem["detail"]


def test_what_the_editor_may_build_lists_no_hidden_names(client, world, animals, editor, workspace):
    editor.attributes = {"out": "yes"}
    editor.save()
    client.force_login(editor)
    for kind in ("table", "line", "bar", "insight"):
        sent = {"workspace": workspace.pk, "kind": kind, "dataset": animals.pk}
        response = client.post(reverse("widgets:fields"), sent)
        assert_quiet(response, kind)
    assert "sizes" in told(client.post(reverse("widgets:fields"), sent | {"kind": "bar"}))


def test_a_card_that_others_made_of_it_says_so(client, world, reader):
    client.force_login(reader)
    for widget in world["cards"]:
        response = client.get(f"/w/{widget.pk}/data/")
        assert response.status_code == 403
        assert response.json()["code"] == "hidden"
    assert client.get(f"/w/{world['open'].pk}/data/").status_code == 200
    page = client.get("/d/zoo/").text
    assert page.count("This shows a column that is hidden from you.") == len(world["cards"])


def test_the_query_of_a_policy_on_hidden_columns_is_not_shown(client, world, animals, viewer):
    """The rows are right; the SQL would name the column by which they were chosen."""
    viewer.attributes = {"out": "yes"}
    viewer.save()
    client.force_login(viewer)
    text = client.get(f"/w/{world['open'].pk}/query/").text
    assert "This query is not shown" in text
    assert "kept" not in text.replace("kept, <time", "")
    asked = {"dataset": animals.pk, "kind": "table", "query": {"measures": ["rows"]}}
    response = client.post("/explore/sql/", orjson.dumps(asked), "application/json")
    assert "This query is not shown" in response.text
    services.set_policy(animals, "Hide", "", [], hidden_columns=HIDDEN, attribute="out")
    assert "SELECT" in client.get(f"/w/{world['open'].pk}/query/").text


def test_a_policy_that_does_not_fit_a_person_is_told_without_its_names(animals, viewer):
    filters = [{"column": "zebra", "op": "ge", "values": ["$least"]}]
    services.set_policy(animals, "P", "", filters, hidden_columns=["zebra"])
    viewer.attributes = {"least": "much"}
    viewer.save()
    with pytest.raises(Denied) as found:
        engine.answer(Query(dataset=animals.pk, measures=("rows",)), viewer)
    assert "zebra" not in found.value.message
    assert "much" not in found.value.message


def test_a_hidden_private_column_opens_no_findings_made_of_it(world, animals, viewer):
    animals.columns.update(is_private=True)
    viewer.attributes = {"out": "yes"}
    viewer.save()
    services.set_policy(animals, "Hide", "", [], hidden_columns=HIDDEN, attribute="out")
    assert not hiding.metrics_seen_whole(viewer).exists()


def test_who_does_not_see_all_columns_does_not_define_the_dataset(client, animals, analyst):
    url = reverse("datasources:new_measure", args=[animals.pk])
    client.force_login(analyst)
    assert client.get(url, headers={"Accept": "text/html"}).status_code == 200
    services.set_policy(animals, "Hide", "analyst", [], hidden_columns=["zebra"])
    assert client.get(url, headers={"Accept": "text/html"}).status_code == 404
    caller = Caller(analyst)
    new = {"dataset": animals.pk, "name": "more", "label": "More", "aggregate": "count"}
    assert caller.ask("POST", "measures/", new).status_code == 403
    assert caller.ask("PATCH", f"datasets/{animals.pk}/", {"name": "X"}).status_code == 403
    assert caller.ask("GET", "policies/").json()["results"] == []
    assert scope_of(analyst, animals.pk).hidden == {"zebra"}


def test_an_admin_still_defines_what_is_hidden_from_everybody(client, animals, admin_user):
    services.set_policy(animals, "Hide", "", [], hidden_columns=["zebra"])
    client.force_login(admin_user)
    url = reverse("datasources:new_measure", args=[animals.pk])
    assert "zebra" in client.get(url, headers={"Accept": "text/html"}).text
    assert hiding.definable_by(admin_user).filter(pk=animals.pk).exists()


def test_a_table_that_one_sees_in_part_cannot_be_had_once_more(workspace, analyst):
    """Another dataset of the same table would have no policy."""
    source = Source.objects.create(workspace=workspace, name="W", kind="postgresql")
    of = {"workspace": workspace, "source": source, "kind": Dataset.Kind.TABLE}
    table = Dataset.objects.create(**of, name="T", slug="t", relation="public.orders")
    table.columns.create(name="region", label="Region", type="text")
    west = [{"column": "region", "op": "in", "values": ["West"]}]
    services.set_policy(table, "West", "analyst", west)
    for relation in ("public.orders", "public.orders_view"):
        new = {"source": source.pk, "relation": relation, "name": "Again"}
        response = Caller(analyst).ask("POST", "datasets/", new)
        assert response.status_code == 403, response.text
        assert response.json()["field"] == "relation"
