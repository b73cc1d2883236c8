"""The replay of flights: in order, in time, and nothing lost when the server goes away."""

import itertools
import json
import threading
from datetime import UTC, datetime

import httpx
import pytest
from django.core.management import CommandError, call_command

from apps.streams import demo, services
from apps.streams.management.commands.feed_flights import batches
from apps.streams.replay import departures as flights_of_2013
from apps.streams.sender import Refused, Sender

NOON = datetime(2026, 7, 4, 12, tzinfo=UTC)


class Server:
    """Answers like the API, after a few failures."""

    def __init__(self, *failures):
        self.failures = list(failures)
        self.seen = []
        self.sign_ins = 0

    def __call__(self, request):
        if request.url.path.endswith("/token/"):
            self.sign_ins += 1
            return httpx.Response(200, json={"access": f"token {self.sign_ins}"})
        self.seen.append((request.headers["Idempotency-Key"], json.loads(request.content)))
        if self.failures:
            failure = self.failures.pop(0)
            if isinstance(failure, int):
                return httpx.Response(failure)
            raise failure
        return httpx.Response(202, json={"accepted": 1})


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr("apps.streams.sender.FIRST_PAUSE_S", 0.0)


def sender(server, stop=None):
    transport = httpx.MockTransport(server)
    return Sender("http://x", "departures", "a", "b", stop or threading.Event(), transport)


def test_flights_come_in_their_order_from_the_same_season_on():
    rows = list(itertools.islice(flights_of_2013(NOON), 3000))
    assert all(gap >= 0 for gap, _row in rows)
    assert sum(gap for gap, _row in rows) < 5 * 86_400
    assert {"EWR", "JFK", "LGA"} == {row["origin"] for _gap, row in rows}


def test_a_flight_fits_the_columns_of_the_stream():
    types = {column["name"]: column["type"] for column in demo.COLUMNS}
    table = services.Table("streams.x", demo.TIME, tuple(types.items()))
    rows = [row for _gap, row in itertools.islice(flights_of_2013(NOON), 2000)]
    good, _events, errors = services.judged(
        table, [{**row, "at": NOON.isoformat()} for row in rows]
    )
    assert (len(good), errors) == (2000, [])


def test_the_year_goes_round():
    late = datetime(2026, 12, 28, 23, 59, tzinfo=UTC)
    first = next(flights_of_2013(late))
    assert first[0] == 0


def test_a_tick_holds_what_takes_off_in_it_and_a_night_is_short():
    source = iter([(0, {"n": 0}), (60, {"n": 1}), (60, {"n": 2}), (36_000, {"n": 3}), (9e9, {})])
    stop = threading.Event()
    found = []
    for rows in batches(source, 600.0, stop):
        found.append([row["n"] for row in rows])
        if len(found) == 2:
            stop.set()
    assert found == [[0, 1, 2], [3]]


def test_a_batch_that_got_no_answer_is_sent_again_under_its_key(quick):
    server = Server(httpx.ConnectError("down"), 503, httpx.ReadTimeout("slow"), 429)
    assert sender(server).send([{"n": 1}]) == {"accepted": 1}
    assert len(server.seen) == 5
    assert len({key for key, _rows in server.seen}) == 1


def test_an_expired_token_is_renewed(quick):
    server = Server(401)
    sender(server).send([{"n": 1}])
    assert server.sign_ins == 2


def test_every_batch_has_its_own_key(quick):
    server = Server()
    one = sender(server)
    one.send([{"n": 1}])
    one.send([{"n": 1}])
    assert len({key for key, _rows in server.seen}) == 2


def test_what_will_never_be_taken_is_not_sent_for_ever(quick):
    with pytest.raises(Refused):
        sender(Server(404)).send([{"n": 1}])


def test_a_stop_ends_the_waiting():
    stop = threading.Event()
    stop.set()
    assert sender(Server(), stop).send([{"n": 1}]) is None


def test_without_an_account_the_remedy_is_named(settings, tmp_path):
    settings.VAR = tmp_path
    with pytest.raises(CommandError, match="setup_demo"):
        call_command("feed_flights")
