"""Writes that change who may see what. Each moves `access_version`, which every cached
permission is keyed by, and announces `access_changed`, on which open sockets are checked again:
for roles, groups and grants receivers.py does so, whoever writes them.
"""

from collections.abc import Iterable

from django.contrib.auth.models import Group
from django.db import models, transaction
from django.db.models import F
from guardian.shortcuts import assign_perm, remove_perm

from apps.accounts.models import Membership, User, Workspace
from apps.accounts.signals import access_changed
from apps.core.events import announce


@transaction.atomic
def set_role(user: User, workspace: Workspace, role: str) -> Membership:
    """Give a person a role in a workspace, or change it."""
    membership, _ = Membership.objects.update_or_create(
        user=user, workspace=workspace, defaults={"role": role}
    )
    return membership


@transaction.atomic
def leave(user: User, workspace: Workspace) -> None:
    """End a membership."""
    Membership.objects.filter(user=user, workspace=workspace).delete()


@transaction.atomic
def grant(permission: str, who: User | Group, thing: models.Model) -> None:
    """Grant one permission on one object, such as ("view_dashboard", user, dashboard)."""
    assign_perm(permission, who, thing)


@transaction.atomic
def revoke(permission: str, who: User | Group, thing: models.Model) -> None:
    """Take one permission on one object back."""
    remove_perm(permission, who, thing)


def touch_access(user_ids: Iterable[int]) -> None:
    """What these people may see has changed: forget every cached permission of theirs."""
    if ids := list(user_ids):
        User.objects.filter(pk__in=ids).update(access_version=F("access_version") + 1)
        announce(access_changed, user_ids=ids)


def touch_workspace(workspace_id: int) -> None:
    """The same for everybody in a workspace, as when a row policy changes."""
    touch_access(
        Membership.objects.filter(workspace_id=workspace_id).values_list("user_id", flat=True)
    )
