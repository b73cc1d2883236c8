"""Two datasets of one name are told apart wherever people choose or read names."""

import pytest

from apps.core.errors import Conflict
from apps.datasources import source_services, twins
from apps.datasources.models import Dataset, Source


@pytest.fixture
def make(workspace):
    """A dataset of a table, by source, name and table."""

    def made(source, name, relation):
        slug = f"{name}-{Dataset.objects.count()}".lower()
        return Dataset.objects.create(
            workspace=workspace,
            source=source,
            name=name,
            slug=slug,
            kind="table",
            relation=relation,
        )

    return made


@pytest.fixture
def sources(workspace):
    return [
        Source.objects.create(workspace=workspace, name=name, kind="postgresql")
        for name in ("Shop", "Archive")
    ]


def test_only_those_that_share_a_name_get_a_hint(make, sources):
    shop, archive = sources
    first, second = make(shop, "Orders", "a.orders"), make(archive, "orders", "a.orders")
    alone = make(shop, "Visits", "a.visits")
    assert twins.hints([first, second, alone]) == {first.pk: "Shop", second.pk: "Archive"}


def test_within_a_source_it_is_the_table_for_who_defines_data_else_the_short_name(make, sources):
    first, second = make(sources[0], "Orders", "a.orders"), make(sources[0], "Orders", "b.orders")
    assert twins.hints([first, second]) == {first.pk: first.slug, second.pk: second.slug}
    assert twins.names([first, second]) == ["Orders (a.orders)", "Orders (b.orders)"]


def test_a_source_in_use_names_both(make, sources):
    make(sources[0], "Orders", "a.orders"), make(sources[0], "Orders", "b.orders")
    with pytest.raises(Conflict, match=r"Orders \(a\.orders\), Orders \(b\.orders\)"):
        source_services.delete_source(sources[0])


def test_the_lists_show_the_hint(client, analyst, make, sources):
    make(sources[0], "Orders", "a.orders"), make(sources[1], "Orders", "b.orders")
    client.force_login(analyst)
    for url in ("/data/", "/explore/"):
        text = client.get(url, headers={"Accept": "text/html"}).text
        assert "Shop" in text
        assert "Archive" in text
