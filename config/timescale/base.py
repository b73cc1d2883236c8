"""DATABASES["default"]["ENGINE"]: PostgreSQL, with hypertables where TimescaleDB is present."""

from timescale.db.backends.postgresql import base

from config.timescale.schema import SchemaEditor


class DatabaseWrapper(base.DatabaseWrapper):
    """django-timescaledb 0.2.13 without its crash on a server that lacks the extension."""

    SchemaEditorClass = SchemaEditor

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
