"""A dashboard on paper, on a schedule, and each run of it."""

from datetime import datetime, time
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User, Workspace
from apps.accounts.queries import Visitor, workspaces_where
from apps.accounts.roles import EDIT
from apps.dashboards.models import Dashboard


class ReportQuerySet(models.QuerySet["Report"]):
    """Reports, by who may see and change them."""

    def visible_to(self, user: Visitor) -> Self:
        """Reports on dashboards that the user may see."""
        return self.filter(dashboard__in=Dashboard.objects.visible_to(user))

    def editable_by(self, user: Visitor) -> Self:
        """Reports that the user may change."""
        return self.visible_to(user).filter(workspace__in=workspaces_where(user, EDIT))


class Report(models.Model):
    """Which dashboard, with which range and filters, when, to whom. Runs as each recipient."""

    class Every(models.TextChoices):
        DAY = "day", _("Every day")
        WEEK = "week", _("Every week")
        MONTH = "month", _("Every month")

    class Paper(models.TextChoices):
        A4 = "A4", "A4"
        LETTER = "letter", "Letter"

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="reports")
    dashboard = models.ForeignKey(Dashboard, models.CASCADE, related_name="reports")
    owner = models.ForeignKey(User, models.PROTECT, related_name="reports")
    name = models.CharField(_("name"), max_length=120)
    recipients = models.ManyToManyField(User, related_name="+", verbose_name=_("to"))
    every = models.CharField(_("when"), max_length=5, choices=Every.choices, default=Every.WEEK)
    weekday = models.PositiveSmallIntegerField(_("weekday, 0 is Monday"), default=0)
    day = models.PositiveSmallIntegerField(_("day of the month"), default=1)
    at = models.TimeField(_("at"), default=time(7))
    timezone = models.CharField(_("time zone"), max_length=60, default="UTC")
    time_from = models.CharField(_("from"), max_length=40, blank=True)
    time_to = models.CharField(_("to"), max_length=40, blank=True)
    filters = models.JSONField(_("filters"), default=dict, blank=True)
    paper = models.CharField(_("paper"), max_length=6, choices=Paper.choices, default=Paper.A4)
    is_landscape = models.BooleanField(_("landscape"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    next_at = models.DateTimeField(_("next"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """Deliveries, by who may see them and what is to do."""

    def visible_to(self, user: Visitor) -> Self:
        """One's own, and all of the reports that one may change."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        return self.filter(
            Q(recipient_id=user.pk, report__in=Report.objects.visible_to(user))
            | Q(report__in=Report.objects.editable_by(user))
        )

    def runnable(self, now: datetime) -> Self:
        """Waiting for their first or next try, or left behind by a process that was killed."""
        open_states = (Delivery.State.WAITING, Delivery.State.RUNNING)
        return self.filter(state__in=open_states).filter(
            Q(not_before=None) | Q(not_before__lte=now)
        )


class Delivery(models.Model):
    """One run of a report for one recipient, with its outcome. The slot makes it exactly one.

    `not_before`: when a waiting run is tried next, and until when a running one is somebody's.
    `file`: the PDF's name in the storage; only its recipient may have it.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")

    report = models.ForeignKey(Report, models.CASCADE, related_name="deliveries")
    recipient = models.ForeignKey(User, models.CASCADE, related_name="deliveries")
    due_at = models.DateTimeField(_("due"))
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.WAITING
    )
    error = models.TextField(_("error"), blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    is_preview = models.BooleanField(_("preview"), default=False)
    not_before = models.DateTimeField(null=True, blank=True, editable=False)
    file = models.CharField(max_length=120, blank=True, editable=False)
    pages = models.PositiveSmallIntegerField(_("pages"), null=True)
    size = models.PositiveIntegerField(_("bytes"), null=True)
    sent_at = models.DateTimeField(_("sent"), null=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        ordering = ["-due_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["report", "recipient", "due_at"], name="one_delivery_per_slot"
            )
        ]
        indexes = [
            models.Index(
                fields=["not_before"],
                name="delivery_open",
                condition=Q(state__in=["waiting", "running"]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.report} → {self.recipient}"
