"""Workspaces the caller has a role in."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from apps.accounts.models import Workspace
from apps.accounts.queries import Visitor, role_in, workspaces_where
from apps.accounts.roles import VIEW
from apps.api.v1.base import Picked, Readable


class WorkspaceSerializer(Picked):
    """A workspace, and what the caller is in it."""

    role = serializers.SerializerMethodField()

    class Meta:
        model = Workspace
        fields = ["id", "name", "slug", "timezone", "week_start"]
        fields += ["fiscal_year_start", "role", "created_at"]
        read_only_fields = fields

    def get_role(self, workspace: Workspace) -> str:
        """The caller's role: viewer, editor, analyst or admin."""
        return role_in(self.context["request"].user, workspace.pk) or ""


class WorkspaceViewSet(Readable):
    """The workspaces you belong to."""

    model = Workspace
    serializer_class = WorkspaceSerializer
    filterset_fields: Any = ["slug"]
    ordering_fields: Any = ["name", "created_at"]

    def visible(self, user: Visitor) -> QuerySet[Workspace]:
        """Those in which the caller has any role."""
        return workspaces_where(user, VIEW)
