"""Copies through the user's door."""

import pytest

from apps.datasources import tables, tasks
from apps.datasources.models import Dataset, Extract, Source
from apps.datasources.relation_forms import PAGING_PARTS, PAGINGS, LookupForm
from tests.datasources.test_source_pages import (  # noqa: F401 - fixtures
    of,
    page,
    post,
    reachable,
    shop,
    source,
)


@pytest.fixture
def dataset(source, shop):  # noqa: F811
    return tables.make_dataset(tables.draft(source, "shop.orders"), name="Orders")


@pytest.fixture(autouse=True)
def begun(monkeypatch):
    found = []
    monkeypatch.setattr(tasks.take_extract, "delay_on_commit", found.append)
    return found


def test_a_copy_is_scheduled_told_taken_and_ended(client, analyst, dataset, begun):
    sent = {"every_minutes": "60", "incremental_by": "ordered_at"}
    assert post(client, analyst, of("extract", dataset.pk), sent).status_code == 302
    extract = Extract.objects.get()
    assert begun == [extract.pk]
    tasks.take_extract(extract.pk)
    text = page(client, analyst, "/data/orders/").text
    assert "new rows by ordered_at" in text
    assert "90" in page(client, analyst, "/data/orders/rows/").text
    post(client, analyst, of("take_extract", dataset.pk))
    assert begun == [extract.pk, extract.pk]
    post(client, analyst, of("end_extract", dataset.pk))
    assert not Extract.objects.exists()
    assert "Charts ask the source each time" in page(client, analyst, "/data/orders/").text


@pytest.mark.parametrize(
    ("change", "field"),
    [({"every_minutes": "1"}, "every_minutes"), ({"incremental_by": "city"}, "incremental_by")],
)
def test_what_does_not_fit_is_told_at_its_field(client, analyst, dataset, change, field):
    sent = {"every_minutes": "60"} | change
    response = post(client, analyst, of("extract", dataset.pk), sent)
    assert field in response.context["form"].errors
    assert not Extract.objects.exists()


@pytest.mark.parametrize("who", ["viewer", "editor", "stranger"])
def test_only_those_who_define_data_keep_copies(client, request, dataset, who):
    user = request.getfixturevalue(who)
    for name in ("extract", "take_extract", "end_extract"):
        assert post(client, user, of(name, dataset.pk), {"every_minutes": "60"}).status_code == 404


def test_an_upload_has_no_copy(client, analyst, orders):
    sent = {"every_minutes": "60"}
    assert post(client, analyst, of("extract", orders.pk), sent).status_code == 422
    assert "Keep a copy" not in page(client, analyst, "/data/orders/").text
    assert Dataset.objects.exists()


# -- web addresses, which are only ever copied


@pytest.fixture
def shop_on_the_web(workspace):
    import json
    import threading
    from http.server import BaseHTTPRequestHandler, HTTPServer

    class Orders(BaseHTTPRequestHandler):
        def do_GET(self):
            number = int(self.path.partition("page=")[2] or 1)
            rows = [{"at": f"2024-01-0{n}", "amount": n * number} for n in range(1, 4)]
            body = json.dumps({"items": rows if number <= 2 else []}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Orders)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    details = {"url": url, "auth": "none", "format": "json", "user": "", "header": ""}
    yield Source.objects.create(
        workspace=workspace, name="Web", kind="http", settings=details | {"check_certificate": True}
    )
    server.shutdown()


def test_a_web_address_is_named_looked_at_and_copied(client, analyst, shop_on_the_web, begun):
    url = of("relation", shop_on_the_web.pk)
    asked = {"relation": "/orders", "option-records": "$.items[*]", "option-paging": "page"}
    asked |= {"option-param": "page", "option-start": "1"}
    look = page(client, analyst, url, **asked)
    assert look.status_code == 200, look.context["lookup"].errors
    assert "2024-01-03" in look.text
    made = asked | {"name": "Orders", "time_column": "at", "measures": ["rows", "amount"]}
    assert post(client, analyst, url, made)["Location"] == "/data/orders/"
    dataset = Dataset.objects.get()
    assert dataset.options["paging"] == {"kind": "page", "param": "page", "start": 1}
    assert "still to be copied" in page(client, analyst, "/data/orders/").text
    tasks.take_extract(begun[0])
    assert "6" in page(client, analyst, "/data/orders/rows/").text
    assert "2024-01-03" in page(client, analyst, "/data/orders/").text


def test_what_was_typed_for_another_paging_neither_counts_nor_stands_in_the_way(
    client, analyst, shop_on_the_web
):
    asked = {"relation": "/orders", "option-records": "$.items[*]", "option-paging": "none"}
    asked |= {"option-param": "p", "option-next": "$.[", "option-size": "x"}
    assert page(client, analyst, of("relation", shop_on_the_web.pk), **asked).status_code == 200
    form = LookupForm(asked, kind="http")
    assert form.is_valid()
    assert form.options() == {"records": "$.items[*]"}


@pytest.mark.parametrize("paging", dict(PAGINGS))
def test_each_field_of_paging_names_the_kinds_that_use_it(paging):
    form = LookupForm(kind="http")
    shown = {
        name.removeprefix("option-")
        for name, field in form.fields.items()
        if paging in getattr(field, "needed_for", "").split()
    }
    assert shown == set(PAGING_PARTS[paging])


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"option-records": "$.["}, "option-records"),
        ({"option-records": "$.nothing[*]"}, "option-records"),
        ({"option-paging": "cursor"}, "option-paging"),
        ({"relation": "orders"}, "relation"),
        ({"option-paging": "page", "option-size": "x"}, "option-size"),
    ],
)
def test_where_the_rows_are_is_checked(client, analyst, shop_on_the_web, change, field):
    asked = {"relation": "/orders", "option-records": "$.items[*]"} | change
    response = page(client, analyst, of("relation", shop_on_the_web.pk), **asked)
    assert response.status_code == 422
    assert field in response.context["lookup"].errors
