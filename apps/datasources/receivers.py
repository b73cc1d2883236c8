"""A policy counts at once, whoever writes it: a service, the administration or a shell."""

from typing import Any

from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from apps.accounts.services import touch_workspace
from apps.datasources.models import Dataset, RowPolicy


@receiver([post_save, post_delete], sender=RowPolicy)
def after_policy(instance: RowPolicy, **_facts: Any) -> None:
    """Nobody of the workspace goes on with rights that were read before."""
    dataset = Dataset.objects.filter(pk=instance.dataset_id).first()
    if dataset is not None:  # else it went with its dataset
        touch_workspace(dataset.workspace_id)
