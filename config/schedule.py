"""SCHEDULE: every periodic job, in one table. Beat writes it to the database when it starts
(config/celery.py), where an admin may pause a line.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Job:
    """One line: a Celery task, every so many seconds, and how long a late run still makes sense."""

    task: str
    every_s: int
    expires_s: int


SCHEDULE: dict[str, Job] = {
    "evaluate alert rules": Job("apps.alerts.tasks.evaluate_all", 5, 5),
    "send waiting alert messages": Job("apps.alerts.tasks.send_waiting", 10, 10),
    "forecast watched metrics": Job("apps.insights.tasks.forecast_all", 3600, 3000),
    "check watched metrics": Job("apps.insights.tasks.detect_all", 900, 800),
    "tell what changed": Job("apps.insights.tasks.tell_all", 1800, 1500),
    "send due reports": Job("apps.reports.tasks.send_due", 30, 30),
    "take due extracts": Job("apps.datasources.tasks.take_due_extracts", 60, 55),
    "make due roll-ups": Job("apps.datasources.tasks.make_due_rollups", 60, 55),
    "refresh roll-ups of streams": Job("apps.datasources.tasks.refresh_rollups", 300, 280),
    "sweep uploads": Job("apps.datasources.tasks.sweep_uploads", 3600, 3000),
    "drop old stream rows": Job("apps.streams.tasks.drop_old_rows", 3600, 3000),
}
