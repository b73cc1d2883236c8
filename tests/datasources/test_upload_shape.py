"""More rows or other rows for a dataset: what changes is named, and what must not change stays."""

import pytest
from django.urls import reverse

from apps.accounts.roles import Role
from apps.core.errors import Conflict, UserError
from apps.dashboards.models import Dashboard, Placement
from apps.datasources import services, upload_shape, uploads
from apps.datasources.models import Metric
from apps.widgets.models import Widget
from tests.datasources.uploading import keep, receive, values

pytestmark = pytest.mark.usefixtures("upload_folders")
GOOD = b"region,ordered_at,cost,amount\nNorth,2025-05-01,1,99\n"


def told(changes):
    return " ".join(change.text for change in changes)


def replacing(user, content, target):
    draft = receive(user, content)
    return upload_shape.replacing(draft.columns, target, user)


def card(dataset, owner, title, query, is_private=False):
    """A card on a page of somebody's."""
    page = Dashboard.objects.create(
        workspace=dataset.workspace,
        owner=owner,
        title=title,
        slug=title.lower().replace(" ", "-"),
        is_private=is_private,
    )
    widget = Widget.objects.create(
        workspace=dataset.workspace, title=title, kind="line", dataset=dataset, query=query
    )
    Placement.objects.create(dashboard=page, widget=widget, x=0, y=0, w=6, h=6)
    return widget


def test_rows_are_appended_in_whatever_order_the_columns_are(analyst, orders):
    dataset = keep(analyst, receive(analyst, GOOD), target=orders, is_append=True)
    assert dataset.row_count == 241
    assert dataset.data_to.isoformat() == "2025-05-01T00:00:00+00:00"
    assert dataset.measures.count() == orders.measures.count()


def test_what_is_missing_stays_empty_and_what_is_new_is_added(analyst, orders):
    draft = receive(analyst, b"ordered_at,region,amount,shop\n2025-05-01,North,99,a1\n")
    changes = upload_shape.appending(draft.columns, orders)
    assert "“Cost” is missing in the file. It stays empty" in told(changes)
    assert "“shop” is new. It is added" in told(changes)
    assert not any(change.is_refused for change in changes)
    dataset = keep(analyst, draft, target=orders, is_append=True)
    region, cost, shop = values(dataset, analyst, "region", "cost", "shop")
    new = region.index("North")
    assert (cost[new], shop[new]) == (None, "a1")
    assert [value for n, value in enumerate(shop) if n != new] == [None] * 240
    assert None not in [value for n, value in enumerate(cost) if n != new]
    assert dataset.columns.get(name="amount").label == orders.columns.get(name="amount").label


def test_a_column_of_another_type_cannot_be_appended(analyst, orders):
    draft = receive(
        analyst, b"ordered_at,region,amount,cost\n2025-05-01,x,1,much\n2025-05-02,y,2,3\n"
    )
    with pytest.raises(UserError) as caught:
        keep(analyst, draft, target=orders, is_append=True)
    assert caught.value.field == "into"
    assert "“Cost” is Number in the dataset; 1 value in the file is not." in caught.value.message
    assert uploads.draft_of(analyst, draft.token) == draft


def test_a_file_without_any_of_the_columns_cannot_be_appended(analyst, orders):
    with pytest.raises(UserError, match="No column of the file"):
        keep(analyst, receive(analyst, b"a,b\n1,2\n"), target=orders, is_append=True)


def test_the_dataset_decides_the_type_of_what_is_appended(analyst):
    first = keep(analyst, receive(analyst, b"zip,n\n00123,1\n", "a.csv"))
    more = keep(
        analyst, receive(analyst, b"zip,n\n12345,2.5\n", "b.csv"), target=first, is_append=True
    )
    assert values(more, analyst, "zip", "n") == [["00123", "12345"], [1, 2.5]]


def test_the_limits_hold_for_all_rows_together(analyst, orders, settings):
    settings.UPLOAD_MAX_ROWS = 240
    with pytest.raises(UserError) as caught:
        keep(analyst, receive(analyst, GOOD), target=orders, is_append=True)
    assert caught.value.code == "upload_rows"
    orders.refresh_from_db()
    assert orders.row_count == 240


def test_of_two_who_append_at_once_neither_loses_rows(analyst, orders, settings):
    seen = type(orders).objects.get(pk=orders.pk)  # as the second one's page read it
    dataset = keep(analyst, receive(analyst, GOOD), target=orders, is_append=True)
    files = set(settings.UPLOADS.iterdir())
    with pytest.raises(Conflict):
        keep(analyst, receive(analyst, GOOD), target=seen, is_append=True)
    dataset.refresh_from_db()
    assert dataset.row_count == 241
    assert set(settings.UPLOADS.iterdir()) == files


def test_a_change_by_replacing_names_what_uses_the_column(analyst, admin_user, orders):
    measure = orders.measures.get(name="revenue")
    Metric.objects.create(
        workspace=orders.workspace,
        dataset=orders,
        name="Daily revenue",
        slug="daily",
        measure=measure,
        filters=[{"any": [{"column": "region", "op": "in", "values": ["West"]}]}],
        owner=analyst,
    )
    card(orders, admin_user, "By region", {"measures": ["revenue"], "dimensions": ["region"]})
    card(orders, admin_user, "Secret", {"columns": ["region"]}, is_private=True)
    changes = replacing(analyst, b"ordered_at,amount,cost\n2025-05-01,much,1\n", orders)
    words = {change.text.split("”")[0].strip("“"): change.text for change in changes}
    assert "“Region” is missing" in words["Region"]
    assert "card “By region”" in words["Region"]
    assert "metric “Daily revenue”" in words["Region"]
    assert "a card on a private page" in words["Region"]
    assert "Secret" not in told(changes)
    assert "was Number and becomes Text" in words["Amount"]
    assert f"measure “{measure.label}”" in words["Amount"]
    assert "card “By region”" in words["Amount"]  # by its measure
    assert not any(change.is_refused for change in changes)


def test_the_time_of_the_dataset_is_named(analyst, orders):
    changes = replacing(analyst, b"region,amount,cost\nx,1,1\n", orders)
    assert "the dataset as its time" in told(changes)


@pytest.mark.parametrize("is_active", [True, False])
def test_the_column_of_a_row_policy_cannot_be_dropped_or_changed(analyst, orders, is_active):
    condition = [{"column": "region", "op": "in", "values": ["East"]}]
    services.set_policy(orders, "East only", Role.VIEWER, condition, is_active)
    for text in (b"ordered_at,amount,cost\n2025-05-01,1,1\n", GOOD.replace(b"North", b"7")):
        draft = receive(analyst, text)
        with pytest.raises(UserError) as caught:
            keep(analyst, draft, target=orders, time_column="ordered_at")
        assert caught.value.field == "into"
        assert "“East only”" in caught.value.message
        uploads.discard(draft)
    orders.refresh_from_db()
    assert orders.row_count == 240
    kept = keep(analyst, receive(analyst, GOOD), target=orders, time_column="ordered_at")
    assert kept.row_count == 1


# -- the page


def page_of(client, user, content, into=None):
    client.force_login(user)
    draft = receive(user, content, into=into)
    return draft, reverse("datasources:draft", args=[draft.token])


def test_the_dataset_page_leads_to_an_upload_for_it(client, analyst, viewer, orders):
    client.force_login(analyst)
    url = f"{reverse('datasources:upload')}?into={orders.pk}"
    assert url in client.get(reverse("datasources:detail", args=[orders.slug])).content.decode()
    page = client.get(url).content.decode()
    assert f'value="{orders.pk}"' in page
    assert "For “Orders”" in page
    client.force_login(viewer)
    assert url not in client.get(reverse("datasources:detail", args=[orders.slug])).content.decode()


def test_a_dataset_of_somebody_else_is_not_offered(client, stranger, orders):
    client.force_login(stranger)
    page = client.get(f"{reverse('datasources:upload')}?into={orders.pk}").content.decode()
    assert "Orders" not in page


def test_an_uploaded_file_for_a_dataset_is_appended_unless_one_says_otherwise(
    client, analyst, orders
):
    _draft, url = page_of(client, analyst, GOOD, into=orders)
    page = client.get(url).content.decode()
    assert f'value="append:{orders.pk}" ' in page
    assert 'name="name"' not in page
    client.post(url, {"into": f"append:{orders.pk}"})
    orders.refresh_from_db()
    assert orders.row_count == 241


def test_a_changed_shape_has_to_be_accepted(client, analyst, orders):
    _draft, url = page_of(client, analyst, b"ordered_at,region\n2025-05-01,x\n", into=orders)
    for how, rows in (("append", 241), ("replace", 1)):
        data = {"into": f"{how}:{orders.pk}", "time_column": "ordered_at"}
        answer = client.post(url, data)
        assert answer.status_code == 422
        assert "The shape changes" in answer.content.decode()
        if how == "append":
            continue
        assert client.post(url, data | {"accept": "on"}).status_code == 302
        orders.refresh_from_db()
        assert orders.row_count == rows


def test_what_is_refused_cannot_be_accepted(client, analyst, orders):
    condition = [{"column": "region", "op": "in", "values": ["East"]}]
    services.set_policy(orders, "East only", Role.VIEWER, condition)
    _draft, url = page_of(client, analyst, b"ordered_at,amount\n2025-05-01,1\n", into=orders)
    data = {"into": f"replace:{orders.pk}", "time_column": "ordered_at", "accept": "on"}
    answer = client.post(url, data)
    assert answer.status_code == 422
    assert "“East only”" in answer.content.decode()
    assert 'name="accept"' not in answer.content.decode()


def test_another_choice_gives_the_form_anew_without_complaints(client, analyst, orders):
    draft, _url = page_of(client, analyst, GOOD, into=orders)
    url = reverse("datasources:changes", args=[draft.token])
    page = client.post(url, {"into": "new"}, headers={"HX-Request": "true"}).content.decode()
    assert 'name="name"' in page
    assert "field__error" not in page
    part = client.post(
        url,
        {"into": f"replace:{orders.pk}", "type-c2": "text"},
        headers={"HX-Request": "true", "HX-Target": "changes"},
    ).content.decode()
    assert part.lstrip().startswith('<div id="changes"')
    assert "becomes Text" in part


def test_what_the_page_did_not_ask_for_is_proposed_when_the_choice_changes(client, analyst, orders):
    draft, _url = page_of(client, analyst, GOOD, into=orders)
    url = reverse("datasources:changes", args=[draft.token])
    page = client.post(url, {"into": f"replace:{orders.pk}"}).content.decode()
    assert '<option value="ordered_at" selected>' in page
    assert page.count('<option value="number" selected>') == 2
    assert page.count('<option value="time" selected>') == 1
    assert "becomes" not in page


def test_a_file_is_read_again_by_its_page(client, analyst):
    draft, page = page_of(client, analyst, b"a,b\n1;5,2\n")
    url = reverse("datasources:read_again", args=[draft.token])
    assert client.post(url, {"delimiter": ";"}).status_code == 422
    assert uploads.draft_of(analyst, draft.token) == draft
    assert client.post(url, {"head": "no"}).status_code == 302
    assert "column_1" in client.get(page).content.decode()
    assert client.post(url, {"delimiter": "x"}).status_code == 422


def test_the_draft_of_another_person_is_not_read_again(client, analyst, admin_user):
    draft, _page = page_of(client, analyst, GOOD)
    client.force_login(admin_user)
    assert client.post(reverse("datasources:read_again", args=[draft.token])).status_code == 404
