"""manage.py setup_demo: the demo workspace, made once; a half-made one is completed."""

from typing import Any

from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Make the demo workspace from installed data packages. Safe to run again."

    def handle(self, *args: Any, **options: Any) -> None:
        from config.demo import build

        build.everything()
        self._look_at_new_metrics()
        self.stdout.write("The demo workspace is ready.")

    def _look_at_new_metrics(self) -> None:
        """The worker finds these as soon as it starts: nobody waits for the schedule's first turn.

        In order, since what is told rests on what was forecast and found.
        """
        from celery import chain

        from apps.datasources.models import Metric
        from apps.insights import tasks

        for metric in Metric.objects.watched().filter(forecasts=None):
            steps = (tasks.make_forecast, tasks.detect_anomalies, tasks.tell)
            chain(*(step.si(metric.pk) for step in steps)).delay()
