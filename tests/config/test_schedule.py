"""The periodic jobs reach the database, where beat and the admins find them."""

import pytest
from django_celery_beat.models import PeriodicTask
from django_celery_beat.schedulers import DatabaseScheduler

from config.celery import app, forget_gone_jobs
from config.schedule import SCHEDULE

pytestmark = pytest.mark.django_db(transaction=True)  # beat closes its connection


def start_beat():
    DatabaseScheduler(app=app, lazy=True).setup_schedule()


def test_beat_writes_every_job_with_its_interval():
    start_beat()
    found = {
        task.name: (task.task, task.interval.every, task.interval.period, task.expire_seconds)
        for task in PeriodicTask.objects.all()
    }
    assert found == {
        name: (job.task, job.every_s, "seconds", job.expires_s) for name, job in SCHEDULE.items()
    }


def test_a_job_that_an_admin_paused_stays_paused():
    start_beat()
    PeriodicTask.objects.filter(name="send due reports").update(enabled=False)
    start_beat()
    assert not PeriodicTask.objects.get(name="send due reports").enabled
    assert PeriodicTask.objects.count() == len(SCHEDULE)


def test_a_job_that_is_gone_from_the_schedule_is_forgotten():
    start_beat()
    job = PeriodicTask.objects.first()
    PeriodicTask.objects.create(name="old", task="apps.old.tasks.gone", interval=job.interval)
    PeriodicTask.objects.create(name="theirs", task="theirs.task", interval=job.interval)
    forget_gone_jobs()
    assert set(PeriodicTask.objects.values_list("name", flat=True)) == {*SCHEDULE, "theirs"}
