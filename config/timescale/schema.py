"""The schema editor behind migrations and stream tables."""

from typing import Any

from django.db import models
from timescale.db.backends.postgresql.schema import TimescaleSchemaEditor


class SchemaEditor(TimescaleSchemaEditor):
    """Two corrections to django-timescaledb 0.2.13: plain PostgreSQL, and primary keys."""

    def _create_hypertable(
        self, model: type[models.Model], field: Any, should_migrate: bool = False
    ) -> None:
        """Make a hypertable where TimescaleDB is present; elsewhere the table stays plain."""
        if self.connection.has_timescale():
            super()._create_hypertable(model, field, should_migrate)

    def _drop_primary_key(self, model: type[models.Model]) -> None:
        """Keep a primary key that holds the time column: a hypertable can have that one."""
        time_columns = {
            field.column
            for field in model._meta.local_fields
            if field.__class__.__name__ == "TimescaleDateTimeField"
        }
        key = model._meta.pk
        names = {part.column for part in getattr(key, "fields", [key])}
        if not names & time_columns:
            super()._drop_primary_key(model)
