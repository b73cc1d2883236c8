"""Pictures, pages of others and sections as cards: what the form refuses, and what is shown."""

import orjson
import pytest

from apps.core.errors import UserError
from apps.widgets import services
from apps.widgets.cards import card_data, overlays_of
from apps.widgets.kinds import links
from apps.widgets.models import Widget
from apps.widgets.services import WidgetSpec
from apps.widgets.view import View

VIEW = View("2024-01-01", "2024-02-01")


def checked(kind, options, editor):
    spec = WidgetSpec("Card", kind, options=options)
    return services.checked(spec, editor, editor.memberships.get().workspace, VIEW)


HOSTILE = [
    "javascript:alert(1)",
    "http://player.example.com/",
    "//player.example.com/",
    "https://player.example.com@evil.example/",
    "https://user@player.example.com/",
    "https://player.example.com:8443/",
    "https://player.example.com.evil.example/",
    "https://evil.example/player.example.com",
    "https://evil.example\\@player.example.com/",
    "https://player.example.com\n.evil.example/",
    " https://player.example.com/ x",
    "https://[::1]/",
    "https://PLAYER.example.com%2eevil.example/",
    "data:text/html,x",
    "",
]


@pytest.mark.parametrize("url", HOSTILE)
def test_an_address_off_the_list_is_refused_when_it_is_kept(url, settings, editor):
    settings.EMBED_HOSTS = ["player.example.com"]
    with pytest.raises(UserError) as error:
        checked("iframe", {"url": url}, editor)
    assert error.value.field == "options.url"


def test_an_address_is_shown_only_while_its_host_is_on_the_list(settings, editor):
    settings.EMBED_HOSTS = ["player.example.com"]
    url = "https://player.example.com/v/1?x=2"
    workspace = editor.memberships.get().workspace
    widget = services.fill(Widget(workspace=workspace), checked("iframe", {"url": url}, editor))
    assert overlays_of(widget, VIEW, editor) == {"embed": url}
    settings.EMBED_HOSTS = []
    assert overlays_of(widget, VIEW, editor) == {"refused": True}


def test_the_refusal_names_the_host_those_allowed_and_the_setting(settings, editor):
    settings.EMBED_HOSTS = ["player.example.com"]
    with pytest.raises(UserError, match=r"“evil\.example”.*player\.example\.com.*EMBED_HOSTS"):
        checked("iframe", {"url": "https://evil.example/"}, editor)


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({}, "options.image"),
        ({"image": "a" * 64 + ".png"}, "options.alt"),
        ({"image": "a" * 64 + ".svg", "alt": "x"}, "options.image"),
        ({"image": "a" * 64 + ".png", "alt": "x", "link": "javascript:x"}, "options.link"),
        ({"image": "a" * 64 + ".png", "alt": "x", "link": "//evil.example"}, "options.link"),
    ],
)
def test_a_picture_needs_a_file_words_and_an_honest_link(options, field, editor):
    with pytest.raises(UserError) as error:
        checked("image", options, editor)
    assert error.value.field == field


@pytest.mark.parametrize("link", ["", "/d/sales/", "https://example.com/a?b#c"])
def test_a_link_may_lead_to_https_or_to_us(link):
    assert links.clean_link(link) == link


def test_a_section_asks_nothing(editor):
    options = checked("section", {}, editor).options
    assert options == {"text": "", "shown_as": "heading", "collapsed": False, "through": ""}


def test_a_section_is_a_heading_or_a_tab(editor):
    assert checked("section", {"shown_as": "tab"}, editor).options["shown_as"] == "tab"
    with pytest.raises(UserError) as error:
        checked("section", {"shown_as": "drawer"}, editor)
    assert error.value.field == "options.shown_as"


def test_a_filter_counts_values_under_the_other_filters_and_says_what_is_chosen(editor, orders):
    spec = WidgetSpec("Region", "filter_control", orders.pk, options={"column": "region"})
    view = View("2024-01-01", "2024-04-30", filters=(("region", ("West",)),))
    spec = services.checked(spec, editor, orders.workspace, view)
    widget = services.fill(Widget(workspace=orders.workspace), spec)
    body = orjson.loads(card_data(widget, view, editor).body)
    names, counts = body["frames"]["main"]["data"]
    assert {"West", "East"} <= set(names)
    assert counts == sorted(counts, reverse=True)
    assert body["overlays"] == {"chosen": ["West"]}


@pytest.mark.parametrize("column", ["", "nobody"])
def test_a_filter_needs_a_column_that_is_there(column, editor, orders):
    spec = WidgetSpec("Region", "filter_control", orders.pk, options={"column": column})
    with pytest.raises(UserError):
        services.checked(spec, editor, orders.workspace, VIEW)
