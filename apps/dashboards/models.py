"""The page people look at, and where its widgets stand."""

from typing import TYPE_CHECKING, Any, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from guardian.shortcuts import get_objects_for_user

from apps.accounts.models import User, Workspace
from apps.accounts.queries import Visitor, workspaces_where
from apps.accounts.roles import EDIT, MANAGE, VIEW
from apps.widgets.models import Widget

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

COLUMNS = 24


class DashboardQuerySet(models.QuerySet["Dashboard"]):
    """Dashboards, by who may see and change them."""

    def visible_to(self, user: Visitor) -> Self:
        """Shared with the workspace, owned, granted, or any of it for the workspace's admins."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        return self.filter(
            Q(workspace__in=workspaces_where(user, VIEW))
            & (
                Q(is_private=False)
                | Q(owner_id=user.pk)
                | Q(workspace__in=workspaces_where(user, MANAGE))
                | Q(pk__in=_granted(user, "view_dashboard"))
                | Q(pk__in=_granted(user, "change_dashboard"))
            )
        )

    def editable_by(self, user: Visitor) -> Self:
        """Visible, and the role may edit; or the right to change this very one was granted."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        return self.visible_to(user).filter(
            Q(workspace__in=workspaces_where(user, EDIT))
            | Q(pk__in=_granted(user, "change_dashboard"))
        )


def _granted(user: Visitor, permission: str) -> Any:
    code = f"dashboards.{permission}"
    return get_objects_for_user(user, code, Dashboard, with_superuser=False).values("pk")


class Dashboard(models.Model):
    """A page of placed widgets. `version` moves with every save; a writer names the one it saw.

    `filters` lists the filters shown above the grid: {"name", "label", "column"}, which work on
    every widget whose dataset has that column.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="dashboards")
    owner = models.ForeignKey(User, models.PROTECT, related_name="dashboards")
    title = models.CharField(_("title"), max_length=120)
    slug = models.SlugField(_("address"), max_length=60, unique=True)
    description = models.CharField(_("description"), max_length=300, blank=True)
    is_private = models.BooleanField(_("private"), default=False)
    time_from = models.CharField(_("from"), max_length=40, default="now-30d")
    time_to = models.CharField(_("to"), max_length=40, default="now")
    filters = models.JSONField(_("filters"), default=list, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    favourite_of = models.ManyToManyField(User, related_name="favourites", blank=True)

    objects = DashboardQuerySet.as_manager()

    if TYPE_CHECKING:
        placements: RelatedManager["Placement"]

    class Meta:
        verbose_name = _("dashboard")
        verbose_name_plural = _("dashboards")
        ordering = ["title"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """The page."""
        return reverse("dashboards:detail", args=[self.slug])


class Placement(models.Model):
    """Where a widget stands on a dashboard: columns of 24, rows of 40 px."""

    dashboard = models.ForeignKey(Dashboard, models.CASCADE, related_name="placements")
    widget = models.OneToOneField(Widget, models.CASCADE, related_name="placement")
    x = models.PositiveSmallIntegerField(validators=[MaxValueValidator(COLUMNS - 1)])
    y = models.PositiveSmallIntegerField(validators=[MaxValueValidator(2000)])
    w = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(COLUMNS)]
    )
    h = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(60)])

    class Meta:
        verbose_name = _("placement")
        verbose_name_plural = _("placements")
        ordering = ["y", "x"]
        constraints = [
            models.CheckConstraint(
                condition=Q(x__lte=COLUMNS - F("w")), name="placement_stays_on_the_grid"
            ),
            models.CheckConstraint(condition=Q(w__gte=1, h__gte=1), name="placement_has_a_size"),
        ]

    def __str__(self) -> str:
        return f"{self.widget} ({self.x}, {self.y})"


class Visit(models.Model):
    """When somebody last looked at a dashboard, for "recently viewed"."""

    user = models.ForeignKey(User, models.CASCADE, related_name="visits")
    dashboard = models.ForeignKey(Dashboard, models.CASCADE, related_name="visits")
    at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        constraints = [
            models.UniqueConstraint(fields=["user", "dashboard"], name="one_last_visit_each")
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.dashboard}"
