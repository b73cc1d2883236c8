"""Widgets: what one card shows."""

from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Workspace
from apps.accounts.queries import Visitor, workspaces_where
from apps.accounts.roles import VIEW
from apps.datasources.models import Dataset, Metric


class WidgetQuerySet(models.QuerySet["Widget"]):
    """Widgets, by workspace."""

    def in_workspaces_of(self, user: Visitor) -> Self:
        """Widgets of workspaces where the user has a role; dashboards narrow them further."""
        return self.filter(workspace__in=workspaces_where(user, VIEW))


class Widget(models.Model):
    """A kind, a query and options. Knows not where it stands.

    `query` is a Query without dataset and window (the view brings the window and the filters);
    `options` are what the kind's form cleaned. `version` moves with every save.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="widgets")
    title = models.CharField(_("title"), max_length=120)
    kind = models.CharField(_("kind"), max_length=20)
    dataset = models.ForeignKey(
        Dataset, models.RESTRICT, related_name="widgets", null=True, blank=True
    )
    metric = models.ForeignKey(
        Metric, models.SET_NULL, related_name="widgets", null=True, blank=True
    )
    query = models.JSONField(default=dict, blank=True)
    options = models.JSONField(default=dict, blank=True)
    version = models.PositiveIntegerField(default=1)
    updated_at = models.DateTimeField(auto_now=True)

    objects = WidgetQuerySet.as_manager()

    class Meta:
        verbose_name = _("widget")
        verbose_name_plural = _("widgets")

    def __str__(self) -> str:
        return self.title
