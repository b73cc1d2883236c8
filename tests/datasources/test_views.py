"""The Data pages through the user's door: who sees what, who may change it, and wrong input."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from apps.accounts import services as accounts
from apps.accounts.models import Workspace
from apps.datasources import services, uploads
from apps.datasources.models import Dataset, Measure, Metric, RowPolicy
from tests.conftest import person

CSV = b"Order Date,Region,Amount\n2024-01-02,East,7\n2024-01-01,West,12.5\n"
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def folders(settings, tmp_path):
    settings.UPLOAD_DRAFTS = tmp_path / "drafts"
    settings.UPLOAD_DRAFTS.mkdir()


@pytest.fixture
def west_only(orders):
    rows = [{"column": "region", "op": "in", "values": ["West"]}]
    return services.set_policy(orders, "Own region", "viewer", rows)


def page(client, user, url, **data):
    client.force_login(user)
    return client.get(url, data, headers={"Accept": "text/html"})


def post(client, user, url, data=None, **headers):
    client.force_login(user)
    return client.post(url, data or {}, headers={"Accept": "text/html", **headers})


def of(name, thing):
    return reverse(f"datasources:{name}", args=[thing.pk])


def send(client, user, content=CSV, name="orders.csv", **headers):
    workspace = user.memberships.get().workspace
    data = {"workspace": workspace.pk, "file": SimpleUploadedFile(name, content)}
    return post(client, user, reverse("datasources:upload"), data, **headers)


def draft_fields(response):
    """What the page of a draft would send when nothing is changed."""
    form = response.context["form"]
    return {field.name: field.value() or "" for field in form if field.name != "accept"}


# -- who sees what


def test_the_list_shows_what_one_may_ask_and_what_is_made_of_it(client, viewer, orders):
    text = page(client, viewer, "/data/").text
    assert "Orders" in text
    assert "240" in text
    assert "29 Apr 2024" in text
    assert reverse("datasources:upload") not in text


def test_an_empty_list_says_what_to_do(client, viewer, analyst):
    assert "An analyst of your workspace can" in page(client, viewer, "/data/").text
    assert "Upload a file" in page(client, analyst, "/data/").text


def test_a_dataset_shows_columns_measures_in_words_and_rows(client, viewer, orders):
    text = page(client, viewer, "/data/orders/").text
    for words in ("Sum of Amount", "Cost ÷ Revenue", "Number of rows", "2024-04-29", "West"):
        assert words in text


@pytest.mark.parametrize("slug", ["orders", "nothing"])
def test_a_stranger_finds_nothing_whether_it_is_there_or_not(client, stranger, orders, slug):
    assert page(client, stranger, f"/data/{slug}/").status_code == 404
    assert "Orders" not in page(client, stranger, "/data/").text


def test_a_visitor_is_asked_to_sign_in(client, orders):
    response = client.get("/data/orders/")
    assert response.status_code == 302
    assert "sign-in" in response["Location"]


def test_a_restricted_dataset_is_for_admins_and_the_granted(client, viewer, admin_user, orders):
    orders.is_restricted = True
    orders.save()
    assert page(client, viewer, "/data/orders/").status_code == 404
    assert page(client, admin_user, "/data/orders/").status_code == 200
    accounts.grant("view_dataset", viewer, orders)
    viewer.refresh_from_db()
    assert page(client, viewer, "/data/orders/").status_code == 200


def test_one_who_sees_a_part_is_told_and_sees_no_more(client, viewer, west_only):
    text = page(client, viewer, "/data/orders/").text
    assert "You see only rows where Region is one of “West”." in text
    assert "East" not in text
    assert "240" not in text
    assert "Own region" not in text


def test_policies_are_shown_to_those_who_define_data(client, analyst, editor, west_only):
    assert "Own region" in page(client, analyst, "/data/orders/").text
    assert "Own region" not in page(client, editor, "/data/orders/").text


def test_two_datasets_of_one_slug_have_two_addresses(client, orders, workspace):
    other = Workspace.objects.create(name="Other", slug="other")
    both = person("both@example.com", workspace)
    accounts.set_role(both, other, "viewer")
    twin = Dataset.objects.create(
        workspace=other, source=services.source_of_kind(other, "duckdb"), name="Twin", slug="orders"
    )
    text = page(client, both, "/data/").text
    assert "/data/orders/?in=commerce" in text
    assert "/data/orders/?in=other" in text
    found = page(client, both, "/data/orders/", **{"in": "other"}).context["dataset"]
    assert found == twin


def test_names_from_outside_are_shown_as_text(client, analyst, orders):
    evil = "<img src=x onerror=alert(1)>"
    orders.columns.update(label=evil)
    Dataset.objects.update(name=evil, description=evil)
    for url in ("/data/", "/data/orders/", of("columns", orders)):
        assert "<img src=x" not in page(client, analyst, url).text


def test_a_source_that_does_not_answer_leaves_the_page_whole(client, analyst, orders, settings):
    (settings.UPLOADS / orders.relation).rename(settings.UPLOADS / "away")
    try:
        response = page(client, analyst, "/data/orders/")
    finally:
        (settings.UPLOADS / "away").rename(settings.UPLOADS / orders.relation)
    assert response.status_code == 200
    assert "is gone" in response.text


# -- who may change what


WRITES = ("edit", "columns", "new_measure", "new_metric", "new_policy")


@pytest.mark.parametrize("name", WRITES)
@pytest.mark.parametrize("who", ["viewer", "editor", "stranger"])
def test_only_those_who_define_data_find_its_forms(client, request, orders, name, who):
    user = request.getfixturevalue(who)
    assert page(client, user, of(name, orders)).status_code == 404
    assert post(client, user, of(name, orders)).status_code == 404


@pytest.mark.parametrize("name", ["edit_measure", "delete_measure"])
@pytest.mark.parametrize("who", ["viewer", "editor", "stranger"])
def test_measures_are_changed_by_those_who_define_data(client, request, orders, name, who):
    measure = orders.measures.get(name="orders")
    assert post(client, request.getfixturevalue(who), of(name, measure)).status_code == 404
    assert Measure.objects.filter(pk=measure.pk).exists()


@pytest.mark.parametrize("name", ["edit_policy", "switch_policy"])
@pytest.mark.parametrize("who", ["viewer", "analyst", "stranger"])
def test_policies_are_changed_by_admins_alone(client, request, west_only, name, who):
    assert post(client, request.getfixturevalue(who), of(name, west_only)).status_code == 404
    assert RowPolicy.objects.get().is_active


def test_an_analyst_may_not_add_a_policy(client, analyst, orders):
    assert page(client, analyst, of("new_policy", orders)).status_code == 404


# -- words, measures, metrics, policies


def test_labels_units_and_words_are_changed_and_answers_move_on(client, analyst, orders):
    form = page(client, analyst, of("columns", orders)).context["form"]
    data = {field.name: field.value() or "" for field in form}
    amount = orders.columns.get(name="amount")
    data |= {f"label-{amount.pk}": "Turnover", f"unit-{amount.pk}": "€"}
    assert post(client, analyst, of("columns", orders), data).status_code == 302
    data = {"name": "Sales", "description": "What was sold.", "time_column": "ordered_at"}
    assert post(client, analyst, of("edit", orders), data).status_code == 302
    text = page(client, analyst, "/data/orders/").text
    assert all(words in text for words in ("Turnover", "€", "Sales", "What was sold."))
    before = orders.version
    orders.refresh_from_db()
    assert orders.version == before + 2


def test_a_column_needs_a_label(client, analyst, orders):
    form = page(client, analyst, of("columns", orders)).context["form"]
    data = {field.name: field.value() or "" for field in form}
    data[f"label-{orders.columns.first().pk}"] = ""
    response = post(client, analyst, of("columns", orders), data, **HTMX)
    assert response.status_code == 422
    assert "<html" not in response.text


def test_the_time_column_is_a_time(client, analyst, orders):
    response = post(client, analyst, of("edit", orders), {"name": "x", "time_column": "region"})
    assert response.status_code == 422


MEASURE = {"label": "Top amount", "aggregate": "max", "column": "amount", "format": "decimal"}


def test_a_measure_is_added_changed_and_deleted(client, analyst, orders):
    response = post(client, analyst, of("new_measure", orders), MEASURE, **HTMX)
    assert (response.status_code, response["HX-Redirect"]) == (204, "/data/orders/")
    measure = orders.measures.get(name="top_amount")
    assert "Highest Amount" in page(client, analyst, "/data/orders/").text
    data = MEASURE | {"label": "Best", "name": "other"}
    assert post(client, analyst, of("edit_measure", measure), data).status_code == 302
    measure.refresh_from_db()
    assert (measure.label, measure.name) == ("Best", "top_amount")
    assert post(client, analyst, of("delete_measure", measure)).status_code == 302
    assert not orders.measures.filter(name="top_amount").exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"column": "region"}, "column"),
        ({"column": "nothing"}, "column"),
        ({"column": ""}, "column"),
        ({"aggregate": "ratio"}, "numerator"),
        ({"aggregate": "drop table"}, "aggregate"),
        ({"label": "Revenue", "name": "revenue"}, "name"),
        ({"label": ""}, "label"),
        ({"name": "1; DROP"}, "name"),
    ],
)
def test_a_wrong_measure_is_refused_at_its_field(client, analyst, orders, change, field):
    response = post(client, analyst, of("new_measure", orders), MEASURE | change)
    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert orders.measures.count() == 4


def test_a_measure_of_another_dataset_is_no_part_of_a_ratio(client, analyst, orders, workspace):
    other = Workspace.objects.create(name="Other", slug="other")
    hidden = Dataset.objects.create(
        workspace=other, source=services.source_of_kind(other, "duckdb"), name="H", slug="h"
    )
    theirs = Measure.objects.create(dataset=hidden, name="n", label="N", aggregate="count")
    data = MEASURE | {"aggregate": "ratio", "numerator": theirs.pk, "denominator": theirs.pk}
    assert post(client, analyst, of("new_measure", orders), data).status_code == 422


def test_a_measure_in_use_stays_and_says_by_what(client, analyst, orders):
    response = post(client, analyst, of("delete_measure", orders.measures.get(name="revenue")))
    text = client.get(response["Location"], headers={"Accept": "text/html"}).text
    assert "is used by Cost share" in text
    assert orders.measures.count() == 4


def test_a_metric_is_added_as_who_adds_it(client, analyst, orders):
    data = {"name": "Revenue", "measure": orders.measures.get(name="revenue").pk, "grain": "day"}
    for _twice in range(2):
        assert post(client, analyst, of("new_metric", orders), data)
    slugs = {"revenue", "revenue-2"}
    assert set(Metric.objects.values_list("slug", flat=True)) == slugs
    assert set(Metric.objects.values_list("owner", flat=True)) == {analyst.pk}


def test_a_metric_needs_a_time(client, analyst, orders):
    Dataset.objects.update(time_column="")
    data = {"name": "Revenue", "measure": orders.measures.first().pk, "grain": "day"}
    response = post(client, analyst, of("new_metric", orders), data)
    assert response.status_code == 422
    assert "no time column" in response.text


POLICY = {"name": "Own", "role": "viewer", "column-0": "region", "op-0": "in"}


def test_a_policy_narrows_at_once_and_can_be_switched(client, admin_user, viewer, orders):
    data = POLICY | {"values-0": "West"}
    assert post(client, admin_user, of("new_policy", orders), data).status_code == 302
    policy = RowPolicy.objects.get()
    assert policy.filters == [{"column": "region", "op": "in", "values": ["West"]}]
    viewer.refresh_from_db()
    assert "East" not in page(client, viewer, "/data/orders/").text
    post(client, admin_user, of("switch_policy", policy), {"active": "false"})
    viewer.refresh_from_db()
    assert "East" in page(client, viewer, "/data/orders/").text
    data = {"role": "editor", "column-0": "region", "op-0": "eq", "values-0": "East"}
    assert post(client, admin_user, of("edit_policy", policy), data).status_code == 302
    policy.refresh_from_db()
    assert (policy.name, policy.role, policy.is_active) == ("Own", "editor", False)


def test_a_policy_may_speak_of_the_person_and_hold_commas(client, admin_user, orders):
    data = POLICY | {"values-0": '$region, "Bonn, West"'}
    post(client, admin_user, of("new_policy", orders), data)
    assert RowPolicy.objects.get().filters[0]["values"] == ["$region", "Bonn, West"]
    text = page(client, admin_user, "/data/orders/").text
    assert "their own “region”" in text


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"column-0": ""}, "column-0"),
        ({"values-0": ""}, "values-0"),
        ({"column-0": "amount", "values-0": "many"}, "values-0"),
        ({"op-0": "between"}, "values-0"),
        ({"column-0": "nothing"}, "column-0"),
        ({"role": "king"}, "role"),
    ],
)
def test_a_wrong_policy_is_refused_at_its_field(client, admin_user, orders, change, field):
    data = POLICY | {"values-0": "West"} | change
    response = post(client, admin_user, of("new_policy", orders), data)
    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert not RowPolicy.objects.exists()


# -- uploads


def test_a_file_is_uploaded_looked_at_and_confirmed(client, analyst, workspace):
    response = send(client, analyst, name="Order lines.csv")
    assert response.status_code == 302
    preview = client.get(response["Location"], headers={"Accept": "text/html"})
    assert "Order Date" in preview.text
    assert "12.5" in preview.text
    done = client.post(response["Location"], draft_fields(preview))
    assert done["Location"] == "/data/order-lines/"
    dataset = Dataset.objects.get(workspace=workspace)
    assert (dataset.row_count, dataset.time_column) == (2, "order_date")
    assert set(dataset.measures.values_list("name", flat=True)) == {"rows", "amount"}
    assert "now has 2 rows" in page(client, analyst, "/data/order-lines/").text


def test_with_htmx_a_file_leads_on_and_a_wrong_one_comes_back_as_a_part(client, analyst):
    assert "HX-Redirect" in send(client, analyst, **HTMX).headers
    response = send(client, analyst, b"", **HTMX)
    assert response.status_code == 422
    assert "<html" not in response.text
    response = send(client, analyst, b"a,b\n1\n", **HTMX)
    assert response.status_code == 422
    assert "Line 2 has 1 values where 2 are expected" in response.text


@pytest.mark.parametrize("who", ["viewer", "editor"])
def test_who_does_not_define_data_uploads_nothing(client, request, who, workspace):
    user = request.getfixturevalue(who)
    assert page(client, user, "/data/upload/").status_code == 404
    assert send(client, user).status_code == 404


def test_nobody_uploads_into_a_workspace_of_others(client, analyst, stranger, settings):
    theirs = stranger.memberships.get().workspace
    data = {"workspace": theirs.pk, "file": SimpleUploadedFile("a.csv", CSV)}
    assert post(client, analyst, "/data/upload/", data).status_code == 422
    assert list(settings.UPLOAD_DRAFTS.iterdir()) == []


@pytest.mark.parametrize("slack", [10, 2 * 1024**2])
def test_a_file_beyond_the_limit_is_refused_before_or_while_it_comes(
    client, analyst, settings, slack
):
    settings.UPLOAD_MAX_BYTES = 1024**2
    response = send(client, analyst, b"a,b\n" + b"x" * (settings.UPLOAD_MAX_BYTES + slack))
    assert response.status_code == 422
    assert "larger than 1 MB" in response.text
    assert list(settings.UPLOAD_DRAFTS.iterdir()) == []


def test_an_upload_from_another_site_is_refused(analyst, django_user_model):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    assert send(client, analyst).status_code == 403


def test_a_draft_is_its_makers_alone(client, analyst, admin_user):
    url = send(client, analyst)["Location"]
    for path in (url, f"{url}changes/"):
        assert post(client, admin_user, path).status_code == 404
    post(client, admin_user, f"{url}discard/")
    assert page(client, admin_user, url).status_code == 302
    assert page(client, analyst, url).status_code == 200


def test_a_draft_is_confirmed_only_while_one_may_define_data(client, analyst, workspace):
    url = send(client, analyst)["Location"]
    fields = draft_fields(page(client, analyst, url))
    accounts.set_role(analyst, workspace, "viewer")
    assert post(client, analyst, url, fields).status_code == 404
    assert not Dataset.objects.exists()


def test_a_discarded_draft_is_gone_and_who_goes_back_to_it_is_told(client, analyst):
    url = send(client, analyst)["Location"]
    for _click in range(2):
        assert post(client, analyst, f"{url}discard/").status_code == 302
    assert page(client, analyst, url)["Location"] == "/data/"
    assert "This upload is no longer open" in page(client, analyst, "/data/").content.decode()


def test_a_type_that_does_not_fit_is_refused_at_its_column(client, analyst):
    url = send(client, analyst)["Location"]
    fields = draft_fields(page(client, analyst, url)) | {"type-c1": "number"}
    response = post(client, analyst, url, fields, **HTMX)
    assert response.status_code == 422
    assert "such as “East”" in str(response.context["form"].errors["type-c1"])
    assert "<html" not in response.text


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"time_column": "region"}, "time_column"),
        ({"time_column": "nothing"}, "time_column"),
        ({"type-c0": "money"}, "type-c0"),
        ({"into": "replace:999"}, "into"),
        ({"measure-c2": "explode"}, "measure-c2"),
    ],
)
def test_a_wrong_choice_is_refused_at_its_field(client, analyst, change, field):
    url = send(client, analyst)["Location"]
    response = post(client, analyst, url, draft_fields(page(client, analyst, url)) | change)
    assert response.status_code == 422
    assert field in response.context["form"].errors


SAME = b"ordered_at,region,amount,cost\n2025-05-01,North,99,1\n"


def test_a_file_of_the_same_name_offers_to_replace_the_rows(client, analyst, orders):
    url = send(client, analyst, SAME)["Location"]
    fields = draft_fields(page(client, analyst, url))
    assert fields["into"] == f"replace:{orders.pk}"
    assert post(client, analyst, url, fields).status_code == 302
    orders.refresh_from_db()
    assert orders.row_count == 1


def test_rows_are_appended(client, analyst, orders):
    url = send(client, analyst, SAME)["Location"]
    fields = draft_fields(page(client, analyst, url)) | {"into": f"append:{orders.pk}"}
    assert post(client, analyst, url, fields).status_code == 302
    orders.refresh_from_db()
    assert orders.row_count == 241


def test_a_changed_shape_is_shown_and_must_be_accepted(client, analyst, orders):
    url = send(client, analyst, b"ordered_at,region\n2025-05-01,North\n")["Location"]
    fields = draft_fields(page(client, analyst, url))
    assert "“Amount” is missing" in post(client, analyst, f"{url}changes/", fields).text
    response = post(client, analyst, url, fields)
    assert response.status_code == 422
    assert "accept" in response.context["form"].errors
    orders.refresh_from_db()
    assert orders.row_count == 240
    assert post(client, analyst, url, fields | {"accept": "on"}).status_code == 302


def test_a_dataset_of_others_is_no_target(client, analyst, stranger):
    theirs = uploads.receive(
        stranger, stranger.memberships.get().workspace, SimpleUploadedFile("t.csv", CSV)
    )
    hidden = uploads.keep(theirs, stranger, uploads.Choice("Hidden", {}))
    url = send(client, analyst)["Location"]
    fields = draft_fields(page(client, analyst, url))
    for how in ("replace", "append"):
        response = post(client, analyst, url, fields | {"into": f"{how}:{hidden.pk}"})
        assert response.status_code == 422
        assert "Hidden" not in response.text
