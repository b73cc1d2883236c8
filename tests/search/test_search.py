import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.urls import reverse

from apps.accounts import services as accounts
from apps.dashboards.models import Dashboard, Placement
from apps.datasources.models import Metric
from apps.search import documents
from apps.widgets.models import Widget


@pytest.fixture
def sales(workspace, editor, orders):
    dashboard = Dashboard.objects.create(
        workspace=workspace, owner=editor, title="Sales of Straßen-Café", slug="sales"
    )
    widget = Widget.objects.create(
        workspace=workspace, title="Revenue per region", kind="bar", dataset=orders
    )
    Placement.objects.create(dashboard=dashboard, widget=widget, x=0, y=0, w=8, h=6)
    Metric.objects.create(
        workspace=workspace,
        dataset=orders,
        name="Daily revenue",
        slug="daily-revenue",
        measure=orders.measures.get(name="revenue"),
        owner=editor,
    )
    return dashboard


def found(text, user):
    return {(hit.kind, hit.title) for hit in documents.search(text, user)}


def test_every_kind_of_thing_is_found_by_the_words_of_its_name(sales, viewer):
    assert found("sales", viewer) >= {("dashboard", "Sales of Straßen-Café")}
    assert found("revenue", viewer) == {
        ("widget", "Revenue per region"),
        ("metric", "Daily revenue"),
    }
    assert ("dataset", "Orders") in found("ORDERS", viewer)


def test_the_beginning_or_the_middle_of_a_word_is_enough(sales, viewer):
    assert ("dashboard", "Sales of Straßen-Café") in found("sal stra", viewer)
    assert ("widget", "Revenue per region") in found("even", viewer)


def test_every_word_must_be_there(sales, viewer):
    assert ("widget", "Revenue per region") in found("revenue region", viewer)
    assert not found("revenue zebra", viewer)


def test_a_title_counts_more_than_where_it_stands(sales, viewer, orders):
    hits = documents.search("orders", viewer)
    assert (hits[0].kind, hits[0].title) == ("dataset", "Orders")


def test_a_stranger_and_an_anonymous_visitor_find_nothing(sales, stranger):
    for word in ("sales", "revenue", "orders"):
        assert not found(word, stranger)
        assert not found(word, AnonymousUser())


def test_a_private_dashboard_hides_its_charts_too_until_it_is_granted(sales, viewer, editor):
    Dashboard.objects.filter(pk=sales.pk).update(is_private=True)
    assert ("widget", "Revenue per region") not in found("revenue", viewer)
    assert not {kind for kind, _ in found("sales", viewer)} & {"dashboard", "widget"}
    assert ("dashboard", "Sales of Straßen-Café") in found("sales", editor)
    accounts.grant("view_dashboard", viewer, sales)
    assert ("widget", "Revenue per region") in found("revenue", viewer)


def test_a_restricted_dataset_hides_its_metrics(sales, viewer, admin_user, orders):
    orders.is_restricted = True
    orders.save()
    assert not {kind for kind, _ in found("orders revenue", viewer)} & {"dataset", "metric"}
    assert ("dataset", "Orders") in found("orders", admin_user)


@pytest.mark.parametrize(
    "text", ["", "  ", "&|!():*", "a:*b & !c", "'; drop table x; --", "%", "\\", "😀", "x" * 5000]
)
def test_no_text_breaks_the_search(sales, viewer, client, text):
    client.force_login(viewer)
    assert client.get(reverse("search:page"), {"q": text}).status_code == 200
    assert client.get(reverse("search:page"), {"q": text + "\x00"}).status_code == 200


def test_a_slip_of_the_hand_is_forgiven_where_the_server_can(sales, viewer):
    documents.has_trigrams.cache_clear()
    if not documents.has_trigrams(connection.settings_dict["NAME"]):
        pytest.skip("this server has no pg_trgm")
    assert ("widget", "Revenue per region") in found("revenoe", viewer)


def test_search_works_on_a_server_without_trigrams(sales, viewer, monkeypatch):
    monkeypatch.setattr(documents, "has_trigrams", lambda database: False)
    assert ("widget", "Revenue per region") in found("revenue", viewer)
    assert not found("revenoe", viewer)


def test_the_page_shows_names_as_text_and_leads_there(sales, viewer, client):
    sales.title = "<script>alert(1)</script> sales"
    sales.save()
    client.force_login(viewer)
    page = client.get(reverse("search:page"), {"q": "sales"}).content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt; sales" in page
    assert 'href="/d/sales/"' in page


def test_the_palette_gets_the_results_alone(sales, viewer, client):
    client.force_login(viewer)
    part = client.get(
        reverse("search:page"), {"q": "revenue"}, headers={"HX-Request": "true"}
    ).content.decode()
    assert "<html" not in part
    widget = sales.placements.get().widget
    assert f'href="/d/sales/#widget-{widget.pk}" data-hit' in part


def test_one_search_asks_a_fixed_number_of_questions(sales, viewer, django_assert_max_num_queries):
    documents.search("x", viewer)
    with django_assert_max_num_queries(6):
        documents.search("revenue", viewer)


def test_a_visitor_is_asked_to_sign_in(client, db):
    assert "/accounts/sign-in/" in client.get(reverse("search:page")).headers["Location"]
