"""What is sent to Redis without waiting."""

from apps.core import redis


def test_what_was_sent_later_is_done_once_it_is_settled():
    later = redis.Later()
    for number in range(20):
        later.send("SET", "later", number)
    later.settle()
    assert redis.client().get("later") == b"19"


def test_a_connection_that_has_ended_is_made_anew():
    later = redis.Later()
    later.send("SET", "later", 1)
    later.settle()
    first = later.connection
    redis.client().execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    later.send("SET", "later", 2)
    later.settle()
    assert later.connection is not first
    assert redis.client().get("later") == b"2"


def test_what_redis_refuses_does_not_spoil_the_next():
    later = redis.Later()
    later.send("SET", "later")
    later.send("SET", "later", 3)
    later.settle()
    assert redis.client().get("later") == b"3"
