"""Whole numbers that arrive as text."""

MOST_DIGITS = 18  # fits 64 bits


def whole(text: object) -> int | None:
    """The number that plain digits write; None for anything else.

    `isdigit` alone lets through what int() refuses, such as ² or five thousand digits.
    """
    written = str(text)
    is_plain = written.isascii() and written.isdigit() and len(written) <= MOST_DIGITS
    return int(written) if is_plain else None
