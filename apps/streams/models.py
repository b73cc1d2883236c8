"""Streams: datasets that the product itself stores, row by row as they arrive."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from apps.datasources.models import Dataset


class Stream(models.Model):
    """A dataset with a table of its own, in the schema `streams`.

    Its columns are the dataset's Columns; the time column is the hypertable's. `retention_days`
    empty keeps rows for ever.
    """

    dataset = models.OneToOneField(Dataset, models.CASCADE, related_name="stream")
    slug = models.SlugField(_("short name"), max_length=40, unique=True)
    retention_days = models.PositiveIntegerField(_("keep for days"), null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

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
