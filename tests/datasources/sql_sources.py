"""A real PostgreSQL as a source of the SQL lab, with a table that is committed."""

import orjson
from django.db import connection

from apps.datasources import addresses
from apps.datasources.models import Column, Dataset, Source

HTMX = {"HX-Request": "true"}


def postgresql(workspace, settings, monkeypatch, name="Warehouse"):
    """The test server itself, allowed for once although it is our own."""
    own = connection.settings_dict
    settings.SOURCE_NETWORKS = ["127.0.0.0/8", "::1/128"]
    monkeypatch.setattr(addresses, "_addresses", lambda host: set())
    details = {"host": own["HOST"], "port": int(own["PORT"]), "dbname": own["NAME"]}
    details["user"] = own["USER"]
    made = Source.objects.create(
        workspace=workspace, name=name, kind="postgresql", settings=details
    )
    made.set_password(own["PASSWORD"])
    made.save()
    return made


def tables():
    """shop.sales of 100 rows and shop.staff of 2, new each time."""
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA IF EXISTS shop CASCADE; CREATE SCHEMA shop")
        cursor.execute(
            "CREATE TABLE shop.sales AS SELECT n AS id, CASE WHEN n % 2 = 0 THEN 'West' ELSE 'East'"
            " END AS region, n * 1.5 AS amount, timestamptz '2024-01-01Z' + n * interval '1 day'"
            " AS sold_at FROM generate_series(1, 100) n"
        )
        cursor.execute("CREATE TABLE shop.staff AS SELECT 'Ada' AS name, 7 AS pay")
        cursor.execute("CREATE VIEW shop.all_staff AS SELECT * FROM shop.staff")


def dataset(source, relation, slug, **fields):
    made = Dataset.objects.create(
        workspace=source.workspace,
        source=source,
        name=slug.title(),
        slug=slug,
        kind="table",
        relation=relation,
        **fields,
    )
    Column.objects.create(dataset=made, name="name", label="Name", type="text")
    return made


def ask(client, source, sql, parameters=None, **more):
    """Start a run and wait for its end."""
    body = {"source": source.pk, "sql": sql, "parameters": parameters or {}}
    response = client.post("/sql/runs/", orjson.dumps(body), content_type="application/json")
    found = response.json()
    while response.status_code == 200 and found["state"] == "running":
        found = client.get(f"/sql/runs/{found['id']}/").json()
    return response.status_code, found


def start(client, source, sql):
    """Begin a run; what the page is told."""
    body = {"source": source.pk, "sql": sql}
    return client.post("/sql/runs/", body, content_type="application/json")
