"""What waits for a slow reader is bounded, and it gets the newest in the end (WS-8)."""

import asyncio

import pytest

from apps.streams.outbox import MOST_CHARACTERS, MOST_FRAMES, Outbox


class Reader:
    """A socket that takes frames only while its gate is open."""

    def __init__(self):
        self.gate = asyncio.Event()
        self.got = []
        self.missed = []

    async def send(self, frame):
        await self.gate.wait()
        self.got.append(frame)

    def on_missed(self, outbox, key):
        self.missed.append(key)


@pytest.fixture
async def reader():
    return Reader()


@pytest.fixture
async def outbox(reader):
    outbox = Outbox(reader.send, reader.on_missed)
    task = asyncio.create_task(outbox.run())
    await asyncio.sleep(0)
    yield outbox
    task.cancel()


async def settled():
    for _ in range(1000):
        await asyncio.sleep(0)


async def test_frames_leave_in_their_order(outbox, reader):
    reader.gate.set()
    for n in range(100):
        outbox.put(str(n), "a")
    await settled()
    assert reader.got == [str(n) for n in range(100)]


async def test_ws_8_200_mb_for_a_reader_who_takes_nothing_stay_within_the_bound(outbox, reader):
    frame = "x" * 20_000
    for _ in range(10_000):
        outbox.put(frame, "a")
        assert outbox.size <= MOST_CHARACTERS
        await asyncio.sleep(0)
    reader.gate.set()
    await settled()
    assert reader.missed == ["a"]
    assert len(reader.got) <= MOST_CHARACTERS // len(frame) + 1


async def test_many_small_frames_are_bounded_too(outbox, reader):
    for n in range(100_000):
        outbox.put("x", str(n % 3))
    reader.gate.set()
    await settled()
    assert len(reader.got) <= MOST_FRAMES + 1
    assert sorted(reader.missed) == ["0", "1", "2"]


async def test_another_view_keeps_its_place_when_one_is_dropped(outbox, reader):
    outbox.put("first", "b")
    for _ in range(40):
        outbox.put("x" * 10_000, "a")
    outbox.put("last", "b")
    reader.gate.set()
    await settled()
    assert [frame for frame in reader.got if len(frame) < 10] == ["first", "last"]
    assert reader.missed == ["a"]


async def test_after_it_caught_up_the_view_is_taken_again(outbox, reader):
    for _ in range(40):
        outbox.put("x" * 10_000, "a")
    reader.gate.set()
    await settled()
    outbox.put("new", "a")
    await settled()
    assert reader.got[-1] == "new"


async def test_one_frame_above_the_bound_goes_out_when_nothing_else_waits(outbox, reader):
    reader.gate.set()
    await settled()
    outbox.put("x" * (MOST_CHARACTERS + 1), "a")
    await settled()
    assert len(reader.got[-1]) == MOST_CHARACTERS + 1


async def test_it_tells_since_when_a_reader_blocks(outbox, reader):
    assert outbox.blocked_since is None
    outbox.put("x")
    await settled()
    assert outbox.blocked_since is not None
    reader.gate.set()
    await settled()
    assert outbox.blocked_since is None
