"""Rights that are changed by whatever means: a service, the administration, a shell, guardian.

The one place where Django's own signals are heard. Roles, groups and grants are written by code
that is not ours too, and a kept right that outlives such a write would show somebody's rows. What
`User.save()` and `update()` change is followed in models.py. A receiver runs after the write, or
in its transaction: nobody can keep the old right under the new `access_version`.
"""

from typing import Any

from django.contrib.auth.models import Group
from django.db.models import Model
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_delete, pre_save
from django.dispatch import receiver
from guardian.models import GroupObjectPermission, UserObjectPermission

from apps.accounts.models import Membership, User
from apps.accounts.services import touch_access
from apps.accounts.signals import rights_written

ROWS: tuple[type[Model], ...] = (Membership, UserObjectPermission, GroupObjectPermission)


def before_row(sender: type[Model], instance: Any, **_facts: Any) -> None:
    """A row may be given to somebody else, and whose it was is to be known afterwards."""
    old = sender._default_manager.filter(pk=instance.pk).first() if instance.pk else None
    instance.people_before = _people_of(old) if old else set()


def after_row(instance: Any, **_facts: Any) -> None:
    """A role or a grant was made, changed or ended."""
    touch_access(_people_of(instance) | getattr(instance, "people_before", set()))


for model in ROWS:
    pre_save.connect(before_row, sender=model)
    post_save.connect(after_row, sender=model)
    post_delete.connect(after_row, sender=model)


@receiver(rights_written)
def after_update(user_ids: set[int], **_facts: Any) -> None:
    """Roles were changed many at once."""
    touch_access(user_ids)


@receiver(m2m_changed, sender=User.groups.through)
def after_joining(
    instance: Any, action: str, *, reverse: bool, pk_set: set[int] | None, **_facts: Any
) -> None:
    """`user.groups` changed, or from the other side `group.user_set`."""
    if action == "pre_clear" and reverse:
        instance.cleared = _members({instance.pk})
    elif action.startswith("post_"):
        others = instance.cleared if action == "post_clear" and reverse else pk_set
        touch_access(others or () if reverse else {instance.pk})


@receiver(pre_delete, sender=Group)
def before_group_ends(instance: Group, **_facts: Any) -> None:
    """In the transaction of its end, as long as its people are known."""
    touch_access(_members({instance.pk}))


def _people_of(row: Any) -> set[int]:
    return {row.user_id} if hasattr(row, "user_id") else _members({row.group_id})


def _members(group_ids: set[int]) -> set[int]:
    return set(User.objects.filter(groups__in=group_ids).values_list("pk", flat=True))
