"""The socket of a dashboard: what it shows, to whom, and what it refuses."""

import asyncio
from datetime import datetime

import orjson
import pytest
from channels.db import database_sync_to_async
from django.contrib.auth.models import Group
from django.db import connections

from apps.accounts import services as accounts
from apps.accounts.models import User
from apps.core import metrics, redis
from apps.core.errors import Denied
from apps.dashboards import live
from apps.dashboards.consumers import RESTART
from apps.dashboards.models import Dashboard
from apps.datasources import engine
from apps.datasources import services as datasources
from apps.datasources.access import scope_of
from apps.streams import hub
from tests.dashboards.live_board import (
    VIEW,
    Tab,
    column,
    cookie_of,
    in_thread,
    make_board,
    now_row,
    record,
)
from tests.streams.conftest import make_stream

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def departures(workspace):
    return make_stream(workspace)


@pytest.fixture
def cards(editor, departures, orders):
    return make_board(editor, departures, orders)[1]


@pytest.fixture
def cookie(viewer):
    return cookie_of(viewer)


@pytest.fixture(autouse=True)
async def hub_of_this_test():
    yield
    await hub.close_hub()
    await database_sync_to_async(connections.close_all)()


async def watch(tab, widget, **more):
    await tab.say(type="subscribe", widget=widget, view=VIEW, **more)
    return await tab.hear("subscribed")


async def test_a_card_gets_a_snapshot_and_then_every_new_row(cards, cookie, departures):
    await record(departures, now_row(60))
    async with Tab(cookie) as tab:
        assert (await tab.hear())["type"] == "hello"
        said = await watch(tab, cards["line"])
        assert said["live"] is True
        snapshot = await tab.hear("snapshot")
        assert snapshot["key"] == said["key"]
        assert sum(column(snapshot["data"], "flights")) == 1
        row = now_row()
        await record(departures, row, row)
        delta = await tab.hear("delta")
        assert (delta["epoch"], delta["sequence"]) == (snapshot["epoch"], snapshot["sequence"] + 1)
        times = column(delta["data"], "at")
        assert delta["from"] <= min(times)
        assert column(delta["data"], "flights")[-1] == 2
        window = delta["data"]["window"]
        assert window["from"] <= times[-1] <= window["to"]
        assert times[-1] == datetime.fromisoformat(row["at"]).timestamp() // 1 * 1000


async def test_only_the_touched_steps_are_sent_with_the_gap_before_them(cards, cookie, departures):
    await record(departures, *[now_row(second) for second in range(100, 110)])
    async with Tab(cookie) as tab:
        await watch(tab, cards["line"])
        await tab.hear("snapshot")
        await record(departures, now_row())
        delta = await tab.hear("delta")
        assert column(delta["data"], "flights") == [None, 1]


async def test_a_late_row_corrects_the_step_it_belongs_to(cards, cookie, departures):
    await record(departures, now_row(30), now_row(2))
    async with Tab(cookie) as tab:
        await watch(tab, cards["line"])
        await tab.hear("snapshot")
        await record(departures, now_row(30))
        delta = await tab.hear("delta")
        assert sum(value or 0 for value in column(delta["data"], "flights")) == 3


async def test_a_row_outside_the_range_sends_nothing(cards, cookie, departures):
    await record(departures, now_row())
    async with Tab(cookie) as tab:
        await watch(tab, cards["line"])
        await tab.hear("snapshot")
        await record(departures, now_row(3600))
        assert await tab.is_silent()


async def test_a_figure_is_sent_as_a_whole(cards, cookie, departures):
    async with Tab(cookie) as tab:
        await watch(tab, cards["number"])
        assert column((await tab.hear("snapshot"))["data"], "flights") == [0]
        await record(departures, now_row())
        delta = await tab.hear("delta")
        assert delta["from"] is None
        assert column(delta["data"], "flights") == [1]


async def test_a_card_that_stands_still_comes_over_the_same_socket(cards, cookie):
    async with Tab(cookie) as tab:
        await tab.say(type="subscribe", widget=cards["bar"], view={"from": "2024", "to": "now"})
        await tab.say(
            type="subscribe",
            widget=cards["bar"],
            view={"from": "2024-01-01", "to": "2025-01-01", "timezone": "UTC"},
        )
        while (said := await tab.hear())["type"] != "subscribed":
            pass
        assert said["live"] is False
        snapshot = await tab.hear("snapshot")
        assert column(snapshot["data"], "region") == ["West", "East"]


async def test_the_second_reader_of_a_kept_answer_asks_nothing(cards, cookie, editor, monkeypatch):
    asked = []
    compute = engine._compute
    monkeypatch.setattr(engine, "_compute", lambda *args: asked.append(1) or compute(*args))
    other = await in_thread(cookie_of, editor)
    for who in (cookie, other):
        async with Tab(who) as tab:
            await watch(tab, cards["line"])
            await tab.hear("snapshot")
    assert len(asked) == 1


async def test_many_readers_cost_one_question_a_tick(cards, cookie, departures, monkeypatch):
    asked = []
    tail = engine.tail
    monkeypatch.setattr(engine, "tail", lambda *args: asked.append(1) or tail(*args))
    tabs = [Tab(cookie) for _ in range(8)]
    for tab in tabs:
        await tab.__aenter__()
        await watch(tab, cards["line"])
        await tab.hear("snapshot")
    asked.clear()
    await record(departures, now_row())
    frames = [await tab.hear("delta") for tab in tabs]
    assert len(asked) == 1
    assert all(frame == frames[0] for frame in frames)
    for tab in tabs:
        await tab.__aexit__()


async def test_ws_12_a_reader_who_returns_gets_what_was_missed_in_order(cards, cookie, departures):
    async with Tab(cookie) as stays:
        await watch(stays, cards["line"])
        snapshot = await stays.hear("snapshot")
        for _ in range(3):
            await record(departures, now_row())
            await stays.hear("delta")
        async with Tab(cookie) as returns:
            seen = {"since": snapshot["sequence"], "epoch": snapshot["epoch"]}
            await watch(returns, cards["line"], **seen)
            frames = [await returns.hear() for _ in range(3)]
            assert [frame["type"] for frame in frames] == ["delta"] * 3
            numbers = [frame["sequence"] for frame in frames]
            assert numbers == [snapshot["sequence"] + n for n in (1, 2, 3)]


async def test_ws_12_an_unknown_epoch_gets_a_snapshot(cards, cookie):
    async with Tab(cookie) as tab:
        await watch(tab, cards["line"], since=7, epoch="0123456789abcdef")
        assert (await tab.hear())["type"] == "snapshot"


async def test_a_gap_that_is_too_long_gets_a_snapshot(cards, cookie, departures):
    async with Tab(cookie) as tab:
        said = await watch(tab, cards["line"])
        snapshot = await tab.hear("snapshot")
        await record(departures, now_row())
        await tab.hear("delta")
        redis.client().delete(f"sightline:live:{said['key']}:log")
        seen = {"since": snapshot["sequence"], "epoch": snapshot["epoch"]}
        await watch(tab, cards["line"], **seen)
        assert (await tab.hear())["type"] == "snapshot"


async def test_after_unsubscribe_nothing_comes(cards, cookie, departures):
    async with Tab(cookie) as tab:
        await watch(tab, cards["line"])
        await tab.hear("snapshot")
        await tab.say(type="unsubscribe", widget=cards["line"])
        await tab.say(type="ping")
        await tab.hear("pong")
        await record(departures, now_row())
        assert await tab.is_silent()


async def test_a_silent_stream_is_called_stale_and_fresh_again(cards, cookie, departures, settings):
    settings.LIVE_LATE_S = 1.0
    await record(departures, now_row())
    async with Tab(cookie) as tab:
        await watch(tab, cards["line"])
        await tab.hear("snapshot")
        assert (await tab.hear())["type"] == "stale"
        await record(departures, now_row())
        assert (await tab.hear())["type"] == "fresh"


async def test_a_row_policy_keeps_readers_of_one_card_apart(cards, cookie, editor, departures):
    policy = [{"column": "carrier", "op": "in", "values": ["AA"]}]
    await in_thread(datasources.set_policy, departures.dataset, "own", "viewer", policy)
    other = await in_thread(cookie_of, editor)
    async with Tab(cookie) as narrowed, Tab(other) as whole:
        keys = [(await watch(tab, cards["number"]))["key"] for tab in (narrowed, whole)]
        assert keys[0] != keys[1]
        for tab in (narrowed, whole):
            await tab.hear("snapshot")
        await record(departures, now_row(), now_row(carrier="AA"))
        assert column((await narrowed.hear("delta"))["data"], "flights") == [1]
        assert column((await whole.hear("delta"))["data"], "flights") == [2]


# -- who may not


async def refused(tab):
    accepted, _code = await tab.socket.connect(timeout=10)
    return not accepted


async def test_ws_1_a_foreign_origin_is_refused(cards, cookie):
    assert await refused(Tab(cookie, origin="https://evil.example"))


@pytest.mark.parametrize("origin", ["", "null"])
async def test_ws_2_no_origin_is_refused(cards, cookie, origin):
    assert await refused(Tab(cookie, origin=origin))


async def test_ws_3_an_anonymous_handshake_is_refused(cards):
    assert await refused(Tab())


@pytest.mark.parametrize("path", ["/ws/d/live/", "/ws/streams/a/b/", "/"])
async def test_a_path_without_a_socket_is_refused_and_no_error(cards, cookie, path):
    assert await refused(Tab(cookie, path=path))


async def test_ws_4_a_foreign_and_a_missing_dashboard_are_refused_alike(cards, stranger):
    cookie = await in_thread(cookie_of, stranger)
    assert await refused(Tab(cookie))
    assert await refused(Tab(cookie, slug="missing"))


async def test_ws_4_a_card_of_another_dashboard_is_an_error_frame(cards, cookie, editor):
    def elsewhere():
        from apps.widgets.models import Widget

        widget = Widget.objects.get(pk=cards["bar"])
        widget.pk = None
        widget.save()
        return widget.pk

    foreign = await in_thread(elsewhere)
    async with Tab(cookie) as tab:
        for widget in (foreign, 10**9):
            await tab.say(type="subscribe", widget=widget, view=VIEW)
            error = await tab.hear("error")
            assert (error["widget"], error["code"]) == (widget, "not_found")


@pytest.mark.parametrize(
    "frame",
    [
        {"type": "websocket.disconnect"},
        {"type": "disconnect"},
        {"type": "_end"},
        {"type": ["subscribe"]},
        {},
        {"type": "subscribe"},
        {"type": "subscribe", "widget": "*"},
        {"type": "subscribe", "widget": True},
        {"type": "subscribe", "widget": 1, "view": [1]},
        {"type": "subscribe", "widget": 1, "since": "x"},
        {"type": "unsubscribe", "widget": None},
    ],
)
async def test_ws_5_a_wrong_wish_gets_an_error_and_the_socket_lives(cards, cookie, frame):
    async with Tab(cookie) as tab:
        await tab.say(**frame)
        assert (await tab.hear("error"))["message"]
        await tab.say(type="ping")
        await tab.hear("pong")


@pytest.mark.parametrize("view", [{"from": "yesterday"}, {"width": "x"}, {"filters": {"a": 1}}])
async def test_a_wrong_view_gets_an_error(cards, cookie, view):
    async with Tab(cookie) as tab:
        await tab.say(type="subscribe", widget=cards["line"], view=view)
        assert (await tab.hear("error"))["code"] == "bad_request"


@pytest.mark.parametrize("text", [" ", "{", "[]", "null", '{"type": NaN}', "[" * 50_000])
async def test_a_broken_frame_closes_with_4400(cards, cookie, text):
    async with Tab(cookie) as tab:
        await tab.socket.send_to(text_data=text)
        assert await tab.close_code() == 4400


async def test_ws_9_binary_closes_with_4400(cards, cookie):
    async with Tab(cookie) as tab:
        await tab.socket.send_to(bytes_data=b"\xff\x00")
        assert await tab.close_code() == 4400


async def test_ws_6_a_message_that_is_too_big_closes_with_1009(cards, cookie, settings):
    settings.WS_MAX_MESSAGE_BYTES = 1000
    async with Tab(cookie) as tab:
        ping = orjson.dumps({"type": "ping", "x": ""}).decode()
        await tab.socket.send_to(text_data=ping.replace('""', '"' + "x" * (1000 - len(ping)) + '"'))
        await tab.hear("pong")
        await tab.socket.send_to(text_data=ping.replace('""', '"' + "x" * 1001 + '"'))
        assert await tab.close_code() == 1009


async def test_ws_7_a_flood_of_messages_is_closed_with_4429(cards, cookie):
    async with Tab(cookie) as tab:
        for _ in range(400):
            await tab.say(type="ping")
        assert await tab.close_code() == 4429


async def test_ws_11_one_socket_too_many_is_closed_with_4429(cards, cookie, settings):
    settings.WS_MAX_SOCKETS_PER_USER = 2
    async with Tab(cookie) as first:
        async with Tab(cookie), Tab(cookie) as third:
            assert await third.close_code() == 4429
        await first.say(type="ping")
        await first.hear("pong")
        async with Tab(cookie) as again:
            await again.hear("hello")


# -- rights that end while the socket is open


async def test_a_person_who_loses_the_role_is_closed_with_4403(cards, cookie, viewer, workspace):
    async with Tab(cookie) as tab:
        await tab.hear("hello")
        await in_thread(accounts.leave, viewer, workspace)
        assert await tab.close_code() == 4403


async def test_a_dashboard_made_private_is_closed_to_others(cards, cookie, viewer):
    def hide():
        Dashboard.objects.update(is_private=True)
        accounts.touch_access([viewer.pk])

    async with Tab(cookie) as tab:
        await tab.hear("hello")
        await in_thread(hide)
        assert await tab.close_code() == 4403


async def test_a_column_that_is_hidden_meanwhile_starts_a_card_over(cards, cookie, orders):
    async with Tab(cookie) as tab:
        await tab.hear("hello")
        hide = {"hidden_columns": ["amount"]}
        await in_thread(datasources.set_policy, orders, "No amounts", "viewer", [], **hide)
        assert await tab.close_code() == RESTART


async def test_who_joins_a_group_with_a_policy_starts_over(cards, cookie, orders, viewer):
    group = await in_thread(Group.objects.create, name="sales")
    west = [{"column": "region", "op": "in", "values": ["West"]}]
    await in_thread(datasources.set_policy, orders, "W", "", west, group=group)
    async with Tab(cookie) as tab:
        await tab.hear("hello")
        await in_thread(group.user_set.add, viewer)
        assert await tab.close_code() == RESTART


async def test_a_dataset_that_may_not_be_seen_in_part_leaves_the_other_cards(
    cards, cookie, orders, departures, monkeypatch
):
    def refused(user, dataset_id):
        if dataset_id == orders.pk:
            raise Denied("made of data that you see only in part")
        return scope_of(user, dataset_id)

    monkeypatch.setattr(live, "scope_of", refused)
    async with Tab(cookie) as tab:
        await tab.hear("hello")
        assert (await watch(tab, cards["line"]))["live"] is True


async def test_a_deactivated_person_is_closed_though_nobody_announced_it(cards, cookie, viewer):
    async with Tab(cookie) as tab:
        await tab.hear("hello")
        await in_thread(User.objects.filter(pk=viewer.pk).update, is_active=False)
        assert await tab.close_code() == 4401


async def test_a_changed_password_closes_what_was_opened_under_the_old_one(cards, cookie, viewer):
    async with Tab(cookie) as tab:
        await tab.hear("hello")

        def change():
            viewer.set_password("another battery staple")
            viewer.save()

        await in_thread(change)
        assert await tab.close_code() == 4401


async def test_signing_out_closes_the_sockets_of_that_session_only(cards, cookie, viewer):
    from django.test import Client

    def sign_out():
        name, _equals, value = cookie.partition("=")
        client = Client()
        client.cookies[name] = value
        client.logout()

    other = await in_thread(cookie_of, viewer)
    async with Tab(cookie) as tab, Tab(other) as stays:
        await tab.hear("hello")
        await in_thread(sign_out)
        assert await tab.close_code() == 4401
        await stays.say(type="ping")
        await stays.hear("pong")


async def test_a_new_row_policy_restarts_the_socket(cards, cookie, departures):
    policy = [{"column": "carrier", "op": "in", "values": ["AA"]}]
    async with Tab(cookie) as tab:
        await watch(tab, cards["number"])
        await in_thread(datasources.set_policy, departures.dataset, "own", "viewer", policy)
        assert await tab.close_code() == 1012


async def test_the_socket_closes_within_five_seconds_without_redis_messages(
    cards, cookie, viewer, workspace, monkeypatch
):
    monkeypatch.setattr(hub.Hub, "_hear", lambda *_args: None)
    async with Tab(cookie) as tab:
        await tab.hear("hello")
        await in_thread(accounts.leave, viewer, workspace)
        async with asyncio.timeout(5):
            assert await tab.close_code() == 4403


async def test_metrics_count_the_sockets_that_are_open(cards, cookie):
    def counted():
        return metrics.REGISTRY.get_sample_value("sightline_live_sockets")

    before = counted()
    async with Tab(cookie) as one, Tab(cookie) as two:
        await one.hear("hello")
        await two.hear("hello")
        assert counted() == before + 2
    assert counted() == before
