"""The frame of every page: its links, its error pages, and what they promise."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.urls import reverse

from apps.accounts.models import User
from apps.core.templatetags import shell
from apps.widgets.kinds import KINDS

SPRITE = (Path(settings.ROOT) / "static/icons/sprite.svg").read_text()
ICONS = set(re.findall(r'<symbol id="([\w-]+)"', SPRITE))


def ways(user):
    request = RequestFactory().get("/")
    request.user = user
    return [link.way.url for link in shell.ways({"request": request})]


@pytest.mark.parametrize("way", shell.WAYS, ids=lambda way: way.url)
def test_every_way_of_the_rail_leads_somewhere(way):
    assert reverse(way.url).startswith("/")


def test_no_two_ways_share_their_keys():
    assert len({way.keys for way in shell.WAYS}) == len(shell.WAYS)


def test_only_staff_are_shown_the_way_to_administration():
    assert "admin:index" in ways(User(is_staff=True))
    assert "admin:index" not in ways(User(is_staff=False))


def test_a_visitor_who_is_not_signed_in_is_shown_no_ways():
    assert ways(AnonymousUser()) == []


def test_every_icon_that_a_template_or_the_rail_names_is_in_the_sprite():
    named = {way.icon for way in shell.WAYS}
    for template in (Path(settings.ROOT) / "templates").rglob("*.html"):
        named |= set(re.findall(r'_icon\.html" with name="([\w-]+)"', template.read_text()))
    assert named - ICONS == set()


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_card_has_an_icon(kind):
    assert f"kind-{kind}" in ICONS


def test_a_missing_page_says_what_to_do_and_names_the_request(client, viewer):
    client.force_login(viewer)
    response = client.get("/no-such-page/", headers={"accept": "text/html"})
    page = response.content.decode()
    assert response.status_code == 404
    assert response["X-Request-Id"] in page
    assert "There is nothing here." in page
    assert 'aria-label="Main"' in page


@pytest.mark.parametrize("name", ["500", "offline"])
def test_the_page_for_a_broken_server_needs_neither_request_nor_database(name):
    page = render_to_string(f"{name}.html", {"request_id": "4f2a"})
    assert "Try again" in page
    assert ("4f2a" in page) is (name == "500")


@pytest.mark.parametrize("template", ["base", "500", "offline"])
def test_no_page_carries_inline_script_or_style(template):
    source = (Path(settings.ROOT) / f"templates/{template}.html").read_text()
    assert not re.search(r"<script(?![^>]*src=)|<style|\sstyle=|\son\w+=", source)
