"""Writes that change who may see what. Each moves `access_version`, which every cached
permission is keyed by, and announces `access_changed`, on which open sockets are checked again.
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
    touch_access([user.pk])
    return membership


@transaction.atomic
def leave(user: User, workspace: Workspace) -> None:
    """End a membership."""
    Membership.objects.filter(user=user, workspace=workspace).delete()
    touch_access([user.pk])


@transaction.atomic
def grant(permission: str, who: User | Group, thing: models.Model) -> None:
    """Grant one permission on one object, such as ("view_dashboard", user, dashboard)."""
    assign_perm(permission, who, thing)
    touch_access(_people(who))


@transaction.atomic
def revoke(permission: str, who: User | Group, thing: models.Model) -> None:
    """Take one permission on one object back."""
    remove_perm(permission, who, thing)
    touch_access(_people(who))


def touch_access(user_ids: Iterable[int]) -> None:
    """What these people may see has changed: forget every cached permission of theirs."""
    ids = list(user_ids)
    User.objects.filter(pk__in=ids).update(access_version=F("access_version") + 1)
    announce(access_changed, user_ids=ids)


def touch_workspace(workspace_id: int) -> None:
    """The same for everybody in a workspace, as when a row policy changes."""
    touch_access(
        Membership.objects.filter(workspace_id=workspace_id).values_list("user_id", flat=True)
    )


def _people(who: User | Group) -> list[int]:
    if isinstance(who, Group):
        return list(who.user_set.values_list("pk", flat=True))
    return [who.pk]
