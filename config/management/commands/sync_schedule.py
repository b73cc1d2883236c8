"""manage.py sync_schedule: config/schedule.py -> the database, where beat reads it."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from config.schedule import SCHEDULE


class Command(BaseCommand):
    help = "Write the schedule to the database. A line that an admin paused stays paused."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        from django_celery_beat.models import IntervalSchedule, PeriodicTask

        for name, job in SCHEDULE.items():
            every, _made = IntervalSchedule.objects.get_or_create(
                every=job.every_s, period=IntervalSchedule.SECONDS
            )
            fields = {"task": job.task, "interval": every, "expire_seconds": job.expires_s}
            PeriodicTask.objects.update_or_create(name=name, defaults=fields)
        own = PeriodicTask.objects.filter(task__startswith="apps.")
        own.exclude(name__in=SCHEDULE).delete()
        self.stdout.write(f"{len(SCHEDULE)} jobs are scheduled.")
