"""Row policies: who sees which rows and columns of a dataset. Admins set them."""

from typing import Any

from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework import serializers

from apps.accounts.queries import Visitor, workspaces_where
from apps.accounts.roles import MANAGE, Role
from apps.api.v1.base import Mine, Picked, Writable, visible
from apps.datasources import services
from apps.datasources.hiding import policies_readable_by
from apps.datasources.models import Dataset, RowPolicy

NAMES = ("attribute", "attribute_value", "hidden_columns")


def my_groups(user: Visitor | None) -> QuerySet[Group]:
    """For Mine: groups with people of the workspaces that the caller manages."""
    if user is None:
        return Group.objects.all()
    return Group.objects.filter(
        user__memberships__workspace__in=workspaces_where(user, MANAGE)
    ).distinct()


class PolicySerializer(Picked):
    """A policy. It holds for who meets all that is named: role, group, attribute (of a value).

    `filters` are a Query's filters; a value "$name" stands for the person's attribute.
    """

    dataset = Mine(of=visible(Dataset))
    role = serializers.ChoiceField(Role.choices, required=False, allow_blank=True)
    group = Mine(of=my_groups, required=False, allow_null=True)
    filters = serializers.ListField(child=serializers.DictField(), required=False, max_length=100)
    hidden_columns = serializers.ListField(
        child=serializers.CharField(max_length=63), required=False, max_length=500
    )

    class Meta:
        model = RowPolicy
        fields = ["id", "dataset", "name", "role", "group", "attribute", "attribute_value"]
        fields += ["filters", "hidden_columns", "is_active"]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Its dataset and its name stay; a new name is not taken."""
        kept: Any = self.instance
        for name in ("dataset", "name"):
            if kept is not None and attrs.get(name, getattr(kept, name)) != getattr(kept, name):
                raise serializers.ValidationError({name: _("This cannot be changed.")})
        if kept is None and attrs["dataset"].policies.filter(name=attrs["name"]).exists():
            message = _("There is a policy of this name already.")
            raise serializers.ValidationError({"name": message})
        return attrs


class PolicyViewSet(Writable):
    """Who sees which rows and columns. Analysts see them, admins set them."""

    model = RowPolicy
    serializer_class = PolicySerializer
    may = MANAGE
    filterset_fields: Any = ["dataset", "role", "is_active"]
    ordering_fields: Any = ["name"]

    def visible(self, user: Visitor) -> QuerySet[RowPolicy]:
        """Those of datasets that the caller defines."""
        return policies_readable_by(user)

    def editable(self, user: Visitor) -> QuerySet[RowPolicy]:
        """Those of workspaces that the caller manages."""
        mine = Dataset.objects.visible_to(user).filter(workspace__in=workspaces_where(user, MANAGE))
        return RowPolicy.objects.filter(dataset__in=mine)

    def perform_create(self, serializer: Any) -> None:
        """It counts at once."""
        self.check_may(serializer.validated_data["dataset"].workspace)
        serializer.instance = _saved(RowPolicy(), serializer.validated_data)

    def perform_update(self, serializer: Any) -> None:
        """So does a change."""
        serializer.instance = _saved(serializer.instance, serializer.validated_data)

    def perform_destroy(self, policy: RowPolicy) -> None:
        """So does its end."""
        services.delete_policy(policy)


def _saved(policy: RowPolicy, data: dict[str, Any]) -> RowPolicy:
    for name, value in data.items():
        setattr(policy, name, value)
    return services.set_policy(
        policy.dataset,
        policy.name,
        policy.role,
        policy.filters,
        policy.is_active,
        group=policy.group,
        **{name: getattr(policy, name) for name in NAMES},
    )
