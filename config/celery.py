"""The worker's application. What runs when is in schedule.py."""

import os
import warnings
from typing import Any

from celery import Celery
from celery.signals import beat_init

from config.schedule import SCHEDULE

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")
# `make run` works as root too; messages are JSON, so nobody who writes to Redis runs code here.
warnings.filterwarnings("ignore", message="You're running the worker with superuser")

app = Celery("sightline")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# Beat writes these lines to the database when it starts.
app.conf.beat_schedule = {
    name: {
        "task": job.task,
        "schedule": job.every_s,
        "options": {"expire_seconds": job.expires_s},
    }
    for name, job in SCHEDULE.items()
}


@beat_init.connect
def forget_gone_jobs(**kwargs: Any) -> None:
    """A line that left the schedule leaves the database too."""
    from django_celery_beat.models import PeriodicTask

    ours = PeriodicTask.objects.filter(task__startswith="apps.")
    ours.exclude(name__in=SCHEDULE).delete()
