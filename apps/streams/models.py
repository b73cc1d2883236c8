"""Streams: datasets that the product itself stores, row by row as they arrive."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from guardian.shortcuts import get_objects_for_user

from apps.accounts.queries import Visitor, workspaces_where
from apps.accounts.roles import EDIT
from apps.datasources.models import Dataset


class StreamQuerySet(models.QuerySet["Stream"]):
    """Streams, by who may see them and who may send to them."""

    def visible_to(self, user: Visitor) -> Self:
        """Streams whose dataset the user may query."""
        return self.filter(dataset__in=Dataset.objects.visible_to(user))

    def writable_by(self, user: Visitor) -> Self:
        """Streams that take rows from the user: by role, or by a grant on the stream.

        A grant to send is not a right to read, so that a source's account sees nothing.
        """
        if not user.is_authenticated or not user.is_active:
            return self.none()
        granted = get_objects_for_user(user, "streams.send_events", Stream, with_superuser=False)
        may_edit = workspaces_where(user, EDIT)
        return self.filter(
            Q(dataset__workspace__in=may_edit, dataset__in=Dataset.objects.visible_to(user))
            | Q(pk__in=granted.values("pk"))
        ).select_related("dataset")


class Stream(models.Model):
    """A dataset with a table of its own, in the schema `streams`.

    Its columns are the dataset's Columns; the time column is the hypertable's. `retention_days`
    empty keeps rows for ever.
    """

    dataset = models.OneToOneField(Dataset, models.CASCADE, related_name="stream")
    slug = models.SlugField(_("short name"), max_length=40, unique=True)
    retention_days = models.PositiveIntegerField(_("keep for days"), null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = StreamQuerySet.as_manager()

    class Meta:
        verbose_name = _("stream")
        verbose_name_plural = _("streams")
        permissions = [("send_events", _("May send events"))]

    def __str__(self) -> str:
        return self.slug


class Batch(models.Model):
    """An idempotency key that was seen, with the answer it got: a resend gets the same one."""

    stream = models.ForeignKey(Stream, models.CASCADE, related_name="batches")
    key = models.CharField(max_length=120)
    body_hash = models.CharField(max_length=64)
    answer = models.JSONField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("batch")
        verbose_name_plural = _("batches")
        constraints = [models.UniqueConstraint(fields=["stream", "key"], name="one_answer_per_key")]

    def __str__(self) -> str:
        return self.key
