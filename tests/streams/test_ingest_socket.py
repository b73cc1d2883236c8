"""Rows over a socket: signed in by a token or a session, stored as over HTTP."""

import orjson
import pytest
from channels.db import database_sync_to_async
from django.db import connection, connections
from guardian.shortcuts import assign_perm
from rest_framework_simplejwt.tokens import AccessToken

from apps.accounts import services as accounts
from apps.api.tokens import Refresh
from apps.streams import hub, services
from tests.dashboards.live_board import Tab, cookie_of, in_thread, now_row

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
async def hub_of_this_test():
    yield
    await hub.close_hub()
    await database_sync_to_async(connections.close_all)()


def token_of(user):
    return str(Refresh.issue(user).access_token)


def sender(cookie="", origin=""):
    return Tab(cookie, origin=origin, path="/ws/streams/departures/")


def count(stream):
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT count(*) FROM streams."{services.table_of(stream).name}"')
        return cursor.fetchone()[0]


async def test_a_token_in_the_first_message_opens_the_door(departures, editor):
    token = await in_thread(token_of, editor)
    async with sender() as tab:
        await tab.say(type="auth", token=token)
        assert (await tab.hear())["type"] == "ready"
        await tab.say(type="events", key="1", rows=[now_row(), now_row(delay="x")])
        answer = await tab.hear()
        assert (answer["type"], answer["key"]) == ("recorded", "1")
        assert (answer["accepted"], answer["rejected"]) == (1, 1)
        assert answer["errors"][0]["column"] == "delay"
    assert await in_thread(count, departures) == 1


async def test_a_session_needs_no_token(departures, editor, settings):
    cookie = await in_thread(cookie_of, editor)
    async with sender(cookie, origin=settings.BASE_URL) as tab:
        assert (await tab.hear())["type"] == "ready"
        await tab.say(type="events", rows=[now_row()])
        assert (await tab.hear())["accepted"] == 1


async def test_a_resent_key_gets_the_same_answer(departures, editor):
    token = await in_thread(token_of, editor)
    row = now_row()
    async with sender() as tab:
        await tab.say(type="auth", token=token)
        await tab.hear("ready")
        answers = []
        for _ in range(2):
            await tab.say(type="events", key="1", rows=[row])
            answers.append(await tab.hear())
        assert answers[0] == answers[1]
    assert await in_thread(count, departures) == 1


@pytest.mark.parametrize(
    "first",
    [
        {"type": "auth", "token": "x.y.z"},
        {"type": "auth", "token": "\U0001f600"},
        {"type": "auth"},
        {"type": "events", "rows": []},
    ],
)
async def test_no_good_token_closes_with_4401(departures, first):
    async with sender() as tab:
        await tab.say(**first)
        assert await tab.close_code() == 4401


async def test_auth_3_a_refresh_token_is_no_access_token(departures, editor):
    token = await in_thread(lambda: str(Refresh.issue(editor)))
    async with sender() as tab:
        await tab.say(type="auth", token=token)
        assert await tab.close_code() == 4401


async def test_a_token_of_another_key_is_refused(departures, editor):
    token = AccessToken()
    token["user_id"] = str(editor.pk)
    forged = str(token)[:-4] + "AAAA"
    async with sender() as tab:
        await tab.say(type="auth", token=forged)
        assert await tab.close_code() == 4401


async def test_up_12_who_may_send_to_one_stream_may_not_to_another(departures, stranger, workspace):
    token = await in_thread(token_of, stranger)
    async with sender() as tab:
        await tab.say(type="auth", token=token)
        assert await tab.close_code() == 4403
    await in_thread(assign_perm, "streams.send_events", stranger, departures)
    async with sender() as tab:
        await tab.say(type="auth", token=token)
        assert (await tab.hear())["type"] == "ready"


async def test_who_loses_the_right_can_send_no_more(departures, editor, workspace, monkeypatch):
    monkeypatch.setattr("apps.streams.consumers.RIGHTS_AGE_S", 0.0)
    token = await in_thread(token_of, editor)
    async with sender() as tab:
        await tab.say(type="auth", token=token)
        await tab.hear("ready")
        await in_thread(accounts.leave, editor, workspace)
        await tab.say(type="events", rows=[now_row()])
        assert (await tab.hear())["code"] == "not_found"


@pytest.mark.parametrize(
    "frame",
    [
        {"type": "subscribe"},
        {"type": "events"},
        {"type": "events", "rows": [1]},
        {"type": "events", "rows": [], "key": 5},
    ],
)
async def test_a_wrong_frame_gets_an_error_and_the_socket_lives(departures, editor, frame):
    token = await in_thread(token_of, editor)
    async with sender() as tab:
        await tab.say(type="auth", token=token)
        await tab.hear("ready")
        await tab.say(**frame)
        assert (await tab.hear())["type"] == "error"
        await tab.say(type="events", rows=[])
        assert (await tab.hear())["type"] == "recorded"


async def test_a_cookie_without_an_origin_is_refused(departures, editor):
    cookie = await in_thread(cookie_of, editor)
    accepted, _code = await sender(cookie).socket.connect()
    assert not accepted


async def test_one_row_more_than_the_limit_is_refused(departures, editor, settings):
    settings.INGEST_MAX_ROWS = 2
    token = await in_thread(token_of, editor)
    async with sender() as tab:
        await tab.say(type="auth", token=token)
        await tab.hear("ready")
        await tab.socket.send_to(
            text_data=orjson.dumps({"type": "events", "rows": [now_row()] * 3}).decode()
        )
        assert (await tab.hear())["code"] == "too_large"
