"""Why a report did not go out."""


class ReportError(Exception):
    """A run that failed. The message is for people; `is_final`: trying again cannot help."""

    def __init__(self, message: str, *, is_final: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.is_final = is_final
