"""pg_trgm where the server has it and lets us: it finds words with a slip. Nothing requires it."""

from django.db import DatabaseError, migrations, transaction

AVAILABLE = "SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'"


def create(apps, editor):
    with editor.connection.cursor() as cursor:
        cursor.execute(AVAILABLE)
        if not cursor.fetchone():
            return
        try:
            with transaction.atomic(using=editor.connection.alias):
                cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        except DatabaseError:  # no right to create extensions: search goes without
            return


class Migration(migrations.Migration):
    initial = True
    dependencies: list[tuple[str, str]] = []
    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
