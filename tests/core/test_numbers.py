"""Whole numbers that arrive as text."""

import pytest

from apps.core.numbers import whole


@pytest.mark.parametrize(("text", "number"), [("7", 7), ("0012", 12), ("9" * 18, 10**18 - 1)])
def test_plain_digits_are_a_number(text, number):
    assert whole(text) == number


@pytest.mark.parametrize("text", ["", None, "²", "٣", "-1", "+1", "1.0", " 1", "1\n", "9" * 5000])
def test_anything_else_is_none(text):
    assert whole(text) is None
