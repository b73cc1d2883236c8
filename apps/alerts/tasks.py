"""Jobs: look at the rules that are due, and let messages out."""

from celery import shared_task
from django.db import OperationalError

from apps.alerts import queries, services
from apps.alerts.models import Rule


@shared_task
def evaluate_all() -> None:
    """One small task per rule whose check has come."""
    for rule_id in queries.due():
        evaluate.delay(rule_id)


@shared_task(
    autoretry_for=(OperationalError,),
    retry_backoff=True,
    max_retries=3,
    soft_time_limit=40,
    time_limit=50,
)
def evaluate(rule_id: int) -> None:
    """Check one rule; if that opened or closed an incident, its messages leave at once."""
    rules = Rule.objects.select_related("dataset", "owner").filter(is_active=True)
    if (rule := rules.filter(pk=rule_id).first()) and services.evaluate(rule):
        send_waiting.delay()


@shared_task
def evaluate_dataset(dataset_id: int) -> None:
    """Rows arrived: check the dataset's rules."""
    for rule_id in queries.rules_of_dataset(dataset_id):
        evaluate.delay(rule_id)


@shared_task
def send_waiting() -> None:
    """One task per message that has not left."""
    for message_id in services.waiting():
        send.delay(message_id)


@shared_task(soft_time_limit=60, time_limit=70)
def send(message_id: int) -> None:
    """Send one message, if it is due and nobody else does."""
    services.send(message_id)
