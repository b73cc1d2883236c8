"""What goes wrong in a way that a person can mend. Edges turn these into their own shape."""


class UserError(Exception):
    """Bad input or a refused wish: names the field, says the remedy, carries its HTTP status.

    `message` is for the person who asked, translated, and never holds a secret, a query or a path.
    """

    status = 400
    code = "bad_request"

    def __init__(self, message: str, *, field: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        if code:
            self.code = code


class NotFound(UserError):
    """Missing, or somebody else's: the two are answered alike."""

    status = 404
    code = "not_found"


class Denied(UserError):
    """The caller may see the thing, but not do this to it."""

    status = 403
    code = "denied"


class Conflict(UserError):
    """Somebody else saved first."""

    status = 409
    code = "conflict"


class TooLarge(UserError):
    """More than a limit allows; the message names the limit."""

    status = 413
    code = "too_large"


class Unavailable(UserError):
    """A source or a part does not answer now; trying again later may help."""

    status = 503
    code = "unavailable"


class TooMany(UserError):
    """More often than a limit allows. `retry_after_s`: when it is worth trying again."""

    status = 429
    code = "too_many"

    def __init__(self, message: str, *, retry_after_s: int, code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.retry_after_s = retry_after_s
