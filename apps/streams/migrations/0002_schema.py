"""The schema that holds one table per stream."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("streams", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "CREATE SCHEMA IF NOT EXISTS streams", "DROP SCHEMA IF EXISTS streams CASCADE"
        )
    ]
