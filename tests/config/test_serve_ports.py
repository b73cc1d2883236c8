"""Busy ports are seen, and the next free one is taken."""

import socket

import pytest

from config.serve import ports
from config.serve.problems import CannotStart


@pytest.fixture
def busy():
    """A port somebody listens on."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def test_a_port_with_a_listener_is_not_free(busy):
    assert not ports.is_free(busy)


def test_a_port_taken_on_every_address_is_not_free():
    with socket.socket() as server:
        server.bind(("0.0.0.0", 0))
        server.listen()
        assert not ports.is_free(server.getsockname()[1])


def test_the_next_free_port_is_taken_instead(busy):
    assert busy < ports.next_free(busy) < busy + 100


def test_a_free_port_is_kept():
    port = ports.any_free()
    assert ports.next_free(port) == port


def test_a_port_promised_to_another_part_is_not_given_twice():
    port = ports.any_free()
    assert ports.next_free(port, taken={port}) > port


def test_when_all_are_taken_the_message_names_range_and_remedy(busy):
    with pytest.raises(CannotStart, match=rf"{busy} to {busy}.* is taken.*PORT="):
        ports.next_free(busy, tries=1)
