"""DATABASES["default"]["ENGINE"]: PostgreSQL, with hypertables where TimescaleDB is present."""

import time

from timescale.db.backends.postgresql import base

from config.timescale.schema import SchemaEditor

PROVED_S = 1.0  # a connection that worked so lately is not asked whether it works


class DatabaseWrapper(base.DatabaseWrapper):
    """django-timescaledb 0.2.13 without its crash on a server that lacks the extension."""

    SchemaEditorClass = SchemaEditor
    health_check_done: bool
    _proved_at = 0.0

    def close_if_health_check_failed(self) -> None:
        """Django's check costs a statement in every request; here it does after a pause only.

        A server that restarts within that second may fail one request of a connection.
        """
        if self.connection is None or self.health_check_done:
            return
        now = time.monotonic()
        if now - self._proved_at < PROVED_S:
            self.health_check_done = True
            return
        super().close_if_health_check_failed()
        self._proved_at = now

    def prepare_database(self) -> None:
        """Create the extension where the server offers it; say nothing where it does not."""
        with self.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'timescaledb'")
            if cursor.fetchone() is None:
                return
        super().prepare_database()

    def has_timescale(self) -> bool:
        """Whether the extension is installed in this very database."""
        with self.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_extension WHERE extname = 'timescaledb'")
            return cursor.fetchone() is not None
