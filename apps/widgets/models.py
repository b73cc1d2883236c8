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


class GridValue(models.Model):
    """One figure that people typed into an editable grid; where none is, nothing was typed.

    `row` is a value of the grid's dimension as text, or the name of a free row. `column` is a
    period ("2026-09", "2026-Q3", "2026") or the name of a column. `version` moves with each save.
    """

    widget = models.ForeignKey(Widget, models.CASCADE, related_name="grid_values")
    row = models.CharField(_("row"), max_length=200)
    column = models.CharField(_("column"), max_length=60)
    value = models.DecimalField(_("value"), max_digits=24, decimal_places=6, null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("grid value")
        verbose_name_plural = _("grid values")
        constraints = [
            models.UniqueConstraint(
                fields=["widget", "row", "column"], name="grid_value_once_per_cell"
            )
        ]

    def __str__(self) -> str:
        return f"{self.row}, {self.column}"


class GridChange(models.Model):
    """Who changed a cell of a grid, when, from what to what. Nobody rewrites it.

    `by_name` stays when the person is gone.
    """

    widget = models.ForeignKey(Widget, models.CASCADE, related_name="grid_changes")
    row = models.CharField(_("row"), max_length=200)
    column = models.CharField(_("column"), max_length=60)
    before = models.DecimalField(_("from"), max_digits=24, decimal_places=6, null=True)
    after = models.DecimalField(_("to"), max_digits=24, decimal_places=6, null=True)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    by_name = models.CharField(_("by"), max_length=254)
    at = models.DateTimeField(_("at"), auto_now_add=True)

    class Meta:
        verbose_name = _("change of a grid")
        verbose_name_plural = _("changes of grids")
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["widget", "row", "column", "-at"], name="grid_change_cell")]

    def __str__(self) -> str:
        return f"{self.row}, {self.column}: {self.before} → {self.after}"
