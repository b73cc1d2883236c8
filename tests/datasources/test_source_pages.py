"""Sources through the user's door: connected, tested, changed, ended; datasets of their tables."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse

from apps.datasources import addresses, choice_words, connectors, tables
from apps.datasources.connectors import BUILT_IN, CONNECTORS, connector
from apps.datasources.connectors.base import FoundColumn, Relation, Setting
from apps.datasources.models import Column, Dataset, Source
from tests.conftest import person

PASSWORD = "canary-secret-of-the-source"
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def reachable(settings, monkeypatch):
    """The test server itself, allowed for once although it is our own."""
    settings.SOURCE_NETWORKS = ["127.0.0.0/8", "::1/128"]
    monkeypatch.setattr(addresses, "_addresses", lambda host: set())


@pytest.fixture
def shop(db):
    """A schema of somebody else's in the test server, seen by its connections: committed."""
    import psycopg

    own = connection.settings_dict
    details = {"host": own["HOST"], "port": own["PORT"], "dbname": own["NAME"]}
    with psycopg.connect(
        **details, user=own["USER"], password=own["PASSWORD"], autocommit=True
    ) as outside:
        outside.execute("DROP SCHEMA IF EXISTS shop CASCADE")
        outside.execute("CREATE SCHEMA shop")
        outside.execute(
            "CREATE TABLE shop.orders (order_id bigint, updated_at timestamptz,"
            " ordered_at timestamptz, city text, amount numeric(10,2), unit_price float8,"
            " is_paid boolean)"
        )
        outside.execute(
            "INSERT INTO shop.orders SELECT n, now(), '2024-01-01'::timestamptz + n * '1 day'"
            "::interval, CASE WHEN n % 3 = 0 THEN 'Bonn' ELSE 'Köln' END, n, n / 7.0, n % 2 = 0"
            " FROM generate_series(1, 90) n"
        )
        yield outside
        outside.execute("DROP SCHEMA IF EXISTS shop CASCADE")


def filled(**changed):
    own = connection.settings_dict
    return {
        "name": "Shop",
        "setting-host": own["HOST"],
        "setting-port": own["PORT"],
        "setting-dbname": own["NAME"],
        "setting-user": own["USER"],
        "setting-password": own["PASSWORD"],
        "setting-sslmode": "prefer",
        **changed,
    }


@pytest.fixture
def source(workspace):
    own = connection.settings_dict
    details = {"host": own["HOST"], "port": int(own["PORT"]), "dbname": own["NAME"]}
    details |= {"user": own["USER"], "sslmode": "prefer"}
    found = Source.objects.create(
        workspace=workspace, name="Shop", kind="postgresql", settings=details
    )
    found.set_password(own["PASSWORD"])
    found.save()
    return found


def page(client, user, url, **data):
    client.force_login(user)
    return client.get(url, data, headers={"Accept": "text/html"})


def post(client, user, url, data=None, **headers):
    client.force_login(user)
    return client.post(url, data or {}, headers={"Accept": "text/html", **headers})


def of(name, *args):
    return reverse(f"datasources:{name}", args=args)


NEW = "/data/sources/new/postgresql/"


# -- connecting


def test_a_test_tells_how_long_it_took_and_keeps_nothing(client, analyst, workspace, shop):
    data = filled(workspace=workspace.pk, test="1")
    response = post(client, analyst, NEW, data, **HTMX)
    assert response.status_code == 200
    assert "It answered in" in response.text
    assert "to read" in response.text
    assert "<html" not in response.text
    assert not Source.objects.filter(kind="postgresql").exists()


def test_a_source_that_answers_is_saved_and_shown(client, analyst, workspace):
    response = post(client, analyst, NEW, filled(workspace=workspace.pk))
    kept = Source.objects.get(kind="postgresql")
    assert response["Location"] == of("source", kept.pk)
    assert kept.password() == connection.settings_dict["PASSWORD"]
    assert kept.answered_at
    assert "Answering" in page(client, analyst, "/data/sources/").text


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"setting-host": ""}, "setting-host"),
        ({"setting-port": "99999999"}, "setting-port"),
        ({"setting-host": "no-such-host.invalid"}, "setting-host"),
        ({"setting-sslmode": "verify-full"}, "setting-sslmode"),
        ({"name": ""}, "name"),
    ],
)
def test_what_is_wrong_is_told_at_its_field(client, analyst, workspace, change, field):
    response = post(client, analyst, NEW, filled(workspace=workspace.pk, **change))
    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert not Source.objects.filter(kind="postgresql").exists()


def test_one_that_does_not_answer_is_saved_only_by_choice(client, analyst, workspace):
    wrong = filled(workspace=workspace.pk, **{"setting-password": "wrong", "setting-port": "1"})
    response = post(client, analyst, NEW, wrong)
    assert response.status_code == 422
    assert "Save it although it does not answer" in response.text
    assert not Source.objects.filter(kind="postgresql").exists()
    assert post(client, analyst, NEW, wrong | {"anyway": "on"}).status_code == 302
    kept = Source.objects.get(kind="postgresql")
    assert kept.failed_at
    assert kept.problem
    assert "Failing for" in page(client, analyst, "/data/sources/").text


def test_a_secret_is_in_no_page_and_stays_unless_it_is_typed(client, analyst, source):
    source.set_password(PASSWORD)
    source.save()
    for url in ("/data/sources/", of("source", source.pk), of("edit_source", source.pk)):
        assert PASSWORD not in page(client, analyst, url).text
    form = page(client, analyst, of("edit_source", source.pk))
    assert "kept; type to replace" in form.text
    sent = filled(**{"setting-password": "", "anyway": "on", "name": "Renamed"})
    response = post(client, analyst, of("edit_source", source.pk), sent)
    assert PASSWORD not in response.content.decode()
    source.refresh_from_db()
    assert (source.name, source.password()) == ("Renamed", PASSWORD)


def test_a_typed_secret_does_not_come_back_when_the_form_is_refused(client, analyst, workspace):
    data = filled(workspace=workspace.pk, **{"setting-password": PASSWORD, "name": ""})
    assert PASSWORD not in post(client, analyst, NEW, data).text


def test_a_kept_secret_is_not_sent_to_another_address(client, analyst, source):
    sent = filled(**{"setting-password": "", "setting-host": "localhost", "test": "1"})
    response = post(client, analyst, of("edit_source", source.pk), sent)
    assert response.status_code == 422
    assert "another address" in str(response.context["form"].errors["setting-password"])


def test_two_sources_of_one_name_are_told_apart(client, analyst, workspace, source):
    response = post(client, analyst, NEW, filled(workspace=workspace.pk))
    assert "name" in response.context["form"].errors


def test_a_kept_source_is_tested_from_its_page(client, analyst, source):
    assert "It answered in" in post(client, analyst, of("check_source", source.pk)).text
    Source.objects.filter(pk=source.pk).update(settings=source.settings | {"port": 1})
    assert "notice--bad" in post(client, analyst, of("check_source", source.pk)).text
    source.refresh_from_db()
    assert source.answered_at < source.failed_at


def test_a_source_in_use_stays_and_says_by_what(client, analyst, source, shop):
    dataset = tables.make_dataset(tables.draft(source, "shop.orders"), name="Bestellungen")
    post(client, analyst, of("delete_source", source.pk))
    text = page(client, analyst, of("source", source.pk)).text
    assert "is used by Bestellungen" in text
    dataset.delete()
    post(client, analyst, of("delete_source", source.pk))
    assert not Source.objects.filter(pk=source.pk).exists()


WRITES = ("source", "edit_source", "relations", "relation")


@pytest.mark.parametrize("who", ["viewer", "editor", "stranger"])
def test_only_those_who_define_data_of_the_workspace_find_a_source(client, request, source, who):
    user = request.getfixturevalue(who)
    for name in WRITES:
        assert page(client, user, of(name, source.pk)).status_code == 404
    for name in ("check_source", "delete_source", "edit_source", "relation"):
        assert post(client, user, of(name, source.pk)).status_code == 404
    assert Source.objects.filter(pk=source.pk).exists()
    expected = 200 if who == "stranger" else 404  # who is an admin elsewhere
    text = page(client, user, "/data/sources/")
    assert text.status_code == expected
    assert "Shop" not in text.text


def test_nobody_connects_a_source_into_a_workspace_of_others(client, analyst, stranger):
    theirs = stranger.memberships.get().workspace
    response = post(client, analyst, NEW, filled(workspace=theirs.pk))
    assert response.status_code == 422
    assert not Source.objects.filter(workspace=theirs).exists()


@pytest.mark.parametrize("kind", ["store", "duckdb", "nothing"])
def test_built_in_and_unknown_kinds_are_not_connected(client, analyst, kind):
    assert page(client, analyst, f"/data/sources/new/{kind}/").status_code == 404


def test_a_form_from_another_site_is_refused(analyst, workspace):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    assert post(client, analyst, NEW, filled(workspace=workspace.pk)).status_code == 403


def test_every_kind_can_be_chosen(client, analyst):
    text = page(client, analyst, "/data/sources/new/").text
    for kind in connectors.CONNECTORS:
        if kind not in connectors.BUILT_IN:
            assert of("connect", kind) in text
            assert page(client, analyst, of("connect", kind)).status_code == 200


# -- sources that are files


class FileConnector:
    """Stands for any connector of files: its one setting is a file."""

    SETTINGS = (Setting("file", "File", "file", is_required=True),)

    @staticmethod
    def check(found):
        from django.conf import settings

        from apps.datasources.connectors.errors import SourceRefused

        if (settings.UPLOADS / found.settings["file"]).read_bytes()[:6] != b"SQLite":
            raise SourceRefused("This is no such file.", field="file")

    @staticmethod
    def relations(found):
        return [Relation("things")]

    @staticmethod
    def columns(found, name):
        return [FoundColumn("thing", "text")]


@pytest.fixture
def file_kind(monkeypatch, settings, tmp_path):
    settings.UPLOADS = tmp_path
    settings.UPLOAD_DRAFTS = tmp_path / "drafts"
    monkeypatch.setitem(connectors.CONNECTORS, "sqlite", "x")
    real = connectors.connector
    chosen = lambda kind: FileConnector if kind == "sqlite" else real(kind)  # noqa: E731
    for module in ("sources", "source_services", "source_queries", "tables"):
        monkeypatch.setattr(f"apps.datasources.{module}.connector", chosen)
    return tmp_path


def test_a_file_is_kept_under_a_name_nobody_chose_and_dropped_when_it_is_none(
    client, analyst, workspace, file_kind
):
    url = "/data/sources/new/sqlite/"
    bad = {"name": "F", "workspace": workspace.pk}
    sent = bad | {"setting-file": SimpleUploadedFile("../../x.db", b"nonsense")}
    response = post(client, analyst, url, sent)
    assert "setting-file" in response.context["form"].errors
    assert [path for path in file_kind.iterdir() if path.is_file()] == []
    sent = bad | {"setting-file": SimpleUploadedFile("../../x.db", b"SQLite format 3")}
    assert post(client, analyst, url, sent | {"test": "1"}).status_code == 200
    assert [path for path in file_kind.iterdir() if path.is_file()] == []
    sent = bad | {"setting-file": SimpleUploadedFile("../../x.db", b"SQLite format 3")}
    assert post(client, analyst, url, sent).status_code == 302
    kept = Source.objects.get(kind="sqlite").settings["file"]
    assert kept.endswith(".source")
    assert [path.name for path in file_kind.iterdir() if path.is_file()] == [kept]
    assert kept not in page(client, analyst, of("source", Source.objects.get().pk)).text


def test_a_file_beyond_the_limit_is_refused(client, analyst, workspace, file_kind, settings):
    settings.UPLOAD_MAX_BYTES = 1024**2
    big = SimpleUploadedFile("x.db", b"SQLite" + b"x" * (4 * 1024**2))
    sent = {"name": "F", "workspace": workspace.pk, "setting-file": big}
    assert post(client, analyst, "/data/sources/new/sqlite/", sent).status_code == 422
    assert not Source.objects.exists()


# -- datasets of what a source holds


def test_tables_are_found_by_a_part_of_their_name_in_their_schema(client, analyst, source, shop):
    text = page(client, analyst, of("relations", source.pk), q="shop ord").text
    assert "shop" in text
    assert "orders" in text
    assert "Nothing is named like" in page(client, analyst, of("relations", source.pk), q="§").text


def test_twenty_thousand_tables_are_listed_in_part(client, analyst, source, monkeypatch):
    many = [Relation(f"s{n % 7}.table_{n}") for n in range(20_000)]
    monkeypatch.setattr("apps.datasources.connectors.postgresql.relations", lambda found: many)
    response = page(client, analyst, of("relations", source.pk))
    assert response.text.count("<li>") == tables.SHOWN
    assert "19,800 more" in response.text
    assert "table_19999" in page(client, analyst, of("relations", source.pk), q="19999").text


def test_a_table_is_a_dataset_in_three_clicks(client, analyst, viewer, source, shop):
    url = of("relation", source.pk)
    look = page(client, analyst, url, relation="shop.orders")
    form = look.context["form"]
    assert form["name"].value() == "Orders"
    assert form["time_column"].value() == "ordered_at"
    assert set(form["measures"].value()) == {"rows", "amount", "unit_price"}
    assert "Köln" in look.text
    data = {"relation": "shop.orders", "name": "Orders", "time_column": "ordered_at"}
    data |= {"measures": ["rows", "amount", "unit_price"]}
    assert post(client, analyst, url, data)["Location"] == "/data/orders/"
    made = Dataset.objects.get(slug="orders")
    aggregates = dict(made.measures.values_list("name", "aggregate"))
    assert aggregates == {"rows": "count", "amount": "sum", "unit_price": "avg"}
    text = page(client, viewer, "/data/orders/").text
    assert "Köln" in text
    assert "shop.orders" not in text  # where the rows are is for those who define data
    assert "90" in page(client, viewer, "/data/orders/rows/").text
    made.refresh_from_db()
    assert (made.row_count, made.data_to.date().isoformat()) == (90, "2024-03-31")
    assert "31 Mar 2024" in page(client, viewer, "/data/").text


@pytest.mark.parametrize("name", ["shop.nothing", "", 'a"b.c', "x" * 300])
def test_a_table_that_is_none_is_told(client, analyst, source, shop, name):
    response = page(client, analyst, of("relation", source.pk), relation=name)
    assert response.status_code == 422
    assert "field__error" in response.text or "notice--bad" in response.text


@pytest.fixture
def dataset(source, shop):
    return tables.make_dataset(tables.draft(source, "shop.orders"), name="Orders")


def test_columns_are_read_again_and_changes_told_before_they_count(client, analyst, dataset, shop):
    url = of("reread", dataset.pk)
    assert "the same as before" in page(client, analyst, url).text
    shop.execute("ALTER TABLE shop.orders ADD note text")
    text = page(client, analyst, url).text
    assert "note" in text
    assert "is new" in text
    assert not dataset.columns.filter(name="note").exists()
    assert post(client, analyst, url).status_code == 302
    assert dataset.columns.filter(name="note").exists()


def test_a_column_in_use_that_is_gone_is_named_and_must_be_accepted(client, analyst, dataset, shop):
    dataset.columns.filter(name="city").update(label="Stadt")
    shop.execute("ALTER TABLE shop.orders DROP amount, ALTER is_paid TYPE text")
    url = of("reread", dataset.pk)
    text = page(client, analyst, url).text
    assert "used by Amount" in text
    assert "was “Yes or no” and is “Text” now" in text
    assert post(client, analyst, url).status_code == 422
    assert dataset.columns.filter(name="amount").exists()
    assert post(client, analyst, url, {"accept": "on"}).status_code == 302
    assert not dataset.columns.filter(name="amount").exists()
    assert Column.objects.get(dataset=dataset, name="city").label == "Stadt"


def test_a_table_that_vanished_is_told_and_the_page_stands(client, analyst, dataset, shop):
    shop.execute("DROP TABLE shop.orders")
    response = page(client, analyst, "/data/orders/")
    assert response.status_code == 200
    assert "notice--bad" in response.text
    assert "notice--bad" in page(client, analyst, of("reread", dataset.pk)).text
    assert "bad" in page(client, analyst, "/data/orders/rows/").text


def test_a_source_that_is_away_leaves_its_pages_whole(client, analyst, source, dataset):
    source.settings = source.settings | {"port": 1}
    source.save()
    assert page(client, analyst, of("source", source.pk)).status_code == 200
    assert "notice--bad" in page(client, analyst, of("relations", source.pk)).text
    assert page(client, analyst, "/data/orders/profile/").status_code == 200


def test_a_dataset_is_deleted_once_nothing_shows_it(client, analyst, editor, dataset):
    assert post(client, editor, of("delete", dataset.pk)).status_code == 404
    assert post(client, analyst, of("delete", dataset.pk))["Location"] == "/data/"
    assert not Dataset.objects.exists()


def test_two_workspaces_do_not_share_sources(client, source, workspace, db):
    from apps.accounts.models import Workspace

    other = Workspace.objects.create(name="Other", slug="other")
    analyst = person("other@example.com", other, "analyst")
    assert page(client, analyst, of("source", source.pk)).status_code == 404


@pytest.mark.parametrize("kind", [kind for kind in CONNECTORS if kind not in BUILT_IN])
def test_every_choice_is_offered_in_words_and_fields_name_choices_that_there_are(kind):
    for setting in connector(kind).SETTINGS:
        for choice in setting.choices:
            assert choice_words.words_of(setting, choice) != choice
    ways = {c for each in connector(kind).SETTINGS if each.name == "auth" for c in each.choices}
    for setting, choices in choice_words.NEEDED.get(kind, {}).items():
        assert setting in {each.name for each in connector(kind).SETTINGS}
        assert set(choices) <= ways


@pytest.mark.parametrize(
    ("kind", "told"),
    [("http", "at which path"), ("prometheus", "Write an expression"), ("mysql", "Choose a table")],
)
def test_a_source_tells_the_first_step_that_it_has(client, analyst, workspace, kind, told):
    source = Source.objects.create(workspace=workspace, name="New", kind=kind, settings={})
    assert told in page(client, analyst, of("source", source.pk)).text
