"""Who may do what where: reads."""

from collections.abc import Iterable

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from apps.accounts.models import Membership, User, Workspace
from apps.accounts.roles import roles_that_may

Stamp = tuple[int, str]
Visitor = User | AnonymousUser | AbstractBaseUser


def workspaces_where(user: Visitor, may: str) -> QuerySet[Workspace]:
    """The workspaces in which the user's role carries `may`; none for an anonymous visitor."""
    if not user.is_authenticated or not user.is_active:
        return Workspace.objects.none()
    return Workspace.objects.filter(
        memberships__user_id=user.pk, memberships__role__in=roles_that_may(may)
    )


def stamps_of(user_ids: Iterable[int]) -> dict[int, Stamp]:
    """Something per person that differs once rights or password have changed, in one query."""
    rows = User.objects.filter(pk__in=list(user_ids), is_active=True)
    found = rows.values_list("pk", "access_version", "password")
    return {pk: (access_version, password) for pk, access_version, password in found}


def role_in(user: Visitor, workspace_id: int) -> str | None:
    """The user's role there, or None."""
    if not user.is_authenticated:
        return None
    return (
        Membership.objects.filter(user_id=user.pk, workspace_id=workspace_id)
        .values_list("role", flat=True)
        .first()
    )
