"""What keeps the product from starting, in one line a person can act on."""


class CannotStart(Exception):
    """The start stopped for a reason the reader can remove: cause and remedy, no traceback."""

    def __init__(self, cause: str, remedy: str) -> None:
        super().__init__(f"{cause} {remedy}")
        self.cause = cause
        self.remedy = remedy
