"""Widgets: what one card shows."""

from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User, Workspace
from apps.accounts.queries import Visitor, workspaces_where
from apps.accounts.roles import MANAGE, VIEW
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


class CustomKindQuerySet(models.QuerySet["CustomKind"]):
    """Modules, by workspace."""

    def visible_to(self, user: Visitor) -> Self:
        """Of workspaces where the user has a role."""
        return self.filter(workspace__in=workspaces_where(user, VIEW))

    def managed_by(self, user: Visitor) -> Self:
        """Of workspaces that the user manages."""
        return self.filter(workspace__in=workspaces_where(user, MANAGE))


class CustomKind(models.Model):
    """A drawing module that an admin uploaded: one JavaScript file, run in a sandboxed frame.

    `libraries`: what the frame loads before it. Its newest version is drawn; old ones are kept.
    """

    class Libraries(models.TextChoices):
        NONE = "", _("None")
        D3 = "d3", "D3"
        VEGA = "vega", "Vega-Lite"

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="custom_kinds")
    name = models.CharField(_("name"), max_length=60)
    libraries = models.CharField(
        _("libraries"), max_length=10, choices=Libraries.choices, blank=True
    )
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CustomKindQuerySet.as_manager()

    class Meta:
        verbose_name = _("drawing module")
        verbose_name_plural = _("drawing modules")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "name"], name="one_module_per_name")
        ]

    def __str__(self) -> str:
        return self.name


class CustomKindVersion(models.Model):
    """What was uploaded, by whom and when; never rewritten."""

    kind = models.ForeignKey(CustomKind, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    source = models.TextField(_("source"))
    author = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(_("uploaded"), auto_now_add=True)

    class Meta:
        verbose_name = _("version of a drawing module")
        verbose_name_plural = _("versions of drawing modules")
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "number"], name="one_module_version_per_number")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"
